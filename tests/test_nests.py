"""Versions held in memory: the same answers as on disk, new versions seen at once, and no process left behind."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import graph.nests
from graph.errors import QueryRefused, QueryTimeout
from graph.ingest.load import load
from graph.nests import Forked
from graph.store import Store, open_store
from graph.workers import Workers

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or sys.platform != "linux", reason="forks on Linux only"
)

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?c != ?f && ?f != ?i) }"
QUERIES = (
    "SELECT DISTINCT * { ?s ?p ?o }",
    "SELECT DISTINCT ?g ?s { GRAPH ?g { ?s a ju:Barrier } }",
    "SELECT DISTINCT ?s { GRAPHex:x { ?s a ju:Barrier } }",
    "PREFIX ex: <https://joinedup.example/id/source/> SELECT (COUNT(*) AS ?n) { GRAPHex:deep-dive-barriers.csv { ?s a ?c } }",
    "PREFIX ex: <https://joinedup.example/id/source/> SELECT (COUNT(*) AS ?n) FROMex:deep-dive-barriers.csv { ?s a ?c }",
    "SELECT DISTINCT ?s FROM <https://joinedup.example/id/source/deep-dive-barriers.csv> { ?s a ju:Barrier }",
    "CONSTRUCT { ?s ju:blocks ?o } WHERE { ?s ju:blocks ?o }",
    "DESCRIBE <https://joinedup.example/id/barrier/late-figures>",
    "ASK { ?s ju:blocks ?o }",
)


def in_memory(workers: Workers) -> None:
    """Wait until the newest version is in memory."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        workers.ask("ASK {}")
        if workers._idle and isinstance(workers._idle[0], Forked):
            return
        time.sleep(0.05)
    pytest.fail("the version was not loaded into memory")


def said(workers: Workers, query: str) -> object:
    try:
        answer = workers.ask(query, graph="ntriples")
    except QueryRefused as refused:
        return str(refused)
    if answer.format != "json":
        return sorted(set(answer.body.splitlines()))
    found = json.loads(answer.body)
    return found.get("boolean", sorted(map(json.dumps, found.get("results", {}).get("bindings", []))))


def test_what_is_asked_in_memory_and_on_disk_has_the_same_answer(example_store: Store) -> None:
    with Workers(example_store, seconds=30) as memory, Workers(example_store, in_memory=False) as disk:
        in_memory(memory)
        for query in QUERIES:
            assert said(memory, query) == said(disk, query), query
        graph = "https://joinedup.example/id/source/deep-dive-barriers.csv"
        one = [
            w.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default_graphs=[graph]).body for w in (memory, disk)
        ]
        assert one[0] == one[1]


def test_a_new_version_is_answered_from_at_once_and_held_in_memory_later(
    tables: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.nests, "SETTLED", 0.2)
    store = open_store("memory")
    with Workers(store, count=1, seconds=20) as workers:
        in_memory(workers)
        load(store, [tables(organisations="id,name\na,A\n")])
        assert len(said(workers, "SELECT ?s { ?s a org:Organization }")) == 1  # type: ignore[arg-type]
        in_memory(workers)
        assert len(said(workers, "SELECT ?s { ?s a org:Organization }")) == 1  # type: ignore[arg-type]


def test_a_runaway_or_a_crash_in_memory_ends_one_worker_and_the_next_query_is_served(
    example_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workers(example_store, count=1, seconds=20) as workers:
        in_memory(workers)
        workers.seconds = 0.5
        started = time.monotonic()
        with pytest.raises(QueryTimeout):
            workers.ask(RUNAWAY)
        assert time.monotonic() - started < 1.5
        workers.seconds = 20
        assert said(workers, "ASK {}") is True
        with monkeypatch.context() as patch:
            patch.setattr(graph.workers, "check_query", lambda _: False)
            with pytest.raises(QueryRefused, match="more memory or nesting"):
                workers.ask("ASK " + "{" * 40_000 + "}" * 40_000)
        assert said(workers, "ASK {}") is True
        assert isinstance(workers._idle[0], Forked)


def test_data_beyond_the_budget_stays_on_disk(example_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.nests, "budget", lambda: 1_000_000)
    with Workers(example_store, count=1, seconds=20) as workers:
        for _ in range(100):
            assert said(workers, "ASK {}") is True
            if workers._nests and workers._nests._unfit:
                break
            time.sleep(0.05)
        assert workers._nests and workers._nests._unfit
        assert not isinstance(workers._idle[0], Forked)


def test_where_the_process_with_the_data_is_killed_queries_go_on(example_store: Store) -> None:
    with Workers(example_store, count=1, seconds=20) as workers:
        in_memory(workers)
        assert workers._nests and workers._nests._nest
        workers._nests._nest._process.kill()
        workers._nests._nest._process.wait()
        answers = [said(workers, "ASK {}") for _ in range(3)]
        assert answers[-1] is True


def test_a_statement_of_two_sources_counts_once_on_disk_as_in_memory(
    tables: Callable[..., Path], tmp_path: Path
) -> None:
    store = open_store(tmp_path / "store")
    for name in ("one", "two"):
        load(store, [tables(name, organisations="id,name\na,A\n")])
    says = "{ <https://joinedup.example/id/organisation/a> skos:prefLabel ?name }"
    query = f"SELECT (COUNT(*) AS ?n) {says}"
    with Workers(store, in_memory=False) as disk:
        assert b'"value":"1"' in disk.ask(query).body
        assert b'"value":"2"' in disk.ask(f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {says} }}").body
        load(store, [tables("three", organisations="id,name\nb,B\n")])  # another snapshot, the same worker
        assert b'"value":"1"' in disk.ask(query).body
