"""How `joinedup validate` prints what it found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from graph.store import Store
from graph.validation import Validation, validate_files, validate_store

MOST_SHOWN = 20
"""Of the things in one group; the rest are counted."""


def say_validation(out: Console, store: Store, paths: Sequence[Path], mapping: str | None) -> bool:
    """Validate files, or the store where none is named, and print what is found; whether nothing must be corrected."""
    found = validate_files(store, paths, mapping) if paths else validate_store(store)
    _say(out, found)
    return found.conforms


def _say(out: Console, validation: Validation) -> None:
    for issue in validation.issues:
        _line(out, issue.severity.capitalize(), str(issue), issue.severity == "error")
    for group in validation.groups:
        head = f"{group.message} ({len(group.things):,} of {group.of:,})"
        _line(out, group.severity, head, group.severity == "Violation")
        for thing in group.things[:MOST_SHOWN]:
            row = f", from {thing.row}" if thing.row else ""
            label = "" if thing.label == thing.iri else f"{thing.label} "
            out.print(f"  {label}<{thing.iri}>{row}", markup=False, highlight=False, soft_wrap=True)
        if len(group.things) > MOST_SHOWN:
            out.print(f"  and {len(group.things) - MOST_SHOWN:,} more", highlight=False)
    out.print(_summary(validation), style="bold", markup=False, highlight=False, soft_wrap=True)


def _summary(validation: Validation) -> str:
    errors = sum(issue.severity == "error" for issue in validation.issues)
    rows = f"Rows: {_count(errors, 'error')}, {_count(len(validation.issues) - errors, 'warning')}. "
    shown = rows if validation.issues else ""
    if validation.not_run:
        return f"{shown}{validation.not_run}"
    by = {
        severity: [thing.iri for g in validation.groups if g.severity == severity for thing in g.things]
        for severity in ("Violation", "Warning", "Info")
    }
    named = ", ".join(
        _count(len(by[severity]), word)
        for severity, word in (("Violation", "violation"), ("Warning", "warning"), ("Info", "note"))
    )
    affected = len({iri for iris in by.values() for iri in iris})
    return f"{shown}Shapes: {named}, in {affected:,} of {validation.things:,} things."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _line(out: Console, severity: str, text: str, grave: bool) -> None:
    style = "bold red" if grave else "bold"
    out.print(Text.assemble((f"{severity}: ", style), text), soft_wrap=True, highlight=False)
