"""Things at their addresses and lists of them: forms, profiles, labels, validators, what is gone, and one paging contract."""

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from rdflib import RDFS, SKOS, Graph, URIRef

from api.profiles import BASE as PROFILE

BARRIER = "/doc/barrier/late-figures"
THING = URIRef("https://joinedup.example/id/barrier/late-figures")
FORMS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
}


@pytest.mark.parametrize(
    ("accept", "gets"),
    [
        ("*/*", "text/html"),
        ("text/*", "text/html"),
        ("text/turtle;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
        ("text/html;q=0, */*;q=0.1", "text/turtle"),
        (f'text/turtle;profile="{PROFILE}full"', "text/turtle"),
        ('application/rdf+xml;profile="https://elsewhere.example/p, q", */*;q=0.1', "application/rdf+xml"),
        ("application/n-triples; charset=utf-8", "application/n-triples"),
    ],
)
def test_the_form_is_what_the_client_likes_best(client: httpx.Client, accept: str, gets: str) -> None:
    answer = client.get(BARRIER, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(gets)
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0"])
def test_where_no_form_fits_the_answer_lists_those_there_are(client: httpx.Client, accept: str) -> None:
    answer = client.get(BARRIER, headers={"Accept": accept})
    assert answer.status_code == 406
    assert all(form in answer.json()["detail"] for form in ["text/html", *FORMS])


@pytest.mark.parametrize("accept", FORMS)
def test_everything_that_a_document_names_has_its_label_in_it(client: httpx.Client, accept: str) -> None:
    graph = read(client.get(BARRIER, headers={"Accept": accept}), accept)
    named = {o for p, o in graph.predicate_objects(THING) if isinstance(o, URIRef) and "/id/" in o}
    assert named
    for iri in named:
        assert set(graph.objects(iri, RDFS.label)) or set(graph.objects(iri, SKOS.prefLabel)), iri


@pytest.mark.parametrize("how", ["parameter", "address", "accept"])
def test_the_full_profile_adds_what_refers_to_the_thing_and_says_which_it_is(
    client: httpx.Client, how: str
) -> None:
    short = client.get(BARRIER, headers={"Accept": "text/turtle"})
    asked = {"parameter": {"profile": "full"}, "address": {"profile": f"{PROFILE}full"}, "accept": {}}[how]
    accept = f'text/turtle; profile="{PROFILE}full"' if how == "accept" else "text/turtle"
    full = client.get(BARRIER, params=asked, headers={"Accept": accept})
    assert not set(read(short).subjects(None, THING))
    assert set(read(full).subjects(None, THING))
    assert set(read(short).predicate_objects(THING)) <= set(read(full).predicate_objects(THING))
    for answer, profile in ((short, "short"), (full, "full")):
        assert f'<{PROFILE}{profile}>; rel="profile"' in answer.headers["link"]
    assert short.headers["etag"] != full.headers["etag"]


def test_a_profile_that_is_none_is_refused_with_those_there_are(client: httpx.Client) -> None:
    answer = client.get(BARRIER, params={"profile": "long"}, headers={"Accept": "text/turtle"})
    assert answer.status_code == 400
    assert "short or full" in answer.json()["detail"]


def test_labels_are_read_by_one_query_however_many_things_a_document_names(
    example: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graph.dataset import Dataset
    from graph.labelled import statements

    assert isinstance(example, Dataset)
    asked: list[str] = []
    plain = Dataset._query
    monkeypatch.setattr(Dataset, "_query", lambda self, text: (asked.append(text), plain(self, text))[1])
    fresh = Dataset(example._store, base=example.base, version=example.version, snapshot=None)
    said = [
        statements(fresh, f"{fresh.base}/id/{thing}", full=True)
        for thing in ("organisation/department-for-education", "programme/troubled-families")
    ]
    assert sum(t.predicate.value == str(RDFS.label) for some in said for t in some) > 20
    assert len(asked) == 1


@pytest.mark.parametrize("tag", ["*", '"made-up", *', "held"])
def test_if_none_match_is_about_what_is_there(client: httpx.Client, tag: str) -> None:
    there = client.get(BARRIER, headers={"Accept": "text/turtle"})
    sent = there.headers["etag"] if tag == "held" else tag
    again = client.get(BARRIER, headers={"Accept": "text/turtle", "If-None-Match": sent})
    assert again.status_code == (200 if "made-up" in tag else 304)
    missing = client.get("/doc/barrier/none", headers={"Accept": "text/turtle", "If-None-Match": sent})
    assert missing.status_code == 404


def test_what_was_there_once_is_gone_with_a_pointer_and_what_never_was_is_not_found(
    tmp_path: Path, joinedup: Callable[..., object], serve: Callable[..., AbstractContextManager[str]]
) -> None:
    folder, store = tmp_path / "tables", tmp_path / "store"
    folder.mkdir()
    write(folder, "dfe", "dea")
    joinedup("load", folder, "--store", store)
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/doc/organisation/dea").status_code == 200
        write(folder, "dfe")
        joinedup("load", folder, "--store", store)
        for accept in ("text/turtle", "text/html"):
            gone = client.get("/doc/organisation/dea", headers={"Accept": accept})
            assert gone.status_code == 410
            pointer = gone.headers["link"].split(">")[0].strip("<")
            [row] = [r for r in client.get(pointer).json()["rows"] if r["change"] == "removed"]
            assert row["iri"].endswith("/organisation/dea")
        assert client.get("/doc/organisation/never").status_code == 404


def test_a_list_is_walked_by_cursor_without_a_gap_or_a_double(client: httpx.Client) -> None:
    whole = client.get("/programmes", params={"limit": 1000}).json()
    address: str | None = "/programmes?limit=60"
    seen: list[str] = []
    while address:
        answer = client.get(address)
        page = answer.json()
        assert {"count", "of", "order", "limit", "version", "next", "items"} <= set(page)
        seen += [item["iri"] for item in page["items"]]
        address = page["next"]
        assert answer.links.get("next", {}).get("url") == address
    assert seen == [item["iri"] for item in whole["items"]]
    assert len(seen) == whole["count"] == whole["of"]
    assert whole["next"] is None


def test_a_cursor_goes_on_where_the_data_changed_and_says_so(
    tmp_path: Path, joinedup: Callable[..., object], serve: Callable[..., AbstractContextManager[str]]
) -> None:
    folder, store = tmp_path / "tables", tmp_path / "store"
    folder.mkdir()
    write(folder, "b", "d", "f", "h")
    joinedup("load", folder, "--store", store)
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        first = client.get("/organisations", params={"limit": 2}).json()
        write(folder, "a", "b", "f", "g", "h")  # one that was passed is new, one that was shown is gone
        joinedup("load", folder, "--store", store)
        rest = client.get(first["next"]).json()
        assert [item["label"] for item in first["items"]] == ["Body b", "Body d"]
        assert [item["label"] for item in rest["items"]] == ["Body f", "Body g"]
        assert (first["changed"], rest["changed"]) == (False, True)
        assert rest["version"] > first["version"]


@pytest.mark.parametrize("cursor", ["x", "WzFd", "bnVsbA", "____", "W" * 3000, "WzEsICJcdWQ4MDAiLCAieCJd"])
@pytest.mark.parametrize("path", ["/programmes", "/changes", "/search?q=families"])
def test_a_cursor_from_elsewhere_is_refused(client: httpx.Client, path: str, cursor: str) -> None:
    answer = client.get(httpx.URL(path).copy_merge_params({"cursor": cursor}))
    assert answer.status_code == 400
    assert "cursor" in answer.json()["detail"]


def test_facets_count_what_matches_and_lead_to_it(client: httpx.Client) -> None:
    every = client.get("/interviews").json()
    assert sum(v["count"] for v in every["facets"]["level"]) == every["of"]
    value = every["facets"]["level"][0]
    kept = client.get("/interviews", params={"where": value["where"], "limit": 1000}).json()
    assert kept["count"] == len(kept["items"]) == value["count"]
    by_name = client.get("/interviews", params={"where": f"level:{value['label'].lower()}"}).json()
    assert by_name["count"] == value["count"]
    both = client.get("/interviews", params=[("where", value["where"]), ("where", "marking:none")]).json()
    assert both["count"] == 0
    assert client.get("/interviews", params={"where": "colour:red"}).status_code == 400


def test_the_pages_of_a_list_keep_a_facet(client: httpx.Client) -> None:
    page = client.get("/interviews?where=level:front-line&per_page=5", headers={"Accept": "text/html"}).text
    assert "where=level%3Afront-line" in page
    assert 'id="facets"' in client.get("/interviews", headers={"Accept": "text/html"}).text


def test_resolve_gives_several_best_first_within_its_limit(client: httpx.Client) -> None:
    found = client.get("/resolve", params={"q": "Department for Educaton"}).json()
    scores = [m["score"] for m in found["matches"]]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)
    one = client.get("/resolve", params={"q": "Department for Educaton", "limit": 1}).json()
    assert one["count"] == len(one["matches"]) == 1 <= one["of"]
    assert one["matches"][0]["thing"]["label"] == "Department for Education"
    assert 75 <= one["matches"][0]["score"] < 100


def read(answer: httpx.Response, accept: str = "text/turtle") -> Graph:
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.text, format=FORMS[accept])


def write(folder: Path, *ids: str) -> None:
    with (folder / "organisations.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("id", "name", "kind"), *((i, f"Body {i}", "ministerial-department") for i in ids)]
        )
