"""The pages that are neither a thing, a list nor an analysis: overview, matrix, network, pairs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, unchanged
from visualisations.page import departments_page, matrix_page, overview_page, pair_page

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request) -> Response:
    """The overview."""
    return unchanged(request) or answered(request, overview_page(dataset(request)), "html")


@router.get("/matrix")
def matrix(request: Request) -> Response:
    """The department x department matrix."""
    return unchanged(request) or answered(request, matrix_page(dataset(request)), "html")


@router.get("/departments-network")
def departments(request: Request) -> Response:
    """The department network."""
    return unchanged(request) or answered(request, departments_page(dataset(request)), "html")


@router.get("/pairs")
def pair(
    request: Request, one: Annotated[str, Query(max_length=200)], other: Annotated[str, Query(max_length=200)]
) -> Response:
    """Two departments, by the ends of their IRIs."""
    data = dataset(request)
    names = (f"{data.base}/id/organisation/{name}" for name in (one, other))
    return unchanged(request) or answered(request, pair_page(data, *names), "html")
