"""How `joinedup publish` prints what it published, and what it kept back."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from api.printing import print_table
from graph.publication import PublicationReport, publish
from graph.store import Store


def say_publication(out: Console, err: Console, store: Store, folder: Path, least: int) -> None:
    """Publish a store into a folder, and print how much of it was published.

    Raises BadParameter, StoreUnusable and StoreBusy, as publishing does.
    """
    report = publish(store, folder, least=least)
    rows = [[s.name, s.outcome, f"{s.statements:,}", f"{s.of:,}"] for s in report.sources]
    if rows:
        print_table(out, ["public source", "published", "statements", "of"], rows)
    notes = [*report.notes]
    if not rows:
        notes.append(
            "No source is marked public. Load those that anybody may see again with --marking public."
        )
    for note in notes:
        err.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)
    for line in _summary(report):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _summary(report: PublicationReport) -> tuple[str, str]:
    """How many of how many edges, and how many of how many sources."""
    rest = f"fewer than {report.least} interviews or name something that is not public"
    sources = sum(bool(source.statements) for source in report.sources)
    return (
        f"{report.published:,} of {report.edges:,} edges published; the others rest on {rest}.",
        f"{sources:,} of {report.of_sources:,} sources published. The publication is at version {report.version}.",
    )
