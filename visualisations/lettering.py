"""How wide words are in a picture, and where to break them, so that no label overlaps another."""

from __future__ import annotations

from functools import lru_cache

_WIDTHS = {
    222: "ijl",
    191: "'",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckszvxy",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_ARIAL = {ord(letter): width for width, letters in _WIDTHS.items() for letter in letters}
"""Widths of Arial in thousandths of its size; other letters count as wide."""


@lru_cache(maxsize=8192)
def width(text: str, size: float) -> float:
    """How wide a text is in Arial of that size."""
    return (
        sum(_ARIAL.get(ord(letter), 1000 if ord(letter) > 0x2E7F else 667) for letter in text) * size / 1000
    )


@lru_cache(maxsize=4096)
def wrapped(text: str, most: float, size: float, lines: int = 2) -> tuple[str, ...]:
    """The text in at most so many lines of at most that width; what does not fit ends in an ellipsis."""
    found: list[str] = []
    line = ""
    for word in _pieces(" ".join(text.split()), most, size):
        longer = f"{line} {word}" if line else word
        if width(longer, size) <= most:
            line = longer
        else:
            found.append(line)
            line = word
    found.append(line)
    if len(found) <= lines:
        return tuple(found)
    last = found[lines - 1]
    while last and width(f"{last}…", size) > most:
        last = last[:-1]
    return (*found[: lines - 1], f"{last.rstrip(' ,;(')}…")


def _pieces(text: str, most: float, size: float) -> list[str]:
    """The words of a text; a word that is too wide for a line is broken."""
    pieces: list[str] = []
    for word in text.split(" "):
        while width(word, size) > most:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or width(word[:n], size) <= most)
            pieces.append(word[:fits])
            word = word[fits:]
        pieces.append(word)
    return pieces
