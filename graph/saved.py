"""Queries that are kept under a name, with the values that they take: each a graph of its own in the store.

They are written in SHACL's words for SPARQL (SHACL-AF, 5 and 6), as other collections of queries are. A value is put
in as a term where the text has $name, never within a string, a comment or an IRI, so none can become a part of the query.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound
from graph.evidence import newest_day
from graph.guard import TOKEN, check_query
from graph.questions import quarter_before, questions
from ontology.terms import DCTERMS, RDF, SKOS, XSD

_SH = "http://www.w3.org/ns/shacl#"
KINDS = {
    "text": str(XSD.string),
    "iri": str(XSD.anyURI),
    "integer": str(XSD.integer),
    "number": str(XSD.double),
    "boolean": str(XSD.boolean),
    "date": str(XSD.date),
}
"""What a value can be, and the datatype that says so."""
_SAMPLES = {
    "text": "", "iri": "http://example.org/", "integer": "0", "number": "0", "boolean": "true", "date": "2000-01-01",
}  # fmt: skip
TAKEN = frozenset({"format", "query", "question", "default-graph-uri", "named-graph-uri"})
"""Names that no value can have, as they stand for something else in an address."""
MOST_VALUE = 2000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,59}", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_QUESTION = "question-"
_FORMS = {"SELECT": "select", "CONSTRUCT": "construct", "DESCRIBE": "construct", "ASK": "ask"}


@dataclass(frozen=True)
class Parameter:
    """A value that a query takes."""

    name: str
    kind: str
    """text, iri, integer, number, boolean or date."""
    description: str = ""
    default: str | None = None
    """What it is where it is not given; None where it must be."""


@dataclass(frozen=True)
class Saved:
    """A query that is kept."""

    name: str
    label: str
    text: str
    """The query, with $name where a value belongs."""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def shipped(self) -> bool:
        """Whether it comes with Joinedup: one of the forty questions."""
        return self.name.startswith(_QUESTION)


def graph_of(base: str, name: str) -> str:
    """The graph that holds a query that was saved. Raises BadParameter for what cannot be a name."""
    if not _NAME.fullmatch(name):
        raise BadParameter("name: write it with small letters, digits and hyphens, at most 80.")
    if name.startswith(_QUESTION):
        raise BadParameter("name: names that begin with “question-” are those of the questions of Joinedup.")
    return f"{base}/queries/{name}"


def saved_queries(dataset: Dataset) -> Mapping[str, Saved]:
    """Every query by its name: those that were saved, as far as the dataset holds them, then the questions."""
    found: dict[str, Saved] = {}
    start = f"{dataset.base}/queries/"
    for row in dataset.select("saved"):
        name = row["query"].removeprefix(start)
        if name == row["query"] or not _NAME.fullmatch(name):
            continue
        before = found.get(name) or Saved(name, row["label"], row["text"], row.get("description", ""))
        kind = next((k for k, iri in KINDS.items() if iri == row.get("kind")), "")
        if (
            kind
            and _VARIABLE.fullmatch(row["name"])
            and row["name"] not in {p.name for p in before.parameters}
        ):
            more = Parameter(row["name"], kind, row.get("meaning", ""), row.get("default"))
            before = Saved(name, before.label, before.text, before.description, (*before.parameters, more))
        found[name] = before
    return found | _of_questions(dataset)


def saved_query(dataset: Dataset, name: str) -> Saved:
    """One query. Raises NotFound."""
    try:
        return saved_queries(dataset)[name]
    except KeyError:
        raise NotFound("There is no query of that name. /queries lists those that there are.") from None


def filled(query: Saved, given: Mapping[str, str]) -> str:
    """The text with the values put in as terms. Raises BadParameter for a value that is missing, unknown or does not fit."""
    names = [p.name for p in query.parameters]
    if unknown := sorted(set(given) - set(names)):
        choose = f"choose from {', '.join(names)}" if names else "it takes none"
        raise BadParameter(f"There is no value {unknown[0][:60]}; {choose}.")
    terms = {}
    for parameter in query.parameters:
        value = given.get(parameter.name)
        if value is None or (not value and parameter.kind != "text"):
            value = parameter.default
        if value is None:
            raise BadParameter(f"{parameter.name}: must be given. {parameter.description}".rstrip())
        terms[parameter.name] = _term(parameter, value)

    def put(found: re.Match[str]) -> str:
        name = found[0][1:]
        return terms.get(name, found[0]) if found[0].startswith("$") else found[0]

    return TOKEN.sub(put, query.text)


def check(query: Saved) -> str:
    """The text with values that fit, to be tried. Raises BadParameter and QueryRefused for what cannot be kept."""
    check_query(query.text)
    if not query.label.strip() or len(query.label) > 200 or len(query.description) > MOST_VALUE:
        raise BadParameter("label: say in at most 200 characters what it asks; description takes 2,000.")
    try:
        "".join((query.label, query.text, query.description)).encode()
    except UnicodeEncodeError:
        raise BadParameter("There are characters that cannot be stored.") from None
    if any(c < " " and c not in "\t\r\n" for c in query.label + query.text + query.description):
        raise BadParameter("There are control characters, which cannot be stored.")
    if re.search(r"\\[uU][0-9A-Fa-f]", query.text):
        raise BadParameter("query: write each character itself, not by its number (\\u).")
    names = [p.name for p in query.parameters]
    if len(set(names)) != len(names):
        raise BadParameter("parameters: one stands twice.")
    for parameter in query.parameters:
        if not _VARIABLE.fullmatch(parameter.name) or parameter.name in TAKEN:
            raise BadParameter(
                "parameters: a name is letters, digits and _, and not format, query or question."
            )
        if parameter.kind not in KINDS:
            raise BadParameter(f"{parameter.name}: choose its kind from {', '.join(KINDS)}.")
        if parameter.default is not None:
            _term(parameter, parameter.default)
        if any(c < " " for c in parameter.description) or len(parameter.description) > MOST_VALUE:
            raise BadParameter(
                f"{parameter.name}: describe it in one line of at most {MOST_VALUE:,} characters."
            )
    used = {t[0][1:] for t in TOKEN.finditer(query.text) if t[0].startswith("$")}
    if odd := sorted(used ^ set(names)):
        raise BadParameter(
            f"${odd[0][:60]}: what stands with $ in the query must be a parameter, and the other way about; write variables with ?."
        )
    _form(query.text)
    return filled(
        query, {p.name: _SAMPLES[p.kind] if p.default is None else p.default for p in query.parameters}
    )


def statements(base: str, query: Saved) -> list[ox.Triple]:
    """What the graph of a query says. Raises as `check` and `graph_of`."""
    check(query)
    return list(_statements(graph_of(base, query.name), query))


def _statements(iri: str, query: Saved) -> Iterator[ox.Triple]:
    node = ox.NamedNode(iri)
    yield ox.Triple(node, _node(RDF.type), _node(_SH + "SPARQLExecutable"))
    yield ox.Triple(node, _node(SKOS.prefLabel), ox.Literal(query.label))
    yield ox.Triple(node, _node(_SH + _form(query.text)), ox.Literal(query.text))
    if query.description:
        yield ox.Triple(node, _node(DCTERMS.description), ox.Literal(query.description))
    for parameter in query.parameters:
        one = ox.NamedNode(f"{iri}#{parameter.name}")
        yield ox.Triple(node, _node(_SH + "parameter"), one)
        yield ox.Triple(one, _node(_SH + "name"), ox.Literal(parameter.name))
        yield ox.Triple(one, _node(_SH + "datatype"), _node(KINDS[parameter.kind]))
        if parameter.description:
            yield ox.Triple(one, _node(_SH + "description"), ox.Literal(parameter.description))
        if parameter.default is not None:
            yield ox.Triple(one, _node(_SH + "defaultValue"), ox.Literal(parameter.default))


def _form(text: str) -> str:
    for token in TOKEN.finditer(text):
        if (word := (token["word"] or "").upper()) in _FORMS:
            return _FORMS[word]
    raise BadParameter("query: must be SELECT, CONSTRUCT, DESCRIBE or ASK.")


def _term(parameter: Parameter, value: str) -> str:
    """A value as a term of SPARQL. Raises BadParameter."""
    if len(value) > MOST_VALUE:
        raise BadParameter(f"{parameter.name}: may have {MOST_VALUE:,} characters.")
    try:
        value.encode()
        return _written(parameter.kind, value)
    except ValueError:
        raise BadParameter(f"{parameter.name}: is not of the kind {parameter.kind}.") from None


def _written(kind: str, value: str) -> str:
    if kind == "iri":
        if not _IRI.fullmatch(value):
            raise ValueError(value)
        return str(ox.NamedNode(value))
    if kind == "integer":
        if not _WHOLE.fullmatch(value):
            raise ValueError(value)
        return str(int(value))  # as LIMIT takes it
    if kind == "number":
        if not math.isfinite(float(value)):
            raise ValueError(value)
        return str(ox.Literal(float(value)))
    if kind == "boolean":
        if value not in ("true", "false"):
            raise ValueError(value)
        return str(ox.Literal(value == "true"))
    if kind == "date":
        return str(ox.Literal(date.fromisoformat(value).isoformat(), datatype=_node(XSD.date)))
    if any(c < " " and c not in "\t\r\n" for c in value):
        raise ValueError(value)
    return str(ox.Literal(value))


def _of_questions(dataset: Dataset) -> dict[str, Saved]:
    newest = newest_day(dataset)
    days = (
        Parameter("as_of", "date", "The day that it is asked of", newest.isoformat()),
        Parameter("since", "date", "The day from which a change counts", quarter_before(newest).isoformat()),
    )
    return {
        f"{_QUESTION}{q.number}": Saved(
            f"{_QUESTION}{q.number}", q.asks, q.text, " ".join(q.notes),
            tuple(day for day in days if f"${day.name}" in q.text),
        )
        for q in questions().values()
    }  # fmt: skip


def _node(term: object) -> ox.NamedNode:
    return ox.NamedNode(str(term))
