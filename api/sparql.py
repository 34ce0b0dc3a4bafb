"""SPARQL 1.1 Protocol at /sparql: query by GET and POST, update by POST; for people, a form with the answer below it.

Without a query, the address tells programs what the service can do (SPARQL 1.1 Service Description). Queries and
updates are parsed and run in processes that can be killed (graph/workers.py, graph/editing.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import pyoxigraph as ox
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import access
from api.again import ASKING, BEGUN, KNOWN, Asking, Begun, Holds
from api.answers import (
    answered,
    dataset,
    etag,
    headers_of,
    state,
    unchanged,
    version_of,
    workers,
)
from api.carrying_out import HEADERS, OF_WRITING, carry_out
from api.flowing import LEFT, ClientLeft, Headers, flowing, raw, unless_left
from api.negotiation import MEDIA, best, chosen
from api.service_description import SERVICE_PREFIXES, service_description
from api.sparql_page import client_of, page
from api.writing import editor, may_write
from graph.analysis import asked_day
from graph.completions import completions
from graph.errors import BadParameter, NotReadable
from graph.flow import Flow
from graph.questions import question, ready
from graph.worker import GRAPHS

router = APIRouter(tags=["sparql"])

_RESULTS = ("srj", "json", "xml", "csv", "tsv")
_GRAPHS = ("turtle", "ntriples", "jsonld", "rdfxml")
_ALIASES = {
    "rdf+xml": "rdfxml",
    "rdf": "rdfxml",
    "json-ld": "jsonld",
    "n3": "turtle",
    "ttl": "turtle",
    "nt": "ntriples",
    "n-triples": "ntriples",
}
"""What some clients write for format."""
_HTML_TOO = ("srj", "html", *_RESULTS[1:], *_GRAPHS)
_SAME_SYNTAX = {"xml": "rdfxml", "json": "jsonld"}
"""The form of a graph for who asks for a form of results."""
_IGNORED_GRAPH = "urn:x-rdflib:default"
FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["json", "xml", "csv", "tsv", *_GRAPHS]},
    "description": "Instead of Accept",
}
_PARAMETERS = [
    {
        "name": "query",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "description": "SELECT, ASK, CONSTRUCT or DESCRIBE",
    },
    {
        "name": "question",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 40},
        "description": "Instead of query: one of the questions that come with Joinedup",
    },
    {
        "name": "as_of",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "date"},
        "description": "The day that a question is asked of; without it, the day of the newest interview",
    },
    FORMAT,
    {
        "name": "default-graph-uri",
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": "Ask these source graphs only",
    },
    {
        "name": "named-graph-uri",
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": "The graphs that GRAPH may name",
    },
]
_USING = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "array", "items": {"type": "string"}},
        "description": f"Of an update: {what}",
    }
    for name, what in (
        ("using-graph-uri", "look for WHERE in these graphs only"),
        ("using-named-graph-uri", "the graphs that GRAPH may name in WHERE"),
    )
]


@router.get(
    "/sparql",
    operation_id="sparql_get",
    summary="Ask a SPARQL query",
    openapi_extra={"parameters": _PARAMETERS},
)
async def by_get(request: Request) -> Response:
    """The answer as JSON, XML, CSV, TSV, Turtle, N-Triples, JSON-LD or RDF/XML, by Accept or `format`."""
    if "if-none-match" in request.headers and (old := unchanged(request)):
        return old
    key = _key(request)
    if kept := state(request).remembered.get(key):
        request.scope[KNOWN] = Holds(access(request).audience, version_of(key[0]))
        return kept
    asked = _asked(request)
    if "update" in asked:
        raise BadParameter("update: send it by POST. An update is never a GET.")
    if "question" in asked:
        asked["query"] = [*asked.get("query", ()), _question(request, asked)]
    if not set(asked) - {"format"} and (form := _described_as(request, asked)):
        return await run_in_threadpool(_description, request, form)
    return await _answer(request, asked, key)


@router.post(
    "/sparql",
    operation_id="sparql_post",
    summary="Ask a SPARQL query, or send an update",
    openapi_extra={
        "parameters": [*_PARAMETERS[3:], *_USING, *OF_WRITING, *HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/sparql-query": {"schema": {"type": "string"}},
                "application/sparql-update": {"schema": {"type": "string"}},
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"query": {"type": "string"}, "update": {"type": "string"}},
                    }
                },
            },
        },
        "responses": {"204": {"description": "The update is done, and on disk"}},
    },
)
async def by_post(request: Request) -> Response:
    """A query or an update as the body, or as the field `query` or `update` of a form.

    Updates are carried out where the server was started with --allow-writing: all of it or nothing, and on disk when
    the answer comes. Statements that name no graph are written to the editing graph.
    """
    asked = _asked(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (
        "application/sparql-query",
        "application/sparql-update",
        "application/x-www-form-urlencoded",
    ):
        raise NotReadable(
            "Content-Type: send application/sparql-query, application/sparql-update or application/x-www-form-urlencoded."
        )
    try:
        body = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise BadParameter("What was sent is not UTF-8.") from None
    if kind == "application/x-www-form-urlencoded":
        for name, values in _fields(body).items():
            asked.setdefault(name, []).extend(values)
    else:
        asked.setdefault(kind.removeprefix("application/sparql-"), []).append(body)
    if "update" not in asked:
        key = _key(request, kind, body)
        return state(request).remembered.get(key) or await _answer(request, asked, key)
    if "query" in asked or len(asked["update"]) != 1:
        raise BadParameter("update: give exactly one, and no query with it.")

    def work() -> Response:
        editor(request).update(
            asked["update"][0],
            base_iri=_endpoint(request),
            using=_graphs(asked, "using-graph-uri"),
            using_named=_graphs(asked, "using-named-graph-uri"),
            marking=next(iter(asked.get("marking", [])), None),
        )
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    because = next(iter(asked.get("because", [])), "")
    return await carry_out(request, "sparql update", work, body, because=because)


def _asked(request: Request) -> dict[str, list[str]]:
    """The fields of the address."""
    try:
        return _fields(request.scope["query_string"].decode("utf-8"))
    except UnicodeDecodeError:
        raise BadParameter("The address is not UTF-8.") from None


def _fields(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError:
        raise BadParameter("There are too many fields, or what is not UTF-8.") from None


def _endpoint(request: Request) -> str:
    scope = request.scope
    return f"{scope['scheme']}://{request.headers.get('host', '')}{scope['path']}"


def _graphs(asked: dict[str, list[str]], name: str) -> list[str]:
    """The graphs that a parameter names, without the one by which rdflib means none."""
    return [graph for graph in asked.get(name, []) if graph != _IGNORED_GRAPH]


def _described_as(request: Request, asked: dict[str, list[str]]) -> str | None:
    """The form in which a program asks what the service can do; None where that is not what it asks."""
    form = _form(asked)
    if form is not None:
        return form if form in _GRAPHS else None
    accept = request.headers.get("accept", "")
    return None if _prefers_html(accept) else best(accept, _GRAPHS)


def _description(request: Request, form: str) -> Response:
    writes = may_write(request)
    said = service_description(dataset(request), _endpoint(request), writes=writes)
    body = ox.serialize(said, format=GRAPHS[form], prefixes=SERVICE_PREFIXES) or b""
    return answered(request, body, form)


def _form(asked: dict[str, list[str]]) -> str | None:
    """What is asked for by `format`. Raises BadParameter for what there is not."""
    given = next(iter(asked.get("format", [])), None)
    form = _ALIASES.get(given or "", given)
    if form is not None and form not in (*_RESULTS, *_GRAPHS, "html"):
        raise BadParameter(f"format: choose from {', '.join((*_RESULTS[1:], *_GRAPHS))}.")
    return form


def _question(request: Request, asked: dict[str, list[str]]) -> str:
    """The query of one of the questions that come with Joinedup, as of a day."""
    number = asked["question"][0]
    if not number.isascii() or not number.isdigit() or len(number) > 3:
        raise BadParameter("question: is not a number. /sparql lists the questions.")
    return ready(dataset(request), question(int(number)), asked_day(next(iter(asked.get("as_of", [])), "")))


async def answered_query(request: Request, query: str) -> Response:
    """The answer to a query that is kept here, in every form that /sparql has. Raises as that does."""
    key = _key(request, query)
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if _tag(key) in held:
        return Response(status_code=304, headers=headers_of(_tag(key)))
    asked = {**_asked(request), "query": [query]}
    return state(request).remembered.get(key) or await _answer(request, asked, key)


async def _answer(request: Request, asked: dict[str, list[str]], key: tuple[str, ...]) -> Response:
    queries = asked.get("query", [])
    form, accept = _form(asked), request.headers.get("accept", "")
    wanted = "html" if form is None and request.method != "POST" and _prefers_html(accept) else form
    try:
        if wanted == "html":
            return answered(request, await page(request, queries), "html")
        if len(queries) != 1:
            raise BadParameter("query: give exactly one.")
        if wanted is None:
            chosen(request, (*_RESULTS, *_GRAPHS))  # refuses a client that takes none of them
        if begun := request.scope.pop(BEGUN, None):
            flow = _flow_of(begun)
        else:
            flow = await unless_left(request, _ask(request, asked, wanted, accept))
    except ClientLeft:
        return Response(status_code=LEFT)
    media = MEDIA["srj"] if flow.format == "json" and wanted != "json" else MEDIA[flow.format]
    answer = flowing(flow, (*answer_headers(media, request.scope["path"]), (b"etag", _tag(key).encode())))
    if flow.whole:
        state(request).remembered.put(key, answer, access(request).audience, version_of(key[0]))
    if form is None:
        request.scope[ASKING] = _asking(request, accept)
    return answer


def _asking(request: Request, accept: str) -> Asking:
    scope, host = request.scope, request.headers.get("host", "")
    results, graph = _results(accept, None), _of(accept, None, _GRAPHS)
    return Asking(access(request), client_of(request), scope["scheme"], host, accept, results, graph)


def _flow_of(begun: Begun) -> Flow:
    if isinstance(begun.found, BaseException):
        raise begun.found
    return begun.found


@lru_cache(maxsize=1000)
def answer_headers(media: str, path: str) -> Headers:
    """The headers of answers of one kind, but the validator."""
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    more = {"Content-Type": media + charset, "Link": f'<{path}>; rel="describedby"'}
    return [(name, value) for name, value in raw({**headers_of(""), **more}) if name != b"etag"]


def _ask(
    request: Request, asked: dict[str, list[str]], form: str | None, accept: str
) -> Coroutine[Any, Any, Flow]:
    return workers(request).begun(
        asked["query"][0],
        results=_results(accept, form),
        graph=_of(accept, _SAME_SYNTAX.get(form or "", form), _GRAPHS),
        default_graphs=_graphs(asked, "default-graph-uri"),
        named_graphs=_graphs(asked, "named-graph-uri"),
        base_iri=_endpoint(request),
        client=client_of(request),
    )


def _key(request: Request, *body: str) -> tuple[str, ...]:
    """All that an answer depends on. What was asked stands there in full, as another may have the same hash."""
    scope, headers = request.scope, request.headers
    asked = scope["query_string"].decode("latin-1")
    return etag(request), scope["scheme"], headers.get("host", ""), asked, headers.get("accept", ""), *body


def _tag(key: tuple[str, ...]) -> str:
    """The validator of an answer: where the query was sent as a body, it too decides."""
    tag, body = key[0], key[5:]
    return f'{tag[:-1]}-{hashlib.sha256(chr(0).join(body).encode()).hexdigest()[:16]}"' if body else tag


def _of(accept: str, form: str | None, offers: tuple[str, ...]) -> str:
    """Which of these forms the answer takes, if it is of their kind: the one asked for, else the first."""
    return form if form in offers else best(accept, offers) or offers[0]


def _results(accept: str, form: str | None) -> str:
    found = _of(accept, form, _RESULTS)
    return "json" if found == "srj" else found


def _prefers_html(accept: str) -> bool:
    return best(accept, _HTML_TOO) == "html" and best(accept, ("html",)) is not None


@router.get("/sparql/completions", include_in_schema=False)
def offered(request: Request) -> Response:
    """What the editor offers as somebody types."""
    if held := unchanged(request):
        return held
    return answered(request, json.dumps(completions(dataset(request)), ensure_ascii=False), "json")
