"""The reference of the vocabulary and of its schemes, drawn from the Turtle files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ontology.definitions import Concept, Name, Scheme, Term, vocabulary
from ontology.terms import CONCEPT, ONTOLOGY
from visualisations.links import Link
from visualisations.rendering import render
from visualisations.tables import Column, Row, Table, linked, words
from visualisations.vocabulary_drawing import ANYTHING, vocabulary_drawing
from visualisations.vocabulary_marks import VocabularyDrawing
from visualisations.words import count


@cache
def vocabulary_page() -> str:
    """Every class and property, how they hang together, and the schemes. It changes with the software alone."""
    known = vocabulary()
    properties = known.object_properties + known.datatype_properties
    drawing = vocabulary_drawing(known.object_properties)
    drawn = {box.name.iri for box in drawing.boxes}
    return render(
        "vocabulary.html",
        title="Vocabulary",
        here="/ontology",
        trail=(Link("Vocabulary"),),
        known=known,
        iri=ONTOLOGY,
        drawing=drawing,
        alone=[link_to(c.name) for c in known.classes if c.name.iri not in drawn],
        counted=f"{count(sum(b.name.local is not None for b in drawing.boxes), 'class', 'classes')} of {len(known.classes)}, "
        f"{count(sum(len(a.words) for a in drawing.arrows), 'property', 'properties')} between them",
        table=_table(known.object_properties, drawing),
        groups=[
            (id, heading, [(term, _facts(term, properties)) for term in terms])
            for id, heading, terms in (
                ("classes", "Classes", known.classes),
                ("object-properties", "Properties that lead to a thing", known.object_properties),
                ("datatype-properties", "Properties that hold a value", known.datatype_properties),
            )
        ],
        schemes=[(scheme, _concepts(scheme)) for scheme in known.schemes],
    )


@cache
def schemes_page() -> str:
    """Every concept scheme with its concepts."""
    known = vocabulary()
    return render(
        "schemes.html",
        title="Lists of concepts",
        here="/schemes",
        trail=(Link("Vocabulary", "/ontology"), Link("Lists of concepts")),
        known=known,
        schemes=[(scheme, _concepts(scheme)) for scheme in known.schemes],
    )


def link_to(name: Name) -> Link:
    """The link to a term on this page, to a concept's own page, or to where another vocabulary says what it is."""
    if name.local is not None:
        return Link(name.label, f"#{name.local}")
    if name.iri.startswith(str(CONCEPT)):
        return Link(name.label, f"#{concept_id(name)}")
    return Link(name.label, name.iri or None, external=bool(name.iri))


def concept_id(name: Name) -> str:
    """Where a scheme or concept is on the page: concept-levels-minister."""
    return f"concept-{name.iri.removeprefix(str(CONCEPT)).replace('/', '-')}"


def _links(names: Iterable[Name]) -> tuple[Link, ...]:
    return tuple(link_to(name) for name in names) or (Link(ANYTHING.label),)


def _facts(term: Term, properties: Iterable[Term]) -> list[tuple[str, tuple[Link, ...]]]:
    """What stands under a term: heading and links."""
    found = [("Is a kind of", tuple(link_to(n) for n in term.parents))]
    if term.local[:1].isupper():
        every = list(properties)
        found += [
            ("Has", tuple(link_to(p.name) for p in every if term.name in p.domain)),
            ("Is the value of", tuple(link_to(p.name) for p in every if term.name in p.range)),
        ]
    else:
        found += [("Said of", _links(term.domain)), ("Its value", _links(term.range))]
    return [(heading, links) for heading, links in found if links]


def _table(properties: Iterable[Term], drawing: VocabularyDrawing) -> Table:
    """What the picture says, in rows that light it up."""
    drawn = {written.name: arrow for arrow in drawing.arrows for written in arrow.words}
    rows = tuple(
        Row(
            (
                linked(*_links(p.domain)),
                linked(link_to(p.name)),
                linked(*_links(p.range)),
                words(p.definition),
            ),
            drawn[p.name].id,
            drawn[p.name].on,
        )
        for p in sorted(properties, key=lambda p: ([n.label for n in p.domain], p.name.label))
    )
    columns = tuple(Column(title) for title in ("Class", "Property", "Leads to", "What it says"))
    counted = f"{len(rows)} of {count(len(rows), 'property', 'properties')}"
    return Table("Properties between classes", columns, rows, counted, "table-properties")


def _concepts(scheme: Scheme) -> list[tuple[str, Concept, tuple[Link, ...]]]:
    """Each concept with its place on the page, and what it is a case of or related to."""
    return [
        (concept_id(c.name), c, tuple(link_to(name) for name in (*c.broader, *c.related)))
        for c in scheme.concepts
    ]
