"""The chart of actions: when each was due, and how long it has been overdue or took too long."""

from __future__ import annotations

from datetime import date, timedelta

from graph.analyses.follow_up import Followed
from graph.analysis import Result
from graph.dataset import Dataset
from visualisations.chart import Chart, Format, Scale, Shape, Words, box, diamond, dot, in_both, line
from visualisations.links import href
from visualisations.words import count, day

MOST = 25
_TOP = 46.0
_SIGN = {"done": dot, "done late": dot, "came back": diamond, "dropped": dot}


def ageing_chart(dataset: Dataset, result: Result[Followed]) -> Chart | None:
    """One line an action, in the order of the table, on a scale of days with the day of the evidence marked."""
    return in_both(lambda size: _drawn(dataset, result, size))


def _drawn(dataset: Dataset, result: Result[Followed], size: Format) -> Chart | None:
    rows = [row for row in result.rows if row.state != "dropped"][:MOST]
    if not rows:
        return None
    now = result.as_of
    first, last = min([now, *(r.due for r in rows)]), max([now, *(r.due for r in rows)])
    margin = max(10, (last - first).days // 20)
    x = Scale(
        (first - timedelta(margin)).toordinal(),
        (last + timedelta(margin)).toordinal(),
        size.label + 20,
        size.width - (44 if size.above else 90),
    )
    height = _TOP + size.row * len(rows) + 12
    shapes, words = [], []
    months = (1,) if (last - first).days > 2 * 366 else (1, 4, 7, 10)
    for start in (date(year, month, 1) for year in range(first.year, last.year + 2) for month in months):
        if x.low <= start.toordinal() <= x.high:
            at = x(start.toordinal())
            shapes.append(Shape(line((at, _TOP - 8), (at, height - 8)), "rule"))
            said = (
                f"{start.year}" if len(months) == 1 else f"{start:%b %Y}" if size.above else f"{start:%B %Y}"
            )
            words.append(Words(at, 20, said, "start" if at < 40 else "middle", "soft"))
    today = x(now.toordinal())
    for place, row in enumerate(rows):
        name, y = size.named(_TOP + size.row * place, row.action.label)
        words.append(name)
        page = href(dataset.base, row.action.iri)
        due, late = x(row.due.toordinal()), row.days_overdue or 0
        end = x(row.due.toordinal() + late)
        told = f"{row.action.label} ({row.owner.label}): due {day(row.due)}, {row.state}"
        told += f", {count(late, 'day')} {'overdue' if row.state == 'overdue' else 'late'}" if late else ""
        if late:
            looks = "late" if row.state == "overdue" else "was-late"
            shapes.append(Shape(box(due, y - 8, max(end - due, 1.5), 16), looks, told, page))
        elif row.state == "open":
            shapes.append(Shape(box(today, y - 8, max(due - today, 1.5), 16), "to-come", told, page))
        if row.state in _SIGN:
            looks = "back" if row.state == "came back" else "done"
            shapes.append(Shape(_SIGN[row.state](end, y), looks, told, page))
        shapes.append(Shape(line((due, y - 11), (due, y + 11)), "due"))
        if late:
            words.append(Words(max(end, due) + 14, y + 5, f"{late:,} d"))
    shapes.append(Shape(line((today, _TOP - 14), (today, height - 8)), "today"))
    words.append(Words(today, height + 10, f"evidence to {day(now)}", "middle", "soft"))
    shown = f"{len(rows)} of {result.of:,} {result.of_what}"
    return Chart(
        "ageing-narrow" if size.above else "ageing",
        "When each was due, and what became of it",
        f"{shown}, overdue ones first. The table below says the same.",
        size.width,
        height + 20,
        tuple(shapes),
        tuple(words),
        (
            (Shape(line((8, 0), (8, 16)), "due"), "due"),
            (Shape(box(0, 2, 16, 12), "late"), "overdue since"),
            (Shape(box(0, 2, 16, 12), "to-come"), "still to come"),
            (Shape(dot(8, 8), "done"), "done"),
            (Shape(box(0, 2, 16, 12), "was-late"), "by how much too late"),
            (Shape(diamond(8, 8), "back"), "done, but the barrier came back"),
        ),
        shown,
    )
