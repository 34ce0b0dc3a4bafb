"""One way for every write over HTTP: who may, on which condition, at most once, and recorded in the audit log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import actor
from api.answers import state
from api.errors import problem
from api.kept_answers import Kept, KeptAnswers, hashed
from api.writing import editor
from graph.audit import audited
from graph.behalf import Behalf, acting
from graph.errors import BadParameter
from graph.identity.judging import MOST_WORDS, words_of
from ontology.terms import concepts

_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e]{1,200})"?')
_VERSION = re.compile(r'"(\d{1,15})-[\x21\x23-\x7e]*"')
ROW = '"row-'
"""How the validator of one row begins; that of every other answer begins with the version of the store."""

HEADERS = [
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The ETag of an answer: write only where the store is still at its version (412 if not)",
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 202},
        "description": "A new random text for each write. Sent again within a day, it is not carried out again",
    },
]
"""The headers that every write takes, for OpenAPI."""
OF_WRITING = [
    {
        "name": "marking",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "enum": list(concepts("markings"))},
        "description": "Of a write: who may see the graphs that it writes to. Without it as before, and official if new",
    },
    {
        "name": "because",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "maxLength": MOST_WORDS},
        "description": "Of a write: why, in a sentence; it is kept with the graph",
    },
]


async def carry_out(
    request: Request,
    what: str,
    work: Callable[[], Response],
    *sent: bytes | str,
    allowed: Callable[[Request], object] = editor,
    because: str = "",
) -> Response:
    """Do what a request asks for, off the event loop. what is how it is called in the audit log, sent what was sent.

    Raises what allowed raises where the client may not, Stale where If-Match does not hold (RFC 9110, 13.1.1),
    Conflict while a request with the same Idempotency-Key goes on, and what the work raises.
    """
    return await run_in_threadpool(_carry_out, request, what, work, sent, allowed, because)


def matches(request: Request) -> list[str]:
    """The tags of If-Match; none where it is not sent."""
    return [tag.strip() for tag in request.headers.get("if-match", "").split(",") if tag.strip()]


def _carry_out(
    request: Request,
    what: str,
    work: Callable[[], Response],
    sent: tuple[bytes | str, ...],
    allowed: Callable[[Request], object],
    because: str,
) -> Response:
    store = state(request).store
    key = _key(request)
    who = actor(request)
    name = hashed(who, key) if key else ""
    asked = hashed(request.method, request.url.path, request.url.query, *sent)
    reason = words_of("because", because, MOST_WORDS) if because.strip() else ""
    token = f"{name[:32]}-{asked[:32]}" if key else ""
    with acting(Behalf(who, reason, _at(request), token)), audited(store.path, what) as entry:
        allowed(request)
        if not key:
            return work()
        answers = _answers(request)
        with answers.taking(name):
            if kept := answers.find(name):
                entry.says(sent_again=True)
                return _again(request, kept, asked)
            if version := store.version_of(token):
                entry.says(sent_again=True)
                return _lost(version)
            answer = work()
            if answer.status_code < 400:
                headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
                answers.keep(name, Kept(asked, answer.status_code, headers, bytes(answer.body)))
            return answer


def _again(request: Request, kept: Kept, asked: str) -> Response:
    if kept.request != asked:
        detail = "This Idempotency-Key was sent with another request. Take a new key for each."
        return problem(request, 422, "The key is taken", detail)
    return Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})


def _lost(version: int) -> Response:
    said = f"This was carried out before, and made version {version} of the store; its answer was lost."
    return Response(
        json.dumps({"version": version, "detail": said}),
        headers={"Cache-Control": "no-store", "Idempotency-Replayed": "true"},
        media_type="application/json",
    )


def _key(request: Request) -> str:
    given = request.headers.get("idempotency-key")
    if given is None:
        return ""
    match = _KEY.fullmatch(given.strip())
    if not match:
        raise BadParameter("Idempotency-Key: must be 1 to 200 printable characters, in quotation marks.")
    return match[1]


def _at(request: Request) -> frozenset[int] | None:
    """The versions of the store at which a request may be carried out; None for any."""
    tags = matches(request)
    if not tags or tags == ["*"] or any(tag.startswith(ROW) for tag in tags):
        return None
    return frozenset(int(match[1]) for tag in tags if (match := _VERSION.fullmatch(tag)))


def _answers(request: Request) -> KeptAnswers:
    held = request.app.state
    if not hasattr(held, "kept_answers"):
        held.kept_answers = KeptAnswers(state(request).store.path)
    found = held.kept_answers
    assert isinstance(found, KeptAnswers)
    return found
