"""A server on an engine to which others write: it looks for their versions twice a second and takes them over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from api.background import background
from graph.errors import JoinedupError
from graph.store import Store

_EVERY = 0.5
_AGAIN = 5.0
"""Seconds until an engine that did not answer is asked again. What is there is served meanwhile."""


@contextmanager
def following(store: Store, log: Any) -> Iterator[None]:
    """Follow the engine of a store while this lasts, and log where that fails; nothing for a store of its own."""
    if not store.elsewhere:
        yield
        return

    def follow(stop: Event) -> None:
        pause, failed = _EVERY, ""
        while not stop.wait(pause):
            try:
                store.follow()
                pause, failed = _EVERY, ""
            except JoinedupError as error:
                if str(error) != failed:
                    log.warning("engine", says=str(error), version=store.version)
                pause, failed = _AGAIN, str(error)

    with background("following", follow):
        yield
