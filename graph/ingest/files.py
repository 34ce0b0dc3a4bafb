"""Files to rows: which files a load names, and what each of them holds, with everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.errors import Issue, LoadRefused, NotFound
from graph.foreign import FORMATS, form_of
from graph.ingest import limits
from graph.ingest.coded.read import PROJECTS, is_coded, read_coded
from graph.ingest.described import Described, describe
from graph.ingest.mapping import Mapping, shipped
from graph.ingest.names import Names
from graph.ingest.reading import (
    JSON,
    READABLE,
    TABULAR,
    WORKBOOKS,
    Layout,
    Record,
    Sheet,
    Unreadable,
    folded,
    read_grids,
    read_sheets,
    sheet_of,
)
from graph.ingest.rows import Reading
from graph.ingest.scope import MappedRow, mapped_rows
from graph.ingest.tables.canonical import BY_NAME, TABLES
from graph.ingest.tables.declaration import Table

if TYPE_CHECKING:
    from graph.ingest.columns import Columns  # polars is slow to import, and few files need it

KINDS = (*READABLE, *PROJECTS)
"""The kinds of files that a load may name."""

Progress = Callable[[str, int, int], None]
"""Called with a file's name, how many of its records are done, and how many there are."""

RULES = "3"
"""Raise it when the same file would now become other statements, so that loading it again replaces them."""

COLUMNAR = (".csv", ".tsv", ".tab")
LARGE = 1_000_000
"""Bytes. A smaller file is read by rows sooner than the library for columns is imported."""

_MANY = 5_000
"""Rows of a sheet from which it is read by columns."""
ADDED = {column.adds[0] for table in TABLES for column in table.columns if column.adds}
ADDING = {table.name for table in TABLES if any(column.adds for column in table.columns)}
"""Tables to which other tables add rows, and these: they are read by rows, so that a row given twice is seen."""

_AT_ONCE = 1_000
"""Records of XML or JSON Lines that are held in memory at once, where none has to be put together with a later one."""

RowsOf = Callable[[Record], list[MappedRow]]


@dataclass
class Source:
    """One file of a load: the graph that is named after it, and what was read from it."""

    path: Path
    name: str
    """The file's name, behind that of its folder."""
    graph: str
    checksum: str
    """SHA-256 of its bytes, in hexadecimal."""
    made_by: str
    """The mapping it was read through, with its checksum, and the rules of this version."""
    reading: Reading
    described: Described | None = None
    """What it says, where it is RDF."""
    more: tuple[ox.Quad, ...] = ()
    """What else its graph says of how it was written."""
    registered: tuple[ox.Quad, ...] = ()
    """What the register of what clients write keeps of it."""
    finds: bool = False
    """Whether what it says depends on what it finds by name, in the store and in the files beside it."""


def files_in(paths: Sequence[Path], mapping: Mapping | None) -> Iterator[Path]:
    """The files that are named, and those in the folders that are named.

    Raises NotFound where there is none, LoadRefused for a kind of file that cannot be loaded.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in KINDS or _is_rdf(p, mapping))
            if not inside:
                raise NotFound(f"{path.name} holds no file to load ({', '.join(KINDS)}).")
            yield from inside
        elif not path.is_file():
            raise NotFound(f"There is no file {path.name}.")
        elif _is_rdf(path, mapping):
            yield path
        elif mapping is not None and path.suffix.lower() in FORMATS:
            raise LoadRefused(
                [Issue(path.name, "is RDF, which is read without a mapping.", "Load it alone.")]
            )
        elif path.suffix.lower() in JSON and mapping is None:
            remedy = f"Name a mapping: {', '.join(shipped())}."
            raise LoadRefused([Issue(path.name, "is JSON, which is read through a mapping.", remedy)])
        elif path.suffix.lower() not in KINDS:
            known = ", ".join((*TABULAR, *PROJECTS) if mapping is None else KINDS)
            reason = f"is not a kind of file that can be loaded here ({known})."
            raise LoadRefused([Issue(path.name, reason, "Save it as CSV or XLSX.")])
        else:
            yield path


def sheets_of(path: Path, mapping: Mapping | None) -> Iterator[Sheet]:
    """The sheets of a file, read as its mapping says. Raises Unreadable."""
    if mapping is None:
        yield from read_sheets(path, Layout())
    elif mapping.read.merge:
        yield from map(mapping.prepared, read_sheets(path, mapping.layout))
    else:
        yield from read_sheets(path, mapping.layout, _AT_ONCE)


def graph_of(path: Path, base: str) -> str:
    """The source graph that is named after a file and its folder."""
    name = f"{path.resolve().parent.name}/{path.name}"
    return f"{base}/id/source/{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}"


def names_in(paths: Sequence[Path], dataset: Dataset, mapping: Mapping) -> Names | None:
    """What a mapping finds things by: the names in the store and in these files; None where it finds none."""
    if not mapping.finds:
        return None
    names = Names(mapping.finds)
    names.add_store(dataset, {graph_of(path, dataset.base) for path in paths})
    own = any(rows.table in mapping.finds for rows in mapping.rows)
    for path in paths if own else ():
        with suppress(Unreadable):  # which is said when it is read in earnest
            for sheet in sheets_of(path, mapping):
                for record in sheet.records:
                    for row in mapped_rows(mapping, record, path.name):
                        names.add_row(row.table, row.cells)
    return names


def read_file(
    path: Path, base: str, mapping: Mapping | None, progress: Progress | None, names: Names | None = None
) -> Source:
    """Everything that a file holds. What is wrong with it stands in the reading's issues; nothing is raised."""
    name = f"{path.resolve().parent.name}/{path.name}"
    graph = graph_of(path, base)
    reading = Reading(path.name, lenient=bool(mapping and mapping.lenient))
    if _is_rdf(path, mapping) and (form := form_of(path)):
        described = describe(path, form, base, graph, progress)
        reading.issues += described.issues
        reading.records = sum(described.counts.values())
        return Source(path, name, graph, _checksum(path), f"{form.name} rules {RULES}", reading, described)
    try:
        coded = mapping.coded if mapping else None
        if coded and coded.reader == "qdpx" and path.suffix.lower() not in PROJECTS:
            mapping = None  # a table beside a project, such as one of its interviews
        whole = (
            _read_mapped(path, mapping, names, reading, progress)
            if mapping
            else _read_columns(path, reading, progress)
        )
        if is_coded(path, coded):
            read_coded(path, coded, mapping.layout if mapping else Layout(), reading)
        before = 0
        workbook = mapping is None and path.suffix.lower() in WORKBOOKS and path.stat().st_size >= LARGE
        sheets = _read_workbook(path, reading, progress) if workbook else sheets_of(path, mapping)
        for sheet in [] if whole or is_coded(path, coded) else sheets:
            rows_of = _mapped(path, mapping, names) if mapping else _canonical(path, sheet, reading)
            if rows_of:
                _read_sheet(path, sheet, rows_of, reading, progress, before)
            before += len(sheet.records)
        if not reading.tables and all(issue.severity == "warning" for issue in reading.issues):
            raise _empty(mapping, is_coded(path, coded))
    except Unreadable as bad:
        reading.issues.append(Issue(path.name, bad.reason, bad.remedy))
    checksum = _checksum(path)
    made_by = f"{mapping.name} {mapping.checksum}" if mapping else "tables"
    finds = bool(mapping and mapping.finds)
    return Source(path, name, graph, checksum, f"{made_by} rules {RULES}", reading, finds=finds)


def _read_columns(path: Path, reading: Reading, progress: Progress | None) -> bool:
    """Read a large canonical table by columns; False where the file must be read by rows."""
    table = BY_NAME.get(path.stem.strip().lower())
    if table is None or path.suffix.lower() not in COLUMNAR or table.name in ADDING:
        return False
    if not LARGE <= path.stat().st_size <= limits.MOST_BYTES:
        return False
    from graph.ingest.columns import read_columns  # polars is slow to import

    found = read_columns(path, table, progress)
    if found:
        _keep(reading, *found)
    return bool(found)


def _read_workbook(path: Path, reading: Reading, progress: Progress | None) -> Iterator[Sheet]:
    """Read the large canonical tables of a workbook by columns; the sheets that must be read by rows."""
    from graph.ingest.columns import columns_in  # polars is slow to import

    for name, grid in read_grids(path, Layout()):

        def told(done: int, size: int = len(grid)) -> None:
            if progress:
                progress(path.name, done, size)

        table = BY_NAME.get((name or "").strip().lower())
        large = (
            table
            and table.name not in ADDED | ADDING
            and len(grid) >= _MANY
            and not reading.tables[table.name]
        )
        found = columns_in(iter(grid), table, name, told) if table and large else None
        if found:
            _keep(reading, *found)
        else:
            yield sheet_of(name, grid, Layout())


def _keep(reading: Reading, columns: Columns, others: list[MappedRow]) -> None:
    reading.columns.append(columns)
    reading.records += len(columns) + len(others)
    for row in others:
        reading.add(row, columns.sheet)


def _read_mapped(
    path: Path, mapping: Mapping, names: Names | None, reading: Reading, progress: Progress | None
) -> bool:
    """Read large tables through a mapping by columns; False where the file must be read by rows."""
    if path.suffix.lower() not in TABULAR or path.stat().st_size < LARGE:
        return False
    from graph.ingest.mapped_columns import (
        goes_by_columns,
        mapped_columns,
        set_apart,
    )  # polars is slow to import

    if not goes_by_columns(mapping):
        return False
    tables, records = [], 0
    for name, grid in read_grids(path, mapping.layout):

        def told(part: float, size: int = len(grid)) -> None:
            if progress:
                progress(path.name, round(part * size), size)

        found = mapped_columns(mapping, path.name, name, grid, names, told)
        if found is None:
            return False
        tables += found[0]
        records += found[1]
    for row, sheet in set_apart(tables, mapping.lenient):
        reading.add(row, sheet)
    reading.columns += tables
    reading.records += records
    return True


def _is_rdf(path: Path, mapping: Mapping | None) -> bool:
    return mapping is None and form_of(path) is not None


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_sheet(
    path: Path, sheet: Sheet, rows_of: RowsOf, reading: Reading, progress: Progress | None, before: int
) -> None:
    total = round((before + len(sheet.records)) / sheet.part)
    for number, record in enumerate(sheet.records, start=1):
        rows = rows_of(record)
        reading.records += bool(rows)
        for row in rows:
            reading.add(row, sheet.name)
        if progress and (number % 500 == 0 or number == len(sheet.records)):
            progress(path.name, before + number, total)


def _empty(mapping: Mapping | None, coded: bool) -> Unreadable:
    if coded:
        remedy = "Name headers held_on and level, or fill in what `joinedup map` prints for the file."
        return Unreadable(
            "says of no interview on which day it was held and at which level, and has no codes.", remedy
        )
    if mapping is None:
        return Unreadable("holds no rows.")
    reason = f"holds nothing that the mapping {mapping.name} reads."
    return Unreadable(reason, "Check its headers against the mapping.")


def _mapped(path: Path, mapping: Mapping, names: Names | None) -> RowsOf:
    return lambda record: list(mapped_rows(mapping, record, path.name, names))


def _canonical(path: Path, sheet: Sheet, reading: Reading) -> RowsOf | None:
    """How to read a sheet that is named after a canonical table; None where it cannot be, which is then an issue."""
    table = BY_NAME.get((sheet.name or path.stem).strip().lower())
    if table is None and sheet.name is None:
        raise Unreadable(
            "is not the name of one of Joinedup's tables.",
            f"Name it after a table ({', '.join(BY_NAME)}), or read it through a mapping: --mapping {', '.join(shipped())}.",
        )
    if table is None:
        if sheet.name != "about" and sheet.records:
            reason = "is not the name of a table; the sheet is not read."
            reading.issues.append(Issue(path.name, reason, sheet=sheet.name, severity="warning"))
        return None
    reading.issues += _wrong_headers(path, sheet, table)
    missing = [
        c.name for c in table.columns if c.required and folded(c.name) not in map(folded, sheet.headers)
    ]
    for name in missing:
        reason = f"is a column that {table.name} needs, and it is not there."
        reading.issues.append(Issue(path.name, reason, "Add it.", sheet.name, 1, name))
    if missing:
        reading.refused.update((table.name, id) for r in sheet.records for id in r.cells.get("id", ()))
        return None
    for record in sheet.records:
        if record.astray:
            remedy = "Put a text with a comma in it in quotation marks, or give the column a header."
            reason = "stands in a column without a header."
            reading.issues.append(
                Issue(path.name, reason, remedy, sheet.name, record.row, value=record.astray)
            )
    return lambda record: [_own_row(table, record)]


def _wrong_headers(path: Path, sheet: Sheet, table: Table) -> Iterator[Issue]:
    names = [column.name for column in table.columns]
    seen: set[str] = set()
    for title in filter(None, sheet.headers):
        key = folded(title)
        if key in seen:
            yield Issue(path.name, "is the header of two columns.", "Keep one.", sheet.name, 1, title)
        seen.add(key)
        if key not in map(folded, names):
            near = get_close_matches(title.lower(), names, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(names)}."
            yield Issue(path.name, f"is not a column of {table.name}.", remedy, sheet.name, 1, title)


def _own_row(table: Table, record: Record) -> MappedRow:
    """A record of a canonical table: each column under its own name, several values separated by semicolons."""
    cells = {}
    for column in table.columns:
        if texts := record.cells.get(folded(column.name)):
            parts = [part.strip() for part in texts[0].split(";") if part.strip()]
            cells[column.name] = parts if column.many else texts
    return MappedRow(table.name, record, cells, {})
