"""A mapping or a canonical table as RML in Turtle: documentation, and for a canonical table fit to be run elsewhere."""

from __future__ import annotations

import json

from graph.ingest.documents import BASE, parts_of
from graph.ingest.mapping import Mapping
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import Address, Code, Day, Link, Millions, Number, Whole
from ontology.terms import XSD, concept

_PREFIXES = """\
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def rml_of(what: Mapping | Table) -> str:
    """The triples maps. What RML cannot say of it stands in comments; headers are in lower case where a mapping folds them."""
    name = what.name
    lines = [_PREFIXES]
    for number, part in enumerate(parts_of(what), start=1):
        lines += [f"# {' '.join(note.split())}" for note in part.unsaid]
        if part.subject is None:
            lines += [f"# {part.table.name}: the ids of its rows are made in a way that RML cannot say.", ""]
            continue
        lines += [
            f"<#{part.table.name}{number}>",
            "  a rr:TriplesMap ;",
            f"  rml:logicalSource {_source(what, name)} ;",
        ]
        types = " , ".join(f"<{type_}>" for type_ in part.table.types)
        lines.append(f"  rr:subjectMap [ rr:template {_quoted(part.subject)} ; rr:class {types} ]")
        comments = []
        for column, header in part.columns:
            if column.states and not column.inverse:
                lines[-1] += " ;"
                object_ = _object(column, header)
                lines.append(
                    f"  rr:predicateObjectMap [ rr:predicate <{column.states}> ; rr:objectMap [ {object_} ] ]"
                )
                comments += (
                    [f"# {column.name} may hold several values, separated by semicolons."]
                    if column.many
                    else []
                )
        lines += [".", *comments, ""]
    return "\n".join(lines) + "\n"


def _source(what: Mapping | Table, name: str) -> str:
    if isinstance(what, Mapping) and what.read.records:
        path = "$." + what.read.records[0] + "[*]"
        return f"[ rml:source {_quoted(name + '.json')} ; rml:referenceFormulation ql:JSONPath ; rml:iterator {_quoted(path)} ]"
    return f"[ rml:source {_quoted(name + '.csv')} ; rml:referenceFormulation ql:CSV ]"


def _object(column: Column, header: str) -> str:
    kind = column.kind
    if isinstance(kind, Link):
        return f"rr:template {_quoted(f'{BASE}/id/{BY_NAME[kind.tables[0]].segment}/{{{header}}}')} ; rr:termType rr:IRI"
    if isinstance(kind, Code):
        return f"rr:template {_quoted(concept(kind.schemes[0], f'{{{header}}}'))} ; rr:termType rr:IRI"
    if isinstance(kind, Address):
        return f"rml:reference {_quoted(header)} ; rr:termType rr:IRI"
    if isinstance(kind, Day):
        datatype = f" ; rr:datatype <{XSD.date}>"
    elif isinstance(kind, Whole):
        datatype = f" ; rr:datatype <{XSD.integer}>"
    elif isinstance(kind, Number | Millions):
        datatype = f" ; rr:datatype <{XSD.decimal}>"
    else:
        datatype = ""
    return f"rml:reference {_quoted(header)}{datatype}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
