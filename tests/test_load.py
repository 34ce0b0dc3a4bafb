"""Loading: all of a load or none of it, one graph a file, and every mistake at its place."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from graph.dataset import Dataset
from graph.errors import Issue, LoadRefused, NotFound
from graph.ingest.load import load
from graph.ingest.mapping import load_mapping
from graph.ingest.tables import TABLES
from graph.store import Store, open_store
from ontology.terms import JU, ONTOLOGY, PROV, RDF, SKOS

Tables = Callable[..., Path]
Loaded = Callable[..., Dataset]
Refused = Callable[..., list[Issue]]
Bytes = Callable[[Path], dict[str, str]]

BASE = "https://joinedup.example/id"
SMALL = {
    "organisations": "id,name,kind\ndea,Department for Example Affairs,ministerial-department\ncollege,A college,education\n",
    "programmes": "id,name,lead\nskills,Skills,dea\nhomes,Homes,dea\n",
    "barriers": "id,name\ndata,Late data\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-01-20,front-line,college,skills,sensitive\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\n"
    "f1,skills,data,supports,4,i1,They wait\nf2,homes,data,disputes,2,i1,They do not\n",
}


def statements(dataset: Dataset, sources: bool = False) -> set[str]:
    """Every statement apart from the vocabulary and when it was loaded; which files and rows it is from if asked."""
    return {
        str(quad.triple)
        for quad in dataset.backup_quads()
        if str(quad.graph_name)[1:-1] not in (ONTOLOGY, "https://w3id.org/joinedup/store")
        and quad.predicate.value != str(PROV.generatedAtTime)
        and (sources or "/id/source/" not in f"{quad.subject} {quad.object}")
    }


def workbook(path: Path, sheets: dict[str, str]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, text in sheets.items():
        sheet = book.create_sheet(name)
        for row in csv.reader(text.splitlines()):
            sheet.append(row)
    book.save(path)
    return path


def refusal(store: Store, *paths: Path, **options: object) -> list[Issue]:
    with pytest.raises(LoadRefused) as refused:
        load(store, paths, **options)  # type: ignore[arg-type]
    return list(refused.value.issues)


def facts_of(dataset: Dataset, subject: str) -> list[tuple[str, str]]:
    """What is said of a thing: properties and values."""
    triples = dataset.describe(f"{BASE}/{subject}")
    return [(t.predicate.value, t.object.value) for t in triples if not isinstance(t.object, ox.Triple)]


def asked(dataset: Dataset, subject: str, predicate: object) -> set[str]:
    return {v.removeprefix(BASE + "/") for p, v in facts_of(dataset, subject) if p == str(predicate)}


# --- The same things, however they come -------------------------------------------------------


def test_a_folder_of_tables_and_a_workbook_of_sheets_give_the_same_statements(
    tables: Tables, tmp_path: Path
) -> None:
    folder, book = open_store("memory"), open_store("memory")
    load(folder, [tables(**SMALL)])
    load(book, [workbook(tmp_path / "joinedup.xlsx", SMALL)])
    assert statements(folder.dataset()) == statements(book.dataset())
    assert len(statements(book.dataset())) > 40


def test_the_example_loaded_file_by_file_in_any_order_that_links_allow_gives_the_same_statements(
    example: Dataset, example_folder: Path
) -> None:
    store = open_store("memory")
    files = sorted(example_folder.glob("*.csv"))
    first = [p for p in files if p.stem in ("organisations", "programmes")]
    load(store, first)
    load(store, [p for p in reversed(files) if p not in first])
    load(store, first[::-1])
    assert statements(store.dataset(), sources=True) == statements(example, sources=True)
    assert len(statements(example)) > 1000


def test_the_order_of_the_files_of_one_load_changes_nothing(example: Dataset, example_folder: Path) -> None:
    files = sorted(example_folder.glob("*.csv"))
    random.Random(7).shuffle(files)
    store = open_store("memory")
    load(store, files)
    assert statements(store.dataset(), sources=True) == statements(example, sources=True)


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_no_statement(tables: Tables, chance: random.Random) -> None:
    plain, shuffled = open_store("memory"), open_store("memory")
    load(plain, [tables("plain", **SMALL)])
    mixed = {}
    for name, text in SMALL.items():
        columns = list(zip(*csv.reader(text.splitlines()), strict=True))
        chance.shuffle(columns)
        header, *rows = zip(*columns, strict=True)
        chance.shuffle(rows)
        mixed[name] = "\n".join(",".join(cells) for cells in (header, *rows))
    load(shuffled, [tables("shuffled", **mixed)])
    assert statements(plain.dataset()) == statements(shuffled.dataset())


def test_every_column_that_is_filled_makes_its_statement(loaded: Loaded) -> None:
    dataset = loaded(**SMALL)
    finding = dict(facts_of(dataset, "finding/f1"))
    assert finding == {
        str(RDF.type): str(JU.Finding),
        str(SKOS.prefLabel): "They wait",
        "http://purl.org/dc/terms/description": "They wait",
        str(JU.about): f"{BASE}/programme/skills",
        str(JU.evidences): f"{BASE}/barrier/data",
        str(JU.fromInterview): f"{BASE}/interview/i1",
        str(JU.severity): "4",
        str(JU.stance): "https://w3id.org/joinedup/concept/stances/supports",
        str(PROV.wasDerivedFrom): f"{BASE}/source/tables-findings.csv#row=2",
    }


def test_several_values_in_a_cell_are_split_at_semicolons_and_codes_keep_their_zeros(loaded: Loaded) -> None:
    dataset = loaded(organisations="id,name,abbreviation,parent\n007,Bond,A; B ;;C,\nx,X,,007\n")
    assert asked(dataset, "organisation/007", SKOS.altLabel) == {"A", "B", "C"}
    assert asked(dataset, "organisation/x", "http://www.w3.org/ns/org#subOrganizationOf") == {
        "organisation/007"
    }


def test_a_lead_named_with_a_programme_is_the_same_as_a_row_of_participations(
    loaded: Loaded, tables: Tables
) -> None:
    short = loaded(organisations=SMALL["organisations"], programmes="id,name,lead\np,P,dea\n")
    long = open_store("memory")
    rows = "programme,organisation,role\np,dea,lead\n"
    load(
        long,
        [
            tables(
                "long", organisations=SMALL["organisations"], programmes="id,name\np,P\n", participations=rows
            )
        ],
    )
    assert statements(short) == statements(long.dataset())
    assert asked(short, "programme/p", JU.ledBy) == {"organisation/dea"}


def test_a_participation_that_has_ended_makes_no_short_cut(loaded: Loaded) -> None:
    rows = "programme,organisation,role,from,until\np,dea,lead,,2013-01-01\np,college,delivers,2013-01-01,\n"
    dataset = loaded(organisations=SMALL["organisations"], programmes="id,name\np,P\n", participations=rows)
    assert asked(dataset, "programme/p", JU.ledBy) == set()
    assert asked(dataset, "programme/p", JU.deliveredBy) == {"organisation/college"}


def test_a_barrier_blocks_a_programme_only_where_a_finding_supports_it(loaded: Loaded) -> None:
    dataset = loaded(**SMALL)
    assert asked(dataset, "barrier/data", JU.blocks) == {"programme/skills"}


def test_blocking_cannot_be_loaded_bare(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,blocks\nb,B,p\n", programmes="id,name\np,P\n")
    assert (issue.column, issue.row, issue.reason) == ("blocks", 1, "is not a column of barriers.")


def test_a_barrier_that_no_finding_speaks_of_is_reported_until_one_does(tables: Tables) -> None:
    store = open_store("memory")
    first = {k: v for k, v in SMALL.items() if k != "findings"}
    (warning,) = load(store, [tables(**first)]).warnings
    assert (warning.value, warning.severity) == ("data", "warning")
    assert load(store, [tables("more", findings=SMALL["findings"])]).warnings == []
    assert load(store, [tables("tables", barriers=SMALL["barriers"])]).warnings == []


# --- Again, and changed -----------------------------------------------------------------------


def test_loading_the_same_files_again_changes_not_one_byte(
    tables: Tables, tmp_path: Path, bytes_of: Bytes
) -> None:
    folder, place = tables(**SMALL), tmp_path / "store"
    assert load(open_store(place), [folder]).version == 1
    before = bytes_of(place)
    report = load(open_store(place), [folder])
    assert {source.outcome for source in report.sources} == {"unchanged"}
    assert report.version == 1
    assert bytes_of(place) == before
    assert len(before) > 5


def test_a_changed_file_replaces_all_that_it_said_and_nothing_else(tables: Tables) -> None:
    store = open_store("memory")
    folder = tables(**SMALL)
    load(store, [folder])
    others = {
        q
        for q in store.dataset().backup_quads()
        if "findings.csv" not in str(q) and "store" not in str(q.graph_name)
    }
    (folder / "findings.csv").write_text(
        "id,programme,barrier,stance,severity,interview,summary\nf2,homes,data,supports,5,i1,Now they do\n",
        encoding="utf-8",
    )
    report = load(store, [folder])
    assert {source.name: source.outcome for source in report.sources if source.outcome != "unchanged"} == {
        "tables/findings.csv": "replaced"
    }
    assert report.version == store.version == 2
    assert asked(store.dataset(), "barrier/data", JU.blocks) == {"programme/homes"}
    assert store.dataset().describe(f"{BASE}/finding/f1") == []
    assert others <= set(store.dataset().backup_quads())


def test_what_two_files_say_stays_until_both_have_taken_it_back(tables: Tables) -> None:
    store = open_store("memory")
    one, two = (tables(into, organisations="id,name\na,A\nb,B\n") for into in ("one", "two"))
    load(store, [one, two])
    assert store.dataset().label(f"{BASE}/organisation/b") == "B"
    (one / "organisations.csv").write_text("id,name\na,A\n", encoding="utf-8")
    load(store, [one])
    assert store.dataset().label(f"{BASE}/organisation/b") == "B"
    (two / "organisations.csv").write_text("id,name\na,A\n", encoding="utf-8")
    load(store, [two])
    assert store.dataset().describe(f"{BASE}/organisation/b") == []


def test_a_thing_that_another_source_refers_to_cannot_be_taken_out_of_its_file(tables: Tables) -> None:
    store = open_store("memory")
    folder = tables(**SMALL)
    load(store, [folder])
    (folder / "barriers.csv").write_text("id,name\nother,Other\n", encoding="utf-8")
    (issue,) = (i for i in refusal(store, folder / "barriers.csv") if i.severity == "error")
    assert (issue.file, issue.value) == ("barriers.csv", "data")
    assert "still refers to it" in issue.reason
    assert store.version == 1


def test_a_thing_and_all_that_refers_to_it_can_be_taken_out_together(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables(**SMALL)])
    changed = tables(
        barriers="id,name\nother,Other\n",
        findings="id,programme,barrier,stance,severity,interview,summary\nf1,skills,other,supports,1,i1,S\n",
    )
    load(store, [changed / "barriers.csv", changed / "findings.csv"])
    assert store.dataset().describe(f"{BASE}/barrier/data") == []


def test_the_same_file_under_another_marking_is_loaded_again(tables: Tables) -> None:
    store = open_store("memory")
    folder = tables(organisations="id,name\na,A\n")
    load(store, [folder], marking="public")
    (source,) = load(store, [folder], marking="sensitive").sources
    assert source.outcome == "replaced"
    assert asked(store.dataset(), "source/tables-organisations.csv", JU.marking) == {
        "https://w3id.org/joinedup/concept/markings/sensitive"
    }


def test_a_source_says_where_it_came_from_and_who_may_see_it(loaded: Loaded, tmp_path: Path) -> None:
    dataset = loaded(organisations="id,name\na,A\nb,B\n")
    facts = dict(facts_of(dataset, "source/tables-organisations.csv"))
    assert facts[str(JU.fileName)] == "organisations.csv"
    assert facts[str(JU.rows)] == "2"
    assert len(facts[str(JU.checksum)]) == 64
    assert facts[str(JU.marking)].endswith("/official")
    assert str(PROV.generatedAtTime) in facts
    assert str(tmp_path) not in str(sorted(facts.values()))


def test_two_files_of_one_name_in_folders_of_one_name_are_refused_and_do_not_replace_each_other(
    tables: Tables,
) -> None:
    tables("a")
    tables("b")
    one = tables("a/data", organisations="id,name\na,A\n")
    other = tables("b/data", organisations="id,name\nb,B\n")
    (issue,) = refusal(open_store("memory"), one, other)
    assert "data/organisations.csv" in issue.reason
    assert load(open_store("memory"), [one, one, one / "organisations.csv"]).sources[0].records == 1


# --- Refused ----------------------------------------------------------------------------------

MISTAKES = {
    "organisations": "id,name,kind,colour\n"
    "dea,Department for Example Affairs,ministerial-department,blue\n"
    "college,A college,school\n"
    "trust,A trust,charity\n"
    "trust,Another trust,charity\n",
    "programmes": "id,name,lead,from,until\n"
    "skills,Skills,dea,2014-05-01,2014-01-01\n"
    "homes,Homes,dea,31/02/2014,\n"
    "roads,,dea,,\n"
    "rails,Rails,nobody,,\n"
    "canals,Canals,dea,,\n"
    "b r,Bridges,dea,,\n",
    "dependencies": "dependent,provider,kind\ncanals,canals,data\n",
    "datasets": "id,name,web\nd1,Data,javascript:alert(1)\nd2,More data,\n",
    "interviews": "id,held_on,level,role,marking\ni1,2014-01-20,front-line,ask jo@example.org,sensitive\ni2,2014-01-20,local,clerk,\n",
    "barriers": "id,name\ndata,Late data\nbad,“Bell”\x07\n".replace("\x07", "\u202e"),
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    "f1,canals,data,supports,9,,d2,Too severe\n"
    "f2,canals,data,supports,4,i2,d2,Both filled\n"
    "f3,canals,data,supports,4,,,Neither filled\n",
    "recommendations": "id,name,barriers\nr1,Do it,data\n",
    "actions": "id,name,recommendation,owner,due,status,completed_on\n"
    "a1,Act,r1,trust,2014-03-01,done,\n"
    "a2,Act,r1,trust,2014-03-01,open,2014-02-01\n"
    "a3,Act,r1,trust;dea,2014-03-01,open,\n",
}
EXPECTED = {
    # sheet, row, column, value, reason
    ("organisations", 1, "colour", None, "is not a column of organisations."),
    ("organisations", 3, "kind", "school", "is not one of: "),
    ("organisations", 5, "id", "trust", "stands already in row 4, with other values."),
    ("programmes", 2, "until", "2014-01-01", "is before from, 2014-05-01."),
    ("programmes", 3, "from", "31/02/2014", "is a day that does not exist."),
    ("programmes", 4, "name", None, "is empty."),
    ("programmes", 5, "lead", "nobody", "is not the id of a row of organisations."),
    ("programmes", 7, "id", "b r", "is not an id."),
    ("dependencies", 2, "provider", "canals", "is the same as dependent."),
    ("datasets", 2, "web", "javascript:alert(1)", "is not a web address."),
    ("interviews", 2, "role", "ask jo@example.org", "holds an e-mail address or a telephone number."),
    ("interviews", 3, "marking", None, "is empty."),
    ("barriers", 3, "name", "“Bell”\u202e", "holds a character that reverses the direction of writing."),
    ("findings", 2, "severity", "9", "is not a whole number from 1 to 5."),
    (
        "findings",
        3,
        "dataset",
        None,
        "is filled together with interview: only one of interview or dataset may be.",
    ),
    ("findings", 4, "interview", None, "is empty: one of interview or dataset is needed."),
    ("actions", 2, "completed_on", None, "is empty although status is done."),
    ("actions", 3, "completed_on", None, "is filled although status is not done."),
    ("actions", 4, "owner", "trust;dea", "is not an id."),
}


def check(issues: list[Issue], sheets: bool) -> None:
    found = {
        (i.sheet if sheets else i.file.removesuffix(".csv"), i.row, i.column, i.value): i
        for i in issues
        if i.severity == "error"
    }
    for sheet, row, column, value, reason in EXPECTED:
        assert (sheet, row, column, value) in found, (sheet, row, column, value, sorted(map(str, issues)))
        assert found[sheet, row, column, value].reason.startswith(reason)
    assert len(found) == len(EXPECTED), sorted(map(str, issues))
    for issue in issues:
        assert str(issue).startswith(f"{issue.file}, ")
        assert f"row {issue.row}" in str(issue)
        assert issue.reason.endswith((".", "other"))


def test_every_mistake_of_a_workbook_is_reported_at_its_place_and_no_other(tmp_path: Path) -> None:
    path = workbook(tmp_path / "mistakes.xlsx", MISTAKES)
    issues = refusal(open_store("memory"), path)
    check(issues, sheets=True)
    assert {issue.file for issue in issues} == {"mistakes.xlsx"}


def test_every_mistake_of_a_folder_is_reported_at_its_place_and_no_other(tables: Tables) -> None:
    check(refusal(open_store("memory"), tables(**MISTAKES)), sheets=False)


def test_a_dry_run_reports_the_same_and_makes_no_store(tables: Tables, tmp_path: Path) -> None:
    place = tmp_path / "store"
    folder = tables(**MISTAKES)
    assert refusal(open_store(place), folder, dry_run=True) == refusal(open_store(place), folder)
    good = load(open_store(place), [tables("good", **SMALL)], dry_run=True)
    assert (good.dry_run, good.version, {s.outcome for s in good.sources}) == (True, 0, {"added"})
    assert not place.exists()


def test_a_refused_load_leaves_every_byte_of_the_store_as_it_was(
    tables: Tables, tmp_path: Path, bytes_of: Bytes
) -> None:
    place = tmp_path / "store"
    load(open_store(place), [tables(**SMALL)])
    before = bytes_of(place)
    bad = tables(findings=SMALL["findings"].replace("supports,4", "supports,9"))
    assert [i.value for i in refusal(open_store(place), bad)] == ["9"]
    assert bytes_of(place) == before


def test_one_bad_file_keeps_the_good_ones_beside_it_out(tables: Tables) -> None:
    store = open_store("memory")
    folder = tables(organisations="id,name\na,A\n", programmes="id,name\np\n")
    refusal(store, folder)
    assert store.version == 0
    assert store.dataset().describe(f"{BASE}/organisation/a") == []


def test_a_mistyped_column_gets_the_name_that_was_meant(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,identifed_on\nb,B,2014-01-01\n")
    assert issue.remedy == "Did you mean identified_on?"


def test_a_column_that_is_needed_and_missing_is_one_error_not_one_for_each_row(refused: Refused) -> None:
    (issue,) = refused(
        organisations="id,kind\na,charity\nb,charity\n", programmes="id,name,lead\np,P,a\nq,Q,b\n"
    )
    assert (issue.row, issue.column) == (1, "name")


def test_a_header_that_stands_twice_is_an_error_not_a_column_that_is_ignored(refused: Refused) -> None:
    (issue,) = refused(organisations="id,name,Name\na,A,B\n")
    assert (issue.row, issue.column, issue.reason) == (1, "Name", "is the header of two columns.")


def test_a_comma_without_quotation_marks_is_an_error_not_a_shorter_name(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,description\nb,B,One,two\n")
    assert (issue.row, issue.value) == (2, "two")
    assert "quotation marks" in issue.remedy


def test_an_id_that_two_tables_have_is_ambiguous_where_a_tie_may_name_either(refused: Refused) -> None:
    (issue,) = refused(
        organisations="id,name\nsame,A\nb,B\n",
        programmes="id,name\nsame,P\n",
        ties="between,and,kind\nsame,b,joint-board\n",
    )
    assert "is an id in programmes and in organisations" in issue.reason


def test_the_same_row_twice_is_a_warning(tables: Tables) -> None:
    report = load(open_store("memory"), [tables(organisations="id,name\na,A\na,A\n")])
    assert [(w.row, w.reason) for w in report.warnings] == [(3, "is the same as row 2.")]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("programmes.csv", b"", "is empty."),
        ("programmes.csv", b"id,name\n", "holds no rows."),
        ("programmes.csv", b"%PDF-1.4", "is not a text file."),
        ("joinedup.xlsx", b"not a zip", "is not an XLSX workbook."),
        ("projects.csv", b"id,name\na,A\n", "is not the name of one of Joinedup's tables."),
        ("programmes.pdf", b"%PDF-1.4", "is not a kind of file that can be loaded here (.csv, .tsv, .xlsx)."),
        ("programmes.json", b"[]", "is JSON, which is read through a mapping."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    (issue,) = refusal(open_store("memory"), tmp_path / name)
    assert (issue.file, issue.reason) == (name, reason)


def test_a_workbook_without_one_known_sheet_is_refused(tmp_path: Path) -> None:
    issues = refusal(open_store("memory"), workbook(tmp_path / "book.xlsx", {"Sheet1": "id,name\na,A\n"}))
    assert [(i.severity, i.sheet) for i in issues] == [("error", None), ("warning", "Sheet1")]


def test_a_sheet_of_notes_beside_the_tables_is_left_alone_with_a_warning(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "book.xlsx",
        {"organisations": "id,name\na,A\n", "my notes": "x,y\n1,2\n", "about": "x\ny\n"},
    )
    report = load(open_store("memory"), [path])
    assert [(w.sheet, w.severity) for w in report.warnings] == [("my notes", "warning")]
    assert report.sources[0].rows == {"organisations": 1}


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    store = open_store("memory")
    with pytest.raises(NotFound, match=r"There is no file gone\.csv"):
        load(store, [tmp_path / "gone.csv"])
    with pytest.raises(NotFound, match="holds no file to load"):
        load(store, [tmp_path])
    with pytest.raises(NotFound, match="There is no mapping “gone”"):
        load(store, [], mapping="gone")
    with pytest.raises(NotFound, match="There is no marking “secret”"):
        load(store, [], marking="secret")


def test_progress_is_told_to_the_end(tables: Tables) -> None:
    told: list[tuple[str, int, int]] = []
    rows = "".join(f"o{n},O {n}\n" for n in range(1200))
    load(
        open_store("memory"),
        [tables(organisations="id,name\n" + rows)],
        progress=lambda *args: told.append(args),
    )
    assert told == [("organisations.csv", n, 1200) for n in (500, 1000, 1200)]


@pytest.mark.parametrize("name", ["gmpp", "govuk-organisations"])
def test_a_shipped_mapping_names_only_tables_and_columns_that_exist(name: str) -> None:
    mapping = load_mapping(name)
    known = {table.name: {c.name for c in table.columns} for table in TABLES}
    for rows in mapping.rows:
        assert set(rows.columns) <= known[rows.table]


def test_names_that_only_differ_in_case_and_odd_ids_are_kept_apart(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name\nd,D\n",
        programmes="id,name,lead\nA.b_c-1,INTERVIEW 1,d\na.b_c-1,Interview 1,d\n",
    )
    assert dataset.label(f"{BASE}/programme/A.b_c-1") == "INTERVIEW 1"
    assert dataset.label(f"{BASE}/programme/a.b_c-1") == "Interview 1"


def test_statements_are_plain_rdf_that_any_tool_reads_back(example: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    path.write_bytes(ox.serialize(example.backup_quads(), format=ox.RdfFormat.N_QUADS) or b"")
    again = ox.Store()
    again.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    assert set(again) == set(example.backup_quads())


def test_moving_the_folder_and_loading_from_there_changes_nothing(tables: Tables, tmp_path: Path) -> None:
    store = open_store("memory")
    folder = tables(**SMALL)
    load(store, [folder])
    elsewhere = tmp_path / "elsewhere" / "tables"
    shutil.copytree(folder, elsewhere)
    assert {s.outcome for s in load(store, [elsewhere]).sources} == {"unchanged"}
    assert store.version == 1
