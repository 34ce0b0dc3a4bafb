"""SPARQL 1.1 Graph Store Protocol at /graph-store: read, replace, add to and remove whole graphs.

A graph is named by ?graph=<IRI>, by ?default, or by the address itself (/graph-store/mine/notes), which is then its
IRI. ?default is the editing graph: what is written without naming a graph. A graph is there as long as it holds
a statement.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs
from uuid import uuid4

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import dataset, etag, headers_of, workers
from api.carrying_out import HEADERS, OF_WRITING, carry_out
from api.flowing import flowing, raw
from api.negotiation import MEDIA, chosen
from api.writing import editor
from graph.edit_checks import READABLE
from graph.editing import edits_of
from graph.errors import BadParameter

PATH = "/graph-store"
router = APIRouter(tags=["sparql"])
_FORMS = ("turtle", "ntriples", "jsonld", "rdfxml")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_PARAMETERS = [
    {
        "name": "graph",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "iri"},
        "description": "The IRI of a graph",
    },
    {
        "name": "default",
        "in": "query",
        "required": False,
        "allowEmptyValue": True,
        "schema": {"type": "string"},
        "description": "Instead of graph: the graph of what is written without naming one",
    },
]
_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": list(_FORMS)},
    "description": "Instead of Accept",
}
_BODY = {"required": True, "content": {media: {"schema": {"type": "string"}} for media in READABLE}}


async def read(request: Request) -> Response:
    """The statements of a graph, as Turtle, N-Triples, JSON-LD or RDF/XML, by Accept or `format`."""
    name = _named(request)
    if name is None:
        raise BadParameter("Name a graph: ?graph= and its IRI, or ?default.")
    form = chosen(request, _FORMS, next(iter(_asked(request).get("format", [])), None))
    tag = etag(request)
    flow = await run_in_threadpool(workers(request).graph, name, form)
    charset = "; charset=utf-8" if MEDIA[form].startswith("text/") else ""
    return flowing(flow, raw({**headers_of(tag), "Content-Type": MEDIA[form] + charset}))


async def replace(request: Request) -> Response:
    """Let a graph hold what the body says, and nothing else: 201 for a new graph, else 204."""
    kind = request.headers.get("content-type", "")
    body = await request.body()

    def work() -> Response:
        there = editor(request).replace(_to_write(request), body, kind, _of(request, "marking") or None)
        return Response(status_code=204 if there else 201, headers=_FRESH)

    return await carry_out(request, "graph replace", work, body, kind, because=_of(request, "because"))


async def add(request: Request) -> Response:
    """Add the statements of the body, or of several files in multipart/form-data, to a graph.

    Where no graph is named, a new one is made, and Location says its IRI.
    """
    kind = request.headers.get("content-type", "")
    new = not _names_graph(request)
    body = await request.body()

    def work() -> Response:
        name = f"{_address(request, PATH)}/{uuid4()}" if new else _to_write(request)
        there = editor(request).add(name, body, kind, _of(request, "marking") or None)
        location = {"Location": name} if new else {}
        return Response(status_code=204 if there else 201, headers={**_FRESH, **location})

    sent = body, "multipart" if kind.startswith("multipart/") else kind
    return await carry_out(request, "graph add", work, *sent, because=_of(request, "because"))


async def remove(request: Request) -> Response:
    """Remove a graph: 204, or 404 where there is none."""

    def work() -> Response:
        editor(request).remove(_to_write(request))
        return Response(status_code=204, headers=_FRESH)

    return await carry_out(request, "graph remove", work)


_FRESH = {"Cache-Control": "no-store"}

for _path, _suffix in ((PATH, ""), (f"{PATH}/{{path:path}}", "_at")):
    for _method, _answer, _summary in (
        ("GET", read, "Read a graph"),
        ("PUT", replace, "Replace a graph"),
        ("POST", add, "Add to a graph"),
        ("DELETE", remove, "Remove a graph"),
    ):
        router.add_api_route(
            _path,
            _answer,
            methods=[_method],
            summary=_summary,
            operation_id=f"graph_{_answer.__name__}{_suffix}",
            include_in_schema=not _suffix,
            response_class=Response,
            openapi_extra={
                "parameters": [*_PARAMETERS, *([_FORMAT] if _method == "GET" else [*OF_WRITING, *HEADERS])],
                **({"requestBody": _BODY} if _method in ("PUT", "POST") else {}),
            },
        )


def _asked(request: Request) -> dict[str, list[str]]:
    try:
        return parse_qs(request.url.query, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise BadParameter("The address holds too many parameters, or what is not UTF-8.") from None


def _of(request: Request, parameter: str) -> str:
    return next(iter(_asked(request).get(parameter, [])), "")


def _names_graph(request: Request) -> bool:
    asked = _asked(request)
    return "graph" in asked or "default" in asked or request.url.path != PATH


def _named(request: Request) -> str | None:
    """The IRI of the graph that a request names; None where it names none."""
    asked = _asked(request)
    graphs = asked.get("graph", [])
    if request.url.path != PATH:
        if graphs or "default" in asked:
            raise BadParameter("The address names a graph already: leave out ?graph= and ?default.")
        return _address(request, request.scope["raw_path"].decode("ascii", "replace"))
    if len(graphs) + ("default" in asked) > 1:
        raise BadParameter("graph, default: name one graph.")
    if "default" in asked:
        return edits_of(dataset(request).base)
    if graphs and not _IRI.fullmatch(graphs[0]):
        raise BadParameter("graph: must be an absolute IRI, such as https://data.example.gov/notes.")
    return graphs[0] if graphs else None


def _to_write(request: Request) -> str:
    """The graph to write. Raises BadParameter where none is named."""
    name = _named(request)
    if name is None:
        raise BadParameter("Name a graph: ?graph= and its IRI, or ?default.")
    return name


def _address(request: Request, path: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{path}"
