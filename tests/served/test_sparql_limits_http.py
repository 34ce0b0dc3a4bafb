"""SPARQL over HTTP at its limits: who leaves, who floods, what is kept, and what an answer says of itself."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SMALL = "ASK { ?s ju:blocks ?o }"


@pytest.fixture(scope="module")
def alone(store: Path, serve) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """A server that no other test asks at the same time."""
    with serve(store) as address:
        yield address


def sent(address: str, query: str, source: str = "127.0.0.1") -> socket.socket:
    """A connection from an address of this machine over which a query was sent."""
    place = urlsplit(address)
    connection = socket.create_connection((place.hostname, place.port), source_address=(source, 0))
    head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_who_leaves_before_the_first_byte_frees_the_worker_at_once(alone: str) -> None:
    for _ in range(3):
        connections = [sent(alone, f"{RUNAWAY} # {n}") for n in range(2)]  # as many as there are workers
        time.sleep(0.3)
        for connection in connections:
            connection.close()
    started = time.monotonic()
    assert httpx.get(f"{alone}/sparql", params={"query": SMALL}, timeout=30).json()["boolean"] is True
    assert time.monotonic() - started < 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has more than one loopback address")
def test_a_client_that_floods_does_not_keep_another_waiting(alone: str) -> None:
    flood = [sent(alone, f"{RUNAWAY} # flood {n}") for n in range(30)]
    time.sleep(0.5)
    try:
        for n in range(3):
            started = time.monotonic()
            with sent(alone, f"{SMALL} # {n}", "127.0.0.2") as other:
                other.settimeout(10)
                assert other.recv(1000).startswith(b"HTTP/1.1 200")
            assert time.monotonic() - started < 4
    finally:
        for connection in flood:
            connection.close()


def test_a_flood_is_told_to_come_back_and_the_server_stays_well(alone: str) -> None:
    with httpx.Client(base_url=alone, timeout=60, limits=httpx.Limits(max_connections=200)) as client:

        def ask(number: int) -> httpx.Response:
            query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER (?c = ?f && ?a != ?d) } #"
            return client.get("/sparql", params={"query": f"{query}{number}"})

        with ThreadPoolExecutor(120) as pool:
            answers = list(pool.map(ask, range(120)))
        assert {answer.status_code for answer in answers} <= {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/sparql", params={"query": SMALL}).status_code == 200


def test_an_answer_says_its_version_and_where_the_dataset_is_described(alone: str) -> None:
    with httpx.Client(base_url=alone, timeout=30) as client:
        first = client.get("/sparql", params={"query": SMALL})
        assert "no-cache" in first.headers["cache-control"]
        assert first.headers["link"] == '</sparql>; rel="describedby"'
        again = client.get("/sparql", params={"query": SMALL})
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
        tag = {"If-None-Match": first.headers["etag"]}
        assert client.get("/sparql", params={"query": SMALL}, headers=tag).status_code == 304
        other = client.get("/sparql", params={"query": SMALL + "#"}, headers=tag)
        assert other.status_code == 200 and other.headers["etag"] != first.headers["etag"]
        sent = [client.post("/sparql", data={"query": f"ASK {{ FILTER ({n} = 1) }}"}) for n in (1, 2, 1)]
        assert [answer.json()["boolean"] for answer in sent] == [True, False, True]
        assert sent[0].headers["etag"] == sent[2].headers["etag"] != sent[1].headers["etag"]
        form = client.get(
            "/sparql", params={"query": SMALL}, headers={"Accept": "application/sparql-results+xml"}
        )
        assert form.headers["content-type"] == "application/sparql-results+xml"
        relative = f"{alone}/", f"{alone.replace('127.0.0.1', 'localhost')}/"
        names = [httpx.get(f"{a}sparql", params={"query": "SELECT (<x> AS ?x) {}"}).text for a in relative]
        assert names[0] != names[1]


def test_what_is_asked_again_after_a_change_is_answered_anew(joinedup, serve, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    joinedup("load", "examples/major-projects", "--store", tmp_path / "s")
    count = {"query": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a ju:Barrier }", "format": "csv"}
    with serve(tmp_path / "s") as address:
        before = [httpx.get(f"{address}/sparql", params=count).text for _ in range(2)]
        assert joinedup("load", "examples/deep-dive", "--store", tmp_path / "s").returncode == 0
        after = httpx.get(f"{address}/sparql", params=count).text
    assert before[0] == before[1] != after


def test_the_server_and_its_workers_end_together(store: Path, serve) -> None:  # type: ignore[no-untyped-def]
    def workers() -> set[str]:
        found = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        return {line.split()[0] for line in found.splitlines() if str(store) in line and "graph.n" in line}

    before = workers()
    with serve(store) as address:
        assert httpx.get(f"{address}/sparql", params={"query": SMALL}).status_code == 200
        runaway = threading.Thread(target=lambda: sent(address, RUNAWAY).close())
        runaway.start()
        runaway.join()
    end = time.monotonic() + 5
    while workers() - before and time.monotonic() < end:
        time.sleep(0.1)
    assert workers() <= before
