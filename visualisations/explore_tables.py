"""The tables beside the picture of the Explore page: every thing and every link, with what it rests on."""

from __future__ import annotations

from heapq import nsmallest
from urllib.parse import urlencode

from graph.dataset import Dataset
from graph.exploring import Slice, Tied, View
from graph.sifting import APART, TIED
from visualisations.explore_address import Asked, name_of
from visualisations.links import Link, href, link, pair_href
from visualisations.tables import LONGEST, Cell, Column, Row, Table, cut, linked, number, words
from visualisations.words import count

WHY = "/analyses/why-linked"
_RESTS = 12
"""So many findings of a link stand on the page; its ways have the rest."""


def things_table(dataset: Dataset, said: Asked, view: View, found: Slice) -> Table:
    """The things in the picture, those with most links first, and what can be done with each."""
    rows = []
    for n, thing in nsmallest(
        LONGEST, enumerate(found.things), key=lambda e: (-e[1].linked, e[1].label.lower(), e[1].iri)
    ):
        name, more = name_of(dataset, thing.iri), min(view.cap, thing.linked) - thing.drawn
        ways = []
        if thing.iri in view.opened:
            ways.append(Link("Close", said.opening(name), hidden=thing.label))
        elif more > 0:
            ways.append(Link(f"Open {more} more", said.opening(name), hidden=f"of {thing.label}"))
        if thing.iri != view.centre:
            here = said.href(centre=name, to="", opened="", show="", moved="", camera="", q="")
            ways.append(Link("Look around", here, hidden=thing.label))
            if view.centre:
                way = said.href(to=name, opened="", moved="", camera="", q="")
                ways.append(Link("Ways to it", way, hidden=f"to {thing.label}"))
        page = link(dataset.base, thing.iri, thing.label, kind=thing.kind)
        if not page.href:
            page = Link(thing.label, kind=thing.kind)
        of = Cell((Link(f"{thing.drawn} of {thing.linked}"),), str(thing.linked), number=True)
        rows.append(Row((linked(page), words(thing.kind), of, linked(*ways)), f"n{n}", f"n{n}"))
    heads = (Column("Thing", wide=True), Column("Kind"), Column("Links shown", True), Column("Go on"))
    return cut(
        "Things in the picture", heads, rows, "thing", id="things", more=_files(said), of=len(found.things)
    )


def links_table(dataset: Dataset, said: Asked, view: View, found: Slice) -> Table:
    """The links in the picture, those that most sources tell of first."""
    ids = {thing.iri: f"n{n}" for n, thing in enumerate(found.things)}
    kinds = {thing.iri: thing.kind for thing in found.things}
    rows = []
    for n, tied in enumerate(found.links[:LONGEST]):
        ends = [link(dataset.base, e, dataset.label(e), kind=kinds[e]) for e in (tied.one, tied.other)]
        cells = (
            linked(ends[0]),
            words(tied.words),
            linked(ends[1]),
            number(tied.weight),
            _rests(dataset, said, tied),
        )
        rows.append(Row(cells, f"l{n}", f"{ids[tied.one]} {ids[tied.other]} l{n}"))
    heads = (
        Column("From"),
        Column("Says"),
        Column("To"),
        Column("Sources", True),
        Column("What it rests on"),
    )  # fmt: skip
    return cut(
        "Links in the picture", heads, rows, "link", id="links", more=_files(said), of=len(found.links)
    )


def rests_on(dataset: Dataset, said: Asked, tied: Tied) -> list[Link]:
    """What a link rests on, as links; at most so many, and then where the rest is."""
    found = [link(dataset.base, iri, _named(dataset, iri)) for iri in tied.evidence[:_RESTS]]
    if tied.kind in (TIED, APART):
        found.insert(0, Link("Both departments side by side", pair_href(tied.one, tied.other)))
    elif len(tied.evidence) > _RESTS:
        found.append(Link(f"All {len(tied.evidence)}", why(dataset, tied)))
    return found


def why(dataset: Dataset, tied: Tied) -> str:
    """The address of the page that says in full why two things are linked."""
    one, other = (name_of(dataset, end) for end in (tied.one, tied.other))
    return f"{WHY}?{urlencode({'one': one, 'other': other}, safe='/')}"


def _rests(dataset: Dataset, said: Asked, tied: Tied) -> Cell:
    parts = tuple(rests_on(dataset, said, tied))
    return Cell(parts, f"{len(tied.evidence):06}", folded=count(len(tied.evidence), "piece") + " of evidence")


def _named(dataset: Dataset, iri: str) -> str:
    label = dataset.label(iri)
    return label if label != iri else href(dataset.base, iri) or iri


def _files(said: Asked) -> Link:
    return Link("All of them, as CSV", said.href(camera="").replace("/explore", "/explore.csv", 1))
