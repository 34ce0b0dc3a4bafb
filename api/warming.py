"""Reads ahead, in the background, what takes long to read of a large store, so that no page need wait for it.

For each audience that has asked for something, and from the start for whoever needs no token. What is read is what the
first page of a kind would read otherwise, and is kept with the version; who asks meanwhile waits for it, and does not
read it again. A version that another one follows at once is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from api.reading import Readers
from graph.audiences import Readable
from graph.dataset import Dataset
from graph.errors import JoinedupError
from graph.evidence import evidence
from graph.linkage import linkage
from graph.listing import listing
from graph.searching import search
from graph.store import Store
from visualisations.explore import explore_page
from visualisations.page import overview_page

LEAST = 200_000
"""Of fewer statements everything is read within a second."""
_EVERY = 0.5
_QUIET = 2.0
"""Seconds for which a version must have been the newest, but for the first."""
_AHEAD: tuple[Callable[[Dataset], object], ...] = (
    lambda dataset: dataset.labels,
    evidence,
    overview_page,
    lambda dataset: linkage(dataset, evidence(dataset).as_of),
    lambda dataset: explore_page(dataset, {}),
    lambda dataset: search(dataset, "a"),
    lambda dataset: listing(dataset, "interviews"),
    lambda dataset: listing(dataset, "findings"),
)


@contextmanager
def warming(store: Store, readers: Readers, log: Any) -> Iterator[None]:
    """Read ahead of a store while this lasts, and log where that fails."""
    stop = Event()

    def read() -> None:
        newest: dict[str, tuple[int, float]] = {}
        done: dict[str, int] = {}
        while not stop.wait(_EVERY):
            for audience, of in readers.views().items():
                try:
                    version, now = of.at, time.monotonic()
                    if newest.setdefault(audience, (version, now - _QUIET))[0] != version:
                        newest[audience] = version, now
                    if done.get(audience) != version and now - newest[audience][1] >= _QUIET:
                        done[audience] = version
                        if len(store.dataset()) >= LEAST:
                            _read_ahead(of, stop)
                except (JoinedupError, OSError, RuntimeError) as error:
                    log.warning("reading ahead", audience=audience, says=str(error))

    thread = Thread(target=read, name="warming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def _read_ahead(of: Readable, stop: Event) -> None:
    at, dataset = of.at, of.dataset()
    for read in _AHEAD:
        if stop.is_set() or of.at != at:
            return
        read(dataset)
