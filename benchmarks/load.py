"""How fast findings are loaded: ours, pyoxigraph's own bulk load of the same statements, and morph-kgc with a bulk load.

python benchmarks/load.py [--rows 100000 1000000] [--runs 3] [--without-morph]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
_WORDS = [
    "providers",
    "tutors",
    "councils",
    "learners",
    "data",
    "grants",
    "forms",
    "staff",
    "systems",
    "sites",
    "partners",
    "weeks",
    "wait",
    "share",
    "check",
    "agree",
    "lack",
    "need",
    "ask",
    "late",
    "twice",
    "locally",
    "often",
    "without",
    "before",
    "because",
]
_BASE, _VOCABULARY = "https://joinedup.example/id", "https://w3id.org/joinedup/vocabulary#"
_GRAPH = f"{_BASE}/source/new-findings.csv"


def write_tables(folder: Path, findings: int) -> None:
    """Findings in a folder `new`, and in `held` what they refer to; always the same for the same number."""
    chance = random.Random(20140416)  # no secret

    def words(count: int) -> str:
        return " ".join(chance.choices(_WORDS, k=count)).capitalize() + "."

    programmes, barriers, interviews = (
        max(10, findings // 1000),
        max(20, findings // 200),
        max(20, findings // 20),
    )
    tables = {
        "held/organisations": (("id", "name", "kind"), [("dea", "Department", "ministerial-department")]),
        "held/programmes": (("id", "name", "lead"), [(f"p{n}", f"Programme {n}", "dea") for n in range(programmes)]),
        "held/barriers": (("id", "name"), [(f"b{n}", words(5)) for n in range(barriers)]),
        "held/interviews": (
            ("id", "held_on", "level", "organisation", "marking"),
            [(f"i{n}", "2014-01-20", "front-line", "dea", "official") for n in range(interviews)],
        ),
        "new/findings": (
            ("id", "programme", "barrier", "stance", "severity", "interview", "summary", "excerpt"),
            (
                (
                    f"f{n}", f"p{chance.randrange(programmes)}", f"b{chance.randrange(barriers)}",
                    "disputes" if n % 9 == 0 else "supports", 1 + n % 5, f"i{n % interviews}", words(10), words(20),
                )
                for n in range(findings)
            ),
        ),
    }  # fmt: skip
    for name, (header, rows) in tables.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)


def work(part: str, folder: Path, number: str) -> dict[str, float]:
    """One measurement, in a process of its own: seconds, and what else is known."""
    import pyoxigraph as ox

    sys.path.insert(0, str(REPOSITORY))
    place = folder / f"store-{part}-{number}"
    if part in ("held", "ours"):
        from graph.ingest.load import load
        from graph.store import open_store

        store = open_store(folder / ("held-store" if part == "held" else f"ours-{number}"))
        started = time.monotonic()
        report = load(store, [folder / ("held" if part == "held" else "new")])
        return {"seconds": time.monotonic() - started, "statements": report.sources[0].statements}
    if part == "written":
        from graph.bulk import Bulk
        from graph.ingest.load import check_rows, reader
        from graph.store import open_store

        held = open_store(folder / "held-store")
        graphs, _ = check_rows(held.dataset(), held.base, reader(held, [folder / "new"], None)(), "official")
        made = graphs[_GRAPH]
        assert isinstance(made, Bulk)
        with (folder / "findings.nt").open("wb") as file:
            for piece in made.pieces():
                file.write(piece.replace(f" <{_GRAPH}> .\n".encode(), b" .\n"))
        return {}
    store = ox.Store(str(place))
    started = time.monotonic()
    to = ox.NamedNode(_GRAPH) if part.endswith("named") else None
    source = folder / ("morph.nt" if part.startswith("morph") else "findings.nt")
    store.bulk_load(path=str(source), format=ox.RdfFormat.N_TRIPLES, to_graph=to)
    store.flush()
    return {"seconds": time.monotonic() - started}


def measured(part: str, folder: Path, number: int = 0, runs: list[str] | None = None) -> dict[str, float]:
    """A measurement with the peak of memory in MB."""
    command = runs or [sys.executable, __file__, "--part", part, str(folder), str(number)]
    started = time.monotonic()
    with (folder / "out").open("w+") as out, (folder / "err").open("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            said = err.read().strip().splitlines() or [""]
            raise RuntimeError(f"{part}: {process.returncode} {said[-1]}")
        found = {"seconds": seconds} if runs else json.loads(out.read().splitlines()[-1])
    found = {**found, "MB": used.ru_maxrss / 1024}
    print(part, found, file=sys.stderr, flush=True)
    return found


def mapping(folder: Path) -> None:
    """The RML of the findings, without the labels and short cuts that the loader adds, and its settings."""

    def link(column: str, property_: str, segment: str) -> str:
        return f'rr:predicateObjectMap [ rr:predicate <{property_}> ; rr:objectMap [ rr:template "{_BASE}/{segment}/{{{column}}}" ] ]'

    def value(column: str, property_: str, datatype: str = "") -> str:
        more = f" ; rr:datatype <{datatype}>" if datatype else ""
        return f'rr:predicateObjectMap [ rr:predicate <{property_}> ; rr:objectMap [ rml:reference "{column}"{more} ] ]'

    parts = [
        f'rr:subjectMap [ rr:template "{_BASE}/finding/{{id}}" ; rr:class <{_VOCABULARY}Finding> ]',
        link("programme", _VOCABULARY + "about", "programme"), link("barrier", _VOCABULARY + "evidences", "barrier"),
        link("interview", _VOCABULARY + "fromInterview", "interview"),
        f'rr:predicateObjectMap [ rr:predicate <{_VOCABULARY}stance> ; rr:objectMap [ rr:template "https://w3id.org/joinedup/concept/stances/{{stance}}" ] ]',
        value("severity", _VOCABULARY + "severity", "http://www.w3.org/2001/XMLSchema#integer"),
        value("summary", "http://purl.org/dc/terms/description"), value("summary", "http://www.w3.org/2004/02/skos/core#prefLabel"),
        value("excerpt", _VOCABULARY + "excerpt"),
        f'rr:predicateObjectMap [ rr:predicate <http://www.w3.org/ns/prov#wasDerivedFrom> ; rr:objectMap [ rr:template "{_GRAPH}#row={{id}}" ] ]',
    ]  # fmt: skip
    blocks = (
        f'<#B> a rr:TriplesMap ; {{source}} ; rr:subjectMap [ rr:template "{_BASE}/barrier/{{{{barrier}}}}" ] ; '
        + link("programme", _VOCABULARY + "blocks", "programme").replace("{", "{{").replace("}", "}}")
    )
    source = 'rml:logicalSource [ rml:source "new/findings.csv" ; rml:referenceFormulation ql:CSV ]'
    head = "@prefix rr: <http://www.w3.org/ns/r2rml#> . @prefix rml: <http://semweb.mmlab.be/ns/rml#> . @prefix ql: <http://semweb.mmlab.be/ns/ql#> .\n"
    text = (
        head
        + f"<#F> a rr:TriplesMap ; {source} ; "
        + " ; ".join(parts)
        + " .\n"
        + blocks.format(source=source)
        + " .\n"
    )
    (folder / "map.ttl").write_text("@base <http://example.com/> . " + text, encoding="utf-8")
    (folder / "morph.ini").write_text(
        "[CONFIGURATION]\noutput_file=morph.nt\noutput_format=N-TRIPLES\nlogging_level=ERROR\n[findings]\nmappings=map.ttl\n",
        encoding="utf-8",
    )


def morph_in(folder: Path) -> Path | str:
    """The interpreter of a new environment that has morph-kgc, or why there is none."""
    place = folder / "environment"
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    made = subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "morph-kgc"], capture_output=True, text=True
    )
    return python if made.returncode == 0 else "could not be installed here"


def compare(rows: int, runs: int, python: Path | str | None) -> None:
    """Print the lines of the table for one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(folder, rows)
        measured("held", folder)
        found: dict[str, list[dict[str, float]]] = {}
        for run in range(runs):
            subprocess.run(["cp", "-r", folder / "held-store", folder / f"ours-{run}"], check=True)
            found.setdefault("ours", []).append(measured("ours", folder, run))
            if not run:
                measured("written", folder)
            for part in ("named", "default"):
                found.setdefault(part, []).append(measured(part, folder, run))
                subprocess.run(["rm", "-rf", folder / f"store-{part}-{run}"], check=True)
            subprocess.run(["rm", "-rf", folder / f"ours-{run}"], check=True)
            if isinstance(python, Path):
                mapping(folder)
                runner = "import runpy, sys; sys.argv = ['morph_kgc', 'morph.ini']; runpy.run_module('morph_kgc', run_name='__main__')"
                made = measured("morph", folder, run, [str(python), "-c", runner])
                for part in ("morph-named", "morph-default"):
                    loaded = measured(part, folder, run)
                    subprocess.run(["rm", "-rf", folder / f"store-{part}-{run}"], check=True)
                    both = {"seconds": made["seconds"] + loaded["seconds"]}
                    found.setdefault(part, []).append(both | {"MB": max(made["MB"], loaded["MB"])})
        statements = found["ours"][0]["statements"]
        ours = statistics.median(m["seconds"] for m in found["ours"])
        names = {
            "ours": "Joinedup, one command: checks, labels, short cuts, provenance, version", "named": "pyoxigraph bulk_load, named graph",
            "default": "pyoxigraph bulk_load, default graph", "morph-named": "morph-kgc and bulk_load, named graph",
            "morph-default": "morph-kgc and bulk_load, default graph",
        }  # fmt: skip
        for part, title in names.items():
            if part not in found:
                print(f"| {rows:,} | {title} | {python or 'left out'} | | | |", flush=True)
                continue
            seconds = statistics.median(m["seconds"] for m in found[part])
            peak = max((m.get("MB", 0) for m in found[part]), default=0)
            print(
                f"| {rows:,} | {title} | {seconds:.1f} | {statements / seconds:,.0f} | {seconds / ours:.2f} | {peak:,.0f} |",
                flush=True,
            )


def main() -> None:
    """Read the command line."""
    if sys.argv[1:2] == ["--part"]:
        found = work(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
        print(json.dumps(found))
        return
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, nargs="+", default=[100_000])
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--without-morph", action="store_true")
    options = asked.parse_args()
    print(
        "| findings | what | seconds | statements/s | its seconds : ours | MB at most |\n| ---: | --- | ---: | ---: | ---: | ---: |"
    )
    with tempfile.TemporaryDirectory() as name:
        python = None if options.without_morph else morph_in(Path(name))
        for rows in options.rows:
            compare(rows, options.runs if rows <= 100_000 else 1, python)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(REPOSITORY)
    main()
