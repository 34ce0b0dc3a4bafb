"""Writing from outside: each update is whole or nothing, on disk when it returns, and stays out of what was loaded."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.editing import Editor, edits_of
from graph.errors import (
    BadParameter,
    NotFound,
    NotReadable,
    QueryRefused,
    QueryTimeout,
    StoreBusy,
    WriteRefused,
)
from graph.identity.record import judgements_of
from graph.ingest.load import load
from graph.publication import publish
from graph.store import Store, open_store

Tables = Callable[..., Path]
HERE = "http://127.0.0.1/sparql"
EDITS = edits_of("https://joinedup.example")
A, B, G, H = (f"http://e/{name}" for name in "abgh")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store")


@pytest.fixture
def editor(store: Store) -> Iterator[Editor]:
    with Editor(store, seconds=20) as editor:
        yield editor


def update(editor: Editor, text: str, **options: list[str]) -> None:
    editor.update(text, base_iri=HERE, **options)


def held(store: Store, graph: str) -> set[str]:
    return {str(quad.triple).replace("http://e/", "") for quad in store.dataset().graph(graph)}


@pytest.fixture
def loaded(store: Store, tables: Tables) -> str:
    """A loaded file; its graph."""
    load(store, [tables("set", organisations="id,name\ndea,Department for Examples\n")])
    return next(g for g in store.dataset().graphs() if "/id/source/" in g)


# --- Where it goes and what it sees -----------------------------------------------------------


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_what_names_no_graph_goes_to_the_editing_graph_and_what_names_one_goes_there(
    tmp_path: Path, where: str
) -> None:
    store = open_store("memory" if where == "memory" else tmp_path / "store")
    with Editor(store, seconds=20) as editor:
        names_no_graph(store, editor)


def names_no_graph(store: Store, editor: Editor) -> None:
    update(editor, f"INSERT DATA {{ <{A}> <{B}> 1 GRAPH <{G}> {{ <{A}> <{B}> 2 }} }}")
    integer = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    assert held(store, EDITS) == {f'<a> <b> "1"{integer}'}
    assert held(store, G) == {f'<a> <b> "2"{integer}'}
    update(editor, f"DELETE DATA {{ <{A}> <{B}> 1 }}")
    assert held(store, EDITS) == set()
    assert store.version == 2


def test_where_reads_all_graphs_together_and_each_operation_what_the_one_before_it_wrote(
    store: Store, editor: Editor, loaded: str
) -> None:
    update(
        editor,
        f"INSERT {{ ?o <{A}> 'found' }} WHERE {{ ?o a org:Organization }} ;"
        f"INSERT {{ GRAPH <{G}> {{ ?o <{B}> ?v }} }} WHERE {{ ?o <{A}> ?v }} ;"
        f"INSERT {{ GRAPH <{H}> {{ ?o <{B}> ?g }} }} WHERE {{ GRAPH ?g {{ ?o <{A}> ?v }} }}",
    )
    dea = "<https://joinedup.example/id/organisation/dea>"
    assert held(store, EDITS) == {f'{dea} <a> "found"'}
    assert held(store, G) == {f'{dea} <b> "found"'}
    assert held(store, H) == {f"{dea} <b> <{EDITS}>"}


def test_the_editing_graph_is_the_default_graph_by_either_name(store: Store, editor: Editor) -> None:
    update(
        editor,
        f"INSERT DATA {{ <{A}> <{B}> 'x', 'y', 'z' }} ; DELETE DATA {{ GRAPH <{EDITS}> {{ <{A}> <{B}> 'x' }} }} ;"
        f"DELETE DATA {{ GRAPH <{EDITS}> {{ <{A}> <{B}> 'y' }} }} ; INSERT DATA {{ GRAPH <{EDITS}> {{ <{A}> <{B}> 'w' }} }}",
    )
    # Nothing read between the operations, so they are joined at the end: what either of both names holds stays.
    update(editor, f"DELETE DATA {{ GRAPH <{EDITS}> {{ <{A}> <{B}> 'x', 'y' }} }}")
    assert held(store, EDITS) == {'<a> <b> "z"', '<a> <b> "w"'}
    update(editor, "COPY DEFAULT TO <http://e/g> ; CLEAR DEFAULT")
    assert held(store, EDITS) == set()
    assert held(store, G) == {'<a> <b> "z"', '<a> <b> "w"'}


def test_with_and_using_are_the_clients_own(store: Store, editor: Editor) -> None:
    update(editor, f"INSERT DATA {{ GRAPH <{G}> {{ <{A}> <{B}> 'g' }} GRAPH <{H}> {{ <{A}> <{B}> 'h' }} }}")
    update(editor, f"WITH <{G}> DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p 'G' }} WHERE {{ ?s ?p ?o }}")
    update(editor, f"INSERT {{ ?s <{A}> ?o }} USING <{H}> WHERE {{ ?s <{B}> ?o }}")
    assert (held(store, G), held(store, H), held(store, EDITS)) == (
        {'<a> <b> "G"'},
        {'<a> <b> "h"'},
        {'<a> <a> "h"'},
    )


@pytest.mark.parametrize(
    ("using", "named", "found"),
    [([G], [], {"g as default"}), ([], [H], {"h as named"}), ([G], [H], {"g as default", "h as named"})],
)
def test_a_dataset_by_parameters_is_what_where_reads(
    store: Store, editor: Editor, using: list[str], named: list[str], found: set[str]
) -> None:
    update(editor, f"INSERT DATA {{ GRAPH <{G}> {{ <{A}> <{B}> 'g' }} GRAPH <{H}> {{ <{A}> <{B}> 'h' }} }}")
    both = "{ ?s ?p ?o BIND('default' AS ?as) } UNION { GRAPH ?x { ?s ?p ?o } BIND('named' AS ?as) }"
    update(
        editor,
        f"INSERT {{ <{A}> <{A}> ?v }} WHERE {{ {both} BIND(CONCAT(?o, ' as ', ?as) AS ?v) }}",
        using=using,
        using_named=named,
    )
    assert held(store, EDITS) == {f'<a> <a> "{value}"' for value in found}
    update(editor, "DELETE WHERE { ?s ?p 'g as default' }", using=[G])
    assert held(store, EDITS) == {f'<a> <a> "{value}"' for value in found}  # looked for in the other graph
    with pytest.raises(BadParameter, match="using-graph-uri"):
        update(editor, f"WITH <{G}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", using=[H])


def test_a_blank_node_stays_the_node_that_it_was(store: Store, editor: Editor) -> None:
    update(editor, f"INSERT DATA {{ GRAPH <{G}> {{ <{A}> <{B}> [ <{B}> 'old' ; <{A}> 'kept' ] }} }}")
    update(
        editor,
        f"WITH <{G}> DELETE {{ ?x <{B}> 'old' }} INSERT {{ ?x <{B}> 'new' }} WHERE {{ ?x <{B}> 'old' }}",
    )
    quads = store.dataset().graph(G)
    nodes = {t for q in quads for t in (q.subject, q.object) if isinstance(t, ox.BlankNode)}
    assert len(nodes) == 1 and len(quads) == 3
    update(editor, f"DELETE WHERE {{ GRAPH <{G}> {{ ?s <{B}> ?x . ?x ?p ?o }} }}")
    assert store.dataset().graph(G) == set()


# --- Whole or nothing -------------------------------------------------------------------------


def state(store: Store) -> tuple[int, set[ox.Quad]]:
    return store.version, set(store.dataset().backup_quads())


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        (f"INSERT DATA {{ <{A}> <{B}> 1 }} ; LOAD <http://127.0.0.1:9/>", BadParameter, "LOAD is refused"),
        (f"INSERT DATA {{ <{A}> <{B}> 1 }} ; CREATE GRAPH <{G}> ; CREATE GRAPH <{G}>", BadParameter, "cannot be carried out"),
        (f"INSERT DATA {{ <{A}> <{B}> 1 }} ; INSERT", BadParameter, "not SPARQL"),
        ("SELECT * { ?s ?p ?o }", BadParameter, "not SPARQL"),
        (f"INSERT DATA {{ <{A}> <javascript:alert(1)> 1 }}", BadParameter, "addresses begin with"),
        (f"INSERT DATA {{ GRAPH <file:///etc/passwd> {{ <{A}> <{B}> 1 }} }}", BadParameter, "begin with"),
        (f"INSERT DATA {{ <{A}> <{B}> 'a\\u0001b' }}", BadParameter, "control character"),
        (f"INSERT DATA {{ <{A}> <{B}> <<( <{A}> <{B}> 1 )>> }}", BadParameter, "about statements"),
        ("INSERT DATA {" + "{" * 3000 + "}" * 3000 + "}", BadParameter, "nested"),
        ("INSERT DATA { GRAPH <https://w3id.org/joinedup/store> { <http://e/a> <http://e/b> 1 } }", WriteRefused, "keeps"),
        ("DELETE WHERE { GRAPH <https://w3id.org/joinedup/ontology> { ?s a ?o } }", WriteRefused, "keeps for itself"),
        ("INSERT DATA { GRAPH <https://joinedup.example/id/source/judgements> { <http://e/a> <http://e/b> 1 } }", WriteRefused, "keeps"),
        ("DELETE { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s a org:Organization ; ?p ?o } }", WriteRefused, "loaded file"),
        ("DROP ALL", WriteRefused, "loaded file"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing_and_says_why(
    store: Store, editor: Editor, loaded: str, text: str, error: type[Exception], says: str
) -> None:
    before = state(store)
    with pytest.raises(error, match=says) as refused:
        update(editor, text)
    assert "\n" not in str(refused.value) and "/tmp" not in str(refused.value)
    assert state(store) == before
    update(editor, f"INSERT DATA {{ <{A}> <{B}> 'next' }}")
    assert held(store, EDITS) == {'<a> <b> "next"'}


def test_to_clear_everything_passes_over_what_joinedup_keeps_for_itself(store: Store, editor: Editor) -> None:
    update(editor, f"INSERT DATA {{ <{A}> <{B}> 1 GRAPH <{G}> {{ <{A}> <{B}> 2 }} }}")
    kept = len(store.dataset().graph("https://w3id.org/joinedup/ontology"))
    update(editor, "CLEAR ALL")
    assert held(store, EDITS) == held(store, G) == set()
    assert len(store.dataset().graph("https://w3id.org/joinedup/ontology")) == kept > 500
    assert store.version == 2


def test_to_clear_everything_passes_over_judgements_too_but_not_over_a_loaded_file(
    store: Store, editor: Editor
) -> None:
    with store.writing():
        quad = ox.Quad(
            ox.NamedNode(A), ox.NamedNode(B), ox.Literal(1), ox.NamedNode(judgements_of(store.base))
        )
        store.replace({judgements_of(store.base): {quad}})
    update(editor, f"INSERT DATA {{ <{A}> <{B}> 1 }}")
    update(editor, "DROP ALL")
    assert held(store, EDITS) == set() and len(held(store, judgements_of(store.base))) == 1


def test_a_load_is_what_it_was_after_an_update_and_edits_are_after_a_load(
    store: Store, editor: Editor, loaded: str, tables: Tables
) -> None:
    before = store.dataset().graph(loaded)
    update(editor, f"INSERT DATA {{ <https://joinedup.example/id/organisation/dea> <{B}> 'noted' }}")
    assert store.dataset().graph(loaded) == before
    load(store, [tables("set", organisations="id,name\ndea,Department for Examples\nx,X\n")])
    assert len(held(store, EDITS)) == 1
    assert len(store.dataset().graph(loaded)) > len(before)


def test_an_update_that_runs_away_is_stopped_at_its_limit_and_has_changed_nothing(
    store: Store, loaded: str
) -> None:
    with Editor(store, seconds=5) as editor:
        update(editor, "INSERT DATA {}")
        before, started = state(store), time.monotonic()
        with pytest.raises(QueryTimeout, match="nothing has changed"):
            update(
                editor,
                f"INSERT {{ <{A}> <{B}> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} }}",
            )
        assert time.monotonic() - started < 5 + 2
        assert state(store) == before
        update(editor, f"INSERT DATA {{ <{A}> <{B}> 'next' }}")
        assert held(store, EDITS) == {'<a> <b> "next"'}


def test_a_publication_is_not_written_to(store: Store, loaded: str, tmp_path: Path) -> None:
    publish(store, tmp_path / "public")
    with Editor(open_store(tmp_path / "public")) as editor, pytest.raises(WriteRefused, match="publication"):
        update(editor, f"INSERT DATA {{ <{A}> <{B}> 1 }}")


def test_many_who_write_at_once_all_get_their_turn(store: Store, editor: Editor) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: update(editor, f"INSERT DATA {{ <{A}> <{B}> {n} }}"), range(12)))
    assert len(held(store, EDITS)) == 12
    assert store.version == 12


# --- Whole graphs -----------------------------------------------------------------------------


def test_a_graph_is_replaced_added_to_and_removed(store: Store, editor: Editor) -> None:
    assert not editor.replace(G, b"<a> <b> 'one', 'two' .", "text/turtle")
    assert held(store, G) == {'<a> <b> "one"', '<a> <b> "two"'}
    assert editor.replace(G, b"<a> <b> 'two' .", "text/turtle; charset=utf-8")
    assert editor.add(G, b'{"@id": "http://e/a", "http://e/b": "three"}', "application/ld+json")
    assert held(store, G) == {'<a> <b> "two"', '<a> <b> "three"'}
    editor.remove(G)
    assert held(store, G) == set()
    with pytest.raises(NotFound):
        editor.remove(G)


@pytest.mark.parametrize(
    ("body", "kind", "error", "says"),
    [
        (b"<a> <b> ", "text/turtle", BadParameter, "not Turtle"),
        (b"<a> <b> 1 .", "text/plain", NotReadable, "Content-Type"),
        (b"<a> <b> 1 .", "", NotReadable, "Content-Type"),
        (b"<a> <b> '\xff' .", "text/turtle", BadParameter, "UTF-8"),
        (b"<a> <b> 1 .", "text/turtle; charset=utf-16", NotReadable, "charset"),
        (b"<a> <b> <javascript:x> .", "text/turtle", BadParameter, "addresses begin"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "application/rdf+xml", BadParameter, "DOCTYPE"),
        (b'{"@context": "http://127.0.0.1:9/", "@id": "http://e/a"}', "application/ld+json", BadParameter, "none is fetched"),
        (b"[" * 100_000, "application/ld+json", BadParameter, "deep"),
        (b'{"@id": "http://e/g", "@graph": [{"@id": "http://e/a", "http://e/b": 1}]}', "application/ld+json", BadParameter, "named graphs"),
        (b"x", "multipart/form-data", BadParameter, "boundary"),
        (b"<a> <b> " + b"<< " * 3000, "text/turtle", BadParameter, "about statements"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_read_leaves_the_graph_as_it_was(
    store: Store, editor: Editor, body: bytes, kind: str, error: type[Exception], says: str
) -> None:
    editor.replace(G, b"<a> <b> 'kept' .", "text/turtle")
    with pytest.raises(error, match=says):
        editor.replace(G, body, kind)
    assert held(store, G) == {'<a> <b> "kept"'}


def test_the_graph_of_a_loaded_file_is_not_written(store: Store, editor: Editor, loaded: str) -> None:
    before = state(store)
    for change in (editor.replace, editor.add):
        with pytest.raises(WriteRefused, match="load it again"):
            change(loaded, b"<http://e/a> <http://e/b> 1 .", "text/turtle")
    with pytest.raises(WriteRefused):
        editor.remove(loaded)
    assert state(store) == before


# --- Killed -----------------------------------------------------------------------------------

WRITES = """
import sys
from graph.editing import Editor
from graph.store import open_store
with Editor(open_store(sys.argv[1])) as editor:
    for n in range(int(sys.argv[2]), 1000):
        editor.update(
            f"DELETE {{ <http://e/a> <http://e/b> ?o }} INSERT {{ <http://e/a> <http://e/b> {n} GRAPH <http://e/g> {{ <http://e/a> <http://e/b> {n} . <http://e/n> <http://e/p> [] }} }} "
            "WHERE { OPTIONAL { GRAPH <http://e/g> { <http://e/a> <http://e/b> ?o } } } ;"
            f"DELETE {{ GRAPH <http://e/g> {{ <http://e/a> <http://e/b> ?o }} }} WHERE {{ GRAPH <http://e/g> {{ <http://e/a> <http://e/b> ?o FILTER (?o != {n}) }} }}",
            base_iri="http://e/",
        )
        print(n, flush=True)
"""


def test_a_server_that_is_killed_while_it_writes_keeps_what_it_acknowledged_and_nothing_half(
    tmp_path: Path,
) -> None:
    place, chance, at = tmp_path / "store", random.Random(11), 1
    for _ in range(5):
        command = [sys.executable, "-c", WRITES, str(place), str(at)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, start_new_session=True,
            cwd=Path(__file__).parent.parent, env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        ) as process:  # fmt: skip
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.random())
            os.killpg(process.pid, signal.SIGKILL)
            said = [int(line) for line in process.stdout.read().split()]
        acknowledged = max([at, *said])
        with Editor(open_store(place)) as editor:
            try:
                update(editor, "INSERT DATA {}")  # lets a change that came to disk be seen
            except StoreBusy:
                pytest.fail("the killed process still holds the store")
        store = open_store(place)
        here, there = (
            {q.object.value for q in store.dataset().graph(g) if q.predicate.value == B}  # type: ignore[union-attr]
            for g in (EDITS, G)
        )
        assert here == there and len(here) == 1
        at = int(here.pop())
        assert acknowledged <= at <= acknowledged + 1
        assert not (place / "copied").exists()
        at += 1


def test_a_text_that_crashes_the_process_is_an_error_and_the_next_is_written(
    store: Store, editor: Editor
) -> None:
    update(editor, "INSERT DATA {}")
    assert editor._process
    editor._process._process.kill()
    with pytest.raises(QueryRefused, match="nothing has changed"):
        update(editor, f"INSERT DATA {{ <{A}> <{B}> 1 }}")
    update(editor, f"INSERT DATA {{ <{A}> <{B}> 2 }}")
    assert len(held(store, EDITS)) == 1
