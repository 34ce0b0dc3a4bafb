"""Dependencies: who waits for whom, and what if one slips?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from graph.slippage import Slip, behind, rings, slips

MOST = 50
"""How many programmes of a chain, and of a ring, a row names: nobody reads on, and each row of a long chain has its own."""
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
    path: Annotated[
        list[Step],
        column(f"The longest chain of programmes pushed, from this one on; of a longer one the first {MOST}"),
    ]
    loop: Annotated[
        list[Step],
        column(f"Programmes that wait for each other in a ring with it; of more the first {MOST} by name"),
    ]


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

    Where several push a programme, the one counts that leaves it the greatest delay, of several the one to which there are
    the fewest steps, of several the first by name. The longest way along which the delay is passed on so is the path; of
    several as long, the one that ends in the first by name.

    Caveat: dependencies are not dated, so all that are loaded count. A chain is as good as the days in it: most
    dependencies name none, and then every delay is passed on whole. Of a chain or a ring of more than 50 programmes 50
    are named; pushed and behind count all.

    Examples
    --------
    >>> from graph.store import open_store
    >>> dependencies(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known, kept = evidence(dataset, as_of), narrowed(dataset, as_of, scope)
    slacks = slack_of(dataset, known.as_of)
    network = _network(dataset, slacks)
    found = rings(network)
    step = {node: Step(Thing(node, dataset.label(node))) for node in network}
    loops = {node: [step[n] for n in ring[:MOST]] for ring in found if len(ring) > 1 for node in ring}
    waiting = behind(network, found, known.departments)
    asked = network if scope == Scope() else kept.programmes.intersection(network)
    slipped = slips(network, found, asked, weeks * _WEEK, MOST)
    rows = []
    for node, slip in slipped.items():
        days = [slacks[node, n] for n in network.successors(node)]
        rows.append(
            Waiting(
                step[node].programme,
                network.in_degree(node),
                waiting[node].programmes,
                waiting[node].departments,
                min((d for d in days if d is not None), default=None),
                slip.pushed,
                [step[n] for n in slip.chain] if slip.pushed else [],
                loops.get(node, []),
            )
        )
    rows.sort(key=lambda r: (-r.pushed, -r.behind, r.programme.label, r.programme.iri))
    return Result(
        rows,
        len(kept.programmes),
        "programmes",
        _summary(rows, weeks),
        known.as_of,
        [*scope.said(dataset, **_ONLY), *_caveats(kept, slacks, rows), *_cut(found, slipped)],
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


def _network(dataset: Dataset, slacks: Mapping[tuple[str, str], int | None]) -> nx.DiGraph[str]:
    """An arc from each provider to each dependent; its nodes in the order of their names."""
    network: nx.DiGraph[str] = nx.DiGraph()
    names = {(dataset.label(n), n) for pair in slacks for n in pair}
    network.add_nodes_from(n for _, n in sorted(names))
    network.add_edges_from((*pair, {"slack": slack}) for pair, slack in slacks.items())
    return network


def _summary(rows: list[Waiting], weeks: int) -> str:
    if not rows:
        return "No dependency between programmes is loaded."
    top = rows[0]
    several = len({row.loop[0].programme for row in rows if row.loop})
    loops = (
        f" {several} {'ring waits' if several == 1 else 'rings wait'} for {'itself' if several == 1 else 'themselves'}."
        if several
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


def _cut(found: Sequence[Sequence[str]], slipped: Mapping[str, Slip]) -> Iterator[str]:
    """Where a list names the first only."""
    longer = [slip.longest for slip in slipped.values() if slip.longest > MOST]
    if longer:
        chains = "1 chain is" if len(longer) == 1 else f"{len(longer)} chains are"
        yield f"{chains} longer than {MOST} programmes, up to {max(longer)}: path names the first {MOST}; pushed counts all who slip."
    sizes = [len(ring) for ring in found if len(ring) > MOST and not slipped.keys().isdisjoint(ring)]
    if sizes:
        in_ring = "1 ring has" if len(sizes) == 1 else f"{len(sizes)} rings have"
        yield f"{in_ring} more than {MOST} programmes, up to {max(sizes)}: loop names the first {MOST} by name."
