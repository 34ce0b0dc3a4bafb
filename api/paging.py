"""One contract for every list: `limit`, `cursor`, and `next` in the body and as a Link header.

A body says `count` (how many match), `of` (how many there are), `order`, `limit`, `version` (of the data) and `next`,
the address of the part that follows, or null. The same address is in `Link: <...>; rel="next"` (RFC 8288). A cursor
says after what the next part begins, not how many came before. So it goes on where the data changed meanwhile: what
stayed comes once, and none of it is left out; `changed` then says that an earlier part was of another version.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import BadParameter

Cursor = Annotated[
    str, Query(max_length=4000, description="Where to go on: from `next` of the part before", examples=[""])
]
Limit = Annotated[int, Query(ge=1, le=1000, description="The most that one part may hold", examples=[50])]


def cursor(version: int, *after: str | int | float) -> str:
    """The text that says after what to go on, and of which version the part before was."""
    said = json.dumps([version, *after], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode("utf-8", "surrogatepass")).decode().rstrip("=")


def after(text: str, *kinds: type) -> tuple[int, tuple[Any, ...]]:
    """The version and what a cursor says to go on after, of these kinds. Raises BadParameter for one from elsewhere."""
    try:
        said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8"))
        json.dumps(said, ensure_ascii=False).encode()  # half a character is from elsewhere
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, list) or [type(part) for part in said] != [int, *kinds]:
        raise BadParameter("cursor: it is not from this list. Take it from “next”, or leave it out.")
    return said[0], tuple(said[1:])


def following(request: Request, said: str | None) -> str | None:
    """The address of the next part; None where this is the last."""
    if said is None:
        return None
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "page")]
    return f"{request.url.path}?{urlencode([*kept, ('cursor', said)])}"


def linked(response: Response, **addresses: str | None) -> Response:
    """The answer with a Link header for each address that there is (RFC 8288, 3)."""
    for relation, address in addresses.items():
        if address:
            response.headers.append("Link", f'<{address}>; rel="{relation}"')
    return response
