"""Small edits: how many a second one client after the other and eight at once can make, each on disk when acknowledged.

python benchmarks/edits.py [--statements 50000 1000000] [--edits 40]

Each is an update of one statement over HTTP, on a store of made-up fieldwork (generate.py). Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import generate
import httpx
from served import joinedup, serving

CLIENTS = 8


def measured(store: Path, edits: int) -> tuple[float, float, float]:
    """Edits a second of one client and of eight, and the seconds of processor time of one edit."""
    with (
        serving(store, "--allow-writing") as server,
        httpx.Client(base_url=server.address, timeout=120) as client,
    ):

        def edit(number: int) -> None:
            text = f"INSERT DATA {{ <http://example.org/{number}> <http://example.org/n> {number} }}"
            client.post("/sparql", data={"update": text}).raise_for_status()

        for number in range(3):
            edit(number)
        before, began = server.used().seconds, time.perf_counter()
        for number in range(edits):
            edit(1_000 + number)
        one = edits / (time.perf_counter() - began)
        used = (server.used().seconds - before) / edits
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(edit, range(10_000, 10_000 + edits)))
        return one, edits / (time.perf_counter() - began), used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--statements", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--edits", type=int, default=40)
    asked = parser.parse_args()
    print("| statements | one client, edits a second | eight clients | processor time of one, ms |")
    print("| ---: | ---: | ---: | ---: |")
    for statements in asked.statements:
        with tempfile.TemporaryDirectory() as name:
            tables, store = Path(name, "tables"), Path(name, "store")
            tables.mkdir()
            generate.write(tables, max(1, statements // generate.STATEMENTS_OF_A_PROGRAMME))
            joinedup("load", tables, "--store", store)
            one, eight, used = measured(store, asked.edits)
        print(f"| {statements:,} | {one:.1f} | {eight:.1f} | {used * 1000:.0f} |", flush=True)


if __name__ == "__main__":
    main()
