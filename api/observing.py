"""Every request, seen from outside: its number, one line in the log, what is counted of it, and the last resort where
it fails. Neither the log nor the figures say who asked, what for, or with which token: only the template of the route.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from threading import Event
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.metrics import Metrics

_HEADER = b"x-request-id"
_NUMBER = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_EVENTS = b"text/event-stream"
_LOOK = 0.25
"""Seconds between two looks at whether the server stops, while events are streamed."""


class Observed:
    """The outermost part of the application that is ours: everything else runs within it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        log: Any,
        metrics: Metrics,
        stopping: Event,
        headers: Mapping[bytes, bytes],
    ):
        self.app, self.log, self.metrics, self.stopping = app, log, metrics, stopping
        self.headers = tuple(headers.items())
        """What every answer carries."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection. A stream of events ends when the server stops; whatever else goes on is finished."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = scope["method"]
        if asked == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves out the body, as for every HEAD
        number = _number(scope)
        noted = scope[errors.NOTED] = {"id": number, "problem": ""}
        status, size, events, ended, begun = 0, 0, False, False, time.perf_counter()

        async def counted(message: Message) -> None:
            nonlocal status, size, events, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                events = any(n == b"content-type" and v.startswith(_EVENTS) for n, v in message["headers"])
                message["headers"] = [*message["headers"], *self.headers, (_HEADER, number.encode())]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                ended = not message.get("more_body")
            await send(message)

        async def heard() -> Message:
            if self.stopping.is_set() and events:
                return {"type": "http.disconnect"}
            waiting = asyncio.ensure_future(receive())
            try:
                while not waiting.done():
                    await asyncio.wait([waiting], timeout=_LOOK if events or not status else None)
                    if self.stopping.is_set() and events and not waiting.done():
                        return {"type": "http.disconnect"}
                return waiting.result()
            finally:
                waiting.cancel()

        failure: Exception | None = None
        self.metrics.began()
        try:
            await self.app(scope, heard, counted)
            if events and not ended and self.stopping.is_set():
                await counted({"type": "http.response.body", "body": b"", "more_body": False})
        except Exception as error:
            failure = error
            noted["problem"] = type(error).__name__
            if status:  # too late for another answer: the server breaks the connection off
                raise
            await errors.unforeseen(Request(scope), error)(scope, receive, counted)
        finally:
            seconds, route = time.perf_counter() - begun, _route(scope)
            self.metrics.ended(route, asked, status or 499, seconds, noted["problem"])
            say = self.log.error if failure else self.log.warning if status == 503 else self.log.info
            said = {"problem": noted["problem"]} if noted["problem"] else {}
            say(
                "request",
                id=number,
                method=asked,
                route=route,
                status=status or 499,
                ms=round(seconds * 1000, 1),
                bytes=size,
                **said,
                **({"exc_info": failure} if failure else {}),
            )


def _number(scope: Scope) -> str:
    """The number that a client or a proxy gave to a request, where it is a plain one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
    return given.decode() if _NUMBER.fullmatch(given) else uuid4().hex


def _route(scope: Scope) -> str:
    """The template of the route that answered: the paths are endless, and hold the names of things."""
    return str(getattr(scope.get("route"), "path", "") or "(none)")
