"""Since last quarter: what changed, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from graph.analysis import (
    AsOf,
    InDeepDive,
    OfDepartment,
    OfScheme,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.evidence import evidence, newest_day, told
from graph.questions import quarter_before
from graph.scope import Scope, barriers_typed, programmes_looked_at, programmes_of, scoped

if TYPE_CHECKING:
    import polars as pl

_FOUND = "barrier found"
_ONLY = {
    "deep_dive": "barriers that the deep dive “{}” found, actions that it led to, and programmes that it looked at",
    "department": "barriers and milestones of programmes that {} answers for, their ratings, and its own actions",
    "scheme": "barriers typed by “{}”, and actions against them",
}


@dataclass(frozen=True)
class Reason:
    """What a change rests on."""

    because: Thing


@dataclass(frozen=True)
class Changed:
    """One change, on one day."""

    day: Annotated[date, column("The day of the change")]
    change: Annotated[
        str,
        column(
            "barrier found, barrier removed, barrier back, action done, rating given or milestone reported"
        ),
    ]
    thing: Annotated[Thing, column("What changed")]
    because: Annotated[
        list[Reason],
        column("What it rests on: findings, actions, a recommendation, an assessment or a report"),
    ]


@analysis
def since_last_quarter(
    dataset: Dataset,
    *,
    since: Annotated[
        date | None,
        Field(
            description="Changes after this day; empty for the last day of the quarter before that of the day asked for"
        ),
    ] = None,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[Changed]:
    """What changed since last quarter, and why?

    Every change after one day and up to another: barriers found and removed, barriers reported again although an
    action against them was done, actions done, ratings given, milestones reported. The rows are those of questions 22
    and 23. How long barriers stand is told as the median of Kaplan and Meier (1958), doi:10.2307/2281868, over all
    that were found by the day: one that still stands counts as not yet removed, not as removed after no time.

    Caveat: what changed is what was written down with a day. A barrier that has no day of its own does not appear.

    Examples
    --------
    >>> from graph.store import open_store
    >>> since_last_quarter(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, scheme=scheme)
    day = as_of or newest_day(dataset)
    kept = _kept(dataset, day, scope) if scope != Scope() else None
    after = since or quarter_before(day)
    changes: dict[tuple[str, str, str], set[str]] = {}
    for row in dataset.select("analyses/changed", since=after, as_of=day):
        reasons = changes.setdefault((row["day"], row["change"], row["thing"]), set())
        reasons.update({row.get("because", "")} - {""})
    reported = _reported(dataset)
    found = [(thing, on) for on, change, thing in changes if change == _FOUND]
    for barrier, on, finding in _behind(reported, found):
        changes[on, _FOUND, barrier].add(finding)
    for barrier, on, finding in _back(dataset, reported, after, day):
        changes.setdefault((on, "barrier back", barrier), set()).add(finding)
    rows = [
        Changed(
            date.fromisoformat(on),
            change,
            Thing(thing, dataset.label(thing)),
            [
                Reason(Thing(b, dataset.label(b)))
                for b in sorted(because, key=lambda b: (dataset.label(b), b))
            ],
        )
        for (on, change, thing), because in changes.items()
        if kept is None or thing in kept
    ]
    rows.sort(key=lambda r: (-r.day.toordinal(), r.change, r.thing.label, r.thing.iri))
    lives = [
        (
            (date.fromisoformat(row.get("removed", day.isoformat())) - date.fromisoformat(row["found"])).days,
            "removed" in row,
        )
        for row in dataset.select("analyses/lives", as_of=day)
        if kept is None or row["barrier"] in kept
    ]
    return Result(
        rows,
        len(rows),
        "changes",
        _summary(rows, after, lives),
        day,
        [*scope.said(dataset, **_ONLY), *_caveats(lives, rows)],
    )


def _reported(dataset: Dataset) -> pl.DataFrame:
    """Every finding, the barrier that it is about, whether it supports it, and each day on which its source reported it."""
    import polars as pl  # most commands do without this slow import

    dated = dataset.columns("sources").select("source", pl.col("day").alias("reported")).drop_nulls().unique()
    source = pl.coalesce("interview", "dataset").alias("source")
    return told(dataset).select("finding", "barrier", "supports", source).join(dated, on="source")


def _behind(reported: pl.DataFrame, found: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """The findings behind each barrier that was found on a day: those reported by then."""
    import polars as pl  # most commands do without this slow import

    barriers = pl.DataFrame(found, {"barrier": pl.String, "day": pl.String}, orient="row")
    known = barriers.join(reported, on="barrier").filter(pl.col("reported") <= pl.col("day"))
    return known.select("barrier", "day", "finding").iter_rows()


def _back(dataset: Dataset, reported: pl.DataFrame, after: date, day: date) -> Iterator[tuple[str, str, str]]:
    """The barriers reported after an action against them was done, and between two days; the day, and the finding.

    As question 22, which has no first day, on the columns that are there anyway.
    """
    import polars as pl  # most commands do without this slow import

    done = dataset.columns("analyses/completed", as_of=day).group_by("barrier").agg(pl.col("completed").min())
    again = (
        reported.filter(pl.col("supports") == "true")
        .join(done, on="barrier")
        .filter(
            pl.col("reported") > pl.max_horizontal("completed", pl.lit(after.isoformat())),
            pl.col("reported") <= day.isoformat(),
        )
    )
    return again.select("barrier", "reported", "finding").iter_rows()


def _kept(dataset: Dataset, day: date, scope: Scope) -> frozenset[str]:
    """The barriers, actions, programmes and milestones in a scope, whether or not they still stand."""
    known = evidence(dataset, day)
    mine = programmes_of(known, scope.department)
    seen = programmes_looked_at(dataset, scope.deep_dive)
    typed = barriers_typed(dataset, scope.scheme)
    kept = set() if typed is not None else set(mine if seen is None else mine & seen)
    for row in dataset.select("analyses/changed_in"):
        thing, programme = row["thing"], row.get("programme")
        if "owner" in row:
            within = scope.department in (None, *known.affiliations.get(row["owner"], ()))
            within &= scope.deep_dive in (None, row.get("dive"))
            within &= typed is None or row.get("barrier") in typed
        else:
            within = programme in mine and (
                seen is None
                or (row.get("dive") == scope.deep_dive if "interview" in row else programme in seen)
            )
            within &= typed is None or thing in typed
        if within:
            kept.add(thing)
    # a barrier that no finding is about yet belongs to no deep dive or department, but may have a type
    if scope.deep_dive is None and scope.department is None:
        kept |= typed or set()
    return frozenset(kept)


def median_survival(lives: Sequence[tuple[int, bool]]) -> int | None:
    """The days after which half are gone, by Kaplan and Meier; None where fewer than half go in the time seen.

    lives gives how many days each was seen for, and whether it was gone at the end of them.
    """
    left, survival = len(lives), Fraction(1)
    for days in sorted({d for d, _ in lives}):
        gone = sum(d == days and over for d, over in lives)
        survival *= 1 - Fraction(gone, left)
        if 2 * survival <= 1:
            return days
        left -= sum(d == days for d, _ in lives)
    return None


def _summary(rows: list[Changed], after: date, lives: Sequence[tuple[int, bool]]) -> str:
    if not rows:
        return f"Nothing that was written down changed after {after.isoformat()}."
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.change] = counts.get(row.change, 0) + 1
    told = ", ".join(_counted(change, n) for change, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
    half = median_survival(lives)
    stands = (
        f"Half of all barriers are gone after {half} days."
        if half is not None
        else "Fewer than half of all barriers found are gone yet."
    )
    return f"After {after.isoformat()}: {told}. {stands}"


def _counted(change: str, number: int) -> str:
    """So many changes of one kind: "1 barrier found", "3 actions done"."""
    what, became = change.split()
    return f"{number} {what}{'' if number == 1 else 's'} {became}"


def _caveats(lives: Sequence[tuple[int, bool]], rows: list[Changed]) -> Iterator[str]:
    if lives and (gone := sum(over for _, over in lives)) < 10:
        yield f"{gone} of {len(lives)} barriers are gone: too few to say how long barriers stand."
    if bare := sum(not row.because for row in rows):
        yield f"For {bare} of {len(rows)} changes no reason is written down."
