"""Every request, seen from outside: its number, one line in the log, what is counted of it, and the last resort where
it fails. Neither the log nor the figures say who asked, what for, or with which token: only the template of the route.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from random import getrandbits
from threading import Event
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from api.again import ASKING, BEGUN, KNOWN, RAW, Again, Answer, Asking, Begun, Holds, Raw
from api.metrics import Metrics
from graph.flow import Flow

_HEADER = b"x-request-id"
_NUMBER = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_ASKED = "/sparql"
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
        known: Again,
        ask: Callable[[Asking, str, str], Coroutine[Any, Any, tuple[Response, Holds] | Flow]],
    ):
        self.app, self.log, self.metrics, self.stopping = app, log, metrics, stopping
        self.headers = tuple(headers.items())
        """What every answer carries."""
        self._own_head = b"".join(b"%b: %b\r\n" % one for one in self.headers)
        self.known, self.ask = known, ask

    def again(self, raw: Raw) -> list[bytes] | None:
        """The answer to a request that is known to the byte, after the status line and the date, in pieces."""
        begun = time.perf_counter()
        found = self.known.find(raw)
        if found is None:
            return None
        self.metrics.began()
        return self._pieces(found, begun)

    def straight(self, raw: Raw) -> Coroutine[Any, Any, list[bytes] | Begun] | None:
        """The work for a question of which all but the query is known; None for any other.

        It gives the answer as `again` does, or what there is of it where that is large or an error.
        """
        asked = self.known.asked(raw)
        return self._straight(raw, *asked) if asked else None

    async def _straight(self, raw: Raw, asking: Asking, asked: str, query: str) -> list[bytes] | Begun:
        begun = time.perf_counter()
        self.metrics.began()
        try:
            found = await self.ask(asking, asked, query)
        except Exception as error:
            self.metrics.handed_on()
            return Begun(begun, error)
        except BaseException:  # the client has left
            self._told(_new_number(), "GET", _ASKED, 499, time.perf_counter() - begun, 0, "", None)
            raise
        if isinstance(found, Flow):
            self.metrics.handed_on()
            return Begun(begun, found)
        answer, holds = found
        made = Answer(holds, self._head(answer.raw_headers), bytes(answer.body), _ASKED)
        if holds.again:
            self.known.keep(raw, (), made)
        return self._pieces(made, begun)

    def _head(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        return b"".join([b"%b: %b\r\n" % one for one in headers]) + self._own_head

    def _pieces(self, answer: Answer, begun: float) -> list[bytes]:
        number, size = _new_number(), len(answer.body)
        self._told(number, "GET", answer.route, 200, time.perf_counter() - begun, size, "", None)
        return [answer.head, _HEADER, b": ", number.encode(), b"\r\n\r\n", answer.body]

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
        headers: Sequence[tuple[bytes, bytes]] = ()
        if done := scope.get(BEGUN):
            begun = done.since

        async def counted(message: Message) -> None:
            nonlocal status, size, events, ended, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
                events = any(n == b"content-type" and v.startswith(_EVENTS) for n, v in message["headers"])
                message["headers"] = [*headers, *self.headers, (_HEADER, number.encode())]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                ended = not message.get("more_body")
                if ended and status == 200 and (raw := scope.get(RAW)):
                    if holds := scope.get(KNOWN):
                        answer = Answer(holds, self._head(headers), message["body"], _route(scope))
                        self.known.keep(raw, scope["headers"], answer)
                    if asking := scope.get(ASKING):
                        self.known.learn(raw, scope["headers"], asking)
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
            if status and not ended:  # too late for another answer: the server breaks the connection off
                raise
            if not status:
                await errors.unforeseen(Request(scope), error)(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - begun
            problem = noted["problem"]
            self._told(number, asked, _route(scope), status or 499, seconds, size, problem, failure)

    def _told(
        self,
        number: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        size: int,
        problem: str,
        failure: Exception | None,
    ) -> None:
        """Count a request that has been answered, and write its line in the log."""
        self.metrics.ended(route, method, status, seconds, problem)
        say = self.log.error if failure else self.log.warning if status == 503 else self.log.info
        said = {"problem": problem} if problem else {}
        say(
            "request",
            id=number,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            bytes=size,
            **said,
            **({"exc_info": failure} if failure else {}),
        )


def _number(scope: Scope) -> str:
    """The number that a client or a proxy gave to a request, where it is a plain one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
    return given.decode() if _NUMBER.fullmatch(given) else _new_number()


def _new_number() -> str:
    return f"{getrandbits(128):032x}"


def _route(scope: Scope) -> str:
    """The template of the route that answered: the paths are endless, and hold the names of things."""
    return str(getattr(scope.get("route"), "path", "") or "(none)")
