"""Mappings by name or from a file, each read and checked, and every mistake in one told with what to write instead."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from graph.errors import Issue, NotFound
from graph.ingest.coded.options import Coded, Quotes
from graph.ingest.forms import NumberForm
from graph.ingest.language import Mapping, Read, Rows, Share, Value
from graph.ingest.tables.canonical import BY_NAME

__all__ = ["Mapping", "MappingRefused", "Value", "load_mapping", "parsed", "shipped"]


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
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise MappingRefused([Issue(path.name, "is not text in UTF-8.", "Save it as UTF-8.")]) from None
    else:
        raise NotFound(
            f"There is no mapping “{name}”. Shipped: {', '.join(shipped())}; or name a .toml file."
        )
    return parsed(text, path.name, path.stem)


def parsed(text: str, file: str, name: str) -> Mapping:
    """A mapping from its text. Raises MappingRefused with every mistake, each with its key and what to write instead."""
    checksum = hashlib.sha256(text.encode()).hexdigest()[:12]
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingRefused([Issue(file, f"is not TOML: {error}.", "Correct that place.")]) from None
    issues = [Issue(file, reason, remedy, column=key) for key, reason, remedy in _wrong_columns(said)]
    try:
        mapping = Mapping.model_validate({**said, "name": name, "checksum": checksum})
    except ValidationError as error:
        raise MappingRefused([*_issues(error, said, file), *issues]) from None
    for key, value in mapping.values:
        if isinstance(value.map, str) and value.map not in mapping.maps:
            remedy = f"Choose from {', '.join(mapping.maps)}." if mapping.maps else "Add it to [maps]."
            issues.append(Issue(file, "is not one of [maps].", remedy, column=f"{key}.map", value=value.map))
    if issues:
        raise MappingRefused(issues)
    return mapping


def _wrong_columns(said: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The columns that a table does not have, and those it needs and does not get."""
    rows = said.get("rows")
    for number, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        table = BY_NAME.get(str(row.get("table"))) if isinstance(row, dict) else None
        columns = row.get("columns", {}) if table else {}
        if table is None or not isinstance(columns, dict):
            continue
        key = f"rows {number}, {table.name}"
        names = [column.name for column in table.columns]
        for name in columns:
            if name not in names:
                near = get_close_matches(name, names, 1)
                meant = f"Did you mean {near[0]}? " if near else ""
                yield (
                    f"{key}.{name}",
                    f"is not a column of {table.name}.",
                    f"{meant}Choose from {', '.join(names)}.",
                )
        for column in table.columns:
            if column.required and column.name not in columns and "lookup" not in row:
                yield (
                    f"{key}.{column.name}",
                    "is a column that the table needs.",
                    f"Say where it comes from: {column.meaning}",
                )


_SAID = {
    "missing": ("is missing.", "Add it."),
    "string_type": ("is not text.", "Put it in quotation marks."),
    "bool_type": ("is neither true nor false.", "Write true or false, without quotation marks."),
    "bool_parsing": ("is neither true nor false.", "Write true or false, without quotation marks."),
    "dict_type": ("is not a table.", "Write it as { key = value }."),
    "tuple_type": ("is not a list.", "Write it in square brackets."),
    "model_type": ("is not a table.", "Write it as { key = value }."),
    "too_short": ("is empty.", "Add at least one."),
}


def _issues(error: ValidationError, said: dict[str, Any], file: str) -> Iterator[Issue]:
    seen = set()
    for mistake in error.errors(include_url=False, include_context=False):
        *path, last = mistake["loc"] or ("",)
        key = _key((*path, last), said)
        if mistake["type"] == "extra_forbidden":
            names = _keys_beside(tuple(path))
            near = get_close_matches(str(last), names, 1)
            meant = f"Did you mean {near[0]}? " if near else ""
            reason, remedy = (
                "is not a key that a mapping may have here.",
                f"{meant}Choose from {', '.join(names)}.",
            )
        elif mistake["type"] == "value_error":
            reason, _, remedy = mistake["msg"].removeprefix("Value error, ").partition(". ")
            reason, remedy = f"{reason}.", f"{remedy}." if remedy else ""
        elif mistake["type"] in _SAID:
            reason, remedy = _SAID[mistake["type"]]
        else:
            reason, remedy = f"does not fit: {mistake['msg']}.", "See `joinedup map --schema`."
        if key not in seen:
            seen.add(key)
            yield Issue(file, reason, remedy, column=key)


def _key(path: Sequence[str | int], said: Any) -> str:
    """A place in a mapping as its writer knows it: rows by number and table."""
    words: list[str] = []
    for part in path:
        said = (
            said[part]
            if isinstance(said, dict) and part in said
            else said[part]
            if isinstance(said, list) and isinstance(part, int) and part < len(said)
            else None
        )
        if isinstance(part, int) and words and words[-1] == "rows":
            table = said.get("table", "") if isinstance(said, dict) else ""
            words[-1] = f"rows {part + 1}" + (f" ({table})" if table else "")
        elif isinstance(part, int):
            words[-1] += f" {part + 1}"
        elif not re.match(r"(dict|str|function|constrained)\b", part):
            words.append(part)
    return ".".join(words)


def _keys_beside(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the part of a mapping at this place may have."""
    model: type[BaseModel] = Mapping
    if path[:1] == ("coded",):
        model = Coded if len(path) == 1 else Quotes
    elif path[:1] == ("rows",):
        model = Rows if len(path) == 2 else Value
    elif path[:1] == ("read",):
        model = Read if len(path) == 1 else Value
    elif path:
        model = Value
    if path and path[-1] in ("share", "number"):
        model = Share if path[-1] == "share" else NumberForm
    hidden = ("name", "checksum") if model is Mapping else ()
    return [f.alias or name for name, f in model.model_fields.items() if name not in hidden]


class MappingRefused(NotFound):
    """A mapping file with mistakes; `issues` holds all of them."""

    def __init__(self, issues: Sequence[Issue]):
        super().__init__("The mapping has mistakes:\n" + "\n".join(map(str, issues)))
        self.issues = issues
