"""How the kinds of things and links look on a stand-alone page, and what they are called there."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a kind of thing or link is shown; colours after Okabe and Ito."""

    word: str
    colour: str
    shape: str = ""
    dashes: tuple[int, ...] = ()
    back: str = ""
    """The word of a link seen from its other end, where it is another."""


THINGS = {
    "department": Look("department", "#0072B2", "square"),
    "programme": Look("programme", "#009E73", "dot"),
    "barrier": Look("barrier", "#D55E00", "diamond"),
    "organisation": Look("organisation", "#CC79A7", "triangle"),
}
LINKS = {
    "blocks": Look("holds back", "#D55E00", back="held back by"),
    "leads": Look("leads", "#0072B2", dashes=(6, 4), back="led by"),
    "tied": Look("working tie seen", "#009E73"),
    "untied": Look("no working tie seen", "#D55E00", dashes=(7, 5)),
    "internal": Look("works with, inside a department", "#757575"),
    "external": Look("works with, across departments", "#0072B2", dashes=(10, 4)),
}
"""In the order of the table of links."""
_OTHER = "#757575"


def thing_look(kind: str) -> Look:
    """The look of a kind of thing; one that is not known here has its own name."""
    return THINGS.get(kind) or Look(kind or "thing", _OTHER, "hexagon")


def link_look(kind: str) -> Look:
    """The look of a kind of link; one that is not known here has its own name in words: "depends on"."""
    return LINKS.get(kind) or Look(re.sub("(?<=[a-z])(?=[A-Z])", " ", kind).lower() or "link", _OTHER)
