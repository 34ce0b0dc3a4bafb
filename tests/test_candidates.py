"""Candidates: what may be named twice is offered with its reasons, and what only looks so is not, or far behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound
from graph.identity.candidates import Candidate, candidates
from graph.identity.judging import judge
from graph.identity.names import contrary, folded, initials
from graph.ingest.load import load
from graph.store import open_store

Loaded = Callable[..., Dataset]
Tables = Callable[..., Path]


def pairs(dataset: Dataset, kind: str = "organisations", least: int = 80) -> dict[tuple[str, str], Candidate]:
    def end(iri: str) -> str:
        return iri.rsplit("/", 1)[-1]

    rows = candidates(dataset, [kind], least=least).rows
    return {(min(ends), max(ends)): c for c in rows for ends in [(end(c.one.iri), end(c.other.iri))]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Department for Education", "Dept of Education"),
        ("The Health & Safety Executive", "Health and Safety Executive"),
        ("Café Services Ltd", "CAFE SERVICES LIMITED"),
        ("King’s College", "Kings College"),
        ("U.K. Sport", "UK Sport"),
    ],
)
def test_what_does_not_count_in_a_name_is_folded_away(loaded: Loaded, one: str, other: str) -> None:
    assert folded(one) == folded(other)
    found = pairs(loaded(organisations=f'id,name\na,"{one}"\nb,"{other}"\nc,Something else\n'))
    assert [(key, c.score) for key, c in found.items()] == [(("a", "b"), 97)]


def test_a_slip_of_the_pen_is_found_and_another_word_is_not(loaded: Loaded) -> None:
    found = pairs(loaded(organisations="""
        id,name
        a,Bolton Education Action Zone
        b,Bristol Education Action Zone
        c,Government Procurement Service
        d,Goverment Procurement Service
        e,Government Recruitment Service
    """))  # fmt: skip
    assert set(found) == {("c", "d")}


def test_numbers_and_directions_set_names_apart(loaded: Loaded) -> None:
    assert contrary("School Building Programme 1", "School Building Programme 2")
    assert contrary("Eastern Health Board", "Western Health Board")
    assert not contrary("Eastern Health Board", "Eastern Health Boards")
    found = loaded(organisations="id,name\na,Eastern Health Board\nb,Western Health Board\n")
    assert pairs(found) == {}
    (candidate,) = pairs(found, least=50).values()
    assert candidate.score <= 70 and candidate.against == ("one says “eastern”, the other “western”",)


def test_an_abbreviation_is_offered_for_the_name_whose_initials_it_is_but_far_behind(loaded: Loaded) -> None:
    assert "beis" in initials("Department for Business, Energy & Industrial Strategy")
    dataset = loaded(
        organisations='id,name\na,BEIS\nb,"Department for Business, Energy & Industrial Strategy"\n'
    )
    assert pairs(dataset) == {}
    assert [c.score for c in pairs(dataset, least=70).values()] == [75]


def test_bodies_that_only_share_an_abbreviation_are_not_offered_unless_asked_for(loaded: Loaded) -> None:
    dataset = loaded(organisations="""
        id,name,abbreviation
        a,"Department for Culture, Media and Sport",DCMS
        b,Defence Cyber Management School,DCMS
    """)  # fmt: skip
    assert pairs(dataset) == {}
    assert [c.reasons for c in pairs(dataset, least=50).values()] == [
        ("both are abbreviated DCMS, which may have meant several",)
    ]


def test_what_replaced_the_other_is_not_the_same_and_is_counted(loaded: Loaded) -> None:
    dataset = loaded(organisations="""
        id,name,replaced_by
        a,Department of Health,b
        b,Department for Health,c
        c,The Department of Health,
    """)  # fmt: skip
    found = candidates(dataset, ["organisations"])
    assert (found.rows, found.count, found.succeeded) == ((), 0, 3)


def test_a_shared_web_address_is_offered_whatever_the_names_and_never_merged_by_itself(
    loaded: Loaded,
) -> None:
    dataset = loaded(organisations="""
        id,name,web
        a,Alpha,https://www.example.org/x/
        b,Omega,http://example.org/x
    """)  # fmt: skip
    (candidate,) = pairs(dataset).values()
    assert (candidate.score, candidate.reasons) == (95, ("both give the web address example.org/x",))
    assert dataset.label("https://joinedup.example/id/organisation/a") == "Alpha"


def test_a_rename_between_two_yearly_lists_is_offered_with_its_reasons(loaded: Loaded) -> None:
    rows = "id,name,lead,category,from\nskills-1,Example Skills Reform,dea,Schools,2013-04-01\nskills-2,Skills Reform and Delivery Programme,dea,Schools,2013-04-10\nother,Rail Upgrade,dea,Schools,2013-04-01\n"
    statuses = "programme,assessed_on,rating,assessor,whole_life_cost\nskills-1,2013-09-30,amber,dea,120\nskills-2,2014-09-30,amber,dea,125\nother,2013-09-30,amber,dea,900\n"
    dataset = loaded(organisations="id,name,kind\ndea,Department,ministerial-department\n", programmes=rows, statuses=statuses)  # fmt: skip
    (key,) = found = pairs(dataset, "programmes", 65)
    assert key == ("skills-1", "skills-2")
    reasons = found[key].reasons
    assert {"both are led by Department", "they are of one category", "they cost about the same"} < set(
        reasons
    )


def test_two_rows_of_one_yearly_list_are_two_programmes(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name,kind\ndea,Department,ministerial-department\n",
        programmes="id,name,lead\na,Skills Reform Programme,dea\nb,Skills Reforms Programme,dea\n",
        statuses="programme,assessed_on,rating,assessor\na,2013-09-30,amber,dea\nb,2013-09-30,amber,dea\n",
    )
    assert pairs(dataset, "programmes") == {}


def test_what_was_judged_does_not_come_back_but_for_the_unsure_on_request(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name\na,A Clinic\nb,A clinic.\nc,The Clinic\n")])
    assert candidates(store.dataset()).count == 3
    for other, verdict in (("b", "not-the-same"), ("c", "unsure")):
        judge(store, "organisation/a", f"organisation/{other}", verdict=verdict, by="analyst", because="x")
    found = candidates(store.dataset())
    assert (found.count, found.judged) == (1, 2)
    again = candidates(store.dataset(), unsure=True)
    assert (again.count, [c.unsure for c in again.rows].count(True)) == (2, 1)
    judge(store, "organisation/b", "organisation/c", verdict="same", by="analyst", because="x")
    assert candidates(store.dataset(), unsure=True).count == 0, "kept apart and unsure: not the same counts"


def test_the_best_come_first_and_it_says_how_many_there_are(loaded: Loaded) -> None:
    dataset = loaded(organisations="id,name\n" + "".join(f"o{n},Body of Work\n" for n in range(6)))
    found = candidates(dataset, most=4)
    assert (len(found.rows), found.count) == (4, 15)
    rest = candidates(dataset, first=4, most=100)
    assert len({(c.one.iri, c.other.iri) for c in (*found.rows, *rest.rows)}) == 15


@pytest.mark.parametrize("asked", [{"least": 10}, {"least": 101}, {"most": 0}, {"first": -1}])
def test_a_number_that_does_not_fit_is_refused(loaded: Loaded, asked: dict[str, int]) -> None:
    with pytest.raises(BadParameter):
        candidates(loaded(organisations="id,name\na,A\n"), **asked)  # type: ignore[arg-type]


def test_a_kind_that_is_not_judged_is_refused(loaded: Loaded) -> None:
    with pytest.raises(NotFound, match="no judgements on interviews"):
        candidates(loaded(organisations="id,name\na,A\n"), ["interviews"])


def test_on_the_published_list_homonyms_and_successors_are_not_offered(real: Path) -> None:
    store = open_store("memory")
    load(store, [next((real / "govuk-organisations").glob("*.json"))], mapping="govuk-organisations")
    found = candidates(store.dataset(), ["organisations"])
    top = [(c.score, c.one.label, c.other.label) for c in found.rows]
    assert top[0] == (97, "Department for Constitutional Affairs", "Department of Constitutional Affairs")
    assert found.count < 40 and found.succeeded > 10
    assert not any("abbreviated" in c.reasons[0] for c in found.rows)
