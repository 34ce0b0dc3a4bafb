"""What is read from a file: sheets of records with named cells, how to find them, and what is said where that fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

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
    """JSON: the dotted path to the list of records; several with | between them.

    A list on the way makes one record for each inner item. XML: the name of the element that is a record.
    """
    encodings: Sequence[str] = ("utf-8-sig", "cp1252")
    delimiter: str = ""
    quote: str = '"'
    """CSV: what stands round a cell; empty where nothing does."""
    escape: str = ""
    """CSV: what stands before a quotation mark within a cell; empty where the mark is doubled."""
    skip_lines: int = 0
    """CSV: how many lines of text to pass over before the table begins."""
    comment: str = ""
    """CSV: a line that begins so is passed over."""
    header_rows: Sequence[int] = ()
    """The rows (columns, where the file runs across) that make the header, counted from 1 and joined; 0: none."""
    across: bool | None = None
    """Whether a record is a column."""
    skip: re.Pattern[str] | None = None
    """A record whose first cell with a value is wholly this is passed over: footnotes, totals."""
    sheets: Sequence[str] = ()
    """The names of the sheets to read; all where empty."""
    down: bool = True
    """Workbooks: whether a cell merged over several rows counts in each of them, or in the first alone."""


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
    line: Sequence[str] = ()
    """The cells by position."""
    tree: Any = None
    """What the record holds as it is nested, where the file is JSON or XML."""

    def get(self, name: str) -> list[str]:
        """The values under a header, folded or not, a JSON path, or a position such as @3 (the third column)."""
        if name[:1] == "@" and name[1:].isdecimal():
            text = self.line[int(name[1:]) - 1].strip() if 0 < int(name[1:]) <= len(self.line) else ""
            return [text] if text else []
        return self.cells.get(name) or self.cells.get(folded(name)) or []


@dataclass(frozen=True)
class Sheet:
    """The records of one sheet, or some of them; name is None where the file has no sheets."""

    name: str | None
    headers: list[str]
    records: list[Record]
    part: float = 1.0
    """How much of the file has been read with them."""


@lru_cache(maxsize=10_000)
def folded(header: str) -> str:
    """A header to compare by: lower case, its first line, without what stands in brackets."""
    first = header.strip().split("\n")[0]
    return re.sub(r"[\W_]+", " ", re.sub(r"\(.*?(\)|$)", "", first).lower()).strip()
