"""How programmes were rated, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph.dataset import Dataset, once
from graph.things import describe
from ontology.terms import JU
from visualisations.links import Link, href, link
from visualisations.tables import Cell, Column, Row, Table, cut, linked, words
from visualisations.words import day


@dataclass(frozen=True)
class Rating:
    """What one assessment says of a programme."""

    iri: str
    label: str
    text: str
    day: date | None
    href: str | None


@once(4096)
def ratings(dataset: Dataset, programme: str, as_of: date | None = None) -> tuple[Rating, ...]:
    """Every assessment of a programme, by a day where one was asked for, the newest first."""
    about = describe(dataset, programme, as_of)
    assessments = [
        v for f in about.facts if f.backwards and f.property.iri == str(JU.assesses) for v in f.values
    ]
    found = [_rating(dataset, v.iri, v.text) for v in assessments if v.iri]
    return tuple(sorted(found, key=lambda r: (r.day or date.min, r.iri), reverse=True))


def rating_cell(rating: Rating) -> Cell:
    """The rating in words, with the link to the assessment."""
    return linked(Link(rating.text, rating.href)) if rating.text else words("not given")


def ratings_table(dataset: Dataset, rated: Sequence[Rating]) -> Table:
    """Every rating with its day and assessment."""
    rows = (
        Row(
            (
                rating_cell(r),
                words(day(r.day) if r.day else "", str(r.day or ""), short=True),
                linked(link(dataset.base, r.iri, r.label)),
            )
        )
        for r in rated
    )
    return cut(
        "Ratings",
        [Column("Rating"), Column("As at"), Column("Assessment")],
        rows,
        "assessment",
        id="statuses-table",
    )


def _rating(dataset: Dataset, iri: str, label: str) -> Rating:
    facts: Mapping[str, str] = {
        f.property.iri: f.values[0].text for f in describe(dataset, iri).facts if not f.backwards
    }
    on = facts.get(str(JU.assessedOn))
    text = facts.get(str(JU.rating)) or (
        f"withheld: {facts[str(JU.withheldReason)]}" if str(JU.withheldReason) in facts else ""
    )
    return Rating(iri, label, text, date.fromisoformat(on) if on else None, href(dataset.base, iri))
