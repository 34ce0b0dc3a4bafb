"""The pages that are neither a thing, a list nor an analysis: overview, matrix, network, pairs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.answers import answered, dataset, state, unchanged
from api.as_of import AsOf
from graph.analysis import Result, find_analysis
from visualisations.connect import connect_page
from visualisations.page import departments_page, matrix_page, overview_page, pair_page
from visualisations.tour import tour_page

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request, as_of: AsOf) -> Response:
    """The overview."""
    return unchanged(request) or answered(request, overview_page(dataset(request), as_of), "html")


@router.get("/connect")
def connect(request: Request) -> Response:
    """How other tools read from here."""
    return unchanged(request) or answered(request, connect_page(str(request.base_url)), "html")


@router.get("/tour")
def tour_start(request: Request) -> Response:
    """The first step of the tour."""
    return RedirectResponse("/tour/1", 307)


@router.get("/tour/{step}")
def tour(request: Request, step: int, as_of: AsOf) -> Response:
    """One step of the tour."""
    if held := unchanged(request):
        return held
    data, asking = dataset(request), state(request).asking

    def ask(name: str, asked: dict[str, str]) -> Result[Any]:
        return asking.ask(data, find_analysis(name), asked)

    return answered(request, tour_page(data, step, ask, as_of), "html")


@router.get("/matrix")
def matrix(request: Request, as_of: AsOf) -> Response:
    """The department x department matrix."""
    return unchanged(request) or answered(request, matrix_page(dataset(request), as_of), "html")


@router.get("/departments-network")
def departments(request: Request, as_of: AsOf) -> Response:
    """The department network."""
    return unchanged(request) or answered(request, departments_page(dataset(request), as_of), "html")


@router.get("/pairs")
def pair(
    request: Request,
    one: Annotated[str, Query(max_length=200)],
    other: Annotated[str, Query(max_length=200)],
    as_of: AsOf,
) -> Response:
    """Two departments, by the ends of their IRIs."""
    data = dataset(request)
    first, second = (f"{data.base}/id/organisation/{name}" for name in (one, other))
    return unchanged(request) or answered(request, pair_page(data, first, second, as_of), "html")
