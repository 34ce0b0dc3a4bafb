"""Which form of a document: short, what is said of a thing, or full, also what refers to it.

A client asks by `profile=short|full`, or by the profile parameter of a media type in Accept (RFC 6906, 4). The answer
says which it is in `Link: <...>; rel="profile"`, and where the other is. A profile that is not known is ignored in
Accept, as that is a wish, and refused as a parameter.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import BadParameter, shortened

BASE = "https://w3id.org/joinedup/profile/"
SHORT, FULL = "short", "full"
PROFILES = (SHORT, FULL)
_IN_ACCEPT = re.compile(r""";\s*profile\s*=\s*(?:"([^"]*)"|([^\s,;"]+))""", re.IGNORECASE)

Profile = Annotated[
    str,
    Query(
        max_length=200,
        description="short: what is said of the thing; full: also what refers to it. By name or IRI; not for HTML",
        examples=[FULL],
    ),
]


def profile_of(request: Request, asked: str) -> str:
    """The profile that a request is for: short where it names none. Raises BadParameter."""
    if asked:
        if (name := asked.removeprefix(BASE)) not in PROFILES:
            raise BadParameter(
                f"profile: “{shortened(asked)}” is none. Choose {' or '.join(PROFILES)}, or {BASE}{FULL}."
            )
        return name
    wished = (
        iri.removeprefix(BASE)
        for match in _IN_ACCEPT.finditer(request.headers.get("accept", ""))
        for iri in (match[1] or match[2] or "").split()
    )
    return next((name for name in wished if name in PROFILES), SHORT)


def plain(accept: str) -> str:
    """What Accept says without its profiles."""
    return _IN_ACCEPT.sub("", accept)


def said(request: Request, response: Response, profile: str) -> Response:
    """The answer with its profile, and where the other one is (RFC 6906, 3; RFC 8288)."""
    response.headers.append("Link", f'<{BASE}{profile}>; rel="profile"')
    for other in PROFILES:
        if other != profile:
            query = urlencode({**request.query_params, "profile": other})
            response.headers.append(
                "Link", f'<{request.url.path}?{query}>; rel="alternate"; profile="{BASE}{other}"'
            )
    return response
