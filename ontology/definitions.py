"""What the vocabulary says of itself: every class, property and concept, read from the Turtle files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from rdflib import BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, VANN
from rdflib.term import Node

from ontology.terms import CONCEPT, JU, ONTOLOGY, PREFIXES, turtle

_OWN = ONTOLOGY + "#"
_HEADING = re.compile(r"# --- (?P<heading>.+?) -+$")
_DECLARATION = re.compile(r"ju:(?P<local>\w+) a owl:")


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
    """The classes that it is said of; of several, any one."""
    range: tuple[Name, ...] = ()
    one: bool = False
    """Whether a thing has no more than one value of it."""
    example: str = ""
    why: str = ""
    """Why the term of another vocabulary that it is a kind of fits."""
    deprecated: bool = False
    replaced_by: tuple[Name, ...] = ()
    """What to use instead."""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Theme:
    """One heading of the file, with the properties between things that stand under it."""

    heading: str
    properties: tuple[Term, ...]


@dataclass(frozen=True)
class Change:
    """What one version of the vocabulary brought."""

    version: str
    words: str


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
    themes: tuple[Theme, ...]
    """Every property between things once, under the headings of the file."""
    changes: tuple[Change, ...]
    """Newest first."""
    rule: str
    """How terms are retired."""
    schemes: tuple[Scheme, ...]

    @property
    def retired(self) -> tuple[Term, ...]:
        """The terms that should not be used any more."""
        every = self.classes + self.object_properties + self.datatype_properties
        return tuple(term for term in every if term.deprecated)


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary and the schemes of this package."""
    text = turtle("joinedup")
    found = _Files(
        Graph().parse(data=text, format="turtle"), Graph().parse(data=turtle("schemes"), format="turtle")
    )
    this = URIRef(ONTOLOGY)
    between = found.of_kind(OWL.ObjectProperty)
    return Vocabulary(
        title=found.said(this, DCTERMS.title),
        description=found.said(this, DCTERMS.description),
        version=found.said(this, OWL.versionInfo),
        licence=found.said(this, DCTERMS.license),
        prefix=found.said(this, VANN.preferredNamespacePrefix),
        namespace=found.said(this, VANN.preferredNamespaceUri),
        classes=found.of_kind(OWL.Class),
        object_properties=between,
        datatype_properties=found.of_kind(OWL.DatatypeProperty),
        themes=_themes(headings(text), between),
        changes=_changes(str(note) for note in found.terms.objects(this, SKOS.changeNote)),
        rule=found.said(this, SKOS.editorialNote),
        schemes=found.every_scheme(),
    )


def headings(text: str) -> dict[str, str]:
    """The heading that each own term stands under in a Turtle file, by local name, in the order of the file."""
    found: dict[str, str] = {}
    heading = ""
    for line in text.splitlines():
        if title := _HEADING.match(line):
            heading = title["heading"]
        elif declared := _DECLARATION.match(line):
            found[declared["local"]] = heading
    return found


def _themes(heading_of: dict[str, str], properties: Iterable[Term]) -> tuple[Theme, ...]:
    by_local = {term.local: term for term in properties}
    under: dict[str, list[Term]] = {}
    for local, heading in heading_of.items():
        if local in by_local:
            under.setdefault(heading, []).append(by_local[local])
    return tuple(Theme(heading, tuple(terms)) for heading, terms in under.items())


def _changes(notes: Iterable[str]) -> tuple[Change, ...]:
    """The notes, each of which begins with the version that it is of."""
    found = (note.partition(": ") for note in notes)
    return tuple(
        Change(version, words)
        for version, _, words in sorted(found, key=lambda n: [int(i) for i in n[0].split(".")], reverse=True)
    )


@dataclass(frozen=True)
class _Files:
    """The two Turtle files, and how to read them."""

    terms: Graph
    schemes: Graph

    def said(self, of: Node, property_: URIRef, graph: Graph | None = None) -> str:
        return str((self.terms if graph is None else graph).value(of, property_) or "")

    def names(self, found: Iterable[Node]) -> tuple[Name, ...]:
        named = (self.name(node) for each in found for node in self._members(each))
        return tuple(sorted(named, key=lambda name: name.label))

    def _members(self, node: Node) -> Iterator[Node]:
        """The node itself; of a union, its members; of any other blank node, nothing."""
        if not isinstance(node, BNode):
            yield node
        elif (union := self.terms.value(node, OWL.unionOf)) is not None:
            yield from Collection(self.terms, union)

    def name(self, iri: Node) -> Name:
        """A term by its label, or by its short form where the files give none."""
        labels = (g.value(iri, p) for g in (self.terms, self.schemes) for p in (SKOS.prefLabel, RDFS.label))
        short = next(
            (f"{p}:{str(iri)[len(ns) :]}" for p, ns in PREFIXES.items() if str(iri).startswith(ns)), iri
        )
        return Name(str(iri), str(next((label for label in labels if label), short)))

    def of_kind(self, kind: URIRef) -> tuple[Term, ...]:
        own = sorted(str(t) for t in self.terms.subjects(RDF.type, kind) if str(t).startswith(_OWN))
        return tuple(self.term(URIRef(iri)) for iri in own)

    def term(self, iri: URIRef) -> Term:
        def every(property_: URIRef) -> tuple[Name, ...]:
            return self.names(self.terms.objects(iri, property_))

        return Term(
            self.name(iri),
            str(iri).removeprefix(_OWN),
            self.said(iri, RDFS.comment),
            parents=every(RDFS.subClassOf) + every(RDFS.subPropertyOf),
            domain=every(RDFS.domain),
            range=every(RDFS.range),
            one=(iri, RDF.type, OWL.FunctionalProperty) in self.terms,
            example=self.said(iri, SKOS.example),
            why=self.said(iri, SKOS.scopeNote),
            deprecated=self.said(iri, OWL.deprecated) == "true",
            replaced_by=every(DCTERMS.isReplacedBy),
            changes=tuple(sorted(str(note) for note in self.terms.objects(iri, SKOS.changeNote))),
        )

    def every_scheme(self) -> tuple[Scheme, ...]:
        found = sorted(self.schemes.subjects(RDF.type, SKOS.ConceptScheme), key=str)
        return tuple(self.scheme(iri) for iri in found)

    def scheme(self, iri: Node) -> Scheme:
        members = sorted(
            self.schemes.subjects(SKOS.inScheme, iri),
            key=lambda m: int(self.said(m, JU.position, self.schemes)),
        )
        return Scheme(
            self.name(iri),
            str(iri).removeprefix(str(CONCEPT)),
            self.said(iri, DCTERMS.description, self.schemes),
            tuple(self.concept(member) for member in members),
        )

    def concept(self, iri: Node) -> Concept:
        return Concept(
            self.name(iri),
            self.said(iri, SKOS.notation, self.schemes),
            self.said(iri, SKOS.definition, self.schemes),
            self.names(self.schemes.objects(iri, SKOS.broadMatch)),
            self.names(self.schemes.objects(iri, SKOS.related)),
        )
