"""What a store holds, told to machines: a VoID and DCAT description of the data and of each source."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from graph.dataset import Dataset, once
from graph.download import DOWNLOADS
from ontology.terms import PREFIXES

DESCRIPTION_PREFIXES: dict[str, str] = {
    **PREFIXES,
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "void": "http://rdfs.org/ns/void#",
}
"""The prefixes of a description."""

_Term = ox.NamedNode | ox.BlankNode | ox.Literal
_DATASETS = (("rdf:type", "void:Dataset"), ("rdf:type", "dcat:Dataset"))


@once(4)
def description(dataset: Dataset, address: str) -> tuple[ox.Triple, ...]:
    """Everything that a dataset holds, in numbers, then each source. address is where it is served, without a last /.

    A statement that several sources make counts once in the whole, and once in each of them.
    """
    return tuple(ox.Triple(subject, _named(name), value) for subject, name, value in _said(dataset, address))


def _said(dataset: Dataset, address: str) -> Iterator[tuple[ox.NamedNode | ox.BlankNode, str, _Term]]:
    document = ox.NamedNode(f"{address}/.well-known/void")
    whole = ox.NamedNode(f"{document.value}#dataset")
    yield document, "rdf:type", _named("void:DatasetDescription")
    yield document, "foaf:primaryTopic", whole
    for name, kind in _DATASETS:
        yield whole, name, _named(kind)
    yield (
        whole,
        "dcterms:title",
        ox.Literal("Joinedup: programmes, who shares them, and what holds them back", language="en"),
    )
    yield whole, "void:uriSpace", ox.Literal(f"{dataset.base}/id/")
    yield whole, "void:sparqlEndpoint", ox.NamedNode(f"{address}/sparql")
    [totals] = dataset.select("holdings/statements")
    yield whole, "void:triples", _whole_number(totals["statements"])
    if "modified" in totals:
        yield whole, "dcterms:modified", _moment(totals["modified"])
    for form in DOWNLOADS.values():
        file = ox.NamedNode(f"{address}/download.{form.suffix}")
        yield whole, "void:dataDump", file
        yield whole, "dcat:distribution", file
        yield file, "rdf:type", _named("dcat:Distribution")
        yield file, "dcat:downloadURL", file
        yield (
            file,
            "dcat:mediaType",
            ox.NamedNode(f"https://www.iana.org/assignments/media-types/{form.media}"),
        )
    for row in dataset.select("holdings/vocabularies"):
        yield whole, "void:vocabulary", ox.NamedNode(row["vocabulary"])
    sources = list(dataset.select("holdings/sources"))
    for row in sources:
        yield whole, "void:subset", ox.NamedNode(row["source"])
    parts = [(ox.BlankNode(), row) for row in dataset.select("holdings/classes")]
    for part, _ in parts:
        yield whole, "void:classPartition", part
    for part, row in parts:
        yield part, "void:class", ox.NamedNode(row["class"])
        yield part, "void:entities", _whole_number(row["things"])
    for row in sources:
        source = ox.NamedNode(row["source"])
        for name, kind in _DATASETS:
            yield source, name, _named(kind)
        yield source, "dcterms:title", ox.Literal(row.get("name") or dataset.label(row["source"]))
        if "rows" in row:  # a publication tells no numbers of rows where they would count what is withheld
            yield source, "ju:rows", _whole_number(row["rows"])
        yield source, "prov:generatedAtTime", _moment(row["loaded"])
        yield source, "ju:marking", ox.NamedNode(row["marking"])
        yield source, "void:triples", _whole_number(row["statements"])


def _named(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(DESCRIPTION_PREFIXES[prefix] + local)


def _whole_number(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=_named("xsd:integer"))


def _moment(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=_named("xsd:dateTime"))
