"""Things by name: what `find` in a mapping looks in, the store and the files of the same load together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.ingest.catalogue import plain
from graph.ingest.tables.canonical import BY_NAME, BY_SEGMENT
from ontology.terms import SKOS

_ALIASES = ("also_known_as", "abbreviation")


class Names:
    """The ids, names and other names of the things of some tables."""

    def __init__(self, tables: Iterable[str]):
        self._tables = set(tables)
        self._ids: dict[tuple[str, str], str] = {}
        self._named: dict[tuple[str, str], dict[str, str]] = {}
        self._called: dict[tuple[str, str], dict[str, str]] = {}
        self._made: set[tuple[str, str, str]] = set()

    def add_row(self, table: str, cells: Mapping[str, list[str]]) -> None:
        """A row of this load."""
        id = next(iter(cells.get("id", ())), "")
        if table in self._tables and id:
            for name in cells.get("name", ()):
                self._add(table, id, name, self._named)
            for column in _ALIASES:
                for name in cells.get(column, ()):
                    self._add(table, id, name, self._called)

    def add_store(self, dataset: Dataset, outside: Set[str]) -> None:
        """What the store holds in graphs other than these."""
        for predicate, names in ((SKOS.altLabel, self._called), (SKOS.prefLabel, self._named)):
            for quad in dataset.quads_of(str(predicate), outside):
                subject, label = quad.subject, quad.object
                if isinstance(subject, ox.NamedNode) and isinstance(label, ox.Literal):
                    before, _, id = subject.value.rpartition("/")
                    table = BY_SEGMENT.get(before.removeprefix(f"{dataset.base}/id/"))
                    if table and table.name in self._tables:
                        self._add(table.name, id, label.value, names)

    def _add(self, table: str, id: str, name: str, names: dict[tuple[str, str], dict[str, str]]) -> None:
        label = name if names is self._named else self._ids.get((table, id), name)
        self._ids.setdefault((table, id), label)
        names.setdefault((table, plain(name)), {})[id] = label

    def find(self, table: str, text: str) -> dict[str, str]:
        """The ids of what goes by this id or name, each with its label; by another name only where nothing has it as its own."""
        if (table, text) in self._ids:
            return {text: self._ids[table, text]}
        key = (table, plain(text))
        return self._named.get(key) or self._called.get(key) or {}

    def first_in(self, file: str, table: str, id: str) -> bool:
        """Whether this is the first time that a file makes this new thing."""
        key = (file, BY_NAME[table].name, id)
        new = key not in self._made
        self._made.add(key)
        return new
