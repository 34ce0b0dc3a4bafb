"""What is kept of a version on disk is what would be read anew, whatever was written in between and whoever reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph import extracts, searching
from graph.backup import compact
from graph.dataset import Dataset, Value, query_text
from graph.identity.judging import judge, undo
from graph.ingest.load import load
from graph.searching import Hits, search
from graph.store import Store, open_store

Tables = Callable[..., Path]
BASE = "https://joinedup.example"
G, H = (f"{BASE}/id/source/{name}" for name in "gh")
JU = "https://w3id.org/joinedup/ontology#"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
THINGS = [f"{BASE}/id/finding/{n}" for n in ("0", "1", "1#note")]
GIVEN: dict[str, dict[str, Value]] = {
    "listed": {"type": ox.NamedNode(f"{JU}Finding")},
    "listing": {"property": ox.NamedNode(f"{JU}about")},
}
OTHERS = [f"{BASE}/id/{name}" for name in ("barrier/a", "programme/a", "interview/a", "dataset/a")]


@pytest.fixture(autouse=True)
def everything_is_worth_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracts, "LEAST", 0)


def rows(dataset: Dataset, name: str) -> list[tuple[str | None, ...]]:
    return sorted(dataset.columns(name, **GIVEN.get(name, {})).rows(), key=str)


def anew(dataset: Dataset, name: str) -> list[tuple[str | None, ...]]:
    return sorted(dataset._columns(name, **GIVEN.get(name, {})).rows(), key=str)


def hits(dataset: Dataset) -> list[Hits]:
    return [search(dataset, words) for words in ("one", "tw", "e x", "o t")]


def hits_anew(dataset: Dataset) -> list[Hits]:
    return hits(Dataset(dataset._store, base=dataset.base, version=dataset.version, snapshot=None))


def kept(store: Store) -> list[str]:
    assert store.path
    return sorted(p.name for p in (store.path / "extracts").glob("**/*") if p.is_file())


@pytest.mark.parametrize("name", sorted(extracts.OF_ONE_THING))
def test_each_row_depends_on_what_is_said_about_its_first_thing_alone(example: Dataset, name: str) -> None:
    given = GIVEN.get(name, {})
    found = example._columns(name, **given)
    assert len(found) > 20
    things = found[found.columns[0]].unique().sort()
    alone = pl.concat([example._part([thing])._columns(name, **given) for thing in things])
    assert sorted(alone.rows(), key=str) == sorted(found.rows(), key=str)


def statement(s: str, p: str, o: str) -> ox.Triple:
    value = ox.NamedNode(o) if o.startswith("http") else ox.Literal(o)
    return ox.Triple(ox.NamedNode(s), ox.NamedNode(p), value)


STATEMENTS = st.sets(
    st.one_of(
        st.builds(statement, st.sampled_from(THINGS + OTHERS), st.just(LABEL), st.sampled_from(["One", "Two", "é, \"x\""])),
        st.builds(statement, st.sampled_from(THINGS), st.just(TYPE), st.just(f"{JU}Finding")),
        st.builds(statement, st.sampled_from(THINGS), st.just(f"{JU}evidences"), st.just(OTHERS[0])),
        st.builds(statement, st.sampled_from(THINGS), st.just(f"{JU}about"), st.just(OTHERS[1])),
        st.builds(statement, st.just(OTHERS[2]), st.just(f"{JU}discusses"), st.sampled_from(OTHERS)),
        st.builds(statement, st.sampled_from(THINGS), st.just(f"{JU}severity"), st.sampled_from(["3", "4"])),
        st.builds(statement, st.sampled_from(THINGS), st.just(f"{JU}stance"), st.just("https://w3id.org/joinedup/concept/stances/supports")),
        st.builds(statement, st.sampled_from(THINGS), st.just(f"{JU}fromInterview"), st.just(OTHERS[2])),
    ),
    max_size=8,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from([G, H]), STATEMENTS, st.sampled_from(["read", "read labels", "nobody reads"])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_after_any_writes_it_is_what_would_be_read_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, set[ox.Triple], str]]
) -> None:
    store = open_store(tmp_path_factory.mktemp("extracts") / "store")
    for graph, triples, who in steps:
        with store.writing():
            store.replace({graph: {ox.Quad(*triple, ox.NamedNode(graph)) for triple in triples}})
        if who != "nobody reads":
            for name in ("labels",) if who == "read labels" else sorted(extracts.OF_ONE_THING):
                assert rows(store.dataset(), name) == anew(store.dataset(), name)
        if who == "read":
            assert hits(store.dataset()) == hits_anew(store.dataset())
    assert store.path
    again = open_store(store.path).dataset()
    for name in extracts.OF_ONE_THING:
        assert rows(again, name) == anew(again, name)
    assert hits(again) == hits_anew(again)


def test_a_small_change_is_followed_and_not_read_anew(
    tmp_path: Path, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    assert "Department for Example Affairs" in store.dataset().labels.values()
    assert search(store.dataset(), "example affairs").count == 3
    asked: list[str] = []
    read = Dataset._columns

    def counted(self: Dataset, name: str, **values: object) -> pl.DataFrame:
        if self.snapshot:
            asked.append(name)
        return read(self, name, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Dataset, "_columns", counted)
    for n in range(3):  # of which nobody reads the first two
        load(store, [tables("u", organisations=f"id,name\nnew,New {n}\n")])
    assert "New 2" in store.dataset().labels.values()
    assert "New 1" not in store.dataset().labels.values()
    found = [search(store.dataset(), words).count for words in ("new 1", "new 2", "example affairs")]
    assert found == [0, 1, 3]
    assert "Department for Example Affairs" in open_store(tmp_path / "store").dataset().labels.values()
    assert asked == []


def test_after_a_merge_and_after_its_undoing_everything_is_read_anew(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    for name in extracts.OF_ONE_THING:
        rows(store.dataset(), name)
    made = judge(
        store, "programme/skills", "programme/homes", verdict="same", by="lead", because="one programme"
    )
    for change in (
        None,
        lambda: load(store, [tables("u", organisations="id,name\nnew,New\n")]),
        lambda: undo(store, made.number, by="lead"),
    ):
        if change:
            change()
        for name in extracts.OF_ONE_THING:
            assert rows(store.dataset(), name) == anew(store.dataset(), name)


def test_what_is_kept_can_be_lost_damaged_or_not_written_and_the_rows_are_the_same(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    right, found = rows(store.dataset(), "labels"), hits(store.dataset())
    place = tmp_path / "store" / "extracts"
    files = [*place.glob("*/*.arrow"), *place.glob("*/*.sqlite")]
    assert {file.suffix for file in files} == {".arrow", ".sqlite"}
    for file in files:
        file.write_bytes(b"no columns")
    assert rows(open_store(tmp_path / "store").dataset(), "labels") == right
    assert hits(open_store(tmp_path / "store").dataset()) == found
    for path in place.iterdir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
        path.write_text("a file where the folder was")
    assert rows(open_store(tmp_path / "store").dataset(), "labels") == right
    assert hits(open_store(tmp_path / "store").dataset()) == found


@pytest.mark.parametrize("read", [True, False], ids=["searched before the next load", "first carried on"])
@pytest.mark.parametrize("start", [100, 4096, 8192])
def test_a_search_index_that_is_damaged_in_the_middle_is_made_anew_and_not_carried_on(
    tmp_path: Path, tables: Tables, small: dict[str, str], start: int, read: bool
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    found = hits(store.dataset())
    [file] = (tmp_path / "store" / "extracts").glob("*/*.sqlite")
    damaged = bytearray(file.read_bytes())
    for place in range(start, len(damaged), 3):
        damaged[place] ^= 0x5A
    file.write_bytes(damaged)
    again = open_store(tmp_path / "store")
    if read:
        assert hits(again.dataset()) == found
    load(again, [tables("u", organisations="id,name\nnew,One more\n")])
    for reader in (again, open_store(tmp_path / "store")):
        assert hits(reader.dataset()) == hits_anew(reader.dataset())


def test_a_search_index_for_which_there_is_no_room_is_made_in_memory(
    tmp_path: Path, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    right = hits_anew(store.dataset())
    write = searching._write

    def full(kept: sqlite3.Connection, *given: Any) -> None:
        if kept.execute("PRAGMA database_list").fetchone()[2]:
            kept.execute("PRAGMA max_page_count = 3")
        write(kept, *given)

    monkeypatch.setattr(searching, "_write", full)
    assert hits(store.dataset()) == right
    assert not [name for name in kept(store) if name.endswith(".sqlite")]


def test_nothing_is_kept_of_what_was_taken_out_of_the_store(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(
        store,
        [
            tables(
                "t",
                **small,
            ),
            tables("u", organisations="id,name\nnew,Zylofixed\n"),
        ],
    )
    rows(store.dataset(), "labels")
    assert search(store.dataset(), "zylofixed").count == 1
    assert {name.rpartition(".")[2] for name in kept(store)} == {"arrow", "sqlite"}
    load(store, [tables("u", organisations="id,name\nnew,Other\n")])
    compact(store)
    assert kept(store) == []
    assert rows(store.dataset(), "labels") == anew(store.dataset(), "labels")
    compact(store)
    assert all(b"Zylofixed" not in p.read_bytes() for p in (tmp_path / "store").rglob("*") if p.is_file())


def test_a_strange_file_among_what_is_kept_hinders_no_write(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    _ = store.dataset().labels
    (tmp_path / "store" / "extracts" / ".DS_Store").touch()
    load(store, [tables("u", organisations="id,name\nnew,New\n")])
    assert "New" in store.dataset().labels.values()


def test_what_is_kept_of_another_query_of_the_same_name_is_not_read(
    tmp_path: Path, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    _ = store.dataset().labels
    text = query_text("labels").replace("skos:prefLabel ?label", "skos:altLabel ?label")
    monkeypatch.setattr(
        "graph.dataset.query_text", lambda name: text if name == "labels" else query_text(name)
    )
    again = open_store(tmp_path / "store").dataset()
    assert "Department for Example Affairs" not in again.labels.values()
