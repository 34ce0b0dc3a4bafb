"""What lies around a thing: how much there is in each step, by kind, before any of it is shown, and then the nearest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

import networkx as nx

from graph.analysis import Thing
from graph.dataset import Dataset, once
from graph.errors import BadParameter, shortened
from graph.evidence import evidence
from graph.linkage import BLOCKS, REPORTS, Link, linkage, links, told_in
from graph.naming import meant
from graph.network import add_thing
from graph.scope import programmes_of, scoped
from ontology.terms import JU

KINDS = ("programme", "department", "organisation", "barrier", "lever", "recommendation", "action")
"""What a neighbourhood can hold; an organisation that is a department is called so."""
MOST_HOPS, MOST_THINGS, EVIDENCE_SHOWN = 6, 1000, 25
_SEGMENTS = tuple(k for k in KINDS if k != "department")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """How much there is just so many links away."""

    hop: int
    count: int
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class Near:
    """One thing near by."""

    thing: Thing
    kind: str
    hop: int
    more: Mapping[str, int]
    """How many of its neighbours are not shown, by kind: what expanding it would bring."""


@dataclass(frozen=True)
class Edge:
    """One kind of link between two things that are shown."""

    source: Thing
    target: Thing
    kind: str
    words: str
    because: str
    interviews: int
    datasets: int
    disputed: int
    evidence: tuple[Thing, ...]
    """What it rests on, the first of them."""
    evidence_of: int
    """How many there are."""


@dataclass(frozen=True)
class Neighbourhood:
    """The nearest things around one, of how many, and what links them."""

    start: Thing
    as_of: date
    steps: tuple[Step, ...]
    things: tuple[Near, ...]
    of: int
    edges: tuple[Edge, ...]

    @property
    def truncated(self) -> bool:
        """Whether there is more than is shown."""
        return len(self.things) < self.of


def neighbourhood(
    dataset: Dataset,
    of: str,
    *,
    hops: int = 1,
    kinds: Collection[str] = (),
    limit: int = 100,
    department: str = "",
    quarter: str = "",
    as_of: date | None = None,
) -> Neighbourhood:
    """The things within so many links of one that is evidenced on the day, the nearest and best linked first.

    kinds keeps things of these kinds, and leads through no others. department keeps the programmes that it answers
    for. quarter ("2014-Q2") keeps what findings of that quarter say, and stands for its last day where none is asked
    for. Raises BadParameter, also where nothing is called so.
    """
    if not 1 <= hops <= MOST_HOPS or not 1 <= limit <= MOST_THINGS:
        raise BadParameter(f"hops: from 1 to {MOST_HOPS}; limit: from 1 to {MOST_THINGS}.")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise BadParameter(f"kinds: {shortened(unknown[0])!r} is none. Choose from {', '.join(KINDS)}.")
    days = _days(quarter) if quarter.strip() else None
    day = evidence(dataset, as_of or (days[1] if days else None)).as_of
    start = meant(dataset, "of", of, _SEGMENTS)
    network = _narrowed(dataset, day, days, department)
    departments = _departments(dataset)
    names: dict[str, str] = {n: _kind(dataset, n, departments) for n in network}
    kept = {n for n in network if n == start or not kinds or names[n] in kinds}
    walked: nx.Graph[str] = network.subgraph(kept)
    hop = nx.single_source_shortest_path_length(walked, start, cutoff=hops) if start in walked else {start: 0}
    near = [n for n in hop if n != start]
    support = {n: _support(walked, n, hop) for n in near}
    near.sort(key=lambda n: (hop[n], -support[n], dataset.label(n).lower(), n))
    shown = [start, *near[:limit]]
    there = set(shown)
    return Neighbourhood(
        Thing(start, dataset.label(start)),
        day,
        tuple(
            Step(h, len(found), dict(sorted(Counter(names[n] for n in found).items())))
            for h in range(1, hops + 1)
            for found in [[n for n in near if hop[n] == h]]
        ),
        tuple(
            Near(
                Thing(n, dataset.label(n)),
                names.get(n) or _kind(dataset, n, departments),
                hop[n],
                dict(sorted(Counter(names[m] for m in walked[n] if m not in there).items()))
                if n in walked
                else {},
            )
            for n in shown
        ),
        len(near) + 1,
        tuple(
            _edge(dataset, link)
            for link in sorted(
                (x for *_, data in walked.subgraph(there).edges(data=True) for x in data["links"]),
                key=lambda x: (x.source, x.kind, x.target),
            )
        ),
    )


def as_network(dataset: Dataset, found: Neighbourhood) -> nx.MultiGraph[str]:
    """The same as a network that can be written as a file."""
    network: nx.MultiGraph[str] = nx.MultiGraph(
        name=f"Around {found.start.label}",
        description=f"{len(found.things)} of {found.of} things",
        as_of=found.as_of.isoformat(),
        truncated=found.truncated,
    )
    for near in found.things:
        add_thing(network, dataset, near.thing.iri, near.kind)
        network.nodes[near.thing.iri]["hop"] = near.hop
    for edge in found.edges:
        network.add_edge(
            edge.source.iri,
            edge.target.iri,
            label=f"{edge.words}{edge.because}",
            kind=edge.kind,
            weight=max(1, edge.interviews + edge.datasets),
            evidence=[t.iri for t in edge.evidence],
            evidence_of=edge.evidence_of,
        )
    return network


def _narrowed(dataset: Dataset, day: date, days: tuple[date, date] | None, department: str) -> nx.Graph[str]:
    """What is linked on a day, or the part of it that a quarter's findings and a department's programmes leave."""
    scope = scoped(dataset, department=department)
    if days is None and scope.department is None:
        return linkage(dataset, day)
    known = evidence(dataset, day)
    mine = programmes_of(known, scope.department)
    network: nx.Graph[str] = nx.Graph()
    heard = {}
    if days:
        within = known.said.filter(known.said["day"].is_between(*days))
        heard = {(link.source, link.kind, link.target): link for link in told_in(within)}
    for link in links(dataset, day):
        if any(end in known.programmes and end not in mine for end in (link.source, link.target)):
            continue
        if days and link.kind in (BLOCKS, REPORTS):
            if (now := heard.get((link.source, link.kind, link.target))) is None:
                continue
            link = replace(now, disputed=0)
        if not network.has_edge(link.source, link.target):
            network.add_edge(link.source, link.target, links=[])
        network.edges[link.source, link.target]["links"].append(link)
    return network


def _support(network: nx.Graph[str], node: str, hop: Mapping[str, int]) -> int:
    """How much the links rest on that lead from a thing to what is one step nearer."""
    return sum(
        link.sources
        for other in network[node]
        if hop.get(other, hop[node]) < hop[node]
        for link in network.edges[node, other]["links"]
    )


def _edge(dataset: Dataset, link: Link) -> Edge:
    return Edge(
        Thing(link.source, dataset.label(link.source)),
        Thing(link.target, dataset.label(link.target)),
        link.kind.rsplit("#", 1)[-1].rsplit("/", 1)[-1],
        link.words(link.source),
        link.because,
        link.interviews,
        link.datasets,
        link.disputed,
        tuple(Thing(e, dataset.label(e)) for e in link.evidence[:EVIDENCE_SHOWN]),
        len(link.evidence),
    )


@once(4)
def _departments(dataset: Dataset) -> frozenset[str]:
    return frozenset(row["thing"] for row in dataset.select("kinds") if row["type"] == str(JU.Department))


def _kind(dataset: Dataset, iri: str, departments: frozenset[str]) -> str:
    segment = iri.removeprefix(f"{dataset.base}/id/").partition("/")[0]
    return "department" if iri in departments else segment


def _days(quarter: str) -> tuple[date, date]:
    """The first and the last day of a quarter. Raises BadParameter."""
    match = _QUARTER.fullmatch(quarter.strip())
    if not match or not 1 <= int(match[1]) <= 9998:
        raise BadParameter("quarter: must be a year and a quarter of it, such as 2014-Q2.")
    year, first = int(match[1]), 3 * int(match[2]) - 2
    after = date(year + first // 10, (first + 3) % 12 or 12, 1)
    return date(year, first, 1), date.fromordinal(after.toordinal() - 1)
