"""Shared blockers: what holds back most departments?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from heapq import nsmallest
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from graph.analysis import (
    AsOf,
    AtLevel,
    InDeepDive,
    OfDepartment,
    OfScheme,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.evidence import Evidence
from graph.scope import narrowed, programmes_of, scoped

if TYPE_CHECKING:
    import polars as pl

_DEPARTMENT = (
    "barriers that hold back a programme of {}; their counts take in all programmes that they hold back"
)


@dataclass(frozen=True)
class Together:
    """A barrier that is often found at the same programmes."""

    barrier: Annotated[Thing, column("The other barrier")]
    shared: Annotated[int, column("Programmes held back by both")]
    lift: Annotated[float, column("How many times more often than by chance")]
    p: Annotated[
        float,
        column("Chance of sharing as many programmes, or more, if the two had nothing to do with each other"),
    ]
    q: Annotated[float, column("p, corrected for the number of pairs looked at (Benjamini-Hochberg)")]


@dataclass(frozen=True)
class SharedBlocker:
    """One barrier and what it reaches."""

    barrier: Annotated[Thing, column("The barrier")]
    departments: Annotated[
        int, column("Departments that answer for a programme it holds back", "departments")
    ]
    programmes: Annotated[int, column("Programmes it holds back", "programmes")]
    interviews: Annotated[
        int, column("Interviews that say so; several findings of one interview count once", "findings")
    ]
    organisations: Annotated[int, column("Organisations those interviews were held at", "findings")]
    levels: Annotated[
        int, column("Levels those interviews were held at, from minister to service user", "findings")
    ]
    disputed_by: Annotated[int, column("Interviews and datasets that dispute it", "disputes")]
    severity: Annotated[
        float, column("Mean of the highest severity that each source gives, from 1 to 5", "findings")
    ]
    latest: Annotated[date | None, column("Day of the newest evidence")]
    strength: Annotated[
        str,
        column(
            "strong: 3 interviews, 2 organisations, 2 levels, not older than 12 months; moderate: 2 interviews, 2 organisations; else single-source",
            "findings",
        ),
    ]
    often_with: Annotated[
        Sequence[Together], column("Up to three barriers most often found at the same programmes")
    ]


@analysis
def shared_blockers(
    dataset: Dataset,
    *,
    min_departments: Annotated[
        int, Field(ge=1, le=1000, description="Show barriers that reach at least this many departments")
    ] = 2,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[SharedBlocker]:
    """What holds back most departments?

    A barrier holds back a programme where at least one finding says so. It reaches the departments that lead
    or co-own such a programme. Rows are ordered by departments, then programmes, interviews and severity.
    Barriers that were removed by the day asked for are left out.

    Two barriers are often found together where they share more programmes than chance would give: lift is
    shared * N / (a * b) of N programmes with any barrier, p the upper tail of the hypergeometric distribution
    (the one-sided test of Fisher), q its correction by Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Caveat: the most shared barrier is not the best to remove first. A programme moves only when all its barriers
    are gone. And a barrier that nobody was asked about looks as if it were not there.

    Examples
    --------
    >>> from graph.store import open_store
    >>> shared_blockers(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known = narrowed(dataset, as_of, scope.but("department"))
    theirs = programmes_of(known, scope.department)
    together = _together(dataset, known.held)
    rows = [
        replace(row, often_with=together[row.barrier.iri])
        for row in reached(dataset, known, known.said)
        if scope.department is None or not theirs.isdisjoint(known.held[row.barrier.iri])
    ]
    chosen = sorted(
        (row for row in rows if row.departments >= min_departments),
        key=lambda r: (
            -r.departments,
            -r.programmes,
            -r.interviews,
            -r.severity,
            r.barrier.label,
            r.barrier.iri,
        ),
    )
    return Result(
        chosen,
        len(rows),
        "standing barriers",
        _summary(chosen, len(rows), min_departments),
        known.as_of,
        [*scope.said(dataset, department=_DEPARTMENT), *_caveats(known, chosen)],
    )


def reached(dataset: Dataset, known: Evidence, said: pl.DataFrame) -> list[SharedBlocker]:
    """What each barrier reaches that some of the findings known support, without what is often found with it."""
    import polars as pl  # most commands do without this slow import

    supports, spoken = pl.col("supports"), pl.col("supports") & pl.col("interview")
    counts = said.group_by("barrier", maintain_order=True).agg(
        pl.col("programme").filter(supports).n_unique(),
        pl.col("source").filter(spoken).n_unique().alias("interviews"),
        pl.col("organisation").filter(spoken).drop_nulls().n_unique(),
        pl.col("level").filter(spoken).drop_nulls().n_unique(),
        pl.col("source").filter(~supports).n_unique().alias("disputed_by"),
        pl.col("day").filter(supports).max().alias("latest"),
    )
    worst = said.filter("supports").group_by("barrier", "source").agg(pl.col("severity").max())
    severity = worst.group_by("barrier").agg(pl.col("severity").sum(), pl.len())
    return [
        SharedBlocker(
            Thing(barrier, dataset.label(barrier)),
            len(known.reach[barrier]),
            programmes,
            interviews,
            organisations,
            levels,
            disputed_by,
            round(worst / sources, 1),
            latest,
            strength(interviews, organisations, levels, latest, known.as_of),
            (),
        )
        for barrier, programmes, interviews, organisations, levels, disputed_by, latest, worst, sources in counts.join(
            severity, on="barrier", maintain_order="left"
        ).iter_rows()
    ]


def strength(interviews: int, organisations: int, levels: int, latest: date | None, as_of: date) -> str:
    """How well independent sources bear out a barrier: strong, moderate or single-source."""
    fresh = latest is not None and latest >= as_of - timedelta(days=366)
    if interviews >= 3 and organisations >= 2 and levels >= 2 and fresh:
        return "strong"
    return "moderate" if interviews >= 2 and organisations >= 2 else "single-source"


def shared_programmes(reached: Mapping[str, Set[str]]) -> list[tuple[str, str, int]]:
    """Each two barriers that hold back a programme both, in order, with how many they do."""
    import numpy as np
    from scipy.sparse import csr_array, triu

    barriers = sorted(reached)
    place: dict[str, int] = {}
    ends = [(i, place.setdefault(p, len(place))) for i, b in enumerate(barriers) for p in reached[b]]
    if not ends:
        return []
    holds = csr_array((np.ones(len(ends), np.int64), np.array(ends).T), shape=(len(barriers), len(place)))
    both = triu(holds @ holds.T, k=1).tocsr()
    both.sort_indices()
    found = both.tocoo()
    return [
        (barriers[a], barriers[b], n)
        for a, b, n in zip(found.row.tolist(), found.col.tolist(), found.data.tolist(), strict=True)
    ]


def _together(dataset: Dataset, reached: Mapping[str, Set[str]]) -> dict[str, list[Together]]:
    from scipy.stats import false_discovery_control, hypergeom  # most commands do without this slow import

    total = len(set().union(*reached.values())) if reached else 0
    pairs = shared_programmes(reached)
    found: dict[str, list[tuple[float, int, str, float, float]]] = {barrier: [] for barrier in reached}
    if pairs:
        sizes = [(len(reached[a]), len(reached[b])) for a, b, _ in pairs]
        ps = hypergeom.sf([n - 1 for *_, n in pairs], total, [x for x, _ in sizes], [y for _, y in sizes])
        qs = false_discovery_control(ps, method="bh")
        for (a, b, n), (x, y), p, q in zip(pairs, sizes, ps.tolist(), qs.tolist(), strict=True):
            found[a].append((p, -n, b, n * total / (x * y), q))
            found[b].append((p, -n, a, n * total / (x * y), q))
    return {
        barrier: [
            Together(Thing(other, dataset.label(other)), -n, round(lift, 2), p, q)
            for p, n, other, lift, q in nsmallest(3, pairs_of)
        ]
        for barrier, pairs_of in found.items()
    }


def _summary(rows: list[SharedBlocker], of: int, least: int) -> str:
    if not rows:
        return f"None of {of} standing barriers holds back programmes of {least} or more departments."
    top = rows[0]
    reach = f"{len(rows)} of {of} standing barriers {'holds' if len(rows) == 1 else 'hold'} back programmes of {least} or more departments."
    return f"{reach} “{top.barrier.label}” reaches most: {_of(top.departments, 'department')} and {_of(top.programmes, 'programme')}, from {_of(top.interviews, 'interview')}."


def _of(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _caveats(known: Evidence, rows: Iterable[SharedBlocker]) -> Iterable[str]:
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: a barrier there would not show."
    if homeless := len(set(known.said["programme"].unique()) - known.departments.keys()):
        verbs = ("has", "counts") if homeless == 1 else ("have", "count")
        yield f"{_of(homeless, 'programme')} with findings {verbs[0]} no lead department, and {verbs[1]} for none."
    if single := sum(row.strength == "single-source" for row in rows):
        yield f"{single} of these barriers rest{'s' if single == 1 else ''} on a single source."
