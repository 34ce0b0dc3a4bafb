"""Two departments: what they share, what they need of each other, and what they were seen to do together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graph.analyses.missing_ties import observed_ties, shared_barriers
from graph.analysis import Thing
from graph.dataset import Dataset
from graph.evidence import Evidence, evidence
from visualisations.evidence_tables import findings_table
from visualisations.links import Link, link
from visualisations.tables import Column, Row, Table, cut, linked
from visualisations.words import count


@dataclass(frozen=True)
class Shared:
    """A barrier of both, and the findings about programmes of either."""

    barrier: Link
    words: str
    table: Table


@dataclass(frozen=True)
class Pair:
    """Everything that the page of a pair shows."""

    one: Thing
    other: Thing
    verdict: str
    apart: bool
    shared: tuple[Shared, ...]
    dependencies: Table | None
    ties: Table | None


def pair(dataset: Dataset, one: str, other: str, as_of: date | None = None) -> Pair:
    """How two departments stand to each other, with the evidence as of a day."""
    known = evidence(dataset, as_of)
    key = (min(one, other), max(one, other))
    barriers = sorted(shared_barriers(known)[key], key=dataset.label)
    seen = observed_ties(known)[key]
    needs = _dependencies(dataset, known, one, other)
    ties = [
        Row(
            tuple(
                linked(link(dataset.base, iri, dataset.label(named)))
                for iri, named in ((t.iri, t.kind), (t.one, t.one), (t.other, t.other))
            )
        )
        for t in known.ties
        if t.iri in seen
    ]
    need_heads = [Column("Dependency", wide=True), Column("Needs it"), Column("Must provide it")]
    tie_heads = [Column("Tie"), Column("One end"), Column("Other end")]
    names = f"{dataset.label(one)} and {dataset.label(other)}"
    reasons = len(barriers) + len(needs)
    return Pair(
        Thing(one, dataset.label(one)),
        Thing(other, dataset.label(other)),
        _verdict(names, len(barriers), len(needs), len(ties)),
        reasons > 0 and not ties,
        tuple(_shared(dataset, known, b, one, other, i) for i, b in enumerate(barriers)),
        cut(
            "Dependencies between them",
            need_heads,
            needs,
            "dependency",
            "dependencies",
            id="dependencies-table",
        )
        if needs
        else None,
        cut("Working ties between them", tie_heads, ties, "working tie", id="ties-table") if ties else None,
    )


def _shared(dataset: Dataset, known: Evidence, barrier: str, one: str, other: str, place: int) -> Shared:
    every = [f for f in known.about_barrier(barrier) if f.supports]
    findings = [f for f in every if known.departments.get(f.programme, frozenset()) & {one, other}]
    held = {
        d: len({f.programme for f in findings if d in known.departments[f.programme]}) for d in (one, other)
    }
    said = "; ".join(f"{count(n, 'programme')} of {dataset.label(d)}" for d, n in held.items())
    label = dataset.label(barrier)
    table = findings_table(dataset, findings, label, f"barrier-{place}", without="barrier", q=label)
    words = f"Holds back {said}. {len(findings)} of {len(every)} findings that support it are about these."
    return Shared(link(dataset.base, barrier, label, kind="barrier"), words, table)


def _dependencies(dataset: Dataset, known: Evidence, one: str, other: str) -> list[Row]:
    homes = known.departments
    rows = []
    for row in sorted(dataset.select("analyses/missing_ties"), key=lambda r: r["dependency"]):
        a, b = (homes.get(row[end], frozenset()) for end in ("dependent", "provider"))
        if a.isdisjoint(b) and ((one in a and other in b) or (other in a and one in b)):
            ends = (row[k] for k in ("dependency", "dependent", "provider"))
            rows.append(Row(tuple(linked(link(dataset.base, end, dataset.label(end))) for end in ends)))
    return rows


def _verdict(names: str, barriers: int, needs: int, ties: int) -> str:
    reasons = f"{names} share {count(barriers, 'barrier')} and have {count(needs, 'dependency', 'dependencies')} between them."
    if ties:
        return f"{reasons} {count(ties, 'working tie')} between them {'was' if ties == 1 else 'were'} seen."
    if barriers or needs:
        return f"{reasons} No working tie between them was seen."
    return f"{reasons} No working tie between them was seen, and no reason for one is known."
