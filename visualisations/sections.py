"""The parts of the page of a barrier, a programme or a department that show the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from graph.analyses.shared_blockers import reached
from graph.dataset import Dataset
from graph.evidence import Evidence, Finding, Tie, evidence
from graph.things import Description
from ontology.terms import JU
from visualisations.evidence_tables import (
    barriers_table,
    departments_table,
    findings_table,
    programmes_table,
    ties_table,
)
from visualisations.links import Link, slug, with_query
from visualisations.programmes import ratings, ratings_table
from visualisations.tables import Table
from visualisations.words import count, listed


@dataclass(frozen=True)
class Section:
    """One part of a page, with the id that numbers elsewhere lead to."""

    id: str
    title: str
    words: str
    table: Table | None
    links: tuple[Link, ...] = ()


def sections(dataset: Dataset, description: Description, as_of: date | None = None) -> list[Section]:
    """What the page of a thing shows beside its facts; nothing for most kinds."""
    iri = description.thing.iri
    kinds = {kind.iri for kind in description.kinds}
    known = evidence(dataset, as_of)
    if str(JU.Barrier) in kinds:
        removed = _removed(description)
        gone = removed is not None and removed <= known.as_of
        return _barrier(
            dataset,
            evidence(dataset, removed - timedelta(days=1)) if removed and gone else known,
            iri,
            gone,
            as_of,
        )
    if str(JU.Programme) in kinds:
        return _programme(dataset, known, iri, as_of)
    if str(JU.DeepDive) in kinds:
        return [_deep_dive(iri)]
    if str(JU.Department) in kinds:
        return _department(dataset, known, iri, as_of)
    return []


def _deep_dive(iri: str) -> Section:
    links = tuple(
        Link(words, f"/reports/{quote(slug(iri))}.{ending}")
        for words, ending in (("A page", "html"), ("PDF", "pdf"), ("Word", "docx"))
    )
    words = (
        "Its question, whom it asked, what it found, what departments share, and who is to do what by when."
    )
    return Section("report", "Report", words, None, links)


def _barrier(dataset: Dataset, known: Evidence, iri: str, gone: bool, as_of: date | None) -> list[Section]:
    every = known.about_barrier(iri)
    supports, disputes = [f for f in every if f.supports], [f for f in every if not f.supports]
    held = _named(dataset, {f.programme for f in supports})
    answering = _named(dataset, (d for p in held for d in known.departments.get(p, ())))
    against = len({f.source for f in disputes})
    disputed = (
        f"{count(against, 'source disputes', 'sources dispute')} it."
        if against
        else "No finding disputes it."
    )
    as_then = "It was removed; this is how it stood the day before. " if gone else ""

    def findings(id: str, title: str, words: str, found: Sequence[Finding]) -> Section:
        table = findings_table(dataset, found, title, f"{id}-table", without="barrier", q=dataset.label(iri))
        return Section(id, title, words, table if found else None)

    return [
        findings(
            "findings",
            "Findings that support it",
            as_then + _strength(dataset, known, iri, supports),
            supports,
        ),
        findings("disputes", "Findings that dispute it", disputed, disputes),
        Section(
            "programmes",
            "Programmes it holds back",
            f"{len(held)} of {count(len(known.programmes), 'programme')}.",
            programmes_table(dataset, known, held, supports, "findings", as_of) if held else None,
        ),
        Section(
            "departments",
            "Departments that answer for those programmes",
            "" if answering else "None is known.",
            departments_table(dataset, known, answering, supports) if answering else None,
        ),
    ]


def _programme(dataset: Dataset, known: Evidence, iri: str, as_of: date | None) -> list[Section]:
    about = known.about_programmes([iri])
    supports = [f for f in about if f.supports]
    homes = _named(dataset, known.departments.get(iri, ()))
    sources = len({f.source for f in about})
    said = (
        f"{count(len(about), 'finding')} from {count(sources, 'source')}."
        if about
        else "No finding is about it."
    )
    if iri not in known.interviewed:
        said += " Nobody was interviewed about it: a barrier here would not show."
    rated = ratings(dataset, iri, as_of)
    findings = findings_table(
        dataset, about, "Findings about it", "findings-table", without="programme", q=dataset.label(iri)
    )
    return [
        Section(
            "departments",
            "Departments that answer for it",
            "" if homes else "No department answers for it.",
            departments_table(dataset, known, homes, supports) if homes else None,
        ),
        Section(
            "barriers",
            "Barriers that hold it back",
            "Each rests on at least one finding." if supports else "None is known.",
            barriers_table(dataset, known, supports) if supports else None,
        ),
        Section(
            "statuses",
            "Ratings",
            "" if rated else "No assessment is loaded.",
            ratings_table(dataset, rated) if rated else None,
        ),
        Section("findings", "Findings about it", said, findings if about else None),
        _ties(dataset, known, [t for t in known.ties if iri in (t.one, t.other)]),
    ]


def _department(dataset: Dataset, known: Evidence, iri: str, as_of: date | None) -> list[Section]:
    theirs = _named(dataset, (p for p, homes in known.departments.items() if iri in homes))
    about = known.about_programmes(theirs)
    supports = [f for f in about if f.supports]
    everywhere = with_query("/programmes", department=slug(iri))
    return [
        Section(
            "barriers",
            "Barriers that hold its programmes back",
            "" if supports else "None is known.",
            barriers_table(dataset, known, supports) if supports else None,
        ),
        Section(
            "programmes",
            "Programmes it answers for",
            f"{len(theirs)} of {count(len(known.programmes), 'programme')}.",
            programmes_table(dataset, known, theirs, supports, "barriers", as_of, more=everywhere)
            if theirs
            else None,
        ),
        Section(
            "findings",
            "Findings about its programmes",
            "" if about else "No finding is about its programmes.",
            findings_table(dataset, about, "Findings about its programmes", "findings-table")
            if about
            else None,
        ),
        _ties(
            dataset,
            known,
            [t for t in known.ties if iri in known.home(t.one) or iri in known.home(t.other)],
        ),
    ]


def _ties(dataset: Dataset, known: Evidence, ties: Sequence[Tie]) -> Section:
    """The working ties that were seen."""
    said = "" if ties else "None was seen. That nobody saw one does not mean that there is none."
    return Section("ties", "Working ties", said, ties_table(dataset, known, ties) if ties else None)


def _strength(dataset: Dataset, known: Evidence, iri: str, supports: Sequence[Finding]) -> str:
    """How many independent sources bear it out, in one line."""
    if not supports:
        return "No finding supports it."
    [row] = reached(dataset, known, known.supporting.filter(known.supporting["barrier"] == iri))
    places = f"{count(row.organisations, 'organisation')} and {count(row.levels, 'level')}"
    spoken = [f"{count(row.interviews, 'interview')} at {places}"] if row.interviews else []
    datasets = len({f.source for f in supports if not f.interview})
    sources = listed([*spoken, *([count(datasets, "dataset")] if datasets else [])])
    return f"{count(len(supports), 'finding')} from {sources}. Strength: {row.strength}. Mean severity: {row.severity:g} of 5."


def _named(dataset: Dataset, things: Iterable[str]) -> list[str]:
    """Each thing once, by label."""
    return sorted(set(things), key=lambda iri: (dataset.label(iri).lower(), iri))


def _removed(description: Description) -> date | None:
    """The day on which a barrier was gone."""
    days = [
        v.text
        for f in description.facts
        if f.property.iri == str(JU.removedOn) and not f.backwards
        for v in f.values
    ]
    return date.fromisoformat(min(days)) if days else None
