"""Removing and adding statements in one transaction, also such that hold blank nodes."""

from __future__ import annotations

from collections.abc import Iterable, Set

import pyoxigraph as ox

from graph.bulk import bulk_load
from graph.union import UNION

_BULK = 20_000
_NODE = ox.NamedNode("urn:joinedup:node")
"""The datatype of a text that stands for the blank node of that name, and the function that gives the node."""


def nameless(quad: ox.Quad) -> bool:
    """Whether a statement holds a blank node."""
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def change_at_once(store: ox.Store, removed: Set[ox.Quad], added: Set[ox.Quad]) -> None:
    """Remove and add statements: all of it or nothing. The library writes their terms.

    SPARQL cannot name a blank node that is in the store, and gives new names to those it adds. So statements with one
    are bound to variables, by a function that gives back the very node.
    """
    parts = []
    for word, quads in (("DELETE", removed), ("INSERT", added)):
        named = [quad for quad in quads if not nameless(quad)]
        if named:
            parts.append(f"{word} DATA {{ {_blocks(named)} }}")
        for where, graph in (("GRAPH ?g { ?s ?p ?o }", "?g"), ("?s ?p ?o", "")):
            rows = " ".join(
                f"( {_term(q.subject)} {q.predicate} {_term(q.object)} {q.graph_name if graph else ''} )"
                for q in quads
                if nameless(q) and (q.graph_name == UNION) != bool(graph)
            )
            if rows:
                parts.append(
                    f"{word} {{ {where} }} WHERE {{ VALUES (?x ?p ?y {graph}) {{ {rows} }} "
                    f"BIND ({_NODE}(?x) AS ?s) BIND ({_NODE}(?y) AS ?o) }}"
                )
    store.update(" ;\n".join(parts), custom_functions={_NODE: _node})


def _term(term: object) -> str:
    return str(ox.Literal(term.value, datatype=_NODE)) if isinstance(term, ox.BlankNode) else str(term)


def _node(
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple,
) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    if isinstance(term, ox.Literal) and term.datatype == _NODE:
        return ox.BlankNode(term.value)
    return term


def _blocks(quads: Iterable[ox.Quad]) -> str:
    by_graph: dict[str, list[str]] = {}
    for quad in quads:
        graph = "" if quad.graph_name == UNION else f"GRAPH {quad.graph_name}"
        by_graph.setdefault(graph, []).append(f"{quad.triple} .")
    return "\n".join(
        f"{graph} {{ {' '.join(triples)} }}" if graph else " ".join(triples)
        for graph, triples in by_graph.items()
    )


def lines(quads: Iterable[ox.Quad]) -> bytes:
    """Statements as N-Quads."""
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def change(store: ox.Store, removed: set[ox.Quad], added: set[ox.Quad]) -> None:
    """Remove and add in one transaction, and sync it to disk.

    Much that is only added goes in bulk, which is as atomic and some five times faster (measured at 600,000 statements).
    """
    if removed:
        # The only way to one transaction for both is one update request.
        change_at_once(store, removed, added)
    elif len(added) > _BULK and not any(nameless(quad) for quad in added):  # as bulk gives nodes new names
        bulk_load(store, [lines(added)])
    else:
        store.extend(added)
    store.flush()
