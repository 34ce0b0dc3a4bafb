"""The Explore page at /explore, the slice that it draws as JSON, and the slice as files of other tools."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, etag, headers_of, unchanged
from graph.errors import BadParameter
from graph.network_files import write
from visualisations.explore import explore_data, explore_network, explore_page, explore_svg
from visualisations.explore_drawing import DRAWN

router = APIRouter(include_in_schema=False)


def _said(request: Request) -> dict[str, str]:
    """The parameters; those that a form sends several times joined by commas."""
    parts = request.query_params
    return {name: ",".join(filter(None, parts.getlist(name))) for name in parts}


@router.get("/explore")
def explore(request: Request) -> Response:
    """The page; its address is the whole of what is looked at."""
    page = unchanged(request)
    return page or answered(request, explore_page(dataset(request), _said(request)), "html")


@router.get("/explore.json")
def data(request: Request) -> Response:
    """The same view as the picture takes it."""
    held = unchanged(request)
    return held or answered(request, explore_data(dataset(request), _said(request)), "json")


@router.get("/explore.svg")
def picture(request: Request) -> Response:
    """The same view as a picture with its legend. Raises BadParameter where it is too large to be one."""
    if held := unchanged(request):
        return held
    made = explore_svg(dataset(request), _said(request))
    if made is None:
        raise BadParameter(
            f"A picture holds from 1 to {DRAWN} things. Look at fewer, or take GraphML or GEXF."
        )
    headers = {**headers_of(etag(request)), "Content-Disposition": 'inline; filename="explore.svg"'}
    return Response(made, headers={**headers, "Content-Type": "image/svg+xml"})


def _file(suffix: str) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        if held := unchanged(request):
            return held
        made = write(explore_network(dataset(request), _said(request)), suffix)
        return answered(request, made, suffix, name=f"explore.{suffix}")

    file.__doc__ = f"The same view as a file: {suffix}."
    return file


for _path, _suffix in (("csv", "csv"), ("graphml", "graphml"), ("gexf", "gexf"), ("network.json", "json")):
    router.add_api_route(f"/explore.{_path}", _file(_suffix), methods=["GET"], name=f"explore_{_suffix}")
