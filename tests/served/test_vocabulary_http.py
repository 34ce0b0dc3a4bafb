"""The vocabulary and the description of the data, as other tools ask for them."""

from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, PROV, RDF, VOID, XSD

ROOT = Path(__file__).parents[2]
JU = Namespace("https://w3id.org/joinedup/ontology#")
VERSION = "0.2.0"
FORMS = {"text/turtle": "turtle", "application/ld+json": "json-ld"}


def count(client: httpx.Client, where: str, what: str = "*") -> int:
    found = client.get(
        "/sparql", params={"query": f"SELECT (COUNT({what}) AS ?n) WHERE {{ {where} }}", "format": "json"}
    )
    return int(found.json()["results"]["bindings"][0]["n"]["value"])


@pytest.fixture
def void(client: httpx.Client) -> Graph:
    answer = client.get("/.well-known/void")
    assert answer.headers["content-type"].startswith("text/turtle")
    return Graph().parse(data=answer.text, format="turtle")


@pytest.mark.parametrize(
    ("path", "file"),
    [("/ontology", "joinedup"), (f"/ontology/{VERSION}", "joinedup"), ("/schemes", "schemes")],
)
def test_each_form_is_had_by_accept_and_says_the_same(client: httpx.Client, path: str, file: str) -> None:
    page = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"].split(", ")[0] == "Accept"
    as_it_stands = (ROOT / "ontology" / f"{file}.ttl").read_text(encoding="utf-8")
    graphs = {}
    for media, form in FORMS.items():
        answer = client.get(path, headers={"Accept": media})
        assert answer.headers["content-type"].startswith(media)
        graphs[media] = Graph().parse(data=answer.text, format=form)
    assert client.get(path, headers={"Accept": "text/turtle"}).text == as_it_stands
    assert isomorphic(*graphs.values())


@pytest.mark.parametrize("name", ["ontology", "schemes", f"ontology/{VERSION}"])
def test_a_suffix_asks_for_a_form(client: httpx.Client, name: str) -> None:
    for suffix, media in (
        (".ttl", "text/turtle"),
        (".jsonld", "application/ld+json"),
        (".html", "text/html"),
    ):
        answer = client.get(f"/{name}{suffix}", headers={"Accept": "image/png"})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(media)


@pytest.mark.parametrize("version", ["0.0.9", "9", f"{VERSION}.csv", "%00", f"{VERSION}/x"])
def test_an_unknown_version_is_not_found(client: httpx.Client, version: str) -> None:
    answer = client.get(f"/ontology/{version}", headers={"Accept": "text/turtle"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_what_is_not_offered_is_refused_and_what_is_held_is_not_sent_again(client: httpx.Client) -> None:
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406
    for path in ("/ontology", "/context.jsonld", "/.well-known/void"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_the_context_reads_a_document_of_this_server(client: httpx.Client) -> None:
    answer = client.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    document = client.get("/doc/barrier/late-figures.jsonld").json()
    assert answer.json()["@context"] == document["@context"]


def test_the_description_counts_what_sparql_counts(client: httpx.Client, void: Graph) -> None:
    [whole] = set(void.subjects(VOID.sparqlEndpoint))
    assert int(void.value(whole, VOID.triples)) == count(client, "{ SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }")
    assert (whole, RDF.type, VOID.Dataset) in void and (whole, RDF.type, DCAT.Dataset) in void
    parts = {
        void.value(p, VOID["class"]): int(void.value(p, VOID.entities))
        for p in void.objects(whole, VOID.classPartition)
    }
    assert parts[JU.Programme] > 200 and len(parts) > 15
    for kind, things in parts.items():
        assert things == count(client, f"?s a <{kind}>", "DISTINCT ?s")
    assert void.value(whole, DCTERMS.modified).datatype == XSD.dateTime
    assert {URIRef(str(JU)), URIRef(str(PROV))} <= set(void.objects(whole, VOID.vocabulary))


def test_the_description_names_each_source_with_rows_marking_and_statements(
    client: httpx.Client, void: Graph
) -> None:
    sources = set(void.objects(None, VOID.subset))
    assert len(sources) == count(client, "?s a ju:Source") == 31
    for source in sources:
        assert (source, RDF.type, DCAT.Dataset) in void
        assert int(void.value(source, VOID.triples)) == count(client, f"GRAPH <{source}> {{ ?s ?p ?o }}")
        for said in (JU.rows, JU.marking, PROV.generatedAtTime):
            assert count(client, f"<{source}> <{said}> {void.value(source, said).n3()}") == 1
        assert isinstance(void.value(source, DCTERMS.title), Literal)


def test_the_description_says_the_same_as_json_ld_and_its_endpoint_answers(
    client: httpx.Client, void: Graph
) -> None:
    answer = client.get("/.well-known/void", headers={"Accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    assert isomorphic(Graph().parse(data=answer.text, format="json-ld"), void)
    [endpoint] = map(str, void.objects(None, VOID.sparqlEndpoint))
    assert client.get(endpoint, params={"query": "ASK {}", "format": "json"}).json()["boolean"] is True


def test_the_routes_are_in_the_openapi_document_and_linked(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    ids = {path: methods["get"]["operationId"] for path, methods in paths.items() if "get" in methods}
    assert ids["/ontology"] == "vocabulary" and ids["/.well-known/void"] == "void"
    assert {"/ontology/{version}", "/schemes", "/context.jsonld"} <= set(paths)
    page = client.get("/docs", headers={"Accept": "text/html"}).text
    assert '<li><a href="/ontology">Vocabulary</a></li>' in page and 'href="/.well-known/void"' in page
