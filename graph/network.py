"""The graph as networkx networks: what views draw, what /graph.json serves and what notebooks take.

Every node has `label`, `kind` (department, organisation, programme, barrier) and `iri` as its key. Every edge has
`label`, `kind`, `weight` and `evidence`, the IRIs of the findings, ties or things that it rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import networkx as nx

from graph.analyses.missing_ties import observed_ties, shared_barriers
from graph.analyses.shared_blockers import shared_blockers
from graph.analyses.silo_overview import programme_ties
from graph.dataset import Dataset
from graph.evidence import evidence, short_cuts
from graph.scope import Scope, narrowed, scoped

if TYPE_CHECKING:
    import polars as pl


def blockers_network(
    dataset: Dataset, *, min_departments: int = 2, as_of: date | None = None, **filters: str
) -> nx.Graph[str]:
    """Shared barriers, the programmes they hold back and the departments that lead those.

    An edge from barrier to programme weighs as many as the interviews and datasets that say so. The filters are those
    of the analysis. Raises BadParameter.
    """
    known = narrowed(dataset, as_of, scoped(dataset, **filters).but("department"))
    network: nx.Graph[str] = nx.Graph(name="Shared blockers")
    rows = shared_blockers(dataset, min_departments=min_departments, as_of=as_of, **filters).rows
    said = known.supporting
    shared = said.filter(said["barrier"].is_in([row.barrier.iri for row in rows]))
    for row in rows:
        add_thing(network, dataset, row.barrier.iri, "barrier")
    for barrier, programme, findings, count, _ in blocked(shared):
        add_thing(network, dataset, programme, "programme")
        add_link(
            network,
            barrier,
            programme,
            "blocks",
            f"{count} {'source says' if count == 1 else 'sources say'} so",
            count,
            findings,
        )
        for department in sorted(known.departments.get(programme, ())):
            add_thing(network, dataset, department, "department")
            add_link(network, department, programme, "leads", "leads", 1, [programme])
    return network


def blocked(said: pl.DataFrame) -> Iterator[tuple[str, str, list[str], int, int]]:
    """Each barrier and programme that it holds back, by their IRIs: the findings, how many sources, the highest severity."""
    import polars as pl  # most commands do without this slow import

    found = said.group_by("barrier", "programme").agg(
        pl.col("finding"), pl.col("source").n_unique(), pl.col("severity").max()
    )
    return found.sort("barrier", "programme").iter_rows()


def departments_network(dataset: Dataset, *, as_of: date | None = None, **filters: str) -> nx.Graph[str]:
    """Departments, joined where they share a barrier or were seen to work together.

    kind is "tied" where a working tie was observed, else "untied". weight is the number of shared barriers,
    `ties` the number of working ties. The filters are those of the missing ties. Raises BadParameter.
    """
    scope = scoped(dataset, **filters)
    known = narrowed(dataset, as_of, scope.but("department"))
    there = frozenset[str]().union(*known.departments.values())
    network: nx.Graph[str] = nx.Graph(name="Departments")
    barriers, ties = shared_barriers(known), observed_ties(evidence(dataset, as_of))
    for one, other in sorted({*barriers, *ties}):
        if scope.department not in (None, one, other) or (scope != Scope() and not {one, other} <= there):
            continue
        shared, seen = sorted(barriers[one, other]), sorted(ties[one, other])
        for department in (one, other):
            add_thing(network, dataset, department, "department")
        label = f"{len(shared)} shared barrier{'' if len(shared) == 1 else 's'}, {len(seen)} working tie{'' if len(seen) == 1 else 's'}"
        add_link(network, one, other, "tied" if seen else "untied", label, len(shared), [*shared, *seen])
        network.edges[one, other]["ties"] = len(seen)
    return network


def ties_network(dataset: Dataset, *, as_of: date | None = None, deep_dive: str = "") -> nx.Graph[str]:
    """Programmes that were interviewed about or seen to work together, joined by their working ties.

    kind is "internal" where the two have a department in common, else "external". deep_dive keeps the programmes that
    it looked at. Raises BadParameter.
    """
    known = narrowed(dataset, as_of, scoped(dataset, deep_dive=deep_dive))
    network: nx.Graph[str] = nx.Graph(name="Working ties")
    edges = programme_ties(known)
    for programme in sorted(known.interviewed | {end for edge in edges for end in edge}):
        add_thing(network, dataset, programme, "programme")
        network.nodes[programme]["departments"] = sorted(
            dataset.label(d) for d in known.departments.get(programme, ())
        )
    rests = defaultdict(list)
    for tie in known.ties:
        rests[tie.one, tie.other].append(tie)
    for one, other in edges:
        inside = not known.home(one).isdisjoint(known.home(other))
        label = ", ".join(sorted({dataset.label(tie.kind).lower() for tie in rests[one, other]}))
        add_link(
            network,
            one,
            other,
            "internal" if inside else "external",
            label,
            len(rests[one, other]),
            [t.iri for t in rests[one, other]],
        )
    return network


def whole_network(dataset: Dataset, *, as_of: date | None = None) -> nx.MultiDiGraph[str]:
    """Every programme, organisation and barrier, and the links between them, each edge keyed by its kind.

    Who leads a programme, and with as_of what each barrier was known to block, is as it was on the day.
    """
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph(name="Joinedup")
    kinds: dict[str, str] = {}
    for row in dataset.select("kinds"):
        kind = row["type"].rsplit("#", 1)[-1].lower()
        if kinds.get(row["thing"]) != "department":
            kinds[row["thing"]] = "organisation" if kind == "organization" else kind
    for iri in sorted(kinds):
        add_thing(network, dataset, iri, kinds[iri])
    cuts = short_cuts(dataset, as_of)
    by_day = {cut.property for cut in cuts}
    links = {
        (r["source"], r["kind"], r["target"]) for r in dataset.select("network") if r["kind"] not in by_day
    }
    links |= {(s, cut.property, o) for cut in cuts for s, found in cut.onward.items() for o in found}
    for source, property_, target in sorted(links):
        if source in kinds and target in kinds:
            kind = property_.rsplit("#", 1)[-1]
            network.add_edge(source, target, key=kind, kind=kind, label=dataset.label(property_))
    return network


NETWORKS: Mapping[str, Callable[..., nx.Graph[str]]] = {
    "shared-blockers": blockers_network,
    "missing-ties": departments_network,
    "silo-overview": ties_network,
}
"""The network that shows each analysis, by the name of its command."""


def add_thing(network: nx.Graph[str], dataset: Dataset, iri: str, kind: str) -> None:
    """Add a node for a thing, with its label."""
    network.add_node(iri, label=dataset.label(iri), kind=kind)


def add_link(
    network: nx.Graph[str], one: str, other: str, kind: str, label: str, weight: int, evidence: list[str]
) -> None:
    """Add an edge that says what it is, how much it weighs and what it rests on."""
    attributes: dict[str, Any] = {"kind": kind, "label": label, "weight": weight, "evidence": evidence}
    network.add_edge(one, other, **attributes)
