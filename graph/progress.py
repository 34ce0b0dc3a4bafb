"""What a long analysis tells of itself while it runs, and whether anybody still waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from typing import Any


class Stopped(Exception):
    """Nobody waits for the answer any more."""


@dataclass
class Progress:
    """One run of an analysis, as seen from another thread."""

    begun: float = field(default_factory=time.monotonic)
    stop: Event = field(default_factory=Event)
    """Set it to end the run at its next look."""
    told: Mapping[str, Any] = field(default_factory=dict)

    def now(self) -> dict[str, Any]:
        """The seconds since it began, and what was told last."""
        return {"seconds": round(time.monotonic() - self.begun, 1), **self.told}


_CURRENT: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def followed(progress: Progress) -> Iterator[None]:
    """What is told within goes to this progress."""
    token = _CURRENT.set(progress)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def tell(doing: str, **figures: float | None) -> None:
    """Say what is being done, in words, and what is known so far. Raises Stopped where nobody waits any more."""
    check()
    if (progress := _CURRENT.get()) is not None:
        progress.told = {"doing": doing, **figures}


def check() -> None:
    """Raise Stopped where nobody waits any more."""
    progress = _CURRENT.get()
    if progress is not None and progress.stop.is_set():
        raise Stopped
