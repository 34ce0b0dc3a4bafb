"""The web application: routes, errors, and the headers that keep a page to itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from importlib.resources import files
from threading import Event
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import (
    analyses,
    changes,
    described,
    downloads,
    entities,
    errors,
    explore,
    graph_store,
    identity,
    loading,
    matrix,
    neighbours,
    networks,
    operations,
    pages,
    queries,
    reports,
    searching,
    sign_in,
    sparql,
    straight,
    things_by_hand,
    vocabulary,
)
from api.access import REFUSED, Admission
from api.again import Again
from api.answers import State, answered
from api.entrance import gate_of
from api.flowing import WholeForOld
from api.following import following
from api.logs import logger
from api.metrics import Metrics
from api.observing import Observed
from api.reading import Readers
from api.settings import Settings
from api.waiting import Waiting
from api.warming import warming
from graph.audiences import SENSITIVE
from graph.editing import Editor
from graph.store import Store, open_store
from graph.version import __version__
from graph.workers import Workers
from visualisations.reference import reference_page

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    b"content-security-policy": _POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}

_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
"""What Host may look like (RFC 9110, 7.2)."""


def create_app(settings: Settings | None = None, store: Store | None = None) -> Served:
    """The application on a store. Run it with any ASGI server; its workers start with it and stop with it."""
    settings = settings or Settings()
    opened = store or open_store(settings.store)
    gate = gate_of(opened, settings.entrance)
    writes = settings.allow_writing or gate.required
    log = logger(settings.log_level, settings.log_format)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        readers = Readers(
            opened, lambda view: Workers(view, count=settings.workers, seconds=settings.query_seconds)
        )
        editor = Editor(opened, seconds=settings.query_seconds) if writes else None
        app.state.joinedup = held = State(opened, readers, gate, settings.allow_judging, editor)
        try:
            if not gate.required:
                readers.view(SENSITIVE)  # of whoever needs no token
            with following(opened, log), warming(opened, readers, log):
                yield
        finally:
            held.asking.close()
            loading.close(app)
            readers.close()
            if editor:
                editor.close()

    app = Served(
        title="Joinedup",
        version=__version__,
        lifespan=running,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        description="Programmes, who shares them, and what holds them back: pages, data and SPARQL from one graph.",
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    errors.install(app)
    described.describe(app)

    metrics, stopping = Metrics(), Event()
    app.state.stopping = stopping
    operations.install(app, metrics)

    @app.get("/docs", include_in_schema=False)
    def reference(request: Request) -> Response:
        """Every route and parameter, as a page."""
        return answered(request, reference_page(app.openapi()), "html")

    for router in (
        pages.router,
        explore.router,
        analyses.router,
        networks.router,
        reports.router,
        neighbours.router,
        changes.router,
        matrix.router,
        searching.router,
        downloads.router,
        identity.router,
        entities.router,
        sparql.router,
        queries.router,
        graph_store.router,
        loading.router,
        things_by_hand.router,
        vocabulary.router,
        sign_in.router,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("visualisations").joinpath("static"))))
    most = {graph_store.PATH: settings.most_graph_bytes} if writes else {}
    app.state.most_load_bytes = settings.most_graph_bytes

    def version(audience: str) -> int | None:
        readers = app.state.joinedup.readers
        return readers.view(audience).version if readers.ready(audience) else None

    guarded = Guarded(
        Waiting(WholeForOld(straight.Asked(app.routed)), version),
        most_body_bytes=settings.most_body_bytes,
        hosts=settings.entrance.host_names,
        most_at=most,
    )

    app.front = Observed(
        Admission(guarded, gate=gate),
        log=log,
        metrics=metrics,
        stopping=stopping,
        headers=_HEADERS,
        known=Again(version),
        ask=lambda *asked: straight.straight(app.state.joinedup, *asked),
    )
    return app


class Served(FastAPI):
    """FastAPI behind what is ours, so that what it does for each request is done only for its own routes."""

    front: Observed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self.front(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let FastAPI answer one request."""
        await super().__call__(scope, receive, send)


class Guarded:
    """Limits what comes in.

    Refuses bodies over the limit, and any Host but this machine's own and those that it was told of, so that no page
    elsewhere can read the graph through a name that it makes point here (DNS rebinding).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        most_body_bytes: int,
        hosts: Sequence[str] = (),
        most_at: Mapping[str, int] | None = None,
    ):
        self.app, self.most, self.most_at = app, most_body_bytes, most_at or {}
        self.hosts = {"127.0.0.1", "localhost", "::1", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))  # of two of one name, the first
        if _named(headers.get(b"host", b"")) not in self.hosts:
            detail = (
                "Open it as http://127.0.0.1 or http://localhost, or under a name given to it by --host-name."
            )
            answer = errors.problem(Request(scope), 421, "Not served under this name", detail)
            await answer(scope, receive, send)
            return
        if refused := scope.get(REFUSED):  # before any of the body is read
            await refused(scope, receive, send)
            return
        path = scope["path"]
        bodiless = b"transfer-encoding" not in headers and headers.get(b"content-length", b"0") == b"0"
        if bodiless or path == loading.PATH:  # which counts what comes, and writes it to disk
            await self.app(scope, receive, send)
            return
        most = next((m for at, m in self.most_at.items() if path.startswith(at)), self.most)
        try:
            body = await self._body(receive, most)
        except ClientDisconnect:  # half a body is no body
            return
        if body is None:
            detail = f"The most that can be sent here is {most:,} bytes."
            await errors.problem(Request(scope), 413, "Too large", detail)(scope, receive, send)
            return
        replayed = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(replayed, None) or await receive()

        await self.app(scope, replay, send)

    async def _body(self, receive: Receive, most: int) -> bytes | None:
        """The whole body; None where it is over the limit. What comes after that is read, so that the client hears why."""
        parts: list[bytes] = []
        size = 0
        while size <= 32 * most:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            size += len(message.get("body", b""))
            if size <= most:
                parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        return b"".join(parts) if size <= most else None


@lru_cache(maxsize=100)
def _named(host: bytes) -> str | None:
    """The name or address in a Host that looks as it may, without its port; None for any other."""
    text = host.decode("latin-1")
    with suppress(ValueError):  # of brackets around what is no address
        return urlsplit(f"//{text}").hostname if _HOST.fullmatch(text) else None
    return None
