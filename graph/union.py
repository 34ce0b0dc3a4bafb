"""The default graph of a database: what all its sources say together, each statement once.

A query that names no graph is asked of it, so that a statement of two sources counts once. An engine's own union of
named graphs counts it twice. Every change of the sources changes it too, in the same transaction. A database that an
earlier version wrote has none; it is read as the engine's union, and the next write gives it one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

import pyoxigraph as ox

UNION = ox.DefaultGraph()


def holds(store: ox.Store, graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> bool:
    """Whether a graph says anything."""
    return next(store.quads_for_pattern(None, None, None, graph), None) is not None


def has_union(store: ox.Store) -> bool:
    """Whether a database holds what its sources say together."""
    return holds(store, UNION)


def of_sources(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Statements with their sources, without those of the default graph."""
    return (quad for quad in quads if quad.graph_name != UNION)


def with_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Statements of sources, and each for the default graph."""
    for quad in quads:
        yield quad
        yield ox.Quad(*quad.triple)


def lines_with_union(pieces: Iterable[bytes], graph: str) -> Iterator[bytes]:
    """N-Quads of one graph, in pieces of whole lines, and each line for the default graph."""
    ending = f" <{graph}> .\n".encode()
    for piece in pieces:
        yield piece
        yield piece.replace(ending, b" .\n")


def together(
    store: ox.Store, graphs: Iterable[str], into: ox.NamedNode | ox.DefaultGraph = UNION
) -> Iterator[ox.Quad]:
    """The statements of several graphs, by their names, as those of one: whoever holds them holds each once.

    An engine that is told to read several graphs together finds a statement of two of them twice.
    """
    for graph in graphs:
        for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(graph)):
            yield ox.Quad(quad.subject, quad.predicate, quad.object, into)


def follow(store: ox.Store, removed: Set[ox.Quad], added: Set[ox.Quad]) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """What leaves and what enters the default graph when these statements leave and enter their sources.

    Ask before they do. A statement leaves where no other source makes it.
    """
    come = {quad.triple for quad in added}
    gone = {quad.triple for quad in removed} - come
    left = {
        triple
        for triple in gone
        if all(
            quad in removed
            for quad in of_sources(
                store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)
            )
        )
    }
    return {ox.Quad(*triple) for triple in left}, {ox.Quad(*triple) for triple in come}
