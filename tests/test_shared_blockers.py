"""Shared blockers: a small graph counted by hand, its chances against Fisher's test, and a query of its own for the example."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from graph.analyses.shared_blockers import SharedBlocker, _together, shared_blockers, strength
from graph.dataset import Dataset
from graph.store import Store, open_store
from ontology.terms import PREFIXES

Loaded = Callable[..., Dataset]

TABLES = {
    "organisations": "id,name,kind,parent\na,A,ministerial-department,\nb,B,ministerial-department,\nc,C,ministerial-department,\n"
    "agency,Agency,executive-agency,c\noffice,Office,part-of-organisation,agency\ncouncil,Council,local-authority,\ncollege,College,education,\n",
    # two is led by a and b together, three by an office of an agency of c, four by nobody that belongs to a department
    "programmes": "id,name,lead\none,One,a\ntwo,Two,a;b\nthree,Three,office\nfour,Four,council\nfive,Five,b\n",
    "participations": "programme,organisation,role,from,until\nfive,c,co-owner,2012-01-01,2013-12-31\nfive,college,delivers,,\none,b,funder,,\n",
    "barriers": "id,name,removed_on\ndata,Data,\nforms,Forms,\nmoney,Money,2014-03-01\nsites,Sites,\nquiet,Quiet,\n",
    "interviews": "id,held_on,level,organisation,programmes,marking\n"
    "i1,2014-01-10,local,council,one,official\ni2,2014-01-20,front-line,college,two,official\n"
    "i3,2014-02-10,local,council,three,official\ni4,2014-04-10,centre,a,four,official\ni5,2012-06-01,minister,b,five,official\n",
    "datasets": "id,name,published_on\nd1,Returns,2014-02-20\nd2,Undated,\n",
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    # data: i1 three times, i2, i3; a dataset on five; disputed by i4 twice and by a dataset
    "f01,one,data,supports,2,i1,,S\nf02,one,data,supports,5,i1,,S\nf03,two,data,supports,3,i1,,S\nf04,two,data,supports,4,i2,,S\n"
    "f05,three,data,supports,1,i3,,S\nf06,five,data,supports,2,,d1,S\nf07,four,data,disputes,3,i4,,S\nf08,four,data,disputes,3,i4,,S\nf09,one,data,disputes,3,,d2,S\n"
    # forms: two interviews at one organisation; one of them about a programme without a department
    "f10,one,forms,supports,4,i1,,S\nf11,three,forms,supports,4,i3,,S\nf12,four,forms,supports,4,i3,,S\n"
    # money: removed on 1 March. sites: one old interview. quiet: only disputed
    "f13,one,money,supports,5,i1,,S\nf14,two,money,supports,5,i2,,S\nf15,five,sites,supports,3,i5,,S\nf16,one,quiet,disputes,1,i1,,S\n",
}


def by_name(dataset: Dataset, least: int = 1, day: date | None = None) -> dict[str, SharedBlocker]:
    return {row.barrier.label: row for row in shared_blockers(dataset, min_departments=least, as_of=day).rows}


def test_every_count_of_the_small_graph_is_as_counted_by_hand(loaded: Loaded) -> None:
    result = shared_blockers(loaded(**TABLES))
    assert [row.barrier.label for row in result.rows] == ["Data", "Forms"]
    data = result.rows[0]
    # one: a; two: a and b; three: c through agency and office; five: b, as c's part in it has ended
    assert (data.departments, data.programmes) == (3, 4)
    # i1, i2, i3 once each, at the council and the college, at two levels; the dataset is no interview
    assert (data.interviews, data.organisations, data.levels) == (3, 2, 2)
    # i4 and the undated dataset, once each
    assert data.disputed_by == 2
    # highest of each source: i1 5, i2 4, i3 1, d1 2
    assert data.severity == 3.0
    assert (data.latest, data.strength) == (date(2014, 2, 20), "strong")
    forms = result.rows[1]
    assert (forms.departments, forms.programmes, forms.interviews, forms.organisations) == (2, 3, 2, 1)
    assert (forms.severity, forms.strength, forms.disputed_by) == (4.0, "single-source", 0)
    assert (result.of, result.of_what, result.as_of) == (3, "standing barriers", date(2014, 4, 10))


def test_barriers_that_reach_fewer_departments_are_shown_when_asked_for_and_disputed_ones_never(
    loaded: Loaded,
) -> None:
    dataset = loaded(**TABLES)
    assert set(by_name(dataset)) == {"Data", "Forms", "Sites"}
    sites = by_name(dataset)["Sites"]
    assert (sites.departments, sites.programmes, sites.interviews, sites.strength) == (
        1,
        1,
        1,
        "single-source",
    )
    assert set(by_name(dataset, 3)) == {"Data"}
    assert shared_blockers(dataset, min_departments=4).rows == []


def test_a_barrier_stands_until_the_day_it_was_removed(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    assert "Money" in by_name(dataset, day=date(2014, 2, 28))
    assert "Money" not in by_name(dataset, day=date(2014, 3, 1))
    money = by_name(dataset, day=date(2014, 2, 28))["Money"]
    assert (money.departments, money.programmes, money.interviews) == (2, 2, 2)


def test_as_of_an_earlier_day_later_evidence_is_unknown_and_former_owners_count(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    data = by_name(dataset, day=date(2014, 1, 15))["Data"]
    assert (data.programmes, data.interviews, data.latest) == (2, 1, date(2014, 1, 10))
    assert (data.disputed_by, data.strength) == (1, "single-source")
    sites = by_name(dataset, day=date(2013, 12, 31))["Sites"]
    assert sites.departments == 2
    assert by_name(dataset, day=date(2014, 1, 1))["Sites"].departments == 1


def test_a_department_above_another_is_not_counted_for_what_the_lower_one_leads(loaded: Loaded) -> None:
    tables = TABLES | {
        "organisations": TABLES["organisations"].replace(
            "b,B,ministerial-department,", "b,B,ministerial-department,a"
        )
    }
    assert by_name(loaded(**tables))["Data"].departments == 3


@pytest.mark.parametrize(
    ("interviews", "organisations", "levels", "latest", "expected"),
    [
        (3, 2, 2, date(2014, 4, 10), "strong"),
        (3, 2, 2, date(2013, 4, 10), "strong"),
        (3, 2, 2, date(2013, 4, 8), "moderate"),
        (3, 2, 1, date(2014, 4, 10), "moderate"),
        (3, 1, 2, date(2014, 4, 10), "single-source"),
        (2, 2, 2, date(2014, 4, 10), "moderate"),
        (2, 1, 2, date(2014, 4, 10), "single-source"),
        (1, 1, 1, date(2014, 4, 10), "single-source"),
        (0, 0, 0, None, "single-source"),
        (9, 9, 6, None, "moderate"),
    ],
)
def test_strength_follows_its_rule(
    interviews: int, organisations: int, levels: int, latest: date | None, expected: str
) -> None:
    assert strength(interviews, organisations, levels, latest, date(2014, 4, 10)) == expected


def test_barriers_found_together_have_the_hand_worked_lift_and_chance(loaded: Loaded) -> None:
    rows = by_name(loaded(**TABLES))
    # Five programmes have a standing barrier; data 1 2 3 5, forms 1 3 4, sites 5: data and forms share 1 and 3.
    (with_forms,) = (t for t in rows["Data"].often_with if t.barrier.label == "Forms")
    assert (with_forms.shared, with_forms.lift) == (2, round(2 * 5 / (4 * 3), 2))
    # At least 2 of 3 out of 5 with 4 marked: always, as 3 drawn hold at most one that is not.
    assert with_forms.p == pytest.approx(1.0)
    (with_sites,) = (t for t in rows["Data"].often_with if t.barrier.label == "Sites")
    assert (with_sites.shared, with_sites.lift) == (1, 1.25)
    assert with_sites.p == pytest.approx(0.8)
    assert with_sites.q == pytest.approx(1.0)
    assert [t.barrier.label for t in rows["Data"].often_with] == ["Sites", "Forms"]
    assert rows["Forms"].often_with[0].barrier.label == "Data"


REACHED = st.dictionaries(
    st.sampled_from([f"b{i}" for i in range(6)]),
    st.sets(st.sampled_from([f"p{i}" for i in range(8)]), min_size=1),
    min_size=2,
)


@given(REACHED)
def test_the_chance_of_a_pair_is_fishers_exact_one_sided_test(reached: dict[str, set[str]]) -> None:
    found = _together(open_store("memory").dataset(), reached)
    every = set().union(*reached.values())
    chances = []
    for one, other in combinations(sorted(reached), 2):
        a, b = reached[one], reached[other]
        if a & b:
            table = [[len(a & b), len(a - b)], [len(b - a), len(every - a - b)]]
            chances.append((one, other, float(fisher_exact(table, alternative="greater").pvalue)))
    for barrier, rows in found.items():
        expected = sorted(p for one, other, p in chances if barrier in (one, other))[:3]
        assert [t.p for t in rows] == pytest.approx(expected)
        for t in rows:
            shared, sizes = (
                len(reached[barrier] & reached[t.barrier.iri]),
                len(reached[barrier]) * len(reached[t.barrier.iri]),
            )
            assert t.shared == shared
            assert t.lift == round(shared * len(every) / sizes, 2)
            assert t.p <= t.q + 1e-12 <= 1 + 1e-9


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_answer(loaded: Loaded, chance: object) -> None:
    import random

    assert isinstance(chance, random.Random)
    header, *rows = TABLES["findings"].strip().split("\n")
    chance.shuffle(rows)
    shuffled = shared_blockers(
        loaded(**(TABLES | {"findings": "\n".join([header, *rows])})), min_departments=1
    )
    plain = shared_blockers(loaded(**TABLES), min_departments=1)
    assert shuffled == plain


def test_an_empty_store_has_no_barriers() -> None:
    result = shared_blockers(open_store("memory").dataset())
    assert (result.rows, result.of, result.caveats) == ([], 0, [])
    assert result.summary == "None of 0 standing barriers holds back programmes of 2 or more departments."


def test_what_makes_the_numbers_mislead_is_said(loaded: Loaded) -> None:
    caveats = " ".join(shared_blockers(loaded(**TABLES)).caveats)
    assert "1 programme with findings has no lead department, and counts for none." in caveats
    assert "1 of these barriers rests on a single source." in caveats


def test_one_interview_is_not_called_several(loaded: Loaded) -> None:
    tables = {name: text for name, text in TABLES.items() if name != "findings"}
    head = TABLES["findings"].split("\n")[0]
    result = shared_blockers(loaded(**tables, findings=f"{head}\nf1,two,data,supports,2,i1,,S\n"))
    assert result.summary.endswith("“Data” reaches most: 2 departments and 1 programme, from 1 interview.")


def test_a_query_written_apart_counts_the_same_on_the_example(example: Dataset, example_store: Store) -> None:
    """Straight from findings and short cuts, in another language, over another store object."""
    store = ox.Store.read_only(str(example_store.snapshot()))
    query = """
        SELECT ?barrier (COUNT(DISTINCT ?department) AS ?departments) (COUNT(DISTINCT ?programme) AS ?programmes)
               (COUNT(DISTINCT ?interview) AS ?interviews) (COUNT(DISTINCT ?organisation) AS ?organisations)
               (COUNT(DISTINCT ?level) AS ?levels) WHERE {
          ?finding a ju:Finding ; ju:evidences ?barrier ; ju:about ?programme ; ju:stance ?stance .
          FILTER (STRENDS(STR(?stance), "/supports"))
          FILTER NOT EXISTS { ?barrier ju:removedOn ?day }
          ?programme ju:ledBy ?department . ?department a ju:Department .
          OPTIONAL { ?finding ju:fromInterview ?interview . ?interview ju:level ?level .
                     OPTIONAL { ?interview ju:interviewedAt ?organisation } }
        } GROUP BY ?barrier"""
    solutions = store.query(query, prefixes=PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    queried = {}
    for solution in solutions:
        barrier, *counts = solution
        assert isinstance(barrier, ox.NamedNode)
        queried[barrier.value] = [int(c.value) for c in counts if isinstance(c, ox.Literal)]
    counted = {
        row.barrier.iri: [row.departments, row.programmes, row.interviews, row.organisations, row.levels]
        for row in shared_blockers(example, min_departments=1).rows
    }
    assert queried == counted
    assert len(counted) == 20


def test_the_stories_of_the_example_are_found_where_its_readme_says(example: Dataset) -> None:
    rows = {row.barrier.iri.rsplit("/", 1)[1]: row for row in shared_blockers(example).rows}
    top = next(iter(rows.values()))
    assert top is rows["late-figures"]
    assert (top.departments, top.programmes, top.interviews, top.organisations, top.levels) == (
        6,
        6,
        16,
        13,
        5,
    )
    assert top.strength == "strong"
    assert (rows["same-facts-again"].departments, rows["same-facts-again"].interviews) == (4, 13)
    assert rows["same-facts-again"].levels == 3
    wait = rows["record-check-wait"]
    assert (wait.departments, wait.interviews, wait.severity, wait.strength) == (2, 1, 5.0, "single-source")
    everything = by_name(example)
    assert "Lenders have no agreed form for the loan" not in everything
    disputed = {row.barrier.iri.rsplit("/", 1)[1] for row in everything.values() if row.disputed_by}
    assert disputed == {"unclear-aim", "slow-valuations", "unfilled-posts", "coverage-maps"}
