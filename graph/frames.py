"""Answers in a notebook: as a table of HTML, and as data frames of polars and pandas with typed columns."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date
from html import escape
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import polars as pl

from graph.analysis import Result, Thing, asked_of
from graph.errors import MissingLibrary
from graph.tabular import cell

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 200
"""The rows that a notebook shows; the frames hold all."""
LISTS = (list, tuple, Sequence)
"""What a column of several values is annotated with."""
_SCALARS: Mapping[Any, type[pl.DataType]] = {
    str: pl.String,
    int: pl.Int64,
    float: pl.Float64,
    bool: pl.Boolean,
    date: pl.Date,
}
_PANDAS: Mapping[Any, str] = {
    pl.String: "string",
    pl.Int64: "Int64",
    pl.Float64: "Float64",
    pl.Boolean: "boolean",
    pl.Date: "datetime64[s]",
}


@dataclass(frozen=True)
class FrameColumn:
    """One column of a frame."""

    name: str
    kind: pl.DataType | type[pl.DataType]
    value: Callable[[Any], Any]
    """What stands in it, of a value that is not None."""


def to_polars(result: Result[Any]) -> pl.DataFrame:
    """The rows. A thing has a second column with its IRI; a list of things with their figures is a list of structs."""
    columns = list(_columns(result))
    return pl.DataFrame(
        {column.name: [_held(column, value) for value in values] for column, values in columns},
        schema={column.name: column.kind for column, _ in columns},
    )


def to_pandas(result: Result[Any]) -> pd.DataFrame:
    """The rows, in columns that may lack values (string, Int64, Float64, boolean); lists are lists of dicts.

    Raises MissingLibrary where pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise MissingLibrary(
            "pandas is not installed. Install it (pip install pandas), or take to_polars(), which needs nothing more."
        ) from None
    made = {}
    for column, values in _columns(result):
        held = [_held(column, value) for value in values]
        made[column.name] = pd.Series(held, dtype=_PANDAS.get(column.kind, "object"))
    return pd.DataFrame(made)


def as_html(result: Result[Any]) -> str:
    """One table with the answer as its caption, how many of how many, and the caveats; text where there are no rows."""
    asked = asked_of(result)
    columns = asked.analysis.columns
    counted = f"{len(result.rows)} of {result.of} {result.of_what}, as of {result.as_of.isoformat()}."
    if len(result.rows) > MOST_SHOWN:
        counted += f" The first {MOST_SHOWN} are shown; to_polars() and to_pandas() hold all."
    parts = []
    if result.rows:
        head = "".join(
            f'<th scope="col" title="{escape(c.description)}">{escape(c.title)}</th>' for c in columns
        )
        lines = "".join(
            f"<tr>{''.join(_cell(getattr(row, c.name)) for c in columns)}</tr>"
            for row in result.rows[:MOST_SHOWN]
        )
        parts.append(
            f"<table><caption>{escape(result.summary)}</caption><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
        )
    else:
        parts.append(f"<p>{escape(result.summary)}</p>")
    parts.append(f"<p>{escape(counted)}</p>")
    if result.caveats:
        parts.append(f"<ul>{''.join(f'<li>{escape(caveat)}</li>' for caveat in result.caveats)}</ul>")
    return f"<div>{''.join(parts)}</div>"


def _cell(value: Any) -> str:
    title = f' title="{escape(value.iri)}"' if isinstance(value, Thing) else ""
    return f"<td{title}>{escape(cell(value))}</td>"


def _columns(result: Result[Any]) -> Iterator[tuple[FrameColumn, list[Any]]]:
    for declared in asked_of(result).analysis.columns:
        values = [getattr(row, declared.name) for row in result.rows]
        for column in frame_columns(declared.name, declared.kind):
            yield column, values


def _held(column: FrameColumn, value: Any) -> Any:
    return None if value is None else column.value(value)


def frame_columns(name: str, hint: Any) -> list[FrameColumn]:
    """The columns that hold what is annotated so. Raises TypeError for what no frame can hold."""
    kind = without_none(hint)
    if kind is Thing:
        return [
            FrameColumn(name, pl.String, lambda thing: thing.label),
            FrameColumn(f"{name}_iri", pl.String, lambda thing: thing.iri),
        ]
    if get_origin(kind) in LISTS:
        return [_list_of(inner) for inner in frame_columns(name, get_args(kind)[0])]
    if is_dataclass(kind):
        inner = [c for n, h in get_type_hints(kind).items() for c in frame_columns(n, h)]
        parts = [(c, c.name.removesuffix("_iri") if _is_iri(c, kind) else c.name) for c in inner]
        return [
            FrameColumn(
                name,
                pl.Struct({c.name: c.kind for c in inner}),
                lambda row: {c.name: _held(c, getattr(row, field)) for c, field in parts},
            )
        ]
    if kind not in _SCALARS:
        raise TypeError(f"{name}: a data frame cannot hold {kind}")
    return [FrameColumn(name, _SCALARS[kind], lambda value: value)]


def without_none(hint: Any) -> Any:
    """The annotation without its being optional."""
    if get_origin(hint) in (UnionType, typing.Union):
        (hint,) = [part for part in get_args(hint) if part is not type(None)]
    return hint


def _list_of(inner: FrameColumn) -> FrameColumn:
    return FrameColumn(inner.name, pl.List(inner.kind), lambda found: [_held(inner, one) for one in found])


def _is_iri(column: FrameColumn, row: Any) -> bool:
    """Whether it is the second column of a thing, which the row has no field of that name for."""
    return column.name.endswith("_iri") and column.name not in get_type_hints(row)
