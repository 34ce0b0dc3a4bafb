"""The answer of an analysis as a table, a summary list and a form, all derived from its declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from types import NoneType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from graph.analysis import Analysis, Result, RowField, Thing
from graph.dataset import Dataset
from graph.network_files import FORMS
from graph.projections import SHOWING
from graph.tabular import cell
from visualisations.links import Link, href, link, pair_href, with_query
from visualisations.suggestions import Selection
from visualisations.tables import Cell, Column, Row, Table
from visualisations.words import day, headed

_KINDS = {"barrier": "barrier", "department": "department", "other": "department", "programme": "programme"}
_SYMBOL = 2
"""A name this short is a symbol, such as p, and its description says more."""
_LONGEST = 500
"""How many rows of an answer one page shows."""


@dataclass(frozen=True)
class Input:
    """One field of the form of an analysis."""

    name: str
    title: str
    hint: str
    type: str
    value: str
    least: str
    most: str
    suggestions: Sequence[str] = ()
    """What to offer as somebody types."""
    choices: Sequence[tuple[str, str]] = ()
    """What may be chosen, each with its words; where there are any, nothing else can be asked for."""


@dataclass(frozen=True)
class Entry:
    """One line of a summary list."""

    title: str
    hint: str
    cell: Cell


def form(
    analysis: Analysis,
    parameters: Mapping[str, str],
    suggested: Mapping[str, Sequence[str]] | None = None,
    selected: Mapping[str, Selection] | None = None,
) -> list[Input]:
    """The fields of the form, with what was asked for or the default, and what to offer for some of them."""
    found = []
    for name, info in analysis.parameters.model_fields.items():
        field = replace(_input(name, info, parameters.get(name)), suggestions=(suggested or {}).get(name, ()))
        if chosen := (selected or {}).get(name):
            field = replace(field, hint=field.hint.split(";")[0], value=chosen.value, choices=chosen.choices)
        found.append(field)
    return found


def table(
    dataset: Dataset,
    analysis: Analysis,
    result: Result[Any],
    marks: Mapping[object, tuple[str, str]],
    only: Sequence[str] = (),
    more: Link | None = None,
) -> Table:
    """The rows of an answer; only some columns where they are named.

    marks gives, for the things of a row, its mark in the picture and what lights it. more: where all rows are, so that
    of many no more are given than a page can show.
    """
    chosen = [c for c in analysis.columns if not only or c.name in only]
    columns = tuple(Column(headed(c.title), _numeric(c), wide=c.name == "barrier") for c in chosen)
    rows = []
    shown = result.rows[:_LONGEST] if more else result.rows
    for place, row in enumerate(shown):
        mark, on = marks.get(key(analysis, row), ("", ""))
        rows.append(Row(tuple(_cell(dataset, analysis, row, c, place) for c in chosen), mark, on))
    whole = Table(analysis.title, columns, tuple(rows), n_of_n(analysis, result), id="answer")
    if len(shown) == len(result.rows):
        return whole
    return replace(whole, count=f"{whole.count}; the first {len(shown):,} are shown", more=more)


def summary_list(dataset: Dataset, analysis: Analysis, row: Any) -> list[Entry]:
    """One row as a list of what it says."""
    return [
        Entry(c.description, c.name, _cell(dataset, analysis, row, c))
        if len(c.name) <= _SYMBOL
        else Entry(headed(c.title), c.description, _cell(dataset, analysis, row, c))
        for c in analysis.columns
    ]


def key(analysis: Analysis, row: Any) -> object:
    """What a row is about: the IRIs of its things."""
    return tuple(getattr(row, c.name).iri for c in analysis.columns if c.kind is Thing)


def n_of_n(analysis: Analysis, result: Result[Any]) -> str:
    """How many of how many; an answer about the whole says how many things it takes in."""
    n = len(result.rows)
    whole = {c.name for c in analysis.columns}
    if n == 1 and result.of_what in whole and not any(c.kind is Thing for c in analysis.columns):
        n = getattr(result.rows[0], result.of_what)
    return f"{n:,} of {result.of:,} {result.of_what}"


def download(analysis: Analysis, parameters: Mapping[str, str], suffix: str) -> str:
    """The address of the same answer as a file."""
    known = {k: v for k, v in parameters.items() if k in analysis.parameters.model_fields}
    return with_query(f"/analyses/{analysis.command}.{suffix}", **known)


def network_files(analysis: Analysis) -> list[Link]:
    """The network that the analysis rests on, whole, as files of other tools; none where it rests on no one network."""
    kind = SHOWING.get(analysis.name)
    return [Link(form.name, f"/networks/{kind}.{form.suffix}") for form in FORMS.values()] if kind else []


def _cell(dataset: Dataset, analysis: Analysis, row: Any, column: RowField, place: int = 0) -> Cell:
    value = getattr(row, column.name)
    if isinstance(value, Thing):
        return Cell(
            (link(dataset.base, value.iri, value.label, kind=_KINDS.get(column.name, "")),),
            value.label.lower(),
        )
    if isinstance(value, date):
        return Cell((Link(day(value)),), value.isoformat(), short=True)
    if isinstance(value, Sequence) and not isinstance(value, str):
        parts = tuple(_part(dataset, v) for v in value)
        return Cell(
            parts, str(len(parts)), folded=str(len(parts)) if parts else "", id=_place(column.name, place)
        )
    where = _evidence(dataset, analysis, row, column, place) if value is not None else None
    shown = Link(_figure(value), where, hidden=column.title if where else "")
    return Cell((shown,), "" if value is None else str(value), number=_numeric(column))


def _numeric(column: RowField) -> bool:
    """Whether a column holds numbers, or nothing where there is none."""
    kinds = {*(get_args(column.kind) or (column.kind,))} - {NoneType}
    return kinds <= {int, float} and bool(kinds)


def _figure(value: Any) -> str:
    """A value as a page shows it: three digits tell more than ten do, and the files have all of them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell(value) or "none"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def _part(dataset: Dataset, value: Any) -> Link:
    """One of several things in a cell: its name, then its figures in words."""
    if not is_dataclass(value):
        return Link(cell(value))
    first, *rest = fields(value)
    thing = getattr(value, first.name)
    told = ((f.name.replace("_", " "), cell(getattr(value, f.name))) for f in rest)
    figures = ", ".join(f"{name} {text}" for name, text in told if text)
    return (
        link(dataset.base, thing.iri, thing.label, aside=figures)
        if isinstance(thing, Thing)
        else Link(f"{cell(thing)}: {figures}")
    )


def _place(name: str, place: int) -> str:
    return f"{name}-{place + 1}"


def _evidence(dataset: Dataset, analysis: Analysis, row: Any, column: RowField, place: int) -> str | None:
    if column.evidence is None:
        return None
    if column.evidence.startswith("row:"):
        listed = column.evidence.removeprefix("row:")
        return f"#{_place(listed, place)}" if getattr(row, listed) else None
    things = [getattr(row, c.name).iri for c in analysis.columns if c.kind is Thing]
    if column.evidence == "pair" and len(things) >= 2:
        return pair_href(things[0], things[1])
    page = href(dataset.base, things[0]) if things else ""
    return f"{page}#{column.evidence}"


def _input(name: str, info: FieldInfo, asked: str | None) -> Input:
    kind = next((k for k in (*get_args(info.annotation), info.annotation) if k not in (None, NoneType)), str)
    type_ = "number" if kind is int else "date" if kind is date else "text"
    least, most = (
        next((str(v) for m in info.metadata if (v := getattr(m, end, None)) is not None), "")
        for end in ("ge", "le")
    )
    default = "" if info.default is None or info.is_required() else str(info.default)
    title, hint = name.replace("_", " ").capitalize(), info.description or ""
    return Input(
        name,
        *((hint.partition(";")[0], "") if len(name) <= _SYMBOL else (title, hint)),
        type_,
        asked if asked is not None else default,
        least,
        most,
    )
