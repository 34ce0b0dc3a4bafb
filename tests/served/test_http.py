"""What other tools get over HTTP: forms of an answer, paging, validators, errors, and what is refused."""

import csv
import io
import json
from pathlib import Path

import httpx
import networkx as nx
import pytest
from rdflib import RDFS, Graph, URIRef

BARRIER = "https://joinedup.example/id/barrier/late-figures"
HTML = {"Accept": "text/html"}


def test_health_gives_the_version_of_software_and_store(client: httpx.Client) -> None:
    found = client.get("/health").json()
    assert found["status"] == "ok"
    assert found["store_version"] == 1
    assert found["statements"] > 5000


def test_every_analysis_is_listed_with_its_question(client: httpx.Client) -> None:
    found = client.get("/analyses").json()
    names = {a["name"]: a for a in found["analyses"]}
    assert {"shared-blockers", "silo-overview", "missing-ties"} <= set(names)
    assert names["shared-blockers"]["question"] == "What holds back most departments?"
    assert names["shared-blockers"]["parameters"]["min_departments"]["minimum"] == 1


def test_an_analysis_says_the_same_as_json_csv_and_html(client: httpx.Client) -> None:
    answer = client.get("/analyses/shared-blockers", params={"min_departments": 3}).json()
    rows = list(
        csv.DictReader(io.StringIO(client.get("/analyses/shared-blockers.csv?min_departments=3").text))
    )
    page = client.get("/analyses/shared-blockers?min_departments=3", headers=HTML).text
    assert [r["barrier"]["iri"] for r in answer["rows"]] == [r["barrier_iri"] for r in rows]
    assert [r["departments"] for r in answer["rows"]] == [int(r["departments"]) for r in rows]
    assert answer["count"] == len(rows) and answer["of"] >= len(rows)
    for row in rows:
        assert row["barrier"] in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("min_departments=0", "min_departments"),
        ("min_departments=x", "min_departments"),
        ("as_of=2014-02-31", "as_of"),
        ("colour=red", "no parameter colour"),
    ],
)
def test_a_bad_parameter_is_named_and_nothing_breaks(client: httpx.Client, query: str, says: str) -> None:
    answer = client.get(f"/analyses/shared-blockers?{query}")
    assert_problem(answer, 400, says)


def test_an_empty_form_field_means_the_default(client: httpx.Client) -> None:
    with_empty = client.get("/analyses/shared-blockers.json?min_departments=2&as_of=").json()
    assert with_empty["rows"] == client.get("/analyses/shared-blockers.json").json()["rows"]


def test_a_list_is_paged_and_says_n_of_n(client: httpx.Client) -> None:
    seen: list[str] = []
    address = "/programmes?per_page=100"
    while address:
        page = client.get(address).json()
        assert page["count"] == page["of"] == 211
        seen += [item["iri"] for item in page["items"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == 211


def test_a_list_is_filtered_by_words_and_by_department(client: httpx.Client) -> None:
    broadband = client.get("/programmes", params={"q": "broadband"}).json()
    assert 0 < broadband["count"] < broadband["of"]
    assert all("broadband" in json.dumps(item).lower() for item in broadband["items"])
    defence = client.get("/programmes", params={"department": "ministry-of-defence"}).json()
    assert defence["count"] == 40


def test_a_list_comes_as_csv_too(client: httpx.Client) -> None:
    rows = list(csv.reader(io.StringIO(client.get("/barriers.csv?per_page=1000").text)))
    assert rows[0][:2] == ["label", "iri"]
    assert len(rows) - 1 == client.get("/barriers").json()["count"]


@pytest.mark.parametrize("name", ["programmes", "departments", "barriers", "organisations", "interviews"])
def test_each_list_answers_in_each_form(client: httpx.Client, name: str) -> None:
    for accept, begins in (
        ("text/html", "text/html"),
        ("application/json", "application/json"),
        ("text/csv", "text/csv"),
    ):
        answer = client.get(f"/{name}", headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(begins)


def test_a_thing_leads_to_the_document_about_it(client: httpx.Client) -> None:
    answer = client.get("/id/barrier/late-figures", headers={"Accept": "text/turtle"})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/doc/barrier/late-figures")


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("text/turtle", "turtle"),
        ("application/ld+json", "json-ld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_every_rdf_form_of_a_thing_says_the_same(client: httpx.Client, accept: str, format: str) -> None:
    answer = client.get("/id/barrier/late-figures", headers={"Accept": accept}, follow_redirects=True)
    assert answer.headers["content-type"].startswith(accept)
    graph = Graph().parse(data=answer.text, format=format)
    reference = Graph().parse(data=client.get("/doc/barrier/late-figures.ttl").text, format="turtle")
    assert set(graph) == set(reference)
    assert len(list(graph.objects(URIRef(BARRIER)))) > 10
    assert {p for s, p in graph.subject_predicates() if s != URIRef(BARRIER)} == {RDFS.label}


def test_json_ld_uses_short_names_and_fetches_no_context(client: httpx.Client) -> None:
    found = client.get("/doc/barrier/late-figures.jsonld").json()
    assert isinstance(found["@context"], dict)
    assert found["type"] == "Barrier"
    assert found["label"] == "Figures reach the people who could act months too late"


def test_a_concept_and_a_term_have_documents(client: httpx.Client) -> None:
    for iri in (
        "https://w3id.org/joinedup/concept/levels/front-line",
        "https://w3id.org/joinedup/ontology#blocks",
    ):
        assert client.get("/doc", params={"iri": iri}, headers=HTML).status_code == 200


def test_the_network_is_node_link_data_that_networkx_reads(client: httpx.Client) -> None:
    data = client.get("/graph.json").json()
    network = nx.node_link_graph(data, edges="links")
    assert {k for _, k in network.nodes(data="kind")} == {
        "programme",
        "department",
        "organisation",
        "barrier",
    }
    assert network.has_edge(BARRIER, "https://joinedup.example/id/programme/apprenticeships", "blocks")
    some = client.get("/graph.json", params={"kind": "barrier"}).json()
    assert some["graph"]["nodes"] == f"{len(some['nodes'])} of {len(data['nodes'])}"


def test_an_unchanged_answer_is_not_sent_again(client: httpx.Client) -> None:
    for address in (
        "/",
        "/analyses/shared-blockers.csv",
        "/doc/barrier/late-figures.ttl",
        "/programmes.json",
        "/graph.json",
    ):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/id/barrier/none", "/doc/barrier/none", "/doc/barrier/none.ttl", "/nowhere", "/analyses/none"]
)
def test_what_is_not_there_is_a_plain_404(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path, follow_redirects=True), 404, "nothing at this address")
    page = client.get(path, headers=HTML, follow_redirects=True)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")


def test_a_form_that_is_not_offered_is_refused(client: httpx.Client) -> None:
    assert_problem(client.get("/programmes", headers={"Accept": "image/png"}), 406, "application/json")


def test_every_answer_carries_the_headers_that_keep_a_page_to_itself(client: httpx.Client) -> None:
    for address in ("/", "/health", "/nowhere", "/static/joinedup.css", "/sparql", "/docs"):
        headers = client.get(address, headers=HTML).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "unsafe" not in headers["content-security-policy"]


def test_another_host_name_is_refused(client: httpx.Client) -> None:
    assert_problem(client.get("/programmes", headers={"Host": "evil.example"}), 421, "127.0.0.1")


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    def chunks():  # type: ignore[no-untyped-def]
        for _ in range(40):
            yield b"x" * 50_000

    assert_problem(client.post("/sparql", content=b"x" * 2_000_000), 413, "1,000,000")
    assert (
        client.post(
            "/sparql", content=chunks(), headers={"Content-Type": "application/sparql-query"}
        ).status_code
        == 413
    )


def test_the_openapi_document_names_every_analysis_and_parameter(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {p["name"] for p in paths["/analyses/shared-blockers"]["get"]["parameters"]} == {
        "min_departments",
        "as_of",
        "deep_dive",
        "department",
        "level",
        "scheme",
    }
    assert {"/sparql", "/programmes", "/graph.json", "/health"} <= set(paths)


def test_no_error_shows_a_path_or_a_stack(client: httpx.Client, store: Path) -> None:
    for address in (
        "/sparql?query=SELEC",
        "/analyses/silo-overview?shuffles=1",
        "/programmes?page=0",
        "/pairs?one=x",
        "/doc?iri=x",
    ):
        text = client.get(address).text
        assert str(store) not in text
        assert "Traceback" not in text
        assert ".py" not in text


@pytest.mark.parametrize(
    "value",
    [
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "NaN",
        "Infinity",
        "1e999",
        "%00",
        "' OR 1=1",
        "<script>",
    ],
)
def test_strange_parameters_are_refused_or_found_empty_but_never_a_500(
    client: httpx.Client, value: str
) -> None:
    for address, name in (
        ("/programmes", "q"),
        ("/programmes", "page"),
        ("/analyses/shared-blockers", "min_departments"),
        ("/pairs", "one"),
        ("/doc", "iri"),
    ):
        assert client.get(address, params={name: value}).status_code < 500


def assert_problem(answer: httpx.Response, status: int, says: str) -> None:
    """Every error has this one shape (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert set(found) == {"type", "title", "status", "detail", "request_id"}
    assert found["status"] == status
    assert says in found["detail"]
