"""The picture of the departments: joined where they share a barrier or were seen to work together."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from itertools import combinations

import networkx as nx

from graph.dataset import Dataset, once
from visualisations.departments import Departments, Pair, Standing, departments
from visualisations.drawing import Drawing, Line, Mark, extent, thickness
from visualisations.lettering import wrapped
from visualisations.links import href
from visualisations.words import count

_SIZE = 14
_WIDE, _HIGH, _EDGE = 1040, 640, 70
_ROOMY = 14
"""So many departments have room on that height; more get more."""
_LABEL, _BESIDE = 130, 64
PAIRS = 60
"""The picture shows no more than these; more would be a tangle."""

Places = dict[str, tuple[float, float]]
Side = tuple[float, float, str]


@once(4)
def departments_drawing(
    dataset: Dataset, as_of: date | None = None, filters: tuple[tuple[str, str], ...] = ()
) -> Drawing:
    """Those that share most stand close together; no label overlaps another."""
    known = departments(dataset, as_of, filters)
    labels = {d.iri: wrapped(known.short.get(d.iri, d.label), _LABEL, _SIZE) for d in known.drawn}
    places = _places(known, labels)
    ids = {d.iri: f"d{i}" for i, d in enumerate(known.drawn)}
    near: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in known.pairs:
        name = pair_mark(known, a, b)
        near[a] |= {ids[a], ids[b], name}
        near[b] |= {ids[a], ids[b], name}
    marks = tuple(
        Mark(
            ids[d.iri],
            "department",
            *places[d.iri],
            labels[d.iri],
            x,
            y,
            anchor,
            d.label,
            href(dataset.base, d.iri),
            " ".join(sorted(near[d.iri])),
            bold=True,
        )
        for d in known.drawn
        for x, y, anchor in [_beside(d.iri, known, places, labels[d.iri])]
    )
    most = max((s.required for s in known.pairs.values()), default=1)
    chosen = sorted(known.pairs.items(), key=lambda p: (-p[1].required, -p[1].ties, p[0]))[:PAIRS]
    drawn = sorted(chosen, key=lambda p: (not p[1].apart, p[1].required, p[0]))
    lines = tuple(_line(dataset, known, ids, pair, standing, places, most) for pair, standing in drawn)
    pairs = f"{len(lines)} of {count(len(known.pairs), 'pair')}"
    pairs += ", those with most reasons to coordinate" if len(lines) < len(known.pairs) else ""
    bottom = max((max(m.y, m.text_y) + 10 * len(m.lines) for m in marks), default=40) + 24
    return Drawing(
        "network",
        "Departments that share barriers, and whether they were seen to work together",
        f"{known.count} and {pairs}. The table below says the same.",
        _WIDE,
        bottom,
        marks,
        lines,
        legend=(
            ("department", "department"),
            ("tied", "a working tie was seen"),
            ("apart", "reasons to coordinate and no tie seen"),
            ("weight", "the thicker, the more they share"),
        ),
        count=f"{known.count}, {pairs}",
    )


def pair_mark(known: Departments, one: str, other: str) -> str:
    """The id of the line between two departments."""
    order = [d.iri for d in known.drawn]
    first, second = sorted((order.index(one), order.index(other)))
    return f"p{first}-{second}"


def _line(
    dataset: Dataset,
    known: Departments,
    ids: dict[str, str],
    pair: Pair,
    standing: Standing,
    places: Places,
    most: int,
) -> Line:
    (x1, y1), (x2, y2) = places[pair[0]], places[pair[1]]
    name = (
        f"{dataset.label(pair[0])} and {dataset.label(pair[1])}: {count(standing.shared, 'shared barrier')}, "
        f"{count(standing.dependencies, 'dependency', 'dependencies')}, "
        f"{count(standing.ties, 'working tie') if standing.ties else 'no working tie'}"
    )
    mark = pair_mark(known, *pair)
    return Line(
        mark,
        "apart" if standing.apart else "tied",
        f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}",
        thickness(standing.required, most),
        name,
        f"{ids[pair[0]]} {ids[pair[1]]} {mark}",
    )


def _beside(node: str, known: Departments, places: Places, lines: tuple[str, ...]) -> Side:
    """Where the label stands and how it is anchored: on the side that lines leave most free."""
    x, y = places[node]
    high = 13.0 + 8 * len(lines)
    sides: list[tuple[float, Side]] = [
        (math.pi / 2, (x, y + high, "middle")),
        (-math.pi / 2, (x, y - high, "middle")),
    ]
    if extent(lines, _SIZE) <= _BESIDE:
        sides += [(0.0, (x + 15, y, "start")), (math.pi, (x - 15, y, "end"))]
    others = [places[b if a == node else a] for a, b in known.pairs if node in (a, b)]
    angles = [math.atan2(oy - y, ox - x) for ox, oy in others]

    def free(angle: float) -> float:
        return min((abs(math.remainder(a - angle, 2 * math.pi)) for a in angles), default=math.pi)

    return max(sides, key=lambda side: round(free(side[0]), 3))[1]


def _places(known: Departments, labels: dict[str, tuple[str, ...]]) -> Places:
    """Kamada and Kawai's layout, from a circle, spread to the paper and then pushed apart until no two touch."""
    network: nx.Graph[str] = nx.Graph()
    network.add_nodes_from(d.iri for d in known.drawn)
    for (a, b), standing in known.pairs.items():
        network.add_edge(a, b, length=(1 + standing.required + standing.ties) ** -0.4)
    if len(network) < 2:
        return dict.fromkeys(network, (_WIDE / 2, _EDGE))
    found = nx.kamada_kawai_layout(network, weight="length", pos=nx.circular_layout(network))
    low, high = ([f(float(p[axis]) for p in found.values()) for axis in (0, 1)] for f in (min, max))
    wide, tall = _WIDE - 2 * _EDGE, _HIGH * max(1.0, len(network) / _ROOMY) - 2 * _EDGE
    places = {
        n: [
            _EDGE + room * (float(p[axis]) - low[axis]) / ((high[axis] - low[axis]) or 1)
            for axis, room in ((0, wide), (1, tall))
        ]
        for n, p in found.items()
    }
    boxes = {n: _box(labels[n]) for n in places}
    for _ in range(400):
        if not sum(
            _push(places[a], places[b], boxes[a], boxes[b]) for a, b in combinations(sorted(places), 2)
        ):
            break
        for n, place in places.items():
            place[0] = min(max(place[0], boxes[n][0]), _WIDE - boxes[n][0])
            place[1] = max(place[1], boxes[n][1])
    return {n: (x, y) for n, (x, y) in places.items()}


def _box(lines: tuple[str, ...]) -> tuple[float, float]:
    """Half the room that a mark needs with its label on any side."""
    wide = extent(lines, _SIZE)
    return (wide + 22 if wide <= _BESIDE else wide / 2 + 8, 26.0 + 8 * len(lines))


def _push(
    one: list[float], other: list[float], box: tuple[float, float], other_box: tuple[float, float]
) -> bool:
    """Move two that touch apart, along the shorter way; whether they touched."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    overlap_x, overlap_y = box[0] + other_box[0] - abs(dx), box[1] + other_box[1] - abs(dy)
    if overlap_x <= 0 or overlap_y <= 0:
        return False
    axis, step = (0, overlap_x) if overlap_x < overlap_y else (1, overlap_y)
    shift = math.copysign(step / 2 + 0.5, (dx, dy)[axis] or 1)
    one[axis] -= shift
    other[axis] += shift
    return True
