"""Dependencies: who waits for whom, and what if one slips?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import networkx as nx
from pydantic import Field

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
from graph.evidence import Evidence, evidence
from graph.scope import Scope, narrowed, scoped

_WEEK = 7
_ONLY = {
    "deep_dive": "programmes that the deep dive “{}” looked at; chains lead on through all",
    "department": "programmes that {} answers for; chains lead on through all",
}


@dataclass(frozen=True)
class Step:
    """A programme on a way, or in a loop."""

    programme: Thing


@dataclass(frozen=True)
class Waiting:
    """One programme among those that wait for each other."""

    programme: Annotated[Thing, column("The programme")]
    needs: Annotated[int, column("Programmes that it waits for itself", "referring")]
    behind: Annotated[int, column("Programmes that wait for it, directly or through others", "referring")]
    departments_behind: Annotated[
        int, column("Departments that answer for those and not for it", "referring")
    ]
    slack: Annotated[
        int | None,
        column(
            "Days between when what it gives is expected and when it is first needed; below 0 it comes too late",
            "referring",
        ),
    ]
    pushed: Annotated[int, column("Programmes that slip if it slips by that many weeks", "row:path")]
    path: Annotated[list[Step], column("The longest chain of programmes pushed, from this one on")]
    loop: Annotated[list[Step], column("Programmes that wait for each other in a ring with it")]


@analysis
def dependencies(
    dataset: Dataset,
    *,
    weeks: Annotated[int, Field(ge=1, le=520, description="By how many weeks a programme slips")] = 4,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[Waiting]:
    """Who waits for whom, and what if one slips?

    A dependency has slack where it says by which day it is needed and by which day its milestone is expected: by the
    newest report of that day, else as planned. If a programme slips by w weeks, whoever waits for it slips by w weeks
    less the slack, and so on along the chain; a dependency without both days has no slack. Programmes that wait for
    each other in a ring slip together: rings are found as strongly connected components (Tarjan 1972,
    doi:10.1137/0201010) and taken as one before chains are followed. Those that push most others come first.

    Caveat: dependencies are not dated, so all that are loaded count. A chain is as good as the days in it: most
    dependencies name none, and then every delay is passed on whole.

    Examples
    --------
    >>> from graph.store import open_store
    >>> dependencies(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known, kept = evidence(dataset, as_of), narrowed(dataset, as_of, scope)
    slacks = slack_of(dataset, known.as_of)
    network: nx.DiGraph[str] = nx.DiGraph()
    for (provider, dependent), slack in slacks.items():
        network.add_edge(provider, dependent, slack=slack)
    rings = {n: ring for ring in nx.strongly_connected_components(network) for n in ring}
    rows = []
    for node in network if scope == Scope() else kept.programmes.intersection(network):
        pushed = push(network, rings, node, weeks * _WEEK)
        behind = nx.descendants(network, node)
        own = known.departments.get(node, frozenset())
        theirs = frozenset[str]().union(*(known.departments.get(p, frozenset()) for p in behind))
        days = [slacks[node, n] for n in network.successors(node)]
        rows.append(
            Waiting(
                Thing(node, dataset.label(node)),
                network.in_degree(node),
                len(behind),
                len(theirs - own),
                min((d for d in days if d is not None), default=None),
                len(pushed) - 1,
                _steps(dataset, chain(pushed, node)) if len(pushed) > 1 else [],
                _steps(dataset, sorted(rings[node], key=dataset.label)) if len(rings[node]) > 1 else [],
            )
        )
    rows.sort(key=lambda r: (-r.pushed, -r.behind, r.programme.label, r.programme.iri))
    return Result(
        rows,
        len(kept.programmes),
        "programmes",
        _summary(rows, weeks),
        known.as_of,
        [*scope.said(dataset, **_ONLY), *_caveats(kept, slacks, rows)],
    )


def slack_of(dataset: Dataset, as_of: date) -> dict[tuple[str, str], int | None]:
    """For each provider and dependent, the days of slack of the tightest dependency between them; None where one is undated."""
    expected: dict[str, tuple[str, str]] = {}
    found: dict[str, tuple[str, str, str, str]] = {}
    for row in dataset.select("analyses/dependencies", as_of=as_of):
        found[row["dependency"]] = (
            row["provider"], row["dependent"], row.get("needed_by", ""), row.get("milestone", "")
        )  # fmt: skip
        if "milestone" in row:
            newest = (row.get("reported", ""), row.get("expected", row["due"]))
            expected[row["milestone"]] = max(newest, expected.get(row["milestone"], ("", "")))
    slacks: dict[tuple[str, str], int | None] = {}
    for provider, dependent, needed, milestone in found.values():
        slack = None
        if needed and milestone:
            slack = (date.fromisoformat(needed) - date.fromisoformat(expected[milestone][1])).days
        pair = (provider, dependent)
        known = slacks.get(pair, slack)
        slacks[pair] = None if slack is None or known is None else min(slack, known)
    return slacks


def push(
    network: nx.DiGraph[str], rings: Mapping[str, set[str]], start: str, days: int
) -> dict[str, tuple[int, str | None]]:
    """How many days each programme slips if one does, and which programme pushes it; the first is pushed by none."""
    pushed: dict[str, tuple[int, str | None]] = {start: (days, None)}
    waiting = [start]
    while waiting:
        node = waiting.pop()
        late = pushed[node][0]
        reached = [(n, late) for n in rings[node] if n != node]
        reached += [
            (n, late - max(0, network.edges[node, n]["slack"] or 0)) for n in network.successors(node)
        ]
        for other, delay in sorted(reached):
            if delay > 0 and delay > pushed.get(other, (0, None))[0]:
                pushed[other] = (delay, node)
                waiting.append(other)
    return pushed


def chain(pushed: Mapping[str, tuple[int, str | None]], start: str) -> list[str]:
    """The longest way along which a delay is passed on, the first by name among those as long."""
    steps: dict[str | None, int] = {None: 0}
    for node in pushed:
        new: list[str] = []
        by: str | None = node
        while by is not None and by not in steps:
            new.append(by)
            by = pushed[by][1]
        for step, one in enumerate(reversed(new), steps[by] + 1):
            steps[one] = step
    longest = max(steps.values())
    return min((_way(pushed, node) for node in pushed if steps[node] == longest), default=[start])


def _way(pushed: Mapping[str, tuple[int, str | None]], end: str) -> list[str]:
    """Along which a delay reached one programme."""
    way, by = [end], pushed[end][1]
    while by is not None:
        way.append(by)
        by = pushed[by][1]
    return way[::-1]


def _steps(dataset: Dataset, programmes: list[str]) -> list[Step]:
    return [Step(Thing(p, dataset.label(p))) for p in programmes]


def _summary(rows: list[Waiting], weeks: int) -> str:
    if not rows:
        return "No dependency between programmes is loaded."
    top = rows[0]
    rings = {tuple(step.programme.iri for step in row.loop) for row in rows if row.loop}
    loops = (
        f" {len(rings)} {'ring waits' if len(rings) == 1 else 'rings wait'} for {'itself' if len(rings) == 1 else 'themselves'}."
        if rings
        else ""
    )
    late = sum(row.slack is not None and row.slack < 0 for row in rows)
    already = f" {late} already give later than is needed." if late else ""
    weeks_ = f"{weeks} week{'' if weeks == 1 else 's'}"
    return f"If {top.programme.label} slips by {weeks_}, {top.pushed} other programme{'s slip' if top.pushed != 1 else ' slips'}.{loops}{already}"


def _caveats(
    known: Evidence, slacks: Mapping[tuple[str, str], int | None], rows: list[Waiting]
) -> Iterator[str]:
    undated = sum(slack is None for slack in slacks.values())
    if undated:
        yield f"{undated} of {len(slacks)} dependencies lack a day, of need or of what is expected: a delay is passed on whole there."
    if rows:
        yield f"{len(rows)} of {len(known.programmes)} programmes have a dependency that is loaded. One that nobody wrote down is not known."
