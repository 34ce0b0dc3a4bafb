"""Charts: each mark stands where its value is, sums come out, and what is undefined has no mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.evidence_coverage import evidence_coverage, in_order
from graph.analyses.fix_frontier import fix_frontier
from graph.analyses.follow_up import follow_up
from graph.analyses.front_line_gap import front_line_gap, wilson
from graph.analyses.since_last_quarter import since_last_quarter
from graph.dataset import Dataset
from graph.network import blockers_network
from graph.optimise import brute_force, frontier
from graph.store import open_store
from visualisations.ageing_chart import ageing_chart
from visualisations.changes_chart import changes_chart
from visualisations.chart import Chart, Scale, box, dot, steps
from visualisations.coverage_chart import accumulation, coverage_map
from visualisations.flows_chart import flows, flows_chart
from visualisations.frontier_chart import frontier_chart
from visualisations.gap_chart import gap_chart

Loaded = Callable[..., Dataset]

TWO_SIDES = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\n",
    "barriers": "id,name\nx,X\ny,Y\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\n"
    "i1,2014-01-01,front-line,a,p,official\ni2,2014-01-02,front-line,a,p,official\n"
    "i3,2014-01-03,front-line,b,q,official\ni4,2014-01-04,front-line,b,q,official\n"
    "c1,2014-01-05,centre,a,p,official\nc2,2014-01-06,centre,a,p,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\n"
    "f1,p,x,supports,3,i1,S\nf2,p,x,supports,3,i2,S\nf3,q,x,supports,3,i3,S\nf4,p,x,supports,3,c1,S\nf5,q,y,supports,3,i4,S\n",
}


def middle(path: str) -> float:
    """Where the middle of a mark lies, from left to right."""
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path)]
    if "a" in path:  # a circle begins at its left
        return numbers[0] + numbers[2]
    return numbers[0]


def marks(chart: Chart, looks: str) -> list[tuple[float, str]]:
    return [(middle(s.path), s.name) for s in chart.shapes if s.looks.split()[0] == looks]


def test_the_marks_of_the_gap_stand_at_the_shares(loaded: Loaded) -> None:
    dataset = loaded(**TWO_SIDES)
    chart = gap_chart(dataset, front_line_gap(dataset))
    assert chart
    x = Scale(0, 1, 420, 1076)  # from the first to the last grid line
    fronts, centres = marks(chart, "front"), marks(chart, "centre")
    assert [round(at, 1) for at, _ in fronts] == [round(x(3 / 4), 1), round(x(1 / 4), 1)]
    assert [round(at, 1) for at, _ in centres] == [round(x(1 / 2), 1), round(x(0), 1)]
    assert "3 of 4 interviews at the front line or with users support it, 75%" in fronts[0][1]
    assert "95 % interval 30% to 95%" in fronts[0][1]  # Wilson of 3 in 4: 0.3006 to 0.9544
    assert all("hollow" in s.looks for s in chart.shapes if s.looks.startswith(("front ", "centre "))), (
        "few interviews"
    )
    assert all(s.href and s.href.endswith("#findings") for s in chart.shapes if s.name)


def test_flows_are_as_thick_as_their_sources_and_two_departments_share_a_programme(loaded: Loaded) -> None:
    tables = {**TWO_SIDES, "programmes": "id,name,lead\np,P,a\nq,Q,a;b\n"}
    network = blockers_network(loaded(**tables))
    dataset = loaded(**tables)
    chart = flows_chart(dataset, network)
    assert chart and chart.table
    told = [(f.department[-1], f.barrier[-1], f.programme[-1], f.sources, f.share) for f in flows(network)]
    assert told == [("a", "x", "p", 3, 3.0), ("a", "x", "q", 1, 0.5), ("b", "x", "q", 1, 0.5),
                    ("a", "y", "q", 1, 0.5), ("b", "y", "q", 1, 0.5)]  # fmt: skip
    bands = {s.name: s for s in chart.shapes if s.looks.startswith("flow")}
    thick = {name: float(re.search(r"v([\d.]+)C", s.path)[1]) for name, s in bands.items()}  # type: ignore[index]
    assert (
        round(thick["“X” holds back P: 3 sources say so"] / thick["“X” holds back Q: 1 source says so"]) == 3
    )
    assert round(thick["A has “X” in 2 programmes: 4 sources say so"] / thick["B has “X” in 1 programme: 1 source says so"]) == 7  # fmt: skip
    assert all(s.href for s in chart.shapes)
    assert "2 of 2 departments, 2 of 2 shared barriers, 2 of 2 programmes" in chart.count
    assert [row.cells[3].parts[0].text for row in chart.table.rows] == ["3", "1", "1", "1", "1"]
    assert chart.table.count == "5 of 5 flows"


def test_wilson_is_that_of_the_literature() -> None:
    low, high = wilson(81, 263)  # Newcombe 1998, table I, method 3
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = wilson(0, 20)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)


def test_barriers_are_heard_one_interview_after_the_other(loaded: Loaded) -> None:
    dataset = loaded(**TWO_SIDES)
    heard, unheard = in_order(dataset)
    assert [(h.new, h.so_far) for h in heard] == [(1, 1), (0, 1), (0, 1), (1, 2), (0, 2), (0, 2)]
    assert unheard == 0  # one barrier heard once: 5/6 * 1 * 0 / 2
    chart = accumulation(dataset, heard, unheard)
    assert chart and [name.split(",")[0] for _, name in marks(chart, "best")] == [
        "Interview 1 of 6",
        "Interview 4 of 6",
    ]
    assert "6 interviews, 2 of which" in chart.count
    more = accumulation(dataset, heard, 3.2)
    assert more and any(s.looks == "bound" for s in more.shapes)
    assert any(w.text == "at least 5" for w in more.words)


def test_the_map_counts_interviews_by_level_and_department(loaded: Loaded) -> None:
    dataset = loaded(**TWO_SIDES)
    chart = coverage_map(dataset, evidence_coverage(dataset), in_order(dataset)[0])
    assert chart
    told = [s.name for s in chart.shapes if "interview" in s.name]
    assert len(told) == 6 * 2
    assert {t for t in told if "no interview" not in t} == {
        "Front line, A: 2 interviews", "Front line, B: 2 interviews", "Centre, A: 2 interviews"
    }  # fmt: skip
    assert sum(s.looks == "missing" for s in chart.shapes) == 9


def test_a_bar_is_as_long_as_an_action_is_overdue(example: Dataset) -> None:
    result = follow_up(example)
    chart = ageing_chart(example, result)
    assert chart
    late = [s for s in chart.shapes if s.looks == "late"]
    days = [row.days_overdue for row in result.rows if row.state == "overdue"]
    widths = [float(re.search(r"h(-?[\d.]+)", s.path)[1]) for s in late]  # type: ignore[index]
    assert len(late) == len(days) >= 2
    assert widths[0] / widths[1] == pytest.approx(days[0] / days[1], rel=0.02)  # type: ignore[operator]
    assert all(s.href for s in chart.shapes if s.name)
    assert f"{len([r for r in result.rows if r.state != 'dropped'])} of {result.of} actions" in chart.count


def test_the_frontier_is_that_of_brute_force_and_drawn_where_it_is(loaded: Loaded, example: Dataset) -> None:
    result = fix_frontier(example, most=4)
    chart = frontier_chart(result, "unblock")
    assert chart and [row.programmes for row in result.rows] == [1, 3, 4, 6]
    heights = [float(s.path.split()[1].split("a")[0]) for s in chart.shapes if s.looks == "best"]
    assert heights == sorted(heights, reverse=True), "more upwards"
    assert (heights[0] - heights[1]) / (heights[2] - heights[3]) == pytest.approx(1, abs=0.02)
    assert all(row.proven for row in result.rows)


@given(
    st.dictionaries(
        st.sampled_from("pqrstuv"),
        st.frozensets(st.sampled_from("abcde"), min_size=1, max_size=4),
        max_size=6,
    ),
    st.booleans(),
)
def test_with_no_time_the_frontier_is_never_called_proven_where_it_is_not(
    blocked: dict[str, frozenset[str]], every: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.optimise._answered", lambda *_: [])  # as a process that is killed at once
        found = frontier(blocked, [1, 2, 3], all_of_them=every, seconds=1)
    assert [b.value for b in found] == sorted(b.value for b in found), "more barriers never do less"
    for k, best in zip((1, 2, 3), found, strict=True):
        true = brute_force(blocked, k, all_of_them=every)
        assert best.value <= true <= best.bound
        assert len(best.chosen) <= k
        assert not best.proven or best.value == true


def test_one_process_solves_every_number(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    started: list[object] = []
    real = subprocess.Popen

    def counted(*arguments: object, **options: object) -> object:
        started.append(arguments)
        return real(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr("graph.optimise.subprocess.Popen", counted)
    blocked = {f"p{n}": frozenset({f"b{n % 4}", f"b{(n * 3) % 5}"}) for n in range(12)}
    for every in (True, False):
        found = frontier(blocked, range(1, 6), all_of_them=every, seconds=20)
        assert [b.value for b in found] == [brute_force(blocked, k, all_of_them=every) for k in range(1, 6)]
        assert all(b.proven for b in found)
    assert len(started) == 2


def test_what_is_undefined_has_no_chart() -> None:
    empty = open_store("memory").dataset()
    assert gap_chart(empty, front_line_gap(empty)) is None
    assert frontier_chart(fix_frontier(empty), "") is None
    assert ageing_chart(empty, follow_up(empty)) is None
    assert coverage_map(empty, evidence_coverage(empty), ()) is None
    assert accumulation(empty, *in_order(empty)) is None


def test_the_steps_of_an_axis_are_round_and_reach_the_most() -> None:
    assert [list(steps(n)) for n in (1, 4, 7, 23)] == [
        [0, 1], [0, 1, 2, 3, 4], [0, 2, 4, 6, 8], [0, 5, 10, 15, 20, 25],
    ]  # fmt: skip
    assert (box(1, 2, 3, 4), dot(10, 5, 2)) == (
        "M1.0 2.0h3.0v4.0h-3.0Z",
        "M8.0 5.0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0Z",
    )


def test_each_change_has_its_mark_on_its_day(example: Dataset) -> None:
    result = since_last_quarter(example)
    chart = changes_chart(example, result, date(2014, 3, 31))
    assert chart
    named = [s for s in chart.shapes if s.name]
    assert len(named) == len(result.rows) == 17
    assert all(s.href for s in named)
    x = Scale(date(2014, 3, 31).toordinal(), date(2014, 5, 30).toordinal(), 244, 1060)
    for row in result.rows:
        [*there] = [s for s in named if row.thing.label in s.name and row.change in s.name]
        assert round(x(row.day.toordinal()), 1) in [round(middle(s.path), 1) for s in there]
    assert "17 of 17 changes after 31 March 2014" in chart.count
