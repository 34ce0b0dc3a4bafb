"""Which layout a stand-alone picture has, wide and narrow, and how a layout goes into the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from visualisations.areas_layout import in_areas
from visualisations.columns_layout import in_columns
from visualisations.places import Area, Places
from visualisations.ring_layout import in_a_ring
from visualisations.standalone_network import Edge, Node
from visualisations.words import listed


def laid_out(nodes: list[Node], edges: list[Edge], *, narrow: bool = False) -> tuple[Places, list[Area]]:
    """Columns for kinds that act on each other, areas for programmes by department, a ring for a few of one kind.

    narrow is for telephones: about `places.NARROW` wide and as high as it takes.
    """
    if len({node.kind for node in nodes}) > 1:
        return in_columns(nodes, edges, narrow=narrow), []
    if any(node.departments for node in nodes):
        homes = [listed(list(node.departments)) or "No department known" for node in nodes]
        return in_areas(nodes, edges, homes, narrow=narrow)
    if len(nodes) <= 40:
        return in_a_ring(nodes, edges, narrow=narrow), []
    network = nx.Graph([(edge.one, edge.other) for edge in edges])
    network.add_nodes_from(range(len(nodes)))
    communities = nx.community.label_propagation_communities(network)
    of = {i: str(number) for number, community in enumerate(communities) for i in community}
    return in_areas(nodes, edges, [of[i] for i in range(len(nodes))], narrow=narrow, titled=False)


def shipped(places: Places, areas: list[Area]) -> Mapping[str, Any]:
    """A layout as the page takes it: places by number, areas, and the space that it takes."""
    found = [(round(p.x, 1), round(p.y, 1), p.side, p.lines) for _, p in sorted(places.items())]
    return {"places": found, "groups": [vars(area) for area in areas], "bounds": _bounds(places, areas)}


def _bounds(places: Places, areas: list[Area]) -> list[float]:
    """The space that the picture takes: left, top, right, bottom."""
    boxes = [place.box for place in places.values()]
    boxes += [(a.x, a.y, a.x + a.width, a.y + a.height) for a in areas]
    if not boxes:
        return [0, 0, 100, 100]
    left, top, right, bottom = zip(*boxes, strict=True)
    return [round(min(left) - 12), round(min(top) - 12), round(max(right) + 12), round(max(bottom) + 12)]
