"""Pictures of any SPARQL answer: bars where there is a number for each name, a network where rows join things."""

from __future__ import annotations

from collections import Counter

import igraph

from ontology.terms import DEFAULT_BASE
from visualisations.chart import Chart, Format, Scale, Shape, Words, box, in_both, line, steps
from visualisations.drawing import Drawing, Line, Mark
from visualisations.lettering import wrapped
from visualisations.links import href
from visualisations.results import Answer
from visualisations.words import count

BARS, THINGS = 25, 40
_SPAN, _HEIGHT = 860.0, 620.0
_KINDS = {"barrier": "barrier", "programme": "programme", "organisation": "department"}
_Node = tuple[str | None, str]


def bars(answer: Answer) -> Chart | None:
    """The first column of numbers, by the first column of names; None where there is no such pair."""
    return in_both(lambda size: _bars(answer, size))


def _bars(answer: Answer, size: Format) -> Chart | None:
    columns, rows, total, _, _ = answer
    numbers = [[_number(row[i]) for row in rows] for i in range(len(columns))]
    valued = next((i for i, found in enumerate(numbers) if found and None not in found), None)
    named = next((i for i, found in enumerate(numbers) if found and None in found), None)
    if valued is None or named is None:
        return None
    shown = rows[:BARS]
    values = [v for v in numbers[valued][:BARS] if v is not None]
    marks = steps(max([*values, 0]) or 1)
    low = min([*values, 0])
    x = Scale(low, max(marks[-1], 1), size.label + 20, size.width - (64 if size.above else 90))
    height = 34 + size.row * len(shown) + 30
    shapes, words = [], []
    for mark in (m for m in marks if x(m) <= size.width - 60):
        shapes.append(Shape(line((x(mark), 26), (x(mark), height - 26)), "rule"))
        words.append(Words(x(mark), height - 8, f"{mark:,}", "middle"))
    for place, (row, value) in enumerate(zip(shown, values, strict=True)):
        iri, text = row[named]
        name, y = size.named(34 + size.row * place, text)
        words.append(name)
        start, end = sorted((x(0), x(value)))
        said = f"{value:,g}" if value != int(value) else f"{int(value):,}"
        shapes.append(
            Shape(box(start, y - 10, max(end - start, 1), 20), "best", f"{text}: {said}", _address(iri))
        )
        words.append(Words(end + 8, y + 5, said))
    words.append(Words(x(low), 18, columns[valued], "start", "soft"))
    said_ = f"{len(shown)} of {count(total, 'row')}"
    return Chart("bars-narrow" if size.above else "bars", f"{columns[valued]} by {columns[named]}", f"{said_}. The table says the same.",
                 size.width, height, tuple(shapes), tuple(words), (), said_)  # fmt: skip


def network(answer: Answer) -> Drawing | None:
    """Things joined by rows: subject and object of statements, else the first two columns of addresses."""
    columns, rows, total, _, _ = answer
    if columns == ["subject", "property", "object"]:
        joined = [(row[0], row[2], row[1][1]) for row in rows if row[2][0]]
    else:
        things = [i for i in range(len(columns)) if any(row[i][0] for row in rows)][:2]
        if len(things) < 2:
            return None
        joined = [
            (row[things[0]], row[things[1]], "") for row in rows if row[things[0]][0] and row[things[1]][0]
        ]
    joined = [one for one in joined if one[0] != one[1]]
    if not joined:
        return None
    degree = Counter(node for a, b, _ in joined for node in (a, b))
    kept = sorted(degree, key=lambda node: (-degree[node], node[1], node[0] or ""))[:THINGS]
    place = {node: i for i, node in enumerate(kept)}
    lines = list(dict.fromkeys((a, b, p) for a, b, p in joined if a in place and b in place))
    graph = igraph.Graph(len(kept), [(place[a], place[b]) for a, b, _ in lines])
    seed = [(i % 7, i // 7) for i in range(len(kept))]  # so that the same answer looks the same
    layout = graph.layout_fruchterman_reingold(seed=seed, niter=400, start_temp=2.0)
    layout.fit_into((40, 30, _SPAN - 200, _HEIGHT - 30), keep_aspect_ratio=False)
    near = [{f"n{i}", *(f"n{j}" for j in graph.neighbors(i))} for i in range(len(kept))]
    marks = tuple(
        Mark(f"n{i}", _kind(node[0]), x, y, wrapped(node[1], 180, 13, 1), x + 12, y, "start", node[1],
             _address(node[0]), " ".join(sorted(near[i])))
        for i, (node, (x, y)) in enumerate(zip(kept, layout.coords, strict=True))
    )  # fmt: skip
    drawn = tuple(
        Line(f"l{k}", "plain", line((marks[place[a]].x, marks[place[a]].y), (marks[place[b]].x, marks[place[b]].y)),
             1.5, f"{a[1]} {p} {b[1]}" if p else f"{a[1]} – {b[1]}", f"n{place[a]} n{place[b]}")
        for k, (a, b, p) in enumerate(lines)
    )  # fmt: skip
    said = f"{len(kept)} of {count(len(degree), 'thing')}, {len(lines)} of {count(total, 'row')}"
    return Drawing(
        "network",
        "What the rows join",
        f"{said}. The table says the same.",
        _SPAN,
        _HEIGHT,
        marks,
        drawn,
        legend=tuple((kind, kind) for kind in sorted({m.kind for m in marks} - {"other"})),
        count=said,
    )


def _number(cell: _Node) -> float | None:
    iri, text = cell
    try:
        value = float(text) if iri is None else None
    except ValueError:
        return None
    return value if value is not None and abs(value) < 1e15 else None


def _kind(iri: str | None) -> str:
    """The kind of mark for an address on this site."""
    return _KINDS.get((iri or "").split("/")[2] if (iri or "").startswith("/id/") else "", "other")


def _address(iri: str | None) -> str | None:
    if iri is None:
        return None
    return iri if iri.startswith("/") and not iri.startswith("//") else href(DEFAULT_BASE, iri)
