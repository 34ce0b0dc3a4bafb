"""The report of a deep dive: its question, whom it asked, what it found, what it recommends and who acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyoxigraph import NamedNode

from graph.analyses.corroboration import Corroboration, corroboration
from graph.analyses.evidence_coverage import EvidenceCoverage, evidence_coverage
from graph.analyses.follow_up import Followed, follow_up
from graph.analyses.front_line_gap import front_line_gap
from graph.analyses.shared_blockers import SharedBlocker, shared_blockers
from graph.analysis import Result
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.scope import scoped

LEVELS_WANTED = 3
"""A deep dive that heard fewer levels than this tells so."""
_STRENGTHS = ("single-source", "moderate", "strong")


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: a barrier, how many independent interviews bear it out, and how well."""

    label: str
    value: int
    strength: str
    against: int


@dataclass(frozen=True)
class Part:
    """One part of a report: a few sentences, perhaps a table, and what to read with care."""

    id: str
    title: str
    words: tuple[str, ...]
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    care: tuple[str, ...] = ()
    bars: tuple[Bar, ...] = ()
    """What its picture shows; its table says the same."""


@dataclass(frozen=True)
class Report:
    """What a deep dive has to say, on a day, in the order in which it is read."""

    title: str
    questions: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    as_of: date


@dataclass(frozen=True)
class _Work:
    """What is written down of the deep dive itself."""

    questions: frozenset[str]
    days: frozenset[str]
    programmes: frozenset[str]
    addressed: Mapping[str, frozenset[str]]
    """The barriers that each recommendation is to lower."""
    asked: Mapping[str, frozenset[str]]
    """Who is asked to act on each."""
    actions: Mapping[str, frozenset[str]]
    """What was agreed to carry each out."""


def report(dataset: Dataset, deep_dive: str, *, as_of: date | None = None) -> Report:
    """The report of one deep dive: named by the end of its address, its whole address or its label.

    Everything in it is an answer of an analysis of that deep dive alone, but for whom else a barrier holds back. Raises
    BadParameter, with the choices, where there is no such deep dive.

    Examples
    --------
    >>> from graph.store import open_store
    >>> report(open_store("memory").dataset(), "early-help")
    Traceback (most recent call last):
    ...
    graph.errors.BadParameter: deep_dive: there is no deep dive “early-help”. None is loaded.
    """
    iri = scoped(dataset, deep_dive=deep_dive).deep_dive
    if iri is None:
        raise BadParameter("deep_dive: name the deep dive that the report is of.")
    work = _work(dataset, iri)
    found = corroboration(dataset, deep_dive=iri, as_of=as_of)
    asked = evidence_coverage(dataset, deep_dive=iri, as_of=as_of)
    here = shared_blockers(dataset, min_departments=1, deep_dive=iri, as_of=as_of)
    everywhere = shared_blockers(dataset, min_departments=1, as_of=as_of)
    acted = follow_up(dataset, deep_dive=iri, as_of=as_of)
    names = sorted((dataset.label(p) for p in work.programmes), key=str.lower)
    return Report(
        dataset.label(iri),
        tuple(sorted(work.questions)),
        tuple(
            (name, value)
            for name, value in (
                ("Programmes", ", ".join(names)),
                ("Work", " to ".join(sorted(work.days))),
                ("Evidence to", found.as_of.isoformat()),
            )
            if value
        ),
        (
            _short(found, here),
            _sample(asked),
            _barriers(found),
            _shared(here, everywhere),
            _heard_below(dataset, iri, as_of),
            _recommended(dataset, work, acted),
        ),
        found.as_of,
    )


def _work(dataset: Dataset, dive: str) -> _Work:
    own: defaultdict[str, set[str]] = defaultdict(set)
    recommended: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in dataset.select("report", dive=NamedNode(dive)):
        recommendation = row.pop("recommendation", None)
        into = own if recommendation is None else recommended[recommendation]
        for name, value in row.items():
            into[name].add(value)

    def each(name: str) -> dict[str, frozenset[str]]:
        return {recommendation: frozenset(of[name]) for recommendation, of in recommended.items()}

    return _Work(
        frozenset(own["question"]),
        frozenset(own["from"] | own["until"]),
        frozenset(own["programme"]),
        each("barrier"),
        each("asked"),
        each("action"),
    )


def _short(found: Result[Corroboration], here: Result[SharedBlocker]) -> Part:
    if not found.rows:
        return Part("short", "In short", ("No barrier was found that still stands.",))
    times = {name: sum(row.strength == name for row in found.rows) for name in _STRENGTHS}
    said = [
        f"{_number(len(found.rows), 'barrier stands', 'barriers stand')}: {times['strong']} borne out strongly, "
        f"{times['moderate']} moderately, {times['single-source']} by a single source."
    ]
    if here.rows:
        top = here.rows[0]
        said.append(
            f"“{top.barrier.label}” reaches furthest: {_number(top.programmes, 'programme', 'programmes')} of "
            f"{_number(top.departments, 'department', 'departments')}, told in {_number(top.interviews, 'interview', 'interviews')}."
        )
    return Part("short", "In short", tuple(said))


def _sample(asked: Result[EvidenceCoverage]) -> Part:
    held = [row for row in asked.rows if row.interviews]
    silent = [row.level.label.lower() for row in asked.rows if not row.interviews]
    said = [
        f"{_number(sum(row.interviews for row in held), 'interview', 'interviews')} at {len(held)} of {len(asked.rows)} levels."
    ]
    if silent:
        said.append(f"Nobody was heard at these: {', '.join(silent)}.")
    if len(held) < LEVELS_WANTED:
        said.append(f"At least {LEVELS_WANTED} levels are wanted.")
    return Part(
        "sample",
        "Who was asked",
        tuple(said),
        ("Level", "Interviews", "Organisations", "Barriers spoken of", "Still unheard, at least"),
        tuple(
            (
                row.level.label,
                str(row.interviews),
                str(row.organisations),
                str(row.barriers),
                "" if row.unheard is None else f"{row.unheard:.1f}",
            )
            for row in asked.rows
        ),
        _care(asked),
    )


def _barriers(found: Result[Corroboration]) -> Part:
    rows = sorted(
        found.rows,
        key=lambda r: (-_STRENGTHS.index(r.strength), -r.independent, -r.programmes, r.barrier.label),
    )
    return Part(
        "barriers",
        "What stands in the way, and how sure that is",
        (found.summary,),
        ("Barrier", "Strength", "Independent interviews", "Datasets", "Programmes", "Against it"),
        tuple(
            (
                row.barrier.label,
                row.strength,
                str(row.independent),
                str(row.datasets),
                str(row.programmes),
                str(len(row.against)),
            )
            for row in rows
        ),
        _care(found),
        tuple(Bar(r.barrier.label, r.independent, r.strength, len(r.against)) for r in rows),
    )


def _shared(here: Result[SharedBlocker], everywhere: Result[SharedBlocker]) -> Part:
    """Those that hold back several departments here, and those that hold back more where others looked too."""
    mine = {row.barrier.iri: row for row in here.rows}
    wider = [row for row in everywhere.rows if row.barrier.iri in mine and row.departments > 1]
    said = (
        f"{sum(row.departments > 1 for row in here.rows)} of {len(mine)} hold back programmes of two or more departments "
        f"by what this deep dive found; {len(wider)}, by what all deep dives and data found."
    )
    return Part(
        "shared",
        "What several departments share",
        (said,),
        ("Barrier", "Departments here", "Departments in all", "Programmes in all"),
        tuple(
            (
                row.barrier.label,
                str(mine[row.barrier.iri].departments),
                str(row.departments),
                str(row.programmes),
            )
            for row in wider
        ),
    )


def _heard_below(dataset: Dataset, dive: str, as_of: date | None) -> Part:
    gap = front_line_gap(dataset, deep_dive=dive, as_of=as_of)
    return Part("front-line", "What the front line says", (gap.summary,), care=_care(gap))


def _recommended(dataset: Dataset, work: _Work, acted: Result[Followed]) -> Part:
    state = {row.action.iri: row for row in acted.rows}
    rows = sorted(_lines(dataset, work, state), key=lambda row: (row[0].lower(), row[3]))
    bare = sum(not iris & state.keys() for iris in work.actions.values())
    said = [f"{_number(len(work.actions), 'recommendation', 'recommendations')}. {acted.summary}"]
    if bare:
        said.append(f"For {bare} of them no action is agreed.")
    if not work.actions:
        said = ["Nothing was recommended yet."]
    return Part(
        "recommendations",
        "What is to be done, and by whom",
        tuple(said),
        ("Recommendation", "Lowers", "Asked of", "Action", "Owner", "Due", "State"),
        tuple(rows),
        _care(acted) if rows else (),
    )


def _lines(
    dataset: Dataset, work: _Work, state: Mapping[str, Followed]
) -> Iterator[tuple[str, str, str, str, str, str, str]]:
    for recommendation, actions in work.actions.items():
        head = (
            dataset.label(recommendation),
            _names(dataset, work.addressed[recommendation]),
            _names(dataset, work.asked[recommendation]),
        )
        known = [state[action] for action in sorted(actions) if action in state]
        for row in known:
            yield *head, row.action.label, row.owner.label, row.due.isoformat(), row.state
        if not known:
            yield *head, "none agreed", "", "", ""


def _names(dataset: Dataset, iris: frozenset[str]) -> str:
    return "; ".join(sorted((dataset.label(iri) for iri in iris), key=str.lower))


def _care(result: Result[Any]) -> tuple[str, ...]:
    """Its caveats, without the one that says which deep dive it is about."""
    return tuple(caveat for caveat in result.caveats if not caveat.startswith("Only "))


def _number(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"
