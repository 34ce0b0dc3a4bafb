"""Corroboration: what counts as one source, counted by hand; disputes stand beside and are never taken off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.corroboration import Corroboration, corroboration, independent_sources
from graph.analyses.shared_blockers import shared_blockers
from graph.dataset import Dataset
from graph.errors import BadParameter

Loaded = Callable[..., Dataset]

EVIDENCE = {
    "organisations": "id,name,kind\na,Department A,ministerial-department\ncollege,College,education\ncouncil,Council,local-authority\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,a\n",
    "barriers": "id,name\nwait,Long waits\nforms,Long forms\nshown,Seen in data alone\ndoubted,Only doubted\n",
    "datasets": "id,name\nreturns,Returns\nsurvey,Survey\n",
    "visits": "id,held_on,organisations\nv,2014-01-10,college;council\n",
    "interviews": "id,held_on,level,organisation,visit,programmes,marking\n"
    "i1,2014-01-10,local,college,v,p,official\ni2,2014-01-10,front-line,council,v,p,official\n"
    "i3,2014-01-22,front-line,council,,p,official\ni4,2014-01-18,service-user,,,q,official\n",
    # wait: i1 twice and i2 on one visit, and i4; i3 and the returns dispute it; the survey shows it
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    "1,p,wait,supports,3,i1,,S\n2,p,wait,supports,3,i1,,S\n3,p,wait,supports,3,i2,,S\n4,q,wait,supports,3,i4,,S\n"
    "5,p,wait,disputes,3,i3,,S\n6,p,wait,disputes,3,,returns,S\n7,p,wait,supports,3,,survey,S\n"
    "8,p,forms,supports,3,i3,,S\n9,p,shown,supports,3,,survey,S\n10,q,shown,supports,3,,survey,S\n"
    "11,p,doubted,disputes,3,i3,,S\n",
    # the department contested finding 1 to the end; the college contested 4 and then accepted it
    "tests": "finding,organisation,tested_on,result\n1,a,2014-01-19,contested\n4,college,2014-01-19,contested\n"
    "4,college,2014-01-20,accepted\n5,council,2014-01-20,contested\n",
}


def by_name(dataset: Dataset, **asked: object) -> dict[str, Corroboration]:
    return {row.barrier.label: row for row in corroboration(dataset, **asked).rows}


def test_sources_are_counted_by_hand(loaded: Loaded) -> None:
    row = by_name(loaded(**EVIDENCE))["Long waits"]
    # i1 and i2 were met on one visit; i4 has nothing in common with them
    assert (row.programmes, row.independent, row.per_source) == (2, 2, 1.0)
    assert (row.interviews, row.organisations, row.levels, row.datasets) == (3, 2, 3, 1)
    assert (row.strength, row.latest) == ("strong", date(2014, 1, 18))


def test_what_speaks_against_it_stands_beside_and_the_last_word_of_whom_it_was_put_to_counts(
    loaded: Loaded,
) -> None:
    row = by_name(loaded(**EVIDENCE))["Long waits"]
    assert [(a.source.label, a.kind) for a in row.against] == [
        ("Interview i3", "interview"), ("Returns", "data"), ("Department A", "contested"),
    ]  # fmt: skip


def test_what_rests_on_least_comes_first_and_what_is_only_disputed_is_left_out(loaded: Loaded) -> None:
    result = corroboration(loaded(**EVIDENCE))
    # no interview at all; then one programme for each source twice, of which the first has more programmes
    assert [(r.barrier.label, r.programmes, r.independent, r.per_source) for r in result.rows] == [
        ("Seen in data alone", 2, 0, None),
        ("Long waits", 2, 2, 1.0),
        ("Long forms", 1, 1, 1.0),
    ]
    assert result.of == 3
    assert result.summary.startswith("2 of 3 barriers rest on one independent interview or none.")
    assert (
        "1 of these barriers is called strong and has fewer than three independent interviews."
        in result.caveats
    )
    assert (
        "1 of these barriers is disputed by an interview or by data, or contested: read both sides."
        in result.caveats
    )
    assert "1 barrier that findings only dispute is left out." in result.caveats


def test_one_edge_is_asked_for_by_barrier_and_programme(loaded: Loaded) -> None:
    dataset = loaded(**EVIDENCE)
    row = by_name(dataset, barrier="wait", programme="q")["Long waits"]
    assert (row.programmes, row.independent, row.strength) == (1, 1, "single-source")
    assert row.against == []
    assert list(by_name(dataset, barrier="Long forms")) == ["Long forms"]
    assert by_name(dataset, barrier="forms", programme="q") == {}
    with pytest.raises(BadParameter, match="barrier: "):
        corroboration(dataset, barrier="nothing-of-the-kind")


def test_later_interviews_and_tests_are_not_known_on_an_earlier_day(loaded: Loaded) -> None:
    rows = by_name(loaded(**EVIDENCE), as_of=date(2014, 1, 10))
    assert (rows["Long waits"].interviews, rows["Long waits"].independent) == (2, 1)
    assert [a.source.label for a in rows["Long waits"].against] == ["Returns"], (
        "data without a day counts always"
    )
    assert "Long forms" not in rows


def test_a_level_and_a_department_narrow_it(loaded: Loaded) -> None:
    dataset = loaded(**EVIDENCE)
    assert by_name(dataset, level="front-line")["Long waits"].interviews == 1
    assert by_name(dataset, department="a").keys() == by_name(dataset).keys()


def test_an_empty_graph_has_no_rows(loaded: Loaded) -> None:
    result = corroboration(loaded(organisations="id,name\nx,X\n"))
    assert (result.rows, result.of, result.caveats) == ([], 0, [])
    assert result.summary == "No standing barrier is supported by a finding."


Spoken = tuple[str, str | None, str | None]


def independent(interviews: Sequence[Spoken], visits: Mapping[str, str], barrier: str = "b") -> int:
    """How many independent sources one barrier has, given interviews with their organisations and levels."""
    rows = [(barrier, *interview, visits.get(interview[0])) for interview in interviews]
    columns = dict.fromkeys(("barrier", "source", "organisation", "level", "visit"), pl.String)
    return independent_sources(pl.DataFrame(rows, columns, orient="row")).get(barrier, 0)


def one_by_one(interviews: Sequence[Spoken], visits: Mapping[str, str]) -> int:
    """The same by joining the groups of one interview after the other."""
    groups: list[set[object]] = []
    for interview, organisation, level in interviews:
        own: set[object] = {interview, (organisation, level) if organisation and level else interview}
        own |= {("visit", visits[interview])} if interview in visits else set()
        groups = [g for g in groups if g.isdisjoint(own)] + [own.union(*(g for g in groups if g & own))]
    return len(groups)


def test_interviews_are_joined_by_a_visit_and_by_a_level_of_an_organisation_throughout() -> None:
    interviews = [
        ("1", "college", "local"),
        ("2", "council", "front-line"),  # on the visit of 1
        ("3", "council", "front-line"),  # where 2 was held, on another day
        ("4", "council", "local"),  # another level
        ("5", None, "service-user"),
        ("6", None, "service-user"),  # two users are not one for want of an organisation
    ]
    assert independent(interviews, {"1": "v", "2": "v"}) == 4
    assert independent(interviews, {}) == 5
    assert independent([], {}) == 0


spoken = st.lists(
    st.tuples(
        st.sampled_from("123456"), st.sampled_from(["x", "y", None]), st.sampled_from(["l", "m", None])
    ),
    unique_by=lambda each: each[0],
)


@given(spoken, st.dictionaries(st.sampled_from("123456"), st.sampled_from("vw")))
def test_there_are_never_more_sources_than_interviews_and_a_visit_only_joins(
    interviews: list[tuple[str, str | None, str | None]], visits: dict[str, str]
) -> None:
    sources = independent(interviews, visits)
    assert sources == one_by_one(interviews, visits)
    assert bool(interviews) <= sources <= len(interviews)
    assert sources <= independent(interviews, {})
    assert sources == independent(interviews[::-1], visits)


def test_the_example_agrees_with_shared_blockers_and_rests_on_least_where_its_readme_says(
    example: Dataset,
) -> None:
    rows = corroboration(example).rows
    others = {r.barrier: r for r in shared_blockers(example, min_departments=1).rows}
    assert {r.barrier: (r.programmes, r.interviews, r.organisations, r.levels) for r in rows} == {
        b: (r.programmes, r.interviews, r.organisations, r.levels) for b, r in others.items()
    }
    assert rows[0].barrier.iri.endswith("/record-check-wait") and rows[0].independent == 1
    late = next(r for r in rows if r.barrier.iri.endswith("/late-figures"))
    assert (late.interviews, late.independent) == (16, 15)
