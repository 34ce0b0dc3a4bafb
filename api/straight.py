"""The short ways to /sparql: past the other routes, and past all that is known of a question but its query (api/again.py)."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.again import BEGUN, Asking, Holds
from api.answers import State, etag_of
from api.errors import foreseen
from api.flowing import flowing
from api.negotiation import MEDIA
from api.sparql import answer_headers, by_get, by_post
from graph.errors import JoinedupError
from graph.flow import Flow


class Asked:
    """Answers /sparql in front of the other routes, whose way there takes longer than a small query."""

    path = "/sparql"

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        by = _BY.get(scope.get("method", "")) if scope["path"] == self.path else None
        if by is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = self  # whose path is its name in the log
        request = Request(scope, receive)
        try:
            answer = await by(request)
        except JoinedupError as error:
            answer = foreseen(request, error)
        finally:
            if unused := scope.pop(BEGUN, None):
                unused.close()
        await answer(scope, receive, send)


_BY = {"GET": by_get, "POST": by_post}


async def straight(held: State, asking: Asking, asked: str, query: str) -> tuple[Response, Holds] | Flow:
    """The answer to a query by GET of which all else is known, or its beginning where it is large. Raises as `by_get`."""
    who, path = asking.who, Asked.path
    if not held.readers.ready(who.audience):
        await run_in_threadpool(lambda: held.readers.view(who.audience).version)
    version = held.readers.view(who.audience).version
    tag = etag_of(who, version, path, asked, asking.accept)
    key = tag, asking.scheme, asking.host, asked, asking.accept
    if kept := held.remembered.get(key):
        return kept, Holds(who.audience, version)
    flow = await held.readers.workers(who.audience).begun(
        query,
        results=asking.results,
        graph=asking.graph,
        base_iri=f"{asking.scheme}://{asking.host}{path}",
        client=asking.client,
    )
    if not flow.whole:
        return flow
    media = MEDIA["srj"] if flow.format == "json" else MEDIA[flow.format]
    answer = flowing(flow, (*answer_headers(media, path), (b"etag", tag.encode())))
    held.remembered.put(key, answer, who.audience, version)
    return answer, Holds(who.audience, version, again=False)
