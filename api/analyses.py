"""Each declared analysis at /analyses/<name>: HTML, JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, unchanged
from api.negotiation import chosen
from graph.analysis import Analysis, analyses
from graph.tabular import as_csv, as_json, table
from visualisations.page import analysis_page

router = APIRouter(tags=["analyses"])
_FORMS = ("json", "csv", "html")


@router.get("/analyses", summary="Every analysis, with its question and parameters")
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


def _endpoint(analysis: Analysis, form: str | None) -> Callable[[Request], Response]:
    def ask(request: Request) -> Response:
        if held := unchanged(request):
            return held
        wanted = chosen(request, _FORMS, form)
        asked = dict(request.query_params)
        data = dataset(request)
        result = analysis.run(data, asked)
        if wanted == "html":
            return answered(request, analysis_page(data, analysis, asked, result), "html")
        if wanted == "csv":
            return answered(request, as_csv(table(analysis, result)), "csv", name=f"{analysis.command}.csv")
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


for _analysis in analyses().values():
    for _suffix, _form in (("", None), (".json", "json"), (".csv", "csv"), (".html", "html")):
        router.add_api_route(
            f"/analyses/{_analysis.command}{_suffix}",
            _endpoint(_analysis, _form),
            methods=["GET"],
            operation_id=f"{_analysis.name}{_suffix.replace('.', '_')}",
            summary=_analysis.question,
            include_in_schema=not _suffix,
            openapi_extra={"parameters": _parameters(_analysis)},
            response_class=Response,
            responses={
                200: {
                    "description": "The answer",
                    "content": {"application/json": {}, "text/csv": {}, "text/html": {}},
                }
            },
        )
