"""The mapping language: every key that a mapping may have, what it means and what may stand there.

A mapping is a TOML file. `[read]` says how to find the records, `[let]` names values of a record, and each
`[[rows]]` makes rows of one canonical table, its columns filled from headers or from named values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from graph.ingest.catalogue import is_list, lists
from graph.ingest.coded.options import Coded
from graph.ingest.forms import DateForm, NumberForm
from graph.ingest.nested import is_path, merged, steps
from graph.ingest.reading import Layout, Sheet, Unreadable, folded
from graph.ingest.tables.canonical import BY_NAME

OWN_NAMES = ("@file", "@row", "@each")
"""The names that every mapping may use without a `[let]`."""


def _pattern(value: Any) -> Any:
    try:
        return re.compile(value, re.IGNORECASE | re.DOTALL) if isinstance(value, str) else value
    except re.error as error:
        raise ValueError(f"is not a pattern: {error}. Write a regular expression in single quotes") from None


def _list_name(value: str) -> str:
    if not is_list(value):
        raise ValueError(f"there is no list “{value}”. Choose from {', '.join(lists())}")
    return value


def _table_name(value: str) -> str:
    if value not in BY_NAME:
        near = get_close_matches(value, BY_NAME, 1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise ValueError(f"is not one of Joinedup's tables. {meant}Choose from {', '.join(BY_NAME)}")
    return value


def _name(value: str) -> str:
    if value.startswith("@") and value not in OWN_NAMES and not value[1:].isdecimal():
        raise ValueError(
            f"“{value}” is not a name. Write {', '.join(OWN_NAMES)}, or @ and the number of a column"
        )
    if value.startswith("~"):
        _pattern(value[1:])
    elif is_path(value):
        steps(value.removeprefix("/"))
    return value


def _lower(value: dict[str, str]) -> dict[str, str]:
    return {key.lower(): to for key, to in value.items()}


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
ListName = Annotated[str, AfterValidator(_list_name)]
TableName = Annotated[str, AfterValidator(_table_name)]
Name = Annotated[str, AfterValidator(_name)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_several)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Share(_Strict):
    """How much of a total belongs to the one named in `from`: the sum of what is theirs over the sum of all."""

    list: Name = Field(description="The path of the list whose items hold the amounts")
    amount: str = Field(description="The path of the amount within an item")
    whose: Strings = Field(
        description="The path within an item of whom the amount belongs to; the first of several that is there"
    )
    unit: str = Field(
        "",
        description="The path of the currency within an item. Where it differs, or an amount is missing or belongs to several, no share is given",
    )


class Value(_Strict):
    """How one value is made from a record. The steps run in the order of these keys."""

    from_: Annotated[tuple[Name, ...], BeforeValidator(_several)] = Field(
        (),
        alias="from",
        description="Where the value comes from; the first of several that has one is taken. A header (capitals, signs and what stands in brackets do not count; the second column of one name is “name 2”); a position (@3 is the third column); ~ and a pattern of headers; a path in JSON or XML (awards[status=active].suppliers.id; a slash before it begins at the whole record); a named value; @file, @row or @each",
    )
    all: bool = Field(
        False,
        description="Take the values of all of `from`, and of every header that fits a pattern, not of the first",
    )
    constant: str | None = Field(None, description="Always this value")
    redactions: Literal["drop", "keep", "only"] = Field(
        "drop",
        description="What becomes of a cell that says that its value is withheld ([read] redacted): drop it; keep it as a value; or keep only such cells, which give the reason",
    )
    join: str | None = Field(
        None,
        description="Take all of `from`, not the first, and join them with this; no value where one of them is missing",
    )
    take: Literal["all", "first", "last", "least", "greatest"] = Field(
        "all",
        description="Which of several values: the first, the last, or the first or last in the order of days and numbers",
    )
    repair: bool = Field(
        False, description="Undo a text that was read in the wrong encoding, such as Peopleâ€™s for People’s"
    )
    share: Share | None = Field(None, description="Replace the id of a partner by its share of a total")
    default: str | None = Field(None, description="What to take where `from` has no value")
    split: Pattern | None = Field(None, description="What separates several values in one cell, such as ';'")
    escape: str = Field(
        "",
        max_length=1,
        description="A separator after this character is part of the value, such as '\\' where A\\;B is one",
    )
    keep: Strings = Field(
        (),
        description="Names that hold the separator and are not split, such as “City, University of London”; with ~ a pattern, such as '~, (?:The|Inc|Ltd)\\b'",
    )
    match: Pattern | None = Field(
        None, description="Keep only a value that is wholly this; with a group, keep the group"
    )
    unless: Pattern | None = Field(None, description="Drop a value that is wholly this")
    map: Annotated[dict[str, str], AfterValidator(_lower)] | str = Field(
        default_factory=dict,
        description="Replace a value, compared in lower case; or the name of one of [maps]",
    )
    otherwise: str | None = Field(
        None,
        description="What becomes of a value that `map` does not have; empty: it is dropped. Without this key it stays",
    )
    date: Annotated[tuple[DateForm, ...], BeforeValidator(_several)] = Field(
        (),
        description="How days are written, such as m/d/y, d month y or y.m.d, where it is neither 2014-03-31 nor 31/03/2014",
    )
    number: NumberForm | None = Field(None, description="How amounts are written, and what to make of them")
    lookup: ListName | None = Field(
        None, description="Replace a code or a name by the id that a shipped list gives for it"
    )
    at: str | None = Field(None, description="The named value that holds the date for the look-up")
    find: TableName | None = Field(
        None,
        description="Replace an id, a name or another name by the id of the thing of this table, in the store or in the same load, that has it. Several are an error that names them",
    )
    unknown: Literal["new", "error", "drop"] = Field(
        "error",
        description="What `find` makes of a name that nothing has: a new thing of that name, an error, or no value",
    )
    code: bool = Field(
        False,
        description="Make a published code an id that stays its own: an id stays as it is, any other code becomes its letters and digits with a mark of the whole, so that no two codes become one",
    )
    slug: bool = Field(False, description="Make it an id: lower case, letters, digits and hyphens")


def _value(value: Any) -> Any:
    return {"from": value} if isinstance(value, str | list) else value


def _condition(value: Any) -> Any:
    """A condition asks whether there is a value; a name alone counts what is withheld as one."""
    if isinstance(value, str | list):
        return {"from": value, "redactions": "keep"} if value else None
    return value


MadeFrom = Annotated[Value, BeforeValidator(_value)]
Condition = Annotated[Value | None, BeforeValidator(_condition)]


class Rows(_Strict):
    """Rows of one canonical table."""

    table: TableName = Field(description="The table, as `joinedup template` names them")
    within: Name | None = Field(
        None,
        description="The path of a list inside a JSON or XML record: rows for each of its items. A path that begins with it then means that item",
    )
    each: Name | None = Field(
        None, description="A named value or path; one row for each of its values, which is then @each"
    )
    needs: Condition = Field(None, description="Make no row without a value here")
    unless: Condition = Field(None, description="Make no row with a value here")
    lookup: ListName | None = Field(
        None,
        description="Fill every column that the shipped list has for the id in `id`, or in @each; a column given here is for the rest",
    )
    columns: dict[str, MadeFrom] = Field(default_factory=dict, description="Column = where it comes from")


class Read(_Strict):
    """How to find the records."""

    headers: tuple[str, ...] = Field(
        default=(), description="Headers by which the header row, or column, is known"
    )
    records: Strings = Field(
        default=(),
        description="JSON: the path to the list of records, or to one; XML: the name of the element that is a record. Of several, all that are there are read; an empty path among them is the whole, where there is nothing at the others",
    )
    encodings: tuple[str, ...] = Field(("utf-8-sig", "cp1252"), description="CSV: encodings to try in turn")
    delimiter: str = Field(default="", description="CSV: found out from the first line where empty")
    quote: str = Field(
        '"', max_length=1, description="CSV: what stands round a cell; empty where nothing does"
    )
    escape: str = Field(
        "",
        max_length=1,
        description="CSV: what stands before a quotation mark within a cell; empty where the mark is doubled",
    )
    skip_lines: int = Field(
        0, ge=0, description="CSV: how many lines of text to pass over before the table begins"
    )
    comment: str = Field("", description="CSV: a line that begins so is passed over")
    header_rows: tuple[int, ...] = Field(
        (),
        description="The rows (columns, where the file runs across) that make the header, counted from 1 and joined; [0]: there is none",
    )
    across: bool | None = Field(
        None, description="Whether a record is a column; found out from `headers` where not said"
    )
    skip: Pattern | None = Field(
        None,
        description="A record whose first cell with a value is wholly this is passed over: footnotes, totals",
    )
    sheets: tuple[str, ...] = Field((), description="The names of the sheets to read; all where empty")
    merged_cells: Literal["each row", "first row"] = Field(
        "each row",
        description="Workbooks: where a cell merged over several rows counts. Over several columns it counts in the first; what merged cells hide is never read",
    )
    merge: str = Field(
        "",
        description="JSON, XML: the path of an id; records that share it are one, the later over the earlier",
    )
    order: str = Field("", description="The path of the date by which merged records follow each other")
    redacted: Pattern | None = Field(
        default=None,
        description="What a cell says, wholly, where its value is withheld: neither a zero nor a value",
    )
    needs: Condition = Field(None, description="Skip a record without a value here: footnotes, empty columns")
    unless: Condition = Field(None, description="Skip a record with a value here: totals, repeated headers")


class Mapping(_Strict):
    """A whole mapping."""

    name: str
    checksum: str
    title: str = Field(description="What the mapping reads, in a few words")
    about: str = Field("", description="What becomes of it, in a few sentences")
    read: Read = Field(default_factory=lambda: Read.model_validate({}), description="How to find the records")
    lenient: bool = Field(
        False,
        description="Leave out a bad value of an optional column, with a warning, instead of refusing the file",
    )
    maps: dict[str, Annotated[dict[str, str], AfterValidator(_lower)]] = Field(
        default_factory=dict, description="Named replacements that several values use"
    )
    let: dict[str, MadeFrom] = Field(
        default_factory=dict, description="Named values, in order; a later one may use those before it"
    )
    coded: Coded | None = Field(None, description="How coded interviews become rows; instead of `rows`")
    rows: tuple[Rows, ...] = Field((), description="The rows to make", validate_default=True)

    @field_validator("rows")
    @classmethod
    def _some(cls, rows: tuple[Rows, ...], others: ValidationInfo) -> tuple[Rows, ...]:
        if not rows and others.data.get("coded", "wrong") is None:
            raise PydanticCustomError("missing", "is missing")
        return rows

    @property
    def layout(self) -> Layout:
        """What the reader needs to know."""
        return Layout(
            headers=[folded(h) for h in self.read.headers],
            records="|".join(self.read.records),
            encodings=self.read.encodings,
            delimiter=self.read.delimiter,
            quote=self.read.quote,
            escape=self.read.escape,
            skip_lines=self.read.skip_lines,
            comment=self.read.comment,
            header_rows=self.read.header_rows,
            across=self.read.across,
            skip=self.read.skip,
            sheets=self.read.sheets,
            down=self.read.merged_cells == "each row",
        )

    def prepared(self, sheet: Sheet) -> Sheet:
        """The sheet with records of one id made into one. Raises Unreadable where they are nested too deep."""
        if not self.read.merge:
            return sheet
        try:
            records = merged(sheet.records, self.read.merge, self.read.order)
        except RecursionError:
            raise Unreadable("is nested too deep.") from None
        return Sheet(sheet.name, sheet.headers, records)

    @property
    def values(self) -> Iterator[tuple[str, Value]]:
        """Every value that the mapping makes, with the table and column or the name it is for."""
        for name, value in self.let.items():
            yield f"let.{name}", value
        for number, rows in enumerate(self.rows, start=1):
            for column, value in rows.columns.items():
                yield f"rows {number} ({rows.table}).columns.{column}", value

    @property
    def finds(self) -> set[str]:
        """The tables in which it looks for things by name."""
        return {value.find for _, value in self.values if value.find}
