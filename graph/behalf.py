"""On whose behalf a store is written, and on which condition: known to all that runs on the way from a request to the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from graph.errors import Stale

HERE = "this machine"
"""Who writes where nobody has said who it is."""


@dataclass(frozen=True)
class Behalf:
    """Who writes, why, and what must hold for it."""

    by: str = HERE
    """A role or the label of a token; never a person's name."""
    because: str = ""
    at: frozenset[int] | None = None
    """The versions of the store at which it may be written; None: at any."""
    token: str = ""
    """Goes into the store with the change, so that it is known after a crash whether a request was carried out."""


_CURRENT: ContextVar[Behalf | None] = ContextVar("behalf", default=None)
_NOBODY = Behalf()


def behalf() -> Behalf:
    """On whose behalf this runs."""
    return _CURRENT.get() or _NOBODY


@contextmanager
def acting(for_whom: Behalf) -> Iterator[None]:
    """What is written within is written on behalf of somebody."""
    reset = _CURRENT.set(for_whom)
    try:
        yield
    finally:
        _CURRENT.reset(reset)


def check_condition(version: int) -> None:
    """Raise Stale where the store is not at a version at which it may be written (RFC 9110, 13.1.1)."""
    wanted = behalf().at
    if wanted is not None and version not in wanted:
        raise Stale(
            "It has changed since you read it. Read it again, and make your change to what it is now."
        )
