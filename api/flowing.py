"""Answers that are passed on as they come, so that a large one is never held as a whole; but whole to HTTP/1.0."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import foreseen, problem
from graph.errors import JoinedupError
from graph.flow import MOST_BYTES, Flow

Found = TypeVar("Found")
_LOOKS = 0.05
"""Seconds after which it is worth looking whether the client is still there."""
LEFT = 499
"""The status for the log of a request whose client has left before it was answered."""


class ClientLeft(Exception):
    """The client has closed its connection."""


async def unless_left(request: Request, work: Coroutine[Any, Any, Found]) -> Found:
    """What some work for a client gives. It is cancelled where the client leaves, and ClientLeft raised."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    watcher, left = None, False

    async def watching() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            continue
        left = True
        task.cancel()

    def look() -> None:
        nonlocal watcher
        watcher = loop.create_task(watching())

    later = loop.call_later(_LOOKS, look)  # most are answered before it is worth a task of its own
    try:
        return await work
    except asyncio.CancelledError:
        if left:
            task.uncancel()
            raise ClientLeft from None
        raise
    finally:
        later.cancel()
        if watcher:
            watcher.cancel()


Headers = Iterable[tuple[bytes, bytes]]
"""Names in small letters, and values, as they go out."""


def raw(headers: Mapping[str, str]) -> Headers:
    """Headers as they go out."""
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


def flowing(flow: Flow, headers: Headers) -> Response:
    """The answer with these headers, in one piece if it is small.

    One that breaks off ends its connection without the end that HTTP asks for, so the client knows that it is not whole.
    """
    answer: Response = Response(b"".join(flow.pieces())) if flow.whole else _Flowing(flow)
    answer.raw_headers.extend(headers)
    return answer


class _Flowing(StreamingResponse):
    """Lets go of the worker when the answer ends, also where that is because the client has left."""

    def __init__(self, flow: Flow):
        super().__init__(_pieces(flow))
        self._flow = flow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._flow.close()


async def _pieces(flow: Flow) -> AsyncIterator[bytes]:
    pieces = flow.pieces()
    while (piece := await to_thread.run_sync(next, pieces, None, abandon_on_cancel=True)) is not None:
        yield piece


_BODILESS = (204, 304)
_SLICE = 256 * 1024
"""Bytes of an answer that are given on at once."""


class TooMuch(Exception):
    """An answer is more than can be held."""


class WholeForOld:
    """Gives clients of HTTP/1.0 each answer whole, with its length: they know no pieces (RFC 9112, 6.1 and 6.3).

    So none takes an answer that breaks off for all of it. What is too large to be held, or has no end, is refused.
    """

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BYTES):
        self.app, self.most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope.get("http_version") != "1.0":
            await self.app(scope, receive, send)
            return
        begun: list[Message] = []
        body = bytearray()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                if any(value.startswith(b"text/event-stream") for _, value in message["headers"]):
                    raise TooMuch
            else:
                body.extend(message.get("body", b""))
                if len(body) > self.most:
                    raise TooMuch

        request = Request(scope)
        try:
            await self.app(scope, receive, hold)
        except TooMuch:
            detail = "This answer goes out piece by piece, which HTTP/1.0 does not know. Ask by HTTP/1.1, or for less."
            await problem(request, 505, "HTTP/1.1 is needed", detail)(scope, receive, send)
            return
        except (JoinedupError, RuntimeError) as error:  # Starlette wraps what comes once an answer has begun
            cause = error if isinstance(error, JoinedupError) else error.__cause__
            if not isinstance(cause, JoinedupError):
                raise
            await foreseen(request, cause)(scope, receive, send)
            return
        for start in begun:
            known = start["status"] in _BODILESS or any(n == b"content-length" for n, _ in start["headers"])
            length = [] if known else [(b"content-length", b"%d" % len(body))]
            await send({**start, "headers": [*start["headers"], *length]})
            for at in range(0, len(body), _SLICE):
                piece = bytes(body[at : at + _SLICE])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
