"""The day as at which a page, a list or the network holds: one parameter, declared once."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from graph.analysis import asked_day


def _asked(
    as_of: Annotated[
        str,
        Query(
            description="The day as at which it holds; empty for the newest",
            json_schema_extra={"format": "date"},
        ),
    ] = "",
) -> date | None:
    return asked_day(as_of)


AsOf = Annotated[date | None, Depends(_asked)]
"""What a route takes; a text that is no day is refused as an analysis refuses it."""
