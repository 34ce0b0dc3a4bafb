"""Barriers to tick, to see what is freed without them: the form of if-removed, on the pages of what to fix first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.analyses.fix_first import barriers_of
from graph.analyses.if_removed import NONE, chosen
from graph.analysis import Analysis, Result
from graph.dataset import Dataset
from graph.evidence import evidence
from graph.scope import narrowed, scoped
from visualisations.links import Link, href, with_query
from visualisations.words import count

MOST = 200
_KEPT = ("deep_dive", "department")


@dataclass(frozen=True)
class Tick:
    """One barrier."""

    value: str
    label: str
    href: str | None
    reach: int
    """Programmes that it holds back."""
    ticked: bool


@dataclass(frozen=True)
class Ticks:
    """The form."""

    boxes: tuple[Tick, ...]
    count: str
    none: str
    """What a form without a tick sends."""
    kept: tuple[tuple[str, str], ...]
    """What was asked for and stays."""
    sets: tuple[Link, ...]
    """Whole sets to tick: the best, and the most shared."""


def ticks(
    dataset: Dataset, analysis: Analysis, parameters: Mapping[str, str], result: Result[Any]
) -> Ticks | None:
    """The barriers that hold back a programme in the choice, those that block most first; None for other analyses."""
    if analysis.name not in ("if_removed", "fix_first", "fix_frontier"):
        return None
    kept = {name: asked for name in _KEPT if (asked := parameters.get(name, "").strip())}
    everything = evidence(dataset, result.as_of)
    known = narrowed(dataset, result.as_of, scoped(dataset, **kept))
    blocked = {p: barriers for p, barriers in barriers_of(everything).items() if p in known.programmes}
    reach = Counter(barrier for barriers in blocked.values() for barrier in barriers)
    order = sorted(reach, key=lambda b: (-reach[b], dataset.label(b), b))
    gone: Sequence[str] = ()
    sets: list[Link] = []

    def at(words: str, barriers: Sequence[str]) -> Link:
        ends = ",".join(_end(dataset, b) for b in barriers)
        day = result.as_of.isoformat() if parameters.get("as_of") else ""
        return Link(words, with_query("/analyses/if-removed", barriers=ends, **kept, as_of=day))

    if analysis.name == "if_removed":
        gone = sorted(chosen(dataset, everything, parameters.get("barriers", ""), blocked))
        sets = [
            Link("How much does each number of barriers free?", with_query("/analyses/fix-frontier", **kept))
        ]
    elif analysis.name == "fix_first" and result.rows:
        gone = [fixed.barrier.iri for fixed in result.rows[0].barriers]
        sets = [at("What this set frees", gone)] if gone else []
        sets.append(
            Link("How much does each number of barriers free?", with_query("/analyses/fix-frontier", **kept))
        )
    elif result.rows:
        steps = [
            row
            for place, row in enumerate(result.rows)
            if row.barriers and (not place or row.programmes > result.rows[place - 1].programmes)
        ]
        sets = [at(f"the best {row.removed}", [c.barrier.iri for c in row.barriers]) for row in steps]
        sets += [at(f"the {row.removed} most shared", order[: row.removed]) for row in steps[-1:]]
        gone = [c.barrier.iri for c in result.rows[-1].barriers]
    shown = list(dict.fromkeys([*gone, *order[:MOST]]))
    shown.sort(key=lambda b: (-reach[b], dataset.label(b), b))
    return Ticks(
        tuple(
            Tick(_end(dataset, b), dataset.label(b), href(dataset.base, b), reach[b], b in set(gone))
            for b in shown
        ),
        f"{len(shown)} of {count(len(order), 'barrier')} that hold back a programme",
        NONE,
        (*kept.items(), *([("as_of", parameters["as_of"])] if parameters.get("as_of") else [])),
        tuple(sets),
    )


def _end(dataset: Dataset, iri: str) -> str:
    """What stands for a barrier in an address: the end of its own, where that is enough."""
    return iri.removeprefix(f"{dataset.base}/id/barrier/")
