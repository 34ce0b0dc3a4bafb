"""Answers to writes, kept for a day by the key that a client gave, so that a request sent again is not carried out again.

draft-ietf-httpapi-idempotency-key-header: the same key and the same request get the stored answer; the same key and
another request are refused, as is one whose first sending still goes on. Only what was carried out is kept: what was
refused has changed nothing, so it may be tried again under its key.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from graph.audit import sync_folder
from graph.errors import Conflict
from graph.written import ANSWERS

SECONDS = 24 * 3600
_MOST_BYTES = 4_000_000
"""Of one answer; a larger one is said to be done, without its words."""


@dataclass(frozen=True)
class Kept:
    """An answer, and a hash of the request that it is to."""

    request: str
    status: int
    headers: dict[str, str]
    body: bytes


class KeptAnswers:
    """The answers that are kept beside a store; in memory where the store is."""

    def __init__(self, store: Path | None):
        self._folder = store / ANSWERS if store else None
        self._held: dict[str, tuple[float, Kept]] = {}
        self._taken: set[str] = set()
        self._lock = Lock()
        self._swept = 0.0

    @contextmanager
    def taking(self, name: str) -> Iterator[None]:
        """Hold a key while its request goes on. Raises Conflict where another request has it."""
        with self._lock:
            if name in self._taken:
                raise Conflict("A request with this Idempotency-Key still goes on. Wait for its answer.")
            self._taken.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._taken.discard(name)

    def find(self, name: str) -> Kept | None:
        """What was answered under a key within the last day."""
        if self._folder is None:
            at, kept = self._held.get(name, (0.0, None))
            return kept if time.time() - at < SECONDS else None
        path = self._path(name)
        with suppress(OSError, ValueError, KeyError, TypeError):
            if time.time() - path.stat().st_mtime < SECONDS:
                said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                return Kept(said["request"], said["status"], said["headers"], said["body"].encode("latin-1"))
        return None

    def keep(self, name: str, kept: Kept) -> None:
        """Keep an answer; it is on disk when this returns. That it cannot be kept is no reason to refuse it."""
        self._sweep()
        if len(kept.body) > _MOST_BYTES:
            kept = Kept(kept.request, kept.status, {}, b"")
        if self._folder is None:
            self._held[name] = time.time(), kept
            return
        said = {
            "request": kept.request,
            "status": kept.status,
            "headers": kept.headers,
            "body": kept.body.decode("latin-1"),
        }
        path = self._path(name)
        fresh = path.with_suffix(".new")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(json.dumps(said))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            sync_folder(self._folder)

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}.json"

    def _sweep(self) -> None:
        """Remove what is older than a day, now and then."""
        now = time.time()
        if now - self._swept < SECONDS / 24:
            return
        self._swept = now
        for old in [name for name, (at, _) in self._held.items() if now - at > SECONDS]:
            del self._held[old]
        with suppress(OSError):
            for path in self._folder.iterdir() if self._folder else ():
                if now - path.stat().st_mtime > SECONDS:
                    path.unlink(missing_ok=True)


def hashed(*parts: bytes | str) -> str:
    """A hash of several parts, none of which can be taken for two."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "replace") if isinstance(part, str) else part
        found.update(len(data).to_bytes(8) + data)
    return found.hexdigest()
