"""Judgements as they are kept: nodes of a source graph of their own, which only ever grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from ontology.terms import DCTERMS, JU, PROV, RDF, SKOS, XSD, concept

SAME, DIFFERENT, UNSURE, WITHDRAWN = "same", "not-the-same", "unsure", "withdrawn"
VERDICTS = (SAME, DIFFERENT, UNSURE)
"""What somebody can decide. A withdrawal is not decided of two things but of a judgement."""
_SAYS = {
    SAME: "are the same",
    DIFFERENT: "are not the same",
    UNSURE: "may be the same",
    WITHDRAWN: "are not judged any more",
}


@dataclass(frozen=True)
class Judgement:
    """One decision about two things."""

    number: int
    """In the order in which they were made, from 1."""
    one: str
    other: str
    verdict: str
    """same, not-the-same, unsure or withdrawn."""
    by: str
    """A role or pseudonym."""
    at: str
    """The moment, as xsd:dateTime."""
    because: str
    keeps: str = ""
    """Of two that are the same, the one under whose IRI both stand."""
    revises: int = 0
    """The judgement that does not count any more because of this one; 0 for none."""

    @property
    def pair(self) -> frozenset[str]:
        """The two things, in no order."""
        return frozenset((self.one, self.other))

    def says(self, label: str, other: str) -> str:
        """What it decided, given what the two are called."""
        return f"“{label}” and “{other}” {_SAYS[self.verdict]}"


def judgements_of(base: str) -> str:
    """The graph that holds the judgements of a store."""
    return f"{base}/id/source/judgements"


def iri_of(base: str, number: int) -> str:
    """The IRI of a judgement."""
    return f"{base}/id/judgement/{number}"


def read(quads: Iterable[ox.Quad]) -> list[Judgement]:
    """The judgements in these statements, oldest first."""
    return sorted((judgement for _, judgement in read_nodes(quads)), key=lambda judgement: judgement.number)


def read_nodes(quads: Iterable[ox.Quad]) -> list[tuple[str, Judgement]]:
    """Each judgement with its IRI, by number; what it does not say, or says more than once, is empty."""
    said: dict[str, dict[str, list[str]]] = {}
    for quad in quads:
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
            properties = said.setdefault(quad.subject.value, {})
            properties.setdefault(quad.predicate.value, []).append(quad.object.value)
    found = []
    for iri, properties in said.items():
        if str(JU.Judgement) in properties.get(str(RDF.type), ()):
            judges = sorted(properties.get(str(JU.judges), ()))
            one, other = judges if len(judges) == 2 else ("", "")

            def value(term: object, known: dict[str, list[str]] = properties) -> str:
                values = known.get(str(term), ())
                return values[0] if len(values) == 1 else ""

            judgement = Judgement(
                _number(iri),
                one,
                other,
                value(JU.verdict).rsplit("/", 1)[-1],
                value(JU.judgedBy),
                value(JU.judgedAt),
                value(DCTERMS.description),
                value(JU.keeps),
                _number(value(PROV.wasRevisionOf)),
            )
            found.append((iri, judgement))
    return sorted(found, key=lambda pair: pair[1].number)


def written(judgement: Judgement, base: str, called: str) -> Iterator[ox.Quad]:
    """The statements that keep a judgement; called is what it says, with the names of the things."""
    graph = ox.NamedNode(judgements_of(base))
    node = ox.NamedNode(iri_of(base, judgement.number))
    facts: list[tuple[object, ox.NamedNode | ox.Literal]] = [
        (RDF.type, ox.NamedNode(str(JU.Judgement))),
        (SKOS.prefLabel, ox.Literal(called)),
        (JU.judges, ox.NamedNode(judgement.one)),
        (JU.judges, ox.NamedNode(judgement.other)),
        (JU.verdict, ox.NamedNode(concept("verdicts", judgement.verdict))),
        (JU.judgedBy, ox.Literal(judgement.by)),
        (JU.judgedAt, ox.Literal(judgement.at, datatype=ox.NamedNode(str(XSD.dateTime)))),
        (DCTERMS.description, ox.Literal(judgement.because)),
    ]
    if judgement.keeps:
        facts.append((JU.keeps, ox.NamedNode(judgement.keeps)))
    if judgement.revises:
        facts.append((PROV.wasRevisionOf, ox.NamedNode(iri_of(base, judgement.revises))))
    for predicate, value in facts:
        yield ox.Quad(node, ox.NamedNode(str(predicate)), value, graph)
    yield ox.Quad(graph, ox.NamedNode(str(SKOS.prefLabel)), ox.Literal("Judgements"), graph)


def in_force(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Those that no later one revises, without withdrawals; oldest first."""
    every = list(judgements)
    revised = {judgement.revises for judgement in every}
    return [j for j in every if j.number not in revised and j.verdict != WITHDRAWN]


def _number(iri: str) -> int:
    end = iri.rsplit("/", 1)[-1]
    return int(end) if end.isascii() and end.isdigit() and len(end) < 10 else 0
