"""The page to load files: the form, and what became of a load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from visualisations.links import Link
from visualisations.rendering import render
from visualisations.tables import Cell, Column, Row, Table, cut, words

WHERE_LOADING = "<!--may-load-->"
"""What stands in the navigation of every page where those who may load files see the way to it."""


def way_to_load(page: str, *, here: bool = False) -> str:
    """A page with the way to the form in its navigation."""
    current = ' aria-current="page"' if here else ""
    return page.replace(WHERE_LOADING, f'<li><a href="/load"{current}>Load</a></li>', 1)


def load_page(
    kinds: Sequence[str],
    mappings: Sequence[str],
    markings: Sequence[tuple[str, str]],
    said: Mapping[str, Any],
) -> str:
    """The form, and above it what became of a load: its report, its mistakes, or why it could not be tried."""
    report = said.get("report")
    issues = list(said.get("issues") or (report or {}).get("warnings") or ())
    if report:
        heading = "Nothing was loaded: it was a dry run" if report["dry_run"] else "Loaded"
    elif issues:
        heading = "Nothing was loaded"
    else:
        heading = "That cannot be loaded" if said else ""
    page = render(
        "load.html",
        title=f"{heading} – Load files" if heading else "Load files",
        here="/load",
        trail=(Link("Load files"),),
        accept=",".join([*kinds, ".ttl", ".trig", ".nt", ".nq", ".jsonld", ".rdf", ".owl"]),
        kinds=", ".join(kinds),
        mappings=mappings,
        markings=markings,
        heading=heading,
        sentence=report["says"] if report else said.get("says", ""),
        wrong=not report,
        notes=report["notes"] if report else (),
        sources=_sources(report) if report else None,
        issues=_issues(issues, refused=not report) if issues else None,
    )
    return way_to_load(page, here=True)


def _sources(report: Mapping[str, Any]) -> Table:
    columns = (
        Column("Source"),
        Column("Outcome"),
        Column("Rows", True),
        Column("What they hold", wide=True),
        Column("Statements", True),
    )
    rows = [
        Row(
            (
                words(source["name"]),
                words(
                    f"would be {source['outcome']}"
                    if report["dry_run"] and source["outcome"] != "unchanged"
                    else source["outcome"]
                ),
                _number(source["records"]),
                words(", ".join(f"{name}: {n:,}" for name, n in source["rows"].items())),
                _number(source["statements"]),
            )
        )
        for source in report["sources"]
    ]
    return cut("Sources of this load", columns, rows, "source", id="sources")


def _issues(issues: Sequence[Mapping[str, Any]], *, refused: bool) -> Table:
    columns = (
        Column("File"),
        Column("Row", True),
        Column("Column"),
        Column("Value"),
        Column("What is wrong", wide=True),
        Column("What to do", wide=True),
        *((Column("Severity"),) if refused else ()),
    )
    rows = [
        Row(
            (
                words(", sheet ".join(filter(None, (issue["file"], issue["sheet"])))),
                _number(issue["row"]) if issue["row"] is not None else words(""),
                words(issue["column"] or ""),
                words(_short(issue["value"])),
                words(issue["reason"]),
                words(issue["remedy"]),
                *((words(issue["severity"]),) if refused else ()),
            )
        )
        for issue in issues
    ]
    caption = "What is to be corrected" if refused else "What somebody should look at"
    return cut(
        caption,
        columns,
        rows,
        "error or warning" if refused else "warning",
        "errors and warnings" if refused else "",
        id="issues",
    )


def _number(value: int) -> Cell:
    return Cell((Link(f"{value:,}"),), str(value), number=True)


def _short(value: str | None) -> str:
    text = " ".join((value or "").split())
    return text if len(text) <= 80 else f"{text[:79]}…"
