"""The tables of evidence: findings, and the programmes, departments and barriers that they join."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from graph.dataset import Dataset
from graph.evidence import Evidence, Finding, Tie
from graph.things import Evidenced, evidence_for
from visualisations.links import Link, link, with_query
from visualisations.programmes import rating_cell, ratings
from visualisations.tables import LONGEST, Cell, Column, Row, Table, cut, linked, number, words
from visualisations.words import count, day


def findings_table(
    dataset: Dataset, findings: Iterable[Finding], caption: str, id: str, *, without: str = "", q: str = ""
) -> Table:
    """Findings, each with everything a reader needs to judge it; without leaves out the programme or the barrier."""
    heads = ["What was said", "Stance", "Severity", "Level", "Organisation", "Programme", "Barrier", "Source"]
    every = findings if isinstance(findings, Sequence) else list(findings)
    found = evidence_for(dataset, every, LONGEST)
    columns = [Column(h, h == "Severity", h == "What was said") for h in heads if h.lower() != without]
    rows = (
        Row(tuple(c for h, c in zip(heads, _finding(dataset, e), strict=True) if h.lower() != without))
        for e in found
    )
    more = Link("All of them in the list of findings", with_query("/findings", q=q))
    return cut(caption, columns, rows, "finding", id=id, more=more, of=len(every))


def _finding(dataset: Dataset, e: Evidenced) -> tuple[Cell, ...]:
    base = dataset.base
    quoted = f"“{e.excerpt}”" if e.excerpt else ""
    who = ", ".join(filter(None, (e.role, day(e.finding.day) if e.finding.day else "")))
    return (
        linked(link(base, e.finding.iri, e.summary or dataset.label(e.finding.iri), aside=quoted)),
        words("supports" if e.finding.supports else "disputes"),
        number(e.finding.severity),
        words(e.level or ("desk data" if not e.finding.interview else "not known")),
        linked(link(base, e.organisation.iri, e.organisation.label))
        if e.organisation
        else words("not named"),
        linked(link(base, e.programme.iri, e.programme.label, kind="programme")),
        linked(link(base, e.barrier.iri, e.barrier.label, kind="barrier")),
        linked(link(base, e.source.iri, e.source.label, aside=who), key=str(e.finding.day or "")),
    )


def programmes_table(
    dataset: Dataset,
    known: Evidence,
    programmes: Sequence[str],
    supports: Sequence[Finding],
    part: str,
    as_of: date | None,
    *,
    more: str = "",
) -> Table:
    """Programmes, with how many barriers or findings (part) they have, and their rating."""
    by: defaultdict[str, list[Finding]] = defaultdict(list)
    for f in supports:
        by[f.programme].append(f)
    columns = [
        Column("Programme", wide=True),
        Column("Departments"),
        Column(part.capitalize(), True),
        Column("Sources", True),
        Column("Rating"),
    ]
    rows = []
    for p in programmes[:LONGEST]:
        there = link(dataset.base, p, dataset.label(p), kind="programme")
        homes = (
            link(dataset.base, d, dataset.label(d))
            for d in sorted(known.departments.get(p, ()), key=dataset.label)
        )
        what = len({f.barrier for f in by[p]}) if part == "barriers" else len(by[p])
        latest = ratings(dataset, p, as_of)[:1]
        rows.append(
            Row(
                (
                    linked(there),
                    linked(*homes),
                    number(what, f"{there.href}#{part}", part),
                    number(len({f.source for f in by[p]}), f"{there.href}#findings", "sources"),
                    rating_cell(latest[0]) if latest else words("none"),
                )
            )
        )
    everywhere = (
        Link("All of them in the list of programmes", more) if more and len(rows) < len(programmes) else None
    )
    shown = f"{len(rows)} of {count(len(programmes), 'programme')}"
    return Table("Programmes", tuple(columns), tuple(rows), shown, "programmes-table", everywhere)


def departments_table(
    dataset: Dataset, known: Evidence, departments: Sequence[str], supports: Sequence[Finding]
) -> Table:
    """Departments, with how many of their programmes are held back."""
    rows = []
    for d in departments:
        theirs = [f for f in supports if d in known.departments.get(f.programme, ())]
        there = link(dataset.base, d, dataset.label(d), kind="department")
        rows.append(
            Row(
                (
                    linked(there),
                    number(len({f.programme for f in theirs}), f"{there.href}#programmes", "programmes"),
                    number(len(theirs), f"{there.href}#findings", "findings"),
                )
            )
        )
    columns = [
        Column("Department", wide=True),
        Column("Programmes held back", True),
        Column("Findings", True),
    ]
    return cut("Departments", columns, rows, "department", id="departments-table")


def barriers_table(dataset: Dataset, known: Evidence, supports: Sequence[Finding]) -> Table:
    """The barriers that findings speak of, those with most sources first."""
    by: defaultdict[str, list[Finding]] = defaultdict(list)
    for f in supports:
        by[f.barrier].append(f)
    rows = []
    for b, fs in sorted(
        by.items(), key=lambda item: (-len({f.source for f in item[1]}), dataset.label(item[0]).lower())
    ):
        there = link(dataset.base, b, dataset.label(b), kind="barrier")
        rows.append(
            Row(
                (
                    linked(there),
                    number(len({f.programme for f in fs}), f"{there.href}#programmes", "programmes"),
                    number(len({f.source for f in fs}), f"{there.href}#findings", "sources"),
                    number(max(f.severity for f in fs), f"{there.href}#findings", "highest severity"),
                    number(len(known.reach[b]), f"{there.href}#departments", "departments in all"),
                )
            )
        )
    heads = ("Programmes", "Sources", "Highest severity", "Departments in all")
    columns = [Column("Barrier", wide=True), *(Column(head, True) for head in heads)]
    return cut("Barriers", columns, rows, "barrier", id="barriers-table")


def ties_table(dataset: Dataset, known: Evidence, ties: Sequence[Tie]) -> Table:
    """Working ties: who, with whom, what was seen, and whether a department has both ends."""
    rows = []
    for tie in sorted(
        ties, key=lambda t: (dataset.label(t.one).lower(), dataset.label(t.other).lower(), t.iri)
    ):
        apart = known.home(tie.one).isdisjoint(known.home(tie.other))
        rows.append(
            Row(
                (
                    *(linked(link(dataset.base, end, dataset.label(end))) for end in (tie.one, tie.other)),
                    linked(link(dataset.base, tie.iri, dataset.label(tie.kind))),
                    words("across" if apart else "within"),
                )
            )
        )
    heads = [
        Column("One"), Column("Other"), Column("What was seen"), Column("Within or across departments"),
    ]  # fmt: skip
    return cut("Working ties", heads, rows, "working tie", id="ties-table")
