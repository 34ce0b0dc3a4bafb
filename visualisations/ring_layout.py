"""The layout in a ring: a few things of one kind around an ellipse, strongly linked ones near each other."""

from __future__ import annotations

from itertools import combinations
from math import ceil, pi, sin, sqrt

from visualisations.lettering import wrapped
from visualisations.places import FONT, LINE, Place, Places
from visualisations.standalone_network import Edge, Node, neighbours


def in_a_ring(nodes: list[Node], edges: list[Edge], *, narrow: bool) -> Places:
    """Labels outside, rows so far apart that none overlap."""
    order = _around(len(nodes), edges)
    right = order[: ceil(len(order) / 2)]
    left = order[len(right) :][::-1]
    lines = [wrapped(node.label, 104 if narrow else 200, FONT, 4 if narrow else 3) for node in nodes]
    pitch = max(80.0, max(map(len, lines), default=1) * LINE + 12)
    half = max(1, len(right)) * pitch / 2
    widest = 78.0 if narrow else max(230.0, half * 1.15)
    places = {}
    for side, column in (("right", right), ("left", left)):
        for n, i in enumerate(column):
            y = (n + 0.5) * 2 * half / len(column) - half
            x = widest * sqrt(max(0.0, 1 - (y / (half * 1.04)) ** 2))
            places[i] = Place(x if side == "right" else -x, y, side, lines[i])
    return places


def _around(size: int, edges: list[Edge]) -> list[int]:
    """An order around a ring with short chords: pairs change places for as long as that helps."""
    beside = neighbours(size, edges)
    at = list(range(size))
    chord = [sin(pi * n / size) for n in range(size)]

    def cost(i: int) -> float:
        return sum(w * chord[abs(at[i] - at[j])] for j, w in beside[i])

    for _ in range(8):
        better = False
        for i, j in combinations(range(size), 2):
            before = cost(i) + cost(j)
            at[i], at[j] = at[j], at[i]
            if cost(i) + cost(j) < before - 1e-9:
                better = True
            else:
                at[i], at[j] = at[j], at[i]
        if not better:
            break
    return sorted(range(size), key=lambda i: at[i])
