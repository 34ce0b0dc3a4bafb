"""What is said of a thing, as a summary list, and the rows of files it was read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.dataset import Dataset
from graph.listing import KINDS, Kind
from graph.things import Description, Fact, Value
from ontology.terms import DCTERMS, JU
from visualisations.backwards import backwards
from visualisations.links import Link, href, link, slug, with_query
from visualisations.sections import Section
from visualisations.tables import LONGEST
from visualisations.things_list import MARKS, title
from visualisations.words import plain

_DESCRIPTION = str(DCTERMS.description)
FOLDED = 8
"""A list that is longer than this is folded away."""


@dataclass(frozen=True)
class Shown:
    """One property with its values as links."""

    title: str
    values: tuple[Link, ...]
    count: str
    """"100 of 211" where the list is cut, else how many where it is long."""
    folded: bool
    more: Link | None


def own(dataset: Dataset, description: Description) -> list[Shown]:
    """What is said of the thing, without its description, which stands above."""
    return [
        _shown(dataset, description, f)
        for f in description.facts
        if not f.backwards and f.property.iri != _DESCRIPTION
    ]


def said(description: Description) -> str:
    """The description of the thing in words, nothing where there is none."""
    return " ".join(
        v.text
        for f in description.facts
        if not f.backwards and f.property.iri == _DESCRIPTION
        for v in f.values
    )


def referring(dataset: Dataset, description: Description, told: frozenset[str]) -> list[Shown]:
    """What refers to the thing; told holds what the sections of the page show already."""
    return [
        _shown(dataset, description, fact)
        for fact in description.facts
        if fact.backwards and not all(v.iri in told for v in fact.values)
    ]


def sources(dataset: Dataset, description: Description) -> list[Link]:
    """The rows of files that the statements come from."""
    return [link(dataset.base, v.iri, v.text) for v in description.sources[:LONGEST]]


def forms(dataset: Dataset, iri: str) -> list[Link]:
    """The same thing for machines; only what lives under our own base has its own address for each form."""
    where = href(dataset.base, iri) or ""
    if not where.startswith("/id/"):
        return []
    return [
        Link(name, f"/doc/{where[len('/id/') :]}.{suffix}")
        for name, suffix in (("Turtle", "ttl"), ("JSON-LD", "jsonld"))
    ]


def told(base: str, description: Description, parts: Iterable[Section]) -> frozenset[str]:
    """The IRIs that the sections of a page link to; only a kind that has sections tells any."""
    links = {
        part.href
        for s in parts
        if s.table
        for row in s.table.rows
        for cell in row.cells
        for part in cell.parts
    }
    return frozenset(
        v.iri for f in description.facts for v in f.values if v.iri and href(base, v.iri) in links
    )


def list_of(description: Description) -> tuple[Link, ...]:
    """The list that a thing stands in, for the way to its page."""
    kind = _kind(description)
    return (Link(title(kind), f"/{kind.name}"),) if kind else ()


def mark_of(description: Description) -> str:
    """The mark that a thing has in pictures; nothing for most kinds."""
    kind = _kind(description)
    return MARKS.get(kind.name, "") if kind else ""


def _kind(description: Description) -> Kind | None:
    types = {k.iri for k in description.kinds}
    return next((kind for kind in KINDS.values() if kind.type in types), None)


def _shown(dataset: Dataset, description: Description, fact: Fact) -> Shown:
    total = len(fact.values)
    values = tuple(_link(dataset, v) for v in _ordered(fact.values)[:LONGEST])
    count = f"{len(values):,} of {total:,}" if total > FOLDED else ""
    more = None
    if total > LONGEST and fact.property.iri == str(JU.ledBy) and fact.backwards:
        more = Link(
            "All of them in the list of programmes",
            with_query("/programmes", department=slug(description.thing.iri)),
        )
    return Shown(
        backwards(fact.property) if fact.backwards else fact.property.label,
        values,
        count,
        total > FOLDED,
        more,
    )


def _ordered(values: Iterable[Value]) -> list[Value]:
    return sorted(values, key=lambda v: (v.text.lower(), v.iri or ""))


def _link(dataset: Dataset, value: Value) -> Link:
    return link(dataset.base, value.iri, plain(value.text) if value.iri is None else value.text)
