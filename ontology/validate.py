"""Whether a graph is well kept: the shapes of shapes.ttl (SHACL), asked of it, answered in plain sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF, RDFS, SH
from shifty import PreparedValidator

from ontology.setwise import Pattern, Ring, setwise
from ontology.terms import turtle

SHAPES = Namespace("https://w3id.org/joinedup/shapes#")
SEVERITIES = ("Violation", "Warning", "Info")
"""Worst first."""


class CannotValidate(Exception):
    """The shapes cannot be asked of these statements; the message says why in a sentence."""


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


@dataclass(frozen=True)
class _Shapes:
    """The shapes that have targets, by name, and who checks them."""

    said: dict[str, tuple[str, str]]
    """The severity and the message of each."""
    classes: dict[str, list[str]]
    """The classes whose members each looks at."""
    properties: dict[str, list[str]]
    """The properties whose subjects each looks at."""
    at_once: dict[str, Ring | Pattern]
    """Those that are asked of all things at once."""
    engine: PreparedValidator
    """It checks the others, thing by thing."""


def validate(statements: Iterable[ox.Triple]) -> list[ShapeFinding]:
    """What does not fit the shapes, worst first, each shape at most once for each thing.

    The lists of concepts that Joinedup ships need not be among the statements. Raises CannotValidate.
    """
    shapes = _shapes()
    triples = statements if isinstance(statements, Collection) else list(statements)
    found = _one_by_one(shapes, triples)
    looked_at: dict[str, set[str]] | None = None
    for shape, rule in shapes.at_once.items():
        if broken := rule.broken_by(triples):
            looked_at = looked_at or targets(triples)
            found.update((shape, focus) for focus in broken & looked_at[shape])
    findings = [
        ShapeFinding(shape, shapes.said[shape][0], focus, shapes.said[shape][1]) for shape, focus in found
    ]
    return sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.shape, f.focus))


def targets(statements: Iterable[ox.Triple]) -> dict[str, set[str]]:
    """The things that each shape looks at, by the name of the shape; they are what its findings are counted of."""
    shapes = _shapes()
    users: dict[str, set[str]] = {p: set() for wanted in shapes.properties.values() for p in wanted}
    members: dict[str, set[str]] = {}
    above: dict[str, set[str]] = {}
    is_a, is_kind_of = str(RDF.type), str(RDFS.subClassOf)
    for triple in statements:
        predicate = triple.predicate.value
        if predicate in users:
            users[predicate].add(_name(triple.subject))
        if predicate == is_a:
            members.setdefault(_name(triple.object), set()).add(_name(triple.subject))
        elif predicate == is_kind_of:
            above.setdefault(_name(triple.object), set()).add(_name(triple.subject))
    found: dict[str, set[str]] = {}
    for shape in shapes.said:
        classes, below = set(shapes.classes[shape]), shapes.classes[shape]
        while below:
            below = list({c for upper in below for c in above.get(upper, ())} - classes)
            classes.update(below)
        found[shape] = set[str]().union(
            *(members.get(c, ()) for c in classes), *(users[p] for p in shapes.properties[shape])
        )
    return found


def _one_by_one(shapes: _Shapes, statements: Iterable[ox.Triple]) -> set[tuple[str, str]]:
    """The shapes that the engine checks, with the things that do not fit them."""
    names = [str(SHAPES[name]) for name in shapes.said if name not in shapes.at_once]
    data = _ntriples(statements) + _schemes()
    try:
        result = shapes.engine.validate_algebra(
            data,
            graph_mode="data",
            shape_names=names,
            infer=False,
            sort_results=False,
            on_unsupported="error",
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:  # a panic of the engine is no Exception
        raise CannotValidate(f"The shapes cannot be run: {str(failure)[:200]}") from failure
    return {(_local(violation.shape_name), _focus(violation.focus_node)) for violation in result.violations}


def _focus(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term.removeprefix("_:")


def _name(term: object) -> str:
    return str(getattr(term, "value", ""))


def _local(shape: object) -> str:
    return str(shape).removeprefix(str(SHAPES))


@cache
def _shapes() -> _Shapes:
    graph = Graph().parse(data=turtle("shapes"), format="turtle")
    aimed = {*graph.subjects(SH.targetClass), *graph.subjects(SH.targetSubjectsOf)}
    shapes = sorted(shape for shape in aimed if isinstance(shape, URIRef))
    return _Shapes(
        said={
            _local(s): (_one(graph, s, SH.severity).removeprefix(str(SH)), _one(graph, s, SH.message))
            for s in shapes
        },
        classes={_local(s): [str(c) for c in graph.objects(s, SH.targetClass)] for s in shapes},
        properties={_local(s): [str(p) for p in graph.objects(s, SH.targetSubjectsOf)] for s in shapes},
        at_once={_local(s): rule for s in shapes if (rule := setwise(graph, s))},
        engine=PreparedValidator(turtle("shapes").encode()),
    )


def _one(graph: Graph, shape: URIRef, says: URIRef) -> str:
    (value,) = graph.objects(shape, says)
    return str(value)


@cache
def _schemes() -> bytes:
    return _ntriples(ox.parse(turtle("schemes"), format=ox.RdfFormat.TURTLE))


def _ntriples(statements: Iterable[ox.Triple] | Iterable[ox.Quad]) -> bytes:
    text = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES)
    assert text is not None, "only a call that names an output gives no text"
    return text
