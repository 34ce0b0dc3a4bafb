"""Verification of a store: that all of it can be read, and that what it says of itself is so."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import pyoxigraph as ox

from graph.audit import faults
from graph.errors import StoreUnusable
from graph.store import Store
from graph.union import UNION, has_union
from graph.validation import validate_store
from graph.vocabulary import vocabulary
from ontology.terms import ONTOLOGY


@dataclass
class Verified:
    """What was found."""

    said: list[str] = field(default_factory=list)
    """What was looked at, in sentences."""
    wrong: list[str] = field(default_factory=list)
    """What is broken, in sentences."""


def verify(store: Store) -> Verified:
    """Read every statement of what was loaded and of every snapshot, the audit log, and what the shapes say.

    Raises StoreUnusable for an empty store, and StoreBusy. What breaks a shape is told, and is no damage.
    """
    found = Verified()
    if store.path is None or not store.version:
        raise StoreUnusable("The store is empty or in memory, so there is nothing to verify.")
    with store.writing(recorded=False):  # nobody may write to what is opened here
        for folder in store.folders():
            name = "What was loaded" if folder.name == "truth" else f"Snapshot {folder.name}"
            try:
                counted, agrees = _counted(ox.Store.read_only(str(folder)))
            except (OSError, RuntimeError, ValueError):
                found.wrong.append(f"{name}: it cannot be read to its end. Restore a backup.")
                continue
            found.said.append(f"{name}: {counted:,} statements read.")
            if not agrees:
                found.wrong.append(
                    f"{name}: what all sources say together is not what each says. Run “joinedup compact”."
                )
    if found.wrong:
        return found
    dataset = store.dataset()
    if dataset.graph(ONTOLOGY) != vocabulary():
        found.said.append("The vocabulary is that of another version of Joinedup; the next load renews it.")
    found.wrong += [f"The audit log: {fault}" for fault in faults(store.path, store.version)]
    validation = validate_store(store)
    broken = sum(len(group.things) for group in validation.groups if group.severity == "Violation")
    found.said.append(
        f"Shapes: {broken:,} violations in {validation.things:,} things; “joinedup validate” names them."
    )
    return found


def _counted(store: ox.Store) -> tuple[int, bool]:
    """How many statements sources make, and whether the default graph holds these and no others."""
    said, together = array("q"), array("q")
    for quad in store:
        (together if quad.graph_name == UNION else said).append(hash(quad.triple))
    each, once = (np.unique(np.frombuffer(some, dtype=np.int64)) for some in (said, together))
    return len(said), np.array_equal(each, once) or not has_union(store)
