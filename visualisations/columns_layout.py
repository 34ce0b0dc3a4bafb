"""The layout in columns: one or more for each kind of thing, in an order in which few links cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from math import ceil

from visualisations.drawing import extent
from visualisations.lettering import wrapped
from visualisations.places import FONT, LINE, NARROW, SIZE, Place, Places
from visualisations.standalone_network import Edge, Node, neighbours

_KINDS = ("organisation", "department", "programme", "barrier")
"""From left to right; others come last."""
_LONGEST = 45
"""A kind of more things than that has more than one column."""


def in_columns(nodes: list[Node], edges: list[Edge], *, narrow: bool) -> Places:
    """Labels towards the outside: those of the last kind on the right of the marks, the others on the left."""
    by_kind: defaultdict[int, list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        by_kind[_KINDS.index(node.kind) if node.kind in _KINDS else len(_KINDS)].append(i)
    layers = _uncrossed([by_kind[rank] for rank in sorted(by_kind)], edges)
    if narrow:
        return _narrow_columns(nodes, layers)
    lines = {
        i: wrapped(nodes[i].label, 215 if layer is layers[-1] else 185, FONT, 3)
        for layer in layers
        for i in layer
    }
    heights = {i: max(len(lines[i]) * LINE, 2 * SIZE) + 11 for i in lines}
    split = [_split(layer) for layer in layers]
    highest = max(sum(heights[i] for i in column) for columns in split for column in columns)
    places: Places = {}
    x = 0.0
    for columns in split:
        last = columns is split[-1]
        for column in columns:
            wide = max(extent(lines[i], FONT) for i in column) + SIZE + 6
            x += 0 if last else wide
            spare, y = (highest - sum(heights[i] for i in column)) / len(column), 0.0
            for i in column:
                places[i] = Place(x, y + (heights[i] + spare) / 2, "right" if last else "left", lines[i])
                y += heights[i] + spare
            x += (wide if last else 0) + (165 if column is columns[-1] else 40)
    return places


def _split(layer: list[int]) -> list[list[int]]:
    """The columns of one kind: things in turn, so that each column keeps their order."""
    columns = ceil(len(layer) / _LONGEST)
    return [layer[start::columns] for start in range(columns)]


def _narrow_columns(nodes: list[Node], layers: list[list[int]]) -> Places:
    """One column for each kind, with labels under the marks."""
    pitch = NARROW / len(layers)
    lines = {i: wrapped(nodes[i].label, pitch - 12, FONT, 4) for layer in layers for i in layer}
    heights = {i: len(lines[i]) * LINE + 2 * SIZE + 18 for i in lines}
    highest = max(sum(heights[i] for i in layer) for layer in layers)
    places: Places = {}
    for rank, layer in enumerate(layers):
        spare, y = (highest - sum(heights[i] for i in layer)) / len(layer), float(SIZE)
        for i in layer:
            places[i] = Place((rank + 0.5) * pitch, y + spare / 2, "below", lines[i])
            y += heights[i] + spare
    return places


def _uncrossed(layers: list[list[int]], edges: list[Edge]) -> list[list[int]]:
    """The layers, each in the order that crossed the fewest links over some sweeps of weighted barycentres."""
    layer_of = {i: rank for rank, layer in enumerate(layers) for i in layer}
    beside = neighbours(len(layer_of), edges)
    best, fewest = layers, _crossings(layers, edges, layer_of)
    current = [list(layer) for layer in layers]
    at = {i: (n + 0.5) / len(layer) for layer in current for n, i in enumerate(layer)}
    for sweep in range(16):
        for rank in range(len(current)) if sweep % 2 else reversed(range(len(current))):
            centre = {}
            for i in current[rank]:
                others = [(at[j], w) for j, w in beside[i] if layer_of[j] != rank]
                total = sum(w for _, w in others)
                centre[i] = sum(p * w for p, w in others) / total if total else at[i]
            current[rank].sort(key=lambda i: (centre[i], i))
            at.update({i: (n + 0.5) / len(current[rank]) for n, i in enumerate(current[rank])})
        crossings = _crossings(current, edges, layer_of)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in current], crossings
    return best


def _crossings(layers: list[list[int]], edges: list[Edge], layer_of: Mapping[int, int]) -> int:
    """How many pairs of links between the same two layers cross."""
    at = {i: n for layer in layers for n, i in enumerate(layer)}
    between: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for edge in edges:
        one, other = sorted((edge.one, edge.other), key=lambda i: layer_of[i])
        if layer_of[one] != layer_of[other]:
            between[layer_of[one], layer_of[other]].append((at[one], at[other]))
    crossings = 0
    for pairs in between.values():
        seen: list[int] = []
        for _, end in sorted(pairs):
            crossings += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return crossings
