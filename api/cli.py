"""The command line: `joinedup load`, `validate`, `publish`, `questions`, `query`, `serve`, `draw`, `template`, and the analyses."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from api.analysis_commands import add_analyses
from api.network_command import add_network
from api.options import AsOfOption, Format, FormatOption, MappingOption, OutputOption, StoreOption
from api.printing import print_table
from api.same_command import add_same
from api.settings import Settings
from graph.errors import Issue, JoinedupError, LoadRefused
from graph.ingest.load import LoadReport, load
from graph.ingest.template import write_template
from graph.store import open_store
from graph.version import __version__
from graph.workers import Workers

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
_out, _err = Console(), Console(stderr=True)


class QueryFormat(StrEnum):
    """How the answer of a query is printed."""

    table = "table"
    csv = "csv"
    json = "json"
    xml = "xml"
    tsv = "tsv"
    turtle = "turtle"


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


@app.command("map")
def map_file(
    name: Annotated[
        str | None,
        typer.Argument(help="A file; or, with --as, a mapping or a table of Joinedup", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A new file. Without it: standard output", show_default=False),
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", help="csvw or rml: write a mapping or a table so", show_default=False),
    ] = None,
    coded: Annotated[
        str | None,
        typer.Option(
            help="matrix or turns: the table holds interviews by codes, or a transcript by turns",
            show_default=False,
        ),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Explain every key of a mapping")] = False,
) -> None:
    """Propose a mapping for a file, write a mapping as documentation, or explain what a mapping may say."""
    from api.map_command import say_mapping, say_schema  # only this command needs it

    if schema or name is None:
        say_schema()
    else:
        say_mapping(_err, name, output, as_, coded)


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
        typer.Argument(help="Tables, or RDF files. Without any: the store", show_default=False),
    ] = None,
    mapping: MappingOption = None,
    store: StoreOption = None,
) -> None:
    """Say what is wrong with files, or with the store, and what somebody should look at; load nothing."""
    from api.validate_command import say_validation  # the shapes are slow to import

    if not say_validation(_out, open_store(store), paths or [], mapping):
        raise typer.Exit(1)


@app.command("export")
def export_store(
    output: OutputOption = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="nquads, trig, turtle, nt or jsonld. Without it: by the ending of the file, else nquads",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="One source only, by its name", show_default=False)
    ] = None,
    store: StoreOption = None,
) -> None:
    """Write everything that the sources say as RDF, to be loaded elsewhere."""
    from api.export_command import say_export  # only this command needs it

    say_export(_err, open_store(store), output, format, source)


@app.command("publish")
def publish(
    folder: Annotated[
        Path, typer.Argument(help="A new or an empty folder, or that of an earlier publication")
    ],
    store: StoreOption = None,
    least: Annotated[
        int, typer.Option(min=2, help="The fewest interviews of which may be told what they say together")
    ] = 3,
) -> None:
    """Make or renew a store of what anybody may see: public sources, and what interviews say without who said it."""
    from api.publish_command import say_publication  # only this command needs it

    say_publication(_out, _err, open_store(store), folder, least)


@app.command("questions")
def questions(
    number: Annotated[
        int | None, typer.Argument(help="The question to answer. Without it: all of them", show_default=False)
    ] = None,
    as_of: AsOfOption = None,
    sparql: Annotated[bool, typer.Option("--sparql", help="Print the query instead of the answer")] = False,
    format: FormatOption = None,
    store: StoreOption = None,
) -> None:
    """List the questions that Joinedup answers, or answer one of them."""
    from api.questions_command import say_answer, say_questions  # only this command needs it

    chosen = format or (Format.table if _out.is_terminal else Format.csv)
    if number is None:
        say_questions(_out, chosen)
    else:
        say_answer(_out, open_store(store).dataset(), number, as_of, chosen, sparql=sparql)


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
    """Ask the store a SPARQL query. The usual prefixes (ju, c, org, prov, skos, dcterms, rdf, rdfs, xsd and more) are known."""
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
    print_table(_out, names, rows)
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
    allow_judging: Annotated[
        bool,
        typer.Option(
            "--allow-judging", help="Let everyone who reaches the pages judge which things are the same"
        ),
    ] = False,
    allow_writing: Annotated[
        bool,
        typer.Option(
            "--allow-writing",
            help="Let programs on this machine write: SPARQL updates, and graphs at /graph-store",
        ),
    ] = False,
) -> None:
    """Serve pages, data and SPARQL over HTTP."""
    from api.serve_command import check_address, run_server  # only this command needs the server

    settings = Settings(
        store=store, any_host=trust_network, allow_judging=allow_judging, allow_writing=allow_writing
    )
    check_address(host, settings)
    opened = open_store(store)
    if load_first:
        _report(load(opened, load_first))
    run_server(opened, settings, host, port)


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
    print_table(_out, ["source", "outcome", "rows", "what they hold", "statements"], rows)
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


add_same(app, _out)
add_network(app, _out, _err)
add_analyses(app, _out)
