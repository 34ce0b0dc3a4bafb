"""What takes long to read of a version, kept on disk beside its snapshot, and carried on to the next version.

A query whose rows each depend on what is said about one thing, that in the first column, need not be asked anew of
everything when little has changed: of the things that a change touched it is asked again, and the other rows stay.
Whoever reads a version first keeps what it read, as columns or, for a search, as an index; each write notes the things
that it touched. Small stores are read so quickly that nothing is kept of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Container, Iterable, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from ontology.terms import JU, PREFIXES

if TYPE_CHECKING:
    import polars as pl

OF_ONE_THING = frozenset({"discussed", "evidence", "labels", "listed", "listing", "searching", "sources"})
"""The queries of which that is so."""
LEAST = 20_000
"""Fewer rows are not worth a file."""
MOST = 20_000
"""Of more things that were touched, everything is read anew."""
NOTES = 100
"""How many versions are noted."""
_END = "."
"""The last line of a note, without which it was not written to its end."""
_TOLD_OF_ENDS = {str(p) for p in (JU.quotes, JU.evidences, JU.about, JU.blocks)} | {
    f"{PREFIXES['oa']}hasSelector"
}
"""The properties that say something of both ends (graph/analyst.py)."""


class Extracts:
    """What is kept in a folder of one version, as long as the snapshot of that version is there."""

    def __init__(self, folder: Path, version: int, snapshot: Path):
        self._folder, self._version, self._snapshot = folder, version, snapshot

    def columns(
        self, name: str, whole: Callable[[], pl.DataFrame], of: Callable[[Iterable[str]], pl.DataFrame]
    ) -> pl.DataFrame:
        """The rows of a query, by a name for it and its parameters, in order: as they are kept; else as they were before and anew of what was touched; else all anew."""
        import polars as pl

        if (known := _read(self._folder, self._version, name)) is not None:
            return known
        base, touched = _noted(self._folder, self._version)
        before = _read(self._folder, base, name) if touched else None
        if before is None:
            found = whole()
        else:
            others = ~pl.col(before.columns[0]).is_in(sorted(touched))
            found = pl.concat([before.filter(others), of(sorted(touched))])
        found = found.sort(found.columns)
        if len(found) >= LEAST:
            self._keep(f"{name}.arrow", lambda path: found.write_ipc(path, compression="zstd"))
        return found

    def file(self, name: str, write: Callable[[Path, Set[str] | None], None]) -> Path | None:
        """A file of what a version says, each part of it of one thing: as it is kept; else written.

        `write` gets a copy of the one before and the things that were touched, or an empty file and None. None where it
        writes nothing, or nothing can be kept.
        """
        path = _place(self._folder, self._version) / name
        if not path.is_file():
            base, touched = _noted(self._folder, self._version)
            before = _place(self._folder, base) / name

            def written(unfinished: Path) -> None:
                known = bool(touched) and before.is_file()
                if known:
                    shutil.copyfile(before, unfinished)
                write(unfinished, touched if known else None)

            self._keep(name, written)
        return path if path.is_file() else None

    def _keep(self, name: str, write: Callable[[Path], None]) -> None:
        """Keep a file, unless the folder cannot be written or the disk is full: then it is read anew the next time."""
        place = _place(self._folder, self._version)
        if not self._snapshot.is_dir():
            return
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=place)
            unfinished = Path(made)
            try:
                write(unfinished)
                if unfinished.stat().st_size:
                    os.fsync(handle)  # half of it must not stand under its name after a power cut
                    unfinished.rename(place / name)
            finally:
                os.close(handle)
                unfinished.unlink(missing_ok=True)
        if not self._snapshot.is_dir():  # what was erased meanwhile must not come back by who still reads it
            shutil.rmtree(place, ignore_errors=True)


@dataclass(frozen=True)
class Touched:
    """What the difference between two versions is about."""

    things: frozenset[str] = frozenset()
    """Those of which statements came or went."""
    ends: frozenset[str] = frozenset()
    """Those to which such statements point, where that says something of what they point to, and their graphs."""

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.things | other.things, self.ends | other.ends)

    def __len__(self) -> int:
        return len(self.things) + len(self.ends)


def touched_by(quads: Iterable[ox.Quad]) -> Touched | None:
    """What statements are about; None where some are of nodes without a name, or of too many things."""
    things, ends = set[str](), set[str]()
    for quad in quads:
        if not isinstance(quad.subject, ox.NamedNode) or isinstance(quad.object, ox.BlankNode):
            return None
        things.add(quad.subject.value)
        if isinstance(quad.graph_name, ox.NamedNode):
            ends.add(quad.graph_name.value)
        if quad.predicate.value in _TOLD_OF_ENDS and isinstance(quad.object, ox.NamedNode):
            ends.add(quad.object.value)
        if len(things) + len(ends) > MOST:
            return None
    return Touched(frozenset(things), frozenset(ends))


def note(folder: Path, version: int, before: int, touched: Touched | None) -> None:
    """Note what a new version says something else of than the one before; None where that is not known."""
    if touched is not None and before:
        lines = [*sorted(touched.things), *(f">{end}" for end in sorted(touched.ends))]
        with suppress(OSError):  # without a note the next version is read anew
            folder.mkdir(parents=True, exist_ok=True)
            _notes(folder, version).write_text("\n".join((str(before), *lines, _END)), encoding="utf-8")


def tidy(folder: Path, version: int) -> None:
    """Keep of what is older than a version only what was read last, and the newest notes."""
    with suppress(OSError):
        read = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        last = max((kept for kept in read if kept < version), default=version)
        _sweep(folder, lambda path, kept: kept < (version - NOTES if path.suffix else last))


def touched(folder: Path, since: int, version: int) -> Touched | None:
    """What was touched after one version and up to another; None where that is not known."""
    found = Touched()
    for _ in range(NOTES):
        if version == since:
            return found
        known = _note(folder, version)
        if known is None or len(found := found | known[1]) > MOST:
            return None
        version = known[0]
    return None


def only(folder: Path, versions: Container[int]) -> None:
    """Remove what is kept of all but some versions."""
    _sweep(folder, lambda _, kept: kept not in versions)


def forget(folder: Path, version: int) -> None:
    """Remove what is kept of a version, and its note."""
    _sweep(folder, lambda _, kept: kept == version)


def _sweep(folder: Path, goes: Callable[[Path, int], bool]) -> None:
    with suppress(OSError):
        for path in folder.iterdir():
            version = path.name.partition(".")[0]
            if version.isdecimal() and goes(path, int(version)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _noted(folder: Path, version: int) -> tuple[int, frozenset[str]]:
    """The nearest version before this one of which something is kept, and the things that were touched since; 0 for none."""
    found = Touched()
    for _ in range(NOTES):
        known = _note(folder, version)
        if known is None or len(found := found | known[1]) > MOST:
            break
        version = known[0]
        if _place(folder, version).is_dir():
            return version, found.things
    return 0, frozenset()


def _note(folder: Path, version: int) -> tuple[int, Touched] | None:
    """The version before this one, and what was touched in between."""
    with suppress(OSError, ValueError):
        before, *lines, end = _notes(folder, version).read_text(encoding="utf-8").split("\n")
        if end == _END:
            ends = frozenset(line[1:] for line in lines if line.startswith(">"))
            return int(before), Touched(frozenset(line for line in lines if not line.startswith(">")), ends)
    return None


def _read(folder: Path, version: int, name: str) -> pl.DataFrame | None:
    import polars as pl

    with suppress(OSError, pl.exceptions.PolarsError):
        return pl.read_ipc(_place(folder, version) / f"{name}.arrow")
    return None


def _place(folder: Path, version: int) -> Path:
    return folder / f"{version:08d}"


def _notes(folder: Path, version: int) -> Path:
    return folder / f"{version:08d}.touched"
