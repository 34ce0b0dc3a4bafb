"""Answers that are passed on as they come, so that a large one is never held as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph.flow import Flow

Found = TypeVar("Found")
_LOOKS = 0.05
"""Seconds after which it is worth looking whether the client is still there."""
LEFT = 499
"""The status for the log of a request whose client has left before it was answered."""


class ClientLeft(Exception):
    """The client has closed its connection."""


async def unless_left(request: Request, work: Coroutine[Any, Any, Found]) -> Found:
    """What some work for a client gives. It is cancelled where the client leaves, and ClientLeft raised."""
    loop = asyncio.get_running_loop()
    task, watcher, left = loop.create_task(work), None, False

    async def watching() -> None:
        nonlocal left
        while (await request.receive())["type"] != "http.disconnect":
            continue
        left = True
        task.cancel()

    def look() -> None:
        nonlocal watcher
        watcher = loop.create_task(watching())

    later = loop.call_later(_LOOKS, look)
    try:
        return await task
    except asyncio.CancelledError:
        if left:
            raise ClientLeft from None
        raise
    finally:
        later.cancel()
        if watcher:
            watcher.cancel()


def flowing(flow: Flow, headers: Mapping[str, str]) -> Response:
    """The answer with these headers, in one piece if it is small.

    One that breaks off ends its connection without the end that HTTP asks for, so the client knows that it is not whole.
    """
    if flow.whole:
        return Response(b"".join(flow.pieces()), headers=dict(headers))
    return _Flowing(flow, headers)


class _Flowing(StreamingResponse):
    """Lets go of the worker when the answer ends, also where that is because the client has left."""

    def __init__(self, flow: Flow, headers: Mapping[str, str]):
        super().__init__(_pieces(flow), headers=dict(headers))
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
