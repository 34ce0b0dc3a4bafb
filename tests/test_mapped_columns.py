"""Reading through a mapping by columns: the same statements, issues and counts as by rows, whatever stands in the file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import LoadRefused
from graph.ingest import files, mapped_columns
from graph.ingest.load import load
from graph.ingest.mapping import parsed
from graph.ingest.names import Names
from graph.store import open_store
from ontology.terms import PROV

TIMES = {str(PROV.generatedAtTime), str(PROV.endedAtTime)}
MAPPING = """
title = "Spending of partners"
lenient = {lenient}
[read]
skip = 'Total.*'
redacted = 'withheld'
unless = {{ from = "Status", match = 'void' }}
[let]
name = {{ from = "Partner", unless = 'none' }}
[[rows]]
table = "organisations"
needs = "name"
[rows.columns]
id = {{ from = "name", slug = true }}
name = "name"
kind = {{ from = "Kind", map = {{ a = "charity", b = "company" }}, default = "charity" }}
abbreviation = {{ from = "Kind", split = ',' }}
[[rows]]
table = "organisations"
needs = "Owner"
[rows.columns]
id = {{ from = "Owner", slug = true }}
name = "Owner"
kind = {{ constant = "department" }}
[[rows]]
table = "visits"
needs = "~place.*"
[rows.columns]
id = {{ from = ["@5", "@row"], join = "-", slug = true }}
held_on = {{ constant = "2014-03-31" }}
organisations = {{ from = ["Also", "Partner"], all = true, split = ';', slug = true }}
area = {{ from = "~place.*", match = 'aye.*', slug = true }}
[[rows]]
table = "participations"
needs = {{ from = "Also", unless = 'partner.*|odd' }}
[rows.columns]
programme = {{ from = "Also", find = "programmes", unknown = "{unknown}" }}
organisation = {{ from = "name", find = "organisations", unknown = "drop" }}
role = {{ from = "Status", map = {{ a = "lead" }}, otherwise = "delivers" }}
"""
HELD = "id,name,also_known_as\nalpha,Alpha,aye ltd\nbeta,Beta,C;D\ngamma,Bee Trust,\ndelta,Bee  trust,\n"
HEADERS = ("Partner", "Kind", "Also", "Owner", "Place (of work)", "Status")
CELLS = (
    "",
    "Aye Ltd",
    "aye ltd",
    "Bee  Trust",
    "a",
    "b",
    "C;D",
    "aye ltd; bee trust",
    "none",
    "withheld",
    "void",
    "Total 4",
    "#REF!",
    "-",
)


def outcome(path: Path, mapping: Path, large: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """All that can be seen of a load: what the store then holds, the report or the issues."""
    store, used = open_store("memory"), []
    held_first = mapping.with_name("programmes.csv")
    held_first.write_text(HELD)
    load(store, [held_first])
    with monkeypatch.context() as patch:
        patch.setattr(files, "LARGE", large)
        real = mapped_columns.mapped_columns
        patch.setattr(mapped_columns, "mapped_columns", lambda *a: used.append(1) or real(*a))
        try:
            report = load(store, [path], mapping=str(mapping))
        except LoadRefused as refused:
            return {"issues": refused.issues, "held": set(), "used": bool(used)}
    held = {q for q in store.dataset().backup_quads() if q.predicate.value not in TIMES}
    held = {q for q in held if "store" not in str(q.graph_name)}
    return {"sources": report.sources, "warnings": report.warnings, "held": held, "used": bool(used)}


def same(path: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    by_rows = outcome(path, mapping, 10**12, monkeypatch)
    by_columns = outcome(path, mapping, 0, monkeypatch)
    assert not by_rows.pop("used")
    assert by_columns.pop("used")
    assert by_columns == by_rows
    return by_rows


def written(folder: Path, lines: list[list[str]], lenient: bool, unknown: str = "drop") -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    mapping, path = folder / "partners.toml", folder / "spending.csv"
    mapping.write_text(MAPPING.format(lenient=str(lenient).lower(), unknown=unknown))
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADERS, *lines])
    return path, mapping


@pytest.mark.parametrize(("lenient", "unknown"), [(True, "drop"), (True, "error"), (False, "error")])
@given(lines=st.lists(st.lists(st.sampled_from(CELLS), min_size=6, max_size=6), max_size=8))
def test_whatever_stands_in_it_a_mapped_table_is_read_the_same_by_columns(
    tmp_path_factory: pytest.TempPathFactory, lenient: bool, unknown: str, lines: list[list[str]]
) -> None:
    path, mapping = written(tmp_path_factory.mktemp("any"), lines, lenient, unknown)
    with pytest.MonkeyPatch.context() as patch:
        same(path, mapping, patch)


def test_what_is_plainly_right_is_never_made_into_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [[f"Partner {n}", "ab"[n % 2], f"Partner {n};Partner 1", "", f"Town {n}", ""] for n in range(50)]
    path, mapping = written(tmp_path / "new", [*lines, ["Odd", "zzz", "Odd", "", "Town", ""]], True)
    monkeypatch.setattr(files, "LARGE", 0)
    source = files.read_file(
        path, "https://x.example", parsed(mapping.read_text(), "m", "m"), None, Names(())
    )
    assert [len(made) for made in source.reading.columns] == [50, 0, 51, 0]
    assert len(source.reading.rows) == 1
    found = same(path, mapping, monkeypatch)
    assert found["sources"][0].rows == {"organisations": 51, "visits": 51}
    assert [(w.row, w.column, w.value) for w in found["warnings"]] == [(52, "Kind", "zzz")]


def test_a_sheet_of_a_workbook_is_named_in_where_its_rows_came_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, mapping = written(tmp_path, [], True)
    path = tmp_path / "spending.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("North", "South"):
            sheet = book.add_worksheet(name)
            for row, line in enumerate(
                [HEADERS, [name, "a", "", "", "Town", ""], ["Both", "b", "", "", "Here", ""]]
            ):
                sheet.write_row(row, 0, line)
    found = same(path, mapping, monkeypatch)
    assert any("sheet=South&row=2" in str(quad.object) for quad in found["held"])
