"""JSON and JSON Lines to records: numbers as they stand, lists within lists, nothing nested too deep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from graph.ingest import limits
from graph.ingest.delimited import decoded
from graph.ingest.records import Layout, Record, Unreadable

LINES = (".jsonl", ".ndjson")


def json_records(path: Path, layout: Layout) -> list[Record]:
    """The items of the list at `layout.records`; of JSON Lines, what each line holds there.

    Raises Unreadable where it is not JSON, there is no list, or it is too large or nested too deep.
    """
    if path.stat().st_size > limits.MOST_JSON_BYTES:
        raise Unreadable(
            f"is larger than {limits.MOST_JSON_BYTES // 1024**2} MB.", "Split it, or save it as JSON Lines."
        )
    text, _ = decoded(path, ("utf-8-sig",))
    paths = layout.records.split("|")
    if path.suffix.lower() in LINES:
        found = [
            (number, item, outer)
            for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)
            if line.strip()
            for item, outer in _of_line(_parsed(line, number), paths)
        ]
    else:
        tree = _parsed(text, None)
        listed = [_items(tree, at.split(".") if at else [], {}, "") for at in paths]
        if all(items is None for items in listed):
            where = " or ".join(paths)
            raise Unreadable(f"has no list at “{where}”.", "Set [read] records in the mapping.")
        every = chain.from_iterable(items or () for items in listed)
        found = [(number, item, outer) for number, (item, outer) in enumerate(every, start=1)]
    return [
        Record(number, {**outer, **dict(flat(item, "" if isinstance(item, dict) else "value"))}, tree=item)
        for number, item, outer in found
    ]


def lists_in(path: Path, text: str | None = None) -> dict[str, int]:
    """The paths to the lists of objects in a JSON file, not within other lists, and how many items each has."""
    tree = _parsed(decoded(path, ("utf-8-sig",))[0] if text is None else text, None)
    found: dict[str, int] = {}
    pending = [("", tree)]
    while pending:
        at, value = pending.pop()
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            found[at] = len(value)
        elif isinstance(value, dict):
            pending += [(f"{at}.{key}" if at else key, inner) for key, inner in value.items()]
    return found


def _of_line(tree: Any, paths: list[str]) -> Iterator[tuple[Any, dict[str, list[str]]]]:
    for at in paths:
        if at:
            yield from _items(tree, at.split("."), {}, "") or ()
        else:
            yield tree, {}


def _parsed(text: str, line: int | None) -> Any:
    where = f" in line {line}" if line else ""
    try:
        tree = json.loads(text, parse_float=_number, parse_int=str, parse_constant=_no_number)
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable(f"is nested too deep{where}.") from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and not line:
            where = f" in line {error.lineno}"
        raise Unreadable(f"is not well-formed JSON{where}.", "Fetch or export it again.") from None
    level, depth = [tree], 0
    while level:
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        depth += 1
        if depth > limits.MOST_DEPTH:
            raise Unreadable(f"is nested more than {limits.MOST_DEPTH} deep{where}.")
    return tree


def _number(text: str) -> str:
    exponent = re.search(r"[eE]([+-]?\d+)$", text)
    if not exponent:
        return text
    return format(Decimal(text), "f") if len(exponent[1]) < 4 and abs(int(exponent[1])) <= 30 else text


def _no_number(name: str) -> NoReturn:
    raise Unreadable(f"holds {name}, which is no number in JSON.", "Leave the value out, or write null.")


Found = tuple[Any, dict[str, list[str]]]


def _items(
    tree: Any, path: list[str], outer: dict[str, list[str]], at: str, *, within: bool = False
) -> list[Found] | None:
    """What stands in the list at a path, each with the values around it; None where there is no list."""
    if isinstance(tree, list):
        if not path:
            return [(item, outer) for item in tree]
        found: list[Found] = []
        for item in tree:
            found += _items(item, path, outer, at, within=True) or ()
        return found
    if not path:
        return [(tree, outer)] if within else None
    if not isinstance(tree, dict) or path[0] not in tree:
        return None
    around = dict(outer)
    for key, value in tree.items():
        if key != path[0] and not _has_records(value):
            around.update(flat(value, f"{at}.{key}" if at else key))
    return _items(tree[path[0]], path[1:], around, f"{at}.{path[0]}" if at else path[0], within=within)


def _has_records(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_records(inner) for inner in value.values())
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)


def flat(item: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Every value of a nested record under its dotted path; lists of records gather their values."""
    if isinstance(item, dict):
        for key, value in item.items():
            yield from flat(value, f"{path}.{key}" if path else key)
    elif isinstance(item, list):
        gathered: dict[str, list[str]] = {}
        for element in item:
            for key, values in flat(element, path):
                gathered.setdefault(key, []).extend(values)
        yield from gathered.items()
    elif item not in (None, ""):
        yield path, [str(item).lower() if isinstance(item, bool) else str(item)]
