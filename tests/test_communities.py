"""Communities: the partition, its likeness to departments and its figures, against hand-worked and published ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.communities import (
    Likeness,
    ari,
    communities,
    leiden,
    likeness,
    members_of,
    modularity,
    nmi,
)
from graph.analyses.silo_overview import Edge
from graph.dataset import Dataset
from graph.store import open_store

Loaded = Callable[..., Dataset]

# The network of ANALYSES that silo_overview is worked out on; departments by letter.
EDGES: list[Edge] = [
    ("a1", "a2"), ("a2", "a3"), ("a1", "a3"), ("b1", "b2"), ("b2", "b3"), ("c1", "c2"), ("a3", "b1"), ("b3", "c1"),
]  # fmt: skip
NODES = sorted({end for edge in EDGES for end in edge})
GROUPS = {node: frozenset(node[0]) for node in NODES}
TABLES = {
    "organisations": "id,name,kind\na,Department A,ministerial-department\nb,Department B,ministerial-department\nc,Department C,ministerial-department\n",
    "programmes": "id,name,lead\n" + "".join(f"{n},{n.upper()},{n[0]}\n" for n in NODES),
    "ties": "between,and,kind\n" + "".join(f"{a},{b},joint-board\n" for a, b in EDGES),
}


def partitions(nodes: list[str]) -> Iterator[list[list[str]]]:
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for found in partitions(rest):
        yield [[first], *found]
        for i in range(len(found)):
            yield [*found[:i], [first, *found[i]], *found[i + 1 :]]


def test_the_hand_worked_network_has_the_best_of_all_partitions() -> None:
    found = leiden(EDGES)
    assert members_of(found) == [["a1", "a2", "a3"], ["b3", "c1", "c2"], ["b1", "b2"]]
    every = [
        modularity(EDGES, {n: frozenset(str(i)) for i, part in enumerate(parts) for n in part}) or 0
        for parts in partitions(NODES)
    ]
    assert len(every) == 4140  # the Bell number of 8
    assert max(every) == pytest.approx(51 / 128)


def test_likeness_of_the_hand_worked_network_is_the_hand_worked_one() -> None:
    # Departments 3, 3, 2 against communities 3, 2, 3, which meet in 3, 2, 1 and 2.
    entropy = 0.75 * log(8 / 3) + 0.25 * log(4)
    information = 0.875 * log(8 / 3) - 0.125 * log(9 / 8)
    assert likeness(EDGES, GROUPS, leiden(EDGES)) == Likeness(
        round(information / entropy, 6), round(13 / 21, 6), round(51 / 128, 6), round(49 / 128, 6)
    )


def test_pairs_of_partitions_have_the_figures_that_scikit_learn_documents() -> None:
    # From the docstrings of adjusted_rand_score and normalized_mutual_info_score.
    assert ari([("0", 0), ("0", 0), ("1", 1), ("1", 2)]) == pytest.approx(4 / 7)
    assert ari([("0", 0), ("0", 1), ("1", 0), ("1", 1)]) == pytest.approx(-0.5)
    assert nmi([("0", 0), ("0", 0), ("1", 1), ("1", 1)]) == pytest.approx(1)
    assert nmi([("0", 0), ("0", 1), ("0", 2), ("0", 3)]) == pytest.approx(0)


def test_the_karate_club_has_the_published_modularity() -> None:
    club = nx.karate_club_graph()
    edges = [(f"{a:02}", f"{b:02}") for a, b in club.edges]
    found = leiden(edges)
    assert len(members_of(found)) == 4
    groups = {node: frozenset(str(c)) for node, c in found.items()}
    assert modularity(edges, groups) == pytest.approx(0.4198, abs=5e-5)
    clubs = {f"{n:02}": frozenset((club.nodes[n]["club"],)) for n in club}
    parts = [[n for n in club if club.nodes[n]["club"] == name] for name in ("Mr. Hi", "Officer")]
    assert modularity(edges, clubs) == pytest.approx(nx.community.modularity(club, parts, weight=None))


@given(st.permutations(EDGES), st.lists(st.booleans(), min_size=len(EDGES), max_size=len(EDGES)))
def test_the_order_of_rows_and_of_ends_changes_nothing(edges: list[Edge], turned: list[bool]) -> None:
    assert leiden([(b, a) if turn else (a, b) for (a, b), turn in zip(edges, turned, strict=True)]) == leiden(
        EDGES
    )


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=12), st.permutations(range(4)))
def test_likeness_is_symmetric_and_does_not_look_at_names(
    pairs: list[tuple[str, int]], names: list[int]
) -> None:
    turned = [(str(names[b]), ord(a)) for a, b in pairs]
    for figure, low in ((nmi, 0), (ari, -1)):
        one, other = figure(pairs), figure(turned)
        assert (one is None) == (other is None)
        if one is not None:
            assert one == pytest.approx(other)
            assert low - 1e-9 <= one <= 1 + 1e-9


def test_rows_tell_members_departments_and_the_largest_share(loaded: Loaded) -> None:
    result = communities(loaded(**TABLES))
    assert [
        (
            [m.programme.label for m in row.which],
            [(s.department.label, s.programmes) for s in row.departments],
            row.largest_share,
        )
        for row in result.rows
    ] == [
        (["A1", "A2", "A3"], [("Department A", 3)], 1),
        (["B3", "C1", "C2"], [("Department C", 2), ("Department B", 1)], round(2 / 3, 6)),
        (["B1", "B2"], [("Department B", 2)], 1),
    ]
    assert {row.modularity for row in result.rows} == {round(51 / 128, 6)}
    assert "NMI 0.78, ARI 0.62; modularity 0.40, of the departments 0.38" in result.summary


def test_a_programme_of_two_departments_is_inside_both_and_out_of_the_likeness(loaded: Loaded) -> None:
    both = "programme,organisation,role\nb3,c,co-owner\n"
    result = communities(loaded(**TABLES, participations=both))
    row = result.rows[0]
    # b3 to c1 is inside now: 7 of 8. By chance: ends a 7, b 4, b3 2, c 3; (49 + 16 + 2*8 + 4 + 2*6 + 9) / 256.
    assert row.of_departments == pytest.approx(7 / 8 - 106 / 256, abs=1e-6)
    # Without b3: departments 3, 2, 2, and communities 3, 2, 2 alike.
    assert (row.nmi, row.ari) == (1, 1)
    assert any(c.startswith("1 of these programmes have two or more departments") for c in result.caveats)


def test_what_is_not_defined_is_none_and_never_a_number_or_an_error(loaded: Loaded) -> None:
    assert communities(open_store("memory").dataset()).rows == []
    assert communities(loaded(**{k: v for k, v in TABLES.items() if k != "ties"})).rows == []
    assert likeness([], {}, {}) == Likeness(None, None, None, None)
    assert likeness([], {"a1": frozenset("a")}, {"a1": 0}) == Likeness(None, None, None, None)
    one = [("a1", "a2")]
    assert likeness(one, GROUPS, leiden(one)) == Likeness(None, None, 0, 0)


def test_who_has_no_tie_is_in_no_community_and_is_told_of(loaded: Loaded) -> None:
    interviews = (
        "id,held_on,level,organisation,programmes,marking\ni1,2014-01-20,front-line,a,lone,official\n"
    )
    programmes = TABLES["programmes"] + "lone,Lone,a\n"
    result = communities(loaded(**TABLES | {"programmes": programmes, "interviews": interviews}))
    assert sum(row.programmes for row in result.rows) == 8
    assert "1 of 9 tested programmes have no known tie and are in no community." in result.caveats
