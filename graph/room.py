"""A disk that is full, told in a sentence whoever found it so: the system, or the database in words of its own."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from graph.errors import DiskFull


def no_room(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, says that the disk is full."""
    while error is not None:
        if isinstance(error, OSError) and (
            error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def told_of_room() -> Iterator[None]:
    """Raise DiskFull for whatever fails because the disk is full."""
    try:
        yield
    except Exception as error:
        if not no_room(error):
            raise
        _let_go(error)
        raise DiskFull(
            "There is no room on the disk. Nothing is half written, and what was there before is unharmed. "
            "Make room, and do it again."
        ) from None


def _let_go(error: BaseException | None) -> None:
    """Let go of what the steps that failed still hold: an open database would keep the next one out."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
