"""The charts of evidence coverage: interviews by level and department, and how fast barriers were heard."""

from __future__ import annotations

from collections import Counter

from graph.analyses.evidence_coverage import EvidenceCoverage, Heard
from graph.analysis import Result
from graph.dataset import Dataset
from graph.evidence import discussed, evidence
from visualisations.chart import Chart, Scale, Shape, Words, box, dot, line, steps
from visualisations.departments import short_names
from visualisations.lettering import wrapped
from visualisations.links import href
from visualisations.words import count, day

MOST = 16
_LABEL, _CELL, _ROW = 150.0, 58.0, 40.0
_WIDTH, _HEIGHT, _LEFT = 760.0, 320.0, 48.0
_DEPTHS = 4


def coverage_map(
    dataset: Dataset, result: Result[EvidenceCoverage], heard: tuple[Heard, ...]
) -> Chart | None:
    """Levels by the departments whose programmes an interview was about; a hatched cell is a voice that is missing."""
    home, about = evidence(dataset, result.as_of).departments, discussed(dataset)
    cells: Counter[tuple[str, str]] = Counter()
    for one in heard:
        for department in {d for p in about.get(one.interview.iri, ()) for d in home.get(p, ())}:
            cells[one.level.iri, department] += 1
    totals: Counter[str] = Counter()
    for (_, department), n in cells.items():
        totals[department] += n
    columns = sorted(totals, key=lambda d: (-totals[d], d))[:MOST]
    if not columns:
        return None
    short, most = short_names(dataset), max(cells.values())
    shapes, words = [], []
    heads = [wrapped(short.get(d, dataset.label(d)), _CELL - 4, 12, 3) for d in columns]
    top = 12.0 + 14 * max(map(len, heads))
    for i, (department, lines) in enumerate(zip(columns, heads, strict=True)):
        x, name = _LABEL + 12 + _CELL * i, dataset.label(department)
        for j, text in enumerate(lines):
            y = top - 8 - 14 * (len(lines) - 1 - j)
            words.append(Words(x + _CELL / 2, y, text, "middle", "small", name))
    for j, row in enumerate(result.rows):
        y = top + _ROW * j
        words.append(Words(_LABEL, y + _ROW / 2 + 5, row.level.label, "end"))
        for i, department in enumerate(columns):
            n, x = cells[row.level.iri, department], _LABEL + 12 + _CELL * i
            depth = -(-n * _DEPTHS // most)
            name = dataset.label(department)
            told = f"{row.level.label}, {name}: {count(n, 'interview') if n else 'no interview'}"
            shapes.append(
                Shape(
                    box(x + 1, y + 1, _CELL - 2, _ROW - 2),
                    f"heat-{depth}" if n else "missing",
                    told,
                    href(dataset.base, department) if n else None,
                )
            )
            words.append(Words(x + _CELL / 2, y + _ROW / 2 + 5, str(n) if n else "–", "middle"))
    said = (
        f"{len(columns)} of {count(len(totals), 'department')} with an interview about a programme of theirs"
    )
    return Chart(
        "heard",
        "Whom we heard, by level and department",
        f"{said}. A dash is a level at which nobody spoke of that department’s programmes.",
        _LABEL + 24 + _CELL * len(columns),
        top + _ROW * len(result.rows) + 8,
        tuple(shapes),
        tuple(words),
        (
            (Shape(box(0, 2, 16, 12), "heat-1"), "few interviews"),
            (Shape(box(0, 2, 16, 12), f"heat-{_DEPTHS}"), f"most: {most}"),
            (Shape(box(0, 2, 16, 12), "missing"), "– no interview"),
        ),
        said,
    )


def accumulation(dataset: Dataset, heard: tuple[Heard, ...], unheard: float | None) -> Chart | None:
    """Interviews from left to right in the order they were held, upwards the barriers heard so far."""
    if not heard:
        return None
    total = heard[-1].so_far
    ceiling = total + (unheard or 0.0)
    marks = steps(ceiling or 1)
    x = Scale(0, len(heard), _LEFT, _WIDTH - 110)
    y = Scale(0, marks[-1], _HEIGHT - 46, 36)
    shapes, words = [], []
    for mark in marks:
        shapes.append(Shape(line((_LEFT, y(mark)), (x(len(heard)), y(mark))), "rule"))
        words.append(Words(_LEFT - 8, y(mark) + 4.5, str(mark), "end"))
    shapes.append(
        Shape(line((x(0), y(0)), *((x(n), y(one.so_far)) for n, one in enumerate(heard, 1))), "best-line")
    )
    if round(ceiling) > total:
        shapes.append(Shape(line((x(0), y(ceiling)), (x(len(heard)), y(ceiling))), "bound"))
        words.append(Words(x(len(heard)) + 8, y(ceiling) + 5, f"at least {round(ceiling)}"))
    words.append(Words(x(len(heard)) + 8, y(total) + 5, f"{total} heard"))
    new = [(n, one) for n, one in enumerate(heard, 1) if one.new]
    for n, one in new:
        told = f"Interview {n} of {len(heard)}, {one.level.label.lower()}, {day(one.day)}: {count(one.new, 'new barrier')}, {one.so_far} so far"
        shapes.append(Shape(dot(x(n), y(one.so_far), 5), "best", told, href(dataset.base, one.interview.iri)))
    for n in (1, len(heard)):
        words.append(Words(x(n), _HEIGHT - 26, str(n), "middle"))
    words.append(
        Words(x(len(heard) / 2), _HEIGHT - 8, "interviews, in the order they were held", "middle", "soft")
    )
    words.append(Words(8, 16, "barriers heard", "start", "soft"))
    said = f"{len(heard)} interviews, {len(new)} of which told of a barrier that nobody had before"
    return Chart(
        "accumulation",
        "How fast barriers were heard",
        f"{said}. Where the line is flat, more interviews bring little that is new.",
        _WIDTH,
        _HEIGHT,
        tuple(shapes),
        tuple(words),
        (
            (Shape(dot(8, 8, 5), "best"), "an interview with something new"),
            *(
                [(Shape(line((0, 8), (16, 8)), "bound"), "at least so many there are (Chao2)")]
                if round(ceiling) > total
                else []
            ),
        ),
        said,
    )
