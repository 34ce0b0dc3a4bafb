"""What changed since a version, a day or a cursor: as a list, and as events as it happens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from threading import BoundedSemaphore, Lock
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import paging
from api.access import access
from api.answers import answered, dataset, state, unchanged
from api.events import event, streamed
from api.negotiation import chosen
from api.paging import Cursor, Limit, following, linked
from graph.changes import Change, Journal, Version
from graph.dataset import Dataset
from graph.errors import Gone, JoinedupError, NotFound, QueryBusy
from graph.tabular import as_csv

router = APIRouter(tags=["changes"])
_LOOK, _BEAT = 0.5, 15.0
"""Seconds between two looks for a new version, and between two signs of life."""
_MOST = 100
"""How many clients may follow at once."""
_PLACES = BoundedSemaphore(_MOST)
_MAKING = Lock()
_WELCOME = (
    ": Each version of the data is an event “version”; its id is the cursor that /changes?since= takes. A client that "
    "comes back with Last-Event-ID is first told what it missed. A line like this one now and then is a sign of life.\n"
)
Since = Annotated[
    str,
    Query(
        max_length=100,
        description="A cursor (`cursor` of an answer), the number of a version, or a day; empty for all there is",
        examples=["2014-06-30"],
    ),
]


def journal(request: Request) -> Journal:
    """What changed for whoever asks."""
    held, audience = state(request), access(request).audience
    with _MAKING:
        kept: dict[str, Journal] = request.app.state.__dict__.setdefault("journals", {})
        if audience not in kept:
            kept[audience] = Journal(held.store, held.readers.view(audience), audience)
        return kept[audience]


def gone(request: Request, data: Dataset, iri: str) -> JoinedupError:
    """What to say of a thing that is not there: that it was once, where that is known, else that it is not there."""
    was = journal(request).removed(iri) if iri.startswith(f"{data.base}/id/") else None
    if was is None:
        return NotFound("There is nothing at this address.")
    return Gone(
        f"It was there until version {was.version} of the data, which came on {was.day}. What else changed with it is told "
        f"by /changes?since={was.day}.",
        f"/changes?since={was.day}",
    )


def _changes(form: str | None) -> Any:
    def changes(
        request: Request,
        since: Since = "",
        change: Annotated[
            Literal["", "added", "changed", "merged", "removed"], Query(description="Only these changes")
        ] = "",
        kind: Annotated[
            str,
            Query(
                max_length=60, description="Only things of this kind: programme, barrier, finding, source …"
            ),
        ] = "",
        limit: Limit = 100,
        cursor: Cursor = "",
    ) -> Response:
        """Things added, changed, merged and removed, in the order of versions, within one by address.

        Give `cursor` back as `since` to hear what comes after. `complete` says whether everything since is known:
        changes are kept from `told_from` on. A thing may come with several versions; the last counts. 410 where the
        version asked for is older than what is kept.
        """
        if held := unchanged(request):
            return held
        wanted = chosen(request, ("json", "csv"), form)
        data, kept = dataset(request), journal(request)
        every = kept.versions()
        start, complete = kept.since(since)
        place = (start.seq, "")
        if cursor:
            seq, version, iri = paging.after(cursor, int, int, str)[1]
            place = (kept.place(seq, version), iri)
        found, count, of = kept.changes(start.seq, place, limit + 1, change, kind)
        further, found = found[limit:], found[:limit]
        later = following(request, _after(data, found[-1]) if further else None)
        rows = [_row(data, one) for one in found]
        if wanted == "csv":
            lines = [[str(cell) for cell in _flat(row)] for row in rows]
            return linked(
                answered(request, as_csv([_COLUMNS, *lines]), "csv", name="changes.csv"), next=later
            )
        body = {
            "count": count,
            "of": of,
            "order": "version, then address",
            "limit": limit,
            "version": data.version,
            "since": start.cursor,
            "complete": complete,
            "told_from": _version(every[0]),
            "cursor": every[-1].cursor,
            "next": later,
            "versions": [_version(v) for v in every if v.seq > start.seq],
            "rows": rows,
        }
        return linked(answered(request, json.dumps(body, ensure_ascii=False), "json"), next=later)

    return changes


def _after(data: Dataset, last: Change) -> str:
    return paging.cursor(data.version, last.seq, last.version, last.iri)


_COLUMNS = ["change", "iri", "label", "kind", "merged_into", "version", "day"]


def _row(data: Dataset, one: Change) -> dict[str, Any]:
    return {
        "change": one.change,
        "iri": one.iri,
        "label": data.label(one.iri),
        "kind": one.kind,
        "merged_into": {"iri": one.merged_into, "label": data.label(one.merged_into)}
        if one.merged_into
        else None,
        "version": one.version,
        "day": one.day.isoformat(),
    }


def _flat(row: dict[str, Any]) -> list[str]:
    return [str((row[c] or {}).get("iri", "") if c == "merged_into" else row[c]) for c in _COLUMNS]


def _version(one: Version) -> dict[str, Any]:
    return {**asdict(one), "day": one.day.isoformat(), "cursor": one.cursor}


for _suffix, _form in (("", None), (".json", "json"), (".csv", "csv")):
    router.add_api_route(
        f"/changes{_suffix}",
        _changes(_form),
        methods=["GET"],
        summary="What was added, changed, merged and removed since a version, a day or a cursor",
        operation_id=f"changes{_suffix.replace('.', '_')}",
        include_in_schema=not _suffix,
        response_class=Response,
        responses={
            200: {
                "description": "The changes, oldest first",
                "content": {"application/json": {}, "text/csv": {}},
            },
            410: {"description": "What changed since then is not known any more"},
        },
    )


@router.get(
    "/changes/events",
    summary="Each new version of the data as it comes, as server-sent events",
    operation_id="changes_events",
    response_class=Response,
    responses={200: {"description": "Events", "content": {"text/event-stream": {}}}},
)
async def follow(request: Request, since: Since = "") -> Response:
    """Events `version` with its number, day and how many things were added, changed, merged and removed, a second later.

    The first is the version that is there. With `since`, or Last-Event-ID, which a browser sends by itself when it comes
    back, every version after that comes first. `id` is the cursor that /changes takes as since. The stream stays open.
    503 with Retry-After where a hundred clients follow already.
    """
    if not _PLACES.acquire(blocking=False):
        raise QueryBusy(
            f"{_MOST} clients follow the changes already. Try again in a while, or ask /changes?since= instead."
        )
    _PLACES.release()  # it is taken when the stream begins, which it may not
    kept = await run_in_threadpool(journal, request)
    asked = request.headers.get("last-event-id", "").strip() or since
    if asked:
        start, _ = await run_in_threadpool(kept.since, asked)
        seen = start.seq
    else:
        seen = (await run_in_threadpool(kept.versions))[-1].seq - 1
    return streamed(_told(request, kept, seen))


async def _told(request: Request, kept: Journal, seen: int) -> AsyncIterator[str]:
    if not _PLACES.acquire(blocking=False):
        return
    try:
        yield f"{_WELCOME}retry: 2000\n\n"
        beat = time.monotonic()
        while True:
            found = await run_in_threadpool(kept.news, seen)
            for version in found:
                seen = version.seq
                yield event("version", json.dumps(_version(version)), version.cursor)
            if found:
                beat = time.monotonic()
            elif time.monotonic() - beat > _BEAT:
                beat = time.monotonic()
                yield ": still here\n\n"
            await asyncio.sleep(_LOOK)
            if await request.is_disconnected():
                return
    finally:
        _PLACES.release()
