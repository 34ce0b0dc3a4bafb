"""Workbooks (XLSX, ODS) to tables. What is untrusted is unpacked, counted and looked through before it is read."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from graph.ingest import limits
from graph.ingest.ods import Error, Merged, SheetParts, sheets_in
from graph.ingest.records import Grid, Unreadable

_RESAVE = "Open it in a spreadsheet and save it as XLSX."
_PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^<>]*?\bt=["']e["'][^<>]*>"""
    rb"""(?:(?!</(?:\w+:)?c>).){0,9000}?<(?:\w+:)?v>(#[^<]{1,20})<""",
    re.S,
)
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


def grids(path: Path, *, down: bool = True) -> Iterator[tuple[str, Grid]]:
    """Each sheet, hidden ones too, by name, and its cells by row; formulas by the values they had when it was saved.

    What merged cells hide is not read: the value stands in the first of them, and where `down` says so, in the
    first of each of their rows. Raises Unreadable for what is no workbook, is encrypted, or would unpack to more than the limits, whatever sizes it declares.
    """
    kind = "ODS" if path.suffix.lower() == ".ods" else "XLSX"
    with path.open("rb") as file:
        start = file.read(8)
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise Unreadable(
                "is encrypted, or a workbook of the old kind (XLS).", "Save it as XLSX, without a password."
            )
        if not start.startswith(b"PK"):
            text = start and b"\0" not in start and not start.startswith((b"%PDF", b"\x89PNG"))
            raise Unreadable(
                f"is not an {kind} workbook.", "If it is a text file, name it .csv." if text else _RESAVE
            )
        try:
            packed, parts = _repacked(file)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            struct.error,
            RuntimeError,
            NotImplementedError,
            ValueError,
            OSError,
        ) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(
                f"is not an {kind} workbook.", f"It may be cut short: fetch it again. {_RESAVE}"
            ) from None
    try:
        workbook = CalamineWorkbook.from_filelike(packed)
    except (CalamineError, ValueError, OSError):
        raise Unreadable(f"is not an {kind} workbook.", _RESAVE) from None
    for number, name in enumerate(workbook.sheet_names):
        try:
            sheet = workbook.get_sheet_by_name(name)
            rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            merged = [*(sheet.merged_cell_ranges or [])]
        except CalamineError:
            raise Unreadable(f"has a sheet {name} that cannot be read.", _RESAVE) from None
        if len(parts) == len(workbook.sheet_names):
            _put(rows, parts[number].errors)
            merged += parts[number].merged
        _spread(rows, merged, down)
        yield name, rows


def _repacked(file: Any) -> tuple[io.BytesIO, list[SheetParts]]:
    """The XML parts alone, unpacked and checked, as a plain zip file; and what the library does not tell of each sheet."""
    left, made = limits.MOST_BYTES, io.BytesIO()
    sheets: list[SheetParts] = []
    errors: dict[str, list[Error]] = {}
    with zipfile.ZipFile(file) as parts, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as clean:
        listed = parts.infolist()
        if len(listed) > limits.MOST_PARTS or len({part.filename.lower() for part in listed}) < len(listed):
            raise Unreadable("has too many parts, or two of one name.", _RESAVE)
        for part in listed:
            if part.flag_bits & 1:
                raise Unreadable("is encrypted.", "Save it without a password.")
            if not part.filename.lower().endswith((".xml", ".rels")) and part.filename != "mimetype":
                continue  # pictures, macros, files within the file
            data = _inflated(file, part, left)
            left -= len(data)
            _check_xml(data)
            rows, columns = (1, 1)
            if part.filename == "content.xml":
                sheets = sheets_in(data)
                rows = max((sheet.rows for sheet in sheets), default=1)
                columns = max((sheet.columns for sheet in sheets), default=1)
            elif "worksheets/" in part.filename:
                rows, columns = _extent(data)
                errors[part.filename] = _errors(data)
            if rows * columns > limits.MOST_CELLS or columns > limits.MOST_COLUMNS:
                raise Unreadable(
                    f"has a sheet of more than {limits.MOST_CELLS:,} cells.",
                    "Delete the empty rows and columns beyond the data.",
                )
            if b"encryption-data" in data and part.filename == "META-INF/manifest.xml":
                raise Unreadable("is encrypted.", "Save it without a password.")
            clean.writestr(part.filename, data)
        sheets = sheets or [SheetParts(errors=found) for found in _order(clean, errors)]
    made.seek(0)
    return made, sheets


def _inflated(file: Any, part: zipfile.ZipInfo, most: int) -> bytes:
    """A part as it really unpacks, counted on the way: neither of its declared sizes is trusted."""
    file.seek(part.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    name, extra = struct.unpack("<HH", header[26:30])
    file.seek(name + extra, 1)
    too_large = Unreadable(f"unpacks to more than {limits.MOST_BYTES // 1024**2} MB.", "Split it.")
    if part.compress_type == zipfile.ZIP_STORED:
        if part.file_size > most:
            raise too_large
        stored: bytes = file.read(part.file_size)
        if len(stored) < part.file_size:
            raise EOFError
        return stored
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    inflate, out, size = zlib.decompressobj(-15), [], 0
    while not inflate.eof:
        chunk = inflate.unconsumed_tail or file.read(1 << 16)
        if not chunk:
            raise EOFError
        out.append(inflate.decompress(chunk, 1 << 20))
        size += len(out[-1])
        if size > most:
            raise too_large
    return b"".join(out)


def _check_xml(data: bytes) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:200]:
        raise Unreadable("has a part that is not UTF-8.", _RESAVE)
    if _FORBIDDEN.search(data):
        raise Unreadable("has a part with a DOCTYPE, which could make it grow or fetch other files.", _RESAVE)


def _extent(data: bytes) -> tuple[int, int]:
    """How many rows and columns a sheet of XLSX spans, which the library would make room for at once."""
    places = _PLACE.findall(data)
    letters = {letters.upper() for letters, _ in places}
    rows = max((int(number) for number in {number for _, number in places}), default=1)
    columns = max((_column(name) for name in letters), default=1)
    cells = len(_CELL.findall(data))
    if cells > sum(bool(name) for name, _ in places):  # cells without a place follow each other
        widest = max(len(_CELL.findall(row)) for row in re.split(rb"<(?:\w+:)?row[\s>]", data))
        columns, rows = columns + widest, max(rows, len(re.findall(rb"<(?:\w+:)?row[\s>/]", data)))
    return rows, columns


def _column(letters: bytes) -> int:
    return sum((b - 64) * 26**i for i, b in enumerate(reversed(letters.upper())))


def _errors(data: bytes) -> list[Error]:
    """The cells that hold an error such as #N/A, which the library reads as empty."""
    if b't="e"' not in data and b"t='e'" not in data:
        return []
    return [
        (int(number) - 1, _column(letters) - 1, 1, 1, text.decode("ascii", "replace"))
        for letters, number, text in _ERROR.findall(data)
    ]


def _order(parts: zipfile.ZipFile, errors: dict[str, list[Error]]) -> list[list[Error]]:
    """The error cells in the order of the workbook's sheets; none where they cannot be told apart."""
    if not any(errors.values()):
        return []
    names = set(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return []
    fp: Any = parts.fp

    def text(name: str) -> str:
        info = parts.getinfo(name)
        here = fp.tell()
        fp.seek(info.header_offset + 30 + len(info.filename.encode()) + len(info.extra))
        data: bytes = fp.read(info.file_size)
        fp.seek(here)
        return data.decode("utf-8", "replace")

    def said(tag: str, name: str) -> str:
        found = re.search(rf"""\s{name}\s*=\s*["']([^"']*)["']""", tag)
        return found[1] if found else ""

    targets = {
        said(tag, "Id"): said(tag, "Target")
        for tag in re.findall(r"<(?:\w+:)?Relationship\s[^<>]*>", text("xl/_rels/workbook.xml.rels"))
    }
    sheets = re.findall(r"<(?:\w+:)?sheet\s[^<>]*>", text("xl/workbook.xml"))
    paths = [targets.get(said(tag, r"\w+:id"), "") for tag in sheets]
    return [errors.get(p.lstrip("/") if p.startswith("/") else f"xl/{p}", []) for p in paths]


def _put(rows: Grid, errors: Iterable[Error]) -> None:
    for top, left, down, right, text in errors:
        rows += [[] for _ in range(top + down - len(rows))]
        for cells in rows[top : top + down]:
            cells += [""] * (left + right - len(cells))
            cells[left : left + right] = [text] * right


def _spread(rows: Grid, merged: Iterable[Merged], down: bool) -> None:
    """A cell merged over several columns counts in the first; over several rows in each of them, if `down`."""
    ranges = [*merged]
    if sum((min(b + 1, len(rows)) - t) * (r + 1 - c) for (t, c), (b, r) in ranges) > 2 * limits.MOST_CELLS:
        raise Unreadable("has merged cells that lie over each other.", _RESAVE)
    for (top, left), (bottom, right) in ranges:
        shown = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        for number, cells in enumerate(rows[top : bottom + 1]):
            for column in range(left, min(right + 1, len(cells))):
                cells[column] = shown if column == left and (down or not number) else ""


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(f"{cell:.15g}"), "f")
    return str(cell)
