"""What an audience may not see cannot be reached by any route: whole answers are the same with and without it.

Two stores are served that differ only in restricted material: a source marked sensitive with a row in every table, a
graph without a marking, and a judgement that merges a restricted thing into an open one. For each audience every
route of the app is asked on both, and status, headers and body must be equal to the byte. Routes and their parameters
are read from the app, and rows from the declared tables, so a new route, parameter or column is tested unasked.
"""

from __future__ import annotations

import csv
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import uvicorn

from api.app import create_app
from api.settings import Entrance, Settings
from graph.identity.judging import judge
from graph.ingest.load import load
from graph.ingest.tables.canonical import TABLES
from graph.ingest.values import Identifier, Link, Text
from graph.store import open_store
from graph.tokens import Tokens
from ontology.terms import JU

HIDDEN, WORDS = "zqx", "qjc"
"""What marks everything of the restricted source, and the confidential words of official ones."""
BASE = "https://joinedup.example/id"
OPEN_TABLES = (
    "organisations",
    "programmes",
    "barriers",
    "areas",
    "datasets",
    "outcomes",
    "beneficiaries",
    "schemes",
    "concepts",
)
MERGED = (
    f"recommendation/{next(r['id'] for t in TABLES if t.name == 'recommendations' for r in t.examples())}"
)
UNSEEN = ("public", "analyst")


@dataclass
class Served:
    """One of the two stores, and the tokens that both know."""

    client: httpx.Client
    tokens: dict[str, str]

    def ask(self, audience: str, method: str, address: str, **options: Any) -> tuple[Any, ...]:
        """Status, headers and body of an answer, without what changes from one moment to the next."""
        headers = {
            "Authorization": f"Bearer {self.tokens[audience]}",
            "Host": "localhost",
            **options.pop("headers", {}),
        }
        parts, size = [], 0
        with self.client.stream(method, address, headers=headers, timeout=20, **options) as answer:
            try:
                for part in answer.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if answer.headers["content-type"].startswith("text/event-stream") and size > 200:
                        break
            except httpx.ReadTimeout:
                pass
            told = {
                k: v
                for k, v in answer.headers.items()
                if k not in ("date", "x-request-id", "server-timing", "connection")
            }
        body = re.sub(rb"in \d+\.\d\d seconds", b"in some seconds", b"".join(parts))
        body = re.sub(rb"\b[0-9a-f]{32}\b", b"some request", body)  # the id of a request
        if address == "/ontology.jsonld":  # whose blank nodes have new names each time
            body = b"\n".join(sorted(re.sub(rb"_:\w+", b"_:b", body).split(b"\n")))
        return answer.status_code, told, body


@contextmanager
def serving(folder: Path) -> Iterator[httpx.Client]:
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(Settings(workers=1, entrance=Entrance(require_token=True)), open_store(folder))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def rows_of(hidden: bool) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A row and more of every table, as its declaration shows them; hidden ones have names and words of their own."""
    for table in TABLES:
        rows = []
        for example in table.examples():
            row = {}
            for column in table.columns:
                cell, kind = example[column.name], column.kind
                names = isinstance(kind, Identifier) or (
                    isinstance(kind, Link) and kind.tables != ("quarters",)
                )
                if hidden and names and not getattr(kind, "shipped", None):
                    cell = ";".join(HIDDEN + part for part in cell.split(";")) if cell else ""
                elif isinstance(kind, Text) and (hidden or kind.confidential) and (cell or column.required):
                    cell = f"{HIDDEN if hidden else WORDS} {table.name} {column.name}"
                row[column.name] = cell
            rows.append(row)
        yield table.name, rows


def write(folder: Path, tables: dict[str, list[dict[str, str]]]) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Served]]:
    """The store without restricted material, and the store with it."""
    place = tmp_path_factory.mktemp("leaks")
    shown = dict(rows_of(hidden=False))
    open_ = write(place / "open", {name: shown.pop(name) for name in OPEN_TABLES if name in shown})
    without, with_ = place / "without", place / "with"
    store = open_store(without)
    load(store, [open_], marking="public")
    load(store, [write(place / "official", shown)])
    tokens = {}
    for audience in ("public", "analyst", "sensitive"):
        tokens[audience] = Tokens(store).create(f"readers of {audience}", "read", audience, 1)[1]
    del store
    shutil.copytree(without, with_)
    shutil.copy(place / "without.tokens.json", place / "with.tokens.json")
    restrict(with_, place)
    with ExitStack() as stack:
        one, other = (stack.enter_context(serving(folder)) for folder in (without, with_))
        yield Served(one, tokens), Served(other, tokens)


def restrict(folder: Path, place: Path) -> None:
    """Add what only the sensitive audience may see."""
    hidden = dict(rows_of(hidden=True))
    finding = next(row for row in hidden["findings"] if row["interview"])
    # It speaks of open things too, which is where a count or a strength could tell of it.
    hidden["findings"].append(
        {**finding, "id": f"{HIDDEN}open", "programme": "example-skills", "barrier": "eligibility"}
    )
    store = open_store(folder)
    load(store, [write(place / "hidden", hidden)], marking="sensitive")
    for thing in ("organisation/dea", MERGED):
        kept = f"{BASE}/{thing.replace('/', f'/{HIDDEN}')}"
        judge(
            store,
            kept,
            f"{BASE}/{thing}",
            verdict="same",
            by="analyst",
            because=f"{HIDDEN} reason",
            keep=kept,
        )
    said = ox.Quad(ox.NamedNode(f"{BASE}/programme/example-skills"), ox.NamedNode(str(JU.category)), ox.Literal(f"{HIDDEN} noted"), ox.NamedNode(f"{BASE}/source/edits"))  # fmt: skip
    with store.writing():
        store.change({said}, set())


def routes_of(app: Any) -> Iterator[tuple[str, set[str]]]:
    """Every path and its methods, also of routers that are included and of those outside the schema."""
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner)
        elif getattr(route, "methods", None):
            yield route.path, set(route.methods)


APP = create_app(Settings(store="memory"))
ROUTES = sorted({(path, method) for path, methods in routes_of(APP) for method in methods})
SCHEMA = APP.openapi()["paths"]
IDS = sorted({(t.segment, row["id"]) for t in TABLES for row in dict(rows_of(True))[t.name] if row.get("id")})
TRIED = [f"{BASE}/programme/{HIDDEN}example-skills", f"{BASE}/programme/example-skills", HIDDEN]


def addresses(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The addresses to ask for a route: by every restricted thing that its path can name, and by each parameter."""
    names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
    if names == ["segment", "name"]:
        filled = [{"segment": segment, "name": id_} for segment, id_ in IDS]
    elif names == ["kind", "id"]:
        tables = [(t.name, r["id"]) for t in TABLES for r in dict(rows_of(True))[t.name] if r.get("id")]
        filled = [{"kind": kind, "id": id_} for kind, id_ in tables]
    else:
        filled = [dict(zip(names, values, strict=True)) for values in product(TRIED[2:], repeat=len(names))]
    declared = SCHEMA.get(re.sub(r":\w+\}", "}", path), {}).get("get", {}).get("parameters", [])
    texts = [p for p in declared if p["in"] == "query" and "enum" not in p["schema"]]
    needed = {p["name"]: TRIED[0] for p in texts if p.get("required")}
    for values in filled:
        at = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m, v=values: v[m[1]], path)  # type: ignore[misc]
        yield at, needed
    if not names:
        kinds = ("string", "array")
        for parameter in texts:
            some = parameter["schema"].get("anyOf", [parameter["schema"]])[0]
            if some.get("type") in kinds and "format" not in some:
                for tried in TRIED:
                    yield path, {**needed, parameter["name"]: tried}


GETS = [path for path, method in ROUTES if method == "GET" and not path.startswith("/static")]


@pytest.mark.parametrize("audience", UNSEEN)
def test_every_route_answers_the_same_with_and_without_what_is_restricted(
    audience: str, both: tuple[Served, Served]
) -> None:
    assert len(GETS) > 100, "the routes are found"
    forms = ({"Accept": "application/json"}, {"Accept": "text/html"})
    differing, leaking = [], []
    for path in GETS:
        whole = not re.search(r"\.\w+$", path)
        for address, parameters in addresses(path):
            for headers in forms if whole and "{" not in path else forms[:1]:
                asked: dict[str, Any] = {"params": parameters, "headers": headers}
                if not parameters and "{" not in path:  # so that what is kept of answers is filled
                    both[1].ask("sensitive", "GET", address, **asked)
                one, other = (served.ask(audience, "GET", address, **asked) for served in both)
                if one != other:
                    differing.append((address, parameters, headers, one[:2], other[:2]))
                shown = other[2] + repr(other[1]).encode()
                if HIDDEN not in f"{address}{parameters}" and any(
                    w.encode() in shown for w in (HIDDEN, WORDS)
                ):
                    leaking.append((address, parameters))
                assert other[0] < 500 or other[0] == 503, (address, parameters, other)
    assert not differing
    assert not leaking


QUERIES = [
    "SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?p ?o",
    "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?things) WHERE { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    f"SELECT * WHERE {{ <{TRIED[1]}> (!<a:a>|!^<a:a>)* ?x }} ORDER BY ?x",
    f"SELECT * WHERE {{ ?x (!<a:a>|!^<a:a>)+ <{BASE}/interview/{HIDDEN}i01> }} ORDER BY ?x",
    f'ASK {{ ?s ?p ?o FILTER (CONTAINS(STR(?o), "{HIDDEN}") || CONTAINS(STR(?s), "{HIDDEN}")) }}',
    f"ASK FROM NAMED <{BASE}/source/edits> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    f"ASK FROM <{BASE}/source/edits> {{ ?s ?p ?o }}",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    f"DESCRIBE <{BASE}/organisation/{HIDDEN}dea> <{BASE}/organisation/dea>",
    "DESCRIBE ?s WHERE { ?s a ju:Interview }",
    "SELECT (GROUP_CONCAT(?o) AS ?every) WHERE { SELECT ?o WHERE { ?s ?p ?o FILTER isLiteral(?o) } ORDER BY ?o }",
    "this is no SPARQL zqx",
]


@pytest.mark.parametrize("audience", UNSEEN)
def test_no_form_of_sparql_tells_of_what_is_restricted(audience: str, both: tuple[Served, Served]) -> None:
    graphs = ("", f"{BASE}/source/edits", f"{BASE}/source/{HIDDEN}", "https://w3id.org/joinedup/store")
    for query, graph, method in product(QUERIES, graphs, ("GET", "POST")):
        fields = {"query": query, **({"default-graph-uri": graph, "named-graph-uri": graph} if graph else {})}
        sent = {"params": fields} if method == "GET" else {"data": fields}
        one, other = (served.ask(audience, method, "/sparql", **sent) for served in both)
        assert one == other, (query, graph)
        if HIDDEN not in query:
            assert HIDDEN.encode() not in other[2]
            assert WORDS.encode() not in other[2]


@pytest.mark.parametrize("audience", UNSEEN)
def test_no_graph_of_the_restricted_store_can_be_fetched(audience: str, both: tuple[Served, Served]) -> None:
    every = both[1].ask("sensitive", "POST", "/sparql", data={"query": "SELECT DISTINCT ?g { GRAPH ?g {} } ORDER BY ?g"}, headers={"Accept": "text/csv"})  # fmt: skip
    graphs = every[2].decode().split()[1:]
    assert len(graphs) > 40
    for graph in graphs:
        one, other = (served.ask(audience, "GET", "/graph-store", params={"graph": graph}) for served in both)
        assert one == other, graph
        assert HIDDEN.encode() not in other[2]
        assert WORDS.encode() not in other[2]


def test_the_sensitive_audience_sees_what_the_others_do_not(both: tuple[Served, Served]) -> None:
    """Else the tests above would pass on a store that holds nothing."""
    query = {"query": QUERIES[0]}
    bodies = [served.ask("sensitive", "POST", "/sparql", data=query)[2] for served in both]
    assert HIDDEN.encode() not in bodies[0]
    assert WORDS.encode() in bodies[0]
    found = set(re.findall(rf"{HIDDEN} \w+ \w+", bodies[1].decode()))
    assert {f"{HIDDEN} interviews role", f"{HIDDEN} findings summary", f"{HIDDEN} excerpts words"} <= found
    assert {f"{HIDDEN} noted".encode() in bodies[1], f"{HIDDEN} reason".encode() in bodies[1]} == {True}


def test_a_merge_with_a_restricted_thing_shows_to_nobody_who_may_not_see_it(
    both: tuple[Served, Served],
) -> None:
    leads = both[1].ask("sensitive", "GET", f"/id/{MERGED}")[1]["location"]
    assert HIDDEN in leads, "for those who may see it, the official thing stands under the restricted one"
    for audience in UNSEEN:
        assert both[1].ask(audience, "GET", f"/id/{MERGED}")[1]["location"].endswith(f"/doc/{MERGED}")


@pytest.mark.parametrize("audience", UNSEEN)
def test_whoever_reads_may_change_nothing_by_any_route(audience: str, both: tuple[Served, Served]) -> None:
    changing = [(path, method) for path, method in ROUTES if method not in ("GET", "HEAD", "OPTIONS")]
    assert len(changing) > 8
    for path, method in changing:
        if path in ("/sparql", "/sign-in", "/sign-out"):
            continue
        address = re.sub(r"\{[^}]*\}", "x", path)
        assert both[1].ask(audience, method, address)[0] == 403, (method, path)
    update = {"update": "INSERT DATA { <a:a> <a:b> <a:c> }"}
    assert both[1].ask(audience, "POST", "/sparql", data=update)[0] == 403


def test_every_route_needs_a_token_but_those_that_show_nothing(both: tuple[Served, Served]) -> None:
    client = both[1].client
    for path, method in ROUTES:
        if path in ("/sign-in", "/sign-out"):
            continue
        answer = client.request(method, re.sub(r"\{[^}]*\}", "x", path))
        if path in ("/health", "/ready"):
            assert re.search(r"\d{2}", answer.text) is None, "no version and no count"
        else:
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
