"""Boundary spanners: who connects departments, and what if they go?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated

import networkx as nx
from pydantic import Field

from graph.analyses.department_openness import tested
from graph.analyses.silo_overview import WITHIN
from graph.analysis import (
    AsOf,
    InDeepDive,
    OfDepartment,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.scope import narrowed, programmes_of, scoped

_DEPARTMENT = "programmes that {} answers for; their ways lead through all programmes"
ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")


@dataclass(frozen=True)
class BoundarySpanner:
    """One programme that stands between others."""

    programme: Annotated[Thing, column("The programme")]
    departments: Annotated[int, column("Departments that answer for it", "departments")]
    coordinator: Annotated[int, column("Ways through it between two of its own department (A-A-A)", "ties")]
    itinerant: Annotated[int, column("Ways through it between two of one other department (A-B-A)", "ties")]
    representative: Annotated[int, column("Ways out of its department through it (A-A-B)", "ties")]
    gatekeeper: Annotated[int, column("Ways into its department through it (A-B-B)", "ties")]
    liaison: Annotated[int, column("Ways through it between two other departments (A-B-C)", "ties")]
    total: Annotated[int, column("Ways through it in all", "ties")]
    articulation: Annotated[bool, column("Whether others lose touch with each other if it goes")]
    departments_cut_off: Annotated[
        int,
        column("Departments none of whose programmes could then reach the largest part that is left", "ties"),
    ]


@analysis
def boundary_spanners(
    dataset: Dataset,
    *,
    top: Annotated[int, Field(ge=1, le=10_000, description="How many programmes to show at most")] = 20,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[BoundarySpanner]:
    """Who connects departments, and what if they go?

    Takes the working ties between tested programmes. Wherever two programmes that have no tie of their own are both
    tied to a third, that third stands between them; working ties have no direction, so each way is counted, and a
    representative one way is a gatekeeper the other. The five roles are those of Gould and Fernandez (1989),
    doi:10.2307/270949, as counts. A programme whose removal leaves others out of touch is an articulation point.

    Caveat: counts, not chances: in a small network they say little. A programme of two departments is taken as of the
    same department as any programme that shares one of them; where it shares one with both ends, it counts as
    coordinator. Ties that nobody asked about are not known.

    Examples
    --------
    >>> from graph.store import open_store
    >>> boundary_spanners(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known = narrowed(dataset, as_of, scope.but("department"))
    theirs = programmes_of(known, scope.department)
    groups, edges = tested(known)
    network: nx.Graph[str] = nx.Graph()
    network.add_nodes_from(groups)
    network.add_edges_from(edges)
    roles = brokerage(network, groups)
    joints = set(nx.articulation_points(network))
    rows = [
        BoundarySpanner(
            Thing(node, dataset.label(node)),
            len(groups[node]),
            counts["coordinator"],
            counts["itinerant"],
            counts["representative"],
            counts["gatekeeper"],
            counts["liaison"],
            counts.total(),
            node in joints,
            len(cut_off(network, groups, node)) if node in joints else 0,
        )
        for node, counts in roles.items()
        if (counts.total() or node in joints) and node in theirs
    ]
    rows.sort(key=lambda r: (-_across(r), -r.total, r.programme.label, r.programme.iri))
    return Result(
        rows[:top],
        len(rows),
        "programmes between others",
        _summary(rows),
        known.as_of,
        [
            *scope.said(dataset, deep_dive=WITHIN, department=_DEPARTMENT),
            *_caveats(len(known.programmes - known.interviewed), len(known.programmes), len(edges)),
        ],
    )


def brokerage(
    network: nx.Graph[str] | nx.DiGraph[str], groups: Mapping[str, frozenset[str]]
) -> dict[str, Counter[str]]:
    """For each node, how often it stands in each role on a way from one to another that has no tie straight to it.

    Ties without a direction lead both ways.
    """
    ways = network if isinstance(network, nx.DiGraph) else network.to_directed(as_view=True)
    found: dict[str, Counter[str]] = {}
    for node in ways:
        counts: Counter[str] = Counter()
        for one, other in product(ways.predecessors(node), ways.successors(node)):
            if one != other and node not in (one, other) and not ways.has_edge(one, other):
                counts[_role(groups[one], groups[node], groups[other])] += 1
        found[node] = counts
    return found


def _role(one: frozenset[str], middle: frozenset[str], other: frozenset[str]) -> str:
    """The role of the middle on the way from one to the other."""
    first, last = not one.isdisjoint(middle), not middle.isdisjoint(other)
    if first and last:
        return "coordinator"
    if first:
        return "representative"
    if last:
        return "gatekeeper"
    return "liaison" if one.isdisjoint(other) else "itinerant"


def cut_off(network: nx.Graph[str], groups: Mapping[str, frozenset[str]], node: str) -> set[str]:
    """The departments of its part of the network that lose all touch with the largest rest of it if a node goes.

    Departments that only the node itself belongs to are not counted: they are gone, not cut off.
    """
    part = network.subgraph(nx.node_connected_component(network, node)).copy()
    part.remove_node(node)
    pieces = sorted(nx.connected_components(part), key=lambda piece: (-len(piece), min(piece)))
    if not pieces:
        return set()
    kept = {department for n in pieces[0] for department in groups[n]}
    return {department for piece in pieces[1:] for n in piece for department in groups[n]} - kept


def _across(row: BoundarySpanner) -> int:
    return row.total - row.coordinator


def _summary(rows: list[BoundarySpanner]) -> str:
    across = [row for row in rows if _across(row)]
    if not across:
        return "No programme stands between departments."
    top = across[0]
    joints = sum(row.articulation for row in rows)
    cut = f" {joints} of them leave others out of touch if they go." if joints else ""
    return f"{len(across)} programmes stand between departments; {top.programme.label} most often.{cut}"


def _caveats(silent: int, programmes: int, ties: int) -> Iterator[str]:
    if silent:
        yield f"{silent} of {programmes} programmes have no interview: whom they work with is not known unless a tie of theirs was seen."
    if 0 < ties < 20:
        yield f"{ties} ties are few: one more or less moves every figure here."
