"""Saved queries: kept under a name with their values, asked at a stable address, seen by whom their marking allows."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

Serve = Callable[..., AbstractContextManager[str]]
NAMED = {
    "label": "Barriers whose name holds a word",
    "description": "Small letters or capitals.",
    "query": """# $word in a comment stays, as in "$word"
        SELECT ?barrier ?label ?said { ?barrier a ju:Barrier ; skos:prefLabel ?label
        BIND("not $word" AS ?said) FILTER(CONTAINS(LCASE(?label), LCASE($word))) } ORDER BY ?label LIMIT $most""",
    "parameters": [
        {"name": "word", "description": "A part of a name"},
        {"name": "most", "kind": "integer", "default": "5"},
    ],
}
ALL = "SELECT ?label { ?b a ju:Barrier ; skos:prefLabel ?label } ORDER BY ?label"


@pytest.fixture(scope="module")
def copy(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queries") / "store"
    shutil.copytree(store, folder)
    return folder


@pytest.fixture(scope="module")
def writer(serve: Serve, copy: Path) -> Iterator[httpx.Client]:
    with serve(copy, "--allow-writing") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.put("/queries/named", json=NAMED).status_code == 201
        yield client


def labels(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["label"] for row in csv.DictReader(io.StringIO(answer.text))]


def test_a_query_is_kept_listed_asked_and_removed(writer: httpx.Client) -> None:
    assert writer.put("/queries/named", json=NAMED).status_code == 200
    kept = {q["name"]: q for q in writer.get("/queries").json()["queries"]}["named"]
    assert kept["label"] == NAMED["label"] and [p["name"] for p in kept["parameters"]] == ["most", "word"]
    assert writer.get("/queries/named.rq").text == NAMED["query"]
    every = [
        r["label"]["value"]
        for r in writer.get("/sparql", params={"query": ALL}).json()["results"]["bindings"]
    ]
    word = next(w for w in every[0].split() if len(w) > 4)
    asked = {"word": word.upper(), "format": "csv", "most": "100"}
    wanted = [label for label in every if word.lower() in label.lower()]
    assert labels(writer.get("/queries/named", params=asked)) == wanted != every
    assert len(labels(writer.get("/queries/named", params={**asked, "word": "e", "most": "2"}))) == 2
    writer.put("/queries/gone", json={"label": "All", "query": ALL})
    assert labels(writer.get("/queries/gone", params={"format": "csv"})) == every
    assert writer.delete("/queries/gone").status_code == 204
    assert writer.get("/queries/gone").status_code == 404


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "text/csv", "application/sparql-results+xml", "text/html"])  # fmt: skip
def test_it_answers_in_the_forms_of_sparql_and_knows_what_was_read(writer: httpx.Client, accept: str) -> None:
    answer = writer.get("/queries/named", params={"word": "a"}, headers={"Accept": accept})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(accept)
    again = writer.get(
        "/queries/named",
        params={"word": "a"},
        headers={"Accept": accept, "If-None-Match": answer.headers["etag"]},
    )
    other = writer.get(
        "/queries/named",
        params={"word": "e"},
        headers={"Accept": accept, "If-None-Match": answer.headers["etag"]},
    )
    assert (again.status_code, other.status_code) == (
        304 if accept != "text/html" else again.status_code,
        200,
    )


@pytest.mark.parametrize("value", ['"', "'", "\\", '")) } #', '\\u0022', "}\n#", "𝄞é", "$most ?label"])  # fmt: skip
def test_no_value_becomes_a_part_of_the_query(writer: httpx.Client, value: str) -> None:
    echo = {"label": "Echo", "query": "SELECT ($word AS ?label) {}", "parameters": [{"name": "word"}]}
    writer.put("/queries/echo", json=echo)
    found = writer.get("/queries/echo", params={"word": value}).json()
    assert found["results"]["bindings"] == [{"label": {"type": "literal", "value": value}}]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "word: must be given. A part of a name"),
        ({"word": "a", "more": "b"}, "There is no value more"),
        ({"word": "a", "most": "five"}, "most: is not of the kind integer"),
        ({"word": "a", "most": "9" * 30}, "most: is not of the kind integer"),
        ({"word": "a" * 3000}, "word: may have 2,000 characters"),
        ({"word": "\x00"}, "word: is not of the kind text"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_in_a_sentence(
    writer: httpx.Client, asked: dict[str, str], says: str
) -> None:
    refused = writer.get("/queries/named", params=asked)
    assert refused.status_code == 400 and says in refused.json()["detail"]


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("Named", {}, "name: write it with small letters"),
        ("question-11", {}, "those of the questions of Joinedup"),
        ("odd", {"query": "SELECT ?a { ?a a $kind }"}, "must be a parameter"),
        ("odd", {"query": "SELECT ?word {}"}, "must be a parameter"),
        ("odd", {"query": "SELECT ($word AS ?a) {", "parameters": [{"name": "word"}]}, "SPARQL"),
        ("odd", {"query": "DROP ALL", "parameters": []}, "must be SELECT"),
        ("odd", {"query": "SELECT * { SERVICE <http://e/> {} }", "parameters": []}, "SERVICE is refused"),
        ("odd", {"query": "ASK { ?a ?b '\\u0022' }", "parameters": []}, "write each character itself"),
        ("odd", {"parameters": [{"name": "word", "kind": "colour"}]}, "choose its kind"),
        ("odd", {"parameters": [{"name": "format"}]}, "not format"),
        ("odd", {"label": " "}, "label: say in at most"),
        ("odd", {"label": "\ud800"}, "Look at:"),
        ("odd", {"colour": "red"}, "Look at: colour"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(
    writer: httpx.Client, name: str, change: dict[str, object], says: str
) -> None:
    import json

    sent = json.dumps({**NAMED, **change})
    refused = writer.put(f"/queries/{name}", content=sent, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400 and says in refused.json()["detail"], refused.text
    assert writer.get("/queries/odd").status_code == 404


def test_the_questions_are_asked_at_the_same_kind_of_address(writer: httpx.Client) -> None:
    query = {q["name"]: q for q in writer.get("/queries").json()["queries"]}["question-11"]
    assert query["shipped"] and query["parameters"][0]["name"] == "as_of"
    day = {"as_of": "2014-04-01", "format": "csv"}
    assert writer.get("/queries/question-11", params=day).text == writer.get("/sparql", params={**day, "question": "11"}).text  # fmt: skip
    assert writer.get("/queries/question-11", params={"format": "csv"}).text != writer.get("/queries/question-11", params=day).text  # fmt: skip
    refused = writer.delete("/queries/question-11")
    assert refused.status_code == 400 and "those of the questions" in refused.json()["detail"]


def test_a_server_that_only_reads_keeps_nothing_new(client: httpx.Client) -> None:
    refused = client.put("/queries/named", json=NAMED)
    assert refused.status_code == 403 and "only reads" in refused.json()["detail"]


def test_an_audience_sees_the_queries_marked_for_it_and_asks_its_own_data(serve: Serve, joinedup, copy: Path, writer: httpx.Client) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    words = {
        "label": "Interviews",
        "query": "SELECT (COUNT(?i) AS ?label) { ?i a ju:Interview ; ju:excerptText ?t }",
    }
    assert writer.put("/queries/secret", params={"marking": "sensitive"}, json=words).status_code in (
        200,
        201,
    )
    assert writer.put("/queries/official", params={"marking": "official"}, json={**words, "query": ALL}).status_code in (200, 201)  # fmt: skip
    token = joinedup("token", "create", "analysts", "--audience", "analyst", "--store", copy).stdout.strip()
    with serve(copy, "--require-token") as address:
        analyst = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        with analyst:
            names = {q["name"] for q in analyst.get("/queries").json()["queries"]}
            assert "official" in names and "secret" not in names
            assert analyst.get("/queries/secret").status_code == 404
            assert analyst.get("/queries/official", params={"format": "csv"}).status_code == 200
            assert analyst.put("/queries/mine", json=NAMED).status_code == 403


def test_the_command_saves_lists_and_asks(joinedup, copy: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "named.rq").write_text(str(NAMED["query"]), encoding="utf-8")
    saved = joinedup("queries", "save", "by-command", tmp_path / "named.rq", "--label", "By command",
                     "--parameter", "word:text", "--parameter", "most:integer:3", "--store", copy)  # fmt: skip
    assert saved.returncode == 0, saved.stderr
    assert "by-command" in joinedup("queries", "list", "--store", copy).stdout
    asked = joinedup("queries", "ask", "by-command", "word=e", "--store", copy)
    assert asked.returncode == 0 and len(asked.stdout.strip().splitlines()) == 4
    missing = joinedup("queries", "ask", "by-command", "--store", copy)
    assert missing.returncode == 1 and "word: must be given" in missing.stderr
    assert joinedup("queries", "remove", "by-command", "--store", copy).returncode == 0
    assert "by-command" not in joinedup("queries", "list", "--store", copy).stdout
