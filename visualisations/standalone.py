"""One network as one file that opens anywhere: picture, evidence and tables, without a request to any host.

Drawn with pyvis, never with its own template: ours escapes everything, carries its data as JSON, allows its own
two scripts and one style by their hash and nothing else, and positions come from here, so that nothing moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import networkx as nx
from jinja2 import Environment
from pyvis.network import Network

from graph.analysis import analyses
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.evidence import evidence
from graph.linkage import linked
from graph.network import NETWORKS
from graph.projections import PROJECTIONS, SHOWING, Projection
from graph.tabular import things_in
from visualisations.layout import laid_out, shipped
from visualisations.places import FONT, LINE, SIZE
from visualisations.rendering import environment
from visualisations.standalone_evidence import Items, evidence_shown
from visualisations.standalone_looks import link_look, thing_look
from visualisations.standalone_marks import lines, mark
from visualisations.standalone_network import clean, read
from visualisations.standalone_parts import parts
from visualisations.words import count, day

MARKING = "May hold interview material: handle as official"
"""Findings may quote no one, but they rest on what was said in confidence."""

_COUNTED = {"shared-blockers": "barrier", "silo-overview": "programme"}
"""What the "n of N" of an analysis counts in its picture; links where not told."""
_MOST_NARROW = 200
"""A picture of more things than that has no layout for telephones."""


def draw(dataset: Dataset, name: str, *, as_of: date | None = None) -> str:
    """The picture of an analysis or of a network as one HTML file, with its answer and the evidence behind every link.

    name is that of an analysis, or of a network of `graph.projections`. An analysis that rests on no one network shows
    the things that its rows name, and what links them. Raises NotFound.

    Examples
    --------
    >>> from graph.store import open_store
    >>> draw(open_store("memory").dataset(), "shared-blockers").startswith("<!doctype html>")
    True
    """
    called, asked = name.replace("_", "-"), {a.command: a for a in analyses().values()}
    analysis = asked.get(called)
    if analysis is None and called in PROJECTIONS:
        return _projected(dataset, PROJECTIONS[called], as_of)
    if analysis is None:
        raise NotFound(f"There is no picture “{name}”. Choose from {', '.join([*asked, *PROJECTIONS])}.")
    result = analysis.run(dataset, {"as_of": as_of})
    if make := NETWORKS.get(analysis.command):
        network = make(dataset, as_of=as_of)
    else:
        network = linked(dataset, (thing.iri for thing in things_in(result.rows)), as_of)
        if not network:  # the rows name nothing that is linked, such as levels
            network = PROJECTIONS[SHOWING.get(analysis.name, "programme-barrier")].of(dataset, as_of)
    shown = network.number_of_edges()
    if kind := _COUNTED.get(analysis.command):
        shown = sum(node.get("kind") == kind for _, node in network.nodes(data=True))
    return standalone_page(
        network,
        title=analysis.title,
        question=analysis.question,
        summary=result.summary,
        caveats=result.caveats,
        as_of=result.as_of,
        shown=f"{shown} of {result.of} {result.of_what}"
        if analysis.command in NETWORKS
        else f"{len(network)} things and {shown} links between them",
        evidence=evidence_shown(dataset, as_of),
    )


def _projected(dataset: Dataset, projection: Projection, as_of: date | None) -> str:
    network = projection.of(dataset, as_of)
    return standalone_page(
        network,
        title=projection.title,
        summary=projection.holds,
        as_of=evidence(dataset, as_of).as_of,
        shown=f"{len(network)} things and {network.number_of_edges()} links",
        evidence=evidence_shown(dataset, as_of),
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
    nodes, edges = read(network)
    places, areas = laid_out(nodes, edges)
    layouts = [shipped(places, areas)]
    if len(nodes) <= _MOST_NARROW:
        layouts.append(shipped(*laid_out(nodes, edges, narrow=True)))
    items, rests = _numbered([evidence(list(edge.evidence)) for edge in edges])
    node_kinds = list(dict.fromkeys(node.kind for node in nodes))
    edge_kinds = list(dict.fromkeys(edge.kind for edge in edges))
    things, links = [thing_look(kind) for kind in node_kinds], [link_look(kind) for kind in edge_kinds]
    net = Network(cdn_resources="in_line", directed=network.is_directed())
    net.nodes = [mark(i, node, places[i], node_kinds) for i, node in enumerate(nodes)]
    net.edges = lines(nodes, edges, places, edge_kinds, rests)
    net.options = _options(directed=network.is_directed())
    net.path, net.templateEnv = "standalone.html", _environment()
    net.templateEnv.globals.update(
        **parts(),
        title=clean(title),
        question=clean(question),
        summary=clean(summary),
        caveats=[clean(caveat) for caveat in caveats],
        as_of=day(as_of) if as_of else "",
        shown=clean(shown),
        marking=clean(marking),
        degrees=Counter(end for edge in edges for end in (edge.one, edge.other)),
        rests=[len(found) for found in rests],
        things=things,
        links=links,
        grouped=any(node.departments for node in nodes),
        data={
            "items": items,
            "layouts": layouts,
            "things": [vars(look) for look in things],
            "links": [vars(look) for look in links],
            "font": FONT,
            "line": LINE,
            "size": SIZE,
        },
    )
    return str(net.generate_html())


def _numbered(said: list[Items]) -> tuple[Items, list[list[int]]]:
    """Everything that is said, once, in clean words, and its numbers for each link."""
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    rests = [
        [
            numbers.setdefault(tuple((clean(k), clean(v)) for k, v in item.items()), len(numbers))
            for item in items
        ]
        for items in said
    ]
    return [dict(item) for item in numbers], rests


def _options(*, directed: bool) -> Mapping[str, Any]:
    """What vis-network is told: to draw, and to move nothing."""
    return {
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
            "arrows": {"to": {"enabled": directed, "scaleFactor": 0.6}},
            "selectionWidth": 1.5,
            "hoverWidth": 1,
        },
        "nodes": {"size": SIZE, "borderWidth": 1, "borderWidthSelected": 3},
    }


def _environment() -> Environment:
    """A new one for each page, as pyvis takes the words of a page from its globals."""
    made = environment()
    made.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "sort_keys": False}
    made.globals["count"] = count
    return made
