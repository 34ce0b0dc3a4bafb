"""What lies around a thing, and by which evidenced paths two things hang together."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, state, unchanged
from api.as_of import AsOf
from api.negotiation import MEDIA, chosen
from graph.analysis import find_analysis
from graph.errors import BadParameter
from graph.neighbourhood import KINDS, MOST_HOPS, MOST_THINGS, Neighbourhood, as_network, neighbourhood
from graph.network_files import write
from graph.tabular import as_json
from visualisations.neighbourhood import neighbourhood_page

router = APIRouter(tags=["networks"])
_FORMS = ("json", "graphml", "gexf", "csv", "html")
_THING = "a programme, organisation, barrier, lever, recommendation or action: its name, id or address"


def _around(form: str | None) -> Any:
    def around(
        request: Request,
        as_of: AsOf,
        of: Annotated[
            str,
            Query(
                min_length=1,
                max_length=2000,
                description=f"Around what: {_THING}",
                examples=["Troubled Families"],
            ),
        ],
        hops: Annotated[
            int, Query(ge=1, le=MOST_HOPS, description="How many links away at most", examples=[2])
        ] = 1,
        kinds: Annotated[
            list[str] | None,
            Query(
                max_length=20,
                description=f"Keep things of these kinds, and go through no others: {', '.join(KINDS)}",
            ),
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=MOST_THINGS, description="The most things to show", examples=[100])
        ] = 100,
        department: Annotated[
            str,
            Query(max_length=500, description="Keep the programmes that this department answers for"),
        ] = "",
        quarter: Annotated[
            str, Query(max_length=10, description="Keep what findings of this quarter say, such as 2014-Q2")
        ] = "",
    ) -> Response:
        """The things within so many links, the nearest first, then those whose links rest on most.

        `steps` says how many there are in each step, by kind, before any is shown; `truncated` whether there are more
        than `limit`; `more` of each thing how many of its neighbours are not shown. Each edge names what it rests on.
        Also as GraphML, GEXF and CSV of the edges, and as a page.
        """
        if held := unchanged(request):
            return held
        wanted = chosen(request, _FORMS, form)
        asked = tuple(k for given in kinds or () for k in given.replace(",", " ").split())
        data = dataset(request)
        found = neighbourhood(
            data, of, hops=hops, kinds=asked, limit=limit, department=department, quarter=quarter, as_of=as_of
        )
        if wanted == "html":
            said = {
                "of": of,
                "hops": str(hops),
                "kinds": " ".join(asked),
                "limit": str(limit),
                "department": department,
                "quarter": quarter,
            }
            return answered(request, neighbourhood_page(data, found, said, as_of), "html")
        if wanted != "json":
            body = write(as_network(data, found), wanted)
            return answered(request, body, wanted, name=f"neighbourhood.{wanted}")
        return answered(request, json.dumps(_said(found), ensure_ascii=False), "json")

    return around


def _said(found: Neighbourhood) -> dict[str, Any]:
    return {
        "start": asdict(found.start),
        "as_of": found.as_of.isoformat(),
        "count": len(found.things),
        "of": found.of,
        "truncated": found.truncated,
        "order": "hop, then what its links rest on (most first), then label",
        "steps": [asdict(step) for step in found.steps],
        "things": [
            {**asdict(near.thing), "kind": near.kind, "hop": near.hop, "more": near.more}
            for near in found.things
        ],
        "edges": [asdict(edge) for edge in found.edges],
    }


for _suffix in ("", *(f".{form}" for form in _FORMS)):
    router.add_api_route(
        f"/neighbourhood{_suffix}",
        _around(_suffix.lstrip(".") or None),
        methods=["GET"],
        summary="What lies around a thing, with counts before anything is shown",
        operation_id=f"neighbourhood{_suffix.replace('.', '_')}",
        include_in_schema=not _suffix,
        response_class=Response,
        responses={
            200: {"description": "What is near", "content": {MEDIA[form]: {} for form in _FORMS}},
        },
    )


@router.get(
    "/paths",
    summary="By which evidenced paths do two things hang together?",
    operation_id="paths",
    response_class=Response,
    responses={200: {"description": "The paths, best first", "content": {"application/json": {}}}},
)
def paths(
    request: Request,
    from_: Annotated[
        str,
        Query(
            alias="from",
            min_length=1,
            max_length=2000,
            description=f"From what: {_THING}",
            examples=["Troubled Families"],
        ),
    ],
    to: Annotated[
        str, Query(min_length=1, max_length=2000, description=f"To what: {_THING}", examples=["DfE"])
    ],
    as_of: AsOf,
    most: Annotated[int, Query(ge=1, le=100, description="The most paths to show", examples=[5])] = 5,
    max_hops: Annotated[
        int, Query(ge=1, le=8, description="The most links that a path may have", examples=[4])
    ] = 4,
) -> Response:
    """The shortest first, among those as long the strongest, each as a sentence, by its steps and with its evidence.

    It is the analysis why-linked, which explains strength and says how to read it.
    """
    if held := unchanged(request):
        return held
    if not from_.strip() or not to.strip():
        raise BadParameter("from, to: name two things.")
    analysis = find_analysis("why_linked")
    asked = {"one": from_, "other": to, "most": str(most), "max_hops": str(max_hops)}
    if as_of:
        asked["as_of"] = as_of.isoformat()
    result = state(request).asking.ask(dataset(request), analysis, asked)
    body = json.loads(as_json(analysis, result))
    body["order"] = "hops, then strength (most first), then sources (most first), then the path in words"
    return answered(request, json.dumps(body, ensure_ascii=False), "json")
