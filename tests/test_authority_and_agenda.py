"""Authority gap and agenda: steps counted by hand, and lateness as of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.agenda import agenda
from graph.analyses.authority_gap import authority_gap, nearest
from graph.dataset import Dataset

Loaded = Callable[..., Dataset]

GAP = {
    "organisations": "id,name,kind,parent\ntop,Top,ministerial-department,\nagency,Agency,executive-agency,top\n"
    "office,Office,part-of-organisation,agency\nfirm,Firm,company,\nfar,Far,company,\n",
    "programmes": "id,name,lead\np,P,top\n",
    "participations": "programme,organisation,role\np,firm,delivers\n",
    "barriers": "id,name,removed_on\nx,X,\ny,Y,\nz,Z,\ngone,Gone,2014-01-01\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-02-01,local,office,p,official\n"
    "i2,2014-02-01,local,firm,p,official\ni3,2014-02-01,local,far,p,official\ni4,2014-02-01,local,,p,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\n1,p,x,supports,3,i1,S\n2,p,x,supports,3,i2,S\n"
    "3,p,y,supports,3,i3,S\n4,p,z,supports,3,i4,S\n5,p,gone,supports,3,i1,S\n",
    "levers": "id,name,holder,barriers,told_on\nl1,L1,top,x,\nl2,L2,top,y,\nl3,L3,far,y,2014-01-15\nl4,L4,top,gone,\nl5,L5,top,x,2014-03-01\n",
}


def test_the_nearest_who_saw_it_is_taken_and_the_way_shown(loaded: Loaded) -> None:
    result = authority_gap(loaded(**GAP), as_of=date(2014, 2, 15))
    assert [(r.lever.label, r.told, r.observers, r.hops) for r in result.rows] == [
        # nobody told: first those to whom no way is known, then the farthest
        ("L2", None, 1, None), ("L1", None, 2, 2), ("L5", None, 2, 2), ("L3", date(2014, 1, 15), 1, 0),
    ]  # fmt: skip
    # Office, Agency, Top and Firm, P, Top are as short; the first by address
    assert [h.through.label for h in result.rows[1].way] in (
        ["Firm", "P", "Top"],
        ["Office", "Agency", "Top"],
    )
    assert "For 3 of 4 levers nobody has told the holder. “X”: Top, 2 steps" in result.summary
    assert any("For 1 of 3 standing barriers no lever" in c for c in result.caveats)


def test_a_lever_counts_as_told_from_its_day_on(loaded: Loaded) -> None:
    told = {r.lever.label: r.told for r in authority_gap(loaded(**GAP), as_of=date(2014, 3, 1)).rows}
    assert told["L5"] == date(2014, 3, 1) and told["L1"] is None


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 6),
)
def test_no_way_is_shorter_than_the_one_found(
    edges: list[tuple[int, int]], starts: set[int], end: int
) -> None:
    network: nx.Graph[str] = nx.Graph([(str(a), str(b)) for a, b in edges])
    way = nearest(network, set(map(str, starts)), str(end))
    lengths = [
        nx.shortest_path_length(network, str(s), str(end))
        for s in starts
        if s == end or (str(s) in network and str(end) in network and nx.has_path(network, str(s), str(end)))
        if str(s) in network
    ]
    if end in starts:
        assert way == [str(end)]
    elif way is None:
        assert not lengths
    else:
        assert len(way) - 1 == min(lengths)
        assert all(network.has_edge(a, b) for a, b in pairwise(way))


AGENDA = {
    "programmes": "id,name\np,P\n",
    "deep_dives": "id,name,question,quarter,programmes\none,One,Q?,2014-Q2,p\ntwo,Two,Q?,2014-Q2,p\nold,Old,Q?,2014-Q1,p\n",
    "phases": "deep_dive,phase,planned_start,planned_end,from,until\n"
    "one,fieldwork,2014-04-07,2014-04-25,2014-04-07,2014-05-02\none,report,2014-05-01,2014-05-10,2014-05-05,\n"
    "old,report,2014-02-01,2014-02-10,2014-02-01,\n",
    "interviews": "id,held_on,level,deep_dive,marking\na,2014-04-10,local,one,official\nb,2014-04-11,centre,one,official\nc,2014-06-01,region,one,official\n",
}


def test_the_quarter_of_the_day_is_shown_with_what_was_held_and_how_late_it_is(loaded: Loaded) -> None:
    result = agenda(loaded(**AGENDA), as_of=date(2014, 5, 20))
    one, two = result.rows
    assert (one.deep_dive.label, one.quarter.label, one.phase, one.days_late) == (
        "One",
        "2014-Q2",
        "Report",
        10,
    )
    assert (one.interviews, one.levels) == (2, 2)
    assert (two.phase, two.days_late, two.interviews) == ("", None, 0)
    assert result.of == 3
    assert result.summary == "2 deep dives on the agenda of 2014-Q2; 1 late. One: report is 10 days over."


@pytest.mark.parametrize(
    ("day", "phase", "late"), [(date(2014, 4, 20), "Fieldwork", None), (date(2014, 5, 1), "Fieldwork", 6)]
)
def test_a_phase_is_late_once_its_planned_end_has_passed(
    loaded: Loaded, day: date, phase: str, late: int | None
) -> None:
    row = next(r for r in agenda(loaded(**AGENDA), as_of=day).rows if r.deep_dive.label == "One")
    assert (row.phase, row.days_late) == (phase, late)


def test_the_example_has_a_late_dive_and_levers_nobody_was_told_of(example: Dataset) -> None:
    assert any(
        r.days_late for day in (date(2014, 3, 15), date(2014, 5, 30)) for r in agenda(example, as_of=day).rows
    )
    assert any(r.told is None and r.hops for r in authority_gap(example).rows)
