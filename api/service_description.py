"""What the SPARQL service can do, told to machines (SPARQL 1.1 Service Description)."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from graph.dataset import Dataset
from ontology.terms import PREFIXES

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_A = ox.NamedNode(PREFIXES["rdf"] + "type")
_RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "JSON-LD",
    "RDF_XML",
)
SERVICE_PREFIXES = {**PREFIXES, "sd": _SD, "formats": _FORMATS}
"""The prefixes of a description."""


def service_description(dataset: Dataset, endpoint: str, *, writes: bool) -> list[ox.Triple]:
    """The service at an address: its languages, its formats, and the graphs that can be named."""
    return [ox.Triple(*said) for said in _said(dataset, ox.NamedNode(endpoint), writes)]


def _said(
    dataset: Dataset, endpoint: ox.NamedNode, writes: bool
) -> Iterator[tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode, ox.NamedNode | ox.BlankNode]]:
    service, whole, merged = ox.BlankNode(), ox.BlankNode(), ox.BlankNode()
    yield service, _A, _sd("Service")
    yield service, _sd("endpoint"), endpoint
    yield service, _sd("supportedLanguage"), _sd("SPARQL11Query")
    if writes:
        yield service, _sd("supportedLanguage"), _sd("SPARQL11Update")
    yield service, _sd("feature"), _sd("UnionDefaultGraph")
    for name in _RESULTS:
        yield service, _sd("resultFormat"), ox.NamedNode(_FORMATS + name)
    yield service, _sd("defaultDataset"), whole
    yield whole, _A, _sd("Dataset")
    yield whole, _sd("defaultGraph"), merged
    yield merged, _A, _sd("Graph")
    for iri in dataset.graphs():
        graph = ox.BlankNode()
        yield whole, _sd("namedGraph"), graph
        yield graph, _A, _sd("NamedGraph")
        yield graph, _sd("name"), ox.NamedNode(iri)


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)
