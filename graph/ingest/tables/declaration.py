"""How a canonical table is declared: its columns, what they state, and what must hold within a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal

from graph.ingest.values import Day, Identifier, Kind
from ontology.terms import DCTERMS, JU, SKOS

Cells = Mapping[str, list[str]]
"""One row: for each column that has a value, its values as IRIs or lexical forms."""

Statement = tuple[str, str, str | Literal]
"""Subject, predicate ("type" for rdf:type) and value; a value that is a string is an IRI."""


@dataclass(frozen=True)
class Column:
    """One column: how its cells are read and which property they state (None: none of its own)."""

    name: str
    kind: Kind
    states: str | None
    meaning: str
    example: str = ""
    required: bool = False
    many: bool = False
    adds: tuple[str, Mapping[str, str]] | None = None
    """Each value makes a row of another table: its name, and the columns to fill ("=" this row, "*" the value)."""
    inverse: bool = False
    """The value is the subject of the statement and the row its object."""


@dataclass(frozen=True)
class Table:
    """One canonical table."""

    name: str
    segment: str
    """The part of the IRI: {base}/id/{segment}/{id}."""
    types: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]
    label: str
    """How a row is called; {column} stands for the label or text of that column."""
    key: tuple[str, ...] = ("id",)
    """The columns that make the id where the table has no id column of its own."""
    also: Callable[[str, Cells], Iterable[Statement]] | None = None
    """Statements that follow from the row: short cuts, supertypes, parts that have no row of their own."""
    together: tuple[tuple[str, ...], ...] = ()
    """Groups of columns of which exactly one must be filled."""
    pairs: tuple[tuple[str, str], ...] = ()
    """Pairs of columns of which both are filled, or neither."""
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of dates or numbers of which the first may not be after the second."""
    differ: tuple[str, str] | None = None
    """Two columns that may not hold the same value."""
    both: tuple[str, str, str] | None = None
    """Column, code, other column: the other is filled if, and only if, the column holds the code."""
    example_id: str = ""
    """The id of the row that the template shows."""
    more_examples: tuple[Mapping[str, str], ...] = ()
    """Further rows of the template, where other tables need something to point at."""

    def examples(self) -> list[dict[str, str]]:
        """The rows that the template shows."""
        first = {c.name: (self.example_id if c.name == "id" else c.example) for c in self.columns}
        return [first, *({c.name: row.get(c.name, "") for c in self.columns} for row in self.more_examples)]

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


def period(what: str, start: str = "", end: str = "") -> tuple[Column, Column]:
    """The columns that say from when until when something holds."""
    return (
        Column("from", Day(), str(JU["from"]), f"First day {what}. Empty: not known.", start),
        Column("until", Day(), str(JU.until), f"Last day {what}. Empty: it still holds.", end),
    )


NAME = str(SKOS.prefLabel)
ABOUT = str(DCTERMS.description)
ID = Column(
    "id",
    Identifier(),
    None,
    "A short name for the row, used by other tables. Never change it once it is in use.",
    required=True,
)
