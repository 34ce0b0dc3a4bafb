"""Fieldwork as large as wanted, for benchmarks and tests of speed: always the same for the same size."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pyoxigraph as ox

from graph.ingest.load import check_rows, reader
from graph.store import open_store
from ontology.terms import DEFAULT_BASE, JU, ORG, SKOS, XSD

Row = dict[str, str]
STATEMENTS_OF_A_PROGRAMME = 198
"""About as many, with all that is about it: divide by it to reach a size."""
_FIRST = date(2013, 4, 1)
_KINDS = ("executive-agency", "local-authority", "charity", "company", "education")
_LEVELS = ("minister", "centre", "region", "local", "front-line", "service-user")
_TYPES = ("unclear-purpose", "customer-needs", "provider-market", "silos", "new-initiatives", "poor-data")
_WORDS = (
    "providers", "tutors", "advisers", "councils", "learners", "data", "contracts", "grants", "forms", "staff",
    "systems", "targets", "sites", "offices", "partners", "weeks", "months", "wait", "share", "check", "agree", "know",
    "lack", "need", "refuse", "repeat", "ask", "late", "twice", "again", "locally", "early", "often", "without",
    "before", "after", "because", "about", "between",
)  # fmt: skip


def tables(programmes: int) -> dict[str, list[Row]]:
    """The rows of the canonical tables for so many programmes; the shapes find nothing wrong with them."""
    chance = Random(7)

    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count)).capitalize() + "."

    def day(after: int) -> str:
        return (_FIRST + timedelta(days=after)).isoformat()

    departments = [f"dept-{n}" for n in range(max(2, programmes // 50))]
    bodies = [f"body-{n}" for n in range(max(3, programmes // 2))]
    out: dict[str, list[Row]] = {
        "organisations": [
            {"id": d, "name": f"Department {d}", "kind": "ministerial-department", "parent": ""}
            for d in departments
        ]
        + [
            {
                "id": b,
                "name": f"Body {b}",
                "kind": chance.choice(_KINDS),
                "parent": chance.choice(departments),
            }
            for b in bodies
        ]
    }
    names: tuple[str, ...] = (
        "programmes",
        "participations",
        "statuses",
        "dependencies",
        "deep_dives",
        "interviews",
    )
    names += ("barriers", "findings", "recommendations", "actions")
    rows: dict[str, list[Row]] = {name: [] for name in names}
    for n in range(programmes):
        p, dive = f"p{n}", f"dive{n}"
        rows["programmes"].append(
            {
                "id": p,
                "name": f"Programme {n}",
                "description": words(12),
                "lead": chance.choice(departments),
                "from": day(n % 300),
            }
        )
        for role, body in zip(("delivers", "funder", "regulates"), chance.sample(bodies, 3), strict=True):
            rows["participations"].append(
                {"programme": p, "organisation": body, "role": role, "from": day(10), "until": day(400)}
            )
        rows["statuses"].append(
            {
                "programme": p,
                "assessed_on": day(183),
                "rating": chance.choice(("green", "amber", "red")),
                "whole_life_cost": f"{n % 900}.5",
            }
        )
        if n:
            rows["dependencies"].append(
                {"dependent": p, "provider": f"p{n - 1}", "kind": "data", "criticality": "3"}
            )
        rows["deep_dives"].append(
            {"id": dive, "name": f"Dive {n}", "question": words(8), "quarter": "2014-Q1", "programmes": p}
        )
        for i in range(4):
            rows["interviews"].append(
                {"id": f"i{n}-{i}", "held_on": day(280 + i), "level": _LEVELS[(n + i) % 6], "organisation": chance.choice(bodies),
                 "role": words(3), "deep_dive": dive, "programmes": p, "marking": "official", "consent": "given"}
            )  # fmt: skip
        for b in range(2):
            rows["barriers"].append(
                {"id": f"b{n}-{b}", "name": words(5), "description": words(15), "type": chance.choice(_TYPES),
                 "held_by": chance.choice(departments), "identified_on": day(285), "removed_on": day(500) if b else ""}
            )  # fmt: skip
        for f in range(6):
            rows["findings"].append(
                {"id": f"f{n}-{f}", "programme": p, "barrier": f"b{n}-{f % 2}", "stance": "disputes" if f == 5 else "supports",
                 "severity": str(1 + f % 5), "interview": f"i{n}-{f % 4}", "summary": words(12), "excerpt": words(25)}
            )  # fmt: skip
        rows["recommendations"].append(
            {
                "id": f"r{n}",
                "name": words(9),
                "deep_dive": dive,
                "barriers": f"b{n}-0; b{n}-1",
                "findings": f"f{n}-0",
                "addressed_to": chance.choice(departments),
            }
        )
        done = n % 2 == 0
        rows["actions"].append(
            {"id": f"a{n}", "name": words(7), "recommendation": f"r{n}", "owner": chance.choice(departments), "agreed_on": day(340),
             "due": day(450), "status": "done" if done else "open", "completed_on": day(440) if done else ""}
        )  # fmt: skip
    return out | rows


def joined_up(programmes: int, departments: int, barriers: int, findings: int) -> dict[str, list[Row]]:
    """The rows of tables that every analysis has something to count in.

    Each programme has a department, one in twenty a second, and most work with programmes of their own department or
    of their own theme, which cuts across departments. A few barriers hold back many programmes, most hold back few.
    """
    chance = Random(1988)

    def day(after: int) -> str:
        return (_FIRST + timedelta(days=after)).isoformat()

    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count)).capitalize() + "."

    def some(segment: str, most: int, of: int) -> str:
        return ";".join(sorted({f"{segment}{chance.randrange(of)}" for _ in range(chance.randint(1, most))}))

    leads = [chance.randrange(departments) for _ in range(programmes)]
    themes = [chance.randrange(max(2, departments * 2)) for _ in range(programmes)]
    by_department: dict[int, list[int]] = {}
    by_theme: dict[int, list[int]] = {}
    for n in range(programmes):
        by_department.setdefault(leads[n], []).append(n)
        by_theme.setdefault(themes[n], []).append(n)
    bodies = [f"body-{n}" for n in range(max(3, programmes // 5))]
    rows: dict[str, list[Row]] = {
        "organisations": [{"id": f"dept-{n}", "name": f"Department {n}", "kind": "ministerial-department", "parent": ""} for n in range(departments)]
        + [{"id": b, "name": f"Body {b}", "kind": chance.choice(_KINDS), "parent": f"dept-{chance.randrange(departments)}"} for b in bodies],
        "outcomes": [{"id": f"outcome{n}", "name": f"Outcome {n}"} for n in range(60)],
        "beneficiaries": [{"id": f"group{n}", "name": f"Group {n}"} for n in range(40)],
        "areas": [{"id": f"area{n}", "name": f"Area {n}"} for n in range(20)],
        "programmes": [
            {"id": f"p{n}", "name": f"Programme {n} {words(3)}", "description": words(12), "lead": f"dept-{leads[n]}",
             "outcomes": some("outcome", 3, 60), "beneficiaries": some("group", 3, 40), "areas": some("area", 2, 20)}
            for n in range(programmes)
        ],
        "deep_dives": [
            {"id": f"dive{n}", "name": f"Dive {n}", "question": words(8), "quarter": ("2013-Q4", "2014-Q1")[n % 2], "programmes": f"p{n % programmes}"}
            for n in range(departments * 2)
        ],
        "phases": [
            {"deep_dive": f"dive{n}", "phase": "fieldwork", "planned_start": day(280), "planned_end": day(294 + n % 30), "from": day(280)}
            for n in range(departments * 2)
        ],
        "participations": [], "ties": [], "dependencies": [], "milestones": [], "milestone_reports": [], "barriers": [],
        "levers": [], "interviews": [], "findings": [], "recommendations": [], "actions": [], "follow_ups": [],
    }  # fmt: skip
    pairs: set[tuple[int, int]] = set()
    for n in range(programmes):
        if n % 20 == 0:
            second = (leads[n] + 1 + chance.randrange(departments - 1)) % departments
            rows["participations"].append(
                {"programme": f"p{n}", "organisation": f"dept-{second}", "role": "co-owner"}
            )
        for body in chance.sample(bodies, chance.randint(1, 3)):
            rows["participations"].append({"programme": f"p{n}", "organisation": body, "role": "delivers"})
        for _ in range(5):
            near = by_theme[themes[n]] if chance.random() < 0.6 else by_department[leads[n]]
            other = chance.choice(near) if chance.random() < 0.95 else chance.randrange(programmes)
            if other != n:
                pairs.add((min(n, other), max(n, other)))
        if n:
            # A few wait for a later one too, which makes rings.
            rows["dependencies"].append(
                {"dependent": f"p{n}", "provider": f"p{chance.randrange(max(0, n - 300), n)}", "kind": "data", "criticality": "3",
                 "milestone": "", "needed_by": ""}
            )  # fmt: skip
            if n % 50 == 0:
                rows["dependencies"].append(
                    {"dependent": f"p{n - 1}", "provider": f"p{n}", "kind": "data", "criticality": "2",
                     "milestone": f"m{n}", "needed_by": day(400)}
                )  # fmt: skip
                rows["milestones"].append(
                    {"id": f"m{n}", "name": f"Milestone {n}", "programme": f"p{n}", "due": day(380)}
                )
                rows["milestone_reports"].append(
                    {
                        "milestone": f"m{n}",
                        "reported_on": day(290),
                        "status": "at-risk",
                        "expected_on": day(390),
                    }
                )
    rows["ties"] = [
        {"between": f"p{a}", "and": f"p{b}", "kind": ("joint-board", "joint-delivery")[(a + b) % 2]}
        for a, b in sorted(pairs)
    ]
    for n in range(barriers):
        rows["barriers"].append(
            {"id": f"b{n}", "name": f"{words(5)[:-1]} {n}", "type": _TYPES[n % len(_TYPES)], "held_by": f"dept-{n % departments}",
             "identified_on": day(chance.randrange(200)), "removed_on": day(200) if n % 25 == 24 else ""}
        )  # fmt: skip
        rows["levers"].append(
            {"id": f"lever{n}", "name": f"Lever {n}", "holder": chance.choice(bodies), "barriers": f"b{n}", "told_on": day(295) if n % 2 else ""}
        )  # fmt: skip
        rows["recommendations"].append(
            {"id": f"r{n}", "name": words(9), "deep_dive": f"dive{n % (departments * 2)}", "barriers": f"b{n}", "findings": ""}
        )  # fmt: skip
        for a in range(2):
            done = (n + a) % 2 == 0
            rows["actions"].append(
                {"id": f"a{n}-{a}", "name": words(7), "recommendation": f"r{n}", "owner": chance.choice(bodies), "agreed_on": day(240),
                 "due": day(250 + n % 90), "status": "done" if done else "open", "completed_on": day(282) if done else ""}
            )  # fmt: skip
            rows["follow_ups"].append(
                {"action": f"a{n}-{a}", "on": day(290), "status": "done" if done else "open"}
            )
    interviews = max(programmes, findings // 10)
    for i in range(interviews):
        rows["interviews"].append(
            {"id": f"i{i}", "held_on": day(200 + i % 100), "level": chance.choice(_LEVELS), "organisation": chance.choice(bodies),
             "deep_dive": f"dive{i % (departments * 2)}", "programmes": f"p{i % programmes}", "marking": "official"}
        )  # fmt: skip
    # Barrier n is met about as often as 1 / (n + 3): the first few are everywhere.
    weights = [1 / (n + 3) for n in range(barriers)]
    met = [chance.choices(range(barriers), weights, k=chance.randint(1, 9)) for _ in range(programmes)]
    for f in range(findings):
        i = f % interviews
        p = i % programmes
        rows["findings"].append(
            {"id": f"f{f}", "programme": f"p{p}", "barrier": f"b{chance.choice(met[p])}", "stance": "disputes" if f % 11 == 10 else "supports",
             "severity": str(1 + f % 5), "interview": f"i{i}", "summary": _WORDS[f % len(_WORDS)]}
        )  # fmt: skip
    return rows


def write(folder: Path, programmes: int) -> None:
    """Write the tables as CSV files."""
    write_rows(folder, tables(programmes))


def write_rows(folder: Path, rows_of: dict[str, list[Row]]) -> None:
    """Write rows as one CSV file for each table that has any."""
    for name, rows in ((name, rows) for name, rows in rows_of.items() if rows):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def statements(programmes: int) -> set[ox.Triple]:
    """The statements that loading the tables would make."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, programmes)
        store = open_store("memory")
        graphs, _ = check_rows(store.dataset(), store.base, reader(store, [folder], None)(), "official")
    return {quad.triple for quads in graphs.values() for quad in quads}


def spoil(good: set[ox.Triple], programmes: int, every: int) -> tuple[set[ox.Triple], set[tuple[str, str]]]:
    """Statements with ten things wrong about each programme whose number divides by `every`.

    The second value names them, as shape and IRI.
    """
    out = set(good)
    wrong: set[tuple[str, str]] = set()
    values = _values(good)

    def put(thing: ox.NamedNode, says: str, *new: ox.NamedNode | ox.Literal, besides: bool = False) -> None:
        if not besides:
            out.difference_update(values.get((thing.value, says), ()))
        out.update(ox.Triple(thing, ox.NamedNode(says), value) for value in new)

    for n in range(0, programmes, every):
        programme, body = iri("programme", f"p{n}"), iri("organisation", f"spare-{n}")
        interview, finding = iri("interview", f"i{n}-0"), iri("finding", f"f{n}-0")
        barrier, action = iri("barrier", f"b{n}-1"), iri("action", f"a{n}")
        put(programme, str(SKOS.prefLabel))
        put(body, str(ORG.subOrganizationOf), body)
        put(interview, str(JU.heldOn), ox.Literal("spring", datatype=ox.NamedNode(str(XSD.date))))
        put(interview, str(JU.intervieweeRole), ox.Literal("tutor, 020 7946 0958"))
        put(finding, str(JU.severity), ox.Literal(6))
        put(finding, str(JU.excerpt), ox.Literal("Write to tutor@college.example"))
        put(barrier, str(JU.removedOn), ox.Literal("2012-01-01", datatype=ox.NamedNode(str(XSD.date))))
        put(barrier, str(JU.heldBy))
        put(barrier, str(JU.blocks), iri("programme", f"p{n + 1}"), besides=True)
        put(action, str(JU.owner), body, besides=True)
        wrong |= {
            ("Label", programme.value), ("OrganisationHierarchy", body.value), ("InterviewDay", interview.value),
            ("ContactDetails", interview.value), ("FindingSeverity", finding.value), ("ContactDetails", finding.value),
            ("BarrierDays", barrier.value), ("BarrierLever", barrier.value), ("BarrierBlocks", barrier.value),
            ("ActionOwner", action.value),
        }  # fmt: skip
    return out, wrong


def iri(segment: str, name: str) -> ox.NamedNode:
    """The IRI of a thing of the tables."""
    return ox.NamedNode(f"{DEFAULT_BASE}/id/{segment}/{name}")


def _values(triples: set[ox.Triple]) -> dict[tuple[str, str], list[ox.Triple]]:
    found: dict[tuple[str, str], list[ox.Triple]] = {}
    for triple in triples:
        if isinstance(triple.subject, ox.NamedNode):
            found.setdefault((triple.subject.value, triple.predicate.value), []).append(triple)
    return found
