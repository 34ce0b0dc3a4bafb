"""Each declared analysis at /analyses/<name>: HTML, JSON, CSV or RDF, and its progress as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, as_jsonld, dataset, state, unchanged
from api.events import events, streamed
from api.negotiation import MEDIA, SUFFIXES, chosen
from graph.analysis import Analysis, analyses
from graph.cube import CUBE_PREFIXES, as_turtle, cube
from graph.tabular import as_csv, as_json, table
from visualisations.page import analysis_page

router = APIRouter(tags=["analyses"])
_FORMS = ("json", "csv", "html", "turtle", "jsonld")
_SUFFIXES = (None, ".json", ".csv", ".html", ".ttl", ".jsonld")


@router.get("/analyses", summary="Every analysis, with its question and parameters", operation_id="analyses")
def every_analysis(request: Request) -> Response:
    """The analyses that can be asked for."""
    found = [
        {
            "name": a.command,
            "question": a.question,
            "href": f"/analyses/{a.command}",
            "parameters": a.parameters.model_json_schema()["properties"],
            "columns": {c.name: c.description for c in a.columns},
        }
        for a in analyses().values()
    ]
    return unchanged(request) or answered(
        request, json.dumps({"count": len(found), "of": len(found), "analyses": found}, default=str), "json"
    )


def asked_of(request: Request) -> dict[str, str]:
    """The parameters; one that is given several times, as a form with boxes does, is a list with commas between."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _endpoint(analysis: Analysis, form: str | None) -> Callable[[Request], Response]:
    def ask(request: Request) -> Response:
        if held := unchanged(request):
            return held
        wanted = chosen(request, _FORMS, form)
        asked = asked_of(request)
        data = dataset(request)
        result = state(request).asking.ask(data, analysis, asked)
        if wanted == "html":
            return answered(request, analysis_page(data, analysis, asked, result), "html")
        if wanted == "csv":
            return answered(request, as_csv(table(analysis, result)), "csv", name=f"{analysis.command}.csv")
        if wanted == "turtle":
            return answered(request, as_turtle(result), "turtle")
        if wanted == "jsonld":
            return answered(request, as_jsonld(cube(result), CUBE_PREFIXES), "jsonld")
        return answered(request, as_json(analysis, result), "json")

    ask.__doc__ = "\n\n".join([analysis.question, *analysis.explanation])
    return ask


def _parameters(analysis: Analysis) -> list[dict[str, Any]]:
    schema = analysis.parameters.model_json_schema()["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": s.get("description", ""),
            "schema": {k: v for k, v in s.items() if k != "description"},
        }
        for name, s in schema.items()
    ]


def _events(analysis: Analysis) -> Callable[[Request], Response]:
    def follow(request: Request) -> Response:
        asked = analysis.given(asked_of(request))  # what does not fit is a plain error, and no stream
        return streamed(_told(request, analysis, asked))

    follow.__doc__ = (
        "Events `progress`, with the seconds so far and, where they are known, what is being done and the best known and "
        "its bound; then one `result` with the answer as JSON, or one `error`. Close the stream then: a browser's "
        "EventSource would ask again. A run that nobody follows any more is stopped."
    )
    return follow


async def _told(request: Request, analysis: Analysis, asked: dict[str, Any]) -> AsyncIterator[str]:
    data = await run_in_threadpool(dataset, request)
    with state(request).asking.waiting(data, analysis, asked) as job:
        async for said in events(
            request, job.answer, job.progress.now, lambda result: as_json(analysis, result)
        ):
            yield said


for _analysis in analyses().values():
    for _suffix in _SUFFIXES:
        router.add_api_route(
            f"/analyses/{_analysis.command}{_suffix or ''}",
            _endpoint(_analysis, SUFFIXES[_suffix] if _suffix else None),
            methods=["GET"],
            operation_id=f"{_analysis.name}{(_suffix or '').replace('.', '_')}",
            summary=_analysis.question,
            include_in_schema=not _suffix,
            openapi_extra={"parameters": _parameters(_analysis)},
            response_class=Response,
            responses={
                200: {"description": "The answer", "content": {MEDIA[form]: {} for form in _FORMS}},
            },
        )
    router.add_api_route(
        f"/analyses/{_analysis.command}/events",
        _events(_analysis),
        methods=["GET"],
        operation_id=f"{_analysis.name}_events",
        summary=f"{_analysis.question} With its progress, as server-sent events",
        openapi_extra={"parameters": _parameters(_analysis)},
        response_class=Response,
        responses={200: {"description": "Events", "content": {"text/event-stream": {}}}},
    )
