"""What can go wrong, and what to do about it.

JoinedupError            every message is a plain sentence; none holds a path of the machine or restricted text
├── LoadRefused          a file has mistakes: carries all of them, and nothing was loaded
├── StoreBusy            another process is writing to the store
├── StoreUnusable        the store cannot be opened
├── DiskFull             there is no room for what is to be written
├── NotFound             no such thing, analysis, mapping or column
├── Gone                 it was there and is not any more: carries where to read on
├── BadParameter         a parameter of an analysis or page is out of range
├── NotReadable          what was sent is of a kind that is not read
├── WriteRefused         a change that nobody may make here, or of a graph that is not to be edited
├── Conflict             a change that what is there already stands in the way of
├── Stale                what is to be changed is not any more what the client read
├── NeedsCondition       a change for which the client must say what it has read
├── NotValid             a change after which something would break a shape: carries what and why
├── TooLarge             what was sent is larger than may be
├── MissingLibrary       a library that is not installed with Joinedup is asked for
└── QueryRefused         a SPARQL query that may not run
    ├── QueryTimeout     it ran longer than the limit
    └── QueryBusy        all workers are taken
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


class JoinedupError(Exception):
    """The root of every error that a user may see."""


class StoreBusy(JoinedupError):
    """Another process is writing to the store."""


class StoreUnusable(JoinedupError):
    """The store cannot be opened."""


class DiskFull(JoinedupError):
    """There is no room for what is to be written."""


class NotFound(JoinedupError):
    """No such thing."""


class Gone(JoinedupError):
    """What was there once and is not any more."""

    def __init__(self, message: str, pointer: str):
        super().__init__(message)
        self.pointer = pointer
        """The address where it is told what became of it."""


class BadParameter(JoinedupError):
    """A parameter is out of range or of the wrong kind."""


class MissingLibrary(JoinedupError):
    """A library that is not installed with Joinedup is asked for."""


class NotReadable(JoinedupError):
    """What was sent is of a kind that is not read."""


class WriteRefused(JoinedupError):
    """A change that may not be made: not here, or not of this graph."""


class Conflict(JoinedupError):
    """What is there already stands in the way."""


class Stale(JoinedupError):
    """What is to be changed is not any more what the client read."""


class NeedsCondition(JoinedupError):
    """A change for which the client must say what it has read."""


class TooLarge(JoinedupError):
    """What was sent is larger than may be."""


class NotValid(JoinedupError):
    """A change after which something would break a shape."""

    def __init__(self, message: str, things: Sequence[Mapping[str, str]]):
        super().__init__(message)
        self.things = list(things)
        """The label, the IRI and what is wrong, of each."""


class QueryRefused(JoinedupError):
    """A SPARQL query that may not run, or is not SPARQL."""


class QueryTimeout(QueryRefused):
    """A SPARQL query that ran longer than the limit."""


class QueryBusy(QueryRefused):
    """Every worker is taken."""


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong with one place of one file.

    row counts from 1 as a spreadsheet does, the header included; None where the file as a whole is meant.
    severity is "error", which refuses the load, or "warning", which is reported.
    """

    file: str
    reason: str
    remedy: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: str = "error"

    @property
    def place(self) -> str:
        """Where it is, in the words of a spreadsheet."""
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet {self.sheet}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def __str__(self) -> str:
        value = "" if self.value is None else f" “{shortened(self.value)}”"
        return f"{self.place}:{value} {self.reason}" + (f" {self.remedy}" if self.remedy else "")


def in_order(issues: Iterable[Issue]) -> list[Issue]:
    """The issues by file, sheet, row and column."""
    return sorted(issues, key=lambda i: (i.file, i.sheet or "", i.row or 0, i.column or ""))


class LoadRefused(JoinedupError):
    """A load with mistakes; the store is as it was."""

    def __init__(self, issues: Sequence[Issue]):
        self.issues = in_order(issues)
        errors = sum(issue.severity == "error" for issue in self.issues)
        super().__init__(f"Nothing was loaded: {errors} error{'' if errors == 1 else 's'} to correct.")


def shortened(text: str, limit: int = 80) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
