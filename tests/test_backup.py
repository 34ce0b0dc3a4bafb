"""Backups come back whole or not at all, and what is erased leaves no byte behind."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph import extracts
from graph.audiences import view
from graph.backup import MANIFEST, STATEMENTS, back_up, compact, faults_of, read_manifest, restore
from graph.erasure import erase_interview, erase_source, of_interview
from graph.errors import Conflict, NotFound, StoreBusy, StoreUnusable
from graph.identity.judging import judge
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.verifying import verify

Tables = Callable[..., Path]
ROOT = Path(__file__).parents[1]


@pytest.fixture
def store(tmp_path: Path, tables: Tables, small: dict[str, str]) -> Store:
    """A store on disk in which two organisations were judged to be the same."""
    small["findings"] = (
        small["findings"].replace("They wait", "Quokkas wait").replace("They do", "Quokkas do")
    )
    small["organisations"] += "dea2,Dept for Example Affairs,ministerial-department\n"
    store = open_store(tmp_path / "store")
    load(store, [tables(**small)])
    judge(store, "organisation/dea", "organisation/dea2", verdict="same", by="tester", because="One.")
    return store


def said(store: Store) -> set[ox.Quad]:
    """What the sources, the judgements and the records of a store say, but for its own catalogue and vocabulary."""
    own = ("https://w3id.org/joinedup/",)
    return {q for q in store.loaded().backup_quads() if not str(q.graph_name)[1:].startswith(own)}


def test_a_backup_comes_back_as_it_was_with_judgements_and_the_log(store: Store, tmp_path: Path) -> None:
    made = back_up(store, tmp_path / "backup")
    version = restore(tmp_path / "backup", tmp_path / "other")
    other = open_store(tmp_path / "other")
    assert version == other.version == made.version + 1
    assert said(other) == said(store)
    assert set(other.dataset().labels) >= set(store.dataset().labels), "the same things are merged again"
    assert len(other.dataset()) - len(store.dataset()) < 5
    before = (store.path / "audit.jsonl").read_text().splitlines()  # type: ignore[operator]
    after = (tmp_path / "other" / "audit.jsonl").read_text().splitlines()
    assert after[: len(before)] == before and len(after) > len(before)
    assert verify(other).wrong == []


def test_a_backup_can_be_read_without_joinedup(store: Store, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / MANIFEST).read_text())
    lines = gzip.decompress((tmp_path / "backup" / STATEMENTS).read_bytes()).splitlines()
    assert len(lines) == manifest["statements"] > 50
    assert set(manifest["files"]) == {STATEMENTS, "audit.jsonl"}


def test_a_backup_is_never_put_over_another_nor_into_the_store(store: Store, tmp_path: Path) -> None:
    back_up(store, tmp_path / "backup")
    with pytest.raises(StoreUnusable, match="is there already"):
        back_up(store, tmp_path / "backup")
    with pytest.raises(StoreUnusable, match="within the store"):
        back_up(store, tmp_path / "store" / "backup")
    with pytest.raises(StoreUnusable, match="nothing to back up"):
        back_up(open_store(tmp_path / "empty"), tmp_path / "another")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup", "store", "tables"]


def test_a_backup_is_made_while_somebody_writes(store: Store, tmp_path: Path) -> None:
    with store.writing():
        made = back_up(open_store(tmp_path / "store"), tmp_path / "backup")
    assert faults_of(tmp_path / "backup") == [] and made.version == store.version


@pytest.mark.parametrize("harm", ["a byte", "a file", "the end", "the count", "the manifest"])
def test_a_damaged_backup_is_told_and_changes_no_store(store: Store, tmp_path: Path, harm: str) -> None:
    backup = tmp_path / "backup"
    back_up(store, backup)
    manifest = json.loads((backup / MANIFEST).read_text())
    data = (backup / STATEMENTS).read_bytes()
    if harm == "a byte":
        (backup / STATEMENTS).write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    elif harm == "the end":
        (backup / STATEMENTS).write_bytes(data[:-20])
    elif harm == "a file":
        (backup / STATEMENTS).unlink()
    elif harm == "the count":
        (backup / MANIFEST).write_text(json.dumps({**manifest, "statements": 3}))
    else:
        (backup / MANIFEST).write_text("{")
    version, before = store.version, said(store)
    with pytest.raises(StoreUnusable, match=r"cannot be restored|is no backup"):
        restore(backup, tmp_path / "store", replace=True)
    assert (store.version, said(store)) == (version, before)


def test_a_store_that_holds_something_is_only_replaced_when_told(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    back_up(store, backup)
    before = said(store)
    erase_source(store, "programmes.csv", anyway=True)
    assert said(store) != before
    with pytest.raises(StoreUnusable, match="not empty"):
        restore(backup, tmp_path / "store")
    version = restore(backup, tmp_path / "store", replace=True)
    again = open_store(tmp_path / "store")
    assert again.version == version > store.loaded().version - 1 and said(again) == before


def test_a_restore_that_is_killed_leaves_the_old_or_the_new(store: Store, tmp_path: Path) -> None:
    backup, before = tmp_path / "backup", said(store)
    back_up(store, backup)
    erase_source(store, "programmes.csv", anyway=True)
    erased = said(store)
    code = f"from pathlib import Path; from graph.backup import restore; restore(Path({str(backup)!r}), {str(tmp_path / 'store')!r}, replace=True)"
    outcomes = set()
    for wait in (0.4, 0.6, 0.8, None):
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
        if wait:
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        process.wait()
        now = open_store(tmp_path / "store")
        with now.writing():
            pass
        found = said(now)
        assert found in (before, erased)
        outcomes.add(found == before)
        assert verify(now).wrong == []
    assert True in outcomes


def test_nothing_of_an_erased_interview_is_left_in_the_folder(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert hits(folder, b"Quokkas")
    view(store, "analyst").snapshot()  # kept beside the store, and has the interview too
    quads = of_interview(store.loaded(), "i1")
    assert {"Quokkas wait", "Quokkas do not"} <= {
        q.object.value for q in quads if isinstance(q.object, ox.Literal)
    }
    done = erase_interview(store, "i1")
    assert done.findings == 2 and done.statements == len(quads)
    for word in (b"Quokkas", b"interview/i1", b"finding/f1", b"finding/f2"):
        assert (word, hits(folder, word)) == (word, [])
    assert not of_blocks(store), "a short cut goes with the last finding that bears it out"
    assert store.dataset().labels["https://joinedup.example/id/programme/skills"] == "Skills"
    with pytest.raises(NotFound):
        of_interview(store.loaded(), "i1")
    assert verify(store).wrong == []


def test_who_still_reads_an_older_version_writes_nothing_of_what_was_erased(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "LEAST", 0)
    folder = tmp_path / "store"
    reader = open_store(folder)
    older = reader.dataset(), view(reader, "analyst").dataset()
    for dataset in older:  # whose files are open from then on
        _ = dataset.columns("evidence"), dataset.labels
    assert list(folder.rglob("*.arrow")), "it is kept as long as it may be"
    erase_interview(store, "i1")
    for dataset in older:
        assert "Quokkas wait" in str(dataset.columns("searching").rows()) or dataset.audience == "analyst"
    assert list(folder.rglob("*.arrow")) == []


def test_a_source_that_others_need_is_erased_only_when_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="findings"):
        erase_source(store, "barriers.csv")
    erase_source(store, "findings.csv")
    erase_source(store, "barriers.csv")
    assert hits(tmp_path / "store", b"Late data") == []


def test_compacting_keeps_what_is_said_and_drops_old_versions(store: Store, tmp_path: Path) -> None:
    before, version = said(store), store.version
    _, _, after = compact(store)
    assert said(store) == before and after == version + 1
    assert [p.name for p in (tmp_path / "store" / "snapshots").glob("[0-9]*[0-9]")] == [f"{after:08d}"]


def test_verifying_finds_damage_to_the_files_and_to_the_log(store: Store, tmp_path: Path) -> None:
    assert verify(store).wrong == []
    log = tmp_path / "store" / "audit.jsonl"
    log.write_text(log.read_text().replace('"judge"', '"nudge"', 1))
    assert any("log" in sentence for sentence in verify(store).wrong)
    tables = [p for p in (tmp_path / "store" / "snapshots").rglob("*.sst") if p.stat().st_size > 200]
    for table in tables:
        table.chmod(0o600)
        table.write_bytes(b"x" * table.stat().st_size)
    assert any("cannot be read" in sentence for sentence in verify(store).wrong)


def test_verify_holds_others_off_so_it_does_not_open_what_is_written(store: Store) -> None:
    with store.writing(), pytest.raises(StoreBusy):
        verify(open_store(store.path))


def hits(folder: Path, word: bytes) -> list[str]:
    """The files below a folder in whose bytes a word is."""
    return [p.name for p in folder.rglob("*") if p.is_file() and word in p.read_bytes()]


def of_blocks(store: Store) -> list[ox.Quad]:
    """The short cuts from barriers to programmes."""
    return list(store.dataset().quads_of("https://w3id.org/joinedup/ontology#blocks"))


def test_a_manifest_is_read_as_it_was_written(store: Store, tmp_path: Path) -> None:
    made = back_up(store, tmp_path / "backup")
    assert read_manifest(tmp_path / "backup") == made
    shutil.rmtree(tmp_path / "backup")
    with pytest.raises(StoreUnusable, match="no backup"):
        read_manifest(tmp_path / "backup")
