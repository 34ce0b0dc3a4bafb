"""Files in: CSV, XLSX and JSON to records of named cells, each with its place in the file."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_BYTES = 512 * 1024 * 1024
MOST_CELLS = 50_000_000
TABULAR = (".csv", ".tsv", ".xlsx")
READABLE = (*TABULAR, ".json")

_PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")

Grid = list[list[str]]


class Unreadable(ValueError):
    """The file as a whole cannot be read: `reason` says why, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str = ""):
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True)
class Layout:
    """How to find the records of a file. Each default is "find out"."""

    headers: Sequence[str] = ()
    """Names (as `folded` gives them) of which one stands in the header row, or column."""
    records: str = ""
    """JSON: the dotted path to the list of records."""
    encodings: Sequence[str] = ("utf-8-sig", "cp1252")
    delimiter: str = ""


@dataclass(frozen=True)
class Record:
    """One record: its place as a spreadsheet counts, and its cells by folded header."""

    row: int
    cells: dict[str, list[str]]
    titles: dict[str, str] = field(default_factory=dict)
    """The header of each cell as it stands in the file."""
    across: bool = False
    """True where the file runs across: `row` is then the number of a column."""
    astray: str = ""
    """A cell that stands under no header, such as the rest of a name with a comma in it."""


@dataclass(frozen=True)
class Sheet:
    """The records of one sheet; name is None where the file has no sheets."""

    name: str | None
    headers: list[str]
    records: list[Record]


def read_sheets(path: Path, layout: Layout) -> Iterator[Sheet]:
    """Every sheet of a file. Raises Unreadable where it is not what its name says, or is too large."""
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable(f"is larger than {MOST_BYTES // 1024**2} MB.", "Split it.")
    if path.suffix.lower() == ".json":
        yield Sheet(None, [], _json_records(path, layout))
    elif path.suffix.lower() == ".xlsx":
        for name, grid in _workbook(path):
            yield _sheet(name, grid, layout)
    else:
        yield _sheet(None, _delimited(path, layout), layout)


@lru_cache(maxsize=10_000)
def folded(header: str) -> str:
    """A header to compare by: lower case, its first line, without what stands in brackets."""
    first = header.strip().split("\n")[0]
    return re.sub(r"[\W_]+", " ", re.sub(r"\(.*?(\)|$)", "", first).lower()).strip()


def _sheet(name: str | None, grid: Grid, layout: Layout) -> Sheet:
    wanted = set(layout.headers)
    across = False
    start = next((i for i, row in enumerate(grid) if any(cell.strip() for cell in row)), 0)
    if wanted:
        by_row = next(
            (
                i
                for i, row in enumerate(grid[:50])
                if len(wanted.intersection(map(folded, row))) >= min(2, len(wanted))
            ),
            None,
        )
        by_column = wanted.intersection(folded(row[0]) for row in grid if row)
        if by_row is None and by_column:
            across, grid, start = True, [list(cells) for cells in zip_longest(*grid, fillvalue="")], 0
        elif by_row is not None:
            start = by_row
    if not grid:
        return Sheet(name, [], [])
    titles = [title.strip() for title in grid[start]]
    keys = _distinct([folded(title) for title in titles])
    named = [(i, key) for i, key in enumerate(keys) if key]
    by_key = {key: titles[i] for i, key in named}
    records = []
    for number, row in enumerate(grid[start + 1 :], start=start + 2):
        cells = {key: [row[i].strip()] for i, key in named if i < len(row) and row[i].strip()}
        if cells:
            astray = (cell.strip() for i, cell in enumerate(row) if i >= len(keys) or not keys[i])
            records.append(Record(number, cells, by_key, across, next(filter(None, astray), "")))
    return Sheet(name, titles, records)


def _distinct(keys: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        out.append(key if seen[key] == 1 or not key else f"{key} {seen[key]}")
    return out


def _decoded(path: Path, encodings: Sequence[str]) -> str:
    data = path.read_bytes()
    if not data.strip():
        raise Unreadable("is empty.")
    if data[:4] in (b"%PDF", b"PK\x03\x04") or (
        b"\0" in data[:4096].replace(b"\0\n", b"") and data[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise Unreadable("is not a text file.", "Save it as CSV (UTF-8) or XLSX.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ("utf-16",)
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            place = data.count(b"\n", 0, error.start) + 1
    raise Unreadable(
        f"has a byte in line {place} that is not text in {' or '.join(encodings)}.", "Save it as CSV (UTF-8)."
    )


def _delimited(path: Path, layout: Layout) -> Grid:
    text = _decoded(path, layout.encodings)
    if path.suffix.lower() == ".tsv":
        delimiter = "\t"
    else:
        head = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
        delimiter = layout.delimiter or max(",;\t|", key=head.count)
    csv.field_size_limit(10_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unreadable(f"is not a well-formed table: {error}.", "Check the quotation marks.") from None


def _workbook(path: Path) -> Iterator[tuple[str, Grid]]:
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise Unreadable(f"unpacks to more than {MOST_BYTES // 1024**2} MB.", "Split it.")
            if any(_extent(parts, part) > MOST_CELLS for part in parts.infolist()):
                raise Unreadable(
                    f"has a sheet of more than {MOST_CELLS:,} cells.",
                    "Delete the empty rows and columns beyond the data.",
                )
        workbook = CalamineWorkbook.from_path(str(path))
    except (zipfile.BadZipFile, CalamineError, zlib.error, EOFError, RuntimeError):
        raise Unreadable(
            "is not an XLSX workbook.", "Open it in a spreadsheet and save it as XLSX."
        ) from None
    for name in workbook.sheet_names:
        try:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except CalamineError:
            raise Unreadable(
                f"has a sheet {name} that cannot be read.", "Open it in a spreadsheet and save it as XLSX."
            ) from None
        yield name, [[_text(cell) for cell in row] for row in rows]


def _extent(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many cells a sheet spans from its first to its last, which the library would make room for at once."""
    rows = columns = 1
    with parts.open(part) as stream:
        rest = b""
        while chunk := stream.read(1 << 20):
            text = rest + chunk
            for letters, number in _PLACE.findall(text):
                rows = max(rows, int(number))
                columns = max(columns, sum((b - 64) * 26**i for i, b in enumerate(reversed(letters.upper()))))
            rest = text[-1000:]
    return rows * columns


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _json_records(path: Path, layout: Layout) -> list[Record]:
    try:
        found: Any = json.loads(_decoded(path, ("utf-8-sig",)))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        line = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is not well-formed JSON{line}.") from None
    for step in filter(None, layout.records.split(".")):
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise Unreadable(f"has no list at “{layout.records}”.", "Set [read] records in the mapping.")
    return [Record(number, dict(_flat(item))) for number, item in enumerate(found, start=1)]


def _flat(item: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every value of a nested record under its dotted path; lists of records gather their values."""
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _flat(value, f"{path}.{key}" if path else key)
    elif isinstance(item, list):
        gathered: dict[str, list[str]] = {}
        for element in item:
            for key, values in _flat(element, path):
                gathered.setdefault(key, []).extend(values)
        yield from gathered.items()
    elif item not in (None, ""):
        yield path, [str(item).lower() if isinstance(item, bool) else str(item)]
