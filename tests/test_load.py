"""Loading: all of a load or none of it, one graph a file, and a second time nothing changes."""

from __future__ import annotations

import csv
import random
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dataset import Dataset
from graph.errors import Issue, NotFound
from graph.ingest.load import load
from graph.store import open_store
from graph.version import __version__
from ontology.terms import JU, ONTOLOGY, PROV, RDF

Tables = Callable[..., Path]
Loaded = Callable[..., Dataset]
Bytes = Callable[[Path], dict[str, str]]
Small = dict[str, str]
Workbook = Callable[[Path, dict[str, str]], Path]
Refusal = Callable[..., list[Issue]]
Asked = Callable[[Dataset, str, object], set[str]]

BASE = "https://joinedup.example/id"


def statements(dataset: Dataset, sources: bool = False) -> set[str]:
    """Every statement apart from the vocabulary and when it was loaded; which files and rows it is from if asked."""
    return {
        str(quad.triple)
        for quad in dataset.backup_quads()
        if str(quad.graph_name)[1:-1] not in (ONTOLOGY, "https://w3id.org/joinedup/store")
        and quad.predicate.value not in (str(PROV.generatedAtTime), str(PROV.endedAtTime))
        and (sources or not re.search("/id/(source|import)/", f"{quad.subject} {quad.object}"))
    }


# --- The same things, however they come -------------------------------------------------------


def test_a_folder_of_tables_and_a_workbook_of_sheets_give_the_same_statements(
    tables: Tables, tmp_path: Path, small: Small, workbook: Workbook
) -> None:
    folder, book = open_store("memory"), open_store("memory")
    load(folder, [tables(**small)])
    load(book, [workbook(tmp_path / "joinedup.xlsx", small)])
    assert statements(folder.dataset()) == statements(book.dataset())
    assert len(statements(book.dataset())) > 40


def test_the_example_loaded_file_by_file_in_any_order_that_links_allow_gives_the_same_statements(
    example: Dataset, example_folder: Path
) -> None:
    store = open_store("memory")
    files = sorted(example_folder.glob("*.csv"))
    first = [
        p for p in files if p.stem in ("organisations", "programmes", "areas", "beneficiaries", "outcomes")
    ]
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
def test_the_order_of_rows_and_columns_changes_no_statement(
    tables: Tables, small: Small, chance: random.Random
) -> None:
    plain, shuffled = open_store("memory"), open_store("memory")
    load(plain, [tables("plain", **small)])
    mixed = {}
    for name, text in small.items():
        columns = list(zip(*csv.reader(text.splitlines()), strict=True))
        chance.shuffle(columns)
        header, *rows = zip(*columns, strict=True)
        chance.shuffle(rows)
        mixed[name] = "\n".join(",".join(cells) for cells in (header, *rows))
    load(shuffled, [tables("shuffled", **mixed)])
    assert statements(plain.dataset()) == statements(shuffled.dataset())


def test_a_lead_named_with_a_programme_is_the_same_as_a_row_of_participations(
    loaded: Loaded, tables: Tables, small: Small, asked: Asked
) -> None:
    short = loaded(organisations=small["organisations"], programmes="id,name,lead\np,P,dea\n")
    long = open_store("memory")
    rows = "programme,organisation,role\np,dea,lead\n"
    load(
        long,
        [
            tables(
                "long", organisations=small["organisations"], programmes="id,name\np,P\n", participations=rows
            )
        ],
    )
    assert statements(short) == statements(long.dataset())
    assert asked(short, "programme/p", JU.ledBy) == {"organisation/dea"}


# --- Again, and changed -----------------------------------------------------------------------


def test_loading_the_same_files_again_changes_not_one_byte(
    tables: Tables, tmp_path: Path, bytes_of: Bytes, small: Small
) -> None:
    folder, place = tables(**small), tmp_path / "store"
    assert load(open_store(place), [folder]).version == 1
    before = bytes_of(place)
    report = load(open_store(place), [folder])
    assert {source.outcome for source in report.sources} == {"unchanged"}
    assert report.version == 1
    assert bytes_of(place) == before
    assert len(before) > 5


def test_a_changed_file_replaces_all_that_it_said_and_nothing_else(
    tables: Tables, small: Small, asked: Asked
) -> None:
    store = open_store("memory")
    folder = tables(**small)
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


def test_a_thing_that_another_source_refers_to_cannot_be_taken_out_of_its_file(
    tables: Tables, small: Small, refusal: Refusal
) -> None:
    store = open_store("memory")
    folder = tables(**small)
    load(store, [folder])
    (folder / "barriers.csv").write_text("id,name\nother,Other\n", encoding="utf-8")
    (issue,) = (i for i in refusal(store, folder / "barriers.csv") if i.severity == "error")
    assert (issue.file, issue.value) == ("barriers.csv", "data")
    assert "still refers to it" in issue.reason
    assert store.version == 1


def test_that_a_part_is_played_does_not_stand_for_the_organisations_own_row(
    tables: Tables, refusal: Refusal
) -> None:
    store = open_store("memory")
    folder = tables(
        organisations="id,name\ndea,DEA\ncollege,A college\n",
        programmes="id,name,lead\nskills,Skills,dea\n",
        participations="programme,organisation,role\nskills,college,delivers\n",
    )
    load(store, [folder])
    (folder / "organisations.csv").write_text("id,name\ndea,DEA\n", encoding="utf-8")
    (issue,) = (i for i in refusal(store, folder / "organisations.csv") if i.severity == "error")
    assert (issue.file, issue.value) == ("organisations.csv", "college")
    tie = tables("more", ties="between,and,kind\ndea,gone,joint-board\n")
    assert [i.value for i in refusal(store, tie)] == ["gone"]


def test_a_thing_and_all_that_refers_to_it_can_be_taken_out_together(tables: Tables, small: Small) -> None:
    store = open_store("memory")
    load(store, [tables(**small)])
    changed = tables(
        barriers="id,name\nother,Other\n",
        findings="id,programme,barrier,stance,severity,interview,summary\nf1,skills,other,supports,1,i1,S\n",
    )
    load(store, [changed / "barriers.csv", changed / "findings.csv"])
    assert store.dataset().describe(f"{BASE}/barrier/data") == []


def test_the_same_file_under_another_marking_is_loaded_again(tables: Tables, asked: Asked) -> None:
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
    facts = {
        t.predicate.value: t.object.value
        for t in dataset.describe(f"{BASE}/source/tables-organisations.csv")
        if not isinstance(t.object, ox.Triple)
    }
    assert facts[str(JU.fileName)] == "organisations.csv"
    assert facts[str(JU.rows)] == "2"
    assert len(facts[str(JU.checksum)]) == 64
    assert facts[str(JU.marking)].endswith("/official")
    assert str(PROV.generatedAtTime) in facts
    assert str(tmp_path) not in str(sorted(facts.values()))


def test_a_source_says_when_it_was_loaded_and_by_which_version(loaded: Loaded, asked: Asked) -> None:
    dataset = loaded(organisations="id,name\na,A\n", programmes="id,name,lead\np,P,a\n")
    for name in ("organisations", "programmes"):
        source = f"source/tables-{name}.csv"
        (activity,) = asked(dataset, source, PROV.wasGeneratedBy)
        assert asked(dataset, activity, RDF.type) == {str(JU.Import)}
        (ended,) = asked(dataset, activity, PROV.endedAtTime)
        assert asked(dataset, source, PROV.generatedAtTime) == {ended}
        assert abs(datetime.now(UTC) - datetime.fromisoformat(ended)) < timedelta(minutes=5)
        (program,) = asked(dataset, activity, PROV.wasAssociatedWith)
        assert dataset.label(program) == f"Joinedup {__version__}"


def test_two_files_of_one_name_in_folders_of_one_name_are_refused_and_do_not_replace_each_other(
    tables: Tables, refusal: Refusal
) -> None:
    tables("a")
    tables("b")
    one = tables("a/data", organisations="id,name\na,A\n")
    other = tables("b/data", organisations="id,name\nb,B\n")
    (issue,) = refusal(open_store("memory"), one, other)
    assert "data/organisations.csv" in issue.reason
    assert load(open_store("memory"), [one, one, one / "organisations.csv"]).sources[0].records == 1


def test_a_barrier_that_no_finding_speaks_of_is_reported_until_one_does(tables: Tables, small: Small) -> None:
    store = open_store("memory")
    first = {k: v for k, v in small.items() if k != "findings"}
    (warning,) = load(store, [tables(**first)]).warnings
    assert (warning.value, warning.severity) == ("data", "warning")
    assert load(store, [tables("more", findings=small["findings"])]).warnings == []
    assert load(store, [tables("tables", barriers=small["barriers"])]).warnings == []


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


def test_statements_are_plain_rdf_that_any_tool_reads_back(example: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "all.nq"
    path.write_bytes(ox.serialize(example.backup_quads(), format=ox.RdfFormat.N_QUADS) or b"")
    again = ox.Store()
    again.bulk_load(path=str(path), format=ox.RdfFormat.N_QUADS)
    assert set(again) == set(example.backup_quads())


def test_moving_the_folder_and_loading_from_there_changes_nothing(
    tables: Tables, tmp_path: Path, small: Small
) -> None:
    store = open_store("memory")
    folder = tables(**small)
    load(store, [folder])
    elsewhere = tmp_path / "elsewhere" / "tables"
    shutil.copytree(folder, elsewhere)
    assert {s.outcome for s in load(store, [elsewhere]).sources} == {"unchanged"}
    assert store.version == 1
