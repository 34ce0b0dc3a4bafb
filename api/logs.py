"""What the server says of itself: structured lines on standard error, as JSON for programs or plain for people."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import structlog


def logger(level: str = "warning", format: str = "", stream: TextIO | None = None) -> Any:
    """A logger from a level on. format: plain or json; where it is neither, plain on a terminal and JSON elsewhere."""
    out = stream or sys.stderr
    plain = format == "plain" or (format != "json" and out.isatty())
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if plain:
        plainly = structlog.dev.plain_traceback
        processors.append(structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plainly))
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(
        structlog.WriteLogger(out),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
    ).bind()  # else each line would first make a logger


def take_over(name: str, log: Any) -> None:
    """Let what a library logs under a name come out as lines of ours, and nowhere else."""
    theirs = logging.getLogger(name)
    theirs.handlers, theirs.propagate = [_Passed(log)], False
    theirs.setLevel(logging.INFO)


class _Passed(logging.Handler):
    def __init__(self, log: Any):
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        at = max(record.levelno // 10 * 10, logging.DEBUG)
        self._log.log(at, record.getMessage(), exc_info=record.exc_info)
