"""Everything that an audience may read, as one stream of TriG or N-Quads: part by part, so that memory stays small.

It holds what readers see: things that were judged to be the same stand under one address. The vocabulary and the
catalogue of the store are left out, as in an export: every store has its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from graph.catalogue import CATALOGUE
from graph.dataset import Dataset
from ontology.terms import ONTOLOGY, PREFIXES

_PART = 5_000
"""The statements that are written at a time."""


@dataclass(frozen=True)
class Kind:
    """One form of a download."""

    suffix: str
    media: str
    format: ox.RdfFormat
    prefixes: Mapping[str, str] | None = None


DOWNLOADS: Mapping[str, Kind] = {
    "trig": Kind("trig", "application/trig", ox.RdfFormat.TRIG, PREFIXES),
    "nq": Kind("nq", "application/n-quads", ox.RdfFormat.N_QUADS),
}


def download(dataset: Dataset, kind: Kind) -> Iterator[bytes]:
    """The dataset, graph by graph."""
    prefixes = dict(kind.prefixes) if kind.prefixes else None
    head = ox.serialize([], format=kind.format, prefixes=prefixes) or b""
    if head:
        yield head
    for name in dataset.graphs():
        if name in (ONTOLOGY, CATALOGUE.value):
            continue
        quads = dataset.quads_in(name)
        while part := list(islice(quads, _PART)):
            text = ox.serialize(part, format=kind.format, prefixes=prefixes) or b""
            yield text.removeprefix(head)


def squeezed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same as gzip (RFC 1952), without the time at which it was made."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for part in parts:
        if made := packer.compress(part):
            yield made
    yield packer.flush()
