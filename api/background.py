"""Work of a server beside its requests, in a thread of its own, until the server ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

_GRACE = 10
"""Seconds that it has to come to an end."""


@contextmanager
def background(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Let a thread work while this lasts. It is told by the event that it is to stop."""
    stop = Event()
    thread = Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_GRACE)
