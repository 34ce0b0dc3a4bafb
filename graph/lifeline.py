"""A process that ends with the one which started it, however that ended and whatever it is doing itself.

Between the two is a pipe on which nothing is ever sent. The system closes it with the process that holds its end, be
that killed, and then sends the other a signal which ends it (fcntl(2), O_ASYNC): it need not look, so it ends in the
midst of a query too.
"""

from __future__ import annotations

import os
from contextlib import suppress

_NAME = "JOINEDUP_LIFELINE"


def held(reading: int) -> dict[str, str]:
    """The environment of a process that is given the reading end of a pipe."""
    return {**os.environ, _NAME: str(reading)}


def hold() -> None:
    """End this process when the other end of its pipe closes. Where it has none, or there is no such thing, do nothing."""
    with suppress(ImportError, AttributeError, KeyError, ValueError, OSError):
        import fcntl

        reading = int(os.environ.pop(_NAME))
        fcntl.fcntl(reading, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        if os.read(reading, 1) == b"":  # it closed before we held on to it
            os._exit(0)
