"""A slice of what is linked, as somebody explores it: departments first, opened step by step; around one; between two.

The same view of the same version is always the same slice with the same places.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from threading import Lock

import networkx as nx

from graph.dataset import Dataset, once
from graph.errors import NotFound
from graph.linkage import Link
from graph.paths import best_paths
from graph.positions import STEP, Places, apart, around, beside, gathered, grouped, in_steps, kept, spread
from graph.sifting import TIED, Pair, Sieve, Sifted, pairs, sifted, words_of

MOST, ALL, LIMIT = 30, 2_000, 100_000
"""How many things are opened at once, how many everything is cut to, and the most that may be asked for."""
LONGEST, WAYS, STEPS = 6, 6, 60_000
"""How long a way may be, how many are shown, and how far they are searched."""

WORKS = "works"
"""The kind of a working tie between two things; what two departments share is tied or apart."""
Frame = tuple[float, float, float, float]
_REMEMBERED = 8
_LOCK = Lock()
_KEPT: dict[tuple[str, str, str], tuple[int, Places, Places]] = {}
"""Where things stand in a version, and stood in the one before: by store, audience and layout."""


@dataclass(frozen=True)
class View:
    """What is looked at. centre alone: around it; centre and to: the ways between; everything: all that gets through."""

    sieve: Sieve = field(default_factory=Sieve)
    centre: str | None = None
    to: str | None = None
    hops: int = 1
    opened: tuple[str, ...] = ()
    most: int = 0
    """How many things are shown at once; 0 for what is usual."""
    everything: bool = False
    moved: tuple[tuple[str, float, float], ...] = ()

    @property
    def cap(self) -> int:
        """How many things are shown at once."""
        return self.most or (ALL if self.everything else MOST)


@dataclass(frozen=True)
class Shown:
    """One thing in a slice."""

    iri: str
    label: str
    kind: str
    x: float
    y: float
    linked: int
    """With how many things it is linked, as far as the sieve lets them through."""
    drawn: int
    """How many of these are in the slice."""


@dataclass(frozen=True)
class Tied:
    """One link in a slice: how it reads from one to the other, and what it rests on."""

    one: str
    other: str
    kind: str
    words: str
    weight: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Slice:
    """What a view shows."""

    things: tuple[Shown, ...]
    links: tuple[Tied, ...]
    of: int
    """How many things get through the sieve."""
    all: int
    """How many things there are on the day."""
    steps: int | None = None
    """How many links the shortest way has, where ways were asked for and there is one."""
    complete: bool = True
    """Whether these are all the ways, where ways were asked for."""
    ways: tuple[tuple[str, ...], ...] = ()
    frame: Frame = (0.0, 0.0, 0.0, 0.0)
    """The left, top, right and bottom of what was there before anything was opened or moved: it gives the scale."""


@once(16)
def slice_of(dataset: Dataset, view: View) -> Slice:
    """What a view shows. Raises NotFound for a centre, an end or an opened thing that is not there to explore."""
    got = sifted(dataset, view.sieve)
    for iri in (*filter(None, (view.centre, view.to)), *view.opened):
        if iri not in got.kinds:
            raise NotFound("There is no such thing to explore. Search for it by its name.")
    joined = pairs(dataset, view.sieve) if "department" in view.sieve.kinds else ()
    ways: tuple[tuple[str, ...], ...] = ()
    complete = True
    if view.centre and view.to:
        found = best_paths(got.network, view.centre, view.to, LONGEST, STEPS)
        complete = found.complete
        ways = tuple(path.nodes for path in found.paths[:WAYS])
        places = in_steps(_columns(view.centre, view.to, ways))
    elif view.centre:
        places = _around(got, view.centre, view.hops, view.cap)
    elif view.everything:
        places = _everything(dataset, got, view.cap)
    else:
        places = _departments(dataset, got, joined)
    frame = _frame(places)
    if view.sieve.as_of and not view.to:
        places, frame = _as_newest(dataset, view, got, places, frame)
    for iri in view.opened:
        if iri in places and iri in got.network:
            new = opened(got, iri, view.cap)
            beside(places, iri, new, {n: got.network[n] for n in new})
    places.update({iri: (x, y) for iri, x, y in view.moved if iri in places})
    things = tuple(_thing(dataset, got, iri, places) for iri in places)
    links = _links(got, places, () if view.centre or view.everything else joined)
    steps = len(ways[0]) - 1 if ways else None
    return Slice(things, links, len(got.network), got.of, steps, complete, ways, frame)


def _as_newest(
    dataset: Dataset, view: View, got: Sifted, places: Places, frame: Frame
) -> tuple[Places, Frame]:
    """What is there on an earlier day, where it stands on the newest: so one day can be compared with another."""
    sieve = replace(view.sieve, as_of=None)
    if view.centre and view.centre not in sifted(dataset, sieve).kinds:
        return places, frame
    newest = slice_of(dataset, replace(view, sieve=sieve, opened=(), moved=()))
    there = {thing.iri: (thing.x, thing.y) for thing in newest.things}
    near = got.network.adj
    stay = kept(list(places), there, lambda n: near.get(n, ()), 0.72 * STEP, lambda: dict(places))
    return (stay, newest.frame) if any(n in there for n in places) else (places, frame)


def _frame(places: Places) -> Frame:
    xs, ys = zip(*places.values(), strict=True) if places else ((0.0,), (0.0,))
    return min(xs), min(ys), max(xs), max(ys)


def opened(got: Sifted, iri: str, cap: int) -> list[str]:
    """What opening a thing shows: its programmes first where it is a department, else by how many say so."""
    near = got.neighbours(iri)
    if got.kinds[iri] == "department":
        near.sort(key=lambda n: got.kinds[n] != "programme")
    return near[:cap]


def _thing(dataset: Dataset, got: Sifted, iri: str, places: Places) -> Shown:
    near = set(got.network[iri]) if iri in got.network else set()
    x, y = places[iri]
    drawn = sum(n in places for n in near)
    return Shown(iri, dataset.label(iri), got.kinds[iri], round(x, 1), round(y, 1), len(near), drawn)


def _links(got: Sifted, places: Iterable[str], joined: Iterable[Pair]) -> tuple[Tied, ...]:
    there = set(places)
    found = [
        Tied(
            link.source,
            link.target,
            WORKS if link.kind == TIED else link.kind,
            words_of(link),
            link.sources,
            link.evidence,
        )
        for _, _, between in _edges(got.network, there)
        for link in between
    ]
    found += [
        Tied(p.one, p.other, p.kind, p.words, len(p.barriers) or 1, (*p.barriers, *p.ties))
        for p in joined
        if p.one in there and p.other in there
    ]
    return tuple(sorted(found, key=lambda t: (-t.weight, t.one, t.other, t.kind)))


def _edges(network: nx.Graph[str], there: Set[str]) -> Iterator[tuple[str, str, list[Link]]]:
    """The edges between some things, with their links; quicker than a view of that part of the network."""
    for one, other, data in network.edges(there, data=True):
        if one in there and other in there:
            yield one, other, data["links"]


def _departments(dataset: Dataset, got: Sifted, joined: Iterable[Pair]) -> Places:
    ends = {end for pair in joined for end in (pair.one, pair.other)}
    names = sorted(ends | {n for n in got.network if got.kinds[n] == "department"})
    weights = {(p.one, p.other): float(len(p.barriers)) for p in joined}
    near: defaultdict[str, list[str]] = defaultdict(list)
    for pair in sorted(joined, key=lambda p: -len(p.barriers)):
        near[pair.one].append(pair.other)
        near[pair.other].append(pair.one)

    def afresh() -> Places:
        room = 1.5 * STEP * len(names) ** 0.5
        return apart(gathered(spread(names, weights), room), 2.3 * STEP)

    places = kept(names, _before(dataset, "departments"), lambda n: near[n], 1.6 * STEP, afresh)
    _keep(dataset, "departments", places)
    return places


def _around(got: Sifted, centre: str, hops: int, cap: int) -> Places:
    if centre not in got.network:
        return {centre: (0.0, 0.0)}
    parent: dict[str, str] = {centre: centre}
    rings: list[list[str]] = [[centre]]
    for _ in range(hops):
        ring: list[str] = []
        for one in rings[-1]:
            for other in got.neighbours(one):
                if other not in parent and len(parent) <= cap:
                    parent[other] = one
                    ring.append(other)
        rings.append(ring)
    rings[1:2] = [sorted(ring, key=lambda n: (got.kinds[n], n)) for ring in rings[1:2]]
    return around(centre, [ring for ring in rings[1:] if ring], parent)


def _columns(one: str, other: str, ways: tuple[tuple[str, ...], ...]) -> list[list[str]]:
    """The things on the ways, by the step at which the best of them has each."""
    if not ways:
        return [[one], [other]]
    longest = max(len(way) for way in ways)
    columns: list[list[str]] = [[] for _ in range(longest)]
    seen: set[str] = {other}
    for way in ways:
        for step, iri in enumerate(way):
            if iri not in seen:
                seen.add(iri)
                columns[step].append(iri)
    columns[-1].append(other)
    return columns


def _everything(dataset: Dataset, got: Sifted, cap: int) -> Places:
    """The best linked things, grouped by the department that answers for them."""
    degree = dict(got.network.degree())
    names = sorted(degree, key=lambda n: (-degree[n], n))[:cap]
    if not names:
        return {}
    there = set(names)
    home = _homes(got)
    edges = sorted((min(a, b), max(a, b)) for a, b, _ in _edges(got.network, there))

    def afresh() -> Places:
        return grouped(names, {n: home.get(n, "") for n in names}, edges)

    places = kept(
        names,
        _before(dataset, "everything"),
        lambda n: [m for m in got.network[n] if m in there],
        0.5 * STEP,
        afresh,
    )
    _keep(dataset, "everything", places)
    return {n: places[n] for n in names}


def _homes(got: Sifted) -> dict[str, str]:
    """The department of each thing: its own, else that of most of its neighbours."""
    home = {n: n for n in got.network if got.kinds[n] == "department"}
    for programme, departments in got.known.departments.items():
        if programme in got.network and departments:
            home[programme] = min(departments)
    for organisation, departments in got.known.affiliations.items():
        if organisation in got.network and departments:
            home.setdefault(organisation, min(departments))
    for _ in range(2):
        found: dict[str, str] = {}
        for n in got.network:
            if n not in home:
                near = Counter(home[m] for m in got.network[n] if m in home)
                if near:
                    found[n] = min(near, key=lambda g: (-near[g], g))
        home |= found
    return home


def _before(dataset: Dataset, layout: str) -> Places:
    """Where things stood in the version before; every layout of this version starts from the same."""
    with _LOCK:
        version, now, before = _KEPT.get(_key(dataset, layout), (dataset.version, {}, {}))
        return before if version == dataset.version else now


def _keep(dataset: Dataset, layout: str, places: Places) -> None:
    """Remember where things stand in this version, for the one after."""
    with _LOCK:
        key = _key(dataset, layout)
        version, now, before = _KEPT.pop(key, (dataset.version, {}, {}))
        if version != dataset.version:
            now, before = {}, now
        _KEPT[key] = (dataset.version, {**places, **now}, before)
        while len(_KEPT) > _REMEMBERED:
            del _KEPT[next(iter(_KEPT))]


def _key(dataset: Dataset, layout: str) -> tuple[str, str, str]:
    """Apart for each store and each audience, so that no picture tells of what its reader may not see."""
    return str(dataset.snapshot.parent) if dataset.snapshot else dataset.base, dataset.audience, layout
