"""Answers that are passed on as they come, so that a large one is never held as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from anyio import to_thread
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from graph.workers import Flow


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
