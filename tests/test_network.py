"""Networks: what views draw agrees with the analyses they show, and is plain networkx."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import networkx as nx
import pytest

from graph.analyses.missing_ties import missing_ties
from graph.analyses.shared_blockers import shared_blockers
from graph.analyses.silo_overview import silo_overview
from graph.analysis import analyses
from graph.dataset import Dataset
from graph.network import (
    NETWORKS,
    blockers_network,
    departments_network,
    ties_network,
    whole_network,
)
from graph.store import open_store

Loaded = Callable[..., Dataset]

TABLES = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\nd,D,ministerial-department\ncouncil,Council,local-authority\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\nr,R,d\n",
    "participations": "programme,organisation,role\np,council,delivers\n",
    "barriers": "id,name,held_by\nx,X,a\ny,Y,\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-01-20,local,council,p,official\ni2,2014-01-21,centre,a,q,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\nf1,p,x,supports,4,i1,S\nf2,p,x,supports,2,i1,S\nf3,p,x,supports,2,i2,S\n"
    "f4,q,x,supports,2,i2,S\nf5,q,y,supports,2,i2,S\nf6,r,x,disputes,2,i2,S\n",
    "ties": "between,and,kind\np,q,joint-board\nq,p,joint-visit\nq,r,data-sharing\n",
    "dependencies": "dependent,provider,kind\np,q,data\n",
}  # fmt: skip


def at(kind: str, id: str) -> str:
    return f"https://joinedup.example/id/{kind}/{id}"


def test_the_blockers_network_holds_shared_barriers_their_programmes_and_who_leads_those(
    loaded: Loaded,
) -> None:
    network = blockers_network(loaded(**TABLES))
    assert {data["label"]: data["kind"] for _, data in network.nodes(data=True)} == {
        "X": "barrier", "P": "programme", "Q": "programme", "A": "department", "B": "department",
    }  # fmt: skip
    edge = network.edges[at("barrier", "x"), at("programme", "p")]
    assert (edge["kind"], edge["weight"], edge["label"]) == ("blocks", 2, "2 sources say so")
    assert sorted(edge["evidence"]) == [at("finding", f) for f in ("f1", "f2", "f3")]
    one = network.edges[at("barrier", "x"), at("programme", "q")]
    assert (one["weight"], one["label"]) == (1, "1 source says so")
    assert network.number_of_edges() == 4


def test_the_departments_network_tells_tied_pairs_from_untied_ones(loaded: Loaded) -> None:
    network = departments_network(loaded(**TABLES))
    tied = network.edges[at("organisation", "a"), at("organisation", "b")]
    assert (tied["kind"], tied["weight"], tied["ties"]) == ("tied", 1, 2)
    assert tied["label"] == "1 shared barrier, 2 working ties"
    only = network.edges[at("organisation", "b"), at("organisation", "d")]
    assert (only["kind"], only["weight"], only["ties"]) == ("tied", 0, 1)
    without = departments_network(loaded(**{k: v for k, v in TABLES.items() if k != "ties"}))
    assert without.edges[at("organisation", "a"), at("organisation", "b")]["kind"] == "untied"


def test_the_ties_network_joins_programmes_once_and_says_what_was_seen(loaded: Loaded) -> None:
    network = ties_network(loaded(**TABLES))
    edge = network.edges[at("programme", "p"), at("programme", "q")]
    assert (edge["kind"], edge["label"], edge["weight"]) == ("external", "joint board, joint visit", 2)
    assert network.nodes[at("programme", "p")]["departments"] == ["A"]
    assert network.number_of_edges() == 2


def test_the_whole_network_keeps_the_direction_and_kind_of_every_link(loaded: Loaded) -> None:
    network = whole_network(loaded(**TABLES))
    assert network.has_edge(at("barrier", "x"), at("programme", "p"), key="blocks")
    assert network.has_edge(at("programme", "p"), at("organisation", "a"), key="ledBy")
    assert network.has_edge(at("programme", "p"), at("organisation", "council"), key="deliveredBy")
    assert network.has_edge(at("programme", "p"), at("programme", "q"), key="dependsOn")
    assert network.has_edge(at("barrier", "x"), at("organisation", "a"), key="heldBy")
    assert not network.has_edge(at("barrier", "x"), at("programme", "r"))
    assert network.nodes[at("organisation", "a")]["kind"] == "department"
    assert network.nodes[at("organisation", "council")]["kind"] == "organisation"


def test_the_example_networks_agree_with_the_analyses_they_show(example: Dataset) -> None:
    blockers = blockers_network(example)
    rows = shared_blockers(example).rows
    assert {n for n, data in blockers.nodes(data=True) if data["kind"] == "barrier"} == {
        row.barrier.iri for row in rows
    }
    for row in rows:
        programmes = set(blockers[row.barrier.iri])
        leads = {n for p in programmes for n in blockers[p] if blockers.nodes[n]["kind"] == "department"}
        assert (len(programmes), len(leads)) == (row.programmes, row.departments)
    departments = departments_network(example)
    for pair in missing_ties(example).rows:
        if departments.has_edge(pair.department.iri, pair.other.iri):
            edge = departments.edges[pair.department.iri, pair.other.iri]
            assert (edge["weight"], edge["ties"]) == (pair.shared_barriers, pair.ties)
        else:
            assert (pair.shared_barriers, pair.ties) == (0, 0)
    ties = ties_network(example)
    (silos,) = silo_overview(example).rows
    kinds = [data["kind"] for *_, data in ties.edges(data=True)]
    assert (kinds.count("internal"), kinds.count("external")) == (silos.internal, silos.external)
    assert ties.number_of_nodes() == silos.programmes


@pytest.mark.parametrize("name", list(NETWORKS))
def test_every_analysis_has_a_network_whose_nodes_and_edges_say_what_they_are(
    name: str, example: Dataset
) -> None:
    assert {declared.command for declared in analyses().values()} >= set(NETWORKS)
    network = NETWORKS[name](example)
    assert network.number_of_edges() > 0
    for iri, data in network.nodes(data=True):
        assert iri.startswith("https://")
        assert data["label"] == example.label(iri)
        assert data["kind"] in ("department", "organisation", "programme", "barrier")
    for *_, data in network.edges(data=True):
        assert {"kind", "label", "weight", "evidence"} <= set(data)
        assert data["evidence"]
        assert all(example.has_row(iri) for iri in data["evidence"])


@pytest.mark.parametrize("name", list(NETWORKS))
def test_the_network_of_an_empty_store_is_empty_and_one_of_an_early_day_holds_what_was_known_then(
    name: str, example: Dataset
) -> None:
    assert len(NETWORKS[name](open_store("memory").dataset())) == 0
    # Five ties have no first day: they are taken to have always been.
    early = NETWORKS[name](example, as_of=date(1900, 1, 1))
    assert {data["kind"] for *_, data in early.edges(data=True)} <= {"tied", "internal"}
    assert early.number_of_edges() < NETWORKS[name](example).number_of_edges()


def test_networks_are_the_same_every_time_and_can_be_written_as_json(example: Dataset) -> None:
    one, other = (json.dumps(nx.node_link_data(whole_network(example), edges="links")) for _ in range(2))
    assert one == other
    assert len(nx.node_link_graph(json.loads(one), edges="links", multigraph=True, directed=True)) == len(
        whole_network(example)
    )
