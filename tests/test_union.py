"""The default graph: what all sources say together, each statement once, whatever is written and however."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.audiences import view
from graph.bulk import Bulk
from graph.catalogue import CATALOGUE, FORMAT
from graph.errors import StoreUnusable
from graph.identity.judging import judge, undo
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.union import UNION, has_union, of_sources
from graph.verifying import verify
from graph.workers import Workers

Tables = Callable[..., Path]

G, H = ("https://joinedup.example/id/source/g", "https://joinedup.example/id/source/h")
NODES = st.sampled_from([ox.BlankNode("a"), ox.NamedNode("http://e/x"), ox.NamedNode("http://e/y")])
TRIPLES = st.sets(
    st.builds(
        ox.Triple, NODES, st.just(ox.NamedNode("http://e/p")), st.one_of(NODES, st.just(ox.Literal("é \n")))
    ),
    max_size=5,
)
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def agrees(store: ox.Store) -> bool:
    """Whether the default graph holds what the named ones do, and there is something."""
    together = {quad.triple for quad in store.quads_for_pattern(None, None, None, UNION)}
    return together == {quad.triple for quad in of_sources(store)} != set()


def at_rest(store: Store) -> list[ox.Store]:
    """Every database of a store in a folder."""
    assert store.path is not None
    return [ox.Store.read_only(str(folder)) for folder in store.folders()]


def quads(triples: set[ox.Triple], graph: str) -> set[ox.Quad]:
    return {ox.Quad(*triple, ox.NamedNode(graph)) for triple in triples}


@given(st.lists(st.tuples(st.sampled_from([G, H]), TRIPLES, st.booleans()), min_size=1, max_size=5))
def test_it_holds_what_the_sources_hold_after_every_replacement(
    steps: list[tuple[str, set[ox.Triple], bool]],
) -> None:
    store = open_store("memory")
    for graph, triples, bulk in steps:
        plain = {t for t in triples if not bulk or not any(isinstance(n, ox.BlankNode) for n in t)}
        said = quads(plain, graph)
        with store.writing():
            store.replace({graph: _bulk(said) if bulk else said})
        assert store._memory is not None
        assert agrees(store._memory)
        assert set(store.dataset().quads_in(graph)) == said


@given(TRIPLES, TRIPLES, TRIPLES, TRIPLES)
def test_it_follows_what_is_added_and_removed(
    one: set[ox.Triple], other: set[ox.Triple], gone: set[ox.Triple], come: set[ox.Triple]
) -> None:
    store = open_store("memory")
    with store.writing():
        store.replace({G: quads(one, G), H: quads(other, H)})
        store.change(quads(come, G), quads(gone, H) | quads(gone, G))
    assert store._memory is not None
    assert agrees(store._memory)


def _bulk(said: set[ox.Quad]) -> Bulk:
    def pieces() -> Iterator[bytes]:
        yield ox.serialize(said, format=ox.RdfFormat.N_QUADS) or b""

    return Bulk(len(said), pieces)


def test_it_holds_what_is_loaded_merged_parted_and_shown_to_each_audience(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)], marking="official")
    load(store, [tables("u", organisations=small["organisations"])], marking="public")
    assert all(map(agrees, at_rest(store)))
    made = judge(
        store, "programme/skills", "programme/homes", verdict="same", by="lead", because="one programme"
    )
    assert all(map(agrees, at_rest(store)))
    assert agrees(store.dataset()._store)
    for audience in ("public", "analyst"):
        assert agrees(view(store, audience).dataset()._store), audience
    undo(store, made.number, by="lead")
    assert all(map(agrees, at_rest(store)))
    assert verify(store).wrong == []


def test_a_statement_of_two_sources_counts_once_from_disk_and_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    said = {
        ox.Triple(ox.NamedNode("http://e/x"), ox.NamedNode("http://e/p"), ox.Literal(n)) for n in range(9)
    }
    with store.writing():
        store.replace({G: quads(said, G), H: quads(said, H)})
    [once] = store.dataset().select("statements")
    twice = f"{COUNT} # GRAPH ?g"  # not from memory
    for in_memory in (True, False):
        with Workers(store, in_memory=in_memory) as workers:
            for query in (COUNT, twice, COUNT.replace("{ ?s ?p ?o }", "{ ?s ?p ?o GRAPH ?g { ?s ?p ?o } }")):
                found = json.loads(workers.ask(query).body)["results"]["bindings"][0]["n"]["value"]
                assert int(found) == (
                    len(store.dataset()) if "GRAPH ?g {" in query else int(once["statements"])
                )
    assert int(once["statements"]) == len(store.dataset()) - 9


def test_a_store_of_an_earlier_version_is_read_as_it_is_and_changed_when_it_is_written_to(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    before, size = sorted(map(str, store.dataset().backup_quads())), len(store.dataset())
    labels = dict(store.dataset().labels)
    for folder in store.folders():  # as it was: named graphs only
        old = ox.Store(str(folder.with_name("old")))
        old.bulk_extend(of_sources(ox.Store.read_only(str(folder))))
        old.flush()
        del old
        shutil.rmtree(folder)
        folder.with_name("old").rename(folder)
    again = open_store(store.path)
    assert not has_union(again.dataset()._store)
    assert sorted(map(str, again.dataset().backup_quads())) == before
    assert (len(again.dataset()), again.dataset().labels) == (size, labels)
    load(again, [tables("u", organisations="id,name\nnew,New\n")])
    assert all(map(agrees, at_rest(again)))
    assert set(before) < set(map(str, again.dataset().backup_quads()))


def test_verifying_finds_a_default_graph_that_says_something_else(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    damaged = ox.Store(str(store.folders()[0]))
    damaged.add(ox.Quad(ox.NamedNode("http://e/x"), ox.NamedNode("http://e/p"), ox.NamedNode("http://e/y")))
    damaged.flush()
    del damaged
    assert any("together" in sentence for sentence in verify(store).wrong)


def test_a_store_that_a_later_version_has_written_to_is_refused_in_a_sentence(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    [made] = [
        q for q in store.dataset().quads_in(CATALOGUE.value) if str(q.object).endswith(f"format/{FORMAT}>")
    ]
    later = ox.Quad(
        made.subject, made.predicate, ox.NamedNode(f"{CATALOGUE.value}/format/{FORMAT + 1}"), CATALOGUE
    )
    for folder in store.folders():
        known = ox.Store(str(folder))
        known.add(later)
        known.flush()
        del known
    for refused in (lambda: open_store(tmp_path / "store"), lambda: load(store, [tables("u", **small)])):
        with pytest.raises(StoreUnusable, match=rf"newer Joinedup.*format {FORMAT + 1}"):
            refused()
    assert store.version == 1


def test_clocks_that_jump_disturb_neither_the_order_of_versions_nor_what_changed_since(
    tmp_path: Path, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "store")
    for number, year in enumerate((2031, 1999, 2026), 1):
        clock = type(
            "Clock",
            (datetime,),
            {"now": classmethod(lambda _, tz=None, year=year: datetime(year, 1, 1, tzinfo=tz))},
        )
        for module in ("graph.catalogue", "graph.audit"):
            monkeypatch.setattr(f"{module}.datetime", clock)
        load(
            store,
            [tables("t", **{**small, "organisations": small["organisations"] + f"y{year},In {year}\n"})],
        )
        assert store.version == number
        assert f"In {year}" in store.dataset().labels.values()
    assert verify(store).wrong == []
    assert open_store(tmp_path / "store").version == 3
