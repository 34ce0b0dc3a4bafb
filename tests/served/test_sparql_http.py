"""SPARQL over HTTP, asked by real clients: the protocol, the formats, and what is refused."""

import csv
import io
import shutil
import socket
import subprocess
import threading
import time

import httpx
import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

BLOCKS = "SELECT ?barrier ?programme WHERE { ?barrier ju:blocks ?programme } ORDER BY ?barrier ?programme"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def ask(client: httpx.Client, query: str, accept: str = "application/sparql-results+json") -> httpx.Response:
    return client.get("/sparql", params={"query": query}, headers={"Accept": accept})


def test_the_command_line_and_curl_agree(joinedup, store, address) -> None:  # type: ignore[no-untyped-def]
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("curl is not installed")
    command = joinedup("query", BLOCKS, "--store", store)
    posted = subprocess.run(
        [curl, "-sS", "-H", "Accept: text/csv", f"{address}/sparql", "--data-urlencode", f"query={BLOCKS}"],
        capture_output=True,
        text=True,
    )
    assert command.returncode == posted.returncode == 0
    ours, theirs = (list(csv.reader(io.StringIO(out))) for out in (command.stdout, posted.stdout))
    assert ours == theirs
    assert len(ours) > 50


@pytest.mark.parametrize(
    "accept",
    [
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ],
)
def test_each_result_format_is_given(client: httpx.Client, accept: str) -> None:
    answer = ask(client, BLOCKS, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == accept
    assert "late-figures" in answer.text


def test_construct_answers_turtle_unless_asked_otherwise(client: httpx.Client) -> None:
    query = "CONSTRUCT { ?b ju:blocks ?p } WHERE { ?b ju:blocks ?p }"
    plain = client.get("/sparql", params={"query": query})
    assert plain.headers["content-type"].startswith("text/turtle")
    turtle = Graph().parse(data=plain.text, format="turtle")
    jsonld = Graph().parse(data=ask(client, query, "application/ld+json").text, format="json-ld")
    assert set(turtle) == set(jsonld) and len(turtle) > 50


def test_query_by_get_by_form_and_by_body_are_the_same(client: httpx.Client) -> None:
    accept = {"Accept": "text/csv"}
    answers = {
        ask(client, BLOCKS, "text/csv").text,
        client.post("/sparql", data={"query": BLOCKS}, headers=accept).text,
        client.post(
            "/sparql", content=BLOCKS, headers={**accept, "Content-Type": "application/sparql-query"}
        ).text,
        client.get("/sparql", params={"query": BLOCKS, "format": "csv"}).text,
    }
    assert len(answers) == 1


def test_rdflib_works_as_a_client(address: str) -> None:
    store = SPARQLStore(f"{address}/sparql")
    rows = list(
        store.query("PREFIX ju: <https://w3id.org/joinedup/ontology#> SELECT ?p WHERE { ?b ju:blocks ?p }")
    )
    assert len(rows) > 50


def test_a_dataset_given_by_parameter_restricts_the_query(client: httpx.Client) -> None:
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"

    def number(**extra: str) -> int:
        answer = client.get("/sparql", params={"query": count, "format": "json", **extra})
        return int(answer.json()["results"]["bindings"][0]["n"]["value"])

    graph = "https://joinedup.example/id/source/deep-dive-barriers.csv"
    one = number(**{"default-graph-uri": graph})
    assert 0 < one < number()
    assert number(**{"default-graph-uri": "urn:nothing"}) == 0
    assert number(**{"default-graph-uri": "urn:x-rdflib:default"}) == number()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        (r"SELECT * WHERE { S\u0045RVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * WHERE {" + "{" * 3000 + "}" * 3000 + "}", "nested"),
        ("SELEC", "not SPARQL"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "not SPARQL"),
    ],
)
def test_what_may_not_run_is_refused_with_a_sentence(client: httpx.Client, query: str, says: str) -> None:
    answer = client.post("/sparql", data={"query": query})
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_service_and_load_reach_nobody(client: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(1.0)
        there = f"http://127.0.0.1:{canary.getsockname()[1]}/"
        for query in (
            f"SELECT * {{ SERVICE <{there}> {{ ?s ?p ?o }} }}",
            f"SELECT * FROM <{there}> {{ ?s ?p ?o }}",
            f"LOAD <{there}>",
        ):
            client.post("/sparql", data={"query": query})
        with pytest.raises(TimeoutError):
            canary.accept()


def test_updates_are_refused_where_the_server_only_reads(client: httpx.Client) -> None:
    assert client.get("/sparql", params={"update": "CLEAR ALL"}).status_code == 400
    refused = client.post("/sparql", data={"update": "CLEAR ALL"})
    assert refused.status_code == 403
    assert "--allow-writing" in refused.json()["detail"]
    for method in ("PUT", "POST", "DELETE"):
        assert client.request(method, "/graph-store?default", content="").status_code == 403
    assert client.get("/health").json()["statements"] > 5000


def test_a_large_answer_flows_and_is_whole(client: httpx.Client) -> None:
    """Far more than the server would hold of one answer (64 MB)."""
    query = "SELECT ?s ?p ?o ?t { ?s ?p ?o . { SELECT ?t { ?t a ?c } LIMIT 60 } } LIMIT 500000"
    size = lines = 0
    with client.stream("GET", "/sparql", params={"query": query, "format": "csv"}) as answer:
        assert answer.status_code == 200 and "content-length" not in answer.headers
        for piece in answer.iter_raw():
            size += len(piece)
            lines += piece.count(b"https://")
    assert size > 64 * 1024 * 1024
    assert lines > 1_000_000
    assert ask(client, BLOCKS).status_code == 200


def test_who_leaves_in_the_middle_of_an_answer_frees_its_worker(client: httpx.Client) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
    for _ in range(6):  # more than there are workers
        with client.stream("GET", "/sparql", params={"query": query}) as answer:
            next(answer.iter_raw())
    assert ask(client, BLOCKS).status_code == 200


def test_an_answer_that_breaks_off_at_the_limit_is_not_taken_for_whole(client: httpx.Client) -> None:
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with (
        pytest.raises(httpx.RemoteProtocolError),
        client.stream("GET", "/sparql", params={"query": query}, timeout=60) as answer,
    ):
        for _ in answer.iter_raw():
            pass
    assert ask(client, BLOCKS).status_code == 200


def test_without_a_query_the_address_describes_the_service(client: httpx.Client, address: str) -> None:
    for accept in ("*/*", "text/turtle", "application/ld+json"):
        answer = client.get("/sparql", headers={"Accept": accept})
        form = "json-ld" if "json" in accept else "turtle"
        said = Graph().parse(data=answer.text, format=form)
        sd = "http://www.w3.org/ns/sparql-service-description#"
        [service] = said.subjects(URIRef(sd + "endpoint"), URIRef(f"{address}/sparql"))
        languages = set(said.objects(service, URIRef(sd + "supportedLanguage")))
        assert languages == {URIRef(sd + "SPARQL11Query")}
        names = {str(name) for name in said.objects(None, URIRef(sd + "name"))}
        assert "https://joinedup.example/id/source/deep-dive-barriers.csv" in names
    assert client.get("/sparql", headers={"Accept": "text/html"}).text.startswith("<!DOCTYPE html")
    assert client.get("/sparql", headers={"Accept": "text/csv"}).status_code == 400
    assert client.get("/sparql", params={"default-graph-uri": "http://e/g"}).status_code == 400


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("json", "application/ld+json"),
        ("xml", "application/rdf+xml"),
        ("n3", "text/turtle"),
        ("rdf+xml", "application/rdf+xml"),
        ("ntriples", "application/n-triples"),
        ("csv", "text/turtle"),
    ],
)
def test_format_of_a_graph_by_the_names_that_clients_use(client: httpx.Client, form: str, media: str) -> None:
    query = "CONSTRUCT { ?b ju:blocks ?p } WHERE { ?b ju:blocks ?p }"
    answer = client.get("/sparql", params={"query": query, "format": form})
    assert answer.headers["content-type"].split(";")[0] == media
    assert client.get("/sparql", params={"query": query, "format": "graphml"}).status_code == 400


def test_a_runaway_query_is_stopped_and_others_are_served_meanwhile(
    client: httpx.Client, address: str
) -> None:
    answers: list[httpx.Response] = []
    started = time.monotonic()
    runaway = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{address}/sparql", params={"query": RUNAWAY}, timeout=60))
    )
    runaway.start()
    time.sleep(0.5)
    assert ask(client, BLOCKS).status_code == 200
    assert client.get("/analyses/shared-blockers.json").status_code == 200
    runaway.join()
    assert answers[0].status_code == 503
    assert answers[0].headers["retry-after"]
    assert "stopped" in answers[0].json()["detail"]
    assert time.monotonic() - started < 10 + 5
    assert ask(client, BLOCKS).status_code == 200


def test_the_form_answers_below_itself_with_labels(client: httpx.Client) -> None:
    page = client.get("/sparql", params={"query": BLOCKS}, headers={"Accept": "text/html"}).text
    assert "<textarea" in page
    assert "Figures reach the people who could act months too late" in page
