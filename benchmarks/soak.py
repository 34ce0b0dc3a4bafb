"""A server under mixed requests for a long time: does its memory, its descriptors or its slowest answers grow?

python benchmarks/soak.py [--requests 200000] [--clients 8] [--store FOLDER] [--every 10000]

Pages, data, SPARQL of which some is asked again, analyses, files, answers that are refused, and among them updates,
things written and loads. It prints a line after so many requests, and what grew. Ends with 1 where something failed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from served import REPOSITORY, Served, joinedup, serving

EXAMPLE = [REPOSITORY / "examples" / name for name in ("major-projects", "deep-dive")]
HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}
_COUNT = "SELECT ?b (COUNT(?p) AS ?n) { ?b ju:blocks ?p } GROUP BY ?b"
_NUMBERED = "SELECT ?p ?l {{ ?p a ju:Programme ; skos:prefLabel ?l }} LIMIT {n}"
_BOUNDARY = "soak"
_PATIENCE = 5


@dataclass(frozen=True)
class Asked:
    """One request, and which answers to it are right."""

    kind: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    right: tuple[int, ...] = (200,)


def reads(chance: Random, programmes: list[str], barriers: list[str]) -> Asked:
    """One request that changes nothing."""
    programme, barrier, n = chance.choice(programmes), chance.choice(barriers), chance.randrange(100_000)
    ways: tuple[Callable[[], Asked], ...] = (
        lambda: Asked("page", "GET", chance.choice(("/", "/matrix", "/departments", "/programmes", "/barriers")), HTML),
        lambda: Asked("page of a thing", "GET", programme, HTML),
        lambda: Asked("page of a thing", "GET", barrier, HTML),
        lambda: Asked("data of a thing", "GET", programme, {"Accept": "application/ld+json"}),
        lambda: Asked("SPARQL, different", "GET", f"/sparql?query={quote(_NUMBERED.format(n=n))}", JSON),
        lambda: Asked("SPARQL, the same", "GET", f"/sparql?query={quote(_COUNT)}", JSON),
        lambda: Asked("analysis", "GET", chance.choice((f"/analyses/shared-blockers.json?min_departments={1 + n % 5}", "/analyses/missing-ties.csv"))),
        lambda: Asked("search", "GET", f"/search?q={quote(barrier.rpartition('/')[2][:4])}", HTML),
        lambda: Asked("resolve", "GET", f"/resolve?q={quote(programme.rpartition('/')[2].replace('-', ' '))}", JSON, right=(200, 404)),
        lambda: Asked("neighbourhood", "GET", f"/neighbourhood?of={quote(programme.removeprefix('/doc/'))}&limit=20", JSON),
        lambda: Asked("explore", "GET", f"/explore.json?centre={quote(barrier.removeprefix('/doc/'))}", JSON),
        lambda: Asked("list", "GET", f"/programmes?limit={5 + n % 40}", JSON),
        lambda: Asked("refused", "GET", f"/sparql?query=SELECT%20{n}", JSON, right=(400,)),
        lambda: Asked("not there", "GET", f"/doc/programme/none-{n}", HTML, right=(404,)),
    )  # fmt: skip
    return chance.choice(ways)()


def writes(number: int) -> Asked:
    """One request that makes a new version: mostly a small update, at times a thing written by hand, or a load."""
    if number % 10 == 3:
        rows = "id,name\n" + "".join(f"soak-{i},Soak {i} of {number}\n" for i in range(50))
        part = f'Content-Disposition: form-data; name="files"; filename="organisations.csv"\r\n\r\n{rows}'
        body = f"--{_BOUNDARY}\r\n{part}\r\n--{_BOUNDARY}--\r\n"
        return Asked(
            "load",
            "POST",
            "/load",
            {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", **JSON},
            body,
        )
    if number % 10 == 7:
        row = json.dumps({"id": f"typed-{number}", "name": f"Typed {number}", "kind": "company"})
        return Asked(
            "thing", "POST", "/things/organisations", {"Content-Type": "application/json"}, row, (200, 201)
        )
    update = f"DELETE {{ <urn:soak> <urn:is> ?n }} INSERT {{ <urn:soak> <urn:is> {number} }} WHERE {{ OPTIONAL {{ <urn:soak> <urn:is> ?n }} }}"
    return Asked("update", "POST", "/sparql", {"Content-Type": "application/sparql-update"}, update, (204,))


@dataclass
class Window:
    """What happened while so many requests were answered."""

    requests: int
    seconds: float
    times: dict[str, list[float]]
    megabytes: float
    descriptors: int

    def p99(self) -> float:
        """Of all that only read, in ms."""
        every = sorted(
            t for kind, times in self.times.items() if kind not in ("update", "thing", "load") for t in times
        )
        return every[int(len(every) * 0.99)] * 1000 if every else 0.0

    def p50(self) -> float:
        """Of all requests, in ms."""
        return statistics.median(t for times in self.times.values() for t in times) * 1000


class Soak:
    """Clients that ask one request after the other, and how each was answered."""

    def __init__(self, server: Served, requests: int, clients: int, write_every: int):
        self.server, self.requests, self.clients, self.write_every = server, requests, clients, write_every
        self.wrong: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self.written = 0
        self._next, self._lock = 0, threading.Lock()
        self._times: dict[str, list[float]] = {}
        host = urlsplit(server.address)
        self._place = (str(host.hostname), int(host.port or 80))
        listed = self._listed
        self.programmes, self.barriers = listed("programmes"), listed("barriers")

    def windows(self, every: int) -> Iterator[Window]:
        """What happened, each time that so many requests are answered."""
        threads = [
            threading.Thread(target=self._client, args=(seed,), daemon=True) for seed in range(self.clients)
        ]
        for thread in threads:
            thread.start()
        done, since = 0, time.monotonic()
        while done < self.requests:
            time.sleep(0.05)
            alive = any(thread.is_alive() for thread in threads)
            with self._lock:
                answered = self._next - (self.clients if alive else 0)
                if answered - done < every and alive and answered < self.requests:
                    continue
                times, self._times = self._times, {}
            now, used = time.monotonic(), self.server.used()
            yield Window(sum(map(len, times.values())), now - since, times, used.megabytes, used.descriptors)
            done, since = max(answered, done + 1) if alive else self.requests, now
        for thread in threads:
            thread.join()

    def _client(self, seed: int) -> None:
        with closing(http.client.HTTPConnection(*self._place, timeout=120)) as connection:
            self._ask(Random(seed), connection)

    def _ask(self, chance: Random, connection: http.client.HTTPConnection) -> None:
        while True:
            with self._lock:
                number, self._next = self._next, self._next + 1
                if number >= self.requests:
                    return
                write = number % self.write_every == self.write_every - 1
                self.written += write
                asked = writes(self.written) if write else reads(chance, self.programmes, self.barriers)
            started = time.perf_counter()
            status = _answered(connection, asked)
            taken = time.perf_counter() - started
            with self._lock:
                self._times.setdefault(asked.kind, []).append(taken)
                if status not in asked.right:
                    self.wrong[f"{asked.kind}: {status}"] += 1
                    self.examples.setdefault(f"{asked.kind}: {status}", asked.path)

    def _listed(self, kind: str) -> list[str]:
        with closing(http.client.HTTPConnection(*self._place, timeout=60)) as connection:
            connection.request("GET", f"/{kind}?limit=100", headers=JSON)
            found = json.loads(connection.getresponse().read())
        rows = next(value for value in found.values() if isinstance(value, list))
        return [urlsplit(row["iri"]).path.replace("/id/", "/doc/", 1) for row in rows]


def _answered(connection: http.client.HTTPConnection, asked: Asked) -> int | str:
    """The status of the answer. A client that is told to come back does, a few times."""
    for _ in range(_PATIENCE):
        try:
            connection.request(asked.method, asked.path, asked.body, asked.headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return type(error).__name__
        if answer.status != 503 or not (wait := answer.headers.get("Retry-After")):
            break
        time.sleep(int(wait))
    return answer.status


def grown(windows: list[Window]) -> dict[str, float]:
    """Memory in percent per 50,000 requests and descriptors from the end of the first quarter on, and how the slowest hundredth drifted."""
    first, last = windows[len(windows) // 4], windows[-1]
    between = sum(w.requests for w in windows[len(windows) // 4 + 1 :]) or 1
    early, late = windows[: max(1, len(windows) // 4)], windows[-max(1, len(windows) // 4) :]
    drift = (
        statistics.median(w.p99() for w in late) / (statistics.median(w.p99() for w in early) or 1) - 1
    ) * 100
    return {
        "memory, % per 50,000": (last.megabytes / first.megabytes - 1) * 100 * 50_000 / between,
        "descriptors": last.descriptors - first.descriptors,
        "p99, %": drift,
    }


def main() -> None:
    """Soak, and print what grew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--write-every", type=int, default=500)
    parser.add_argument("--every", type=int, default=10_000)
    parser.add_argument("--store", type=Path, help="one that is there; it is written to")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        store = asked.store or Path(temporary) / "store"
        if not asked.store:
            joinedup("load", *EXAMPLE, "--store", store)
        with serving(store, "--allow-writing") as server:
            soak, windows, done = Soak(server, asked.requests, asked.clients, asked.write_every), [], 0
            print(
                "| requests | a second | p50, ms | p99 of reads, ms | MB | descriptors |\n|" + " ---: |" * 6
            )
            for window in soak.windows(asked.every):
                windows.append(window)
                done += window.requests
                print(
                    f"| {done:,} | {window.requests / window.seconds:,.0f} | {window.p50():.1f} | {window.p99():.0f} "
                    f"| {window.megabytes:.0f} | {window.descriptors} |",
                    flush=True,
                )
            print(f"\n{soak.written:,} writes among them. Grown: {grown(windows)}")
            for what, times in sorted(soak.wrong.items()):
                print(f"wrong {times:,} times: {what}, such as {soak.examples[what][:200]}")
    sys.exit(1 if soak.wrong else 0)


if __name__ == "__main__":
    main()
