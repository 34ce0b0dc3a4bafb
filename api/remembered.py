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
        self._held: OrderedDict[Hashable, tuple[str, Response]] = OrderedDict()
        self._versions: dict[str, int] = {}
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> Response | None:
        """The answer that was put under a key, if it is still there."""
        with self._lock:
            if (found := self._held.get(key)) is None:
                return None
            self._held.move_to_end(key)
            return found[1]

    def put(self, key: Hashable, answer: Response, audience: str, version: int) -> None:
        """Remember an answer to an audience; those that were asked for longest ago make room for it.

        What was said to the audience of another version goes: it must not stay in memory.
        """
        if len(answer.body) > MOST_OF_ONE:
            return
        with self._lock:
            if self._versions.get(audience) != version:
                self._versions[audience] = version
                for old in [key for key, (whose, _) in self._held.items() if whose == audience]:
                    self._drop(old)
            if key not in self._held:
                self._held[key] = audience, answer
                self._bytes += _size(answer)
            while self._bytes > self.most_bytes:
                self._drop(next(iter(self._held)))

    def _drop(self, key: Hashable) -> None:
        self._bytes -= _size(self._held.pop(key)[1])


def _size(answer: Response) -> int:
    return len(answer.body) + 1000
