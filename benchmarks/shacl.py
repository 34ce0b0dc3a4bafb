"""How long the shapes take: ours beside pySHACL where that comes to an end, then ours alone. Run it from the root."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import generate
import reference

from ontology.validate import ShapeFinding, validate

BESIDE = (5_000, 10_000)
ALONE = (100_000, 1_000_000)
RUNS = {5_000: 5, 10_000: 5, 100_000: 5, 1_000_000: 3}
ENGINES = {"ours": validate, "pySHACL": reference.validate}


def measure(engine: str, size: int) -> dict[str, object]:
    """Seconds (the median), statements, findings and peak memory of one engine, in a process of its own."""
    command = [sys.executable, __file__, engine, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def work(engine: str, size: int) -> None:
    """Be that process: print what was measured."""
    programmes = round(size / generate.STATEMENTS_OF_A_PROGRAMME)
    statements, wrong = generate.spoil(generate.statements(programmes), programmes, every=10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, found = [], list[ShapeFinding]()
    for _ in range(RUNS[size]):
        started = time.perf_counter()
        found = ENGINES[engine](statements)
        seconds.append(time.perf_counter() - started)
    assert {(f.shape, f.focus) for f in found} == wrong, "what is found is not what was put in"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "statements": len(statements),
                "seconds": statistics.median(seconds),
                "found": len(found),
                "before": before // 1024,
                "peak": peak // 1024,
            }
        )
    )


def main() -> None:
    """Print the table."""
    print("| statements | engine | seconds (median) | ratio | findings | MB before | MB at most |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for size in (*BESIDE, *ALONE):
        ours = measure("ours", size)
        rows = {"ours": ours} | ({"pySHACL": measure("pySHACL", size)} if size in BESIDE else {})
        for engine, row in rows.items():
            ratio = float(str(row["seconds"])) / float(str(ours["seconds"]))
            print(
                f"| {row['statements']:,} | {engine} | {row['seconds']:.2f} | {ratio:.1f} | {row['found']:,} "
                f"| {row['before']:,} | {row['peak']:,} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        work(sys.argv[1], int(sys.argv[2]))
    else:
        main()
