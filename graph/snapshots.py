"""The snapshots of a store in a folder: one database for each of the newest versions, in which merges are applied."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from graph.catalogue import base_in, check_format
from graph.errors import StoreUnusable
from graph.identity.merging import judged, merge
from ontology.terms import DEFAULT_BASE

KEPT = 3
LOADED = "-loaded"
"""Ends the name of what a snapshot was before things that are the same were merged in it."""
_TICKS = 2_000_000_000
"""Nanoseconds within which two changes of a folder may bear the same time: some file systems count whole seconds."""


class Newest:
    """Which snapshot in a folder is the newest: looked up anew only where the folder has changed, as every request asks."""

    def __init__(self, folder: str):
        self._folder, self._listed = folder, (0, 0)

    def number(self) -> int:
        """Its version; 0 where there is none."""
        with suppress(FileNotFoundError, NotADirectoryError):
            changed = os.stat(self._folder).st_mtime_ns  # noqa: PTH116 - paths are slow
            listed, version = self._listed
            if changed != listed:
                names = os.listdir(self._folder)  # noqa: PTH208
                version = max((int(name) for name in names if name.isdigit()), default=0)
                # A folder that has just changed may change once more within the same tick of its clock.
                if abs(time.time_ns() - changed) > _TICKS:
                    self._listed = changed, version
            return version
        return 0


def changed(folder: Path) -> int:
    """When a file was last made in or taken from a folder, in nanoseconds; 0 where there is none.

    A whole second tells nothing, as some file systems know no parts of one: it is told as the time of now.
    """
    with suppress(FileNotFoundError):
        found = folder.stat().st_mtime_ns
        return found if found % 10**9 else time.time_ns()
    return 0


def opened(folder: Path, *, write: bool = False) -> ox.Store:
    """The database in a folder. Raises StoreUnusable, also where a later Joinedup has written it."""
    try:
        store = ox.Store(str(folder)) if write else ox.Store.read_only(str(folder))
    except (OSError, RuntimeError):
        raise StoreUnusable(
            "The store cannot be opened: its files are damaged, or this user may not read them."
        ) from None
    check_format(store)
    return store


def snapshots(folder: Path) -> list[Path]:
    """Those that are there, oldest first."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(p for p in folder.iterdir() if p.name.isdigit())
    return []


def publish(folder: Path, truth: ox.Store, version: int, kept: int = KEPT) -> None:
    """Make the snapshot of this version, if it is not there, and drop those nobody needs."""
    folder.mkdir(exist_ok=True)
    final = folder / f"{version:08d}"
    if version and not final.exists():
        unfinished = folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        truth.backup(str(unfinished))
        if judged(truth, base := base_in(truth) or DEFAULT_BASE):
            shutil.rmtree(loaded := folder / f"{final.name}{LOADED}", ignore_errors=True)
            unfinished.rename(loaded)
            truth.backup(str(unfinished))
            merge(opened(unfinished, write=True), base)
        unfinished.rename(final)
    for old in snapshots(folder)[:-kept]:
        for gone in (old, old.with_name(f"{old.name}{LOADED}")):
            shutil.rmtree(gone, ignore_errors=True)
