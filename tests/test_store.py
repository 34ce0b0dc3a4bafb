"""The store on disk: what was acknowledged stays, what was not is whole or absent, and readers never see half."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.errors import StoreBusy, StoreUnusable
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.union import of_sources
from ontology.terms import JU, ONTOLOGY, RDF

Tables = Callable[..., Path]
Bytes = Callable[[Path], dict[str, str]]

BASE = "https://joinedup.example/id"
REPOSITORY = Path(__file__).parent.parent
COUNT = "print(open_store(sys.argv[1]).version, sum(1 for _ in open_store(sys.argv[1]).dataset().select('kinds')))"
LOAD = "load(open_store(sys.argv[1]), [Path(sys.argv[2])]); print('done')"


def python(code: str, *arguments: object, wait: bool = True) -> subprocess.Popen[str]:
    """Our code in a process of its own."""
    head = "import sys; from pathlib import Path; from graph.ingest.load import load; from graph.store import open_store\n"
    process = subprocess.Popen(
        [sys.executable, "-c", head + code, *map(str, arguments)],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    if wait:
        process.wait(60)
    return process


def answer(code: str, *arguments: object) -> list[str]:
    out, err = python(code, *arguments).communicate()
    assert not err, err
    return out.split()


def organisations(count: int, name: str = "O") -> str:
    return "id,name\n" + "".join(f"o{n},{name} {n}\n" for n in range(count))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "store"


# --- Opening ----------------------------------------------------------------------------------


def test_a_new_store_is_empty_and_asking_it_writes_nothing(place: Path) -> None:
    store = open_store(place)
    assert (store.version, len(store.dataset()), store.base) == (0, 0, "https://joinedup.example")
    assert not place.exists()


@pytest.mark.parametrize("content", ["notes.txt", "truth", "snapshots"])
def test_a_folder_that_holds_something_else_is_refused_and_left_alone(
    place: Path, content: str, bytes_of: Bytes
) -> None:
    place.mkdir()
    (place / content).write_text("mine", encoding="utf-8")
    before = bytes_of(place)
    with pytest.raises(StoreUnusable, match="is not a Joinedup store"):
        open_store(place)
    assert bytes_of(place) == before


def test_a_file_is_no_store_nor_a_place_for_one(tmp_path: Path, tables: Tables) -> None:
    file = tmp_path / "file"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(StoreUnusable, match="is not a Joinedup store"):
        open_store(file)
    with pytest.raises(StoreUnusable, match="cannot be made"):
        load(open_store(file / "store"), [tables(organisations="id,name\na,A\n")])


def test_an_empty_folder_may_become_a_store(place: Path, tables: Tables) -> None:
    place.mkdir()
    assert load(open_store(place), [tables(organisations="id,name\na,A\n")]).version == 1
    assert open_store(place).version == 1


def test_damaged_files_are_an_error_in_a_sentence(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables(organisations="id,name\na,A\n")])
    for file in (place / "snapshots" / "00000001").iterdir():
        file.unlink()
        file.write_bytes(b"damaged")
    with pytest.raises(StoreUnusable, match="damaged"):
        open_store(place).dataset()


def test_a_store_keeps_the_base_it_was_made_with(place: Path, tables: Tables) -> None:
    folder = tables(organisations="id,name\na,A\n")
    load(open_store(place, base="https://data.example.gov/"), [folder])
    again = open_store(place)
    assert again.base == again.dataset().base == "https://data.example.gov"
    assert again.dataset().label("https://data.example.gov/id/organisation/a") == "A"
    assert open_store(place, base="https://data.example.gov").version == 1
    with pytest.raises(StoreUnusable, match=r"live under https://data\.example\.gov"):
        open_store(place, base="https://other.example")


@pytest.mark.parametrize("base", ["not an address", "javascript:alert(1)", "https://x/<y>", "https://x/#y"])
def test_a_base_that_is_no_web_address_is_refused(place: Path, base: str) -> None:
    with pytest.raises(StoreUnusable, match="web address"):
        open_store(place, base=base)


def test_the_vocabulary_is_in_every_store_that_holds_anything(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables(organisations="id,name\na,A\n")])
    dataset = open_store(place).dataset()
    assert dataset.label(str(JU.blocks)) == "blocks"
    assert dataset.label("https://w3id.org/joinedup/concept/levels/front-line") == "Front line"
    assert dataset.label(f"{BASE}/nothing/at-all") == "at-all"


def test_the_vocabulary_of_two_stores_is_the_same_statements_because_nothing_in_it_is_without_a_name() -> (
    None
):
    one, other = (open_store("memory") for _ in range(2))
    for store in (one, other):
        store.replace({})
    graph = one.dataset().graph(ONTOLOGY)
    assert graph == other.dataset().graph(ONTOLOGY)
    assert len(graph) > 500
    assert not any(isinstance(term, ox.BlankNode) for quad in graph for term in (quad.subject, quad.object))


# --- Acknowledged is kept ---------------------------------------------------------------------


def test_what_a_load_acknowledged_is_there_in_a_new_process(place: Path, tables: Tables) -> None:
    folder = tables(organisations=organisations(50))
    assert answer(LOAD, place, folder) == ["done"]
    assert answer(COUNT, place) == ["1", "50"]


def test_only_a_few_snapshots_are_kept_and_the_newest_is_among_them(place: Path, tables: Tables) -> None:
    for n in range(1, 6):
        assert load(open_store(place), [tables(organisations=organisations(n))]).version == n
    assert sorted(p.name for p in (place / "snapshots").iterdir()) == ["00000003", "00000004", "00000005"]
    assert open_store(place).version == 5


def test_a_dataset_in_use_stays_as_it_was_while_newer_loads_come(place: Path, tables: Tables) -> None:
    store = open_store(place)
    load(store, [tables(organisations=organisations(1))])
    old = store.dataset()
    for n in range(2, 6):
        load(open_store(place), [tables(organisations=organisations(n, "N"))])
    assert old.label(f"{BASE}/organisation/o0") == "O 0"
    assert sum(1 for _ in old.select("kinds")) == 1
    assert store.dataset() is not old
    assert store.dataset().label(f"{BASE}/organisation/o0") == "N 0"


def test_a_new_version_is_seen_whether_the_folder_has_just_changed_or_long_ago(
    place: Path, tables: Tables
) -> None:
    store = open_store(place)
    assert store.version == 0
    for number in range(1, 4):
        load(open_store(place), [tables(organisations=organisations(number))])
        assert store.version == number
    snapshots = place / "snapshots"
    os.utime(snapshots, (1, 1))
    assert [store.version for _ in range(3)] == [3, 3, 3]
    (snapshots / "00000007").mkdir()
    assert store.version == 7
    (snapshots / "00000007").rmdir()
    assert store.version == 3
    shutil.rmtree(snapshots)
    assert store.version == 0


def test_the_same_version_is_the_same_object(place: Path, tables: Tables) -> None:
    store = open_store(place)
    load(store, [tables(organisations=organisations(1))])
    assert store.dataset() is store.dataset()


def test_a_store_in_memory_can_be_read_by_another_process_through_a_copy(example_store: Store) -> None:
    snapshot = example_store.snapshot()
    assert example_store.snapshot() == snapshot
    assert set(of_sources(ox.Store.read_only(str(snapshot)))) == set(example_store.dataset().backup_quads())


# --- Two at once ------------------------------------------------------------------------------


@pytest.fixture
def writer(place: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the store for writing until a line is sent to it."""
    code = "store = open_store(sys.argv[1])\nwith store.writing():\n    print('holds', flush=True); sys.stdin.readline()"
    process = python(code, place, wait=False)
    assert process.stdout
    assert process.stdout.readline() == "holds\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_told_so_in_a_sentence_and_the_first_goes_on(
    place: Path, tables: Tables, writer: subprocess.Popen[str]
) -> None:
    folder = tables(organisations=organisations(1))
    with pytest.raises(StoreBusy, match="Another process is loading into this store"):
        load(open_store(place), [folder])
    assert load(open_store(place), [folder], dry_run=True).sources[0].outcome == "added"
    writer.communicate("\n")
    assert load(open_store(place), [folder]).version == 1


def test_a_writer_that_was_killed_holds_nothing(
    place: Path, tables: Tables, writer: subprocess.Popen[str]
) -> None:
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    assert load(open_store(place), [tables(organisations=organisations(1))]).version == 1


def test_a_reader_sees_the_old_or_the_new_version_and_never_part_of_one(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables("a", organisations=organisations(100))])
    code = (
        "import time\nstore = open_store(sys.argv[1]); print('reads', flush=True); end = time.time() + 20\n"
        "while time.time() < end:\n"
        "    dataset = store.dataset(); seen = sum(1 for _ in dataset.select('kinds')); print(dataset.version, seen, flush=True)\n"
        "    if dataset.version == 4: break\n"
    )
    reader = python(code, place, wait=False)
    assert reader.stdout
    assert reader.stdout.readline() == "reads\n"
    for n in (2, 3, 4):
        load(open_store(place), [tables("a", organisations=organisations(n * 500))])
    out, err = reader.communicate(timeout=30)
    assert not err, err
    seen = {tuple(map(int, line.split())) for line in out.splitlines()}
    assert seen <= {(1, 100), (2, 1000), (3, 1500), (4, 2000)}
    assert (4, 2000) in seen


# --- Killed -----------------------------------------------------------------------------------


def state(place: Path) -> tuple[int, int]:
    store = open_store(place)
    return store.version, sum(1 for _ in store.dataset().select("kinds"))


def test_a_load_that_is_killed_leaves_all_of_the_old_or_all_of_the_new(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables("a", organisations=organisations(10))])
    started = time.monotonic()
    assert answer(LOAD, place, tables("a", organisations=organisations(500))) == ["done"]
    whole = time.monotonic() - started
    chance = random.Random(20140416)
    acknowledged, asked_for = 500, [500]
    for attempt in range(5):
        asked_for.append(600 + attempt)
        folder = tables("a", organisations=organisations(asked_for[-1]))
        version = state(place)[0]
        process = python(LOAD, place, folder, wait=False)
        time.sleep(whole * (0.5 + 0.5 * (attempt + chance.random()) / 5))
        os.killpg(process.pid, signal.SIGKILL)
        out, _ = process.communicate()
        if "done" in out:
            acknowledged = asked_for[-1]
        now, count = state(place)
        # Whole, and none older than the last that was acknowledged: one that was not may still have come to disk.
        assert count in asked_for[asked_for.index(acknowledged) :]
        assert version <= now <= version + 2
    assert (
        load(open_store(place), [tables("a", organisations=organisations(7))]).sources[0].outcome
        == "replaced"
    )
    assert state(place)[1] == 7


def test_a_first_load_that_is_killed_leaves_a_place_where_it_can_be_done_again(
    place: Path, tables: Tables
) -> None:
    folder = tables(organisations=organisations(500))
    started = time.monotonic()
    assert answer(LOAD, place.with_name("other"), folder) == ["done"]
    whole = time.monotonic() - started
    for part in (0.75, 0.9):
        process = python(LOAD, place, folder, wait=False)
        time.sleep(whole * part)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert state(place) in ((0, 0), (1, 500))
    load(open_store(place), [folder])
    assert state(place)[1] == 500


def test_a_load_killed_before_its_snapshot_is_published_before_another_builds_upon_it(
    place: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(open_store(place), [tables("a", organisations="id,name\na,A\n")])
    with monkeypatch.context() as patch:
        patch.setattr("graph.store.publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            load(open_store(place), [tables("b", organisations="id,name\nb,B\n")])
    assert open_store(place).dataset().describe(f"{BASE}/organisation/b") == []
    report = load(open_store(place), [tables("c", programmes="id,name,lead\np,P,b\n")])
    assert report.version == 3
    assert open_store(place).dataset().label(f"{BASE}/organisation/b") == "B"


def test_who_wrote_before_still_publishes_what_another_left_when_it_was_killed(
    place: Path, tables: Tables
) -> None:
    ours, other = open_store(place), open_store(place)
    load(ours, [tables(barriers="id,name\nb,One\n")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.store.publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            load(other, [tables(barriers="id,name\nb,Two\n")])
    assert ours.version == 1
    with ours.writing():
        assert ours.version == 2
        assert ours.dataset().label(f"{BASE}/barrier/b") == "Two"


def test_a_load_killed_before_it_was_synced_is_whole_for_the_next(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables("a", organisations=organisations(10))])
    code = (
        "import os, signal, graph.store\n"
        "def die(store, removed, added):\n    store.extend(added); os.kill(os.getpid(), signal.SIGKILL)\n"
        "graph.store.change = die\n"
    )
    python(
        code + LOAD,
        place,
        tables("b", programmes="id,name,lead\n" + "".join(f"p{n},P,o0\n" for n in range(300))),
    ).communicate()
    assert state(place) == (1, 10)
    # The next load may refer to what came to disk, so it is checked against all of it.
    load(open_store(place), [tables("c", dependencies="dependent,provider,kind\np0,p299,data\n")])
    assert state(place) == (3, 10 + 300)


def test_remains_of_an_unfinished_snapshot_are_no_obstacle(place: Path, tables: Tables) -> None:
    load(open_store(place), [tables("a", organisations="id,name\na,A\n")])
    (place / "snapshots" / "unfinished").mkdir()
    (place / "snapshots" / "unfinished" / "CURRENT").write_text("half", encoding="utf-8")
    assert load(open_store(place), [tables("b", organisations="id,name\nb,B\n")]).version == 2
    assert open_store(place).version == 2


# --- What a query of our own sees -------------------------------------------------------------


def test_a_statement_of_two_sources_is_one_statement_of_the_whole(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables("a", organisations="id,name\na,A\n"), tables("b", organisations="id,name\na,A\n")])
    assert [row["thing"] for row in store.dataset().select("kinds")] == [f"{BASE}/organisation/a"]
    types = [
        t for t in store.dataset().describe(f"{BASE}/organisation/a") if t.predicate.value == str(RDF.type)
    ]
    assert len(types) == 2


def test_a_parameter_is_bound_as_a_value_and_never_as_query_text(tables: Tables) -> None:
    from graph.dataset import bound

    text = "# $left alone\nSELECT ?x WHERE { ?x ?p $value ; ?q $iri ; ?r $day . FILTER (?n > $n) }"
    from datetime import date

    made = bound(
        text, {"value": 'a" } # \\ \n', "iri": ox.NamedNode("https://x/y"), "day": date(2014, 4, 16), "n": 2}
    )
    assert made == (
        '# $left alone\nSELECT ?x WHERE { ?x ?p "a\\" } # \\\\ \\n" ; ?q <https://x/y> ; '
        '?r "2014-04-16"^^<http://www.w3.org/2001/XMLSchema#date> . '
        'FILTER (?n > "2"^^<http://www.w3.org/2001/XMLSchema#integer>) }'
    )
    with pytest.raises(KeyError):
        bound("SELECT * { ?s ?p $missing }", {})
