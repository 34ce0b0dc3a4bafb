"""How `joinedup export` writes a store, and says what it wrote."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from graph.errors import JoinedupError
from graph.export import ENDINGS, Exported, export
from graph.store import Store


def say_export(
    err: Console, store: Store, output: Path | None, format: str | None, source: str | None, audience: str
) -> None:
    """Write what an audience may see of a store to a file, or to standard output, and say on standard error what was written.

    A file is written whole or not at all. Raises NotFound and StoreUnusable, as exporting does, and JoinedupError
    where the file cannot be written.
    """
    chosen = format or ENDINGS.get(output.suffix.lower() if output else "", "nquads")
    if output is None:
        report = export(store, sys.stdout.buffer, chosen, source, audience)
    else:
        report = _to_file(store, output, chosen, source, audience)
    said = f"Wrote {report.statements:,} statements of {report.sources:,} {'source' if report.sources == 1 else 'sources'}"
    judged = f" and {report.judgements:,} {'judgement' if report.judgements == 1 else 'judgements'} on things named twice"
    said += judged if report.judgements else ""
    where = f" to {output}" if output else ""
    may = f" Whoever gets it sees what is marked {report.marking}." if report.marking != "public" else ""
    err.print(f"{said}{where}.{may}", markup=False, highlight=False, soft_wrap=True)


def _to_file(store: Store, output: Path, format: str, source: str | None, audience: str) -> Exported:
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            report = export(store, file, format, source, audience)
        unfinished.replace(output)
    except OSError as failure:
        raise JoinedupError(
            f"{output.name} cannot be written: {failure.strerror or 'no reason given'}."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return report
