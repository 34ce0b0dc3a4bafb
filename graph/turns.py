"""Who may run a query next: clients take turns, so that one who asks for much keeps nobody else waiting long."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from threading import Event, Lock, get_ident

from graph.errors import QueryBusy

_BUSY = "All workers are taken. Try again in a moment."


class Place:
    """A place in the line."""

    def __init__(self, tell: Callable[[], object]):
        self.called, self.tell = False, tell


class Turns:
    """So many may run at once; those who wait are called client by client, whatever each has waiting.

    A client that has nothing running gets one of a few spare places where others hold all the rest, so that queries
    that run long, all of one client, do not shut the others out until their limit.
    """

    def __init__(self, count: int, *, spare: int = 2, most_waiting: int = 64, most_in_all: int = 512):
        self.count, self.spare = count, spare
        self.most_waiting, self.most_in_all = most_waiting, most_in_all
        self._running: Counter[str] = Counter()
        self._total = 0
        self._waiting: dict[str, deque[Place]] = {}
        self._in_line = 0
        self._lock = Lock()

    def busy(self) -> tuple[int, int]:
        """How many run, and how many wait."""
        with self._lock:
            return self._total, self._in_line

    @property
    def running(self) -> int:
        """How many have their turn."""
        return self._total

    def wait(self, client: str, seconds: float) -> None:
        """Wait for this client's turn, and say `done` after it. Raises QueryBusy where it does not come in time."""
        called = Event()
        place = self._place(client, called.set)
        if not called.wait(seconds) and not self._left(client, place):
            raise QueryBusy(_BUSY)

    async def turn(self, client: str, seconds: float) -> None:
        """As `wait`, without holding a thread. Whoever cancels it has left the line."""
        if self._at_once(client):
            return
        loop, thread = asyncio.get_running_loop(), get_ident()
        called = loop.create_future()

        def tell() -> None:
            if get_ident() == thread:
                _settle(called)
            else:
                loop.call_soon_threadsafe(_settle, called)

        place = self._place(client, tell)
        if place.called:
            return
        late = loop.call_later(seconds, _settle, called)
        try:
            await called
        except BaseException:
            if self._left(client, place):
                self.done(client)
            raise
        finally:
            late.cancel()
        if not place.called and not self._left(client, place):
            raise QueryBusy(_BUSY)

    def done(self, client: str) -> None:
        """This client's turn is over."""
        with self._lock:
            self._total -= 1
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]
        self._call()

    def _at_once(self, client: str) -> bool:
        """Whether nobody waits and there is room, so that the turn has come."""
        with self._lock:
            if free := not self._waiting and self._free(client):
                self._run(client)
            return free

    def _place(self, client: str, tell: Callable[[], object]) -> Place:
        """A place in the line, called at once where there is no line. Raises QueryBusy where the line is full."""
        place = Place(tell)
        with self._lock:
            mine = self._waiting.get(client, ())
            if len(mine) >= self.most_waiting or self._in_line >= self.most_in_all:
                raise QueryBusy(_BUSY)
            self._waiting.setdefault(client, deque()).append(place)
            self._in_line += 1
        self._call()
        return place

    def _left(self, client: str, place: Place) -> bool:
        """Leave the line; whether the turn had come just then."""
        with self._lock:
            if not place.called:
                mine = self._waiting[client]
                mine.remove(place)
                self._in_line -= 1
                if not mine:
                    del self._waiting[client]
            return place.called

    def _free(self, client: str) -> bool:
        running = self._total
        return running < self.count or (running < self.count + self.spare and not self._running[client])

    def _run(self, client: str) -> None:
        self._total += 1
        self._running[client] += 1

    def _call(self) -> None:
        if not self._waiting:
            return
        called = []
        with self._lock:
            while (client := next((c for c in self._waiting if self._free(c)), None)) is not None:
                mine = self._waiting.pop(client)
                place = mine.popleft()
                self._in_line -= 1
                if mine:
                    self._waiting[client] = mine  # at the end of the line of clients
                self._run(client)
                place.called = True
                called.append(place)
        for place in called:
            place.tell()


def _settle(called: asyncio.Future[None]) -> None:
    if not called.done():
        called.set_result(None)
