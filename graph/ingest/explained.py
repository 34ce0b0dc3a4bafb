"""The mapping language explained: every key with its meaning and its default, written from the model itself."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from graph.ingest.catalogue import lists
from graph.ingest.coded.options import Coded
from graph.ingest.forms import NumberForm
from graph.ingest.language import Mapping, Read, Rows, Share, Value
from graph.ingest.tables.canonical import BY_NAME

_PARTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The mapping", "A TOML file with these keys.", Mapping),
    ("[read]", "How to find the records of the file.", Read),
    (
        "[let] and columns",
        "A value is a header or named value in quotation marks, a list of them, or a table of these keys. "
        "Its steps run in the order in which they stand here.",
        Value,
    ),
    ("[[rows]]", "Each makes rows of one table.", Rows),
    ("share = { }", "The part of a total that belongs to a partner.", Share),
    ("number = { }", "Amounts that are written otherwise than 1234.5.", NumberForm),
    ("[coded]", "Coded interviews, instead of [[rows]].", Coded),
)
_HIDDEN = ("name", "checksum")

_EXAMPLE = """\
title = "A list of ours"

[read]
headers = ["Scheme"]
redacted = 'n/?a|withheld'

[let]
partner = { from = "Partners", split = '\\s*;\\s*', escape = '\\' }

[[rows]]
table = "organisations"
each = "partner"
columns = { id = { from = "@each", slug = true }, name = "@each" }

[[rows]]
table = "programmes"
columns = { id = { from = "Scheme", slug = true }, name = "Scheme", from = { from = "@3", date = "m/d/y" } }

[[rows]]
table = "participations"
each = "partner"
columns = { programme = { from = "Scheme", slug = true }, organisation = { from = "@each", slug = true }, role = { constant = "delivers" } }
"""


def schema_text() -> str:
    """The whole language as plain text: each part, each key, what it means and what holds without it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "The mapping language"
    yield ""
    yield "A mapping says how the records of a foreign file become rows of Joinedup's tables."
    for title, about, model in _PARTS:
        yield from ("", title, "-" * len(title), about)
        for name, field in model.model_fields.items():
            if model is Mapping and name in _HIDDEN:
                continue
            yield f"  {field.alias or name}{_without(field.is_required(), field.default)}"
            if field.description:
                yield f"      {field.description}."
    yield from ("", "Lists for `lookup`", "------------------", f"  {', '.join(lists())}")
    yield from (
        "",
        "Tables",
        "------",
        f"  {', '.join(BY_NAME)}",
        "  `joinedup template` explains their columns.",
    )
    yield from ("", "Example", "-------", _EXAMPLE.rstrip())


def _without(required: bool, default: object) -> str:
    if required:
        return " (needed)"
    if default in (None, "", (), PydanticUndefined):
        return ""
    if isinstance(default, bool):
        return f" (without it: {str(default).lower()})"
    shown = ", ".join(map(str, default)) if isinstance(default, tuple) else default
    return f" (without it: {shown})"
