"""A store whose truth is in an engine: the same rows as from a folder, nothing lost, and nothing taken for what it is not."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from graph import replica
from graph.analysis import analyses
from graph.audiences import view
from graph.backup import back_up, compact, restore
from graph.dataset import Dataset
from graph.editing import Editor
from graph.engine import USER, Engine
from graph.erasure import erase_source
from graph.errors import StoreBusy, StoreUnusable
from graph.identity.judging import judge, undo
from graph.ingest.load import load
from graph.moving import move
from graph.questions import answer, questions
from graph.replica import STATE
from graph.store import Store, open_store
from graph.verifying import verify

Tables = Callable[..., Path]
At = Callable[..., Store]
REPOSITORY = Path(__file__).parents[2]
EXAMPLE = [REPOSITORY / "examples" / name for name in ("major-projects", "deep-dive")]
_MOMENT = r"\d{4}-\d\d-\d\dT"
G = ox.NamedNode("https://joinedup.example/id/source/g")


def said(store: Store) -> list[str]:
    """Every statement but those that say when it was written."""
    return sorted(
        line
        for quad in store.dataset().backup_quads()
        if not re.search(r"modified|generatedAtTime|endedAtTime|startedAtTime", line := str(quad))
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The example in a folder."""
    store = open_store(tmp_path_factory.mktemp("plain") / "store")
    load(store, EXAMPLE)
    return store


def everything(dataset: Dataset) -> dict[str, object]:
    """The rows of every analysis and of every question that needs no choice."""
    found: dict[str, object] = {
        name: [asdict(row) for row in analysis.run(dataset).rows] for name, analysis in analyses().items()
    }
    for number in questions():
        rows = answer(dataset, number).rows  # but for the moments at which files were loaded
        found[str(number)] = [{k: v for k, v in row.items() if not re.match(_MOMENT, v)} for row in rows]
    return found


def test_every_analysis_and_question_gives_the_same_rows_as_from_a_folder(at: At, plain: Store) -> None:
    load(at("one"), EXAMPLE)
    there = at("two")  # which has only what the engine gave it
    assert said(there) == said(plain)
    assert everything(there.dataset()) == everything(plain.dataset())
    for audience in ("public", "analyst"):
        assert view(there, audience).dataset().labels == view(plain, audience).dataset().labels
    assert verify(there).wrong == []


def test_what_one_writes_the_others_read_at_the_same_version(
    at: At, tables: Tables, small: dict[str, str]
) -> None:
    one, two = at("one"), at("two")
    load(one, [tables("t", **small)])
    made = judge(
        one, "programme/skills", "programme/homes", verdict="same", by="lead", because="one programme"
    )
    two.follow()
    assert (two.version, said(two)) == (one.version, said(one))
    undo(two, made.number, by="lead")
    with Editor(two) as editor:
        editor.update(
            "INSERT DATA { <http://e/a> <http://e/b> 'x', 007, 2.50, true, '2014-01-20'^^xsd:date }",
            base_iri="http://e/",
        )
    load(two, [tables("u", organisations="id,name\nnew,New\n")])
    one.follow()
    assert (two.version, said(two)) == (one.version, said(one))
    erase_source(one, next(g for g in one.dataset().graphs() if g.endswith("u-organisations.csv")))
    two.follow()
    assert (two.version, said(two)) == (one.version, said(one))
    assert "New" not in two.dataset().labels.values()
    assert at("three").version == one.version and said(at("three")) == said(one)


def test_blank_nodes_and_text_of_any_kind_come_as_they_were_written(at: At) -> None:
    one, node, other = at("one"), ox.BlankNode(), ox.BlankNode()
    p = ox.NamedNode("http://e/p")
    values = ["", "é\n\t\"'\\", "\U0001f600 \u202e", "x" * 70_000, "<b>&amp;", "{ } ?x $y ;"]
    quads = {ox.Quad(ox.NamedNode(f"http://e/{n}"), p, ox.Literal(text), G) for n, text in enumerate(values)}
    quads |= {ox.Quad(node, p, other, G), ox.Quad(other, p, ox.Literal("in German", language="de"), G)}
    with one.writing():
        one.replace({G.value: quads})
    two = at("two")
    assert two.dataset().graph(G.value) == one.dataset().graph(G.value) == quads
    with two.writing():
        two.change({ox.Quad(node, p, ox.Literal("more"), G)}, {ox.Quad(node, p, other, G)})
    one.follow()
    assert one.dataset().graph(G.value) == two.dataset().graph(G.value)
    assert len(one.dataset().graph(G.value)) == len(quads)


def test_two_who_write_at_once_lose_nothing(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = at("one"), at("two")
    p = ox.NamedNode("http://e/p")

    def wrote(store: Store, text: str) -> None:
        with store.writing():
            store.change({ox.Quad(p, p, ox.Literal(text), G)}, set())

    wrote(one, "first")
    commit = replica.Replica.commit

    def overtaken(self: replica.Replica, *arguments: object) -> None:
        monkeypatch.setattr(replica.Replica, "commit", commit)
        wrote(two, "second")  # between what the first one read and what it writes
        commit(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replica.Replica, "commit", overtaken)
    with pytest.raises(StoreBusy, match="Somebody else"):
        wrote(one, "third")
    wrote(one, "fourth")
    two.follow()
    for store in (one, two, at("three")):
        found = {q.object.value for q in store.dataset().graph(G.value)}  # type: ignore[union-attr]
        assert found == {"first", "second", "fourth"}


@pytest.mark.parametrize("call", ["update", "add"])
def test_a_load_that_is_killed_anywhere_is_whole_or_absent_for_the_next(
    at: At,
    environment: Callable[[str], dict[str, str]],
    engine: str,
    tables: Tables,
    small: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    call: str,
) -> None:
    """Killed at a request of a kind, before it is sent or after it was answered: the first, one amid, the last."""
    monkeypatch.setattr(replica, "_STALE", 0.0)
    more = "id,name\n" + "".join(f"o{n},O {n}\n" for n in range(200))
    load(at("next"), [tables("t", **small)])
    code = f"""
import os, signal, sys
from pathlib import Path
from graph.engine import Engine
from graph.ingest.load import load
from graph.store import open_store
store, at, sent, done = open_store(sys.argv[1]), float(sys.argv[3]), [0], Engine.{call}
def counted(self, *arguments):
    sent[0] += 1
    if sent[0] - 0.5 == at: os.kill(os.getpid(), signal.SIGKILL)
    answer = done(self, *arguments)
    if sent[0] == at: os.kill(os.getpid(), signal.SIGKILL)
    return answer
Engine.{call} = counted
load(store, [Path(sys.argv[2])])
print(sent[0])
"""

    def run(file: Path, at: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, engine, str(file), str(at)],
            env={**environment("killed"), "PYTHONPATH": str(REPOSITORY)},
            cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    whole = run(tables("whole", organisations=more), 0)
    requests = int(whole.stdout or 0)
    assert requests, whole.stderr
    outcomes = []
    for number, when in enumerate((0.5, requests // 2 + 0.5, requests - 0.5, requests)):
        name = f"k{number}"
        found = run(tables(name, organisations=more.replace("\no", f"\n{name}-")), when)
        assert found.returncode == -signal.SIGKILL, found.stderr
        store = at("next")
        with store.writing():  # whoever writes next finishes or withdraws
            store.change({ox.Quad(G, G, ox.Literal(name), G)}, set())
        there = sum(f"/organisation/{name}-" in iri for iri in store.dataset().labels)
        assert there in (0, 200)
        outcomes.append(there)
        left = f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), '{STATE}/')) }}"
        assert Engine(engine).select(left) == [], "nothing stays beside"
    assert outcomes[0] == 0
    assert said(at("fresh")) == said(store)
    assert verify(store).wrong == []


def test_an_engine_that_holds_something_else_is_not_believed(
    at: At, engine: str, tables: Tables, small: dict[str, str]
) -> None:
    one = at("one")
    load(one, [tables("t", **small)])
    name = next(g for g in one.dataset().graphs() if g.endswith("t-programmes.csv"))
    Engine(engine).update(
        f"INSERT DATA {{ GRAPH <{name}> {{ <http://e/a> <http://e/b> 'from elsewhere' }} }}"
    )
    with pytest.raises(StoreUnusable, match=r"t-programmes\.csv.*others who write"):
        at("two")
    assert "from elsewhere" not in "".join(said(one))
    Engine(engine).update(f"CLEAR SILENT GRAPH <{STATE}>")
    with pytest.raises(StoreUnusable, match="does not hold what the copy"):
        load(one, [tables("u", organisations="id,name\nnew,New\n")])
    assert "t-programmes" in "".join(said(one)), "the copy stays, to be backed up"


def test_a_store_is_moved_to_an_engine_and_back_with_its_versions_and_judgements(
    at: At, tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "folder", base="https://data.example.gov")
    load(store, [tables("t", **small)])
    judge(store, "programme/skills", "programme/homes", verdict="same", by="lead", because="one programme")
    there = at("one")
    done = move(store, there)
    assert (done.version, there.base) == (there.version, store.base) == (3, "https://data.example.gov")
    with pytest.raises(StoreUnusable, match="not empty"):
        move(store, there)
    again = at("two")
    assert (again.base, again.version) == (there.base, there.version)
    assert again.dataset().labels == store.dataset().labels
    back = open_store(tmp_path / "back")
    assert move(again, back).statements > done.statements - 9
    assert back.dataset().labels == store.dataset().labels
    assert verify(back).wrong == []


def test_a_backup_goes_back_into_an_engine_and_compacting_renews_what_it_holds(
    at: At, tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = at("one")
    load(store, [tables("t", **small)])
    back_up(store, tmp_path / "backup")
    load(store, [tables("u", organisations="id,name\nnew,New\n")])
    compact(store)
    two = at("two")
    assert (two.version, said(two)) == (store.version, said(store))
    restore(tmp_path / "backup", two.location, replace=True)
    two.follow()
    assert "New" not in two.dataset().labels.values()
    assert said(at("three")) == said(two)


def test_two_servers_on_one_engine_give_the_same_versions_and_take_each_others_writes(
    engine: str, environment: Callable[[str], dict[str, str]], at: At
) -> None:
    load(at("loader"), EXAMPLE[1:])
    query = {"query": "SELECT ?o { <http://e/a> <http://e/b> ?o }"}
    servers = []
    try:
        for name in ("one", "two"):
            command = [
                sys.executable,
                "-c",
                "from api.cli import main; main()",
                "serve",
                "--store",
                engine,
                "--port",
                "0",
                "--allow-writing",
            ]
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environment(name)
            )
            servers.append(process)
        addresses = []
        for process in servers:
            assert process.stdout
            match = re.search(r"http://\S+?(?=/ )", process.stdout.readline())
            assert match
            addresses.append(match[0])
        one, two = addresses
        etags = {httpx.get(f"{a}/sparql", params=query).headers["etag"] for a in addresses}
        assert len(etags) == 1
        for number, (writer, reader) in enumerate([(one, two), (two, one), (one, two)]):
            for _ in range(20):  # until it has taken over what the other one wrote
                done = httpx.post(
                    f"{writer}/sparql",
                    data={"update": f"INSERT DATA {{ <http://e/a> <http://e/b> {number} }}"},
                )
                if done.status_code == 204:
                    break
                time.sleep(0.2)
            assert done.status_code == 204, done.text
            end = time.monotonic() + 10
            while time.monotonic() < end:
                got = httpx.get(
                    f"{reader}/sparql", params=query, headers={"Accept": "application/sparql-results+json"}
                )
                if {b["o"]["value"] for b in got.json()["results"]["bindings"]} == {
                    str(n) for n in range(number + 1)
                }:
                    break
                time.sleep(0.1)
            else:
                pytest.fail("what the one wrote does not reach the other")
        assert len({httpx.get(f"{a}/sparql", params=query).headers["etag"] for a in addresses} - etags) == 1
    finally:
        for process in servers:
            with process:
                process.terminate()


def test_what_is_wrong_with_an_engine_is_said_in_a_sentence(
    engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    with pytest.raises(StoreUnusable, match="cannot be reached"):
        open_store("http://127.0.0.1:9/")
    with pytest.raises(StoreUnusable, match="Leave user and password out"):
        open_store(engine.replace("://", "://me:secret@"))
    if Engine(engine)._tried("POST", f"{engine}/sparql-auth", data={"update": "INSERT DATA {}"}).is_success:
        monkeypatch.delenv(USER)
        with pytest.raises(StoreUnusable, match=f"Set {USER}"):
            open_store(engine)
    assert os.environ["XDG_DATA_HOME"].endswith("none")


def test_the_command_moves_loads_and_asks(
    engine: str, environment: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    def run(*arguments: str) -> str:
        command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
        done = subprocess.run(
            command,
            env=environment("cli"),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("load", str(EXAMPLE[1]), "--store", str(tmp_path / "folder"))
    assert "same on both" in " ".join(run("move", "--from", str(tmp_path / "folder"), "--to", engine).split())
    asked = [
        json.loads(run("shared-blockers", "--store", store, "--format", "json"))["rows"]
        for store in (engine, str(tmp_path / "folder"))
    ]
    assert asked[0] == asked[1] and asked[0]
