"""Chain weak points: a chain of eight worked out by hand, each check found and mended, and dominators by brute force."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.chain_weak_points import WeakPoint, chain_weak_points
from graph.chains import MINISTER, USER, Chain, chains, dominators
from graph.checks import CHECKS, MEANS
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.evidence import evidence
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import concept

Loaded = Callable[..., Dataset]
DAY = date(2014, 6, 1)
QUESTIONS = Path(__file__).parent.parent / "ontology" / "questions"

# minister > dept > agency > office (leads p) > fund > firm and charity > user
P = {
    "organisations": "id,name,kind,parent\ndept,Dept,ministerial-department,\nagency,Agency,executive-agency,dept\n"
    "office,Office,part-of-organisation,agency\nfund,Fund,charity,\nfirm,Firm,company,\ncharity,Charity,charity,\n",
    "programmes": "id,name,lead,beneficiaries\np,P,office,young\nq,Q,dept,young\n",
    "beneficiaries": "id,name\nyoung,Young people\n",
    "participations": "programme,organisation,role,from,until\np,fund,funder,,\np,firm,delivers,,\np,charity,delivers,2014-01-01,\n"
    "q,fund,funder,,\nq,firm,delivers,,\nq,charity,delivers,,\n",
    "ties": "between,and,kind,from\np,fund,joint-board,\n",
    "barriers": "id,name\nb1,B1\nb2,B2\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-02-01,minister,,p,official\n"
    "i2,2014-02-02,centre,dept,p,official\ni3,2014-02-03,local,charity,p,official\n",
    "findings": "id,programme,barrier,stance,severity,link,interview,summary\nf1,p,b1,supports,3,funding,i2,S\nf2,p,b2,supports,3,delivery,i3,S\n",
    "levers": "id,name,holder,barriers\nl1,L1,dept,b1\n",
    "recommendations": "id,name,barriers\nr1,R1,b1\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status,completed_on\na1,A1,r1,dept,2014-02-01,2014-03-01,open,\n",
}


def named(dataset: Dataset, iri: str) -> str:
    return {MINISTER: "minister", USER: "user"}.get(iri) or dataset.label(iri)


def chain_of(dataset: Dataset, programme: str = "p", day: date = DAY) -> Chain:
    return chains(dataset, evidence(dataset, day).as_of)[f"{dataset.base}/id/programme/{programme}"]


def test_the_chain_runs_from_the_minister_through_the_hierarchy_and_the_roles_to_the_user(
    loaded: Loaded,
) -> None:
    dataset = loaded(**P)
    chain = chain_of(dataset)
    assert {(named(dataset, a), named(dataset, b)) for a, b in chain.handovers} == {
        ("minister", "Dept"), ("Dept", "Agency"), ("Agency", "Office"), ("Office", "Fund"),
        ("Fund", "Firm"), ("Fund", "Charity"), ("Firm", "user"), ("Charity", "user"),
    }  # fmt: skip
    assert [named(dataset, o) for o in chain.single_points] == ["Dept", "Agency", "Office", "Fund"]
    # without Agency, Dept stands alone beside four; without Fund, Firm and Charity beside three
    assert {named(dataset, o): n for o, n in chain.splitting.items()} == {"Agency": 1, "Fund": 2}
    # through Charity, which was heard, rather than Firm
    assert [named(dataset, o) for o in chain.way] == [
        "minister", "Dept", "Agency", "Office", "Fund", "Charity", "user",
    ]  # fmt: skip
    assert chain.shortest == 5


def test_a_chain_is_as_of_its_day(loaded: Loaded) -> None:
    dataset = loaded(**P)
    before = chain_of(dataset, day=date(2013, 12, 31))
    assert [named(dataset, o) for o in before.way][-2] == "Firm"
    assert before.interviews == {} and before.single_points[-1].endswith("/firm")


def test_a_tie_among_those_who_deliver_holds_the_chain_together(loaded: Loaded) -> None:
    dataset = loaded(**P | {"ties": P["ties"] + "office,firm,joint-board,\n"})
    # without Fund now only Charity is cut off
    assert {named(dataset, o): n for o, n in chain_of(dataset).splitting.items()} == {"Agency": 1, "Fund": 1}


def test_all_twelve_checks_of_the_chain_worked_out_by_hand(loaded: Loaded) -> None:
    result = chain_weak_points(loaded(**P), as_of=DAY)
    assert [(row.check, row.found, row.at_link) for row in result.rows] == [
        ("one-only", "Every way leads through Agency, Fund.", "Funding, Commissioning"),
        ("level-not-heard", "No interview at: region, front line.", ""),
        ("not-measured", "Nothing was measured, and no finding comes from a dataset.", ""),
        ("user-not-heard", "No service user was interviewed.", "Use"),
        ("no-evidenced-way", "Nobody was interviewed about it at Agency, Office, Fund, which the best way leads through.", ""),
        ("no-lever", "No lever is known for 1 of 2 barriers that hold it back: “B2”.", "Delivery"),
        ("shared-point", "Fund is also the one way in Q.", ""),
        ("no-tie", "2 of 3 handovers without a working tie: Fund to Charity; Fund to Firm.", ""),
        ("too-long", "The shortest way leads through 5 organisations; 4 may be.", ""),
        ("no-action", "No agreed action is to lower 1 of 2 barriers that hold it back: “B2”.", "Delivery"),
        ("overdue", "1 of 1 actions on what holds it back is overdue.", "Funding"),
    ]  # fmt: skip
    assert {row.programme.label for row in result.rows} == {"P"} and result.of == 12
    assert result.summary == (
        "11 of 12 checks find a weak point, in 1 of 1 programmes; most in P (11). Most often: one-only, in 1."
    )
    assert result.caveats[0].startswith("1 of 2 programmes have no interview and are left out")
    evidence_of = {row.check: [g.thing.label for g in row.evidence] for row in result.rows}
    assert evidence_of["one-only"] == ["Agency", "Fund"]
    assert evidence_of["shared-point"] == ["Fund", "Q"]
    assert evidence_of["overdue"] == ["A1"] and evidence_of["no-lever"] == ["B2"]
    assert [(s.thing.label, s.part, s.interviews, s.single) for s in result.rows[0].chain] == [
        ("Minister", "decides", 1, "no"), ("Dept", "answers", 1, "yes"), ("Agency", "stands between", 0, "yes"),
        ("Office", "leads", 0, "yes"), ("Fund", "funds", 0, "yes"), ("Charity", "delivers", 1, "no"),
        ("Service user", "is served", 0, "no"),
    ]  # fmt: skip


HELD = P["interviews"]
MENDED: dict[str, dict[str, str]] = {
    "one-only": {"organisations": P["organisations"].replace(",agency\n", ",dept\n"), "participations": P["participations"] + "p,dept,funder,,\n"},
    "level-not-heard": {"interviews": HELD + "i4,2014-02-04,region,,p,official\ni5,2014-02-04,front-line,,p,official\n"},
    "not-measured": {"measurements": "programme,indicator,measured_on,value,unit\np,Places,2014-05-31,9,places\n"},
    "user-not-heard": {"interviews": HELD + "i4,2014-02-04,service-user,,p,official\n"},
    "no-evidenced-way": {"interviews": HELD + "".join(f"{o},2014-02-04,centre,{o},p,official\n" for o in ("agency", "office", "fund"))},
    "no-lever": {"levers": P["levers"] + "l2,L2,firm,b2\n"},
    "shared-point": {"participations": P["participations"].replace("q,fund,funder,,\n", "")},
    "no-tie": {"ties": P["ties"] + "fund,firm,joint-board,\nfund,charity,joint-board,2014-06-01\n"},
    "no-action": {"recommendations": P["recommendations"] + "r2,R2,b2\n", "actions": P["actions"] + "a2,A2,r2,dept,2014-06-01,2014-09-01,open,\n"},
    "overdue": {"actions": P["actions"].replace("open,", "done,2014-02-20")},
}  # fmt: skip


@pytest.mark.parametrize("check", MENDED)
def test_a_weak_point_that_is_mended_is_found_no_more_and_still_counted(loaded: Loaded, check: str) -> None:
    def found(dataset: Dataset) -> tuple[set[str], int]:
        result = chain_weak_points(dataset, programme="p", as_of=DAY)
        return {row.check for row in result.rows}, result.of

    weak, of = found(loaded(**P | MENDED[check]))
    before = found(loaded(**P))
    assert check in before[0] and check not in weak
    assert of == before[1] == 12


def test_a_chain_may_be_as_long_as_is_asked(loaded: Loaded) -> None:
    dataset = loaded(**P)
    assert chain_weak_points(dataset, check="too-long", longest=5).rows == []
    assert len(chain_weak_points(dataset, check="too-long", longest=4).rows) == 1


def test_what_came_after_the_day_mends_nothing(loaded: Loaded) -> None:
    late = P | {
        "interviews": HELD + "i4,2014-06-02,service-user,,p,official\n",
        "measurements": "programme,indicator,measured_on,value,unit\np,Places,2014-06-02,9,places\n",
        "ties": P["ties"] + "fund,firm,joint-board,2014-06-02\n",
        "recommendations": P["recommendations"] + "r2,R2,b2\n",
        "actions": P["actions"] + "a2,A2,r2,dept,2014-06-02,2014-09-01,open,\n",
    }
    assert chain_weak_points(loaded(**late), as_of=DAY) == chain_weak_points(loaded(**P), as_of=DAY)


def test_a_chain_without_deliverer_or_group_has_no_way_and_few_checks(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name,kind\ndept,Dept,ministerial-department\n",
        programmes="id,name,lead\nbare,Bare,dept\nlost,Lost,\n",
        interviews="id,held_on,level,programmes,marking\ni,2014-02-01,centre,bare;lost,official\n",
    )
    result = chain_weak_points(dataset)
    rows = {(r.programme.label, r.check): (r.found, r.at_link) for r in result.rows}
    assert rows["Bare", "nobody-answers"] == (
        "Nobody delivers it, nobody is named whom it is for.",
        "Delivery, Use",
    )
    assert rows["Lost", "nobody-answers"][1] == "Policy, Delivery, Use"
    assert rows["Bare", "no-evidenced-way"] == ("No way leads from the minister to the user.", "")
    # five checks need neither a way, nor a handover, a barrier or an action
    assert result.of == 10 and len(result.rows) == 10
    assert chain_weak_points(dataset, programme="bare").summary == (
        "Bare: no way from minister to user is known. 5 of 5 checks find a weak point."
    )


def test_ties_along_chains_that_nobody_asked_for_are_not_missed(loaded: Loaded) -> None:
    result = chain_weak_points(loaded(**P | {"ties": "between,and,kind\np,q,joint-board\n"}), as_of=DAY)
    assert "no-tie" not in {row.check for row in result.rows} and result.of == 11
    assert any("cannot be checked" in caveat for caveat in result.caveats)


def test_a_dropped_action_is_no_action(loaded: Loaded) -> None:
    dataset = loaded(**P | {"actions": P["actions"].replace("open,", "dropped,")})
    (row,) = chain_weak_points(dataset, check="no-action", as_of=DAY).rows
    assert row.found == "No agreed action is to lower 2 of 2 barriers that hold it back: “B1”, “B2”."
    assert row.at_link == "Funding, Delivery"


def test_programmes_are_chosen_by_name_deep_dive_and_department(loaded: Loaded) -> None:
    dataset = loaded(
        **P
        | {
            "organisations": P["organisations"] + "idle,Idle,ministerial-department,\n",
            "deep_dives": "id,name,question,quarter,programmes\nmine,Mine,Q?,2014-Q1,p\nother,Other,Q?,2014-Q1,q\n",
        }
    )
    assert chain_weak_points(dataset, programme="Q").summary.startswith(
        "Q: Minister → Dept → Fund → Charity → Service user."
    )
    nobody = "Nobody was interviewed about any of the programmes."
    for chosen, of in (({"department": "dept"}, 12), ({"deep_dive": "mine"}, 12)):
        assert chain_weak_points(dataset, **chosen).of == of
    for chosen in ({"department": "idle"}, {"deep_dive": "other"}):
        assert chain_weak_points(dataset, **chosen).summary == nobody
    assert (
        chain_weak_points(dataset, programme="p", deep_dive="other").summary
        == "That programme is not among them."
    )
    with pytest.raises(BadParameter, match="programme: nothing is called “dept”"):
        chain_weak_points(dataset, programme="dept")


def test_an_empty_store_has_no_chain() -> None:
    result = chain_weak_points(open_store("memory").dataset())
    assert (result.rows, result.of, result.caveats) == ([], 0, [])


def test_levels_are_heard_as_question_15_counts_them() -> None:
    store = open_store("memory")
    load(store, [QUESTIONS / "golden"])
    dataset = store.dataset()
    day = date(2014, 6, 30)
    with (QUESTIONS / "15-chain.csv").open(encoding="utf-8") as lines:
        expected = {(r["programme"], r["level"]): int(r["interviews"]) for r in csv.DictReader(lines)}
    levels = ("minister", "centre", "region", "local", "front-line", "service-user")
    assert {
        (f"programme/{iri.rsplit('/', 1)[-1]}", f"levels/{level}"): heard
        for iri, chain in chains(dataset, evidence(dataset, day).as_of).items()
        for level in levels
        if (heard := chain.heard(concept("levels", level)))
    } == expected


def test_the_youth_charity_of_the_example_is_the_one_way_in_two_programmes(example: Dataset) -> None:
    rows: list[WeakPoint] = chain_weak_points(example, check="shared-point").rows
    shared = {row.programme.label: {g.thing.label for g in row.evidence} for row in rows}
    assert shared["Transforming Youth Custody"] == {"A youth charity", "National Citizen Service"}
    assert shared["National Citizen Service"] == {"A youth charity", "Transforming Youth Custody"}


def test_there_are_twelve_checks_and_each_is_explained() -> None:
    assert len(CHECKS) == 12 and list(CHECKS) == list(MEANS)
    explained = " ".join((chain_weak_points.__doc__ or "").split())
    assert [name for name, means in MEANS.items() if f"{name}: {means}." not in explained] == []


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=16))
def test_a_node_dominates_where_without_it_no_way_is_left(edges: list[tuple[int, int]]) -> None:
    network: nx.DiGraph[str] = nx.DiGraph([(str(a), str(b)) for a, b in edges])
    network.add_nodes_from("01")
    found = dominators(network, "0", "1")
    if not nx.has_path(network, "0", "1"):
        assert found == []
        return
    between = set(network) - {"0", "1"}
    assert set(found) == {
        n for n in between if not nx.has_path(network.subgraph(set(network) - {n}), "0", "1")
    }
    way = nx.shortest_path(network, "0", "1")
    assert found == [n for n in way if n in found]
