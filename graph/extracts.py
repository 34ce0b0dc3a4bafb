"""What takes long to read of a version, kept on disk beside its snapshot, and carried on to the next version.

A query whose rows each depend on what is said about one thing, that in the first column, need not be asked anew of
everything when little has changed: of the things that a change touched it is asked again, and the other rows stay.
Whoever reads a version first keeps what it read, as columns or, for a search, as an index; each write notes the things
that it touched. Small stores are read
so quickly that nothing is kept of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

OF_ONE_THING = frozenset({"discussed", "evidence", "labels", "listed", "listing", "searching", "sources"})
"""The queries of which that is so."""
LEAST = 20_000
"""Fewer rows are not worth a file."""
MOST = 20_000
"""Of more things that were touched, everything is read anew."""


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

    def file(self, name: str, write: Callable[[Path, set[str] | None], None]) -> Path | None:
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


def note(folder: Path, version: int, touched: set[str] | None) -> None:
    """Note which things a new version says something else of than the one before; None where that is not known."""
    before = version - 1
    base, already = (before, set[str]()) if _place(folder, before).is_dir() else _noted(folder, before)
    if touched is not None and _place(folder, base).is_dir() and len(already | touched) <= MOST:
        lines = [str(base), *sorted(already | touched)]
        with suppress(OSError):  # without a note the next version is read anew
            _notes(folder, version).write_text("\n".join(lines), encoding="utf-8")
    else:
        base = version
    _sweep(folder, lambda kept: kept < base)


def only(folder: Path, versions: Container[int]) -> None:
    """Remove what is kept of all but some versions."""
    _sweep(folder, lambda kept: kept not in versions)


def _sweep(folder: Path, goes: Callable[[int], bool]) -> None:
    with suppress(OSError):
        for path in folder.iterdir():
            version = path.name.partition(".")[0]
            if version.isdecimal() and goes(int(version)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _noted(folder: Path, version: int) -> tuple[int, set[str]]:
    """The version up to which nothing is noted, and the things that were touched since."""
    with suppress(OSError, ValueError):
        base, *touched = _notes(folder, version).read_text(encoding="utf-8").split("\n")
        return int(base), set(touched)
    return 0, set()


def _read(folder: Path, version: int, name: str) -> pl.DataFrame | None:
    import polars as pl

    with suppress(OSError, pl.exceptions.PolarsError):
        return pl.read_ipc(_place(folder, version) / f"{name}.arrow")
    return None


def _place(folder: Path, version: int) -> Path:
    return folder / f"{version:08d}"


def _notes(folder: Path, version: int) -> Path:
    return folder / f"{version:08d}.touched"
