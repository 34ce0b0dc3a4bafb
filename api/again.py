"""Requests that are the same to the byte as one before, but for the query, of which little has to be worked out anew.

Whoever sends the same bytes to the same server gets the same answer, for as long as what they may see has not changed.
So a question that is asked again and again, such as by a page that looks every few seconds, costs next to nothing. And
where only the query differs, all that was decided of the rest is known: who asks, for which form, under which name.
Only questions to /sparql by GET that show no token and no cookie are known so, after one that went the long way.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.access import Access
from graph.flow import Flow

ASKS = b"GET /sparql?"
RAW, KNOWN, ASKING, BEGUN = "joinedup.raw", "joinedup.known", "joinedup.asking", "joinedup.begun"
"""Where the scope of a request holds its bytes, with the address that they came from; for what its answer holds; what
was decided of it; and what has been done for it before it was read."""
_QUERY = re.compile(
    rb"GET /sparql\?(query=((?:[A-Za-z0-9+._~!$'()*,;:@/?-]++|%[0-9A-Fa-f]{2})++)) HTTP/1\.1\r\n"
)
"""The first line of a question with no other parameter. What may not stand in an address is left to the long way."""
_MOST_HEADS = 1000
_MOST_BYTES = 32 * 1024 * 1024
_LONGEST = 16 * 1024
"""Bytes of a request that is worth knowing."""
_OVERHEAD = 500
_OWN = frozenset(
    (
        b"authorization",
        b"cookie",
        b"x-request-id",
        b"content-length",
        b"transfer-encoding",
        b"expect",
        b"upgrade",
    )
)
"""Headers of requests that are each looked at."""

Raw = tuple[str, bytes]
Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Holds:
    """For whom an answer holds, and for which version."""

    audience: str
    version: int
    again: bool = True
    """Whether it was asked for before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the status 200: its headers as they go out, and its body."""

    holds: Holds
    head: bytes
    body: bytes
    route: str


@dataclass(frozen=True, slots=True)
class Asking:
    """What was decided of a question but for its query: it is the same for the next one with the same headers."""

    who: Access
    client: str
    scheme: str
    host: str
    accept: str
    results: str
    graph: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What has been done for a request before it goes the long way: an answer that flows, or an error."""

    since: float
    found: Flow | BaseException

    def close(self) -> None:
        """Nobody wants it any more."""
        if isinstance(self.found, Flow):
            self.found.close()


def whole(data: bytes) -> bool:
    """Whether some bytes from a client are one question to /sparql and nothing else, as far as their shape tells."""
    return (
        len(data) < _LONGEST
        and data.startswith(ASKS)
        and data.find(b" HTTP/1.1\r\n") + 9 == data.find(b"\r\n")
        and data.find(b"\r\n\r\n") == len(data) - 4
        and data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    )


class Again:
    """The answers to such requests. For the thread of the event loop alone."""

    def __init__(self, version: Callable[[str], int | None], most_bytes: int = _MOST_BYTES):
        """version: the one that an audience sees; None where that is not at hand."""
        self._version, self._most = version, most_bytes
        self._held: OrderedDict[Raw, Answer] = OrderedDict()
        self._heads: dict[Raw, Asking] = {}
        self._bytes = 0

    def asked(self, raw: Raw) -> tuple[Asking, str, str] | None:
        """What was decided of a question with the same headers, what it asks as it came, and the query; None if unknown."""
        line = _QUERY.match(raw[1])
        asking = self._heads.get((raw[0], raw[1][line.end() :])) if line else None
        if not line or not asking:
            return None
        try:
            # Quoted-printable differs from this by its sign alone, and has a decoder that does not go by parts.
            query = a2b_qp(line[2].replace(b"+", b" ").replace(b"%", b"=")).decode("utf-8")
        except UnicodeDecodeError:
            return None
        return asking, line[1].decode("ascii"), query

    def learn(self, raw: Raw, asked: Headers, asking: Asking) -> None:
        """Know what was decided of a question."""
        if _same_for_all(asked) and (line := _QUERY.match(raw[1])):
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            self._heads[raw[0], raw[1][line.end() :]] = asking

    def find(self, raw: Raw) -> Answer | None:
        """The answer to the same bytes from the same address, while it holds."""
        found = self._held.get(raw)
        if found is None:
            return None
        if self._version(found.holds.audience) != found.holds.version:
            self.forget()  # what was said of a version that is no more must not stay in memory
            return None
        self._held.move_to_end(raw)
        return found

    def keep(self, raw: Raw, asked: Headers, answer: Answer) -> None:
        """Know a request and its answer; those that came longest ago make room for it."""
        if raw in self._held or not _same_for_all(asked):
            return
        self._held[raw] = answer
        self._bytes += _size(raw, answer)
        while self._bytes > self._most:
            self._bytes -= _size(*self._held.popitem(last=False))

    def forget(self) -> None:
        """Know nothing any more."""
        self._held.clear()
        self._bytes = 0


def _same_for_all(asked: Headers) -> bool:
    return not any(
        name in _OWN or (name == b"connection" and value.lower() != b"keep-alive") for name, value in asked
    )


def _size(raw: Raw, answer: Answer) -> int:
    return len(raw[1]) + len(answer.head) + len(answer.body) + _OVERHEAD
