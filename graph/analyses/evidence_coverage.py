"""Evidence coverage: did we ask enough, and of whom?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
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
from graph.evidence import Evidence, sources
from graph.scope import Scope, interviews_in, narrowed, scoped
from ontology.terms import concept, concepts


@dataclass(frozen=True)
class EvidenceCoverage:
    """What was asked at one level, and how much may be left to hear."""

    level: Annotated[Thing, column("The level, from minister to service user")]
    interviews: Annotated[int, column("Interviews held", "referring")]
    organisations: Annotated[int, column("Organisations they were held at", "referring")]
    barriers: Annotated[int, column("Standing barriers that were spoken of, for or against", "referring")]
    only_here: Annotated[int, column("Barriers that no other level spoke of", "referring")]
    new_ratio: Annotated[
        float | None,
        column(
            "Barriers first heard in the last interviews, over those heard in the first; 0.05 or less is saturated"
        ),
    ]
    unheard: Annotated[
        float | None, column("Barriers still unheard at this level, at least (Chao2, bias-corrected)")
    ]
    coverage: Annotated[
        float | None,
        column("Share of what there is to hear that was heard, at most: heard over heard and unheard"),
    ]


@analysis
def evidence_coverage(
    dataset: Dataset,
    *,
    base: Annotated[int, Field(ge=1, le=100, description="Interviews that make the base")] = 4,
    run: Annotated[
        int, Field(ge=1, le=100, description="Interviews that make the run that is set against it")
    ] = 2,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[EvidenceCoverage]:
    """Did we ask enough, and of whom?

    For each level: how many interviews, where, and how many barriers they spoke of. Saturation after Guest, Namey and
    Chen (2020), doi:10.1371/journal.pone.0232076: the barriers first heard in the last `run` interviews, over those
    heard in the first `base`, in the order in which the interviews were held. What is still unheard after Chao (1987),
    doi:10.2307/2531532, for incidence data and bias-corrected: (m - 1) / m * Q1 (Q1 - 1) / (2 (Q2 + 1)), of m
    interviews, Q1 barriers heard once and Q2 heard twice. A level at which nobody was interviewed is shown with 0.

    Caveat: what is unheard is a lower bound: say "at least". Interviews that were about other programmes could not
    have told of the same barriers. Saturation at one level says nothing of the others.

    Examples
    --------
    >>> from graph.store import open_store
    >>> [row.interviews for row in evidence_coverage(open_store("memory").dataset()).rows]
    [0, 0, 0, 0, 0, 0]
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    where = scope.but("scheme")
    held = _held(dataset, known, interviews_in(dataset, known.as_of, where) if where != Scope() else None)
    spoken = _spoken(known)
    by_level = {
        level: frozenset[int]().union(*(spoken[i] for i in interviews)) for level, interviews in held.items()
    }
    rows = []
    for level, interviews in held.items():
        heard = by_level[level]
        elsewhere = frozenset[int]().union(*(other for name, other in by_level.items() if name != level))
        order = [spoken[i] for i in interviews]
        unheard = chao2(order)
        rows.append(
            EvidenceCoverage(
                Thing(level, dataset.label(level)),
                len(interviews),
                len(set(interviews.values()) - {""}),
                len(heard),
                len(heard - elsewhere),
                saturation(order, base, run),
                None if unheard is None else round(unheard, 6),
                None if unheard is None or not heard else round(len(heard) / (len(heard) + unheard), 6),
            )
        )
    return Result(
        rows,
        len(rows),
        "levels",
        _summary(rows, [spoken[i] for found in held.values() for i in found]),
        known.as_of,
        [*scope.said(dataset), *_caveats(known, rows, base, run)],
    )


@dataclass(frozen=True)
class Heard:
    """One interview in the order in which they were held, and what it told first."""

    interview: Thing
    level: Thing
    day: date
    new: int
    """Barriers that no interview before it spoke of."""
    so_far: int
    """Barriers that were spoken of up to it."""


def in_order(
    dataset: Dataset,
    *,
    deep_dive: str = "",
    department: str = "",
    scheme: str = "",
    as_of: date | None = None,
) -> tuple[tuple[Heard, ...], float | None]:
    """How the barriers came to be heard, interview by interview, and how many more there are at least (Chao2)."""
    scope = scoped(dataset, deep_dive=deep_dive, department=department, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    where = scope.but("scheme")
    held = _held(dataset, known, interviews_in(dataset, known.as_of, where) if where != Scope() else None)
    days = {row["source"]: row["day"] for row in sources(dataset) if "day" in row}
    order = sorted((days[i], i, level) for level, interviews in held.items() for i in interviews)
    spoken = _spoken(known)
    before: set[int] = set()
    found = []
    for day, interview, level in order:
        new = spoken[interview] - before
        before |= new
        found.append(
            Heard(
                Thing(interview, dataset.label(interview)),
                Thing(level, dataset.label(level)),
                date.fromisoformat(day),
                len(new),
                len(before),
            )
        )
    return tuple(found), chao2([spoken[i] for _, i, _ in order])


def _spoken(known: Evidence) -> defaultdict[str, frozenset[int]]:
    """The barriers that each source spoke of, each barrier as a number, which is much quicker than a text."""
    import polars as pl  # most commands do without this slow import

    found = known.said.group_by("source").agg(pl.col("barrier").to_physical().unique())
    return defaultdict(frozenset, {source: frozenset(barriers) for source, barriers in found.iter_rows()})


def chao2(interviews: Sequence[frozenset[Hashable]]) -> float | None:
    """How many are still unheard, at least, by what each interview spoke of; None without interviews."""
    m = len(interviews)
    if not m:
        return None
    times = Counter(Counter(thing for interview in interviews for thing in interview).values())
    return (m - 1) / m * times[1] * (times[1] - 1) / (2 * (times[2] + 1))


def saturation(interviews: Sequence[frozenset[Hashable]], base: int, run: int) -> float | None:
    """What the last interviews added, over what the first gave; None with too few, or where the first gave nothing."""
    if len(interviews) < base + run:
        return None
    first = frozenset[Hashable]().union(*interviews[:base])
    before = frozenset[Hashable]().union(*interviews[:-run])
    added = frozenset[Hashable]().union(*interviews[-run:]) - before
    return round(len(added) / len(first), 6) if first else None


def _held(dataset: Dataset, known: Evidence, heard: frozenset[str] | None) -> dict[str, dict[str, str]]:
    """For each level, its interviews in the order in which they were held, with the organisation of each."""
    found: dict[str, list[tuple[str, str, str]]] = {
        concept("levels", code): [] for code in concepts("levels")
    }
    for row in sources(dataset):
        if (
            row.get("level") in found
            and row["day"] <= known.as_of.isoformat()
            and (heard is None or row["source"] in heard)
        ):
            found[row["level"]].append((row["day"], row["source"], row.get("organisation", "")))
    return {level: {source: at for _, source, at in sorted(rows)} for level, rows in found.items()}


def _summary(rows: list[EvidenceCoverage], every: list[frozenset[int]]) -> str:
    heard = len(frozenset[int]().union(*every))
    unheard = chao2(every)
    if unheard is None:
        return "No interview was held."
    silent = [row.level.label.lower() for row in rows if not row.interviews]
    gaps = f" Nobody was interviewed at the level {', '.join(silent)}." if silent else ""
    more = (
        f"at least {unheard:.0f} more may be unheard"
        if round(unheard)
        else "taken together they give no sign of more"
    )
    return f"{len(every)} interviews spoke of {heard} standing barriers; {more}.{gaps}"


def _caveats(known: Evidence, rows: list[EvidenceCoverage], base: int, run: int) -> Iterator[str]:
    if few := [row.level.label for row in rows if 0 < row.interviews < base + run]:
        yield f"Fewer than {base + run} interviews at: {', '.join(few)}. Whether anything new would come is not known there."
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: a barrier there would not show."
