"""What each audience reads through a server: its view of the store, and query workers that open nothing else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from graph.audiences import SENSITIVE, Readable, View, view
from graph.store import Store
from graph.workers import Workers


class Readers:
    """The views and the workers of a store, made when an audience first asks. Close it when done."""

    def __init__(self, store: Store, start: Callable[[Readable], Workers]):
        self._store, self._start = store, start
        self._views: dict[str, Readable] = {}
        self._workers: dict[str, Workers] = {}
        self._lock = Lock()

    def view(self, audience: str) -> Readable:
        """What an audience may read. Raises NotFound where there is no such audience."""
        with self._lock:
            return self._view(audience)

    def views(self) -> dict[str, Readable]:
        """What those audiences read that have asked for something."""
        with self._lock:
            return dict(self._views)

    def workers(self, audience: str) -> Workers:
        """The workers that answer the queries of an audience. Raises NotFound where there is no such audience."""
        with self._lock:
            if audience not in self._workers:
                self._workers[audience] = self._start(self._view(audience))
            return self._workers[audience]

    def ready(self, audience: str) -> bool:
        """Whether what an audience reads is at hand; a view that must first be made may take a while."""
        made = self._views.get(audience)
        return audience == SENSITIVE or (isinstance(made, View) and made.ready)

    def busy(self) -> tuple[int, int]:
        """How many queries run, and how many wait, of all audiences together."""
        with self._lock:
            both = [workers.turns.busy() for workers in self._workers.values()]
        return sum(running for running, _ in both), sum(waiting for _, waiting in both)

    def close(self) -> None:
        """Stop every worker."""
        with self._lock:
            for workers in self._workers.values():
                workers.close()
            self._workers.clear()

    def _view(self, audience: str) -> Readable:
        if audience not in self._views:
            self._views[audience] = view(self._store, audience)
        return self._views[audience]
