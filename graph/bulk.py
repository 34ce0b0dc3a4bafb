"""Many statements that are not held as objects: made as N-Quads, piece by piece, each time they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

import pyoxigraph as ox

_NODES = re.compile(rb"(?:^|> )_:", re.MULTILINE)


@dataclass(frozen=True)
class Bulk:
    """The statements of one graph."""

    count: int
    """How many different ones there are."""
    pieces: Callable[[], Iterator[bytes]]
    """N-Quads, each piece of whole lines. A line may come twice."""

    def has_nodes(self) -> bool:
        """Whether any holds a blank node."""
        return any(_NODES.search(piece) for piece in self.pieces())

    def __iter__(self) -> Iterator[ox.Quad]:
        for piece in self.pieces():
            yield from ox.parse(piece, format=ox.RdfFormat.N_QUADS)


def how_many(quads: Iterable[ox.Quad]) -> int:
    """How many different statements there are."""
    if isinstance(quads, Bulk):
        return quads.count
    return len(set(quads))


def bulk_load(store: ox.Store, pieces: Iterable[bytes]) -> None:
    """Add N-Quads of our own making to a store, all or nothing, without holding them all."""
    # Their IRIs are known to be IRIs, so they are not checked again, which saves a tenth of the time.
    store.bulk_load(cast(IO[bytes], Stream(iter(pieces))), format=ox.RdfFormat.N_QUADS, lenient=True)


def difference(store: ox.Store, graph: str, bulk: Bulk) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """The statements that a graph of a store has and these have not, and those that these have and it has not.

    They are compared as lines, and only those that differ become objects.
    """
    lines = _Lines()
    store.dump(cast(IO[bytes], lines), format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph))
    old = lines.seen
    ending = f" <{graph}> .".encode()
    new: set[bytes] = set()
    for piece in bulk.pieces():
        for line in piece.split(b"\n"):
            triple = line.removesuffix(ending)
            if triple in old:
                old[triple] = True
            elif triple:
                new.add(triple)
    gone = _parsed((triple for triple, again in old.items() if not again), ending)
    come = _parsed(new, ending)
    return gone - come, come - gone  # two ways to write one statement are no difference


def subjects_with(bulk: Bulk, predicate: str) -> Iterator[str]:
    """The IRIs of which statements with this predicate are made."""
    marker = f"> <{predicate}> ".encode()
    for piece in bulk.pieces():
        for line in piece.split(b"\n"):
            subject, found, _ = line.partition(marker)
            if found and subject.startswith(b"<") and b">" not in subject:
                yield subject[1:].decode()


def _parsed(triples: Iterable[bytes], ending: bytes) -> set[ox.Quad]:
    return set(ox.parse(b"".join(t + ending + b"\n" for t in triples), format=ox.RdfFormat.N_QUADS))


class _Lines:
    """A file to write N-Triples to, which keeps each line without its end, and whether it came again."""

    def __init__(self) -> None:
        self.seen: dict[bytes, bool] = {}
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Take some bytes, of which the last line may not be whole."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            self.seen[line.removesuffix(b" .")] = False
        return len(data)

    def flush(self) -> None:
        """Nothing waits, as what is written ends with a line."""


class Stream:
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]):
        self._pieces, self._rest = pieces, memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        end = len(self._rest) if size < 0 else size
        out, self._rest = self._rest[:end], self._rest[end:]
        return bytes(out)
