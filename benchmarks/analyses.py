"""How long each analysis takes on 3,000 programmes of 30 departments, with 500 barriers and 200,000 findings.

python benchmarks/analyses.py [--runs 5] [--seconds 60] [--size 3000 30 500 200000] [--without-plain] [--store FOLDER]
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
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

import generate
import plain

from graph.analyses.authority_gap import nearest, ways
from graph.analyses.communities import SEEDS, leiden
from graph.analyses.department_openness import tested
from graph.analyses.fix_first import barriers_of
from graph.analyses.missing_ties import shared_barriers
from graph.analyses.shared_blockers import shared_programmes
from graph.analyses.silo_overview import as_few_across
from graph.analysis import analyses
from graph.dataset import Dataset
from graph.evidence import evidence, grouped
from graph.ingest.load import load
from graph.store import open_store

REPOSITORY = Path(__file__).parent.parent
SHUFFLES = 5000
PLAIN_SHUFFLES = 20
"""As many as are run; the time is then taken as if all of them were."""


def median(work: Callable[[], object], runs: int) -> float:
    """The median of some runs, in ms."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def memory() -> float:
    """The MB that this process has needed at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def extraction(dataset: Dataset) -> dict[str, float]:
    """What is read once per version of a store: seconds and MB, and the labels apart."""
    found = {"MB before": memory()}
    for name, work in (
        ("evidence", lambda: evidence(dataset)),
        ("labels", lambda: dataset.labels),
    ):
        started = time.perf_counter()
        work()
        found |= {name: time.perf_counter() - started, f"MB after {name}": memory()}
    return found


def one(dataset: Dataset, name: str, runs: int) -> dict[str, float]:
    """The first run of an analysis, which may read more of the store, and the median of those after it, in ms."""
    evidence(dataset)
    _ = dataset.labels
    analysis = analyses()[name]
    first = median(lambda: analysis.run(dataset), 1)
    return {"first": first, "median": median(lambda: analysis.run(dataset), runs)}


def kernels(dataset: Dataset, runs: int) -> dict[str, tuple[float, float]]:
    """For each part that has a fair plain version: ours and that one, in ms."""
    known = evidence(dataset)
    groups, edges = tested(known)
    internal = sum(not groups[a].isdisjoint(groups[b]) for a, b in edges)
    blocked = barriers_of(known)
    factor = SHUFFLES / PLAIN_SHUFFLES
    network = ways(dataset, known)
    observed = grouped(known.supporting, "barrier", "organisation")
    levers = [
        (observed[row["barrier"]], row["holder"])
        for row in dataset.select("analyses/authority_gap", as_of=known.as_of)
        if row["barrier"] in observed
    ]
    return {
        f"E-I permutation, {SHUFFLES:,} deals": (
            median(lambda: as_few_across(edges, groups, internal, SHUFFLES), runs),
            median(lambda: plain.shuffled(edges, groups, PLAIN_SHUFFLES), 1) * factor,
        ),
        f"communities, {SEEDS} seeds (Leiden, Louvain)": (
            median(lambda: leiden(edges), runs),
            median(lambda: plain.louvain(edges, 1), 1) * SEEDS,
        ),
        f"shortest ways to {len(levers)} holders of levers": (
            median(lambda: [nearest(network, seen, end) for seen, end in levers], runs),
            median(lambda: [plain.nearest(network, seen, end) for seen, end in levers], runs),
        ),
        "barriers shared by each two departments": (
            median(lambda: shared_barriers(known), runs),
            median(lambda: plain.shared_by_departments(blocked, known.departments), runs),
        ),
        "projection of programmes and barriers": (
            median(lambda: shared_programmes(known.held), runs),
            median(lambda: plain.projected(blocked), runs),
        ),
    }


def apart(store: Path, part: str, seconds: float, runs: int) -> dict[str, object] | None:
    """One measurement in a process of its own, None where it takes too long."""
    command = [sys.executable, __file__, "--part", part, "--store", str(store), "--runs", str(runs)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return dict(json.loads(done.stdout.splitlines()[-1]))


def made(folder: Path, size: list[int]) -> Path:
    """A store on disk with the generated tables."""
    generate.write_rows(folder, generate.joined_up(*size))
    store = open_store(folder / "store")
    load(store, [p for p in folder.iterdir() if p.suffix == ".csv"])
    return folder / "store"


def main() -> None:
    """Read the command line."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument(
        "--seconds", type=float, default=60, help="How long one analysis may take, with all it reads"
    )
    asked.add_argument("--size", type=int, nargs=4, default=[3000, 30, 500, 200_000])
    asked.add_argument("--without-plain", action="store_true")
    asked.add_argument("--store", type=Path, help="A store that is there already")
    asked.add_argument("--part", help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.part:
        dataset = open_store(options.store).dataset()
        work = {"extraction": lambda: extraction(dataset), "kernels": lambda: kernels(dataset, options.runs)}
        found = work.get(options.part, lambda: one(dataset, options.part, options.runs))()
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as name:
        table(options, options.store or made(Path(name), options.size))


def table(options: argparse.Namespace, store: Path) -> None:
    """Print the lines of the tables."""
    print("extraction", apart(store, "extraction", 600, 1), flush=True)
    print("| analysis | first ms | median ms |\n| --- | ---: | ---: |")
    for name in analyses():
        found = apart(store, name, options.seconds, options.runs)
        told = (
            f"{found['first']:,.0f} | {found['median']:,.0f}" if found else f"over {options.seconds:.0f} s |"
        )
        print(f"| {name} | {told} |", flush=True)
    if not options.without_plain:
        print("| part | ours, ms | plain, ms | plain : ours |\n| --- | ---: | ---: | ---: |")
        for part, (ours, theirs) in (apart(store, "kernels", 3600, options.runs) or {}).items():  # type: ignore[misc]
            print(f"| {part} | {ours:,.0f} | {theirs:,.0f} | {theirs / ours:.0f} |", flush=True)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    main()
