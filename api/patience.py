"""Connections, and how long they may take: what a client sends slowly, in floods, or does not fetch, is not waited for."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected, and has said nothing yet."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._stop_waiting()
        self._whole()
        self._fetched()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._size = 0
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
            super().on_headers_complete()
            self._expect_body()

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._came += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it has come."""
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
