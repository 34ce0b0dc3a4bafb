"""The network of a stand-alone page: its things and links by number, in the order of the tables, as clean words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx

from visualisations.standalone_looks import LINKS

_ORDER = ("barrier", "department", "programme", "organisation")
"""Which things the table begins with."""
_FIRST = ("barrier", "department", "organisation", "programme")
"""Which end of a link its sentence begins with: a barrier holds back, a department leads."""
_WAYS = tuple(LINKS)


@dataclass(frozen=True)
class Node:
    """One thing of the picture."""

    iri: str
    label: str
    kind: str
    departments: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """One link of the picture, between the numbers of two things."""

    one: int
    other: int
    kind: str
    label: str
    weight: float
    evidence: tuple[str, ...]


def read(network: nx.Graph[str]) -> tuple[list[Node], list[Edge]]:
    """The things and links; the number of each is its place in the list."""
    degree = dict(network.degree())
    nodes = [
        Node(
            iri,
            clean(data.get("label") or iri) or "(no name)",
            clean(data.get("kind", "")),
            tuple(map(clean, data.get("departments", ()))),
        )
        for iri, data in network.nodes(data=True)
    ]
    nodes.sort(key=lambda n: (_rank(n.kind, _ORDER), -degree[n.iri], n.label.casefold(), n.iri))
    number = {node.iri: i for i, node in enumerate(nodes)}
    edges = []
    for one, other, data in network.edges(data=True):
        ends = [number[one], number[other]]
        if not network.is_directed():
            ends.sort(key=lambda i: (_rank(nodes[i].kind, _FIRST), nodes[i].label.casefold(), i))
        weight = data.get("weight", 1)
        edges.append(
            Edge(
                ends[0],
                ends[1],
                clean(data.get("kind", "")),
                clean(data.get("label", "")),
                float(weight) if isinstance(weight, int | float) and 0 <= weight < 1e9 else 1,
                tuple(data.get("evidence", ())),
            )
        )
    edges.sort(key=lambda e: (_rank(e.kind, _WAYS), -e.weight, e.one, e.other, e.kind, e.label))
    return nodes, edges


def neighbours(size: int, edges: Iterable[Edge]) -> list[list[tuple[int, float]]]:
    """For each of so many things, those that it is linked with, and how strongly."""
    beside: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for edge in edges:
        beside[edge.one].append((edge.other, edge.weight or 1))
        beside[edge.other].append((edge.one, edge.weight or 1))
    return beside


def clean(text: object) -> str:
    """Text as it can be shown: one line, without control and direction characters, which can make words lie."""
    kept = []
    for letter in unicodedata.normalize("NFC", str(text)):
        kind = unicodedata.category(letter)
        if kind == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif kind in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif kind != "Cf" or letter in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}":
            kept.append(letter)
    return " ".join("".join(kept).split())


def _rank(kind: str, order: Sequence[str]) -> int:
    """The place of a kind in an order; those that are not in it come last."""
    return order.index(kind) if kind in order else len(order)
