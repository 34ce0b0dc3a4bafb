"""The delivery chain of a programme, from minister to service user: who passes it on to whom, and who was heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import networkx as nx

from graph.dataset import Dataset, once
from graph.evidence import Evidence, discussed, evidence, sources
from graph.linkage import links
from ontology.terms import ORG, concept

MINISTER, USER = concept("levels", "minister"), concept("levels", "service-user")
"""The two ends of every chain."""
LEADS, FUNDS, DELIVERS = "leads", "funds", "delivers"
_ROLES = {
    concept("participation-roles", code): part
    for code, part in (("lead", LEADS), ("co-owner", LEADS), ("funder", FUNDS), ("delivers", DELIVERS))
}
_UNHEARD = 1_000
"""What a step through an organisation that was not heard weighs beside one that was: more than any way is long."""


@dataclass(frozen=True)
class Chain:
    """The delivery chain of one programme on a day."""

    programme: str
    parts: Mapping[str, frozenset[str]]
    """Who leads, who funds and who delivers it."""
    answering: frozenset[str]
    """Those who lead it, and the departments they belong to: that all passes through them is as it should be."""
    handovers: frozenset[tuple[str, str]]
    """From whom to whom it is passed on, the ends among them."""
    ties: frozenset[tuple[str, str]]
    """Which of those on the chain were seen to work together, each pair in order."""
    groups: frozenset[str] = frozenset()
    """Whom it is for."""
    interviews: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The interviews about it, by level and by organisation."""
    measurements: frozenset[str] = frozenset()
    at: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The links of the chain at which findings say that each barrier holds it back."""

    @cached_property
    def network(self) -> nx.DiGraph[str]:
        """Who passes it on to whom."""
        network: nx.DiGraph[str] = nx.DiGraph()
        network.add_nodes_from((MINISTER, USER))
        network.add_edges_from(sorted(self.handovers))
        return network

    @cached_property
    def single_points(self) -> list[str]:
        """The organisations that every way from minister to user leads through, in that order; none without a way."""
        return dominators(self.network, MINISTER, USER)

    @cached_property
    def splitting(self) -> dict[str, int]:
        """The organisations without which those on the chain fall apart, and how many are then cut off from most others.

        These are the articulation points of the chain and its working ties without the two ends; who answers for the
        programme is left out.
        """
        network: nx.Graph[str] = nx.Graph(self.network.subgraph(set(self.network) - {MINISTER, USER}))
        network.add_edges_from(self.ties)
        cut = {}
        for node in set(nx.articulation_points(network)) - self.answering:
            rest = network.subgraph(nx.node_connected_component(network, node) - {node})
            sizes = [len(part) for part in nx.connected_components(rest)]
            cut[node] = sum(sizes) - max(sizes)
        return dict(sorted(cut.items()))

    def heard(self, end: str) -> int:
        """How many interviews about the programme were held at an organisation, or at a level."""
        return len(self.interviews.get(end, ()))

    @cached_property
    def way(self) -> list[str]:
        """The shortest evidenced way from minister to user: through as few as can be who were not heard, then the shortest.

        Empty where there is none.
        """

        def weight(_: str, there: str, __: object) -> int:
            return 1 + (_UNHEARD if there != USER and not self.heard(there) else 0)

        if not nx.has_path(self.network, MINISTER, USER):
            return []
        return list(min(nx.all_shortest_paths(self.network, MINISTER, USER, weight)))

    @cached_property
    def shortest(self) -> int:
        """How many organisations the shortest way leads through; 0 where there is none."""
        if not self.way:
            return 0
        return int(nx.shortest_path_length(self.network, MINISTER, USER)) - 1

    def part(self, organisation: str) -> str:
        """What an organisation does on the chain, in words."""
        own = [part for part, found in self.parts.items() if organisation in found]
        return " and ".join(own) or ("answers" if organisation in self.answering else "stands between")


def dominators(network: nx.DiGraph[str], start: str, end: str) -> list[str]:
    """The nodes between two that every way from the one to the other leads through, in order (Lengauer and Tarjan 1979,
    doi:10.1145/357062.357071); none where there is no way.
    """
    if start not in network or end not in network or not nx.has_path(network, start, end):
        return []
    above = nx.immediate_dominators(network, start)
    found: list[str] = []
    node = above[end]
    while node != start:  # the start is in the answer of some versions of networkx and not of others
        found.append(node)
        node = above[node]
    return found[::-1]


@once(4)
def chains(dataset: Dataset, as_of: date) -> Mapping[str, Chain]:
    """The chain of every programme on a day, by programme."""
    known = evidence(dataset, as_of)
    parts: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    above: defaultdict[str, set[str]] = defaultdict(set)
    for link in links(dataset, as_of):
        if link.kind in _ROLES:
            parts[link.target][_ROLES[link.kind]].add(link.source)
        elif link.kind == str(ORG.subOrganizationOf):
            above[link.source].add(link.target)
    spoken = _spoken(dataset, known)
    tied: defaultdict[str, set[str]] = defaultdict(set)
    for tie in known.ties:
        tied[tie.one].add(tie.other)
    found = {}
    for programme in sorted(known.programmes):
        mine = {part: frozenset(parts[programme][part]) for part in (LEADS, FUNDS, DELIVERS)}
        handovers = frozenset(_handovers(mine, known, above))
        on = {end for pair in handovers for end in pair} | {programme}
        said = spoken[programme]
        found[programme] = Chain(
            programme,
            mine,
            mine[LEADS] | known.departments.get(programme, frozenset()),
            handovers,
            frozenset(_ties(tied, on, programme, mine[LEADS])),
            frozenset(said.groups),
            {end: frozenset(held) for end, held in said.interviews.items()},
            frozenset(said.measurements),
            {barrier: frozenset(found) for barrier, found in said.at.items()},
        )
    return found


def _handovers(
    parts: Mapping[str, frozenset[str]], known: Evidence, above: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """From the minister to the departments, down to who leads, to who funds, to who delivers, to the user."""
    for lead in parts[LEADS]:
        departments = known.affiliations.get(lead, frozenset())
        if lead in departments or not departments:
            yield MINISTER, lead
            continue
        yield from ((MINISTER, department) for department in departments)
        waiting, seen = [lead], {lead}
        while waiting:
            below = waiting.pop()
            for parent in above.get(below, ()):
                if parent in departments or known.affiliations.get(parent):
                    yield parent, below
                    if parent not in seen and parent not in departments:
                        seen.add(parent)
                        waiting.append(parent)
    paying = parts[FUNDS] or parts[LEADS]
    steps = [(parts[LEADS], parts[FUNDS]), (paying, parts[DELIVERS])]
    yield from ((a, b) for ones, others in steps for a in ones for b in others if a != b)
    yield from ((organisation, USER) for organisation in parts[DELIVERS])


def _ties(
    tied: Mapping[str, set[str]], on: set[str], programme: str, leads: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """The ties among those on the chain. A tie with the programme itself is one with those who lead it."""
    for one in on:
        for other in tied.get(one, set()) & on:
            ones = leads if one == programme else {one}
            others = leads if other == programme else {other}
            yield from ((min(a, b), max(a, b)) for a in ones for b in others if a != b)


@dataclass
class _Spoken:
    """What is known of a programme beside who takes part in it."""

    groups: set[str] = field(default_factory=set)
    interviews: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    measurements: set[str] = field(default_factory=set)
    at: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _spoken(dataset: Dataset, known: Evidence) -> defaultdict[str, _Spoken]:
    """What is known of each programme."""
    found: defaultdict[str, _Spoken] = defaultdict(_Spoken)
    at: dict[str, str] = {}
    for row in dataset.select("analyses/chain_weak_points", as_of=known.as_of):
        if "group" in row:
            found[row["programme"]].groups.add(row["group"])
        elif "measurement" in row:
            found[row["programme"]].measurements.add(row["measurement"])
        else:
            at[row["finding"]] = row["link"]
    placed = known.supporting.filter(known.supporting["finding"].is_in(list(at)))
    for finding, barrier, programme in placed.select("finding", "barrier", "programme").iter_rows():
        found[programme].at[barrier].add(at[finding])
    for held in sources(dataset):
        if "level" in held and held.get("day", "9") <= known.as_of.isoformat():
            for programme in discussed(dataset).get(held["source"], ()):
                for end in filter(None, (held["level"], held.get("organisation"))):
                    found[programme].interviews[end].add(held["source"])
    return found


def without_tie(chain: Chain, known: Evidence) -> tuple[list[tuple[str, str]], int]:
    """The handovers between organisations of different departments without a working tie, and how many there are in all."""
    across = [
        (one, other)
        for one, other in sorted(chain.handovers)
        if one != MINISTER
        and other != USER
        and known.affiliations.get(one, frozenset()).isdisjoint(known.affiliations.get(other, ()))
    ]
    return [(a, b) for a, b in across if (min(a, b), max(a, b)) not in chain.ties], len(across)


def unheard(chain: Chain) -> list[str]:
    """The organisations on the way at which nobody was interviewed about the programme."""
    return [organisation for organisation in chain.way[1:-1] if not chain.heard(organisation)]
