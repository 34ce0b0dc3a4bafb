"""Publication into a folder: renewed without a byte of what was taken back, refused where it would do harm, and as a command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.errors import BadParameter, StoreUnusable
from graph.ingest.load import load
from graph.publication import publish
from graph.store import open_store
from ontology.terms import SKOS
from tests.test_publication import (
    BASE,
    FIELD,
    OPEN,
    Tables,
    changed,
    edges,
    filled,
    marked,
    says,
)

# --- Renewing ---------------------------------------------------------------------------------


def test_renewing_leaves_no_byte_of_what_is_not_public_any_more(tables: Tables, tmp_path: Path) -> None:
    folder, word = tmp_path / "public", b"Zyzzyva Programme"
    store = changed(
        filled(tables),
        lambda quads: [
            ox.Quad(q.subject, q.predicate, ox.Literal(word.decode()), q.graph_name)
            if says(q, "programme/homes", SKOS.prefLabel)
            else q
            for q in quads
        ],
    )

    def holding() -> list[str]:
        return [p.name for p in folder.rglob("*") if p.is_file() and word in p.read_bytes()]

    for _ in range(3):
        publish(store, folder)
    assert holding(), "the scan finds it while it is there"
    reader = open_store(folder)
    before = reader.dataset()
    assert f"{BASE}/programme/homes" in before.labels
    report = publish(marked(store, {"open-programmes.csv": "official"}), folder)
    assert holding() == []
    assert report.version == 4
    assert reader.dataset().version == 4, "a reader that was there before sees the new one"
    assert f"{BASE}/programme/homes" not in reader.dataset().labels
    assert [p.name for p in (folder / "snapshots").iterdir()] == ["00000004"]
    assert sorted(p.name for p in folder.iterdir()) == ["lock", "snapshots", "truth"]


def test_a_renewal_that_was_killed_before_its_last_step_is_finished_by_the_next_writer(
    tables: Tables, tmp_path: Path
) -> None:
    store, folder = filled(tables), tmp_path / "public"
    publish(store, folder)
    (folder / "truth").rename(folder / "fresh")
    target = open_store(folder)
    with target.writing():
        assert (folder / "truth").exists()
    assert publish(store, folder).version == 2
    assert edges(open_store(folder).dataset().backup_quads()) == {"late skills"}


def test_a_renewal_that_cannot_remove_what_was_there_says_so(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, folder = filled(tables), tmp_path / "public"
    publish(store, folder)
    monkeypatch.setattr("graph.store.shutil.rmtree", lambda *_, **__: None)
    with pytest.raises(StoreUnusable, match="cannot be removed"):
        publish(store, folder)


# --- What is refused --------------------------------------------------------------------------


def test_a_folder_that_holds_a_working_store_or_something_else_is_left_as_it_is(
    tables: Tables, tmp_path: Path, bytes_of: Callable[[Path], dict[str, str]]
) -> None:
    store, working = filled(tables), tmp_path / "working"
    load(
        open_store(working),
        [tables("open2", programmes="id,name,lead\nrail,Rail,dfe\n", organisations="id,name\ndfe,D\n")],
    )
    papers = tables("papers", notes="a,b\n")
    for folder, message in ((working, "not a publication"), (papers, "not a Joinedup store")):
        before = bytes_of(folder)
        with pytest.raises(StoreUnusable, match=message):
            publish(store, folder)
        assert bytes_of(folder) == before


def test_a_store_is_not_published_into_itself_or_its_own_folders(tables: Tables, tmp_path: Path) -> None:
    place = tmp_path / "around" / "store"
    store = open_store(place)
    load(
        store, [tables("open2", programmes="id,name,lead\nrail,Rail,dfe\n", organisations="id,name\ndfe,D\n")]
    )
    (tmp_path / "alias").symlink_to(place)
    for folder in (place, place / "public", place.parent, tmp_path / "alias"):
        with pytest.raises(StoreUnusable, match="into itself"):
            publish(store, folder)


def test_what_cannot_be_published_is_refused_in_a_sentence(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables)
    with pytest.raises(BadParameter, match="two interviews are the fewest"):
        publish(store, tmp_path / "public", least=1)
    with pytest.raises(StoreUnusable, match="empty"):
        publish(open_store("memory"), tmp_path / "public")
    assert not (tmp_path / "public").exists()
    publish(store, tmp_path / "public")
    with pytest.raises(StoreUnusable, match="is a publication"):
        publish(open_store(tmp_path / "public"), tmp_path / "again")
    elsewhere = open_store("memory", base="https://data.example.gov")
    load(
        elsewhere,
        [tables("open2", programmes="id,name,lead\nrail,Rail,dfe\n", organisations="id,name\ndfe,D\n")],
    )
    with pytest.raises(StoreUnusable, match=r"live under https://joinedup\.example"):
        publish(elsewhere, tmp_path / "public")


def test_nothing_is_loaded_into_a_publication(tables: Tables, tmp_path: Path) -> None:
    publish(filled(tables), tmp_path / "public")
    for dry_run in (False, True):
        with pytest.raises(StoreUnusable, match="This store is a publication"):
            load(open_store(tmp_path / "public"), [tables("field")], dry_run=dry_run)


# --- The command ------------------------------------------------------------------------------


def joinedup(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=120,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(Path(__file__).parent.parent)},
    )


def test_the_command_says_how_many_of_how_many_and_refuses_in_a_sentence(
    tables: Tables, tmp_path: Path
) -> None:
    folders = [tables("open", **OPEN), tables("field", **FIELD)]
    assert joinedup("load", *folders, "--store", "s", cwd=tmp_path).returncode == 0
    nothing = joinedup("publish", "memory", "--store", "s", cwd=tmp_path)
    assert nothing.returncode == 0
    assert "0 of 2 edges published" in nothing.stdout
    assert "No source is marked public." in nothing.stderr
    assert (tmp_path / "memory" / "truth").is_dir(), "memory is a folder like any other here"
    assert joinedup("load", folders[0], "--store", "s", "--marking", "public", cwd=tmp_path).returncode == 0
    done = joinedup("publish", "p", "--store", "s", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "1 of 2 edges published; the others rest on fewer than 3 interviews or name something that is not public."
        in done.stdout
    )
    assert "6 of 13 sources published. The publication is at version 1." in done.stdout
    assert re.search(r"open/recommendations\.csv\s+│ in part", done.stdout)
    two = joinedup("publish", "p", "--store", "s", "--least", "2", cwd=tmp_path)
    assert "2 of 2 edges published; " in two.stdout
    assert "another threshold" in two.stderr
    assert joinedup("publish", "p", "--store", "s", "--least", "1", cwd=tmp_path).returncode == 2
    for arguments, words in (
        (("publish", "s", "--store", "s"), "A store cannot be published into itself."),
        (("publish", "open", "--store", "s"), "open is not a Joinedup store."),
        (("publish", "q", "--store", "p"), "This store is a publication."),
        (("publish", "q", "--store", "new"), "The store is empty"),
        (("load", "open", "--store", "p"), "This store is a publication."),
    ):
        refused = joinedup(*arguments, cwd=tmp_path)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
