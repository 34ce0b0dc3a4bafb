"""Two kinds of shape that are asked of all things at once: one by one, long texts and deep hierarchies take hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import pyoxigraph as ox
from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH
from rdflib.term import Node

_RING = re.compile(r"\s*SELECT \$this WHERE \{ \$this <([^<>]+)>\+ \$this \}\s*")
_MATCHES = "SELECT DISTINCT ?thing WHERE {{ ?thing {path} ?text FILTER regex(str(?text), {expression}) }}"
_SAYS_NOTHING = {RDF.type, SH.severity, SH.message, SH.targetClass, SH.targetSubjectsOf}


@dataclass(frozen=True)
class Ring:
    """A shape that says: no thing reaches itself through this property."""

    property: str

    def broken_by(self, statements: Iterable[ox.Triple]) -> set[str]:
        """The things that reach themselves."""
        network: nx.DiGraph[str] = nx.DiGraph()
        for triple in statements:
            if triple.predicate.value == self.property and not isinstance(triple.object, ox.Literal):
                network.add_edge(_name(triple.subject), _name(triple.object))
        found = {thing for thing in network if network.has_edge(thing, thing)}
        for together in nx.strongly_connected_components(network):
            if len(together) > 1:
                found.update(together)
        return found


@dataclass(frozen=True)
class Pattern:
    """A shape that says: no text at the end of this path matches this regular expression."""

    path: str
    """In the words of SPARQL."""
    properties: frozenset[str]
    """Those on the path."""
    expression: str

    def broken_by(self, statements: Iterable[ox.Triple]) -> set[str]:
        """The things with a text that matches, whether or not the shape looks at them."""
        store = ox.Store()
        store.bulk_extend(
            ox.Quad(triple.subject, triple.predicate, triple.object)
            for triple in statements
            if triple.predicate.value in self.properties
        )
        # Oxigraph compiles the expression once, and its time grows no faster than the text.
        answer = store.query(_MATCHES.format(path=self.path, expression=ox.Literal(self.expression)))
        assert isinstance(answer, ox.QuerySolutions)
        return {_name(solution["thing"]) for solution in answer}


def setwise(shapes: Graph, shape: URIRef) -> Ring | Pattern | None:
    """How to ask a shape of all things at once, where it is of one of these kinds and says nothing else."""
    says = {p: list(shapes.objects(shape, p)) for p in set(shapes.predicates(shape)) - _SAYS_NOTHING}
    if any(len(values) != 1 for values in says.values()):
        return None
    if set(says) == {SH.sparql}:
        query = str(shapes.value(says[SH.sparql][0], SH.select))
        ring = _RING.fullmatch(query)
        foci = [(p, o) for p in (SH.targetClass, SH.targetSubjectsOf) for o in shapes.objects(shape, p)]
        if ring and foci == [(SH.targetSubjectsOf, URIRef(ring[1]))]:
            return Ring(ring[1])
    if set(says) == {SH.path, SH["not"]}:
        forbidden = says[SH["not"]][0]
        properties: set[str] = set()
        path = _path(shapes, says[SH.path][0], properties)
        expression = shapes.value(forbidden, SH.pattern)
        alone = len(list(shapes.predicate_objects(forbidden))) == 1
        if path and expression is not None and alone:
            return Pattern(path, frozenset(properties), str(expression))
    return None


def _path(shapes: Graph, path: Node, properties: set[str]) -> str:
    """A path of SHACL in the words of SPARQL, empty where it repeats a step; its properties are added to the set."""
    if isinstance(path, URIRef):
        properties.add(str(path))
        return f"<{path}>"
    if inverse := shapes.value(path, SH.inversePath):
        back = _path(shapes, inverse, properties)
        return back and f"^({back})"
    choice = shapes.value(path, SH.alternativePath)
    if not (choice or shapes.value(path, RDF.first)):
        return ""
    steps = [_path(shapes, step, properties) for step in Collection(shapes, choice or path)]
    return f"({('|' if choice else '/').join(steps)})" if all(steps) else ""


def _name(term: object) -> str:
    return str(getattr(term, "value", ""))
