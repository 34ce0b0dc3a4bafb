"""What links two things, and what each link rests on: findings, ties, participations, levers, recommendations, actions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import networkx as nx

from graph.dataset import Dataset, once
from graph.evidence import Evidence, evidence, later
from ontology.terms import JU, ORG, concept

if TYPE_CHECKING:
    import polars as pl

_LEADS = frozenset(concept("participation-roles", role) for role in ("lead", "co-owner"))
BLOCKS, REPORTS = str(JU.blocks), "reports"
"""The kinds of links that findings tell of."""
_TIED = "tied"
_MOST = 300
"""The most things of one picture."""
_LOOKS = {BLOCKS: "blocks", **dict.fromkeys(_LEADS, "leads")}
"""The kinds of links that other networks have too, by the same name."""

WORDS: Mapping[str, tuple[str, str]] = {
    BLOCKS: ("holds back", "is held back by"),
    REPORTS: ("reports", "is reported by"),
    _TIED: ("works with", "works with"),
    concept("participation-roles", "lead"): ("leads", "is led by"),
    concept("participation-roles", "co-owner"): ("co-owns", "is co-owned by"),
    concept("participation-roles", "funder"): ("funds", "is funded by"),
    concept("participation-roles", "delivers"): ("delivers", "is delivered by"),
    concept("participation-roles", "regulates"): ("regulates", "is regulated by"),
    str(JU.dependsOn): ("waits for", "is waited for by"),
    str(ORG.subOrganizationOf): ("is part of", "includes"),
    str(JU.heldBy): ("can be removed by", "can remove"),
    str(JU.unblocks): ("would remove", "would be removed by"),
    str(JU.leverHolder): ("is in the hands of", "can use"),
    str(JU.addresses): ("addresses", "is addressed by"),
    str(JU.addressedTo): ("is addressed to", "is asked to act on"),
    str(JU.carriesOut): ("carries out", "is carried out by"),
    str(JU.owner): ("is owned by", "owns"),
}
"""How each kind of link reads, the way it runs and the other way."""


@dataclass(frozen=True)
class Link:
    """One kind of link from one thing to another, and what it rests on."""

    source: str
    kind: str
    target: str
    evidence: tuple[str, ...]
    interviews: int = 0
    datasets: int = 0
    disputed: int = 0
    """Interviews and datasets that say that it is not so."""

    @property
    def sources(self) -> int:
        """How many independent sources it rests on: interviews and datasets, else what was written down of it."""
        return self.interviews + self.datasets or len(self.evidence)

    def words(self, start: str) -> str:
        """How it reads from one of its ends."""
        onward, back = WORDS.get(self.kind, ("is linked to", "is linked to"))
        return onward if start == self.source else back

    def alike(self, other: Link, shared: str) -> bool:
        """Whether two links of one thing say the same of it: that it holds back the one as it does the other."""
        same_way = (self.source == shared) == (other.source == shared)
        return self.kind == other.kind and (same_way or self.kind == _TIED)

    @property
    def because(self) -> str:
        """On what authority, in words; empty where it is only written down."""
        counts = [
            f"{n} {what}{'' if n == 1 else 's'}"
            for n, what in ((self.interviews, "interview"), (self.datasets, "dataset"))
            if n
        ]
        if not counts:
            return ""
        says = "says" if self.interviews + self.datasets == 1 else "say"
        against = f", {self.disputed} dispute{'s' if self.disputed == 1 else ''} it" if self.disputed else ""
        return f" ({' and '.join(counts)} {says} so{against})"


@once(4)
def links(dataset: Dataset, as_of: date) -> tuple[Link, ...]:
    """Every link between programmes, organisations, barriers, levers, recommendations and actions on a day.

    Nothing that came later is among them, nothing that a barrier blocks without a finding that says so, and no
    barrier that was gone.
    """
    known = evidence(dataset, as_of)
    found = (*told_in(known.said), *_tied(known), *_written(dataset, known))
    return tuple(sorted(found, key=lambda link: (link.source, link.kind, link.target, link.evidence)))


@once(4)
def by_kind(dataset: Dataset, as_of: date) -> Mapping[str, tuple[Link, ...]]:
    """The links of a day by their kind."""
    found: defaultdict[str, list[Link]] = defaultdict(list)
    for link in links(dataset, as_of):
        found[link.kind].append(link)
    return {kind: tuple(links) for kind, links in found.items()}


@once(4)
def linkage(dataset: Dataset, as_of: date) -> nx.Graph[str]:
    """What is linked on a day; each edge has `links`, the links between its two ends. Only read it: it is kept."""
    network: nx.Graph[str] = nx.Graph(name="What is linked")
    for link in links(dataset, as_of):
        if not network.has_edge(link.source, link.target):
            network.add_edge(link.source, link.target, links=[])
        network.edges[link.source, link.target]["links"].append(link)
    return network


def told_in(said: pl.DataFrame) -> Iterator[Link]:
    """What some findings say: what holds back what, and who reports it."""
    import polars as pl  # most commands do without this slow import

    source = pl.col("source")
    reported = said.filter(pl.col("supports") & pl.col("interview") & pl.col("organisation").is_not_null())
    for found, one, kind, other in (
        (said, "barrier", BLOCKS, "programme"),
        (reported, "organisation", REPORTS, "barrier"),
    ):
        links = found.group_by(one, other, maintain_order=True).agg(
            pl.col("finding").filter("supports"),
            source.filter(pl.col("supports") & pl.col("interview")).n_unique().alias("interviews"),
            source.filter(pl.col("supports") & ~pl.col("interview")).n_unique().alias("datasets"),
            (source.n_unique() - source.filter("supports").n_unique()).alias("disputed"),
        )
        for start, end, says, interviews, datasets, disputed in links.iter_rows():
            if says:
                yield Link(start, kind, end, tuple(says), interviews, datasets, disputed)


def _tied(known: Evidence) -> Iterator[Link]:
    ties: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for tie in known.ties:
        ties[tie.one, tie.other].append(tie.iri)
    for (one, other), found in ties.items():
        yield Link(one, _TIED, other, tuple(sorted(set(found))))


def _written(dataset: Dataset, known: Evidence) -> Iterator[Link]:
    """What is written down of the day: participations, dependencies, parts, levers, recommendations and actions."""
    hidden = later(dataset, known.as_of)
    written: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    rows = dataset.columns("analyses/why_linked", as_of=known.as_of)
    for one, kind, other, rests in rows.select("one", "kind", "other", "evidence").iter_rows():
        led = kind not in _LEADS or one in known.leads.get(other, ())
        if led and one != other and hidden.isdisjoint((one, other, rests)):
            written[one, kind, other].add(rests)
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for lever, kind, holder in written:
        if kind == str(JU.leverHolder):
            holders[lever].append(holder)
    through = {
        (b, holder) for lever, kind, b in written if kind == str(JU.unblocks) for holder in holders[lever]
    }
    for (one, kind, other), found in written.items():
        if kind != str(JU.heldBy) or (one, other) not in through:  # else the lever says it better
            yield Link(one, kind, other, tuple(sorted(found)))


def linked(dataset: Dataset, things: Iterable[str], as_of: date | None = None) -> nx.Graph[str]:
    """Some things and what links them, as `graph.network` makes its networks: what an answer speaks of, as a picture.

    Where nothing links two of them, those that most of them are linked with stand between. No more than 300 things
    are kept, the first of those named.
    """
    known = evidence(dataset, as_of)
    whole = linkage(dataset, known.as_of)
    kept = set([thing for thing in dict.fromkeys(things) if thing in whole][:_MOST])
    if not whole.subgraph(kept).number_of_edges():
        near = Counter(neighbour for thing in kept for neighbour in whole[thing])
        kept |= {n for n, _ in sorted(near.items(), key=lambda c: (-c[1], c[0]))[: _MOST - len(kept)]}
    departments = frozenset[str]().union(*known.affiliations.values())
    network: nx.Graph[str] = nx.Graph(name="What is linked")
    for iri in sorted(kept):
        kind = "department" if iri in departments else iri.rsplit("/", 2)[-2]
        network.add_node(iri, label=dataset.label(iri), kind=kind)
    edges = whole.subgraph(kept).edges
    for one, other in sorted(map(tuple, map(sorted, edges))):
        found: list[Link] = edges[one, other]["links"]
        first = found[0]
        network.add_edge(
            one,
            other,
            kind=_LOOKS.get(first.kind, first.words(first.source)),
            label="; ".join(
                f"{dataset.label(link.source)} {link.words(link.source)} {dataset.label(link.target)}"
                for link in found
            ),
            weight=max(link.sources for link in found),
            evidence=sorted({iri for link in found for iri in link.evidence}),
        )
    return network
