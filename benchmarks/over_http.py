"""SPARQL over HTTP: ours, `oxigraph serve` in memory and rdflib-endpoint, side by side on the same statements.

python benchmarks/over_http.py [--statements 50000 1000000] [--seconds 5] [--runs 5] [--only joinedup oxigraph] [--environments FOLDER]

Each peer gets an environment of its own, in a temporary folder or in the one named. It prints tables in Markdown.
(Not called http.py, as that would hide the library of that name from every script in this folder.)
"""

from __future__ import annotations

import argparse
import json
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httptools

REPOSITORY = Path(__file__).parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "benchmarks")]

import http_queries as queries  # noqa: E402
from served import COMMAND, used  # noqa: E402

PEERS = {"joinedup": "", "oxigraph": "oxigraph", "rdflib-endpoint": "rdflib-endpoint[cli]"}
CLIENTS = 8
LIMIT = 2.0
"""Seconds that a query may take where the behaviour at the deadline is looked at."""
LONGEST = 60.0
JSON, CSV = "application/sparql-results+json", "text/csv"


@dataclass
class Server:
    """A server that runs."""

    name: str
    port: int
    process: int
    path: str = "/sparql"
    answers: dict[str, float] = field(default_factory=dict)

    def request(self, query: str, accept: str = JSON) -> bytes:
        """The bytes of one request."""
        return (
            f"GET {self.path}?query={quote(query)} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Accept: {accept}\r\nConnection: keep-alive\r\n\r\n"
        ).encode()


class Reader:
    """Reads answers from one connection."""

    def __init__(self) -> None:
        self.done, self.size, self._parser = 0, 0, httptools.HttpResponseParser(self)
        self.failed = 0

    def on_body(self, body: bytes) -> None:
        self.size += len(body)

    def on_message_complete(self) -> None:
        self.done += 1
        self.failed += self._parser.get_status_code() != 200

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)


def rate(server: Server, requests: Sequence[bytes], seconds: float) -> tuple[float, int]:
    """Answers a second that 8 clients get who ask one after the other, and how many were no answer."""
    selector = selectors.DefaultSelector()
    following: Iterator[bytes] = iter(requests)
    for _ in range(CLIENTS):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(next(following))
        selector.register(connection, selectors.EVENT_READ, Reader())
    started = time.monotonic()
    end, answered, failed, running = started + seconds, 0, 0, True
    while running:
        for key, _ in selector.select(5):
            connection, reader = key.fileobj, key.data
            assert isinstance(connection, socket.socket)
            data = connection.recv(1 << 18)
            if not data:
                raise RuntimeError(f"{server.name} closed a connection")
            before = reader.done
            reader.feed(data)
            if reader.done > before:
                answered += 1
                request = next(following, None)
                if request is None or time.monotonic() > end:
                    running = False
                    break
                connection.sendall(request)
    taken = time.monotonic() - started
    for key in list(selector.get_map().values()):
        failed += key.data.failed
        key.fileobj.close()  # type: ignore[union-attr]
    selector.close()
    return answered / taken, failed


def ask(server: Server, query: str, accept: str = JSON, longest: float = LONGEST) -> tuple[float, int, int]:
    """Seconds that one answer took, its size and its status; infinity where it does not come."""
    reader, started = Reader(), time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(server.request(query, accept))
        while not reader.done:
            connection.settimeout(max(0.01, started + longest - time.monotonic()))
            try:
                data = connection.recv(1 << 20)
            except TimeoutError:
                return float("inf"), reader.size, 0
            if not data:
                return time.monotonic() - started, reader.size, 0
            reader.feed(data)
    return time.monotonic() - started, reader.size, reader._parser.get_status_code()


def median(server: Server, query: str, accept: str, runs: int) -> tuple[float, int]:
    """The median of the seconds, in different words each time so that no answer is kept, and the size."""
    times, size = [], 0
    for number in range(runs):
        taken, size, status = ask(server, f"{query}\n# {number}", accept)
        if status != 200:
            return float("inf"), size
        times.append(taken)
        if taken > LONGEST / 3:
            break
    return statistics.median(times), size


def deadline(server: Server) -> list[str]:
    """What happens to a query that would run for hours where the limit is 2 s."""
    taken, _, status = ask(server, queries.RUNAWAY, longest=LIMIT + 8)
    next_one, _, good = ask(server, queries.SMALL.format(n=1), longest=10)
    time.sleep(2)
    before = used(server.process).seconds
    time.sleep(1)
    busy = used(server.process).seconds - before
    return [
        f"{status} after {taken:.2f} s" if taken < LIMIT + 8 else f"none in {LIMIT + 8:g} s",
        f"{busy * 100:.0f} %",
        f"{next_one * 1000:.0f} ms" if good == 200 else "no",
    ]


@contextmanager
def serving(name: str, folder: Path, environments: Path, seconds: float) -> Iterator[Server]:
    """Run a server on the statements in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tool = environments / name / "bin" / name
    commands = {
        "joinedup": [*COMMAND, "serve", "--store", str(folder / "store"), "--port", str(port), "--query-seconds", str(seconds)],
        "oxigraph": [str(tool), "serve", "--bind", f"127.0.0.1:{port}", *(["--timeout-s", str(int(seconds))] if seconds < LONGEST else [])],
        "rdflib-endpoint": [str(tool), "serve", "--host", "127.0.0.1", "--port", str(port), str(folder / "all.nt")],
    }  # fmt: skip
    with subprocess.Popen(
        commands[name], cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        server = Server(
            name,
            port,
            process.pid,
            {"oxigraph": "/query", "rdflib-endpoint": "/"}.get(name, "/sparql"),
        )
        try:
            started = time.monotonic()
            while time.monotonic() < started + 600:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                    break
                time.sleep(0.2)
            if name == "oxigraph":
                filled(port, folder / "all.nt")
            settled(server)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def filled(port: int, file: Path) -> None:
    """Give oxigraph its statements."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /store?default HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/n-triples\r\nContent-Length: {file.stat().st_size}\r\n\r\n"
        connection.sendall(head.encode())
        with file.open("rb") as data:
            connection.sendfile(data)
        if b" 20" not in connection.recv(1000)[:20]:
            raise RuntimeError("oxigraph took no statements")


def settled(server: Server) -> None:
    """Wait until a server has done what it does after its start."""
    ask(server, queries.SMALL.format(n=0))
    for _ in range(120):
        before = used(server.process).seconds
        time.sleep(1)
        if used(server.process).seconds - before < 0.05:
            return


def prepared(folder: Path, statements: int) -> int:
    """A store of ours, and the same statements in a file for the others; how many."""
    import generate
    import pyoxigraph as ox

    from graph.ingest.load import load
    from graph.store import open_store

    (folder / "tables").mkdir(parents=True)
    generate.write(folder / "tables", max(1, statements // generate.STATEMENTS_OF_A_PROGRAMME))
    store = open_store(folder / "store")
    load(store, [folder / "tables"])
    triples = {quad.triple for quad in store.dataset().backup_quads()}
    ox.serialize(triples, str(folder / "all.nt"), format=ox.RdfFormat.N_TRIPLES)
    return len(triples)


def measured(name: str, folder: Path, options: argparse.Namespace, programmes: int) -> dict[str, object]:
    """Everything about one server."""
    found: dict[str, object] = {}
    with serving(name, folder, options.environments, LONGEST) as server:
        different = [server.request(query) for query in queries.different(programmes)]
        found["different"] = rate(server, different, options.seconds)
        repeated = [server.request(queries.SMALL.format(n=n % 10)) for n in range(500_000)]
        found["repeated"] = rate(server, repeated, options.seconds)
        found["analytical"] = [
            median(server, query, JSON, options.runs)[0] for query in queries.ANALYTICAL.values()
        ]
        for form, accept in (("JSON", JSON), ("CSV", CSV)):
            found[form] = median(server, queries.MANY_ROWS, accept, options.runs)
        found["MB"] = used(server.process).megabytes
    with serving(name, folder, options.environments, LIMIT) as server:
        found["deadline"] = deadline(server)
    print(name, json.dumps(found), file=sys.stderr, flush=True)
    return found


def tables(statements: int, found: dict[str, dict[str, object]]) -> None:
    """Print the figures of all servers."""

    def line(what: str, values: list[float], unit: str, quicker_is_less: bool) -> None:
        ours = values[0]
        ratios = [f"{ours / v:.2f}" if v and v != float("inf") else "–" for v in values[1:]]
        shown = ["none" if v == float("inf") else f"{v:,.0f}" if v >= 10 else f"{v:.2f}" for v in values]
        print(f"| {what} ({unit}) | {' | '.join(shown)} | {' | '.join(ratios)} |")

    names = list(found)
    print(f"\n{statements:,} statements\n")
    print(f"| | {' | '.join(names)} | {' | '.join(f'ours : {n}' for n in names[1:])} |")
    print("| :--- |" + " ---: |" * (2 * len(names) - 1))
    for kind in ("different", "repeated"):
        line(f"small queries, {kind}", [f[kind][0] for f in found.values()], "a second", False)  # type: ignore[index]
        if any(f[kind][1] for f in found.values()):  # type: ignore[index]
            print("failed:", {n: f[kind][1] for n, f in found.items()})  # type: ignore[index]
    for number, name in enumerate(queries.ANALYTICAL):
        line(name, [f["analytical"][number] * 1000 for f in found.values()], "ms", True)  # type: ignore[index]
    medians = [statistics.median(f["analytical"]) * 1000 for f in found.values()]  # type: ignore[arg-type,type-var]
    line("median of the twelve", medians, "ms", True)
    for form in ("JSON", "CSV"):
        line(f"100,000 rows as {form}", [f[form][0] * 1000 for f in found.values()], "ms", True)  # type: ignore[index]
    line("memory after all that", [float(f["MB"]) for f in found.values()], "MB", True)  # type: ignore[arg-type]
    print(
        f"\n| at a limit of {LIMIT:g} s | answer | processor 2 s later | next query |\n| :--- | :--- | ---: | ---: |"
    )
    for name, one in found.items():
        print(f"| {name} | {' | '.join(one['deadline'])} |", flush=True)  # type: ignore[arg-type]


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--seconds", type=float, default=5, help="how long each rate is taken")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--environments", type=Path, help="keep the peers' environments here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        options.environments = options.environments or Path(temporary) / "environments"
        for name in options.only:
            place = options.environments / name
            if PEERS[name] and not place.exists():
                venv.create(place, with_pip=True)
                subprocess.run([place / "bin" / "pip", "install", "--quiet", PEERS[name]], check=True)
        for statements in options.statements:
            folder = Path(temporary) / str(statements)
            triples = prepared(folder, statements)
            programmes = max(1, statements // 198)
            tables(triples, {name: measured(name, folder, options, programmes) for name in options.only})


if __name__ == "__main__":
    main()
