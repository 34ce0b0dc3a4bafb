"""`joinedup audit`: who wrote to a store, and whether the log of it is whole."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from api.options import Format, FormatOption, StoreOption
from api.printing import print_table
from graph.audit import faults, lines
from graph.errors import BadParameter
from graph.store import Store, open_store
from graph.tabular import as_csv

_COLUMNS = ("when", "who", "what", "outcome", "before", "after", "of what")
_OWN = {"n", "prev", "hash", *_COLUMNS}


def add_audit(app: typer.Typer, out: Console, err: Console) -> None:
    """Give the command line `joinedup audit`."""

    @app.command("audit")
    def audit(
        since: Annotated[
            str, typer.Option(help="From this day on, such as 2026-01-31", show_default=False)
        ] = "",
        verify: Annotated[
            bool, typer.Option("--verify", help="Say whether lines were changed or are missing")
        ] = False,
        format: FormatOption = None,
        store: StoreOption = None,
    ) -> None:
        """Say who wrote to the store and when, and what was refused; never what was written."""
        chosen = format or (Format.table if out.is_terminal else Format.csv)
        if not say_audit(out, err, open_store(store), since, chosen, verify=verify):
            raise typer.Exit(1)


def say_audit(out: Console, err: Console, store: Store, since: str, format: Format, *, verify: bool) -> bool:
    """Print what was recorded since a day, or say what is wrong with the log; whether it is whole.

    Raises BadParameter for what is no day.
    """
    if verify:
        wrong = faults(store.path, store.version)
        for fault in wrong:
            err.print(fault, markup=False, highlight=False)
        whole = f"The log is whole: {len(lines(store.path)):,} lines, up to version {store.version}."
        out.print(whole if not wrong else "The log is not whole.", highlight=False)
        return not wrong
    if since and not (len(since) >= 10 and since[:4].isdigit() and since[4] == since[7] == "-"):
        raise BadParameter("--since: give a day, such as 2026-01-31.")
    found = lines(store.path, since)
    if format is Format.json:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return True
    rows = [_row(entry) for entry in found]
    if format is Format.csv:
        sys.stdout.write(as_csv([list(_COLUMNS), *rows]))
    else:
        print_table(out, list(_COLUMNS), rows)
        out.print(f"{len(rows):,} of {len(lines(store.path)):,} lines", highlight=False)
    return True


def _row(entry: dict[str, Any]) -> list[str]:
    of = "; ".join(f"{name}: {_shown(value)}" for name, value in entry.items() if name not in _OWN)
    return [*(str(entry.get(name, "")) for name in _COLUMNS[:-1]), of]


def _shown(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    short = [str(v).rsplit("/", 1)[-1] for v in value[:5]]
    return ", ".join(short) + (f" and {len(value) - 5} more" if len(value) > 5 else "")
