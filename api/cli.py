"""The command line: `joinedup load`, `validate`, `query`, `serve`, `draw`, `template`, and one command for each analysis."""

from __future__ import annotations

import inspect
import ipaddress
import json
import re
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api import __version__
from graph.analysis import Analysis, analyses
from graph.errors import Issue, JoinedupError, LoadRefused
from graph.ingest.load import LoadReport, load
from graph.ingest.mapping import shipped
from graph.ingest.template import write_template
from graph.store import open_store
from graph.tabular import as_csv, as_json, cell, table
from graph.workers import Workers

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
_out, _err = Console(), Console(stderr=True)

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="JOINEDUP_STORE",
        help="Folder of the store, or “memory”. Without it: your own data folder.",
        show_default=False,
    ),
]

MappingOption = Annotated[
    str | None,
    typer.Option(
        help=f"How to read a foreign table: {', '.join(shipped())}, or a .toml file", show_default=False
    ),
]


class Format(StrEnum):
    """How an answer is printed."""

    table = "table"
    csv = "csv"
    json = "json"


class QueryFormat(StrEnum):
    """How the answer of a query is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    xml = "xml"
    tsv = "tsv"
    turtle = "turtle"


FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="table, csv or json. Without it: a table on a terminal, CSV elsewhere.",
        show_default=False,
    ),
]


def main() -> None:
    """Run the command line; every foreseen error is one plain sentence and exit code 1."""
    try:
        app()
    except LoadRefused as refused:
        for issue in refused.issues:
            _say(issue)
        _err.print(str(refused), style="bold", markup=False, highlight=False)
        sys.exit(1)
    except JoinedupError as error:
        _err.print(str(error), markup=False, highlight=False)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def joinedup(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """Programmes, who shares them, and what holds them back."""
    if version:
        _out.print(f"joinedup {__version__}", highlight=False)
        raise typer.Exit


@app.command("template")
def template(folder: Annotated[Path, typer.Argument(help="A new or an empty folder")]) -> None:
    """Write the empty tables, as CSV files and as a workbook, and a page that explains each column."""
    written = write_template(folder)
    _out.print(
        f"Wrote {len(written)} files to {folder}: start with columns.html.", markup=False, highlight=False
    )


@app.command("load")
def load_files(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files")],
    mapping: MappingOption = None,
    store: StoreOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; load nothing")] = False,
    marking: Annotated[
        str, typer.Option(help="Who may see the files: public, official or sensitive")
    ] = "official",
    base: Annotated[
        str | None,
        typer.Option(
            help="A new store only: the web address under which its things will live", show_default=False
        ),
    ] = None,
) -> None:
    """Load files: all of them, or none. Loading a file again replaces what it said before."""
    opened = open_store(store, base=base)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=_err,
        transient=True,
        disable=not _err.is_terminal,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        report = load(opened, paths, mapping=mapping, marking=marking, dry_run=dry_run, progress=show)
    _report(report)


@app.command("validate")
def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Tables, or RDF files (.ttl, .nt). Without any: the store", show_default=False),
    ] = None,
    mapping: MappingOption = None,
    store: StoreOption = None,
) -> None:
    """Say what is wrong with files, or with the store, and what somebody should look at; load nothing."""
    from api.validate_command import say_validation  # the shapes are slow to import

    if not say_validation(_out, open_store(store), paths or [], mapping):
        raise typer.Exit(1)


@app.command("query")
def query(
    sparql: Annotated[str, typer.Argument(help="A SPARQL query; - reads it from standard input")],
    store: StoreOption = None,
    format: Annotated[
        QueryFormat | None,
        typer.Option(
            "--format",
            help="table, csv, json, xml, tsv or turtle. Without it: a table on a terminal, CSV elsewhere.",
            show_default=False,
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="The longest it may run")] = 60.0,
) -> None:
    """Ask the store a SPARQL query. The prefixes ju, c, org, prov, skos, dcterms, rdf, rdfs and xsd are known."""
    chosen = format or (QueryFormat.table if _out.is_terminal else QueryFormat.csv)
    results = {"table": "json", "turtle": "json"}.get(chosen, chosen.value)
    with Workers(open_store(store), count=1, seconds=seconds) as workers:
        answer = workers.ask(sys.stdin.read() if sparql == "-" else sparql, results=results)
    if chosen is not QueryFormat.table or answer.format != "json":
        sys.stdout.buffer.write(answer.body)
        return
    found = json.loads(answer.body)
    if "boolean" in found:
        _out.print("yes" if found["boolean"] else "no")
        return
    names = found["head"]["vars"]
    rows = [[row.get(name, {}).get("value", "") for name in names] for row in found["results"]["bindings"]]
    _print(names, rows)
    _out.print(f"{len(rows)} of {len(rows)} rows", highlight=False)


@app.command("draw")
def draw(
    name: Annotated[str, typer.Argument(help="shared-blockers, missing-ties or silo-overview")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The page to write")],
    store: StoreOption = None,
) -> None:
    """Write one stand-alone page that shows an analysis as a network and opens without a connection."""
    from visualisations.standalone import (
        draw as drawn,  # pyvis is slow to import, and only this command needs it
    )

    output.write_text(drawn(open_store(store).dataset(), name), encoding="utf-8")
    _out.print(f"Wrote {output}.", markup=False, highlight=False)


@app.command("serve")
def serve(
    store: StoreOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for a free one")
    ] = 8000,
    load_first: Annotated[
        list[Path] | None, typer.Option("--load", help="Load these tables before serving", show_default=False)
    ] = None,
    trust_network: Annotated[
        bool,
        typer.Option(
            "--trust-network", help="Listen on an address that others reach: everyone there reads everything"
        ),
    ] = False,
) -> None:
    """Serve pages, data and SPARQL over HTTP."""
    import uvicorn

    from api.app import create_app
    from api.settings import Settings

    if not _loopback(host) and not trust_network:
        raise JoinedupError(
            f"{host} can be reached by others, and there are no tokens yet: everyone there would read everything, interviews too. "
            "Listen on 127.0.0.1, or say --trust-network if that is what you want."
        )
    opened = open_store(store)
    if load_first:
        _report(load(opened, load_first))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(Settings(store=store, any_host=trust_network), opened),
            host=host,
            port=port,
            log_level="warning",
            h11_max_incomplete_event_size=65536,
            timeout_keep_alive=5,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError:
        raise JoinedupError(
            f"Port {port} of {host} cannot be used: another program may have it. Name another with --port; 0 takes a free one."
        ) from None
    name = f"[{host}]" if ":" in host else host
    print(f"Joinedup is at http://{name}:{listening.getsockname()[1]}/  (stop it with Ctrl-C)", flush=True)
    server.run(sockets=[listening])


def _add(analysis: Analysis) -> None:
    """The command of one analysis, from its declaration."""

    def command(format: Format | None, store: str | None, **parameters: Any) -> None:
        result = analysis.run(open_store(store).dataset(), parameters)
        chosen = format or (Format.table if _out.is_terminal else Format.csv)
        if chosen is Format.json:
            print(as_json(analysis, result))
        elif chosen is Format.csv:
            sys.stdout.write(as_csv(table(analysis, result)).replace("\r\n", "\n"))
        else:
            _out.print(result.summary, style="bold", markup=False, highlight=False)
            _print(
                [c.title for c in analysis.columns],
                [[cell(getattr(row, c.name)) for c in analysis.columns] for row in result.rows],
            )
            _out.print(
                f"{len(result.rows)} of {result.of} {result.of_what}, as of {result.as_of}",
                markup=False,
                highlight=False,
            )
            for caveat in result.caveats:
                _out.print(f"Note: {caveat}", markup=False, highlight=False)

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
        inspect.Parameter("format", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=FormatOption),
        inspect.Parameter("store", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=StoreOption),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = "\n\n".join([analysis.question, *analysis.explanation])
    app.command(analysis.command, short_help=analysis.question)(command)


def _default(value: object) -> str:
    return "" if value is None else f" (default {value})"


for _analysis in analyses().values():
    _add(_analysis)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _report(report: LoadReport) -> None:
    for issue in report.warnings:
        _say(issue)
    rows = [
        [
            s.name,
            f"would be {s.outcome}" if report.dry_run and s.outcome != "unchanged" else s.outcome,
            str(s.records),
            ", ".join(f"{name}: {n:,}" for name, n in s.rows.items()),
            f"{s.statements:,}",
        ]
        for s in report.sources
    ]
    _print(["source", "outcome", "rows", "what they hold", "statements"], rows)
    for note in report.notes:
        _err.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)
    changed = sum(s.outcome != "unchanged" for s in report.sources)
    ending = (
        "Dry run: nothing was loaded." if report.dry_run else f"The store is at version {report.version}."
    )
    _out.print(
        f"{changed} of {len(report.sources)} sources changed, {len(report.warnings)} warnings. {ending}",
        highlight=False,
    )


def _say(issue: Issue) -> None:
    _err.print(
        Text.assemble(
            (f"{issue.severity.capitalize()}: ", "bold red" if issue.severity == "error" else "bold"),
            str(issue),
        ),
        soft_wrap=True,
        highlight=False,
    )


def _print(headers: list[str], rows: list[list[str]]) -> None:
    """A table as wide as the terminal: words wrap, numbers are never cut, and columns that do not fit are named below."""
    columns = list(zip(headers, *rows, strict=True))
    numeric = [all(re.fullmatch(r"-?[\d,.]+", text) for text in cells if text) for _, *cells in columns]
    least = [
        max(*(len(word) for word in head.split()), *(len(t) if number else min(len(t), 20) for t in cells), 1)
        for (head, *cells), number in zip(columns, numeric, strict=True)
    ]
    fits = next((n for n in range(len(least), 1, -1) if sum(least[:n]) + 3 * n <= _out.width), 1)
    shown = Table(show_edge=False, header_style="bold")
    for head, number, width in zip(headers[:fits], numeric, least, strict=False):
        shown.add_column(Text(head), justify="right" if number else "left", min_width=width, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(text) for text in row[:fits]))
    _out.print(shown)
    if fits < len(headers):
        _out.print(f"Not shown for want of width: {', '.join(headers[fits:])}.", highlight=False)
