"""Who answers for a programme on a day: dated, undated and seen leads, checked by hand and against the rule in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dataset import Dataset
from graph.evidence import evidence
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import JU

BASE = "https://joinedup.example/id"
ORGANISATIONS = """
    id,name,kind,parent
    a,A,ministerial-department,
    b,B,ministerial-department,
    c,C,ministerial-department,
    unit,A unit of C,executive-agency,c
"""
PROGRAMMES = "id,name\np,P"
Loaded = Callable[..., Dataset]


def answering(dataset: Dataset, *days: str) -> list[str]:
    """The departments of the programme p on each day, by the ends of their IRIs."""
    found = (evidence(dataset, date.fromisoformat(day)).departments for day in days)
    return [" ".join(sorted(d.rsplit("/", 1)[1] for d in f.get(f"{BASE}/programme/p", ()))) for f in found]


def participations(*rows: str) -> str:
    return "\n".join(["programme,organisation,role,from,until,seen_on", *(f"p,{row}" for row in rows)])


DAYS = ("2010-01-01", "2013-09-30", "2014-09-29", "2014-09-30", "2015-06-01", "2030-01-01")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["a,lead,,,2013-09-30", "b,lead,,,2014-09-30"], ["a", "a", "a", "b", "b", "b"]),
        (["a,lead,,,2013-09-30", "b,lead,,,2013-09-30; 2014-09-30"], ["a b", "a b", "a b", "b", "b", "b"]),
        (["a,lead,,,2013-09-30; 2014-09-30"], ["a"] * 6),
        (["a,lead,,,2013-09-30", "b,lead,,,2014-09-30", "c,lead,,,"], ["a c"] * 3 + ["b c"] * 3),
        (["a,lead,,,2013-09-30", "b,co-owner,,,2014-09-30"], ["a"] * 3 + ["b"] * 3),
        (["a,lead,,,2013-09-30", "b,funder,,,2014-09-30"], ["a"] * 6),
        (["a,lead,,,2013-09-30", "unit,lead,,,2014-09-30"], ["a"] * 3 + ["c"] * 3),
        (["a,lead,2014-01-01,2014-12-31,", "b,lead,,,2013-09-30"], ["b", "b", "a b", "a b", "b", "b"]),
        (["a,lead,,2014-09-29,", "b,lead,2014-09-30,,"], ["a", "a", "a", "b", "b", "b"]),
        (["a,lead,2014-09-30,,2013-09-30"], ["", "", "", "a", "a", "a"]),
        (["a,lead,2014-09-30,,2015-06-01", "b,lead,,,2013-09-30"], ["b"] * 3 + ["a b"] * 3),
    ],
    ids=[
        "moved between two lists", "two leads in one list and one in the next", "before the first list and after the last",
        "an undated one always counts", "a co-owner is seen in place of a lead", "a funder is no lead",
        "a body answers through its department", "a dated one beside a seen one", "from one to the next by dates",
        "a date says more than a day", "a dated one that was also seen makes no list",
    ],
)  # fmt: skip
def test_who_answers_on_each_day(loaded: Loaded, rows: list[str], expected: list[str]) -> None:
    dataset = loaded(organisations=ORGANISATIONS, programmes=PROGRAMMES, participations=participations(*rows))
    assert answering(dataset, *DAYS) == expected


def test_a_list_of_another_programme_says_nothing_of_this_one(loaded: Loaded) -> None:
    dataset = loaded(
        organisations=ORGANISATIONS,
        programmes="id,name\np,P\nq,Q",
        participations=participations("a,lead,,,2013-09-30") + "\nq,b,lead,,,2014-09-30",
    )
    assert answering(dataset, "2015-01-01") == ["a"]


def test_one_lead_in_two_lists_is_one_participation_with_two_days_from_two_files(tmp_path: Path) -> None:
    store = open_store("memory")
    for year in (2018, 2019):
        path = tmp_path / f"uk_{year}.csv"
        path.write_text(f"project_name,department,colour_rating,year\nRoads,DfT,Amber,{year}\n")
        load(store, [path], mapping="gmpp")
    iri = f"{BASE}/participation/department-for-transport-roads--department-for-transport--lead"
    days = {
        q.object.value: q.graph_name.value
        for q in store.dataset().about(iri)
        if q.predicate.value == str(JU.seenOn)
    }
    assert sorted(days) == ["2017-09-30", "2018-09-30"]
    assert len(set(days.values())) == 2


# --- Against the rule in words ----------------------------------------------------------------

some_days = st.integers(2010, 2014).map(lambda year: f"{year}-06-30")


@dataclass(frozen=True)
class Part:
    """One row of participations; an empty day is not known."""

    who: str
    role: str
    start: str
    end: str
    seen: tuple[str, ...]

    @property
    def dated(self) -> bool:
        return bool(self.start or self.end)

    def __str__(self) -> str:
        return f"{self.who},{self.role},{self.start},{self.end},{'; '.join(self.seen)}"


parts = st.builds(
    Part,
    st.sampled_from("abc"),
    st.sampled_from(["lead", "co-owner", "delivers"]),
    st.just("") | some_days,
    st.just("") | some_days,
    st.lists(some_days, max_size=3, unique=True).map(tuple),
).filter(lambda p: not (p.start and p.end) or p.start <= p.end)


def by_the_rule(rows: list[Part], day: str) -> set[str]:
    """Each lead and co-owner put to the question by itself, as the definition reads."""
    rows = [r for r in rows if r.role != "delivers"]
    lists = sorted(d for r in rows if not r.dated for d in r.seen)
    not_after = [d for d in lists if d <= day]
    shown = not_after[-1] if not_after else lists[0] if lists else ""

    def counts(r: Part) -> bool:
        if r.dated:
            return (not r.start or r.start <= day) and (not r.end or day <= r.end)
        return not r.seen or shown in r.seen

    return {r.who for r in rows if counts(r)}


@given(st.lists(parts, min_size=1, max_size=6, unique_by=lambda p: (p.who, p.role, p.start)), some_days)
def test_any_mixture_follows_the_rule(loaded: Loaded, rows: list[Part], day: str) -> None:
    dataset = loaded(
        organisations=ORGANISATIONS, programmes=PROGRAMMES, participations=participations(*map(str, rows))
    )
    for on in ("2009-01-01", f"{day[:4]}-06-29", day, f"{day[:4]}-07-01", "2020-01-01"):
        assert answering(dataset, on) == [" ".join(sorted(by_the_rule(rows, on)))]
