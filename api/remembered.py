"""Small answers to queries, remembered until their version is old, so that what is asked again costs no worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from starlette.responses import Response

MOST_BYTES = 64 * 1024 * 1024
MOST_OF_ONE = 256 * 1024


class Remembered:
    """The answers asked for last, by all that they depend on: who asks, the version, the address and what was sent."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.most_bytes = most_bytes
        self._held: OrderedDict[Hashable, Response] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> Response | None:
        """The answer that was put under a key, if it is still there."""
        with self._lock:
            if (found := self._held.get(key)) is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: Response) -> None:
        """Remember an answer; those that were asked for longest ago make room for it."""
        if len(answer.body) > MOST_OF_ONE:
            return
        with self._lock:
            if key not in self._held:
                self._held[key] = answer
                self._bytes += len(answer.body) + 1000
            while self._bytes > self.most_bytes:
                _, old = self._held.popitem(last=False)
                self._bytes -= len(old.body) + 1000

    def forget(self) -> None:
        """Forget everything: what was said of a version that is no more must not stay in memory."""
        with self._lock:
            self._held.clear()
            self._bytes = 0
