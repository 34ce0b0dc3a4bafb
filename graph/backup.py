"""Backups: what a store says and who wrote it, in files that need no Joinedup to be read, and back into a store.

A backup is a folder: `statements.nq.gz` (N-Quads: every source as it was loaded, judgements, records of changes and the
catalogue), `audit.jsonl` where there is one, and `manifest.json` with the version, the number of statements and the
checksum of every file. It is written under another name and renamed once it is whole and on disk. Nobody is kept from
reading or loading meanwhile, as it is made from a snapshot. Tokens are not in it: they are let in anew.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from graph.audiences import forget
from graph.audit import FILE as AUDIT
from graph.audit import audited, sync_folder
from graph.errors import StoreBusy, StoreUnusable
from graph.room import told_of_room
from graph.store import Store, open_store
from graph.version import __version__
from ontology.terms import ONTOLOGY

MANIFEST, STATEMENTS = "manifest.json", "statements.nq.gz"
_FORMAT = 1
_TRIES = 5


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    format: int
    joinedup: str
    made: str
    base: str
    version: int
    statements: int
    files: dict[str, dict[str, Any]]
    """The bytes and the sha256 of each file, by its name."""


def back_up(store: Store, folder: Path) -> Manifest:
    """Write the newest version of a store into a new folder.

    Raises StoreUnusable where the store is empty or in memory, or the folder is there or cannot be made; DiskFull.
    """
    if store.path is None or not store.version:
        raise StoreUnusable("The store is empty or in memory, so there is nothing to back up.")
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreUnusable(f"{folder.name} is there already. Name a new folder for each backup.")
    if folder.is_relative_to(store.path.absolute()):
        raise StoreUnusable("The backup would lie within the store. Name a folder elsewhere.")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with told_of_room():
            unfinished.mkdir(parents=True, mode=0o700)
            manifest = _written(store, unfinished)
            if folder.exists():
                folder.rmdir()
            unfinished.rename(folder)
            sync_folder(folder.parent)
    except OSError:
        raise StoreUnusable(f"{folder.name} cannot be written here.") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What a backup says of itself. Raises StoreUnusable where it is none."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise StoreUnusable(
            f"{folder.name} is no backup, or its manifest is damaged. Name a folder that “joinedup backup” made."
        ) from None


def faults_of(folder: Path) -> list[str]:
    """What is wrong with the files of a backup, in sentences; nothing where it can be restored. Raises StoreUnusable."""
    manifest = read_manifest(folder)
    if manifest.format > _FORMAT:
        return [
            f"It was made by Joinedup {manifest.joinedup}, which writes backups that this version cannot read."
        ]
    found = []
    for name, said in manifest.files.items():
        try:
            with (folder / name).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != said["sha256"]:
                    found.append(f"{name} is not as it was written: its checksum differs.")
        except OSError:
            found.append(f"{name} is missing, or cannot be read.")
    if not found:
        try:
            count = sum(1 for _ in _statements(folder))
        except (OSError, EOFError, SyntaxError, ValueError):
            return [f"{STATEMENTS} cannot be read to its end."]
        if count != manifest.statements:
            found.append(
                f"{STATEMENTS} holds {count:,} statements, and the manifest says {manifest.statements:,}."
            )
    return found


def restore(folder: Path, location: str | Path | None, *, replace: bool = False) -> int:
    """Let a store hold what a backup holds, and nothing else; its new version, which follows both versions.

    All or nothing: the store is built anew beside the old one. Raises StoreUnusable where the backup is damaged, or the
    store is not empty and may not be replaced; StoreBusy and DiskFull.
    """
    manifest = read_manifest(folder)
    if wrong := faults_of(folder):
        raise StoreUnusable(f"The backup cannot be restored. {wrong[0]}")
    store = open_store(location)
    if store.path is None:
        raise StoreUnusable("A store in memory ends with this command. Name a folder.")
    if store.version and not replace:
        raise StoreUnusable(
            "The store is not empty. Name a new folder, or say --replace to lose what it holds."
        )
    with audited(store.path, "restore", version=manifest.version), store.writing():
        if store.version and not replace:
            raise StoreUnusable("The store is not empty any more. Nothing was restored.")
        new = not store.version
        store.base = manifest.base
        version = store.renew({}, _statements(folder), at_least=manifest.version + 1)
        forget(store)
        if new and AUDIT in manifest.files and not _holds_lines(store.path / AUDIT):
            shutil.copyfile(folder / AUDIT, store.path / AUDIT)
            (store.path / AUDIT).chmod(0o600)
    return version


def compact(store: Store) -> tuple[int, int, int]:
    """Build a store anew from what it says now, and keep no byte of what it said before; bytes before and after, version.

    What was removed, older versions among it, is gone from the folder; a process that has them open keeps them until
    it reads the new version. Raises StoreUnusable where there is nothing to compact, and StoreBusy.
    """
    if store.path is None or not store.version:
        raise StoreUnusable("The store is empty or in memory, so there is nothing to compact.")
    before = _size(store.path)
    with audited(store.path, "compact"), store.writing():
        truth = store.loaded()
        version = store.renew({}, (q for q in truth.backup_quads() if not _vocabulary(q)))
        forget(store)
    return before, _size(store.path), version


def _written(store: Store, folder: Path) -> Manifest:
    for attempt in range(_TRIES):
        try:
            source = store.loaded()
            break
        except StoreUnusable:  # loads that came meanwhile have removed the version that was to be opened
            if attempt == _TRIES - 1:
                raise StoreBusy("Loads follow each other too fast. Try again in a moment.") from None
    counted = 0

    def quads() -> Iterator[ox.Quad]:
        nonlocal counted
        for quad in source.backup_quads():
            if not _vocabulary(quad):
                counted += 1
                yield quad

    with (folder / STATEMENTS).open("wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=2, mtime=0) as packed:
            ox.serialize(quads(), cast(IO[bytes], packed), format=ox.RdfFormat.N_QUADS)
        raw.flush()
        os.fsync(raw.fileno())
    assert store.path
    if (log := store.path / AUDIT).exists():
        whole = log.read_bytes()
        _put(folder / AUDIT, whole[: whole.rfind(b"\n") + 1])
    manifest = Manifest(
        _FORMAT,
        __version__,
        datetime.now(UTC).isoformat(timespec="seconds"),
        source.base,
        source.version,
        counted,
        {path.name: _described(path) for path in sorted(folder.iterdir())},
    )
    _put(folder / MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
    sync_folder(folder)
    return manifest


def _statements(folder: Path) -> Iterator[ox.Quad]:
    with gzip.open(folder / STATEMENTS) as file:
        yield from ox.parse(cast(IO[bytes], file), format=ox.RdfFormat.N_QUADS, lenient=True)


def _vocabulary(quad: ox.Quad) -> bool:
    """Every store has its own, that of the software which last wrote it."""
    return isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value == ONTOLOGY


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _holds_lines(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _size(folder: Path) -> int:
    """The bytes on disk, each file once however many names it has."""
    found = {(s.st_ino, s.st_size) for p in folder.rglob("*") if p.is_file() for s in (p.stat(),)}
    return sum(size for _, size in found)
