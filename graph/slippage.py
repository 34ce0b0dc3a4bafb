"""Slippage: how many wait for a programme, and how far its delay is passed on.

A network here has an arc from each programme to each that waits for it, with the days of `slack` between them, None
where they are not known. Its nodes stand in the order of their names: that settles who is first among equals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

_ROOM = 1 << 27
"""The bytes of the delays that are held at once."""
_SOURCES = 4096
"""For how many programmes they are worked out at once, at most."""
_SLAB = 1 << 21
"""How many of them are looked over at once."""


@dataclass(frozen=True)
class Behind:
    """Those that wait for one programme, directly or through others."""

    programmes: int
    departments: int
    """That answer for those and not for it."""


@dataclass(frozen=True)
class Slip:
    """What one programme pushes if it slips."""

    pushed: int
    """The other programmes that slip."""
    longest: int
    """The programmes of the longest chain along which the delay is passed on, the first with them; 1 where it pushes none."""
    chain: list[str]
    """That chain, or as much of its beginning as was asked for."""


def rings(network: nx.DiGraph[str]) -> list[list[str]]:
    """The programmes that wait for each other in a ring, those that nobody waits for first; mostly one programme each.

    They are the strongly connected components. Tarjan's algorithm (1972, doi:10.1137/0201010) ends each only after all
    that can be reached from it, so every ring comes after those that wait for it.

    >>> rings(nx.DiGraph([("a", "b"), ("b", "c"), ("c", "b")]))
    [['b', 'c'], ['a']]
    """
    place = {node: n for n, node in enumerate(network)}
    return [sorted(ring, key=place.__getitem__) for ring in nx.strongly_connected_components(network)]


def behind(
    network: nx.DiGraph[str], found: Sequence[Sequence[str]], departments: Mapping[str, Collection[str]]
) -> dict[str, Behind]:
    """How many wait for each programme, and how many departments answer for those.

    Reach(ring) = its programmes and the union of reach(next) over the rings that wait for it, as a set of bits, which is
    let go of once the rings before it have used it. A programme does not wait for itself; the others of its ring do.

    >>> waiting = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "b")])
    >>> behind(waiting, rings(waiting), {"a": {"one"}, "b": {"one"}, "c": {"two"}})["a"]
    Behind(programmes=2, departments=1)
    """
    ring_of = {node: n for n, ring in enumerate(found) for node in ring}
    numbers: dict[str, int] = {}
    own = {
        node: sum(1 << numbers.setdefault(d, len(numbers)) for d in set(departments.get(node, ())))
        for node in network
    }
    reach: dict[int, int] = {}
    theirs: dict[int, int] = {}
    uses: dict[int, int] = {}
    counted: dict[str, Behind] = {}
    placed = 0
    for n, ring in enumerate(found):
        programmes, answering = ((1 << len(ring)) - 1) << placed, 0
        placed += len(ring)
        for after in {ring_of[other] for node in ring for other in network.successors(node)} - {n}:
            programmes |= reach[after]
            answering |= theirs[after]
            uses[after] -= 1
            if not uses[after]:
                del reach[after], theirs[after]
        for node in ring:
            answering |= own[node]
        many = programmes.bit_count() - 1
        for node in ring:
            counted[node] = Behind(many, (answering & ~own[node]).bit_count())
        uses[n] = len({ring_of[other] for node in ring for other in network.predecessors(node)} - {n})
        if uses[n]:
            reach[n], theirs[n] = programmes, answering
    return counted


def slips(
    network: nx.DiGraph[str], found: Sequence[Sequence[str]], sources: Iterable[str], days: int, most: int
) -> dict[str, Slip]:
    """What each of some programmes pushes if it slips by some days; a chain holds its first `most` programmes.

    Delay(next) = the greatest of delay(before) - max(0, slack) over those before it, as long as it is above 0; slack that
    is not known is 0. Programmes of a ring slip together, by the greatest delay of any. Each programme is pushed by the
    one that leaves it the greatest delay; of several by the one to which there are the fewest steps; of several by the
    first by name. That makes a tree, and the longest way in it is the chain; of several as long, the one that ends in the
    first by name. From one programme of a ring to another is one step.

    What is least for each programme is one number: slack used * (more than there are steps) + steps. It is found for many
    sources at once, in the order in which rings wait for each other (Kahn 1962, doi:10.1145/368996.369025): n programmes
    and m arcs take n * m comparisons at most, a row of them in one go. What a chain does not show is not walked where
    each programme waits for one other only.

    >>> waiting = nx.DiGraph()
    >>> waiting.add_weighted_edges_from([("a", "b", 3), ("b", "c", None), ("a", "c", 5), ("c", "d", 4)], weight="slack")
    >>> slips(waiting, rings(waiting), ["a"], 7, 2)
    {'a': Slip(pushed=2, longest=3, chain=['a', 'b'])}
    """
    order = _Order(network, found, days)
    chosen = sorted(order.place[node] for node in set(sources))
    width = max(
        1, min(_SOURCES, len(chosen), _ROOM // max(1, np.dtype(order.kind).itemsize * len(order.nodes)))
    )
    room = np.empty(width * len(order.nodes), order.kind)
    return {
        node: slip
        for start in range(0, len(chosen), width)
        for node, slip in _Delays(order, chosen[start : start + width], room).slips(most)
    }


class _Order:
    """Places for programmes, each ring after all that it waits for, and the arcs between rings that pass a delay on."""

    def __init__(self, network: nx.DiGraph[str], found: Sequence[Sequence[str]], days: int) -> None:
        self.days = days
        self.nodes = [node for ring in reversed(found) for node in ring]
        self.place = {node: place for place, node in enumerate(self.nodes)}
        bounds = np.cumsum([0, *(len(ring) for ring in reversed(found))]).tolist()
        self.rings = [range(start, end) for start, end in pairwise(bounds)]
        self.ring_of = [n for n, ring in enumerate(self.rings) for _ in ring]
        self.by_name = np.array([self.place[node] for node in network], np.intp)
        self.rank = np.argsort(self.by_name)
        arcs: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        self.after: list[dict[int, int]] = [{} for _ in self.rings]
        for place in self.by_name.tolist():  # so those before each programme stand by name
            ring = self.ring_of[place]
            for other, arc in network.adj[self.nodes[place]].items():
                to, slack = self.place[other], max(0, arc["slack"] or 0)
                if slack < days and self.ring_of[to] != ring:
                    arcs[to].append((place, slack))
                    known = self.after[ring].get(self.ring_of[to], slack)
                    self.after[ring][self.ring_of[to]] = min(slack, known)
        slackest = max((slack for before in arcs for _, slack in before), default=0)
        self.scale = 1 << self._most_steps(arcs).bit_length()
        self.none = (days if slackest else 1) * self.scale
        """What stands for a programme that the delay does not reach."""
        largest = self.none + slackest * self.scale + 1
        self.kind = next(kind for kind in (np.int16, np.int32, np.int64) if largest <= np.iinfo(kind).max)
        weights = {
            slack: np.array(slack * self.scale + 1, self.kind) for before in arcs for _, slack in before
        }
        self.arcs = [[(place, weights[slack]) for place, slack in before] for before in arcs]
        self.whence = np.array([place for before in arcs for place, _ in before], np.intp)
        self.weight = np.array([weight for before in self.arcs for _, weight in before], self.kind)
        self.begin = np.cumsum([0, *map(len, arcs)])
        """Where the arcs to each place begin in those two."""

    def _most_steps(self, arcs: Sequence[Sequence[tuple[int, int]]]) -> int:
        """As many as any way between programmes can have."""
        steps: list[int] = []
        for ring in self.rings:
            before = (steps[self.ring_of[place]] + 1 for one in ring for place, _ in arcs[one])
            steps.append(max(before, default=0) + (len(ring) > 1))
        return max(steps, default=0)

    @cached_property
    def joined(self) -> NDArray[Any]:
        """The ring of each place; -1 for one that is alone in it."""
        return np.array([ring if len(self.rings[ring]) > 1 else -1 for ring in self.ring_of], np.intp)

    @cached_property
    def runs(self) -> NDArray[Any]:
        """For each place, where the run begins in which each is pushed by the one before it and by no other."""
        run = list(range(len(self.nodes)))
        for place, before in enumerate(self.arcs):
            if len(before) == 1 and before[0][0] == place - 1 and len(self.rings[self.ring_of[place]]) == 1:
                run[place] = run[place - 1]
        return np.array(run, np.intp)

    def reached(self, sources: Sequence[int]) -> list[range]:
        """The rings that a delay of any of some places reaches, in order."""
        least = [self.days] * len(self.rings)
        for place in sources:
            least[self.ring_of[place]] = 0
        found = []
        for ring in range(min(self.ring_of[place] for place in sources), len(self.rings)):
            used = least[ring]
            if used < self.days:
                found.append(self.rings[ring])
                for other, slack in self.after[ring].items():
                    if used + slack < least[other]:
                        least[other] = used + slack
        return found


class _Delays:
    """How slips of some places, each a column, reach all the others that they do, each a row."""

    def __init__(self, order: _Order, sources: Sequence[int], room: NDArray[Any]) -> None:
        self.order, self.sources = order, np.array(sources, np.intp)
        self.reached = order.reached(sources)
        self.places = np.array([place for ring in self.reached for place in ring], np.intp)
        self.row = np.full(len(order.nodes), -1, np.intp)
        self.row[self.places] = np.arange(len(self.places))
        self.used = room[: len(self.places) * len(sources)].reshape(len(self.places), len(sources))
        self._fill()
        taken = self.row[order.whence] >= 0
        self.arcs = (
            np.concatenate([[0], np.cumsum(taken)])[order.begin],
            order.whence[taken],
            order.weight[taken],
        )

    def _fill(self) -> None:
        add, least = np.add, np.minimum  # looked up once: what follows is done for each arc
        self.used.fill(self.order.none)
        self.used[self.row[self.sources], np.arange(len(self.sources))] = 0
        rows = dict(zip(self.places.tolist(), self.used, strict=True))
        passed_on = np.empty(len(self.sources), self.order.kind)
        for ring in self.reached:
            for place in ring:
                mine = rows[place]
                for before, weight in self.order.arcs[place]:
                    if before in rows:
                        add(rows[before], weight, out=passed_on)
                        least(mine, passed_on, out=mine)
            if len(ring) > 1:
                start = self.row[ring[0]]
                block = self.used[start : start + len(ring)]
                least(block, block.min(axis=0) + 1, out=block)

    def slips(self, most: int) -> Iterator[tuple[str, Slip]]:
        """What each source pushes."""
        nodes = self.order.nodes
        pushed, steps, ends = self._counted()
        ways = self._ways(steps, ends, most)
        for source, many, longest, way in zip(
            self.sources.tolist(), pushed.tolist(), steps.tolist(), ways.tolist(), strict=True
        ):
            yield nodes[source], Slip(many, longest + 1, [nodes[place] for place in way[: longest + 1]])

    def _counted(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """For each source those pushed, the most steps to any of them, and the first by name to which there are as many."""
        order, width = self.order, len(self.sources)
        pushed, steps = np.zeros(width, np.intp), np.zeros(width, np.intp)
        height = max(1, _SLAB // width)
        slabs = [slice(start, start + height) for start in range(0, len(self.places), height)]
        for slab in slabs:
            pushed += (self.used[slab] < order.none).sum(axis=0, dtype=np.int32)
            np.maximum(steps, self._steps(slab).max(axis=0), out=steps)
        ends, sought = np.full(width, len(order.nodes)), np.where(steps > 0, steps, -1).astype(order.kind)
        for slab in slabs:
            farthest = self._steps(slab) == sought
            rows = np.flatnonzero(farthest.any(axis=1))
            ranks = np.where(farthest[rows], order.rank[self.places[slab][rows], None], len(order.nodes))
            np.minimum(ends, ranks.min(axis=0, initial=len(order.nodes)), out=ends)
        ends[steps == 0] = order.rank[self.sources[steps == 0]]
        return pushed - 1, steps, order.by_name[ends]

    def _steps(self, slab: slice) -> NDArray[Any]:
        """To each of some rows; 0 to those that are not reached."""
        return self.used[slab] & (self.order.scale - 1)

    def _ways(self, steps: NDArray[Any], ends: NDArray[Any], most: int) -> NDArray[Any]:
        """The places on the way from each source to one end, the first of them."""
        ways = np.zeros((len(self.sources), most), np.intp)
        columns, at, step = np.arange(len(self.sources)), ends, steps
        while columns.size:
            shown = step < most
            ways[columns[shown], step[shown]] = at[shown]
            columns, at, step = (part[step > 0] for part in (columns, at, step))
            skipped = np.minimum(at - self.order.runs[at], step - most + 1)
            lone = skipped > 0
            at = np.where(lone, at - skipped, at)
            step = np.where(lone, step - skipped, step - 1)
            at[~lone] = self._before(at[~lone], columns[~lone])
        return ways

    def _before(self, at: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
        """The place that pushes each of some, for the source of each."""
        begin, whence, weight = self.arcs
        many = begin[at + 1] - begin[at]
        if many.sum() > _SLAB and len(at) > 1:
            half = len(at) // 2
            return np.concatenate(
                [self._before(at[:half], columns[:half]), self._before(at[half:], columns[half:])]
            )
        whose = np.repeat(np.arange(len(at)), many)
        arcs = np.arange(many.sum()) + np.repeat(begin[at] - np.cumsum(many) + many, many)
        used = self.used[self.row[at], columns]
        tight = self.used[self.row[whence[arcs]], columns[whose]] + weight[arcs] == used[whose]
        ranks = np.full(len(at), len(self.order.nodes))
        ranks[whose[tight][::-1]] = self.order.rank[whence[arcs[tight]]][::-1]  # the first of each stays
        rings = self.order.joined[at]
        for ring in np.unique(rings[rings >= 0]).tolist():
            mine, places = np.flatnonzero(rings == ring), self.order.rings[ring]
            start = self.row[places[0]]
            block = self.used[start : start + len(places), columns[mine]]
            near = block.min(axis=0) + 1 == used[mine]
            first = self.order.rank[places[0] + block.argmin(axis=0)]
            ranks[mine[near]] = np.minimum(ranks[mine[near]], first[near])
        pushing: NDArray[Any] = self.order.by_name[ranks]
        return pushing
