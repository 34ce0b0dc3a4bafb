"""A list of things as a table with its filters and the way to the next page."""

from __future__ import annotations

from datetime import date

from graph.dataset import Dataset, once
from graph.evidence import evidence
from graph.listing import Entry, Kind, Listing
from graph.listing import listing as whole
from graph.things import Value
from visualisations.links import Link, link, slug, with_query
from visualisations.programmes import rating_cell, ratings
from visualisations.tables import Cell, Column, Row, Table, linked, number, words
from visualisations.words import plain

_SHOWN = 3
"""A cell names so many things, and links to the rest."""
_FACETS = 20
"""So many values of a facet are on a page."""
MARKS = {
    "programmes": "programme",
    "departments": "department",
    "barriers": "barrier",
    "organisations": "organisation",
}
"""The mark of each kind that has one."""


def list_table(dataset: Dataset, listing: Listing) -> Table:
    """The entries of one page of a list."""
    programmes = listing.kind.name == "programmes"
    filled = _filled(dataset, listing)
    columns = [Column("Name", wide=True), *(Column(listing.columns[i].label.capitalize()) for i in filled)]
    columns += [Column("Barriers that hold it back", True), Column("Rating")] if programmes else []
    rows = []
    for entry in listing.entries:
        cells = [
            linked(
                link(dataset.base, entry.thing.iri, entry.thing.label, kind=MARKS.get(listing.kind.name, ""))
            )
        ]
        cells += [_cell(dataset, entry, entry.cells[i]) for i in filled]
        if programmes:
            latest = ratings(dataset, entry.thing.iri, listing.as_of)[:1]
            cells += [_held(dataset, listing.as_of, entry.thing.iri, f"{cells[0].parts[0].href}#barriers")]
            cells += [rating_cell(latest[0]) if latest else words("none")]
        rows.append(Row(tuple(cells)))
    return Table(title(listing.kind), tuple(columns), tuple(rows), place(listing), id="list")


def title(kind: Kind) -> str:
    """The name of a list."""
    return {"ties": "Working ties"}.get(kind.name, kind.name.capitalize())


def place(listing: Listing) -> str:
    """Which entries of how many: "entries 1 to 50 of 211; 211 in all"."""
    if not listing.entries:
        return f"No entry of {listing.count:,} is on this page; {listing.of:,} in all"
    return f"Entries {listing.first + 1:,} to {listing.first + len(listing.entries):,} of {listing.count:,}; {listing.of:,} in all"


def turned(listing: Listing, page: int) -> str | None:
    """The address of another page of the list, None where there is none."""
    known = {k: v for k, v in listing.filters.items() if v}
    return with_query(f"/{listing.kind.name}", **known, page=page) if 1 <= page <= listing.pages else None


def facets(dataset: Dataset, listing: Listing) -> list[tuple[str, list[tuple[Link, int]]]]:
    """How many of those that match have each value of a kind, with the way to these alone."""
    known = {k: v for k, v in listing.filters.items() if v and k != "where"}
    return [
        (
            dataset.label(listing.kind.facets[name]).capitalize(),
            [
                (
                    Link(
                        plain(value.text),
                        with_query(
                            f"/{listing.kind.name}", **known, where=f"{name}:{value.iri or value.text}"
                        ),
                    ),
                    count,
                )
                for value, count in values[:_FACETS]
            ],
        )
        for name, values in listing.facets.items()
        if len(values) > 1
    ]


@once(4)
def choices(dataset: Dataset, as_of: date | None = None) -> tuple[tuple[str, str], ...]:
    """The departments that answer for a programme, for the filter."""
    known = frozenset[str]().union(*evidence(dataset, as_of).departments.values())
    return tuple(
        (slug(d), dataset.label(d)) for d in sorted(known, key=lambda d: (dataset.label(d).lower(), d))
    )


def _held(dataset: Dataset, as_of: date | None, programme: str, there: str) -> Cell:
    """How many barriers hold it back; where nobody was asked that is not known."""
    known = evidence(dataset, as_of)
    barriers = known.blocking.get(programme)
    if barriers or programme in known.interviewed:
        return number(len(barriers or ()), there, "barriers")
    return Cell((Link("not asked"),), "-1", number=True)


def _filled(dataset: Dataset, listing: Listing) -> list[int]:
    """The places of the columns in which anything in the list has a value."""
    every = [*listing.entries, *whole(dataset, listing.kind.name, per_page=1000).entries]
    return [i for i in range(len(listing.columns)) if any(e.cells[i] for e in every)]


def _cell(dataset: Dataset, entry: Entry, values: tuple[Value, ...]) -> Cell:
    parts = [link(dataset.base, v.iri, plain(v.text)) for v in values[:_SHOWN]]
    if len(values) > _SHOWN:
        parts.append(Link(f"and {len(values) - _SHOWN} more", link(dataset.base, entry.thing.iri, "").href))
    key = values[0].text.lower() if values else ""
    return Cell(
        tuple(parts), key, number=len(values) == 1 and values[0].iri is None and values[0].text.isdecimal()
    )
