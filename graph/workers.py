"""Foreign SPARQL, answered by processes that can be killed: at the deadline, or when they crash."""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import QueryBusy, QueryRefused, QueryTimeout
from graph.guard import check_query
from graph.store import Store
from ontology.terms import PREFIXES


@dataclass(frozen=True)
class Answer:
    """A serialised answer and the format it is in: json, xml, csv, tsv, turtle, ntriples, jsonld or rdfxml."""

    format: str
    body: bytes


class _Worker:
    def __init__(self, snapshot: Path):
        self.snapshot = snapshot
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-m", "graph.worker", str(snapshot)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def ask(self, request: dict[str, object], deadline: float) -> Answer:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        data = b""
        while b"\n" not in data:
            data += self._read(deadline)
        line, body = data.split(b"\n", 1)
        header = json.loads(line)
        chunks, missing = [body], header["size"] - len(body)
        while missing > 0:
            chunks.append(self._read(deadline))
            missing -= len(chunks[-1])
        if "error" in header:
            raise QueryRefused(header["error"])
        return Answer(header["format"], b"".join(chunks))

    def _read(self, deadline: float) -> bytes:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        data = os.read(self._process.stdout.fileno(), 1 << 20)
        if not data:
            raise BrokenPipeError
        return data

    def stop(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()


class Workers:
    """A few workers on the newest snapshot of a store. Close it when done, or use it in a with statement."""

    def __init__(self, store: Store, *, count: int = 2, seconds: float = 10.0):
        self.store, self.seconds = store, seconds
        self._slots: queue.Queue[_Worker | None] = queue.Queue()
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
    ) -> Answer:
        """The answer to a query, in one of two formats according to its kind.

        It is asked of all source graphs together, or of the default and named graphs given (SPARQL 1.1 Protocol, 2.1.4).

        Raises QueryRefused for what is not SPARQL or may not run, QueryTimeout at the limit, QueryBusy where every
        worker is taken for as long.
        """
        names_dataset = check_query(query)
        limit = self.seconds
        request = {
            "query": query,
            "results": results,
            "graph": graph,
            "prefixes": PREFIXES,
            "names_dataset": names_dataset,
            "default_graphs": list(default_graphs),
            "named_graphs": list(named_graphs),
            "seconds": self.seconds,
        }
        try:
            worker = self._slots.get(timeout=limit)
        except queue.Empty:
            raise QueryBusy("All workers are taken. Try again in a moment.") from None
        try:
            snapshot = self.store.snapshot()
            if worker is None or worker.snapshot != snapshot:
                if worker:
                    worker.stop()
                worker = _Worker(snapshot)
            return worker.ask(request, time.monotonic() + limit)
        except TimeoutError:
            _stop(worker)
            worker = None
            raise QueryTimeout(
                f"The query ran longer than {limit:g} s and was stopped. Narrow it down, or add a LIMIT."
            ) from None
        except (BrokenPipeError, ConnectionResetError, ValueError):
            _stop(worker)
            worker = None
            raise QueryRefused(
                "The query took more memory or nesting than one query may have, and was stopped."
            ) from None
        finally:
            self._slots.put(worker)

    def close(self) -> None:
        """Stop every worker."""
        for _ in range(self._slots.qsize()):
            _stop(self._slots.get())

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _stop(worker: _Worker | None) -> None:
    if worker:
        worker.stop()
