"""SPARQL 1.1 Protocol, query by GET and POST, at /sparql; for people, a form with the answer below it."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, state
from api.negotiation import MEDIA, chosen
from graph.analysis import asked_day
from graph.errors import BadParameter, JoinedupError
from graph.questions import question, ready
from graph.workers import Answer
from visualisations.page import sparql_page

router = APIRouter(tags=["sparql"])

_RESULTS = ("srj", "json", "xml", "csv", "tsv")
_GRAPHS = ("turtle", "ntriples", "jsonld", "rdfxml")
_SHOWN = 1000
_IGNORED_GRAPH = "urn:x-rdflib:default"
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
    {
        "name": "format",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "enum": ["json", "xml", "csv", "tsv", *_GRAPHS]},
        "description": "Instead of Accept",
    },
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


@router.get(
    "/sparql",
    operation_id="sparql_get",
    summary="Ask a SPARQL query",
    openapi_extra={"parameters": _PARAMETERS},
)
async def by_get(request: Request) -> Response:
    """The answer as JSON, XML, CSV, TSV, Turtle, N-Triples, JSON-LD or RDF/XML, by Accept or `format`."""
    asked = parse_qs(request.url.query, keep_blank_values=True, max_num_fields=100)
    if "update" in asked:
        raise BadParameter("update: this address is read only, and an update is never a GET.")
    if "question" in asked:
        asked["query"] = [*asked.get("query", ()), _question(request, asked)]
    return await _answer(request, asked)


@router.post(
    "/sparql",
    operation_id="sparql_post",
    summary="Ask a SPARQL query",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/sparql-query": {"schema": {"type": "string"}},
                "application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": {"query": {"type": "string"}}}
                },
            },
        },
    },
)
async def by_post(request: Request) -> Response:
    """The query as the body (application/sparql-query), or as the field `query` of a form."""
    asked = parse_qs(request.url.query, keep_blank_values=True, max_num_fields=100)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        body = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise BadParameter("query: is not UTF-8.") from None
    if kind == "application/sparql-query":
        asked["query"] = [body]
    elif kind == "application/x-www-form-urlencoded":
        asked |= parse_qs(body, keep_blank_values=True, max_num_fields=100)
    else:
        raise BadParameter(
            "Content-Type: send application/sparql-query or application/x-www-form-urlencoded."
        )
    if "update" in asked:
        raise BadParameter("update: this address is read only.")
    return await _answer(request, asked)


def _question(request: Request, asked: dict[str, list[str]]) -> str:
    """The query of one of the questions that come with Joinedup, as of a day."""
    number = asked["question"][0]
    if not number.isascii() or not number.isdigit() or len(number) > 3:
        raise BadParameter("question: is not a number. /sparql lists the questions.")
    return ready(dataset(request), question(int(number)), asked_day(next(iter(asked.get("as_of", [])), "")))


async def _answer(request: Request, asked: dict[str, list[str]]) -> Response:
    queries = asked.get("query", [])
    form = next(iter(asked.get("format", [])), None)
    if form is not None and form not in MEDIA:
        raise BadParameter(f"format: choose from {', '.join((*_RESULTS[1:], *_GRAPHS))}.")
    wanted = "html" if form is None and request.method != "POST" and _prefers_html(request) else form
    if wanted == "html":
        return answered(request, await run_in_threadpool(_page, request, queries), "html")
    if len(queries) != 1:
        raise BadParameter("query: give exactly one.")
    answer = await run_in_threadpool(_ask, request, asked, wanted)
    media = MEDIA["srj"] if answer.format == "json" and wanted != "json" else MEDIA[answer.format]
    response = answered(request, answer.body, answer.format)
    response.headers["Content-Type"] = media + ("; charset=utf-8" if media.startswith("text/") else "")
    return response


def _ask(request: Request, asked: dict[str, list[str]], form: str | None) -> Answer:
    if form is None:
        chosen(request, (*_RESULTS, *_GRAPHS))  # refuses a client that takes none of them
    results = _of(request, form, _RESULTS)
    return state(request).workers.ask(
        asked["query"][0],
        results="json" if results == "srj" else results,
        graph=_of(request, form, _GRAPHS),
        default_graphs=[g for g in asked.get("default-graph-uri", []) if g != _IGNORED_GRAPH],
        named_graphs=asked.get("named-graph-uri", []),
    )


def _of(request: Request, form: str | None, offers: tuple[str, ...]) -> str:
    """Which of these forms the answer takes, if it is of their kind: the one asked for, else the first."""
    if form is None and _takes(request, offers):
        return chosen(request, offers)
    return form if form in offers else offers[0]


def _takes(request: Request, offers: tuple[str, ...]) -> bool:
    try:
        chosen(request, offers)
    except JoinedupError:
        return False
    return True


def _prefers_html(request: Request) -> bool:
    return _takes(request, ("html",)) and chosen(request, ("srj", "html", *_RESULTS[1:], *_GRAPHS)) == "html"


def _page(request: Request, queries: list[str]) -> str:
    query = queries[0] if queries else ""
    if not query.strip():
        return sparql_page("", None, None)
    started = time.monotonic()
    try:
        answer = state(request).workers.ask(query, results="json", graph="ntriples")
    except JoinedupError as error:
        return sparql_page(query, None, str(error))
    seconds = time.monotonic() - started
    columns, rows, total = _shown(request, answer)
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
