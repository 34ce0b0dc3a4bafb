"""Judging over HTTP and by command: only where it is allowed, never from another site, and an old IRI leads on."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.settings import Settings
from graph.ingest.load import load
from graph.store import Store, open_store

Tables = Callable[..., Path]
Run = Callable[..., subprocess.CompletedProcess[str]]

PAIR = {"one": "organisation/clinic", "other": "organisation/clinic-2"}
SAME = {**PAIR, "verdict": "same", "by": "analyst", "because": "One address", "keep": "organisation/clinic"}
OLD = "https://joinedup.example/id/organisation/clinic-2"


@pytest.fixture
def clinics(tables: Tables) -> Store:
    opened = open_store("memory")
    names = "id,name\nclinic,A clinic\nclinic-2,A Clinic.\ncouncil,<script>alert(1)</script> Council\ncouncil-2,<script>alert(1)</script> Council.\n"
    load(opened, [tables(organisations=names)])
    return opened


@contextmanager
def served(store: Store, *, allow_judging: bool) -> Iterator[httpx.Client]:
    """A client of a server in this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(Settings(workers=1, allow_judging=allow_judging), store)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@pytest.fixture
def judging(clinics: Store) -> Iterator[httpx.Client]:
    with served(clinics, allow_judging=True) as client:
        yield client


def test_pairs_are_the_same_as_json_csv_and_page_and_say_n_of_n(judging: httpx.Client) -> None:
    found = judging.get("/same").json()
    assert (found["count"], found["of"], len(found["rows"])) == (2, 2, 2)
    assert len(judging.get("/same.csv").text.splitlines()) == 3
    page = judging.get("/same.html").text
    assert "2 pairs may be the same" in page and "A Clinic." in page
    assert "<script>alert" not in page
    assert judging.get("/same?least=10").status_code == 400
    assert judging.get("/same?kind=moods").status_code == 404


def test_a_judgement_merges_the_old_iri_leads_on_and_undo_takes_it_back(judging: httpx.Client) -> None:
    made = judging.post("/same", json=SAME)
    assert (made.status_code, made.json()["number"], made.json()["in_force"]) == (201, 1, True)
    led = judging.get("/id/organisation/clinic-2")
    assert (led.status_code, urlsplit(led.headers["location"]).path) == (303, "/id/organisation/clinic")
    led = judging.get("/doc/organisation/clinic-2.ttl")
    assert urlsplit(led.headers["location"]).path == "/doc/organisation/clinic.ttl"
    (match,) = judging.get("/resolve", params={"iri": OLD}).json()["matches"]
    assert (match["thing"]["iri"].rsplit("/", 1)[-1], match["redirected_from"]) == ("clinic", OLD)
    assert judging.get("/same").json()["of"] == 1
    undone = judging.post("/same", json={"undo": 1, "by": "lead"})
    assert (undone.status_code, undone.json()["verdict"], undone.json()["in_force"]) == (
        201,
        "withdrawn",
        False,
    )
    assert judging.get("/id/organisation/clinic-2").headers["location"].endswith("/doc/organisation/clinic-2")
    assert [j["in_force"] for j in judging.get("/judgements").json()["rows"]] == [False, False]


def test_a_form_judges_without_a_script_and_leads_back(judging: httpx.Client) -> None:
    page = judging.get("/same.html", params=PAIR).text
    assert 'method="post"' in page and "organisation/clinic-2" in page
    made = judging.post(
        "/same",
        data=SAME,
        headers={"Origin": str(judging.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"},
    )
    assert (made.status_code, made.headers["location"]) == (303, "/same?made=1#judgements")
    assert "One address" in judging.get("/same.html").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "null"},
    ],
)
def test_a_request_from_another_site_is_refused(judging: httpx.Client, headers: dict[str, str]) -> None:
    assert judging.post("/same", data=SAME, headers=headers).status_code == 403
    assert judging.get("/judgements").json()["count"] == 0


def test_a_server_that_only_reads_refuses_and_says_so_on_the_page(clinics: Store) -> None:
    with served(clinics, allow_judging=False) as client:
        refused = client.post("/same", json=SAME)
        assert refused.status_code == 403 and "--allow-judging" in refused.json()["detail"]
        for page in (client.get("/same.html"), client.get("/same.html", params=PAIR)):
            assert "--allow-judging" in page.text and 'method="post"' not in page.text


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[]", "object"),
        (b"\xff", "read"),
        (b'{"one": ["a"]}', "text"),
        (b'{"colour": "red"}', "field"),
        (b'{"undo": "9\\ud800"}', "undo"),
        (b'{"undo": "\xc2\xb2"}', "undo"),
        (
            b'{"one": "organisation/clinic", "other": "a\\u0000b", "verdict": "same", "by": "x", "because": "y"}',
            "no ",
        ),
        (b"[" * 100_000, "read"),
    ],
)
def test_a_body_that_is_no_judgement_is_refused_in_a_sentence(
    judging: httpx.Client, body: bytes, says: str
) -> None:
    answer = judging.post("/same", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 404) and says in answer.json()["detail"]


def test_a_label_resolves_with_a_score_and_nothing_like_it_is_not_found(judging: httpx.Client) -> None:
    found = judging.get("/resolve", params={"label": "THE CLINIC"}).json()
    assert {m["thing"]["label"] for m in found["matches"]} >= {"A clinic", "A Clinic."}
    assert judging.get("/resolve", params={"label": "zzzz"}).status_code == 404
    assert judging.get("/resolve", params={"q": "THE CLINIC"}).json() == found
    assert judging.get("/resolve", params={"q": OLD}).json()["matches"][0]["thing"]["iri"] == OLD
    assert judging.get("/resolve", params={"q": OLD, "iri": OLD}).status_code == 400
    assert judging.get("/resolve").status_code == 400
    assert judging.get("/resolve", params={"iri": "a b"}).status_code == 404


def test_the_command_offers_judges_lists_and_undoes(joinedup: Run, tables: Tables, tmp_path: Path) -> None:
    place = tmp_path / "store"
    joinedup("load", tables(organisations="id,name\nclinic,A clinic\nclinic-2,A Clinic.\n"), "--store", place)
    assert "1 of 1 pairs" in joinedup("same", "--format", "table", "--store", place).stdout
    asked = [
        "same",
        "judge",
        "organisation/clinic",
        "organisation/clinic-2",
        "--verdict",
        "same",
        "--by",
        "analyst",
    ]
    asked += ["--because", "One address", "--keep", "organisation/clinic", "--store", str(place)]
    dry = joinedup(*asked, "--dry-run")
    assert "statements in 1 source change" in dry.stdout and "nothing was kept" in dry.stdout
    done = joinedup(*asked)
    assert re.search(r"Judgement 1: “A clinic” and “A Clinic.” are the same.*version 2", done.stdout), done
    again = joinedup(*asked)
    assert (again.returncode, again.stderr) == (1, "That stands already, as judgement 1, by analyst.\n")
    assert (
        "1 of 1 judgements, 1 in force"
        in joinedup("same", "list", "--format", "table", "--store", place).stdout
    )
    assert "withdrawn" in joinedup("same", "undo", "1", "--by", "lead", "--store", place).stdout
    assert joinedup("same", "undo", "7", "--by", "lead", "--store", place).returncode == 1


def test_reading_pages_over_a_real_server_offers_no_form(client: httpx.Client) -> None:
    page = client.get("/same", headers={"Accept": "text/html"})
    assert page.status_code == 200 and 'method="post"' not in page.text
