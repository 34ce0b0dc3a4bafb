"""Things added and corrected one by one, at /things/<table>: each a row of its table, checked as a loaded row is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, state
from api.carrying_out import HEADERS, OF_WRITING, carry_out, matches
from graph.errors import BadParameter, NotReadable
from graph.ingest.by_hand import Typed, add, correct, remove, table_named, typed
from graph.ingest.load import LoadReport
from graph.ingest.tables.canonical import TABLES
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.told import issues_data

router = APIRouter(tags=["writing"])
_DRY = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "schema": {"type": "boolean", "default": False},
    "description": "Check and report; write nothing",
}
Kind = Annotated[str, Path(max_length=40, description="The name of a table, such as barriers or follow-ups")]
Id = Annotated[
    str, Path(max_length=400, description="The id of the row; of a row without, the end of its IRI")
]
DryRun = Annotated[bool, Query(description="Check and report; write nothing")]


@router.get(
    "/things", summary="The tables of which rows can be written, with their columns", operation_id="tables"
)
def tables(request: Request) -> Response:
    """Each table as JSON Schema: what POST /things/<table> takes."""
    found = [{"table": t.name, "href": _href(t), "meaning": t.meaning, "row": _schema(t)} for t in TABLES]
    said = {"count": len(found), "of": len(found), "tables": found}
    return answered(request, json.dumps(said, ensure_ascii=False), "json")


@router.get(
    "/things/{kind}/{id}", summary="A row that was written by hand, as it was typed", operation_id="row"
)
def row(request: Request, kind: Kind, id: Id) -> Response:
    """Its columns, its marking, and an ETag for If-Match."""
    return _told(request, typed(dataset(request), table_named(kind), id), None)


def _adding(table: Table) -> Callable[[Request], Any]:
    async def new(request: Request) -> Response:
        sent = await request.body()

        def work() -> Response:
            cells = {name: values for name, values in _cells(request, sent).items() if values}
            made = add(
                state(request).store, table, cells, _marking(request) or "official", dry_run=_dry(request)
            )
            return _told(request, *made, status=200 if _dry(request) else 201)

        return await carry_out(
            request, "add a thing", work, sent, because=request.query_params.get("because", "")
        )

    new.__doc__ = (
        f"{table.meaning} One JSON object with the columns of the table; several values as a list. Every mistake is "
        "told, with its column, value and what to do (422), and nothing is written then; 409 where it is there already."
    )
    return new


def _correcting(whole: bool) -> Callable[..., Any]:
    async def change(request: Request, kind: Kind, id: Id) -> Response:
        sent = await request.body()
        table = table_named(kind)

        def work() -> Response:
            cells = _cells(request, sent)
            tags, dry = matches(request), _dry(request)
            store = state(request).store
            made = correct(store, table, id, cells, tags, _marking(request), whole=whole, dry_run=dry)
            return _told(request, *made)

        because = request.query_params.get("because", "")
        return await carry_out(request, "correct a thing", work, sent, because=because)

    change.__doc__ = (
        "Of a thing that was written by hand. If-Match must hold the ETag of the row (428 without, 412 if it has changed). "
        "What a loaded file says is corrected in that file, which is then loaded again: 409 names it. "
        + ("" if whole else "A column given as null becomes empty; the others stay as they are.")
    )
    return change


@router.delete(
    "/things/{kind}/{id}",
    summary="Remove a row that was written by hand",
    operation_id="remove_row",
    status_code=204,
    openapi_extra={"parameters": HEADERS},
    response_class=Response,
)
async def taken_away(request: Request, kind: Kind, id: Id) -> Response:
    """If-Match must hold the ETag of the row. 409 where another thing refers to it."""
    table = table_named(kind)

    def work() -> Response:
        remove(state(request).store, table, id, matches(request))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    return await carry_out(request, "remove a thing", work)


def _told(request: Request, made: Typed, report: LoadReport | None, *, status: int = 200) -> Response:
    said: dict[str, Any] = {
        "iri": made.iri,
        "table": made.table,
        "id": made.id,
        "marking": made.marking,
        "columns": {name: _value(made.table, name, values) for name, values in made.cells.items()},
    }
    if report:
        said["outcome"] = report.sources[0].outcome
        said["dry_run"] = report.dry_run
        said["version"] = report.version
        said["warnings"] = issues_data(report.warnings)
    headers = {"ETag": made.tag, "Cache-Control": "private, no-cache"}
    if status == 201:
        headers["Location"] = f"/things/{made.table.replace('_', '-')}/{made.id}"
    return Response(json.dumps(said, ensure_ascii=False), status, headers, media_type="application/json")


def _cells(request: Request, body: bytes) -> dict[str, list[str]]:
    """The columns that were sent, each as texts. Raises BadParameter and NotReadable."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in (
        "application/json",
        "application/merge-patch+json",
    ):
        raise NotReadable("Content-Type: send application/json.")
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise BadParameter("The body is not JSON, in UTF-8.") from None
    if not isinstance(sent, dict):
        raise BadParameter("The body must be one JSON object, with the columns of the table.")
    return {str(name): _texts(str(name), value) for name, value in sent.items()}


def _texts(name: str, value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str | int | float) or v is None for v in values):
        raise BadParameter(f"{name[:60]}: must be text, a number, or a list of them.")
    texts = (str(v).lower() if isinstance(v, bool) else str(v) for v in values if v is not None)
    return [text.strip() for text in texts if text.strip()]


def _value(table: str, name: str, values: list[str]) -> object:
    column = table_named(table).column(name)
    return values if column and column.many else next(iter(values), None)


def _marking(request: Request) -> str | None:
    return request.query_params.get("marking") or None


def _dry(request: Request) -> bool:
    return request.query_params.get("dry_run", "").lower() in ("true", "1", "yes", "on")


def _href(table: Table) -> str:
    return f"/things/{table.name.replace('_', '-')}"


def _schema(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "description": table.meaning,
        "required": [c.name for c in table.columns if c.required],
        "properties": {c.name: _of_column(c) for c in table.columns},
        "additionalProperties": False,
        "examples": [
            {
                name: text.split("; ") if (c := table.column(name)) and c.many else text
                for name, text in table.examples()[0].items()
                if text
            }
        ],
    }


def _of_column(column: Column) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string"}
    said = f"{column.meaning} ({column.kind.says}.)"
    if column.many:
        return {"type": "array", "items": one, "description": said}
    return {**one, "description": said}


for _table in TABLES:
    _paths = [_href(_table), *(["/follow-ups"] if _table.name == "follow_ups" else [])]
    for _path in _paths:
        router.add_api_route(
            _path,
            _adding(_table),
            methods=["POST"],
            status_code=201,
            summary=f"Add a row to {_table.name.replace('_', ' ')}",
            operation_id=f"add_{_table.name}{'' if _path == _paths[0] else '_by_name'}",
            response_class=Response,
            openapi_extra={
                "parameters": [*OF_WRITING, _DRY, *HEADERS],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _schema(_table)}},
                },
            },
        )
for _method, _whole in (("PUT", True), ("PATCH", False)):
    router.add_api_route(
        "/things/{kind}/{id}",
        _correcting(_whole),
        methods=[_method],
        summary="Replace a row that was written by hand"
        if _whole
        else "Correct columns of a row that was written by hand",
        operation_id=f"{'replace' if _whole else 'correct'}_row",
        response_class=Response,
        openapi_extra={
            "parameters": [*OF_WRITING, _DRY, *HEADERS],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
        },
    )
