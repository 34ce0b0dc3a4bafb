"""Replacing a large source: only what differs is changed, however it is written, and all of it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.bulk import Bulk, bulk_load, difference, subjects_with
from graph.ingest.load import load
from graph.store import open_store

Tables = Callable[..., Path]

BASE = "https://joinedup.example/id"
REPOSITORY = Path(__file__).parent.parent
GRAPH = ox.NamedNode(f"{BASE}/source/t-findings.csv")
TERMS = st.one_of(
    st.sampled_from([ox.NamedNode(f"{BASE}/a"), ox.NamedNode(f"{BASE}/é")]),
    st.builds(ox.Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)),
    st.builds(lambda text: ox.Literal(text, language="en"), st.sampled_from(["a", 'a "b" \\', "a\tb\nc"])),
    st.builds(ox.Literal, st.integers(-3, 3)),
)
QUADS = st.builds(
    lambda subject, value: ox.Quad(ox.NamedNode(f"{BASE}/{subject}"), ox.NamedNode(f"{BASE}/says"), value, GRAPH),
    st.sampled_from("abc"), TERMS,
)  # fmt: skip


def bulk(quads: set[ox.Quad], escaped: bool = False) -> Bulk:
    """The statements as pieces of one line, the last of which comes twice; escaped: written with \\u where it may be."""

    def pieces() -> Iterator[bytes]:
        lines = [ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"" for quad in quads]
        for line in [*lines, *lines[-1:]]:
            yield line if not escaped else "".join(
                c if c.isascii() else f"\\U{ord(c):08X}" for c in line.decode()
            ).encode()  # fmt: skip

    return Bulk(len(quads), pieces)


@given(st.sets(QUADS, max_size=6), st.sets(QUADS, max_size=6), st.booleans())
def test_the_difference_of_lines_is_that_of_the_statements(
    old: set[ox.Quad], new: set[ox.Quad], escaped: bool
) -> None:
    store = ox.Store()
    bulk_load(store, bulk(old).pieces())
    store.add(ox.Quad(ox.NamedNode(f"{BASE}/a"), ox.NamedNode(f"{BASE}/says"), ox.Literal("elsewhere"), ox.NamedNode(f"{BASE}/g")))  # fmt: skip
    assert difference(store, GRAPH.value, bulk(new, escaped)) == (old - new, new - old)


@given(st.sets(QUADS, max_size=6))
def test_the_subjects_of_lines_are_those_of_the_statements(quads: set[ox.Quad]) -> None:
    assert set(subjects_with(bulk(quads), f"{BASE}/says")) == {q.subject.value for q in quads}
    assert set(subjects_with(bulk(quads), f"{BASE}/denies")) == set()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_replacement_that_is_killed_leaves_all_of_the_old_or_becomes_all_of_the_new(
    tables: Tables, tmp_path: Path, small: dict[str, str], when: str
) -> None:
    def findings(severity: int) -> str:
        head = "id,programme,barrier,stance,severity,interview,summary\n"
        return head + "".join(f"f{n},skills,data,supports,{severity},i1,They wait {n}\n" for n in range(500))

    place = tmp_path / "store"
    folder = tables("t", **(small | {"findings": findings(3)}))
    load(open_store(place), [folder])
    tables("t", findings=findings(4))
    code = (
        "import os, signal, sys; from pathlib import Path; import graph.store as s; from graph.ingest import files\n"
        "from graph.ingest.load import load\n"
        "files.LARGE = 0; done = s.change\n"
        "def change(*args):\n"
        f"    {'done(*args)' if when == 'after' else 'pass'}\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "s.change = change\n"
        "load(s.open_store(sys.argv[1]), [Path(sys.argv[2])])\n"
    )
    command = [sys.executable, "-c", code, str(place), str(folder / "findings.csv")]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL

    def severities() -> dict[str, int]:
        query = (
            "SELECT ?s (COUNT(*) AS ?n) { ?f <https://w3id.org/joinedup/ontology#severity> ?s } GROUP BY ?s"
        )
        return {row["s"]: int(row["n"]) for row in open_store(place).dataset().solutions(query)[1]}

    three, four = "3", "4"
    assert severities() == {three: 500}  # readers keep the old version
    with open_store(place).writing():
        pass
    assert severities() == ({four: 500} if when == "after" else {three: 500})
    load(open_store(place), [folder / "findings.csv"])
    assert severities() == {four: 500}
