"""What follows from statements: the short cuts and supertypes that rows of tables bring, for things that came as RDF.

The tables declare it once (`Table.also`). A thing of a table's class is taken for a row of that table where it names all
the things and codes that the table requires, and in the codes of the table; of any other nothing follows, and the shapes say what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import pyoxigraph as ox

from graph.ingest.tables.canonical import TABLES
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import BadValue, Code, Link, Quarter
from ontology.terms import JU, ORG, RDF, concept, concepts

TYPE = ox.NamedNode(str(RDF.type))
_ORGANISATION, _FORMAL = str(ORG.Organization), str(ORG.FormalOrganization)
_ABOVE = {
    _FORMAL: (_ORGANISATION,),
    str(JU.Department): (_FORMAL, _ORGANISATION),
    str(ORG.OrganizationalUnit): (_ORGANISATION,),
    str(ORG.OrganizationalCollaboration): (_ORGANISATION,),
}
"""The classes that the tables and the shapes ask for, by those below them. What delivers is one only by a participation."""
TABLE_OF = {
    **{table.types[0]: table.name for table in TABLES},
    **dict.fromkeys(_ABOVE, "organisations"),
}
"""The table whose rows are of a class."""
BARE_NEVER = {
    str(JU.blocks): "a finding that supports it",
    str(JU.dependsOn): "a dependency",
    str(JU.ledBy): "a participation as lead or co-owner without an end",
    str(JU.fundedBy): "a participation as funder without an end",
    str(JU.deliveredBy): "a participation that delivers, without an end",
    str(JU.regulatedBy): "a participation that regulates, without an end",
}
"""The short cuts that only follow from something else, and from what."""

Facts = Mapping[str, list[ox.NamedNode | ox.Literal]]
"""What is said of one thing: values by property."""


def following(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    """What follows from these statements, whether or not they say it themselves."""
    kinds: dict[str, dict[str, Table]] = {}
    for quad in quads:
        if quad.predicate == TYPE and isinstance(quad.object, ox.NamedNode):
            for above in _ABOVE.get(quad.object.value, ()):
                yield ox.Triple(quad.subject, TYPE, ox.NamedNode(above))
            if isinstance(quad.subject, ox.NamedNode) and (table := _tables().get(quad.object.value)):
                kinds.setdefault(quad.subject.value, {})[table.name] = table
    facts: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = {}
    for quad in quads:
        if getattr(quad.subject, "value", "") in kinds and isinstance(quad.object, ox.NamedNode | ox.Literal):
            said = facts.setdefault(str(getattr(quad.subject, "value", "")), {})
            said.setdefault(quad.predicate.value, []).append(quad.object)
    for iri, tables in kinds.items():
        for table in tables.values():
            yield from _of_row(table, iri, facts[iri])


def _of_row(table: Table, iri: str, said: Facts) -> Iterator[ox.Triple]:
    cells: dict[str, list[str]] = {}
    for column in table.columns:
        values = [] if column.inverse or not column.states else said.get(column.states, [])
        if isinstance(column.kind, Quarter) and not _is_quarter(column.kind, iri):
            return
        if column.states and column.required and isinstance(column.kind, Link | Code) and not values:
            return
        if not all(_fits(column, value) for value in values):
            return
        if values:
            cells[column.name] = sorted({value.value for value in values})
    assert table.also is not None
    for subject, predicate, value in table.also(iri, cells):
        yield ox.Triple(
            ox.NamedNode(subject),
            TYPE if predicate == "type" else ox.NamedNode(predicate),
            ox.NamedNode(value) if isinstance(value, str) else value,
        )


def _is_quarter(kind: Quarter, iri: str) -> bool:
    try:
        kind.read(iri.rsplit("/", 1)[-1])
    except BadValue:
        return False
    return True


def _fits(column: Column, value: ox.NamedNode | ox.Literal) -> bool:
    if isinstance(column.kind, Code):
        return isinstance(value, ox.NamedNode) and value.value in _known(column.kind.schemes)
    return isinstance(value, ox.NamedNode) or not isinstance(column.kind, Link)


@cache
def _tables() -> dict[str, Table]:
    """The tables from whose rows something follows, by class. A department is a row of organisations."""
    return {
        class_: table for table in TABLES if table.also for class_ in (*table.types, *_below(table.types[0]))
    }


def _below(class_: str) -> Iterator[str]:
    return (below for below, above in _ABOVE.items() if class_ in above)


@cache
def _known(schemes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(concept(scheme, code) for scheme in schemes for code in concepts(scheme))
