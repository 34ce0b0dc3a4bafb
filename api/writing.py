"""Who may write over HTTP."""

from __future__ import annotations

from starlette.requests import Request

from api.answers import state
from graph.editing import Editor
from graph.errors import WriteRefused


def editor(request: Request) -> Editor:
    """What writes for a request.

    Raises WriteRefused where the server only reads, and for a request that a page of another site has made.
    """
    found = state(request).editor
    if found is None:
        raise WriteRefused(
            "This server only reads. Start it with --allow-writing to let programs write to it."
        )
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.url.netloc}"
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and origin != own):
        raise WriteRefused("The request comes from a page of another site, and such pages may not write.")
    return found
