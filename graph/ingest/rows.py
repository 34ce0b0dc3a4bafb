"""Rows checked and turned into statements: every mistake is collected, none stops the reading of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from graph.errors import Issue, shortened
from graph.ingest.mapping import MappedRow, slug
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import BadValue, Code, Link, Text, clean
from ontology.terms import PROV, RDF, SKOS, concepts

Term = ox.NamedNode | ox.Literal
_TYPE = ox.NamedNode(str(RDF.type))
_LABEL = ox.NamedNode(str(SKOS.prefLabel))
_FROM_ROW = ox.NamedNode(str(PROV.wasDerivedFrom))


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

    def add(self, mapped: MappedRow, sheet: str | None, *, follows: bool = False) -> None:
        """Check one row and keep it, or keep what is wrong with it; `follows` says that another row made it."""
        table = BY_NAME[mapped.table]
        place = Place(self.file, sheet, mapped.record.row, mapped.record.across, mapped.origins)
        if mapped.doubt:
            self.issues.append(place.issue(None, None, mapped.doubt, severity="warning"))
        before = len(self.issues)
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
            holds = any(_short(t) == code for t in values.get(column_name, ()))
            if values.get(column_name) and holds != bool(mapped.cells.get(other)):
                reason = (
                    f"is empty although {column_name} is {code}."
                    if holds
                    else f"is filled although {column_name} is not {code}."
                )
                self.issues.append(place.issue(other, None, reason))


Exists = Callable[[str], bool]


@dataclass
class Batch:
    """All rows of one load: where links are resolved and statements are made."""

    readings: list[Reading]
    base: str
    exists: Exists
    """Whether the store, without the files of this load, has a thing with this IRI."""
    label_of: Callable[[str], str | None]

    def __post_init__(self) -> None:
        self._rows = {key: row for reading in self.readings for key, row in reading.rows.items()}
        self._known = set(self._rows).union(*(reading.refused for reading in self.readings))

    def iri(self, table: str, id: str) -> str:
        """The IRI of a row."""
        return f"{self.base}/id/{BY_NAME[table].segment}/{id}"

    def check_links(self) -> Iterator[Issue]:
        """Every link that leads nowhere; in a lenient reading the link is dropped with a warning."""
        for reading in self.readings:
            for row in list(reading.rows.values()):
                for column in row.table.columns:
                    if isinstance(column.kind, Link):
                        for term in list(row.values.get(column.name, ())):
                            yield from self._check_link(reading, row, column, column.kind, term)

    def _check_link(
        self, reading: Reading, row: Row, column: Column, kind: Link, term: Term
    ) -> Iterator[Issue]:
        if isinstance(term, ox.NamedNode):  # a shipped concept, which is always there
            if self._targets(kind, _short(term)):
                reason = f"is an id in {' and in '.join(kind.tables)} and a code that Joinedup ships."
                yield row.place.issue(column.name, _short(term), reason, "Rename the row.")
            return
        found = self._targets(kind, term.value)
        if len(found) == 1:
            return
        if found:
            yield row.place.issue(
                column.name, term.value, f"is an id in {' and in '.join(kind.tables)}.", "Rename one of them."
            )
        elif reading.lenient and not column.required:
            row.values[column.name].remove(term)
            yield row.place.issue(
                column.name,
                term.value,
                f"is not in {' or '.join(kind.tables)}.",
                "The link is left out.",
                "warning",
            )
        else:
            yield row.place.issue(
                column.name,
                term.value,
                f"is not {kind.says}.",
                "Add that row, or correct the id.",
            )

    def _targets(self, kind: Link, id: str) -> list[str]:
        return [
            iri
            for t in kind.tables
            if (t, id) in self._known or self.exists(self.iri(t, id))
            for iri in [self.iri(t, id)]
        ]

    def statements(self, reading: Reading, graph: str) -> Iterator[ox.Quad]:
        """Every statement that a file makes, in the graph that is named after it."""
        name = ox.NamedNode(graph)
        for row in reading.rows.values():
            for subject, predicate, value in self._triples(row, graph):
                yield ox.Quad(subject, predicate, value, name)

    def _triples(self, row: Row, graph: str) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, Term]]:
        subject = ox.NamedNode(self.iri(row.table.name, row.id))
        yield subject, _FROM_ROW, ox.NamedNode(f"{graph}#{row.place.fragment}")
        for type_ in row.table.types:
            yield subject, _TYPE, ox.NamedNode(type_)
        terms = {
            c.name: [self._resolved(c, t) for t in row.values.get(c.name, ())] for c in row.table.columns
        }
        if row.table.label != "{name}":
            yield subject, _LABEL, ox.Literal(shortened(self._label(row), 160))
        for column in row.table.columns:
            for term in terms[column.name] if column.states else ():
                predicate = ox.NamedNode(str(column.states))
                if column.inverse and isinstance(term, ox.NamedNode):
                    yield term, predicate, subject
                else:
                    yield subject, predicate, term
        if row.table.also:
            cells = {name: [t.value for t in found] for name, found in terms.items() if found}
            for s, p, o in row.table.also(subject.value, cells):
                predicate = _TYPE if p == "type" else ox.NamedNode(p)
                yield ox.NamedNode(s), predicate, ox.NamedNode(o) if isinstance(o, str) else o

    def _resolved(self, column: Column, term: Term) -> Term:
        if isinstance(column.kind, Link) and isinstance(term, ox.Literal):
            return ox.NamedNode(self._targets(column.kind, term.value)[0])
        return term

    def _label(self, row: Row) -> str:
        words = {"id": row.id}
        for column in row.table.columns:
            term = next(iter(row.values.get(column.name, ())), None)
            if term is None:
                words[column.name] = ""
            elif isinstance(column.kind, Link):
                words[column.name] = self._called(column.kind, term.value)
            elif isinstance(column.kind, Code):
                words[column.name] = next(
                    concepts(s)[_short(term)] for s in column.kind.schemes if _short(term) in concepts(s)
                ).lower()
            else:
                words[column.name] = term.value
        return row.table.label.format_map(words)

    def _called(self, kind: Link, id: str) -> str:
        for table in kind.tables:
            row = self._rows.get((table, id))
            if row and "name" in row.values:
                return row.values["name"][0].value
            if label := self.label_of(self.iri(table, id)):
                return label
        return id

    def silent_barriers(self, evidenced: Callable[[str], bool]) -> Iterator[Issue]:
        """A warning for each barrier that no finding, here or in the store, speaks of."""
        spoken = {
            row.values["barrier"][0].value for (table, _), row in self._rows.items() if table == "findings"
        }
        for (table, id), row in self._rows.items():
            if table == "barriers" and id not in spoken and not evidenced(self.iri(table, id)):
                yield row.place.issue(
                    "id", id, "no finding speaks of this barrier, so it blocks nothing.", severity="warning"
                )


def _rank(term: Term) -> tuple[int, str]:
    """Where a date or a whole number stands among others of its kind."""
    return (int(term.value), "") if term.value.isdigit() else (0, term.value)


def _part_of_id(table: Table, key: str, term: Term) -> str:
    """What a value adds to the id of a row that has no id column."""
    column = table.column(key)
    return slug(term.value) if column and isinstance(column.kind, Text) else _short(term)


def _short(term: Term) -> str:
    return term.value.rsplit("/", 1)[-1]


def subjects(quads: Iterable[ox.Quad]) -> set[str]:
    """The things that a set of statements has rows of."""
    return {
        q.subject.value for q in quads if q.predicate == _FROM_ROW and isinstance(q.subject, ox.NamedNode)
    }
