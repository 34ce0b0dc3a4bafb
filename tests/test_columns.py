"""Reading by columns: the same statements, issues and counts as by rows, whatever stands in the file."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import LoadRefused
from graph.ingest import columns, files, render, shapes
from graph.ingest.load import load
from graph.ingest.tables.canonical import BY_NAME, TABLES
from graph.store import Store, open_store
from ontology.terms import JU, PROV

Tables = Callable[..., Path]
Small = dict[str, str]

BASE = "https://joinedup.example/id"
REPOSITORY = Path(__file__).parent.parent
TIMES = {str(PROV.generatedAtTime), str(PROV.endedAtTime)}


def outcome(store: Store, *paths: Path) -> dict[str, Any]:
    """All that can be seen of a load: what the store then holds, the report or the issues."""
    try:
        report = load(store, paths)
    except LoadRefused as refused:
        return {"issues": refused.issues, "held": set()}
    held = {q for q in store.dataset().backup_quads() if q.predicate.value not in TIMES}
    held = {q for q in held if "store" not in str(q.graph_name)}
    return {"sources": report.sources, "warnings": report.warnings, "held": held}


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Load by rows and by columns, into stores that hold `first`; the outcome, once it is the same."""

    def compare(*paths: Path, first: Path | None = None) -> dict[str, Any]:
        found, by_columns = [], []
        read = columns.read_columns

        def counted(*args: Any) -> Any:
            by_columns.append(read(*args))
            return by_columns[-1]

        monkeypatch.setattr(columns, "read_columns", counted)
        for large in (10**12, 0):
            store = open_store("memory")
            if first:
                load(store, [first])
            monkeypatch.setattr(files, "LARGE", large)
            found.append(outcome(store, *paths))
        monkeypatch.undo()
        assert any(by_columns), "nothing was read by columns"
        assert found[0] == found[1]
        return found[1]

    return compare


def test_the_example_read_by_columns_makes_the_same_statements(
    both: Callable[..., dict[str, Any]], example_folder: Path
) -> None:
    assert len(both(example_folder)["held"]) > 1000


def test_the_examples_of_the_template_read_by_columns_make_the_same_statements(
    both: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    for table in TABLES:
        with (tmp_path / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in table.columns])
            writer.writeheader()
            writer.writerows(table.examples())
    found = both(tmp_path)
    assert sum(sum(source.rows.values()) for source in found["sources"]) > len(TABLES)


def test_every_table_with_short_cuts_says_what_they_look_at() -> None:
    also = {table.name for table in TABLES if table.also and not any(c.adds for c in table.columns)}
    assert also == set(render.ALSO_READS)
    for name, reads in render.ALSO_READS.items():
        assert all(name == "quarters" or BY_NAME[name].column(column) for column in reads)


IDS = st.sampled_from(["skills", "homes", "data", "i1", "i2", "dea", "gone", "", "bad id", " skills "])
WORDS = st.one_of(
    st.sampled_from(
        ["They wait", "a  b\tc\nd", '"so" \\ they say\\n', "Ünïcödé – 漢字 \U0001f600", "x" * 200, "y" * 10_001, "#REF!", "# hash", "Err:502", "err: 5",
         "tutor@college.example", "020 7946 0958", "in 2014-2015, 12345678", "a\u00a0b\u2003c", "a\u202eb", "a\x0bb", "", " ", "; ;"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12),
)  # fmt: skip
CELLS: dict[str, st.SearchStrategy[str]] = {
    "id": st.sampled_from(["f1", "f2", "f3", "f-4", "f.5", "f6", "f7", "f8", "", "f 9"]),
    "programme": IDS, "barrier": IDS, "interview": IDS, "organisation": IDS, "between": IDS, "and": IDS, "dataset": st.sampled_from(["", "", "gone"]),
    "programmes": st.sampled_from(["", "skills", "skills; homes", "homes;homes", ";", "gone; skills"]),
    "stance": st.sampled_from(["supports", "Supports", "disputes", "", "neither"]),
    "severity": st.sampled_from(["1", "4", "5.0", "6", "", "four", "-1"]),
    "held_on": st.sampled_from(["2014-01-20", "20/01/2014", "31/02/2014", "2014-1-2T10:00", ""]),
    "from": st.sampled_from(["2014-01-20", "01.02.2014", ""]), "until": st.sampled_from(["2014-01-19", "2015-01-01", "", "#N/A"]),
    "level": st.sampled_from(["front-line", "Front line", "centre", "elsewhere"]),
    "kind": st.sampled_from(["joint-board", "data-sharing", "ministerial-department", "charity", ""]),
    "role": st.sampled_from(["lead", "delivers", "course tutor", "funder"]), "share": st.sampled_from(["0.50", "25%", "2", ""]),
    "marking": st.sampled_from(["official", "sensitive"]), "consent": st.sampled_from(["given", ""]),
    "replaced_by": st.sampled_from(["", "dea", "f1"]), "replaces": st.sampled_from(["", "f2", "college; f3"]),
    "type": st.sampled_from(["", "poor-data", "silos; poor-data", "gone", "data"]),
    "rating": st.sampled_from(["green", "", "Amber/Red"]), "withheld": st.sampled_from(["", "Exempt"]),
    "assessed_on": st.sampled_from(["2014-01-20", "20/01/2014", "2013-01-01"]), "whole_life_cost": st.sampled_from(["", "£1.20bn", "(3)", "12.50", "007"]),
    "web": st.sampled_from(["", "https://x.example/ä?q=1", "x.example"]),
}  # fmt: skip
GENERATED = {
    "findings": ("id", "programme", "barrier", "stance", "severity", "interview", "dataset", "summary", "excerpt"),
    "interviews": ("id", "held_on", "level", "organisation", "role", "programmes", "consent", "marking"),
    "participations": ("programme", "organisation", "role", "share", "from", "until"),
    "organisations": ("id", "name", "abbreviation", "kind", "replaced_by", "replaces", "web"),
    "ties": ("between", "and", "kind", "from", "until"),
    "barriers": ("id", "name", "description", "type"),
    "statuses": ("programme", "assessed_on", "rating", "withheld", "whole_life_cost"),
}  # fmt: skip


@given(st.data())
def test_whatever_the_cells_say_columns_and_rows_say_the_same(
    both: Callable[..., dict[str, Any]], tables: Tables, tmp_path: Path, small: Small, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(GENERATED)))
    names = GENERATED[name]
    good = {"id": "f1", "programme": "skills", "barrier": "data", "interview": "i1", "organisation": "dea", "between": "skills", "and": "homes",
            "stance": "supports", "severity": "3", "held_on": "2014-01-20", "level": "centre", "marking": "official", "assessed_on": "2014-01-20",
            "summary": "S", "name": "N", "rating": "green"}  # fmt: skip
    kinds = {"ties": "joint-board", "organisations": "charity"}
    roles = {"participations": "delivers", "interviews": "tutor"}
    good |= {"kind": kinds.get(name, ""), "role": roles.get(name, "")}
    rows = []
    for number in range(data.draw(st.integers(1, 6))):
        row = {c: good.get(c, "") for c in names} | ({"id": f"r{number}"} if "id" in names else {})
        odd = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        rows.append(row | {c: data.draw(CELLS.get(c, WORDS)) for c in odd})
    first = tables("first", **small)
    path = tmp_path / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    both(path, first=first)


# --- Loaded in bulk ---------------------------------------------------------------------------


@pytest.fixture
def by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGE", 0)


def findings(count: int, severity: int = 3) -> str:
    head = "id,programme,barrier,stance,severity,interview,summary\n"
    return head + "".join(f"f{n},skills,data,supports,{severity},i1,They wait {n}\n" for n in range(count))


def of_findings(store: Store) -> set[str]:
    graph = f"{BASE}/source/tables-findings.csv"
    return {str(q.triple) for q in store.dataset().graph(graph) if q.predicate.value not in TIMES}


def test_a_changed_file_read_by_columns_replaces_all_that_it_said(
    by_columns: None, tables: Tables, tmp_path: Path, small: Small
) -> None:
    store, fresh = open_store(tmp_path / "store"), open_store(tmp_path / "fresh")
    load(store, [tables(**small)])
    for text in (findings(300), findings(200, severity=4)):
        report = load(store, [tables(findings=text) / "findings.csv"])
        assert report.sources[0].outcome == "replaced"
    load(fresh, [tables()])
    assert of_findings(store) == of_findings(fresh)
    again = load(store, [tables()])
    assert {source.outcome for source in again.sources} == {"unchanged"}


def test_a_load_in_bulk_that_is_killed_leaves_the_store_as_it_was(
    tables: Tables, tmp_path: Path, small: Small
) -> None:
    place = tmp_path / "store"
    load(open_store(place), [tables("held", **{k: v for k, v in small.items() if k != "findings"})])
    folder = tables("more", findings=findings(2000))
    code = (
        "import os, signal, sys; from pathlib import Path; from graph.ingest import files, render; from graph.ingest.load import load\n"
        "from graph.store import open_store\n"
        "files.LARGE = 0; render._AT_ONCE = 500; made = render._Pieces.pieces\n"
        "def pieces(self):\n"
        "    for n, piece in enumerate(made(self)):\n"
        "        yield piece\n"
        "        if n == 2: os.kill(os.getpid(), signal.SIGKILL)\n"
        "render._Pieces.pieces = pieces\n"
        "load(open_store(sys.argv[1]), [Path(sys.argv[2])])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", code, str(place), str(folder)]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    store = open_store(place)
    assert store.version == 1
    assert list(store.dataset().graph(f"{BASE}/source/more-findings.csv")) == []
    assert load(store, [folder]).version == 2
    assert len(store.dataset().rows_of(f"{BASE}/source/more-findings.csv")) == 2000


def test_the_barrier_that_findings_in_bulk_speak_of_blocks_their_programme_once(
    by_columns: None, tables: Tables, small: Small
) -> None:
    store = open_store("memory")
    load(store, [tables(**(small | {"findings": findings(300)}))])
    (said,) = [
        t for t in store.dataset().describe(f"{BASE}/barrier/data") if t.predicate.value == str(JU.blocks)
    ]
    assert said.object == ox.NamedNode(f"{BASE}/programme/skills")


def test_progress_of_columns_and_of_their_statements_is_told_to_the_end(
    by_columns: None, tables: Tables, small: Small
) -> None:
    told: dict[str, tuple[int, int]] = {}
    folder = tables(**(small | {"findings": findings(300)}))
    report = load(open_store("memory"), [folder], progress=lambda name, *n: told.update({name: n}))
    assert told["findings.csv"] == (300, 300)
    count = next(source.statements for source in report.sources if source.rows.get("findings"))
    assert told["statements of tables-findings.csv"] == (count, count)


def test_what_a_shape_finds_wrong_in_columns_is_said_at_its_row(
    by_columns: None, tables: Tables, small: Small
) -> None:
    folder = tables(**(small | {"organisations": "id,name,parent\ndea,DEA,college\ncollege,A college,dea\n"}))
    with pytest.raises(LoadRefused) as refused:
        load(open_store("memory"), [folder])
    assert {(i.file, i.row) for i in refused.value.issues} == {
        ("organisations.csv", 2),
        ("organisations.csv", 3),
    }


def test_a_load_over_the_limit_of_the_shapes_says_how_many_statements_it_holds(
    by_columns: None, tables: Tables, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shapes, "MOST_STATEMENTS", 100)
    report = load(open_store("memory"), [tables(**(small | {"findings": findings(300)}))])
    total = sum(source.statements for source in report.sources)
    assert f"the load holds {total:,} statements, more than 100." in report.notes[0]


def test_a_large_workbook_of_canonical_tables_read_by_columns_makes_the_same_statements(
    example_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "joinedup.xlsx"
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.add_worksheet("about").write_string(0, 0, "Not a table")
        for file in sorted(example_folder.glob("*.csv")):
            sheet = book.add_worksheet(file.stem)
            with file.open(encoding="utf-8", newline="") as lines:
                for number, row in enumerate(csv.reader(lines)):
                    sheet.write_row(number, 0, row)
            if file.stem == "findings":
                sheet.write_row(number + 1, 0, row)  # the last once more, of which is warned
    found = []
    for large in (10**12, 0):
        monkeypatch.setattr(files, "LARGE", large)
        monkeypatch.setattr(files, "_MANY", 0)
        found.append(outcome(open_store("memory"), path))
    assert found[0] == found[1]
    assert [warning.sheet for warning in found[0]["warnings"] if "is the same as" in warning.reason] == [
        "findings"
    ]
    reading = files.read_file(path, BASE, None, None).reading
    assert {"findings", "barriers"} <= {made.table.name for made in reading.columns}
    assert {"programmes", "participations"} <= {table for table, _ in reading.rows}
