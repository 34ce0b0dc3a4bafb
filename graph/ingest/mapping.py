"""The mapping language: how the records of a foreign file become rows of the canonical tables.

A mapping is a TOML file. `[read]` says how to find the records, `[let]` names values of a record, and each
`[[rows]]` makes rows of one canonical table, its columns filled from headers or from named values.
"""

from __future__ import annotations

import csv
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from graph.errors import Issue, NotFound
from graph.ingest.reading import Layout, Record, folded
from graph.ingest.tables.canonical import BY_NAME


def _pattern(value: Any) -> Any:
    try:
        return re.compile(value, re.IGNORECASE | re.DOTALL) if isinstance(value, str) else value
    except re.error as error:
        raise ValueError(f"is not a pattern: {error}") from None


def _list_name(value: str) -> str:
    if not files("graph.ingest").joinpath(f"mappings/{value}.csv").is_file():
        raise ValueError(f"there is no list “{value}”")
    return value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
ListName = Annotated[str, AfterValidator(_list_name)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Value(_Strict):
    """How one value is made from a record. The steps run in the order of these fields."""

    from_: tuple[str, ...] = Field(
        (),
        alias="from",
        description="Headers, ~patterns of headers, JSON paths, named values or @file; the first that has a value is taken",
    )
    redactions: Literal["drop", "keep"] = Field(
        "drop", description="Whether a cell that says that its value is withheld counts as a value"
    )
    join: str | None = Field(None, description="Take all of `from`, not the first, and join them with this")
    split: Pattern | None = Field(None, description="What separates several values in one cell")
    match: Pattern | None = Field(
        None, description="Keep only a value that is wholly this; with a group, keep the group"
    )
    unless: Pattern | None = Field(None, description="Drop a value that is wholly this")
    map: dict[str, str] = Field(default_factory=dict, description="Replace a value, compared in lower case")
    lookup: ListName | None = Field(
        None, description="Replace a code by the id that a shipped list gives for it"
    )
    at: str | None = Field(None, description="The named value that holds the date for the look-up")
    slug: bool = Field(False, description="Make it an id: lower case, letters, digits and hyphens")
    default: str | None = Field(None, description="What to take where `from` has no value")


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return {"from": (value,)}
    if isinstance(value, list):
        return {"from": tuple(value)}
    if isinstance(value, dict) and isinstance(value.get("from"), str):
        return {**value, "from": (value["from"],)}
    return value


MadeFrom = Annotated[Value, BeforeValidator(_value)]


class Rows(_Strict):
    """Rows of one canonical table."""

    table: str
    each: str | None = Field(
        None, description="A named value; one row for each of its values, which is then @each"
    )
    needs: str = Field("", description="Make no row of a record without a value here")
    lookup: ListName | None = Field(
        None, description="Fill every column that the shipped list has for the id in @each"
    )
    columns: dict[str, MadeFrom] = Field(default_factory=dict)


class Read(_Strict):
    """How to find the records."""

    headers: tuple[str, ...] = Field(
        default=(), description="Headers by which the header row, or column, is known"
    )
    records: str = Field(default="", description="JSON: the path to the list of records")
    encodings: tuple[str, ...] = ("utf-8-sig", "cp1252")
    delimiter: str = Field(default="", description="Found out from the first line where empty")
    redacted: Pattern | None = Field(
        default=None,
        description="What a cell says, wholly, where its value is withheld: neither a zero nor a value",
    )
    needs: str = Field(default="", description="Skip a record without a value here: footnotes, empty columns")


class Mapping(_Strict):
    """A whole mapping."""

    name: str
    checksum: str
    title: str
    about: str = ""
    read: Read = Field(default_factory=Read)
    lenient: bool = Field(
        False,
        description="Leave out a bad value of an optional column, with a warning, instead of refusing the file",
    )
    let: dict[str, MadeFrom] = Field(default_factory=dict)
    rows: tuple[Rows, ...]

    @property
    def layout(self) -> Layout:
        """What the reader needs to know."""
        return Layout(
            [folded(h) for h in self.read.headers],
            self.read.records,
            self.read.encodings,
            self.read.delimiter,
        )

    def apply(self, record: Record, file: str) -> Iterator[MappedRow]:
        """The canonical rows that one record makes."""
        scope = _Scope(record, file, self.read.redacted)
        for name, value in self.let.items():
            scope.named[name] = scope.evaluate(value)
        if self.read.needs and not scope.get(self.read.needs):
            return
        for rows in self.rows:
            if rows.needs and not scope.get(rows.needs):
                continue
            for each in scope.get(rows.each) if rows.each else [""]:
                scope.named["@each"] = [each] if each else []
                cells = dict(_catalogue(rows.lookup).facts(each)) if rows.lookup else {}
                origins = {}
                for column, value in rows.columns.items():
                    if found := scope.evaluate(value):
                        cells[column] = found
                        origins[column] = scope.origin(value)
                doubt = ""
                if rows.lookup and not _catalogue(rows.lookup).knows(each):
                    doubt = f"{each} is not in the list {rows.lookup}; it becomes an organisation of its own."
                yield MappedRow(rows.table, record, cells, origins, doubt)


@dataclass(frozen=True)
class MappedRow:
    """One row of a canonical table, and the header that each column came from."""

    table: str
    record: Record
    cells: dict[str, list[str]]
    origins: dict[str, str]
    doubt: str = ""
    """What to warn of."""


class _Scope:
    """The names that a mapping may use while it reads one record."""

    def __init__(self, record: Record, file: str, redacted: re.Pattern[str] | None):
        self.record, self.redacted, self.named = record, redacted, {"@file": [file]}

    def get(self, name: str) -> list[str]:
        if name.startswith("~"):
            return next((v for key, v in self.record.cells.items() if re.fullmatch(name[1:], key)), [])
        return (
            self.named.get(name) or self.record.cells.get(name) or self.record.cells.get(folded(name)) or []
        )

    def origin(self, value: Value) -> str:
        name = next((n for n in value.from_ if self._usable(value, n)), value.from_[0] if value.from_ else "")
        if name.startswith("~"):
            name = next((key for key in self.record.titles if re.fullmatch(name[1:], key)), name)
        return " ".join(self.record.titles.get(folded(name), name).split("\n")[0].split())

    def evaluate(self, value: Value) -> list[str]:
        if value.join is not None:
            parts = [self._usable(value, name) for name in value.from_]
            found = [value.join.join(p[0] for p in parts if p)] if all(parts) else []
        else:
            found = next((got for name in value.from_ if (got := self._usable(value, name))), [])
        if not found and value.default is not None:
            found = [value.default]
        if value.split:
            found = [part for text in found for part in value.split.split(text)]
        made = (self._made(value, text.strip()) for text in found)
        return list(dict.fromkeys(text for text in made if text))

    def _usable(self, value: Value, name: str) -> list[str]:
        return [text for text in self.get(name) if not self._withheld(value, text)]

    def _withheld(self, value: Value, text: str) -> bool:
        return bool(
            value.redactions == "drop" and self.redacted and self.redacted.fullmatch(" ".join(text.split()))
        )

    def _made(self, value: Value, text: str) -> str:
        if self._withheld(value, text):
            return ""
        if value.match:
            match = value.match.fullmatch(text)
            if not match:
                return ""
            text = match[1] if match.re.groups else text
        if value.unless and value.unless.fullmatch(text):
            return ""
        text = value.map.get(text.lower(), " ".join(text.split()))
        if value.lookup:
            text = _catalogue(value.lookup).id(text, next(iter(self.get(value.at or "")), ""))
        return slug(text) if value.slug else text


class Catalogue:
    """A shipped list of codes: which id each stood for, and when. An abbreviation is not an identifier."""

    def __init__(self, name: str):
        text = files("graph.ingest").joinpath(f"mappings/{name}.csv").read_text(encoding="utf-8")
        self._rows = list(csv.DictReader(text.splitlines()))

    @cached_property
    def _by_code(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for row in self._rows:
            for code in row["codes"].split("|"):
                found.setdefault(code.lower(), []).append(row)
        return found

    def id(self, code: str, day: str) -> str:
        """What the code stood for on that day (ISO, or its beginning); a slug of the code where unknown."""
        rows = self._by_code.get(" ".join(code.lower().split()), [])
        for row in rows:
            if not day or (row["from"] <= day and (not row["until"] or day <= row["until"])):
                return row["id"]
        return rows[0]["id"] if rows else slug(code)

    def knows(self, id: str) -> bool:
        """Whether the list has this id."""
        return any(row["id"] == id for row in self._rows)

    def facts(self, id: str) -> dict[str, list[str]]:
        """The canonical columns of an organisation in the list; its id as name where it is not in it."""
        row = next((row for row in self._rows if row["id"] == id), None)
        if row is None:
            return {"id": [id], "name": [id.upper() if len(id) < 8 else id]}
        return {key: [row[key]] for key in ("id", "name", "abbreviation", "kind") if row[key]}


@cache
def _catalogue(name: str) -> Catalogue:
    return Catalogue(name)


def slug(text: str) -> str:
    """An id made from words, at most 80 characters; a long one ends in a hash of the whole, so that it stays its own."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain.replace("&", " and ")).strip("-")
    if len(made) > 80 or not made:
        made = f"{made[:71].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")
    return made


def shipped() -> Sequence[str]:
    """The names of the mappings that come with Joinedup."""
    folder = files("graph.ingest").joinpath("mappings")
    return sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))


def load_mapping(name: str) -> Mapping:
    """A shipped mapping by name, or one from a TOML file.

    Raises NotFound where there is neither, MappingRefused where it is not a mapping.
    """
    path = Path(name)
    if name in shipped():
        text = files("graph.ingest").joinpath(f"mappings/{name}.toml").read_text(encoding="utf-8")
    elif path.suffix == ".toml" and path.is_file():
        text = path.read_text(encoding="utf-8")
    else:
        raise NotFound(
            f"There is no mapping “{name}”. Shipped: {', '.join(shipped())}; or name a .toml file."
        )
    try:
        mapping = Mapping.model_validate(
            {
                **tomllib.loads(text),
                "name": path.stem,
                "checksum": hashlib.sha256(text.encode()).hexdigest()[:12],
            }
        )
    except tomllib.TOMLDecodeError as error:
        raise MappingRefused([Issue(path.name, f"is not TOML: {error}.")]) from None
    except ValidationError as error:
        raise MappingRefused(
            [Issue(path.name, f"{e['msg']}.", column=".".join(map(str, e["loc"]))) for e in error.errors()]
        ) from None
    unknown = [
        (r.table, c)
        for r in mapping.rows
        for c in r.columns or ("",)
        if r.table not in BY_NAME or (c and not BY_NAME[r.table].column(c))
    ]
    if unknown:
        raise MappingRefused(
            [
                Issue(
                    path.name,
                    "is not one of Joinedup's tables, or not a column of it.",
                    "See `joinedup template`.",
                    column=f"{table}.{column}".rstrip("."),
                )
                for table, column in unknown
            ]
        )
    return mapping


class MappingRefused(NotFound):
    """A mapping file with mistakes; `issues` holds all of them."""

    def __init__(self, issues: Sequence[Issue]):
        super().__init__("The mapping has mistakes:\n" + "\n".join(map(str, issues)))
        self.issues = issues
