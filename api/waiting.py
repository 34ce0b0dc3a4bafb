"""Pages that take long the first time: whoever goes to one is told so within seconds, and gets it as soon as it is there.

What is read once of a version takes long in a large store, so a page may come late, but never without a word. Only
browsers are told, which say that somebody goes to a page (Fetch Metadata, Sec-Fetch-Mode); programs wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import Access, access, seen_as
from visualisations.page import waiting_page

SECONDS = 3.0
"""After which somebody is told."""
_KEPT = 60.0
"""Seconds for which a page that was made is kept for who was told."""
_STREAMS = ("/static/", "/download", "/changes/", "/sparql")
"""Whose answers may be larger than what can be held, or have no end."""

_Key = tuple[Access, str, str, str, str, str]


class NoPage(Exception):
    """What is there is no page, so it goes out as it comes."""


class Waiting:
    """Tells who goes to a page that it is being made, where that takes long."""

    def __init__(self, app: ASGIApp, seconds: float = SECONDS):
        self.app, self.seconds = app, seconds
        self._made: dict[_Key, tuple[Scope, asyncio.Task[list[Message]]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        request = Request(scope)
        if not _goes_to_a_page(request):
            await self.app(scope, receive, send)
            return
        key = _key(request)
        first, making = self._made.get(key) or self._begin(key, scope)
        await asyncio.wait([making], timeout=self.seconds)
        if not making.done():
            page = seen_as(request, waiting_page())
            headers = {"Cache-Control": "no-store"}
            await Response(page, 202, headers, media_type="text/html")(scope, receive, send)
            return
        self._made.pop(key, None)
        scope.setdefault("route", first.get("route"))
        try:
            messages = making.result()
        except NoPage:
            await self.app(scope, receive, send)
            return
        for message in messages:
            await send(dict(message))

    def _begin(self, key: _Key, scope: Scope) -> tuple[Scope, asyncio.Task[list[Message]]]:
        loop = asyncio.get_running_loop()

        def done(making: asyncio.Task[list[Message]]) -> None:
            if not making.cancelled():
                making.exception()  # whoever comes back for the page hears of it
            loop.call_later(_KEPT, forget, making)

        def forget(making: asyncio.Task[list[Message]]) -> None:
            if key in self._made and self._made[key][1] is making:
                del self._made[key]

        making = loop.create_task(self._make(scope))
        making.add_done_callback(done)
        self._made[key] = scope, making
        return scope, making

    async def _make(self, scope: Scope) -> list[Message]:
        """A whole page, whether or not somebody still waits for it. Raises NoPage."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            headers = dict(message.get("headers", ()))
            if not headers.get(b"content-type", b"text/html").startswith(b"text/html"):
                raise NoPage
            messages.append(message)

        asked: Iterator[Message] = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Message:
            for message in asked:
                return message
            return await asyncio.Future[Message]()  # nobody leaves

        await self.app(scope, receive, keep)
        return messages


def _goes_to_a_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and request.headers.get("sec-fetch-mode") == "navigate"
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith(_STREAMS)
    )


def _key(request: Request) -> _Key:
    """All that a page depends on."""
    headers = (request.headers.get(name, "") for name in ("host", "accept", "if-none-match"))
    return (access(request), str(request.url), request.scope["scheme"], *headers)
