"""Corroboration: how many independent sources does each barrier rest on, and what speaks against it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from graph.analyses.shared_blockers import strength
from graph.analysis import AsOf, AtLevel, InDeepDive, OfDepartment, OfScheme, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import Finding
from graph.naming import meant
from graph.scope import narrowed, scoped


@dataclass(frozen=True)
class Against:
    """What speaks against a barrier: an interview, a dataset, or an organisation that contested a finding."""

    source: Thing
    kind: str


@dataclass(frozen=True)
class Corroboration:
    """One barrier and what it rests on."""

    barrier: Annotated[Thing, column("The barrier")]
    programmes: Annotated[int, column("Programmes it is said to hold back", "programmes")]
    independent: Annotated[
        int,
        column(
            "Independent interviews that say so: those of one visit, or of one level of one organisation, count as one",
            "findings",
        ),
    ]
    per_source: Annotated[
        float | None, column("Programmes for each independent interview; none where no interview says so")
    ]
    against: Annotated[
        Sequence[Against],
        column(
            "What speaks against it: interviews and data that dispute it, and organisations that contested a finding when it was last put to them"
        ),
    ]
    strength: Annotated[
        str,
        column(
            "strong: 3 interviews, 2 organisations, 2 levels, not older than 12 months; moderate: 2 interviews, 2 organisations; else single-source",
            "findings",
        ),
    ]
    interviews: Annotated[
        int, column("Interviews that say so; several findings of one interview count once", "findings")
    ]
    organisations: Annotated[int, column("Organisations those interviews were held at", "findings")]
    levels: Annotated[
        int, column("Levels those interviews were held at, from minister to service user", "findings")
    ]
    datasets: Annotated[int, column("Datasets that show it", "findings")]
    latest: Annotated[date | None, column("Day of the newest evidence")]


@analysis
def corroboration(
    dataset: Dataset,
    *,
    barrier: Annotated[
        str,
        Field(max_length=1000, description="One barrier: its id or its name; empty for all"),
    ] = "",
    programme: Annotated[
        str,
        Field(
            max_length=1000,
            description="Count only what is said of this programme: its id or its name; empty for all",
        ),
    ] = "",
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[Corroboration]:
    """How many independent sources does each barrier rest on, and what speaks against it?

    Several findings of one interview are one source. Two interviews are one source too where they were held on one
    visit, or at the same level of the same organisation: people who were met together, or who sit together, may only
    repeat each other. What is joined by either is joined throughout, so the number errs on the low side. An
    interview whose organisation is not known is joined by a visit alone.

    What disputes a barrier is never taken off what supports it: both are shown. The strength is that of shared
    blockers, and takes interviews as they are. Rows are ordered by how much rests on how little: by programmes for
    each independent interview, most first, and before all others those that no interview supports.

    Caveat: independent sources may still have heard it from each other, or from the same press. That many say it does
    not make it true, nor does that few were asked make it false.

    Examples
    --------
    >>> from graph.store import open_store
    >>> corroboration(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    visits: dict[str, str] = {}
    contested: defaultdict[str, set[str]] = defaultdict(set)
    for row in dataset.select("analyses/corroboration", as_of=known.as_of):
        if "visit" in row:
            visits[row["interview"]] = row["visit"]
        else:
            contested[row["finding"]].add(row["contested_by"])
    wanted = meant(dataset, "programme", programme, ["programme"]) if programme.strip() else None
    one = meant(dataset, "barrier", barrier, ["barrier"]) if barrier.strip() else None
    by_barrier = {
        b: about
        for b, every in known.of_barrier.items()
        if (about := [f for f in every if wanted in (None, f.programme)])
    }
    named = {b: findings for b, findings in by_barrier.items() if one in (None, b)}
    rows = [
        _row(dataset, b, fs, visits, contested, known.as_of)
        for b, fs in named.items()
        if any(f.supports for f in fs)
    ]
    rows.sort(key=_weakest_first)
    return Result(
        rows,
        sum(any(f.supports for f in fs) for fs in by_barrier.values()),
        "standing barriers",
        _summary(rows),
        known.as_of,
        [
            *scope.said(dataset),
            *_caveats(rows, len(named), len(known.programmes - known.interviewed), len(known.programmes)),
        ],
    )


def independent_sources(
    interviews: Iterable[tuple[str, str | None, str | None]], visits: Mapping[str, str]
) -> int:
    """How many groups interviews fall into, given each with its organisation and level, and the visits they were on.

    Two are of one group where they share a visit, or a level of a known organisation, directly or through others.
    """
    leader: dict[object, object] = {}

    def first(of: object) -> object:
        while leader.setdefault(of, of) != of:
            of = leader[of]
        return of

    every = set(interviews)
    for interview, organisation, level in every:
        if interview in visits:
            leader[first(interview)] = first(("visit", visits[interview]))
        if organisation and level:
            leader[first(interview)] = first((organisation, level))
    return len({first(interview) for interview, *_ in every})


def _row(
    dataset: Dataset,
    barrier: str,
    findings: Sequence[Finding],
    visits: Mapping[str, str],
    contested: Mapping[str, set[str]],
    as_of: date,
) -> Corroboration:
    supporting = [f for f in findings if f.supports]
    against = [f for f in findings if not f.supports]
    spoken = {(f.source, f.organisation, f.level) for f in supporting if f.interview}
    programmes = len({f.programme for f in supporting})
    sources = independent_sources(spoken, visits)
    interviews = len({source for source, *_ in spoken})
    organisations = len({organisation for _, organisation, _ in spoken if organisation})
    levels = len({level for *_, level in spoken if level})
    latest = max((f.day for f in supporting if f.day), default=None)
    return Corroboration(
        Thing(barrier, dataset.label(barrier)),
        programmes,
        sources,
        round(programmes / sources, 2) if sources else None,
        [
            *_things(dataset, "interview", (f.source for f in against if f.interview)),
            *_things(dataset, "data", (f.source for f in against if not f.interview)),
            *_things(dataset, "contested", (o for f in supporting for o in contested.get(f.iri, ()))),
        ],
        strength(interviews, organisations, levels, latest, as_of),
        interviews,
        organisations,
        levels,
        len({f.source for f in supporting if not f.interview}),
        latest,
    )


def _things(dataset: Dataset, kind: str, iris: Iterable[str]) -> list[Against]:
    things = (Thing(iri, dataset.label(iri)) for iri in set(iris))
    return [Against(thing, kind) for thing in sorted(things, key=lambda t: (t.label, t.iri))]


def _weakest_first(row: Corroboration) -> tuple[float, int, str, str]:
    per_source = row.per_source
    return (
        -float("inf") if per_source is None else -per_source,
        -row.programmes,
        row.barrier.label,
        row.barrier.iri,
    )


def _summary(rows: Sequence[Corroboration]) -> str:
    if not rows:
        return "No standing barrier is supported by a finding."
    top = rows[0]
    single = sum(row.independent <= 1 for row in rows)
    return (
        f"{single} of {len(rows)} barriers {'rests' if single == 1 else 'rest'} on one independent interview or none. "
        f"Most rests on least at “{top.barrier.label}”: {_of(top.programmes, 'programme')}, "
        f"{_of(top.independent, 'independent interview')}."
    )


def _of(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _caveats(rows: Sequence[Corroboration], named: int, silent: int, of: int) -> Iterator[str]:
    if less := sum(row.strength == "strong" and row.independent < 3 for row in rows):
        yield f"{less} of these barriers {'is' if less == 1 else 'are'} called strong and {'has' if less == 1 else 'have'} fewer than three independent interviews."
    if against := sum(bool(row.against) for row in rows):
        yield f"{against} of these barriers {'is' if against == 1 else 'are'} disputed by an interview or by data, or contested: read both sides."
    if unsupported := named - len(rows):
        yield f"{_of(unsupported, 'barrier')} that findings only dispute {'is' if unsupported == 1 else 'are'} left out."
    if silent:
        yield f"{silent} of {of} programmes have no interview: a barrier there would not show."
