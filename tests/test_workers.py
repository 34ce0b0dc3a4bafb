"""Foreign SPARQL in processes that can be killed: answers, limits, crashes, and that no query writes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox
import pytest

import graph.flow
import graph.workers
from graph.errors import QueryBusy, QueryRefused, QueryTimeout
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.workers import Workers

Tables = Callable[..., Path]
Bytes = Callable[[Path], dict[str, str]]

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?c != ?f && ?f != ?i) }"
LABEL = "SELECT ?l { <https://joinedup.example/id/barrier/late-figures> skos:prefLabel ?l }"


@pytest.fixture(scope="module")
def asking(example_store: Store) -> Iterator[Workers]:
    with Workers(example_store, count=2, seconds=20) as workers:
        yield workers


def cells(body: bytes) -> list[list[str]]:
    found = json.loads(body)
    return [
        [row[name]["value"] for name in found["head"]["vars"] if name in row]
        for row in found["results"]["bindings"]
    ]


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    return {int(number) for number in found.stdout.split()}


def count(workers: Workers, query: str, **options: list[str]) -> int:
    return int(cells(workers.ask(query, **options).body)[0][0])  # type: ignore[arg-type]


# --- Answers ----------------------------------------------------------------------------------


def test_a_query_is_answered_with_the_known_prefixes_over_all_sources(asking: Workers) -> None:
    assert cells(asking.ask(LABEL).body) == [["Figures reach the people who could act months too late"]]


@pytest.mark.parametrize(
    ("query", "options", "format", "begins"),
    [
        ("ASK { ?s ?p ?o }", {}, "json", b"{"),
        (LABEL, {"results": "csv"}, "csv", b"l\r\nFigures"),
        (LABEL, {"results": "tsv"}, "tsv", b'?l\n"Figures'),
        (LABEL, {"results": "xml"}, "xml", b"<?xml"),
        ("CONSTRUCT WHERE { ?s a ju:Barrier }", {}, "turtle", b"@prefix"),
        ("CONSTRUCT WHERE { ?s a ju:Barrier }", {"graph": "ntriples"}, "ntriples", b"<https://joinedup.example/id/barrier/"),
        ("CONSTRUCT WHERE { ?s a ju:Barrier }", {"graph": "rdfxml"}, "rdfxml", b"<?xml"),
        ("DESCRIBE <https://joinedup.example/id/barrier/late-figures>", {"graph": "jsonld"}, "jsonld", b"["),
    ],
)  # fmt: skip
def test_each_kind_of_query_has_the_format_asked_for_its_kind(
    asking: Workers, query: str, options: dict[str, str], format: str, begins: bytes
) -> None:
    answer = asking.ask(query, **options)
    assert answer.format == format
    assert answer.body.lstrip().startswith(begins)


def test_a_large_answer_comes_whole(asking: Workers, example_store: Store) -> None:
    body = asking.ask("CONSTRUCT WHERE { ?s ?p ?o }", graph="ntriples").body
    assert set(body.decode().strip().splitlines()) == {
        f"{quad.triple} ." for quad in example_store.dataset().backup_quads()
    }


def test_many_who_ask_at_once_each_get_their_own_answer(asking: Workers) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: count(asking, f"SELECT ({n} AS ?n) {{}}"), range(40)))
    assert answers == list(range(40))


def test_after_a_load_the_next_query_sees_it(tables: Tables) -> None:
    store = open_store("memory")
    with Workers(store, count=1) as workers:
        assert count(workers, "SELECT (COUNT(*) AS ?n) { ?s a org:Organization }") == 0
        load(store, [tables(organisations="id,name\na,A\nb,B\n")])
        assert count(workers, "SELECT (COUNT(*) AS ?n) { ?s a org:Organization }") == 2


# --- Which graphs -----------------------------------------------------------------------------

BARRIERS = "https://joinedup.example/id/source/deep-dive-barriers.csv"
ACTIONS = "https://joinedup.example/id/source/deep-dive-actions.csv"
KINDS = "{ VALUES ?t { ju:Barrier ju:Action ju:Finding } ?s a ?t }"


def test_from_restricts_a_query_to_the_graphs_it_names(asking: Workers) -> None:
    assert count(asking, f"SELECT (COUNT(*) AS ?n) {KINDS}") == 21 + 15 + 147
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROM <{BARRIERS}> {KINDS}") == 21
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROM <{BARRIERS}> FROM <{ACTIONS}> {KINDS}") == 36
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROMNAMED<{BARRIERS}> {KINDS}") == 0
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROM NAMED <{BARRIERS}> {{ GRAPH ?g {KINDS} }}") == 21
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROM <https://x/nothing> {KINDS}") == 0


def test_graphs_named_by_the_protocol_restrict_it_too_and_win(asking: Workers) -> None:
    every = f"SELECT (COUNT(*) AS ?n) {KINDS}"
    assert count(asking, every, default_graphs=[ACTIONS]) == 15
    assert count(asking, every, default_graphs=[ACTIONS, BARRIERS]) == 36
    assert count(asking, every, named_graphs=[ACTIONS]) == 0
    assert count(asking, f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {KINDS} }}", named_graphs=[ACTIONS]) == 15
    assert count(asking, f"SELECT (COUNT(*) AS ?n) FROM <{BARRIERS}> {KINDS}", default_graphs=[ACTIONS]) == 15


def test_a_statement_of_two_graphs_that_are_named_together_counts_once(asking: Workers) -> None:
    source = "https://joinedup.example/id/source/deep-dive-"
    graphs = [f"{source}{name}.csv" for name in ("organisations", "programmes", "findings")]
    every = "SELECT DISTINCT ?s ?p ?o { { GRAPH $g0 { ?s ?p ?o } } UNION { GRAPH $g1 { ?s ?p ?o } } UNION { GRAPH $g2 { ?s ?p ?o } } }"
    for place, name in enumerate(graphs):
        every = every.replace(f"$g{place}", f"<{name}>")
    once, twice = (
        count(asking, f"SELECT (COUNT(*) AS ?n) {{ {query} }}")
        for query in (every, every.replace(" DISTINCT", ""))
    )
    assert once < twice, "some statements are in two of them"
    plain = "SELECT (COUNT(*) AS ?n) {}{{ ?s ?p ?o }}"
    assert count(asking, plain.format(""), default_graphs=graphs) == once
    assert count(asking, plain.format("".join(f"FROM <{name}>" for name in graphs))) == once
    prefixed = f"PREFIX d: <{source}> SELECT (COUNT(*) AS ?n) FROM d:organisations.csv from d:programmes.csv # FROM\nFROM d:findings.csv"
    assert count(asking, f"{prefixed} WHERE {{ ?s ?p ?o }}") == once
    named = f"FROM NAMED <{ACTIONS}> FROM <{graphs[0]}> FROM <{graphs[1]}> {{ GRAPH ?g {KINDS} }}"
    assert count(asking, f"SELECT (COUNT(*) AS ?n) {named}") == 15
    assert count(asking, f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {KINDS} }}", default_graphs=graphs) == 0


def test_a_graph_that_is_no_iri_is_an_error_in_a_sentence(asking: Workers) -> None:
    with pytest.raises(QueryRefused, match="cannot be answered"):
        asking.ask("ASK {}", default_graphs=["no iri"])


# --- Refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <https://x/a> <https://x/b> <https://x/c> }",
        "DELETE WHERE { ?s ?p ?o }",
        "CLEAR ALL",
        "DROP ALL",
        "LOAD <http://127.0.0.1:9/>",
        "LOAD <file:///etc/passwd>",
        "CREATE GRAPH <https://x/g>",
        "SELECT * { ?s ?p ?o } ; DELETE WHERE { ?s ?p ?o }",
    ],
)
def test_a_query_never_writes(tables: Tables, tmp_path: Path, bytes_of: Bytes, query: str) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables(organisations="id,name\na,A\n")])
    before = bytes_of(tmp_path / "store")
    with Workers(store, count=1) as workers:
        with pytest.raises(QueryRefused, match="This is not SPARQL"):
            workers.ask(query)
        assert count(workers, "SELECT (COUNT(*) AS ?n) { ?s a org:Organization }") == 1
    assert bytes_of(tmp_path / "store") == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SELECT",
        "SELECT * WHERE { ?s ?p }",
        "SELECT ?x { ?s nope:p ?o }",
        "not sparql at all",
        "ASK { } }",
    ],
)
def test_what_is_not_sparql_is_refused_in_one_line_without_a_trace(asking: Workers, query: str) -> None:
    with pytest.raises(QueryRefused) as refusal:
        asking.ask(query)
    assert str(refusal.value).startswith("This is not SPARQL: ")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_an_answer_larger_than_the_limit_is_refused_with_what_to_do(
    example_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.flow, "MOST_BYTES", 1000)
    with Workers(example_store, count=1) as workers:
        with pytest.raises(QueryRefused, match=r"larger than 0 MB\. Add a LIMIT"):
            workers.ask("SELECT * { ?s ?p ?o }")
        assert cells(workers.ask(LABEL).body)


def test_an_answer_comes_piece_by_piece_and_who_stops_reading_frees_the_worker(example_store: Store) -> None:
    with Workers(example_store, count=1, seconds=20) as workers:
        flow = workers.flow("SELECT * { ?s ?p ?o }")
        pieces = flow.pieces()
        begun = next(pieces)
        assert 0 < len(begun) < 1_000_000 and not flow.whole
        assert workers.turns.running == 1
        flow.close()
        assert workers.turns.running == 0
        with pytest.raises(QueryRefused):
            list(pieces)
        whole = b"".join(workers.flow("SELECT * { ?s ?p ?o }").pieces())
        every = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT * { ?s ?p ?o } }"
        assert len({tuple(row) for row in cells(whole)}) == count(workers, every) > 5000


# --- Limits and crashes -----------------------------------------------------------------------


def test_a_runaway_query_is_stopped_within_a_second_of_its_limit_and_the_next_is_served(
    example_store: Store,
) -> None:
    with Workers(example_store, count=1, seconds=1) as workers:
        workers.ask("ASK {}")
        started = time.monotonic()
        with pytest.raises(QueryTimeout, match="longer than 1 s"):
            workers.ask(RUNAWAY)
        assert 1 <= time.monotonic() - started < 2
        workers.seconds = 20
        assert cells(workers.ask(LABEL).body)


def test_while_one_query_runs_away_others_are_served(example_store: Store) -> None:
    with Workers(example_store, count=2, seconds=4) as workers, ThreadPoolExecutor(1) as pool:
        workers.ask("ASK {}")
        runaway = pool.submit(workers.ask, RUNAWAY)
        time.sleep(0.2)
        assert cells(workers.ask(LABEL).body)
        assert not runaway.done()
        assert isinstance(runaway.exception(10), QueryTimeout)


def test_a_stopped_worker_leaves_no_process_behind(example_store: Store) -> None:
    others = children()
    workers = Workers(example_store, count=1, seconds=0.5)
    with pytest.raises(QueryTimeout):
        workers.ask(RUNAWAY)
    workers.seconds = 20
    workers.ask("ASK {}")
    assert children() - others
    workers.close()
    assert not [c for c in children() - others if Path(f"/proc/{c}").exists()]


def test_a_query_that_crashes_its_worker_is_an_error_and_the_next_is_served(
    example_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workers(example_store, count=1, seconds=20) as workers:
        with monkeypatch.context() as patch:
            patch.setattr(graph.workers, "check_query", lambda _: False)
            with pytest.raises(QueryRefused, match="more memory or nesting"):
                workers.ask("ASK " + "{" * 40_000 + "}" * 40_000)
        assert cells(workers.ask(LABEL).body)


def test_a_worker_that_was_killed_from_outside_is_replaced(example_store: Store) -> None:
    with Workers(example_store, count=1, seconds=20, in_memory=False) as workers:
        workers.ask("ASK {}")
        [worker] = workers._idle
        worker._end.shutdown(socket.SHUT_RDWR)  # as when its process is gone
        with pytest.raises(QueryRefused):
            workers.ask(LABEL)
        assert cells(workers.ask(LABEL).body)


def test_where_every_worker_is_taken_one_is_told_so(example_store: Store) -> None:
    with Workers(example_store, count=1, seconds=0.2) as workers:
        workers.turns.wait("", 1)
        with pytest.raises(QueryBusy, match="Try again"):
            workers.ask("ASK {}")
        workers.turns.done("")
        workers.seconds = 20
        assert cells(workers.ask(LABEL).body)


def test_a_query_that_is_refused_by_the_guard_costs_no_worker(example_store: Store) -> None:
    with Workers(example_store, count=1) as workers:
        with pytest.raises(QueryRefused, match="SERVICE is refused"):
            workers.ask("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
        assert workers._idle == []


def test_a_worker_reaches_no_address_even_where_the_guard_would_fail(
    example_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = "import ctypes,sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000) != 0)"
    if subprocess.run([sys.executable, "-c", alone], check=False).returncode:
        pytest.skip("this system lets no process leave the network")
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def listen() -> None:
            end = time.monotonic() + 5
            while time.monotonic() < end and not done.is_set():
                try:
                    server.accept()[0].close()
                    reached.set()
                except TimeoutError:
                    continue

        done = threading.Event()
        listener = threading.Thread(target=listen)
        listener.start()
        monkeypatch.setattr(graph.workers, "check_query", lambda _: False)
        with Workers(example_store, count=1, seconds=5) as workers, pytest.raises(QueryRefused):
            workers.ask(
                f"SELECT * {{ SERVICE <http://127.0.0.1:{server.getsockname()[1]}/> {{ ?s ?p ?o }} }}"
            )
        done.set()
        listener.join()
    assert not reached.is_set()


def test_a_worker_whose_server_is_gone_ends_by_itself(tmp_path: Path) -> None:
    ox.Store(str(tmp_path / "store")).flush()
    command = [sys.executable, "-m", "graph.worker", str(tmp_path / "store"), "{}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin
        numbers = " ".join(f"({n})" for n in range(400))
        endless = " . ".join(f"VALUES (?a{i}) {{ {numbers} }}" for i in range(6)).replace(" . ", " ")
        request = {"query": f"SELECT (COUNT(*) AS ?n) {{ {endless} }}", "results": "json", "graph": "turtle",
                   "names_dataset": False, "default_graphs": [], "named_graphs": [], "seconds": 0.2}  # fmt: skip
        worker.stdin.write(json.dumps(request).encode() + b"\n")
        worker.stdin.flush()
        assert worker.wait(20) == -signal.SIGALRM
