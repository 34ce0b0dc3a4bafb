"""Loads that clients asked for, one at a time: each in a process of its own, with what it tells of itself."""

from __future__ import annotations

import secrets
import shutil
import time
from collections import OrderedDict
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from graph import errors
from graph.behalf import behalf
from graph.errors import JoinedupError, QueryTimeout, StoreBusy
from graph.ingest.load_worker import answer
from graph.process import Broken, Process
from graph.store import Store

_MOST_KEPT = 20
MOST_SECONDS = 3600.0


@dataclass(frozen=True)
class Files:
    """What is to be loaded: files in a folder that is removed afterwards, and how."""

    folder: Path
    paths: tuple[Path, ...]
    mapping: str | None
    marking: str
    dry_run: bool


@dataclass
class Job:
    """One load. Its answer is that of graph/ingest/load_worker.py, or the error why there is none."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    answer: Future[dict[str, Any]] = field(default_factory=Future)
    begun: float = field(default_factory=time.monotonic)
    told: dict[str, Any] = field(default_factory=dict)
    process: Process | None = None

    def now(self) -> dict[str, Any]:
        """The seconds since it began, and how far it is."""
        return {"seconds": round(time.monotonic() - self.begun, 1), **self.told}


class Loads:
    """The loads of a server. Close it when done."""

    def __init__(self, store: Store):
        self._store = store
        self._lock = Lock()
        self._running: Job | None = None
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def begin(self, files: Files) -> Job:
        """Begin a load on behalf of whoever acts now. Raises StoreBusy where another one goes on."""
        with self._lock:
            if self._running is not None and not self._running.answer.done():
                raise StoreBusy("Another load goes on. Try again when it has finished.")
            job = self._running = Job()
            self._jobs[job.id] = job
            while len(self._jobs) > _MOST_KEPT:
                self._jobs.popitem(last=False)
        context = copy_context()
        Thread(target=context.run, args=(self._run, job, files), name="load", daemon=True).start()
        return job

    def find(self, id: str) -> Job | None:
        """A load of this server, by its id."""
        return self._jobs.get(id)

    def close(self) -> None:
        """End the load that goes on."""
        with self._lock:
            job = self._running
        if job and job.process and not job.answer.done():
            job.process.stop()

    def _run(self, job: Job, files: Files) -> None:
        try:
            found = self._carried_out(job, files)
        except BaseException as error:
            job.answer.set_exception(error)
        else:
            job.answer.set_result(found)
        finally:
            shutil.rmtree(files.folder, ignore_errors=True)

    def _carried_out(self, job: Job, files: Files) -> dict[str, Any]:
        who = behalf()
        request: dict[str, Any] = {
            "store": self._store.location if self._store.path else "",
            "paths": [str(path) for path in files.paths],
            "mapping": files.mapping,
            "marking": files.marking,
            "dry_run": files.dry_run,
            "by": who.by,
            "because": who.because,
            "at": None if who.at is None else sorted(who.at),
            "token": who.token,
        }
        if self._store.path is None or self._store.elsewhere:  # the process below reaches no network
            return _fine(answer(self._store, request, job.told.update))
        job.process = process = Process("graph.ingest.load_worker")
        deadline = time.monotonic() + MOST_SECONDS
        try:
            process.send(request)
            while "doing" in (said := process.header(deadline)):
                job.told.update(said)
        except TimeoutError:
            raise QueryTimeout(
                "The load ran too long and was stopped; nothing was loaded. Load it by command."
            ) from None
        except Broken:
            raise JoinedupError(
                "The load took more memory than one may have, or was stopped; nothing was loaded. Load it by command, or in parts."
            ) from None
        finally:
            process.stop()
        return _fine(said)


def _fine(said: dict[str, Any]) -> dict[str, Any]:
    """What a load answered. Raises the error that stood in its way, but for mistakes in the files."""
    if "error" in said:
        kind = getattr(errors, str(said["error"]), JoinedupError)
        raise (kind if issubclass(kind, JoinedupError) else JoinedupError)(said["says"])
    return said
