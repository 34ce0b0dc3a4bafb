"""SPARQL update and the Graph Store Protocol over HTTP, by the standards' own tests and by the clients people use."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
from SPARQLWrapper import JSON, POST, SPARQLWrapper

Serve = Callable[..., AbstractContextManager[str]]
COMUNICA = Path(__file__).parents[2] / "build/comunica/node_modules/.bin/comunica-sparql"
"""Where the gate puts it."""
CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance" / "sparql_protocol.py"
A, B, G = (URIRef(f"http://e/{name}") for name in "abg")
EDITS = "https://joinedup.example/id/source/edits"
INSERT = "INSERT DATA { <http://e/a> <http://e/b> 'x' }"


@pytest.fixture(scope="module")
def there(serve: Serve, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that may be written to, on a copy of the example."""
    copy = tmp_path_factory.mktemp("written") / "store"
    shutil.copytree(store, copy)
    with serve(copy, "--allow-writing") as address:
        yield address


@pytest.fixture
def writer(there: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=there, timeout=60) as client:
        yield client
        client.post("/sparql", data={"update": "CLEAR DEFAULT ; DROP SILENT GRAPH <http://e/g>"})


def asks(client: httpx.Client, pattern: str) -> bool:
    answer = client.get("/sparql", params={"query": f"ASK {{ {pattern} }}", "format": "json"})
    return bool(answer.json()["boolean"])


def test_the_standards_own_tests_all_pass(serve: Serve, tmp_path: Path) -> None:
    """W3C SPARQL 1.1 Protocol, Graph Store Protocol and Service Description, and what they leave out."""
    if not CONFORMANCE.is_file():
        pytest.skip("no ../shared/conformance beside the repository: the standards' tests are not part of it")
    with serve(tmp_path / "scratch", "--allow-writing") as address:
        done = subprocess.run(
            [sys.executable, CONFORMANCE, "--extras", "--endpoint", f"{address}/sparql",
             "--update-endpoint", f"{address}/sparql", "--gsp", f"{address}/graph-store"],
            capture_output=True, text=True, timeout=500,
        )  # fmt: skip
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAIL", "SKIP"))]
    assert not failed and done.returncode == 0, done.stdout[-2000:]
    assert "protocol: 34 of 34" in done.stdout
    assert "gsp-indirect: 9 of 9" in done.stdout and "gsp-direct: 4 of 4" in done.stdout
    assert "service-description: 3 of 3" in done.stdout


def test_an_update_by_form_and_by_body_is_seen_by_the_next_query(writer: httpx.Client) -> None:
    assert writer.post("/sparql", data={"update": INSERT}).status_code == 204
    assert asks(writer, "<http://e/a> <http://e/b> 'x'")
    kind = {"Content-Type": "application/sparql-update"}
    done = writer.post("/sparql", content=INSERT.replace("INSERT", "DELETE"), headers=kind)
    assert done.status_code == 204
    assert not asks(writer, "<http://e/a> <http://e/b> 'x'")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_writes_nothing(writer: httpx.Client, headers: dict[str, str]) -> None:
    refused = writer.post("/sparql", data={"update": INSERT}, headers=headers)
    assert refused.status_code == 403 and "another site" in refused.json()["detail"]
    kind = {**headers, "Content-Type": "text/turtle"}
    for method in ("PUT", "POST", "DELETE"):
        done = writer.request(
            method, "/graph-store?default", content="<http://e/a> <http://e/b> 'x' .", headers=kind
        )
        assert done.status_code == 403
    assert not asks(writer, "<http://e/a> <http://e/b> 'x'")


def test_what_a_loaded_file_says_is_refused_with_what_to_do(writer: httpx.Client) -> None:
    graph = "https://joinedup.example/id/source/deep-dive-barriers.csv"
    before = writer.get("/graph-store", params={"graph": graph}).text
    for refused in (
        writer.post("/sparql", data={"update": "DROP ALL"}),
        writer.post("/sparql", data={"update": f"CLEAR GRAPH <{graph}>"}),
        writer.put(
            "/graph-store", params={"graph": graph}, content="", headers={"Content-Type": "text/turtle"}
        ),
        writer.delete("/graph-store", params={"graph": graph}),
    ):
        assert refused.status_code == 403
        assert "load it again" in refused.json()["detail"]
    assert len(before) > 1000
    assert writer.get("/graph-store", params={"graph": graph}).text == before


def test_neither_update_nor_body_reaches_an_address(writer: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(1.0)
        url = f"http://127.0.0.1:{canary.getsockname()[1]}/"
        for update in (
            f"LOAD <{url}>",
            f"LOAD SILENT <{url}> INTO GRAPH <http://e/g>",
            f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
            f"INSERT {{ ?s ?p ?o }} USING <{url}> WHERE {{ ?s ?p ?o }}",
        ):
            writer.post("/sparql", data={"update": update})
        context = f'{{"@context": "{url}", "@id": "http://e/a"}}'
        entity = (
            f'<!DOCTYPE a SYSTEM "{url}"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
        )
        for body, kind in ((context, "application/ld+json"), (entity, "application/rdf+xml")):
            done = writer.put("/graph-store?default", content=body, headers={"Content-Type": kind})
            assert done.status_code == 400
        with pytest.raises(TimeoutError):
            canary.accept()


def test_writing_is_offered_on_this_machine_only(joinedup: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:  # fmt: skip
    for options in (("--host-name", "graph.example.gov"), ("--host", "0.0.0.0")):
        refused = joinedup("serve", "--store", tmp_path / "store", "--port", "0", "--allow-writing", *options)
        assert refused.returncode == 1
        assert "there are no tokens" in refused.stderr


# --- The clients that people use --------------------------------------------------------------


def test_rdflib_writes_through_its_update_store(there: str, writer: httpx.Client) -> None:
    graph = Graph(SPARQLUpdateStore(f"{there}/sparql", f"{there}/sparql"), identifier=G)
    graph.add((A, B, Literal("one")))
    graph.add((A, B, Literal("two", lang="en")))
    assert set(graph.objects(A, B)) == {Literal("one"), Literal("two", lang="en")}
    graph.update("DELETE { ?s ?p 'one' } INSERT { ?s ?p 'three' } WHERE { ?s ?p 'one' }")
    graph.remove((A, B, Literal("two", lang="en")))
    assert set(graph.objects(A, B)) == {Literal("three")}
    assert asks(writer, "GRAPH <http://e/g> { <http://e/a> <http://e/b> 'three' }")


def test_sparqlwrapper_asks_and_writes(there: str, writer: httpx.Client) -> None:
    client = SPARQLWrapper(f"{there}/sparql")
    client.setMethod(POST)
    client.setQuery(INSERT)
    client.query()
    client.setReturnFormat(JSON)
    client.setQuery("SELECT ?o { GRAPH ?g { <http://e/a> <http://e/b> ?o } }")
    found = client.query().convert()
    assert [row["o"]["value"] for row in found["results"]["bindings"]] == ["x"]
    described = SPARQLWrapper(f"{there}/sparql")
    described.setQuery("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <" + EDITS + "> { ?s ?p ?o } }")
    assert len(described.query().convert()) == 1


def test_curl_puts_reads_and_deletes_a_graph(there: str, writer: httpx.Client, tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("curl is not installed")
    (tmp_path / "notes.ttl").write_text("<http://e/a> <http://e/b> [ <http://e/b> 'x' ] .", encoding="utf-8")

    def run(*options: str) -> str:
        command = [curl, "-sS", "-w", "%{http_code}", *options, f"{there}/graph-store/mine/notes"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    put = ("-T", str(tmp_path / "notes.ttl"), "-H", "Content-Type: text/turtle")
    assert run(*put) == "201"
    assert run(*put) == "204"
    assert asks(
        writer, f"GRAPH <{there}/graph-store/mine/notes> {{ ?s <http://e/b> ?o . ?o <http://e/b> 'x' }}"
    )
    assert "<http://e/a> <http://e/b>" in run("-H", "Accept: application/n-triples")
    assert run("-X", "DELETE") == "204"
    assert run().endswith("404")


def test_comunica_asks_and_writes(there: str, writer: httpx.Client) -> None:
    comunica = (
        os.environ.get("COMUNICA_SPARQL")
        or shutil.which(COMUNICA.name)
        or shutil.which(COMUNICA.name, path=COMUNICA.parent)
    )
    if not comunica:
        pytest.skip(
            "Comunica is not installed: npm install -g @comunica/query-sparql@4.5, or name it in COMUNICA_SPARQL"
        )

    def run(source: str, query: str, *options: str) -> str:
        command = [comunica, source, query, *options]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout

    asked = "SELECT ?label { ?b a <https://w3id.org/joinedup/ontology#Barrier> ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?label } LIMIT 3"
    assert len(run(f"sparql@{there}/sparql", asked, "-t", "text/csv").strip().splitlines()) == 4
    run(f"sparql@{there}/sparql", INSERT, "--to", f"{there}/sparql")
    assert asks(writer, "<http://e/a> <http://e/b> 'x'")
