"""Signing in and out with a browser: a form takes a token, and a cookie that no script can read keeps it.

The cookie goes to this server alone and never with a request that a page of another site makes (SameSite=Strict), and
where TLS is spoken never without it (Secure).
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import COOKIE, seen_as
from api.answers import state
from api.errors import problem
from api.writing import check_site
from graph.errors import JoinedupError
from visualisations.sign_in import sign_in_page

router = APIRouter(include_in_schema=False)
_FRESH = {"Cache-Control": "no-store"}
_LONGEST = 4000


@router.get("/sign-in")
def form(request: Request) -> Response:
    """The form."""
    return Response(seen_as(request, sign_in_page()), headers=_FRESH, media_type="text/html")


@router.post("/sign-in")
async def signed_in(request: Request) -> Response:
    """Keep the token in a cookie, and lead to the first page. Raises WriteRefused for a form on another site."""
    check_site(request)
    try:
        sent = parse_qs((await request.body()).decode("utf-8"), max_num_fields=10, errors="strict")
    except ValueError:
        sent = {}
    token = next(iter(sent.get("token", [])), "").strip()
    if not token or len(token) > _LONGEST:
        return _again(request, "Give a token.", 400)
    try:
        who = await run_in_threadpool(state(request).gate.known, token)
    except JoinedupError as error:
        return problem(request, 503, "Nobody can be let in", str(error))
    if who is None:
        return _again(request, "The token is not known, has expired or was revoked. Ask for a new one.", 401)
    answer = RedirectResponse("/", 303, _FRESH)
    left = int((who.expires - datetime.now(UTC)).total_seconds()) if who.expires else 0
    answer.set_cookie(
        COOKIE,
        token,
        max_age=max(left, 1),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


@router.post("/sign-out")
def signed_out(request: Request) -> Response:
    """Forget the cookie. Raises WriteRefused for a form on another site."""
    check_site(request)
    answer = RedirectResponse("/sign-in", 303, _FRESH)
    answer.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answer


def _again(request: Request, wrong: str, status: int) -> Response:
    page = seen_as(request, sign_in_page(wrong))
    headers = {**_FRESH, **({"WWW-Authenticate": 'Bearer realm="Joinedup"'} if status == 401 else {})}
    return Response(page, status, headers, media_type="text/html")
