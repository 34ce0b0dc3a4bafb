"""Answers as RDF: a Data Cube of the rows, with what was asked, of which data and by which software.

After the RDF Data Cube Vocabulary (W3C Recommendation, 16 January 2014, https://www.w3.org/TR/vocab-data-cube/) and
PROV-O (https://www.w3.org/TR/prov-o/). Things are dimensions and numbers are measures. A number that a row may lack is
an attribute, as every observation must have every measure (IC-14); so are words, days, and lists of things. Of a list,
the things are given but not the figures beside each: JSON has these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from graph.analysis import Asked, Result, RowField, Thing, asked_of
from graph.tabular import things_in
from graph.version import __version__
from ontology.terms import PREFIXES

QB = "http://purl.org/linked-data/cube#"
TERMS = "https://w3id.org/joinedup/analyses"
"""Under it are the columns and parameters of each analysis: they are the same for every store."""
CUBE_PREFIXES = {
    **{k: PREFIXES[k] for k in ("dcterms", "owl", "prov", "rdf", "rdfs", "xsd")},
    "qb": QB,
    "sdmx": "http://purl.org/linked-data/sdmx/2009/dimension#",
}
_PLACE, _ROW, _DAY = f"{TERMS}#place", f"{TERMS}#row", f"{TERMS}#as-of"
_RANGES = {int: "xsd:integer", float: "xsd:decimal", bool: "xsd:boolean", date: "xsd:date", str: "xsd:string"}

Term = ox.NamedNode | ox.Literal


def as_turtle(result: Result[Any]) -> bytes:
    """The cube as Turtle."""
    return (
        ox.serialize(
            cube(result),
            format=ox.RdfFormat.TURTLE,
            prefixes={**CUBE_PREFIXES, "column": f"{_terms(asked_of(result))}#"},
        )
        or b""
    )


def address_of(asked: Asked) -> str:
    """The IRI of the answer: where it is served, with every parameter, so that it stays the same answer's."""
    given = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in sorted(asked.parameters.items())
        if value not in ("", None)
    }
    return f"{asked.base}/analyses/{asked.analysis.command}?{urlencode(given)}"


def cube(result: Result[Any]) -> list[ox.Triple]:
    """The statements. Raises TypeError for a result that no analysis has given."""
    asked = asked_of(result)
    things = [c for c in asked.analysis.columns if c.kind is Thing]
    keys = [tuple(getattr(row, c.name).iri for c in things) for row in result.rows]
    by_row = len(set(keys)) < len(keys)
    made = [
        *_dataset(asked, result, by_row),
        *_structure(asked, by_row),
        *_activity(asked),
        *_observations(asked, result, keys, by_row),
        *(_says(thing.iri, "rdfs:label", _text(thing.label)) for thing in things_in(result.rows)),
    ]
    first: dict[ox.NamedNode, int] = {}
    for place, triple in enumerate(made):
        first.setdefault(_subject(triple), place)
    return sorted(dict.fromkeys(made), key=lambda triple: first[_subject(triple)])


def _subject(triple: ox.Triple) -> ox.NamedNode:
    assert isinstance(triple.subject, ox.NamedNode)
    return triple.subject


def _dataset(asked: Asked, result: Result[Any], by_row: bool) -> Iterator[ox.Triple]:
    address = address_of(asked)
    label = f"{asked.analysis.title}, as of {result.as_of.isoformat()}"
    yield _says(address, "rdf:type", _iri("qb:DataSet"))
    yield _says(address, "rdf:type", _iri("prov:Entity"))
    yield _says(address, "rdfs:label", _text(label))
    yield _says(address, "dcterms:title", _text(asked.analysis.question))
    yield _says(address, "dcterms:description", _text(result.summary))
    yield _says(address, "dcterms:description", _text(f"{len(result.rows)} of {result.of} {result.of_what}."))
    for caveat in result.caveats:
        yield _says(address, "rdfs:comment", _text(caveat))
    yield _says(address, "qb:structure", ox.NamedNode(_structure_of(asked, by_row)))
    yield _says(address, "prov:wasGeneratedBy", ox.NamedNode(_run_of(asked)))


def _structure(asked: Asked, by_row: bool) -> Iterator[ox.Triple]:
    structure = _structure_of(asked, by_row)
    yield _says(structure, "rdf:type", _iri("qb:DataStructureDefinition"))
    yield _says(structure, "rdfs:label", _text(f"Columns of: {asked.analysis.title}"))
    parts = [
        (_DAY, "dimension", "as of", "The day as at which it holds", "xsd:date"),
        (_PLACE, "measure", "place", "Its place in the answer, from 1", "xsd:integer"),
    ]
    if by_row:
        parts.append(
            (_ROW, "dimension", "row", "The row, where its things alone do not tell it apart", "xsd:integer")
        )
    for c in asked.analysis.columns:
        range_ = _RANGES.get(c.kind, "rdfs:Resource" if c.kind is Thing else "")
        parts.append((_property(asked, c), _component(c), c.title, c.description, range_))
    for order, (iri, component, title, description, range_) in enumerate(parts, 1):
        specification = f"{structure}-{component}-{iri.rsplit('#', 1)[-1]}"
        yield _says(structure, "qb:component", ox.NamedNode(specification))
        yield _says(specification, "rdf:type", _iri("qb:ComponentSpecification"))
        yield _says(specification, "rdfs:label", _text(f"{component}: {title}"))
        yield _says(specification, f"qb:{component}", ox.NamedNode(iri))
        yield _says(specification, "qb:order", ox.Literal(order))
        if component == "attribute":
            yield _says(specification, "qb:componentRequired", ox.Literal(False))
        yield _says(iri, "rdf:type", _iri("rdf:Property"))
        yield _says(iri, "rdf:type", _iri(f"qb:{component.capitalize()}Property"))
        yield _says(iri, "rdfs:label", _text(title))
        yield _says(iri, "rdfs:comment", _text(description))
        if range_:
            yield _says(iri, "rdfs:range", _iri(range_))
    yield _says(_DAY, "rdfs:subPropertyOf", _iri("sdmx:refPeriod"))


def _activity(asked: Asked) -> Iterator[ox.Triple]:
    run, software = _run_of(asked), f"https://w3id.org/joinedup/software/{__version__}"
    store = f"{asked.base}/store/version/{asked.version}"
    yield _says(run, "rdf:type", _iri("prov:Activity"))
    yield _says(run, "rdfs:label", _text(f"{asked.analysis.name}, asked of version {asked.version}"))
    yield _says(run, "prov:used", ox.NamedNode(store))
    yield _says(run, "prov:wasAssociatedWith", ox.NamedNode(software))
    yield _says(store, "rdf:type", _iri("prov:Entity"))
    yield _says(store, "rdfs:label", _text(f"Version {asked.version} of the store"))
    yield _says(store, "owl:versionInfo", ox.Literal(asked.version))
    yield _says(software, "rdf:type", _iri("prov:SoftwareAgent"))
    yield _says(software, "rdfs:label", _text(f"Joinedup {__version__}"))
    described = asked.analysis.parameters.model_fields
    for name, value in sorted(asked.parameters.items()):
        if value in ("", None):
            continue
        iri = f"{_terms(asked)}#parameter-{name.replace('_', '-')}"
        yield _says(run, iri, _literal(value))
        yield _says(iri, "rdf:type", _iri("rdf:Property"))
        yield _says(iri, "rdfs:label", _text(name.replace("_", " ")))
        if name in described:
            yield _says(iri, "rdfs:comment", _text(str(described[name].description)))


def _observations(
    asked: Asked, result: Result[Any], keys: Sequence[tuple[str, ...]], by_row: bool
) -> Iterator[ox.Triple]:
    address = address_of(asked)
    columns = [(c, _property(asked, c)) for c in asked.analysis.columns]
    for place, (row, key) in enumerate(zip(result.rows, keys, strict=True), 1):
        told = "\n".join((*key, str(place)) if by_row else key)
        observation = f"{address}#row-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"
        yield _says(observation, "rdf:type", _iri("qb:Observation"))
        yield _says(observation, "rdfs:label", _text(f"{asked.analysis.title}, row {place}"))
        yield _says(observation, "qb:dataSet", ox.NamedNode(address))
        yield _says(observation, _DAY, _literal(result.as_of))
        yield _says(observation, _PLACE, ox.Literal(place))
        if by_row:
            yield _says(observation, _ROW, ox.Literal(place))
        for c, iri in columns:
            for term in _values(getattr(row, c.name)):
                yield _says(observation, iri, term)


def _component(declared: RowField) -> str:
    if declared.kind is Thing:
        return "dimension"
    return "measure" if declared.kind in (int, float) else "attribute"


def _values(value: Any) -> Iterator[Term]:
    if value is None or value == "":
        return
    if isinstance(value, Thing):
        yield ox.NamedNode(value.iri)
    elif is_dataclass(value):
        yield from (
            ox.NamedNode(v.iri) for f in fields(value) if isinstance(v := getattr(value, f.name), Thing)
        )
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _values(one)
    else:
        yield _literal(value)


def _terms(asked: Asked) -> str:
    return f"{TERMS}/{asked.analysis.command}"


def _structure_of(asked: Asked, by_row: bool) -> str:
    return f"{_terms(asked)}#structure{'-by-row' if by_row else ''}"


def _run_of(asked: Asked) -> str:
    return f"{address_of(asked)}#asked-of-version-{asked.version}"


def _property(asked: Asked, declared: RowField) -> str:
    return f"{_terms(asked)}#{declared.name.replace('_', '-')}"


def _iri(short: str) -> ox.NamedNode:
    prefix, name = short.split(":", 1)
    return ox.NamedNode(CUBE_PREFIXES[prefix] + name)


def _says(subject: str, predicate: str, value: Term) -> ox.Triple:
    whole = predicate.startswith("http")
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate) if whole else _iri(predicate), value)


def _text(text: str) -> ox.Literal:
    return ox.Literal(text)


def _literal(value: Any) -> ox.Literal:
    """A number with all its digits as a decimal: JSON-LD would read 1.0, as a double, back as a whole number."""
    if isinstance(value, date):
        return ox.Literal(value.isoformat(), datatype=_iri("xsd:date"))
    if isinstance(value, float):
        return ox.Literal(f"{Decimal(repr(value)):f}", datatype=_iri("xsd:decimal"))
    return ox.Literal(value if isinstance(value, bool | int) else str(value))
