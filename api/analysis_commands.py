"""One command for each analysis, from its declaration."""

from __future__ import annotations

import inspect
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from api.options import StoreOption
from api.printing import print_table
from graph.analysis import Analysis, analyses
from graph.cube import CUBE_PREFIXES, as_turtle, cube
from graph.store import open_store
from graph.tabular import as_csv, as_json, cell, table


class AnswerFormat(StrEnum):
    """How the answer of an analysis is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    turtle = "turtle"
    jsonld = "jsonld"


_FormatOption = Annotated[
    AnswerFormat | None,
    typer.Option(
        "--format",
        help="table, csv, json, turtle or jsonld (an RDF Data Cube). Without it: a table on a terminal, CSV elsewhere.",
        show_default=False,
    ),
]


def add_analyses(app: typer.Typer, out: Console) -> None:
    """Give the command line a command for each declared analysis."""
    for analysis in analyses().values():
        _add(app, out, analysis)


def _add(app: typer.Typer, out: Console, analysis: Analysis) -> None:
    """The command of one analysis, from its declaration."""

    def command(format: AnswerFormat | None, store: str | None, **parameters: Any) -> None:
        result = analysis.run(open_store(store).dataset(), parameters)
        chosen = format or (AnswerFormat.table if out.is_terminal else AnswerFormat.csv)
        if chosen is AnswerFormat.json:
            print(as_json(analysis, result))
        elif chosen is AnswerFormat.turtle:
            sys.stdout.buffer.write(as_turtle(result))
        elif chosen is AnswerFormat.jsonld:
            from api.answers import as_jsonld  # the rest of the server is slow to import

            print(as_jsonld(cube(result), CUBE_PREFIXES))
        elif chosen is AnswerFormat.csv:
            sys.stdout.write(as_csv(table(analysis, result)).replace("\r\n", "\n"))
        else:
            out.print(result.summary, style="bold", markup=False, highlight=False)
            print_table(
                out,
                [c.title for c in analysis.columns],
                [[cell(getattr(row, c.name)) for c in analysis.columns] for row in result.rows],
            )
            out.print(
                f"{len(result.rows)} of {result.of} {result.of_what}, as of {result.as_of}",
                markup=False,
                highlight=False,
            )
            for caveat in result.caveats:
                out.print(f"Note: {caveat}", markup=False, highlight=False)

    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(
                    f"--{name.replace('_', '-')}",
                    help=f"{field.description}{_default(field.default)}",
                    show_default=False,
                ),
            ],
        )
        for name, field in analysis.parameters.model_fields.items()
    ]
    parameters += [
        inspect.Parameter("format", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_FormatOption),
        inspect.Parameter("store", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=StoreOption),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = "\n\n".join([analysis.question, *analysis.explanation])
    app.command(analysis.command, short_help=analysis.question)(command)


def _default(value: object) -> str:
    return "" if value in (None, "") else f" (default {value})"
