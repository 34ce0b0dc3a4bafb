"""A small update is worked out on the subjects that it reaches: it changes just what it would change in a whole copy."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph import edit_worker
from graph.edit_copy import Copy
from graph.errors import QueryRefused
from graph.union import with_union

EDITS, G, H = "https://joinedup.example/id/source/edits", "http://e/g", "http://e/h"
TERMS = st.sampled_from(["<http://e/a>", "<http://e/b>", "'x'", "7", "'é\\n'@de"])
SUBJECTS = st.sampled_from(["<http://e/a>", "<http://e/b>", "<http://e/c>"])
WHERE = st.sampled_from(["", f"GRAPH <{EDITS}>", f"GRAPH <{G}>", f"GRAPH <{H}>"])
DATA = st.builds(
    lambda word, graph, s, o: f"{word} DATA {{ {graph} {{ {s} <http://e/p> {o} }} }}" if graph else f"{word} DATA {{ {s} <http://e/p> {o} }}",
    st.sampled_from(["INSERT", "DELETE"]), WHERE, SUBJECTS, TERMS,
)  # fmt: skip
READING = st.sampled_from(
    [
        "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DELETE WHERE { ?s ?p 'x' }",
        f"DELETE WHERE {{ GRAPH <{G}> {{ ?s ?p $o }} }}",
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?o ?p ?s } } WHERE { GRAPH ?g { ?s ?p ?o FILTER (isIRI(?o)) } }",
        f"INSERT {{ ?s <http://e/seen> ?n . GRAPH <{H}> {{ ?s <http://e/seen> $n }} }} WHERE {{ SELECT ?s (COUNT(?o) AS ?n) {{ ?s ?p ?o }} GROUP BY ?s }}",
        "DELETE { ?s ?p ?o } INSERT { ?s ?p 9 } WHERE { ?s ?p ?o OPTIONAL { ?s <http://e/none> ?q } }",
        "INSERT { ?s ?q ?o } WHERE { ?s ?p ?o OPTIONAL { ?s <http://e/none> ?q } }",
        "INSERT { <http://e/a> <http://e/p> 'found' } WHERE { ?s ?p 7 }",
        "INSERT { <http://e/a> <http://e/p> 'never' } WHERE { FILTER (false) }",
        "INSERT { ?a <http://e/p> ?b } WHERE { VALUES (?a ?b) { (<http://e/a> UNDEF) (<http://e/new> 'é\\n'@de) } }",
    ]
)
UPDATES = st.one_of(
    st.lists(DATA, min_size=1, max_size=3),
    st.builds(lambda first, more: [first, *more], READING, st.lists(DATA, max_size=2)),
).map(" ; ".join)
QUADS = st.sets(st.tuples(st.sampled_from([EDITS, G, H]), SUBJECTS, TERMS), max_size=6)


def tried(
    quads: set[tuple[str, str, str]], text: str, **more: list[str]
) -> tuple[tuple[set[ox.Quad], set[ox.Quad]], int]:
    """What an update would change, and how many whole copies that took."""
    lines = "".join(f"{s} <http://e/p> {o} <{g}> .\n" for g, s, o in quads)
    lines = lines.replace(" 7 <", ' "7"^^<http://www.w3.org/2001/XMLSchema#integer> <').replace("'", '"')
    copies: list[object] = []

    class Counted(Copy):
        def __init__(self, *arguments: Any):
            copies.append(arguments)
            super().__init__(*arguments)

    with TemporaryDirectory(ignore_cleanup_errors=True) as name, pytest.MonkeyPatch.context() as patch:
        before = ox.Store(f"{name}/before")
        before.extend(with_union(ox.parse(lines, format=ox.RdfFormat.N_QUADS)))
        before.flush()
        del before
        patch.setattr(edit_worker, "Copy", Counted)
        request = {"text": text, "base_iri": "http://e/", "edits": EDITS, "kept": "^$", "using": [], "using_named": [],
                   "before": f"{name}/before", "work": f"{name}/work", **more}  # fmt: skip
        return edit_worker.update(request, ox.Store.read_only(f"{name}/before")), len(copies)


@settings(max_examples=40, deadline=None)
@given(QUADS, UPDATES, st.booleans())
@example(
    set(),
    f"INSERT DATA {{ GRAPH <{EDITS}> {{ <http://e/a> <http://e/p> 7 }} }} ; DELETE DATA {{ <http://e/a> <http://e/p> 7 }}",
    False,
)
@example(
    {(EDITS, "<http://e/a>", "'x'"), (G, "<http://e/a>", "'x'")},
    "INSERT { ?s <http://e/seen> ?n } WHERE { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } GROUP BY ?s }",
    False,
)
def test_it_changes_what_it_would_change_in_a_whole_copy(
    quads: set[tuple[str, str, str]], text: str, chosen: bool
) -> None:
    dataset = {"using": [G], "using_named": [H]} if chosen else {}
    small, copies = tried(quads, text, **dataset)
    assert copies == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edit_worker, "_by_subject", lambda *_: None)
        whole, copies = tried(quads, text, **dataset)
    assert copies == 1
    assert small == whole


def test_a_statement_of_two_graphs_that_the_client_names_together_counts_once() -> None:
    said = {(graph, "<http://e/a>", "'x'") for graph in (G, H)}
    text = f"INSERT {{ GRAPH <{EDITS}> {{ ?s <http://e/seen> ?n }} }} WHERE {{ SELECT ?s (COUNT(?o) AS ?n) {{ ?s ?p ?o }} GROUP BY ?s }}"
    (removed, added), _ = tried(said, text, using=[G, H])
    assert removed == set()
    assert [quad.object.value for quad in added] == ["1"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "using",
    [
        f"USING <{G}> USING <{H}>",
        f"using<{G}>using<{H}>",
        f"USING <{H}> USING NAMED <{EDITS}> # USING <http://e/none>\n USING <{G}> USING <{G}>",
        "USING e:g USING e:h",
    ],
)
def test_a_statement_of_two_graphs_that_the_update_itself_names_counts_once(using: str) -> None:
    said = {(graph, "<http://e/a>", "'x'") for graph in (G, H)}
    head = f"PREFIX e: <http://e/> WITH <{EDITS}> INSERT {{ ?s <http://e/seen> ?n }}"
    (removed, added), _ = tried(
        said, f"{head} {using} WHERE {{ SELECT ?s (COUNT(?o) AS ?n) {{ ?s ?p ?o }} GROUP BY ?s }}"
    )
    assert removed == set()
    assert [(quad.object.value, str(quad.graph_name)) for quad in added] == [("1", f"<{EDITS}>")]  # type: ignore[union-attr]


@pytest.mark.parametrize("using", ["USING <g>", "USING:g", f"USING <{G}>", "USING NAMED <g> USING e:g"])
def test_one_graph_is_read_however_it_is_named(using: str) -> None:
    head = f"BASE <http://e/> PREFIX e: <http://e/> PREFIX : <http://e/> WITH <{EDITS}> INSERT {{ ?s <http://e/seen> 1 }}"
    (_, added), _ = tried({(G, "<http://e/a>", "'x'")}, f"{head} {using} WHERE {{ ?s ?p ?o }}")
    assert len(added) == 1


def test_a_prefix_by_the_name_of_a_word_is_no_clause() -> None:
    said = {(G, "<http://e/a>", "'x'")}
    (removed, _), _ = tried(
        said, "PREFIX using: <http://e/> WITH using:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"
    )
    assert len(removed) == 1
    (removed, _), _ = tried(said, "PREFIX using: <http://e/> CLEAR GRAPH using:g")
    assert len(removed) == 1


@pytest.mark.parametrize("using", ["USING <g> USING <h>", "USING:g USING:h"])
def test_graphs_that_cannot_be_told_are_refused_rather_than_counted_twice(using: str) -> None:
    with pytest.raises(QueryRefused, match="USING"):
        tried(set(), f"PREFIX : <http://e/> INSERT {{ ?s ?p 1 }} {using} WHERE {{ ?s ?p ?o }}")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT { <http://e/a> <http://e/p> ?n } WHERE { BIND (RAND() AS ?n) }",
        "INSERT DATA { _:n <http://e/p> 1 }",
        "CLEAR GRAPH <http://e/g>",
        "INSERT DATA { <http://e/a> <http://e/p> 1 } ; DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        f"WITH <{G}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
    ],
)
def test_what_its_subjects_do_not_tell_is_tried_out_in_a_copy(text: str) -> None:
    assert tried({(G, "<http://e/a>", "7")}, text)[1] == 1


@pytest.mark.parametrize(
    "text",
    [
        "INSERT { this is wrong } WHERE { FILTER (false) }",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p ?o } ORDER BY ?s",
        "INSERT { ?s ?p ?o } WHERE { ?s ?p ?o } VALUES ?s { <http://e/a> }",
        "DELETE DATA { ?s ?p ?o }",
        "INSERT DATA { <http://e/a> <http://e/p> 1 } ; INSERT DATA { <http://e/a> }",
    ],
)
def test_what_is_not_sparql_is_refused_though_nothing_would_be_changed(text: str) -> None:
    with pytest.raises(SyntaxError):
        tried(set(), text)
