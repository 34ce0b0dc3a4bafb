"""Audiences: what each may read of a store, as a dataset that holds nothing else.

Three audiences, each of which may read what the one before it may:

- `public`: the publication (graph/publication.py): public sources without fieldwork, and what enough interviews say
  together. It has no interview, hence no number of interviews, and says of no organisation that it was interviewed.
- `analyst`: sources marked official or public, without the words of interviews and without whoever spoke them
  (graph/analyst.py has the rules).
- `sensitive`: everything.

A view is made by leaving out statements, never by rewriting queries, and depends on nothing that its audience may not
read but for the edges that a publication derives. It is made once for each version of the store, or follows it where
little has changed (graph/analyst_change.py), and is kept beside the snapshots, so that query workers open what the
audience may see and nothing else; what takes long to read of it is kept too, and goes with it. A view that follows keeps
on disk, where no query finds it, what its audience could see before and sources say no more, until it is made whole or
the store is compacted; what is withheld from it never gets there. Its version is a hash of its statements: a load of
restricted material changes neither it nor an ETag made of it. The catalogue of the store stays out, as it counts the
loads and says when each was.

The public view of a running server changes as soon as interviews are loaded. Who watches it may guess which load has
completed an edge: serve a publication of its own (`joinedup publish`) where that matters.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import pyoxigraph as ox
from filelock import FileLock

from graph import extracts
from graph.analyst import Basis, analyst_quads
from graph.analyst_change import analyst_change
from graph.at_once import change
from graph.dataset import Dataset
from graph.digest import Digest
from graph.errors import NotFound, StoreUnusable
from graph.identity.merging import judged, merge
from graph.publication import LEAST, publication
from graph.store import Store, publication_of
from graph.union import follow, with_union
from graph.version import __version__
from ontology.terms import ONTOLOGY

PUBLIC, ANALYST, SENSITIVE = "public", "analyst", "sensitive"
AUDIENCES = (PUBLIC, ANALYST, SENSITIVE)
"""From the one that may read least."""
_RULES = f"{__version__} 3"
"""What made a view; one that other rules made is made anew."""
_FOLDER, _AT, _EXTRACTS = "audiences", "at.json", "extracts"
_WHOLES, _HASH = "wholes", 8
"""Of what sources that the analyst may see speak of a part: a hash of so many bytes for each, to tell what needs a view made whole."""
_VIEW = re.compile("[0-9a-f]{10}")
_KEPT = 2
_TRIES = 3


class Readable(Protocol):
    """The reading side of a store, or of a view of it."""

    @property
    def version(self) -> int:
        """It changes when what may be read changes."""

    def dataset(self) -> Dataset:
        """What may be read now."""

    def snapshot(self) -> Path:
        """A folder that another process may open read-only, and that holds no more than that."""


def view(store: Store, audience: str) -> Readable:
    """What an audience may read of a store. Raises NotFound where there is no such audience."""
    if audience not in AUDIENCES:
        raise NotFound(f"There is no audience “{audience}”. Choose {', '.join(AUDIENCES)}.")
    return store if audience == SENSITIVE else View(store, audience)


def forget(store: Store) -> None:
    """Remove every view that is kept on disk; each is made anew when it is asked for."""
    if store.path is not None:
        shutil.rmtree(store.path / _FOLDER, ignore_errors=True)


class View:
    """What the public or analysts may read of a store. Make it with `view`."""

    def __init__(self, store: Store, audience: str):
        self.store, self.audience = store, audience
        self._lock = Lock()
        self._held: tuple[int, Dataset] | None = None

    @property
    def version(self) -> int:
        """A number made of the statements, the same for the same statements; 0 for none."""
        return self.dataset().version

    def dataset(self) -> Dataset:
        """What the newest version of the store says to this audience. The same object until that changes."""
        with self._lock:
            version = self.store.version
            if self._held is None or self._held[0] != version:
                before = self._held[1] if self._held else None
                made = self._kept(version) if self.store.path else self._in_memory()
                same = before is not None and before.version == made.version
                self._held = version, before if same and before is not None else made
            return self._held[1]

    @property
    def ready(self) -> bool:
        """Whether the view of the newest version is made, so that asking for it takes no time."""
        held = self._held
        return held is not None and held[0] == self.store.version

    def snapshot(self) -> Path:
        """A folder that another process may open read-only, with what this audience may see."""
        dataset = self.dataset()
        with self._lock:
            if dataset.snapshot is None:
                temporary = tempfile.mkdtemp(prefix="joinedup-")
                weakref.finalize(dataset, shutil.rmtree, temporary, ignore_errors=True)
                folder = Path(temporary) / "snapshot"
                _written(folder, dataset.backup_quads())
                dataset.snapshot = folder
            return dataset.snapshot

    def _dataset(self, store: ox.Store, version: int, snapshot: Path | None) -> Dataset:
        kept = extracts.Extracts(snapshot.parent / _EXTRACTS, version, snapshot) if snapshot else None
        return Dataset(
            store,
            base=self.store.base,
            version=version,
            snapshot=snapshot,
            audience=self.audience,
            extracts=kept,
        )

    def _in_memory(self) -> Dataset:
        made, digest = ox.Store(), Digest()
        made.bulk_extend(with_union(digest.over(self._quads())))
        _merged(made, self.store.base)
        return self._dataset(made, digest.number, None)

    def _kept(self, version: int) -> Dataset:
        """The view of a version of a store in a folder: the one on disk, or a new one."""
        if not version:
            return self._dataset(ox.Store(), 0, None)
        assert self.store.path is not None
        root = self.store.path / _FOLDER / self.audience
        try:
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(root / "lock"):
                number = _at(root, version)
                if number is None:
                    number = self._renewed(root, version)
                folder = root / f"{number:010x}"
                return self._dataset(ox.Store.read_only(str(folder)), number, folder)
        except OSError:  # on a disk that is full or may not be written to
            return self._in_memory()

    def _renewed(self, root: Path, version: int) -> int:
        """The number of the view of a version: of the one before, where little has changed since, or made whole."""
        unfinished = root / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            followed = None
            with suppress(OSError):  # the one before is damaged, which only reading it shows
                followed = self._followed(root, unfinished)
            digest, basis = followed or (Digest(), Basis())
            if not followed:
                shutil.rmtree(unfinished, ignore_errors=True)
                _written(unfinished, digest.over(self._quads(basis)), base=self.store.base)
                _write(root / _WHOLES, b"".join(map(_hash, basis.wholes)))
            folder, before = root / f"{digest.number:010x}", _said(root)
            again = not followed and before is not None and before["view"] != digest.number
            if again:  # one of the same statements may hold bytes of what was to be seen in between
                extracts.forget(root / _EXTRACTS, digest.number)
            if again or not (folder / "CURRENT").exists():
                shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        said = {
            "store": version,
            "view": digest.number,
            "rules": _RULES,
            "sum": f"{digest.sum:x}",
            "sources": sorted(basis.sources),
        }
        _write(root / _AT, json.dumps(said).encode())
        views = (p for p in root.iterdir() if _VIEW.fullmatch(p.name) and p != folder)
        others = sorted(views, key=lambda p: p.stat().st_mtime, reverse=True)
        for old in others[_KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)
        extracts.only(root / _EXTRACTS, {int(p.name, 16) for p in (folder, *others[: _KEPT - 1])})
        return digest.number

    def _followed(self, root: Path, unfinished: Path) -> tuple[Digest, Basis] | None:
        """Make a view of the analyst's before it and of what has changed since; None where it is to be made whole."""
        said = _said(root)
        if self.audience != ANALYST or self.store.publication or said is None:
            return None
        dataset, number = self._loaded(), said["view"]
        touched = self.store.touched(said["store"], dataset.version)
        try:
            before, hashes = ox.Store.read_only(str(root / f"{number:010x}")), (root / _WHOLES).read_bytes()
        except (OSError, RuntimeError):  # it is damaged, or gone
            return None
        known = {hashes[n : n + _HASH] for n in range(0, len(hashes), _HASH)}

        def in_parts(names: Iterable[str]) -> bool:
            return not known.isdisjoint(map(_hash, names))

        view, sources = self._dataset(before, number, None), set(said["sources"])
        found = analyst_change(dataset, view, sources, in_parts, touched) if touched is not None else None
        if found is None:
            return None
        digest = Digest(int(said["sum"], 16))
        for quads, times in ((found.removed, -1), (found.added, 1)):
            for quad in quads:
                digest.add(quad, times)
        if digest.number != number:
            before.backup(str(unfinished))
            made = ox.Store(str(unfinished))
            left, united = follow(made, found.removed, found.added)
            change(made, found.removed | left, found.added | united)
            about = extracts.touched_by(found.removed | found.added)
            extracts.note(root / _EXTRACTS, digest.number, number, about)
        _write(root / _WHOLES, b"".join(known.union(map(_hash, found.basis.wholes))))
        return digest, found.basis

    def _quads(self, basis: Basis | None = None) -> Iterator[ox.Quad]:
        """The statements that this audience may read, each thing under its own IRI in the analyst's, with its basis."""
        if self.store.publication:  # made for everybody
            return _of_publication(self.store.dataset())
        return (
            _public(self.store.dataset()) if self.audience == PUBLIC else analyst_quads(self._loaded(), basis)
        )

    def _loaded(self) -> Dataset:
        """What the sources say before any merge. A load that goes on meanwhile may take a file away: then once more."""
        for _ in range(_TRIES - 1):
            with suppress(StoreUnusable, OSError):
                return self.store.loaded()
        return self.store.loaded()


def _public(dataset: Dataset) -> Iterator[ox.Quad]:
    if not dataset.version:
        return
    graphs, report = publication(dataset, LEAST, None)
    if not any(source.statements for source in report.sources):
        return  # a store without public sources looks like an empty one
    for quads in graphs.values():
        yield from quads
    yield from dataset.quads_in(ONTOLOGY)


def _of_publication(dataset: Dataset) -> Iterator[ox.Quad]:
    kept = {
        ONTOLOGY,
        publication_of(dataset.base),
        *(row["source"] for row in dataset.select("publication/sources")),
    }
    for name in sorted(kept):
        yield from dataset.quads_in(name)


def _written(folder: Path, quads: Iterable[ox.Quad], base: str | None = None) -> None:
    """A new database of these statements, merged where they hold judgements."""
    made = ox.Store(str(folder))
    made.bulk_extend(with_union(quads))
    if base:
        _merged(made, base)
    made.flush()


def _merged(made: ox.Store, base: str) -> None:
    if judged(made, base):
        merge(made, base)


def _at(root: Path, version: int) -> int | None:
    """The number of the view on disk, if it is one of this version."""
    said = _said(root)
    if said and said["store"] == version and (root / f"{said['view']:010x}").is_dir():
        return int(said["view"])
    return None


def _said(root: Path) -> dict[str, Any] | None:
    """What is known of the view on disk, if these rules made it: the version of the store, its number, the sum of its statements, its sources."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said: dict[str, Any] = json.loads((root / _AT).read_text(encoding="utf-8"))
        return said if said["rules"] == _RULES else None
    return None


def _write(path: Path, data: bytes) -> None:
    """Write a file, of which nobody sees a half, even after a power cut."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _hash(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
