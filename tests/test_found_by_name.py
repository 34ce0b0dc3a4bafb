"""Loads that find things by name: they see the sources as loaded, and are done again where another thing would be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import LoadRefused
from graph.identity.judging import judge
from graph.ingest.load import load
from graph.store import Store, open_store
from ontology.terms import JU, SKOS

MAPPING = """
title = "Schemes of known departments"
[[rows]]
table = "programmes"
columns = { id = { from = "Scheme", slug = true }, name = "Scheme", lead = { from = "Who", find = "organisations" } }
"""
HEAD = "id,name,kind\n"
OLD = "old,Ministry of Works,ministerial-department\n"
NEW = "new,Ministry of Works,ministerial-department\n"


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store("memory" if request.param == "memory" else tmp_path / "store")


@pytest.fixture
def schemes(tmp_path: Path) -> Path:
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "list.csv").write_text("Scheme,Who\nRoads,Ministry of Works\n", encoding="utf-8")
    return tmp_path / "list.csv"


def organisations(store: Store, folder: Path, text: str) -> None:
    (folder / "organisations.csv").write_text(HEAD + text, encoding="utf-8")
    load(store, [folder / "organisations.csv"])


def outcome(store: Store, schemes: Path, **options: bool) -> str:
    (source,) = load(store, [schemes], mapping=str(schemes.parent / "m.toml"), **options).sources
    return source.outcome


def leads(store: Store) -> list[str]:
    return sorted(str(q.object)[1:-1].rsplit("/", 1)[1] for q in store.loaded().quads_of(str(JU.ledBy)))


def test_an_unchanged_file_is_loaded_again_where_it_would_find_another_thing(
    store: Store, schemes: Path
) -> None:
    organisations(store, schemes.parent, OLD)
    assert outcome(store, schemes) == "added"
    assert outcome(store, schemes) == "unchanged"
    version = store.version
    organisations(store, schemes.parent, OLD.replace("Ministry of Works", "Ministry of Old") + NEW)
    assert leads(store) == ["old"]
    assert outcome(store, schemes, dry_run=True) == "replaced"
    assert leads(store) == ["old"]
    assert outcome(store, schemes) == "replaced"
    assert (leads(store), store.version) == (["new"], version + 2)
    assert outcome(store, schemes) == "unchanged"
    assert store.version == version + 2


def test_an_unchanged_file_is_refused_where_it_would_find_two_things_now(store: Store, schemes: Path) -> None:
    organisations(store, schemes.parent, OLD)
    outcome(store, schemes)
    organisations(store, schemes.parent, OLD + NEW)
    with pytest.raises(LoadRefused) as refused:
        outcome(store, schemes)
    assert "may be any of" in refused.value.issues[0].reason
    assert leads(store) == ["old"]


def test_numbers_and_days_that_the_store_writes_otherwise_do_not_make_a_file_new(
    store: Store, schemes: Path
) -> None:
    organisations(store, schemes.parent, OLD)
    mapping = schemes.parent / "m.toml"
    status = '[[rows]]\ntable = "statuses"\ncolumns = { programme = { from = "Scheme", slug = true }, assessed_on = "Day", rating = "Rating", whole_life_cost = "Cost" }\n'
    mapping.write_text(MAPPING + status, encoding="utf-8")
    schemes.write_text(
        "Scheme,Who,Day,Rating,Cost\nRoads,Ministry of Works,31/03/2014,green,1.50\n", encoding="utf-8"
    )
    assert [outcome(store, schemes) for _ in range(2)] == ["added", "unchanged"]


def test_a_judgement_does_not_change_what_a_load_finds(store: Store, schemes: Path) -> None:
    organisations(store, schemes.parent, OLD + "works,Works Office,ministerial-department\n")
    judge(
        store,
        "organisation/works",
        "organisation/old",
        verdict="same",
        by="analyst",
        because="So it is",
        keep="organisation/works",
    )
    assert outcome(store, schemes) == "added"
    assert leads(store) == ["old"]
    names = store.loaded().quads_of(str(SKOS.prefLabel))
    assert "Ministry of Works" in {getattr(q.object, "value", "") for q in names}
    assert outcome(store, schemes) == "unchanged"
