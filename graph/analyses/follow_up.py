"""Follow-up: what was promised and is overdue, and what is done although the barrier came back?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

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
from graph.evidence import Evidence, evidence
from graph.scope import barriers_typed, scoped
from ontology.terms import concept

DROPPED = concept("action-statuses", "dropped")
_ONLY = {
    "deep_dive": "actions that carry out a recommendation of the deep dive “{}”",
    "department": "actions of {}, or of a body that belongs to it",
    "scheme": "actions against barriers typed by “{}”",
}


@dataclass(frozen=True)
class Again:
    """A barrier that is reported although the action is done."""

    barrier: Thing
    reports: int
    """Sources that report it later than the action was done."""


@dataclass(frozen=True)
class Followed:
    """One action, and where it stands."""

    action: Annotated[Thing, column("The action")]
    owner: Annotated[Thing, column("Who answers for it")]
    due: Annotated[date, column("The day by which it was to be done")]
    state: Annotated[str, column("open, overdue, done, done late, dropped, or came back")]
    days_overdue: Annotated[int | None, column("Days since it was due, or by which it was late")]
    last_followed: Annotated[date | None, column("The day on which it was last followed up")]
    came_back: Annotated[list[Again], column("Barriers it was to lower that were reported after it was done")]


@analysis
def follow_up(
    dataset: Dataset,
    *,
    only: Annotated[
        str,
        Field(
            pattern="^(all|overdue|came back|open|done|done late|dropped)?$",
            description="Show only actions in this state: overdue, came back, open, done, done late or dropped; all for every one",
        ),
    ] = "all",
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[Followed]:
    """What was promised and is overdue, and what is done although the barrier came back?

    An action that was agreed by the day is overdue once its day has passed and it is not completed by then. It came
    back where it is completed, and an interview held later, or a dataset published later, supports a barrier that its
    recommendation addresses. Overdue actions come first, the oldest on top, then those that came back.

    Caveat: that an action is dropped is not dated, so it counts as dropped on any day. A barrier may be reported again
    because news travels slowly, not because the action failed.

    Examples
    --------
    >>> from graph.store import open_store
    >>> follow_up(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, scheme=scheme)
    known = evidence(dataset, as_of)
    typed = barriers_typed(dataset, scope.scheme)
    actions: dict[str, dict[str, str]] = {}
    addressed: dict[str, set[str]] = {}
    dives: dict[str, set[str]] = {}
    followed: dict[str, str] = {}
    for row in dataset.select("analyses/follow_up", as_of=known.as_of):
        actions[row["action"]] = row
        dives.setdefault(row["action"], set()).add(row.get("dive", ""))
        if "barrier" in row:
            addressed.setdefault(row["action"], set()).add(row["barrier"])
        if "followed" in row:
            followed[row["action"]] = max(row["followed"], followed.get(row["action"], ""))
    completed = {action: day for action, row in actions.items() if (day := _completed(row, known.as_of))}
    again = _again(known, completed, addressed)
    rows = [
        _row(dataset, known, row, completed.get(action), again.get(action, {}), followed.get(action))
        for action, row in actions.items()
        if scope.deep_dive in (None, *dives[action])
        and scope.department in (None, *known.affiliations.get(row["owner"], ()))
        and (typed is None or not typed.isdisjoint(addressed.get(action, ())))
    ]
    rows.sort(key=lambda r: (_ORDER.index(r.state), r.due, r.owner.label, r.action.label, r.action.iri))
    chosen = [row for row in rows if only in ("", "all", row.state)]
    return Result(
        chosen,
        len(rows),
        "actions agreed",
        _summary(rows),
        known.as_of,
        [*scope.said(dataset, **_ONLY), *_caveats(rows, known.as_of)],
    )


_ORDER = ("overdue", "came back", "open", "done late", "done", "dropped")


def _row(
    dataset: Dataset,
    known: Evidence,
    row: dict[str, str],
    completed: date | None,
    again: Mapping[str, int],
    followed: str | None,
) -> Followed:
    due = date.fromisoformat(row["due"])
    if completed:
        state = "came back" if again else "done late" if completed > due else "done"
    elif row["status"] == DROPPED:
        state = "dropped"
    else:
        state = "overdue" if due < known.as_of else "open"
    late = ((completed or known.as_of) - due).days
    return Followed(
        Thing(row["action"], dataset.label(row["action"])),
        Thing(row["owner"], dataset.label(row["owner"])),
        due,
        state,
        late if late > 0 and state != "dropped" else None,
        date.fromisoformat(followed) if followed else None,
        [
            Again(Thing(b, dataset.label(b)), again[b])
            for b in sorted(again, key=lambda b: (dataset.label(b), b))
        ],
    )


def _completed(row: Mapping[str, str], as_of: date) -> date | None:
    """When an action was done; None where it was not by the day."""
    completed = date.fromisoformat(row["completed"]) if "completed" in row else None
    return completed if completed and completed <= as_of else None


def _again(
    known: Evidence, completed: Mapping[str, date], addressed: Mapping[str, set[str]]
) -> Mapping[str, Mapping[str, int]]:
    """For each action that was done, the barriers that were reported after it, and by how many sources."""
    import polars as pl  # most commands do without this slow import

    done = pl.DataFrame(
        [
            (action, barrier, day)
            for action, day in completed.items()
            for barrier in addressed.get(action, ())
        ],
        {"action": pl.String, "barrier": pl.Categorical, "completed": pl.Date},
        orient="row",
    )
    reported = known.supporting.select("barrier", "source", "day").unique().join(done, on="barrier")
    later = reported.filter(pl.col("day") > pl.col("completed")).group_by("action", "barrier")
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for action, barrier, sources in later.agg(pl.col("source").n_unique()).iter_rows():
        found[action][barrier] = sources
    return found


def _summary(rows: list[Followed]) -> str:
    if not rows:
        return "No action was agreed by the day."
    overdue = [row for row in rows if row.state == "overdue"]
    back = sum(row.state == "came back" for row in rows)
    words = f"{len(overdue)} of {len(rows)} actions are overdue"
    if overdue:
        words += f", the oldest since {overdue[0].due.isoformat()} ({overdue[0].owner.label})"
    return f"{words}; {back} {'is' if back == 1 else 'are'} done although the barrier was reported again."


def _caveats(rows: list[Followed], as_of: date) -> Iterator[str]:
    silent = sum(row.last_followed is None for row in rows if row.state in ("overdue", "open"))
    if silent:
        yield f"{silent} actions that are not done were never followed up, as far as is written down."
