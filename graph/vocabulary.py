"""The vocabulary as statements, for a store to hold beside what its sources say."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from ontology.terms import ONTOLOGY, turtle


def vocabulary() -> set[ox.Quad]:
    """The vocabulary and its schemes, so that every term and concept has its label in the store."""
    graph = ox.NamedNode(ONTOLOGY)
    names: dict[object, ox.NamedNode] = {}

    def named(term: object) -> Any:
        """A name instead of a blank node (RDF 1.1, 3.5), so that the same vocabulary is the same statements."""
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term, ox.NamedNode(f"{ONTOLOGY}/.well-known/genid/{len(names) + 1}"))
        return term

    return {
        ox.Quad(named(t.subject), t.predicate, named(t.object), graph)
        for name in ("joinedup", "schemes")
        for t in ox.parse(turtle(name), format=ox.RdfFormat.TURTLE)
    }
