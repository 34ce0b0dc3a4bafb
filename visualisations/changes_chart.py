"""The chart of what changed: one line for each kind of change, one mark for each change on its day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from graph.analyses.since_last_quarter import Changed
from graph.analysis import Result
from graph.dataset import Dataset
from visualisations.chart import Chart, Format, Scale, Shape, Words, diamond, dot, in_both, line
from visualisations.links import href
from visualisations.words import day, headed

_ROW, _TOP, _APART = 46.0, 46.0, 11.0
_WIDE = Format(220, 1100, _ROW)
_LOOKS = {
    "barrier found": ("shared", diamond),
    "barrier back": ("centre hollow", diamond),
    "barrier removed": ("done", diamond),
    "action done": ("done", dot),
    "milestone reported": ("best", dot),
    "rating given": ("best hollow", dot),
}


def changes_chart(dataset: Dataset, result: Result[Changed], after: date) -> Chart | None:
    """Days from left to right; what changed on the same day stands one above the other."""
    return in_both(lambda size: _drawn(dataset, result, after, size), _WIDE)


def _drawn(dataset: Dataset, result: Result[Changed], after: date, size: Format) -> Chart | None:
    kinds = [kind for kind in _LOOKS if any(row.change == kind for row in result.rows)]
    if not kinds:
        return None
    x = Scale(
        after.toordinal(), result.as_of.toordinal(), size.label + 24, size.width - (24 if size.above else 40)
    )
    times = Counter((row.change, row.day) for row in result.rows)
    high = [max(size.row, 24 + _APART * max(n for (k, _), n in times.items() if k == kind)) for kind in kinds]
    bottom = _TOP + sum(high)
    shapes, words = [], []
    for start in _firsts(after, result.as_of):
        at = x(start.toordinal())
        shapes.append(Shape(line((at, _TOP - 12), (at, bottom)), "rule"))
        words.append(
            Words(
                at,
                22,
                f"{start.day} {start:%b}" if size.above else f"{start.day} {start:%B}",
                "middle",
                "soft",
            )
        )
    y = _TOP
    for kind, tall in zip(kinds, high, strict=True):
        total = sum(row.change == kind for row in result.rows)
        name, middle = replace(size, row=tall).named(y, f"{headed(kind)}: {total}")
        words.append(name)
        shapes.append(Shape(line((size.label + 12, middle), (size.width - 12, middle)), "rule"))
        placed: Counter[date] = Counter()
        looks, mark = _LOOKS[kind]
        for row in (r for r in reversed(result.rows) if r.change == kind):
            up = (placed[row.day] - (times[kind, row.day] - 1) / 2) * _APART
            placed[row.day] += 1
            rests = row.because[0].because.iri if row.because else row.thing.iri
            told = f"{day(row.day)}, {kind}: {row.thing.label}"
            if row.because:
                told += f", because of “{row.because[0].because.label}”"
            shapes.append(
                Shape(mark(x(row.day.toordinal()), middle - up, 7), looks, told, href(dataset.base, rests))
            )
        y += tall
    said = f"{len(result.rows):,} of {result.of:,} {result.of_what} after {day(after)}"
    return Chart(
        "changes-narrow" if size.above else "changes",
        "What changed, day by day",
        f"{said}. The table below says the same.",
        size.width,
        bottom + 12,
        tuple(shapes),
        tuple(words),
        tuple((Shape(_LOOKS[kind][1](8, 8, 7), _LOOKS[kind][0]), kind) for kind in kinds),
        said,
    )


def _firsts(after: date, last: date) -> list[date]:
    """The days that the axis names: firsts of months, as many as there is room for."""
    found = [d for n in range((last - after).days + 1) if (d := after + timedelta(n)).day == 1]
    return found[:: max(1, -(-len(found) // 5))]
