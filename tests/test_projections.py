"""Projections: each joins what it says it joins, with hand-counted weights, and agrees with the analyses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from graph.analyses.dependencies import dependencies
from graph.analyses.missing_ties import missing_ties
from graph.analyses.partner_concentration import partner_concentration
from graph.analysis import analyses
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.projections import PROJECTIONS, SHOWING, find_projection
from graph.store import open_store

Loaded = Callable[..., Dataset]
ID = "https://joinedup.example/id"
P, Q, R = (f"{ID}/programme/{n}" for n in "pqr")
A, B, D, COUNCIL, FIRM = (f"{ID}/organisation/{n}" for n in ("a", "b", "d", "council", "firm"))
X, Y = (f"{ID}/barrier/{n}" for n in "xy")

TABLES = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\nd,D,ministerial-department\n"
    "council,Council,local-authority\nfirm,Firm,company\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\nr,R,d\n",
    "participations": "programme,organisation,role,from,until\np,council,delivers,2012-01-01,\n"
    "p,firm,delivers,,2013-01-01\np,council,funder,,\n",
    "barriers": "id,name\nx,X\ny,Y\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\n"
    "i1,2014-01-20,local,council,p,official\ni2,2014-01-21,centre,a,q,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\nf1,p,x,supports,4,i1,S\nf2,p,x,supports,2,i1,S\n"
    "f3,p,x,supports,2,i2,S\nf4,q,x,supports,2,i2,S\nf5,q,y,supports,2,i2,S\nf6,r,x,disputes,2,i2,S\n",
    "ties": "between,and,kind\np,q,joint-board\nq,p,joint-visit\nq,r,data-sharing\ncouncil,a,named-stakeholder\n",
    "dependencies": "dependent,provider,kind\np,q,data\nr,p,supply\n",
}


def test_programmes_and_barriers_are_joined_by_what_supports_each_pair(loaded: Loaded) -> None:
    network = find_projection("programme-barrier").of(loaded(**TABLES))
    assert dict(network.nodes(data="kind")) == {
        X: "barrier", Y: "barrier", P: "programme", Q: "programme",
    }  # fmt: skip
    found = {frozenset(e[:2]): (e[2]["weight"], e[2]["severity"]) for e in network.edges(data=True)}
    assert found == {frozenset((X, P)): (2, 4), frozenset((X, Q)): (1, 2), frozenset((Y, Q)): (1, 2)}
    assert sorted(network.edges[X, P]["evidence"]) == [f"{ID}/finding/{f}" for f in ("f1", "f2", "f3")]


def test_required_ties_count_shared_barriers_and_dependencies_beside_the_ties_there_are(
    loaded: Loaded,
) -> None:
    network = find_projection("required-ties").of(loaded(**TABLES))
    found = {
        frozenset(e[:2]): (e[2]["kind"], e[2]["weight"], e[2]["ties"], e[2]["gap"])
        for e in network.edges(data=True)
    }
    assert found == {frozenset((A, B)): ("tied", 2, 2, 0), frozenset((A, D)): ("untied", 1, 0, 1)}
    assert network.edges[A, B]["label"] == "1 shared barrier, 1 dependency"
    assert network.edges[A, D]["label"] == "0 shared barriers, 1 dependency"
    barrier, dependency = network.edges[A, B]["evidence"]
    assert barrier == X and dependency.startswith(f"{ID}/dependency/")


def test_actual_ties_join_departments_that_were_seen_together_and_no_council(loaded: Loaded) -> None:
    network = find_projection("actual-ties").of(loaded(**TABLES))
    found = {frozenset(e[:2]): (e[2]["weight"], e[2]["label"]) for e in network.edges(data=True)}
    assert found == {
        frozenset((A, B)): (2, "joint board, joint visit"),
        frozenset((B, D)): (1, "data sharing"),
    }


def test_a_dependency_points_from_who_waits_to_who_is_waited_for(loaded: Loaded) -> None:
    network = find_projection("dependencies").of(loaded(**TABLES))
    assert network.is_directed()
    assert set(network.edges) == {(P, Q), (R, P)}
    assert network.edges[P, Q]["weight"] == 1 and "slack" not in network.edges[P, Q]


def test_stakeholders_are_joined_by_role_and_by_tie_as_on_the_day(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    network = find_projection("stakeholders").of(dataset)
    assert {(frozenset((one, other)), key) for one, other, key in network.edges(keys=True)} == {
        (frozenset((A, P)), "lead"), (frozenset((B, Q)), "lead"), (frozenset((D, R)), "lead"),
        (frozenset((COUNCIL, P)), "delivers"), (frozenset((COUNCIL, P)), "funder"),
        (frozenset((P, Q)), "joint-board"), (frozenset((P, Q)), "joint-visit"),
        (frozenset((Q, R)), "data-sharing"), (frozenset((A, COUNCIL)), "named-stakeholder"),
    }  # fmt: skip
    assert network.nodes[COUNCIL]["kind"] == "partner" and network.nodes[A]["kind"] == "department"
    assert FIRM not in network
    before = find_projection("stakeholders").of(dataset, date(2011, 6, 1))
    assert before.nodes[FIRM]["kind"] == "partner"
    assert before.nodes[COUNCIL]["kind"] == "organisation"
    assert set(before[COUNCIL][P]) == {"funder"}


def test_a_role_that_was_only_seen_on_days_counts_until_it_is_seen_with_another(loaded: Loaded) -> None:
    seen = "programme,organisation,role,seen_on\np,firm,delivers,2012-01-01\np,council,delivers,2013-01-01\n"
    dataset = loaded(**{**TABLES, "participations": seen})
    partners = {
        year: {n for n, k in find_projection("stakeholders").of(dataset, date(year, 6, 1)).nodes(data="kind")
               if k == "partner"}
        for year in (2012, 2013)
    }  # fmt: skip
    assert partners == {2012: {FIRM}, 2013: {COUNCIL}}


def test_the_projections_of_the_example_agree_with_the_analyses(example: Dataset) -> None:
    required, actual = (find_projection(k).of(example) for k in ("required-ties", "actual-ties"))
    rows = missing_ties(example).rows
    assert required.number_of_edges() == len(rows)
    for row in rows:
        edge = required.edges[row.department.iri, row.other.iri]
        assert (edge["weight"], edge["ties"], edge["gap"]) == (row.required, row.ties, row.gap)
        assert (edge["shared_barriers"], edge["dependencies"]) == (row.shared_barriers, row.dependencies)
        there = actual.get_edge_data(row.department.iri, row.other.iri, {"weight": 0})
        assert there["weight"] == row.ties
    waits = find_projection("dependencies").of(example)
    for row in dependencies(example).rows:
        assert waits.out_degree(row.programme.iri) == row.needs
    stakeholders = find_projection("stakeholders").of(example)
    delivering = partner_concentration(example, min_departments=0).rows
    assert {n for n, k in stakeholders.nodes(data="kind") if k == "partner"} == {
        r.partner.iri for r in delivering
    }


@pytest.mark.parametrize("kind", PROJECTIONS)
def test_every_projection_says_what_it_is_and_rests_on_rows_that_are_there(
    kind: str, example: Dataset
) -> None:
    network = find_projection(kind).of(example)
    assert network.graph["name"] and network.graph["as_of"] == "2014-05-30"
    assert network.number_of_edges() > 0
    for iri, data in network.nodes(data=True):
        assert data["label"] == example.label(iri)
        assert data["kind"] in ("department", "organisation", "partner", "programme", "barrier")
    for *_, data in network.edges(data=True):
        assert data["kind"] and data["label"]
        if kind != "everything":  # its links are short cuts, which rest on several rows
            assert data["evidence"] and all(example.has_row(iri) for iri in data["evidence"])


@pytest.mark.parametrize("kind", PROJECTIONS)
def test_the_projections_of_an_empty_store_are_empty(kind: str) -> None:
    network = find_projection(kind).of(open_store("memory").dataset())
    assert (len(network), network.number_of_edges()) == (0, 0)


def test_a_network_that_is_not_there_is_answered_with_those_that_are() -> None:
    assert find_projection("actual_ties") is PROJECTIONS["actual-ties"]
    with pytest.raises(NotFound, match="programme-barrier, required-ties, actual-ties"):
        find_projection("astrology")


def test_every_analysis_that_has_a_network_and_its_network_are_there() -> None:
    assert set(SHOWING) <= set(analyses())
    assert set(SHOWING.values()) <= set(PROJECTIONS)
