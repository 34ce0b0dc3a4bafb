"""One network as one file that opens anywhere: picture, evidence and tables, without a request to any host.

Drawn with pyvis, never with its own template: ours escapes everything, carries its data as JSON, allows its own
two scripts and one style by their hash and nothing else, and positions come from here, so that nothing moves.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import combinations
from math import atan2, ceil, cos, hypot, pi, sin, sqrt
from typing import Any

import networkx as nx
from jinja2 import DictLoader, Environment, StrictUndefined
from pyvis.network import Network

from graph.analysis import find_analysis
from graph.dataset import Dataset
from graph.evidence import Finding, evidence
from graph.network import find_network
from graph.things import Evidenced, evidence_for
from visualisations.lettering import width, wrapped
from visualisations.words import count, day, listed

MARKING = "May hold interview material: handle as official"
"""Findings may quote no one, but they rest on what was said in confidence."""

Items = list[Mapping[str, str]]
"""What a link rests on: for each item its words by name, in reading order, the first as its heading."""

_VENDORED = "static/vendor/vis-network-10.1.5/vis-network.js"
_FONT, _LINE = 14, 17
_SIZE = 9
_GAP = 24
_NARROW = 390


@dataclass(frozen=True)
class _Look:
    """How a kind of thing or link is shown; colours after Okabe and Ito."""

    word: str
    colour: str
    shape: str = ""
    dashes: tuple[int, ...] = ()
    back: str = ""
    """The word of a link seen from its other end, where it is another."""


_THINGS = {
    "department": _Look("department", "#0072B2", "square"),
    "programme": _Look("programme", "#009E73", "dot"),
    "barrier": _Look("barrier", "#D55E00", "diamond"),
    "organisation": _Look("organisation", "#CC79A7", "triangle"),
}
_OTHER = _Look("thing", "#757575", "hexagon")
_LINKS = {
    "blocks": _Look("holds back", "#D55E00", back="held back by"),
    "leads": _Look("leads", "#0072B2", dashes=(6, 4), back="led by"),
    "tied": _Look("working tie seen", "#009E73"),
    "untied": _Look("no working tie seen", "#D55E00", dashes=(7, 5)),
    "internal": _Look("works with, inside a department", "#757575"),
    "external": _Look("works with, across departments", "#0072B2", dashes=(10, 4)),
}
_COUNTED = {"shared-blockers": "barrier", "silo-overview": "programme"}
"""What the "n of N" of an analysis counts in its picture; links where not told."""
_FIRST = ("barrier", "department", "organisation", "programme")
"""Which end of a link its sentence begins with: a barrier holds back, a department leads."""


@dataclass
class _Place:
    """Where a thing stands and where its label goes."""

    x: float
    y: float
    side: str
    lines: tuple[str, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The space that mark and label take: left, top, right, bottom."""
        wide, high = max(width(line, _FONT) for line in self.lines), len(self.lines) * _LINE
        if self.side == "below":
            half = max(wide / 2, _SIZE)
            return self.x - half, self.y - _SIZE, self.x + half, self.y + _SIZE + 4 + high
        if self.side == "above":
            half = max(wide / 2, _SIZE)
            return self.x - half, self.y - _SIZE - 4 - high, self.x + half, self.y + _SIZE
        reach, half = _SIZE + 6 + wide, max(high / 2, _SIZE)
        left, right = (reach, _SIZE) if self.side == "left" else (_SIZE, reach)
        return self.x - left, self.y - half, self.x + right, self.y + half


@dataclass(frozen=True)
class _Group:
    """An area around things that belong together."""

    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


_Layout = tuple[dict[int, _Place], list[_Group]]


@dataclass(frozen=True)
class _Node:
    """One thing of the picture, by its number."""

    iri: str
    label: str
    kind: str
    departments: tuple[str, ...]


@dataclass(frozen=True)
class _Edge:
    """One link of the picture, between the numbers of two things."""

    one: int
    other: int
    kind: str
    label: str
    weight: float
    evidence: tuple[str, ...]


def draw(dataset: Dataset, name: str, *, as_of: date | None = None) -> str:
    """The picture of an analysis as one HTML file, with its answer and the evidence behind every link.

    name is a key of `graph.network.NETWORKS`. Raises NotFound.

    Examples
    --------
    >>> from graph.store import open_store
    >>> draw(open_store("memory").dataset(), "shared-blockers").startswith("<!doctype html>")
    True
    """
    network, analysis = find_network(name)(dataset, as_of=as_of), find_analysis(name)
    result = analysis.run(dataset, {"as_of": as_of})
    kind = _COUNTED.get(analysis.command)
    shown = (
        sum(node.get("kind") == kind for _, node in network.nodes(data=True))
        if kind
        else network.number_of_edges()
    )
    return standalone_page(
        network,
        title=analysis.title,
        question=analysis.question,
        summary=result.summary,
        caveats=result.caveats,
        as_of=result.as_of,
        shown=f"{shown} of {result.of} {result.of_what}",
        evidence=_known(dataset, as_of),
    )


def standalone_page(
    network: nx.Graph[str],
    *,
    title: str,
    summary: str,
    evidence: Callable[[list[str]], Items],
    question: str = "",
    caveats: Sequence[str] = (),
    as_of: date | None = None,
    shown: str = "",
    marking: str = MARKING,
) -> str:
    """A network as one HTML file that makes no request.

    Nodes have label, kind and perhaps departments, edges kind, label, weight and evidence, as `graph.network`
    makes them. evidence turns the IRIs of one edge into what its reader sees; shown is "n of N things".
    The same network gives the same bytes. The caller's network is left as it is.
    """
    nodes, edges = _read(network)
    places, groups = _layout(nodes, edges)
    layouts = [_shipped(places, groups)]
    if len(nodes) <= 200:
        layouts.append(_shipped(*_layout(nodes, edges, narrow=True)))
    items: dict[tuple[tuple[str, str], ...], int] = {}
    rests = [
        [
            items.setdefault(tuple((_clean(k), _clean(v)) for k, v in item.items()), len(items))
            for item in evidence(list(e.evidence))
        ]
        for e in edges
    ]
    kinds, ways = (list(dict.fromkeys(found.kind for found in several)) for several in (nodes, edges))
    net = Network(cdn_resources="in_line", directed=network.is_directed())
    net.nodes = [_drawn_node(i, node, places[i], kinds) for i, node in enumerate(nodes)]
    net.edges = _drawn_edges(edges, nodes, places, ways, rests)
    net.options = {
        "autoResize": True,
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {
            "hover": True,
            "dragNodes": False,
            "selectConnectedEdges": False,
            "tooltipDelay": 150,
        },
        "edges": {
            "arrows": {"to": {"enabled": network.is_directed(), "scaleFactor": 0.6}},
            "selectionWidth": 1.5,
            "hoverWidth": 1,
        },
        "nodes": {"size": _SIZE, "borderWidth": 1, "borderWidthSelected": 3},
    }
    things, links = [_thing_look(kind) for kind in kinds], [_link_look(way) for way in ways]
    degrees = Counter(end for edge in edges for end in (edge.one, edge.other))
    net.path, net.templateEnv = "standalone.html", _environment()
    _, style, script = _parts()
    net.templateEnv.globals.update(
        title=_clean(title),
        question=_clean(question),
        summary=_clean(summary),
        caveats=[_clean(c) for c in caveats],
        as_of=day(as_of) if as_of else "",
        shown=_clean(shown),
        marking=_clean(marking),
        library=_library(),
        style=style,
        script=script,
        policy=_policy([_library(), script], style),
        degrees=degrees,
        rests=[len(r) for r in rests],
        things=things,
        links=links,
        grouped=any(node.departments for node in nodes),
        data={
            "items": [dict(item) for item in items],
            "layouts": layouts,
            "things": [vars(look) for look in things],
            "links": [vars(look) for look in links],
            "font": _FONT,
            "line": _LINE,
            "size": _SIZE,
        },
    )
    return str(net.generate_html())


def _read(network: nx.Graph[str]) -> tuple[list[_Node], list[_Edge]]:
    """The things and links in the order of the tables; names stay outside, numbers go into the picture."""
    degree = dict(network.degree())
    order = {kind: i for i, kind in enumerate(("barrier", "department", "programme", "organisation"))}
    read = [
        _Node(
            str(iri),
            _clean(data.get("label") or iri) or "(no name)",
            _clean(data.get("kind", "")),
            tuple(_clean(d) for d in data.get("departments", ())),
        )
        for iri, data in network.nodes(data=True)
    ]
    nodes = [
        node
        for _, node in sorted(
            zip(network, read, strict=True),
            key=lambda p: (order.get(p[1].kind, 9), -degree[p[0]], p[1].label.casefold(), p[1].iri),
        )
    ]
    number = {node.iri: i for i, node in enumerate(nodes)}
    edges = []
    for one, other, data in network.edges(data=True):
        ends = [number[str(one)], number[str(other)]]
        if not network.is_directed():
            ends.sort(
                key=lambda i: (
                    _FIRST.index(nodes[i].kind) if nodes[i].kind in _FIRST else 9,
                    nodes[i].label.casefold(),
                    i,
                )
            )
        weight = data.get("weight", 1)
        edges.append(
            _Edge(
                ends[0],
                ends[1],
                _clean(data.get("kind", "")),
                _clean(data.get("label", "")),
                float(weight) if isinstance(weight, int | float) and 0 <= weight < 1e9 else 1,
                tuple(map(str, data.get("evidence", ()))),
            )
        )
    edges.sort(
        key=lambda e: (
            list(_LINKS).index(e.kind) if e.kind in _LINKS else 9,
            -e.weight,
            e.one,
            e.other,
            e.kind,
            e.label,
        )
    )
    return nodes, edges


def _drawn_node(number: int, node: _Node, place: _Place, kinds: list[str]) -> dict[str, Any]:
    drawn = {
        "id": number,
        "label": node.label,
        "look": kinds.index(node.kind),
        "x": round(place.x, 1),
        "y": round(place.y, 1),
    }
    if re.match("https?://", node.iri):
        drawn["iri"] = _clean(node.iri)
    if node.departments:
        drawn["departments"] = listed(list(node.departments))
    return drawn


def _drawn_edges(
    edges: list[_Edge],
    nodes: list[_Node],
    places: Mapping[int, _Place],
    ways: list[str],
    rests: list[list[int]],
) -> list[dict[str, Any]]:
    layered, weights = _layered(nodes), [edge.weight for edge in edges] or [1]
    lightest, spread = min(weights), max(weights) - min(weights)
    parallel: Counter[tuple[int, int]] = Counter()
    drawn: list[dict[str, Any]] = []
    for number, edge in enumerate(edges):
        found: dict[str, Any] = {
            "id": number,
            "from": edge.one,
            "to": edge.other,
            "look": ways.index(edge.kind),
            "label": edge.label,
            "width": round(1.5 + 3.5 * (edge.weight - lightest) / spread if spread else 2.2, 1),
            "items": rests[number],
        }
        pair = min(edge.one, edge.other), max(edge.one, edge.other)
        if parallel[pair]:
            found["bend"] = ["curvedCW", min(0.9, 0.15 * parallel[pair])]
        elif nodes[edge.one].departments != nodes[edge.other].departments and len(edges) <= 500:
            found["bend"] = _bend(edge, places)
        elif layered and nodes[edge.one].kind != nodes[edge.other].kind:
            found["bend"] = ["cubicBezier", 0.45]
        parallel[pair] += 1
        drawn.append(found)
    return drawn


def _bend(edge: _Edge, places: Mapping[int, _Place]) -> tuple[str, float]:
    """The least bend, either way, by which a link between areas keeps clear of the marks it does not join."""
    one, other = places[edge.one], places[edge.other]
    length, angle = hypot(other.x - one.x, other.y - one.y), atan2(one.y - other.y, other.x - one.x)
    marks = [(p.x, p.y) for i, p in places.items() if i not in (edge.one, edge.other)]

    def clearance(type_: str, roundness: float) -> float:
        reach = (roundness / 2 + 0.5) * (1 if type_ == "curvedCW" else -1)
        turn = angle + reach * pi
        via_x, via_y = one.x + abs(reach) * length * sin(turn), one.y + abs(reach) * length * cos(turn)
        steps = [n / 24 for n in range(1, 24)]
        curve = [
            (
                (1 - t) ** 2 * one.x + 2 * t * (1 - t) * via_x + t * t * other.x,
                (1 - t) ** 2 * one.y + 2 * t * (1 - t) * via_y + t * t * other.y,
            )
            for t in steps
        ]
        return min((hypot(x - a, y - b) for x, y in curve for a, b in marks), default=length)

    bends = [
        (type_, roundness) for roundness in (0.1, 0.18, 0.26, 0.34) for type_ in ("curvedCW", "curvedCCW")
    ]
    return next((bend for bend in bends if clearance(*bend) > 2.2 * _SIZE), bends[0])


def _thing_look(kind: str) -> _Look:
    known = _THINGS.get(kind)
    return known or _Look(kind or _OTHER.word, _OTHER.colour, _OTHER.shape)


def _link_look(kind: str) -> _Look:
    return _LINKS.get(kind) or _Look(
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower() or "link", _OTHER.colour
    )


def _clean(text: object) -> str:
    """Text as it can be shown: one line, without control and direction characters, which can make words lie."""
    kept = []
    for letter in unicodedata.normalize("NFC", str(text)):
        kind = unicodedata.category(letter)
        if kind == "Cs":
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif kind in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif kind != "Cf" or letter in "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}":
            kept.append(letter)
    return " ".join("".join(kept).split())


def _known(dataset: Dataset, as_of: date | None) -> Callable[[list[str]], Items]:
    """What findings, ties and things say to a reader. Excerpts of interviews, sources and roles stay behind."""
    known = evidence(dataset, as_of)
    findings = {found.finding.iri: found for found in evidence_for(dataset, known.findings)}
    ties = {tie.iri: tie for tie in known.ties}
    about: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in known.supporting():
        about[finding.barrier].append(finding)

    def say(iri: str) -> Mapping[str, str]:
        if iri in findings:
            return _finding(findings[iri], dataset)
        if iri in ties:
            tie = ties[iri]
            return {dataset.label(tie.kind): f"{dataset.label(tie.one)} and {dataset.label(tie.other)}"}
        if iri in about:
            worst = max(finding.severity for finding in about[iri])
            return {
                "Shared barrier": dataset.label(iri),
                "Rests on": count(len(about[iri]), "finding"),
                "Severity": f"up to {worst} of 5",
            }
        departments = sorted(dataset.label(d) for d in known.departments.get(iri, ()))
        return (
            {"Programme": dataset.label(iri), "Led by": listed(departments)}
            if departments
            else {"Thing": dataset.label(iri)}
        )

    def worst_first(iri: str) -> tuple[int, str]:
        return (-findings[iri].finding.severity, iri) if iri in findings else (0, iri)

    return lambda iris: [say(iri) for iri in sorted(iris, key=worst_first)]


def _finding(found: Evidenced, dataset: Dataset) -> Mapping[str, str]:
    said = {
        "Finding": found.summary or dataset.label(found.finding.iri),
        "Severity": f"{found.finding.severity} of 5",
    }
    if found.level:
        said["Level"] = found.level
    if found.organisation:
        said["Organisation"] = found.organisation.label
    if not found.finding.interview:
        said["Dataset"] = found.source.label
    return said


# --- Positions -------------------------------------------------------------------------------------------------------


def _layout(nodes: list[_Node], edges: list[_Edge], *, narrow: bool = False) -> _Layout:
    """Columns for kinds that act on each other, areas for programmes by department, a ring for a few of one kind.

    narrow is for telephones: about _NARROW wide and as high as it takes.
    """
    if _layered(nodes):
        return _columns(nodes, edges, narrow), []
    if any(node.departments for node in nodes):
        return _areas(
            nodes,
            edges,
            [listed(list(node.departments)) or "No department known" for node in nodes],
            narrow=narrow,
        )
    if len(nodes) <= 40:
        return _ring(nodes, edges, narrow), []
    network = nx.Graph([(edge.one, edge.other) for edge in edges])
    network.add_nodes_from(range(len(nodes)))
    of: dict[int, int] = {}
    for number, community in enumerate(nx.community.label_propagation_communities(network)):
        of.update(dict.fromkeys(community, number))
    return _areas(nodes, edges, [str(of[i]) for i in range(len(nodes))], narrow=narrow, titled=False)


def _layered(nodes: list[_Node]) -> bool:
    return len({node.kind for node in nodes}) > 1


def _columns(nodes: list[_Node], edges: list[_Edge], narrow: bool) -> dict[int, _Place]:
    """Departments, programmes, barriers from left to right, each ordered so that few links cross."""
    ranks = {kind: i for i, kind in enumerate(("organisation", "department", "programme", "barrier"))}
    layers: defaultdict[int, list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        layers[ranks.get(node.kind, 4)].append(i)
    order = _uncrossed([layers[rank] for rank in sorted(layers)], edges)
    if narrow:
        return _narrow_columns(order, nodes)
    places: dict[int, _Place] = {}
    wraps = [185 if i + 1 < len(order) else 215 for i in range(len(order))]
    lines = {
        i: wrapped(nodes[i].label, wraps[rank], _FONT, 3) for rank, layer in enumerate(order) for i in layer
    }
    heights = {i: max(len(lines[i]) * _LINE, 2 * _SIZE) + 11 for i in lines}
    splits = [ceil(len(layer) / 45) for layer in order]
    highest = max(
        sum(heights[i] for i in layer[s::split])
        for layer, split in zip(order, splits, strict=True)
        for s in range(split)
    )
    x = 0.0
    for rank, (layer, split) in enumerate(zip(order, splits, strict=True)):
        for start in range(split):
            column, last = layer[start::split], rank + 1 == len(order)
            wide = max(width(line, _FONT) for i in column for line in lines[i]) + _SIZE + 6
            x += 0 if last else wide
            spare, y = (highest - sum(heights[i] for i in column)) / len(column), 0.0
            for i in column:
                places[i] = _Place(x, y + (heights[i] + spare) / 2, "right" if last else "left", lines[i])
                y += heights[i] + spare
            x += (wide if last else 0) + (40 if start + 1 < split else 165)
    return places


def _narrow_columns(order: list[list[int]], nodes: list[_Node]) -> dict[int, _Place]:
    """The same columns with labels under the marks."""
    pitch = _NARROW / len(order)
    lines = {i: wrapped(nodes[i].label, pitch - 12, _FONT, 4) for layer in order for i in layer}
    heights = {i: len(lines[i]) * _LINE + 2 * _SIZE + 18 for i in lines}
    highest = max(sum(heights[i] for i in layer) for layer in order)
    places: dict[int, _Place] = {}
    for rank, layer in enumerate(order):
        spare, y = (highest - sum(heights[i] for i in layer)) / len(layer), float(_SIZE)
        for i in layer:
            places[i] = _Place((rank + 0.5) * pitch, y + spare / 2, "below", lines[i])
            y += heights[i] + spare
    return places


def _uncrossed(layers: list[list[int]], edges: list[_Edge]) -> list[list[int]]:
    """The layers, each in the order that crossed the fewest links over some sweeps of weighted barycentres."""
    beside: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for edge in edges:
        beside[edge.one].append((edge.other, edge.weight or 1))
        beside[edge.other].append((edge.one, edge.weight or 1))
    layer_of = {i: rank for rank, layer in enumerate(layers) for i in layer}
    best, fewest = layers, _crossings(layers, edges, layer_of)
    current = [list(layer) for layer in layers]
    at = {i: (n + 0.5) / len(layer) for layer in current for n, i in enumerate(layer)}
    for sweep in range(16):
        for rank in range(len(current)) if sweep % 2 else reversed(range(len(current))):
            centre = {}
            for i in current[rank]:
                others = [(at[j], w) for j, w in beside[i] if layer_of[j] != rank]
                total = sum(w for _, w in others)
                centre[i] = sum(p * w for p, w in others) / total if total else at[i]
            current[rank].sort(key=lambda i: (centre[i], i))
            at.update({i: (n + 0.5) / len(current[rank]) for n, i in enumerate(current[rank])})
        crossings = _crossings(current, edges, layer_of)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in current], crossings
    return best


def _crossings(layers: list[list[int]], edges: list[_Edge], layer_of: Mapping[int, int]) -> int:
    at = {i: n for layer in layers for n, i in enumerate(layer)}
    between: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for edge in edges:
        one, other = sorted((edge.one, edge.other), key=lambda i: layer_of[i])
        if layer_of[one] != layer_of[other]:
            between[layer_of[one], layer_of[other]].append((at[one], at[other]))
    crossings = 0
    for pairs in between.values():
        seen: list[int] = []
        for _, end in sorted(pairs):
            crossings += len(seen) - bisect_right(seen, end)
            insort(seen, end)
    return crossings


def _ring(nodes: list[_Node], edges: list[_Edge], narrow: bool) -> dict[int, _Place]:
    """Around an ellipse, strongly linked ones near each other, labels outside, rows so far apart that none overlap."""
    order = _around(len(nodes), edges)
    right = order[: ceil(len(order) / 2)]
    left = order[len(right) :][::-1]
    lines = [wrapped(node.label, 104 if narrow else 200, _FONT, 4 if narrow else 3) for node in nodes]
    pitch = max(80.0, max((len(line) for line in lines), default=1) * _LINE + 12)
    half = max(1, len(right)) * pitch / 2
    places = {}
    for side, column in (("right", right), ("left", left)):
        for n, i in enumerate(column):
            y = (n + 0.5) * 2 * half / len(column) - half
            x = (78.0 if narrow else max(230.0, half * 1.15)) * sqrt(max(0.0, 1 - (y / (half * 1.04)) ** 2))
            places[i] = _Place(x if side == "right" else -x, y, side, lines[i])
    return places


def _around(number: int, edges: list[_Edge]) -> list[int]:
    """An order around a ring with short chords: pairs change places for as long as that helps."""
    beside: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for edge in edges:
        beside[edge.one].append((edge.other, edge.weight or 1))
        beside[edge.other].append((edge.one, edge.weight or 1))
    at = list(range(number))
    chord = [sin(pi * n / number) for n in range(number)] if number else []

    def cost(i: int) -> float:
        return sum(w * chord[abs(at[i] - at[j])] for j, w in beside[i])

    for _ in range(8):
        better = False
        for i, j in combinations(range(number), 2):
            before = cost(i) + cost(j)
            at[i], at[j] = at[j], at[i]
            if cost(i) + cost(j) < before - 1e-9:
                better = True
            else:
                at[i], at[j] = at[j], at[i]
        if not better:
            break
    return sorted(range(number), key=lambda i: at[i])


def _areas(
    nodes: list[_Node], edges: list[_Edge], of: list[str], *, narrow: bool, titled: bool = True
) -> _Layout:
    """Each group in an area of its own, areas in rows, linked areas near each other."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(of):
        members[name].append(i)
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for edge in edges:
        beside[edge.one].add(edge.other)
        beside[edge.other].add(edge.one)
    sized = {}
    for name in _near(
        members, {name: {of[j] for i in found for j in beside[i]} for name, found in members.items()}
    ):
        inside = _near({i: [i] for i in members[name]}, beside)
        sized[name] = _area(name if titled else "", inside, nodes)
    rows = _rows({name: (w, h) for name, (_, w, h, _) in sized.items()}, _NARROW if narrow else 1000)
    places: dict[int, _Place] = {}
    groups, y = [], 0.0
    widest = max((sum(sized[n][1] + _GAP for n in row) for row in rows), default=0.0)
    for row in rows:
        high = max((sized[name][2] for name in row), default=0.0)
        stretch = min(1.5, (widest - _GAP * len(row)) / sum(sized[n][1] for n in row)) if row else 1.0
        x = 0.0
        for name in row:
            stand, wide, _, title = sized[name]
            wide *= stretch
            groups.append(_Group(title, x, y, wide, high))
            top = _LINE * len(title) + 8
            tall = max(place.box[3] for place in stand.values())
            for i, place in stand.items():
                places[i] = _Place(
                    x + wide / 2 + place.x,
                    y + top + (high - top - tall) / 2 + place.y,
                    place.side,
                    place.lines,
                )
            x += wide + _GAP
        y += high + _GAP
    return places, groups


def _rows(sizes: Mapping[str, tuple[float, float]], most: float) -> list[list[str]]:
    """The areas in rows of the width that makes the whole nearest to three by two, and if it can be no wider than most."""
    if not sizes:
        return []
    least, total = max(w for w, _ in sizes.values()), sum((w + _GAP) * (h + _GAP) for w, h in sizes.values())

    def packed(room: float, taller: float) -> list[list[str]]:
        rows: list[tuple[list[str], float, float]] = []
        for name, (w, h) in sizes.items():
            fits = next(
                (n for n, (_, used, high) in enumerate(rows) if used + w <= room and h <= high * taller), None
            )
            if fits is None:
                rows.append(([name], w + _GAP, h))
            else:
                names, used, high = rows[fits]
                rows[fits] = ([*names, name], used + w + _GAP, max(high, h))
        return [names for names, _, _ in rows]

    def score(rows: list[list[str]]) -> float:
        wide = max(sum(sizes[n][0] + _GAP for n in row) for row in rows)
        high = sum(max(sizes[n][1] for n in row) + _GAP for row in rows)
        return max(wide, 1.5 * high) + 9 * max(0.0, wide - _GAP - most)

    return min(
        (packed(max(least, sqrt(total * step / 10)), taller) for step in range(2, 32) for taller in (1.1, 9)),
        key=score,
    )


def _area(
    name: str, inside: Iterable[int], nodes: list[_Node]
) -> tuple[dict[int, _Place], float, float, tuple[str, ...]]:
    """The places in one area around its middle line, its width, its height and its title."""
    order = list(inside)
    lines = {i: wrapped(nodes[i].label, 130, _FONT, 3) for i in order}
    cell = max(width(line, _FONT) for i in order for line in lines[i]) + 26
    pitch = max(len(found) for found in lines.values()) * _LINE + 2 * _SIZE + 30
    spots: list[tuple[float, float, str]] = []
    if 5 <= len(order) <= 12:
        radius = max(cell, 0.8 * pitch) / (2 * sin(pi / len(order)))
        for n in range(len(order)):
            angle = 2 * pi * n / len(order) - pi / 2
            spots.append((radius * cos(angle), radius * sin(angle), "above" if sin(angle) < 0 else "below"))
    else:
        across = {1: 1, 2: 2, 3: 2, 4: 2}.get(len(order), ceil(sqrt(len(order) * pitch / cell * 1.3)))
        for n in range(len(order)):
            row, column = divmod(n, across)
            here = min(across, len(order) - row * across)
            dip = pitch * 0.3 if len(order) == 2 and n else 0
            high = row * (0.7 * pitch if len(order) < 5 else pitch)
            spots.append(
                (
                    (column - (here - 1) / 2) * cell,
                    high + dip,
                    "above" if 2 < len(order) < 5 and row == 0 else "below",
                )
            )
    places = {i: _Place(x, y, side, lines[i]) for i, (x, y, side) in zip(order, spots, strict=True)}
    highest = min(place.box[1] for place in places.values())
    for place in places.values():
        place.y -= highest
    half = max(max(-place.box[0], place.box[2]) for place in places.values()) + 14
    title = wrapped(name, max(2 * half - 24, 180), _FONT * 1.08, 5) if name else ()
    half = max(half, max((width(line, _FONT) * 1.08 for line in title), default=0) / 2 + 12)
    return places, 2 * half, max(place.box[3] for place in places.values()) + _LINE * len(title) + 30, title


def _near(members: Mapping[Any, list[int]], beside: Mapping[Any, set[Any]]) -> list[Any]:
    """The names so that linked ones follow each other: depth first, from the best linked."""
    rank = {name: (-len(beside[name]), -len(found), str(name)) for name, found in members.items()}
    found: dict[Any, None] = {}
    for start in sorted(members, key=lambda name: rank[name]):
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += sorted(
                    (n for n in beside[name] if n in members and n not in found),
                    key=lambda n: rank[n],
                    reverse=True,
                )
    return list(found)


def _shipped(places: Mapping[int, _Place], groups: Sequence[_Group]) -> dict[str, Any]:
    """A layout as the page takes it: places by number, areas, and the space that it takes."""
    found = [(round(p.x, 1), round(p.y, 1), p.side, p.lines) for _, p in sorted(places.items())]
    return {"places": found, "groups": [vars(group) for group in groups], "bounds": _bounds(places, groups)}


def _bounds(places: Mapping[int, _Place], groups: Sequence[_Group]) -> list[float]:
    """The space that the picture takes: left, top, right, bottom."""
    boxes = [place.box for place in places.values()] + [
        (g.x, g.y, g.x + g.width, g.y + g.height) for g in groups
    ]
    if not boxes:
        return [0, 0, 100, 100]
    left, top, right, bottom = zip(*boxes, strict=True)
    return [round(min(left) - 12), round(min(top) - 12), round(max(right) + 12), round(max(bottom) + 12)]


# --- The file --------------------------------------------------------------------------------------------------------


def _environment() -> Environment:
    environment = Environment(
        loader=DictLoader({"standalone.html": _parts()[0]}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": False}
    environment.globals["count"] = count
    return environment


@cache
def _parts() -> tuple[str, str, str]:
    """The template without its style and script, and these two as they stand in every page."""
    text = files("visualisations").joinpath("templates/standalone.html").read_text(encoding="utf-8")
    before, style, text = re.split(r"(?<=<style>)(.*?)(?=</style>)", text, maxsplit=1, flags=re.DOTALL)
    middle, script, after = re.split(r"(?<=<script>)(\n.*?)(?=</script>)", text, maxsplit=1, flags=re.DOTALL)
    return f"{before}{{{{ style | safe }}}}{middle}{{{{ script | safe }}}}{after}", style, script


@cache
def _library() -> str:
    return files("visualisations").joinpath(_VENDORED).read_text(encoding="utf-8")


def _policy(scripts: Sequence[str], style: str) -> str:
    """The content security policy: these scripts and this style, and nothing from anywhere."""
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src 'sha256-{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
