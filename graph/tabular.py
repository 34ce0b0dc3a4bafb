"""Answers as rows of plain cells: for CSV, spreadsheets and the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from typing import Any

from graph.analysis import Analysis, Result, Thing
from graph.dataset import Dataset
from graph.questions import Answer


def cell(value: Any) -> str:
    """One value in a few characters: a thing by its label, a list joined by semicolons, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Thing):
        return value.label
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        first, *rest = [getattr(value, f.name) for f in fields(value)]
        return f"{cell(first)} ({cell(rest[0])})" if rest else cell(first)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(cell(v) for v in value)
    return str(value)


def table(analysis: Analysis, result: Result[Any]) -> Iterator[list[str]]:
    """The header and the rows; a thing has a second column with its IRI, and numbers keep all their digits."""
    things = [c.name for c in analysis.columns if c.kind is Thing]
    yield [
        c
        for column in analysis.columns
        for c in ([column.name, f"{column.name}_iri"] if column.name in things else [column.name])
    ]
    for row in result.rows:
        line: list[str] = []
        for column in analysis.columns:
            value = getattr(row, column.name)
            line.append(repr(value) if isinstance(value, float) else cell(value))
            if column.name in things:
                line.append(value.iri)
        yield line


def labelled(dataset: Dataset, answer: Answer) -> Iterator[list[str]]:
    """The header and the rows of an answer to a question; a column of things has a second one with their IRIs."""
    things = {name for name in answer.columns for row in answer.rows if dataset.is_address(row.get(name, ""))}
    yield [c for name in answer.columns for c in ([name, f"{name}_iri"] if name in things else [name])]
    for row in answer.rows:
        yield [
            c
            for name in answer.columns
            for value in [row.get(name, "")]
            for c in ([dataset.shown(value), value] if name in things else [value])
        ]


def rows_as_json(dataset: Dataset, answer: Answer) -> str:
    """The answer to a question as JSON: a thing is its IRI and its label."""

    def value(text: str) -> object:
        return {"iri": text, "label": dataset.shown(text)} if dataset.is_address(text) else text

    return json.dumps(
        {
            "question": answer.question.number,
            "asks": answer.question.asks,
            "notes": answer.question.notes,
            "as_of": answer.as_of.isoformat(),
            "count": len(answer.rows),
            "of": len(answer.rows),
            "rows": [{name: value(text) for name, text in row.items()} for row in answer.rows],
        },
        ensure_ascii=False,
        indent=2,
    )


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """CSV that a spreadsheet opens as data: a cell that would start a formula is preceded by an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_inert(text) for text in line] for line in lines)
    return out.getvalue()


def as_json(analysis: Analysis, result: Result[Any]) -> str:
    """The whole answer: rows, how many of how many, summary, caveats and the day.

    `highlight`: the IRIs of the things that the rows speak of, each once, in the order in which they come: what a
    picture of the graph marks.
    """
    return json.dumps(
        {
            "analysis": analysis.command,
            "question": analysis.question,
            "summary": result.summary,
            "as_of": result.as_of.isoformat(),
            "count": len(result.rows),
            "of": result.of,
            "of_what": result.of_what,
            "caveats": result.caveats,
            "highlight": list(dict.fromkeys(thing.iri for thing in things_in(result.rows))),
            "rows": [asdict(row) for row in result.rows],
        },
        default=lambda v: v.isoformat(),
        ensure_ascii=False,
        allow_nan=False,
        indent=2,
    )


def things_in(value: Any) -> Iterator[Thing]:
    """The things that rows speak of, those within lists too, in the order in which they come."""
    if isinstance(value, Thing):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from things_in(getattr(value, part.name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from things_in(one)


def _inert(text: str) -> str:
    dangerous = text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not _is_number(text))
    return f"'{text}" if dangerous else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
