"""Reads ahead, in the background, what takes long to read of a large store, so that no page need wait for it.

For each audience that has asked for something, and from the start for whoever needs no token. What is read is what the
first page of a kind would read otherwise, and is kept with the version; who asks meanwhile waits for it, and does not
read it again. A version that another one follows at once is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

from api.background import background
from api.reading import Readers
from graph.dataset import Dataset
from graph.errors import JoinedupError
from graph.evidence import evidence
from graph.linkage import linkage
from graph.listing import how_many, listing
from graph.searching import search
from graph.store import Store
from visualisations.explore import explore_page
from visualisations.page import overview_page

LEAST = 40_000_000
"""Of a version of fewer bytes, some 200,000 statements, everything is read within a second."""
VERY_LARGE = 10 * LEAST
_EVERY = 0.5
_QUIET = 2.0
"""Seconds for which a version must have been the newest, but for the first."""


def read_first(dataset: Dataset) -> None:
    """Read what every page needs. It is kept on disk with a large version, so that the next process has it at once."""
    _ = dataset.labels
    evidence(dataset)


_SLOWEST: tuple[Callable[[Dataset], object], ...] = (
    lambda dataset: listing(dataset, "findings"),
    lambda dataset: search(dataset, "a"),
    lambda dataset: listing(dataset, "interviews"),
)


def keep_first(dataset: Dataset) -> None:
    """Read what every page needs after a load, which is done whether or not this can be; of a very large version also what one page alone would take half a minute for."""
    with suppress(JoinedupError, OSError):
        read_first(dataset)
        if _bytes(dataset.snapshot) >= VERY_LARGE:
            with ThreadPoolExecutor(2) as both:
                list(both.map(lambda read: read(dataset), _SLOWEST))


_AHEAD: tuple[Callable[[Dataset], object], ...] = (
    read_first,
    lambda dataset: how_many(dataset, "findings"),
    overview_page,
    lambda dataset: linkage(dataset, evidence(dataset).as_of),
    lambda dataset: explore_page(dataset, {}),
    *reversed(_SLOWEST),
)


@contextmanager
def warming(store: Store, readers: Readers, log: Any) -> Iterator[None]:
    """Read ahead of a store while this lasts, and log where that fails."""

    def read(stop: Event) -> None:
        done: dict[str, int] = {}
        newest, since = store.version, time.monotonic() - _QUIET
        while not stop.wait(_EVERY):
            if store.version != newest:
                newest, since = store.version, time.monotonic()
            for audience, of in readers.views().items():
                if done.get(audience) == newest or time.monotonic() - since < _QUIET:
                    continue
                done[audience] = newest
                try:
                    if _bytes(store.dataset().snapshot) >= LEAST:
                        _read_ahead(store, newest, of.dataset(), stop)
                except (JoinedupError, OSError, RuntimeError) as error:
                    log.warning("reading ahead", audience=audience, says=str(error))

    with background("warming", read):
        yield


def _bytes(snapshot: Path | None) -> int:
    """How large a version is on disk, which is known much sooner than how many statements it has."""
    return sum(file.stat().st_size for file in snapshot.iterdir()) if snapshot else 0


def _read_ahead(store: Store, version: int, dataset: Dataset, stop: Event) -> None:
    """Read what an audience sees of a version, as long as that is the newest."""
    for read in _AHEAD:
        if stop.is_set() or store.version != version:
            return
        read(dataset)
