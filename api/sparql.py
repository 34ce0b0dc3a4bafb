"""SPARQL 1.1 Protocol at /sparql: query by GET and POST, update by POST; for people, a form with the answer below it.

Without a query, the address tells programs what the service can do (SPARQL 1.1 Service Description). Queries and
updates are parsed and run in processes that can be killed (graph/workers.py, graph/editing.py).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

import pyoxigraph as ox
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.access import access
from api.answers import answered, dataset, etag, headers_of, state, unchanged, workers
from api.carrying_out import HEADERS, OF_WRITING, carry_out
from api.flowing import LEFT, ClientLeft, flowing, unless_left
from api.negotiation import MEDIA, chosen
from api.service_description import SERVICE_PREFIXES, service_description
from api.writing import editor, may_write
from graph.analysis import asked_day
from graph.errors import BadParameter, JoinedupError, NotReadable
from graph.flow import Flow
from graph.questions import question, ready
from graph.worker import GRAPHS
from graph.workers import Answer
from visualisations.page import sparql_page

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
_SAME_SYNTAX = {"xml": "rdfxml", "json": "jsonld"}
"""The form of a graph for who asks for a form of results."""
_SHOWN = 1000
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
    key = _key(request)
    if "if-none-match" in request.headers and (old := unchanged(request)):
        return old
    if kept := state(request).remembered.get(key):
        return kept
    asked = _fields(request.url.query)
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
    asked = _fields(request.url.query)
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


class Bare(Route):
    """A route that leaves its name for the log, as those of FastAPI do."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["route"] = self
        await super().handle(scope, receive, send)


BARE = [Bare("/sparql", by_get, methods=["GET"]), Bare("/sparql", by_post, methods=["POST"])]
"""The same two without what FastAPI does for each request, which would take longer than a small query."""


def _fields(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=1000, errors="strict")
    except ValueError:
        raise BadParameter("There are too many fields, or what is not UTF-8.") from None


def _endpoint(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{request.url.path}"


def _graphs(asked: dict[str, list[str]], name: str) -> list[str]:
    """The graphs that a parameter names, without the one by which rdflib means none."""
    return [graph for graph in asked.get(name, []) if graph != _IGNORED_GRAPH]


def _described_as(request: Request, asked: dict[str, list[str]]) -> str | None:
    """The form in which a program asks what the service can do; None where that is not what it asks."""
    form = _form(asked)
    if form is not None:
        return form if form in _GRAPHS else None
    if not _takes(request, _GRAPHS) or _prefers_html(request):
        return None
    return chosen(request, _GRAPHS)


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
    asked = {**_fields(request.url.query), "query": [query]}
    return state(request).remembered.get(key) or await _answer(request, asked, key)


async def _answer(request: Request, asked: dict[str, list[str]], key: tuple[str, ...]) -> Response:
    queries = asked.get("query", [])
    form = _form(asked)
    wanted = "html" if form is None and request.method != "POST" and _prefers_html(request) else form
    try:
        if wanted == "html":
            return answered(request, await _page(request, queries), "html")
        if len(queries) != 1:
            raise BadParameter("query: give exactly one.")
        flow = await unless_left(request, _ask(request, asked, wanted))
    except ClientLeft:
        return Response(status_code=LEFT)
    media = MEDIA["srj"] if flow.format == "json" and wanted != "json" else MEDIA[flow.format]
    charset = "; charset=utf-8" if media.startswith("text/") else ""
    more = {"Content-Type": media + charset, "Link": f'<{request.url.path}>; rel="describedby"'}
    answer = flowing(flow, {**headers_of(_tag(key)), **more})
    if flow.whole:
        state(request).remembered.put(key, answer)
    return answer


def _ask(request: Request, asked: dict[str, list[str]], form: str | None) -> Coroutine[Any, Any, Flow]:
    if form is None:
        chosen(request, (*_RESULTS, *_GRAPHS))  # refuses a client that takes none of them
    results = _of(request, form, _RESULTS)
    return workers(request).begun(
        asked["query"][0],
        results="json" if results == "srj" else results,
        graph=_of(request, _SAME_SYNTAX.get(form or "", form), _GRAPHS),
        default_graphs=_graphs(asked, "default-graph-uri"),
        named_graphs=_graphs(asked, "named-graph-uri"),
        base_iri=_endpoint(request),
        client=_client(request),
    )


def _client(request: Request) -> str:
    """Whose turn it is: an address, and what a token says of who asks."""
    return f"{access(request).label} {request.client.host if request.client else ''}"


def _key(request: Request, *body: str) -> tuple[str, ...]:
    """All that an answer depends on. What was asked stands there in full, as another may have the same hash."""
    url = request.url
    return etag(request), url.scheme, url.netloc, url.query, request.headers.get("accept", ""), *body


def _tag(key: tuple[str, ...]) -> str:
    """The validator of an answer: where the query was sent as a body, it too decides."""
    tag, body = key[0], key[5:]
    return f'{tag[:-1]}-{hashlib.sha256(chr(0).join(body).encode()).hexdigest()[:16]}"' if body else tag


def _of(request: Request, form: str | None, offers: tuple[str, ...]) -> str:
    """Which of these forms the answer takes, if it is of their kind: the one asked for, else the first."""
    if form in offers:
        return str(form)
    return chosen(request, offers) if _takes(request, offers) else offers[0]


def _takes(request: Request, offers: tuple[str, ...]) -> bool:
    try:
        chosen(request, offers)
    except JoinedupError:
        return False
    return True


def _prefers_html(request: Request) -> bool:
    return _takes(request, ("html",)) and chosen(request, ("srj", "html", *_RESULTS[1:], *_GRAPHS)) == "html"


async def _page(request: Request, queries: list[str]) -> str:
    query = queries[0] if queries else ""
    if not query.strip():
        return sparql_page("", None, None)
    started = time.monotonic()
    try:
        asking = workers(request).begun(query, results="json", graph="ntriples", client=_client(request))
        flow = await unless_left(request, asking)
        answer = Answer(flow.format, await run_in_threadpool(flow.all))
    except JoinedupError as error:
        return sparql_page(query, None, str(error))
    seconds = time.monotonic() - started
    columns, rows, total = await run_in_threadpool(_shown, request, answer)
    return sparql_page(query, (columns, rows, total, seconds, len(rows)), None)


Cell = tuple[str | None, str]


def _shown(request: Request, answer: Answer) -> tuple[list[str], list[list[Cell]], int]:
    data = dataset(request)
    if answer.format != "json":
        lines = answer.body.decode().splitlines()
        return ["statement"], [[(None, line)] for line in lines[:_SHOWN]], len(lines)
    found = json.loads(answer.body)
    if "boolean" in found:
        return ["answer"], [[(None, "yes" if found["boolean"] else "no")]], 1
    names, bindings = found["head"]["vars"], found["results"]["bindings"]

    def cell(term: dict[str, str] | None) -> Cell:
        if term is None:
            return None, ""
        iri = term["value"]
        if term["type"] != "uri" or not iri.startswith(("http://", "https://")):
            return None, iri
        return iri.removeprefix(data.base), data.labels.get(iri, iri)

    return names, [[cell(row.get(name)) for name in names] for row in bindings[:_SHOWN]], len(bindings)
