"""JSON and JSON Lines to records: numbers as they stand, lists within lists, nothing nested too deep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from graph.ingest import limits
from graph.ingest.delimited import as_utf8, decoded
from graph.ingest.records import Layout, Record, Unreadable

LINES = (".jsonl", ".ndjson")

Found = tuple[Any, dict[str, list[str]]]


def json_records(path: Path, layout: Layout) -> list[Record]:
    """The items of the lists at `layout.records`.

    Raises Unreadable where it is not JSON, there is no list, or it is too large or nested too deep.
    """
    if path.stat().st_size > limits.MOST_JSON_BYTES:
        raise Unreadable(
            f"is larger than {limits.MOST_JSON_BYTES // 1024**2} MB.", "Split it, or save it as JSON Lines."
        )
    text, _ = decoded(path, ("utf-8-sig",))
    paths = layout.records.split("|")
    found = _found(_parsed(text, None), paths)
    if found is None:
        where = " or ".join(filter(None, paths))
        raise Unreadable(f"has no list at “{where}”.", "Set [read] records in the mapping.")
    return [_record(number, item, outer) for number, (item, outer) in enumerate(found, start=1)]


def line_records(file: BinaryIO, layout: Layout) -> Iterator[Record]:
    """What each line of JSON Lines holds at `layout.records`, or is, in turn.

    Raises Unreadable, once it comes to it, where a line is not JSON, too large or nested too deep.
    """
    file = as_utf8(file)
    paths = layout.records.split("|")
    number, empty = 0, True
    while read := file.readline(limits.MOST_JSON_BYTES + 1):
        if len(read) > limits.MOST_JSON_BYTES:
            most = limits.MOST_JSON_BYTES // 1024**2
            raise Unreadable(f"has more than {most} MB in line {number + 1}.", "Split that line.")
        for line in re.split(rb"\r(?!\n|\Z)", read):
            number += 1
            text = _text(line, number)
            if text.strip():
                empty = False
                tree = _parsed(text, number)
                for item, outer in [(tree, {})] if paths == [""] else _found(tree, paths) or ():
                    yield _record(number, item, outer)
    if empty:
        raise Unreadable("is empty.")


def _text(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"has the byte 0x{line[error.start]:02x} in line {number}, which is not text in UTF-8.",
            "Save it as UTF-8.",
        ) from None


def _record(number: int, item: Any, outer: dict[str, list[str]]) -> Record:
    cells = {**outer, **dict(flat(item, "" if isinstance(item, dict) else "value"))}
    return Record(number, cells, tree=item)


def _found(tree: Any, paths: Sequence[str]) -> list[Found] | None:
    """What stands at any of these paths, one thing or a list; the whole of it where an empty path is one of several
    and there is nothing at the others. None where there is no list.
    """
    named = [at for at in paths if at]
    listed = [found for at in named if (found := _items(tree, at.split("."), {}, "")) is not None]
    if not any(listed) and "" in paths:
        whole = [(tree, {})] if named and isinstance(tree, dict) else _items(tree, [], {}, "")
        listed += [whole] if whole is not None else []
    return list(chain.from_iterable(listed)) if listed else None


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
        return [(tree, outer)] if within or (at and isinstance(tree, dict)) else None
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
