"""The web application: routes, errors, and the headers that keep a page to itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import analyses, entities, errors, graph_store, identity, networks, pages, sparql, vocabulary
from api.answers import State, answered, state
from api.settings import Settings
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


def create_app(settings: Settings | None = None, store: Store | None = None) -> FastAPI:
    """The application on a store. Run it with any ASGI server; its workers start with it and stop with it."""
    settings = settings or Settings()
    opened = store or open_store(settings.store)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        with Workers(opened, count=settings.workers, seconds=settings.query_seconds) as workers:
            editor = Editor(opened, seconds=settings.query_seconds) if settings.allow_writing else None
            app.state.joinedup = held = State(opened, workers, settings.allow_judging, editor)
            try:
                yield
            finally:
                held.asking.close()
                if editor:
                    editor.close()

    app = FastAPI(
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

    @app.get("/health", tags=["operations"], summary="Whether the server and its store answer")
    def health(request: Request) -> JSONResponse:
        """The version of the software and of the store."""
        data = state(request).store.dataset()
        found: dict[str, Any] = {
            "status": "ok",
            "joinedup": __version__,
            "store_version": data.version,
            "statements": len(data),
        }
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    @app.get("/docs", include_in_schema=False)
    def reference(request: Request) -> Response:
        """Every route and parameter, as a page."""
        return answered(request, reference_page(app.openapi()), "html")

    for router in (
        pages.router,
        analyses.router,
        networks.router,
        identity.router,
        entities.router,
        sparql.router,
        graph_store.router,
        vocabulary.router,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("visualisations").joinpath("static"))))
    most = {graph_store.PATH: settings.most_graph_bytes} if settings.allow_writing else {}
    app.add_middleware(
        Guarded, most_body_bytes=settings.most_body_bytes, any_host=settings.any_host, most_at=most
    )
    return app


class Guarded:
    """Limits what comes in and marks what goes out.

    Refuses bodies over the limit, and, unless told that the network is trusted, any Host but this machine's own, so
    that no page elsewhere can read the graph through a name that it makes point here (DNS rebinding).
    """

    def __init__(
        self, app: ASGIApp, *, most_body_bytes: int, any_host: bool, most_at: Mapping[str, int] | None = None
    ):
        self.app, self.most, self.any_host, self.most_at = app, most_body_bytes, any_host, most_at or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}  # the server leaves out the body, as for every HEAD
        request = Request(scope)
        if not self.any_host and (request.url.hostname or "") not in ("127.0.0.1", "localhost", "::1"):
            await errors.problem(
                request, 421, "Not served under this name", "Open it as http://127.0.0.1 or http://localhost."
            )(scope, receive, send)
            return
        most = next((m for path, m in self.most_at.items() if request.url.path.startswith(path)), self.most)
        body = await self._body(receive, most) if _has_body(request) else b""
        if body is None:
            detail = f"The most that can be sent here is {most:,} bytes."
            await errors.problem(request, 413, "Too large", detail)(scope, receive, send)
            return
        replayed = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(replayed, None) or await receive()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self.app(scope, replay, marked)

    async def _body(self, receive: Receive, most: int) -> bytes | None:
        """The whole body; None where it is over the limit. What comes after that is read, so that the client hears why."""
        parts: list[bytes] = []
        size = 0
        while size <= 32 * most:
            message = await receive()
            size += len(message.get("body", b""))
            if size <= most:
                parts.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        return b"".join(parts) if size <= most else None


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
