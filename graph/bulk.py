"""Many statements that are not held as objects: made as N-Quads, piece by piece, each time they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

import pyoxigraph as ox


@dataclass(frozen=True)
class Bulk:
    """The statements of one graph."""

    count: int
    """How many different ones there are."""
    pieces: Callable[[], Iterator[bytes]]
    """N-Quads, each piece of whole lines. A line may come twice."""

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
    store.bulk_load(cast(IO[bytes], _Stream(iter(pieces))), format=ox.RdfFormat.N_QUADS, lenient=True)


class _Stream:
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
