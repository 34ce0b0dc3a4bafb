"""The department by department matrix: what they share above the diagonal, what was seen below it."""

from __future__ import annotations

from dataclasses import dataclass

from visualisations.departments import Departments, Standing
from visualisations.links import pair_href
from visualisations.words import count


@dataclass(frozen=True)
class Square:
    """One cell of the matrix."""

    text: str
    href: str | None
    name: str
    classes: str


@dataclass(frozen=True)
class Line:
    """One row of the matrix."""

    label: str
    short: str
    iri: str
    squares: tuple[Square, ...]


@dataclass(frozen=True)
class Matrix:
    """The whole matrix; heads are short and full names of the columns."""

    heads: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    count: str
    apart: int
    pairs: int
    upright: bool
    """The heads are too long to stand side by side, and are turned."""


def matrix(known: Departments) -> Matrix:
    """The matrix of the departments that have anything to do with another."""
    most = max((s.required for s in known.pairs.values()), default=0)
    heads = tuple((known.short.get(d.iri, d.label), d.label) for d in known.drawn)
    lines = tuple(
        Line(
            one.label,
            heads[i][0],
            one.iri,
            tuple(
                _square(
                    known.standing(one.iri, other.iri),
                    one.iri,
                    other.iri,
                    heads[i][0],
                    heads[j][0],
                    i - j,
                    most,
                )
                for j, other in enumerate(known.drawn)
            ),
        )
        for i, one in enumerate(known.drawn)
    )
    required = [s for s in known.pairs.values() if s.required]
    return Matrix(
        heads,
        lines,
        known.count,
        sum(s.apart for s in required),
        len(required),
        any(len(short) > 8 for short, _ in heads),
    )


def _square(
    standing: Standing | None, one: str, other: str, short: str, other_short: str, below: int, most: int
) -> Square:
    if below == 0:
        return Square("", None, "the same department", "same")
    if standing is None:
        return Square("0", None, "", "nothing")
    state = "apart" if standing.apart else "tied"
    both = f"{short} and {other_short}"
    if below > 0:
        name = f"{both}: {count(standing.ties, 'working tie')} seen"
        return Square(str(standing.ties), pair_href(one, other), name, f"seen {state}")
    name = f"{both}: {count(standing.required, 'reason')} to coordinate, {'no tie' if standing.apart else count(standing.ties, 'working tie')} seen"
    step = -(-4 * standing.required // most) if standing.required else 0
    return Square(str(standing.required), pair_href(one, other), name, f"required {state} step-{step}")
