"""One shape for every error: problem details (RFC 9457) for tools, a plain page for people."""

from __future__ import annotations

import json

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from graph.errors import (
    BadParameter,
    Conflict,
    DiskFull,
    Gone,
    JoinedupError,
    LoadRefused,
    NeedsCondition,
    NotFound,
    NotReadable,
    NotValid,
    QueryBusy,
    QueryRefused,
    QueryTimeout,
    Stale,
    StoreBusy,
    StoreUnusable,
    TooLarge,
    WriteRefused,
)
from graph.ingest.told import issues_data
from visualisations.page import error_page

NOTED = "joinedup.noted"
"""Where the scope of a request holds its number, and the kind of error in which it ended (api/observing.py)."""


class NotAcceptable(JoinedupError):
    """The client takes none of the forms that there are."""


_STATUS: tuple[tuple[type[JoinedupError], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (Gone, 410, "It is gone"),
    (NotAcceptable, 406, "Not in that form"),
    (NotReadable, 415, "Not that kind of content"),
    (WriteRefused, 403, "Not allowed here"),
    (BadParameter, 400, "A parameter does not fit"),
    (Conflict, 409, "It is there already, or in use"),
    (Stale, 412, "It has changed"),
    (TooLarge, 413, "Too large"),
    (NotValid, 422, "It would not be right"),
    (LoadRefused, 422, "Nothing was loaded"),
    (NeedsCondition, 428, "Say what you have read"),
    (QueryTimeout, 503, "The query took too long"),
    (QueryBusy, 503, "Too many queries at once"),
    (QueryRefused, 400, "The query is refused"),
    (StoreBusy, 503, "The store is busy"),
    (StoreUnusable, 503, "The store cannot be used"),
    (DiskFull, 507, "There is no room"),
    (JoinedupError, 400, "That cannot be done"),
)
_TITLES = {404: "Not found", 405: "Not allowed here", 413: "Too large", 415: "Not that kind of content"}


def problem(request: Request, status: int, title: str, detail: str, **more: object) -> Response:
    """An error as JSON, or as a page where the client would rather have HTML; more goes with the JSON (RFC 9457, 3.2)."""
    accept = parse_accept_header(request.headers.get("accept", ""), MIMEAccept)
    headers = {"Cache-Control": "no-store", **({"Retry-After": "2"} if status == 503 else {})}
    if accept.quality("text/html") > accept.quality("application/json"):
        return Response(error_page(status, title, detail), status, headers, media_type="text/html")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    if noted := request.scope.get(NOTED):
        body["request_id"] = noted["id"]
    return Response(
        json.dumps(body, ensure_ascii=True), status, headers, media_type="application/problem+json"
    )


def status_of(error: JoinedupError) -> tuple[int, str]:
    """The status of an error, and the title that goes with it."""
    return next((status, title) for kind, status, title in _STATUS if isinstance(error, kind))


def install(app: FastAPI) -> None:
    """Let every error of the app take this one shape."""

    app.add_exception_handler(JoinedupError, foreseen)  # type: ignore[arg-type]

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        names = sorted(
            {str(e["loc"][-1]) for e in error.errors() if e["loc"][0] in ("query", "path", "body")}
        )
        return problem(
            request,
            400,
            "A parameter does not fit",
            f"Look at: {', '.join(names)}. What each takes is written at /docs.",
        )

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        title = _TITLES.get(error.status_code, "That cannot be done")
        response = problem(
            request,
            error.status_code,
            title,
            "There is nothing at this address." if error.status_code == 404 else f"{title}.",
        )
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(Exception, unforeseen)


def foreseen(request: Request, error: JoinedupError) -> Response:
    """The answer to an error that says what to do."""
    if noted := request.scope.get(NOTED):
        noted["problem"] = type(error).__name__
    status, title = status_of(error)
    more: dict[str, object] = {"things": error.things} if isinstance(error, NotValid) else {}
    if isinstance(error, LoadRefused):
        more = {"issues": issues_data(error.issues)}
    if isinstance(error, Gone):
        more = {"changes": error.pointer}
    answer = problem(request, status, title, str(error), **more)
    if isinstance(error, Gone):
        answer.headers["Link"] = f'<{error.pointer}>; rel="related"'
    return answer


def unforeseen(request: Request, error: Exception) -> Response:
    """The answer to what nobody has foreseen. Why it happened stands in the log, and only there."""
    return problem(
        request, 500, "Something went wrong", "The server could not answer. It has written down why."
    )
