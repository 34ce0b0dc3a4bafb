"""Saved queries at /queries: each with a stable address that takes its values, and answers as /sparql does."""

from __future__ import annotations

import json
from typing import Annotated

import pyoxigraph as ox
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, etag, headers_of, state, unchanged, workers
from api.carrying_out import HEADERS, OF_WRITING, carry_out
from api.sparql import FORMAT, answered_query
from api.writing import editor
from graph.errors import BadParameter
from graph.saved import (
    TAKEN,
    Parameter,
    Saved,
    check,
    filled,
    graph_of,
    saved_queries,
    saved_query,
    statements,
)

router = APIRouter(tags=["sparql"])
Name = Annotated[str, Path(max_length=80, description="The name of the query")]


class SentParameter(BaseModel):
    """A value that a query takes."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=60, description="As it stands after $ in the query")
    kind: str = Field("text", description="text, iri, integer, number, boolean or date")
    description: str = ""
    default: str | None = Field(None, description="What it is where it is not given; without one it must be")


class SentQuery(BaseModel):
    """A query to be kept."""

    model_config = ConfigDict(extra="forbid")
    label: str = Field(max_length=200, description="What it asks, in a sentence")
    query: str = Field(description="SELECT, CONSTRUCT, DESCRIBE or ASK, with $name where a value belongs")
    description: str = ""
    parameters: list[SentParameter] = Field(default=[], max_length=50)


@router.get(
    "/queries",
    summary="Every query that is kept, with the values that it takes",
    operation_id="queries",
)
def queries(request: Request) -> Response:
    """Those that were saved, as far as whoever asks may see them, and the questions that come with Joinedup."""
    if held := unchanged(request):
        return held
    found = [_told(q) for q in saved_queries(dataset(request)).values()]
    said = {"count": len(found), "of": len(found), "queries": found}
    return answered(request, json.dumps(said, ensure_ascii=False), "json")


@router.get("/queries/{name}.rq", summary="The text of a query that is kept", operation_id="query_text")
def text(request: Request, name: Name) -> Response:
    """As it was written, with $name where a value belongs."""
    found = saved_query(dataset(request), name)
    headers = {**headers_of(etag(request)), "Content-Type": "application/sparql-query"}
    return unchanged(request) or Response(found.text, headers=headers)


@router.get(
    "/queries/{name}",
    summary="The answer to a query that is kept",
    operation_id="query",
    openapi_extra={"parameters": [FORMAT]},
)
async def run(request: Request, name: Name) -> Response:
    """Each value is a parameter of the address: /queries/question-11?as_of=2014-06-30. Forms are those of /sparql."""
    given = dict(request.query_params)
    for taken in TAKEN:
        given.pop(taken, None)

    def ready() -> str:
        return filled(saved_query(dataset(request), name), given)

    return await answered_query(request, await run_in_threadpool(ready))


@router.put(
    "/queries/{name}",
    summary="Keep a query under a name",
    operation_id="save_query",
    response_class=Response,
    openapi_extra={
        "parameters": [*OF_WRITING, *HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/SentQuery"},
                    "example": {
                        "label": "Barriers whose name holds a word",
                        "query": "SELECT ?barrier ?label { ?barrier a ju:Barrier ; skos:prefLabel ?label "
                        "FILTER(CONTAINS(LCASE(?label), LCASE($word))) } ORDER BY ?label",
                        "parameters": [{"name": "word", "kind": "text", "default": "data"}],
                    },
                }
            },
        },
        "responses": {
            "200": {"description": "Kept in place of the one before", "content": {"application/json": {}}},
            "201": {"description": "Kept", "content": {"application/json": {}}},
        },
    },
)
async def save(request: Request, name: str) -> Response:
    """It is tried once, and stands in a graph of its own, in backups and exports too. Needs the right to write.

    What `marking` says decides who sees it: official if nothing is said. Whoever asks it gets what they may see.
    """
    body = await request.body()
    kind = request.headers.get("content-type", "")

    def work() -> Response:
        query = _sent(name, body, kind)
        data = dataset(request)
        made = statements(data.base, query)
        workers(request).ask(check(query))
        lines = ox.serialize(made, format=ox.RdfFormat.N_TRIPLES) or b""
        marking = request.query_params.get("marking") or None
        there = editor(request).replace(
            graph_of(data.base, name), lines, "application/n-triples", marking=marking
        )
        headers = {"Cache-Control": "no-store", "Location": f"/queries/{name}"}
        said = json.dumps(_told(query), ensure_ascii=False)
        return Response(said, 200 if there else 201, headers, media_type="application/json")

    return await carry_out(request, "query save", work, body, because=request.query_params.get("because", ""))


@router.delete(
    "/queries/{name}",
    summary="Keep a query no more",
    operation_id="remove_query",
    status_code=204,
    response_class=Response,
    openapi_extra={"parameters": HEADERS},
)
async def remove(request: Request, name: str) -> Response:
    """It is gone at once. Needs the right to write."""

    def work() -> Response:
        editor(request).remove(graph_of(state(request).store.base, name))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return await carry_out(request, "query remove", work)


def _sent(name: str, body: bytes, kind: str) -> Saved:
    """What was sent to be kept. Raises BadParameter."""
    if kind.split(";")[0].strip().lower() != "application/json":
        raise BadParameter("Content-Type: send application/json.")
    try:
        sent = SentQuery.model_validate_json(body)
    except ValidationError as error:
        wrong = {str(e["loc"][0])[:60] if e["loc"] else "the body" for e in error.errors(include_input=False)}
        raise BadParameter(f"Look at: {', '.join(sorted(wrong))}. /docs says what is taken.") from None
    parameters = tuple(Parameter(p.name, p.kind, p.description, p.default) for p in sent.parameters)
    return Saved(name, sent.label.strip(), sent.query, sent.description.strip(), parameters)


def _told(query: Saved) -> dict[str, object]:
    return {
        "name": query.name,
        "label": query.label,
        "description": query.description,
        "parameters": [
            {"name": p.name, "kind": p.kind, "description": p.description, "default": p.default}
            for p in query.parameters
        ],
        "href": f"/queries/{query.name}",
        "text": f"/queries/{query.name}.rq",
        "shipped": query.shipped,
    }
