"""Foreign SPARQL queries, answered by processes that can be killed: at the deadline, or when they crash."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from graph.errors import NotFound, QueryBusy, QueryRefused, QueryTimeout
from graph.guard import check_query
from graph.process import Broken, Process
from graph.store import Store
from ontology.terms import PREFIXES

MOST_BYTES = 64 * 1024 * 1024
"""Of an answer that is held as a whole. One that is passed on as it comes has no such limit."""
_SLOWEST = 10
"""How many times its limit a query may take in all, where its reader is slow."""


@dataclass(frozen=True)
class Answer:
    """A serialised answer and the format it is in: json, xml, csv, tsv, turtle, ntriples, jsonld or rdfxml."""

    format: str
    body: bytes


class Flow:
    """An answer as it comes. Read its pieces to the end, or close it: until then it keeps a worker.

    The limit counts the time spent waiting for the worker. Who reads slowly has ten times as long in all.
    """

    def __init__(
        self,
        worker: Process,
        request: dict[str, object],
        seconds: float,
        release: Callable[[Process, bool], None],
    ):
        self._worker, self._seconds, self._release = worker, seconds, release
        self._left, self._end = seconds, time.monotonic() + seconds * _SLOWEST
        self._open, self._lock = True, Lock()
        self.whole = False
        """Whether all of it has been read."""
        with self._timed() as deadline:
            worker.send(request)
            self._header: dict[str, Any] = worker.header(deadline)
            self._first = worker.piece(deadline)
            if not self._first or (self._header.get("whole") and not worker.piece(deadline)):
                self._finish()
        if "error" in self._header:
            raise QueryRefused(self._header["error"])
        if "missing" in self._header:
            raise NotFound("There is no such graph, or nothing in it.")

    @property
    def format(self) -> str:
        """The format it is in."""
        return str(self._header["format"])

    def pieces(self) -> Iterator[bytes]:
        """The body, once. Raises QueryTimeout and QueryRefused where it breaks off."""
        yield self._first
        while not self.whole:
            with self._timed() as deadline:
                piece = self._worker.piece(deadline)
                if not piece:
                    self._finish()
            yield piece

    def close(self) -> None:
        """Let go of the worker, at any time and from any thread; what is not finished is stopped."""
        with self._lock:
            if self._open:
                self._open = False
                self._release(self._worker, self.whole)

    def _finish(self) -> None:
        """Let the worker go unharmed: it has said that this was all."""
        self.whole = True
        self.close()

    @contextmanager
    def _timed(self) -> Iterator[float]:
        """Count the time, and let go of the worker and say so in a sentence where it is over, or the worker broken."""
        started = time.monotonic()
        try:
            yield min(started + self._left, self._end)
        except TimeoutError:
            self.close()
            raise QueryTimeout(
                f"The query ran longer than {self._seconds:g} s and was stopped. Narrow it down, or add a LIMIT."
            ) from None
        except Broken:
            self.close()
            raise QueryRefused(
                "The query took more memory or nesting than one query may have, and was stopped."
            ) from None
        except BaseException:
            self.close()
            raise
        self._left -= time.monotonic() - started


class Workers:
    """A few workers on the newest snapshot of a store. Close it when done, or use it in a with statement."""

    def __init__(self, store: Store, *, count: int = 2, seconds: float = 10.0):
        self.store, self.seconds = store, seconds
        self._slots: queue.Queue[Process | None] = queue.Queue()
        for _ in range(count):
            self._slots.put(None)

    def ask(
        self,
        query: str,
        *,
        results: str = "json",
        graph: str = "turtle",
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base_iri: str | None = None,
    ) -> Answer:
        """The whole answer to a query. Parameters and what is raised are those of `flow`.

        Raises QueryRefused also where the answer is larger than can be held.
        """
        flow = self.flow(
            query,
            results=results,
            graph=graph,
            default_graphs=default_graphs,
            named_graphs=named_graphs,
            base_iri=base_iri,
        )
        parts, size = [], 0
        try:
            for piece in flow.pieces():
                parts.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise QueryRefused(f"The answer is larger than {MOST_BYTES // 1024**2} MB. Add a LIMIT.")
        finally:
            flow.close()
        return Answer(flow.format, b"".join(parts))

    def flow(
        self,
        query: str,
        *,
        results: str = "json",
        graph: str = "turtle",
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base_iri: str | None = None,
    ) -> Flow:
        """The answer to a query as it comes, in one of two formats according to its kind.

        It is asked of all source graphs together, or of the default and named graphs given (SPARQL 1.1 Protocol, 2.1.4).

        Raises QueryRefused for what is not SPARQL or may not run, QueryTimeout at the limit, QueryBusy where every
        worker is taken for as long.
        """
        return self._flow(
            {
                "query": query,
                "names_dataset": check_query(query),
                "results": results,
                "graph": graph,
                "default_graphs": list(default_graphs),
                "named_graphs": list(named_graphs),
                "base_iri": base_iri,
            }
        )

    def graph(self, name: str, form: str) -> Flow:
        """The statements of one graph as they come. Raises NotFound where it holds none, else as `flow`."""
        return self._flow({"of": name, "graph": form})

    def close(self) -> None:
        """Stop every worker."""
        for _ in range(self._slots.qsize()):
            if worker := self._slots.get():
                worker.stop()

    def _flow(self, request: dict[str, object]) -> Flow:
        try:
            worker = self._slots.get(timeout=self.seconds)
        except queue.Empty:
            raise QueryBusy("All workers are taken. Try again in a moment.") from None
        try:
            snapshot = str(self.store.snapshot())
            worker = worker or Process("graph.worker", snapshot)
        except BaseException:
            self._slots.put(worker)
            raise
        limits = {"seconds": self.seconds, "most_seconds": self.seconds * _SLOWEST}
        return Flow(
            worker,
            {**request, "prefixes": PREFIXES, "snapshot": snapshot, **limits},
            self.seconds,
            self._release,
        )

    def _release(self, worker: Process, whole: bool) -> None:
        if not whole:
            worker.stop()
        self._slots.put(worker if whole else None)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
