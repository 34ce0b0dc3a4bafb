"""Files to rows: which files a load names, and what each of them holds, with everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from graph.errors import Issue, LoadRefused, NotFound
from graph.ingest.mapping import MappedRow, Mapping, shipped
from graph.ingest.reading import READABLE, TABULAR, Layout, Record, Sheet, Unreadable, folded, read_sheets
from graph.ingest.rows import Reading
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Table

Progress = Callable[[str, int, int], None]
"""Called with a file's name, how many of its records are done, and how many there are."""

RULES = "2"
"""Raise it when the same file would now become other statements, so that loading it again replaces them."""

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


def files_in(paths: Sequence[Path], mapping: Mapping | None) -> Iterator[Path]:
    """The files that are named, and those in the folders that are named.

    Raises NotFound where there is none, LoadRefused for a kind of file that cannot be loaded.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in READABLE)
            if not inside:
                raise NotFound(f"{path.name} holds no file to load ({', '.join(READABLE)}).")
            yield from inside
        elif not path.is_file():
            raise NotFound(f"There is no file {path.name}.")
        elif path.suffix.lower() == ".json" and mapping is None:
            remedy = f"Name a mapping: {', '.join(shipped())}."
            raise LoadRefused([Issue(path.name, "is JSON, which is read through a mapping.", remedy)])
        elif path.suffix.lower() not in READABLE:
            known = ", ".join(TABULAR if mapping is None else READABLE)
            reason = f"is not a kind of file that can be loaded here ({known})."
            raise LoadRefused([Issue(path.name, reason, "Save it as CSV or XLSX.")])
        else:
            yield path


def read_file(path: Path, base: str, mapping: Mapping | None, progress: Progress | None) -> Source:
    """Everything that a file holds. What is wrong with it stands in the reading's issues; nothing is raised."""
    name = f"{path.resolve().parent.name}/{path.name}"
    graph = f"{base}/id/source/{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}"
    reading = Reading(path.name, lenient=bool(mapping and mapping.lenient))
    try:
        for sheet in read_sheets(path, mapping.layout if mapping else Layout()):
            rows_of = _mapped(path, mapping) if mapping else _canonical(path, sheet, reading)
            if rows_of:
                _read_sheet(path, sheet, rows_of, reading, progress)
        if not reading.rows and all(issue.severity == "warning" for issue in reading.issues):
            raise _empty(mapping)
    except Unreadable as bad:
        reading.issues.append(Issue(path.name, bad.reason, bad.remedy))
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    made_by = f"{mapping.name} {mapping.checksum}" if mapping else "tables"
    return Source(path, name, graph, checksum, f"{made_by} rules {RULES}", reading)


def _read_sheet(
    path: Path, sheet: Sheet, rows_of: RowsOf, reading: Reading, progress: Progress | None
) -> None:
    total = len(sheet.records)
    for number, record in enumerate(sheet.records, start=1):
        rows = rows_of(record)
        reading.records += bool(rows)
        for row in rows:
            reading.add(row, sheet.name)
        if progress and (number % 500 == 0 or number == total):
            progress(path.name, number, total)


def _empty(mapping: Mapping | None) -> Unreadable:
    if mapping is None:
        return Unreadable("holds no rows.")
    reason = f"holds nothing that the mapping {mapping.name} reads."
    return Unreadable(reason, "Check its headers against the mapping.")


def _mapped(path: Path, mapping: Mapping) -> RowsOf:
    return lambda record: list(mapping.apply(record, path.name))


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
