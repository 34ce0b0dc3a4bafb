"""A process that is killed while it writes, on each way to write: what it acknowledged is there, and nothing half.

It is killed at random moments, five times on each way; JOINEDUP_KILLS says how often instead.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

import httpx
import pytest

from graph.audit import faults
from graph.errors import StoreBusy
from graph.identity.judging import judgements
from graph.ingest.load import load
from graph.store import Store, open_store
from ontology.terms import DCTERMS, SKOS

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("JOINEDUP_KILLS", "5"))
BASE = "https://joinedup.example/id"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
SERVES = """
import os, socket, sys
import uvicorn
from api.app import create_app
from api.settings import Settings
from graph.store import open_store
for line in sys.stdin:
    if not (child := os.fork()):
        os.setsid()
        listening = socket.create_server(("127.0.0.1", 0))
        print(os.getpid(), listening.getsockname()[1], flush=True)
        app = create_app(Settings(allow_writing=True, allow_judging=True), open_store(sys.argv[1]))
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
        os._exit(0)
    os.waitpid(child, 0)
"""
"""Begins a server anew for each line, without importing all of it again."""
LOADS = """
import sys
from pathlib import Path
from graph.ingest.load import load
from graph.store import open_store
store, folder = open_store(sys.argv[1]), Path(sys.argv[2])
for n in range(int(sys.argv[3]), 100_000):
    for name in ("organisations", "barriers"):
        (folder / f"{name}.csv").write_text(f"id,name\\nx,number {n}\\n")
    load(store, [folder])
    print(n, flush=True)
"""
Write = Callable[[httpx.Client, int], None]
Found = Callable[[Store], int]


def named(store: Store, thing: str) -> int:
    """The number in the name of a thing; 0 where it is not there."""
    found = {
        getattr(q.object, "value", "") for q in store.dataset().about(f"{BASE}/{thing}", str(SKOS.prefLabel))
    }
    assert len(found) <= 1
    return int(found.pop().split()[-1]) if found else 0


# --- The ways to write, and what is found of them ---------------------------------------------


def by_load(client: httpx.Client, n: int) -> None:
    files = [("files", (f"{name}.csv", f"id,name\nx,number {n}\n")) for name in ("organisations", "barriers")]
    client.post("/load", files=files).raise_for_status()


def of_load(store: Store) -> int:
    one, other = named(store, "organisation/x"), named(store, "barrier/x")
    assert one == other, "one file of a load without the other"
    return one


def by_update(client: httpx.Client, n: int) -> None:
    update = (
        f"DELETE {{ ?s ?p ?o . GRAPH <http://e/g> {{ ?s ?p ?o }} }} INSERT {{ <http://e/a> <http://e/b> {n} "
        f"GRAPH <http://e/g> {{ <http://e/a> <http://e/b> {n} }} }} WHERE {{ OPTIONAL {{ ?s ?p ?o FILTER (?s = <http://e/a>) }} }}"
    )
    client.post("/sparql", data={"update": update}).raise_for_status()


def of_update(store: Store) -> int:
    one, other = (
        {getattr(q.object, "value", "") for q in store.dataset().graph(graph)}
        for graph in (f"{BASE}/source/edits", "http://e/g")
    )
    assert one == other and len(one) <= 1, "half of an update"
    return int(one.pop()) if one else 0


def by_graph(client: httpx.Client, n: int) -> None:
    body = "".join(f"<http://e/{i}> <http://e/b> {n} .\n" for i in range(50))
    client.put("/graph-store", params={"graph": "http://e/g"}, content=body, headers={"Content-Type": "text/turtle"}).raise_for_status()  # fmt: skip


def of_graph(store: Store) -> int:
    found = [getattr(q.object, "value", "") for q in store.dataset().graph("http://e/g")]
    assert len(found) in (0, 50) and len(set(found)) <= 1, "half of a graph"
    return int(found[0]) if found else 0


def by_thing(client: httpx.Client, n: int) -> None:
    row = {"id": "x", "name": f"number {n}", "description": f"number {n}"}
    there = client.get("/things/barriers/x")
    if there.status_code == 404:
        client.post("/things/barriers", json=row).raise_for_status()
    else:
        tag = there.headers["ETag"]
        client.put("/things/barriers/x", json=row, headers={"If-Match": tag}).raise_for_status()


def of_thing(store: Store) -> int:
    said = {
        getattr(q.object, "value", "")
        for q in store.dataset().about(f"{BASE}/barrier/x", str(DCTERMS.description))
    }
    n = named(store, "barrier/x")
    assert said == ({f"number {n}"} if n else set()), "half of a row"
    return n


def by_judgement(client: httpx.Client, n: int) -> None:
    """Every second one takes the one before it back."""
    made = client.get("/judgements").json()["rows"]
    if n <= len(made):
        return
    who = {"by": "analyst", "because": "One address"}
    if made and made[-1]["in_force"]:
        client.post("/judgements", json={"undo": len(made), **who}).raise_for_status()
    else:
        pair = {"one": "organisation/one", "other": "organisation/two", "verdict": "same"}
        client.post("/judgements", json={**pair, **who}).raise_for_status()


def of_judgement(store: Store) -> int:
    numbers = [j.number for j in judgements(store.dataset())]
    assert numbers == list(range(1, len(numbers) + 1))
    return len(numbers)


WAYS: dict[str, tuple[Write, Found]] = {
    "load": (by_load, of_load),
    "update": (by_update, of_update),
    "graph": (by_graph, of_graph),
    "thing": (by_thing, of_thing),
    "judgement": (by_judgement, of_judgement),
}


# --- Killing ----------------------------------------------------------------------------------


def children(parent: int) -> list[int]:
    """The processes that a process has begun, and those that they have."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            if (
                entry.name.isdigit()
                and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent
            ):
                found += [int(entry.name), *children(int(entry.name))]
    return found


def kill(server: int, *, whole: bool) -> None:
    """Kill a server, with or without the processes that it has begun."""
    for pid in (server, *(children(server) if whole else [])):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def reopened(place: Path) -> Store:
    """The store, once somebody could write to it, which is within five seconds."""
    started = time.monotonic()
    store = open_store(place)
    while True:
        with suppress(StoreBusy), store.writing():
            break
        assert time.monotonic() - started < 10, "a process that was killed still holds the store"
        time.sleep(0.05)
    assert time.monotonic() - started < 5
    assert faults(place, store.version) == []
    return store


@contextmanager
def servers(place: Path) -> Iterator[Callable[[], tuple[int, str]]]:
    """Begin one server after the other on a store: each gives its process and its address."""
    command = [sys.executable, "-c", SERVES, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT) as parent:  # fmt: skip

        def begin() -> tuple[int, str]:
            assert parent.stdin and parent.stdout
            parent.stdin.write("go\n")
            parent.stdin.flush()
            pid, port = parent.stdout.readline().split()
            return int(pid), f"http://127.0.0.1:{port}"

        try:
            yield begin
        finally:
            for pid in (*children(parent.pid), parent.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("way", WAYS)
def test_what_a_server_acknowledged_is_there_after_it_was_killed_and_nothing_half(
    way: str, tmp_path: Path
) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("no /proc, by which the processes of a server are found")
    write, found = WAYS[way]
    (tmp_path / "organisations.csv").write_text("id,name\none,A clinic\ntwo,A clinic.\n", encoding="utf-8")
    place, chance, at, acknowledged = tmp_path / "store", random.Random(7), 1, 0
    load(open_store(place), [tmp_path / "organisations.csv"])
    with servers(place) as begin:
        for number in range(KILLS):
            server, address = begin()
            with httpx.Client(base_url=address, timeout=20) as client:
                write(client, at)
                acknowledged = at
                timer = Timer(chance.random() * 1.5, kill, [server], {"whole": number % 2 == 0})
                timer.start()
                with suppress(httpx.TransportError):
                    while True:
                        at += 1
                        write(client, at)
                        acknowledged = at
                timer.join()
            n = found(reopened(place))
            assert acknowledged <= n <= acknowledged + 1
            at = n + 1


def test_what_a_load_by_command_acknowledged_is_there_after_it_was_killed(tmp_path: Path) -> None:
    place, folder, chance, at = tmp_path / "store", tmp_path / "set", random.Random(5), 1
    folder.mkdir()
    for _ in range(KILLS):
        command = [sys.executable, "-c", LOADS, str(place), str(folder), str(at)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=ENVIRONMENT
        ) as process:
            assert process.stdout
            said = [int(process.stdout.readline())]
            time.sleep(chance.random())
            process.kill()
            said += [int(line) for line in process.stdout.read().split()]
        n = of_load(reopened(place))
        assert said[-1] <= n <= said[-1] + 1
        at = n + 1
