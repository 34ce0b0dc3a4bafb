"""Things that are named twice, over HTTP: the pairs that may be the same, judging them, and resolving a label or an old IRI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from threading import Lock
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.answers import answered, dataset, state, unchanged
from api.carrying_out import HEADERS, carry_out
from api.negotiation import chosen
from api.writing import check_site, may_judge
from graph.errors import BadParameter, NotFound, WriteRefused
from graph.identity.candidates import LEAST, candidates
from graph.identity.judging import find, judge, judgements, undo
from graph.identity.record import VERDICTS, WITHDRAWN, Judgement, in_force
from graph.identity.resolving import resolve_iri, resolve_label
from graph.identity.tabular import candidate_lines, candidates_json, judgement_json
from graph.store import Store
from graph.tabular import as_csv
from visualisations.same import same_page, two_page

router = APIRouter(tags=["things named twice"])
_FORMS = ("json", "csv", "html")
_FIELDS = frozenset({"one", "other", "verdict", "by", "because", "keep", "undo"})
_ONE_AT_A_TIME = Lock()
"""A store in memory has no lock of its own between the threads of a server."""


def _same(form: str | None) -> object:
    def answer(
        request: Request,
        kind: Annotated[
            list[str] | None,
            Query(description="Things of these kinds: organisations, programmes, barriers ..."),
        ] = None,
        least: Annotated[int, Query(ge=50, le=100, description="The least score of a pair")] = LEAST,
        unsure: Annotated[
            bool, Query(description="Also pairs that somebody looked at and could not tell")
        ] = False,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        per_page: Annotated[int, Query(ge=1, le=1000)] = 50,
        one: Annotated[
            str, Query(max_length=2000, description="With other: this pair alone, as a page")
        ] = "",
        other: Annotated[str, Query(max_length=2000)] = "",
        made: Annotated[
            int, Query(ge=0, le=999_999_999, description="On the page: the judgement that was made just now")
        ] = 0,
    ) -> Response:
        """Pairs of things of one kind that may be the same, best first, with what speaks for and against each.

        Nothing is merged until somebody judges. Pairs that were judged, and those of which one replaced the other,
        are left out and counted.
        """
        if held := unchanged(request):
            return held
        wanted = chosen(request, _FORMS, form)
        data, allowed = dataset(request), may_judge(request)
        if wanted == "html" and one and other:
            return answered(request, two_page(data, find(data, one), find(data, other), allowed), "html")
        kinds = [k for k in kind or [] if k]
        first = (page - 1) * per_page
        found = candidates(data, kinds, least=least, unsure=unsure, first=first, most=per_page)
        if wanted == "html":
            asked: dict[str, str | int] = {
                "kind": kinds[0] if len(kinds) == 1 else "",
                "least": least,
                "unsure": "true" if unsure else "",
            }
            return answered(
                request,
                same_page(data, found, judgements(data), asked, page, per_page, allowed, made),
                "html",
            )
        if wanted == "csv":
            return answered(request, as_csv(candidate_lines(found)), "csv", name="same.csv")
        body = {**candidates_json(found), "page": page, "pages": max(1, -(-found.count // per_page))}
        return answered(request, json.dumps(body, ensure_ascii=False), "json")

    return answer


for _suffix, _form in (("", None), (".json", "json"), (".csv", "csv"), (".html", "html")):
    router.add_api_route(
        f"/same{_suffix}",
        _same(_form),  # type: ignore[arg-type]
        methods=["GET"],
        summary="Things that may be named twice, best first",
        operation_id=f"same{_suffix.replace('.', '_')}",
        include_in_schema=not _suffix,
        response_class=Response,
    )


@router.post("/judgements", include_in_schema=False, status_code=201)
@router.post(
    "/same",
    summary="Judge whether two things are the same, or undo a judgement",
    operation_id="judge",
    status_code=201,
    openapi_extra={
        "parameters": HEADERS,
        "requestBody": {
            "required": True,
            "content": {
                kind: {
                    "schema": {
                        "type": "object",
                        "properties": {
                            **{name: {"type": "string"} for name in sorted(_FIELDS - {"verdict"})},
                            "verdict": {"type": "string", "enum": list(VERDICTS)},
                        },
                    }
                }
                for kind in ("application/json", "application/x-www-form-urlencoded")
            },
        },
    },
)
async def judged(request: Request) -> Response:
    """one, other, verdict, by (a role), because, and keep; or undo (the number of a judgement), by and because.

    Only where the server was started with --allow-judging. Requests that come from pages of another site are refused.
    """
    body = await request.body()

    def work() -> Response:
        fields, from_form = _fields(request, body)
        store = state(request).store
        made = _decide(store, fields)
        if from_form:
            return RedirectResponse(f"/same?made={made.number}#judgements", 303)
        said = judgement_json(store.dataset(), made, made.verdict != WITHDRAWN)
        return Response(
            json.dumps(said, ensure_ascii=False),
            201,
            {"Cache-Control": "no-store"},
            media_type="application/json",
        )

    return await carry_out(request, "judge", work, body, allowed=_check)


@router.get("/judgements", summary="Every judgement on things named twice", operation_id="judgements")
def every_judgement(request: Request) -> Response:
    """Oldest first, also those that do not count any more, with whether each is in force."""
    if held := unchanged(request):
        return held
    data = dataset(request)
    every = judgements(data)
    standing = {j.number for j in in_force(every)}
    rows = [judgement_json(data, j, j.number in standing) for j in every]
    body = {"count": len(rows), "of": len(rows), "rows": rows}
    return answered(request, json.dumps(body, ensure_ascii=False), "json")


@router.get("/resolve", summary="What a label or an old IRI stands for", operation_id="resolve")
def resolve(
    request: Request,
    label: Annotated[str, Query(max_length=500, description="A name, an alias or an abbreviation")] = "",
    iri: Annotated[str, Query(max_length=2000, description="An IRI, also one that was merged away")] = "",
    q: Annotated[
        str, Query(max_length=2000, description="Either of the two: an IRI if it begins with http")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="The most things to show")] = 10,
) -> Response:
    """The thing under the IRI it has now, with a score, the old IRI that led to it, and who has taken its place today."""
    if held := unchanged(request):
        return held
    if sum(bool(asked.strip()) for asked in (label, iri, q)) != 1:
        raise BadParameter("label, iri, q: ask for one of these.")
    if q.strip().startswith(("https://", "http://")):
        iri = q
    else:
        label = label or q
    data = dataset(request)
    if iri:
        matches, of = [resolve_iri(data, iri.strip())], 1
    else:
        matches, of = resolve_label(data, label, most=limit)
        if not matches:
            raise NotFound("Nothing is called so, nor anything like it.")
    order = "score, best first, then the name that fits"
    body = {"count": len(matches), "of": of, "order": order, "matches": [asdict(match) for match in matches]}
    return answered(request, json.dumps(body, ensure_ascii=False), "json")


def _check(request: Request) -> None:
    """Raise WriteRefused where a request may not judge."""
    if not may_judge(request):
        raise WriteRefused(
            "This server only reads. Start it with --allow-judging, or use “joinedup same judge”."
        )
    check_site(request)


def _fields(request: Request, body: bytes) -> tuple[dict[str, str], bool]:
    """What was sent, and whether by a form."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    from_form = kind == "application/x-www-form-urlencoded"
    if not from_form and kind != "application/json":
        raise BadParameter("Content-Type: send application/x-www-form-urlencoded or application/json.")
    try:
        text = body.decode("utf-8")
        sent = (
            dict(parse_qsl(text, keep_blank_values=True, max_num_fields=20))
            if from_form
            else json.loads(text)
        )
    except (ValueError, RecursionError):
        raise BadParameter("The body cannot be read: send a form or one JSON object, in UTF-8.") from None
    if not isinstance(sent, dict):
        raise BadParameter("The body must be one JSON object.")
    fields = {
        str(k): str(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in sent.items()
    }
    if unknown := sorted(set(fields) - _FIELDS):
        raise BadParameter(f"{unknown[0][:40]!r} is not a field. Choose from {', '.join(sorted(_FIELDS))}.")
    if not all(isinstance(v, str) for v in fields.values()):
        raise BadParameter("Every field must be text.")
    return fields, from_form


def _decide(store: Store, fields: Mapping[str, str]) -> Judgement:
    by, because = fields.get("by", ""), fields.get("because", "")
    with _ONE_AT_A_TIME:
        if number := fields.get("undo", ""):
            if not (number.isascii() and number.isdigit() and len(number) < 10):
                raise BadParameter("undo: is not the number of a judgement.")
            return undo(store, int(number), by=by, because=because)
        one, other = fields.get("one", ""), fields.get("other", "")
        verdict, keep = fields.get("verdict", ""), fields.get("keep", "")
        return judge(store, one, other, verdict=verdict, by=by, because=because, keep=keep)
