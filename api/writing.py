"""Who may write over HTTP."""

from __future__ import annotations

from starlette.requests import Request

from api.access import access
from api.answers import state
from api.cross_site import from_elsewhere
from graph.editing import Editor
from graph.errors import WriteRefused
from graph.tokens import WRITE


def may_write(request: Request) -> bool:
    """Whether whoever asks may write: by the right of their token, else by what the server was started with."""
    return state(request).editor is not None and access(request).may(WRITE)


def may_judge(request: Request) -> bool:
    """Whether whoever asks may judge which things are the same: as `may_write`."""
    who = access(request)
    return who.may(WRITE) and (who.by_token or state(request).allow_judging)


def editor(request: Request) -> Editor:
    """What writes for a request.

    Raises WriteRefused where the server only reads, where the token gives no right to write, and for a request that a
    page of another site has made.
    """
    found = state(request).editor
    if found is None:
        raise WriteRefused(
            "This server only reads. Start it with --allow-writing to let programs write to it."
        )
    if not may_write(request):
        raise WriteRefused("This needs the right to write, and the token gives the right to read.")
    check_site(request)
    return found


def check_site(request: Request) -> None:
    """Raise WriteRefused for a request that a page of another site has made."""
    if from_elsewhere(request):
        raise WriteRefused("The request comes from a page of another site, and such pages may not write.")
