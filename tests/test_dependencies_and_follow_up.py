"""Dependencies and follow-up: delays passed on by hand, rings, overdue actions and barriers that came back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from graph.analyses.dependencies import dependencies
from graph.analyses.follow_up import follow_up
from graph.dataset import Dataset
from graph.errors import BadParameter

Loaded = Callable[..., Dataset]

# a -> b -> c -> d, where "->" is "is waited for by"; x and y wait for each other, and y waits for d.
TABLES = {
    "organisations": "id,name,kind\none,One,ministerial-department\ntwo,Two,ministerial-department\n",
    "programmes": "id,name,lead\n"
    + "".join(f"{p},{p.upper()},{'one' if p in 'ab' else 'two'}\n" for p in "abcdxy"),
    "milestones": "id,name,programme,due\nm,M,a,2014-06-01\nn,N,b,2014-07-01\n",
    "milestone_reports": "milestone,reported_on,status,expected_on\nm,2014-03-01,at-risk,2014-06-10\n"
    "m,2014-05-01,at-risk,2014-06-20\nm,2014-08-01,missed,2014-12-01\n",
    "dependencies": "dependent,provider,kind,milestone,needed_by\nb,a,data,m,2014-06-30\nc,b,data,n,2014-07-15\n"
    "d,c,data,,\nx,y,data,,\ny,x,funding,,\ny,d,data,,\n",
    "interviews": "id,held_on,level,marking\ni,2014-06-01,local,official\n",
}


def test_a_delay_is_passed_on_less_the_slack_and_rings_slip_together(loaded: Loaded) -> None:
    rows = {r.programme.label: r for r in dependencies(loaded(**TABLES), weeks=4).rows}
    # by the newest report of the day m is expected on 20 June and needed on the 30th; n as planned, 14 days before
    assert (rows["A"].slack, rows["B"].slack, rows["C"].slack) == (10, 14, None)
    # 28 days, 18 at b, 4 at c, 4 at d, 4 at y and so at x
    assert (rows["A"].needs, rows["A"].behind, rows["A"].departments_behind, rows["A"].pushed) == (0, 5, 1, 5)
    assert [s.programme.label for s in rows["A"].path] == ["A", "B", "C", "D", "Y", "X"]
    assert [s.programme.label for s in rows["X"].loop] == ["X", "Y"] and not rows["A"].loop
    assert rows["X"].pushed == 1


def test_a_short_delay_is_taken_up_by_the_slack(loaded: Loaded) -> None:
    rows = {r.programme.label: r for r in dependencies(loaded(**TABLES), weeks=3).rows}
    assert rows["A"].pushed == 1  # 21 - 10 = 11 days at b, which has 14 to spare before c
    assert {r.programme.label: r for r in dependencies(loaded(**TABLES), weeks=1).rows}["A"].pushed == 0


def test_a_report_of_a_later_day_counts_from_then_on(loaded: Loaded) -> None:
    result = dependencies(loaded(**TABLES), as_of=date(2014, 8, 2))
    assert (
        next(r for r in result.rows if r.programme.label == "A").slack
        == (date(2014, 6, 30) - date(2014, 12, 1)).days
    )
    assert "1 already give later than is needed." in result.summary


def test_without_dependencies_nothing_waits(loaded: Loaded) -> None:
    assert (
        dependencies(loaded(programmes="id,name\np,P\n")).summary
        == "No dependency between programmes is loaded."
    )


def test_of_a_chain_and_a_ring_of_more_than_fifty_fifty_are_named_and_all_are_counted(loaded: Loaded) -> None:
    chain, ring = [f"c{n:02}" for n in range(60)], [f"r{n:02}" for n in range(53)]
    tables = {
        "programmes": "id,name\n" + "".join(f"{p},{p.upper()}\n" for p in chain + ring),
        "dependencies": "dependent,provider,kind\n"
        + "".join(f"{b},{a},data\n" for a, b in [*pairwise(chain), *pairwise(ring), (ring[-1], ring[0])]),
    }
    result = dependencies(loaded(**tables))
    rows = {r.programme.label: r for r in result.rows}
    first = rows["C00"]
    assert (first.pushed, [s.programme.label for s in first.path]) == (59, [f"C{n:02}" for n in range(50)])
    assert len(rows["C10"].path) == 50 and len(rows["C11"].path) == 49
    assert [s.programme.label for s in rows["R52"].loop] == [f"R{n:02}" for n in range(50)]
    assert (rows["R52"].behind, rows["R52"].pushed) == (52, 52)
    assert "1 ring waits for itself." in result.summary
    assert (
        "10 chains are longer than 50 programmes, up to 60: path names the first 50; pushed counts all who slip."
        in result.caveats
    )
    assert "1 ring has more than 50 programmes, up to 53: loop names the first 50 by name." in result.caveats


def test_nothing_is_said_of_lists_that_are_named_whole(loaded: Loaded) -> None:
    assert not any("names the first" in caveat for caveat in dependencies(loaded(**TABLES)).caveats)


ACTIONS = {
    "organisations": "id,name,kind\none,One,ministerial-department\ntwo,Two,ministerial-department\n",
    "programmes": "id,name,lead\np,P,one\n",
    "barriers": "id,name\nb,B\nc,C\n",
    "interviews": "id,held_on,level,marking\nold,2014-01-01,local,official\nnew,2014-06-01,local,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\n1,p,b,supports,3,old,S\n2,p,c,supports,3,old,S\n"
    "3,p,b,supports,3,new,S\n4,p,b,supports,3,new,S\n5,p,c,disputes,3,new,S\n",
    "recommendations": "id,name,barriers,addressed_to\nr,R,b,one\ns,S,c,one\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status,completed_on\n"
    "back,Back,r,one,2014-02-01,2014-05-01,done,2014-04-20\n"
    "fine,Fine,s,one,2014-02-01,2014-05-01,done,2014-05-03\n"
    "late,Late,s,two,2014-02-01,2014-05-12,open,\n"
    "older,Older,r,one,2014-02-01,2014-03-12,open,\n"
    "soon,Soon,r,one,2014-02-01,2014-07-01,open,\n"
    "gone,Gone,r,one,2014-02-01,2014-03-01,dropped,\n"
    "next,Next,r,one,2014-06-20,2014-07-01,open,\n",
    "follow_ups": "action,on,status\nolder,2014-04-01,open\nolder,2014-05-01,open\nolder,2014-07-01,done\n",
}


def test_actions_stand_as_they_did_on_the_day_oldest_overdue_first(loaded: Loaded) -> None:
    result = follow_up(loaded(**ACTIONS))
    assert result.as_of == date(2014, 6, 1)
    assert [(r.action.label, r.state, r.days_overdue) for r in result.rows] == [
        ("Older", "overdue", 81), ("Late", "overdue", 20), ("Back", "came back", None), ("Soon", "open", None),
        ("Fine", "done late", 2), ("Gone", "dropped", None),
    ]  # fmt: skip
    assert result.rows[0].last_followed == date(2014, 5, 1)
    # two findings of one interview are one report
    assert [(a.barrier.label, a.reports) for a in result.rows[2].came_back] == [("B", 1)]
    assert (
        "2 of 6 actions are overdue, the oldest since 2014-03-12 (One); 1 is done although" in result.summary
    )


def test_on_an_earlier_day_what_was_done_later_is_open_and_what_was_agreed_later_is_not_there(
    loaded: Loaded,
) -> None:
    rows = {r.action.label: r.state for r in follow_up(loaded(**ACTIONS), as_of=date(2014, 4, 1)).rows}
    assert rows["Back"] == "open" and rows["Older"] == "overdue" and "Next" not in rows


def test_one_state_can_be_asked_for_and_no_other(loaded: Loaded) -> None:
    result = follow_up(loaded(**ACTIONS), only="came back")
    assert [r.action.label for r in result.rows] == ["Back"] and result.of == 6


def test_a_state_that_there_is_not_is_refused(loaded: Loaded) -> None:
    from graph.analysis import find_analysis

    with pytest.raises(BadParameter, match="only"):
        find_analysis("follow-up").run(loaded(**ACTIONS), {"only": "someday"})


def test_the_planted_story_of_the_example_came_back(example: Dataset) -> None:
    back = [r for r in follow_up(example).rows if r.state == "came back"]
    story = next(r for r in back if r.action.iri.endswith("/first-monthly-figures"))
    assert story.came_back[0].reports == 3
