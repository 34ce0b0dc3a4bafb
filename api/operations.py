"""Routes for those who run the server: whether it lives, whether it can work, and what it counts."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import errors
from api.access import NOBODY, access
from api.answers import State, dataset, state
from api.metrics import Figures, Metrics
from graph.audiences import PUBLIC, SENSITIVE
from graph.errors import JoinedupError, NotFound
from graph.version import __version__

router = APIRouter(tags=["operations"])

_ROOM = 32 * 1024**2
"""The bytes below which a disk is full for us: the database writes its log in pieces of such a size."""
_ANSWERS_WITHIN = 2.0
_HOLDS_FOR = 1.0
"""Seconds for which a finding of /ready is not looked up anew, however often it is asked for."""


@dataclass
class Operations:
    """What the routes here keep from one request to the next."""

    metrics: Metrics
    one: asyncio.Lock = field(default_factory=asyncio.Lock)
    looked: float = -_HOLDS_FOR
    found: str = ""


def install(app: FastAPI, metrics: Metrics) -> None:
    """Let an app count, and add these routes."""
    app.state.operations = Operations(metrics)
    counted: tuple[int, int] = (-1, 0)

    def figures() -> Figures:
        nonlocal counted
        data = app.state.joinedup.store.dataset()
        if counted[0] != data.version:
            counted = data.version, len(data)
        running, waiting = app.state.joinedup.readers.busy()
        found = {
            "joinedup_queries_running": ("Queries that run", float(running)),
            "joinedup_queries_waiting": ("Queries that wait for their turn", float(waiting)),
            "joinedup_store_version": ("How many changes the store has had", float(data.version)),
            "joinedup_store_statements": ("Statements in the newest version", float(counted[1])),
        }
        if data.snapshot is not None:
            room = float(shutil.disk_usage(data.snapshot).free)
            found["joinedup_store_free_bytes"] = ("Room on the disk of the store", room)
        return found

    metrics.watch(figures)
    app.include_router(router)


@router.get("/health", operation_id="health", summary="Whether the server lives")
def health(request: Request) -> JSONResponse:
    """The process answers; and the version of the software and of the store, for those who may see it."""
    found: dict[str, Any] = {"status": "ok"}
    if access(request) != NOBODY:
        data = dataset(request)
        found |= {"joinedup": __version__, "store_version": data.version, "statements": len(data)}
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@router.get(
    "/ready",
    operation_id="ready",
    summary="Whether the server can do its work",
    responses={503: {"description": "It cannot, and why"}},
)
async def ready(request: Request) -> Response:
    """The store opens, a query is answered in time, and the disk has room; else 503, and why in a sentence."""
    held: Operations = request.app.state.operations
    async with held.one:
        if time.monotonic() - held.looked >= _HOLDS_FOR:
            held.found = await _lacking(state(request))
            held.looked = time.monotonic()
    if held.found:
        return errors.problem(request, 503, "Not ready", held.found)
    return JSONResponse({"status": "ready"}, headers={"Cache-Control": "no-store"})


@router.get("/metrics", operation_id="metrics", summary="What the server counts, as Prometheus reads it")
def metrics(request: Request) -> Response:
    """Requests by route, method and status, how long they took, errors by kind, and the size of the store.

    Open to this machine where there are no tokens; else it needs one with the right to administer.
    """
    if not access(request).may("admin"):
        raise NotFound("There is nothing at this address.")
    held: Operations = request.app.state.operations
    media = "text/plain; version=0.0.4; charset=utf-8"
    return Response(held.metrics.text(), headers={"Content-Type": media, "Cache-Control": "no-store"})


async def _lacking(held: State) -> str:
    """What keeps the server from its work, in a sentence; empty where nothing does."""
    try:
        await run_in_threadpool(held.store.dataset)
        audience = PUBLIC if held.gate.public else SENSITIVE
        async with asyncio.timeout(_ANSWERS_WITHIN):
            await asyncio.to_thread(lambda: held.readers.workers(audience).ask("ASK {}"))
        if held.store.path and held.store.path.exists() and shutil.disk_usage(held.store.path).free < _ROOM:
            return f"The disk of the store has less than {_ROOM // 1024**2} MB of room. Make room on it."
    except TimeoutError:
        return (
            "The query workers do not answer in time: all are busy, or the machine is. Try again in a moment."
        )
    except JoinedupError as error:
        return str(error)
    except OSError:
        return "The disk of the store cannot be read."
    return ""
