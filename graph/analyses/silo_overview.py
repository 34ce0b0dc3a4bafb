"""Silo overview: do departments work apart more than their sizes explain?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Annotated

import numpy as np
from pydantic import Field

from graph.analysis import (
    AsOf,
    InDeepDive,
    Result,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.evidence import Evidence
from graph.scope import narrowed, scoped

Edge = tuple[str, str]
Groups = Mapping[str, frozenset[str]]
WITHIN = "programmes that the deep dive “{}” looked at, and the ties between them"
"""How a network within one deep dive says what it leaves out."""


@dataclass(frozen=True)
class SiloOverview:
    """How much of the observed work crosses departments, beside what their sizes alone would give."""

    programmes: Annotated[
        int,
        column("Programmes that were tested: interviewed about, or seen to work with another", "programmes"),
    ]
    departments: Annotated[int, column("Departments that answer for them", "programmes")]
    ties: Annotated[int, column("Pairs of these programmes with an observed working tie", "ties")]
    external: Annotated[int, column("Pairs whose programmes have no department in common", "ties")]
    internal: Annotated[int, column("Pairs whose programmes have a department in common", "ties")]
    ei: Annotated[
        float | None, column("E-I index, from -1 (all ties inside) to 1 (all across); none without ties")
    ]
    expected: Annotated[float | None, column("E-I index that the sizes of the departments alone would give")]
    sd: Annotated[
        float | None, column("Standard deviation of the E-I index when departments are dealt out at random")
    ]
    z: Annotated[
        float | None, column("How many standard deviations the E-I index lies from what is expected")
    ]
    p: Annotated[float | None, column("Share of random deals with as few ties across, or fewer")]
    r: Annotated[
        float | None,
        column("Assortativity by department, without programmes of two departments; 1 is wholly apart"),
    ]
    spanners: Annotated[int, column("Programmes that two or more departments lead together", "programmes")]
    interview_share: Annotated[
        float | None, column("Share of all programmes with any interview, from 0 to 1", "programmes")
    ]


@analysis
def silo_overview(
    dataset: Dataset,
    *,
    shuffles: Annotated[
        int, Field(ge=100, le=100_000, description="How many random deals the test takes")
    ] = 5000,
    deep_dive: InDeepDive = "",
    as_of: AsOf = None,
) -> Result[SiloOverview]:
    """Do departments work apart more than their sizes explain?

    Takes the working ties that were observed between programmes, each pair once, and counts those across
    departments (E) and within (I). The E-I index is (E - I) / (E + I), after Krackhardt and Stern (1988),
    doi:10.2307/2786835. Large departments have more ties inside by their size alone, so beside it stand what is
    expected over all pairs of programmes, and p: the departments are dealt out anew at random many times, with a
    fixed seed, and p = (1 + k) / (1 + B), where k of B deals have as few ties across. The standard deviation is
    exact (join counts under permutation). r is the assortativity of Newman (2003), doi:10.1103/PhysRevE.67.026126.

    Caveat: only programmes that were tested take part; untested is not untied. A programme of two departments
    counts as having both, so that its ties to either are internal.

    Examples
    --------
    >>> from graph.store import open_store
    >>> silo_overview(open_store("memory").dataset()).rows[0].ei is None
    True
    """
    scope = scoped(dataset, deep_dive=deep_dive)
    known = narrowed(dataset, as_of, scope)
    edges = programme_ties(known)
    tied = {end for edge in edges for end in edge}
    groups = {p: known.departments[p] for p in sorted(tied | known.interviewed) if p in known.departments}
    row = measure(
        [e for e in edges if e[0] in groups and e[1] in groups],
        groups,
        len(known.programmes),
        len(known.interviewed),
        shuffles,
    )
    return Result(
        [row],
        len(known.programmes),
        "programmes",
        _summary(row),
        known.as_of,
        [*scope.said(dataset, deep_dive=WITHIN), *_caveats(row, known, groups)],
    )


def programme_ties(known: Evidence) -> list[Edge]:
    """The pairs of programmes with a working tie, each once."""
    return sorted(
        {(t.one, t.other) for t in known.ties if t.one in known.programmes and t.other in known.programmes}
    )


def measure(
    edges: Sequence[Edge], groups: Groups, programmes: int, interviewed: int, shuffles: int
) -> SiloOverview:
    """The figures for a network: its edges, each once, and the departments of every node."""
    m = len(edges)
    internal = sum(not groups[a].isdisjoint(groups[b]) for a, b in edges)
    expected_share, sd_share = _moments(edges, groups)
    ei = (m - 2 * internal) / m if m else None
    expected = None if expected_share is None else 1 - 2 * expected_share
    sd = None if sd_share is None else 2 * sd_share
    return SiloOverview(
        len(groups),
        len(frozenset[str]().union(*groups.values())),
        m,
        m - internal,
        internal,
        _rounded(ei),
        _rounded(expected),
        _rounded(sd),
        _rounded((ei - expected) / sd) if ei is not None and expected is not None and sd else None,
        as_few_across(edges, groups, internal, shuffles) if m else None,
        _rounded(_assortativity(edges, groups)),
        sum(len(g) > 1 for g in groups.values()),
        _rounded(interviewed / programmes) if programmes else None,
    )


def _moments(edges: Sequence[Edge], groups: Groups) -> tuple[float | None, float | None]:
    """Mean and standard deviation of the share of internal edges when groups are dealt out at random.

    Join counts: with A the 0/1 matrix of "may be internal" over nodes, S its sum and R the sum of squared row
    sums, ordered pairs are internal with chance S/(n)_2, two pairs that share a node with (R - S)/(n)_3, and
    disjoint pairs with (S^2 - 4R + 2S)/(n)_4.
    """
    n, m = len(groups), len(edges)
    if n < 2:
        return None, None
    sizes = Counter(groups.values())
    row_sum = {g: sum(k for h, k in sizes.items() if not g.isdisjoint(h)) - 1 for g in sizes}
    s = sum(k * row_sum[g] for g, k in sizes.items())
    r = sum(k * row_sum[g] ** 2 for g, k in sizes.items())
    mean = s / (n * (n - 1))
    if not m:
        return mean, None
    degrees = Counter(end for edge in edges for end in edge)
    sharing = sum(comb(d, 2) for d in degrees.values())
    disjoint = comb(m, 2) - sharing
    second = m * mean
    if sharing:
        second += 2 * sharing * (r - s) / (n * (n - 1) * (n - 2))
    if disjoint:
        second += 2 * disjoint * (s * s - 4 * r + 2 * s) / (n * (n - 1) * (n - 2) * (n - 3))
    return mean, sqrt(max(0.0, second - (m * mean) ** 2)) / m


def as_few_across(edges: Sequence[Edge], groups: Groups, internal: int, shuffles: int) -> float:
    """The p of so many internal edges or more, when the groups are dealt out anew so many times."""
    nodes = list(groups)
    index = {node: i for i, node in enumerate(nodes)}
    kinds = sorted(set(groups.values()), key=sorted)
    number = {kind: i for i, kind in enumerate(kinds)}
    compatible = np.array([[not a.isdisjoint(b) for b in kinds] for a in kinds], np.uint8).ravel()
    dealt = np.array([number[groups[node]] for node in nodes], np.int32)
    one, other = np.array([[index[a], index[b]] for a, b in edges]).T
    random = np.random.default_rng(1988)
    as_few = 0
    for start in range(0, shuffles, 500):
        deals = random.permuted(np.tile(dealt, (min(500, shuffles - start), 1)), axis=1)
        by_node = np.ascontiguousarray(deals.T)  # a row for each node: the ends of an edge are two rows
        inside = np.zeros(len(deals), np.int64)
        for first in range(0, len(one), 256):
            ends = by_node[one[first : first + 256]] * len(kinds) + by_node[other[first : first + 256]]
            inside += compatible.take(ends).sum(axis=0, dtype=np.int64)
        as_few += int((inside >= internal).sum())
    return round((1 + as_few) / (1 + shuffles), 6)


def _assortativity(edges: Sequence[Edge], groups: Groups) -> float | None:
    single = [
        (next(iter(groups[a])), next(iter(groups[b])))
        for a, b in edges
        if len(groups[a]) == len(groups[b]) == 1
    ]
    if not single:
        return None
    ends: Counter[str] = Counter(end for edge in single for end in edge)
    trace = sum(a == b for a, b in single) / len(single)
    chance = sum((k / (2 * len(single))) ** 2 for k in ends.values())
    return (trace - chance) / (1 - chance) if chance < 1 else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _summary(row: SiloOverview) -> str:
    if not row.ties or row.ei is None:
        return "No working tie between programmes is known, so nothing can be said about silos."
    counts = f"{row.external} of {row.ties} working ties cross departments"
    if row.p is None or row.expected is None:
        return f"{counts}."
    expected = round((1 + row.expected) / 2 * row.ties, 1)
    if row.p <= 0.05:
        return f"{counts}, where the sizes of the departments alone would give about {expected:g}: they work apart more than their sizes explain (p = {row.p:.3g})."
    return f"{counts}; the sizes of the departments alone would give about {expected:g}. That is not clearly fewer (p = {row.p:.3g})."


def _caveats(row: SiloOverview, known: Evidence, groups: Groups) -> Iterator[str]:
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview. They take no part in these figures unless a tie of theirs was seen."
    if row.ties and row.ties < 20:
        yield f"{row.ties} ties are few: one more or less moves every figure here."
    alone = [d for d, n in Counter(d for g in groups.values() for d in g).items() if n == 1]
    if alone:
        yield f"{len(alone)} of {row.departments} departments have one programme here, and can have no ties inside."
