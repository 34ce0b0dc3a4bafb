"""Silo overview: its figures against hand-worked ones, brute force over every deal, and networkx."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import combinations, permutations
from statistics import mean, pstdev

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analyses.silo_overview import Edge, SiloOverview, measure, silo_overview
from graph.dataset import Dataset
from graph.store import open_store

Loaded = Callable[..., Dataset]
Groups = Mapping[str, frozenset[str]]

# Worked by hand: three departments by letter, two ties across, six within.
EDGES: list[Edge] = [
    ("a1", "a2"),
    ("a2", "a3"),
    ("a1", "a3"),
    ("b1", "b2"),
    ("b2", "b3"),
    ("c1", "c2"),
    ("a3", "b1"),
    ("b3", "c1"),
]
NODES = ("a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2")
GROUPS: Groups = {node: frozenset(node[0]) for node in NODES}


def figures(edges: list[Edge], groups: Groups, shuffles: int = 100) -> SiloOverview:
    return measure(edges, groups, len(groups), len(groups), shuffles)


def index(edges: list[Edge], groups: Groups) -> float:
    internal = sum(not groups[a].isdisjoint(groups[b]) for a, b in edges)
    return (len(edges) - 2 * internal) / len(edges)


def every_deal(edges: list[Edge], groups: Groups) -> list[float]:
    """The E-I index of every way to deal the departments out, each as often as it can happen."""
    return [index(edges, dict(zip(groups, deal, strict=True))) for deal in permutations(groups.values())]


def distinct_deals(groups: Groups) -> set[tuple[frozenset[str], ...]]:
    def deals(left: list[frozenset[str]]) -> set[tuple[frozenset[str], ...]]:
        if not left:
            return {()}
        return {
            (g, *rest)
            for g in set(left)
            for rest in deals([*left[: left.index(g)], *left[left.index(g) + 1 :]])
        }

    return deals(list(groups.values()))


def test_the_hand_worked_network_has_the_hand_worked_figures() -> None:
    row = figures(EDGES, GROUPS, 5000)
    assert (row.programmes, row.departments, row.ties, row.external, row.internal) == (8, 3, 8, 2, 6)
    assert row.ei == -0.5
    assert row.expected == 0.5
    assert row.r == round(49 / 81, 6)
    assert row.spanners == 0
    assert row.sd is not None
    assert row.z == pytest.approx(-1 / row.sd, abs=1e-4)
    assert row.p is not None
    exact, error = 4 / 560, math.sqrt(4 / 560 * (1 - 4 / 560) / 5000)
    assert abs(row.p - exact) < 4 * error + 1 / 5001


def test_the_hand_worked_exact_chance_is_four_deals_in_560() -> None:
    deals = distinct_deals(GROUPS)
    indices = [index(EDGES, dict(zip(GROUPS, deal, strict=True))) for deal in deals]
    assert len(deals) == 560
    assert sum(i <= -0.5 for i in indices) == 4
    row = figures(EDGES, GROUPS)
    assert row.expected == pytest.approx(mean(indices), abs=1e-6)
    assert row.sd == pytest.approx(pstdev(indices), abs=1e-6)


@pytest.mark.parametrize(
    "homes",
    [
        ("A", "A", "AB", "B", "B", "C"),
        ("AB", "BC", "CA", "A", "B", "C"),
        ("AB", "AB", "AB", "C", "C", "CA"),
        ("A", "A", "A", "A", "A", "A"),
        ("A", "B", "C", "D", "E", "F"),
        ("ABC", "A", "B", "C", "AB", "D"),
    ],
)
def test_mean_and_spread_are_exact_also_where_programmes_have_several_departments(
    homes: tuple[str, ...],
) -> None:
    nodes = [f"n{i}" for i in range(len(homes))]
    groups = dict(zip(nodes, map(frozenset, homes), strict=True))
    for edges in (
        [(nodes[0], nodes[1])],
        list(combinations(nodes[:4], 2)),
        [(nodes[0], n) for n in nodes[1:]],
    ):
        deals = every_deal(edges, groups)
        row = figures(edges, groups)
        assert row.expected == pytest.approx(mean(deals), abs=1e-6)
        assert row.sd == pytest.approx(pstdev(deals), abs=1e-6)
        assert (row.z is None) == (row.sd == 0)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Edge], Groups]:
    nodes = [f"n{i}" for i in range(draw(st.integers(2, 7)))]
    homes = st.frozensets(st.sampled_from("ABC"), min_size=1, max_size=2)
    groups = {node: draw(homes) for node in nodes}
    edges = draw(st.lists(st.sampled_from(list(combinations(nodes, 2))), min_size=1, max_size=9, unique=True))
    return edges, groups


@settings(max_examples=25)
@given(networks())
def test_mean_and_spread_of_any_small_network_equal_those_of_every_deal(
    network: tuple[list[Edge], Groups],
) -> None:
    edges, groups = network
    deals = every_deal(edges, groups)
    row = figures(edges, groups)
    assert row.ei == pytest.approx(index(edges, groups), abs=1e-6)
    assert row.expected == pytest.approx(mean(deals), abs=1e-6)
    assert row.sd == pytest.approx(pstdev(deals), abs=2e-6)
    assert row.p is not None
    assert 1 / 101 - 1e-6 <= row.p <= 1


@given(networks(), st.randoms(use_true_random=False))
def test_new_names_and_another_order_change_no_exact_figure(
    network: tuple[list[Edge], Groups], chance: object
) -> None:
    import random

    assert isinstance(chance, random.Random)
    edges, groups = network
    before = figures(edges, groups)
    names, letters = list(groups), ["A", "B", "C"]
    chance.shuffle(names)
    chance.shuffle(letters)
    renamed = {f"x{names.index(n)}": frozenset(f"D{letters.index(d)}" for d in g) for n, g in groups.items()}
    moved = [(f"x{names.index(a)}", f"x{names.index(b)}") for a, b in edges]
    flipped = [(b, a) if chance.random() < 0.5 else (a, b) for a, b in moved]
    chance.shuffle(flipped)
    after = figures(flipped, dict(sorted(renamed.items(), key=lambda item: chance.random())))
    for name in (
        "programmes",
        "departments",
        "ties",
        "external",
        "internal",
        "ei",
        "expected",
        "sd",
        "z",
        "r",
        "spanners",
    ):
        assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-6), name


@given(networks())
def test_assortativity_agrees_with_networkx_on_programmes_of_one_department(
    network: tuple[list[Edge], Groups],
) -> None:
    edges, groups = network
    single = {node: next(iter(g)) for node, g in groups.items() if len(g) == 1}
    kept = [(a, b) for a, b in edges if a in single and b in single]
    row = figures(edges, groups)
    if len({single[end] for edge in kept for end in edge}) < 2:
        assert row.r is None
        return
    peer: nx.Graph[str] = nx.Graph(kept)
    nx.set_node_attributes(peer, single, "department")
    assert row.r == pytest.approx(nx.attribute_assortativity_coefficient(peer, "department"), abs=1e-6)


def test_the_same_seed_gives_the_same_chance_every_time() -> None:
    assert figures(EDGES, GROUPS, 1000) == figures(EDGES, GROUPS, 1000)


# --- From what is loaded ----------------------------------------------------------------------

TABLES = {
    "organisations": "id,name,kind,parent\na,A,ministerial-department,\nb,B,ministerial-department,\nc,C,non-ministerial-department,\nagency,Agency,executive-agency,c\n",
    "programmes": "id,name,lead\na1,A1,a\na2,A2,a\na3,A3,a\nb1,B1,b\nb2,B2,b\nb3,B3,b\nc1,C1,c\nc2,C2,agency\nlone,Lone,a\nnobody,Nobody,\n",
    "ties": "between,and,kind\na1,a2,joint-board\na2,a3,joint-visit\na1,a3,data-sharing\nb1,b2,joint-board\nb2,b3,joint-board\n"
    "c1,c2,joint-board\na3,b1,joint-board\nc1,b3,joint-board\na2,a1,joint-visit\na,b,joint-board\nnobody,a1,joint-board\n",
}


def test_ties_that_are_loaded_count_once_for_each_pair_of_programmes(loaded: Loaded) -> None:
    result = silo_overview(loaded(**TABLES))
    (row,) = result.rows
    assert (row.programmes, row.departments, row.ties, row.external, row.internal) == (8, 3, 8, 2, 6)
    assert (row.ei, row.expected, row.r) == (-0.5, 0.5, round(49 / 81, 6))
    assert row.interview_share == 0
    assert (result.of, result.of_what) == (10, "programmes")
    assert "2 of 8 working ties cross departments" in result.summary
    assert "they work apart more than their sizes explain" in result.summary
    assert any("10 of 10 programmes have no interview" in c for c in result.caveats)


def test_a_programme_that_was_only_interviewed_about_takes_part_and_its_department_counts(
    loaded: Loaded,
) -> None:
    interviews = "id,held_on,level,programmes,marking\ni1,2014-01-20,local,lone,official\n"
    (row,) = silo_overview(loaded(**TABLES, interviews=interviews)).rows
    assert (row.programmes, row.ties, row.interview_share) == (9, 8, 0.1)
    assert row.expected is not None
    assert row.expected != 0.5


def test_a_programme_of_two_departments_makes_ties_to_both_internal(loaded: Loaded) -> None:
    tables = TABLES | {"participations": "programme,organisation,role\nb1,a,co-owner\n"}
    (row,) = silo_overview(loaded(**tables)).rows
    assert (row.external, row.internal, row.spanners) == (1, 7, 1)


def test_a_tie_that_has_ended_or_not_begun_by_the_day_is_no_tie(loaded: Loaded) -> None:
    from datetime import date

    ties = "between,and,kind,from,until\na1,b1,joint-board,2013-01-01,2013-12-31\na2,b2,joint-board,2014-06-01,\na3,b3,joint-board,,\n"
    dataset = loaded(**(TABLES | {"ties": ties}))
    for day, count in (
        (date(2013, 6, 1), 2),
        (date(2014, 1, 1), 1),
        (date(2014, 6, 1), 2),
        (date(2012, 1, 1), 1),
    ):
        assert silo_overview(dataset, as_of=day).rows[0].ties == count, day


def test_what_is_not_defined_is_none_and_never_a_number_or_an_error(loaded: Loaded) -> None:
    (row,) = silo_overview(open_store("memory").dataset()).rows
    assert row == SiloOverview(0, 0, 0, 0, 0, None, None, None, None, None, None, 0, None)
    few = {"organisations": TABLES["organisations"]}
    for programmes, ties in (
        ("a1,A1,a\n", ""),
        ("a1,A1,a\na2,A2,a\n", "a1,a2,joint-board\n"),
        ("a1,A1,a\nb1,B1,b\n", "a1,b1,joint-board\n"),
        ("a1,A1,a\nb1,B1,b\nb2,B2,b\n", "a1,b1,joint-board\n"),
        ("a1,A1,\nb1,B1,\n", "a1,b1,joint-board\n"),
    ):
        tables = few | {"programmes": "id,name,lead\n" + programmes}
        if ties:
            tables["ties"] = "between,and,kind\n" + ties
        result = silo_overview(loaded(**tables))
        for name, value in vars(result.rows[0]).items():
            assert value is None or math.isfinite(value), name
        assert result.summary.endswith(".")


def test_the_example_turns_inward_as_its_readme_tells(example: Dataset) -> None:
    (row,) = silo_overview(example).rows
    assert (row.internal, row.external, row.spanners) == (16, 3, 2)
    assert row.ei == pytest.approx(-0.68, abs=0.005)
    assert row.expected == pytest.approx(0.84, abs=0.005)
    assert row.p == pytest.approx(1 / 5001, abs=1e-6)
    assert row.interview_share == 1
