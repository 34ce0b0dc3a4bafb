"""Moving a store: all that its sources say, with who said it and every version, into an empty store elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from graph.audit import audited
from graph.catalogue import CATALOGUE
from graph.dataset import Dataset
from graph.digest import Digest
from graph.errors import StoreUnusable
from graph.store import Store
from ontology.terms import ONTOLOGY


@dataclass(frozen=True)
class Moved:
    """What was moved and found to be the same on both sides."""

    sources: int
    statements: int
    digest: int
    version: int


def move(source: Store, target: Store) -> Moved:
    """Let an empty store hold all that another one does, and compare count and digest of each graph.

    The copy is built beside and put in its place at once. Tokens, saved queries and the audit log stay where they are.
    Raises StoreUnusable where the one is empty or the other is not, or they differ at the end; StoreBusy and DiskFull.
    """
    if not source.version:
        raise StoreUnusable("The store to move is empty.")
    if target.path is None:
        raise StoreUnusable(
            "A store in memory ends with this command. Name a folder or the address of an engine."
        )
    before = source.loaded()
    with audited(target.path, "move", version=source.version), target.writing():
        if target.version:
            raise StoreUnusable("The store to move to is not empty. Name a new folder, or an empty dataset.")
        target.base = source.base
        quads = (quad for quad in before.backup_quads() if str(quad.graph_name) != f"<{ONTOLOGY}>")
        version = target.renew({}, quads, at_least=source.version + 1)
    there = _summed(target.loaded())
    said = _summed(before)
    differ = [name for name, held in said.items() if there.get(name) != held]
    if differ:
        raise StoreUnusable(
            f"{len(differ)} of {len(said)} sources differ after the move. Do not use the new store."
        )
    return Moved(
        len(said), sum(n for n, _ in said.values()), sum(d for _, d in said.values()) % (1 << 40), version
    )


def _summed(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """How many statements each source makes, and their digest; not of the vocabulary and the catalogue, which differ."""
    counts, digests = Counter[str](), dict[str, Digest]()
    for quad in dataset.backup_quads():
        name = str(quad.graph_name)[1:-1]
        counts[name] += 1
        digests.setdefault(name, Digest()).add(quad.triple)
    return {
        name: (count, digests[name].sum)
        for name, count in counts.items()
        if name not in (ONTOLOGY, CATALOGUE.value)
    }
