"""The store: one truth on disk, one writer, and a snapshot of each version for everyone who reads.

A store folder holds `truth/` (RocksDB through Oxigraph), `snapshots/<version>/` (hard links, read-only)
and `lock`. A load changes the truth in one transaction, syncs it, then makes the next snapshot; readers,
other processes among them, open the newest snapshot and so never see half a load nor hold a lock. The truth keeps
every source as it was loaded; in a snapshot, things that were judged to be the same stand under one IRI.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from threading import Lock

import pyoxigraph as ox
from filelock import FileLock, Timeout
from platformdirs import user_data_path

from graph import extracts
from graph.at_once import change, lines, nameless
from graph.audit import account, make_folder, settle, sync_folder
from graph.behalf import behalf, check_condition
from graph.bulk import Bulk, bulk_load
from graph.catalogue import CATALOGUE, TOKEN, base_in, entry, version_in
from graph.changed import changes_of, everything, replaced
from graph.dataset import Dataset
from graph.engine import Engine
from graph.errors import StoreBusy, StoreUnusable
from graph.identity.merging import judged, merge
from graph.identity.record import judgements_of
from graph.replica import Replica
from graph.room import told_of_room
from graph.snapshots import LOADED, Newest, changed, opened, publish, snapshots
from graph.union import follow, has_union, holds, lines_with_union, with_union
from graph.vocabulary import vocabulary
from ontology.terms import DEFAULT_BASE, ONTOLOGY

_FRESH = "fresh"
"""A truth that is complete and has yet to take the place of the old one."""
_PATIENCE = 2.0
"""Seconds that a write waits for another one, which is mostly a small one."""
_ENGINE = re.compile(r"https?://", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`#?\[\]\x00-\x20]+")
_COPIED = "copied"


def open_store(location: str | Path | None = None, *, base: str | None = None) -> Store:
    """The store at a folder, "memory" for one that ends with the process, None for the user's own.

    The address (https://...) of a SPARQL engine is a store whose truth is there: graph/replica.py. base is the address under which a new store's things live; an existing store keeps its own.
    Raises StoreUnusable where the folder holds something else, the engine cannot be used, or another base is asked for.
    """
    if str(location) == "memory":
        return Store(None, base)
    if _ENGINE.match(url := str(location)):
        name = re.sub(r"[^A-Za-z0-9.]+", "-", url.partition("://")[2]).strip("-.")
        return Store(user_data_path("joinedup") / "engines" / name, base, Replica(Engine(url)))
    return Store(Path(location) if location else user_data_path("joinedup") / "store", base)


def publication_of(base: str) -> str:
    """The graph that only a publication has: what it derives from restricted sources, and what it says of itself."""
    return f"{base}/id/source/publication"


class Store:
    """A store. Open it with open_store."""

    def __init__(self, path: Path | None, base: str | None, replica: Replica | None = None):
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
        """The folder; that of the copy, where the truth is in an engine."""
        self._newest = Newest(str(path / "snapshots") if path else "")
        self._replica = replica
        self._memory = ox.Store() if path is None else None
        self._one_writer = Lock()
        self._left = 0
        self._open: Dataset | None = None
        self.base = (base or DEFAULT_BASE).rstrip("/")
        self.follow()
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
            return version_in(self._memory)
        return self._newest.number()

    @property
    def location(self) -> str:
        """What opens it again: an address or a folder. Raises StoreUnusable for a store in memory."""
        if self.path is None:
            raise StoreUnusable("A store in memory ends with its process.")
        return self._replica.engine.url if self._replica else str(self.path)

    @property
    def elsewhere(self) -> bool:
        """Whether its truth is in an engine, to which others may write."""
        return self._replica is not None

    def follow(self) -> None:
        """Take over what others have written to the engine, if there is one. Raises StoreUnusable, StoreBusy."""
        if self._replica and self._replica.about()[1] != self.version:
            with suppress(StoreBusy), self.writing(recorded=False):
                pass  # whoever writes, takes over first

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
                store = opened(snapshot) if snapshot else ox.Store()
            kept = extracts.Extracts(self._extracts, version, snapshot) if snapshot else None
            self._open = Dataset(
                store, base=base_in(store) or self.base, version=version, snapshot=snapshot, extracts=kept
            )
        return self._open

    def loaded(self) -> Dataset:
        """What the sources say, each under its own IRIs, before any merge: what a load is checked against."""
        dataset = self.dataset()
        truth = self._memory
        if not dataset.facts(judgements_of(self.base)):
            return dataset
        if truth is None:
            kept = self._folder / "snapshots" / f"{dataset.version:08d}{LOADED}"
            truth = opened(kept if kept.exists() else self._folder / "truth")
        return Dataset(truth, base=dataset.base, version=version_in(truth), snapshot=None)

    def folders(self) -> list[Path]:
        """Every database that the store holds: what was loaded, and the snapshots, oldest first."""
        return [self._folder / "truth", *sorted((self._folder / "snapshots").glob("[0-9]*"))]

    def version_of(self, token: str) -> int:
        """The version that was made on behalf of a request with this token (Behalf.token); 0 for none."""
        quads = self.dataset().referring_text(token, TOKEN.value, CATALOGUE.value)
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
        copy.bulk_extend(with_union(dataset.backup_quads()))
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
            make_folder(self.path)
        except OSError:
            raise StoreUnusable(f"The folder {self.path.name} cannot be made here.") from None
        try:
            with told_of_room(), FileLock(self.path / "lock", timeout=_PATIENCE):
                self._catch_up()
                self._take_over()
                before = self.version
                if recorded:
                    account(self.path, before)
                    check_condition(before)
                yield
                if recorded and (after := self.version) != before:
                    settle(self.path, before, after)
                self._left = changed(self._folder / "truth")
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
        return self._replace({**graphs, ONTOLOGY: vocabulary()}, told=True)

    def _replace(self, graphs: Mapping[str, Iterable[ox.Quad]], *, told: bool) -> int:
        """told: whether the engine is to be told of it, and the catalogue of a new version; else both know."""
        truth = self._memory if self._memory is not None else opened(self._folder / "truth", write=True)
        assert truth is not None
        removed, added, fresh = replaced(truth, graphs, whole_nodes=self.elsewhere)
        # One transaction for all can only be made of statements, and a bulk load gives nodes other names.
        if removed or (self._replica and any(map(nameless, added))):
            added.update(quad for bulk in fresh.values() for quad in bulk)
            fresh.clear()
        return self._write(truth, added, removed, fresh, told=told)

    def change(self, added: Set[ox.Quad], removed: Set[ox.Quad]) -> int:
        """Add and remove these statements, all at once; the new version's number. As `replace`, inside `writing`."""
        truth = self._memory if self._memory is not None else opened(self._folder / "truth", write=True)
        assert truth is not None
        missing = set() if holds(truth, ox.NamedNode(ONTOLOGY)) else vocabulary()
        return self._write(truth, set(added) | (missing if added else set()), set(removed), {})

    @contextmanager
    def on_trial(self) -> Iterator[tuple[Path, Path]]:
        """What the sources say, before any merge, in a folder to be read only; and a place for a copy, for a process that tries out a change.

        The place is gone afterwards. Call it inside `writing`.
        """
        place = Path(tempfile.mkdtemp(prefix="joinedup-")) if self.path is None else self._folder / _COPIED
        place.mkdir(exist_ok=True)
        try:
            if self._memory is None and self.version:
                merged = self._folder / "snapshots" / f"{self.version:08d}"
                loaded = merged.with_name(f"{merged.name}{LOADED}")
                before = loaded if loaded.exists() else merged
            else:
                before = place / "before"
                copy = ox.Store(str(before))
                copy.bulk_extend(self._memory or ())
                copy.flush()
                del copy  # closes it
            yield before, place / "work"
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _write(
        self,
        truth: ox.Store,
        added: set[ox.Quad],
        removed: set[ox.Quad],
        fresh: Mapping[str, Bulk],
        *,
        told: bool = True,
    ) -> int:
        if added or removed or fresh:
            before = version_in(truth)
            if told:
                added |= entry(before + 1, self.base, behalf().token)
                if self._replica:
                    changes = changes_of(truth, removed - added, added - removed, fresh)
                    self._replica.commit(before, before + 1, changes)
            if fresh:
                whole = (lines_with_union(bulk.pieces(), name) for name, bulk in fresh.items())
                bulk_load(truth, chain([lines(with_union(added))], *whole))
                truth.flush()
            else:
                gone, come = removed - added, added - removed
                left, united = follow(truth, gone, come)
                change(truth, gone | left, come | united)
            if self._memory is None:
                self._note(truth, before, chain(removed | added, *fresh.values()))
        version = version_in(truth)
        if self._memory is None:
            publish(self._folder / "snapshots", truth, version)
        self._open = None
        return version

    def _note(self, truth: ox.Store, before: int, quads: Iterable[ox.Quad]) -> None:
        about = None if judged(truth, self.base) else extracts.touched_by(quads)
        if about and judgements_of(self.base) in about.ends:
            about = None  # a merge changes other things as well
        extracts.note(self._extracts, version_in(truth), before, about)
        extracts.tidy(self._extracts, version_in(truth))

    def touched(self, since: int, version: int) -> extracts.Touched | None:
        """What changes were about after one version and up to another; None where that is not known."""
        return extracts.touched(self._extracts, since, version) if self.path else None

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
        truth = opened(unfinished, write=True)
        catalogue = entry(version, self.base, behalf().token)
        for quads in (*graphs.values(), vocabulary(), catalogue, more):
            truth.bulk_extend(with_union(quads))
        truth.flush()
        if self._replica:
            self._replica.commit(self.version, version, everything(truth, self._replica.held()))
        del truth  # closes it, so that its folder may move
        unfinished.rename(fresh)
        sync_folder(self._folder)  # before the old is removed
        self._take_fresh()
        return version

    def _take_over(self) -> None:
        """Hold what the engine holds. What it is known by is written down, so that another one is not taken for it."""
        if self._replica is None:
            return
        self._replica.begin()
        name, version = self._replica.about()
        known = self._folder / "engine"
        if (known.exists() and known.read_text(encoding="utf-8") != name) or version < self.version:
            raise StoreUnusable(
                f"The engine does not hold what the copy of it here, version {self.version}, was made from. Restore a backup "
                f"into it, or delete the copy: the folder engines/{self._folder.name} of Joinedup's data."
            )
        known.write_text(name, encoding="utf-8")
        with self._replica.news(self.version) as news:
            if news:
                self._replace(news, told=False)
                account(self._folder, self.version, "taken over")

    def _take_fresh(self) -> None:
        fresh, old = self._folder / _FRESH, self._folder / "truth"
        truth = opened(fresh, write=True)
        publish(self._folder / "snapshots", truth, version_in(truth), kept=1)
        del truth
        for gone in (old, self._extracts):
            shutil.rmtree(gone, ignore_errors=True)
        if old.exists() or self._extracts.exists() or len(snapshots(self._folder / "snapshots")) > 1:
            raise StoreUnusable(
                "What the store held before cannot be removed. Delete its folder, and try again."
            )
        fresh.rename(old)
        sync_folder(self._folder)
        self._open = None

    def _catch_up(self) -> None:
        """Publish a load that was on disk when its process was killed, before another load builds upon it."""
        folder = self._folder / "truth"
        for left in (_COPIED, "unfinished"):
            shutil.rmtree(self._folder / left, ignore_errors=True)
        if (self._folder / _FRESH).exists():  # killed at the end of `renew`
            self._take_fresh()
        if changed(folder) == self._left:  # as this store left it, or not there
            return
        try:
            known = opened(folder)
        except StoreUnusable:
            return  # nothing was ever synced; `replace` opens or repairs it
        version = version_in(known)
        if version and not has_union(known):  # an earlier Joinedup wrote it
            ours = ox.NamedNode(ONTOLOGY)
            self.renew({}, (quad for quad in known if quad.graph_name != ours), at_least=version + 1)
        elif version > self.version:
            # Opened to write, as a backup of a store opened read-only lacks what is not flushed.
            truth = opened(folder, write=True)
            truth.flush()
            publish(self._folder / "snapshots", truth, version)

    @property
    def _folder(self) -> Path:
        assert self.path is not None
        return self.path

    @property
    def _extracts(self) -> Path:
        return self._folder / "extracts"
