"""What the vocabulary says of itself: every class, property and concept, read from the Turtle files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, VANN
from rdflib.term import Node

from ontology.terms import CONCEPT, JU, ONTOLOGY, PREFIXES, turtle

_OWN = ONTOLOGY + "#"
_PREFIXES = {**PREFIXES, "dcat": "http://www.w3.org/ns/dcat#"}


@dataclass(frozen=True)
class Name:
    """A term that a definition speaks of, of this vocabulary or another."""

    iri: str
    label: str
    """Its label, or its short form (dcat:Dataset) where the files give none."""

    @property
    def local(self) -> str | None:
        """The local name of a term of this vocabulary; None for any other."""
        return self.iri.removeprefix(_OWN) if self.iri.startswith(_OWN) else None


@dataclass(frozen=True)
class Term:
    """One class or property, with everything the file says of it."""

    name: Name
    local: str
    """The end of its IRI, which is also its place on the page of the vocabulary."""
    definition: str
    parents: tuple[Name, ...]
    """The classes or properties that it is a kind of."""
    domain: tuple[Name, ...] = ()
    range: tuple[Name, ...] = ()
    one: bool = False
    """Whether a thing has no more than one value of it."""


@dataclass(frozen=True)
class Concept:
    """One concept of a scheme."""

    name: Name
    code: str
    definition: str
    broader: tuple[Name, ...]
    related: tuple[Name, ...]


@dataclass(frozen=True)
class Scheme:
    """One list of concepts, in its order."""

    name: Name
    code: str
    description: str
    concepts: tuple[Concept, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The whole of it; classes and properties by local name."""

    title: str
    description: str
    version: str
    licence: str
    prefix: str
    namespace: str
    classes: tuple[Term, ...]
    object_properties: tuple[Term, ...]
    datatype_properties: tuple[Term, ...]
    schemes: tuple[Scheme, ...]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary and the schemes of this package."""
    terms = Graph().parse(data=turtle("joinedup"), format="turtle")
    schemes = Graph().parse(data=turtle("schemes"), format="turtle")
    this = URIRef(ONTOLOGY)

    def said(of: Node, property_: URIRef, graph: Graph = terms) -> str:
        return str(graph.value(of, property_) or "")

    def names(found: Iterable[Node]) -> tuple[Name, ...]:
        return tuple(sorted((_name(iri, terms, schemes) for iri in found), key=lambda n: n.label))

    def of_kind(kind: URIRef) -> tuple[Term, ...]:
        own = sorted(str(t) for t in terms.subjects(RDF.type, kind) if str(t).startswith(_OWN))
        return tuple(
            Term(
                _name(t, terms),
                iri.removeprefix(_OWN),
                said(t, RDFS.comment),
                names([*terms.objects(t, RDFS.subClassOf), *terms.objects(t, RDFS.subPropertyOf)]),
                names(terms.objects(t, RDFS.domain)),
                names(terms.objects(t, RDFS.range)),
                (t, RDF.type, OWL.FunctionalProperty) in terms,
            )
            for iri in own
            for t in [URIRef(iri)]
        )

    def scheme(iri: Node) -> Scheme:
        members = sorted(
            schemes.subjects(SKOS.inScheme, iri), key=lambda m: int(said(m, JU.position, schemes))
        )
        return Scheme(
            _name(iri, schemes),
            str(iri).removeprefix(str(CONCEPT)),
            said(iri, DCTERMS.description, schemes),
            tuple(
                Concept(
                    _name(m, schemes),
                    said(m, SKOS.notation, schemes),
                    said(m, SKOS.definition, schemes),
                    names(schemes.objects(m, SKOS.broadMatch)),
                    names(schemes.objects(m, SKOS.related)),
                )
                for m in members
            ),
        )

    return Vocabulary(
        said(this, DCTERMS.title), said(this, DCTERMS.description), said(this, OWL.versionInfo), said(this, DCTERMS.license),
        said(this, VANN.preferredNamespacePrefix), said(this, VANN.preferredNamespaceUri),
        of_kind(OWL.Class), of_kind(OWL.ObjectProperty), of_kind(OWL.DatatypeProperty),
        tuple(scheme(iri) for iri in sorted(schemes.subjects(RDF.type, SKOS.ConceptScheme), key=str)),
    )  # fmt: skip


def _name(iri: Node, *graphs: Graph) -> Name:
    labels = (graph.value(iri, p) for graph in graphs for p in (SKOS.prefLabel, RDFS.label))
    short = next(
        (f"{p}:{str(iri)[len(ns) :]}" for p, ns in _PREFIXES.items() if str(iri).startswith(ns)), iri
    )
    return Name(str(iri), str(next((label for label in labels if label), short)))
