"""Department openness and boundary spanners: the hand-worked network of the definitions, and plain brute force."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.boundary_spanners import ROLES, boundary_spanners, brokerage, cut_off
from graph.analyses.department_openness import department_openness, measure
from graph.analysis import Thing
from graph.dataset import Dataset

Loaded = Callable[..., Dataset]

# Edges a1a2 a2a3 a1a3 b1b2 b2b3 c1c2 a3b1 b3c1: the network worked by hand, departments by letter.
HAND = [
    ("a1", "a2"),
    ("a2", "a3"),
    ("a1", "a3"),
    ("b1", "b2"),
    ("b2", "b3"),
    ("c1", "c2"),
    ("a3", "b1"),
    ("b3", "c1"),
]
HOMES = {node: frozenset(node[0]) for node in ("a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2")}


def tables(edges: list[tuple[str, str]]) -> dict[str, str]:
    nodes = sorted({n for edge in edges for n in edge})
    return {
        "organisations": "id,name,kind\n"
        + "".join(f"{d},{d.upper()},ministerial-department\n" for d in sorted({n[0] for n in nodes})),
        "programmes": "id,name,lead\n" + "".join(f"{n},{n.upper()},{n[0]}\n" for n in nodes),
        "ties": "between,and,kind\n" + "".join(f"{a},{b},joint-board\n" for a, b in edges),
    }


def test_the_hand_worked_network_gives_its_figures(loaded: Loaded) -> None:
    rows = {r.department.label: r for r in department_openness(loaded(**tables(HAND)), min_ties=3).rows}
    assert {d: (r.n, r.internal, r.external) for d, r in rows.items()} == {
        "A": (3, 3, 1),
        "B": (3, 2, 2),
        "C": (2, 1, 1),
    }
    assert {d: r.ei for d, r in rows.items()} == {"A": -0.5, "B": 0, "C": 0}
    # (2(N - n) - (n - 1)) / (2(N - n) + (n - 1)) with N = 8
    assert rows["A"].expected == pytest.approx((10 - 2) / (10 + 2), abs=1e-6)
    assert rows["C"].expected == pytest.approx((12 - 1) / (12 + 1), abs=1e-6)
    assert {d: r.conductance for d, r in rows.items()} == {
        "A": pytest.approx(1 / 7, abs=1e-6), "B": pytest.approx(1 / 3, abs=1e-6), "C": pytest.approx(1 / 3, abs=1e-6),
    }  # fmt: skip
    # A: 6 of 7 ends inside, by chance 2/7: (6/7 - 2/7) / (5/7)
    assert rows["A"].coleman == pytest.approx(4 / 5, abs=1e-6)
    assert rows["C"].note == "2 of its ties are known: too few to judge by" and not rows["A"].note


def test_a_department_with_one_programme_has_no_index_rather_than_zero(loaded: Loaded) -> None:
    rows = {
        r.department.label: r
        for r in department_openness(loaded(**tables([("a1", "b1"), ("b1", "b2")]))).rows
    }
    assert (rows["A"].ei, rows["A"].expected, rows["A"].coleman) == (None, None, None)
    assert "one programme" in rows["A"].note
    assert rows["A"].conductance == 1


def test_those_furthest_below_what_their_size_gives_come_first(example: Dataset) -> None:
    rows = [r for r in department_openness(example).rows if r.ei is not None]
    gaps = [(r.ei or 0) - (r.expected or 0) for r in rows]
    assert gaps == sorted(gaps) and gaps[0] < 0
    assert sum(r.internal for r in rows) > 0


def test_the_roles_of_the_hand_worked_network(loaded: Loaded) -> None:
    rows = {r.programme.label: r for r in boundary_spanners(loaded(**tables(HAND))).rows}
    # a3 joins a1 and a2, each with b1: out of A and into it, twice each; a1 and a2 are tied themselves.
    assert [getattr(rows["A3"], role) for role in ROLES] == [0, 0, 2, 2, 0]
    # b2 joins b1 and b3 of its own department, each way; b1 joins a3 and b2; c1 joins b3 and c2
    assert [getattr(rows["B2"], role) for role in ROLES] == [2, 0, 0, 0, 0]
    assert [getattr(rows["B1"], role) for role in ROLES] == [0, 0, 1, 1, 0]
    assert set(rows) == {"A3", "B1", "B2", "B3", "C1"}
    assert all(r.articulation for r in rows.values())
    # without b2, the larger rest holds a1 a2 a3 b1, and c is cut off; b is still there with b1
    assert rows["B2"].departments_cut_off == 1
    # without a3, the larger rest is b and c, and department a is cut off
    assert rows["A3"].departments_cut_off == 1


def test_an_itinerant_and_a_liaison() -> None:
    star = nx.Graph([("b1", "a1"), ("b1", "a2"), ("b1", "c1")])
    counts = brokerage(star, {n: frozenset(n[0]) for n in star})["b1"]
    assert counts == {"itinerant": 2, "liaison": 4}


def test_the_list_says_how_many_of_how_many(example: Dataset) -> None:
    result = boundary_spanners(example, top=2)
    assert len(result.rows) == 2 < result.of


@st.composite
def networks(draw: st.DrawFn) -> tuple[nx.Graph[str], dict[str, frozenset[str]]]:
    nodes = [f"n{i}" for i in range(draw(st.integers(1, 7)))]
    homes = {n: frozenset(draw(st.sets(st.sampled_from("abc"), min_size=1, max_size=2))) for n in nodes}
    edges = (
        draw(st.lists(st.sampled_from(list(combinations(nodes, 2))), unique=True)) if len(nodes) > 1 else []
    )
    network: nx.Graph[str] = nx.Graph()
    network.add_nodes_from(nodes)
    network.add_edges_from(edges)
    return network, homes


@given(networks())
def test_all_ways_through_a_node_are_the_open_pairs_of_its_neighbours(
    drawn: tuple[nx.Graph[str], dict[str, frozenset[str]]],
) -> None:
    network, homes = drawn
    for node, counts in brokerage(network, homes).items():
        closed = sum(network.has_edge(a, b) for a, b in combinations(network[node], 2))
        assert counts.total() == 2 * (comb(network.degree(node), 2) - closed)
        assert counts["representative"] == counts["gatekeeper"]


@given(networks())
def test_openness_and_cuts_hold_for_any_network(
    drawn: tuple[nx.Graph[str], dict[str, frozenset[str]]],
) -> None:
    network, homes = drawn
    edges = list(network.edges)
    for department in "abc":
        row = measure(Thing(department, department), department, edges, homes, 0)
        assert row.internal + row.external <= len(edges)
        for index in (row.ei, row.expected, row.coleman):
            assert index is None or -1 <= index <= 1
        assert row.conductance is None or row.conductance >= 0
    for node in nx.articulation_points(network):
        before = nx.number_connected_components(network)
        rest = network.copy()
        rest.remove_node(node)
        assert nx.number_connected_components(rest) > before
        assert cut_off(network, homes, node) <= {d for h in homes.values() for d in h}
