"""An answer to a query as it comes from its worker, within its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from graph.errors import NotFound, QueryRefused, QueryTimeout
from graph.process import Broken, Talk

MOST_BYTES = 64 * 1024 * 1024
"""Of an answer that is held as a whole. One that is passed on as it comes has no such limit."""


class Flow:
    """An answer as it comes. Read its pieces to the end, or close it: until then it keeps a worker.

    The limit counts the time spent waiting for the worker. Who reads slowly has longer in all.
    """

    def __init__(self, worker: Talk, seconds: float, in_all: float, release: Callable[[Talk, bool], None]):
        self._worker, self._seconds, self._release = worker, seconds, release
        self._left, self._end = seconds, time.monotonic() + in_all
        self._open, self._lock = True, Lock()
        self._header: dict[str, Any] = {}
        self._first = b""
        self.whole = False
        """Whether all of it has been read."""

    def send(self, request: dict[str, object]) -> None:
        """Give the worker its request, and wait until the answer begins.

        Raises QueryTimeout at the limit, QueryRefused for what is not SPARQL or breaks the worker, NotFound for a
        graph that is not there.
        """
        with self._timed() as deadline:
            self._worker.send(request)
            self._begin(deadline)
        self._judge()

    async def send_and_wait(self, request: dict[str, object]) -> None:
        """As `send`, without holding a thread while it waits."""
        with self._timed() as deadline:
            self._worker.send(request)
            await self._worker.answering(deadline)
            self._begin(deadline)
        self._judge()

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

    def all(self) -> bytes:
        """The whole body. Raises as `pieces`, and QueryRefused where it is larger than can be held."""
        parts, size = [], 0
        try:
            for piece in self.pieces():
                parts.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    raise QueryRefused(f"The answer is larger than {MOST_BYTES // 1024**2} MB. Add a LIMIT.")
        finally:
            self.close()
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the worker, at any time and from any thread; what is not finished is stopped."""
        with self._lock:
            if not self._open:
                return
            self._open = False
        self._release(self._worker, self.whole)

    def _begin(self, deadline: float) -> None:
        self._header = self._worker.header(deadline)
        self._first = self._worker.piece(deadline)
        if not self._first or (self._header.get("whole") and not self._worker.piece(deadline)):
            self._finish()

    def _judge(self) -> None:
        if "error" in self._header:
            raise QueryRefused(self._header["error"])
        if "missing" in self._header:
            raise NotFound("There is no such graph, or nothing in it.")

    def _finish(self) -> None:
        """Let the worker go unharmed: it has said that this was all."""
        self.whole = True
        self.close()

    def _timed(self) -> _Timed:
        """Count the time, and let go of the worker and say so in a sentence where it is over, or the worker broken."""
        return _Timed(self)

    def _late(self, started: float, error: BaseException | None) -> None:
        self._left -= time.monotonic() - started
        if error is None:
            return
        self.close()
        if isinstance(error, TimeoutError):
            raise QueryTimeout(
                f"The query ran longer than {self._seconds:g} s and was stopped. Narrow it down, or add a LIMIT."
            ) from None
        if isinstance(error, Broken):
            raise QueryRefused(
                "The query took more memory or nesting than one query may have, and was stopped."
            ) from None


class _Timed:
    """A stretch of time in which a worker is waited for; entering it gives the moment at which it is over."""

    __slots__ = ("_flow", "_started")

    def __init__(self, flow: Flow):
        self._flow = flow

    def __enter__(self) -> float:
        self._started = time.monotonic()
        return min(self._started + self._flow._left, self._flow._end)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._flow._late(self._started, error)
