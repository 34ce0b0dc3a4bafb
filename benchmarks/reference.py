"""pySHACL, the engine that ours is compared with: slow, and the most widely used. It serves tests and benchmarks only."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox
from pyshacl import validate as run_shapes
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import SH

from ontology.terms import turtle
from ontology.validate import SEVERITIES, SHAPES, ShapeFinding

_STRING = "http://www.w3.org/2001/XMLSchema#string"

# rdflib logs a traceback for each value that is not of its datatype.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


def validate(statements: Iterable[ox.Triple]) -> list[ShapeFinding]:
    """The same as ontology.validate.validate, by pySHACL alone."""
    graph = Graph()
    for triple in statements:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    # As ont_graph, pySHACL would take the classes and properties of the lists but not their concepts.
    graph += _turtle("schemes")
    _, report, _ = run_shapes(graph, shacl_graph=_turtle("shapes"), inference="none")
    if not isinstance(report, Graph):
        raise RuntimeError(f"The shapes cannot be run: {report!r}")
    found = set()
    # Only results of the report itself: those nested in them (sh:detail) say the same in pieces.
    for result in report.objects(None, SH.result):
        shape, severity, focus, message = (
            str(report.value(result, p))
            for p in (SH.sourceShape, SH.resultSeverity, SH.focusNode, SH.resultMessage)
        )
        found.add(
            ShapeFinding(shape.removeprefix(str(SHAPES)), severity.removeprefix(str(SH)), focus, message)
        )
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.shape, f.focus))


def _term(term: object) -> URIRef | BNode | Literal:
    """The term for rdflib, as it is: its parsers never see what others wrote."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    assert isinstance(term, ox.Literal)
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype.value == _STRING
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)


@cache
def _turtle(name: str) -> Graph:
    return Graph().parse(data=turtle(name), format="turtle")
