"""Authority gap: how far is who holds the lever from who sees the barrier, and have they been told?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import networkx as nx

from graph.analysis import (
    AsOf,
    AtLevel,
    InDeepDive,
    OfDepartment,
    OfScheme,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.evidence import Evidence, evidence, grouped
from graph.scope import narrowed, scoped
from ontology.terms import JU, ORG

_JOINS = frozenset(map(str, (ORG.subOrganizationOf, JU.ledBy, JU.deliveredBy, JU.fundedBy, JU.regulatedBy)))


@dataclass(frozen=True)
class Hop:
    """One thing on the way from who sees the barrier to who holds the lever."""

    through: Thing


@dataclass(frozen=True)
class AuthorityGap:
    """One barrier and one lever that would remove it."""

    barrier: Annotated[Thing, column("The barrier")]
    lever: Annotated[Thing, column("The power that would remove it")]
    holder: Annotated[Thing, column("The organisation that holds it")]
    told: Annotated[date | None, column("The day they were told; none where nobody has")]
    observers: Annotated[int, column("Organisations whose people said that the barrier is there", "findings")]
    hops: Annotated[
        int | None,
        column(
            "Steps from the nearest of those to the holder; 0 where they are the same, none where no way is known",
            "row:way",
        ),
    ]
    way: Annotated[list[Hop], column("The shortest way between them")]


@analysis
def authority_gap(
    dataset: Dataset,
    *,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[AuthorityGap]:
    """How far is who holds the lever from who sees the barrier, and have they been told?

    For each lever on a barrier that stands: the organisations at whose interviews it was supported, and the shortest
    way from any of them to the holder. A step leads from an organisation to the one it is part of, between an
    organisation and a programme that it leads, funds, delivers or regulates, or along a working tie of the day; ways
    may be walked in both directions. Those not told come first, the farthest on top.

    Caveat: a short way on paper may be a long one in life. Who was not interviewed may see the barrier from nearer by.

    Examples
    --------
    >>> from graph.store import open_store
    >>> authority_gap(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    network = ways(dataset, evidence(dataset, as_of))
    seen = {barrier: frozenset[str]() for barrier in known.held}
    seen |= grouped(known.supporting, "barrier", "organisation")
    rows = []
    levers = {
        (row["barrier"], row["lever"]): row
        for row in dataset.select("analyses/authority_gap", as_of=known.as_of)
    }
    for (barrier, lever), row in levers.items():
        if barrier in seen:
            way = nearest(network, seen[barrier], row["holder"])
            rows.append(
                AuthorityGap(
                    Thing(barrier, dataset.label(barrier)),
                    Thing(lever, dataset.label(lever)),
                    Thing(row["holder"], dataset.label(row["holder"])),
                    date.fromisoformat(row["told"]) if "told" in row else None,
                    len(seen[barrier]),
                    None if way is None else len(way) - 1,
                    [Hop(Thing(iri, dataset.label(iri))) for iri in way or ()],
                )
            )
    rows.sort(
        key=lambda r: (
            r.told is not None, r.hops is not None, -(r.hops or 0), r.barrier.label, r.lever.label, r.lever.iri
        )
    )  # fmt: skip
    return Result(
        rows,
        len(seen),
        "standing barriers",
        _summary(rows),
        known.as_of,
        [*scope.said(dataset), *_caveats(rows, seen)],
    )


def ways(dataset: Dataset, known: Evidence) -> nx.Graph[str]:
    """Organisations and programmes, joined wherever one can turn to the other."""
    network: nx.Graph[str] = nx.Graph()
    links = dataset.columns("network")
    joining = links.filter(links["kind"].is_in(list(_JOINS)))
    network.add_edges_from(joining.select("source", "target").iter_rows())
    network.add_edges_from((programme, lead) for programme, leads in known.leads.items() for lead in leads)
    network.add_edges_from((tie.one, tie.other) for tie in known.ties)
    return network


def nearest(network: nx.Graph[str], starts: Set[str], end: str) -> list[str] | None:
    """The shortest way from any of the starts to the end, the first by name among those as short; None without one.

    Rings of one step more are laid round the end or round the starts, where fewer stand, until they meet.
    """
    if end in starts:
        return [end]
    if end not in network:
        return None
    round_end, round_starts = [{end}], [{start for start in starts if start in network}]
    while round_end[-1].isdisjoint(round_starts[-1]):
        rings = min(round_starts, round_end, key=lambda rings: len(rings[-1]))
        rings.append(_next_to(network, rings[-1]).difference(*rings[-2:]))
        if not rings[-1]:
            return None
    leading = [round_starts[-1] & round_end[-1]]
    for ring in reversed(round_starts[:-1]):
        leading.append(ring & _next_to(network, leading[-1]))
    first, *steps = [*reversed(leading), *reversed(round_end[:-1])]
    way = [min(first)]
    for step in steps:
        way.append(min(step.intersection(network[way[-1]])))
    return way


def _next_to(network: nx.Graph[str], nodes: Set[str]) -> set[str]:
    return {near for node in nodes for near in network.adj[node]}


def _summary(rows: list[AuthorityGap]) -> str:
    untold = [row for row in rows if row.told is None]
    if not rows:
        return "No lever is known for any standing barrier."
    if not untold:
        return f"The holders of all {len(rows)} levers on standing barriers have been told."
    far = next((row for row in untold if row.hops is not None), untold[0])
    steps = "" if far.hops is None else f", {far.hops} step{'' if far.hops == 1 else 's'} from who sees it"
    return f"For {len(untold)} of {len(rows)} levers nobody has told the holder. “{far.barrier.label}”: {far.holder.label}{steps}."


def _caveats(rows: list[AuthorityGap], seen: Mapping[str, Set[str]]) -> Iterator[str]:
    held = {row.barrier.iri for row in rows}
    if without := len(set(seen) - held):
        yield f"For {without} of {len(seen)} standing barriers no lever is loaded."
    if lost := sum(row.hops is None for row in rows):
        yield f"For {lost} no way is known between who sees the barrier and who holds the lever."
