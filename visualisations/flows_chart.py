"""The alluvial of shared blockers: how much evidence joins each department, through a barrier, with its programmes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from graph.dataset import Dataset
from visualisations.blockers_drawing import Order, ordered
from visualisations.chart import Chart, Shape, Words, box
from visualisations.lettering import wrapped
from visualisations.links import href, link, with_query
from visualisations.tables import LONGEST, Column, Row, Table, cut, linked, number
from visualisations.words import count

BARRIERS, PROGRAMMES = 15, 30
"""The picture shows no more than these, those of which most sources tell; its table has the others too."""
_KINDS = ("department", "barrier", "programme")
_X = {"department": 250.0, "barrier": 500.0, "programme": 870.0}
_WIDE, _BAR, _TOP, _HIGH = 1120.0, 12.0, 44.0, 520.0
_ROOM = {"department": 34.0, "barrier": 38.0, "programme": 22.0}
"""The least from the middle of one thing to the middle of the next, so that their labels have room."""


@dataclass(frozen=True)
class Flow:
    """What one department has through one barrier with one programme."""

    department: str
    barrier: str
    programme: str
    sources: int
    """Interviews and datasets that say so."""
    share: float
    """The same, shared out among the departments that answer for the programme."""


def flows(network: nx.Graph[str]) -> list[Flow]:
    """Every way from a department over a barrier to a programme, those of which most sources tell first."""
    found = []
    for one, other, edge in network.edges(data=True):
        if edge["kind"] != "blocks":
            continue
        barrier, programme = (one, other) if network.nodes[one]["kind"] == "barrier" else (other, one)
        homes = [n for n in network[programme] if network.nodes[n]["kind"] == "department"]
        found += [Flow(d, barrier, programme, edge["weight"], edge["weight"] / len(homes)) for d in homes]
    return sorted(found, key=lambda f: (-f.sources, f.barrier, f.programme, f.department))


def flows_chart(dataset: Dataset, network: nx.Graph[str]) -> Chart | None:
    """Departments, barriers and programmes from left to right, as thick as there are sources; None without any."""
    every = flows(network)
    shown = _kept(every)
    if not shown:
        return None
    tall = {kind: Counter[str]() for kind in _KINDS}
    for flow in shown:
        for kind in _KINDS:
            tall[kind][getattr(flow, kind)] += flow.share  # type: ignore[assignment]
    columns = _columns(shown, tall)
    scale = _HIGH / max(sum(c.values()) for c in tall.values())
    places = {kind: _places(columns[kind], tall[kind], scale, _ROOM[kind]) for kind in _KINDS}
    bottom = max(y + tall[k][n] * scale for k in _KINDS for n, y in places[k].items())
    for kind, column in places.items():  # each column in the middle
        last = columns[kind][-1]
        spare = (bottom - (column[last] + tall[kind][last] * scale)) / 2
        places[kind] = {n: y + spare for n, y in column.items()}
    shapes = [
        *_ribbons(dataset, shown, columns, places, scale, "department", "barrier"),
        *_ribbons(dataset, shown, columns, places, scale, "barrier", "programme"),
    ]
    words: list[Words] = []
    for kind in _KINDS:
        for name in columns[kind]:
            y, high = places[kind][name], max(tall[kind][name] * scale, 1.5)
            label = dataset.label(name)
            about = f"{label}: {_said(shown, kind, name)}"
            shapes.append(
                Shape(box(_X[kind], y, _BAR, high), f"node-{kind}", about, href(dataset.base, name))
            )
            words += _lettered(kind, label, y + high / 2)
    heads = (("Departments", "end", _X["department"]), ("Shared barriers", "start", _X["barrier"]))
    words += [Words(x, 20, text, anchor, "soft") for text, anchor, x in heads]
    words.append(Words(_X["programme"], 20, "Programmes they hold back", "start", "soft"))
    counts = ", ".join(
        f"{len(columns[kind])} of {count(len({getattr(f, kind) for f in every}), words_)}"
        for kind, words_ in (("department", "department"), ("barrier", "shared barrier"), ("programme", "programme"))
    )  # fmt: skip
    return Chart(
        "flows",
        "How much evidence joins departments, barriers and programmes",
        f"{counts}. The table under the picture says the same.",
        _WIDE,
        bottom + 16,
        tuple(shapes),
        tuple(words),
        (
            (Shape(box(0, 4, 16, 8), "flow-department"), "a department has this barrier"),
            (Shape(box(0, 4, 16, 8), "flow-barrier"), "the barrier holds back a programme"),
            (Shape(box(6, 0, 5, 16), "node-barrier"),
             "the thicker, the more interviews and datasets say so; two departments of one programme have half each"),
        ),
        counts,
        _table(dataset, every),
    )  # fmt: skip


def _kept(every: Sequence[Flow]) -> list[Flow]:
    """The flows of the barriers, and then of the programmes, of which most sources tell."""
    told = Counter[str]()
    for flow in every:
        told[flow.barrier] += flow.share  # type: ignore[assignment]
    barriers = sorted(told, key=lambda b: (-told[b], b))[:BARRIERS]
    reached = Counter[str]()
    for flow in (f for f in every if f.barrier in barriers):
        reached[flow.programme] += flow.share  # type: ignore[assignment]
    programmes = sorted(reached, key=lambda p: (-reached[p], p))[:PROGRAMMES]
    return [f for f in every if f.barrier in barriers and f.programme in programmes]


def _columns(shown: Sequence[Flow], tall: Mapping[str, Mapping[str, float]]) -> Order:
    """Each column in the order that lets fewest flows cross, from the largest first."""
    joined: nx.Graph[str] = nx.Graph()
    for flow in shown:
        joined.add_edge(flow.department, flow.barrier)
        joined.add_edge(flow.barrier, flow.programme)
    return ordered({k: sorted(tall[k], key=lambda n: (-tall[k][n], n)) for k in _KINDS}, joined, "barrier")


def _places(names: Sequence[str], tall: Mapping[str, float], scale: float, room: float) -> dict[str, float]:
    """The top of each thing of a column."""
    found: dict[str, float] = {}
    y = _TOP
    for name in names:
        high = tall[name] * scale
        around = max(6.0, room - high) / 2
        found[name] = y + around
        y += high + 2 * around
    return found


def _ribbons(
    dataset: Dataset,
    shown: Sequence[Flow],
    columns: Order,
    places: Mapping[str, Mapping[str, float]],
    scale: float,
    left: str,
    right: str,
) -> Iterator[Shape]:
    """The flows between two columns, each as a band that leads to what it rests on."""
    thick: Counter[tuple[str, str]] = Counter()
    sources: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for flow in shown:
        ends = (getattr(flow, left), getattr(flow, right))
        thick[ends] += flow.share  # type: ignore[assignment]
        sources[ends][flow.programme] = flow.sources
    starts, ends_ = dict(places[left]), dict(places[right])
    at = {n: i for kind in (left, right) for i, n in enumerate(columns[kind])}
    first: dict[tuple[str, str], float] = {}
    for one, other in sorted(thick, key=lambda e: (at[e[0]], at[e[1]])):
        first[one, other] = starts[one]
        starts[one] += thick[one, other] * scale
    for one, other in sorted(thick, key=lambda e: (at[e[1]], at[e[0]])):
        y1, y2, high = first[one, other], ends_[other], max(thick[one, other] * scale, 1.0)
        ends_[other] += thick[one, other] * scale
        x1, x2 = _X[left] + _BAR, _X[right]
        middle = (x1 + x2) / 2
        path = (
            f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}v{high:.1f}"
            f"C{middle:.1f} {y2 + high:.1f} {middle:.1f} {y1 + high:.1f} {x1:.1f} {y1 + high:.1f}Z"
        )
        total = sum(sources[one, other].values())
        told = f"{count(total, 'source')} {'says' if total == 1 else 'say'} so"
        if left == "department":
            held = count(len(sources[one, other]), "programme")
            name = f"{dataset.label(one)} has “{dataset.label(other)}” in {held}: {told}"
            page = href(dataset.base, other)
            where = f"{page}#departments" if page else None
        else:
            name = f"“{dataset.label(one)}” holds back {dataset.label(other)}: {told}"
            where = _why(dataset, one, other)
        yield Shape(path, f"flow-{left}", name, where)


def _why(dataset: Dataset, barrier: str, programme: str) -> str:
    """The address of what one barrier in one programme rests on."""
    one, other = (iri.removeprefix(f"{dataset.base}/id/") for iri in (barrier, programme))
    return with_query("/analyses/why-linked", one=one, other=other, max_hops="1")


def _said(shown: Sequence[Flow], kind: str, name: str) -> str:
    """How much flows through one thing, in words."""
    mine = [f for f in shown if getattr(f, kind) == name]
    others = ((k, {getattr(f, k) for f in mine}) for k in _KINDS if k != kind)
    return ", ".join(count(len(found), k) for k, found in others)


def _lettered(kind: str, label: str, y: float) -> Iterator[Words]:
    """The label of one thing beside its bar, in one line or two."""
    left = kind == "department"
    room = {"department": _X["department"] - 24, "barrier": 216.0, "programme": _WIDE - _X["programme"] - 26}
    lines = wrapped(label, room[kind], 12, 1 if kind == "programme" else 2)
    x = _X[kind] - 8 if left else _X[kind] + _BAR + 7
    for n, text in enumerate(lines):
        at = y + 4.5 + (n - (len(lines) - 1) / 2) * 14
        yield Words(x, at, text, "end" if left else "start", "small over", label)


def _table(dataset: Dataset, every: Sequence[Flow]) -> Table:
    """Every flow as a row, with its evidence."""
    rows = [
        Row(
            (
                linked(link(dataset.base, f.department, dataset.label(f.department), kind="department")),
                linked(link(dataset.base, f.barrier, dataset.label(f.barrier), kind="barrier")),
                linked(link(dataset.base, f.programme, dataset.label(f.programme), kind="programme")),
                number(f.sources, _why(dataset, f.barrier, f.programme), "sources"),
            )
        )
        for f in every[:LONGEST]
    ]
    heads = (Column("Department"), Column("Barrier", wide=True), Column("Programme"), Column("Sources", True))
    return cut("Departments, barriers and programmes", heads, rows, "flow", id="flows-table", of=len(every))
