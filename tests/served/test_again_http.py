"""Questions that differ from one before in their query alone, or in nothing: the short way they go gives what the long one does."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from starlette.responses import Response

from api.again import Again
from api.remembered import Remembered
from graph.store import open_store
from graph.tokens import READ, Tokens

COUNT = "SELECT (COUNT(*) AS ?n) { ?s a ju:Barrier }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
JSON = "application/sparql-results+json"


class Connection:
    """One connection that sends what it is told, byte for byte."""

    def __init__(self, address: str):
        self.place = urlsplit(address)
        self.socket = socket.create_connection((self.place.hostname, self.place.port), timeout=30)
        self._data = self.socket.makefile("rb")

    def send(self, *queries: str, more: str = "") -> None:
        for query in queries:
            head = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: {self.place.netloc}\r\nAccept: {JSON}\r\n{more}\r\n"
            self.socket.sendall(head.encode())

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        status = int(self._data.readline().split()[1])
        headers = {}
        while line := self._data.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name] = value
        if "content-length" in headers:
            return status, headers, self._data.read(int(headers["content-length"]))
        body = b""
        if status == 304:
            return status, headers, body
        while size := int(self._data.readline(), 16):
            body += self._data.read(size)
            self._data.readline()
        self._data.readline()
        return status, headers, body

    def ask(self, query: str, more: str = "") -> tuple[int, dict[str, str], bytes]:
        self.send(query, more=more)
        return self.answer()

    def close(self) -> None:
        self._data.close()
        self.socket.close()


@pytest.fixture
def connection(address: str) -> Iterator[Connection]:
    """A connection whose headers the server has seen, so that its questions go the short way."""
    with closing(Connection(address)) as connection:
        assert connection.ask("ASK {}")[0] == 200
        yield connection


def lasting(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("date", "x-request-id")}


def test_a_question_gets_the_same_answer_by_every_way(connection: Connection, client: httpx.Client) -> None:
    query = "SELECT ?b ?é { ?b a ju:Barrier ; rdfs:label|skos:prefLabel ?é } ORDER BY ?b ?é # a+b %zz"
    long_way = client.get("/sparql", params={"query": query}, headers={"Accept": JSON})
    ways = [connection.ask(query) for _ in range(4)]  # worked out; kept; known to the byte
    assert long_way.json()["results"]["bindings"]
    assert {body for _, _, body in ways} == {long_way.content}
    assert {status for status, _, _ in ways} == {200}
    for _, headers, _ in ways:
        assert lasting(headers) == lasting(ways[0][1])
        assert set(headers) == set(long_way.headers)
    assert "frame-ancestors 'none'" in ways[3][1]["content-security-policy"]
    assert len({headers["x-request-id"] for _, headers, _ in ways}) == 4
    tag = ways[3][1]["etag"]
    assert connection.ask(query, f"If-None-Match: {tag}\r\n")[0] == 304


@pytest.mark.parametrize("end", ["&format=json", "&", "%", "=", '"', "%E9"])
def test_an_address_that_is_nearly_one_of_the_short_way_costs_no_more_to_look_at(end: str) -> None:
    raw = b"GET /sparql?query=" + b"a+%20" * 3000 + end.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    known = Again(lambda audience: 1)
    started = time.monotonic()
    for _ in range(10):
        assert known.asked(("127.0.0.1", raw)) is None
    assert time.monotonic() - started < 5  # where it is not read in one go, this takes years


def test_what_was_said_of_a_version_that_is_no_more_does_not_stay_in_memory() -> None:
    kept = Remembered(most_bytes=3000)
    kept.put("old", Response(b"a secret"), "sensitive", 1)
    kept.put("others", Response(b"no secret"), "public", 7)
    kept.put("new", Response(b"erased"), "sensitive", 2)
    assert [kept.get(key) is not None for key in ("old", "others", "new")] == [False, True, True]
    kept.put("newer", Response(b"erased"), "sensitive", 2)
    assert [kept.get(key) is not None for key in ("others", "new", "newer")] == [False, True, True]


def test_every_answer_is_counted_whichever_way_it_went(connection: Connection, client: httpx.Client) -> None:
    def counted() -> tuple[int, int]:
        text = client.get("/metrics").text
        sparql = re.search(r'requests_total\{method="GET",route="/sparql",status="200"\} (\d+)', text)
        running = re.search(r"requests_running (\d+)", text)
        assert sparql and running
        return int(sparql[1]), int(running[1])

    before = counted()
    for _ in range(3):
        assert connection.ask(f"{COUNT} # counted")[0] == 200
    assert connection.ask("nonsense")[0] == 400
    assert counted() == (before[0] + 3, before[1])


def test_what_is_refused_is_told_as_ever_and_the_connection_goes_on(connection: Connection) -> None:
    for query in ("SELECT", f"SELECT * {{ SERVICE <http://127.0.0.1:9/> {{ ?s ?p ?o }} }} # {COUNT}"):
        for _ in range(2):
            status, headers, body = connection.ask(query)
            assert status == 400 and headers["content-type"] == "application/problem+json", body
            assert headers["x-request-id"].encode() in body
    assert connection.ask("ASK {}")[0] == 200


def test_a_large_answer_is_whole(connection: Connection, client: httpx.Client) -> None:
    query = "SELECT * { ?s ?p ?o . ?a ?b ?s } ORDER BY ?s ?p ?o ?a ?b LIMIT 8000"
    status, headers, body = connection.ask(query)
    assert status == 200 and headers["transfer-encoding"] == "chunked"
    whole = client.get("/sparql", params={"query": query}, headers={"Accept": JSON}).json()
    assert len(whole["results"]["bindings"]) == 8000 and httpx.Response(200, content=body).json() == whole


def test_questions_that_come_before_the_answer_are_answered_in_turn(connection: Connection) -> None:
    queries = [f"SELECT (COUNT(*) + {n} AS ?n) {{ ?s a ju:Barrier . ?t a ju:Barrier }}" for n in range(5)]
    expected = [connection.ask(f"{query} #")[2] for query in queries]
    for pause in (0.0, 0.003):
        for query in queries:
            connection.send(f"{query} # {pause}")
            time.sleep(pause)
        assert [connection.answer()[2] for _ in queries] == expected
    assert len(set(expected)) == 5


def test_who_leaves_frees_the_worker_at_once(address: str, connection: Connection) -> None:
    for _ in range(3):
        others = [Connection(address) for _ in range(2)]  # as many as there are workers
        for number, other in enumerate(others):
            other.send(f"{RUNAWAY} # {number}")
        time.sleep(0.3)
        for other in others:
            other.close()
    started = time.monotonic()
    assert connection.ask(f"{COUNT} # after those who left")[0] == 200
    assert time.monotonic() - started < 3


def test_a_query_is_stopped_at_its_limit(store: Path, serve) -> None:  # type: ignore[no-untyped-def]
    with serve(store, "--query-seconds", "1.5") as address, closing(Connection(address)) as connection:
        assert connection.ask("ASK {}")[0] == 200
        started = time.monotonic()
        status, headers, body = connection.ask(RUNAWAY)
        assert (status, headers["retry-after"]) == (503, "2") and b"ran longer than 1.5 s" in body
        assert time.monotonic() - started < 6


def test_what_is_written_here_or_elsewhere_is_seen_by_the_next_question(
    tmp_path: Path,
    serve,  # type: ignore[no-untyped-def]
    joinedup: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    (tmp_path / "organisations.csv").write_text("id,name\no1,One\n", encoding="utf-8")
    place, query = tmp_path / "store", 'ASK { ?s ?p "Two" }'
    assert joinedup("load", tmp_path / "organisations.csv", "--store", place).returncode == 0
    with serve(place, "--allow-writing") as address, closing(Connection(address)) as connection:
        for _ in range(4):
            assert b"false" in connection.ask(query)[2]
        update = 'INSERT DATA { <https://elsewhere.example/x> rdfs:comment "Two" }'
        done = httpx.post(f"{address}/sparql", data={"update": update}, timeout=30)
        assert done.status_code == 204, done.text
        for _ in range(4):
            assert b"true" in connection.ask(query)[2]
        (tmp_path / "organisations.csv").write_text("id,name\no1,Three\n", encoding="utf-8")
        for _ in range(4):
            assert b"false" in connection.ask('ASK { ?s ?p "Three" }')[2]
        assert joinedup("load", tmp_path / "organisations.csv", "--store", place).returncode == 0
        for _ in range(4):
            assert b"true" in connection.ask('ASK { ?s ?p "Three" }')[2]


def test_a_token_is_looked_at_each_time(
    store: Path,
    tmp_path: Path,
    serve,  # type: ignore[no-untyped-def]
    joinedup: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    place = tmp_path / "store"
    assert joinedup("load", "examples/major-projects", "--store", place).returncode == 0
    tokens = Tokens(open_store(place))
    token, secret = tokens.create("analysts", READ, "analyst", 7)
    more = f"Authorization: Bearer {secret}\r\n"
    with serve(place, "--require-token") as address, closing(Connection(address)) as connection:
        for _ in range(4):
            assert connection.ask(COUNT, more)[0] == 200
            assert connection.ask(COUNT)[0] == 401
        tokens.revoke(token.id)
        assert connection.ask(COUNT, more)[0] == 401


def test_a_question_that_is_being_answered_is_when_the_server_is_told_to_end(store: Path, serve) -> None:  # type: ignore[no-untyped-def]
    with serve(store) as address:
        connection = Connection(address)
        assert connection.ask("ASK {}")[0] == 200
        connection.send("SELECT (COUNT(*) AS ?n) { SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 3000000 }")
        time.sleep(0.2)
    with closing(connection):
        status, headers, body = connection.answer()
    assert (status, headers["connection"]) == (200, "close") and b"3000000" in body
