"""`[coded]` in a mapping: what the sources and the codes of coded interviews stand for in Joinedup's tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from graph.ingest.records import folded
from graph.ingest.synonyms import SYNONYMS
from graph.ingest.tables.canonical import BY_NAME

INTERVIEW = frozenset(column.name for column in BY_NAME["interviews"].columns)
FINDING = frozenset({"programme", "stance", "severity", "link", "summary"})
OF_SOURCE = INTERVIEW | {"interview", "skip"}
OF_CODE = FINDING | {"barrier", "barrier_name", "case_of", "close_to"}

Facts = Mapping[str, list[str]]


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [
        "yes" if v is True else v.isoformat() if isinstance(v, date) else str(v)
        for v in values
        if v is not False
    ]


def _facts(value: Any) -> Any:
    return {key: _texts(v) for key, v in value.items()} if isinstance(value, dict) else value


def _only(allowed: Iterable[str]) -> AfterValidator:
    known = sorted(allowed)

    def check(facts: Facts) -> Facts:
        for key in facts:
            if key not in known:
                raise ValueError(f"“{key}” is not one of {', '.join(known)}")
        return facts

    return AfterValidator(check)


def _pattern(value: Any) -> Any:
    try:
        return re.compile(value, re.IGNORECASE) if isinstance(value, str) else value
    except re.error as error:
        raise ValueError(f"is not a pattern: {error}") from None


def _tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


OfSource = Annotated[Facts, BeforeValidator(_facts), _only(OF_SOURCE)]
OfCode = Annotated[Facts, BeforeValidator(_facts), _only(OF_CODE)]
OfFinding = Annotated[Facts, BeforeValidator(_facts), _only(FINDING)]
Names = Annotated[tuple[str, ...], BeforeValidator(_tuple)]
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]


_CALLED = {
    folded(name): column.name
    for column in BY_NAME["interviews"].columns
    if column.name != "id"
    for name in (column.name, *SYNONYMS.get(f"interviews.{column.name}", ()))
}
"""The columns of interviews by what people call them."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Quotes(_Strict):
    """Which turns of a transcript become excerpts. Without any, none."""

    words: tuple[str, ...] = Field(default=(), description="Turns in which one of these words stands")
    rows: frozenset[int] = Field(default=frozenset(), description="The turns in these rows of the file")


class Coded(_Strict):
    """How coded interviews are read."""

    reader: Literal["qdpx", "matrix", "turns"]
    scheme: str = Field(
        default="",
        description="The id of the list that the codes become; made from the file's name where empty",
    )
    scheme_name: str = Field(default="", description="What that list is called")
    interviews: OfSource = Field(
        default_factory=dict, description="Columns of interviews for every source that says nothing else"
    )
    sources: dict[str, OfSource] = Field(
        default_factory=dict, description="The same for one source, by its name or id"
    )
    findings: OfFinding = Field(
        default_factory=dict, description="Columns of findings for every code that says nothing else"
    )
    codes: dict[str, OfCode] = Field(
        default_factory=dict, description="What a code means, by its path, name or id"
    )
    fields: dict[str, str] = Field(
        default_factory=dict,
        description="Column of interviews -> variable of the project, or header, that fills it",
    )
    fields_by_header: bool = Field(
        default=False,
        description="Matrix, turns: a header that is called as a column of interviews is (held_on or date, level, organisation …) fills it",
    )
    coders: dict[str, str] = Field(
        default_factory=dict, description="coder-… -> the pseudonym to use instead of it"
    )
    interview: Names = Field(
        default=(), description="Matrix, turns: the headers that tell one interview from another"
    )
    ids_are_codes: bool = Field(
        default=False,
        description="Matrix, turns: the values under `interview` are no names, so they become ids as they are",
    )
    interviews_elsewhere: bool = Field(
        default=False, description="The interviews are rows of another file, or of the store, under these ids"
    )
    across: bool = Field(default=False, description="Matrix: a row is a code, and a column an interview")
    separator: str = Field(
        default="", description="Matrix: what separates a wider code from its own in a header"
    )
    cells: Literal["presence", "severity"] = Field(
        default="presence", description="Matrix: what a number says"
    )
    ignore: Names = Field(default=(), description="Matrix: headers that are no codes")
    speaker: str = Field(default="", description="Turns: the header of who speaks")
    text: str = Field(default="", description="Turns: the header of what is said")
    interviewers: Pattern = Field(
        default=re.compile(
            r"(interviewers?|moderators?|facilitators?|researchers?|q)\b.*", re.IGNORECASE | re.DOTALL
        ),
        description="Turns: speakers whose words are never excerpts",
    )
    quotes: Quotes = Field(default=Quotes(), description="Turns: which become excerpts")

    def filled_by(self, headers: Iterable[str]) -> dict[str, str]:
        """The columns of interviews that headers of a file fill, and which."""
        found = dict(self.fields)
        for header in headers if self.fields_by_header else ():
            column = _CALLED.get(folded(header))
            if column and column not in found:
                found[column] = header.strip()
        return found
