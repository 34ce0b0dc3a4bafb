"""The marks and lines of a stand-alone picture, as its script takes them: where, how wide, how bent."""

from __future__ import annotations

import re
from collections import Counter
from math import atan2, cos, hypot, pi, sin
from typing import Any

from visualisations.places import SIZE, Place, Places
from visualisations.standalone_network import Edge, Node, clean
from visualisations.words import listed

_MOST_BENT = 500
"""In a picture of more links than that no bend is looked for."""
_BENDS = [(turn, bend) for bend in (0.1, 0.18, 0.26, 0.34) for turn in ("curvedCW", "curvedCCW")]


def mark(number: int, node: Node, place: Place, kinds: list[str]) -> dict[str, Any]:
    """A thing; its look is the number of its kind."""
    drawn = {
        "id": number,
        "label": node.label,
        "look": kinds.index(node.kind),
        "x": round(place.x, 1),
        "y": round(place.y, 1),
    }
    if re.match("https?://", node.iri):
        drawn["iri"] = clean(node.iri)
    if node.departments:
        drawn["departments"] = listed(list(node.departments))
    return drawn


def lines(
    nodes: list[Node], edges: list[Edge], places: Places, kinds: list[str], rests: list[list[int]]
) -> list[dict[str, Any]]:
    """The links; the heavier, the wider. rests has the numbers of the evidence of each."""
    weights = [edge.weight for edge in edges] or [1]
    lightest, spread = min(weights), max(weights) - min(weights)
    parallel: Counter[frozenset[int]] = Counter()
    drawn: list[dict[str, Any]] = []
    for number, edge in enumerate(edges):
        found: dict[str, Any] = {
            "id": number,
            "from": edge.one,
            "to": edge.other,
            "look": kinds.index(edge.kind),
            "label": edge.label,
            "width": round(1.5 + 3.5 * (edge.weight - lightest) / spread if spread else 2.2, 1),
            "items": rests[number],
        }
        one, other, ends = nodes[edge.one], nodes[edge.other], frozenset((edge.one, edge.other))
        if parallel[ends]:
            found["bend"] = "curvedCW", min(0.9, 0.15 * parallel[ends])
        elif one.departments != other.departments and len(edges) <= _MOST_BENT:
            found["bend"] = _bend(edge, places)
        elif one.kind != other.kind:
            found["bend"] = "cubicBezier", 0.45
        parallel[ends] += 1
        drawn.append(found)
    return drawn


def _bend(edge: Edge, places: Places) -> tuple[str, float]:
    """The least bend, either way, by which a link between areas keeps clear of the marks it does not join."""
    one, other = places[edge.one], places[edge.other]
    marks = [(p.x, p.y) for i, p in places.items() if i not in (edge.one, edge.other)]
    clear = 2.2 * SIZE
    for bend in _BENDS:
        if all(hypot(x - a, y - b) > clear for x, y in _curve(one, other, *bend) for a, b in marks):
            return bend
    return _BENDS[0]


def _curve(one: Place, other: Place, turn: str, roundness: float) -> list[tuple[float, float]]:
    """Points of the curve that vis-network draws for a bend."""
    length, angle = hypot(other.x - one.x, other.y - one.y), atan2(one.y - other.y, other.x - one.x)
    reach = roundness / 2 + 0.5
    angle += reach * pi * (1 if turn == "curvedCW" else -1)
    via_x, via_y = one.x + reach * length * sin(angle), one.y + reach * length * cos(angle)
    return [
        (
            (1 - t) ** 2 * one.x + 2 * t * (1 - t) * via_x + t * t * other.x,
            (1 - t) ** 2 * one.y + 2 * t * (1 - t) * via_y + t * t * other.y,
        )
        for t in (n / 24 for n in range(1, 24))
    ]
