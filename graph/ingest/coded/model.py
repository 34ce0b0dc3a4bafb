"""What coded interviews come to, whatever file they are in: codes, sources, passages and who coded them with what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.errors import Issue


@dataclass(frozen=True)
class Code:
    """One code of the list of codes."""

    id: str
    name: str
    path: tuple[str, ...]
    """The names of the wider codes, and its own."""
    row: int
    """Where it stands: which code of a project it is, from 1, or which row of a table."""
    broader: tuple[str, ...] = ()
    definition: str = ""
    sheet: str | None = "codes"

    @property
    def keys(self) -> tuple[str, ...]:
        """What a mapping may call it by, the surest first."""
        return self.id, self.id.removeprefix("code-"), " > ".join(self.path), self.name


@dataclass(frozen=True)
class Coding:
    """That somebody gave a passage, or a whole source, a code."""

    code: str
    """The id of the code."""
    coder: str = ""
    """A pseudonym."""
    severity: str = ""


@dataclass(frozen=True)
class Passage:
    """A passage of a source and its codes. Position and words where they are known."""

    id: str
    row: int
    codings: tuple[Coding, ...] = ()
    start: int | None = None
    end: int | None = None
    words: str = ""
    sheet: str | None = "passages"


@dataclass(frozen=True)
class Source:
    """One document, row or transcript, which is an interview if a mapping, or the file, says when it was held and with whom."""

    id: str
    name: str
    """As the file calls it. It may be the name of a person, so it is compared with, and never stored."""
    row: int
    sheet: str | None
    """The part of the file in which `row` counts."""
    keys: tuple[str, ...] = ()
    """What a mapping may call it by; what later ones say goes before what earlier ones say."""
    facts: dict[str, str] = field(default_factory=dict)
    """What the file says of it, by the name of the variable or column."""
    passages: tuple[Passage, ...] = ()
    codings: tuple[Coding, ...] = ()
    """Codes of the source as a whole."""
    across: bool = False
    """Whether `row` is the number of a column."""


@dataclass(frozen=True)
class Material:
    """All that was read of a file."""

    codes: tuple[Code, ...] = ()
    sources: tuple[Source, ...] = ()
    left: tuple[str, ...] = ()
    """What was not read, each a sentence without its subject."""
    issues: tuple[Issue, ...] = ()
    """What is wrong in one place of it."""
    selections: int = 0
    """How many passages the file holds, also those that were not read."""
    codings: int = 0
    """How many codings it holds, a passage that it writes twice counted twice."""


def codings_of(sources: Iterable[Source]) -> list[Coding]:
    """Every coding of a source or of one of its passages."""
    return [
        coding
        for source in sources
        for codings in (source.codings, *(passage.codings for passage in source.passages))
        for coding in codings
    ]
