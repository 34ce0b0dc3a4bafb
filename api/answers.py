"""Answers over HTTP: the state every route shares, validators, and the headers that go with a body."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyoxigraph import RdfFormat, Triple, serialize
from rdflib import Graph
from starlette.requests import Request
from starlette.responses import Response

from api.access import Access, Gate, access, seen_as
from api.asking import Asking
from api.negotiation import MEDIA
from api.reading import Readers
from api.remembered import Remembered
from graph.dataset import Dataset
from graph.editing import Editor
from graph.store import Store
from graph.tokens import WRITE
from graph.version import __version__
from graph.workers import Workers
from visualisations.load import way_to_load


@dataclass(frozen=True)
class State:
    """What the routes work on."""

    store: Store
    """Everything. What a request may see of it is `dataset(request)`."""
    readers: Readers
    gate: Gate
    allow_judging: bool = False
    editor: Editor | None = None
    """What writes for clients; None where the server only reads."""
    asking: Asking = field(default_factory=Asking)
    remembered: Remembered = field(default_factory=Remembered)


def state(request: Request) -> State:
    """The state of the app that serves a request."""
    found = request.app.state.joinedup
    assert isinstance(found, State)
    return found


def dataset(request: Request) -> Dataset:
    """The newest version of the store, as whoever asks may see it."""
    return state(request).readers.view(access(request).audience).dataset()


def workers(request: Request) -> Workers:
    """What runs the queries of whoever asks, on what they may see and nothing else."""
    return state(request).readers.workers(access(request).audience)


def etag(request: Request) -> str:
    """The validator of an answer: it changes with who asks, what they may see, the address and the form asked for."""
    who, scope = access(request), request.scope
    version = state(request).readers.view(who.audience).version
    asked, accept = scope["query_string"].decode("latin-1"), request.headers.get("accept", "")
    return etag_of(who, version, scope["path"], asked, accept)


def etag_of(who: Access, version: int, path: str, asked: str, accept: str) -> str:
    """As `etag`, of what it is made of."""
    key = f"{__version__} {version} {who.audience} {who.right} {who.label} {path}?{asked} {accept}"
    return f'"{version}-{hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]}"'


def version_of(tag: str) -> int:
    """The version that a validator is of."""
    return int(tag[1:].partition("-")[0])


def unchanged(request: Request) -> Response | None:
    """304 where the client already has this version of the answer; `answered` sees to If-None-Match: *."""
    mine = etag(request)
    held = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=headers_of(mine)) if mine in held else None


def answered(request: Request, body: str | bytes, form: str, *, name: str | None = None) -> Response:
    """A body in one form, with its validator. name: what a browser saves it as."""
    media = MEDIA["json" if form == "json" else form]
    headers = headers_of(etag(request))
    if request.method == "GET" and request.headers.get("if-none-match", "").strip() == "*":
        return Response(status_code=304, headers=headers)  # RFC 9110, 13.1.2: there is something
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    if form == "html" and isinstance(body, str):
        body = seen_as(request, body)
        if state(request).editor is not None and access(request).may(WRITE):
            body = way_to_load(body)
    return Response(body, headers={**headers, "Content-Type": media + charset})


def as_jsonld(statements: Iterable[Triple], context: Mapping[str, object]) -> str:
    """Statements as JSON-LD, with the short names of a context that is written into the answer."""
    plain = serialize(statements, format=RdfFormat.N_TRIPLES) or b""
    return Graph().parse(data=plain, format="nt").serialize(format="json-ld", context=context)


def headers_of(tag: str) -> dict[str, str]:
    """The headers of an answer that goes with a version of the store."""
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
