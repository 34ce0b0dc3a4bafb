"""The picture of a theme of the vocabulary: each class an upright line, each object property an arrow between two.

Classes stand in the order that keeps arrows short, as far apart as the words between them need, and arrows that do
not meet share a height, so nothing overlaps: the idea of BioFabric (Longabaugh 2012, doi:10.1186/1471-2105-13-275).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from ontology.definitions import Name, Term
from ontology.terms import JU, ORG
from visualisations.lettering import width, wrapped
from visualisations.vocabulary_marks import Arrow, Box, VocabularyDrawing

ANYTHING = Name("", "anything")
"""What a property without a domain is said of, and what one without a range leads to."""
SIZE = 13
_BOLD = SIZE + 0.9
"""Bold letters are some seven in a hundred wider."""
_ROW, _EDGE = 34, 2
_BOX, _TOP = 38, 52
"""Height of a box, and where the arrows begin."""
_WIDEST, _APART = 116, 14
_LOOP = 20
_BESIDE = 13
"""Room between a line and the words beside it."""
_KINDS = {
    str(JU.Programme): "programme",
    str(JU.Barrier): "barrier",
    str(JU.Department): "department",
    str(ORG.Organization): "organisation",
}


@dataclass(frozen=True)
class _Joint:
    """One property from one class to another."""

    property: Name
    one: Name
    other: Name


def vocabulary_drawing(properties: Sequence[Term]) -> VocabularyDrawing:
    """The classes that these object properties join, and the properties."""
    joints = [
        _Joint(term.name, one, other)
        for term in properties
        for one, other in product(term.domain or (ANYTHING,), term.range or (ANYTHING,))
    ]
    order = _ordered([(joint.one, joint.other) for joint in joints])
    x_of = _places(order, joints)
    id_of = {name: f"class-{i}" for i, name in enumerate(order)}
    spans = {joint: _span(joint, x_of) for joint in joints}
    joints.sort(key=lambda j: (spans[j], j.property.iri, j.one.iri, j.other.iri))
    rows = _rows([spans[joint] for joint in joints])
    arrows = tuple(
        _arrow(f"property-{i}", joint, x_of, id_of, float(_TOP + (row + 1) * _ROW))
        for i, (joint, row) in enumerate(zip(joints, rows, strict=True))
    )
    boxes = tuple(_box(name, x_of[name], id_of[name], arrows) for name in order)
    reached = [*(right for _, right in spans.values()), *(box.x + box.width for box in boxes)]
    return VocabularyDrawing(
        max(reached, default=0.0) + _EDGE,
        float(_TOP + len(set(rows)) * _ROW + 12),
        boxes,
        arrows,
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


def _places(order: Sequence[Name], joints: Iterable[_Joint]) -> dict[Name, float]:
    """Where each class stands: far enough from the next for both boxes, and for words that begin at it."""
    place = {name: i for i, name in enumerate(order)}
    needed: defaultdict[int, float] = defaultdict(float)
    for joint in joints:
        left = min(place[joint.one], place[joint.other])
        loop = _LOOP if joint.one == joint.other else 0
        needed[left] = max(needed[left], loop + _BESIDE + width(joint.property.label, SIZE) + _BESIDE)
    x = _EDGE + _wide(order[0]) / 2 if order else 0.0
    found = dict.fromkeys(order[:1], x)
    for one, other in pairwise(order):
        x += max(needed[place[one]], (_wide(one) + _wide(other)) / 2 + _APART)
        found[other] = x
    return found


def _span(joint: _Joint, x_of: Mapping[Name, float]) -> tuple[float, float]:
    """From where to where an arrow and its words reach."""
    x1, x2 = x_of[joint.one], x_of[joint.other]
    if x1 == x2:
        return x1 - 5, x1 + _LOOP + _BESIDE + width(joint.property.label, SIZE)
    return min(x1, x2) - 5, max(x1, x2) + 5


def _rows(spans: Iterable[tuple[float, float]]) -> list[int]:
    """The height that each arrow gets, counted from the top: the first that is free. Spans come from left to right."""
    taken: list[float] = []
    rows = []
    for left, right in spans:
        row = next((n for n, free in enumerate(taken) if free < left), len(taken))
        taken[row : row + 1] = [right]
        rows.append(row)
    return rows


def _arrow(id: str, joint: _Joint, x_of: Mapping[Name, float], id_of: Mapping[Name, str], y: float) -> Arrow:
    x1, x2 = x_of[joint.one], x_of[joint.other]
    loop = x1 == x2
    tip = 9 if x2 <= x1 else -9
    before = f"M{x1:.1f} {y - 14:.1f}h{_LOOP}V{y:.1f}" if loop else f"M{x1:.1f} {y:.1f}"
    return Arrow(
        id,
        joint.property,
        f"{joint.one.label}: {joint.property.label}: {joint.other.label}",
        f"{before}H{x2 + tip:.1f}",
        f"M{x2:.1f} {y:.1f}l{tip} -4.5v9Z",
        (x1, y - 14) if loop else (x1, y),
        min(x1, x2) + _BESIDE + (_LOOP if loop else 0),
        y - 3 if loop else y - 6,
        y + 8,
        f"{id} {id_of[joint.one]} {id_of[joint.other]}",
    )


def _box(name: Name, x: float, id: str, arrows: Iterable[Arrow]) -> Box:
    joined = [arrow for arrow in arrows if id in arrow.on.split()]
    near = {part for arrow in joined for part in arrow.on.split()}
    wide = _wide(name)
    return Box(
        id,
        name,
        _KINDS.get(name.iri, ""),
        x - wide / 2,
        2.0,
        wide,
        float(_BOX),
        _lines(name),
        max(arrow.bottom for arrow in joined),
        " ".join(sorted(near)),
    )


def _lines(name: Name) -> tuple[str, ...]:
    return wrapped(name.label, _WIDEST, _BOLD)


def _wide(name: Name) -> float:
    """How wide the box of a class is."""
    return max(width(line, _BOLD) for line in _lines(name)) + 14
