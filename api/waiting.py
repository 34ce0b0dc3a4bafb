"""Pages that take long the first time: whoever goes to one is told so within seconds, and gets it as soon as it is there.

What is read once of a version takes long in a large store, so a page may come late, but never without a word. Only
browsers are told, which say that somebody goes to a page (Fetch Metadata, Sec-Fetch-Mode); programs wait, for the page that
is in the making, or was just made, where they ask for nothing but HTML.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import Access, access, seen_as
from visualisations.page import waiting_page

SECONDS = 3.0
"""After which somebody is told."""
_KEPT = 60.0
"""Seconds for which a page is kept for whoever was told that it is being made."""
_MOST = 32
"""So many pages may be in the making for those who were told; above that, all wait."""
_FILES = ("/static/", "/download", "/changes/", "/reports/", "/sparql")
"""What begins so may be a file, or have no end."""

_Key = tuple[Access, int | None, str, str, str, bytes, str]


@dataclass
class _Made:
    """A page that is being made, or was."""

    scope: Scope
    task: asyncio.Task[list[Message]]
    told: bool = False
    """Whether somebody was told of it, and may come back for it."""


class NoPage(Exception):
    """What is there is no page, so it goes out as it comes."""


class Waiting:
    """Tells who goes to a page that it is being made, where that takes long."""

    def __init__(self, app: ASGIApp, version: Callable[[str], int | None], seconds: float = SECONDS):
        """version: the one that an audience sees; None where that is not at hand."""
        self.app, self.version, self.seconds = app, version, seconds
        self._made: dict[_Key, _Made] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        request = Request(scope)
        goes = _goes_to_a_page(request)
        if not goes and not _wants_a_page(request):
            await self.app(scope, receive, send)
            return
        key = self._key(request)
        made = self._made.get(key)
        if made is None:
            if not goes or sum(not one.task.done() for one in self._made.values()) >= _MOST:
                await self.app(scope, receive, send)
                return
            made = self._made[key] = _Made(scope, asyncio.create_task(self._make(scope)))
            made.task.add_done_callback(_heard)
        if goes:
            await asyncio.wait([made.task], timeout=self.seconds)
            self._drop(key, made)
            if not made.task.done():
                self._keep((*key[:-1], ""), made)  # a browser that was told does not say again what it holds
                page = seen_as(request, waiting_page())
                headers = {"Cache-Control": "no-store"}
                await Response(page, 202, headers, media_type="text/html")(scope, receive, send)
                return
        await self._wait(made, scope, receive, send)

    async def _wait(self, made: _Made, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page as soon as it is made; where it is none, as ever."""
        try:
            messages = await asyncio.shield(made.task)
            if messages[0]["status"] == 304 and not Request(scope).headers.get("if-none-match"):
                raise NoPage  # it was made for somebody who holds an older one
        except NoPage:
            await self.app(scope, receive, send)
            return
        scope.setdefault("route", made.scope.get("route"))
        for message in messages:
            await send(dict(message))

    def _key(self, request: Request) -> _Key:
        """All that a page depends on."""
        scope, who = request.scope, access(request)
        host, held = (request.headers.get(name, "") for name in ("host", "if-none-match"))
        version = self.version(who.audience)
        return who, version, scope["scheme"], host, scope["path"], scope["query_string"], held

    def _keep(self, key: _Key, made: _Made) -> None:
        """Keep a page until it is made, and for a while after that."""
        self._made.setdefault(key, made)
        if not made.told:
            made.told = True
            loop = asyncio.get_running_loop()
            made.task.add_done_callback(lambda _: loop.call_later(_KEPT, self._drop, key, made))

    def _drop(self, key: _Key, made: _Made) -> None:
        if self._made.get(key) is made:
            del self._made[key]

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


def _heard(making: asyncio.Task[list[Message]]) -> None:
    """Whoever comes back for a page hears what went wrong with it; where nobody does, it is no loss."""
    if not making.cancelled():
        making.exception()


def _goes_to_a_page(request: Request) -> bool:
    """Whether a browser asks because somebody goes there. Every browser would rather have HTML than anything else."""
    accept = request.headers.get("accept", "")
    return (
        request.headers.get("sec-fetch-mode") == "navigate"
        and "text/html" in accept
        and _may_be_a_page(request)
    )


def _wants_a_page(request: Request) -> bool:
    """Whether a program asks for HTML and nothing else."""
    return request.headers.get("accept") == "text/html" and _may_be_a_page(request)


def _may_be_a_page(request: Request) -> bool:
    path = request.scope["path"]
    suffix = PurePosixPath(path).suffix
    return request.method == "GET" and not path.startswith(_FILES) and suffix in ("", ".html")
