"""Connections, and how long they may take: what a client sends slowly, in floods, or does not fetch, is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.again import ASKS, BEGUN, RAW, Begun, Raw, whole

MOST_HEADER_BYTES = 64 * 1024
MOST_HEADERS = 100
BEGIN_SECONDS = 10.0
"""Until the head of a request must have come: counted from the connection, and from its first byte where it is kept."""
BODY_SECONDS = 20.0
"""After which a body must have come, or go on coming at the speed below."""
BODY_SPEED = 5_000
"""Bytes a second."""
FETCH_SECONDS = 60.0
"""Until a client must have fetched what waits for it, some tens of kilobytes."""


class Front(Protocol):
    """What knows requests by their bytes (api/observing.py)."""

    def again(self, raw: Raw) -> list[bytes] | None:
        """A whole answer, without its status line and its date, in pieces; None where none is known."""

    def straight(self, raw: Raw) -> Coroutine[Any, Any, list[bytes] | Begun] | None:
        """The work for an answer, where all but the query is known."""


class Patient(HttpToolsProtocol):
    """The protocol of uvicorn with limits of which it has none: a time for the head of a request, its size, and a
    time in which answers must be fetched (RFC 9110, 15.5.9; RFC 6585, 5).
    """

    begin_seconds, body_seconds, fetch_seconds = BEGIN_SECONDS, BODY_SECONDS, FETCH_SECONDS

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self._head: asyncio.TimerHandle | None = None
        self._body: asyncio.TimerHandle | None = None
        self._fetch: asyncio.TimerHandle | None = None
        self._size = self._came = 0
        self._between, self._raw = True, b""
        """Whether no request has begun since the last one was whole, and the bytes of the one that is read, if they are all."""
        self._work: asyncio.Task[list[bytes] | Begun] | None = None
        self._begun: Begun | None = None
        self._later, self._last = b"", False
        """What came while a question went the short way, and whether the server stops after it."""

    front: Front | None = None
    """What knows the answers to some requests before they are read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected, and has said nothing yet."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._stop_waiting()
        self._whole()
        self._fetched()
        if self._work:
            self._work.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: what is being answered is still answered."""
        self._last = True
        if not self._work:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come. A question of which little is new is answered without reading the rest of it."""
        if self._work:
            self._later += data
            self.flow.pause_reading()
            return
        self._raw = b""
        if self._between and data.startswith(ASKS) and self.client and self.front and self._rests():
            raw = self.client[0], data
            if known := self.front.again(raw):
                self._answer(known)
                return
            if work := self.front.straight(raw):
                self._begin(work, data)
                return
            self._raw = data if whole(data) else b""
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._size, self._between = 0, False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All of its head has come. Where it was too large, it has been answered."""
        self._stop_waiting()
        if not self.transport.is_closing():
            if self._raw and self.client:
                self.scope[RAW] = self.client[0], self._raw  # type: ignore[literal-required]
            if self._begun:
                self.scope[BEGUN], self._begun = self._begun, None  # type: ignore[literal-required]
            super().on_headers_complete()
            self._expect_body()

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has come."""
        self._between = True
        self._whole()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, unless it has been answered."""
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """The client fetches more slowly than it is answered."""
        super().pause_writing()
        self._fetched()
        self._fetch = self.loop.call_later(self.fetch_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It has fetched what waited."""
        self._fetched()
        super().resume_writing()

    def _rests(self) -> bool:
        """Whether nothing is being answered here, and the server takes requests."""
        return (
            (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and (self.limit_concurrency is None or len(self.connections) < self.limit_concurrency)
        )

    def _answer(self, known: Sequence[bytes]) -> None:
        self._stop_waiting()
        self._unset_keepalive_if_required()
        dated = (b"%b: %b\r\n" % header for header in self.server_state.default_headers)
        closing = (b"connection: close\r\n",) if self._last else ()
        self.transport.write(b"".join((STATUS_LINE[200], *dated, *closing, *known)))
        self.server_state.total_requests += 1
        if self._last:
            self.transport.close()
            return
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _begin(self, work: Coroutine[Any, Any, list[bytes] | Begun], data: bytes) -> None:
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self._work = self.loop.create_task(work)
        self.tasks.add(self._work)  # type: ignore[arg-type]
        self._work.add_done_callback(partial(self._end, data))

    def _end(self, data: bytes, work: asyncio.Task[list[bytes] | Begun]) -> None:
        """Send the answer. What is large, or an error, goes the long way from here on, as does all that came later."""
        self.tasks.discard(work)
        self._work = None
        found = None if work.cancelled() else work.result()
        if self.transport.is_closing() or found is None:
            if isinstance(found, Begun):
                found.close()
            return
        if isinstance(found, Begun):
            self._begun = found
            super().data_received(data)
            if self._last:
                super().shutdown()
        else:
            self._answer(found)
        later, self._later = self._later, b""
        if later and not self._last:
            self.flow.resume_reading()
            self.data_received(later)

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MOST_HEADER_BYTES or len(self.headers) >= MOST_HEADERS:
            if not self.transport.is_closing():
                self._refuse(b"431 Request Header Fields Too Large")
            raise ValueError("The head of the request is too large.")  # ends the parsing

    def _expect_head(self) -> None:
        self._stop_waiting()
        self._head = self.loop.call_later(self.begin_seconds, self._late)

    def _late(self) -> None:
        self._head = None
        if not self.transport.is_closing():
            self._refuse(b"408 Request Timeout")

    def _expect_body(self) -> None:
        self._whole()
        self._body = self.loop.call_later(self.body_seconds, self._look_at_body)

    def _look_at_body(self) -> None:
        self._body = None
        if self.flow.read_paused or self._came >= self.body_seconds * BODY_SPEED:  # then it is we who wait
            self._expect_body()
        elif self.cycle.response_started:
            self.transport.close()
        elif not self.transport.is_closing():
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._head:
            self._head.cancel()
        self._head = None

    def _whole(self) -> None:
        if self._body:
            self._body.cancel()
        self._body, self._came = None, 0

    def _fetched(self) -> None:
        if self._fetch:
            self._fetch.cancel()
        self._fetch = None


def knowing(known: Front) -> type[Patient]:
    """The protocol of a server that knows some requests."""

    class Knowing(Patient):
        """Asks for what is known before it reads a request."""

        front = known

    return Knowing
