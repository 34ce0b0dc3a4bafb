"""Where things stand in a picture, so that it does not jump: from the same slice always the same places.

Nothing depends on chance: what stood in the version before keeps its place, and else an igraph layout starts from a hash
of each name. What is opened stands around what was opened, in the free places, and moves nothing that is there already.
Neighbours stand about 100 apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from math import cos, hypot, pi, sin, sqrt
from random import Random
from threading import Lock

import igraph as ig

Point = tuple[float, float]
Places = dict[str, Point]
STEP = 100.0
_GOLDEN = pi * (3 - sqrt(5))
_ONE = Lock()
_STEPS = 120
"""Rounds of Fruchterman and Reingold (1991), doi:10.1002/spe.4380211102."""
_NEW = 300
"""With more new things than that, or than there were, a picture is laid out afresh."""


def hashed(name: str) -> Point:
    """A point of the unit disc that a name alone decides."""
    digest = blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
    angle = int.from_bytes(digest[:4], "big") / 2**32 * 2 * pi
    radius = sqrt(int.from_bytes(digest[4:], "big") / 2**32)
    return radius * cos(angle), radius * sin(angle)


def kept(
    names: Sequence[str],
    before: Mapping[str, Point],
    near: Callable[[str], Iterable[str]],
    least: float,
    afresh: Callable[[], Places],
) -> Places:
    """Where things stood before, and what is new in free places near what it is linked with; afresh where too much is."""
    places = {name: before[name] for name in names if name in before}
    new = [name for name in names if name not in before]
    if not places or len(new) > min(_NEW, len(places)):
        return afresh()
    middle = next(iter(places))
    for name in new:
        linked = [n for n in near(name) if n in places]
        beside(places, linked[0] if linked else middle, [name], {name: linked}, least)
    return places


def spread(names: Sequence[str], weights: Mapping[tuple[str, str], float]) -> Places:
    """By forces, from where a hash of the name puts each: what is linked strongly stands close."""
    if len(names) < 3:
        return {name: (n * 2.5 * STEP, 0.0) for n, name in enumerate(names)}
    at = {name: n for n, name in enumerate(names)}
    graph = ig.Graph(n=len(names), edges=[(at[a], at[b]) for a, b in weights])
    size = sqrt(len(names)) * STEP
    start = [tuple(size * c for c in hashed(n)) for n in names]
    with _ONE:  # igraph has one source of chance for all
        ig.set_random_number_generator(Random(1))  # noqa: S311 (the same places each time)
        found = graph.layout_fruchterman_reingold(
            weights=[1 + w for w in weights.values()] if weights else None,
            seed=[(x / STEP, y / STEP) for x, y in start],
            niter=_STEPS,
            start_temp=sqrt(len(names)),
            grid=len(names) > 1000,
        )
    return {name: (x * STEP, y * STEP) for name, (x, y) in zip(names, found.coords, strict=True)}


def gathered(places: Mapping[str, Point], radius: float) -> Places:
    """The same within an oval about twice that wide: what no link holds comes in from far away."""
    if not places:
        return {}
    xs, ys = (sorted(c) for c in zip(*places.values(), strict=True))
    mx, my = xs[len(xs) // 2], ys[len(ys) // 2]
    far = sorted(hypot(x - mx, y - my) for x, y in places.values())
    usual = far[len(far) // 2] or STEP
    found = {}
    for name, (x, y) in places.items():
        r = hypot(x - mx, y - my) / usual
        scale = radius * (r / (1 + r) * 1.4) / (r * usual) if r else 0.0
        found[name] = ((x - mx) * scale * 1.35, (y - my) * scale * 0.8)
    return found


def apart(places: Mapping[str, Point], least: float) -> Places:
    """The same, pushed apart until no two stand closer than that, or 60 rounds are over."""
    found = {name: [x, y] for name, (x, y) in places.items()}
    names = list(found)
    for _ in range(60 if len(names) <= 200 else 0):
        moved = False
        for n, one in enumerate(names):
            for other in names[n + 1 :]:
                a, b = found[one], found[other]
                dx, dy = b[0] - a[0], b[1] - a[1]
                far = hypot(dx, dy)
                if far < least:
                    if far < 1e-6:
                        dx, dy = hashed(one + other)
                        far = hypot(dx, dy) or 1.0
                    push = (least - far) / 2 / far
                    a[0], a[1], b[0], b[1] = (
                        a[0] - dx * push,
                        a[1] - dy * push,
                        b[0] + dx * push,
                        b[1] + dy * push,
                    )
                    moved = True
        if not moved:
            break
    return {name: (x, y) for name, (x, y) in found.items()}


def beside(
    places: Places,
    centre: str,
    new: Iterable[str],
    near: Mapping[str, Iterable[str]],
    least: float = 0.72 * STEP,
) -> None:
    """Put new things into the free places around one, each near what it is linked with."""
    cx, cy = places[centre]
    waiting = [n for n in new if n not in places]
    spots = [
        (cx + r * cos(n * _GOLDEN), cy + r * sin(n * _GOLDEN))
        for n in range(6 * len(waiting) + 40)
        for r in [STEP * (0.75 + 0.42 * sqrt(n))]
    ]
    taken = [
        p for p in places.values() if hypot(p[0] - cx, p[1] - cy) < STEP * (3 + sqrt(6 * len(waiting) + 40))
    ]
    free = [s for s in spots if all(hypot(s[0] - x, s[1] - y) >= least for x, y in taken)] or spots
    for name in waiting:
        linked = [places[n] for n in near.get(name, ()) if n in places] or [(cx, cy)]
        x, y = (sum(c) / len(linked) for c in zip(*linked, strict=True))
        best = min(free, key=lambda s: hypot(s[0] - cx, s[1] - cy) + 0.5 * hypot(s[0] - x, s[1] - y))
        places[name] = best
        free = [s for s in free if hypot(s[0] - best[0], s[1] - best[1]) >= least] or spots


def around(centre: str, rings: Sequence[Sequence[str]], parent: Mapping[str, str]) -> Places:
    """One in the middle, the others on rings by how far they are; those further out near what they hang on."""
    places: Places = {centre: (0.0, 0.0)}
    angles = {centre: 0.0}
    radius = 0.0
    for ring in rings:
        ordered = list(ring) if not radius else sorted(ring, key=lambda n: angles[parent[n]])
        start = 0
        while start < len(ordered):
            radius += 1.9 * STEP if not start else 1.2 * STEP
            room = max(8, int(2 * pi * radius / (0.95 * STEP)))
            here = ordered[start : start + room]
            if len(ordered) > room:  # several circles: each takes every so many, so that angles stay true
                circles = -(-len(ordered) // room)
                here = ordered[start // room :: circles] if circles * room >= len(ordered) else here
            for n, name in enumerate(here):
                if name not in places:
                    angle = 2 * pi * (n + 0.5 * (start // room % 2)) / len(here) - pi / 2
                    angles[name] = angle
                    places[name] = (radius * cos(angle), radius * sin(angle))
            start += room
        for name in ordered:  # whatever the circles left over
            if name not in places:
                angles[name] = angles[parent[name]]
                places[name] = (radius * cos(angles[name]), radius * sin(angles[name]))
    return places


def in_steps(columns: Sequence[Sequence[str]]) -> Places:
    """From left to right, one column for each step of a way."""
    return {
        name: (x * 2.6 * STEP, (y - (len(column) - 1) / 2) * 1.25 * STEP)
        for x, column in enumerate(columns)
        for y, name in enumerate(column)
    }


def grouped(
    names: Sequence[str],
    group_of: Mapping[str, str],
    edges: Sequence[tuple[str, str]],
) -> Places:
    """Each group in a disc of its own, linked groups near each other: the one layout that shows silos."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        members[group_of[name]].append(name)
    between: defaultdict[tuple[str, str], float] = defaultdict(float)
    inside: defaultdict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for a, b in edges:
        one, other = sorted((group_of[a], group_of[b]))
        if one == other:
            inside[one][a, b] = 1.0
        else:
            between[one, other] += 1.0
    order = sorted(members)
    radius = {g: STEP * 0.62 * sqrt(len(members[g])) + 0.4 * STEP for g in order}
    middle = _discs(spread(order, between), radius)
    places: Places = {}
    for g in order:
        cx, cy = middle[g]
        found = spread(sorted(members[g]), inside[g])
        mx, my = (sum(c) / len(found) for c in zip(*found.values(), strict=True))
        widest = max(hypot(x - mx, y - my) for x, y in found.values()) or 1.0
        scale = (radius[g] - 0.35 * STEP) / widest
        places.update({n: (cx + (x - mx) * scale, cy + (y - my) * scale) for n, (x, y) in found.items()})
    return places


def _discs(middle: Places, radius: Mapping[str, float]) -> Places:
    """Centres of discs drawn apart until none covers another, keeping their directions."""
    names = sorted(middle)
    if len(names) > 400:
        return {n: (x * 3, y * 3) for n, (x, y) in middle.items()}
    found = {n: [x, y] for n, (x, y) in middle.items()}
    for _ in range(120):
        moved = False
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                a, b = found[one], found[other]
                dx, dy = b[0] - a[0], b[1] - a[1]
                far, least = hypot(dx, dy) or 1e-6, radius[one] + radius[other] + 0.6 * STEP
                if far < least:
                    if far < 1e-5:
                        dx, dy, far = 1.0, 0.0, 1.0
                    push = (least - far) / 2 / far
                    a[0] -= dx * push
                    a[1] -= dy * push
                    b[0] += dx * push
                    b[1] += dy * push
                    moved = True
        if not moved:
            break
    return {n: (x, y) for n, (x, y) in found.items()}
