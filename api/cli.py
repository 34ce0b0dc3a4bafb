"""The command line: `joinedup load`, `validate`, `publish`, `questions`, `query`, `serve`, `draw`, `template`, and the analyses."""

from __future__ import annotations

import gc
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
from api.audit_command import add_audit
from api.entrance_options import (
    BehindProxy,
    HostNames,
    OidcAudience,
    OidcClaim,
    OidcIssuer,
    Public,
    RequireToken,
    TlsCert,
    TlsKey,
)
from api.network_command import add_network
from api.options import (
    AsOfOption,
    AudienceOption,
    Format,
    FormatOption,
    MappingOption,
    OutputOption,
    StoreOption,
)
from api.printing import print_table
from api.queries_command import add_queries
from api.report_command import add_report
from api.same_command import add_same
from api.settings import Entrance, Settings
from api.settings_file import PREFIX, Level, LogFormat, LogLevel, QuerySeconds, QueryWorkers, SettingsFile
from api.token_command import add_tokens
from api.upkeep_commands import add_upkeep
from graph.errors import Issue, JoinedupError, LoadRefused
from graph.ingest.load import LoadReport, load
from graph.ingest.template import write_template
from graph.ingest.told import ending
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


_COLLECTED = (50_000, 20, 1)
"""New objects after which Python looks for rings of garbage among the young, the older and all: the evidence of a large store
is millions of objects without a ring, and to look through them as often as usual takes a third of the time of reading it."""

_MANY = 200_000
"""After a load of so many statements, what every page needs is read once at its end, and not while somebody waits for a page."""


def main() -> None:
    """Run the command line; every foreseen error is one plain sentence and exit code 1."""
    gc.set_threshold(*_COLLECTED)
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
    if report.statements >= _MANY and not dry_run:
        from api.warming import keep_first  # slow to import

        with _err.status("It is loaded. Reading once what every page needs …"):
            keep_first(opened.dataset())


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
    audience: AudienceOption = "sensitive",
    store: StoreOption = None,
) -> None:
    """Write everything that the sources say as RDF, to be loaded elsewhere."""
    from api.export_command import say_export  # only this command needs it

    say_export(_err, open_store(store), output, format, source, audience)


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


@app.command("serve", context_settings={"auto_envvar_prefix": PREFIX})
def serve(
    settings: SettingsFile = None,
    store: StoreOption = None,
    host: Annotated[str, typer.Option(help="The address to listen on")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for a free one")
    ] = 8000,
    load_first: Annotated[
        list[Path] | None, typer.Option("--load", help="Load these tables before serving", show_default=False)
    ] = None,
    require_token: RequireToken = False,
    public: Public = False,
    host_name: HostNames = None,
    behind_proxy: BehindProxy = "",
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    oidc_issuer: OidcIssuer = "",
    oidc_audience: OidcAudience = "",
    oidc_claim: OidcClaim = "roles",
    allow_judging: Annotated[
        bool,
        typer.Option("--allow-judging", help="Let everyone on this machine judge which things are the same"),
    ] = False,
    allow_writing: Annotated[
        bool,
        typer.Option(
            "--allow-writing",
            help="Let programs on this machine write: SPARQL updates, and graphs at /graph-store",
        ),
    ] = False,
    workers: QueryWorkers = 2,
    query_seconds: QuerySeconds = 10.0,
    log_level: LogLevel = Level.warning,
    log_format: LogFormat = None,
) -> None:
    """Serve pages, data and SPARQL over HTTP."""
    from api.serve_command import entered, run_server  # only this command needs the server

    entrance = Entrance(
        require_token=require_token,
        public=public,
        host_names=tuple(host_name or ()),
        behind_proxy=behind_proxy,
        tls_cert=tls_cert,
        tls_key=tls_key,
        oidc_issuer=oidc_issuer,
        oidc_audience=oidc_audience,
        oidc_claim=oidc_claim,
    )
    chosen = Settings(
        store=store,
        entrance=entrance,
        allow_judging=allow_judging,
        allow_writing=allow_writing,
        workers=workers,
        query_seconds=query_seconds,
        log_level=log_level,
        log_format=log_format or "",
    )
    opened = open_store(store)
    entered(opened, chosen, host)
    if load_first:
        _report(load(opened, load_first))
    run_server(opened, chosen, host, port)


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
    _out.print(ending(report), highlight=False)


def _say(issue: Issue) -> None:
    _err.print(
        Text.assemble(
            (f"{issue.severity.capitalize()}: ", "bold red" if issue.severity == "error" else "bold"),
            str(issue),
        ),
        soft_wrap=True,
        highlight=False,
    )


add_report(app, _out, _err)
add_same(app, _out)
add_queries(app, _out)
add_audit(app, _out, _err)
add_tokens(app, _out, _err)
add_network(app, _out, _err)
add_upkeep(app, _out, _err)
add_analyses(app, _out)
