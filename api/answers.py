"""Answers over HTTP: the state every route shares, validators, and the headers that go with a body."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyoxigraph import RdfFormat, Triple, serialize
from rdflib import Graph
from starlette.requests import Request
from starlette.responses import Response

from api.asking import Asking
from api.negotiation import MEDIA
from graph.dataset import Dataset
from graph.editing import Editor
from graph.store import Store
from graph.version import __version__
from graph.workers import Workers


@dataclass(frozen=True)
class State:
    """What the routes work on."""

    store: Store
    workers: Workers
    allow_judging: bool = False
    editor: Editor | None = None
    """What writes for clients; None where the server only reads."""
    asking: Asking = field(default_factory=Asking)


def state(request: Request) -> State:
    """The state of the app that serves a request."""
    found = request.app.state.joinedup
    assert isinstance(found, State)
    return found


def dataset(request: Request) -> Dataset:
    """The newest version of the store."""
    return state(request).store.dataset()


def etag(request: Request) -> str:
    """The validator of an answer: it changes with the store, the address and the form asked for."""
    version = state(request).store.version
    key = (
        f"{__version__} {version} {request.url.path}?{request.url.query} {request.headers.get('accept', '')}"
    )
    return f'"{version}-{hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]}"'


def unchanged(request: Request) -> Response | None:
    """304 where the client already has this version of the answer."""
    mine = etag(request)
    held = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=headers_of(mine)) if mine in held or "*" in held else None


def answered(request: Request, body: str | bytes, form: str, *, name: str | None = None) -> Response:
    """A body in one form, with its validator. name: what a browser saves it as."""
    media = MEDIA["json" if form == "json" else form]
    headers = headers_of(etag(request))
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    return Response(body, headers={**headers, "Content-Type": media + charset})


def as_jsonld(statements: Iterable[Triple], context: Mapping[str, object]) -> str:
    """Statements as JSON-LD, with the short names of a context that is written into the answer."""
    plain = serialize(statements, format=RdfFormat.N_TRIPLES) or b""
    return Graph().parse(data=plain, format="nt").serialize(format="json-ld", context=context)


def headers_of(tag: str) -> dict[str, str]:
    """The headers of an answer that goes with a version of the store."""
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
