"""Each network at /networks/<kind>, as files of other tools: by suffix, or node-link JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, unchanged
from api.as_of import AsOf
from graph.network_files import FORMS, write
from graph.projections import PROJECTIONS, Projection

router = APIRouter(tags=["networks"])


@router.get("/networks", summary="Every network, with what it holds and its formats", operation_id="networks")
def networks(request: Request) -> Response:
    """The networks that can be had as files."""
    found = [
        {
            "name": p.kind,
            "title": p.title,
            "holds": p.holds,
            "href": f"/networks/{p.kind}",
            "files": {suffix: f"/networks/{p.kind}.{suffix}" for suffix in FORMS},
        }
        for p in PROJECTIONS.values()
    ]
    return unchanged(request) or answered(
        request,
        json.dumps({"count": len(found), "of": len(found), "networks": found}, ensure_ascii=False),
        "json",
    )


def _endpoint(projection: Projection, suffix: str) -> Callable[..., Response]:
    def network(request: Request, as_of: AsOf) -> Response:
        if held := unchanged(request):
            return held
        made = projection.of(dataset(request), as_of)
        return answered(request, write(made, suffix), suffix, name=f"{projection.kind}.{suffix}")

    network.__doc__ = (
        f"{projection.holds} Nodes have a label and a kind; edges a label, a kind, a weight and the IRIs of what they "
        "rest on, as far as the format can hold them."
    )
    return network


for _projection in PROJECTIONS.values():
    for _suffix, _form in FORMS.items():
        for _path in (f".{_suffix}", "") if _suffix == "json" else (f".{_suffix}",):
            router.add_api_route(
                f"/networks/{_projection.kind}{_path}",
                _endpoint(_projection, _suffix),
                methods=["GET"],
                operation_id=f"network_{_projection.kind}_{_suffix}".replace("-", "_"),
                summary=f"{_projection.title}, as {_form.name}",
                include_in_schema=bool(_path),
                response_class=Response,
                responses={200: {"description": "The file", "content": {_form.media: {}}}},
            )
