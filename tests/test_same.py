"""Judgements: a merge changes what readers see and nothing else, its undo is as if it had never been, history stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.catalogue import CATALOGUE
from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound, StoreUnusable
from graph.identity.effect import effect
from graph.identity.judging import judge, judgements, undo
from graph.identity.record import in_force, judgements_of
from graph.identity.resolving import merged_into, resolve_iri, resolve_label
from graph.identity.standing import Standing
from graph.ingest.load import load
from graph.publication import publish
from graph.questions import answer
from graph.store import Store, open_store
from graph.union import of_sources
from graph.validation import validate_store
from ontology.terms import JU

Tables = Callable[..., Path]
Asked = Callable[[Dataset, str, object], set[str]]

BASE = "https://joinedup.example/id"
REPOSITORY = Path(__file__).parent.parent
TWICE = {
    "organisations": "id,name,abbreviation,parent,until\nhealth,Department of Health,DH,,2018-01-07\nhealth-2,Dept. of Health,,,2017-01-01\n"
    "clinic,A clinic,,health-2,\ncare,Department of Care,,,\n",
    "programmes": "id,name,lead\nskills,Skills,health-2\nhomes,Homes,health\n",
}


def said(dataset: Dataset) -> list[str]:
    """Every statement but the judgements and the store's own notes, as sorted N-Quads."""
    left_out = {judgements_of(dataset.base), CATALOGUE.value}
    return sorted(str(q) for q in dataset.backup_quads() if str(q.graph_name)[1:-1] not in left_out)


def same(store: Store, one: str, other: str, keep: str = "", verdict: str = "same") -> int:
    keep = f"organisation/{keep}" if keep else ""
    made = judge(
        store, f"organisation/{one}", f"organisation/{other}", verdict=verdict, by="analyst", because="So it is", keep=keep
    )  # fmt: skip
    return made.number


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path, tables: Tables) -> Store:
    opened = open_store("memory" if request.param == "memory" else tmp_path / "store")
    load(opened, [tables(**TWICE)])
    return opened


# --- Merge and undo ---------------------------------------------------------------------------


def test_a_merge_puts_all_that_is_said_of_two_under_one_iri(store: Store, asked: Asked) -> None:
    same(store, "health", "health-2", keep="health")
    dataset = store.dataset()
    assert asked(dataset, "programme/skills", JU.ledBy) == {"organisation/health"}
    assert asked(dataset, "organisation/clinic", "http://www.w3.org/ns/org#subOrganizationOf") == {
        "organisation/health"
    }
    names = asked(dataset, "organisation/health", "http://www.w3.org/2004/02/skos/core#altLabel")
    assert names == {"DH", "Dept. of Health"}
    assert dataset.label(f"{BASE}/organisation/health") == "Department of Health"
    assert not any("health-2>" in line for line in said(dataset))


def test_the_sources_stay_as_they_were_loaded(store: Store) -> None:
    before = said(store.dataset())
    same(store, "health", "health-2")
    assert said(store.loaded()) == before != said(store.dataset())


def test_undo_is_as_if_nothing_had_been_judged_and_history_stays(store: Store) -> None:
    before = said(store.dataset())
    number = same(store, "health", "health-2")
    undo(store, number, by="lead", because="They were two")
    assert said(store.dataset()) == before
    assert [(j.number, j.verdict, j.revises) for j in judgements(store.dataset())] == [
        (1, "same", 0),
        (2, "withdrawn", 1),
    ]


def test_a_source_that_is_loaded_again_keeps_the_merge(store: Store, tables: Tables, asked: Asked) -> None:
    same(store, "health", "health-2", keep="health")
    folder = tables(programmes="id,name,lead\nskills,Skills,health-2\nhomes,Homes,health\nnew,New,health-2\n")
    report = load(store, [folder / "programmes.csv"])
    assert [s.outcome for s in report.sources] == ["replaced"]
    assert asked(store.dataset(), "programme/new", JU.ledBy) == {"organisation/health"}
    assert [s.outcome for s in load(store, [folder]).sources] == ["unchanged", "unchanged"]


def test_a_thing_that_its_file_no_longer_holds_does_not_hinder_a_load_and_its_old_iri_still_leads_on(
    store: Store, tables: Tables
) -> None:
    same(store, "health", "health-2", keep="health")
    load(store, [tables(
        organisations="id,name\nhealth,Department of Health\nclinic,A clinic\ncare,Care\n",
        programmes="id,name,lead\nskills,Skills,health\nhomes,Homes,health\n",
    )])  # fmt: skip
    assert merged_into(store.dataset(), f"{BASE}/organisation/health-2") == f"{BASE}/organisation/health"


def test_where_the_kept_one_is_gone_the_other_stands(store: Store, tables: Tables) -> None:
    same(store, "health", "health-2", keep="health-2")
    load(store, [tables(
        organisations="id,name\nhealth,Department of Health\nclinic,A clinic\ncare,Care\n",
        programmes="id,name,lead\nskills,Skills,health\nhomes,Homes,health\n",
    )])  # fmt: skip
    dataset = store.dataset()
    assert merged_into(dataset, f"{BASE}/organisation/health-2") == f"{BASE}/organisation/health"
    assert dataset.label(f"{BASE}/organisation/health") == "Department of Health"


def test_a_tie_between_the_two_is_left_out_and_told_before(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name,parent\na,A,\nb,B,a\n")])
    found = effect(store.dataset(), f"{BASE}/organisation/a", f"{BASE}/organisation/b")
    assert any("tied to the other by “part of”" in w for w in found.warnings), found.warnings
    same(store, "a", "b", keep="a")
    assert not any("subOrganizationOf" in line and "organisation/" in line for line in said(store.dataset()))


def test_what_a_merge_would_change_is_told_before_it_is_made(store: Store) -> None:
    found = effect(store.dataset(), f"{BASE}/organisation/health", f"{BASE}/organisation/health-2")
    mention = [line for line in said(store.dataset()) if "organisation/health-2>" in line]
    assert found.statements == len(mention)
    assert found.sources == ("tables/organisations.csv", "tables/programmes.csv")
    assert any("2017-01-01" in w and "2018-01-07" in w for w in found.warnings)


def test_a_store_with_judgements_fits_the_shapes(store: Store) -> None:
    number = same(store, "health", "health-2")
    same(store, "care", "health", verdict="not-the-same")
    undo(store, number, by="lead")
    assert {g.severity for g in validate_store(store).groups} <= {"Warning", "Info"}


@given(data=st.data())
def test_whatever_is_judged_and_undone_in_whatever_order_ends_as_it_began(data: st.DataObject) -> None:
    things = [ox.NamedNode(f"{BASE}/organisation/o{n}") for n in range(5)]
    nodes = st.sampled_from([*things, ox.Literal("x"), ox.NamedNode("https://e.example/y")])
    predicates = st.sampled_from(
        [ox.NamedNode(p) for p in ("https://e.example/p", "http://www.w3.org/2004/02/skos/core#prefLabel")]
    )
    triples = data.draw(st.lists(st.tuples(st.sampled_from(things), predicates, nodes), max_size=25))
    graph = ox.NamedNode(f"{BASE}/source/a")
    quads = {ox.Quad(*t, graph) for t in triples}
    quads |= {ox.Quad(t, ox.NamedNode("https://e.example/is"), ox.Literal("there"), graph) for t in things}
    store = open_store("memory")
    store.replace({graph.value: quads})
    before = said(store.dataset())
    pairs = st.sampled_from(list(combinations(range(5), 2)))
    for one, other in data.draw(st.lists(pairs, max_size=6)):
        verdict = data.draw(st.sampled_from(["same", "same", "not-the-same", "unsure"]))
        try:
            same(store, f"o{one}", f"o{other}", verdict=verdict)
        except BadParameter:
            continue
        known = Standing(judgements(store.dataset()))
        for kept, group in known.groups():
            away = {i for i in group if i != kept}
            assert not any(f"{i}>" in line for i in away for line in said(store.dataset()))
    for j in data.draw(st.permutations(in_force(judgements(store.dataset())))):
        undo(store, j.number, by="lead")
    assert said(store.dataset()) == before


# --- What stands in the way -------------------------------------------------------------------


def test_what_contradicts_other_judgements_is_refused_and_they_are_named(store: Store) -> None:
    same(store, "health", "health-2")
    same(store, "health-2", "care")
    with pytest.raises(BadParameter, match=r"one thing by other judgements: judgement 1 .*judgement 2"):
        same(store, "health", "care", verdict="not-the-same")
    same(store, "clinic", "care", verdict="not-the-same")
    with pytest.raises(BadParameter, match="Other judgements keep them apart: judgement 3 "):
        same(store, "clinic", "health")
    with pytest.raises(BadParameter, match="one thing already"):
        same(store, "health", "care")


def test_a_chain_stands_under_one_iri(store: Store) -> None:
    same(store, "health", "health-2", keep="health")
    same(store, "health-2", "care", keep="health-2")
    dataset = store.dataset()
    for old in ("health-2", "care"):
        assert resolve_iri(dataset, f"{BASE}/organisation/{old}").thing.iri == f"{BASE}/organisation/health"


def test_a_new_judgement_on_the_same_two_revises_the_old(store: Store) -> None:
    before = said(store.dataset())
    same(store, "health", "health-2")
    same(store, "health", "health-2", verdict="not-the-same")
    assert said(store.dataset()) == before
    assert [j.number for j in in_force(judgements(store.dataset()))] == [2]
    with pytest.raises(BadParameter, match="judgement 2 revised it"):
        undo(store, 1, by="lead")


@pytest.mark.parametrize(
    ("one", "other", "more", "error", "says"),
    [
        ("organisation/health", "programme/skills", {}, BadParameter, "cannot be the same"),
        ("organisation/health", "organisation/health", {}, BadParameter, "same IRI"),
        ("organisation/health", "organisation/nobody", {}, NotFound, "no organisation/nobody"),
        ("organisation/health", "", {}, NotFound, "There is no"),
        ("organisation/health", "a b<>", {}, NotFound, "There is no"),
        ("organisation/health", "organisation/care", {"verdict": "perhaps"}, BadParameter, "verdict"),
        ("organisation/health", "organisation/care", {"by": " "}, BadParameter, "by: is empty"),
        ("organisation/health", "organisation/care", {"by": "a@b.example"}, BadParameter, "pseudonym"),
        ("organisation/health", "organisation/care", {"because": ""}, BadParameter, "because"),
        ("organisation/health", "organisation/care", {"because": "x" * 3000}, BadParameter, "because"),
        ("organisation/health", "organisation/care", {"keep": "organisation/clinic"}, BadParameter, "one of the two"),
        ("participation/skills--health-2--lead", "participation/homes--health--lead", {}, BadParameter, "cannot be judged"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused_and_nothing_is_kept(
    store: Store, one: str, other: str, more: dict[str, str], error: type[Exception], says: str
) -> None:
    version = store.version
    with pytest.raises(error, match=says):
        judge(store, one, other, **{"verdict": "same", "by": "analyst", "because": "x", **more})
    assert (store.version, judgements(store.dataset())) == (version, [])


# --- Readers, crashes, publication ------------------------------------------------------------


def test_a_process_that_is_killed_between_truth_and_snapshot_leaves_the_merge_to_be_caught_up(
    tmp_path: Path, tables: Tables, asked: Asked
) -> None:
    place = tmp_path / "store"
    folder = tables(**TWICE)
    load(open_store(place), [folder])
    code = (
        "import os, signal, sys, graph.snapshots, graph.store as s\n"
        "from graph.identity.judging import judge\n"
        "def killed(store, base):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "graph.snapshots.merge = killed\n"
        "judge(s.open_store(sys.argv[1]), 'organisation/health', 'organisation/health-2', verdict='same', by='a', because='b', keep='organisation/health')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(place)], cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    reader = open_store(place)
    assert (reader.version, judgements(reader.dataset())) == (1, [])
    assert asked(reader.dataset(), "programme/skills", JU.ledBy) == {"organisation/health-2"}
    with reader.writing():
        pass
    assert asked(open_store(place).dataset(), "programme/skills", JU.ledBy) == {"organisation/health"}


def test_a_reader_keeps_the_version_it_opened(store: Store, asked: Asked) -> None:
    if store.path is None:
        pytest.skip("a store in memory has one reader")
    old = open_store(store.path).dataset()
    same(store, "health", "health-2", keep="health")
    assert asked(old, "programme/skills", JU.ledBy) == {"organisation/health-2"}
    assert set(of_sources(ox.Store.read_only(str(store.snapshot())))) == set(store.dataset().backup_quads())


def test_a_publication_is_made_from_what_readers_see_and_holds_no_judgement(
    tmp_path: Path, tables: Tables, asked: Asked
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables(**TWICE)], marking="public")
    same(store, "health", "health-2", keep="health")
    publish(store, tmp_path / "public")
    public = open_store(tmp_path / "public")
    assert asked(public.dataset(), "programme/skills", JU.ledBy) == {"organisation/health"}
    text = "\n".join(str(q) for q in public.dataset().backup_quads())
    assert "/id/judgement" not in text and "health-2>" not in text and judgements(public.dataset()) == []
    with pytest.raises(StoreUnusable, match="publication"):
        same(public, "health", "care")


def test_a_publication_never_shows_the_id_of_one_that_is_not_public(tmp_path: Path, tables: Tables) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("open", organisations="id,name\nhealth,Department of Health\n")], marking="public")
    load(
        store, [tables("closed", organisations="id,name\nquiet-body,Health (secret)\n")], marking="sensitive"
    )
    same(store, "health", "quiet-body", keep="quiet-body")
    publish(store, tmp_path / "public")
    text = "\n".join(str(q) for q in open_store(tmp_path / "public").dataset().backup_quads())
    assert "organisation/health>" in text
    assert "quiet-body" not in text and "secret" not in text


# --- Resolving --------------------------------------------------------------------------------


def test_a_label_an_alias_and_an_old_iri_lead_to_the_kept_thing(store: Store) -> None:
    same(store, "health", "health-2", keep="health")
    dataset = store.dataset()
    health = f"{BASE}/organisation/health"
    for label, score in (
        ("Dept. of Health", 100),
        ("department of health", 99),
        ("THE DEPT OF HEALTH", 97),
        ("DH", 100),
    ):
        matches, _ = resolve_label(dataset, label)
        assert (matches[0].thing.iri, matches[0].score) == (health, score), label
    old = resolve_iri(dataset, f"{BASE}/organisation/health-2")
    assert (old.thing.iri, old.redirected_from) == (health, f"{BASE}/organisation/health-2")
    with pytest.raises(NotFound):
        resolve_iri(dataset, f"{BASE}/organisation/nobody")
    assert resolve_label(dataset, "zzz") == ([], 0)


def test_question_ten_says_who_judged_a_pair_and_no_longer_has_those_that_are_one(
    tables: Tables,
) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name\na,A clinic\nb,A Clinic.\nc,a clinic\n")])
    same(store, "a", "b", keep="a")
    same(store, "a", "c", verdict="unsure")
    rows = answer(store.dataset(), 10).rows  # one for each name that the kept one has now
    assert {row["label"] for row in rows} == {"A clinic", "A Clinic."}
    assert len({(row["one"], row["other"]) for row in rows}) == 1
    row = rows[0]
    assert (row["one"], row["other"]) == (f"{BASE}/organisation/a", f"{BASE}/organisation/c")
    assert (row["verdict"].rsplit("/", 1)[-1], row["judged_by"]) == ("unsure", "analyst")
