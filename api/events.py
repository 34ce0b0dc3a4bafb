"""Server-sent events of something that takes long: how far it is, and then its answer or what stands in the way."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from graph.errors import JoinedupError

_LOG = logging.getLogger(__name__)
_EVERY = 1.0
"""Seconds between two events of progress."""
_FIRST = 0.2
"""Seconds after which the first comes, if the answer has not."""
T = TypeVar("T")


def streamed(events: AsyncIterator[str]) -> StreamingResponse:
    """Events as an answer that no cache keeps and no proxy holds back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def events(
    request: Request, answer: Future[T], now: Callable[[], dict[str, Any]], written: Callable[[T], str]
) -> AsyncIterator[str]:
    """Events `progress` as now tells it, then one `result` with what is written of the answer, or one `error`.

    It ends early where nobody follows any more.
    """
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    answer.add_done_callback(lambda _: loop.call_soon_threadsafe(over.set))
    waited = _FIRST
    while not over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), waited)
            break
        if await request.is_disconnected():
            return
        yield event("progress", json.dumps(now(), ensure_ascii=False))
        waited = _EVERY
    try:
        result = answer.result()
    except JoinedupError as error:
        yield event("error", json.dumps({"detail": str(error)}, ensure_ascii=False))
    except Exception:
        _LOG.exception("%s failed", request.url.path)
        yield event("error", json.dumps({"detail": "The server could not answer."}))
    else:
        yield event("result", await run_in_threadpool(written, result))


def event(name: str, data: str, id: str = "") -> str:
    """One event (HTML, server-sent events); id is what a client that comes back says it had last."""
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    known = f"id: {id}\n" if id else ""
    return f"event: {name}\n{known}{lines}\n"
