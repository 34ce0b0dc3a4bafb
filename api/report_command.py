"""`joinedup draw` and `joinedup report`: pictures and deep dives as files that open anywhere, to be sent and printed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.options import AsOfOption, AudienceOption, StoreOption
from graph.analysis import asked_day
from graph.audiences import view
from graph.errors import BadParameter, JoinedupError
from graph.store import open_store


def add_report(app: typer.Typer, out: Console, err: Console) -> None:
    """Give the command line its commands for pictures and reports."""

    @app.command("draw")
    def draw(
        name: Annotated[
            str,
            typer.Argument(help="An analysis, such as shared-blockers, or a network, such as stakeholders"),
        ],
        output: Annotated[Path, typer.Option("-o", "--output", help="The page to write")],
        audience: AudienceOption = "sensitive",
        store: StoreOption = None,
    ) -> None:
        """Write one stand-alone page that shows an analysis or a network as a picture and opens without a connection."""
        from visualisations.standalone import (
            draw as drawn,  # pyvis is slow to import, and only this command needs it
        )

        _write(output, drawn(view(open_store(store), audience).dataset(), name).encode())
        out.print(f"Wrote {output}.", markup=False, highlight=False)

    @app.command("report")
    def report(
        deep_dive: Annotated[str, typer.Argument(help="Its name, or the end of its address")],
        output: Annotated[
            Path, typer.Option("-o", "--output", help="The file to write: .html, .pdf or .docx")
        ],
        as_of: AsOfOption = None,
        audience: AudienceOption = "sensitive",
        store: StoreOption = None,
    ) -> None:
        """Write the report of a deep dive: its question, whom it asked, what it found, and who is to do what by when."""
        from graph.report import report as reported  # only this command needs it
        from visualisations.report import FORMS

        written = FORMS.get(output.suffix.lower())
        if written is None:
            raise BadParameter(f"{output.name}: a report is written as {', '.join(FORMS)}. Name such a file.")
        made = reported(view(open_store(store), audience).dataset(), deep_dive, as_of=asked_day(as_of or ""))
        _write(output, written(made))
        err.print(f"Wrote {output}.", markup=False, highlight=False)


def _write(output: Path, data: bytes) -> None:
    try:
        output.write_bytes(data)
    except OSError as failure:
        raise JoinedupError(
            f"{output.name} cannot be written: {failure.strerror or 'no reason given'}."
        ) from None
