"""What is linked on a day, as far as filters let it through: what somebody explores.

The links are those of `graph.linkage`, with one more: a department answers for the programmes that its parts lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import networkx as nx

from graph.analyses.missing_ties import observed_ties, shared_barriers
from graph.analysis import Thing
from graph.dataset import Dataset, once
from graph.evidence import Evidence
from graph.linkage import BLOCKS, REPORTS, WORDS, Link, links, told_in
from graph.scope import Scope, narrowed

if TYPE_CHECKING:
    import polars as pl

KINDS = ("department", "organisation", "programme", "barrier", "lever", "recommendation", "action")
"""The kinds of things, in the order of the legend."""
MAIN = KINDS[:4]
"""Those that are shown unless others are asked for."""
ANSWERS, APART, TIED = "answers for", "apart", "tied"


@dataclass(frozen=True)
class Sieve:
    """What is let through."""

    as_of: date | None = None
    scope: Scope = field(default_factory=Scope)
    barrier_type: str | None = None
    severity: int = 0
    kinds: tuple[str, ...] = MAIN

    @property
    def narrows(self) -> bool:
        """Whether findings are asked for by what they say."""
        return self.scope != Scope() or self.barrier_type is not None or self.severity > 0


@dataclass(frozen=True)
class Sifted:
    """What got through. Only read it: it is kept."""

    network: nx.Graph[str]
    """Each edge has `links`."""
    kinds: Mapping[str, str]
    """The kind of each thing."""
    known: Evidence
    of: int
    """How many things there are on the day, whatever is asked for."""

    def neighbours(self, iri: str) -> list[str]:
        """The things next to one, those with the most sources first."""
        return sorted(self.network[iri], key=lambda n: (-self.sources(iri, n), self.kinds[n], n))

    def sources(self, one: str, other: str) -> int:
        """How many sources say that two things are linked."""
        return sum(link.sources for link in self.network.edges[one, other]["links"])


@dataclass(frozen=True)
class Pair:
    """Two departments, and what they share."""

    one: str
    other: str
    barriers: tuple[str, ...]
    ties: tuple[str, ...]

    @property
    def kind(self) -> str:
        """tied where they were seen to work together, else apart."""
        return TIED if self.ties else APART

    @property
    def words(self) -> str:
        """What joins them, in words."""
        shared, seen = len(self.barriers), len(self.ties)
        return (
            f"shares {shared} barrier{'' if shared == 1 else 's'} with, "
            f"{seen or 'no'} working tie{'' if seen == 1 else 's'} seen"
        )


def words_of(link: Link) -> str:
    """How a link reads, the way it runs."""
    return ANSWERS if link.kind == ANSWERS else WORDS.get(link.kind, ("is linked to", ""))[0]


@once(8)
def sifted(dataset: Dataset, sieve: Sieve) -> Sifted:
    """What is linked on the day of a sieve and gets through it."""
    known, kinds = narrowed(dataset, sieve.as_of, sieve.scope), kinds_of(dataset)
    known = replace(known, said=_let_through(dataset, sieve, known.said))
    network: nx.Graph[str] = nx.Graph(name="Explored")
    things: set[str] = set()
    for link in (*links(dataset, known.as_of), *_answers(known)):
        things.update((link.source, link.target))
    through = _through(dataset, sieve, known)
    for link in through:
        one, other = link.source, link.target
        if kinds.get(one, "") in sieve.kinds and kinds.get(other, "") in sieve.kinds:
            if not network.has_edge(one, other):
                network.add_edge(one, other, links=[])
            network.edges[one, other]["links"].append(link)
    return Sifted(network, kinds, known, sum(kinds.get(t, "") in KINDS for t in things))


@once(8)
def pairs(dataset: Dataset, sieve: Sieve) -> tuple[Pair, ...]:
    """Every two departments that share a barrier or were seen to work together, as far as the sieve lets it through."""
    known = sifted(dataset, sieve).known
    barriers, ties = shared_barriers(known), observed_ties(known)
    asked = sieve.scope.department
    return tuple(
        Pair(one, other, tuple(sorted(barriers[one, other])), tuple(sorted(ties[one, other])))
        for one, other in sorted({*barriers, *ties})
        if asked in (None, one, other)
    )


@once(4)
def kinds_of(dataset: Dataset) -> Mapping[str, str]:
    """What kind of thing each is that can be explored."""
    start = f"{dataset.base}/id/"
    found = {}
    for iri in dataset.labels:
        kind = iri.removeprefix(start).partition("/")[0] if iri.startswith(start) else ""
        if kind in KINDS:
            found[iri] = kind
    for row in dataset.select("kinds"):
        kind = row["type"].rsplit("#", 1)[-1].lower()
        if found.get(row["thing"]) != "department":
            found[row["thing"]] = "organisation" if kind == "organization" else kind
    return found


@once(8)
def barrier_types(dataset: Dataset) -> tuple[Thing, ...]:
    """The concepts that type a barrier, by label."""
    return tuple(
        sorted((Thing(t, dataset.label(t)) for t in _typed(dataset)), key=lambda t: (t.label.lower(), t.iri))
    )


@once(8)
def _typed(dataset: Dataset) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in dataset.select("barrier_concepts"):
        found[row["type"]].add(row["barrier"])
    return {type_: frozenset(barriers) for type_, barriers in found.items()}


def _let_through(dataset: Dataset, sieve: Sieve, said: pl.DataFrame) -> pl.DataFrame:
    if sieve.barrier_type is not None:
        said = said.filter(said["barrier"].is_in(list(_typed(dataset).get(sieve.barrier_type, ()))))
    return said.filter(said["severity"] >= sieve.severity)


def _answers(known: Evidence) -> Iterator[Link]:
    """Departments with the programmes that a part of them leads; what they lead themselves is said already."""
    for programme, departments in known.departments.items():
        for department in departments - known.leads.get(programme, frozenset()):
            yield Link(department, ANSWERS, programme, (programme,))


def _through(dataset: Dataset, sieve: Sieve, known: Evidence) -> Iterator[Link]:
    every = (*links(dataset, known.as_of), *_answers(known))
    if not sieve.narrows:
        yield from every
        return
    kept = {(link.source, link.kind, link.target): link for link in told_in(known.said)}
    told: set[str] = set()
    written = []
    for link in every:
        if link.kind not in (BLOCKS, REPORTS):
            written.append(link)
        elif mine := kept.get((link.source, link.kind, link.target)):
            told.update((link.source, link.target))
            yield replace(mine, disputed=link.disputed)
    by_finding = replace(sieve.scope, department=None, deep_dive=None) != Scope() or (
        sieve.barrier_type is not None or sieve.severity > 0
    )
    programmes = known.programmes & told if by_finding else known.programmes
    own = programmes | {iri for iri in told if iri not in known.programmes}
    kinds = kinds_of(dataset)
    for link in written:
        ends = (link.source, link.target)
        stays = all(end in own or kinds.get(end) not in ("programme", "barrier") for end in ends)
        if stays and any(end in own for end in ends):
            yield link
