"""Tables as pages show them: columns, rows and cells with links, and how many of how many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from visualisations.links import Link
from visualisations.words import count

LONGEST = 100
"""How many rows of evidence one page shows."""


@dataclass(frozen=True)
class Column:
    """The head of a column."""

    title: str
    number: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell: links or words, one a line, and what it is sorted by."""

    parts: tuple[Link, ...]
    key: str = ""
    number: bool = False
    short: bool = False
    """Never broken over two lines."""
    folded: str = ""
    """What stands for the parts until a reader unfolds them."""
    id: str = ""
    """What a number that counts the parts leads to."""


@dataclass(frozen=True)
class Row:
    """One line; mark and on join it to the marks of a picture."""

    cells: tuple[Cell, ...]
    mark: str = ""
    on: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption and its "n of N"."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    count: str
    id: str = "table"
    more: Link | None = None
    """Where the rows that were cut can be seen."""


def words(text: str, key: str = "", *, short: bool = False) -> Cell:
    """A cell of plain words."""
    return Cell((Link(text),), key, short=short)


def linked(*parts: Link, key: str = "") -> Cell:
    """A cell of links."""
    return Cell(parts, key or (parts[0].text.lower() if parts else ""))


def number(value: int, href: str | None = None, hidden: str = "") -> Cell:
    """A cell with a number, and the link to what it rests on."""
    return Cell((Link(f"{value:,}", href, hidden=hidden),), str(value), number=True)


def cut(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Row],
    one: str,
    many: str = "",
    *,
    id: str = "table",
    more: Link | None = None,
    of: int | None = None,
) -> Table:
    """A table of the first hundred rows, which says how many there are: of, where not all of them are given."""
    every = tuple(rows)
    total = len(every) if of is None else of
    shown = every[:LONGEST]
    whole = Table(caption, tuple(columns), shown, f"{len(shown):,} of {count(total, one, many or None)}", id)
    return replace(whole, more=more) if len(shown) < total else whole
