"""The page of what lies around a thing: counts first, then the nearest things, then what links them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from graph.dataset import Dataset
from graph.neighbourhood import KINDS, MOST_HOPS, Edge, Near, Neighbourhood
from visualisations.links import Link, link, with_query
from visualisations.rendering import render
from visualisations.tables import Column, Row, Table, cut, linked, number, words
from visualisations.things_list import MARKS
from visualisations.words import count

_MARKED = frozenset(MARKS.values())


def neighbourhood_page(
    dataset: Dataset, found: Neighbourhood, asked: Mapping[str, str], as_of: date | None
) -> str:
    """The page. asked: what the form was filled with."""
    title = f"Around {found.start.label}"
    given = {k: v for k, v in asked.items() if v}
    kinds = asked["kinds"].split()
    return render(
        "neighbourhood.html",
        title=title,
        here="",
        newest=with_query("/neighbourhood", **given),
        as_of=as_of,
        trail=(link(dataset.base, found.start.iri, found.start.label), Link("Around it")),
        asked=asked,
        chosen=kinds[0] if len(kinds) == 1 else "",
        kinds=KINDS,
        hops=range(1, MOST_HOPS + 1),
        found=found,
        steps=_steps(found),
        things=_things(dataset, found, given),
        edges=_edges(dataset, found),
        graphml=with_query("/neighbourhood.graphml", **given),
        json=with_query("/neighbourhood.json", **given),
    )


def _steps(found: Neighbourhood) -> Table:
    kinds = [kind for kind in KINDS if any(step.kinds.get(kind) for step in found.steps)]
    rows = [
        Row(
            (
                number(step.hop),
                number(step.count),
                *(number(step.kinds.get(kind, 0)) for kind in kinds),
            )
        )
        for step in found.steps
    ]
    columns = (Column("Links away", True), Column("Things", True), *(Column(_many(k), True) for k in kinds))
    of = f"{count(found.of - 1, 'thing')} within {count(len(found.steps), 'link')}"
    return Table("How much there is, before any of it is shown", columns, tuple(rows), of, "steps")


def _things(dataset: Dataset, found: Neighbourhood, given: Mapping[str, str]) -> Table:
    def row(near: Near) -> Row:
        name = link(
            dataset.base, near.thing.iri, near.thing.label, kind=near.kind if near.kind in _MARKED else ""
        )
        more = sum(near.more.values())
        around = with_query("/neighbourhood", **{**given, "of": near.thing.iri})
        told = ", ".join(f"{n} {(_many(kind) if n > 1 else kind).lower()}" for kind, n in near.more.items())
        return Row(
            (
                linked(name),
                words(near.kind),
                number(near.hop),
                number(more, around, f"more around {near.thing.label}") if more else number(0),
                words(told or "none"),
            )
        )

    columns = (
        Column("Name", wide=True),
        Column("Kind"),
        Column("Links away", True),
        Column("Neighbours not shown", True),
        Column("Which are"),
    )
    shown = f"{len(found.things):,} of {count(found.of, 'thing')}, itself among them"
    return Table("The nearest things", columns, tuple(map(row, found.things)), shown, "things")


def _edges(dataset: Dataset, found: Neighbourhood) -> Table:
    def row(edge: Edge) -> Row:
        rests = [link(dataset.base, t.iri, t.label) for t in edge.evidence[:3]]
        if edge.evidence_of > 3:
            rests.append(Link(f"and {edge.evidence_of - 3:,} more"))
        return Row(
            (
                linked(link(dataset.base, edge.source.iri, edge.source.label)),
                words(f"{edge.words}{edge.because}"),
                linked(link(dataset.base, edge.target.iri, edge.target.label)),
                linked(*rests),
            )
        )

    columns = (Column("From"), Column("How"), Column("To"), Column("Rests on", wide=True))
    return cut("What links them", columns, map(row, found.edges), "link", id="edges")


def _many(kind: str) -> str:
    return f"{kind.capitalize()}s"
