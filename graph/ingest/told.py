"""What a load did, or why it was refused, as plain data, so that a process or a client can be told all of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from graph.errors import Issue
from graph.ingest.load import LoadReport


def report_data(report: LoadReport) -> dict[str, Any]:
    """The report, with the sentence that ends it."""
    return {
        "sources": [asdict(source) for source in report.sources],
        "warnings": issues_data(report.warnings),
        "notes": report.notes,
        "dry_run": report.dry_run,
        "version": report.version,
        "says": ending(report),
    }


def issues_data(issues: Iterable[Issue]) -> list[dict[str, Any]]:
    """Each issue with its place, what is wrong, what to do, and the sentence that says it all."""
    return [{**asdict(issue), "says": str(issue)} for issue in issues]


def ending(report: LoadReport) -> str:
    """What a report comes to, in a sentence."""
    changed = sum(s.outcome != "unchanged" for s in report.sources)
    last = "Dry run: nothing was loaded." if report.dry_run else f"The store is at version {report.version}."
    return f"{changed} of {len(report.sources)} sources changed, {len(report.warnings)} warnings. {last}"
