"""The OpenAPI document made whole: what each answer is made of, how errors look, who is let in, and what to try.

FastAPI tells the addresses and parameters. What the routes answer they write themselves, so it is said here: from the
declared analyses and lists where there are such, else by the tables below.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from api.negotiation import MEDIA
from api.queries import SentQuery
from graph.analysis import Analysis, analyses
from graph.listing import KINDS
from ontology.definitions import vocabulary

_REF = "#/components/schemas/"
_LINKED = ("turtle", "ntriples", "jsonld", "rdfxml")
_TABLE = ("json", "csv", "html")
_RESULTS = ("srj", "json", "xml", "csv", "tsv", *_LINKED, "html")
_FORMS: Mapping[str, tuple[str, ...]] = {
    **{f"list_{kind}": _TABLE for kind in KINDS},
    "same": _TABLE,
    "document": ("html", *_LINKED),
    "document_of_iri": ("html", *_LINKED),
    "sparql_get": _RESULTS,
    "sparql_post": _RESULTS,
    "query": _RESULTS,
    "graph_read": _LINKED,
    "vocabulary": ("html", "turtle", "jsonld"),
    "vocabulary_version": ("html", "turtle", "jsonld"),
    "schemes": ("html", "turtle", "jsonld"),
    "jsonld_context": ("jsonld",),
    "void": ("turtle", "jsonld"),
}
"""The forms of the answers of operations that do not say so themselves."""
_PLAIN = {
    "metrics": ("text/plain",),
    "query_text": ("application/sparql-query",),
    "report": (
        "text/html",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
_SEVERAL = {
    "analyses": "analyses",
    "networks": "networks",
    "tables": "tables",
    "judgements": "rows",
    "resolve": "matches",
    "same": "rows",
    "queries": "queries",
    "changes": "rows",
    "search": "items",
    **{f"list_{kind}": "items" for kind in KINDS},
}
"""The operations that answer with several things, and under which name."""
_EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "thing": {"segment": "programme", "name": "2011-census"},
    "document": {"segment": "programme", "name": "2011-census"},
    "document_of_iri": {"iri": "https://w3id.org/joinedup/ontology#Barrier"},
    "resolve": {"q": "DWP"},
    "search": {"q": "data"},
    "vocabulary_version": {"version": vocabulary().version},
    "sparql_get": {
        "query": "SELECT ?barrier ?label { ?barrier a ju:Barrier ; skos:prefLabel ?label } LIMIT 3"
    },
    "report": {"name": "early-help-for-families.html"},
    "graph_read": {"graph": "https://joinedup.example/id/source/deep-dive-barriers.csv"},
    "query": {"name": "question-11"},
    "query_text": {"name": "question-11"},
}
"""What to try where something must be given; it is there once the example is loaded."""
_TAGS = {
    "things": "Everything that the store knows of, at an address of its own, and lists of it",
    "analyses": "Questions with an answer that is worked out, each with its caveats",
    "networks": "Networks as files of other tools",
    "sparql": "SPARQL 1.1 Protocol, Graph Store Protocol, and saved queries",
    "things named twice": "Which names stand for one thing",
    "writing": "Loading files, and adding, correcting and removing rows",
    "vocabulary": "What the words mean",
    "operations": "Whether the server is well",
}


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(description="about:blank: the status says what kind it is")
    title: str = Field(description="The kind of problem, in words")
    status: int = Field(description="The status of the answer")
    detail: str = Field(description="What is wrong here and what to do, in a plain sentence")


class Binding(BaseModel):
    """One value of a solution."""

    model_config = ConfigDict(extra="allow")
    type: str
    value: Any


class Head(BaseModel):
    """The variables of an answer."""

    model_config = ConfigDict(extra="allow")
    vars: list[str] = []


class Solutions(BaseModel):
    """The rows of an answer."""

    bindings: list[dict[str, Binding]]


class SparqlResults(BaseModel):
    """SPARQL 1.1 Query Results JSON Format: results of SELECT, or a boolean for ASK."""

    head: Head
    results: Solutions = Solutions(bindings=[])
    boolean: bool = False


class NodeLink(BaseModel):
    """A network as node-link data, as networkx and D3 read it."""

    model_config = ConfigDict(extra="allow")
    directed: bool
    multigraph: bool
    nodes: list[dict[str, Any]]
    links: list[dict[str, Any]]


class Health(BaseModel):
    """Whether the server answers; the rest only for who is let in."""

    model_config = ConfigDict(extra="allow")
    status: str


class Near(BaseModel):
    """A thing in the neighbourhood of another."""

    model_config = ConfigDict(extra="allow")
    iri: str
    label: str
    kind: str
    hop: int


class Neighbourhood(BaseModel):
    """What is linked to a thing, in so many hops."""

    model_config = ConfigDict(extra="allow")
    count: int
    of: int
    truncated: bool = Field(description="Whether there is more than is told")
    things: list[Near]
    edges: list[dict[str, Any]]


class Cytoscape(BaseModel):
    """A network as Cytoscape reads it."""

    model_config = ConfigDict(extra="allow")
    elements: dict[str, list[dict[str, Any]]]


class Answer(BaseModel):
    """What every analysis answers, beside its rows."""

    analysis: str
    question: str
    summary: str = Field(description="The answer in a sentence")
    as_of: str = Field(description="The day that it holds for", json_schema_extra={"format": "date"})
    count: int = Field(description="How many rows there are")
    of: int = Field(description="How many there were to choose from")
    of_what: str = Field(description="What those are")
    caveats: list[str] = Field(description="When the numbers mislead, as far as the data shows it")
    highlight: list[str] = Field(description="The IRIs of the things that the rows speak of")


class Several(BaseModel):
    """Several things, with how many they are, of how many."""

    model_config = ConfigDict(extra="allow")
    count: int
    of: int


def describe(app: FastAPI) -> None:
    """Let an app serve the whole document."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            completed(made())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document, with what FastAPI leaves out written into it."""
    shapes, schemas = _shapes()
    parts = document.setdefault("components", {})
    known = {n: s for n, s in parts.get("schemas", {}).items() if not n.endswith("ValidationError")}
    parts["schemas"] = {**known, **schemas}
    parts["securitySchemes"] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made by “joinedup token create”, or of the OpenID Connect issuer",
        }
    }
    document["security"] = [{}, {"token": []}]
    for method, path, operation in operations(document):
        name = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            _tidy(parameter, _EXAMPLES.get(name, {}))
        operation["responses"] = _responses(method, path, operation, shapes)
    used = {tag for _, _, operation in operations(document) for tag in operation.get("tags", ())}
    document["tags"] = [{"name": t, "description": _TAGS.get(t, t.capitalize())} for t in sorted(used)]
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The method, the path and the description of everything that can be asked for."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _responses(
    method: str, path: str, operation: Mapping[str, Any], shapes: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    name, found = operation["operationId"], dict(operation["responses"])
    if "HTTPValidationError" in str(found.get("422", "")):
        del found["422"]
    for status, response in found.items():
        content = response.get("content", {})
        plain = {m for m, said in content.items() if not said.get("schema")}
        if status == "200" and plain | set(content) <= {"application/json"} and not (set(content) - plain):
            forms = _PLAIN.get(name) or [MEDIA[f] for f in _FORMS.get(name, ("json",))]
            content = {media: {} for media in forms}
        if status.startswith("2") and status != "204" and not content and method != "get":
            content = {"application/json": {}}
        if not status.startswith(("2", "4", "5")):
            content = {}
        for media, said in content.items():
            if not said.get("schema"):
                said["schema"] = _schema(name, path, media, shapes)
        if status.startswith(("4", "5")) and not content:
            content = _problem()
        response.pop("content", None)
        if content:
            response["content"] = content
    if name == "thing":
        found["303"]["headers"] = {
            "Location": {"schema": {"type": "string"}, "description": "The document about it"}
        }
    if method == "get" and "text/event-stream" not in str(found):
        found["304"] = {"description": "As it was when the ETag of If-None-Match was given"}
    elif path == "/graph-store":
        found = {s: {"description": d} for s, d in (("201", "A new graph"), ("204", "Done, and on disk"))}
    if name.startswith("add_") and "201" in found:
        found["200"] = {**found["201"], "description": "What would be written: dry_run was asked for"}
    if method == "get":
        found["431"] = {"description": "The address or the headers are too long"}
    found["default"] = {"description": "What went wrong, and what to do about it", "content": _problem()}
    return found


def _problem() -> dict[str, Any]:
    return {
        "application/problem+json": {"schema": {"$ref": f"{_REF}Problem"}},
        "text/html": {"schema": {"type": "string"}},
    }


def _schema(name: str, path: str, media: str, shapes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if media == "text/event-stream":  # of each event (OpenAPI 3.2, 4.14.2)
        return {
            "type": "object",
            "properties": {part: {"type": "string"} for part in ("event", "data", "id")},
        }
    if media == "application/ld+json":
        return {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}
    if media.endswith("sparql-results+json") or (
        media == "application/json" and _FORMS.get(name) == _RESULTS
    ):
        return {"$ref": f"{_REF}SparqlResults"}
    if media != "application/json":
        return {"type": "string"}
    if name in ("network",) or re.fullmatch(r"/networks/.*\.json", path):
        return {"$ref": f"{_REF}NodeLink"}
    if path.endswith(".cyjs"):
        return {"$ref": f"{_REF}Cytoscape"}
    return shapes.get(name, {"type": "object"})


def _tidy(parameter: dict[str, Any], examples: Mapping[str, str]) -> None:
    """What may be left out is left out: a parameter has no null, as an address cannot hold one."""
    schema = parameter["schema"]
    real = [s for s in schema.get("anyOf", ()) if s.get("type") != "null"]
    if len(real) == 1:
        schema.pop("anyOf")
        parameter["schema"] = schema = {**real[0], **schema}
    if schema.get("default", "x") in (None, ""):
        del schema["default"]
    if parameter.get("required") and schema.get("examples"):
        parameter["example"] = schema["examples"][0]
    if parameter["name"] in examples:
        parameter["example"] = examples[parameter["name"]]


def _shapes() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The schema of each operation's JSON, and what these schemas refer to."""
    models: dict[str, type[BaseModel]] = {
        "health": Health,
        "neighbourhood": Neighbourhood,
        **{a.name: _answer(a) for a in analyses().values()},
        **{name: _several(name, within) for name, within in _SEVERAL.items() if not name.startswith("list_")},
        **{f"list_{kind}": _several("page_of_things", "items") for kind in ("programmes",)},
    }
    more = {m.__name__: m for m in (Problem, SparqlResults, NodeLink, Cytoscape)}
    found, defs = TypeAdapter.json_schemas(
        [
            *((name, "serialization", TypeAdapter(model)) for name, model in {**models, **more}.items()),
            ("sent query", "validation", TypeAdapter(SentQuery)),
        ],
        ref_template=_REF + "{model}",
    )
    shapes = {name: dict(found[name, "serialization"]) for name in models}
    shapes["paths"] = shapes["why_linked"]
    shapes |= {f"list_{kind}": shapes["list_programmes"] for kind in KINDS}
    named = _renamed(dict(defs["$defs"]))
    return _renamed(shapes), {name: {**schema, "title": name} for name, schema in named.items()}


def _renamed(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas, with names that a client can take: pydantic tells rows of one name apart by their modules."""

    def name(found: re.Match[str]) -> str:
        return "".join(part.capitalize() for part in found[1].split("_")) + found[2]

    renamed: dict[str, Any] = json.loads(re.sub(r"graph__analyses__(\w+?)__(\w+)", name, json.dumps(schemas)))
    return renamed


def _answer(analysis: Analysis) -> type[BaseModel]:
    title = "".join(part.capitalize() for part in analysis.name.split("_"))
    rows: Any = list[analysis.row]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        f"{title}Answer", __base__=Answer, __doc__=analysis.question, rows=(rows, ...)
    )
    return model


class Named(BaseModel):
    """A thing with what a list shows of it."""

    model_config = ConfigDict(extra="allow")
    iri: str
    label: str


def _several(name: str, within: str) -> type[BaseModel]:
    title = "".join(part.capitalize() for part in name.split("_"))
    kind: Any = Named if within == "items" else dict[str, Any]
    rows: Any = {within: (list[kind], ...)}
    model: type[BaseModel] = create_model(title, __base__=Several, **rows)
    return model
