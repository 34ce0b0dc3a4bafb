"""The same figures by networkx and plain Python, as one would write them first: what the analyses are timed against."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import networkx as nx

Edge = tuple[str, str]
Groups = Mapping[str, frozenset[str]]


def as_network(edges: Sequence[Edge], groups: Groups) -> nx.Graph[str]:
    """The tied programmes, each with its departments."""
    network: nx.Graph[str] = nx.Graph(sorted(edges))
    nx.set_node_attributes(network, {node: groups[node] for node in network}, "departments")
    return network


def shuffled(edges: Sequence[Edge], groups: Groups, shuffles: int) -> float:
    """The p of silo_overview: departments dealt out anew, each time counted over the edges of a network."""
    network = as_network(edges, groups)
    chance = random.Random(1988)

    def inside() -> int:
        homes = network.nodes
        return sum(not homes[a]["departments"].isdisjoint(homes[b]["departments"]) for a, b in network.edges)

    seen, as_few = inside(), 0
    nodes = list(network)
    deals = [network.nodes[node]["departments"] for node in nodes]
    for _ in range(shuffles):
        chance.shuffle(deals)
        nx.set_node_attributes(network, dict(zip(nodes, deals, strict=True)), "departments")
        as_few += inside() >= seen
    return (1 + as_few) / (1 + shuffles)


def louvain(edges: Sequence[Edge], seeds: int) -> float:
    """The highest modularity of so many runs of Louvain, the method that networkx has."""
    network: nx.Graph[str] = nx.Graph(sorted(edges))
    found = (nx.community.louvain_communities(network, weight=None, seed=seed) for seed in range(seeds))
    return max(nx.community.modularity(network, parts, weight=None) for parts in found)


def projected(blocked: Mapping[str, frozenset[str]]) -> dict[frozenset[str], int]:
    """How many programmes each two barriers hold back both: the projection of a network of two kinds of node."""
    network: nx.Graph[str] = nx.Graph()
    network.add_edges_from((barrier, programme) for programme, found in blocked.items() for barrier in found)
    barriers = frozenset[str]().union(*blocked.values())
    joined = nx.bipartite.weighted_projected_graph(network, barriers)
    return {frozenset((a, b)): n for a, b, n in joined.edges(data="weight")}


def nearest(network: nx.Graph[str], starts: set[str], end: str) -> list[str] | None:
    """The shortest way from any of the starts to the end: every way to the end, and then the shortest of theirs."""
    if end not in network:
        return None
    every = nx.single_source_shortest_path(network, end)
    return min((every[start][::-1] for start in starts if start in every), key=len, default=None)


def shared_by_departments(
    blocked: Mapping[str, frozenset[str]], departments: Groups
) -> dict[frozenset[str], int]:
    """How many barriers each two departments share: departments and barriers as a network of two kinds, projected."""
    network: nx.Graph[str] = nx.Graph()
    homes = {d for programme in blocked for d in departments.get(programme, ())}
    for programme, barriers in blocked.items():
        network.add_edges_from((d, b) for d in departments.get(programme, ()) for b in barriers)
    joined = nx.bipartite.weighted_projected_graph(network, homes & set(network))
    return {frozenset((a, b)): n for a, b, n in joined.edges(data="weight")}
