"""Chain weak points: where may the way from the minister to the service user break?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graph.analysis import AsOf, InDeepDive, OfDepartment, Result, Thing, analysis, column
from graph.chains import MINISTER, USER, Chain, chains
from graph.checks import CHECKS, MEANS, Weakness, weaknesses
from graph.dataset import Dataset
from graph.evidence import evidence
from graph.naming import meant
from graph.scope import narrowed, scoped

_LOOKED_AT = "programmes that the deep dive “{}” looked at; what others found of them counts too"


@dataclass(frozen=True)
class ChainLink:
    """Somebody on the shortest evidenced way from minister to user."""

    thing: Thing
    part: str
    interviews: int
    """Interviews about the programme held there."""
    single: str
    """yes where every way leads through here."""


@dataclass(frozen=True)
class Ground:
    """What a weak point is about: an organisation, barrier, level or action."""

    thing: Thing


@dataclass(frozen=True)
class WeakPoint:
    """One check that finds the chain of one programme weak."""

    programme: Annotated[Thing, column("The programme")]
    check: Annotated[str, column("The check, one of twelve")]
    means: Annotated[str, column("What it means that the check finds the chain weak")]
    found: Annotated[str, column("What it found")]
    at_link: Annotated[
        str,
        column("The link of the chain, from policy to use; for barriers, where findings say that they are"),
    ]
    evidence: Annotated[list[Ground], column("The organisations, barriers, levels or actions that it found")]
    chain: Annotated[
        list[ChainLink],
        column(
            "The shortest evidenced way from minister to user, and the interviews about it held on the way"
        ),
    ]


@analysis
def chain_weak_points(
    dataset: Dataset,
    *,
    programme: Annotated[
        str,
        Field(
            max_length=2000,
            description="One programme: its name, id or address; empty for every one that somebody was interviewed about",
            json_schema_extra={"suggest": ["programme"]},
        ),
    ] = "",
    check: Annotated[
        str,
        Field(
            pattern=f"^({'|'.join(('all', *CHECKS))})?$",
            description=f"One check: {', '.join(CHECKS)}; empty for every one",
            json_schema_extra={"offer": list(CHECKS)},
        ),
    ] = "",
    longest: Annotated[
        int, Field(ge=1, le=20, description="The most organisations that a chain may lead through")
    ] = 4,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[WeakPoint]:
    """Where may the way from the minister to the service user break?

    The chain of a programme leads from the minister to the departments that answer for it, down to the organisations
    that lead or co-own it, to those that fund it, to those that deliver it, and to the user. Where nobody funds it,
    those who lead it pay. Every way through an organisation means that it dominates the user (Lengauer and Tarjan
    1979, doi:10.1145/357062.357071); an organisation without which those on the chain, with their working ties, fall
    apart is an articulation point (Hopcroft and Tarjan 1973, doi:10.1145/362248.362272). Who answers for the programme
    is not counted as either. The shortest evidenced way leads through as few organisations as can be at which nobody
    was interviewed about the programme, and then through as few as can be.

    Twelve checks, of our own. nobody-answers: nobody leads it, nobody delivers it, or nobody is named whom it is
    for. one-only: every way leads through one funder, deliverer or body between, or the chain falls apart without
    it. level-not-heard: no interview at a level from minister to front line. not-measured: no measurement, and no
    finding from a dataset. user-not-heard: no interview with a service user. no-evidenced-way: no way, or none
    through organisations that were all heard. no-lever: a standing barrier that no lever is known to remove.
    shared-point: an organisation that is the one way in several programmes. no-tie: a handover between departments,
    or to a body outside them, without a working tie. too-long: the shortest way leads through more organisations
    than may be. no-action: a standing barrier that no agreed action is to lower. overdue: an action on a standing
    barrier that is overdue. A check that cannot be made, such as no-lever where there is no barrier, is not
    counted.

    Caveat: that a chain has one deliverer may be as it should be: a weak point is a reason to look. Ties that nobody
    asked about are not known, so no-tie is checked only where somebody was interviewed about the programme, and only if
    a tie along a handover is known in any programme. A funder may pay for a part only. Who is part of whom, levers and whom a programme is for are not dated.

    Examples
    --------
    >>> from graph.store import open_store
    >>> chain_weak_points(open_store("memory").dataset()).rows
    []
    """
    known = evidence(dataset, as_of)
    every = chains(dataset, known.as_of)
    one = meant(dataset, "programme", programme, ("programme",)) if programme.strip() else ""
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    within = narrowed(dataset, known.as_of, scope).programmes
    chosen = {p: every[p] for p in sorted(within) if (p == one if one else p in known.interviewed)}
    found = {
        p: [w for w in found if check in ("", "all", w.check)]
        for p, found in weaknesses(dataset, known, every, chosen, longest).items()
    }
    rows = [
        _row(dataset, chosen[p], weakness)
        for p in sorted(found, key=lambda p: (-sum(w.weak for w in found[p]), dataset.label(p), p))
        for weakness in found[p]
        if weakness.weak
    ]
    return Result(
        rows,
        sum(map(len, found.values())),
        "checks that could be made",
        _summary(dataset, rows, chosen, found, one),
        known.as_of,
        [
            *scope.said(dataset, deep_dive=_LOOKED_AT),
            *_caveats(len(within) - len(chosen), len(within), one, found),
        ],
    )


def _row(dataset: Dataset, chain: Chain, weakness: Weakness) -> WeakPoint:
    return WeakPoint(
        Thing(chain.programme, dataset.label(chain.programme)),
        weakness.check,
        MEANS[weakness.check],
        weakness.found,
        weakness.at_link,
        [Ground(Thing(iri, dataset.label(iri))) for iri in weakness.evidence],
        [
            ChainLink(
                Thing(iri, dataset.label(iri)),
                {MINISTER: "decides", USER: "is served"}.get(iri) or chain.part(iri),
                chain.heard(iri),
                "yes" if iri in chain.single_points else "no",
            )
            for iri in chain.way
        ],
    )


def _summary(
    dataset: Dataset,
    rows: list[WeakPoint],
    chosen: Mapping[str, Chain],
    found: Mapping[str, list[Weakness]],
    one: str,
) -> str:
    made = sum(map(len, found.values()))
    if not chosen:
        return (
            "Nobody was interviewed about any of the programmes."
            if not one
            else "That programme is not among them."
        )
    if one:
        way = chosen[one].way
        names = " → ".join(dataset.label(iri) for iri in way)
        said = (
            f"{dataset.label(one)}: {names}."
            if way
            else f"{dataset.label(one)}: no way from minister to user is known."
        )
        return f"{said} {len(rows)} of {made} checks {'finds' if len(rows) == 1 else 'find'} a weak point."
    if not rows:
        return f"None of {made} checks finds a weak point."
    most = rows[0].programme
    count = sum(row.programme == most for row in rows)
    common, times = Counter(row.check for row in rows).most_common(1)[0]
    weak = len({row.programme.iri for row in rows})
    return (
        f"{len(rows)} of {made} checks {'finds' if len(rows) == 1 else 'find'} a weak point, in {weak} of {len(chosen)} programmes; "
        f"most in {most.label} ({count}). Most often: {common}, in {times}."
    )


def _caveats(left: int, of: int, one: str, found: Mapping[str, list[Weakness]]) -> Iterator[str]:
    if left and not one:
        yield f"{left} of {of} programmes have no interview and are left out: untested is not sound. Name one to see its chain."
    if found and not any(w.check == "no-tie" for made in found.values() for w in made):
        yield "Whether handovers have working ties cannot be checked: none is known along these chains, or nobody asked."
