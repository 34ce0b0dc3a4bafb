"""The projections of the graph that other tools take as files: who is joined with whom, in one respect.

Nodes and edges say the same as those of `graph.network`: `label` and `kind`; `label`, `kind`, `weight` and `evidence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import networkx as nx

from graph.analyses.dependencies import slack_of
from graph.analyses.missing_ties import observed_ties, shared_barriers
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.evidence import Evidence, evidence
from graph.network import (
    add_link,
    add_thing,
    blocked,
    blockers_network,
    departments_network,
    ties_network,
    whole_network,
)

_DELIVERS = "delivers"
_LEADS = ("lead", "co-owner")


@dataclass(frozen=True)
class Projection:
    """One network that can be had."""

    kind: str
    title: str
    holds: str
    """What its things and links are, in a sentence."""
    make: Callable[..., nx.Graph[str]]

    def of(self, dataset: Dataset, as_of: date | None = None) -> nx.Graph[str]:
        """The network as of a day, None for that of the newest interview; its `graph` says what it is."""
        network = self.make(dataset, as_of=as_of)
        network.graph.update(
            name=self.title,
            description=self.holds,
            as_of=evidence(dataset, as_of).as_of.isoformat(),
            store_version=dataset.version,
        )
        return network


def programme_barrier_network(dataset: Dataset, *, as_of: date | None = None) -> nx.Graph[str]:
    """Every standing barrier with the programmes that it holds back; weight: the sources that say so."""
    network: nx.Graph[str] = nx.Graph()
    for barrier, programme, findings, sources, severity in blocked(evidence(dataset, as_of).supporting):
        add_thing(network, dataset, barrier, "barrier")
        add_thing(network, dataset, programme, "programme")
        add_link(network, barrier, programme, "blocks", "blocks", sources, findings)
        network.edges[barrier, programme]["severity"] = severity
    return network


def required_ties_network(dataset: Dataset, *, as_of: date | None = None) -> nx.Graph[str]:
    """Departments that must coordinate: they share barriers, or a programme of one depends on one of the other.

    weight: the shared barriers and dependencies, which are its evidence; `ties`: the working ties that were seen.
    """
    known = evidence(dataset, as_of)
    network: nx.Graph[str] = nx.Graph()
    barriers, seen = shared_barriers(known), observed_ties(known)
    needs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in dataset.select("analyses/missing_ties"):
        for pair in _apart(known, row["dependent"], row["provider"]):
            needs[pair].add(row["dependency"])
    for one, other in sorted({*barriers, *needs}):
        shared, depends, ties = barriers[one, other], needs[one, other], len(seen[one, other])
        for department in (one, other):
            add_thing(network, dataset, department, "department")
        label = (
            f"{_count(len(shared), 'shared barrier')}, {_count(len(depends), 'dependency', 'dependencies')}"
        )
        rests = [*sorted(shared), *sorted(depends)]
        add_link(network, one, other, "tied" if ties else "untied", label, len(rests), rests)
        network.edges[one, other].update(
            shared_barriers=len(shared), dependencies=len(depends), ties=ties, gap=max(0, len(rests) - ties)
        )
    return network


def actual_ties_network(dataset: Dataset, *, as_of: date | None = None) -> nx.Graph[str]:
    """Departments that were seen to work together; weight: the working ties between them."""
    known = evidence(dataset, as_of)
    network: nx.Graph[str] = nx.Graph()
    kinds = {tie.iri: dataset.label(tie.kind).lower() for tie in known.ties}
    for (one, other), ties in sorted(observed_ties(known).items()):
        for department in (one, other):
            add_thing(network, dataset, department, "department")
        label = ", ".join(sorted({kinds[tie] for tie in ties}))
        add_link(network, one, other, "tied", label, len(ties), sorted(ties))
    return network


def dependencies_network(dataset: Dataset, *, as_of: date | None = None) -> nx.DiGraph[str]:
    """An arc from each programme to one that it depends on; weight: the dependencies; `slack`: days, where dated.

    Caveat: dependencies say when they are needed, not since when they are there, so all that are loaded count.
    """
    known = evidence(dataset, as_of)
    network: nx.DiGraph[str] = nx.DiGraph()
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in dataset.select("analyses/missing_ties"):
        found[row["dependent"], row["provider"]].add(row["dependency"])
    slacks = slack_of(dataset, known.as_of)
    for (dependent, provider), dependencies in sorted(found.items()):
        for programme in (dependent, provider):
            add_thing(network, dataset, programme, "programme")
        weight = len(dependencies)
        add_link(network, dependent, provider, "dependsOn", "depends on", weight, sorted(dependencies))
        slack = slacks.get((provider, dependent))
        if slack is not None:
            network.edges[dependent, provider]["slack"] = slack
    return network


def stakeholders_network(dataset: Dataset, *, as_of: date | None = None) -> nx.MultiGraph[str]:
    """Organisations, programmes and partners, joined by taking part in a programme and by working ties.

    The kind of an edge, and its key, is the role or the kind of tie; weight: the participations or ties. A partner is
    an organisation, other than a department, that delivers on the day.
    """
    known = evidence(dataset, as_of)
    network: nx.MultiGraph[str] = nx.MultiGraph()
    rests: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    programmes = set(known.programmes)
    for row in participations(dataset, known):
        rests[row["organisation"], row["programme"], row["role"]].add(row["part"])
        programmes.add(row["programme"])
    partners = {one for one, _, role in rests if _end(role) == _DELIVERS}
    for tie in known.ties:
        rests[tie.one, tie.other, tie.kind].add(tie.iri)
    departments = frozenset[str]().union(*known.affiliations.values())
    for (one, other, kind), found in sorted(rests.items()):
        for iri in (one, other):
            kinds = {"programme": programmes, "department": departments, "partner": partners}
            add_thing(
                network, dataset, iri, next((k for k, those in kinds.items() if iri in those), "organisation")
            )
        network.add_edge(
            one,
            other,
            key=_end(kind),
            kind=_end(kind),
            label=dataset.label(kind).lower(),
            weight=len(found),
            evidence=sorted(found),
        )
    return network


def participations(dataset: Dataset, known: Evidence) -> Iterator[dict[str, str]]:
    """Who takes part in which programme on the day, in which role; for leads as the evidence has it.

    What has a first or a last day counts between them; what was only seen on some days counts where it was seen on the
    newest of that role's days by then; what has no day counts always.
    """
    on = known.as_of.isoformat()
    rows = sorted(dataset.select("participations"), key=lambda r: (r["part"], r.get("seen", "")))
    newest: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.get("seen", "~") <= on:
            role = row["programme"], row["role"]
            newest[role] = max(newest.get(role, ""), row["seen"])
    for row in rows:
        if _end(row["role"]) in _LEADS:
            stands = row["organisation"] in known.leads.get(row["programme"], ())
        elif "from" in row or "until" in row:
            stands = row.get("from", on) <= on <= row.get("until", on)
        else:
            stands = "seen" not in row or row["seen"] == newest.get((row["programme"], row["role"]))
        if stands:
            yield row


def _shared_blockers(dataset: Dataset, *, as_of: date | None = None) -> nx.Graph[str]:
    return blockers_network(dataset, as_of=as_of)


PROJECTIONS: Mapping[str, Projection] = {
    projection.kind: projection
    for projection in (
        Projection(
            "programme-barrier",
            "Programmes and barriers",
            "Every standing barrier with the programmes that it holds back; weight: the sources that say so.",
            programme_barrier_network,
        ),
        Projection(
            "required-ties",
            "Departments that must coordinate",
            "Departments that share barriers or depend on each other; weight: how many of these.",
            required_ties_network,
        ),
        Projection(
            "actual-ties",
            "Departments that work together",
            "Departments that were seen to work together; weight: the working ties between them.",
            actual_ties_network,
        ),
        Projection(
            "dependencies",
            "Dependencies",
            "An arc from each programme to each that it depends on; weight: the dependencies.",
            dependencies_network,
        ),
        Projection(
            "stakeholders",
            "Stakeholders",
            "Organisations, programmes and partners, joined by roles in programmes and by working ties.",
            stakeholders_network,
        ),
        Projection(
            "shared-blockers",
            "Shared blockers",
            "Barriers of two or more departments, their programmes and who leads those; weight: the sources.",
            _shared_blockers,
        ),
        Projection(
            "working-ties",
            "Working ties",
            "Programmes that were asked about, joined where they were seen to work together; weight: the ties.",
            ties_network,
        ),
        Projection(
            "departments",
            "Departments",
            "Departments that share a barrier or were seen to work together; weight: the shared barriers.",
            departments_network,
        ),
        Projection(
            "everything",
            "Everything",
            "Programmes, organisations and barriers with every link between them, each with its kind.",
            whole_network,
        ),
    )
}
"""By the name that a command or an address gives."""

SHOWING: Mapping[str, str] = {
    "agenda": "everything",
    "department_openness": "working-ties",
    "boundary_spanners": "working-ties",
    "dependencies": "dependencies",
    "fix_first": "programme-barrier",
    "fix_frontier": "programme-barrier",
    "front_line_gap": "programme-barrier",
    "if_removed": "programme-barrier",
    "missing_ties": "required-ties",
    "partner_concentration": "stakeholders",
    "shared_blockers": "shared-blockers",
    "silo_overview": "working-ties",
}
"""The network that an analysis rests on, by the analysis' name; others rest on no one network."""


def find_projection(kind: str) -> Projection:
    """The projection of that name, with hyphens or underscores. Raises NotFound."""
    found = PROJECTIONS.get(kind.replace("_", "-"))
    if found is None:
        raise NotFound(f"There is no network “{kind}”. Choose from {', '.join(PROJECTIONS)}.")
    return found


def _apart(known: Evidence, one: str, other: str) -> set[tuple[str, str]]:
    """The pairs of departments of two programmes; none where they have one in common."""
    mine, theirs = (known.departments.get(p, frozenset()) for p in (one, other))
    return {(min(a, b), max(a, b)) for a in mine for b in theirs} if mine.isdisjoint(theirs) else set()


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]
