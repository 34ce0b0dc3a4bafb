"""Small edits: how many a second one client after the other and eight at once can make, each on disk when acknowledged.

python benchmarks/edits.py [--statements 50000 1000000] [--edits 40]

Each is an update of one statement over HTTP, on a store of made-up fieldwork (generate.py). Then an analyst, whose view is
made whole the first time, asks for a list right after each of a few edits. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import generate
import httpx
from served import joinedup, serving

CLIENTS = 8


def measured(store: Path, edits: int) -> tuple[float, float, float, float, float]:
    """Edits a second of one client and of eight, the seconds of processor time of one edit, and the seconds that an
    analyst waits for a list at first and after an edit."""
    token = joinedup("token", "create", "edits", "--right", "read", "--audience", "analyst", "--store", store)
    secret = next(word for word in token.split() if len(word) > 30)
    with (
        serving(store, "--allow-writing") as server,
        httpx.Client(base_url=server.address, timeout=600) as client,
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
        eight = edits / (time.perf_counter() - began)

        def waited() -> float:
            began = time.perf_counter()
            headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
            client.get("/departments?per_page=1", headers=headers).raise_for_status()
            return time.perf_counter() - began

        whole, after = waited(), []
        for number in range(5):
            edit(20_000 + number)
            after.append(waited())
        return one, eight, used, whole, statistics.median(after)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--statements", type=int, nargs="+", default=[50_000, 1_000_000])
    parser.add_argument("--edits", type=int, default=40)
    asked = parser.parse_args()
    print(
        "| statements | one client, edits a second | eight clients | processor time of one, ms "
        "| an analyst waits at first, s | after an edit, s |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for statements in asked.statements:
        with tempfile.TemporaryDirectory() as name:
            tables, store = Path(name, "tables"), Path(name, "store")
            tables.mkdir()
            generate.write(tables, max(1, statements // generate.STATEMENTS_OF_A_PROGRAMME))
            joinedup("load", tables, "--store", store)
            one, eight, used, whole, after = measured(store, asked.edits)
        print(
            f"| {statements:,} | {one:.1f} | {eight:.1f} | {used * 1000:.0f} | {whole:.1f} | {after:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
