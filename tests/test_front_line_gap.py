"""Front-line gap: shares, intervals and tests, by hand and from the literature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import permutations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.front_line_gap import front_line_gap, newcombe, odds_ratio
from graph.dataset import Dataset

Loaded = Callable[..., Dataset]

TABLES = {
    "organisations": "id,name,kind\na,A,ministerial-department\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,a\n",
    "barriers": "id,name,removed_on\nx,X,\ny,Y,\nz,Z,\ngone,Gone,2014-01-01\n",
    "interviews": "id,held_on,level,programmes,marking\n"
    + "".join(f"f{n},2014-02-0{n},front-line,p,official\n" for n in range(1, 5))
    + "u1,2014-02-05,service-user,p,official\nm1,2014-02-06,minister,p,official\n"
    + "c1,2014-02-06,centre,p,official\nc2,2014-02-07,centre,p,official\nl1,2014-02-07,local,p,official\n"
    + "late,2014-03-01,front-line,p,official\n",
    # x: three of five below (one twice), none of three above; y: one below, two above and one above disputes;
    # z: a local manager alone, who is on neither side, and nobody else; gone: removed
    "findings": "id,programme,barrier,stance,severity,interview,summary\n"
    "1,p,x,supports,3,f1,S\n2,q,x,supports,3,f1,S\n3,p,x,supports,3,f2,S\n4,p,x,supports,3,u1,S\n5,p,x,disputes,3,f3,S\n"
    "6,p,y,supports,3,f4,S\n7,p,y,supports,3,m1,S\n8,p,y,supports,3,c1,S\n9,p,y,disputes,3,c2,S\n"
    "10,p,z,supports,3,l1,S\n11,p,gone,supports,3,f1,S\n12,p,x,supports,3,late,S\n",
}


def test_shares_are_of_all_interviews_of_a_side_and_an_interview_counts_once(loaded: Loaded) -> None:
    result = front_line_gap(loaded(**TABLES), as_of=date(2014, 2, 28))
    x, y = result.rows
    assert (x.barrier.label, x.front_line, x.centre, x.disputed_by_centre) == ("X", 3, 0, 0)
    assert (y.barrier.label, y.front_line, y.centre, y.disputed_by_centre) == ("Y", 1, 2, 1)
    assert x.difference == pytest.approx(3 / 5 - 0 / 3)
    assert y.difference == pytest.approx(1 / 5 - 2 / 3, abs=1e-6)
    assert (result.of, result.of_what) == (3, "standing barriers")
    # Fisher by hand: 3 of 5 and 0 of 3, tables with the same margins: C(5,k) C(3,3-k) / C(8,3)
    chances = [comb(5, k) * comb(3, 3 - k) / comb(8, 3) for k in range(4)]
    assert x.p == pytest.approx(sum(c for c in chances if c <= chances[3] * (1 + 1e-9)), abs=1e-6)
    assert x.odds_ratio == pytest.approx((3.5 * 3.5) / (2.5 * 0.5), abs=1e-6)
    assert "“X”: 3 of 5 interviews there, none of 3 at the centre" in result.summary
    assert any("fewer than 15" in caveat for caveat in result.caveats)


def test_an_interview_held_later_counts_from_its_day_on(loaded: Loaded) -> None:
    x = front_line_gap(loaded(**TABLES)).rows[0]
    assert (x.front_line, x.difference) == (4, pytest.approx(4 / 6, abs=1e-6))


def test_intervals_are_those_that_newcombe_published() -> None:
    # Newcombe 1998, table II, method 10: (a) 56/70 - 48/80, (b) 9/10 - 3/10, (e) 5/56 - 0/29, (g) 10/10 - 0/20
    for counts, interval in (
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
    ):
        assert newcombe(*counts) == pytest.approx(interval, abs=5e-5)


def test_without_interviews_on_one_side_nothing_is_compared(loaded: Loaded) -> None:
    tables = {
        **TABLES,
        "interviews": TABLES["interviews"].replace("minister", "local").replace("centre", "region"),
    }
    result = front_line_gap(loaded(**tables))
    assert "no interview with ministers or headquarters" in result.summary
    assert {(r.difference, r.low, r.high, r.odds_ratio, r.p, r.q) for r in result.rows} == {(None,) * 6}


def test_the_planted_story_of_the_example_stands_first(example: Dataset) -> None:
    top = front_line_gap(example).rows[0]
    assert top.barrier.iri.endswith("/same-facts-again")
    assert top.centre == 0
    assert top.low is not None and top.low > 0
    assert top.q is not None and top.q < 0.05


def test_the_order_of_rows_in_the_files_changes_nothing(loaded: Loaded) -> None:
    head, *rows = TABLES["findings"].strip().split("\n")
    answers = {
        str(front_line_gap(loaded(**{**TABLES, "findings": "\n".join([head, *chosen, *rows[3:]])})).rows)
        for chosen in permutations(rows[:3])
    }
    assert len(answers) == 1


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_the_interval_holds_the_difference_and_stays_within_bounds(
    n: int, m: int, data: st.DataObject
) -> None:
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    low, high = newcombe(a, n, b, m)
    assert -1 - 1e-9 <= low <= a / n - b / m + 1e-9
    assert a / n - b / m - 1e-9 <= high <= 1 + 1e-9
    assert newcombe(b, m, a, n) == pytest.approx((-high, -low))
    assert odds_ratio(a, n, b, m) * odds_ratio(b, m, a, n) == pytest.approx(1)
