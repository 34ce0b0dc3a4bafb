"""What stands in the sheets of ODS and is not told by the library: how large they are, errors, and merged cells."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from graph.ingest.values import is_error

_TAGS = re.compile(
    rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*?)(/?)>|</table:(?:table-cell|table-row|table)>"
)
_REPEATED = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["'](\d{1,12})["']""")
_SPANNED = re.compile(rb"""number-(rows|columns)-spanned\s*=\s*["'](\d{1,7})["']""")
_COMMENT = re.compile(rb"<office:annotation\b.*?</office:annotation>", re.S)

Error = tuple[int, int, int, int, str]
"""The first row and column, from 0, that show an error, how many of each do, and how it reads."""
Merged = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last row and column, from 0, of cells made into one."""


@dataclass
class SheetParts:
    """What was found in one sheet."""

    rows: int = 1
    columns: int = 1
    """From the first cell to the last with anything in it, repeated ones counted."""
    errors: list[Error] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)


def sheets_in(data: bytes) -> list[SheetParts]:
    """Each sheet of a content.xml, in its order; a cell or a row may say that it is repeated."""
    found: list[SheetParts] = []
    showing = b">#" in data or b">Err:" in data
    row = times = column = width = start = 0
    filled = False
    cell: tuple[int, int] | None = None
    for match in _TAGS.finditer(data):
        tag, said, closed = match[1], match[2] or b"", match[3]
        repeated = int(r[1]) if said and (r := _REPEATED.search(said)) else 1
        if tag == b"table":
            found.append(SheetParts())
            row = 0
        elif not found:
            continue  # what a list of changes holds is no cell
        elif tag == b"table-row":
            times, column, width, filled = repeated, 0, 0, False
            if closed:
                row += times
        elif tag:
            here, column = column, column + repeated
            if not closed or b"value" in said or b"formula" in said:
                width, filled = column, True
            if b"-spanned" in said:
                spans = {side: int(n) for side, n in _SPANNED.findall(said)}
                down, right = spans.get(b"rows", 1), spans.get(b"columns", 1)
                if down > 1 or right > 1:
                    found[-1].merged.append(((row, here), (row + down - 1, here + right - 1)))
            cell, start = None if closed or tag != b"table-cell" else (here, repeated), match.end()
        elif match[0] == b"</table:table-cell>" and cell:
            if showing and (text := _error(data[start : match.start()])):
                found[-1].errors.append((row, cell[0], times, cell[1], text))
            cell = None
        elif match[0] == b"</table:table-row>":
            row += times
            if filled:
                found[-1].rows, found[-1].columns = row, max(found[-1].columns, width)
    return found


def _error(inside: bytes) -> str:
    """The error that a cell shows; nothing where it shows none."""
    if b">#" not in inside and b">Err:" not in inside:
        return ""
    words = re.sub(rb"<[^<>]*>", b"", _COMMENT.sub(b"", inside))
    text = html.unescape(words.decode("utf-8", "replace")).strip()
    return text if is_error(text) else ""
