"""CSVW of a canonical table, checked by a reader of the standard: the metadata fits the template, and both say the same rows."""

from __future__ import annotations

import csv
import json
import warnings
from datetime import date
from pathlib import Path

import pytest
from csvw import CSVW

from graph.ingest.csvw import csvw_of
from graph.ingest.tables.canonical import BY_NAME, TABLES
from graph.ingest.tables.declaration import Table


def beside(folder: Path, table: Table, rows: list[dict[str, str]]) -> Path:
    """A table with its metadata beside it, as the standard has them found."""
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in table.columns])
        writer.writeheader()
        writer.writerows(rows)
    metadata = folder / f"{table.name}.csv-metadata.json"
    metadata.write_text(csvw_of(table), encoding="utf-8")
    return metadata


def valid(metadata: Path) -> tuple[bool, list[dict[str, object]]]:
    """Whether a reader finds the metadata and the rows right, and the rows that it reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = CSVW(str(metadata), validate=True)
        try:
            return bool(found.is_valid), [dict(row) for row in found.tables[0]] if found.is_valid else []
        except ValueError:  # what is wrong with a row is only said when it is read
            return False, []


def as_text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(as_text, value))
    if isinstance(value, date):
        return value.isoformat()[:10]
    return "" if value is None else str(value)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_a_reader_of_csvw_finds_the_template_valid_and_reads_its_rows(table: Table, tmp_path: Path) -> None:
    rows = [{column.name: row.get(column.name, "") for column in table.columns} for row in table.examples()]
    right, read = valid(beside(tmp_path, table, rows))
    assert right
    assert [{name: as_text(value) for name, value in row.items()} for row in read] == [
        {name: "; ".join(p.strip() for p in text.split(";")) for name, text in row.items()} for row in rows
    ]


@pytest.mark.parametrize(
    ("column", "wrong"),
    [("severity", "9"), ("severity", "high"), ("stance", "perhaps"), ("id", "a b"), ("programme", "")],
)
def test_a_reader_of_csvw_refuses_what_a_load_would_refuse(column: str, wrong: str, tmp_path: Path) -> None:
    table = BY_NAME["findings"]
    row = {c.name: next(iter(table.examples())).get(c.name, "") for c in table.columns}
    assert valid(beside(tmp_path, table, [row]))[0]
    assert not valid(beside(tmp_path, table, [row | {column: wrong}]))[0]


def test_the_metadata_names_every_column_in_its_order(tmp_path: Path) -> None:
    for table in TABLES:
        columns = json.loads(csvw_of(table))["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == [column.name for column in table.columns]
