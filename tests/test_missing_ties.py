"""Missing ties: required and observed coordination of department pairs, counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from graph.analyses.missing_ties import MissingTie, missing_ties
from graph.dataset import Dataset
from graph.store import open_store

Loaded = Callable[..., Dataset]

HEAD = "id,programme,barrier,stance,severity,interview,summary\n"
TABLES = {
    "organisations": "id,name,kind,parent\na,A,ministerial-department,\nb,B,ministerial-department,\nc,C,ministerial-department,\n"
    "d,D,non-ministerial-department,\nagency,Agency,executive-agency,c\ncouncil,Council,local-authority,\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\nr,R,agency\ns,S,d\nboth,Both,a;b\nown,Own,council\n",
    "barriers": "id,name\nx,X\ny,Y\nz,Z\nw,W\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-01-20,local,council,p;q;r,official\ni2,2014-03-20,local,council,s;both,official\n",
    # x: a, b, c. y: a and b, and a again. z: only the programme that a and b lead together, and b. w: disputed by a, supported by d.
    "findings": HEAD + "f1,p,x,supports,4,i1,S\nf2,q,x,supports,4,i1,S\nf3,r,x,supports,4,i1,S\n"
    "f4,p,y,supports,3,i1,S\nf5,q,y,supports,3,i1,S\nf6,p,y,supports,3,i2,S\n"
    "f7,both,z,supports,2,i2,S\nf8,q,z,supports,2,i2,S\nf9,own,z,supports,2,i2,S\n"
    "f10,p,w,disputes,2,i2,S\nf11,s,w,supports,2,i2,S\n",
    "dependencies": "dependent,provider,kind\np,s,data\np,s,funding\ns,p,data\nr,r2,data\nq,both,data\n",
    "ties": "between,and,kind,from,until\na,agency,joint-board,,\nq,p,joint-visit,2014-02-01,2014-02-28\nb,council,joint-board,,\np,both,joint-board,,\n",
}
TABLES["programmes"] += "r2,R2,c\n"


def counts(row: MissingTie) -> tuple[str, str, int, int, int, int, int]:
    return (
        row.department.label, row.other.label, row.required, row.shared_barriers, row.dependencies, row.ties, row.gap,
    )  # fmt: skip


def test_pairs_have_the_hand_counted_reasons_ties_and_gaps_in_order(loaded: Loaded) -> None:
    result = missing_ties(loaded(**TABLES))
    assert result.as_of == date(2014, 3, 20)
    assert [counts(row) for row in result.rows] == [
        # no tie first: three dependencies of a and d; b shares x and y with a, and their tie has ended
        ("A", "D", 3, 0, 3, 0, 3),
        ("A", "B", 2, 2, 0, 0, 2),
        ("B", "C", 1, 1, 0, 0, 1),
        # a works with the agency of c
        ("A", "C", 1, 1, 0, 1, 0),
    ]
    assert (result.of, result.of_what) == (6, "pairs of departments")


def test_as_of_an_earlier_day_later_interviews_do_not_count_and_ties_that_held_do(loaded: Loaded) -> None:
    rows = missing_ties(loaded(**TABLES), as_of=date(2014, 2, 10)).rows
    assert [counts(row) for row in rows] == [
        ("A", "D", 3, 0, 3, 0, 3),
        ("B", "C", 1, 1, 0, 0, 1),
        ("A", "B", 2, 2, 0, 1, 1),
        ("A", "C", 1, 1, 0, 1, 0),
    ]


def test_a_barrier_that_was_removed_is_no_reason_from_that_day_on(loaded: Loaded) -> None:
    dataset = loaded(
        **(TABLES | {"barriers": "id,name,removed_on\nx,X,2014-03-20\ny,Y,2014-03-21\nz,Z,\nw,W,\n"})
    )
    pairs = {(r.department.label, r.other.label): r.shared_barriers for r in missing_ties(dataset).rows}
    assert pairs == {("A", "D"): 0, ("A", "B"): 1}


def test_a_lead_that_has_passed_to_another_department_counts_from_the_day_it_did(loaded: Loaded) -> None:
    parts = "programme,organisation,role,from,until\np,a,lead,2012-01-01,2014-01-31\np,d,lead,2014-02-01,\n"
    tables = TABLES | {"programmes": TABLES["programmes"].replace("p,P,a", "p,P,"), "participations": parts}
    pairs = {day: {(r.department.label, r.other.label) for r in missing_ties(loaded(**tables), as_of=day).rows}
             for day in (date(2014, 1, 31), date(2014, 2, 1))}  # fmt: skip
    assert ("A", "B") in pairs[date(2014, 1, 31)]
    assert ("B", "D") in pairs[date(2014, 2, 1)]
    assert ("A", "B") not in pairs[date(2014, 2, 1)]


def test_fewer_reasons_than_asked_for_are_left_out(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    assert [row.required for row in missing_ties(dataset, min_required=2).rows] == [3, 2]
    assert missing_ties(dataset, min_required=4).rows == []


def test_an_empty_store_has_no_pairs() -> None:
    result = missing_ties(open_store("memory").dataset())
    assert (result.rows, result.of) == ([], 0)
    assert result.summary == "No two departments share a reason to coordinate."


def test_untested_is_said_not_to_be_untied(loaded: Loaded) -> None:
    caveats = missing_ties(loaded(**TABLES)).caveats
    assert any(caveat.endswith("Untested is not untied.") for caveat in caveats)
    assert any(
        "No working tie is loaded" in c for c in missing_ties(loaded(programmes="id,name\np,P\n")).caveats
    )


@pytest.mark.parametrize("column", ["shared_barriers", "dependencies"])
def test_the_examples_widest_gap_is_the_one_its_readme_tells_of(example: Dataset, column: str) -> None:
    first, *others = missing_ties(example).rows
    assert (first.department.label, first.other.label) == ("Department for Education", "Department of Health")
    assert first.ties == 0
    assert getattr(first, column) == {"shared_barriers": 3, "dependencies": 2}[column]
    assert all(row.ties for row in others if row.shared_barriers >= 3)
