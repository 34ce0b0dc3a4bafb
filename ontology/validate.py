"""Whether a graph is well kept: the shapes of shapes.ttl (SHACL), asked of it, answered in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox
from pyshacl import validate as run_shapes
from rdflib import Graph, Namespace
from rdflib.namespace import SH

from ontology.terms import turtle

SHAPES = Namespace("https://w3id.org/joinedup/shapes#")
_SEVERITIES = (SH.Violation, SH.Warning, SH.Info)


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
    _, report, _ = run_shapes(
        graph, shacl_graph=_turtle("shapes"), ont_graph=_turtle("schemes"), inference="none"
    )
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
                str(shape).removeprefix(str(SHAPES)),
                str(severity).removeprefix(str(SH)),
                str(focus),
                str(message),
            )
        )
    order = [str(severity).removeprefix(str(SH)) for severity in _SEVERITIES]
    return sorted(found, key=lambda f: (order.index(f.severity), f.shape, f.focus))


def _as_graph(statements: Iterable[ox.Triple]) -> Graph:
    text = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=text or b"", format="nt")


@cache
def _turtle(name: str) -> Graph:
    return Graph().parse(data=turtle(name), format="turtle")
