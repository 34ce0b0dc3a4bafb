"""The picture of shared blockers: barriers, the programmes they hold back, the departments that answer."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx

from graph.dataset import Dataset
from visualisations.drawing import Drawing, Line, Mark, extent, horizontal, thickness
from visualisations.lettering import wrapped
from visualisations.links import href
from visualisations.words import count

BARRIERS, PROGRAMMES = 25, 50
"""The picture shows no more than these, those that reach most."""
_SIZE, _ROW, _TOP = 13, 36, 44
_BARRIER_X, _PROGRAMME_X, _PROGRAMME_END, _DEPARTMENT_X, _WIDE = 320, 520, 790, 920, 1120

Order = dict[str, list[str]]


def blockers_drawing(dataset: Dataset, network: nx.Graph[str]) -> Drawing:
    """Three columns, each in the order that lets fewest lines cross."""
    kinds = {"barrier": BARRIERS, "programme": PROGRAMMES}
    every: Order = {
        kind: [n for n in network if network.nodes[n]["kind"] == kind]
        for kind in ("barrier", "programme", "department")
    }
    kept = {
        n
        for kind, most in kinds.items()
        for n in sorted(every[kind], key=lambda n: (-network.degree(n), n))[:most]
    }
    kept |= {d for d in every["department"] if any(p in kept for p in network[d])}
    shown = network.subgraph(kept)
    columns = ordered({kind: [n for n in nodes if n in kept] for kind, nodes in every.items()}, shown)
    height = _ROW * max((len(nodes) for nodes in columns.values()), default=0)
    y = {n: _TOP + height * (i + 0.5) / len(nodes) for nodes in columns.values() for i, n in enumerate(nodes)}
    ids = {n: f"n{i}" for i, n in enumerate(network)}
    lit = _lighting(shown, ids)
    marks = [_mark(dataset, shown, n, y[n], ids, lit) for nodes in columns.values() for n in nodes]
    said = (("barrier", "shared barrier"), ("programme", "programme"), ("department", "department"))
    counts = [f"{len(columns[kind])} of {count(len(every[kind]), words)}" for kind, words in said]
    return Drawing(
        "blockers",
        "Shared barriers, the programmes they hold back and the departments that answer for those",
        f"{', '.join(counts)}. The table below says the same.",
        _WIDE,
        _TOP + height + 12,
        tuple(marks),
        tuple(_lines(dataset, shown, marks, y, ids, lit)),
        headings=(
            (_BARRIER_X - 14, "end", "Barriers"),
            (_PROGRAMME_X, "start", "Programmes they hold back"),
            (_DEPARTMENT_X, "start", "Departments"),
        ),
        legend=(
            ("barrier", "barrier"),
            ("programme", "programme"),
            ("department", "department"),
            ("blocks", "holds back; the thicker, the more interviews and datasets say so"),
            ("leads", "answers for"),
        ),
        count=", ".join(counts),
    )


def row_marks(network: nx.Graph[str]) -> Mapping[object, tuple[str, str]]:
    """For each barrier, its mark and what lights its row."""
    ids = {n: f"n{i}" for i, n in enumerate(network)}
    lit = _lighting(network, ids)
    return {(n,): (ids[n], lit[n]) for n in network if network.nodes[n]["kind"] == "barrier"}


def ordered(columns: Order, network: nx.Graph[str], middle: str = "programme") -> Order:
    """Each of three columns sorted, in turn, by the middle of its neighbours' places; the best of some rounds."""
    outer = tuple(kind for kind in columns if kind != middle)
    best, fewest = columns, _crossings(columns, network, outer)
    current = columns
    for _ in range(12):
        before = current
        for kind, beside in ((middle, outer), *((kind, (middle,)) for kind in reversed(outer))):
            place = {n: (i + 0.5) / len(current[k]) for k in beside for i, n in enumerate(current[k])}
            current = {**current, kind: _by_middle(current[kind], network, place)}
        if current == before:
            break
        crossings = _crossings(current, network, outer)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _by_middle(nodes: Sequence[str], network: nx.Graph[str], place: Mapping[str, float]) -> list[str]:
    def middle(node: str) -> float:
        places = [place[m] for m in network[node] if m in place]
        return sum(places) / len(places) if places else 0.5

    return sorted(nodes, key=lambda n: (middle(n), n))


def _crossings(columns: Order, network: nx.Graph[str], outer: Sequence[str]) -> int:
    place = {n: i for nodes in columns.values() for i, n in enumerate(nodes)}
    total = 0
    for beside in outer:
        before: list[int] = []
        for _, end in sorted((place[n], place[m]) for n in columns[beside] for m in network[n]):
            total += len(before) - bisect_right(before, end)
            insort(before, end)
    return total


def _lighting(network: nx.Graph[str], ids: Mapping[str, str]) -> dict[str, str]:
    """For each thing, the ids that light it: its own and those of everything on a way through it."""
    near: defaultdict[str, set[str]] = defaultdict(set)
    for node in network:
        near[node] |= {node, *network[node]}
        if network.nodes[node]["kind"] == "programme":
            for one in network[node]:
                near[one] |= {
                    m for m in network[node] if network.nodes[m]["kind"] != network.nodes[one]["kind"]
                }
    return {node: _names(around, ids) for node, around in near.items()}


def _names(nodes: Iterable[str], ids: Mapping[str, str]) -> str:
    return " ".join(sorted(ids[n] for n in nodes if n in ids))


def _mark(
    dataset: Dataset,
    network: nx.Graph[str],
    node: str,
    y: float,
    ids: Mapping[str, str],
    lit: Mapping[str, str],
) -> Mark:
    kind, label = network.nodes[node]["kind"], network.nodes[node]["label"]
    place = {
        "barrier": (_BARRIER_X, _BARRIER_X - 14, 300, "end"),
        "programme": (_PROGRAMME_X, _PROGRAMME_X + 14, _PROGRAMME_END - _PROGRAMME_X - 22, "start"),
        "department": (_DEPARTMENT_X, _DEPARTMENT_X + 14, _WIDE - _DEPARTMENT_X - 14, "start"),
    }
    x, text_x, room, anchor = place[kind]
    return Mark(
        ids[node],
        kind,
        x,
        y,
        wrapped(label, room, _SIZE),
        text_x,
        y,
        anchor,
        label,
        href(dataset.base, node),
        lit[node],
    )


def _lines(
    dataset: Dataset,
    network: nx.Graph[str],
    marks: Iterable[Mark],
    y: Mapping[str, float],
    ids: Mapping[str, str],
    lit: Mapping[str, str],
) -> Iterable[Line]:
    most = max((network.edges[e]["weight"] for e in network.edges), default=1)
    ends = {m.id: m.text_x + extent(m.lines, _SIZE) + 6 for m in marks}
    for i, (a, b, edge) in enumerate(sorted(network.edges(data=True), key=lambda e: (e[0], e[1]))):
        programme, end = (a, b) if network.nodes[a]["kind"] == "programme" else (b, a)
        blocks = edge["kind"] == "blocks"
        both = _names((programme, end), ids)
        on = " ".join(sorted({*both.split(), *(set(lit[programme].split()) & set(lit[end].split()))}))
        path = (
            horizontal(_BARRIER_X + 9, y[end], _PROGRAMME_X - 9, y[programme])
            if blocks
            else horizontal(_PROGRAMME_END, y[programme], _DEPARTMENT_X - 9, y[end], ends[ids[programme]])
        )
        one, other = dataset.label(end), dataset.label(programme)
        name = f"{one} holds back {other}: {edge['label']}" if blocks else f"{one} answers for {other}"
        yield Line(f"l{i}", edge["kind"], path, thickness(edge["weight"], most) if blocks else 1.5, name, on)
