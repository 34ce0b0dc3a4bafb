"""Fix frontier: how much does each further barrier bring, at best, and how much by taking the most shared first?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graph.analyses.fix_first import Programme, by_label, freed, most_shared, problem
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
from graph.optimise import frontier
from graph.scope import scoped


@dataclass(frozen=True)
class Chosen:
    """One barrier of a set."""

    barrier: Thing


@dataclass(frozen=True)
class FixStep:
    """What so many barriers do at best."""

    removed: Annotated[int, column("How many barriers are removed, at most")]
    programmes: Annotated[int, column("Programmes that the best set frees, or relieves", "row:which")]
    bound: Annotated[int, column("No set of as many barriers does better than this")]
    proven: Annotated[bool, column("Whether it is proven that no other set does better")]
    most_shared: Annotated[
        int, column("What the barriers that block most programmes do instead", "row:shared")
    ]
    barriers: Annotated[list[Chosen], column("The best set")]
    which: Annotated[list[Programme], column("The programmes that it frees, or relieves")]
    shared: Annotated[list[Programme], column("Those that the most shared barriers free, or relieve")]


@analysis
def fix_frontier(
    dataset: Dataset,
    *,
    most: Annotated[int, Field(ge=1, le=20, description="Up to how many barriers")] = 10,
    goal: Annotated[
        str,
        Field(
            pattern="^(unblock|relieve)?$",
            description="What counts: unblock, once all barriers of a programme are gone; or relieve, once one is",
        ),
    ] = "unblock",
    seconds: Annotated[
        float, Field(ge=0.1, le=60, description="How long to look for the best sets, all together")
    ] = 10.0,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[FixStep]:
    """How many programmes does each number of barriers free, at best?

    For each k up to the most, the set of at most k barriers that frees (or relieves) most programmes, found exactly as
    fix_first finds it, one after the other in one process. Beside it stands what the k barriers that block most
    programmes do. Where the best line rises steeply, one more barrier is worth the effort; where it is flat, it is not.

    Caveat: the best set of k need not hold the best set of k - 1, so that the line is no order of work. Every barrier
    counts as equally hard to remove.

    Examples
    --------
    >>> from graph.store import open_store
    >>> fix_frontier(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known, blocked, candidates, sets = problem(dataset, as_of, scope)
    goal = goal or "unblock"
    widest = most_shared(blocked, candidates)
    ks = range(1, min(most, len(candidates)) + 1)
    found = frontier(sets[goal], ks, all_of_them=goal == "unblock", seconds=seconds) if blocked else []
    rows = []
    for k, best in zip(ks, found, strict=True):
        shared = freed(blocked, frozenset(widest[:k]), goal)
        which = freed(blocked, frozenset(best.chosen), goal)
        chosen = [Chosen(Thing(b, dataset.label(b))) for b in best.chosen]
        rows.append(
            FixStep(
                k,
                best.value,
                best.bound,
                best.proven,
                len(shared),
                chosen,
                by_label(dataset, which),
                by_label(dataset, shared),
            )
        )
    return Result(
        rows,
        len(candidates),
        "standing barriers",
        _summary(rows, len(blocked), goal),
        known.as_of,
        [*scope.said(dataset), *_caveats(rows)],
    )


def _summary(rows: list[FixStep], of: int, goal: str) -> str:
    if not rows:
        return "No programme is blocked."
    words, last = ("free" if goal == "unblock" else "relieve"), rows[-1]
    half = next(row for row in rows if 2 * row.programmes >= last.programmes)
    return (
        f"{last.removed} barriers {words} {last.programmes} of {of} blocked programmes at best; {half.removed} of them "
        f"{words} {half.programmes}. The {last.removed} most shared ones {words} {last.most_shared}."
    )


def _caveats(rows: list[FixStep]) -> Iterator[str]:
    if open_ := [str(row.removed) for row in rows if not row.proven]:
        yield f"Time ran out before it was proven that nothing does better with {', '.join(open_)}. Give more seconds."
