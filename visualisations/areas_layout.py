"""The layout in areas: things that belong together in an area of their own, linked areas near each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, cos, pi, sin, sqrt
from typing import TypeVar

from visualisations.drawing import extent
from visualisations.lettering import wrapped
from visualisations.places import FONT, LINE, NARROW, SIZE, Area, Place, Places
from visualisations.standalone_network import Edge, Node, neighbours

_GAP = 24
_WIDE = 1000
_TITLE = 1.08
"""The width of a title, which is bold, against that of a label."""

Name = TypeVar("Name", int, str)


@dataclass(frozen=True)
class _Block:
    """One area before it has its place: its things stand around its middle line, from 0 down."""

    title: tuple[str, ...]
    places: Places
    width: float
    height: float


def in_areas(
    nodes: list[Node], edges: list[Edge], of: list[str], *, narrow: bool, titled: bool = True
) -> tuple[Places, list[Area]]:
    """The places and the areas; of names the area of each thing."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(of):
        members[name].append(i)
    beside = [{j for j, _ in found} for found in neighbours(len(nodes), edges)]
    linked = {name: {of[j] for i in found for j in beside[i]} for name, found in members.items()}
    blocks = {}
    for name in _near({name: len(found) for name, found in members.items()}, linked):
        inside = _near(dict.fromkeys(members[name], 1), dict(enumerate(beside)))
        blocks[name] = _block(name if titled else "", inside, nodes)
    rows = _rows(blocks, NARROW if narrow else _WIDE)
    widest = max(sum(block.width + _GAP for block in row) for row in rows)
    places: Places = {}
    areas, y = [], 0.0
    for row in rows:
        high, x = max(block.height for block in row), 0.0
        stretch = min(1.5, (widest - _GAP * len(row)) / sum(block.width for block in row))
        for block in row:
            wide = block.width * stretch
            areas.append(Area(block.title, x, y, wide, high))
            top = LINE * len(block.title) + 8
            tall = max(place.box[3] for place in block.places.values())
            for i, place in block.places.items():
                places[i] = place.moved(x + wide / 2, y + top + (high - top - tall) / 2)
            x += wide + _GAP
        y += high + _GAP
    return places, areas


def _rows(blocks: Mapping[str, _Block], most: float) -> list[list[_Block]]:
    """In rows of the width that makes the whole nearest to three by two, and if it can be no wider than most."""
    least = max(block.width for block in blocks.values())
    total = sum((block.width + _GAP) * (block.height + _GAP) for block in blocks.values())

    def packed(room: float, taller: float) -> list[list[_Block]]:
        rows: list[tuple[list[_Block], float, float]] = []
        for block in blocks.values():
            for n, (row, used, high) in enumerate(rows):
                if used + block.width <= room and block.height <= high * taller:
                    rows[n] = ([*row, block], used + block.width + _GAP, max(high, block.height))
                    break
            else:
                rows.append(([block], block.width + _GAP, block.height))
        return [row for row, _, _ in rows]

    def score(rows: list[list[_Block]]) -> float:
        wide = max(sum(block.width + _GAP for block in row) for row in rows)
        high = sum(max(block.height for block in row) + _GAP for row in rows)
        return max(wide, 1.5 * high) + 9 * max(0.0, wide - _GAP - most)

    tried = (
        packed(max(least, sqrt(total * step / 10)), taller) for step in range(2, 32) for taller in (1.1, 9)
    )
    return min(tried, key=score)


def _block(name: str, inside: list[int], nodes: list[Node]) -> _Block:
    """The things of one area as close as their labels let them be."""
    lines = {i: wrapped(nodes[i].label, 130, FONT, 3) for i in inside}
    cell = max(extent(found, FONT) for found in lines.values()) + 26
    pitch = max(map(len, lines.values())) * LINE + 2 * SIZE + 30
    spots = zip(inside, _spots(len(inside), cell, pitch), strict=True)
    loose = {i: Place(x, y, side, lines[i]) for i, (x, y, side) in spots}
    highest = min(place.box[1] for place in loose.values())
    places = {i: place.moved(0, -highest) for i, place in loose.items()}
    boxes = [place.box for place in places.values()]
    half = max(max(-left, right) for left, _, right, _ in boxes) + 14
    title = wrapped(name, max(2 * half - 24, 180), FONT * _TITLE, 5) if name else ()
    half = max(half, extent(title, FONT) * _TITLE / 2 + 12)
    return _Block(title, places, 2 * half, max(box[3] for box in boxes) + LINE * len(title) + 30)


def _spots(size: int, cell: float, pitch: float) -> Iterator[tuple[float, float, str]]:
    """Places for so many things, with the side of the label: a circle of five to twelve, or else rows."""
    if 5 <= size <= 12:
        radius = max(cell, 0.8 * pitch) / (2 * sin(pi / size))
        for n in range(size):
            angle = 2 * pi * n / size - pi / 2
            yield radius * cos(angle), radius * sin(angle), "above" if sin(angle) < 0 else "below"
        return
    across = min(size, 2) if size < 5 else ceil(sqrt(size * pitch / cell * 1.3))
    for n in range(size):
        row, column = divmod(n, across)
        here = min(across, size - row * across)
        dip = pitch * 0.3 if size == 2 and n else 0
        high = row * (0.7 * pitch if size < 5 else pitch)
        side = "above" if 2 < size < 5 and row == 0 else "below"
        yield (column - (here - 1) / 2) * cell, high + dip, side


def _near(sizes: Mapping[Name, int], beside: Mapping[Name, set[Name]]) -> list[Name]:
    """The names so that linked ones follow each other: depth first, from the best linked."""
    rank = {name: (-len(beside[name]), -size, str(name)) for name, size in sizes.items()}
    found: dict[Name, None] = {}
    for start in sorted(sizes, key=lambda name: rank[name]):
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                following = (n for n in beside[name] if n in sizes and n not in found)
                waiting += sorted(following, key=lambda n: rank[n], reverse=True)
    return list(found)
