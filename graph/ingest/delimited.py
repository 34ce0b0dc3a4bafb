"""Text files to tables: encodings, delimiters, quotation marks, and what is said of a file that is not text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from graph.ingest import limits
from graph.ingest.records import Grid, Layout, Unreadable, folded

DELIMITERS = ",;\t|"
_KINDS = (
    (b"%PDF", "is a PDF.", "Ask for the table itself, as CSV or XLSX."),
    (b"PK\x03\x04", "is not a text file.", "If it is a workbook, name it .xlsx or .ods."),
    (
        b"\xd0\xcf\x11\xe0",
        "is not a text file.",
        "Open it in a spreadsheet and save it as XLSX, without a password.",
    ),
    (b"\x1f\x8b", "is compressed.", "Unpack it first."),
    (b"\x89PNG", "is a picture.", "Ask for the table itself, as CSV or XLSX."),
)


def decoded(path: Path, encodings: Sequence[str]) -> tuple[str, str]:
    """The text of a file and its encoding.

    Raises Unreadable for an empty file, for one that is not text, and for bytes that the encodings do not have.
    """
    data = path.read_bytes()
    if not data.strip():
        raise Unreadable("is empty.")
    _refuse_other_kinds(data)
    wide = _wide(data)
    if not wide and b"\0" in data:
        line = _line(data, data.index(b"\0"))
        raise Unreadable(
            f"is not a text file: line {line} holds a NUL byte.", "Save it as CSV (UTF-8) or XLSX."
        )
    for encoding in (wide,) if wide else encodings:
        try:
            text = data.decode(encoding)
        except LookupError:
            raise Unreadable(
                f"cannot be read in “{encoding}”, which is no encoding.", "Correct [read] encodings."
            ) from None
        except (UnicodeDecodeError, ValueError) as error:
            if not isinstance(error, UnicodeDecodeError):
                raise Unreadable(
                    f"cannot be read in “{encoding}”, which is no encoding of text.",
                    "Correct [read] encodings.",
                ) from None
            byte, line = data[error.start], _line(data, error.start)
            continue
        text = text.removeprefix("\ufeff")
        if not text.strip():
            raise Unreadable("is empty.")
        if "\0" in text:
            raise Unreadable("is not a text file: it holds a NUL.", "Save it as CSV (UTF-8) or XLSX.")
        return text, encoding
    names = " or ".join(encodings if not wide else (wide,))
    raise Unreadable(
        f"has the byte 0x{byte:02x} in line {line}, which is not text in {names}.",
        "Save it as CSV (UTF-8), or name its encoding in [read] encodings.",
    )


def _refuse_other_kinds(data: bytes) -> None:
    for start, reason, remedy in _KINDS:
        if data.startswith(start):
            raise Unreadable(reason, remedy)


def as_utf8(file: BinaryIO) -> BinaryIO:
    """A file of text, at its beginning, as UTF-8 without a mark. Raises Unreadable for what is plainly something else."""
    head = file.read(4096)
    _refuse_other_kinds(head)
    file.seek(3 if head.startswith(b"\xef\xbb\xbf") else 0)
    wide = _wide(head)
    if not wide:
        return file
    try:
        return io.BytesIO(file.read().decode(wide).removeprefix("\ufeff").encode())
    except UnicodeError:
        raise Unreadable(f"is not text in {wide}.", "Save it as UTF-8.") from None


def _wide(data: bytes) -> str:
    """The encoding of text in two bytes a character, with or without a mark at its beginning; else nothing."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    head = data[: min(4096, len(data) & ~1)]
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if len(data) % 2 == 0 and half > 3 and max(even, odd) > 0.6 * half and min(even, odd) == 0:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _line(data: bytes, place: int) -> int:
    before = data[:place]
    return max(before.count(b"\n"), before.count(b"\r")) + 1


def table(path: Path, layout: Layout) -> Grid:
    """The cells of a delimited file by row. Raises Unreadable where it is not one, or is too large."""
    text, _ = decoded(path, layout.encodings)
    passed: Grid = []
    said = re.match(r"sep=(.)\r?\n?", text)
    for _ in range(layout.skip_lines + bool(said)):
        passed.append([])
        text = "".join(re.split(r"\r\n|\r|\n", text, maxsplit=1)[1:])
    delimiter = layout.delimiter or (
        "\t"
        if path.suffix.lower() in (".tsv", ".tab")
        else said[1]
        if said
        else delimiter_of(text, layout.headers)
    )
    return passed + _rows(text, delimiter, layout)


def delimiter_of(text: str, headers: Sequence[str] = ()) -> str:
    """What separates cells: what makes the wanted headers stand alone, else what the first line with any has most of."""
    lines = [line for line in re.split(r"[\r\n]+", text[:200_000].lstrip())[:50] if line.strip()]
    wanted = set(headers)
    if wanted:

        def found(delimiter: str) -> int:
            return max(
                (len(wanted.intersection(map(folded, line.split(delimiter)))) for line in lines), default=0
            )

        best = max(DELIMITERS, key=found)
        if found(best) and sum(found(d) == found(best) for d in DELIMITERS) == 1:
            return best
    for line in lines:
        bare = re.sub(r'"[^"]*"', "", line)
        if any(map(bare.count, DELIMITERS)):
            return max(DELIMITERS, key=bare.count)
    return ","


def _rows(text: str, delimiter: str, layout: Layout) -> Grid:
    if len(delimiter) != 1 or delimiter in "\r\n":
        raise Unreadable(f"cannot be split at “{delimiter}”.", "Name one character in [read] delimiter.")
    csv.field_size_limit(limits.MOST_IN_CELL)
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=delimiter,
            quotechar=layout.quote or None,
            quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
            escapechar=layout.escape or None,
            strict=True,
        )
    except (TypeError, ValueError):
        raise Unreadable(
            "cannot be split so.", "Name different characters in [read] delimiter, quote and escape."
        ) from None
    rows: Grid = []
    cells = 0
    try:
        for row in reader:
            if layout.comment and row and row[0].startswith(layout.comment):
                row = []
            rows.append(row)
            cells += len(row)
            if len(row) > limits.MOST_COLUMNS:
                raise Unreadable(
                    f"has more than {limits.MOST_COLUMNS:,} columns in line {reader.line_num}.", "Split it."
                )
            if cells > limits.MOST_CELLS or len(rows) > limits.MOST_ROWS:
                raise Unreadable(
                    f"has more than {limits.MOST_ROWS:,} rows or {limits.MOST_CELLS:,} cells.", "Split it."
                )
    except csv.Error as error:
        if "field limit" in str(error):
            raise Unreadable(
                f"has a cell of more than {limits.MOST_IN_CELL:,} characters in line {reader.line_num}.",
                "Check the quotation marks.",
            ) from None
        raise Unreadable(f"is not a well-formed table: {error}.", "Check the quotation marks.") from None
    return rows
