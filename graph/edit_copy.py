"""What an update is tried out on: what the subjects that it reaches say, where that can be told, else a copy of it all.

In either, the default graph holds what the editing graph holds and not what all graphs do, so that what an update says
of the default graph it says of that.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from graph.union import UNION, of_sources, together

Subject = ox.NamedNode | ox.BlankNode
_TOGETHER = ox.NamedNode("urn:joinedup:together")


class Part:
    """What some subjects say in every source, in memory."""

    def __init__(self, before: ox.Store, subjects: Iterable[Subject], edits: str):
        self.after = ox.Store()
        for subject in subjects:
            self.after.extend(of_sources(before.quads_for_pattern(subject, None, None, None)))
        self.edits = ox.NamedNode(edits)
        self._before = set(self.after)
        self._held = even(self.after, self.edits)

    def level(self) -> None:
        """Let the default graph and the editing graph hold the same again."""
        self._held = level(self.after, self.edits, self._held)

    def difference(self) -> tuple[set[ox.Quad], set[ox.Quad]]:
        """What was removed, and what was added."""
        self.level()
        now = set(of_sources(self.after))
        return self._before - now, now - self._before


class Copy:
    """A copy of a whole store, in a folder. To make it takes longer the more the store holds."""

    def __init__(self, before: ox.Store, work: Path, edits: str):
        self.before = before
        self.before.backup(str(work))
        self.after = ox.Store(str(work))
        self.after.clear_graph(UNION)
        self.edits = ox.NamedNode(edits)
        self._held = even(self.after, self.edits)

    def level(self) -> set[ox.Triple]:
        """Let the default graph and the editing graph hold the same again, and say what."""
        self._held = level(self.after, self.edits, self._held)
        return self._held

    def graphs(self) -> list[str]:
        """Every graph, as a term."""
        return sorted(str(graph) for graph in {*self.after.named_graphs(), self.edits})

    @contextmanager
    def together(self, graphs: Sequence[str]) -> Iterator[list[str]]:
        """While it lasts, one graph for these, all given as terms, which holds each of their statements once."""
        if len(graphs) < 2:
            yield list(graphs)
            return
        for graph in graphs:
            self.after.bulk_extend(together(self.after, [graph[1:-1]], _TOGETHER))
        yield [str(_TOGETHER)]
        self.after.remove_graph(_TOGETHER)

    def difference(
        self, targets: frozenset[str] | None, subjects: set[Subject] | None
    ) -> tuple[set[ox.Quad], set[ox.Quad]]:
        """What was removed from and what was added to these graphs and the editing graph; None for all graphs.

        Where it is known which subjects all of that has, these alone are looked up, as graphs may be large.
        """
        new, old = self.level(), statements(self.before, self.edits)
        removed, added = set(put(old - new, self.edits)), set(put(new - old, self.edits))
        if subjects is not None:
            for subject in subjects:
                was, now = (
                    {
                        quad
                        for quad in of_sources(store.quads_for_pattern(subject, None, None, None))
                        if quad.graph_name != self.edits
                    }
                    for store in (self.before, self.after)
                )
                removed |= was - now
                added |= now - was
            return removed, added
        for graph in {*self.before.named_graphs(), *self.after.named_graphs()} - {self.edits}:
            assert isinstance(graph, ox.NamedNode)
            if targets is not None and graph.value not in targets:
                continue
            if targets is None and _digest(self.before, graph) == _digest(self.after, graph):
                continue
            before, after = statements(self.before, graph), statements(self.after, graph)
            removed |= set(put(before - after, graph))
            added |= set(put(after - before, graph))
        return removed, added


def even(store: ox.Store, edits: ox.NamedNode) -> set[ox.Triple]:
    """Let the empty default graph of a store hold what the editing graph holds, and say what."""
    held = statements(store, edits)
    store.extend(put(held, UNION))
    return held


def level(store: ox.Store, edits: ox.NamedNode, held: set[ox.Triple]) -> set[ox.Triple]:
    """Let the default graph and the editing graph hold the same again, as both held this: what was done to either is done to both."""
    default, named = statements(store, UNION), statements(store, edits)
    if default == held and named == held:
        return held
    new = (held & default & named) | (default - held) | (named - held)
    for graph, there in ((UNION, default), (edits, named)):
        for quad in put(there - new, graph):
            store.remove(quad)
        store.extend(put(new - there, graph))
    return new


def statements(store: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> set[ox.Triple]:
    """What one graph says."""
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}


def put(triples: Iterable[ox.Triple], graph: ox.NamedNode | ox.DefaultGraph) -> Sequence[ox.Quad]:
    """Triples as statements of one graph."""
    return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples]


class _Digest(io.BytesIO):
    def __init__(self) -> None:
        super().__init__()
        self.found = hashlib.blake2b()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.found.update(data)
        return len(data)


def _digest(store: ox.Store, graph: ox.NamedNode) -> bytes:
    """Of the statements of a graph, in the order in which the store holds them."""
    out = _Digest()
    store.dump(out, ox.RdfFormat.N_TRIPLES, from_graph=graph)
    return out.found.digest()
