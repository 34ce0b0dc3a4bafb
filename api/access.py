"""Who asks: what a request may see and do, decided once before any route runs.

Without tokens, this machine is open to its user, who sees everything. With them, a request says who asks by
`Authorization: Bearer` (RFC 6750) or by the cookie of /sign-in, and gets 401 without; only what shows nothing of a
store is open to all. A token's audience decides what may be seen (graph/audiences.py) and its right what may be done:
whatever is not asked by GET needs the right to write, unless it is known only to ask. Thus a route that is new is
guarded before anybody thinks of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors
from api.oidc import Issuer
from graph.audiences import PUBLIC, SENSITIVE
from graph.errors import JoinedupError
from graph.tokens import ADMIN, READ, RIGHTS, WRITE, Tokens
from visualisations.sign_in import sign_in_page

COOKIE = "joinedup"
SEEN_AS = "<!--seen-as-->"
"""What stands in a page where it is to say as whom it is seen."""
_OPEN = ("/static", "/sign-in", "/sign-out", "/health", "/ready")
_ASKED_BY_POST = ("/sparql",)
"""Where POST may be no more than a long question. What they write they guard themselves (api/writing.py)."""
_ADMIN, _WRITERS = ("/metrics",), ("/load",)
"""What tells of the server, and of what others have loaded."""
_SCOPE, REFUSED = "joinedup.access", "joinedup.refused"
"""Where a connection says who asks, and the answer that it gets where it may not."""
_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
_SEES = {
    PUBLIC: "what anybody may see",
    "analyst": "official and public sources, without the words of interviews",
    SENSITIVE: "everything, interviews too",
}


@dataclass(frozen=True)
class Access:
    """Who asks."""

    audience: str
    right: str
    label: str
    """A role, never a person's name."""
    by_token: bool = False
    """Whether a token says so. Then its right decides, else what the server was started with."""
    expires: datetime | None = None

    def may(self, right: str) -> bool:
        """Whether a right is held."""
        return RIGHTS.index(self.right) >= RIGHTS.index(right)


THIS_MACHINE = Access(SENSITIVE, ADMIN, "this machine")
ANYBODY = Access(PUBLIC, READ, "anybody")
NOBODY = Access("", READ, "nobody")
"""Who is not known, where nothing of a store is shown. There is no such audience, so nothing can be."""


def access(request: Request) -> Access:
    """Who sent a request."""
    found = request.scope[_SCOPE]
    assert isinstance(found, Access)
    return found


def actor(request: Request) -> str:
    """What the audit log calls whoever sent a request: the role of the token, or this machine."""
    return access(request).label


def seen_as(request: Request, page: str) -> str:
    """A page with a line that says as whom it is seen, and the way to sign in or out."""
    who = request.scope.get(_SCOPE)
    if not isinstance(who, Access) or who == NOBODY:
        return page
    if who.by_token:
        line = f"Seen by {escape(who.label)}, audience {who.audience}: {_SEES[who.audience]}."
        way = '<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>'
    elif who == ANYBODY:
        line, way = f"Audience {PUBLIC}: {_SEES[PUBLIC]}.", '<p><a href="/sign-in">Sign in</a></p>'
    else:
        line, way = f"Seen on this machine, audience {who.audience}: {_SEES[who.audience]}.", ""
    return page.replace(SEEN_AS, f'<p id="seen-as">{line}</p>{way}', 1)


class Gate:
    """Lets in whom a server is for."""

    def __init__(self, tokens: Tokens, issuer: Issuer | None, *, required: bool, public: bool):
        self.tokens, self.issuer, self.required, self.public = tokens, issuer, required, public

    async def admitted(self, request: Request) -> Access | None:
        """Who sent a request; None where that must be known and is not, or is said wrongly. Raises JoinedupError."""
        named = {name for name, _ in request.scope["headers"]}
        given = bearer(request) if b"authorization" in named else None
        if given is not None:
            return await run_in_threadpool(self.known, given)
        if (
            b"cookie" in named
            and (cookie := request.cookies.get(COOKIE))
            and (found := await run_in_threadpool(self.known, cookie))
        ):
            return found
        if not self.required:
            return THIS_MACHINE
        return ANYBODY if self.public else None

    def known(self, secret: str) -> Access | None:
        """Whom a secret lets in. Raises StoreUnusable and StoreBusy where that cannot be told."""
        if self.issuer and _JWT.fullmatch(secret):
            who = self.issuer.known(secret)
            return Access(who.audience, who.right, who.label, True, who.expires) if who else None
        token = self.tokens.find(secret)
        if token is None:
            return None
        expires = datetime.fromisoformat(token.expires).astimezone(UTC)
        return Access(token.audience, token.right, token.label, True, expires)


def bearer(request: Request) -> str | None:
    """What follows Bearer in Authorization (RFC 6750, 2.1); None where there is no such header."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class Admission:
    """Decides who asks before anything else is done. What is refused is answered by the app's own first step."""

    def __init__(self, app: ASGIApp, *, gate: Gate):
        self.app, self.gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        refused: Response | None = None
        try:
            who = await self.gate.admitted(request)
        except JoinedupError as error:
            who, refused = None, errors.problem(request, 503, "Nobody can be let in", str(error))
        if _within(request, _OPEN):
            scope[_SCOPE] = who or NOBODY
            refused = None
        elif who:
            scope[_SCOPE] = who
            refused = _lacking(request, who)
        else:
            refused = refused or _unknown(request)
        if refused:
            scope[REFUSED] = refused
        elif who and (failure := await _made_ready(request, who)):
            scope[REFUSED] = failure
        await self.app(scope, receive, send)


async def _made_ready(request: Request, who: Access) -> Response | None:
    """Make what an audience sees before a route runs, where it would keep others waiting; an answer where that fails."""
    readers = request.app.state.joinedup.readers
    if readers.ready(who.audience):
        return None
    try:
        await run_in_threadpool(lambda: readers.view(who.audience).version)
    except JoinedupError as error:
        return errors.problem(request, 503, "The store cannot be used", str(error))
    return None


def _within(request: Request, places: tuple[str, ...]) -> bool:
    path = request.scope[
        "path"
    ]  # what is routed by; request.url is made of Host too, which the client writes
    return path.startswith(places) and any(path == place or path.startswith(f"{place}/") for place in places)


def _unknown(request: Request) -> Response:
    given = bearer(request) is not None
    answer = errors.problem(
        request,
        401,
        "Sign in",
        "The token does not count: it is not known, has expired or was revoked. Ask for a new one."
        if given
        else "Send a token as “Authorization: Bearer …”, or sign in with one at /sign-in.",
    )
    if answer.media_type == "text/html":
        answer = Response(sign_in_page(), 401, {"Cache-Control": "no-store"}, media_type="text/html")
    challenge = 'Bearer realm="Joinedup"' + (', error="invalid_token"' if given else "")
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def _lacking(request: Request, who: Access) -> Response | None:
    """The refusal of a request for which a right is lacking (RFC 6750, 3.1); None where it is held."""
    asks = request.method in ("GET", "HEAD", "OPTIONS") or request.scope["path"] in _ASKED_BY_POST
    needed = READ if asks and not _within(request, _WRITERS) else WRITE
    if _within(request, _ADMIN):
        needed = ADMIN
    if who.may(needed):
        return None
    detail = f"This needs the right to {needed}, and the token gives the right to {who.right}."
    answer = errors.problem(request, 403, "Not allowed here", detail)
    if who.by_token:
        answer.headers["WWW-Authenticate"] = (
            f'Bearer realm="Joinedup", error="insufficient_scope", scope="{needed}"'
        )
    return answer
