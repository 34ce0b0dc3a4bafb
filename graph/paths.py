"""The best paths between two nodes of a network: the shortest first, among those as long the least through hubs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from math import log2

import networkx as nx

STEPS = 200_000
"""How many edges a search may look along: in a dense network there are more paths than anybody can count."""


@dataclass(frozen=True, order=True)
class Path:
    """A way from one node to another without passing any twice."""

    hops: int
    weakness: float
    """Less strength: so that paths sort best first."""
    nodes: tuple[str, ...]

    @property
    def strength(self) -> float:
        """From 0 to 1: 1 where no node between the ends leads anywhere else."""
        return -self.weakness


@dataclass(frozen=True)
class Found:
    """The paths that were found, best first."""

    paths: tuple[Path, ...]
    complete: bool
    """Whether these are all; if not, the search was broken off and those as long as the last may be missing."""


def openness(degree: int) -> float:
    """What passing a node costs: 1 / log2(degree), so 1 for a node that joins two others only, 0.13 for one of 200.

    After the weight that Adamic and Adar (2003), doi:10.1016/S0378-8733(03)00009-1, give to what two have in common;
    taken as a product along the path, as Himmelstein and Baranzini (2015), doi:10.1371/journal.pcbi.1004259, do.
    """
    return 1 / log2(max(2, degree))


def best_paths(network: nx.Graph[str], one: str, other: str, longest: int, steps: int = STEPS) -> Found:
    """Every path between two nodes of at most `longest` edges, best first, as far as `steps` steps find them.

    The search takes one length after the other and, within a length, always goes on from the path that can still
    become the strongest: so what it finds first is best, and breaking it off loses the worst only.
    """
    if one == other or one not in network or other not in network:
        return Found((), True)
    from_one = nx.single_source_shortest_path_length(network, one, cutoff=longest)
    to_other = nx.single_source_shortest_path_length(network, other, cutoff=longest)
    near = {n for n, d in from_one.items() if d + to_other.get(n, longest) <= longest} | {one, other}
    if one not in to_other:
        return Found((), True)
    near_by = {n: [m for m in network[n] if m in near] for n in near}
    cost = {n: openness(network.degree(n)) for n in near}
    reach: list[dict[str, float]] = [{other: 1.0}]
    for _ in range(longest):
        reach.append(_before(near_by, cost, reach[-1], other))
    paths: list[Path] = []
    for nodes, strength in _search(near_by, cost, reach, one, to_other[one], steps):
        if not nodes:
            return Found(tuple(sorted(paths)), False)
        paths.append(Path(len(nodes) - 1, -round(strength, 12), nodes))
    return Found(tuple(sorted(paths)), True)


def _before(
    near_by: Mapping[str, list[str]], cost: Mapping[str, float], reach: Mapping[str, float], other: str
) -> dict[str, float]:
    """From each node the best strength of a walk that is one edge longer; nodes may come twice, so it is never too low."""
    found: dict[str, float] = {}
    for node, strength in reach.items():
        own = strength * (1.0 if node == other else cost[node])
        for previous in near_by[node]:
            if previous != other and own > found.get(previous, 0.0):
                found[previous] = own
    return found


def _search(
    near_by: Mapping[str, list[str]],
    cost: Mapping[str, float],
    reach: list[dict[str, float]],
    one: str,
    shortest: int,
    steps: int,
) -> Iterator[tuple[tuple[str, ...], float]]:
    """The paths with their strength, best first; one without nodes comes last where the steps did not suffice."""
    for hops in range(shortest, len(reach)):
        if one not in reach[hops]:
            continue
        heap: list[tuple[float, tuple[str, ...], float]] = [(-reach[hops][one], (one,), 1.0)]
        while heap:
            _, nodes, strength = heappop(heap)
            left = hops - len(nodes)
            if left < 0:
                yield nodes, strength
                continue
            steps -= len(near_by[nodes[-1]])
            if steps < 0:
                yield (), 0.0
                return
            for node in near_by[nodes[-1]]:
                if node in reach[left] and node not in nodes:
                    onward = strength * (cost[node] if left else 1.0)
                    heappush(heap, (-onward * reach[left][node], (*nodes, node), onward))
