"""Slippage: who is behind whom and how far a delay goes, against every arc tried over and over, and by hand."""

from __future__ import annotations

import doctest
import importlib
from collections.abc import Mapping
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.slippage import Slip, behind, rings, slips

Arcs = Mapping[tuple[str, str], int | None]


def network_of(arcs: Arcs, names: str = "") -> nx.DiGraph[str]:
    """Its nodes in the order of names."""
    network: nx.DiGraph[str] = nx.DiGraph()
    network.add_nodes_from(names)
    network.add_edges_from((*pair, {"slack": slack}) for pair, slack in arcs.items())
    return network


def slipped(network: nx.DiGraph[str], days: int, most: int = 50) -> dict[str, Slip]:
    return slips(network, rings(network), network, days, most)


def by_trying(network: nx.DiGraph[str], start: str, days: int) -> tuple[dict[str, int], list[str]]:
    """The delays that one slip leads to, and the longest chain: arcs are tried until none brings anything new."""
    ring_of = {n: ring for ring in nx.strongly_connected_components(network) for n in ring}
    arcs = [
        (one, other, 0 if other in ring_of[one] else max(0, network.edges[one, other]["slack"] or 0))
        for one in network
        for other in network
        if one != other and (other in ring_of[one] or network.has_edge(one, other))
    ]
    best = {start: (0, 0)}
    while True:
        before = dict(best)
        for one, other, slack in arcs:
            if one in best and best[one][0] + slack < days:
                way = (best[one][0] + slack, best[one][1] + 1)
                best[other] = min(way, best.get(other, way))
        if best == before:
            break
    by_name = {n: rank for rank, n in enumerate(network)}

    def way_to(end: str) -> list[str]:
        if end == start:
            return [start]
        pushing = [
            one
            for one, other, slack in arcs
            if other == end and one in best and (best[one][0] + slack, best[one][1] + 1) == best[end]
        ]
        return [*way_to(min(pushing, key=by_name.__getitem__)), end]

    end = min(best, key=lambda n: (-best[n][1], by_name[n]))
    return {n: days - used for n, (used, _) in best.items()}, way_to(end)


NAMES = "abcdefgh"
SLACKS = st.none() | st.integers(-5, 20) | st.sampled_from([0, 0, 1, 2, 10**9])
ARCS = st.dictionaries(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), SLACKS, max_size=24)
DAYS = st.integers(1, 40) | st.sampled_from([3640, 10**9 + 1, 10**10])


@given(ARCS, st.permutations(NAMES), DAYS, st.integers(1, 9), st.integers(1, 9), st.integers(1, 30))
def test_delays_and_chains_are_those_found_by_trying_every_arc_however_many_are_worked_out_at_once(
    arcs: Arcs, names: list[str], days: int, most: int, at_once: int, looked_over: int
) -> None:
    network = network_of(arcs, "".join(names))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.slippage._SOURCES", at_once)
        patch.setattr("graph.slippage._SLAB", looked_over)
        found = slipped(network, days, most)
    assert found.keys() == set(network)
    for start, slip in found.items():
        delays, chain = by_trying(network, start, days)
        assert slip == Slip(len(delays) - 1, len(chain), chain[:most])


@given(ARCS, st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from("xyz"))))
def test_those_behind_are_all_that_can_be_reached_and_departments_those_of_them_alone(
    arcs: Arcs, departments: Mapping[str, frozenset[str]]
) -> None:
    network = network_of(arcs, NAMES)
    for node, found in behind(network, rings(network), departments).items():
        after = nx.descendants(network, node)
        theirs = frozenset[str]().union(*(departments.get(n, frozenset()) for n in after))
        assert (found.programmes, found.departments) == (
            len(after),
            len(theirs - departments.get(node, frozenset())),
        )


@given(ARCS)
def test_a_ring_comes_after_those_that_wait_for_it(arcs: Arcs) -> None:
    network = network_of(arcs)
    ring_of = {node: n for n, ring in enumerate(rings(network)) for node in ring}
    assert all(ring_of[other] <= ring_of[one] for one, other in network.edges)


@given(ARCS, st.integers(1, 60))
def test_a_longer_slip_pushes_all_that_a_shorter_one_does_and_none_but_those_behind(
    arcs: Arcs, days: int
) -> None:
    network = network_of(arcs, NAMES)
    waiting = behind(network, rings(network), {})
    longer = slipped(network, days + 1)
    for start, slip in slipped(network, days).items():
        assert slip.pushed <= longer[start].pushed <= waiting[start].programmes
        assert set(slip.chain[1:]) <= nx.descendants(network, start)


def test_without_slack_all_who_wait_are_pushed() -> None:
    network = network_of({("a", "b"): 0, ("b", "c"): None, ("c", "a"): -3, ("c", "d"): 0})
    assert {n: slip.pushed for n, slip in slipped(network, 1).items()} == {"a": 3, "b": 3, "c": 3, "d": 0}


def test_a_programme_is_pushed_by_the_one_that_leaves_it_the_greatest_delay_however_long_the_way() -> None:
    # d slips by 10 - 0 through b and c, by 10 - 1 straight from a
    network = network_of({("a", "b"): 0, ("b", "c"): 0, ("c", "d"): 0, ("a", "d"): 1})
    assert slipped(network, 10)["a"] == Slip(3, 4, ["a", "b", "c", "d"])


def test_of_ways_that_leave_as_much_the_one_of_the_fewest_steps_counts() -> None:
    network = network_of({("a", "b"): 2, ("b", "c"): 1, ("c", "d"): 0, ("a", "d"): 3})
    assert slipped(network, 10)["a"] == Slip(3, 3, ["a", "b", "c"])


def test_of_ways_as_good_and_as_long_the_first_by_name_counts_whatever_the_order_of_the_arcs() -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "e"), ("c", "e"), ("c", "d")]
    for arcs in (pairs, pairs[::-1]):
        network = network_of(dict.fromkeys(arcs, 0), "abcde")
        # a, c, d ends in d, which is before e; were it not, e would be reached through b
        assert slipped(network, 1)["a"].chain == ["a", "c", "d"]
        assert slipped(network_of(dict.fromkeys(arcs, 0), "aecbd"), 1)["a"].chain == ["a", "c", "e"]


def test_a_delay_goes_straight_from_the_programme_that_it_reaches_first_to_the_others_of_a_ring() -> None:
    ring = dict.fromkeys([("b", "c"), ("c", "d"), ("d", "e"), ("e", "b")], 5)
    network = network_of({("a", "b"): 3, **ring, ("d", "f"): 6})
    # 10 days, 7 in the whole ring however slack it is within, 1 at f
    assert slipped(network, 10)["a"] == Slip(5, 4, ["a", "b", "d", "f"])
    assert slipped(network, 9)["a"] == Slip(4, 3, ["a", "b", "c"])


@pytest.mark.parametrize(("names", "chain"), [("abmv", "abv"), ("ambv", "amv")])
def test_one_outside_a_ring_and_one_in_it_that_push_as_much_are_told_apart_by_name(
    names: str, chain: str
) -> None:
    network = network_of(
        dict.fromkeys([("a", "m"), ("a", "b"), ("b", "v"), ("m", "v"), ("v", "m")], 0), names
    )
    assert slipped(network, 1)["a"].chain == list(chain)


def test_slack_beyond_its_day_adds_no_delay_and_as_many_days_as_the_slip_take_it_up_whole() -> None:
    assert slipped(network_of({("a", "b"): -30, ("b", "c"): 7}), 7)["a"] == Slip(1, 2, ["a", "b"])


def test_a_chain_of_thousands_is_counted_whole_and_told_by_its_beginning() -> None:
    names = [f"{n:04}" for n in range(4000)]
    network = network_of(dict.fromkeys(pairwise(names), None))
    found = slipped(network, 28, 3)
    assert found["0000"] == Slip(3999, 4000, names[:3])
    assert found["3998"] == Slip(1, 2, names[3998:])
    counted = behind(network, rings(network), {n: {n[-1]} for n in names})
    assert (counted["0000"].programmes, counted["0000"].departments) == (3999, 9)


def test_a_ring_of_thousands_is_one() -> None:
    names = [f"{n:04}" for n in range(3000)]
    network = network_of({**dict.fromkeys(pairwise(names), 9), (names[-1], names[0]): 9})
    assert set(map(len, rings(network))) == {3000}
    assert slipped(network, 1)["0007"] == Slip(2999, 2, ["0007", "0000"])


def test_where_nothing_waits_nothing_is_pushed() -> None:
    assert slipped(network_of({}), 7) == {}
    assert slipped(network_of({}, "a"), 7) == {"a": Slip(0, 1, ["a"])}


def test_examples_in_docstrings_hold() -> None:
    outcome = doctest.testmod(importlib.import_module("graph.slippage"))
    assert (outcome.attempted > 0, outcome.failed) == (True, 0)
