"""What clients write: marked, with who and why, checked by the shapes, exported, and told apart from what they may not."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest

from graph.audiences import view
from graph.behalf import Behalf, acting
from graph.editing import Editor
from graph.errors import LoadRefused, NotValid
from graph.export import export
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.union import with_union
from graph.update_text import Operation
from graph.written import register_of, written
from ontology.terms import JU, SKOS

Tables = Callable[..., Path]
G = "http://e/g"
EDITS = "https://joinedup.example/id/source/edits"
BASE = "https://joinedup.example/id"


@pytest.fixture
def store(tmp_path: Path, tables: Tables, small: dict[str, str]) -> Store:
    opened = open_store(tmp_path / "store")
    load(opened, [tables(**small)], marking="sensitive")
    return opened


@pytest.fixture
def editor(store: Store) -> Iterator[Editor]:
    with Editor(store, seconds=20) as editor:
        yield editor


def update(editor: Editor, text: str, **options: str) -> None:
    editor.update(text, base_iri="http://e/", **options)  # type: ignore[arg-type]


def markings(store: Store) -> dict[str, str]:
    return {row["source"]: row["marking"].rsplit("/", 1)[-1] for row in written(store.dataset())}


def test_a_graph_is_official_unless_said_otherwise_and_stays_as_it_was_marked(
    store: Store, editor: Editor
) -> None:
    update(
        editor, f"INSERT DATA {{ <http://e/a> <http://e/b> 1 GRAPH <{G}> {{ <http://e/a> <http://e/b> 2 }} }}"
    )
    assert markings(store) == {G: "official", EDITS: "official"}
    editor.add(G, b"<http://e/a> <http://e/b> 3 .", "text/turtle", "sensitive")
    update(editor, f"INSERT DATA {{ GRAPH <{G}> {{ <http://e/a> <http://e/b> 4 }} }}")
    assert markings(store) == {G: "sensitive", EDITS: "official"}
    editor.remove(G)
    assert markings(store) == {EDITS: "official"}
    assert store.dataset().graph(EDITS) == {
        ox.Quad(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/b"), ox.Literal(1), ox.NamedNode(EDITS))
    }, "a graph holds what was written and nothing else"


def test_it_is_kept_who_wrote_and_why(store: Store, editor: Editor) -> None:
    with acting(Behalf("Analysts of the unit", "The lead asked for it")):
        update(editor, "INSERT DATA { <http://e/a> <http://e/b> 1 }")
    query = (
        "SELECT ?who ?why ?when { ?g prov:wasGeneratedBy ?c . ?c prov:endedAtTime ?when ; dcterms:description ?why ; "
        f"prov:wasAssociatedWith/skos:prefLabel ?who FILTER (?g = <{EDITS}>) }}"
    )
    [row] = store.dataset().solutions(query)[1]
    assert (row["who"], row["why"]) == ("Analysts of the unit", "The lead asked for it")


def test_the_register_is_not_written_by_clients(store: Store, editor: Editor) -> None:
    register = register_of(store.base)
    with pytest.raises(Exception, match="keeps for itself"):
        update(editor, f"INSERT DATA {{ GRAPH <{register}> {{ <{G}> ju:marking <http://e/b> }} }}")


def test_analysts_see_what_is_official_and_not_what_is_sensitive(store: Store, editor: Editor) -> None:
    one = f"<{BASE}/barrier/one> a ju:Barrier ; skos:prefLabel 'One'"
    update(editor, f"INSERT DATA {{ {one} }}")
    public = "<https://w3id.org/joinedup/concept/markings/public>"
    forged = f"<{G}> a <{JU.Source}> ; <{SKOS.prefLabel}> 'x' ; <{JU.marking}> {public} . <http://e/two> a <http://e/T> ; <{SKOS.prefLabel}> 'Two' ."
    editor.replace(G, forged.encode(), "text/turtle", "sensitive")
    seen = view(store, "analyst").dataset()
    assert seen.labels[f"{BASE}/barrier/one"] == "One"
    assert "http://e/two" not in seen.labels
    assert "http://e/two" not in view(store, "public").dataset().labels


@pytest.mark.parametrize(
    ("text", "says", "who"),
    [
        ("INSERT DATA { <http://e/x> a ju:Barrier }", "no name", "x"),
        (f"INSERT DATA {{ <{BASE}/interview/i1> ju:intervieweeRole 'mail a@b.example' }}", "e-mail", "interview"),
        (f"INSERT DATA {{ <{BASE}/barrier/data> ju:blocks <{BASE}/programme/homes> }}", "short cut", "data"),
        (f"INSERT DATA {{ <http://e/x> <http://e/p> <{BASE}/barrier/nowhere> }}", "nobody says what is there", "nowhere"),
        (f"INSERT DATA {{ <{BASE}/organisation/dea> foaf:mbox <http://e/m> }}", "person", "dea"),
        (f"DELETE WHERE {{ GRAPH <{G}> {{ ?b skos:prefLabel ?l }} }}", "no name", "kept"),
    ],
)  # fmt: skip
def test_what_breaks_a_shape_or_a_rule_is_refused_with_the_things(store: Store, editor: Editor, text: str, says: str, who: str) -> None:  # fmt: skip
    update(
        editor, f"INSERT DATA {{ GRAPH <{G}> {{ <http://e/kept> a ju:Barrier ; skos:prefLabel 'Kept' }} }}"
    )
    before = store.version
    with pytest.raises(NotValid, match=says) as refused:
        update(editor, f"PREFIX foaf: <http://xmlns.com/foaf/0.1/> {text}")
    assert any(who.lower() in f"{thing['label']} {thing['iri']}".lower() for thing in refused.value.things)
    assert store.version == before


def test_what_was_wrong_before_does_not_hinder_a_note_on_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "other")
    quad = [ox.NamedNode(i) for i in (f"{BASE}/barrier/nameless", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "https://w3id.org/joinedup/ontology#Barrier", "http://e/old")]  # fmt: skip
    with store.writing():
        store.replace({"http://e/old": [ox.Quad(*quad)]})
    with Editor(store, seconds=20) as editor:
        update(editor, f"INSERT DATA {{ <{BASE}/barrier/nameless> dcterms:description 'a note' }}")
        with pytest.raises(NotValid):
            update(editor, "INSERT DATA { <http://e/other> a ju:Barrier }")


def test_a_short_cut_that_a_finding_bears_out_is_written(store: Store, editor: Editor) -> None:
    update(editor, f"INSERT DATA {{ <{BASE}/barrier/data> ju:blocks <{BASE}/programme/skills> }}")
    assert len(store.dataset().graph(EDITS)) == 1


# --- Out and in again -------------------------------------------------------------------------


def test_what_clients_wrote_is_exported_and_a_load_of_that_says_the_same(
    store: Store, editor: Editor, tmp_path: Path
) -> None:
    update(
        editor,
        f"INSERT DATA {{ <{BASE}/barrier/new> a ju:Barrier ; skos:prefLabel 'New' ; <http://e/b> 1.50, 'x'@en }}",
    )
    editor.replace(G, b"<http://e/a> <http://e/b> 'two' , 3 .", "text/turtle", "sensitive")
    out = io.BytesIO()
    report = export(store, out)
    assert report.marking == "sensitive" and report.sources == 7
    path = tmp_path / "all.nq"
    path.write_bytes(out.getvalue())
    other = open_store(tmp_path / "other")
    with pytest.raises(LoadRefused, match="1 error"):
        load(other, [path])
    load(other, [path], marking="sensitive")
    again = {quad.triple for quad in other.dataset().backup_quads()}
    for graph in (EDITS, G):
        said = {quad.triple for quad in store.dataset().graph(graph)}
        assert len(said) >= 2 and said <= again
    [alone] = [row for row in written(store.dataset()) if row["source"] == G]
    one = io.BytesIO()
    assert export(store, one, source=alone["name"]).sources == 1
    assert b'"two"' in one.getvalue() and b"'New'" not in one.getvalue()


# --- What an update changes, found without reading all of a graph -------------------------------

ONE = f"<http://e/1> <http://e/p> 1, 2 ; <http://e/q> <http://e/2> . GRAPH <{G}> {{ <http://e/1> <http://e/p> 1 . <http://e/2> <http://e/p> [ <http://e/q> 5 ] }}"


@pytest.mark.parametrize(
    "text",
    [
        "DELETE { GRAPH ?g { ?s <http://e/p> ?o } } INSERT { GRAPH ?g { ?s <http://e/p> 'new' } } WHERE { GRAPH ?g { ?s <http://e/p> ?o FILTER (?o = 1) } }",
        "DELETE WHERE { GRAPH ?g { <http://e/2> ?p ?o } }",
        "PREFIX e: <http://e/> DELETE WHERE { GRAPH ?g { e:1 ?p ?o } } ; INSERT { GRAPH ?h { e:3 e:p ?o } } WHERE { GRAPH ?h { e:2 e:p ?x . ?x e:q ?o } }",
        "INSERT { GRAPH ?g { ?n <http://e/made> [ <http://e/from> ?o ] } } WHERE { GRAPH ?g { ?s <http://e/p> ?o } BIND (IRI(CONCAT('http://e/n', STR(?o))) AS ?n) FILTER (isLiteral(?o)) }",
        "INSERT { GRAPH <http://e/g> { ?u <http://e/made> 1 } } WHERE { BIND (UUID() AS ?u) }",
        "INSERT { GRAPH ?g { ?n <http://e/made> ?o } } WHERE { GRAPH ?g { ?s <http://e/p> ?o } BIND (IRI(CONCAT('http://e/n', STR(?o))) AS ?n) FILTER (isLiteral(?o)) }",
        "DELETE DATA { GRAPH <http://e/g> { <http://e/1> <http://e/p> 1 } } ; INSERT DATA { GRAPH <http://e/g> { <http://e/9> <http://e/p> <<( <http://e/1> <http://e/p> 1 )>> } }",
        "WITH <http://e/g> DELETE { ?s ?p ?o } INSERT { ?s ?p 'x' } WHERE { ?s ?p ?o FILTER (isLiteral(?o)) }",
        "COPY <http://e/g> TO <http://e/h> ; CLEAR GRAPH <http://e/g>",
        "DELETE { GRAPH ?g { ?s ?p ?o } } USING NAMED <http://e/g> WHERE { GRAPH ?g { ?s ?p ?o } }",
    ],
)  # fmt: skip
def test_looking_up_subjects_finds_what_comparing_whole_graphs_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    from graph import edit_worker

    before = ox.Store(str(tmp_path / "before"))
    before.update(
        f"INSERT DATA {{ GRAPH <{EDITS}> {{ {ONE.partition('GRAPH')[0]} }} GRAPH {ONE.partition('GRAPH')[2]} }}"
    )
    before.extend(list(with_union(before)))
    before.flush()
    del before
    request = {"text": text, "before": str(tmp_path / "before"), "edits": EDITS, "using": [], "using_named": [], "base_iri": "http://e/", "kept": "^$", "loaded": "^$"}  # fmt: skip

    def changed() -> tuple[set[str], set[str]]:
        with TemporaryDirectory(dir=tmp_path) as place:
            store = ox.Store.read_only(str(tmp_path / "before"))
            removed, added = edit_worker.update({**request, "work": f"{place}/work"}, store)
        return ({re_named(q) for q in removed}, {re_named(q) for q in added})

    def re_named(quad: ox.Quad) -> str:
        """A statement, with new blank nodes and addresses made equal."""
        said = [str(t) for t in (quad.subject, quad.predicate, quad.object, quad.graph_name)]
        return " ".join(
            "_:" if t.startswith("_:") else "<urn:uuid>" if t.startswith("<urn:uuid") else t for t in said
        )

    quick = changed()
    monkeypatch.setattr(Operation, "reach", property(lambda self: None))
    assert quick == changed()
    assert quick[0] | quick[1]
