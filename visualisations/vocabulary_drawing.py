"""The picture of the vocabulary: each class an upright line, each object property an arrow from one to another.

Classes stand in the order that keeps arrows short, and arrows that do not meet share a height, so nothing overlaps
however many there are: the idea of BioFabric (Longabaugh 2012, doi:10.1186/1471-2105-13-275).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

from ontology.definitions import Name, Term
from ontology.terms import JU, ORG
from visualisations.lettering import width, wrapped
from visualisations.vocabulary_marks import Arrow, Box, VocabularyDrawing, Words

ANYTHING = Name("", "anything")
"""What a property without a domain is said of, and what one without a range leads to."""
SIZE = 13
_PITCH, _ROW, _EDGE = 73, 33, 56
_BOX, _SECOND, _TOP = 38, 48, 106
"""Height of a box, how much lower every other box stands, and where the arrows begin."""
_WIDEST = 106
_LOOP = 20
_GAP = 14
_KINDS = {
    str(JU.Programme): "programme",
    str(JU.Barrier): "barrier",
    str(JU.Department): "department",
    str(ORG.Organization): "organisation",
}


def vocabulary_drawing(properties: Sequence[Term]) -> VocabularyDrawing:
    """The classes that these object properties join, and the properties."""
    joined: defaultdict[tuple[Name, Name], list[Name]] = defaultdict(list)
    for term in properties:
        for pair in product(term.domain or (ANYTHING,), term.range or (ANYTHING,)):
            joined[pair].append(term.name)
    order = _ordered(list(joined))
    x_of = {name: float(_EDGE + i * _PITCH) for i, name in enumerate(order)}
    id_of = {name: f"class-{i}" for i, name in enumerate(order)}
    ends: defaultdict[Name, float] = defaultdict(float)
    near: defaultdict[Name, list[str]] = defaultdict(list)
    spans = {pair: _span(x_of[pair[0]], x_of[pair[1]], names) for pair, names in joined.items()}
    taken: list[float] = []
    arrows = []
    for i, (pair, (left, right)) in enumerate(sorted(spans.items(), key=lambda s: (s[1], s[0][0].iri))):
        row = next((n for n, free in enumerate(taken) if free + _GAP <= left), len(taken))
        taken[row : row + 1] = [right]
        y = float(_TOP + (row + 1) * _ROW)
        arrows.append(_arrow(f"property-{i}", pair, joined[pair], x_of, id_of, y))
        for end in set(pair):
            ends[end] = max(ends[end], y + 8)
            near[end].append(f"property-{i}")
            near[end] += [id_of[other] for other in pair if other != end]
    boxes = tuple(_box(n, i, x_of[n], ends[n], id_of[n], near[n]) for i, n in enumerate(order))
    rightmost = max((right for _, right in spans.values()), default=0.0)
    return VocabularyDrawing(
        max(rightmost, *(b.x + b.width for b in boxes)) + 4 if boxes else 0.0,
        float(_TOP + (len(taken) + 1) * _ROW),
        boxes,
        tuple(arrows),
    )


def _ordered(pairs: Sequence[tuple[Name, Name]]) -> list[Name]:
    """The classes, moved one at a time as long as that makes the arrows shorter all told."""
    order = sorted({name for pair in pairs for name in pair}, key=lambda name: (name.label, name.iri))

    def length(tried: Sequence[Name]) -> int:
        at = {name: i for i, name in enumerate(tried)}
        return sum(abs(at[one] - at[other]) for one, other in pairs)

    shortest, better = length(order), True
    while better:
        better = False
        for name, place in product(tuple(order), range(len(order))):
            tried = [other for other in order if other != name]
            tried.insert(place, name)
            if (found := length(tried)) < shortest:
                order, shortest, better = tried, found, True
    return order


def _labels(names: Sequence[Name], x: float) -> tuple[Words, ...]:
    """The names side by side from x on."""
    found = []
    for i, name in enumerate(names):
        comma = i < len(names) - 1
        wide = width(name.label, SIZE)
        found.append(Words(name, x, wide, comma))
        x += wide + (width(", ", SIZE) if comma else 0)
    return tuple(found)


def _words_start(x1: float, x2: float) -> float:
    return x1 + _LOOP + 8 if x1 == x2 else min(x1, x2) + (8 if x1 < x2 else 14)


def _span(x1: float, x2: float, names: Sequence[Name]) -> tuple[float, float]:
    """From where to where an arrow and its words reach."""
    last = _labels(names, _words_start(x1, x2))[-1]
    return min(x1, x2), max(x1, x2, last.x + last.width)


def _arrow(
    id: str,
    pair: tuple[Name, Name],
    names: Sequence[Name],
    x_of: dict[Name, float],
    id_of: dict[Name, str],
    y: float,
) -> Arrow:
    x1, x2 = x_of[pair[0]], x_of[pair[1]]
    back = x2 <= x1
    tip = 9 if back else -9
    title = f"{pair[0].label}: {', '.join(n.label for n in names)}: {pair[1].label}"
    start = (x1, y - 14) if x1 == x2 else (x1, y)
    path = (
        f"M{x1:.1f} {y - 14:.1f}h{_LOOP}V{y:.1f}H{x2 + tip:.1f}"
        if x1 == x2
        else f"M{x1:.1f} {y:.1f}H{x2 + tip:.1f}"
    )
    return Arrow(
        id,
        title,
        path,
        f"M{x2:.1f} {y:.1f}l{tip} -4.5v9Z",
        start,
        y - 3 if x1 == x2 else y - 6,
        _labels(names, _words_start(x1, x2)),
        f"{id} {id_of[pair[0]]} {id_of[pair[1]]}",
    )


def _box(name: Name, i: int, x: float, end: float, id: str, near: Sequence[str]) -> Box:
    lines = wrapped(name.label, _WIDEST, SIZE + 0.9)  # bold letters are some seven in a hundred wider
    wide = max(width(line, SIZE + 0.9) for line in lines) + 14
    kind = _KINDS.get(name.iri, "")
    y = 4.0 + (_SECOND if i % 2 else 0)
    return Box(id, name, kind, x - wide / 2, y, wide, float(_BOX), lines, end, " ".join(sorted({id, *near})))
