"""What lies around a thing, paths, the matrix as data, search and whole downloads, on a server that holds the example."""

import csv
import gzip
import io
import json
from pathlib import Path

import httpx
import networkx as nx
import pyoxigraph as ox
import pytest

from graph.evidence import evidence
from graph.store import open_store

HTML = {"Accept": "text/html"}
OF = {"of": "Troubled Families"}


def test_there_are_counts_before_anything_is_shown_and_truncation_is_said(client: httpx.Client) -> None:
    whole = client.get("/neighbourhood", params={**OF, "hops": 2, "limit": 1000}).json()
    few = client.get("/neighbourhood", params={**OF, "hops": 2, "limit": 5}).json()
    assert not whole["truncated"]
    assert few["truncated"]
    assert whole["steps"] == few["steps"]
    assert sum(step["count"] for step in whole["steps"]) + 1 == whole["of"] == len(whole["things"])
    for step in whole["steps"]:
        here = [t["kind"] for t in whole["things"] if t["hop"] == step["hop"]]
        assert {kind: here.count(kind) for kind in set(here)} == step["kinds"]
        assert sum(step["kinds"].values()) == step["count"]
    assert few["count"] == 6
    assert few["of"] == whole["of"]
    assert [t["iri"] for t in few["things"]] == [t["iri"] for t in whole["things"]][:6]


def test_what_expanding_would_bring_is_what_it_brings(client: httpx.Client) -> None:
    found = client.get("/neighbourhood", params=OF).json()
    shown = {t["iri"] for t in found["things"]}
    one = next(t for t in found["things"] if t["hop"] == 1 and t["more"])
    around = client.get("/neighbourhood", params={"of": one["iri"], "limit": 1000}).json()
    new = [t["kind"] for t in around["things"] if t["iri"] not in shown]
    assert {kind: new.count(kind) for kind in set(new)} == one["more"]


def test_every_edge_joins_what_is_shown_and_names_what_it_rests_on(client: httpx.Client) -> None:
    found = client.get("/neighbourhood", params={**OF, "hops": 2}).json()
    shown = {t["iri"] for t in found["things"]}
    assert found["edges"]
    for edge in found["edges"]:
        assert {edge["source"]["iri"], edge["target"]["iri"]} <= shown
        assert edge["evidence"]
        assert edge["evidence_of"] >= len(edge["evidence"])
        assert all(e["iri"] and e["label"] for e in edge["evidence"])


def test_question_37_a_neighbourhood_by_kind_department_and_quarter(
    client: httpx.Client, store: Path
) -> None:
    asked = {**OF, "hops": 2, "kinds": ["barrier", "programme"], "limit": 1000}
    known = evidence(open_store(store).dataset())
    by_kind = client.get("/neighbourhood", params=asked).json()
    assert {t["kind"] for t in by_kind["things"]} == {"barrier", "programme"}

    department = next(iter(known.departments[by_kind["start"]["iri"]]))
    of_one = client.get("/neighbourhood", params={**asked, "department": department}).json()
    programmes = {t["iri"] for t in of_one["things"] if t["kind"] == "programme"}
    assert programmes
    assert all(department in known.departments[p] for p in programmes)
    assert of_one["of"] < by_kind["of"]

    quarter = client.get("/neighbourhood", params={**asked, "quarter": "2014-Q1"}).json()
    assert quarter["as_of"] == "2014-03-31"
    days = {f.iri: f.day for f in known.findings}
    told = [e["iri"] for edge in quarter["edges"] if edge["kind"] == "blocks" for e in edge["evidence"]]
    assert told
    assert all(days[f] and (days[f].year, days[f].month) in ((2014, 1), (2014, 2), (2014, 3)) for f in told)


@pytest.mark.parametrize(
    "wrong",
    [
        {"of": "nothing like it"},
        {"quarter": "2014-Q5"},
        {"kinds": "person"},
        {"hops": 0},
        {"limit": 0},
        {"of": ""},
    ],
)
def test_a_neighbourhood_that_cannot_be_asked_for_is_refused_in_a_sentence(
    client: httpx.Client, wrong: dict[str, str]
) -> None:
    answer = client.get("/neighbourhood", params={**OF, **wrong})
    assert answer.status_code == 400
    assert next(iter(wrong)) in answer.json()["detail"]


def test_the_neighbourhood_says_the_same_as_graphml_and_as_a_page(client: httpx.Client) -> None:
    found = client.get("/neighbourhood", params={**OF, "limit": 8}).json()
    network = nx.parse_graphml(client.get("/neighbourhood.graphml", params={**OF, "limit": 8}).text)
    page = client.get("/neighbourhood", params={**OF, "limit": 8}, headers=HTML).text
    assert set(network) == {t["iri"] for t in found["things"]}
    assert network.number_of_edges() == len(found["edges"])
    assert f"{found['count']} of {found['of']} things" in page
    for thing in found["things"]:
        assert thing["label"].replace("&", "&amp;").replace("'", "&#39;") in page


def test_paths_say_what_why_linked_says(client: httpx.Client) -> None:
    found = client.get("/paths", params={"from": "Troubled Families", "to": "DfE", "most": 3}).json()
    same = client.get("/analyses/why-linked?one=Troubled+Families&other=DfE&most=3").json()
    assert found["rows"] == same["rows"]
    assert found["count"] == 3 < found["of"]
    assert found["rows"][0]["path"].startswith("Troubled Families")
    assert all(step["thing"]["label"] for step in found["rows"][0]["steps"])
    assert client.get("/paths", params={"from": "Troubled Families"}).status_code == 400


def test_the_matrix_says_the_same_as_json_and_csv_and_as_the_missing_ties(client: httpx.Client) -> None:
    found = client.get("/matrix.json").json()
    rows = list(csv.DictReader(io.StringIO(client.get("/matrix.csv").text)))
    ties = client.get("/analyses/missing-ties").json()["rows"]
    assert found["count"] == len(found["rows"]) == len(rows) <= found["of"]
    for row, line in zip(found["rows"], rows, strict=True):
        assert [row["department"]["iri"], str(row["gap"])] == [line["department_iri"], line["gap"]]
    gaps = {frozenset((r["department"]["iri"], r["other"]["iri"])): r["gap"] for r in found["rows"]}
    for tie in ties:
        assert gaps[frozenset((tie["department"]["iri"], tie["other"]["iri"]))] == tie["gap"]
    places = [d["iri"] for d in found["departments"]]
    for row in found["rows"]:
        i, j = sorted((places.index(row["department"]["iri"]), places.index(row["other"]["iri"])))
        assert (found["matrix"][i][j], found["matrix"][j][i]) == (row["required"], row["ties"])


def test_the_matrix_narrows_as_the_analyses_do(client: httpx.Client) -> None:
    whole = client.get("/matrix.json").json()
    front = client.get("/matrix.json?level=front-line").json()
    assert sum(r["required"] for r in front["rows"]) < sum(r["required"] for r in whole["rows"])
    early = client.get("/matrix.json?as_of=2013-01-01").json()
    assert early["as_of"] == "2013-01-01"
    assert early["rows"] == [] or early != whole
    assert client.get("/matrix.json?level=nowhere").status_code == 400


@pytest.mark.parametrize("words", ["late figures", "FIGURES late", "fig lat", "Figùrés läte"])
def test_search_finds_words_and_beginnings_whatever_their_order_accents_and_capitals(
    client: httpx.Client, words: str
) -> None:
    found = client.get("/search", params={"q": words}).json()
    first = found["items"][0]
    assert first["iri"].endswith("/barrier/late-figures")
    assert {piece["text"].lower() for piece in first["snippet"] if piece["found"]} == {"figures", "late"}
    assert found["count"] == sum(found["kinds"].values()) <= found["of"]


def test_search_puts_the_very_name_first_and_goes_on_by_cursor(client: httpx.Client) -> None:
    found = client.get("/search", params={"q": "troubled families", "limit": 3}).json()
    assert found["items"][0]["label"] == "Troubled Families"
    assert found["items"][0]["kind"] == "programme"
    seen, address = [], "/search?q=the&limit=100"
    while address:
        page = client.get(address).json()
        seen += [item["iri"] for item in page["items"]]
        address = page["next"]
    assert len(seen) == len(set(seen)) == page["count"]


def test_search_keeps_kinds_and_counts_them_all(client: httpx.Client) -> None:
    every = client.get("/search", params={"q": "families"}).json()
    kept = client.get("/search", params={"q": "families", "kinds": ["programme", "barrier"]}).json()
    assert {item["kind"] for item in kept["items"]} == {"programme", "barrier"}
    assert kept["kinds"] == every["kinds"]
    assert kept["count"] == every["kinds"]["programme"] + every["kinds"]["barrier"]


@pytest.mark.parametrize(
    "q", ['"', "NEAR(", "a OR *", "name:x", "'; DROP TABLE things", "x" * 400, "-", "", "\ue000"]
)
def test_search_takes_any_text_as_words(client: httpx.Client, q: str) -> None:
    answer = client.get("/search", params={"q": q})
    assert answer.status_code in (200, 400)
    assert client.get("/search", params={"q": q}, headers=HTML).status_code in (200, 400)


def test_every_text_column_of_the_tables_can_be_searched() -> None:
    from graph.dataset import query_text
    from graph.ingest.tables.canonical import TABLES
    from graph.ingest.values import Text
    from ontology.terms import PREFIXES

    text = query_text("searching")
    stated = {str(c.states) for t in TABLES for c in t.columns if isinstance(c.kind, Text) and c.states}
    assert stated
    for iri in stated:
        prefix = next(p for p, start in PREFIXES.items() if iri.startswith(start) and len(start) > 10)
        assert f"{prefix}:{iri.removeprefix(PREFIXES[prefix])}" in text.split(), iri


def test_the_page_of_a_search_marks_what_was_found_and_the_overview_leads_to_it(
    client: httpx.Client,
) -> None:
    page = client.get("/search", params={"q": "late figures"}, headers=HTML).text
    assert "<mark>Figures</mark>" in page
    assert "things were searched" in page
    assert 'action="/search"' in client.get("/", headers=HTML).text


@pytest.mark.parametrize("suffix", ["nq", "trig"])
@pytest.mark.parametrize("packs", ["gzip", "identity", "gzip;q=0"])
def test_a_download_is_every_statement_that_readers_see(
    client: httpx.Client, store: Path, suffix: str, packs: str
) -> None:
    dataset = open_store(store).dataset()
    forms = {"nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}
    with client.stream("GET", f"/download.{suffix}", headers={"Accept-Encoding": packs}) as answer:
        raw = b"".join(answer.iter_raw())
    assert (answer.headers.get("content-encoding") == "gzip") == (packs == "gzip")
    body = gzip.decompress(raw) if packs == "gzip" else raw
    got = set(ox.parse(body, format=forms[suffix]))
    kept = {q for name in dataset.graphs() for q in dataset.graph(name) if "/id/source/" in name}
    assert {str(q) for q in kept} <= {str(q) for q in got}
    assert len(got) < len(dataset), "the vocabulary stays out"
    assert answer.headers["content-disposition"] == f'attachment; filename="joinedup-1.{suffix}"'
    held = {"Accept-Encoding": packs, "If-None-Match": answer.headers["etag"]}
    assert client.get(f"/download.{suffix}", headers=held).status_code == 304


def test_the_description_of_the_dataset_names_the_downloads(client: httpx.Client) -> None:
    said = client.get("/.well-known/void", headers={"Accept": "application/ld+json"}).json()
    text = json.dumps(said)
    assert "dcat:downloadURL" in text
    assert "/download.trig" in text and "/download.nq" in text


@pytest.mark.parametrize(
    "path",
    ["/neighbourhood", "/paths", "/changes", "/changes/events", "/matrix.csv", "/search", "/download.trig"],
)
def test_each_is_described_with_a_stable_name(client: httpx.Client, path: str) -> None:
    said = client.get("/openapi.json").json()["paths"][path]["get"]
    assert said["operationId"] == path.strip("/").replace("/", "_").replace(".", "_")
    assert said["summary"]
    assert said["description"]
