"""`joinedup network`: a network of the graph as a file that other tools open."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from api.options import AsOfOption, OutputOption, StoreOption
from api.printing import print_table
from graph.analysis import asked_day
from graph.errors import JoinedupError
from graph.network_files import FORMS, find_form, write
from graph.projections import PROJECTIONS, find_projection
from graph.store import open_store


def add_network(app: typer.Typer, out: Console, err: Console) -> None:
    """Give the command line its command for networks."""

    @app.command("network")
    def network(
        kind: Annotated[
            str | None,
            typer.Argument(
                help=f"{', '.join(PROJECTIONS)}. Without it: say what each holds", show_default=False
            ),
        ] = None,
        output: OutputOption = None,
        format: Annotated[
            str | None,
            typer.Option(
                help=f"{', '.join(FORMS)}. Without it: by the ending of the file, else csv",
                show_default=False,
            ),
        ] = None,
        as_of: AsOfOption = None,
        store: StoreOption = None,
    ) -> None:
        """Write a network for another tool: GraphML, GEXF, Cytoscape or node-link JSON, Pajek, or CSV of its edges."""
        if kind is None:
            print_table(out, ["network", "holds"], [[p.kind, p.holds] for p in PROJECTIONS.values()])
            return
        projection = find_projection(kind)
        form = find_form(format or (output.suffix if output else "") or "csv")
        made = projection.of(open_store(store).dataset(), asked_day(as_of or ""))
        text = write(made, form.suffix)
        if output is None:
            sys.stdout.buffer.write(text.encode("utf-8"))
            return
        try:
            output.write_bytes(text.encode("utf-8"))
        except OSError as failure:
            raise JoinedupError(
                f"{output.name} cannot be written: {failure.strerror or 'no reason given'}."
            ) from None
        err.print(
            f"Wrote {len(made):,} nodes and {made.number_of_edges():,} edges as {form.name} to {output}.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
