"""The operations of an update: where they part, which dataset they name, and which graphs they can write to."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from graph.update_text import operations

EX = {"ex": "http://e/"}


def targets(text: str) -> list[set[str] | None]:
    return [None if o.targets is None else set(o.targets) for o in operations(text, EX)]


def test_operations_part_at_semicolons_outside_of_brackets_strings_and_comments() -> None:
    text = (
        "PREFIX a: <http://a/> INSERT DATA { a:x a:p 1 ; a:q ';' } # ; not here\n;"
        "PREFIX b: <http://b/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o ; b:q '''}''' } ; INSERT DATA { a:z b:q 1 } ;"
    )
    found = operations(text, {})
    assert [o.text.split()[0] for o in found] == ["INSERT", "DELETE", "INSERT"]
    assert [o.prologue.count("PREFIX") for o in found] == [1, 2, 2]
    assert [o.where is None for o in found] == [True, False, True]
    # The engine itself takes no PREFIX behind a semicolon, which the grammar allows; operation by operation it does.
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://a/x"), ox.NamedNode("http://b/q"), ox.Literal("}")))
    for operation in found:
        store.update(operation.on((), ()))
    assert {str(quad.subject) for quad in store} == {"<http://a/z>"}


@pytest.mark.parametrize(
    ("text", "names", "short"),
    [
        ("DELETE WHERE { ?s ?p ?o }", False, True),
        ("DELETE # why\n WHERE { ?s ?p ?o }", False, True),
        ("DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", False, False),
        ("WITH <http://e/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", True, False),
        ("INSERT { ?s ?p ?o } USING <http://e/g> WHERE { ?s ?p ?o }", True, False),
        ("INSERT { ?s <http://e/USING> 'WITH' } WHERE { ?s ?with ?using }", False, False),
    ],
)  # fmt: skip
def test_what_an_operation_says_of_its_dataset(text: str, names: bool, short: bool) -> None:
    [operation] = operations(text, EX)
    assert (operation.names_dataset, operation.short) == (names, short)


@pytest.mark.parametrize(
    "text",
    [
        "DELETE WHERE { ?s <http://e/p> ?o }",
        "DELETE { ?s <http://e/p> ?o } WHERE { ?s <http://e/p> ?o }",
        "INSERT { ?s <http://e/q> ?o } WHERE { ?s <http://e/p> ?o }",
    ],
)
def test_a_dataset_is_put_where_the_client_could_have_written_it(text: str) -> None:
    p, q = ox.NamedNode("http://e/p"), ox.NamedNode("http://e/q")
    graph = ox.NamedNode("http://e/g")
    store = ox.Store()
    store.extend([ox.Quad(p, p, q, graph), ox.Quad(p, p, q), ox.Quad(q, p, q)])
    [operation] = operations(text, EX)
    store.update(operation.on([str(graph)], []))
    here = {str(quad.triple) for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())}
    one, other = "<http://e/p> <http://e/p> <http://e/q>", "<http://e/q> <http://e/p> <http://e/q>"
    # Only what the named graph holds is found: of the two statements of the default graph, the first.
    assert here == (
        {one, other, one.replace("/p> <http://e/q>", "/q> <http://e/q>")} if "INSERT" in text else {other}
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT DATA { GRAPH <http://e/g> { <http://e/a> ex:b 1 } }", {"http://e/g", "http://e/a", "http://e/b"}),
        ("PREFIX ex: <http://f/> CLEAR GRAPH ex:g", {"http://f/g"}),
        ("INSERT { GRAPH ex:g { ?s ?p ?o } } WHERE { GRAPH ?h { ?s ?p ?o } }", {"http://e/g"}),
        ("INSERT { GRAPH ?g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }", None),
        ("DELETE WHERE { GRAPH $g { ?s ?p ?o } }", None),
        ("DROP ALL", None),
        ("CLEAR SILENT NAMED", None),
        ("BASE <http://e/> INSERT DATA { GRAPH <g> { <a> <b> 1 } }", None),
        ("BASE <http://e/> PREFIX x: <y> CLEAR GRAPH x:g", None),
        ("CLEAR GRAPH <http://e/\\u0067>", None),
        ("CLEAR GRAPH unknown:g", None),
    ],
)  # fmt: skip
def test_the_graphs_that_may_be_written_are_told_or_said_to_be_unsure(
    text: str, expected: set[str] | None
) -> None:
    assert targets(text) == [expected]
