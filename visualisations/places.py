"""Where the things of a stand-alone picture stand, and the room that their marks and labels take."""

from __future__ import annotations

from dataclasses import dataclass, replace

from visualisations.drawing import extent

FONT, LINE = 14, 17
"""The size of a label and the height of its lines."""
SIZE = 9
"""From the middle of a mark to its edge."""
NARROW = 390
"""How wide a picture for telephones is."""


@dataclass(frozen=True)
class Place:
    """Where a thing stands and where its label goes."""

    x: float
    y: float
    side: str
    lines: tuple[str, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The space that mark and label take: left, top, right, bottom."""
        wide, high = extent(self.lines, FONT), len(self.lines) * LINE
        if self.side == "below":
            half = max(wide / 2, SIZE)
            return self.x - half, self.y - SIZE, self.x + half, self.y + SIZE + 4 + high
        if self.side == "above":
            half = max(wide / 2, SIZE)
            return self.x - half, self.y - SIZE - 4 - high, self.x + half, self.y + SIZE
        reach, half = SIZE + 6 + wide, max(high / 2, SIZE)
        left, right = (reach, SIZE) if self.side == "left" else (SIZE, reach)
        return self.x - left, self.y - half, self.x + right, self.y + half

    def moved(self, right: float, down: float) -> Place:
        """The same place so far from here."""
        return replace(self, x=self.x + right, y=self.y + down)


@dataclass(frozen=True)
class Area:
    """The space around things that belong together, with its title."""

    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


Places = dict[int, Place]
"""By the number of the thing."""
