"""Options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graph.ingest.mapping import shipped

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="JOINEDUP_STORE",
        help="Folder of the store, “memory”, or the address of a SPARQL engine. Without it: your own data folder.",
        show_default=False,
    ),
]

MappingOption = Annotated[
    str | None,
    typer.Option(
        help=f"How to read a foreign table: {', '.join(shipped())}, or a .toml file", show_default=False
    ),
]


OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="The file to write. Without it: standard output", show_default=False),
]

AudienceOption = Annotated[
    str,
    typer.Option(help="Only what this audience may see: public, analyst or sensitive, which is everything"),
]

AsOfOption = Annotated[
    str | None,
    typer.Option(
        help="The day as at which it holds. Without it: the day of the newest interview", show_default=False
    ),
]


class Format(StrEnum):
    """How an answer is printed."""

    table = "table"
    csv = "csv"
    json = "json"


FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        help="table, csv or json. Without it: a table on a terminal, CSV elsewhere.",
        show_default=False,
    ),
]
