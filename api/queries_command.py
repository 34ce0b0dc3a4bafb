"""`joinedup queries`: list, ask, save and remove the queries that a store keeps under a name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import pyoxigraph as ox
import typer
from rich.console import Console

from api.options import AudienceOption, StoreOption
from api.printing import print_table
from graph.audiences import SENSITIVE, view
from graph.editing import Editor
from graph.errors import BadParameter
from graph.saved import Parameter, Saved, check, filled, graph_of, saved_queries, saved_query, statements
from graph.store import open_store
from graph.workers import Workers

NameArgument = Annotated[str, typer.Argument(help="Its name, as “joinedup queries list” has it")]


def add_queries(app: typer.Typer, out: Console) -> None:
    """Add the command and what belongs to it."""
    queries = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        help="Queries that are kept under a name, with the values that they take.",
    )

    @queries.command("list")
    def list_(store: StoreOption = None, audience: AudienceOption = SENSITIVE) -> None:
        """List the queries: those that were saved, and the questions that come with Joinedup."""
        found = saved_queries(view(open_store(store), audience).dataset()).values()
        rows = [[q.name, q.label, " ".join(_shown(p) for p in q.parameters)] for q in found]
        print_table(out, ["name", "asks", "values"], rows)
        out.print(f"{len(rows)} of {len(rows)} queries", highlight=False)

    @queries.command("ask")
    def ask(
        name: NameArgument,
        values: Annotated[
            list[str] | None, typer.Argument(help="name=value, as many as it takes", show_default=False)
        ] = None,
        store: StoreOption = None,
        audience: AudienceOption = SENSITIVE,
        format: Annotated[
            str, typer.Option("--format", help="csv, json, xml or tsv; a graph is always Turtle")
        ] = "csv",
        seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="The longest it may run")] = 60.0,
    ) -> None:
        """Ask a query that is kept, and write the answer to standard output."""
        if format not in ("csv", "json", "xml", "tsv"):
            raise BadParameter("format: choose csv, json, xml or tsv.")
        seen = view(open_store(store), audience)
        text = filled(saved_query(seen.dataset(), name), dict(_pair(value) for value in values or ()))
        with Workers(seen, count=1, seconds=seconds, in_memory=False) as workers:
            sys.stdout.buffer.write(workers.ask(text, results=format).body)

    @queries.command("save")
    def save(
        name: NameArgument,
        file: Annotated[
            Path, typer.Argument(exists=True, dir_okay=False, help="The query; $name is a value")
        ],
        label: Annotated[str, typer.Option(help="What it asks, in a sentence")],
        parameter: Annotated[
            list[str] | None,
            typer.Option(
                help="name:kind or name:kind:default; the kinds are text, iri, integer, number, boolean, date"
            ),
        ] = None,
        marking: Annotated[
            str | None, typer.Option(help="Who sees it: public, official or sensitive", show_default=False)
        ] = None,
        store: StoreOption = None,
    ) -> None:
        """Keep a query under a name, in place of one of that name. It is tried once."""
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadParameter(f"{file.name} cannot be read as UTF-8.") from None
        query = Saved(name, label, text, parameters=tuple(_parameter(p) for p in parameter or ()))
        opened = open_store(store)
        lines = ox.serialize(statements(opened.base, query), format=ox.RdfFormat.N_TRIPLES) or b""
        with Workers(opened, count=1, in_memory=False) as workers:
            workers.ask(check(query))
        with Editor(opened, seconds=60) as editor:
            editor.replace(graph_of(opened.base, name), lines, "application/n-triples", marking)
        out.print(f"Kept as {name}.", markup=False, highlight=False)

    @queries.command("remove")
    def remove(name: NameArgument, store: StoreOption = None) -> None:
        """Keep a query no more."""
        opened = open_store(store)
        with Editor(opened, seconds=60) as editor:
            editor.remove(graph_of(opened.base, name))
        out.print(f"{name} is kept no more.", markup=False, highlight=False)

    app.add_typer(queries, name="queries")


def _shown(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f"={parameter.default}"
    return f"{parameter.name}:{parameter.kind}{default}"


def _pair(value: str) -> tuple[str, str]:
    name, equals, rest = value.partition("=")
    if not equals:
        raise BadParameter(f"{value[:60]}: write each value as name=value.")
    return name, rest


def _parameter(text: str) -> Parameter:
    name, _, rest = text.partition(":")
    kind, colon, default = rest.partition(":")
    return Parameter(name, kind or "text", default=default if colon else None)
