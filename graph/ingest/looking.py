"""A foreign file looked at before there is a mapping: where its records are, and what its columns hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graph.ingest import delimited
from graph.ingest.guess import Cells, header_place
from graph.ingest.json_records import LINES, lists_in
from graph.ingest.reading import JSON, READABLE, WORKBOOKS, check_size, read_grids, read_sheets, sheet_of
from graph.ingest.records import Layout, Record, Unreadable
from graph.ingest.synonyms import SYNONYMS
from graph.ingest.tables.canonical import TABLES
from graph.ingest.xml_records import repeated

_LOOKED_AT = 2000


@dataclass(frozen=True)
class Look:
    """What was found out about a file."""

    layout: Layout
    columns: list[Cells]
    records: int
    says: list[str]
    """How it was found, in sentences."""


def look(path: Path) -> Look:
    """Where the records are and what the columns hold. Raises Unreadable."""
    if path.suffix.lower() not in READABLE:
        raise Unreadable(
            "is not a kind of file that a mapping can be proposed for.", f"These are: {', '.join(READABLE)}."
        )
    check_size(path)
    return _nested(path) if path.suffix.lower() in (*JSON, ".xml") else _table(path)


def _nested(path: Path) -> Look:
    kind = path.suffix.lower()
    if kind in LINES:
        layout, says = Layout(), ["JSON Lines, one record a line."]
    elif kind == ".xml":
        with path.open("rb") as file:
            layout, says = _where(repeated(file), "XML; the records are the elements")
    else:
        layout, says = _where(lists_in(path), "JSON; the records are the list")
    records = [record for sheet in read_sheets(path, layout) for record in sheet.records]
    keys = dict.fromkeys(key for record in records[:_LOOKED_AT] for key in record.cells)
    columns = [  # a mapping finds an attribute of the record itself by its path alone
        replace(cells, header=f"/{cells.header}") if cells.header.startswith("@") else cells
        for cells in _columns(records, {key: key for key in keys})
    ]
    return Look(layout, columns, len(records), says)


def _where(lists: dict[str, int], says: str) -> tuple[Layout, list[str]]:
    """The longest of the lists of records in a nested file, with what is said of it and of the others."""
    if not lists:
        raise Unreadable("holds no list of records.", "Export it as a list of objects.")
    best = max(lists, key=lambda at: lists[at])
    others = [f"There is another list, at {at} ({n:,} items)." for at, n in lists.items() if at != best]
    return Layout(records=best), [f"{says} {f'at {best}' if best else 'at the top'}.", *others[:10]]


def _table(path: Path) -> Look:
    layout, says = Layout(), []
    known = [phrase for phrases in SYNONYMS.values() for phrase in phrases] + [
        column.name for table in TABLES for column in table.columns if len(column.name) > 3
    ]
    grids = list(read_grids(path, layout))
    if path.suffix.lower() in WORKBOOKS:
        name, grid = max(grids, key=lambda sheet: sum(map(len, sheet[1])), default=("", []))
        if len(grids) > 1:
            layout = replace(layout, sheets=(name or "",))
            says.append(
                f"Sheet {name} is read; there are also {', '.join(str(n) for n, _ in grids if n != name)}."
            )
    else:
        ((_, grid),) = grids
        text, encoding = delimited.decoded(path, layout.encodings)
        sign = "\t" if path.suffix.lower() in (".tsv", ".tab") else delimited.delimiter_of(text)
        says.append(
            f"Text in {encoding.removesuffix('-sig')}, cells separated by {'tabs' if sign == chr(9) else sign}"
        )
    if not any(cell.strip() for row in grid for cell in row):
        raise Unreadable("is empty.")
    across, header = header_place(grid, known)
    layout = replace(layout, across=across or None, header_rows=(header,))
    says.append("It runs across: each column is a record." if across else f"The header is row {header}.")
    sheet = sheet_of(None, grid, layout)
    titles = sheet.records[0].titles if sheet.records else {}
    return Look(layout, list(_columns(sheet.records, titles)), len(sheet.records), says)


def _columns(records: Sequence[Record], titles: dict[str, str]) -> Iterator[Cells]:
    seen = records[:_LOOKED_AT]
    for key, title in titles.items():
        found = [texts for record in seen if (texts := record.cells.get(key))]
        several = sum(len(texts) > 1 for texts in found) > 0
        flat = tuple(text for texts in found for text in texts)
        yield Cells(key, title, flat, several, len(seen))
