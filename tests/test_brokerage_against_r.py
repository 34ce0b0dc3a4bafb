"""Boundary spanners against R: the five roles on a published network are those that sna::brokerage counts.

tests/data/brokerage.R is the script, with the versions of R and its packages and the source of the network.
"""

from __future__ import annotations

import csv
from pathlib import Path

import networkx as nx
import pytest

from graph.analyses.boundary_spanners import ROLES, brokerage

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texas(network: nx.Graph[str]) -> nx.Graph[str]:
    network.add_nodes_from(str(n) for n in range(1, 26))
    network.add_edges_from((row["from"], row["to"]) for row in rows("brokerage_arrows"))
    return network


@pytest.mark.parametrize(("name", "empty"), [("arrows", nx.DiGraph), ("ties", nx.Graph)])
def test_the_roles_are_those_that_r_counts(name: str, empty: type[nx.Graph[str]]) -> None:
    golden = {row["node"]: row for row in rows("brokerage") if row["network"] == name}
    found = brokerage(texas(empty()), {node: frozenset([row["sponsor"]]) for node, row in golden.items()})
    assert len(golden) == 25
    assert {node: {role: counts[role] for role in ROLES} for node, counts in found.items()} == {
        node: {role: int(row[role]) for role in ROLES} for node, row in golden.items()
    }
    assert {node: counts.total() for node, counts in found.items()} == {
        node: int(row["total"]) for node, row in golden.items()
    }


def test_every_role_is_played_in_the_network_that_r_counted() -> None:
    for name in ("arrows", "ties"):
        for role in ROLES:
            assert any(int(row[role]) for row in rows("brokerage") if row["network"] == name), (name, role)


def test_an_arrow_leads_one_way_and_a_tie_both() -> None:
    # a -> b -> c, where a and b are of one group: only b stands between, on the way out of its group
    groups = {"a": frozenset("x"), "b": frozenset("x"), "c": frozenset("y")}
    arrows = brokerage(nx.DiGraph([("a", "b"), ("b", "c")]), groups)
    assert dict(arrows["b"]) == {"representative": 1}
    ties = brokerage(nx.Graph([("a", "b"), ("b", "c")]), groups)
    assert dict(ties["b"]) == {"representative": 1, "gatekeeper": 1}
    assert not arrows["a"] and not ties["c"]
