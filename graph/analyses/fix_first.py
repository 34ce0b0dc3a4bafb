"""Fix first: which barriers, taken together, free most programmes?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

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
from graph.evidence import Evidence, evidence
from graph.optimise import Best, solve
from graph.scope import Scope, narrowed, scoped


@dataclass(frozen=True)
class Fixed:
    """One barrier of a set."""

    barrier: Thing
    frees_alone: int
    """Programmes that it frees if it is the only one to go."""


@dataclass(frozen=True)
class Programme:
    """A programme that a set frees or relieves."""

    programme: Thing


@dataclass(frozen=True)
class FixSet:
    """A set of barriers, and what its removal would do."""

    goal: Annotated[
        str,
        column(
            "unblock: a programme counts once all its barriers are gone; relieve: once one of them is gone"
        ),
    ]
    barriers: Annotated[list[Fixed], column("The barriers to remove together, with what each frees alone")]
    programmes: Annotated[int, column("Programmes that the set frees, or relieves", "row:which")]
    which: Annotated[list[Programme], column("Those programmes")]
    departments: Annotated[int, column("Departments that answer for those programmes", "row:which")]
    bound: Annotated[int, column("No set of as many barriers does better than this")]
    proven: Annotated[bool, column("Whether it is proven that no other set does better")]
    most_shared: Annotated[
        int, column("What the barriers that block most programmes would do instead, as many of them")
    ]


@analysis
def fix_first(
    dataset: Dataset,
    *,
    k: Annotated[int, Field(ge=1, le=50, description="How many barriers can be removed")] = 3,
    seconds: Annotated[
        float, Field(ge=0.1, le=60, description="How long to look for the best set, for each goal")
    ] = 10.0,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[FixSet]:
    """Which barriers, taken together, free most programmes?

    Two goals. Unblock: a programme is free only once every barrier that holds it back is gone. Relieve: it is better
    off once one of them is gone. For each the best set of at most k barriers is found exactly, by integer programming:
    for unblocking, y_p <= x_b for every barrier b of programme p and the sum of x_b <= k, with the sum of y_p as large
    as can be; for relieving, y_p <= the sum of its x_b (maximum coverage, Nemhauser, Wolsey and Fisher 1978,
    doi:10.1007/BF01588971). Beside it stands what the most shared barriers would do: taking the barrier that blocks
    most first is the wrong rule, as a programme moves only when all its barriers are gone.

    Caveat: every barrier counts as equally hard to remove. A programme with a barrier that nobody has told of is not
    freed. Where time runs out the best set known is shown, with the bound that none can pass.

    Examples
    --------
    >>> from graph.store import open_store
    >>> fix_first(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known, blocked, candidates, sets = problem(dataset, as_of, scope)
    rows = [
        _row(
            dataset,
            known,
            blocked,
            candidates,
            goal,
            solve(sets[goal], k, all_of_them=goal == "unblock", seconds=seconds),
            k,
        )
        for goal in (sets if blocked else ())
    ]
    return Result(
        rows,
        len(rows),
        "goals",
        _summary(rows, len(blocked), k),
        known.as_of,
        [*scope.said(dataset), *_outside(blocked, candidates), *_caveats(known, rows, blocked, k)],
    )


def problem(
    dataset: Dataset, as_of: date | None, scope: Scope
) -> tuple[Evidence, dict[str, frozenset[str]], frozenset[str], dict[str, dict[str, frozenset[str]]]]:
    """The evidence within a choice; the barriers of each programme in it, those that may go, and what counts for each goal."""
    known = narrowed(dataset, as_of, scope)
    told, everything = barriers_of(known), barriers_of(evidence(dataset, as_of))
    candidates = frozenset[str]().union(*told.values())
    blocked = {programme: everything[programme] for programme in told}
    sets = {
        "unblock": {p: barriers for p, barriers in blocked.items() if barriers <= candidates},
        "relieve": {p: barriers & candidates for p, barriers in blocked.items()},
    }
    return known, blocked, candidates, sets


def barriers_of(known: Evidence) -> dict[str, frozenset[str]]:
    """The standing barriers that hold back each programme that any holds back."""
    return dict(sorted(known.blocking.items()))


def freed(blocked: Mapping[str, frozenset[str]], removed: frozenset[str], goal: str = "unblock") -> list[str]:
    """The programmes that are free, or relieved, once these barriers are gone."""
    return [
        programme
        for programme, barriers in blocked.items()
        if (barriers <= removed if goal == "unblock" else not barriers.isdisjoint(removed))
    ]


def most_shared(blocked: Mapping[str, frozenset[str]], candidates: frozenset[str]) -> list[str]:
    """The barriers that may go, those first that hold back most programmes."""
    reach = Counter(barrier for barriers in blocked.values() for barrier in barriers & candidates)
    return sorted(reach, key=lambda b: (-reach[b], b))


def by_label(dataset: Dataset, programmes: Iterable[str]) -> list[Programme]:
    """Programmes as they stand in a row."""
    things = sorted((Thing(p, dataset.label(p)) for p in programmes), key=lambda t: (t.label, t.iri))
    return [Programme(thing) for thing in things]


def _row(
    dataset: Dataset,
    known: Evidence,
    blocked: Mapping[str, frozenset[str]],
    candidates: frozenset[str],
    goal: str,
    best: Best,
    k: int,
) -> FixSet:
    programmes = freed(blocked, frozenset(best.chosen), goal)
    widest = most_shared(blocked, candidates)[:k]
    return FixSet(
        goal,
        [Fixed(Thing(b, dataset.label(b)), len(freed(blocked, frozenset((b,))))) for b in best.chosen],
        best.value,
        by_label(dataset, programmes),
        len(frozenset[str]().union(*(known.departments.get(p, frozenset()) for p in programmes))),
        best.bound,
        best.proven,
        len(freed(blocked, frozenset(widest), goal)),
    )


def _summary(rows: list[FixSet], of: int, k: int) -> str:
    if not rows:
        return "No programme is blocked."
    unblock = rows[0]
    if not unblock.programmes:
        return (
            f"No {k} barriers free any of {of} blocked programmes: each has more than {k}, or there are none."
        )
    names = "; ".join(f"“{fixed.barrier.label}”" for fixed in unblock.barriers)
    sure = (
        "No other set frees more."
        if unblock.proven
        else f"None is known to free more; none can free more than {unblock.bound}."
    )
    return (
        f"Removing {names} frees {unblock.programmes} of {of} blocked programmes. {sure} "
        f"The {k} most shared barriers would free {unblock.most_shared}."
    )


def _outside(blocked: Mapping[str, frozenset[str]], candidates: frozenset[str]) -> Iterator[str]:
    if stuck := sum(not barriers <= candidates for barriers in blocked.values()):
        yield f"{stuck} of {len(blocked)} blocked programmes also have a barrier that this choice leaves out. It is taken to stay, so that they are not freed."


def _caveats(
    known: Evidence, rows: list[FixSet], blocked: Mapping[str, frozenset[str]], k: int
) -> Iterator[str]:
    if many := sum(len(barriers) > k for barriers in blocked.values()):
        yield f"{many} of {len(blocked)} blocked programmes have more than {k} barriers, so that no {k} can free them."
    if any(not row.proven for row in rows):
        yield "Time ran out before it was proven that no set does better. Give more seconds, or remove fewer."
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: what holds them back is not known."
