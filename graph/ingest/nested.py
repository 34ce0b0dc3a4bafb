"""Records within records: paths into what JSON and XML hold, and several releases of one thing made into one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph.ingest.reading import Record

TEXT = "#text"
"""The key under which an XML element that has attributes too keeps its text."""

_SEGMENT = re.compile(r"(?P<name>[^.\[\]=]*)(?P<filters>(?:\[[^\[\]]+\])*)")
_FILTER = re.compile(r"\[(?P<key>[^\[\]!=]+?)\s*(?P<sign>!?=)\s*(?P<wanted>[^\[\]]*)\]")

Named = Callable[[str], Sequence[str]]
"""The values of a named value of the mapping, such as @each."""


@dataclass(frozen=True)
class Step:
    """One part of a path: a key, and what must hold of the items there."""

    key: str
    filters: tuple[tuple[str, bool, str], ...] = ()
    """Key within the item, whether its value must be this one or must not, and the value."""


@lru_cache(maxsize=10_000)
def steps(path: str) -> tuple[Step, ...]:
    """A path such as `awards[status!=cancelled].suppliers.id` in its parts. Raises ValueError where it is not one."""
    found, place = [], 0
    while place <= len(path):
        match = _SEGMENT.match(path, place)
        assert match
        filters = [
            (f["key"].strip(), f["sign"] == "=", f["wanted"].strip())
            for f in _FILTER.finditer(match["filters"])
        ]
        if len(filters) != match["filters"].count("[") or (
            match.end() < len(path) and path[match.end()] != "."
        ):
            raise ValueError(f"“{path}” is not a path such as awards[status=active].suppliers.id")
        found.append(Step(match["name"], tuple(filters)))
        place = match.end() + 1
    return tuple(found)


def is_path(name: str) -> bool:
    """Whether a name can only be found by walking through the record."""
    return "[" in name or name.startswith("/")


def items(tree: Any, path: Sequence[Step], named: Named) -> Iterator[Any]:
    """Everything that stands at a path; each item of a list on its own."""
    if isinstance(tree, list):
        for item in tree:
            yield from items(item, path, named)
    elif not path:
        if tree is not None:
            yield tree
    elif isinstance(tree, dict) and path[0].key in tree:
        for item in listed(tree[path[0].key]):
            if all(_holds(item, f, named) for f in path[0].filters):
                yield from items(item, path[1:], named)


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _holds(item: Any, condition: tuple[str, bool, str], named: Named) -> bool:
    key, alike, wanted = condition
    if wanted.startswith("@"):
        values: Sequence[str] = named(wanted) or named(wanted[1:])
    else:
        values = (wanted,)
    has = {text for found in items(item, steps(key), named) for text in texts(found)}
    return bool(has.intersection(values)) == alike


def texts(value: Any) -> Iterator[str]:
    """A value as a cell holds it; nothing for what is empty or is itself a record."""
    if isinstance(value, dict):
        value = value.get(TEXT)
    if isinstance(value, bool):
        yield str(value).lower()
    elif value is not None and not isinstance(value, dict | list) and str(value).strip():
        yield str(value).strip()


@dataclass(frozen=True)
class Position:
    """Where in a record one stands: the whole record, and which item of each list around."""

    tree: Any
    around: Mapping[tuple[str, ...], Any] = field(default_factory=dict)

    def values(self, name: str, named: Named) -> list[str]:
        """The values at a path: within the items around, or in the whole record where it begins with a slash."""
        path = steps(name.removeprefix("/"))
        tree, rest = self.tree, path
        if not name.startswith("/"):
            for depth in range(len(path), 0, -1):
                keys = tuple(step.key for step in path[:depth])
                if keys in self.around:
                    tree, rest = self.around[keys], path[depth:]
                    break
        return list(dict.fromkeys(text for found in items(tree, rest, named) for text in texts(found)))

    def within(self, path: str, named: Named) -> Iterator[Position]:
        """A position at each item of a list of the record."""
        yield from _inner(self.tree, steps(path), (), dict(self.around), self, named)


def _inner(
    tree: Any,
    path: Sequence[Step],
    above: tuple[str, ...],
    around: dict[tuple[str, ...], Any],
    here: Position,
    named: Named,
) -> Iterator[Position]:
    if not path:
        yield replace(here, around=around)
        return
    here_at = (*above, path[0].key)
    for item in listed(tree.get(path[0].key)) if isinstance(tree, dict) else []:
        if all(_holds(item, f, named) for f in path[0].filters):
            yield from _inner(item, path[1:], here_at, {**around, here_at: item}, here, named)


def flat(item: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every value of a nested record under its dotted path; lists of records gather their values."""
    pending = [(item, path)]
    gathered: dict[str, list[str]] = {}
    while pending:
        value, at = pending.pop()
        if isinstance(value, dict):
            for key, inner in reversed(value.items()):
                pending.append((inner, at if key == TEXT else f"{at}.{key}" if at else key))
        elif isinstance(value, list):
            pending += [(inner, at) for inner in reversed(value)]
        else:
            for text in texts(value):
                gathered.setdefault(at, []).append(text)
    yield from gathered.items()


def merged(records: Sequence[Record], key: str, order: str) -> list[Record]:
    """Records with the same value at `key` made into one, the later by `order` over the earlier.

    Objects are merged key by key, lists of items that have an id by it; other lists, and values, are replaced.
    The place is that of the first.
    """
    groups: dict[str, list[Record]] = {}
    for number, record in enumerate(records):
        groups.setdefault(next(iter(record.get(key)), f"\0{number}"), []).append(record)
    made: list[Record] = []
    for group in groups.values():
        if len(group) == 1:
            made.append(group[0])
            continue
        in_time = sorted(group, key=lambda record: next(iter(record.get(order)), ""))
        tree: Any = {}
        for record in in_time:
            tree = _over(tree, record.tree)
        made.append(replace(group[0], tree=tree, cells=dict(flat(tree))))
    return made


def _over(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        both = {**old}
        for key, value in new.items():
            both[key] = _over(old[key], value) if key in old else value
        return both
    if _by_id(old) and _by_id(new):
        kept = {str(item["id"]): item for item in old}
        for item in new:
            id = str(item["id"])
            kept[id] = _over(kept[id], item) if id in kept else item
        return list(kept.values())
    return new


def _by_id(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value)
