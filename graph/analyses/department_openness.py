"""Department openness: which departments turn inward?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graph.analyses.silo_overview import WITHIN, Edge, Groups, programme_ties
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
from graph.evidence import Evidence
from graph.scope import narrowed, scoped


@dataclass(frozen=True)
class DepartmentOpenness:
    """One department, and where the working ties of its programmes lead."""

    department: Annotated[Thing, column("The department")]
    n: Annotated[
        int, column("Its programmes that were tested: interviewed about, or seen to work", "programmes")
    ]
    internal: Annotated[int, column("Ties between two of its programmes", "ties")]
    external: Annotated[int, column("Ties to a programme that has no department in common", "ties")]
    ei: Annotated[
        float | None,
        column("E-I index, from -1 (all ties inside) to 1 (all across); none with one programme, or no tie"),
    ]
    expected: Annotated[float | None, column("E-I index that its size alone would give")]
    coleman: Annotated[
        float | None,
        column("Coleman's index: from -1 (shuns its own) through 0 (as by chance) to 1 (only its own)"),
    ]
    conductance: Annotated[
        float | None,
        column("Ties that leave it, over the ties of the smaller side; 0 is closed, 1 is wholly open"),
    ]
    note: Annotated[str, column("What to bear in mind with this row")]


@analysis
def department_openness(
    dataset: Dataset,
    *,
    min_ties: Annotated[
        int,
        Field(
            ge=0, le=1000, description="Say of departments with fewer ties that they are too few to judge by"
        ),
    ] = 5,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[DepartmentOpenness]:
    """Which departments turn inward?

    For each department with n of N tested programmes, ties inside (I) and ties across (E): E-I index (E - I) / (E + I)
    (Krackhardt and Stern 1988, doi:10.2307/2786835), beside what its size alone would give over all pairs,
    (2(N - n) - (n - 1)) / (2(N - n) + (n - 1)). Coleman's index (1958) sets the share of its tie ends that lead inside,
    s = 2I / (2I + E), against w = (n - 1) / (N - 1): (s - w) / (1 - w) where s >= w, else (s - w) / w. Conductance is
    E / min(v, V - v), with v = 2I + E and V twice all ties. Those that lie furthest below what is expected come first.

    Caveat: only programmes that were tested take part; untested is not untied. A small department always looks open,
    so read E-I beside what is expected. A tie between programmes that share a department is never across.

    Examples
    --------
    >>> from graph.store import open_store
    >>> department_openness(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known = narrowed(dataset, as_of, scope.but("department"))
    groups, edges = tested(known)
    rows = [
        measure(Thing(d, dataset.label(d)), d, edges, groups, min_ties)
        for d in sorted(frozenset[str]().union(*groups.values()))
        if scope.department in (None, d)
    ]
    rows.sort(key=lambda r: (r.ei is None, (r.ei or 0) - (r.expected or 0), r.department.label))
    return Result(
        rows,
        len(frozenset[str]().union(*known.departments.values())),
        "departments",
        _summary(rows),
        known.as_of,
        [
            *scope.said(dataset, deep_dive=WITHIN, department="{}, among all departments"),
            *_caveats(known, rows),
        ],
    )


def tested(known: Evidence) -> tuple[Groups, list[Edge]]:
    """The departments of each tested programme that has any, and the ties between such programmes."""
    edges = programme_ties(known)
    tied = {end for edge in edges for end in edge}
    groups = {p: known.departments[p] for p in sorted(tied | known.interviewed) if p in known.departments}
    return groups, [e for e in edges if e[0] in groups and e[1] in groups]


def measure(
    thing: Thing, department: str, edges: Sequence[Edge], groups: Mapping[str, frozenset[str]], min_ties: int
) -> DepartmentOpenness:
    """The figures of one department in a network: its edges, each once, and the departments of every node."""
    n, all_ = sum(department in homes for homes in groups.values()), len(groups)
    internal = sum(department in groups[a] and department in groups[b] for a, b in edges)
    external = sum(
        (department in groups[a]) != (department in groups[b]) and groups[a].isdisjoint(groups[b])
        for a, b in edges
    )
    ties, ends = internal + external, 2 * internal + external
    inside, pairs = n - 1, 2 * (all_ - n) + n - 1
    ei = (external - internal) / ties if ties and n > 1 else None
    smaller = min(ends, 2 * len(edges) - ends)
    return DepartmentOpenness(
        thing,
        n,
        internal,
        external,
        _rounded(ei),
        _rounded((pairs - 2 * inside) / pairs) if pairs and n > 1 else None,
        _rounded(_coleman(2 * internal / ends, inside / (all_ - 1))) if ends and n > 1 else None,
        _rounded(external / smaller) if smaller > 0 else None,
        "one programme: it can have no ties inside"
        if n == 1
        else f"{ties} of its ties are known: too few to judge by"
        if ties < min_ties
        else "",
    )


def _coleman(share: float, chance: float) -> float | None:
    if share >= chance:
        return (share - chance) / (1 - chance) if chance < 1 else None
    return (share - chance) / chance


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _summary(rows: list[DepartmentOpenness]) -> str:
    judged = [r for r in rows if r.ei is not None and r.expected is not None and not r.note]
    inward = [r for r in judged if (r.ei or 0) < (r.expected or 0)]
    if not judged:
        return "No department has enough ties to be judged by."
    if not inward:
        return f"None of {len(judged)} departments with enough ties turns inward more than its size explains."
    top = inward[0]
    return (
        f"{len(inward)} of {len(judged)} departments with enough ties have fewer ties across than their size alone would give. "
        f"Most inward: {top.department.label}, with {top.external} of {top.internal + top.external} ties across."
    )


def _caveats(known: Evidence, rows: list[DepartmentOpenness]) -> Iterator[str]:
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview. They take no part in these figures unless a tie of theirs was seen."
    if alone := sum(row.n == 1 for row in rows):
        yield f"{alone} of {len(rows)} departments have one programme here, and can have no ties inside: their index is left empty, not 0."
