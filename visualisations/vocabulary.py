"""The reference of the vocabulary and of its schemes, drawn from the Turtle files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from ontology.definitions import Concept, Name, Scheme, Term, Theme, vocabulary
from ontology.terms import CONCEPT, ONTOLOGY
from visualisations.links import Link
from visualisations.rendering import render
from visualisations.tables import Column, Row, Table, linked, words
from visualisations.vocabulary_drawing import ANYTHING, vocabulary_drawing
from visualisations.vocabulary_marks import VocabularyDrawing
from visualisations.words import count


@dataclass(frozen=True)
class Fact:
    """One line under a term: words or links."""

    title: str
    links: tuple[Link, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Picture:
    """One theme as a picture and as a table."""

    id: str
    heading: str
    drawing: VocabularyDrawing
    counted: str
    table: Table


@cache
def vocabulary_page() -> str:
    """Every class and property, how they hang together, and the schemes. It changes with the software alone."""
    known = vocabulary()
    properties = known.object_properties + known.datatype_properties
    pictures = [_picture(i, theme) for i, theme in enumerate(known.themes)]
    drawn = {box.name.iri for picture in pictures for box in picture.drawing.boxes}
    return render(
        "vocabulary.html",
        title="Vocabulary",
        here="/ontology",
        trail=(Link("Vocabulary"),),
        known=known,
        iri=ONTOLOGY,
        pictures=pictures,
        alone=[link_to(c.name) for c in known.classes if c.name.iri not in drawn],
        counted=f"{count(len(known.object_properties), 'property', 'properties')} in {count(len(pictures), 'picture')}",
        groups=[
            (id, heading, [(term, _instead(term), _facts(term, properties)) for term in terms])
            for id, heading, terms in (
                ("classes", "Classes", known.classes),
                ("object-properties", "Properties that lead to a thing", known.object_properties),
                ("datatype-properties", "Properties that hold a value", known.datatype_properties),
            )
        ],
        retired=[link_to(term.name) for term in known.retired],
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


def _instead(term: Term) -> tuple[Link, ...]:
    """What to use instead of a term that is retired."""
    return tuple(link_to(name) for name in term.replaced_by)


def _facts(term: Term, properties: Iterable[Term]) -> list[Fact]:
    """What stands under a term."""
    return [
        fact
        for fact in (
            Fact("Example", words=term.example),
            Fact("Is a kind of", tuple(link_to(n) for n in term.parents)),
            Fact("Why this term", words=term.why),
            *_joined(term, list(properties)),
        )
        if fact.links or fact.words
    ]


def _joined(term: Term, properties: Sequence[Term]) -> tuple[Fact, Fact]:
    """The properties of a class, or the classes of a property."""
    if term.local[:1].isupper():
        return (
            Fact("Has", tuple(link_to(p.name) for p in properties if term.name in p.domain)),
            Fact("Is the value of", tuple(link_to(p.name) for p in properties if term.name in p.range)),
        )
    return Fact("Said of", _links(term.domain)), Fact("Its value", _links(term.range))


def _picture(number: int, theme: Theme) -> Picture:
    drawing = vocabulary_drawing(theme.properties)
    classes = count(sum(box.name != ANYTHING for box in drawing.boxes), "class", "classes")
    counted = f"{classes}, {count(len(theme.properties), 'property', 'properties')}"
    table = _table(theme, drawing, f"theme-{number}-table")
    return Picture(f"theme-{number}", theme.heading, drawing, counted, table)


def _table(theme: Theme, drawing: VocabularyDrawing, id: str) -> Table:
    """What the picture says, in rows that light it up."""
    rows = tuple(
        Row(
            (
                linked(*_links(p.domain)),
                linked(link_to(p.name)),
                linked(*_links(p.range)),
                words(p.definition),
            ),
            arrows[0].id,
            " ".join(arrow.on for arrow in arrows),
        )
        for p in sorted(theme.properties, key=lambda p: ([n.label for n in p.domain], p.name.label))
        for arrows in [[arrow for arrow in drawing.arrows if arrow.name == p.name]]
    )
    columns = (Column("Class"), Column("Property"), Column("Leads to"), Column("What it says", wide=True))
    counted = f"{len(rows)} of {count(len(rows), 'property', 'properties')}"
    return Table(f"Properties: {theme.heading}", columns, rows, counted, id)


def _concepts(scheme: Scheme) -> list[tuple[str, Concept, tuple[Link, ...]]]:
    """Each concept with its place on the page, and what it is a case of or related to."""
    return [
        (concept_id(c.name), c, tuple(link_to(name) for name in (*c.broader, *c.related)))
        for c in scheme.concepts
    ]
