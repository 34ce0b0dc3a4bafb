"""Answers and networks as files: RDF by suffix, Accept and command; what to highlight; `joinedup network`."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import networkx as nx
import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from graph.analysis import analyses

Run = Callable[..., subprocess.CompletedProcess[str]]
OBSERVATION = URIRef("http://purl.org/linked-data/cube#Observation")
QUICK = {"silo_overview": "?shuffles=100"}


@pytest.mark.parametrize("name", sorted(analyses()))
def test_every_analysis_comes_as_turtle_and_json_ld_with_a_validator(client: httpx.Client, name: str) -> None:
    path, query = f"/analyses/{analyses()[name].command}", QUICK.get(name, "")
    turtle = client.get(f"{path}.ttl{query}")
    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    linked = client.get(f"{path}{query}", headers={"Accept": "application/ld+json"})
    assert linked.headers["content-type"] == "application/ld+json"
    read = set(ox.parse(turtle.content, format=ox.RdfFormat.TURTLE))
    assert {q.triple for q in read} == {
        q.triple for q in ox.parse(linked.content, format=ox.RdfFormat.JSON_LD)
    }
    rows = client.get(f"{path}.json{query}").json()["rows"]
    assert sum(q.object == ox.NamedNode(OBSERVATION) for q in read) == len(rows)
    again = client.get(f"{path}.ttl{query}", headers={"If-None-Match": turtle.headers["etag"]})
    assert again.status_code == 304


def test_the_openapi_document_names_the_forms_of_rdf(client: httpx.Client) -> None:
    said = client.get("/openapi.json").json()["paths"]["/analyses/missing-ties"]["get"]
    assert {"text/turtle", "application/ld+json", "application/json"} <= set(
        said["responses"]["200"]["content"]
    )


def test_the_command_prints_the_same_rdf_as_the_address_gives(
    client: httpx.Client, joinedup: Run, store: Path
) -> None:
    served = Graph().parse(data=client.get("/analyses/missing-ties.ttl?min_required=3").text)
    for form, name in (("turtle", "turtle"), ("jsonld", "json-ld")):
        done = joinedup("missing-ties", "--min-required", "3", "--format", form, "--store", store)
        assert done.returncode == 0, done.stderr
        assert isomorphic(Graph().parse(data=done.stdout, format=name), served)


def test_the_things_to_highlight_are_those_of_the_rows_in_order_and_once(client: httpx.Client) -> None:
    answer = client.get("/analyses/missing-ties.json").json()
    ends = [row[end]["iri"] for row in answer["rows"] for end in ("department", "other")]
    assert answer["highlight"] == list(dict.fromkeys(ends)) and len(answer["highlight"]) < len(ends)
    within = client.get("/analyses/fix-first.json?k=2").json()
    first = within["rows"][0]["barriers"][0]["barrier"]["iri"]
    assert within["highlight"][0] == first and len(set(within["highlight"])) == len(within["highlight"])
    network = client.get("/networks/programme-barrier.json").json()
    assert set(within["highlight"]) <= {node["id"] for node in network["nodes"]}


def test_a_page_leads_to_the_files_of_the_answer_and_of_its_network(client: httpx.Client) -> None:
    page = client.get("/analyses/missing-ties?as_of=2014-03-01", headers={"Accept": "text/html"}).text
    assert '<a href="/analyses/missing-ties.ttl?as_of=2014-03-01">RDF</a>' in page
    assert '<a href="/networks/required-ties.graphml?as_of=2014-03-01">GraphML</a>' in page


def test_a_network_is_written_in_the_format_of_the_files_ending(
    joinedup: Run, store: Path, tmp_path: Path, client: httpx.Client
) -> None:
    for suffix in ("gexf", "net"):
        path = tmp_path / f"stakeholders.{suffix}"
        done = joinedup("network", "stakeholders", "-o", path, "--store", store)
        assert done.returncode == 0 and "Wrote " in done.stderr, done.stderr
        assert path.read_bytes() == client.get(f"/networks/stakeholders.{suffix}").content
    assert len(nx.read_gexf(tmp_path / "stakeholders.gexf")) > 20


def test_a_network_goes_to_standard_output_as_csv_or_as_asked_and_as_of_a_day(
    joinedup: Run, store: Path
) -> None:
    plain = joinedup("network", "actual_ties", "--store", store)
    rows = list(csv.DictReader(io.StringIO(plain.stdout)))
    assert rows and {r["source_kind"] for r in rows} == {"department"}
    early = joinedup(
        "network", "programme-barrier", "--format", "json", "--as-of", "1990-01-01", "--store", store
    )
    assert json.loads(early.stdout)["links"] == []
    listed = joinedup("network", "--store", store)
    assert "stakeholders" in listed.stdout and "weight: the sources that say so" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["astrology"], "There is no network “astrology”. Choose from programme-barrier"),
        (["stakeholders", "--format", "xlsx"], "Choose graphml, gexf, cyjs, json, net, csv."),
        (["stakeholders", "-o", "x.docx"], "There is no format “.docx” for networks."),
        (["stakeholders", "-o", "no/such/folder/x.csv"], "x.csv cannot be written"),
        (["stakeholders", "--as-of", "soon"], "as_of"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_sentence(
    joinedup: Run, store: Path, arguments: list[str], says: str
) -> None:
    done = joinedup("network", *arguments, "--store", store)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
