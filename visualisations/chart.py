"""What a chart consists of: shapes on a scale, and words. A template draws it; every shape has words, most lead on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from visualisations.lettering import wrapped
from visualisations.tables import Table


@dataclass(frozen=True)
class Shape:
    """One outline; looks is its class, which gives it its colour and filling."""

    path: str
    looks: str
    name: str = ""
    href: str | None = None


@dataclass(frozen=True)
class Words:
    """Some words at a place; anchor is start, middle or end, title the words in full where they are cut."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    looks: str = "plain"
    title: str = ""


@dataclass(frozen=True)
class Chart:
    """A whole chart. Its count says how many of how many are drawn; its legend gives shapes in a box of 16 by 16."""

    id: str
    title: str
    description: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
    words: tuple[Words, ...]
    legend: tuple[tuple[Shape, str], ...]
    count: str
    table: Table | None = None
    """The same in rows, where the table of the page does not say it."""
    narrow: Chart | None = None
    """The same for a small screen."""


@dataclass(frozen=True)
class Format:
    """How wide a chart of rows is, and whether the name of each row stands above it instead of to its left."""

    label: float
    width: float
    row: float
    above: bool = False

    def named(self, top: float, text: str) -> tuple[Words, float]:
        """The name of the row that begins at top, cut to the room there is, and the height of what is drawn for it."""
        [name, *_] = wrapped(text, self.width - 12 if self.above else self.label - 20, 14, 1) or ("",)
        if self.above:
            return Words(4, top + 15, name, "start", "plain", text), top + 15 + (self.row - 15) / 2
        return Words(self.label, top + self.row / 2 + 5, name, "end", "plain", text), top + self.row / 2


WIDE, NARROW = Format(400, 1100, 32), Format(-4, 336, 48, above=True)
"""For a desk, and for a telephone."""


@dataclass(frozen=True)
class Scale:
    """Where a value lies: low at start, high at end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value, in the units of the picture."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def in_both(draw: Callable[[Format], Chart | None], wide: Format = WIDE) -> Chart | None:
    """A chart in the wide format that has itself in the narrow one; None where there is nothing to draw."""
    chart = draw(wide)
    return chart and replace(chart, narrow=draw(NARROW))


def steps(most: float, about: int = 5) -> Sequence[int]:
    """Round whole numbers from 0 to at least the most, for the marks of an axis."""
    step = next(s for s in (u * 10**e for e in range(9) for u in (1, 2, 5)) if s * about >= most)
    return range(0, int(-(-most // step)) * step + 1, step)


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def dot(x: float, y: float, r: float = 6) -> str:
    """A circle."""
    return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z"


def diamond(x: float, y: float, r: float = 7) -> str:
    """A square on its corner."""
    return f"M{x:.1f} {y - r:.1f}L{x + r:.1f} {y:.1f}L{x:.1f} {y + r:.1f}L{x - r:.1f} {y:.1f}Z"


def line(*points: tuple[float, float]) -> str:
    """A line through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
