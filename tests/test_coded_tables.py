"""Interviews by codes in a table, and transcripts by turns: what they become, and what of them is never stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.coded.ids import interview_id, is_code
from graph.ingest.coded.proposal import proposed_mapping
from graph.ingest.load import LoadReport, load
from graph.ingest.mapping import parsed
from graph.store import open_store
from ontology.terms import JU, RDF, SKOS

Asked = Callable[[Dataset, str, object], set[str]]

MATRIX = """Person,Day,Data,  Late data,  Wrong data,Money,Total
P1,2014-01-20,,1,0,0,1
P2,2014-01-21,,x,3,no,2
Zebedee Smith,2014-01-22,,,1,,1
"""
OF_MATRIX = """title = "M"
[coded]
reader = "matrix"
interview = "Person"
ignore = "Total"
scheme = "own"
[coded.fields]
held_on = "Day"
[coded.interviews]
level = "front-line"
[coded.findings]
programme = "skills"
stance = "supports"
severity = 3
[coded.codes."Data > Late data"]
barrier = "data"
"""


@pytest.fixture
def read(tmp_path: Path, small: dict[str, str]) -> Callable[[str, str], tuple[Dataset, LoadReport]]:
    """Load a table through a mapping, into a store that has programmes and barriers."""

    def write_and_load(table: str, mapping: str) -> tuple[Dataset, LoadReport]:
        store = open_store("memory")
        folder = tmp_path / "tables"
        folder.mkdir(exist_ok=True)
        for name in ("organisations", "programmes", "barriers"):
            (folder / f"{name}.csv").write_text(small[name], encoding="utf-8")
        load(store, [folder])
        (tmp_path / "coded.csv").write_text(table, encoding="utf-8")
        (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
        report = load(store, [tmp_path / "coded.csv"], mapping=str(tmp_path / "m.toml"))
        return store.dataset(), report

    return write_and_load


Read = Callable[[str, str], tuple[Dataset, LoadReport]]


def findings(dataset: Dataset) -> set[str]:
    return {
        q.subject.value.rsplit("/", 1)[-1]
        for q in dataset.backup_quads()
        if str(q.predicate)[1:-1] == str(RDF.type) and str(q.object)[1:-1] == str(JU.Finding)
    }


def test_a_cell_that_says_yes_under_a_mapped_code_is_a_finding(read: Read, asked: Asked) -> None:
    dataset, report = read(MATRIX, OF_MATRIX)
    assert report.sources[0].rows == {"schemes": 1, "concepts": 4, "interviews": 3, "findings": 2}
    assert findings(dataset) == {f"f-coded-p{n}-skills-data-supports" for n in (1, 2)}
    assert asked(dataset, "finding/f-coded-p1-skills-data-supports", JU.fromInterview) == {
        "interview/coded-P1"
    }
    assert asked(dataset, "interview/coded-P2", JU.heldOn) == {"2014-01-21"}


def test_the_indentation_of_headers_is_the_hierarchy_of_codes(read: Read, asked: Asked) -> None:
    dataset, _ = read(MATRIX, OF_MATRIX)
    late = "concept/code-coded-data-late-data"
    assert asked(dataset, late, SKOS.prefLabel) == {"Late data"}
    assert asked(dataset, late, SKOS.broader) == {"concept/code-coded-data"}
    assert asked(dataset, "concept/code-coded-money", SKOS.broader) == set()


def test_a_separator_in_headers_makes_the_wider_codes_too(read: Read, asked: Asked) -> None:
    table = "Person,Data > Late,Data > Wrong\nP1,1,0\n"
    dataset, report = read(table, 'title = "M"\n[coded]\nreader = "matrix"\nseparator = " > "\n')
    assert report.sources[0].rows["concepts"] == 3
    assert asked(dataset, "concept/code-coded-data-late", SKOS.broader) == {"concept/code-coded-data"}


def test_a_table_with_interviews_across_says_the_same(read: Read) -> None:
    rows = [line.split(",") for line in MATRIX.splitlines()]
    turned = "\n".join(",".join(column) for column in zip(*rows, strict=True)) + "\n"
    down, _ = read(MATRIX, OF_MATRIX)
    across, _ = read(turned, OF_MATRIX.replace('interview = "Person"', 'interview = "Person"\nacross = true'))
    assert findings(across) == findings(down) != set()
    origins = {q.object.value for q in across.backup_quads() if "wasDerivedFrom" in q.predicate.value}  # type: ignore[union-attr]
    assert any(origin.endswith("coded.csv#col=2") for origin in origins)


def test_a_number_may_be_the_severity(read: Read, asked: Asked) -> None:
    dataset, _ = read(
        MATRIX.replace("x,3,no", "5,3,0"),
        OF_MATRIX.replace('interview = "P', 'cells = "severity"\ninterview = "P'),
    )
    assert asked(dataset, "finding/f-coded-p2-skills-data-supports", JU.severity) == {"5"}


def test_a_cell_that_says_neither_yes_nor_no_refuses_the_table_and_is_named(
    tmp_path: Path, refusal: Callable[..., list[Issue]]
) -> None:
    (tmp_path / "coded.csv").write_text(MATRIX.replace("no,2", "perhaps,2"), encoding="utf-8")
    (tmp_path / "m.toml").write_text(OF_MATRIX, encoding="utf-8")
    issues = refusal(open_store("memory"), tmp_path / "coded.csv", mapping=str(tmp_path / "m.toml"))
    assert ("Money", 3, "perhaps") in {(i.column, i.row, i.value) for i in issues}


def test_a_matrix_without_meanings_is_concepts_and_a_report_of_candidates(read: Read) -> None:
    dataset, report = read(MATRIX, 'title = "M"\n[coded]\nreader = "matrix"\nignore = ["Total", "Day"]\n')
    assert findings(dataset) == set()
    assert any("Late data (2)" in str(w) for w in report.warnings)


TURNS = """Set,Interview,Who,Text,Day
A,INTERVIEW 1,Interviewer 1,Is there a waiting list?,2014-01-20
A,INTERVIEW 1,Interviewee,The waiting  list is long.,2014-01-20
A,INTERVIEW 1,Interviewee,Zanzibar is far.,2014-01-20
B,Interview 1,Interviewee,No waiting list.,2014-02-20
B,Interview 1 ,Interviewer,Why?,2014-02-20
B,Zebedee Smith,Interviewee,Hm.,2014-02-21
"""
OF_TURNS = """title = "T"
[coded]
reader = "turns"
interview = ["Set", "Interview"]
speaker = "Who"
text = "Text"
[coded.quotes]
words = ["waiting list"]
[coded.fields]
held_on = "Day"
[coded.sources.A]
level = "local"
[coded.sources.B]
level = "centre"
"""


def test_turns_become_interviews_told_apart_by_all_the_named_columns_and_by_capitals(
    read: Read, asked: Asked
) -> None:
    dataset, report = read(TURNS, OF_TURNS)
    assert report.sources[0].rows["interviews"] == 3
    assert asked(dataset, "interview/coded-A-INTERVIEW-1", JU.heldOn) == {"2014-01-20"}
    assert asked(dataset, "interview/coded-B-Interview-1", JU.heldOn) == {"2014-02-20"}
    alone, report = read(
        TURNS,
        OF_TURNS.replace('["Set", "Interview"]', '"Interview"') + '[coded.interviews]\nlevel = "centre"\n',
    )
    assert report.sources[0].rows["interviews"] == 3
    assert asked(alone, "interview/coded-Interview-1", JU.heldOn) == {"2014-02-20"}


def test_only_the_turns_that_are_asked_for_are_kept_and_none_of_an_interviewer(read: Read) -> None:
    dataset, report = read(TURNS, OF_TURNS)
    words = {q.object.value for q in dataset.backup_quads() if q.predicate.value.endswith("oa#exact")}  # type: ignore[union-attr]
    assert words == {"The waiting  list is long.", "No waiting list."}
    assert "anzibar" not in "".join(map(str, dataset.backup_quads()))
    _, report = read(TURNS, OF_TURNS.replace('words = ["waiting list"]', ""))
    assert "excerpts" not in report.sources[0].rows
    by_row, _ = read(TURNS, OF_TURNS.replace('words = ["waiting list"]', "rows = [2, 4]"))
    words = {q.object.value for q in by_row.backup_quads() if q.predicate.value.endswith("oa#exact")}  # type: ignore[union-attr]
    assert words == {"Zanzibar is far."}


@pytest.mark.parametrize(("table", "mapping"), [(MATRIX, OF_MATRIX), (TURNS, OF_TURNS)])
def test_no_name_that_stands_for_an_interview_is_stored(read: Read, table: str, mapping: str) -> None:
    dataset, report = read(table, mapping)
    assert "zebedee" not in "\n".join(map(str, dataset.backup_quads())).lower()
    assert "interview/coded-no-3" in "\n".join(map(str, dataset.backup_quads()))
    assert "Zebedee" not in "".join(map(str, report.warnings))


@pytest.mark.parametrize(("file", "may"), [("zebedee-smith", True), ("interview-07", False)])
def test_a_file_of_one_interview_that_may_be_named_after_somebody_is_warned_of(
    tmp_path: Path, file: str, may: bool
) -> None:
    (tmp_path / f"{file}.csv").write_text(f"{TURNS.splitlines()[0]}\nA,1,Interviewee,Yes,2014-01-20\n")
    (tmp_path / "m.toml").write_text(OF_TURNS.replace("[coded.sources.B]", "[coded.sources.A-1]"))
    store = open_store("memory")
    for _ in "again":  # also where there is nothing new
        report = load(store, [tmp_path / f"{file}.csv"], mapping=str(tmp_path / "m.toml"))
        said = [w.remedy for w in report.warnings if "its own name" in w.reason]
        assert len(said) == may
    assert all("rename the file" in remedy for remedy in said)


@pytest.mark.parametrize("reader", ["matrix", "turns"])
def test_a_header_that_is_not_there_is_said(
    tmp_path: Path, reader: str, refusal: Callable[..., list[Issue]]
) -> None:
    (tmp_path / "t.csv").write_text("speaker,text\nInterviewee,Yes\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text(f'title = "M"\n[coded]\nreader = "{reader}"\ninterview = "Nummer"\n')
    issues = refusal(open_store("memory"), tmp_path / "t.csv", mapping=str(tmp_path / "m.toml"))
    assert [i.reason for i in issues] == ["has no header “Nummer”."]


def test_what_is_proposed_for_a_table_is_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TURNS.replace("Who", "Speaker"), encoding="utf-8")
    assert parsed(proposed_mapping(tmp_path / "t.csv", "turns"), "m.toml", "m").coded
    (tmp_path / "m.csv").write_text(MATRIX, encoding="utf-8")
    assert parsed(proposed_mapping(tmp_path / "m.csv", "matrix"), "m.toml", "m").coded


@pytest.mark.parametrize(
    "text", ["INTERVIEW 12", "21-22 Combined", "April 22", "P03", "07", "Site 3, wave 2"]
)
def test_numbers_and_codes_are_no_names(text: str) -> None:
    assert is_code(text)


@given(st.from_regex(r"\A[A-Z][a-z]{3,10}( [A-Z][a-z]{3,10})?( [0-9]{1,2})?\Z"), st.integers(1, 99))
def test_a_word_that_is_not_known_to_be_harmless_never_gets_into_an_id(name: str, number: int) -> None:
    made = interview_id("file", [name], number, keep=False)
    assert made == f"file-no-{number}" or is_code(name)


def test_two_rows_of_one_interview_are_refused_and_not_made_one(
    tmp_path: Path, refusal: Callable[..., list[Issue]]
) -> None:
    (tmp_path / "coded.csv").write_text("Person,Data\nP1,1\nP 1,0\nP1,0\n", encoding="utf-8")
    (tmp_path / "m.toml").write_text('title = "M"\n[coded]\nreader = "matrix"\n', encoding="utf-8")
    issues = refusal(open_store("memory"), tmp_path / "coded.csv", mapping=str(tmp_path / "m.toml"))
    assert [i.reason for i in issues] == ["has 2 interviews that would all be coded-P1."]


def test_words_with_contact_details_are_left_out_and_the_rest_of_the_file_is_loaded(read: Read) -> None:
    dataset, report = read(TURNS.replace("list is long", "list: a.b@example.org"), OF_TURNS)
    assert "example.org" not in "\n".join(map(str, dataset.backup_quads())).replace("joinedup.example", "")
    assert report.sources[0].rows["excerpts"] == 2
    assert any("e-mail address" in w.reason for w in report.warnings)
