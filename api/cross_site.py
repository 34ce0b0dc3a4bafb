"""Requests that a page of another site has made: no page but this server's own may change anything."""

from __future__ import annotations

from starlette.requests import Request


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that a page of another site sent it (Fetch Metadata, Sec-Fetch-Site; RFC 6454, Origin).

    Programs send neither and are not from elsewhere.
    """
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.url.netloc}"
    site = request.headers.get("sec-fetch-site", "same-origin")
    return site not in ("same-origin", "none") or (origin is not None and origin != own)
