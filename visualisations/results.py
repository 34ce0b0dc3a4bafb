"""The answer to a SPARQL query as a table."""

from __future__ import annotations

from urllib.parse import urlencode

from graph.questions import questions
from ontology.terms import DEFAULT_BASE
from visualisations.links import Link, link
from visualisations.tables import Cell, Column, Row, Table

Answer = tuple[list[str], list[list[tuple[str | None, str]]], int, float, int]
"""Columns, rows of (IRI or None, text), rows in all, seconds, rows shown."""

_AUDIENCES = {
    "analyst": "Analysts ask",
    "lead": "Leads ask",
    "SPARQL user": "Those who know SPARQL ask",
    "tool": "Programs ask",
}


def results_table(answer: Answer) -> Table:
    """The rows as they came; an IRI may come as an address on this site ("/id/...")."""
    columns, rows, total, _, shown = answer
    lines = (Row(tuple(_cell(iri, text) for iri, text in row)) for row in rows[:shown])
    return Table(
        "Results",
        tuple(Column(c) for c in columns),
        tuple(lines),
        f"{min(shown, len(rows)):,} of {total:,} rows",
        id="results",
    )


def formats(query: str) -> list[Link]:
    """The same query answered as a file."""
    return [
        Link(name, f"/sparql?{urlencode({'query': query, 'format': name.lower()})}")
        for name in ("CSV", "JSON")
    ]


def questions_by_audience() -> dict[str, list[Link]]:
    """Links that ask the questions that come with Joinedup, by who asks them."""
    found: dict[str, list[Link]] = {}
    for question in questions().values():
        link_ = Link(f"{question.number}. {question.asks}", f"/sparql?question={question.number}")
        found.setdefault(_AUDIENCES[question.audience], []).append(link_)
    return found


def _cell(iri: str | None, text: str) -> Cell:
    ours = iri is not None and iri.startswith("/") and not iri.startswith("//")
    shown = Link(text, iri) if ours else link(DEFAULT_BASE, iri, text)
    return Cell((shown,), text.lower() if iri else text)
