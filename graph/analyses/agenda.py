"""Agenda: what is on this quarter's agenda, how far is each deep dive, and is it late?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from graph.analysis import (
    AsOf,
    InDeepDive,
    OfDepartment,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.evidence import newest_day, sources
from graph.questions import answer
from graph.scope import deep_dives_in, held_for, scoped

_ONLY = {"deep_dive": "the deep dive “{}”", "department": "deep dives that look at a programme of {}"}


@dataclass(frozen=True)
class OnAgenda:
    """One deep dive in one phase."""

    deep_dive: Annotated[Thing, column("The deep dive")]
    quarter: Annotated[Thing, column("The quarter for which it was set")]
    phase: Annotated[str, column("The phase it is in; empty where none has begun, or all have ended")]
    planned_end: Annotated[date | None, column("The day on which the phase was to end")]
    days_late: Annotated[int | None, column("Days since then; none where there is time left, or no plan")]
    interviews: Annotated[int, column("Interviews held for it", "referring")]
    levels: Annotated[int, column("Levels at which they were held; three at least are wanted", "referring")]


@analysis
def agenda(
    dataset: Dataset,
    *,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[OnAgenda]:
    """What is on this quarter's agenda, how far is each deep dive, and is it late?

    Shows the deep dives set for the quarter that the day is in, with the phases that have begun and not ended: it is
    late by the days since the phase was planned to end. The same rows as question 17, with what was held so far.

    Caveat: a deep dive whose phases nobody wrote down looks as if it had not begun.

    Examples
    --------
    >>> from graph.store import open_store
    >>> agenda(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    day = as_of or newest_day(dataset)
    kept = deep_dives_in(dataset, day, scope)
    told = {
        row["source"]: row["level"]
        for row in sources(dataset)
        if "level" in row and row.get("day", "9") <= day.isoformat()
    }
    held = {dive: interviews & told.keys() for dive, interviews in held_for(dataset).items()}
    rows = []
    for found in answer(dataset, 17, day).rows:
        dive = found["dive"]
        if dive not in kept:
            continue
        planned = date.fromisoformat(found["planned_end"]) if "planned_end" in found else None
        late = (day - planned).days if planned else 0
        rows.append(
            OnAgenda(
                Thing(dive, dataset.label(dive)),
                Thing(found["quarter"], dataset.label(found["quarter"])),
                dataset.label(found["phase"]) if "phase" in found else "",
                planned,
                late if late > 0 else None,
                len(held.get(dive, ())),
                len({told[interview] for interview in held.get(dive, ())}),
            )
        )
    rows.sort(key=lambda r: (-(r.days_late or 0), r.deep_dive.label, r.phase))
    return Result(
        rows,
        max(len(kept), len(rows)),
        "deep dives",
        _summary(rows),
        day,
        [*scope.said(dataset, **_ONLY), *_caveats(rows)],
    )


def _summary(rows: list[OnAgenda]) -> str:
    if not rows:
        return "No deep dive is set for the quarter of that day."
    dives = len({row.deep_dive.iri for row in rows})
    late = [row for row in rows if row.days_late]
    words = f"{dives} deep dive{'' if dives == 1 else 's'} on the agenda of {rows[0].quarter.label}"
    if not late:
        return f"{words}; none is late."
    return f"{words}; {len({r.deep_dive.iri for r in late})} late. {late[0].deep_dive.label}: {late[0].phase.lower()} is {late[0].days_late} days over."


def _caveats(rows: list[OnAgenda]) -> Iterator[str]:
    if silent := sum(not row.phase for row in rows):
        yield f"{silent} of {len(rows)} have no phase under way on that day, as far as is written down."
    if few := [row.deep_dive.label for row in rows if 0 < row.levels < 3]:
        yield f"Fewer than three levels were interviewed for: {', '.join(dict.fromkeys(few))}."
