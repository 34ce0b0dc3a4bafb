"""Departments and how each pair stands to each other: what the matrix and the department network show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from graph.analyses.missing_ties import missing_ties
from graph.analysis import Thing
from graph.dataset import Dataset, once
from graph.evidence import evidence
from graph.listing import listing
from graph.network import departments_network

Pair = tuple[str, str]
_SHORT = 8
"""An abbreviation is at most this long."""


@dataclass(frozen=True)
class Standing:
    """How two departments stand to each other."""

    required: int
    shared: int
    dependencies: int
    ties: int

    @property
    def apart(self) -> bool:
        """They must coordinate and were not seen to."""
        return self.required > 0 and self.ties == 0


@dataclass(frozen=True)
class Departments:
    """Every department, those that have anything to do with another, and the pairs of these."""

    drawn: tuple[Thing, ...]
    """Those that share a barrier, depend on or work with another, by label."""
    silent: tuple[Thing, ...]
    """The rest."""
    short: Mapping[str, str]
    """What each is called in a picture."""
    pairs: Mapping[Pair, Standing]

    def standing(self, one: str, other: str) -> Standing | None:
        """How two stand, in either order; None where nothing joins them."""
        return self.pairs.get((one, other)) or self.pairs.get((other, one))

    @property
    def count(self) -> str:
        """How many of how many take part."""
        return f"{len(self.drawn)} of {len(self.drawn) + len(self.silent)} departments"


@once(4)
def departments(
    dataset: Dataset, as_of: date | None = None, filters: tuple[tuple[str, str], ...] = ()
) -> Departments:
    """The departments as of a day, None for that of the newest evidence; filters are those of the missing ties."""
    known = evidence(dataset, as_of)
    pairs = {
        (one, other): Standing(edge["weight"], edge["weight"], 0, edge["ties"])
        for one, other, edge in departments_network(dataset, as_of=as_of, **dict(filters)).edges(data=True)
    }
    for row in missing_ties(dataset, as_of=as_of, **dict(filters)).rows:
        pair = (row.department.iri, row.other.iri)
        pairs.pop((pair[1], pair[0]), None)
        pairs[pair] = Standing(row.required, row.shared_barriers, row.dependencies, row.ties)
    every = {e.thing for e in listing(dataset, "departments", per_page=1000).entries}
    every |= {Thing(d, dataset.label(d)) for d in frozenset[str]().union(*known.departments.values())}
    ordered = sorted(every, key=lambda t: (t.label.lower(), t.iri))
    joined = {end for pair in pairs for end in pair}
    return Departments(
        tuple(t for t in ordered if t.iri in joined),
        tuple(t for t in ordered if t.iri not in joined),
        short_names(dataset),
        pairs,
    )


@once(4)
def short_names(dataset: Dataset) -> Mapping[str, str]:
    """The abbreviation of each department that has one of its own; an abbreviation that two share names neither."""
    found = {}
    for entry in listing(dataset, "departments", per_page=1000).entries:
        other_names = [v.text for v in entry.cells[0] if len(v.text) <= _SHORT]
        found[entry.thing.iri] = min(other_names, key=lambda n: (len(n), n), default=entry.thing.label)
    times = Counter(found.values())
    return {iri: name if times[name] == 1 else dataset.label(iri) for iri, name in found.items()}
