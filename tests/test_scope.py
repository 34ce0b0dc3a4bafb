"""Filters: what each keeps, by hand; what may be written for one; and that every answer says what it leaves out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import date

import pytest

from graph.analyses.agenda import agenda
from graph.analyses.boundary_spanners import boundary_spanners
from graph.analyses.department_openness import department_openness
from graph.analyses.dependencies import dependencies
from graph.analyses.evidence_coverage import evidence_coverage
from graph.analyses.fix_first import fix_first
from graph.analyses.follow_up import follow_up
from graph.analyses.front_line_gap import front_line_gap
from graph.analyses.if_removed import if_removed
from graph.analyses.missing_ties import missing_ties
from graph.analyses.partner_concentration import partner_concentration
from graph.analyses.shared_blockers import shared_blockers
from graph.analyses.silo_overview import silo_overview
from graph.analyses.since_last_quarter import since_last_quarter
from graph.analysis import AtLevel, InDeepDive, OfDepartment, OfScheme, analyses
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.evidence import evidence
from graph.ingest.load import load
from graph.network import blockers_network, departments_network, ties_network
from graph.scope import FILTERS, Scope, choices, narrowed, scoped, shorts
from graph.store import open_store
from tests.conftest import BASE, Loaded

TABLES = {
    "organisations": "id,name,kind,parent\nalpha,Alpha,ministerial-department,\nbeta,Beta,ministerial-department,\n"
    "gamma,Gamma,ministerial-department,\nagency,Agency,executive-agency,beta\ncollege,College,education,\n",
    "programmes": "id,name,lead\na1,A1,alpha\na2,A2,alpha\nb1,B1,beta\nc1,C1,gamma\n",
    "quarters": "id\n2014-Q1\n",
    "deep_dives": "id,name,question,quarter,programmes,from\none,First dive,Why?,2014-Q1,a1;b1,2014-01-06\n"
    "two,Second dive,Why?,2014-Q1,c1,2014-01-06\n",
    # x is of the pitfalls, y of the factors, z of both
    "barriers": "id,name,type,identified_on\nx,X,silos,2014-02-01\ny,Y,management-information,2014-02-02\n"
    "z,Z,silos;organisational-silos,2014-02-03\n",
    "interviews": "id,held_on,level,organisation,deep_dive,programmes,marking\ni1,2014-01-20,front-line,college,one,a1,official\n"
    "i2,2014-01-21,centre,agency,one,b1,official\ni3,2014-01-22,front-line,college,two,c1,official\n"
    "i4,2014-03-20,centre,college,,a1,official\n",
    "datasets": "id,name,published_on\ns,Returns,2014-01-10\n",
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    "f1,a1,x,supports,4,i1,,S\nf2,b1,x,supports,4,i2,,S\nf3,c1,x,supports,4,i3,,S\nf4,a1,y,supports,4,i4,,S\n"
    "f5,b1,z,supports,4,,s,S\nf6,c1,z,supports,4,,s,S\nf7,a2,y,supports,4,i1,,S\n",
    "ties": "between,and,kind\na2,c1,joint-board\na1,b1,joint-board\na1,a2,joint-board\n",
    "dependencies": "dependent,provider,kind\na1,c1,data\nc1,b1,data\n",
    "participations": "programme,organisation,role\na1,college,delivers\nb1,college,delivers\nc1,agency,delivers\n",
    "recommendations": "id,name,deep_dive,barriers,addressed_to\nr1,R1,one,x,alpha\nr2,R2,two,y,beta\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status,completed_on\n"
    "act1,Act 1,r1,alpha,2014-02-01,2014-03-01,open,\nact2,Act 2,r2,agency,2014-02-01,2014-04-01,done,2014-03-10\n",
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The tables above, loaded once; only ever read."""
    folder = tmp_path_factory.mktemp("tables")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    store = open_store("memory")
    load(store, [folder])
    return store.dataset()


def reach(dataset: Dataset, **filters: str) -> dict[str, tuple[int, int, int]]:
    """Departments, programmes and interviews of each barrier."""
    result = shared_blockers(dataset, min_departments=1, **filters)
    assert result.of == len(result.rows)
    return {row.barrier.label: (row.departments, row.programmes, row.interviews) for row in result.rows}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, {"X": (3, 3, 3), "Y": (1, 2, 2), "Z": (2, 2, 0)}),
        # i1 and i2, and what the dataset says of b1, which the dive looks at
        ({"deep_dive": "one"}, {"X": (2, 2, 2), "Y": (1, 1, 1), "Z": (1, 1, 0)}),
        # barriers of b1, counted in full
        ({"department": "beta"}, {"X": (3, 3, 3), "Z": (2, 2, 0)}),
        ({"level": "front-line"}, {"X": (2, 2, 2), "Y": (1, 1, 1)}),
        ({"level": "region"}, {}),
        ({"scheme": "factors"}, {"Y": (1, 2, 2), "Z": (2, 2, 0)}),
        ({"scheme": "pitfalls"}, {"X": (3, 3, 3), "Z": (2, 2, 0)}),
        ({"deep_dive": "one", "level": "centre", "scheme": "pitfalls"}, {"X": (1, 1, 1)}),
        ({"deep_dive": "one", "department": "gamma"}, {}),
    ],
)
def test_shared_blockers_are_narrowed_as_counted_by_hand(
    asked: Dataset, filters: dict[str, str], found: dict[str, tuple[int, int, int]]
) -> None:
    assert reach(asked, **filters) == found


def test_a_deep_dive_keeps_its_programmes_interviews_and_ties_and_nothing_else(asked: Dataset) -> None:
    known = narrowed(asked, None, scoped(asked, deep_dive="one"))
    assert {p.rsplit("/", 1)[-1] for p in known.programmes} == {
        "a1",
        "a2",
        "b1",
    }  # a2: its interview spoke of it
    assert known.interviewed == known.programmes
    assert {f.iri.rsplit("/", 1)[-1] for f in known.findings} == {"f1", "f2", "f5", "f7"}
    assert len(known.ties) == 2
    row = silo_overview(asked, deep_dive="one").rows[0]
    assert (row.programmes, row.departments, row.ties, row.external, row.internal) == (3, 2, 2, 1, 1)
    rows = department_openness(asked, deep_dive="one").rows
    assert {(r.department.label, r.n, r.external) for r in rows} == {("Alpha", 2, 1), ("Beta", 1, 1)}


def test_a_department_is_shown_within_the_whole_network(asked: Dataset) -> None:
    only, every = (department_openness(asked, department=d) for d in ("alpha", ""))
    assert only.rows == [row for row in every.rows if row.department.label == "Alpha"]
    assert (len(only.rows), only.of) == (1, 3)
    spanners = boundary_spanners(asked, department="Alpha")
    assert {row.programme.label for row in spanners.rows} == {"A1", "A2"}
    assert spanners.rows == boundary_spanners(asked).rows
    assert boundary_spanners(asked, department="gamma").of == 0


def test_a_barrier_that_is_left_out_still_holds_its_programmes_back(asked: Dataset) -> None:
    result = fix_first(asked, k=2, scheme="pitfalls")
    unblock, relieve = result.rows
    assert {fixed.barrier.label for fixed in unblock.barriers} == {"X", "Z"}
    assert unblock.programmes == 2  # b1 and c1; a1 also has y
    assert relieve.programmes == 3
    assert any(c.startswith("1 of 3 blocked programmes also have a barrier") for c in result.caveats)
    rows = if_removed(asked, barriers="x", department="alpha").rows
    assert [(r.programme.label, r.freed, [s.barrier.label for s in r.still]) for r in rows] == [
        ("A1", False, ["Y"])
    ]


def test_only_interviews_in_the_choice_are_the_sample(asked: Dataset) -> None:
    gaps = front_line_gap(asked, department="alpha").rows  # i1 at the front line, i4 at the centre
    assert {(g.barrier.label, g.front_line, g.centre, g.difference) for g in gaps} == {
        ("X", 1, 0, 1.0), ("Y", 1, 1, 0.0)
    }  # fmt: skip
    held = evidence_coverage(asked, deep_dive="one").rows
    assert {row.level.iri.rsplit("/", 1)[-1]: row.interviews for row in held if row.interviews} == {
        "front-line": 1, "centre": 1
    }  # fmt: skip
    assert sum(row.interviews for row in evidence_coverage(asked, scheme="factors").rows) == 4


@pytest.mark.parametrize(
    ("filters", "pairs", "of"),
    [
        ({}, {("Alpha", "Beta", 1, 1), ("Alpha", "Gamma", 2, 1), ("Beta", "Gamma", 3, 0)}, 3),
        ({"deep_dive": "one"}, {("Alpha", "Beta", 1, 1)}, 1),
        ({"department": "gamma"}, {("Alpha", "Gamma", 2, 1), ("Beta", "Gamma", 3, 0)}, 2),
        # the tie of a2 and c1 counts although no finding is about both
        ({"level": "centre"}, {("Alpha", "Gamma", 1, 1), ("Beta", "Gamma", 1, 0)}, 3),
        ({"scheme": "factors"}, {("Alpha", "Gamma", 1, 1), ("Beta", "Gamma", 2, 0)}, 3),
    ],
)
def test_pairs_are_narrowed_by_reasons_while_every_tie_counts(
    asked: Dataset, filters: dict[str, str], pairs: set[tuple[str, str, int, int]], of: int
) -> None:
    result = missing_ties(asked, **filters)
    assert {(r.department.label, r.other.label, r.required, r.ties) for r in result.rows} == pairs
    assert result.of == of


def test_what_is_dated_or_delivered_is_narrowed_too(asked: Dataset) -> None:
    assert [r.programme.label for r in dependencies(asked, deep_dive="two").rows] == ["C1"]
    assert dependencies(asked, department="alpha").of == 2
    partners = partner_concentration(asked, min_departments=0, department="beta")
    assert ([(r.partner.label, r.programmes) for r in partners.rows], partners.of) == ([("College", 2)], 1)
    assert partner_concentration(asked, min_departments=0, deep_dive="two").of == 1
    assert [r.action.label for r in follow_up(asked, department="beta").rows] == ["Act 2"]  # of its agency
    assert [r.action.label for r in follow_up(asked, deep_dive="one").rows] == ["Act 1"]
    assert [r.action.label for r in follow_up(asked, scheme="factors").rows] == ["Act 2"]
    assert [r.deep_dive.label for r in agenda(asked, department="gamma").rows] == ["Second dive"]
    changed = since_last_quarter(asked, since=date(2014, 1, 1), department="beta")
    assert {(r.change, r.thing.label) for r in changed.rows} == {
        ("barrier found", "X"), ("barrier found", "Z"), ("action done", "Act 2")
    }  # fmt: skip
    assert {
        r.thing.label for r in since_last_quarter(asked, since=date(2014, 1, 1), scheme="pitfalls").rows
    } == {"X", "Z"}


# --- Pictures -----------------------------------------------------------------------------------


def test_pictures_are_narrowed_as_the_answer_is(asked: Dataset) -> None:
    shown = blockers_network(asked, deep_dive="one")
    assert {d["label"] for _, d in shown.nodes(data=True)} == {"X", "A1", "B1", "Alpha", "Beta"}
    assert len(ties_network(asked, deep_dive="one")) == 3
    pairs = departments_network(asked, department="gamma").edges
    assert {frozenset(asked.label(end) for end in pair) for pair in pairs} == {
        frozenset(("Alpha", "Gamma")), frozenset(("Beta", "Gamma"))
    }  # fmt: skip


# --- Every analysis -----------------------------------------------------------------------------

DECLARED = {
    name: [f for f in FILTERS if f in declared.parameters.model_fields]
    for name, declared in analyses().items()
}
WITHOUT: Mapping[str, set[str]] = {
    # a path between two things that were named needs no narrowing; one department alone is no silo
    "why_linked": {"deep_dive", "department"},
    "silo_overview": {"department"},
    "communities": {"department"},
}


@pytest.mark.parametrize("name", DECLARED)
def test_every_analysis_can_be_asked_of_a_deep_dive_and_a_department(name: str) -> None:
    assert {"deep_dive", "department"} - set(DECLARED[name]) == WITHOUT.get(name, set())


@pytest.mark.parametrize("name", DECLARED)
def test_a_filter_is_declared_once_for_all_analyses(name: str) -> None:
    types = {"deep_dive": InDeepDive, "department": OfDepartment, "level": AtLevel, "scheme": OfScheme}
    for filter_ in DECLARED[name]:
        info = analyses()[name].parameters.model_fields[filter_]
        assert (info.default, info.description) == ("", types[filter_].__metadata__[0].description)


def test_the_gap_between_levels_cannot_be_asked_of_one_level(asked: Dataset) -> None:
    with pytest.raises(BadParameter, match="There is no parameter level"):
        analyses()["front_line_gap"].run(asked, {"level": "centre"})


PROCESSES = {"fix_first", "fix_frontier"}
"""Those that start a process each time they are asked, which takes a second."""


@pytest.mark.parametrize(("name", "filter_"), [(n, f) for n, fs in DECLARED.items() for f in fs])
def test_a_narrowed_answer_says_so_is_part_of_the_whole_and_can_be_asked_in_any_spelling(
    name: str, filter_: str, asked: Dataset
) -> None:
    declared = analyses()[name]
    whole = declared.run(asked)
    assert not any(c.startswith("Only ") for c in whole.caveats)
    for thing in choices(asked, filter_)[: 1 if name in PROCESSES else 2]:
        result = declared.run(asked, {filter_: thing.iri})
        assert result.caveats[0].startswith("Only ") and thing.label in result.caveats[0]
        assert result == declared.run(asked, {filter_: shorts(choices(asked, filter_))[thing.iri]})
        assert result == declared.run(asked, {filter_: f" {thing.label.upper()} "})
        assert result.as_of == whole.as_of
        assert len(result.rows) <= max(result.of, len(whole.rows))
    with pytest.raises(BadParameter, match=rf"{filter_}: there is no .+ “nothing”\. Choose from .+\."):
        declared.run(asked, {filter_: "nothing"})


def test_a_name_of_two_things_is_refused_with_both(loaded: Loaded) -> None:
    twice = TABLES["deep_dives"].replace("Second dive", "First dive")
    dataset = loaded(**TABLES | {"deep_dives": twice})
    with pytest.raises(BadParameter, match=f"names several: {BASE}/deep-dive/one, {BASE}/deep-dive/two"):
        scoped(dataset, deep_dive="first dive")
    assert scoped(dataset, deep_dive="two") == Scope(deep_dive=f"{BASE}/deep-dive/two")


def test_where_nothing_can_be_chosen_the_error_says_so(loaded: Loaded) -> None:
    dataset = loaded(organisations=TABLES["organisations"])
    with pytest.raises(BadParameter, match=r"there is no deep dive “one”. None is loaded\."):
        scoped(dataset, deep_dive="one")


def test_without_a_filter_the_evidence_is_the_very_same(asked: Dataset) -> None:
    assert narrowed(asked, None, scoped(asked, deep_dive="", level=" ")) is evidence(asked)


def test_every_filter_has_an_empty_default_in_python() -> None:
    for name, declared in analyses().items():
        signature = inspect.signature(declared.function)
        assert all(signature.parameters[f].default == "" for f in DECLARED[name])
