"""Search over names and texts, as JSON and as a page."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import paging
from api.answers import answered, dataset, unchanged
from api.negotiation import chosen
from api.paging import Cursor, Limit, following, linked
from graph.errors import BadParameter
from graph.searching import Hit, search
from visualisations.search import search_page

router = APIRouter(tags=["things"])
_FARTHEST = 10_000


@router.get(
    "/search",
    summary="Things whose names or texts hold these words",
    operation_id="search",
    response_class=Response,
    responses={
        200: {
            "description": "What was found, best first",
            "content": {"application/json": {}, "text/html": {}},
        }
    },
)
def found(
    request: Request,
    q: Annotated[
        str,
        Query(
            max_length=500,
            description="Words, or beginnings of words, all of which must be there; accents and capitals do not count",
            examples=["late figures"],
        ),
    ] = "",
    kinds: Annotated[
        list[str] | None,
        Query(max_length=20, description="Only these kinds: programme, organisation, barrier, finding …"),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = "",
) -> Response:
    """Best first (BM25; names count ten times what texts do), with the text around the words and counts by kind.

    `snippet` is in pieces: words, and whether they are what was asked for.
    """
    if held := unchanged(request):
        return held
    data = dataset(request)
    asked = tuple(k for given in kinds or () for k in given.replace(",", " ").split())
    first = 0
    if cursor:
        first = paging.after(cursor, int)[1][0]
        if not 0 <= first <= _FARTHEST:
            raise BadParameter("cursor: so far down nothing fits well. Use more words.")
    wanted = chosen(request, ("json", "html"))
    if wanted == "html" and not q.strip():
        return answered(request, search_page(data, None, q, asked, ""), "html")
    hits = search(data, q, kinds=asked, limit=limit, first=first)
    end = first + len(hits.hits)
    more = end < hits.count and end <= _FARTHEST
    further = following(request, paging.cursor(data.version, end) if more else None)
    if wanted == "html":
        return answered(request, search_page(data, hits, q, asked, further or ""), "html")
    body = {
        "q": q,
        "count": hits.count,
        "of": hits.of,
        "order": "score, best first",
        "limit": limit,
        "version": data.version,
        "next": further,
        "kinds": hits.kinds,
        "items": [_hit(hit) for hit in hits.hits],
    }
    return linked(answered(request, json.dumps(body, ensure_ascii=False), "json"), next=further)


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "iri": hit.thing.iri,
        "label": hit.thing.label,
        "kind": hit.kind,
        "score": hit.score,
        "snippet": [{"text": text, "found": found} for text, found in hit.snippet],
    }
