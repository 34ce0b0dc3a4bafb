"""The report of each deep dive at /reports/<deep dive>, as a page, a PDF or a Word document."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.answers import dataset, etag, headers_of, unchanged
from api.as_of import AsOf
from graph.errors import NotFound
from graph.report import report

router = APIRouter(tags=["analyses"])
_MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@router.get("/reports/{name}", summary="The report of a deep dive", operation_id="report")
async def deep_dive_report(
    request: Request,
    name: Annotated[
        str,
        Path(
            max_length=500,
            description="The end of its address and .html, .pdf or .docx: early-help-for-families.pdf",
        ),
    ],
    as_of: AsOf,
) -> Response:
    """Its question, whom it asked, what it found and how sure that is, what departments share, and who is to do what.

    A file to keep, each form of it: the page carries its own style, so that it opens anywhere.
    """
    from visualisations.report import FORMS  # slow to import

    stem, _, ending = name.rpartition(".")
    written = FORMS.get(f".{ending}")
    if written is None or not stem:
        raise NotFound(f"A report ends in {', '.join(FORMS)}.")
    if held := unchanged(request):
        return held
    data = dataset(request)
    body = await run_in_threadpool(lambda: written(report(data, stem, as_of=as_of)))
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem)
    return Response(
        body,
        headers={
            **headers_of(etag(request)),
            "Content-Type": _MEDIA[f".{ending}"],
            "Content-Disposition": f'attachment; filename="{plain}.{ending}"',
        },
    )
