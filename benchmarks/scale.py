"""What grows with the size of a graph, and how fast: loading, memory, questions, analyses and pages, size by size.

python benchmarks/scale.py [--sizes 50k 1M 10M] [--folder FOLDER] [--runs 3] [--seconds 120]

Loading, reading, each question, all analyses and all pages are a process each. With --folder, stores that are there are
used again. It prints the tables of benchmarks/README.md: one column for each size, and with which power of the
statements a figure grows from 1M to 10M.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path
from threading import Timer
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import generate
from served import COMMAND, REPOSITORY, Served, joinedup, serving

SIZES = {
    "50k": (300, 10, 60, 3_000),
    "1M": (3_000, 30, 500, 80_000),
    "10M": (3_000, 30, 500, 980_000),
    "10M, wide": (30_000, 60, 3_000, 800_000),
}
"""Programmes, departments, barriers and findings. The third has the programmes of the second, and more findings."""
PAGES = (
    "/", "/departments", "/matrix", "/programmes", "/barriers", "/interviews", "/explore", "/search?q=programme%201",
    "/doc/programme/p7", "/doc/organisation/dept-1", "/doc/barrier/b3", "/changes.json?since=0", "/findings",
    "/neighbourhood?of=programme/p7", "/paths?from=programme/p7&to=programme/p70",
    "/analyses/shared-blockers", "/analyses/missing-ties", "/analyses/fix-first", "/analyses/chain-weak-points",
    "/sparql?query=SELECT%20%3Fb%20%28COUNT%28%3Fp%29%20AS%20%3Fn%29%20%7B%20%3Fb%20ju%3Ablocks%20%3Fp%20%7D%20GROUP%20BY%20%3Fb",
)  # fmt: skip


@dataclass
class Table:
    """Figures by what was measured and size."""

    rows: dict[str, dict[str, float | None]]

    def put(self, what: str, size: str, value: float | None) -> None:
        self.rows.setdefault(what, {})[size] = value
        print(f"{size}: {what} {value}", file=sys.stderr, flush=True)

    def print(self, sizes: dict[str, int], unit: str) -> None:
        """In Markdown; the last column compares the last size in which only findings grew with the one before it."""
        print(f"| {unit} | {' | '.join(sizes)} | power |\n| --- |" + " ---: |" * (len(sizes) + 1))
        for what, found in self.rows.items():
            cells = [_figure(found.get(size)) for size in sizes]
            print(f"| {what} | {' | '.join(cells)} | {_power(found, sizes)} |", flush=True)


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _power(found: dict[str, float | None], sizes: dict[str, int]) -> str:
    """p of statements ** p, from 1M to 10M: above 1, a figure grows faster than what is loaded."""
    one, ten = found.get("1M"), found.get("10M")
    if not one or not ten:
        return ""
    return f"{log(ten / one) / log(sizes['10M'] / sizes['1M']):.2f}"


def apart(part: str, store: Path, seconds: float, runs: int) -> Iterator[dict[str, Any]]:
    """What a process of its own measures, as it comes; it ends where it takes too long."""
    command = [sys.executable, __file__, "--part", part, "--folder", str(store), "--runs", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        stop = Timer(seconds, process.kill)
        stop.start()
        assert process.stdout
        yield from map(json.loads, process.stdout)
        stop.cancel()


def timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """The seconds of the first run and the median of those after it."""
    taken = []
    for _ in range(1 + runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken[0], statistics.median(taken[1:] or taken)


def measured(part: str, store: Path, runs: int) -> Iterator[dict[str, object]]:
    """One part, within its own process: names with seconds."""
    from graph.analysis import analyses
    from graph.evidence import evidence
    from graph.questions import answer
    from graph.store import open_store

    dataset = open_store(store).dataset()
    kind, _, name = part.partition(":")
    if kind == "question":
        yield {"name": name, "seconds": timed(lambda: answer(dataset, int(name)), 1)[1]}
        return
    for what, read in (("labels", lambda: dataset.labels), ("evidence", lambda: evidence(dataset))):
        yield {"name": what, "seconds": timed(read, 0)[0]}
    yield {"name": "MB", "seconds": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    for name, analysis in analyses().items() if kind == "analyses" else ():
        first, again = timed(lambda asked=analysis: asked.run(dataset), runs)  # type: ignore[misc]
        yield {"name": name, "seconds": again, "first": first}


def loaded(folder: Path, size: tuple[int, int, int, int]) -> tuple[float, float]:
    """Load the tables of a size in one command: seconds, and MB at most."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    generate.write_rows(tables, generate.joined_up(*size))
    started = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "load", str(tables), "--store", str(folder / "store")],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
    )
    _, status, spent = os.wait4(process.pid, 0)
    if status:
        sys.exit("The load failed.")
    return time.perf_counter() - started, spent.ru_maxrss / 1024


def pages(table: Table, size: str, store: Path, runs: int) -> None:
    """How long each page takes, first and then, and the memory of a server that has served two audiences."""
    token = joinedup("token", "create", "scale", "--right", "read", "--audience", "analyst", "--store", store)
    secret = next(word for word in token.split() if len(word) > 30)
    started = time.perf_counter()
    with serving(store) as server, httpx.Client(base_url=server.address, timeout=600) as client:
        client.get("/", headers={"Accept": "text/html"}).raise_for_status()
        table.put("cold start to the first page", size, time.perf_counter() - started)
        for path in PAGES:
            first, again = timed(lambda path=path: _asked(client, path), runs)  # type: ignore[misc]
            table.put(f"{path.partition('?')[0]} first", size, first)
            table.put(f"{path.partition('?')[0]}", size, again)
        table.put("MB, one audience", size, _settled(server))
        started = time.perf_counter()
        answer = client.get("/", headers={"Accept": "text/html", "Authorization": f"Bearer {secret}"})
        answer.raise_for_status()
        table.put("first page of a second audience", size, time.perf_counter() - started)
        client.get(
            "/analyses/shared-blockers",
            headers={"Accept": "text/html", "Authorization": f"Bearer {secret}"},
        ).raise_for_status()
        table.put("MB, two audiences", size, _settled(server))


def _asked(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html, application/json;q=0.5"})
    if answer.status_code != 200:
        print(path, answer.status_code, answer.text[:200], file=sys.stderr)


def _settled(server: Served) -> float:
    before = server.used()
    for _ in range(60):
        time.sleep(1)
        now = server.used()
        if now.seconds - before.seconds < 0.1:
            return now.megabytes
        before = now
    return before.megabytes


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["50k", "1M", "10M"])
    parser.add_argument("--folder", type=Path, help="keep the stores here, or use those that are here")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120, help="how long one measurement may take")
    parser.add_argument("--only", nargs="+", choices=["extraction", "analyses", "questions", "pages"])
    parser.add_argument("--part", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        for found in measured(asked.part, asked.folder, asked.runs):
            print(json.dumps(found), flush=True)
        return
    from graph.questions import questions
    from graph.store import open_store

    tables = {name: Table({}) for name in ("load", "analyses", "questions", "pages")}
    counted: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in asked.sizes:
            folder = (asked.folder or Path(temporary)) / size.replace(", ", "-")
            load = tables["load"]
            if not (folder / "store").exists():
                seconds, megabytes = loaded(folder, SIZES[size])
                load.put("load, s", size, seconds)
                load.put("load, MB at most", size, megabytes)
            store = folder / "store"
            counted[size] = len(open_store(store).dataset())
            on_disk = sum(f.stat().st_size for f in (store / "truth").rglob("*") if f.is_file())
            load.put("store on disk, MB", size, on_disk / 1e6)
            wanted = asked.only or ["extraction", "analyses", "questions", "pages"]
            for kind in [kind for kind in ("extraction", "analyses") if kind in wanted]:
                for found in apart(kind, store, 10 * asked.seconds, asked.runs):
                    if found["name"] in ("labels", "evidence", "MB"):
                        again = "" if kind == "extraction" else " again, from what is kept"
                        load.put(f"{found['name']}{again}", size, found["seconds"])
                    else:
                        tables["analyses"].put(found["name"], size, found["seconds"] * 1000)
                        tables["analyses"].put(f"{found['name']}, first", size, found["first"] * 1000)
            for number in questions() if "questions" in wanted else ():
                tables["questions"].put(str(number), size, None)
                for found in apart(f"question:{number}", store, asked.seconds, 1):
                    tables["questions"].put(str(number), size, found["seconds"] * 1000)
            if "pages" in wanted:
                pages(tables["pages"], size, store, asked.runs)
    print(f"Statements: {', '.join(f'{size} {n:,}' for size, n in counted.items())}\n")
    for kind, unit in (
        ("load", "what"),
        ("analyses", "analysis, ms"),
        ("questions", "question, ms"),
        ("pages", "page, s"),
    ):
        if tables[kind].rows:
            tables[kind].print(counted, unit)
            print()


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    main()
