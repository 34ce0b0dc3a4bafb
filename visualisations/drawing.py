"""What a picture consists of: marks with labels, lines between them, bands behind them. Templates draw it."""

from __future__ import annotations

from dataclasses import dataclass

from visualisations.lettering import width


@dataclass(frozen=True)
class Mark:
    """One thing in a picture; its kind gives it colour and shape."""

    id: str
    kind: str
    x: float
    y: float
    lines: tuple[str, ...]
    text_x: float
    text_y: float
    anchor: str
    """start, middle or end, as SVG has it."""
    name: str
    """The full words, for those who point at it or cannot see it."""
    href: str | None
    on: str
    """The ids of everything that lights it up."""
    bold: bool = False


@dataclass(frozen=True)
class Line:
    """A line between two marks."""

    id: str
    kind: str
    path: str
    width: float
    name: str
    on: str


@dataclass(frozen=True)
class Band:
    """An area behind marks that belong together, with its heading."""

    x: float
    y: float
    width: float
    height: float
    title: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A whole picture."""

    id: str
    title: str
    description: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]
    bands: tuple[Band, ...] = ()
    headings: tuple[tuple[float, str, str], ...] = ()
    """x, anchor and words over each column."""
    legend: tuple[tuple[str, str], ...] = ()
    """Kind of mark or line, and its words."""
    count: str = ""


def horizontal(x1: float, y1: float, x2: float, y2: float, start: float | None = None) -> str:
    """The path of a soft curve that leaves and arrives level, from start on straight to x1."""
    bend = (x2 - x1) * 0.45
    return f"M{x1 if start is None else start:.1f} {y1:.1f}H{x1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def thickness(weight: float, most: float) -> float:
    """The width of a line for a weight, from 1.5 to 6."""
    return round(1.5 + 4.5 * (weight - 1) / (most - 1), 2) if most > 1 and weight > 1 else 1.5


def extent(lines: tuple[str, ...], size: float) -> float:
    """The width of the widest line of a label."""
    return max((width(line, size) for line in lines), default=0.0)
