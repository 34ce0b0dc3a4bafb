"""Partner concentration: do many departments rest on few partners?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from graph.analysis import (
    AsOf,
    InDeepDive,
    OfDepartment,
    Result,
    Thing,
    analysis,
    column,
)
from graph.dataset import Dataset
from graph.scope import narrowed, programmes_of, scoped

_ONLY = {
    "deep_dive": "programmes that the deep dive “{}” looked at",
    "department": "partners that deliver a programme of {}; their counts take in all that they deliver",
}


@dataclass(frozen=True)
class Delivered:
    """A programme that a partner delivers."""

    programme: Thing


@dataclass(frozen=True)
class PartnerConcentration:
    """One partner, and what rests on it."""

    partner: Annotated[Thing, column("The partner: an organisation that delivers")]
    programmes: Annotated[int, column("Programmes that it delivers on the day", "row:which")]
    which: Annotated[list[Delivered], column("Those programmes")]
    departments: Annotated[int, column("Departments that answer for those programmes", "row:which")]
    alone: Annotated[int, column("Programmes that nobody else delivers", "row:which")]
    share: Annotated[
        float, column("Its share of all that is delivered, from 0 to 1; see the note on shares", "referring")
    ]


@analysis
def partner_concentration(
    dataset: Dataset,
    *,
    min_departments: Annotated[
        int, Field(ge=0, le=1000, description="Show partners that at least this many departments rest on")
    ] = 2,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[PartnerConcentration]:
    """Do many departments rest on few partners?

    Each programme that anybody delivers weighs 1, which its partners share: as stated where each has a share, else in
    equal parts. A partner's share is its part of the whole. Concentration is the Herfindahl-Hirschman index H, the sum
    of squared shares; from 1/n, all n alike, to 1, one alone. The effective number of partners is 1/H (Hirschman 1964,
    American Economic Review 54:761), the normalised index (H - 1/n) / (1 - 1/n).

    Caveat: programmes do not weigh alike, and equal parts are a guess where nobody has stated a share. A partner that
    goes by two names counts as two.

    Examples
    --------
    >>> from graph.store import open_store
    >>> partner_concentration(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known = narrowed(dataset, as_of, scope.but("department"))
    mine = programmes_of(known, scope.department)
    stated: defaultdict[str, dict[str, float | None]] = defaultdict(dict)
    for row in dataset.select("analyses/partner_concentration", as_of=known.as_of):
        if scope.deep_dive is None or row["programme"] in known.programmes:
            stated[row["programme"]][row["partner"]] = float(row["share"]) if "share" in row else None
    shares, guessed = shares_of(stated)
    rows = []
    for partner, share in shares.items():
        theirs = sorted((p for p, partners in stated.items() if partner in partners), key=dataset.label)
        if scope.department and mine.isdisjoint(theirs):
            continue
        rows.append(
            PartnerConcentration(
                Thing(partner, dataset.label(partner)),
                len(theirs),
                [Delivered(Thing(p, dataset.label(p))) for p in theirs],
                len(frozenset[str]().union(*(known.departments.get(p, frozenset()) for p in theirs))),
                sum(len(stated[p]) == 1 for p in theirs),
                round(share, 6),
            )
        )
    rows.sort(key=lambda r: (-r.departments, -r.programmes, -r.share, r.partner.label, r.partner.iri))
    chosen = [row for row in rows if row.departments >= min_departments]
    return Result(
        chosen,
        len(rows),
        "partners",
        _summary(chosen, len(rows), list(shares.values()), min_departments),
        known.as_of,
        [*scope.said(dataset, **_ONLY), *_caveats(guessed, len(stated), len(known.programmes))],
    )


def shares_of(stated: dict[str, dict[str, float | None]]) -> tuple[dict[str, float], int]:
    """Each partner's share of the whole, and for how many programmes equal parts were taken.

    stated gives the share of each partner in each programme, None where it is not said.
    """
    parts: defaultdict[str, float] = defaultdict(float)
    guessed = 0
    for partners in stated.values():
        told = {partner: share for partner, share in partners.items() if share is not None}
        whole = sum(told.values())
        if len(told) == len(partners) and whole > 0:
            for partner, share in told.items():
                parts[partner] += share / whole
        else:
            guessed += 1
            for partner in partners:
                parts[partner] += 1 / len(partners)
    return {partner: part / len(stated) for partner, part in sorted(parts.items())}, guessed


def concentration(shares: list[float]) -> tuple[float, float | None, float] | None:
    """The index H, H normalised (None for one partner) and the effective number; None without partners."""
    if not shares:
        return None
    index, n = sum(share**2 for share in shares), len(shares)
    return index, (index - 1 / n) / (1 - 1 / n) if n > 1 else None, 1 / index


def _summary(rows: list[PartnerConcentration], of: int, shares: list[float], least: int) -> str:
    figures = concentration(shares)
    if figures is None:
        return "No partner delivers any programme."
    spread = f"{len(shares)} partners deliver, as spread as {figures[2]:.1f} equal ones would be (H = {figures[0]:.3f})."
    if not rows:
        return f"No partner delivers for {least} or more departments. {spread}"
    top = rows[0]
    return f"{len(rows)} of {of} partners deliver for {least} or more departments. {top.partner.label}: {top.departments} departments, {top.programmes} programmes. {spread}"


def _caveats(guessed: int, delivered: int, programmes: int) -> Iterator[str]:
    if guessed:
        yield f"For {guessed} of {delivered} programmes nobody has stated every partner's share, so equal parts are taken."
    if delivered < programmes:
        yield f"For {programmes - delivered} of {programmes} programmes no partner is known."
