"""The whole dataset, as whoever asks may see it, as one file: TriG or N-Quads, packed where the client takes that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from threading import BoundedSemaphore, Event, Thread
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from werkzeug.http import parse_accept_header

from api.answers import dataset, etag, headers_of
from graph.download import DOWNLOADS, Kind, download, squeezed
from graph.errors import QueryBusy

router = APIRouter(tags=["downloads"])
_MOST = 4
_PLACES = BoundedSemaphore(_MOST)
"""So many downloads may go on at once."""
_AHEAD = 8
"""The parts that are made before the client has taken the first of them."""


async def _in_one_thread(made: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    """The parts, all made in one thread, as what the store reads from may not go from one to another."""
    loop, left = asyncio.get_running_loop(), Event()
    waiting: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(_AHEAD)

    def hand_over(part: bytes | Exception | None) -> None:
        handing = asyncio.run_coroutine_threadsafe(waiting.put(part), loop)
        while not left.is_set():
            with suppress(TimeoutError):
                handing.result(0.5)
                return
        handing.cancel()

    def work() -> None:
        try:
            for part in made():
                hand_over(part)
                if left.is_set():
                    return
            hand_over(None)
        except Exception as error:
            hand_over(error)
        finally:
            _PLACES.release()

    while not _PLACES.acquire(blocking=False):  # others came between
        await asyncio.sleep(0.2)
    Thread(target=work, name="download", daemon=True).start()
    try:
        while (part := await waiting.get()) is not None:
            if isinstance(part, Exception):
                raise part
            yield part
    finally:
        left.set()


def _whole(kind: Kind) -> Any:
    def whole(request: Request) -> Response:
        """Every statement that you may read, by source graph, with things that are the same under one address.

        It is streamed from one version of the data, whatever is loaded meanwhile. What a client already has by its ETag
        is not sent again.
        """
        data = dataset(request)
        packs = parse_accept_header(request.headers.get("accept-encoding", "")).quality("gzip") > 0
        headers = headers_of(etag(request))
        headers["Vary"] += ", Accept-Encoding"
        if packs:  # another body is another entity (RFC 9110, 8.8.3.3)
            headers["ETag"] = f'{headers["ETag"][:-1]}-gzip"'
        held = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if headers["ETag"] in held or "*" in held:
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="joinedup-{data.version}.{kind.suffix}"'
        if packs:
            headers["Content-Encoding"] = "gzip"

        def made() -> Iterator[bytes]:
            parts = download(data, kind)
            return squeezed(parts) if packs else parts

        if not _PLACES.acquire(blocking=False):
            raise QueryBusy(f"{_MOST} downloads are going on. Try again in a while.")
        _PLACES.release()  # it is taken when the stream begins, which it may not
        return StreamingResponse(_in_one_thread(made), headers=headers, media_type=kind.media)

    return whole


for _kind in DOWNLOADS.values():
    router.add_api_route(
        f"/download.{_kind.suffix}",
        _whole(_kind),
        methods=["GET"],
        summary=f"Everything that you may read, as {_kind.media}",
        operation_id=f"download_{_kind.suffix}",
        response_class=Response,
        responses={200: {"description": "The file", "content": {_kind.media: {}}}},
    )
