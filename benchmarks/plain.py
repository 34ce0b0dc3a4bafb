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
