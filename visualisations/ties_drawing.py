"""The picture of silos: programmes grouped by department, their working ties as arcs beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import networkx as nx

from graph.dataset import Dataset
from graph.evidence import evidence
from visualisations.departments import short_names
from visualisations.drawing import Band, Drawing, Line, Mark, extent
from visualisations.lettering import wrapped
from visualisations.links import href
from visualisations.words import listed

PROGRAMMES = 80
"""The picture shows no more than these, those with most ties."""
_SIZE, _ROW, _GAP, _TOP = 14, 27, 12, 44
_GROUP, _MARK_X, _LABEL = 150, 178, 330


def ties_drawing(dataset: Dataset, network: nx.Graph[str], as_of: date) -> Drawing:
    """Arcs inside a band are ties within a department; arcs that leave it cross to another."""
    kept = sorted(network, key=lambda n: (-network.degree(n), n))[:PROGRAMMES]
    shown = network.subgraph(kept)
    lit = row_marks(network)
    ids = {n: mark for n, (mark, _) in lit.items()}
    bands, places, bottom = _bands(dataset, shown, as_of)
    labels = {n: wrapped(network.nodes[n]["label"], _LABEL, _SIZE, 1) for n in shown}
    start = {n: _MARK_X + 16 + extent(labels[n], _SIZE) + 6 for n in shown}
    edge = max(start.values(), default=_MARK_X) + 12
    reach = max((abs(places[a] - places[b]) for a, b in shown.edges), default=0.0)
    marks = tuple(
        Mark(
            ids[n],
            "programme",
            _MARK_X,
            places[n],
            labels[n],
            _MARK_X + 16,
            places[n],
            "start",
            network.nodes[n]["label"],
            href(dataset.base, n),
            lit[n][1],
        )
        for n in sorted(shown, key=lambda n: places[n])
    )
    lines = tuple(
        Line(
            tie_mark(ids, a, b),
            kind["kind"],
            _arc(places[a], places[b], edge, _swing(abs(places[a] - places[b]), reach)),
            2.0 if kind["kind"] == "internal" else 3.5,
            f"{dataset.label(a)} and {dataset.label(b)}: {kind['label']}",
            f"{ids[a]} {ids[b]} {tie_mark(ids, a, b)}",
        )
        for a, b, kind in sorted(
            shown.edges(data=True), key=lambda e: (e[2]["kind"] == "external", e[0], e[1])
        )
    )
    leaders = tuple(
        Line(f"{ids[n]}-end", "leader", f"M{start[n]:.1f} {places[n]:.1f}H{edge:.1f}", 1.0, "", ids[n])
        for n in sorted(shown, key=lambda n: places[n])
        if shown.degree(n)
    )
    counts = f"{len(shown)} of {len(network)} tested programmes, {len(lines)} of {network.number_of_edges()} working ties"
    return Drawing(
        "ties",
        "Tested programmes by department, and the working ties between them",
        f"{counts}. The tables below say the same.",
        edge + 20 + _swing(reach, reach),
        bottom,
        marks,
        (*leaders, *lines),
        bands,
        legend=(
            ("programme", "programme"),
            ("internal", "tie within a department"),
            ("external", "tie across departments"),
        ),
        count=counts,
    )


def row_marks(network: nx.Graph[str]) -> dict[str, tuple[str, str]]:
    """For each programme, its mark and what lights its row."""
    ids = {n: f"t{i}" for i, n in enumerate(sorted(network))}
    near = {
        n: {ids[n], *(ids[m] for m in network[n]), *(tie_mark(ids, n, m) for m in network[n])}
        for n in network
    }
    return {n: (ids[n], " ".join(sorted(near[n]))) for n in network}


def tie_mark(ids: Mapping[str, str], one: str, other: str) -> str:
    """The id of the line between two programmes."""
    return "-".join(sorted((ids[one], ids[other])))


def _bands(
    dataset: Dataset, network: nx.Graph[str], as_of: date
) -> tuple[tuple[Band, ...], dict[str, float], float]:
    """A band for each set of departments, those that are tied across side by side; the place of each programme."""
    home = evidence(dataset, as_of).departments
    groups: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for n in sorted(network, key=lambda n: network.nodes[n]["label"].lower()):
        groups[home.get(n, frozenset())].append(n)
    short = short_names(dataset)
    bands, places, y = [], {}, float(_GAP)
    for group in _ordered(groups, network):
        names = sorted(short.get(d, dataset.label(d)) for d in group)
        title = wrapped(
            listed(names) if names else "No department", _GROUP - 24, _SIZE, len(groups[group]) or 1
        )
        height = _ROW * max(len(groups[group]), len(title)) + 8
        bands.append(
            Band(
                0,
                y,
                _GROUP,
                height,
                listed(sorted(dataset.label(d) for d in group)) or "No department",
                title,
            )
        )
        for i, n in enumerate(groups[group]):
            places[n] = y + height * (i + 0.5) / len(groups[group])
        y += height + _GAP
    return tuple(bands), places, y


def _ordered(groups: dict[frozenset[str], list[str]], network: nx.Graph[str]) -> list[frozenset[str]]:
    """The largest group first, then always the one with most ties to those before it."""
    left = sorted(groups, key=lambda g: (-len(groups[g]), sorted(g)))
    order: list[frozenset[str]] = []
    placed: set[str] = set()
    while left:
        chosen = max(
            left, key=lambda g: (sum(m in placed for n in groups[g] for m in network[n]) > 0, -left.index(g))
        )
        left.remove(chosen)
        order.append(chosen)
        placed |= set(groups[chosen])
    return order


def _swing(apart: float, most: float) -> float:
    """How far an arc reaches to the right: the further apart its ends, the further."""
    return 30 + apart * min(0.9, 360 / most if most else 0.9)


def _arc(y1: float, y2: float, edge: float, swing: float) -> str:
    """From the level of one label to that of the other, out and back."""
    out = edge + swing * 4 / 3 - 20
    return f"M{edge:.1f} {y1:.1f}C{out:.1f} {y1:.1f} {out:.1f} {y2:.1f} {edge:.1f} {y2:.1f}"
