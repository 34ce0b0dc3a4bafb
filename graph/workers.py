"""Foreign SPARQL queries, answered by processes that can be killed: at the deadline, or when they crash.

Where the system forks and the data fits a budget of memory, a version is held in memory by one process that forks the
workers (graph/nest.py). Until that has loaded it, and for queries that name graphs, a worker reads the snapshot on disk.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol, TypedDict, Unpack

from graph.flow import Flow
from graph.guard import check_query, names_graphs
from graph.nests import Nests
from graph.process import Process, Talk
from graph.turns import Turns
from ontology.terms import PREFIXES

SLOWEST = 10
"""How many times its limit a query may take in all, where its reader is slow."""


class Snapshots(Protocol):
    """What workers read: a store, or a view of one."""

    def snapshot(self) -> Path:
        """A folder that another process may open read-only: the newest version."""


@dataclass(frozen=True)
class Answer:
    """A serialised answer and the format it is in: json, xml, csv, tsv, turtle, ntriples, jsonld or rdfxml."""

    format: str
    body: bytes


class Options(TypedDict, total=False):
    """How a query is asked, beside its text: the formats of rows and of graphs, and the dataset (SPARQL 1.1 Protocol, 2.1.4)."""

    results: str
    graph: str
    default_graphs: Sequence[str]
    named_graphs: Sequence[str]
    base_iri: str | None


class Workers:
    """A few workers on the newest snapshot of a store. Close it when done, or use it in a with statement."""

    def __init__(self, store: Snapshots, *, count: int = 2, seconds: float = 10.0, in_memory: bool = True):
        self.store, self.seconds = store, seconds
        self.turns = Turns(count)
        self._nests = Nests() if in_memory else None
        self._idle: list[Talk] = []
        self._lock, self._closed = Lock(), False

    def ask(self, query: str, *, client: str = "", **options: Unpack[Options]) -> Answer:
        """The whole answer to a query. Parameters and what is raised are those of `flow`.

        Raises QueryRefused also where the answer is larger than can be held.
        """
        flow = self.flow(query, client=client, **options)
        return Answer(flow.format, flow.all())

    def flow(self, query: str, *, client: str = "", **options: Unpack[Options]) -> Flow:
        """The answer to a query as it comes, in one of two formats according to its kind.

        It is asked of all source graphs together, or of the default and named graphs given (SPARQL 1.1 Protocol, 2.1.4).
        client: who asks; clients take turns.

        Raises QueryRefused for what is not SPARQL or may not run, QueryTimeout at the limit, QueryBusy where every
        worker is taken for as long, or too many wait.
        """
        return self._flow(_request(query, **options), client)

    async def begun(self, query: str, *, client: str = "", **options: Unpack[Options]) -> Flow:
        """As `flow`, without holding a thread while it waits. Whoever cancels it frees the worker at once."""
        request = _request(query, **options)
        await self.turns.turn(client, self.seconds)
        try:
            snapshot = str(self.store.snapshot())
            worker = self._taken(snapshot)
            if worker is None:
                worker = await asyncio.to_thread(self._new, snapshot)
        except BaseException:
            self.turns.done(client)
            raise
        flow = self._given(worker, client)
        await flow.send_and_wait(self._with(request, snapshot))
        return flow

    def graph(self, name: str, form: str, *, client: str = "") -> Flow:
        """The statements of one graph as they come. Raises NotFound where it holds none, else as `flow`."""
        return self._flow({"of": name, "graph": form}, client)

    def close(self) -> None:
        """Stop every worker."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop()
        if self._nests:
            self._nests.close()

    def _flow(self, request: dict[str, object], client: str) -> Flow:
        self.turns.wait(client, self.seconds)
        try:
            snapshot = str(self.store.snapshot())
            worker = self._taken(snapshot) or self._new(snapshot)
        except BaseException:
            self.turns.done(client)
            raise
        flow = self._given(worker, client)
        flow.send(self._with(request, snapshot))
        return flow

    def _with(self, request: dict[str, object], snapshot: str) -> dict[str, object]:
        limits = {"seconds": self.seconds, "most_seconds": self.seconds * SLOWEST}
        return {**request, "snapshot": snapshot, **limits}

    def _taken(self, snapshot: str) -> Talk | None:
        """A worker that waits for work on a snapshot. Those that are not the right ones for it any more are stopped."""
        if self._nests:
            self._nests.want(snapshot)
        found, unfit = None, []
        with self._lock:
            while self._idle and not found:
                worker = self._idle.pop()
                if not self._nests or self._nests.serves(worker, snapshot):
                    found = worker
                else:
                    unfit.append(worker)
        for worker in unfit:
            worker.stop()
        return found

    def _new(self, snapshot: str) -> Talk:
        forked = self._nests.forked(snapshot) if self._nests else None
        return forked or Process("graph.worker", snapshot, json.dumps(PREFIXES))

    def _given(self, worker: Talk, client: str) -> Flow:
        def release(worker: Talk, whole: bool) -> None:
            kept = False
            if whole:
                with self._lock:
                    if kept := not self._closed:
                        self._idle.append(worker)
            if not kept:
                worker.stop()
            self.turns.done(client)

        return Flow(worker, self.seconds, self.seconds * SLOWEST, release)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _request(
    query: str,
    *,
    results: str = "json",
    graph: str = "turtle",
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    base_iri: str | None = None,
) -> dict[str, object]:
    names_dataset = check_query(query)
    return {
        "query": query,
        "names_dataset": names_dataset,
        "names_graphs": bool(names_dataset or default_graphs or named_graphs or names_graphs(query)),
        "results": results,
        "graph": graph,
        "default_graphs": list(default_graphs),
        "named_graphs": list(named_graphs),
        "base_iri": base_iri,
    }
