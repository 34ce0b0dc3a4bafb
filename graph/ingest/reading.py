"""Files in: CSV, XLSX, ODS, JSON and XML to records of named cells, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path

from graph.ingest import delimited, limits, workbook
from graph.ingest.json_records import LINES, json_records, line_records
from graph.ingest.records import Grid, Layout, Record, Sheet, Unreadable, folded
from graph.ingest.xml_records import xml_records

__all__ = [
    "JSON",
    "READABLE",
    "TABULAR",
    "Grid",
    "Layout",
    "Record",
    "Sheet",
    "Unreadable",
    "folded",
    "read_grids",
    "read_sheets",
]

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
TABULAR = (".csv", ".tsv", ".tab", *WORKBOOKS)
JSON = (".json", *LINES)
READABLE = (*TABULAR, *JSON, ".xml")
STREAMED = (".xml", *LINES)


def read_sheets(path: Path, layout: Layout, at_once: int | None = None) -> Iterator[Sheet]:
    """Every sheet of a file; of XML and JSON Lines a part with so many records, or one with all, as it is read.

    Raises Unreadable, once it comes to it, where the file is not what its name says, or is too large.
    """
    kind = path.suffix.lower()
    if kind in STREAMED:
        check_size(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            records = line_records(file, layout) if kind in LINES else xml_records(file, layout.records)
            while piece := list(islice(records, at_once)):
                yield Sheet(None, [], piece, file.tell() / size)
    elif kind in JSON:
        check_size(path)
        yield Sheet(None, [], json_records(path, layout))
    else:
        for name, grid in read_grids(path, layout):
            yield sheet_of(name, grid, layout)


def read_grids(path: Path, layout: Layout) -> Iterator[tuple[str | None, Grid]]:
    """The cells of every sheet as they stand, by row. Raises Unreadable as `read_sheets` does."""
    check_size(path)
    if path.suffix.lower() not in WORKBOOKS:
        yield None, delimited.table(path, layout)
        return
    known = []
    for name, grid in workbook.grids(path, down=layout.down):
        known.append(name)
        if not layout.sheets or name in layout.sheets:
            yield name, grid
    if layout.sheets and not set(layout.sheets).intersection(known):
        raise Unreadable(f"has no sheet {' or '.join(layout.sheets)}.", f"It has {', '.join(known)}.")


def check_size(path: Path) -> None:
    """Raises Unreadable for a file that is too large to be read, whatever kind it is of."""
    if path.stat().st_size > limits.MOST_BYTES:
        raise Unreadable(f"is larger than {limits.MOST_BYTES // 1024**2} MB.", "Split it.")


def sheet_of(name: str | None, grid: Grid, layout: Layout) -> Sheet:
    """The records of a table, found as the layout says, or else by the headers that it must have."""
    across, start, titles, keys = headed(grid, layout)
    if across:
        grid = _turned(grid)
    named = [(i, key) for i, key in enumerate(keys) if key]
    by_key = {key: titles[i] for i, key in named}
    header = start > 0
    records = []
    for number, row in enumerate(grid[start:], start=start + 1):
        cells = {key: [row[i].strip()] for i, key in named if i < len(row) and row[i].strip()}
        if not cells and header:
            continue
        if layout.skip and layout.skip.fullmatch(next((c.strip() for c in row if c.strip()), "")):
            continue
        if cells or any(cell.strip() for cell in row):
            loose = (cell.strip() for i, cell in enumerate(row) if i >= len(keys) or not keys[i])
            astray = next(filter(None, loose), "") if header else ""
            records.append(Record(number, cells, by_key, across, astray, row))
    return Sheet(name, titles, records)


def headed(grid: Grid, layout: Layout) -> tuple[bool, int, list[str], list[str]]:
    """Whether a table runs across, where its records begin (counted from 0), its headers, and what they go by.

    No record begins at 0 but where there is no header.
    """
    across, header = placed(grid, layout)
    if across:
        grid = _turned(grid)
    titles = _titles(grid, header) if grid else []
    return across, header[-1] + 1 if header else 0, titles, _distinct([folded(title) for title in titles])


def _turned(grid: Grid) -> Grid:
    return [list(cells) for cells in zip_longest(*grid, fillvalue="")]


def placed(grid: Grid, layout: Layout) -> tuple[bool, list[int]]:
    """Whether the table runs across, and which of its rows (columns, if so) hold the header, counted from 0."""
    if layout.header_rows:
        return bool(layout.across), [] if 0 in layout.header_rows else [
            n - 1 for n in sorted(layout.header_rows)
        ]
    first = next((i for i, row in enumerate(grid) if any(cell.strip() for cell in row)), 0)
    wanted = set(layout.headers)
    if not wanted or layout.across:
        return bool(layout.across), [0 if layout.across else first]
    least = min(2, len(wanted))
    for i, row in enumerate(grid[:50]):
        if len(wanted.intersection(map(folded, row))) >= least:
            return False, [i]
    if layout.across is None and wanted.intersection(folded(row[0]) for row in grid if row):
        return True, [0]
    return False, [first]


def _titles(grid: Grid, header: list[int]) -> list[str]:
    """The header; of several rows, each column's words joined, where an empty cell of an upper row is as that to its left."""
    rows = [[cell.strip() for cell in grid[i]] for i in header if i < len(grid)]
    for row in rows[:-1]:
        row += [""] * (max(map(len, rows)) - len(row))
        for i in range(1, len(row)):
            below = any(i < len(lower) and lower[i] for lower in rows[rows.index(row) + 1 :])
            row[i] = row[i] or (row[i - 1] if below else "")
    joined = zip_longest(*rows, fillvalue="")
    return [" ".join(dict.fromkeys(filter(None, cells))) if len(cells) > 1 else cells[0] for cells in joined]


def _distinct(keys: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        out.append(key if seen[key] == 1 or not key else f"{key} {seen[key]}")
    return out
