"""The chart of the front-line gap: for each barrier the share of either side that supports it, with its interval."""

from __future__ import annotations

from graph.analyses.front_line_gap import ENOUGH, FrontLineGap, wilson
from graph.analysis import Result
from graph.dataset import Dataset
from visualisations.chart import Chart, Format, Scale, Shape, Words, diamond, dot, in_both, line
from visualisations.links import href

MOST = 20
_TOP = 40.0


def gap_chart(dataset: Dataset, result: Result[FrontLineGap]) -> Chart | None:
    """Widest difference first. A hollow mark stands for a side with few interviews."""
    return in_both(lambda size: _drawn(dataset, result, size))


def _drawn(dataset: Dataset, result: Result[FrontLineGap], size: Format) -> Chart | None:
    rows = [row for row in result.rows if row.of_front_line and row.of_centre][:MOST]
    if not rows:
        return None
    height = _TOP + size.row * len(rows) + 34
    x = Scale(0, 1, size.label + 20, size.width - 24)
    shapes, words = [], []
    for percent in range(0, 101, 25):
        shapes.append(Shape(line((x(percent / 100), _TOP - 8), (x(percent / 100), height - 30)), "rule"))
        words.append(Words(x(percent / 100), height - 10, f"{percent} %", "middle"))
    words.append(Words(x(0), 20, "share of the interviews that support it", "start", "soft"))
    for place, row in enumerate(rows):
        name, y = size.named(_TOP + size.row * place, row.barrier.label)
        words.append(name)
        page = href(dataset.base, row.barrier.iri)
        front, centre = row.front_line / row.of_front_line, row.centre / row.of_centre
        shapes.append(Shape(line((x(front), y), (x(centre), y)), "between"))
        for said, of, share, looks, up, mark, who in (
            (row.centre, row.of_centre, centre, "centre", 4.0, diamond, "at the centre"),
            (row.front_line, row.of_front_line, front, "front", -4.0, dot, "at the front line or with users"),
        ):
            low, high = wilson(said, of)
            shapes.append(Shape(line((x(low), y + up), (x(high), y + up)), f"{looks}-interval"))
            shapes.append(
                Shape(
                    mark(x(share), y),
                    looks if of >= ENOUGH else f"{looks} hollow",
                    f"{row.barrier.label}: {said} of {of} interviews {who} support it, {share:.0%} "
                    f"(95 % interval {max(low, 0):.0%} to {min(high, 1):.0%})",
                    f"{page}#findings" if page else None,
                )
            )
    few = min(rows[0].of_front_line, rows[0].of_centre) < ENOUGH
    said_ = f"{len(rows)} of {result.of:,} {result.of_what}, widest difference first"
    return Chart(
        "gap-narrow" if size.above else "gap",
        "What each side supports",
        f"{said_}. The table below says the same.",
        size.width,
        height,
        tuple(shapes),
        tuple(words),
        (
            (Shape(dot(8, 8), "front"), "front line and users"),
            (Shape(diamond(8, 8), "centre"), "ministers and headquarters"),
            *([(Shape(dot(8, 8), "front hollow"), f"hollow: fewer than {ENOUGH} interviews")] if few else []),
            (Shape(line((0, 8), (16, 8)), "front-interval"), "95 % interval (Wilson)"),
        ),
        said_,
    )
