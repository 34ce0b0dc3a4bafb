"""Rows checked and turned into statements: every mistake is collected, none stops the reading of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from graph.errors import Issue
from graph.ingest.catalogue import slug
from graph.ingest.scope import MappedRow
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import BadValue, Text, clean

if TYPE_CHECKING:
    from graph.ingest.columns import Columns  # polars is slow to import, and few files need it

Term = ox.NamedNode | ox.Literal


@dataclass(frozen=True)
class Place:
    """Where a row stands."""

    file: str
    sheet: str | None
    row: int
    across: bool
    origins: Mapping[str, str]

    def issue(
        self, column: str | None, value: str | None, reason: str, remedy: str = "", severity: str = "error"
    ) -> Issue:
        """An issue at one column of this row, named as the file names it."""
        header = self.origins.get(column, column) if column else None
        if self.across:
            header = f"{self.row}" + (f" ({header})" if header else "")
        row = None if self.across else self.row
        return Issue(self.file, reason, remedy, self.sheet, row, header, value, severity)

    @property
    def fragment(self) -> str:
        """The row within its file (RFC 7111)."""
        sheet = f"sheet={self.sheet}&" if self.sheet else ""
        return f"{sheet}{'col' if self.across else 'row'}={self.row}"


@dataclass
class Row:
    """One canonical row whose cells could be read."""

    table: Table
    id: str
    values: dict[str, list[Term]]
    place: Place
    follows: bool = False
    """Whether it only follows from a row of another table, so that a row of its own may say more."""


@dataclass
class Reading:
    """What came of one file."""

    file: str
    lenient: bool = False
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    """By table name and id."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Rows with mistakes, by table name and id: what points at them is not itself a mistake."""
    issues: list[Issue] = field(default_factory=list)
    records: int = 0
    columns: list[Columns] = field(default_factory=list)
    """The rows of large tables that are plainly right, none of which is in `rows`."""

    @property
    def tables(self) -> Counter[str]:
        """How many rows there are by table."""
        counts = Counter(table for table, _ in self.rows)
        for columns in self.columns:
            counts[columns.table.name] += len(columns)
        return +counts

    @property
    def places(self) -> Iterator[Place]:
        """Where each row stands."""
        yield from (row.place for row in self.rows.values())
        for columns in self.columns:
            yield from (self.place(columns, row) for row in columns.frame["row"])

    def place(self, columns: Columns, row: int) -> Place:
        """Where a row of a large table stands."""
        return Place(self.file, columns.sheet, row, False, columns.origins)

    def add(self, mapped: MappedRow, sheet: str | None, *, follows: bool = False) -> None:
        """Check one row and keep it, or keep what is wrong with it; `follows` says that another row made it."""
        table = BY_NAME[mapped.table]
        place = Place(self.file, sheet, mapped.record.row, mapped.record.across, mapped.origins)
        if mapped.doubt:
            self.issues.append(place.issue(None, None, mapped.doubt, severity="warning"))
        before = len(self.issues)
        self.issues += [place.issue(p.column, p.value, p.reason, p.remedy) for p in mapped.problems]
        values = {
            c.name: got for c in table.columns if (got := self._read(c, mapped.cells.get(c.name, []), place))
        }
        self._check(table, values, mapped, place)
        if any(issue.severity == "error" for issue in self.issues[before:]):
            self.refused.update((table.name, text) for text in mapped.cells.get("id", ()))
            return
        keys = ("id",) if table.column("id") else table.key
        id = "--".join(_part_of_id(table, k, t) for k in keys for t in values.get(k, ()))
        self._keep(Row(table, id, values, place, follows))
        row = self.rows[table.name, id]
        for column in table.columns:
            if column.adds:
                for term in values.get(column.name, ()):
                    name, template = column.adds
                    cells = {
                        c: [row.id if v == "=" else term.value if v == "*" else v]
                        for c, v in template.items()
                    }
                    origins = dict.fromkeys(cells, mapped.origins.get(column.name, column.name))
                    made = replace(mapped, table=name, cells=cells, origins=origins, doubt="")
                    self.add(made, sheet, follows=True)

    def _keep(self, row: Row) -> None:
        known = self.rows.setdefault((row.table.name, row.id), row)
        if known is row or (row.follows and row.values.items() <= known.values.items()):
            return
        if known.follows and known.values.items() <= row.values.items():
            self.rows[row.table.name, row.id] = row
        elif known.values != row.values:
            what = "id" if row.table.column("id") else "row"
            self.issues.append(
                row.place.issue(
                    "id" if what == "id" else row.table.key[0],
                    row.id,
                    f"stands already in row {known.place.row}, with other values.",
                    f"Give each {what} once.",
                    "warning" if self.lenient else "error",
                )
            )
        elif not self.lenient:
            self.issues.append(
                row.place.issue(None, None, f"is the same as row {known.place.row}.", severity="warning")
            )

    def _read(self, column: Column, texts: list[str], place: Place) -> list[Term]:
        out: list[Term] = []
        for text in texts:
            try:
                out.append(column.kind.read(clean(text)))
            except BadValue as bad:
                self._bad(column, place, text, bad.reason, bad.remedy)
        return out

    def _bad(self, column: Column, place: Place, text: str | None, reason: str, remedy: str) -> None:
        lenient = self.lenient and not column.required
        self.issues.append(
            place.issue(
                column.name,
                text,
                reason,
                "It is left out." if lenient else remedy,
                "warning" if lenient else "error",
            )
        )

    def _check(self, table: Table, values: dict[str, list[Term]], mapped: MappedRow, place: Place) -> None:
        for column in table.columns:
            if column.required and not mapped.cells.get(column.name):
                self._bad(column, place, None, "is empty.", f"Fill it in: {column.kind.says}.")
            if not column.many and len(values.get(column.name, ())) > 1:
                self._bad(
                    column,
                    place,
                    "; ".join(mapped.cells[column.name]),
                    "holds more than one value.",
                    "Keep one.",
                )
        for group in table.together:
            filled = [name for name in group if mapped.cells.get(name)]
            if len(filled) != 1:
                names = " or ".join(group)
                reason = (
                    f"is empty: one of {names} is needed."
                    if not filled
                    else f"is filled together with {filled[0]}: only one of {names} may be."
                )
                self.issues.append(place.issue(filled[-1] if filled else group[0], None, reason))
        for pair in table.pairs:
            filled = [name for name in pair if mapped.cells.get(name)]
            if len(filled) == 1:
                (empty,) = set(pair) - set(filled)
                self.issues.append(place.issue(empty, None, f"is empty although {filled[0]} is filled."))
        for first, second in table.ordered:
            if first in values and second in values and _rank(values[first][0]) > _rank(values[second][0]):
                if self.lenient:
                    self.issues.append(
                        place.issue(
                            second, values[second][0].value, f"is before {first}.", severity="warning"
                        )
                    )
                else:
                    self.issues.append(
                        place.issue(
                            second,
                            values[second][0].value,
                            f"is before {first}, {values[first][0].value}.",
                            "Correct one of the two.",
                        )
                    )
        if (
            table.differ
            and values.get(table.differ[0])
            and values.get(table.differ[0]) == values.get(table.differ[1])
        ):
            self.issues.append(
                place.issue(
                    table.differ[1], values[table.differ[1]][0].value, f"is the same as {table.differ[0]}."
                )
            )
        if table.both:
            column_name, code, other = table.both
            holds = any(short(t) == code for t in values.get(column_name, ()))
            if values.get(column_name) and holds != bool(mapped.cells.get(other)):
                reason = (
                    f"is empty although {column_name} is {code}."
                    if holds
                    else f"is filled although {column_name} is not {code}."
                )
                self.issues.append(place.issue(other, None, reason))


def _rank(term: Term) -> tuple[int, str]:
    """Where a date or a whole number stands among others of its kind."""
    return (int(term.value), "") if term.value.isdigit() else (0, term.value)


def _part_of_id(table: Table, key: str, term: Term) -> str:
    """What a value adds to the id of a row that has no id column."""
    column = table.column(key)
    return slug(term.value) if column and isinstance(column.kind, Text) else short(term)


def short(term: Term) -> str:
    """The end of an IRI."""
    return term.value.rsplit("/", 1)[-1]
