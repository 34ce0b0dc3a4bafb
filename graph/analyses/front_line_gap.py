"""Front-line gap: what does the front line say that the centre does not?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
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
from ontology.terms import concept

FRONT_LINE = frozenset(concept("levels", code) for code in ("front-line", "service-user"))
CENTRE = frozenset(concept("levels", code) for code in ("minister", "centre"))
ENOUGH = 15
"""Interviews on each side below which a difference says little (ANALYSES: flag if either n < 15)."""
_Z = 1.959963984540054


@dataclass(frozen=True)
class FrontLineGap:
    """One barrier, as the front line and as the centre speak of it."""

    barrier: Annotated[Thing, column("The barrier")]
    front_line: Annotated[
        int, column("Interviews at the front line or with users that support it", "findings")
    ]
    centre: Annotated[int, column("Interviews with ministers or headquarters that support it", "findings")]
    of_front_line: Annotated[int, column("Interviews at the front line or with users, in all")]
    of_centre: Annotated[int, column("Interviews with ministers or headquarters, in all")]
    disputed_by_centre: Annotated[
        int, column("Interviews with ministers or headquarters that dispute it", "disputes")
    ]
    difference: Annotated[
        float | None,
        column("Share of front-line interviews that support it, less the share at the centre, from -1 to 1"),
    ]
    low: Annotated[float | None, column("Lower end of the 95 % interval of the difference (Newcombe)")]
    high: Annotated[float | None, column("Upper end of the 95 % interval of the difference (Newcombe)")]
    odds_ratio: Annotated[
        float | None,
        column("Odds at the front line over odds at the centre; a half is added where a count is 0"),
    ]
    p: Annotated[
        float | None, column("Chance of so unequal a split if level made no difference (Fisher, two-sided)")
    ]
    q: Annotated[
        float | None, column("p, corrected for the number of barriers looked at (Benjamini-Hochberg)")
    ]


@analysis
def front_line_gap(
    dataset: Dataset,
    *,
    min_interviews: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="Show barriers that at least this many interviews of either side support",
        ),
    ] = 1,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[FrontLineGap]:
    """What does the front line say that the centre does not?

    Takes the interviews at the front line and with users on one side, those with ministers and headquarters on the
    other, and for each barrier that stands the share of each side that supports it; several findings of one interview
    count once. The interval of the difference is that of Newcombe (1998), method 10,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. p is Fisher's exact test, two-sided; q
    corrects it for the number of barriers (Benjamini and Hochberg 1995). Widest difference first.

    Caveat: a barrier that a side was not asked about looks like one it does not have. Regions and local managers
    stand on neither side. A wide interval is no sign that the two agree.

    Examples
    --------
    >>> from graph.store import open_store
    >>> front_line_gap(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    below, above = (interviews_at(dataset, known, levels) for levels in (FRONT_LINE, CENTRE))
    if (where := scope.but("scheme")) != Scope():
        heard = interviews_in(dataset, known.as_of, where)
        below, above = below & heard, above & heard
    said = _said(known, below, above)
    counted = {barrier: counts for barrier, counts in said.items() if any(counts[:2])}
    rows = _rows(dataset, counted, len(below), len(above))
    chosen = sorted(
        (row for row in rows if row.front_line + row.centre >= min_interviews),
        key=lambda r: (-(r.difference or 0), -r.front_line, r.barrier.label, r.barrier.iri),
    )
    return Result(
        chosen,
        len(said),
        "standing barriers",
        _summary(chosen, len(below), len(above)),
        known.as_of,
        [*scope.said(dataset), *_caveats(known, chosen, len(below), len(above))],
    )


def interviews_at(dataset: Dataset, known: Evidence, levels: frozenset[str]) -> frozenset[str]:
    """The interviews held by the day at any of these levels, whether or not a finding came of them."""
    return frozenset(
        row["source"]
        for row in sources(dataset)
        if row.get("level") in levels and row.get("day", "") <= known.as_of.isoformat()
    )


def _said(known: Evidence, below: frozenset[str], above: frozenset[str]) -> dict[str, tuple[int, int, int]]:
    """For each barrier, the interviews below that support it, and those above that do and that dispute it."""
    import polars as pl  # most commands do without this slow import

    supports, source = pl.col("supports"), pl.col("source")
    front, centre = (source.is_in(list(side)) for side in (below, above))
    sides = (front & supports, centre & supports & ~front, centre & ~supports)
    counts = [source.filter(side).n_unique().alias(str(place)) for place, side in enumerate(sides)]
    rows = known.said.group_by("barrier", maintain_order=True).agg(counts).iter_rows()
    return {barrier: (front, centre, disputes) for barrier, front, centre, disputes in rows}


def newcombe(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """The 95 % interval of a/n - b/m, from the Wilson intervals of the two (Newcombe 1998, method 10)."""
    (low_a, high_a), (low_b, high_b) = wilson(a, n), wilson(b, m)
    one, other = a / n, b / m
    return (
        one - other - sqrt((one - low_a) ** 2 + (high_b - other) ** 2),
        one - other + sqrt((high_a - one) ** 2 + (other - low_b) ** 2),
    )


def wilson(a: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a/n (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    middle = (2 * a + _Z**2) / (2 * (n + _Z**2))
    half = _Z * sqrt(_Z**2 + 4 * a * (1 - a / n)) / (2 * (n + _Z**2))
    return middle - half, middle + half


def odds_ratio(a: int, n: int, b: int, m: int) -> float:
    """Odds of a in n over odds of b in m, with a half added to each count where one is 0 (Haldane and Anscombe)."""
    cells = [a, n - a, b, m - b]
    w, x, y, z = (c + 0.5 for c in cells) if 0 in cells else cells
    return (w * z) / (x * y)


def _rows(dataset: Dataset, counts: dict[str, tuple[int, int, int]], n: int, m: int) -> list[FrontLineGap]:
    from scipy.stats import false_discovery_control, fisher_exact  # most commands do without this slow import

    things = {barrier: Thing(barrier, dataset.label(barrier)) for barrier in counts}
    cells = {b: (front, centre, n, m, against) for b, (front, centre, against) in counts.items()}
    if not n or not m:
        return [FrontLineGap(things[b], *cells[b], None, None, None, None, None, None) for b in counts]
    ps = [float(fisher_exact([[a, n - a], [b, m - b]]).pvalue) for a, b, _ in counts.values()]
    qs = false_discovery_control([min(p, 1.0) for p in ps], method="bh").tolist() if ps else []
    return [
        FrontLineGap(
            things[barrier],
            *cells[barrier],
            round(a / n - b / m, 6),
            round(newcombe(a, n, b, m)[0], 6),
            round(newcombe(a, n, b, m)[1], 6),
            round(odds_ratio(a, n, b, m), 6),
            round(min(p, 1.0), 6),
            round(q, 6),
        )
        for (barrier, (a, b, _)), p, q in zip(counts.items(), ps, qs, strict=True)
    ]


def _summary(rows: list[FrontLineGap], n: int, m: int) -> str:
    if not n or not m:
        silent = "at the front line or with users" if not n else "with ministers or headquarters"
        return f"There is no interview {silent}, so the two cannot be compared."
    only = [row for row in rows if row.front_line and not row.centre]
    if not only:
        return "Every barrier that the front line speaks of is spoken of by the centre too."
    top = only[0]
    return (
        f"{len(only)} of {len(rows)} barriers are supported by the front line alone. “{top.barrier.label}”: "
        f"{top.front_line} of {n} interviews there, none of {m} at the centre."
    )


def _caveats(known: Evidence, rows: list[FrontLineGap], n: int, m: int) -> Iterator[str]:
    if min(n, m) < ENOUGH:
        yield f"{n} interviews at the front line and {m} at the centre: with fewer than {ENOUGH} on a side, even a wide difference may be chance."
    if unclear := sum(row.low is not None and row.low <= 0 <= (row.high or 0) for row in rows):
        yield f"For {unclear} of these barriers the interval holds 0: the data does not show a difference, nor that there is none."
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: a barrier there would not show."
