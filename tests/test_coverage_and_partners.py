"""Evidence coverage and partner concentration: hand-counted, and against published figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.evidence_coverage import chao2, evidence_coverage, saturation
from graph.analyses.partner_concentration import concentration, partner_concentration, shares_of
from graph.dataset import Dataset

Loaded = Callable[..., Dataset]

COVERAGE = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,local-authority\n",
    "programmes": "id,name,lead\np,P,a\n",
    "barriers": "id,name\nw,W\nx,X\ny,Y\nz,Z\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\n"
    "i1,2014-01-01,local,b,p,official\ni2,2014-01-02,local,b,p,official\ni3,2014-01-03,local,,p,official\n"
    "i4,2014-01-04,local,a,p,official\nc1,2014-01-05,centre,a,p,official\nlate,2014-02-01,local,b,p,official\n",
    # local: w in i1 and i2 and i4, x in i1, y in i3 (twice), z in late; centre: w
    "findings": "id,programme,barrier,stance,severity,interview,summary\n"
    "1,p,w,supports,3,i1,S\n2,p,w,disputes,3,i2,S\n3,p,w,supports,3,i4,S\n4,p,x,supports,3,i1,S\n"
    "5,p,y,supports,3,i3,S\n6,p,y,supports,2,i3,S\n7,p,z,supports,3,late,S\n8,p,w,supports,3,c1,S\n",
}


def test_each_level_is_counted_by_hand_and_one_without_interviews_is_shown(loaded: Loaded) -> None:
    result = evidence_coverage(loaded(**COVERAGE), base=2, run=1, as_of=date(2014, 1, 31))
    rows = {row.level.label: row for row in result.rows}
    assert list(rows) == ["Minister", "Centre", "Region", "Local", "Front line", "Service user"]
    local = rows["Local"]
    assert (local.interviews, local.organisations, local.barriers, local.only_here) == (4, 2, 3, 2)
    # i4 adds nothing to i1-i3; the base i1, i2 gave w and x
    assert local.new_ratio == 0
    # m = 4, Q1 = 2 (x and y), Q2 = 0: 3/4 * 2 * 1 / 2
    assert local.unheard == pytest.approx(0.75)
    assert local.coverage == pytest.approx(3 / 3.75)
    assert (rows["Minister"].interviews, rows["Minister"].unheard, rows["Minister"].new_ratio) == (
        0,
        None,
        None,
    )
    assert rows["Centre"].new_ratio is None
    assert "5 interviews spoke of 3 standing barriers" in result.summary
    assert "minister, region, front line, service user" in result.summary


def test_a_new_barrier_in_the_last_interview_shows_as_not_saturated(loaded: Loaded) -> None:
    local = next(
        r for r in evidence_coverage(loaded(**COVERAGE), base=2, run=1).rows if r.level.label == "Local"
    )
    assert local.new_ratio == pytest.approx(1 / 2)


def test_chao2_is_that_of_the_worked_example_of_its_inventor() -> None:
    # Q1 = 26, Q2 = 15 in m = 15 samples: bias-corrected 14/15 * 26 * 25 / (2 * 16)
    samples: list[set[str]] = [set() for _ in range(15)]
    for n in range(26):
        samples[n % 15].add(f"once{n}")
    for n in range(15):
        samples[n].add(f"twice{n}")
        samples[(n + 1) % 15].add(f"twice{n}")
    assert chao2([frozenset(s) for s in samples]) == pytest.approx(14 / 15 * 26 * 25 / 32)


@given(st.lists(st.frozensets(st.sampled_from("abcdef")), max_size=12))
def test_nothing_is_unheard_where_everything_was_heard_twice_and_order_does_not_matter(
    interviews: list[frozenset[str]],
) -> None:
    assert chao2(interviews) == chao2(interviews[::-1])
    doubled = chao2(interviews * 2)
    assert doubled in (None, 0)
    ratio = saturation(interviews, 2, 1)
    assert ratio is None or ratio >= 0


PARTNERS = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\n"
    "firm,Firm,company\nfund,Fund,charity\nold,Old,company\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\nr,R,b\nnone,None,a\n",
    "participations": "programme,organisation,role,share,from,until\np,firm,delivers,0.75,,\np,fund,delivers,0.25,,\n"
    "q,firm,delivers,,,\nr,firm,delivers,,,\nr,fund,delivers,0.5,,\nq,old,delivers,,,2013-12-31\nq,a,funder,,,\n",
    "interviews": "id,held_on,level,marking\ni,2014-01-01,local,official\n",
}


def test_shares_are_as_stated_or_equal_parts_and_what_has_ended_is_gone(loaded: Loaded) -> None:
    result = partner_concentration(loaded(**PARTNERS), min_departments=1)
    firm, fund = result.rows
    assert (firm.partner.label, firm.programmes, firm.departments, firm.alone) == ("Firm", 3, 2, 1)
    # p 3/4, q whole, r half as only one share is stated: (0.75 + 1 + 0.5) / 3
    assert (firm.share, fund.share) == (pytest.approx(0.75), pytest.approx(0.25))
    assert "as spread as 1.6 equal ones" in result.summary
    assert any("For 2 of 3 programmes" in c for c in result.caveats)
    assert any("For 1 of 4 programmes no partner" in c for c in result.caveats)
    assert [r.partner.label for r in partner_concentration(loaded(**PARTNERS), as_of=date(2013, 6, 1), min_departments=0).rows] == ["Firm", "Fund", "Old"]  # fmt: skip


def test_the_index_is_one_for_one_partner_and_one_over_n_for_n_alike() -> None:
    assert concentration([1.0]) == (1.0, None, 1.0)
    index, normalised, effective = concentration([0.25] * 4) or (0, 0, 0)
    assert (index, normalised, effective) == (pytest.approx(0.25), pytest.approx(0), pytest.approx(4))
    assert concentration([]) is None


@given(
    st.dictionaries(
        st.sampled_from("pqr"),
        st.dictionaries(st.sampled_from("abc"), st.none() | st.floats(0, 1), min_size=1),
        min_size=1,
    )
)
def test_the_shares_of_all_partners_make_one(stated: dict[str, dict[str, float | None]]) -> None:
    shares, guessed = shares_of(stated)
    assert sum(shares.values()) == pytest.approx(1)
    assert guessed <= len(stated)


def test_the_example_has_an_answer_to_both(example: Dataset) -> None:
    assert partner_concentration(example).rows and evidence_coverage(example).rows[0].interviews > 0
