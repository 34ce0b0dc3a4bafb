"""What the first page says: figures, freshness and the answers in one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from graph.analysis import Result, find_analysis
from graph.dataset import Dataset, once
from graph.evidence import evidence
from graph.listing import how_many, listing
from ontology.terms import PROV
from visualisations.links import Link
from visualisations.words import day, plain


@dataclass(frozen=True)
class Figure:
    """A number, what it counts and where that can be seen."""

    value: int
    words: str
    href: str
    of: int | None = None


@dataclass(frozen=True)
class Answer:
    """An analysis and its answer in one sentence."""

    link: Link
    question: str
    summary: str


_ON_FIRST_PAGE = ("shared_blockers", "missing_ties", "silo_overview")


@once(4)
def answered(dataset: Dataset, as_of: date | None = None) -> dict[str, Result[Any]]:
    """The answers of the analyses that the first page tells of, with their defaults, as of a day."""
    return {name: find_analysis(name).run(dataset, {"as_of": as_of}) for name in _ON_FIRST_PAGE}


def figures(dataset: Dataset, as_of: date | None = None) -> list[Figure]:
    """How much there is of what, each with the page that shows it."""
    known = evidence(dataset, as_of)
    answers = answered(dataset, as_of)
    blockers, ties = answers["shared_blockers"], answers["missing_ties"]
    silent = sum(row.ties == 0 for row in ties.rows)
    return [
        *(
            Figure(how_many(dataset, kind, as_of), kind, f"/{kind}")
            for kind in ("programmes", "departments", "interviews", "findings")
        ),
        Figure(blockers.of, "standing barriers", "/analyses/shared-blockers?min_departments=1", None),
        Figure(len(blockers.rows), "shared blockers", "/analyses/shared-blockers", blockers.of),
        Figure(silent, "pairs without a tie", "/analyses/missing-ties", len(ties.rows)),
        Figure(
            len(known.interviewed),
            "programmes with an interview",
            "/analyses/silo-overview#programmes",
            len(known.programmes),
        ),
    ]


def answers(dataset: Dataset, as_of: date | None = None) -> list[Answer]:
    """Each question with its answer in one sentence."""
    found = [(find_analysis(name), result) for name, result in answered(dataset, as_of).items()]
    return [Answer(Link(a.title, f"/analyses/{a.command}"), a.question, r.summary) for a, r in found]


def freshness(dataset: Dataset, as_of: date | None = None) -> str:
    """How new the evidence and the data are, in one sentence."""
    sources = listing(dataset, "sources", per_page=1000)
    place = sources.kind.columns.index(str(PROV.generatedAtTime))
    newest = max((v.text for e in sources.entries for v in e.cells[place]), default="")
    loaded = f"data loaded at {plain(newest)}" if newest else "no data loaded"
    return f"Evidence to {day(evidence(dataset, as_of).as_of)}; {loaded}; version {dataset.version} of the store."
