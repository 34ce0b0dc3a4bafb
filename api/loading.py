"""Loading files over HTTP: POST /load, the page with its form, and loads that go on, under /load/jobs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from api.access import seen_as
from api.answers import state
from api.carrying_out import HEADERS, carry_out
from api.errors import problem, status_of
from api.events import events, streamed
from api.load_jobs import Files, Job, Loads
from api.negotiation import chosen
from api.writing import editor, may_write
from graph.audit import audited, told_elsewhere
from graph.errors import BadParameter, JoinedupError, NotFound, NotReadable, TooLarge, WriteRefused
from graph.ingest.files import KINDS
from graph.ingest.mapping import shipped
from ontology.terms import concepts
from visualisations.load import load_page

PATH = "/load"
MOST_FILES = 100
router = APIRouter(tags=["writing"])
_NAME = re.compile(r"[\w][\w .()+-]{0,120}")
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")
_FIELDS = {"files", "mapping", "marking", "dry_run", "folder", "because"}
_FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": f"One or several files ({', '.join(KINDS)}, or RDF): all of them are loaded, or none",
        },
        "mapping": {
            "type": "string",
            "description": f"A mapping that comes with Joinedup ({', '.join(shipped())}), or a file with a mapping",
        },
        "marking": {"type": "string", "enum": list(concepts("markings")), "default": "official"},
        "dry_run": {"type": "boolean", "default": False, "description": "Check and report; load nothing"},
        "folder": {
            "type": "string",
            "default": "uploaded",
            "description": "The name of the set that the files belong to. A file of the same set and name is replaced",
        },
        "because": {"type": "string", "description": "Why, in a sentence"},
    },
}
_ASYNC = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "respond-async: answer at once with 202 and the address of the load (RFC 7240)",
}


@router.get(PATH, include_in_schema=False)
def page(request: Request) -> Response:
    """The form."""
    _check_may(request)
    return _page(request, {}, 200)


@router.post(
    PATH,
    summary="Load files: all of them, or none",
    operation_id="load",
    response_class=Response,
    openapi_extra={
        "parameters": [_ASYNC, *HEADERS],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
        "responses": {
            "200": {"description": "What was loaded", "content": {"application/json": {}, "text/html": {}}},
            "202": {"description": "The load goes on, at the address in Location"},
            "422": {
                "description": "Nothing was loaded: every mistake with file, row, column, value and what to do"
            },
        },
    },
)
async def load(request: Request) -> Response:
    """The same report as `joinedup load`, as JSON or as a page. Loading a file again replaces what it said before.

    One load at a time: 503 with Retry-After while the store is being written.
    """
    with audited(state(request).store.path, "load"):
        editor(request)
        told_elsewhere()  # what comes of it is
    try:
        return await _load(request)
    except JoinedupError as error:
        if not _wants_page(request):
            raise
        return await run_in_threadpool(_page, request, {"says": str(error)}, status_of(error)[0])


async def _load(request: Request) -> Response:
    files, sent = await _received(request)
    begun = False

    def work() -> Response:
        nonlocal begun
        job = _loads(request).begin(files)
        begun = True
        told_elsewhere()
        if "respond-async" in request.headers.get("prefer", "").lower():
            return _going_on(job)
        return _answered(request, job)

    try:
        return await carry_out(request, "load", work, *sent, because=_because(sent))
    finally:
        if not begun:
            shutil.rmtree(files.folder, ignore_errors=True)


@router.get(f"{PATH}/jobs/{{id}}", summary="How far a load is, or what became of it", operation_id="load_job")
def job(request: Request, id: str) -> Response:
    """200 with the report, 422 with the mistakes, or 202 while it goes on, with Retry-After."""
    found = _job(request, id)
    return _answered(request, found) if found.answer.done() else _going_on(found)


@router.get(
    f"{PATH}/jobs/{{id}}/events",
    summary="A load as it goes on, as server-sent events",
    operation_id="load_job_events",
    response_class=Response,
    responses={200: {"description": "Events", "content": {"text/event-stream": {}}}},
)
def job_events(request: Request, id: str) -> Response:
    """Events `progress`, with the seconds so far and how much of which file is read; then `result` or `error`."""
    found = _job(request, id)
    return streamed(
        events(request, found.answer, found.now, lambda said: json.dumps(said, ensure_ascii=False))
    )


def _answered(request: Request, job: Job) -> Response:
    """The answer to a load, once it is over. Raises the error that stood in its way."""
    said = job.answer.result()
    if _wants_page(request):
        return _page(request, said, 200 if "report" in said else 422)
    if "report" not in said:
        return problem(request, 422, "Nothing was loaded", said["says"], issues=said["issues"])
    return Response(
        json.dumps(said["report"], ensure_ascii=False),
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )


def _going_on(job: Job) -> Response:
    at = f"{PATH}/jobs/{job.id}"
    said = {"id": job.id, "href": at, "events": f"{at}/events", "progress": job.now()}
    headers = {"Location": at, "Retry-After": "2", "Cache-Control": "no-store"}
    return Response(json.dumps(said), 202, headers, media_type="application/json")


def _page(request: Request, said: dict[str, Any], status: int) -> Response:
    """The page, with what became of a load."""
    text = seen_as(request, load_page(KINDS, shipped(), list(concepts("markings").items()), said))
    return Response(text, status, {"Cache-Control": "no-store"}, media_type="text/html")


async def _received(request: Request) -> tuple[Files, list[bytes | str]]:
    """The files of a request, in a folder of their own, and what makes it the same request again.

    Raises NotReadable, BadParameter, TooLarge.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "multipart/form-data":
        raise NotReadable("Content-Type: send multipart/form-data, with the files in fields called files.")
    parser = MultiPartParser(
        request.headers, _counted(request), max_files=MOST_FILES, max_fields=20, max_part_size=10_000
    )
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeError, KeyError, ValueError):
        raise BadParameter("The body is not multipart/form-data, or holds too many parts.") from None
    folder = Path(tempfile.mkdtemp(prefix="joinedup-load-"))
    try:
        return await run_in_threadpool(_kept, form, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        await form.close()


async def _counted(request: Request) -> AsyncGenerator[bytes, None]:
    """The body as it comes. Raises TooLarge; what comes after the limit is read, so that the client hears why."""
    most = int(request.app.state.most_load_bytes)
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > 32 * most:
            break
        if size <= most:
            yield piece
    if size > most:
        raise TooLarge(f"The most that can be sent here is {most:,} bytes. Load larger files by command.")


def _kept(form: FormData, folder: Path) -> tuple[Files, list[bytes | str]]:
    if unknown := sorted(set(form) - _FIELDS):
        raise BadParameter(f"{unknown[0][:40]!r} is not a field. Choose from {', '.join(sorted(_FIELDS))}.")
    fields = {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}
    called = fields.get("folder") or "uploaded"
    if not _FOLDER.fullmatch(called):
        raise BadParameter("folder: letters, digits, dots and hyphens, and no more than 61 of them.")
    marking = fields.get("marking") or "official"
    place = folder / called
    place.mkdir()
    sent: list[bytes | str] = [f"{name}={fields[name]}" for name in sorted(fields)]
    paths = []
    for upload in form.getlist("files"):
        if isinstance(upload, UploadFile) and upload.filename:
            path = place / _file_name(upload.filename)
            if path.exists():
                raise BadParameter(f"files: two of them are called {path.name}.")
            sent.append(f"{path.name} {_copied(upload, path)}")
            paths.append(path)
    if not paths:
        raise BadParameter("files: send at least one file.")
    mapping: str | None = None
    for given in form.getlist("mapping"):
        if isinstance(given, UploadFile) and given.filename:
            path = folder / "mapping.toml"
            sent.append(f"mapping {_copied(given, path)}")
            mapping = str(path)
        elif isinstance(given, str) and given.strip():
            if given.strip() not in shipped():
                raise BadParameter(f"mapping: choose {', '.join(shipped())}, or send a file.")
            mapping = mapping or given.strip()
    dry = fields.get("dry_run", "").lower() in ("true", "1", "yes", "on")
    return Files(folder, tuple(sorted(paths)), mapping, marking, dry), sent


def _file_name(given: str) -> str:
    """The name of a file without its folders. Raises BadParameter for one that is none."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not _NAME.fullmatch(name):
        raise BadParameter(
            "files: a file's name is letters, digits, blanks, dots and hyphens, and has an ending."
        )
    return name


def _copied(upload: UploadFile, path: Path) -> str:
    """Write a file to disk; a hash of it."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while piece := upload.file.read(1 << 20):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _because(sent: list[bytes | str]) -> str:
    return next((str(said)[8:] for said in sent if str(said).startswith("because=")), "")


def _wants_page(request: Request) -> bool:
    return chosen(request, ("json", "html")) == "html"


def _check_may(request: Request) -> None:
    if not may_write(request):
        raise WriteRefused("This server only reads, or your token gives no right to write.")


def _job(request: Request, id: str) -> Job:
    _check_may(request)
    found = _loads(request).find(id)
    if found is None:
        raise NotFound("This server took no such load. The one that took it tells of it, until it ends.")
    return found


def close(app: FastAPI) -> None:
    """End the load that goes on."""
    if hasattr(app.state, "loads"):
        app.state.loads.close()


def _loads(request: Request) -> Loads:
    held = request.app.state
    if not hasattr(held, "loads"):
        held.loads = Loads(state(request).store)
    found = held.loads
    assert isinstance(found, Loads)
    return found
