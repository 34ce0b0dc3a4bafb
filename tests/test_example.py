"""The shipped examples: that they load, hold what they say they hold, and can be listed and looked up."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound
from graph.evidence import evidence
from graph.ingest.load import load
from graph.ingest.values import BadValue, Text
from graph.listing import KINDS, how_many, listing
from graph.store import Store, open_store
from graph.things import describe, evidence_for

BASE = "https://joinedup.example/id"
GAPS = [
    ("programmes.csv", 4),
    ("programmes.csv", 19),
    *(("recommendations.csv", row) for row in (10, 13, 13)),
]
"""Two programmes with two leads, two recommendations without an action, one that asks nobody: the README tells of them."""


@pytest.fixture(scope="module")
def both(example_folder: Path) -> Store:
    store = open_store("memory")
    report = load(store, [example_folder.parent / "major-projects", example_folder])
    assert [(w.file, w.row) for w in report.warnings] == GAPS
    return store


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- What is in it ----------------------------------------------------------------------------


def test_the_example_loads_with_the_warnings_of_its_gaps_and_holds_what_its_readme_counts(
    example_folder: Path,
) -> None:
    store = open_store("memory")
    report = load(store, [example_folder])
    assert [(w.file, w.row) for w in report.warnings] == GAPS
    loaded = {
        name: n for source in report.sources for name, n in source.rows.items() if name != "participations"
    }
    text = " ".join((example_folder / "README.md").read_text(encoding="utf-8").split())
    counted = re.search(
        r"(\d+) interviews at all six levels, (\d+) findings \((\d+) of them from (\d+) made-up datasets\), (\d+) barriers, "
        r"(\d+) programmes, (\d+) departments, (\d+) partners, (\d+) deep dives, (\d+) recommendations, (\d+) actions", text
    )  # fmt: skip
    assert counted
    (others,) = re.findall(r"With them come (.*?), as invented", text)
    beside = {
        re.sub("[ -]", "_", name): int(n) for n, name in re.findall(r"(\d+) ([a-z -]+?)(?=,| and |$)", others)
    }
    assert len(beside) == 18
    (
        interviews,
        findings,
        desk,
        datasets,
        barriers,
        programmes,
        departments,
        partners,
        dives,
        advice,
        actions,
    ) = map(int, counted.groups())
    assert loaded == {
        "interviews": interviews, "findings": findings, "datasets": datasets, "barriers": barriers, "programmes": programmes,
        "organisations": departments + partners, "deep_dives": dives, "recommendations": advice, "actions": actions,
        **beside,
    }  # fmt: skip
    assert sum(bool(row["dataset"]) for row in rows(example_folder, "findings")) == desk
    assert {row["level"] for row in rows(example_folder, "interviews")} == {
        "minister", "centre", "region", "local", "front-line", "service-user",
    }  # fmt: skip


def test_both_examples_load_together_and_share_ten_programmes(both: Store, example_folder: Path) -> None:
    dataset = both.dataset()
    assert sum(1 for row in dataset.select("kinds") if row["type"].endswith("#Programme")) == 199 + 22 - 10
    folders = (example_folder, example_folder.parent / "major-projects")
    one, other = ({row["id"] for row in rows(folder, "programmes")} for folder in folders)
    assert len(one & other) == 10
    for shared in one & other:
        sources = {
            value.text.split("/")[0] for value in describe(dataset, f"{BASE}/programme/{shared}").sources
        }
        assert sources == {"deep-dive", "major-projects"}


def test_the_example_names_nobody(example_folder: Path) -> None:
    careful = Text(confidential=True)
    for path in sorted(example_folder.glob("*.csv")):
        for row in rows(example_folder, path.stem):
            for value in row.values():
                try:
                    careful.read(value or "")
                except BadValue as bad:
                    pytest.fail(f"{path.name}: {value}: {bad.reason}")


def test_ids_of_interviews_and_of_what_was_said_give_nothing_away(example_folder: Path) -> None:
    for name in ("interviews", "findings", "visits", "excerpts"):
        for row in rows(example_folder, name):
            assert re.fullmatch(r"[a-z]\d[a-z]\d[a-z]?", row["id"]), row["id"]


def test_interviews_are_never_public(example_folder: Path) -> None:
    assert {row["marking"] for row in rows(example_folder, "interviews")} <= {"official", "sensitive"}


# --- Its stories ------------------------------------------------------------------------------


def test_no_interview_of_the_centre_or_a_ministers_office_speaks_of_the_same_facts_again(
    example: Dataset,
) -> None:
    findings = [f for f in evidence(example).findings if f.barrier.endswith("/same-facts-again")]
    levels = {(f.level or "").rsplit("/", 1)[-1] for f in findings}
    assert levels == {"local", "front-line", "service-user"}
    assert len({f.source for f in findings if f.interview}) == 13


def test_what_is_freed_by_removing_barriers_is_as_its_readme_tells(example: Dataset) -> None:
    """A programme is free when all its barriers are gone: the most shared barrier frees none alone."""
    holds: dict[str, set[str]] = {}
    for finding in evidence(example).findings:
        if finding.supports:
            holds.setdefault(finding.programme, set()).add(finding.barrier.rsplit("/", 1)[1])
    barriers = sorted(set().union(*holds.values()))
    freed = {
        frozenset((a, b)): {p for p, needed in holds.items() if needed <= {a, b}}
        for a in barriers
        for b in barriers
    }
    assert freed[frozenset(["late-figures"])] == set()
    assert freed[frozenset(["late-figures", "late-money"])] == set()
    best = max(len(programmes) for programmes in freed.values())
    assert [pair for pair, programmes in freed.items() if len(programmes) == best] == [
        frozenset(["rival-offers", "late-money"])
    ]
    assert best == 3


def test_actions_are_overdue_and_done_as_its_readme_tells(example_folder: Path) -> None:
    actions = rows(example_folder, "actions")
    overdue = [a["id"] for a in actions if a["status"] == "open" and a["due"] <= "2014-06-30"]
    assert len(overdue) == 5
    done = {a["id"]: a["completed_on"] for a in actions if a["status"] == "done"}
    held = {i["id"]: i["held_on"] for i in rows(example_folder, "interviews")}
    later = {
        f["interview"]
        for f in rows(example_folder, "findings")
        if f["barrier"] == "late-figures"
        and f["interview"]
        and held[f["interview"]] > done["first-monthly-figures"]
    }
    assert len(later) == 3


def test_no_recommendation_follows_the_front_line_and_seven_barriers_have_none(example_folder: Path) -> None:
    advice = rows(example_folder, "recommendations")
    assert "front-line" not in {r["principle"] for r in advice}
    addressed = {b for r in advice for b in r["barriers"].split(";")}
    assert len({b["id"] for b in rows(example_folder, "barriers")} - addressed) == 7


def test_one_deep_dive_ran_late_from_its_fieldwork_on_and_the_others_kept_their_days(
    example_folder: Path,
) -> None:
    late = [
        (row["deep_dive"], row["phase"])
        for row in rows(example_folder, "phases")
        if row["until"] > row["planned_end"]
    ]
    assert late == [
        ("broadband-in-hard-places", phase)
        for phase in ("fieldwork", "emerging-findings", "report", "actions")
    ]


def test_fieldwork_holds_every_interview_of_its_deep_dive(example_folder: Path) -> None:
    days = {
        r["deep_dive"]: (r["from"], r["until"])
        for r in rows(example_folder, "phases")
        if r["phase"] == "fieldwork"
    }
    for row in rows(example_folder, "interviews"):
        first, last = days[row["deep_dive"]]
        assert first <= row["held_on"] <= last, row["id"]


def test_one_organisation_changed_its_mind_and_one_has_not_agreed(example_folder: Path) -> None:
    states = rows(example_folder, "buy_ins")
    lender = [row["state"] for row in states if row["organisation"] == "mortgage-lender"]
    assert lender == ["refused", "bought-in"]
    assert [row["organisation"] for row in states if row["state"] == "not-yet"] == [
        "inspectorate-of-schools-and-nurseries"
    ]


def test_visits_are_joint_but_never_of_education_and_health_and_fit_their_interviews(
    example_folder: Path,
) -> None:
    visits = {row["id"]: row for row in rows(example_folder, "visits")}
    joint = [set(row["joint_with"].split(";")) for row in visits.values() if row["joint_with"]]
    assert (len(visits), len(joint), sum(len(names) == 2 for names in joint)) == (15, 12, 3)
    assert not any({"department-for-education", "department-of-health"} <= names for names in joint)
    for interview in rows(example_folder, "interviews"):
        if visit := visits.get(interview["visit"]):
            for column, of_visit in (("held_on", "held_on"), ("organisation", "organisations")):
                assert interview[column] == visit[of_visit], interview["id"]


def test_everybody_gave_consent_and_no_place_gives_a_person_away(example_folder: Path) -> None:
    interviews = rows(example_folder, "interviews")
    assert {row["consent"] for row in interviews} == {"given"}
    assert {row["level"] for row in interviews if row["area"]} == {"local", "front-line"}
    assert all(row["organisation"] for row in interviews if row["area"])


def test_two_milestones_are_at_risk_because_what_they_wait_for_comes_after_the_day_it_is_needed(
    example_folder: Path,
) -> None:
    newest = {row["milestone"]: row for row in rows(example_folder, "milestone_reports")}
    own = {row["id"]: row["programme"] for row in rows(example_folder, "milestones")}
    waiting = {
        row["dependent"]
        for row in rows(example_folder, "dependencies")
        if row["milestone"] and newest[row["milestone"]]["expected_on"] > row["needed_by"]
    }
    assert waiting == {"two-year-old-childcare", "rural-community-broadband-fund"}
    at_risk = {name for name, row in newest.items() if row["status"] == "at-risk"}
    assert {name for name in at_risk if own[name] in waiting} == {"places-for-all", "first-village-contracts"}
    assert at_risk == {"places-for-all", "first-village-contracts", "names-each-term", "first-thirty-masts"}


def test_one_commitment_has_no_programme_and_five_levers_were_never_told(example_folder: Path) -> None:
    assert [r["id"] for r in rows(example_folder, "commitments") if not r["programmes"]] == [
        "one-number-to-call"
    ]
    untold = [r["barriers"] for r in rows(example_folder, "levers") if not r["told_on"]]
    assert len(untold) == 5
    assert "record-check-wait" in untold


def test_findings_that_were_tested_were_accepted_contested_or_amended(example_folder: Path) -> None:
    results = Counter(row["result"] for row in rows(example_folder, "tests"))
    assert results == {"accepted": 8, "contested": 5, "amended": 3}


def test_the_words_that_findings_quote_are_of_the_interview_they_come_from(example_folder: Path) -> None:
    excerpts = {row["id"]: row for row in rows(example_folder, "excerpts")}
    quoting = [row for row in rows(example_folder, "findings") if row["quotes"]]
    assert {row["quotes"] for row in quoting} == {id for id, row in excerpts.items() if not row["aim"]}
    for finding in quoting:
        excerpt = excerpts[finding["quotes"]]
        assert finding["interview"] == excerpt["interview"]
        assert int(excerpt["end"]) - int(excerpt["start"]) == len(excerpt["words"])


def test_the_newest_figures_stand_below_or_above_plan_as_its_readme_tells(example_folder: Path) -> None:
    measured = {
        (r["indicator"], r["measured_on"]): float(r["value"])
        for r in rows(example_folder, "measurements")
        if not r["area"]
    }
    ahead = {
        r["indicator"]: measured[r["indicator"], r["due"]] >= float(r["value"])
        for r in rows(example_folder, "trajectories")
        if (r["indicator"], r["due"]) in measured
    }
    assert ahead["Health visitors in post"]
    assert not ahead["Places filled"]
    assert not ahead["Seen within four hours"]


# --- Looked up and listed ---------------------------------------------------------------------


def test_a_thing_is_described_with_all_that_is_said_of_it_and_all_that_refers_to_it(example: Dataset) -> None:
    found = describe(example, f"{BASE}/barrier/record-check-wait")
    assert found.thing.label == "New staff wait months for their record check"
    facts = {
        (fact.property.label, fact.backwards): [value.text for value in fact.values] for fact in found.facts
    }
    assert facts["lever held by", False] == ["Home Office"]
    assert len(facts["blocks", False]) >= 2
    assert facts["evidences", True]
    assert [kind.label for kind in found.kinds] == ["barrier"]
    assert all("barriers.csv, row" in source.text for source in found.sources)


def test_what_does_not_exist_is_not_found(example: Dataset) -> None:
    for iri in (f"{BASE}/barrier/none", "https://x/"):
        with pytest.raises(NotFound):
            describe(example, iri)


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_listed_in_the_order_of_labels_page_by_page_without_loss(
    kind: str, both: Store
) -> None:
    dataset = both.dataset()
    every = listing(dataset, kind, per_page=1000)
    assert every.count == every.of == len(every.entries) > 0
    labels = [entry.thing.label.lower() for entry in every.entries]
    assert labels == sorted(labels)
    pages = [
        listing(dataset, kind, page=n, per_page=7)
        for n in range(1, listing(dataset, kind, per_page=7).pages + 1)
    ]
    assert [entry for page in pages for entry in page.entries] == list(every.entries)
    assert len({entry.thing.iri for entry in every.entries}) == every.of


def test_a_list_is_searched_by_every_word_and_says_how_many_of_how_many(both: Store) -> None:
    found = listing(both.dataset(), "programmes", q="broadband RURAL")
    assert [entry.thing.label for entry in found.entries] == ["Rural Community Broadband Fund"]
    assert (found.count, found.of) == (1, 211)
    assert listing(both.dataset(), "programmes", q="zebra").entries == ()


def test_programmes_are_chosen_by_the_department_that_answers_for_them(example: Dataset) -> None:
    found = listing(example, "programmes", department="hm-treasury")
    assert [entry.thing.label for entry in found.entries] == ["Help to Buy"]
    with pytest.raises(BadParameter):
        listing(example, "barriers", department="hm-treasury")


@pytest.mark.parametrize("options", [{"page": 0}, {"per_page": 0}, {"per_page": 1001}])
def test_a_page_out_of_range_is_an_error(example: Dataset, options: dict[str, Any]) -> None:
    with pytest.raises(BadParameter):
        listing(example, "barriers", **options)
    with pytest.raises(NotFound, match="Choose from programmes"):
        listing(example, "unicorns")


def test_evidence_comes_worst_first_with_the_words_and_who_said_them(example: Dataset) -> None:
    findings = [f for f in evidence(example).findings if f.barrier.endswith("/record-check-wait")]
    shown = evidence_for(example, findings)
    assert [e.finding.severity for e in shown] == sorted((f.severity for f in findings), reverse=True)
    assert all(e.summary and e.level and e.role for e in shown)
    assert shown[0].source.label.startswith("Interview ")


@pytest.mark.parametrize("kind", KINDS)
def test_how_many_there_are_is_what_the_list_says(example: Dataset, kind: str) -> None:
    assert how_many(example, kind) == listing(example, kind, per_page=1).of
    assert (
        how_many(example, kind, date(2014, 1, 31))
        == listing(example, kind, as_of=date(2014, 1, 31), per_page=1).of
    )
