"""Removing and adding in one transaction: whatever the terms are, the store then holds what sets say."""

from __future__ import annotations

import pyoxigraph as ox
from hypothesis import given
from hypothesis import strategies as st

from graph.at_once import change_at_once, nameless

NODES = st.sampled_from(
    [ox.BlankNode("a"), ox.BlankNode("b"), ox.NamedNode("http://e/x"), ox.NamedNode("http://e/y")]
)
VALUES = st.one_of(
    NODES,
    st.sampled_from(
        [
            ox.Literal('it\'s "quoted" \\ and\nbroken ?x $y { } <a>'),
            ox.Literal("x", language="en"),
            ox.Literal("a", datatype=ox.NamedNode("http://e/type")),
            ox.Literal(7),
        ]
    ),
)
QUADS = st.sets(
    st.builds(
        ox.Quad,
        NODES,
        st.sampled_from([ox.NamedNode("http://e/p"), ox.NamedNode("http://e/q")]),
        VALUES,
        st.sampled_from([ox.NamedNode("http://e/g"), ox.NamedNode("http://e/h"), ox.DefaultGraph()]),
    ),
    max_size=8,
)


@given(there=QUADS, removed=QUADS, added=QUADS)
def test_the_store_holds_what_was_there_without_what_was_removed_and_with_what_was_added(
    there: set[ox.Quad], removed: set[ox.Quad], added: set[ox.Quad]
) -> None:
    store = ox.Store()
    store.extend(there)
    change_at_once(store, removed, added)
    assert set(store) == (there - removed) | added


def test_a_statement_is_nameless_by_its_subject_or_its_object() -> None:
    x, p, b = ox.NamedNode("http://e/x"), ox.NamedNode("http://e/p"), ox.BlankNode()
    assert [nameless(ox.Quad(*t)) for t in ((x, p, x), (b, p, x), (x, p, b))] == [False, True, True]  # type: ignore[arg-type]
