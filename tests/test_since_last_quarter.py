"""Since last quarter: changes with their reasons, and how long barriers stand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.since_last_quarter import median_survival, since_last_quarter
from graph.dataset import Dataset
from graph.ingest.load import load
from graph.questions import answer
from graph.store import open_store

DAY = date(2014, 6, 30)


@pytest.fixture(scope="module")
def golden() -> Dataset:
    store = open_store("memory")
    load(store, [Path(__file__).parent.parent / "ontology" / "questions" / "golden"])
    return store.dataset()


def test_each_change_of_the_quarter_stands_once_with_all_its_reasons_newest_first(golden: Dataset) -> None:
    result = since_last_quarter(golden, as_of=DAY)
    rows = [(r.day.isoformat(), r.change, r.thing.label, len(r.because)) for r in result.rows]
    assert rows == [
        ("2014-06-25", "barrier removed", "No fast lines", 1),
        ("2014-06-20", "action done", "Sign with the schools", 1),
        ("2014-06-20", "barrier found", "Nobody says what it is for", 1),
        ("2014-06-20", "milestone reported", "The register is open", 1),
        ("2014-06-15", "milestone reported", "Every clinic sends its list", 1),
        ("2014-06-10", "barrier back", "Staff cannot see who is eligible", 2),
        ("2014-06-10", "barrier found", "No fast lines", 1),
        ("2014-06-10", "milestone reported", "A line to every college", 1),
        ("2014-05-31", "rating given", "Nursery places", 1),
        ("2014-05-30", "action done", "Send the list to clinics", 1),
        ("2014-05-06", "barrier found", "Too many forms", 2),
        ("2014-04-23", "barrier found", "Staff cannot see who is eligible", 2),
    ]
    # found to removed, or to the day: 68, 425, 55, 10, 15 gone, 720 gone
    assert "After 2014-03-31: 4 barriers found, 3 milestones reported, 2 actions done" in result.summary


@pytest.mark.parametrize("since", [date(2012, 1, 1), date(2014, 3, 31), date(2014, 6, 15)])
@pytest.mark.parametrize("day", [date(2014, 4, 30), DAY])
def test_its_rows_and_reasons_are_those_of_question_23(
    golden: Dataset, example: Dataset, since: date, day: date
) -> None:
    for dataset in (golden, example):
        asked = {
            (row["day"], row["change"], row["thing"], row.get("because", ""))
            for row in answer(dataset, 23, day, since=since).rows
        }
        found = {
            (r.day.isoformat(), r.change, r.thing.iri, because)
            for r in since_last_quarter(dataset, as_of=day, since=since).rows
            if r.change != "barrier back"  # which question 22 tells
            for because in [reason.because.iri for reason in r.because] or [""]
        }
        named = {
            row[:3] for row in asked if row[3]
        }  # one row without a reason beside others tells nothing more
        assert found == {row for row in asked if row[3] or row[:3] not in named}


def test_another_day_to_start_from_can_be_asked_for(golden: Dataset) -> None:
    rows = since_last_quarter(golden, as_of=DAY, since=date(2014, 6, 15)).rows
    assert min(r.day for r in rows) == date(2014, 6, 20)


def test_the_median_is_that_of_the_trial_that_textbooks_use() -> None:
    # Freireich et al. 1963: weeks of remission under 6-MP (censored: False) and under placebo; medians 23 and 8
    drug = [(6, True)] * 3 + [
        (6, False),
        (7, True),
        (9, False),
        (10, True),
        (10, False),
        (11, False),
        (13, True),
    ]
    drug += [
        (16, True),
        (17, False),
        (19, False),
        (20, False),
        (22, True),
        (23, True),
        (25, False),
        (32, False),
    ]
    drug += [(32, False), (34, False), (35, False)]
    placebo = [(w, True) for w in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)]
    assert (median_survival(drug), median_survival(placebo)) == (23, 8)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=20))
def test_with_nothing_left_out_it_is_the_plain_median_and_with_nothing_gone_there_is_none(
    lives: list[tuple[int, bool]],
) -> None:
    days = sorted(d for d, _ in lives)
    gone = median_survival([(d, True) for d in days])
    assert gone == (days[(len(days) - 1) // 2] if days else None)
    assert median_survival([(d, False) for d in days]) is None
