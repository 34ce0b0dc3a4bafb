"""Why linked: by which evidenced paths do two things hang together?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import networkx as nx
from pydantic import Field

from graph.analyses.missing_ties import observed_ties, shared_barriers
from graph.analysis import AsOf, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import Evidence, evidence
from graph.linkage import Link, linkage
from graph.naming import meant
from graph.paths import Found, Path, best_paths

KINDS = ("programme", "organisation", "barrier", "lever", "recommendation", "action")
"""What a path may start from, lead through and end at."""

End = Annotated[
    str,
    Field(
        max_length=2000,
        description="A programme, organisation, barrier, lever, recommendation or action: its name, id or address. With both empty: the two departments that share most barriers without a working tie",
        json_schema_extra={"suggest": list(KINDS)},
    ),
]


@dataclass(frozen=True)
class Step:
    """One thing on the way, and how it is linked to the one before."""

    thing: Thing
    link: str
    """How the link reads from the thing before."""
    direction: str
    """onward where the link is written down the way the path goes, back where the other way."""
    sources: int


@dataclass(frozen=True)
class Ground:
    """A finding, tie, participation or other statement that a step rests on."""

    statement: Thing
    step: int
    """Which step of the path, from 1."""


@dataclass(frozen=True)
class LinkedBy:
    """One path between the two."""

    path: Annotated[str, column("The path in words")]
    hops: Annotated[int, column("Links from the one to the other")]
    strength: Annotated[
        float,
        column(
            "From 0 to 1: 1 where the things on the way lead nowhere else; less the more else they lead to"
        ),
    ]
    sources: Annotated[
        int, column("Interviews, datasets or statements that the least evidenced link rests on")
    ]
    start: Annotated[Thing, column("Where the path starts")]
    steps: Annotated[list[Step], column("The things on the way, and how each is linked to the one before")]
    evidence: Annotated[list[Ground], column("Everything that the path rests on")]


@analysis
def why_linked(
    dataset: Dataset,
    *,
    one: End = "",
    other: End = "",
    most: Annotated[int, Field(ge=1, le=100, description="How many paths to show")] = 5,
    max_hops: Annotated[int, Field(ge=1, le=8, description="The most links that a path may have")] = 4,
    as_of: AsOf = None,
) -> Result[LinkedBy]:
    """Why are these two linked?

    The shortest paths between two things over what is evidenced on the day: barriers that findings say hold back
    programmes, the organisations that report them, who leads, funds, delivers or regulates a programme, what is part
    of what, dependencies, working ties, levers, recommendations and actions. A link may be walked either way; none is
    taken twice. Among paths of equal length the strongest comes first: strength is the product, over the things
    between the two ends, of 1 / log2(things it is linked to), so that a path through a department that leads 200
    programmes (0.13) says less than one through a barrier that holds back these two only (1). The weight is that of
    Adamic and Adar (2003), doi:10.1016/S0378-8733(03)00009-1; the product along a path is taken as by Himmelstein and
    Baranzini (2015), doi:10.1371/journal.pcbi.1004259. Where that is equal too, the path comes first whose least
    evidenced link rests on more interviews, datasets or statements.

    Caveat: a path is a reason to look, not a cause. Dependencies, levers, recommendations and who is part of whom are
    not dated, so all that are loaded count. Who was not asked is not on any path.

    Examples
    --------
    >>> from graph.store import open_store
    >>> why_linked(open_store("memory").dataset()).summary
    'Name two things, and the paths between them are shown.'
    """
    known = evidence(dataset, as_of)
    ends = [
        meant(dataset, name, text, KINDS) for name, text in (("one", one), ("other", other)) if text.strip()
    ]
    chosen = tuple(ends) if ends else _apart(dataset, known)
    what = f"paths of at most {max_hops} hop{'' if max_hops == 1 else 's'}"
    if len(chosen) != 2:
        return Result([], 0, what, _ask(dataset, chosen), known.as_of)
    network = linkage(dataset, known.as_of)
    found = best_paths(network, chosen[0], chosen[1], max_hops)
    last = found.paths[:most][-1:]
    rows = [
        _row(dataset, network, p)
        for p in found.paths
        if (p.hops, p.weakness) <= (last[0].hops, last[0].weakness)
    ]
    rows.sort(key=lambda r: (r.hops, -r.strength, -r.sources, r.path))
    return Result(
        rows[:most],
        len(found.paths),
        what,
        _summary(dataset, network, (chosen[0], chosen[1]), rows, found, what, not ends),
        known.as_of,
        list(_caveats(found, max_hops)),
    )


def _apart(dataset: Dataset, known: Evidence) -> tuple[str, ...]:
    """The two departments that share most barriers among those never seen to work together; else among all."""
    shared, ties = shared_barriers(known), observed_ties(known)
    pairs = [(pair in ties, -len(barriers), *pair) for pair, barriers in shared.items() if barriers]
    return min(pairs, default=(False, 0))[2:]


def _row(dataset: Dataset, network: nx.Graph[str], path: Path) -> LinkedBy:
    steps, grounds, clauses, least = [], [], [], []
    before: Link | None = None
    for place, (here, there) in enumerate(pairwise(path.nodes), 1):
        links: list[Link] = network.edges[here, there]["links"]
        words = " and ".join(dict.fromkeys(link.words(here) for link in links))
        firmest = max(links, key=lambda link: (link.interviews + link.datasets, len(link.evidence)))
        sources = max(link.sources for link in links)
        least.append(sources)
        subject = ", which" if before else _named(dataset, here)
        again = all(before and before.alike(link, here) for link in links)
        clauses.append(f"{subject}{_placed(words, again)} {_named(dataset, there)}{firmest.because}")
        direction = "onward" if links[0].source == here else "back"
        steps.append(Step(_thing(dataset, there), words, direction, sources))
        grounds += [Ground(_thing(dataset, iri), place) for link in links for iri in link.evidence]
        before = links[0]
    return LinkedBy(
        f"{''.join(clauses)}.",
        path.hops,
        round(path.strength, 6),
        min(least),
        _thing(dataset, path.nodes[0]),
        steps,
        grounds,
    )


def _placed(words: str, again: bool) -> str:
    """Also stands before a verb, and after is or has: "is also held back by"."""
    first, _, rest = words.partition(" ")
    if not again:
        return f" {words}"
    return f" {first} also {rest}" if first in ("is", "has", "can", "would") else f" also {words}"


def _named(dataset: Dataset, iri: str) -> str:
    """The label, in quotes where it reads as a sentence and not as a name."""
    name = dataset.label(iri)
    return name if iri.startswith(tuple(f"{dataset.base}/id/{kind}/" for kind in KINDS[:2])) else f"“{name}”"


def _thing(dataset: Dataset, iri: str) -> Thing:
    return Thing(iri, dataset.label(iri))


def _ask(dataset: Dataset, ends: tuple[str, ...]) -> str:
    if not ends:
        return "Name two things, and the paths between them are shown."
    return f"Name one more thing beside {_named(dataset, ends[0])}, and the paths between the two are shown."


def _summary(
    dataset: Dataset,
    network: nx.Graph[str],
    ends: tuple[str, str],
    rows: list[LinkedBy],
    found: Found,
    what: str,
    taken: bool,
) -> str:
    one, other = ends
    names = f"{_named(dataset, one)} and {_named(dataset, other)}"
    if one == other:
        return f"{_named(dataset, one)} was named twice: name two different things."
    if alone := next((end for end in (one, other) if end not in network), None):
        return (
            f"No evidenced path joins {names}: nothing on the day links {_named(dataset, alone)} to anything."
        )
    if not rows:
        longer = nx.has_path(network, one, other)
        more = "Longer ones do: allow more hops." if longer else "Nor does any longer one."
        return f"No path {what.removeprefix('paths ')} joins {names}. {more}"
    count = f"{len(found.paths)}{'' if found.complete else ' and more'} {what}"
    best = f"the only path {what.removeprefix('paths ')}" if len(found.paths) == 1 else f"the best of {count}"
    said = f"{rows[0].path} That is {best}."
    if taken:
        return f"Nothing was named, so here are the two departments that share most barriers without a working tie. {said}"
    return said


def _caveats(found: Found, max_hops: int) -> Iterator[str]:
    if not found.complete:
        yield f"There are more paths than were looked at: the search was broken off after {len(found.paths)}. The shortest and strongest come first all the same."
    if max_hops > 4:
        yield "Over more than four links nearly everything hangs together with everything: read such paths with doubt."
