"""The reference of the HTTP interface, drawn from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from visualisations.links import Link
from visualisations.rendering import render


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation."""

    name: str
    where: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One way to ask for something."""

    group: str
    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[str]
    parameters: list[Parameter]
    example: str | None
    """An address that can be opened as it stands."""


def reference_page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI 3.1 document: every operation with its parameters."""
    operations = sorted(_operations(document), key=lambda o: o.group)
    groups = [(name, list(found)) for name, found in groupby(operations, key=lambda o: o.group)]
    return render(
        "reference.html",
        title="API",
        here="/docs",
        trail=(Link("API"),),
        groups=groups,
        of=len(operations),
        about=document["info"],
    )


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            if method == "head":
                continue
            parameters = [_parameter(p) for p in found.get("parameters", ())]
            plain = method == "get" and "{" not in path and not any(p.required for p in parameters)
            yield Operation(
                found.get("tags", ["other"])[0], found["operationId"], method.upper(), path, found["summary"],
                [" ".join(p.split()) for p in found.get("description", "").split("\n\n") if p], parameters, path if plain else None,
            )  # fmt: skip


def _parameter(found: Mapping[str, Any]) -> Parameter:
    return Parameter(
        found["name"],
        found["in"],
        _kind(found["schema"]),
        found.get("required", False),
        found.get("description", ""),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    choices = [_kind(s) for s in schema.get("anyOf", ()) if s.get("type") != "null"]
    if choices:
        return " or ".join(choices)
    words = schema.get("format") or schema.get("type", "text")
    words = {"string": "text", "integer": "whole number", "array": "text, several times"}.get(words, words)
    if "enum" in schema:
        words = f"one of {', '.join(schema['enum'])}"
    bounds = [
        f"{name} {schema[key]}" for key, name in (("minimum", "from"), ("maximum", "to")) if key in schema
    ]
    default = f"; {schema['default']} if left out" if schema.get("default") not in (None, "") else ""
    return " ".join([words, *bounds]) + default
