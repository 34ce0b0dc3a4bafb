"""If removed: if these barriers go, what is freed, and what still blocks the rest?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graph.analyses.fix_first import barriers_of
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
from graph.errors import BadParameter
from graph.evidence import Evidence, evidence
from graph.scope import narrowed, scoped

NONE = "none"
"""Asks for no barrier at all, where an empty text asks for the one that blocks most."""
_LOOKED_AT = "programmes that the deep dive “{}” looked at; every barrier of theirs counts"


@dataclass(frozen=True)
class Standing:
    """A barrier that still stands in the way."""

    barrier: Thing


@dataclass(frozen=True)
class IfRemoved:
    """One programme that at least one of the barriers holds back."""

    programme: Annotated[Thing, column("A programme that at least one of these barriers holds back")]
    freed: Annotated[bool, column("Whether nothing else holds it back")]
    removed: Annotated[int, column("How many of its barriers would go", "barriers")]
    still: Annotated[list[Standing], column("The barriers that would still hold it back")]


@analysis
def if_removed(
    dataset: Dataset,
    *,
    barriers: Annotated[
        str,
        Field(
            max_length=10_000,
            description="The barriers to remove: the ends of their addresses, or whole addresses, with commas between; empty for the one that blocks most, none for none",
        ),
    ] = "",
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[IfRemoved]:
    """If these barriers go, what is freed, and what still blocks the rest?

    A programme is freed once every standing barrier that a finding says holds it back is among those removed. The
    others are shown with what is left in their way, those with least left first. Nothing is changed in the store.

    Caveat: a barrier that nobody has told of is not known to be left. That a barrier can be removed at all is taken
    for granted.

    Examples
    --------
    >>> from graph.store import open_store
    >>> if_removed(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known, everything = narrowed(dataset, as_of, scope), evidence(dataset, as_of)
    blocked = {p: found for p, found in barriers_of(everything).items() if p in known.programmes}
    gone = chosen(dataset, everything, barriers, blocked)
    rows = []
    for programme, theirs in blocked.items():
        if not theirs.isdisjoint(gone):
            left = sorted((Thing(b, dataset.label(b)) for b in theirs - gone), key=lambda t: (t.label, t.iri))
            rows.append(
                IfRemoved(
                    Thing(programme, dataset.label(programme)),
                    not left,
                    len(theirs & gone),
                    [Standing(thing) for thing in left],
                )
            )
    rows.sort(key=lambda r: (len(r.still), r.programme.label, r.programme.iri))
    return Result(
        rows,
        len(blocked),
        "blocked programmes",
        _summary(dataset, rows, gone, len(blocked)),
        known.as_of,
        [*scope.said(dataset, deep_dive=_LOOKED_AT), *_caveats(known)],
    )


def chosen(
    dataset: Dataset, known: Evidence, text: str, blocked: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """The barriers that are named; the one that blocks most programmes where none is. Raises BadParameter."""
    standing = known.held.keys()
    named = [part.strip() for part in text.split(",") if part.strip()]
    if NONE in named and f"{dataset.base}/id/barrier/{NONE}" not in standing:
        named = [name for name in named if name != NONE]
    elif not named:
        reach = Counter(barrier for barriers in blocked.values() for barrier in barriers)
        return frozenset(sorted(reach, key=lambda b: (-reach[b], dataset.label(b), b))[:1])
    found = {n if "/" in n else f"{dataset.base}/id/barrier/{n}" for n in named}
    if unknown := sorted(found - standing):
        names = ", ".join(iri.rsplit("/", 1)[-1] for iri in unknown[:3])
        raise BadParameter(f"barriers: {names}: no barrier of that name holds back a programme on the day.")
    return frozenset(found)


def _summary(dataset: Dataset, rows: list[IfRemoved], gone: frozenset[str], of: int) -> str:
    if not gone and of:
        return f"No barrier is ticked: {of} programmes stay blocked."
    if not rows:
        return "No programme is blocked."
    names = "; ".join(f"“{dataset.label(b)}”" for b in sorted(gone, key=dataset.label))
    freed = sum(row.freed for row in rows)
    rest = len(rows) - freed
    left = (
        f" {rest} others would still be held back by something else."
        if rest > 1
        else " One other would still be held back by something else."
        if rest
        else ""
    )
    return f"Without {names}, {freed} of {of} blocked programmes would be free.{left}"


def _caveats(known: Evidence) -> Iterator[str]:
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: what holds them back is not known."
