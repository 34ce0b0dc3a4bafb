"""The chart of the fix frontier: what so many barriers free at best, beside what the most shared ones free."""

from __future__ import annotations

from graph.analyses.fix_frontier import FixStep
from graph.analysis import Result
from visualisations.chart import Chart, Scale, Shape, Words, diamond, dot, line, steps
from visualisations.words import count

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640.0, 336.0, 52.0, 36.0, 52.0


def frontier_chart(result: Result[FixStep], goal: str) -> Chart | None:
    """Barriers from left to right, programmes upwards; a hollow dot is not proven to be the best."""
    rows = result.rows
    if not rows:
        return None
    marks = steps(max(row.bound for row in rows) or 1)
    x = Scale(0, rows[-1].removed, _LEFT, _WIDTH - 24)
    y = Scale(0, marks[-1], _HEIGHT - _BOTTOM, _TOP)
    words_of = "relieved" if goal == "relieve" else "freed"
    shapes, words = [], []
    for mark in marks:
        shapes.append(Shape(line((_LEFT, y(mark)), (_WIDTH - 12, y(mark))), "rule"))
        words.append(Words(_LEFT - 8, y(mark) + 4.5, str(mark), "end"))
    for values, looks in (("most_shared", "shared"), ("programmes", "best")):
        points = [(x(0), y(0)), *((x(row.removed), y(getattr(row, values))) for row in rows)]
        shapes.append(Shape(line(*points), f"{looks}-line"))
    for place, row in enumerate(rows, 1):
        if not row.proven:
            shapes.append(
                Shape(line((x(row.removed), y(row.programmes)), (x(row.removed), y(row.bound))), "whisker")
            )
        shapes.append(
            Shape(
                diamond(x(row.removed), y(row.most_shared)),
                "shared",
                f"The {count(row.removed, 'most shared barrier')}: {count(row.most_shared, 'programme')} {words_of}",
                f"#shared-{place}" if row.most_shared else None,
            )
        )
        sure = "proven" if row.proven else f"at most {row.bound} possible"
        shapes.append(
            Shape(
                dot(x(row.removed), y(row.programmes)),
                "best" if row.proven else "best hollow",
                f"The best {count(row.removed, 'barrier')}: {count(row.programmes, 'programme')} {words_of}, {sure}",
                f"#which-{place}" if row.programmes else None,
            )
        )
        words.append(Words(x(row.removed), _HEIGHT - _BOTTOM + 22, str(row.removed), "middle"))
    words.append(Words((x(0) + x(rows[-1].removed)) / 2, _HEIGHT - 8, "barriers removed", "middle", "soft"))
    words.append(Words(_LEFT - 40, _TOP - 20, f"programmes {words_of}", "start", "soft"))
    unproven = not all(row.proven for row in rows)
    legend = [
        (Shape(dot(8, 8), "best"), "the best set of so many, proven"),
        *([(Shape(dot(8, 8), "best hollow"), "the best known, with the bound above it")] if unproven else []),
        (Shape(diamond(8, 8), "shared"), "as many of the most shared"),
    ]
    said = f"1 to {rows[-1].removed} of {result.of:,} {result.of_what}"
    return Chart(
        "frontier",
        "What each number of barriers does at best",
        f"{said}. {result.summary}",
        _WIDTH,
        _HEIGHT,
        tuple(shapes),
        tuple(words),
        tuple(legend),
        said,
    )
