"""Communities: who works together in fact, and is it the departments?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb, log
from threading import Lock
from typing import Annotated

from graph.analyses.department_openness import tested
from graph.analyses.silo_overview import WITHIN, Edge, Groups
from graph.analysis import AsOf, InDeepDive, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import Evidence
from graph.scope import narrowed, scoped

SEEDS = 20
"""How many times communities are looked for; the best is kept."""
_FEW = 3
"""How many rounds each of these times takes."""
_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Member:
    """A programme of a community."""

    programme: Thing


@dataclass(frozen=True)
class Share:
    """A department in a community."""

    department: Thing
    programmes: int


@dataclass(frozen=True)
class Community:
    """Programmes that work with each other more than with others."""

    community: Annotated[int, column("Its number, the largest first")]
    programmes: Annotated[int, column("Programmes in it", "row:which")]
    which: Annotated[list[Member], column("Those programmes")]
    departments: Annotated[
        list[Share], column("Departments that answer for them, with how many of them each")
    ]
    largest_share: Annotated[
        float, column("Share of its programmes that its most frequent department answers for, from 0 to 1")
    ]
    nmi: Annotated[
        float | None,
        column("Likeness of all communities to departments, from 0 to 1 (NMI); the same in each row"),
    ]
    ari: Annotated[
        float | None,
        column("The same as the adjusted Rand index: 1 where they are alike, 0 as by chance"),
    ]
    modularity: Annotated[
        float | None, column("Modularity of all communities: ties inside beyond chance; the same in each row")
    ]
    of_departments: Annotated[
        float | None, column("Modularity of the departments in the same network; the same in each row")
    ]


@dataclass(frozen=True)
class Likeness:
    """What communities and departments have to do with each other, None where it is not defined."""

    nmi: float | None
    ari: float | None
    modularity: float | None
    of_departments: float | None


@analysis
def communities(dataset: Dataset, *, deep_dive: InDeepDive = "", as_of: AsOf = None) -> Result[Community]:
    """Who works together in fact, and is it the departments?

    Takes the working ties between tested programmes and looks for communities, groups with more ties inside than
    chance would give, by the algorithm of Leiden (Traag, Waltman and van Eck 2019, doi:10.1038/s41598-019-41695-z):
    twenty times with fixed seeds, of which the partition of the highest modularity Q is kept. Q is the share of ties
    inside less what the numbers of ties would give by chance (Newman and Girvan 2004, doi:10.1103/PhysRevE.69.026113).
    Beside it stands Q of the departments. NMI is 2 I / (H1 + H2), the shared information over the mean entropy (Danon
    and others 2005, doi:10.1088/1742-5468/2005/09/P09008); ARI the adjusted Rand index (Hubert and Arabie 1985,
    doi:10.1007/BF01908075). Communities that cut across departments are where work is joined up already.

    Caveat: other partitions may be nearly as good, and small communities melt into large ones (the resolution limit).
    A tie between programmes that share a department is inside it. NMI and ARI leave out programmes of two departments,
    and all figures those without any tie: untested is not untied.

    Examples
    --------
    >>> from graph.store import open_store
    >>> communities(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive)
    known = narrowed(dataset, as_of, scope)
    groups, edges = tested(known)
    found = leiden(edges)
    whole = likeness(edges, groups, found)
    rows = [
        _row(dataset, number, members, groups, whole) for number, members in enumerate(members_of(found), 1)
    ]
    return Result(
        rows,
        len(rows),
        "communities",
        _summary(rows, whole),
        known.as_of,
        [*scope.said(dataset, deep_dive=WITHIN), *_caveats(known, groups, found)],
    )


def leiden(edges: Sequence[Edge], seeds: int = SEEDS) -> dict[str, int]:
    """The community of each node that has an edge: the best partition found, the same for the same set of edges."""
    if not edges:
        return {}
    import igraph  # most commands do without this slow import

    nodes = sorted({end for edge in edges for end in edge})
    place = {node: i for i, node in enumerate(nodes)}
    pairs = sorted({(min(place[a], place[b]), max(place[a], place[b])) for a, b in edges})
    network = igraph.Graph(n=len(nodes), edges=pairs)
    best, highest = [0] * len(nodes), float("-inf")
    with _ONE_AT_A_TIME:  # igraph draws from one generator for all
        try:
            for seed in range(seeds):
                igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - no secret
                partition = network.community_leiden(objective_function="modularity", n_iterations=_FEW)
                if partition.modularity > highest + 1e-12:
                    best, highest = partition.membership, partition.modularity
            # The best goes on until nothing improves it, which takes longer than to find it.
            end = network.community_leiden(
                objective_function="modularity", n_iterations=-1, initial_membership=best
            )
            best = end.membership if end.modularity > highest else best
        finally:
            igraph.set_random_number_generator(random)
    return dict(zip(nodes, best, strict=True))


def members_of(found: Mapping[str, int]) -> list[list[str]]:
    """The nodes of each community in order, the largest community first."""
    members: dict[int, list[str]] = {}
    for node in sorted(found):
        members.setdefault(found[node], []).append(node)
    return sorted(members.values(), key=lambda nodes: (-len(nodes), nodes[0]))


def likeness(edges: Sequence[Edge], groups: Groups, found: Mapping[str, int]) -> Likeness:
    """How alike communities and departments are."""
    single = [(next(iter(groups[node])), c) for node, c in sorted(found.items()) if len(groups[node]) == 1]
    return Likeness(
        _rounded(nmi(single)),
        _rounded(ari(single)),
        _rounded(modularity(edges, {node: frozenset((str(c),)) for node, c in found.items()})),
        _rounded(modularity(edges, groups)),
    )


def modularity(edges: Sequence[Edge], groups: Groups) -> float | None:
    """The share of edges inside a group less what chance would give; None without edges.

    Two nodes are in one group where they have any group in common. Every edge is given once.
    """
    if not edges:
        return None
    inside = sum(not groups[a].isdisjoint(groups[b]) for a, b in edges)
    ends: Counter[frozenset[str]] = Counter(groups[end] for edge in edges for end in edge)
    chance = sum(k * n for g, k in ends.items() for h, n in ends.items() if not g.isdisjoint(h))
    return inside / len(edges) - chance / (2 * len(edges)) ** 2


def nmi(pairs: Sequence[tuple[str, int]]) -> float | None:
    """Normalised mutual information of two partitions, given as the groups of each thing.

    None with fewer than two things, or where both partitions put all into one group.
    """
    n = len(pairs)
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    entropies = sum(k / n * log(n / k) for sizes in (one, other) for k in sizes.values())
    if n < 2 or not entropies:
        return None
    shared = sum(k / n * log(n * k / (one[a] * other[b])) for (a, b), k in Counter(pairs).items())
    return max(0.0, 2 * shared / entropies)


def ari(pairs: Sequence[tuple[str, int]]) -> float | None:
    """The adjusted Rand index of two partitions, given as the groups of each thing.

    None with fewer than two things, or where chance could give nothing else.
    """
    one, other = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    both, first, second = (sum(comb(k, 2) for k in c.values()) for c in (Counter(pairs), one, other))
    every = comb(len(pairs), 2)
    if not every or 2 * first * second == every * (first + second):
        return None
    chance = first * second / every
    return (both - chance) / ((first + second) / 2 - chance)


def _row(dataset: Dataset, number: int, members: list[str], groups: Groups, whole: Likeness) -> Community:
    counts = Counter(department for node in members for department in groups[node])
    shares = [Share(Thing(d, dataset.label(d)), k) for d, k in counts.items()]
    shares.sort(key=lambda s: (-s.programmes, s.department.label, s.department.iri))
    things = sorted((Thing(p, dataset.label(p)) for p in members), key=lambda t: (t.label, t.iri))
    return Community(
        number,
        len(members),
        [Member(thing) for thing in things],
        shares,
        round(shares[0].programmes / len(members), 6),
        whole.nmi,
        whole.ari,
        whole.modularity,
        whole.of_departments,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _summary(rows: list[Community], whole: Likeness) -> str:
    if not rows:
        return "No working tie between programmes is known, so no communities can be seen."
    count = f"{len(rows)} communit{'y' if len(rows) == 1 else 'ies'} of programmes"
    across = sum(row.largest_share <= 0.5 for row in rows)
    mixed = f"in {across} no" if across else "in each of them one"
    words = f"{count} {'works' if len(rows) == 1 else 'work'} together; {mixed} department has more than half of the programmes."
    if whole.nmi is None or whole.ari is None:
        return words
    return f"{words} Likeness to the departments: NMI {whole.nmi:.2f}, ARI {whole.ari:.2f}; modularity {whole.modularity:.2f}, of the departments {whole.of_departments:.2f}."


def _caveats(known: Evidence, groups: Groups, found: Mapping[str, int]) -> Iterator[str]:
    if untied := len(groups.keys() - found.keys()):
        yield f"{untied} of {len(groups)} tested programmes have no known tie and are in no community."
    if silent := len(known.programmes - known.interviewed):
        yield f"{silent} of {len(known.programmes)} programmes have no interview: whom they work with is not known unless a tie of theirs was seen."
    if spanners := sum(len(groups[node]) > 1 for node in found):
        yield f"{spanners} of these programmes have two or more departments: NMI and ARI leave them out."
    if 0 < len(found) < 20:
        yield f"{len(found)} programmes are few: one tie more or less may change the communities."
