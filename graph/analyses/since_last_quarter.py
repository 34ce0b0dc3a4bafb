"""Since last quarter: what changed, and why?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from graph.analysis import AsOf, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import newest_day
from graph.questions import answer, quarter_before


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
    day = as_of or newest_day(dataset)
    after = since or quarter_before(day)
    changes: dict[tuple[str, str, str], set[str]] = {}
    for row in answer(dataset, 23, day, since=after).rows:
        changes.setdefault((row["day"], row["change"], row["thing"]), set()).update(
            {row.get("because", "")} - {""}
        )
    for row in answer(dataset, 22, day).rows:
        if row["reported"] > after.isoformat():
            changes.setdefault((row["reported"], "barrier back", row["barrier"]), set()).add(row["finding"])
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
    ]
    rows.sort(key=lambda r: (-r.day.toordinal(), r.change, r.thing.label, r.thing.iri))
    lives = [
        (
            (date.fromisoformat(row.get("removed", day.isoformat())) - date.fromisoformat(row["found"])).days,
            "removed" in row,
        )
        for row in dataset.select("analyses/lives", as_of=day)
    ]
    return Result(rows, len(rows), "changes", _summary(rows, after, lives), day, list(_caveats(lives, rows)))


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
    told = ", ".join(f"{change} {n}" for change, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
    half = median_survival(lives)
    stands = (
        f"Half of all barriers are gone after {half} days."
        if half is not None
        else "Fewer than half of all barriers found are gone yet."
    )
    return f"After {after.isoformat()}: {told}. {stands}"


def _caveats(lives: Sequence[tuple[int, bool]], rows: list[Changed]) -> Iterator[str]:
    if lives and (gone := sum(over for _, over in lives)) < 10:
        yield f"{gone} of {len(lives)} barriers are gone: too few to say how long barriers stand."
    if bare := sum(not row.because for row in rows):
        yield f"For {bare} of {len(rows)} changes no reason is written down."
