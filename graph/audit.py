"""The audit log of a store: who wrote what and when, and what was refused; never what was written.

It is a file of JSON lines beside the store, which only its owner may read and to which lines are only added. Each line
holds the hash of the one before it, so that a change in the middle is seen, and is on disk before the write is
answered. Every version of the store is accounted for: what a killed process had brought to disk before it could say
so is found by the next one that writes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from graph.behalf import behalf
from graph.errors import JoinedupError

FILE = "audit.jsonl"
_LOCK = "audit.lock"
_FIRST = "0" * 64
_TAIL = 1 << 16
_MOST_NAMED = 20
"""Of a list, such as the things that were written; the rest is counted."""


@dataclass
class Entry:
    """One write that goes on, and what is to be said of it."""

    what: str
    of: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False

    def says(self, **of: Any) -> None:
        """Say more of it."""
        self.of.update(of)


_CURRENT: ContextVar[Entry | None] = ContextVar("audited", default=None)


@contextmanager
def audited(folder: Path | None, what: str, **of: Any) -> Iterator[Entry]:
    """A write to the store in a folder: it is recorded how it ends. Within another one, it is that one.

    Give names, counts and addresses only: no text that somebody wrote.
    """
    if outer := _CURRENT.get():
        outer.says(**of)
        yield outer
        return
    entry = Entry(what, dict(of))
    reset = _CURRENT.set(entry)
    try:
        yield entry
    except BaseException as error:
        if not entry.recorded:
            outcome = "refused" if isinstance(error, JoinedupError) else "failed"
            with suppress(OSError, JoinedupError):  # the error itself is the answer
                record(folder, what, outcome, **entry.of, why=type(error).__name__)
        raise
    else:
        if not entry.recorded:
            record(folder, what, "unchanged", **entry.of)
    finally:
        _CURRENT.reset(reset)


def told_elsewhere() -> None:
    """Record nothing more of what goes on: another process does it."""
    if entry := _CURRENT.get():
        entry.recorded = True


def settle(folder: Path, before: int, after: int) -> None:
    """Record that what goes on has changed the store. Call it before anybody else may write."""
    entry = _CURRENT.get() or Entry("write")
    entry.recorded = True
    record(folder, entry.what, "done", after=after, **{**entry.of, "before": before})


def account(folder: Path, version: int, what: str = "found") -> None:
    """Record that the store is at a version of which the log does not know, if that is so. Call it as `settle`."""
    if not version and not (folder / FILE).exists():
        return
    with _opened(folder) as (file, last):
        known = int(last.get("after", 0))
        if known < version:
            # Of the first line: the store is older than its log.
            _add(file, last, {"what": what, "outcome": "done", "before": known, "after": version})
        elif known > version:
            _add(file, last, {"what": "set back", "outcome": "done", "before": known, "after": version})


def record(
    folder: Path | None, what: str, outcome: str = "done", *, after: int | None = None, **of: Any
) -> None:
    """Add one line; it is on disk when this returns. Nothing is kept of a store in memory or that is not there.

    Raises JoinedupError where it cannot be written.
    """
    if folder is None or not folder.is_dir():
        return
    with _opened(folder) as (file, last):
        known = int(last.get("after", 0))
        said = {
            name: value if not isinstance(value, list) else value[:_MOST_NAMED] for name, value in of.items()
        }
        longer = {
            f"{n}_in_all": len(v) for n, v in of.items() if isinstance(v, list) and len(v) > _MOST_NAMED
        }
        who = {"who": behalf().by, "what": what, "outcome": outcome}
        versions = {"before": said.pop("before", known), "after": known if after is None else after}
        _add(file, last, {**who, **versions, **said, **longer})


def lines(folder: Path | None, since: str = "") -> list[dict[str, Any]]:
    """What was recorded at or after a moment, oldest first. What is no line of the log is left out."""
    found = []
    for line in _raw(folder):
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and str(entry.get("when", "")) >= since:
                found.append(entry)
    return found


def faults(folder: Path | None, version: int) -> list[str]:
    """What is wrong with the log of a store at a version, in sentences; nothing where all is well."""
    found = []
    before, number, known = _FIRST, 0, 0
    for number, line in enumerate(_raw(folder), start=1):
        try:
            entry = json.loads(line)
            mine = entry.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError):
            found.append(f"Line {number} is not a line of the log.")
            before = ""
            continue
        if mine != _hash(entry):
            found.append(f"Line {number} is not as it was written.")
        if before and entry.get("prev") != before:
            found.append(
                f"Line {number} does not follow the one before it: lines were changed, added or removed."
            )
        before, known = str(mine), int(entry.get("after", 0))
    if known < version:
        found.append(
            f"The store is at version {version}, and the log ends at {known}: lines are missing at its end."
        )
    return found


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[BinaryIO, dict[str, Any]]]:
    """The log, held, at its end, and its last line. A line that is not whole is taken away, and that is told."""
    path = folder / FILE
    try:
        with FileLock(folder / _LOCK, timeout=20):
            new = not path.exists()
            with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                if new:
                    sync_folder(folder)
                yield file, _mended(file)
    except Timeout:
        raise JoinedupError("The audit log is held by another process. Try again in a moment.") from None
    except OSError:
        raise JoinedupError(
            "The audit log cannot be written: the disk may be full, or it is not yours."
        ) from None


def _mended(file: BinaryIO) -> dict[str, Any]:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    last: dict[str, Any] = {}
    if whole:
        with suppress(ValueError):
            last = json.loads(whole[:-1].rsplit(b"\n", 1)[-1])
    if torn := len(tail) - len(whole):
        file.truncate(size - torn)
        file.seek(0, os.SEEK_END)
        known = int(last.get("after", 0))
        said = {"what": "mended", "outcome": "done", "before": known, "after": known, "bytes": torn}
        return _add(file, last, said)
    return last


def _add(file: BinaryIO, last: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    entry = {"n": int(last.get("n", 0)) + 1, "when": now, **said, "prev": last.get("hash", _FIRST)}
    entry["hash"] = _hash(entry)
    file.seek(0, os.SEEK_END)
    file.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    file.flush()
    os.fsync(file.fileno())
    return entry


def _hash(entry: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _raw(folder: Path | None) -> Iterator[bytes]:
    if folder is None:
        return
    with suppress(FileNotFoundError), (folder / FILE).open("rb") as file:
        for line in file:
            yield line.rstrip(b"\n")


def make_folder(folder: Path) -> None:
    """Make a folder, where there is none, with those around it, so that a power cut does not take it away."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Bring to disk which files a folder holds and what they are called."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
