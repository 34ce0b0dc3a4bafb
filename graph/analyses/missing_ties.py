"""Missing ties: who must coordinate and does not?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
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
from graph.scope import narrowed, scoped

Pair = tuple[str, str]
_ONLY = {
    "deep_dive": "reasons that the deep dive “{}” found, or that lie between programmes it looked at; every tie counts",
    "department": "pairs with {}",
    "level": "barriers that interviews at the level “{}” support; every dependency and tie counts",
    "scheme": "barriers typed by “{}”; every dependency and tie counts",
}


@dataclass(frozen=True)
class MissingTie:
    """Two departments, what they share and what they were seen to do together."""

    department: Annotated[Thing, column("One department")]
    other: Annotated[Thing, column("The other department")]
    required: Annotated[int, column("Reasons to coordinate: shared barriers and dependencies", "pair")]
    shared_barriers: Annotated[int, column("Barriers that hold back programmes of both", "pair")]
    dependencies: Annotated[
        int, column("Dependencies of a programme of one on a programme of the other", "pair")
    ]
    ties: Annotated[int, column("Working ties that were observed between the two", "pair")]
    gap: Annotated[
        int, column("Reasons to coordinate beyond the ties observed; 0 where there are as many ties", "pair")
    ]


@analysis
def missing_ties(
    dataset: Dataset,
    *,
    min_required: Annotated[
        int, Field(ge=1, le=1000, description="Show pairs with at least this many reasons to coordinate")
    ] = 1,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[MissingTie]:
    """Who must coordinate and does not?

    Two departments must coordinate where a barrier holds back programmes of both, or where a programme of one
    depends on a programme of the other. They do coordinate where a working tie was observed between their
    programmes, or between organisations that belong to them. gap = max(0, required - ties). Pairs without any
    tie come first, then by gap. After Cataldo, Wagstrom, Herbsleb and Carley (2006), doi:10.1145/1180875.1180929.

    Caveat: a programme that two departments lead together is no reason between those two. Ties that nobody asked
    about are not known: untested is not untied.

    Examples
    --------
    >>> from graph.store import open_store
    >>> missing_ties(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known = narrowed(dataset, as_of, scope.but("department"))
    barriers, dependencies = shared_barriers(known), _dependencies(dataset, known)
    ties = observed_ties(evidence(dataset, as_of))
    rows = []
    for pair in sorted({*barriers, *dependencies, *ties}):
        if scope.department not in (None, *pair):
            continue
        required = len(barriers[pair]) + dependencies[pair]
        one, other = (Thing(d, dataset.label(d)) for d in pair)
        rows.append(
            MissingTie(
                one,
                other,
                required,
                len(barriers[pair]),
                dependencies[pair],
                len(ties[pair]),
                max(0, required - len(ties[pair])),
            )
        )
    chosen = sorted(
        (row for row in rows if row.required >= min_required),
        key=lambda r: (r.ties > 0, -r.gap, -r.required, r.department.label, r.other.label),
    )
    departments = frozenset[str]().union(*known.departments.values())
    n = len(departments)
    others = max(0, n - 1) if scope.department in departments else 0
    return Result(
        chosen,
        others if scope.department else n * (n - 1) // 2,
        "pairs of departments",
        _summary(chosen),
        known.as_of,
        [*scope.said(dataset, **_ONLY), *_caveats(known)],
    )


def shared_barriers(known: Evidence) -> defaultdict[Pair, set[str]]:
    """For each pair of departments, the barriers that hold back programmes of both."""
    reached: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for programme, barriers in known.blocking.items():
        for barrier in barriers:
            reached[barrier].add(known.departments.get(programme, frozenset()))
    found: defaultdict[Pair, set[str]] = defaultdict(set)
    for barrier, homes in reached.items():
        for pair in _apart(homes):
            found[pair].add(barrier)
    return found


def observed_ties(known: Evidence) -> defaultdict[Pair, set[str]]:
    """For each pair of departments, the working ties observed between them."""
    found: defaultdict[Pair, set[str]] = defaultdict(set)
    for tie in known.ties:
        for pair in _apart([known.home(tie.one), known.home(tie.other)]):
            found[pair].add(tie.iri)
    return found


def _dependencies(dataset: Dataset, known: Evidence) -> Counter[Pair]:
    found: Counter[Pair] = Counter()
    for row in dataset.select("analyses/missing_ties"):
        homes = (known.departments.get(row[end], frozenset()) for end in ("dependent", "provider"))
        found.update(set(_apart(homes)))
    return found


def _apart(homes: Iterable[frozenset[str]]) -> Iterator[Pair]:
    """The pairs of different departments of which one is in one set and one in another, disjoint, set."""
    yield from {pair for one, other in combinations(set(homes), 2) for pair in _between(one, other)}


@lru_cache(maxsize=10_000)  # the same departments meet over many barriers
def _between(one: frozenset[str], other: frozenset[str]) -> tuple[Pair, ...]:
    return tuple((min(a, b), max(a, b)) for a, b in product(one, other)) if one.isdisjoint(other) else ()


def _summary(rows: list[MissingTie]) -> str:
    untied = [row for row in rows if not row.ties]
    if not untied:
        return (
            "No pair of departments that must coordinate is without a working tie."
            if rows
            else "No two departments share a reason to coordinate."
        )
    top = untied[0]
    return (
        f"{len(untied)} of {len(rows)} pairs of departments that must coordinate have no working tie. "
        f"The widest gap: {top.department.label} and {top.other.label}, with {top.shared_barriers} shared barrier{'' if top.shared_barriers == 1 else 's'}."
    )


def _caveats(known: Evidence) -> Iterator[str]:
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: nobody was asked whom they work with. Untested is not untied."
    if not known.ties:
        yield "No working tie is loaded, so every pair looks apart."
