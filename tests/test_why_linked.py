"""Why linked: paths written out by hand, hubs behind, the day kept to, and names that nobody can mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from math import log2, prod

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.why_linked import LinkedBy, why_linked
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.paths import best_paths
from graph.store import open_store

Loaded = Callable[..., Dataset]

# us - late - y - dz, and us - da: the one way from us to dz has three hops
LATE = {
    "organisations": "id,name,abbreviation,kind\nda,Department A,DA,ministerial-department\ndz,Department for Z,DZ,ministerial-department\n",
    "programmes": "id,name,lead\nus,Universal Support,da\ny,Y,dz\n",
    "barriers": "id,name,removed_on\nlate,Late data,\ngone,Gone,2014-01-31\n",
    "interviews": "id,held_on,level,programmes,marking\ni1,2014-02-01,local,us,official\ni2,2014-02-02,local,us,official\n"
    "i3,2014-02-03,local,us,official\ni4,2014-03-01,local,y,official\ni5,2014-02-05,centre,us,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\nf1,us,late,supports,3,i1,S\nf2,us,late,supports,3,i2,S\n"
    "f3,us,late,supports,3,i3,S\nf3b,us,late,supports,3,i3,Again\nf4,y,late,supports,3,i4,S\nf5,us,late,disputes,2,i5,S\n"
    "f6,us,gone,supports,3,i1,S\nf7,y,gone,supports,3,i4,S\n",
}


def test_a_path_is_told_in_a_sentence_with_what_each_step_rests_on(loaded: Loaded) -> None:
    result = why_linked(loaded(**LATE), one="us", other="dz")
    (row,) = result.rows
    assert row.path == (
        "Universal Support is held back by “Late data” (3 interviews say so, 1 disputes it), which also holds back Y "
        "(1 interview says so), which is led by Department for Z."
    )
    assert (row.hops, row.strength, row.sources, row.start.label) == (3, 1.0, 1, "Universal Support")
    assert [(s.thing.label, s.link, s.direction, s.sources) for s in row.steps] == [
        ("Late data", "is held back by", "back", 3),
        ("Y", "holds back", "onward", 1),
        ("Department for Z", "is led by", "back", 1),
    ]
    kinds = [(g.step, g.statement.iri.split("/id/")[1].partition("/")[0]) for g in row.evidence]
    assert kinds == [(1, "finding")] * 4 + [(2, "finding"), (3, "participation")]
    assert result.summary.endswith("That is the only path of at most 4 hops.") and result.of == 1


def test_what_came_later_or_is_gone_joins_nothing(loaded: Loaded) -> None:
    dataset = loaded(**LATE)
    before = why_linked(dataset, one="us", other="dz", as_of=date(2014, 2, 28))
    assert before.rows == [] and before.of == 0
    assert before.summary == (
        "No path of at most 4 hops joins Universal Support and Department for Z. Nor does any longer one."
    )
    while_it_stood = why_linked(dataset, one="gone", other="us", as_of=date(2014, 1, 30))
    assert while_it_stood.summary.startswith("No evidenced path joins “Gone”")  # nobody had said so yet
    now = why_linked(dataset, one="gone", other="us")
    assert now.summary.endswith("nothing on the day links “Gone” to anything.")


def test_a_tie_counts_between_its_days_and_a_lead_on_its_own(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name,kind\nold,Old,ministerial-department\nnew,New,ministerial-department\n",
        programmes="id,name\np,P\nq,Q\n",
        participations="programme,organisation,role,from,until\np,old,lead,,2014-01-31\np,new,lead,2014-02-01,\n",
        ties="between,and,kind,from,until\np,q,joint-board,2014-02-01,2014-03-01\n",
    )

    def joined(one: str, other: str, day: date) -> list[str]:
        return [row.path for row in why_linked(dataset, one=one, other=other, as_of=day).rows]

    assert joined("old", "p", date(2014, 1, 31)) == ["Old leads P."]
    assert joined("old", "p", date(2014, 2, 1)) == []
    assert joined("q", "new", date(2014, 2, 1)) == ["Q works with P, which is led by New."]
    assert joined("q", "new", date(2014, 3, 2)) == []


# p and q: led by one department of eight programmes, and held back by one barrier that holds back these two alone
HUB = {
    "organisations": "id,name,kind\nhub,Hub,ministerial-department\n",
    "programmes": "id,name,lead\np,P,hub\nq,Q,hub\n" + "".join(f"r{n},R{n},hub\n" for n in range(6)),
    "barriers": "id,name\nb,B\n",
    "interviews": "id,held_on,level,programmes,marking\ni,2014-02-01,local,p;q,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\n1,p,b,supports,3,i,S\n2,q,b,supports,3,i,S\n",
}


def test_a_hub_comes_behind_what_joins_the_two_alone(loaded: Loaded) -> None:
    rows = why_linked(loaded(**HUB), one="p", other="q").rows
    assert [(row.hops, row.strength, row.steps[0].thing.label) for row in rows] == [
        (2, 1.0, "B"), (2, round(1 / 3, 6), "Hub"),
    ]  # fmt: skip
    assert [row.path for row in why_linked(loaded(**HUB), one="p", other="q", most=1).rows] == [
        "P is held back by “B” (1 interview says so), which also holds back Q (1 interview says so)."
    ]


# an action of one, for a recommendation to the other, about a barrier whose lever the other holds
RESPONSE = {
    "organisations": "id,name,kind,parent\none,One,ministerial-department,\ntwo,Two,ministerial-department,\npart,Part,executive-agency,two\n",
    "programmes": "id,name\np,P\nq,Q\n",
    "barriers": "id,name\nb,B\n",
    "recommendations": "id,name,barriers,addressed_to\nrec,Rec,b,two\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status\nact,Act,rec,one,2014-03-01,2014-05-01,open\n",
    "levers": "id,name,holder,barriers\nlev,Lev,part,b\n",
    "dependencies": "dependent,provider,kind\np,q,data\n",
}


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ("one", "two", ["One owns “Act”, which carries out “Rec”, which is addressed to Two."]),
        ("p", "q", ["P waits for Q."]),
        ("q", "p", ["Q is waited for by P."]),
        ("b", "part", ["“B” would be removed by “Lev”, which is in the hands of Part.", "“B” is addressed by “Rec”, which is addressed to Two, which includes Part."]),
        ("part", "rec", ["Part is part of Two, which is asked to act on “Rec”.", "Part can use “Lev”, which would remove “B”, which is addressed by “Rec”."]),
    ],
)  # fmt: skip
def test_every_kind_of_link_reads_both_ways(loaded: Loaded, one: str, other: str, paths: list[str]) -> None:
    result = why_linked(loaded(**RESPONSE), one=one, other=other, max_hops=3, as_of=date(2014, 4, 1))
    assert [row.path for row in result.rows] == paths


def test_an_action_that_was_not_agreed_yet_joins_nothing(loaded: Loaded) -> None:
    result = why_linked(loaded(**RESPONSE), one="one", other="two", as_of=date(2014, 2, 1))
    assert result.rows == [] and "nothing on the day links One" in result.summary


# --- Names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["us", "programme/us", "https://joinedup.example/id/programme/us", " universal  SUPPORT ", "Universal Support"])  # fmt: skip
def test_a_thing_goes_by_its_id_its_address_and_its_name(loaded: Loaded, text: str) -> None:
    assert why_linked(loaded(**LATE), one=text, other="DZ").rows[0].hops == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Universal Suport", "one: nothing is called “Universal Suport” among .* Did you mean “Universal Support”?"),
        ("\0", "one: nothing is called “”"),
        ("data", "Did you mean “Late data”?"),
        ("f1", "one: nothing is called “f1”"),
        ("<script>", "one: nothing is called “<script>”"),
        ("https://joinedup.example/id/interview/i1", "one: nothing is called"),
        ("http://[", "one: nothing is called"),
        ("two", "one: “two” may mean 2 things. Choose from organisation/two, programme/two."),
        ("Twins", "one: “Twins” may mean 2 things. Choose from programme/t1, programme/t2."),
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_refused_with_what_could_be_meant(
    loaded: Loaded, text: str, words: str
) -> None:
    tables = LATE | {
        "organisations": LATE["organisations"] + "two,Two,,other\n",
        "programmes": LATE["programmes"] + "two,Second,dz\nt1,Twins,dz\nt2,Twins,dz\n",
    }
    with pytest.raises(BadParameter, match=words.replace("?", r"\?").replace("[", r"\[")):
        why_linked(loaded(**tables), one=text, other="dz")


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("us", "", "Name one more thing beside Universal Support, and the paths between the two are shown."),
        ("", "late", "Name one more thing beside “Late data”, and the paths between the two are shown."),
        ("us", "Universal Support", "Universal Support was named twice: name two different things."),
    ],
)
def test_where_two_things_are_not_named_a_sentence_says_what_to_do(
    loaded: Loaded, one: str, other: str, says: str
) -> None:
    result = why_linked(loaded(**LATE), one=one, other=other)
    assert (result.rows, result.of, result.summary) == ([], 0, says)


def test_without_names_two_departments_that_share_a_barrier_and_no_tie_are_taken(loaded: Loaded) -> None:
    result = why_linked(loaded(**LATE))
    assert result.summary.startswith("Nothing was named, so here are the two departments that share most")
    assert (result.rows[0].start.label, result.rows[0].steps[-1].thing.label) == (
        "Department A",
        "Department for Z",
    )
    assert why_linked(open_store("memory").dataset()).rows == []


def test_education_and_health_of_the_example_are_linked_by_what_they_share(example: Dataset) -> None:
    row = why_linked(example).rows[0]
    assert (row.start.label, row.steps[-1].thing.label) == (
        "Department for Education",
        "Department of Health",
    )
    shared = why_linked(
        example, one="two-year-old-childcare", other="health-visitor-programme", most=100
    ).rows
    assert shared[0].hops == 1 and "waits for" in shared[0].path
    assert any("A group of children's centres, which also delivers" in row.path for row in shared)


# --- The search -------------------------------------------------------------------------------

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] != e[1]), max_size=14)


@given(EDGES, st.integers(1, 6))
def test_the_search_finds_every_path_and_orders_it_as_brute_force_does(
    edges: list[tuple[int, int]], longest: int
) -> None:
    network: nx.Graph[str] = nx.Graph([(str(a), str(b)) for a, b in edges])
    network.add_nodes_from("01")
    expected = sorted(
        (len(p) - 1, -round(prod(1 / log2(network.degree(n)) for n in p[1:-1]), 9), p)
        for p in map(tuple, nx.all_simple_paths(network, "0", "1", cutoff=longest))
    )
    found = best_paths(network, "0", "1", longest)
    assert found.complete
    assert sorted((p.hops, -round(p.strength, 9), p.nodes) for p in found.paths) == expected
    assert [(p.hops, round(p.strength, 9)) for p in found.paths] == [(h, -s) for h, s, _ in expected]


@given(EDGES, st.integers(1, 60))
def test_a_search_that_is_broken_off_has_found_the_best(edges: list[tuple[int, int]], steps: int) -> None:
    network: nx.Graph[str] = nx.Graph([(str(a), str(b)) for a, b in edges])
    some, every = (best_paths(network, "0", "1", 5, n) for n in (steps, 200_000))
    assert [(p.hops, p.strength) for p in some.paths] == [
        (p.hops, p.strength) for p in every.paths[: len(some.paths)]
    ]
    assert all(network.has_edge(a, b) for p in some.paths for a, b in pairwise(p.nodes))


def test_a_dense_network_is_searched_within_bounds_and_that_is_said(loaded: Loaded) -> None:
    found = best_paths(nx.complete_graph([str(n) for n in range(40)]), "0", "1", 8)
    assert not found.complete
    assert [p.nodes for p in found.paths[:1]] == [("0", "1")]
    assert [p.hops for p in found.paths[1:39]] == [2] * 38


def test_more_paths_than_can_be_looked_at_are_a_caveat(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "graph.analyses.why_linked.best_paths", lambda n, a, b, longest: best_paths(n, a, b, longest, 10)
    )
    result = why_linked(loaded(**HUB), one="p", other="q", max_hops=6)
    assert "There are more paths than were looked at" in result.caveats[0]
    assert "Over more than four links" in result.caveats[1]
    assert isinstance(result.rows[0], LinkedBy)
