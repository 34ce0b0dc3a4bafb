"""The rows of one load taken together: where links are resolved and statements are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from graph.bulk import Bulk
from graph.errors import Issue, shortened
from graph.ingest.rows import Reading, Row, Term, short
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column
from graph.ingest.values import Code, Link
from ontology.terms import PROV, RDF, SKOS, concepts

if TYPE_CHECKING:
    from graph.ingest.columns import Columns  # polars is slow to import, and few files need it

_TYPE = ox.NamedNode(str(RDF.type))
_LABEL = ox.NamedNode(str(SKOS.prefLabel))
FROM_ROW = ox.NamedNode(str(PROV.wasDerivedFrom))

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
        self._columns: dict[str, list[Columns]] = {}
        for reading in self.readings:
            for columns in reading.columns:
                self._columns.setdefault(columns.table.name, []).append(columns)

    def iri(self, table: str, id: str) -> str:
        """The IRI of a row."""
        return f"{self.base}/id/{BY_NAME[table].segment}/{id}"

    def check_links(self) -> Iterator[Issue]:
        """Every link that leads nowhere; in a lenient reading the link is dropped with a warning."""
        for reading in self.readings:
            for columns in reading.columns:
                from graph.ingest.render import dangling

                for mapped in columns.taken_out(dangling(self, columns)):
                    reading.add(mapped, columns.sheet)
        self.__post_init__()
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
            if self.targets(kind, short(term)):
                reason = f"is an id in {' and in '.join(kind.tables)} and a code that Joinedup ships."
                yield row.place.issue(column.name, short(term), reason, "Rename the row.")
            return
        found = self.targets(kind, term.value)
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

    def targets(self, kind: Link, id: str) -> list[str]:
        """The IRIs that an id may mean."""
        return [
            iri
            for t in kind.tables
            if (t, id) in self._known
            or any(id in columns.ids for columns in self._columns.get(t, ()))
            or self.exists(self.iri(t, id))
            for iri in [self.iri(t, id)]
        ]

    def statements(self, reading: Reading, graph: str) -> Iterator[ox.Quad]:
        """Every statement that a file makes, in the graph that is named after it."""
        name = ox.NamedNode(graph)
        for row in reading.rows.values():
            for subject, predicate, value in self._triples(row, graph):
                yield ox.Quad(subject, predicate, value, name)

    def all_statements(self, reading: Reading, graph: str, facts: Iterable[ox.Quad]) -> list[ox.Quad] | Bulk:
        """The statements of a file and others of its graph, in bulk where it was read by columns."""
        others = [*self.statements(reading, graph), *facts]
        if not reading.columns:
            return others
        from graph.ingest.render import bulk

        return bulk(self, reading.columns, graph, others)

    def _triples(self, row: Row, graph: str) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, Term]]:
        subject = ox.NamedNode(self.iri(row.table.name, row.id))
        yield subject, FROM_ROW, ox.NamedNode(f"{graph}#{row.place.fragment}")
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
            return ox.NamedNode(self.targets(column.kind, term.value)[0])
        return term

    def _label(self, row: Row) -> str:
        words = {"id": row.id}
        for column in row.table.columns:
            term = next(iter(row.values.get(column.name, ())), None)
            if term is None:
                words[column.name] = ""
            elif isinstance(column.kind, Link):
                words[column.name] = self.called(column.kind, term.value)
            elif isinstance(column.kind, Code):
                words[column.name] = next(
                    concepts(s)[short(term)] for s in column.kind.schemes if short(term) in concepts(s)
                ).lower()
            else:
                words[column.name] = term.value
        return row.table.label.format_map(words)

    def called(self, kind: Link, id: str) -> str:
        """The name of what an id means, or the id."""
        for table in kind.tables:
            if name := self._name(table, id):
                return name
            if label := self.label_of(self.iri(table, id)):
                return label
        return id

    def _name(self, table: str, id: str) -> str:
        """The name of a row of this load, by the last file that has it; empty where it has none."""
        readings = reversed(self.readings) if table in self._columns else ()
        row = None if table in self._columns else self._rows.get((table, id))
        for reading in readings:
            for columns in reading.columns:
                if columns.table.name == table and id in columns.ids:
                    return columns.names.get(id, "")
            if row := reading.rows.get((table, id)):
                break
        return row.values["name"][0].value if row and "name" in row.values else ""

    def silent_barriers(self, evidenced: Callable[[str], bool]) -> Iterator[Issue]:
        """A warning for each barrier that no finding, here or in the store, speaks of."""
        spoken = {
            row.values["barrier"][0].value for (table, _), row in self._rows.items() if table == "findings"
        }
        spoken.update(*(columns.cells("barrier") for columns in self._columns.get("findings", ())))
        barriers = [(id, row.place) for (table, id), row in self._rows.items() if table == "barriers"]
        for reading in self.readings:
            for columns in reading.columns:
                if columns.table.name == "barriers":
                    rows = columns.frame.select("id", "row").iter_rows()
                    barriers += [(id, reading.place(columns, n)) for id, n in rows]
        for id, place in barriers:
            if id not in spoken and not evidenced(self.iri("barriers", id)):
                reason = "no finding speaks of this barrier, so it blocks nothing."
                yield place.issue("id", id, reason, severity="warning")


def subjects(quads: Iterable[ox.Quad]) -> set[str]:
    """The things that a set of statements has rows of."""
    return {q.subject.value for q in quads if q.predicate == FROM_ROW and isinstance(q.subject, ox.NamedNode)}
