"""Networks over HTTP: listed, each in every format, with validators, and named in the OpenAPI document."""

import csv
import io

import httpx
import networkx as nx
import pytest

from graph.network_files import FORMS
from graph.projections import PROJECTIONS

MEDIA = {
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
    "cyjs": "application/json",
    "json": "application/json",
    "net": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


def test_every_network_is_listed_with_its_files(client: httpx.Client) -> None:
    found = client.get("/networks").json()
    assert [n["name"] for n in found["networks"]] == list(PROJECTIONS)
    assert found["count"] == found["of"] == len(PROJECTIONS)
    for network in found["networks"]:
        assert set(network["files"]) == set(FORMS)


@pytest.mark.parametrize("suffix", MEDIA)
def test_a_network_comes_in_its_format_and_is_not_sent_twice(client: httpx.Client, suffix: str) -> None:
    answer = client.get(f"/networks/stakeholders.{suffix}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA[suffix])
    assert f'filename="stakeholders.{suffix}"' in answer.headers["content-disposition"]
    held = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/networks/stakeholders.{suffix}", headers=held).status_code == 304


def test_every_format_holds_the_same_network(client: httpx.Client) -> None:
    def text(suffix: str) -> str:
        return client.get(f"/networks/required-ties.{suffix}").text

    graphml, gexf = nx.parse_graphml(text("graphml")), nx.read_gexf(io.BytesIO(text("gexf").encode()))
    linked = nx.node_link_graph(client.get("/networks/required-ties.json").json(), edges="links")
    assert set(graphml) == set(gexf) == set(linked) and len(linked) > 2
    weights = {frozenset(e[:2]): e[2] for e in linked.edges(data="weight")}
    assert {frozenset(e[:2]): e[2] for e in graphml.edges(data="weight")} == weights
    assert {frozenset(e[:2]): e[2] for e in gexf.edges(data="weight")} == weights
    rows = csv.DictReader(io.StringIO(text("csv")))
    assert {frozenset((r["source"], r["target"])): int(r["weight"]) for r in rows} == weights
    assert sorted(d["weight"] for *_, d in nx.parse_pajek(text("net")).edges(data=True)) == sorted(
        weights.values()
    )
    assert client.get("/networks/required-ties").json() == client.get("/networks/required-ties.json").json()


def test_a_network_is_as_of_a_day(client: httpx.Client) -> None:
    early = client.get("/networks/programme-barrier.json?as_of=2000-01-01").json()
    assert early["graph"]["as_of"] == "2000-01-01" and early["links"] == []
    wrong = client.get("/networks/programme-barrier.json?as_of=yesterday")
    assert wrong.status_code == 400 and "as_of" in wrong.json()["detail"]
    assert client.get("/networks/astrology.json").status_code == 404


def test_the_openapi_document_names_every_file_and_its_media_type(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for kind in PROJECTIONS:
        for suffix, media in MEDIA.items():
            said = paths[f"/networks/{kind}.{suffix}"]["get"]
            assert media.split(";")[0] in said["responses"]["200"]["content"]
            assert "as_of" in [p["name"] for p in said["parameters"]]
