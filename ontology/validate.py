"""Whether a graph is well kept: the shapes of shapes.ttl (SHACL), asked of it, answered in plain sentences."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox
from pyshacl import validate as run_shapes
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import RDF, RDFS, SH

from ontology.terms import turtle

SHAPES = Namespace("https://w3id.org/joinedup/shapes#")
_STRING = "http://www.w3.org/2001/XMLSchema#string"
SEVERITIES = ("Violation", "Warning", "Info")
"""Worst first."""

# rdflib logs a traceback for each value that is not of its datatype; the shapes say so in a sentence.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


@dataclass(frozen=True)
class ShapeFinding:
    """One thing that does not fit one shape."""

    shape: str
    """The name of the shape in shapes.ttl."""
    severity: str
    """Violation: it cannot be right. Warning: somebody should look. Info: worth knowing."""
    focus: str
    """The IRI of the thing."""
    message: str
    """What is missing or wrong, in a sentence."""


def validate(statements: Graph | Iterable[ox.Triple]) -> list[ShapeFinding]:
    """What does not fit the shapes, worst first, each shape at most once for each thing.

    The lists of concepts that Joinedup ships need not be among the statements.
    """
    graph = statements if isinstance(statements, Graph) else _as_graph(statements)
    # As ont_graph, pySHACL would take the classes and properties of the lists but not their concepts.
    graph = graph + _turtle("schemes")
    _, report, _ = run_shapes(graph, shacl_graph=_turtle("shapes"), inference="none")
    if not isinstance(report, Graph):
        raise RuntimeError(f"The shapes cannot be run: {report!r}")
    found = set()
    # Only results of the report itself: those nested in them (sh:detail) say the same in pieces.
    for result in report.objects(None, SH.result):
        shape, severity, focus, message = (
            report.value(result, p)
            for p in (SH.sourceShape, SH.resultSeverity, SH.focusNode, SH.resultMessage)
        )
        found.add(
            ShapeFinding(
                _name(shape),
                str(severity).removeprefix(str(SH)),
                str(focus),
                str(message),
            )
        )
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.shape, f.focus))


def targets(statements: Iterable[ox.Triple]) -> dict[str, set[str]]:
    """The things that each shape looks at, by the name of the shape; they are what its findings are counted of."""
    members: dict[str, set[str]] = {}
    users: dict[str, set[str]] = {}
    above: dict[str, set[str]] = {}
    for triple in statements:
        if isinstance(triple.subject, ox.Triple) or isinstance(triple.object, ox.Triple):
            continue
        subject, predicate, value = triple.subject.value, triple.predicate.value, triple.object.value
        users.setdefault(predicate, set()).add(subject)
        if predicate == str(RDF.type):
            members.setdefault(value, set()).add(subject)
        elif predicate == str(RDFS.subClassOf):
            above.setdefault(value, set()).add(subject)
    found: dict[str, set[str]] = {}
    for shape, class_ in _turtle("shapes").subject_objects(SH.targetClass):
        classes, below = {str(class_)}, [str(class_)]
        while below:
            below = [c for upper in below for c in above.get(upper, ()) if c not in classes]
            classes.update(below)
        things = set[str]().union(*(members.get(c, ()) for c in classes))
        found.setdefault(_name(shape), set()).update(things)
    for shape, of in _turtle("shapes").subject_objects(SH.targetSubjectsOf):
        found.setdefault(_name(shape), set()).update(users.get(str(of), ()))
    return found


def _name(shape: object) -> str:
    return str(shape).removeprefix(str(SHAPES))


def _as_graph(statements: Iterable[ox.Triple]) -> Graph:
    """The statements for rdflib, term by term: its parsers never see what others wrote."""
    graph = Graph()
    for triple in statements:
        graph.add((_term(triple.subject), _term(triple.predicate), _term(triple.object)))
    return graph


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> URIRef | BNode | Literal:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Triple):
        raise TypeError("A statement about a statement has no place in the shapes.")
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype.value == _STRING
    return Literal(term.value, datatype=None if plain else URIRef(term.datatype.value), normalize=False)


@cache
def _turtle(name: str) -> Graph:
    return Graph().parse(data=turtle(name), format="turtle")
