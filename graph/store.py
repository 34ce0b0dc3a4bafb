"""The store: one truth on disk, one writer, and a snapshot of each version for everyone who reads.

A store folder holds `truth/` (RocksDB through Oxigraph), `snapshots/<version>/` (hard links, read-only)
and `lock`. A load changes the truth in one transaction, syncs it, then makes the next snapshot; readers,
other processes among them, open the newest snapshot and so never see half a load nor hold a lock. The truth keeps
every source as it was loaded; in a snapshot, things that were judged to be the same stand under one IRI.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from threading import Lock

import pyoxigraph as ox
from filelock import FileLock, Timeout
from platformdirs import user_data_path

from graph.at_once import change, lines
from graph.audit import account, settle
from graph.behalf import behalf, check_condition
from graph.bulk import Bulk, bulk_load, difference
from graph.dataset import Dataset
from graph.errors import StoreBusy, StoreUnusable
from graph.identity.merging import judged, merge
from graph.identity.record import judgements_of
from graph.room import told_of_room
from graph.vocabulary import vocabulary
from ontology.terms import DCTERMS, DEFAULT_BASE, ONTOLOGY, XSD

CATALOGUE = ox.NamedNode("https://w3id.org/joinedup/store")
"""The graph that says which version the store is at and under which base its things live."""
_VERSION = ox.NamedNode("http://www.w3.org/2002/07/owl#versionInfo")
_BASE = ox.NamedNode("http://rdfs.org/ns/void#uriSpace")
_MODIFIED = ox.NamedNode(str(DCTERMS.modified))
_TOKEN = ox.NamedNode(str(DCTERMS.identifier))
_KEPT = 3
_FRESH = "fresh"
"""A truth that is complete and has yet to take the place of the old one."""
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`#?\[\]\x00-\x20]+")
_COPIED = "copied"
_LOADED = "-loaded"
"""Ends the name of what a snapshot was before things that are the same were merged in it."""


def open_store(location: str | Path | None = None, *, base: str | None = None) -> Store:
    """The store at a folder, "memory" for one that ends with the process, None for the user's own.

    base is the address under which a new store's things live; an existing store keeps its own.
    Raises StoreUnusable where the folder holds something else, or another base is asked for.
    """
    if str(location) == "memory":
        return Store(None, base)
    return Store(Path(location) if location else user_data_path("joinedup") / "store", base)


def publication_of(base: str) -> str:
    """The graph that only a publication has: what it derives from restricted sources, and what it says of itself."""
    return f"{base}/id/source/publication"


class Store:
    """A store. Open it with open_store."""

    def __init__(self, path: Path | None, base: str | None):
        if (
            path is not None
            and path.exists()
            and not (path.is_dir() and (not any(path.iterdir()) or (path / "lock").exists()))
        ):
            raise StoreUnusable(f"{path.name} is not a Joinedup store. Name an empty or a new folder.")
        if base and not _ADDRESS.fullmatch(base):
            raise StoreUnusable(
                "The base must be a web address, such as https://data.example.gov, without # or ?."
            )
        self.path = path
        self._memory = ox.Store() if path is None else None
        self._one_writer = Lock()
        self._open: Dataset | None = None
        self.base = (base or DEFAULT_BASE).rstrip("/")
        known = self.dataset().base
        if base and known != self.base:
            raise StoreUnusable(
                f"This store's things live under {known}. Load into a new store to use another base."
            )
        self.base = known

    @property
    def version(self) -> int:
        """How many loads have changed the store; 0 for an empty one."""
        if self._memory is not None:
            return _version(self._memory)
        with suppress(FileNotFoundError, NotADirectoryError):
            names = os.listdir(self._folder / "snapshots")  # noqa: PTH208 - every request asks, and paths are slow
            return max((int(name) for name in names if name.isdigit()), default=0)
        return 0

    @property
    def publication(self) -> bool:
        """Whether the store was made by publishing another, so that nothing may be loaded into it."""
        return bool(self.dataset().facts(publication_of(self.base)))

    def dataset(self) -> Dataset:
        """What the newest version says. The same object until a load makes a newer one."""
        version = self.version
        if self._open is None or self._open.version != version:
            store, snapshot = self._memory, None
            if store is not None and judged(store, self.base):
                truth, store = store, ox.Store()
                store.bulk_extend(truth)
                merge(store, self.base)
            elif store is None:
                snapshot = self._folder / "snapshots" / f"{version:08d}" if version else None
                store = _opened(snapshot) if snapshot else ox.Store()
            self._open = Dataset(store, base=_base(store) or self.base, version=version, snapshot=snapshot)
        return self._open

    def loaded(self) -> Dataset:
        """What the sources say, each under its own IRIs, before any merge: what a load is checked against."""
        dataset = self.dataset()
        truth = self._memory
        if not dataset.facts(judgements_of(self.base)):
            return dataset
        if truth is None:
            kept = self._folder / "snapshots" / f"{dataset.version:08d}{_LOADED}"
            truth = _opened(kept if kept.exists() else self._folder / "truth")
        return Dataset(truth, base=dataset.base, version=_version(truth), snapshot=None)

    def folders(self) -> list[Path]:
        """Every database that the store holds: what was loaded, and the snapshots, oldest first."""
        return [self._folder / "truth", *sorted((self._folder / "snapshots").glob("[0-9]*"))]

    def version_of(self, token: str) -> int:
        """The version that was made on behalf of a request with this token (Behalf.token); 0 for none."""
        quads = self.dataset().referring_text(token, str(DCTERMS.identifier), CATALOGUE.value)
        return next((int(str(subject).rpartition("#")[2]) for subject in quads), 0)

    def snapshot(self) -> Path:
        """A folder that another process may open read-only; of a store in memory, a copy on disk."""
        dataset = self.dataset()
        if dataset.snapshot is not None:
            return dataset.snapshot
        temporary = tempfile.mkdtemp(prefix="joinedup-")
        weakref.finalize(dataset, shutil.rmtree, temporary, ignore_errors=True)
        folder = Path(temporary) / "snapshot"
        copy = ox.Store(str(folder))
        copy.bulk_extend(dataset.backup_quads())
        copy.flush()
        dataset.snapshot = folder
        return folder

    @contextmanager
    def writing(self, *, recorded: bool = True) -> Iterator[None]:
        """Hold the store for one write, which is recorded. Raises StoreBusy where another process is loading, and Stale."""
        if self.path is None:
            with self._one_writer:
                check_condition(self.version)
                yield
            return
        new = not self.path.exists()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise StoreUnusable(f"The folder {self.path.name} cannot be made here.") from None
        try:
            with told_of_room(), FileLock(self.path / "lock", timeout=0):
                self._catch_up()
                before = self.version
                if recorded:
                    account(self.path, before)
                    check_condition(before)
                yield
                if recorded and (after := self.version) != before:
                    settle(self.path, before, after)
        except Timeout:
            raise StoreBusy(
                "Another process is loading into this store. Wait until it has finished, and try again."
            ) from None
        finally:
            if new and not self.version:
                shutil.rmtree(self.path)

    def replace(self, graphs: Mapping[str, Iterable[ox.Quad]]) -> int:
        """Make each named graph hold exactly these statements, all at once; the new version's number.

        All or nothing, also under a power cut: it returns once the change is on disk. Nothing is written
        where nothing would change. Call it inside `writing`.
        """
        truth = self._memory if self._memory is not None else _opened(self._folder / "truth", write=True)
        assert truth is not None
        added: set[ox.Quad] = set()
        removed: set[ox.Quad] = set()
        fresh: list[Bulk] = []
        for name, quads in {**graphs, ONTOLOGY: vocabulary()}.items():
            if isinstance(quads, Bulk) and not _holds(truth, name):
                fresh.append(quads)
                continue
            if isinstance(quads, Bulk):
                gone, come = difference(truth, name, quads)
            else:
                old, new = set(truth.quads_for_pattern(None, None, None, ox.NamedNode(name))), set(quads)
                gone, come = old - new, new - old
            added |= come
            removed |= gone
        if removed:  # one transaction for all can only be made of statements
            added.update(quad for bulk in fresh for quad in bulk)
            fresh.clear()
        return self._write(truth, added, removed, fresh)

    def change(self, added: Set[ox.Quad], removed: Set[ox.Quad]) -> int:
        """Add and remove these statements, all at once; the new version's number. As `replace`, inside `writing`."""
        truth = self._memory if self._memory is not None else _opened(self._folder / "truth", write=True)
        assert truth is not None
        missing = set() if _holds(truth, ONTOLOGY) else vocabulary()
        return self._write(truth, set(added) | (missing if added else set()), set(removed), [])

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A copy of what the sources say, before any merge, for a process that tries out a change of it.

        It is in a folder of its own, which has room for more beside it and is gone afterwards. Call it inside `writing`.
        """
        place = Path(tempfile.mkdtemp(prefix="joinedup-")) if self.path is None else self._folder / _COPIED
        place.mkdir(exist_ok=True)
        try:
            if self._memory is not None:
                copy = ox.Store(str(place / "before"))
                copy.bulk_extend(self._memory)
                copy.flush()
                del copy  # closes it
            else:
                truth = _opened(self._folder / "truth", write=True)
                truth.flush()
                truth.backup(str(place / "before"))
                del truth
            yield place / "before"
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _write(
        self, truth: ox.Store, added: set[ox.Quad], removed: set[ox.Quad], fresh: Sequence[Bulk]
    ) -> int:
        version = _version(truth)
        if added or removed or fresh:
            version += 1
            added |= self._catalogue(version)
            if fresh:
                bulk_load(truth, chain([lines(added)], *(bulk.pieces() for bulk in fresh)))
                truth.flush()
            else:
                change(truth, removed - added, added - removed)
        if self._memory is None:
            self._publish(truth, version)
        self._open = None
        return version

    def renew(
        self, graphs: Mapping[str, Iterable[ox.Quad]], more: Iterable[ox.Quad] = (), *, at_least: int = 0
    ) -> int:
        """Hold exactly these named graphs, and more, and keep on disk nothing of what was there before; the new version.

        A database that deletes leaves the bytes behind, in its log and in older snapshots. So the store is built anew
        beside the old, which is removed with every snapshot. Readers see all of the old or all of the new, and a process
        that is killed leaves the old, or the new for the next one to put in its place. Call it inside `writing`, on a
        store in a folder. Raises StoreUnusable where the old cannot be removed.
        """
        version = max(self.version + 1, at_least)
        unfinished, fresh = self._folder / "unfinished", self._folder / _FRESH
        for left in (unfinished, fresh):
            shutil.rmtree(left, ignore_errors=True)
        truth = _opened(unfinished, write=True)
        catalogue = self._catalogue(version)
        for quads in (*graphs.values(), vocabulary(), catalogue, more):
            truth.bulk_extend(quads)
        truth.flush()
        del truth  # closes it, so that its folder may move
        unfinished.rename(fresh)
        self._take_fresh()
        return version

    def _take_fresh(self) -> None:
        fresh, old = self._folder / _FRESH, self._folder / "truth"
        truth = _opened(fresh, write=True)
        self._publish(truth, _version(truth), kept=1)
        del truth
        shutil.rmtree(old, ignore_errors=True)
        if old.exists() or len(self._snapshots()) > 1:
            raise StoreUnusable(
                "What the store held before cannot be removed. Delete its folder, and try again."
            )
        fresh.rename(old)
        self._open = None

    def _catch_up(self) -> None:
        """Publish a load that was on disk when its process was killed, before another load builds upon it."""
        folder = self._folder / "truth"
        for left in (_COPIED, "unfinished"):
            shutil.rmtree(self._folder / left, ignore_errors=True)
        if (self._folder / _FRESH).exists():  # killed at the end of `renew`
            self._take_fresh()
        if not folder.exists():
            return
        with suppress(StoreUnusable):  # nothing was ever synced; `replace` opens or repairs it
            if _version(_opened(folder)) > self.version:
                # Opened to write, as a backup of a store opened read-only lacks what is not flushed.
                truth = _opened(folder, write=True)
                truth.flush()
                self._publish(truth, _version(truth))

    def _catalogue(self, version: int) -> set[ox.Quad]:
        """What the catalogue says of one version. It only ever grows, so that a load that only adds removes nothing."""
        now = ox.Literal(
            datetime.now(UTC).isoformat(timespec="seconds"), datatype=ox.NamedNode(str(XSD.dateTime))
        )
        this = ox.NamedNode(f"{CATALOGUE.value}#{version}")
        facts = [
            (this, _VERSION, ox.Literal(version)),
            (this, _MODIFIED, now),
            (CATALOGUE, _BASE, ox.Literal(self.base)),
        ]
        if token := behalf().token:
            facts.append((this, _TOKEN, ox.Literal(token)))
        return {ox.Quad(*fact, CATALOGUE) for fact in facts}

    def _publish(self, truth: ox.Store, version: int, kept: int = _KEPT) -> None:
        """Make the snapshot of this version, if it is not there, and drop those nobody needs."""
        folder = self._folder / "snapshots"
        folder.mkdir(exist_ok=True)
        final = folder / f"{version:08d}"
        if version and not final.exists():
            unfinished = folder / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            truth.backup(str(unfinished))
            if judged(truth, base := _base(truth) or self.base):
                shutil.rmtree(loaded := folder / f"{final.name}{_LOADED}", ignore_errors=True)
                unfinished.rename(loaded)
                truth.backup(str(unfinished))
                merge(_opened(unfinished, write=True), base)
            unfinished.rename(final)
        for old in sorted(self._snapshots())[:-kept]:
            for gone in (old, old.with_name(f"{old.name}{_LOADED}")):
                shutil.rmtree(gone, ignore_errors=True)

    def _snapshots(self) -> list[Path]:
        with suppress(FileNotFoundError, NotADirectoryError):
            return [p for p in (self._folder / "snapshots").iterdir() if p.name.isdigit()]
        return []

    @property
    def _folder(self) -> Path:
        assert self.path is not None
        return self.path


def _opened(folder: Path, *, write: bool = False) -> ox.Store:
    try:
        return ox.Store(str(folder)) if write else ox.Store.read_only(str(folder))
    except (OSError, RuntimeError):
        raise StoreUnusable(
            "The store cannot be opened: its files are damaged, or this user may not read them."
        ) from None


def _version(store: ox.Store) -> int:
    found = (q.object for q in store.quads_for_pattern(None, _VERSION, None, CATALOGUE))
    return max((int(v.value) for v in found if isinstance(v, ox.Literal)), default=0)


def _base(store: ox.Store) -> str | None:
    found = (q.object for q in store.quads_for_pattern(CATALOGUE, _BASE, None, CATALOGUE))
    return next((v.value for v in found if isinstance(v, ox.Literal)), None)


def _holds(store: ox.Store, graph: str) -> bool:
    return next(store.quads_for_pattern(None, None, None, ox.NamedNode(graph)), None) is not None
