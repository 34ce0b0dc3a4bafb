"""What is fieldwork, and what is left of a public source without it: the part of a publication that keeps back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache

import pyoxigraph as ox
from rdflib import BNode, Graph
from rdflib.collection import Collection
from rdflib.namespace import OWL

from graph.dataset import Dataset
from graph.ingest.tables.canonical import TABLES
from ontology.terms import JU, PREFIXES, PROV, RDF, RDFS, concept, turtle

FIELDWORK = frozenset(map(str, (JU.Interview, JU.Visit, JU.BuyIn, JU.EmergingFindingTest, JU.Excerpt)))
"""The classes of which nothing is ever published."""

FROM_ROW = ox.NamedNode(str(PROV.wasDerivedFrom))
SUPPORTS = ox.NamedNode(concept("stances", "supports"))
_OA = PREFIXES["oa"]
_ATTRIBUTING = {
    str(JU.excerpt),
    str(JU.codedBy),
    *(_OA + n for n in ("hasSelector", "exact", "start", "end")),
}
_BLOCKS, _STANCE, _ABOUT, _EVIDENCES = (
    ox.NamedNode(str(p)) for p in (JU.blocks, JU.stance, JU.about, JU.evidences)
)
_SIZES = {str(JU.rows), str(JU.checksum)}
_ROW = re.compile(r"(row|col)=[^=]*$")


def fieldwork(dataset: Dataset, public: Iterable[Set[ox.Quad]]) -> Callable[[object], bool]:
    """Whether a thing is fieldwork, or a finding that may not be seen, as any source of the store has it."""
    said_of, leading, of_findings = _vocabulary()
    things: set[str] = set()
    findings: set[str] = set()
    from_data: set[str] = set()

    def joined(property_: str) -> Iterator[tuple[str, str]]:
        return dataset.columns("publication/joined", property=ox.NamedNode(property_)).iter_rows()

    for thing, class_ in joined(str(RDF.type)):
        if class_ in FIELDWORK:
            things.add(thing)
        elif class_ == str(JU.Finding):
            findings.add(thing)
    for property_ in said_of:
        things.update(thing for thing, _ in joined(property_))
    for property_ in leading:
        things.update(value for _, value in joined(property_))
    for property_ in of_findings:
        findings.update(thing for thing, _ in joined(property_))
    for property_ in (str(JU.tests), str(JU.restsOn)):
        findings.update(value for _, value in joined(property_))
    for quads in public:
        from_data.update(name(q.subject) for q in quads if q.predicate.value == str(JU.fromDataset))
    things |= findings - (from_data - {thing for thing, _ in joined(str(JU.fromInterview))})
    segments = "|".join(re.escape(table.segment) for table in TABLES if FIELDWORK.intersection(table.types))
    address = re.compile(rf"{re.escape(dataset.base)}/id/({segments})/")

    def hidden(term: object) -> bool:
        if not isinstance(term, ox.NamedNode):
            return not isinstance(term, ox.Literal)
        # Parts of a thing, such as where a passage stands, have its address and an ending of their own.
        whole = term.value.partition("#")[0]
        parts = {term.value, whole, term.value.partition(".part-")[0]}
        return not parts.isdisjoint(things) or address.match(whole) is not None

    return hidden


def left_of(quads: Set[ox.Quad], hidden: Callable[[object], bool]) -> set[ox.Quad]:
    """What of a public source may be seen; nothing where all its rows are withheld."""
    never = never_published()
    kept = {q for q in quads if not (q.predicate.value in never or hidden(q.subject) or hidden(q.object))}
    # A short cut stays where a finding of the same source bears it out: else it would tell of one that is withheld.
    borne_out = _supported(kept)
    kept = {q for q in kept if q.predicate != _BLOCKS or (q.subject, q.object) in borne_out}
    gone = quads - kept
    if not gone:
        return kept
    if not any(q.predicate == FROM_ROW for q in kept):
        return set()
    sheets = {_ROW.sub("", name(q.object)) for q in gone if q.predicate == FROM_ROW}
    return {
        ox.Quad(q.subject, q.predicate, ox.NamedNode(name(q.object).partition("#")[0]), q.graph_name)
        if q.predicate == FROM_ROW and _ROW.sub("", name(q.object)) in sheets
        else q
        for q in kept
        if q.predicate.value not in _SIZES
    }


def _supported(quads: Iterable[ox.Quad]) -> set[tuple[object, object]]:
    """The barriers and programmes that findings among these statements join."""
    said: dict[object, dict[ox.NamedNode, object]] = defaultdict(dict)
    for quad in quads:
        if quad.predicate in (_STANCE, _ABOUT, _EVIDENCES):
            said[quad.subject][quad.predicate] = quad.object
    return {(f.get(_EVIDENCES), f.get(_ABOUT)) for f in said.values() if f.get(_STANCE) == SUPPORTS}


@cache
def _vocabulary() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The properties that are said only of fieldwork, those that lead to it, and those that are said of findings.

    They are read from the vocabulary, so that a property added to it is withheld without anybody thinking of it.
    """
    graph = Graph().parse(data=turtle("joinedup"), format="turtle")
    said_of: set[str] = set()
    of_findings: set[str] = set()
    for term, domain in graph.subject_objects(RDFS.domain):
        union = graph.value(domain, OWL.unionOf) if isinstance(domain, BNode) else None
        classes = set(map(str, Collection(graph, union) if union else [domain]))
        if classes <= FIELDWORK:
            said_of.add(str(term))
        if classes == {str(JU.Finding)}:
            of_findings.add(str(term))
    leading = {str(term) for term, target in graph.subject_objects(RDFS.range) if str(target) in FIELDWORK}
    return frozenset(said_of), frozenset(leading), frozenset(of_findings)


@cache
def never_published() -> frozenset[str]:
    """The properties of fieldwork, and those that would say who said what."""
    said_of, leading, _ = _vocabulary()
    return said_of | leading | _ATTRIBUTING


def name(term: object) -> str:
    """The IRI or the text of a term."""
    return str(getattr(term, "value", ""))
