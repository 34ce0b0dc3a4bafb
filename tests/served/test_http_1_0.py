"""A client of HTTP/1.0, such as an old proxy, gets each answer whole and with its length, or a refusal; never a part of one."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.flowing import WholeForOld
from graph.errors import QueryTimeout

Serve = Callable[..., AbstractContextManager[str]]
MANY = "SELECT ?a ?b { ?a ?p ?x . ?b ?q ?y } LIMIT 20000"
SLOW = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (STRSTARTS(SHA512(CONCAT(STR(?a), STR(?d), STR(?i))), '0')) }"
"""Many rows, not all too fast, and no end before the limit."""


@pytest.fixture(scope="module")
def hurried(serve: Serve, store: Path) -> Iterator[str]:
    """A server with little patience for a query."""
    with serve(store, "--query-seconds", "2") as address:
        yield address


def old(address: str, path: str, accept: str = "*/*", **more: str) -> tuple[int, dict[str, str], bytes]:
    """What a client of HTTP/1.0 gets, which reads as many bytes as it was told, or to the end."""

    class Old(http.client.HTTPConnection):
        _http_vsn, _http_vsn_str = 10, "HTTP/1.0"

    at = urlsplit(address)
    connection = Old(at.hostname or "", at.port, timeout=60)
    connection.request("GET", path, headers={"Accept": accept, "Host": at.netloc, **more})
    answer = connection.getresponse()
    assert answer.fp is not None
    body = answer.fp.read()  # as it came, whatever it was said to be
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.parametrize(
    "path",
    [f"/sparql?format=csv&query={quote(MANY)}", "/", "/download.nq", "/static/joinedup.css", "/health"],
)
def test_it_gets_what_others_get_in_one_piece(address: str, path: str) -> None:
    status, headers, body = old(address, path)
    assert status == 200
    assert "transfer-encoding" not in headers
    assert int(headers["content-length"]) == len(body)
    newer = httpx.get(address + path).content
    assert len(body) == len(newer) > 10


def test_an_answer_that_breaks_off_is_an_error_and_not_its_first_part(hurried: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{hurried}/sparql", params={"query": SLOW, "format": "csv"}, timeout=60)
    status, headers, body = old(hurried, f"/sparql?format=csv&query={quote(SLOW)}", "application/json")
    assert status == 503
    assert "stopped" in json.loads(body)["detail"]
    assert int(headers["content-length"]) == len(body)


def test_what_has_no_end_is_refused(address: str) -> None:
    status, _, body = old(address, "/changes/events", "text/event-stream")
    assert status == 505
    assert b"HTTP/1.1" in body


def test_that_nothing_has_changed_has_no_length(address: str) -> None:
    tag = old(address, "/matrix")[1]["etag"]
    status, headers, body = old(address, "/matrix", **{"If-None-Match": tag})
    assert (status, body) == (304, b"")
    assert "content-length" not in headers


def test_what_goes_wrong_behind_the_routes_of_the_framework_keeps_its_status() -> None:
    """Starlette wraps an error that comes once an answer has begun."""

    async def breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("Caught handled exception, but response already started.") from QueryTimeout(
            "Too long."
        )

    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "http_version": "1.0",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(WholeForOld(breaks_off)(scope, receive, send))
    assert said[0]["status"] == 503
    assert b"half" not in b"".join(message.get("body", b"") for message in said)
