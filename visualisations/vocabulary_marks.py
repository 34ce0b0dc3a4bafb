"""What the picture of the vocabulary consists of: boxes for classes, arrows for properties. Templates draw it."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.definitions import Name


@dataclass(frozen=True)
class Box:
    """One class: its name in a box, and the line below it."""

    id: str
    name: Name
    kind: str
    """The mark it has on other pages; empty for most."""
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    end: float
    """Where its line ends."""
    on: str


@dataclass(frozen=True)
class Arrow:
    """A property from one class to another."""

    id: str
    name: Name
    title: str
    path: str
    head: str
    start: tuple[float, float]
    x: float
    y: float
    """Where its words begin, on their base line."""
    bottom: float
    """How far down the lines of its classes must reach."""
    on: str


@dataclass(frozen=True)
class VocabularyDrawing:
    """The picture of one theme."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
