"""A slice as a drawing that needs no script, and as an SVG file with its legend that needs no style sheet."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from graph.dataset import Dataset
from graph.exploring import Shown, Slice
from graph.sifting import APART, TIED
from visualisations.departments import short_names
from visualisations.drawing import Drawing, Line, Mark, thickness
from visualisations.lettering import width, wrapped
from visualisations.links import href
from visualisations.words import count

DRAWN = 300
"""A page without scripts shows no larger picture: its tables say the same, and better."""
WORDS = {
    "department": "department",
    "programme": "programme",
    "barrier": "barrier",
    "organisation": "organisation",
    "other": "lever, recommendation or action",
}
_COLOURS = {
    "department": "#0072b2",
    "programme": "#009e73",
    "barrier": "#d55e00",
    "organisation": "#cc79a7",
    "other": "#000000",
    TIED: "#0072b2",
    APART: "#d55e00",
    "linked": "#6a7783",
}
_SIZE, _LABEL, _EDGE, _SCALE = 13, 118, 90, 0.95


def look(kind: str) -> str:
    """The kind whose colour and shape stand for one."""
    return kind if kind in WORDS else "other"


def legend(found: Slice) -> tuple[tuple[str, str], ...]:
    """What each mark and line of a slice means, as far as there is one."""
    there = {look(thing.kind) for thing in found.things}
    lines = {link.kind for link in found.links}
    return (
        *((kind, words) for kind, words in WORDS.items() if kind in there),
        *(((TIED, "departments that share barriers, a working tie was seen"),) if TIED in lines else ()),
        *(((APART, "departments that share barriers, no tie seen"),) if APART in lines else ()),
        *(
            (("plain", "any other link" if lines & {TIED, APART} else "link"),)
            if lines - {TIED, APART}
            else ()
        ),
    )


def explore_drawing(dataset: Dataset, found: Slice, title: str) -> Drawing:
    """The drawing of a slice; without marks where it is too large to be read."""
    if len(found.things) > DRAWN or not found.things:
        return Drawing("explored", title, title, 0, 0, (), ())
    left, top = min(t.x for t in found.things), min(t.y for t in found.things)
    ids = {thing.iri: f"n{n}" for n, thing in enumerate(found.things)}
    places = {t.iri: ((t.x - left) * _SCALE + _EDGE, (t.y - top) * _SCALE + 30) for t in found.things}
    most, short = max((link.weight for link in found.links), default=1), short_names(dataset)
    lines = []
    for n, link in enumerate(found.links):
        (x1, y1), (x2, y2) = places[link.one], places[link.other]
        name = f"{dataset.label(link.one)} {link.words} {dataset.label(link.other)}"
        kind = link.kind if link.kind in (TIED, APART) else "plain"
        path = f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"
        on = f"l{n} {ids[link.one]} {ids[link.other]}"
        lines.append(Line(f"l{n}", kind, path, min(4.0, thickness(link.weight, most)), name, on))
    marks = tuple(
        _mark(thing, ids[thing.iri], *places[thing.iri], href(dataset.base, thing.iri), short.get(thing.iri))
        for thing in found.things
    )
    wide = max(x for x, _ in places.values()) + _EDGE
    high = max(y for _, y in places.values()) + 70
    said = f"{count(len(marks), 'thing')} and {count(len(lines), 'link')}. The tables below say the same."
    return Drawing(
        "explored", title, said, wide, high, marks, tuple(lines[::-1]), legend=legend(found), count=said
    )


def _mark(thing: Shown, id: str, x: float, y: float, where: str | None, short: str | None) -> Mark:
    lines = wrapped(short or thing.label, _LABEL, _SIZE, 3)
    under = y + 16 + 7.5 * (len(lines) - 1)
    name = f"{thing.label}, {thing.drawn} of {count(thing.linked, 'link')} shown"
    return Mark(
        id, look(thing.kind), x, y, lines, x, under, "middle", name, where, id, thing.kind == "department"
    )


def svg_file(drawing: Drawing, note: str) -> str:
    """A drawing as a file: title, picture, legend and what it rests on. Any other page than white is not thought of."""
    wide = max(drawing.width, 480.0)
    high = drawing.height + 80 + 24 * len(drawing.legend)
    text: Callable[[float, float, str, str], str] = lambda x, y, words, more: (  # noqa: E731
        f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" font-family="Arial, Helvetica, sans-serif" font-size="{_SIZE}" fill="#17222d">',
        f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.description)}</desc>",
        f'<rect width="{wide:.0f}" height="{high:.0f}" fill="#ffffff"/>',
        text(16, 26, drawing.title, 'font-size="17" font-weight="700"'),
        '<g transform="translate(0 40)">',
    ]
    parts += [
        f'<path d={quoteattr(line.path)} fill="none" stroke-width="{line.width}" {_stroke(line.kind)}>'
        f"<title>{escape(line.name)}</title></path>"
        for line in drawing.lines
    ]
    for mark in drawing.marks:
        parts.append(
            f'<g transform="translate({mark.x:.1f} {mark.y:.1f})">'
            f"<title>{escape(mark.name)}</title>{_shape(mark.kind)}</g>"
        )
        for n, line in enumerate(mark.lines):
            y = mark.text_y + 4.5 + (n - (len(mark.lines) - 1) / 2) * 15
            halo = 'text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="4"'
            parts.append(text(mark.text_x, y, line, halo))
    parts.append("</g>")
    for n, (kind, words) in enumerate(drawing.legend):
        y = drawing.height + 56 + 24 * n
        if kind in WORDS:
            parts.append(f'<g transform="translate(28 {y:.0f})">{_shape(kind)}</g>')
        else:
            parts.append(f'<path d="M16 {y:.0f}h24" stroke-width="3" {_stroke(kind)}/>')
        parts.append(text(52, y + 4.5, words, ""))
    parts.append(text(16, high - 14, _fitting(note, wide - 32), 'fill="#4b5865" font-size="11"'))
    return "\n".join([*parts, "</svg>\n"])


def _fitting(text: str, most: float) -> str:
    return text if width(text, 11) <= most else wrapped(text, most, 11, 1)[0]


def _stroke(kind: str) -> str:
    dashes = ' stroke-dasharray="7 5"' if kind == APART else ""
    return f'stroke="{_COLOURS.get(kind, _COLOURS["linked"])}" stroke-opacity="0.7"{dashes}'


def _shape(kind: str) -> str:
    fill = f'fill="{_COLOURS[kind]}"'
    return {
        "department": f'<rect x="-8" y="-8" width="16" height="16" {fill}/>',
        "programme": f'<circle r="7" {fill}/>',
        "barrier": f'<path d="M0 -8.5 8.5 0 0 8.5 -8.5 0Z" {fill}/>',
        "organisation": f'<path d="M0 -8 8 6.5H-8Z" {fill}/>',
    }.get(kind, f'<circle r="5" {fill}/>')
