"""The mapping language at work: what one record makes, value by value and row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from graph.ingest.catalogue import catalogue, code, slug
from graph.ingest.forms import day_of, repaired
from graph.ingest.language import Mapping, Rows, Share, Value
from graph.ingest.names import Names
from graph.ingest.nested import Position, is_path, items, steps
from graph.ingest.reading import Record, folded


@dataclass(frozen=True)
class Problem:
    """What is wrong with one value that a mapping made."""

    column: str | None
    value: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class MappedRow:
    """One row of a canonical table, and the header that each column came from."""

    table: str
    record: Record
    cells: dict[str, list[str]]
    origins: dict[str, str]
    doubt: str = ""
    """What to warn of."""
    problems: tuple[Problem, ...] = ()
    """Why the row cannot be made."""


def mapped_rows(
    mapping: Mapping, record: Record, file: str, names: Names | None = None
) -> Iterator[MappedRow]:
    """The canonical rows that one record makes; `names` is where `find` looks."""
    scope = _Scope(mapping, record, file, names)
    if mapping.read.needs and not scope.evaluate(mapping.read.needs):
        return
    if mapping.read.unless and scope.evaluate(mapping.read.unless):
        return
    for rows in mapping.rows:
        if rows.within is None:
            yield from scope.rows(rows)
        else:
            for position in Position(record.tree).within(rows.within, scope.get):
                yield from _Scope(mapping, record, file, names, position).rows(rows)


def made_rows(
    mapping: Mapping, rows: Rows, record: Record, file: str, names: Names | None
) -> Iterator[MappedRow]:
    """The rows that one declaration makes of one record, which is known to be one."""
    yield from _Scope(mapping, record, file, names).rows(rows)


def made_value(
    mapping: Mapping, value: Value, record: Record, file: str, names: Names | None
) -> tuple[list[str], bool]:
    """What one value is in one record, and whether there is anything wrong with it."""
    scope = _Scope(mapping, record, file, names)
    return scope.evaluate(value), bool(scope.problems)


class _Scope:
    """The names that a mapping may use while it reads one record, or one item within it."""

    def __init__(
        self, mapping: Mapping, record: Record, file: str, names: Names | None, at: Position | None = None
    ):
        self.mapping, self.record, self.file, self.names = mapping, record, file, names
        self.at = at or Position(record.tree)
        self.redacted = mapping.read.redacted
        self.named: dict[str, list[str]] = {"@file": [file], "@row": [str(record.row)]}
        self.problems: list[Problem] = []
        self.new: list[MappedRow] = []
        for name, value in mapping.let.items():
            self.named[name] = self.evaluate(value)

    def rows(self, rows: Rows) -> Iterator[MappedRow]:
        for each in self.get(rows.each) if rows.each else [""]:
            self.named["@each"] = [each] if each else []
            if rows.needs and not self.evaluate(rows.needs):
                continue
            if rows.unless and self.evaluate(rows.unless):
                continue
            cells, origins = {}, {}
            for column, value in rows.columns.items():
                if found := self.evaluate(value, column):
                    cells[column] = found
                    origins[column] = self.origin(value)
            doubt = ""
            if rows.lookup:
                listed = catalogue(rows.lookup)
                id = next(iter(cells.get("id", ())), each)
                if listed.knows(id):
                    cells |= listed.facts(id)
                elif "name" not in cells:
                    cells |= listed.facts(id)
                    doubt = f"{id} is not in the list {rows.lookup}; it becomes an organisation of its own."
            yield from self.new
            yield MappedRow(rows.table, self.record, cells, origins, doubt, tuple(self.problems))
            self.new, self.problems = [], []

    def get(self, name: str) -> list[str]:
        return next(iter(self._lists(name)), [])

    def _lists(self, name: str) -> Iterator[list[str]]:
        """The values under a name; of a pattern, those of every header that fits it and has one."""
        if name.startswith("~"):
            for key, found in self.record.cells.items():
                if found and re.fullmatch(name[1:], key):
                    yield found
        elif known := self.named.get(name):
            yield known
        else:
            walk = self.record.tree is not None and (self.at.around or is_path(name))
            if read := self.at.values(name, self.get) if walk else self.record.get(name):
                yield read

    def origin(self, value: Value) -> str:
        name = next((n for n in value.from_ if self._usable(value, n)), value.from_[0] if value.from_ else "")
        if name.startswith("~"):
            name = next((key for key in self.record.titles if re.fullmatch(name[1:], key)), name)
        return " ".join(self.record.titles.get(folded(name), name).split("\n")[0].split())

    def evaluate(self, value: Value, column: str | None = None) -> list[str]:
        if value.constant is not None:
            found = [value.constant]
        elif value.join is not None:
            parts = [self._usable(value, name) for name in value.from_]
            found = [value.join.join(p[0] for p in parts if p)] if all(parts) else []
        elif value.all:
            found = [
                t for name in value.from_ for texts in self._lists(name) for t in self._only(value, texts)
            ]
        else:
            found = next((got for name in value.from_ if (got := self._usable(value, name))), [])
        if value.share:
            found = [part for text in found for part in self._share(value.share, text)]
        if not found and value.default is not None:
            found = [value.default]
        if value.split:
            found = [part for text in found for part in _parts(text, value)]
        made = (self._made(value, text.strip(), column) for text in found)
        return _taken(value.take, list(dict.fromkeys(text for text in made if text)))

    def _usable(self, value: Value, name: str) -> list[str]:
        return self._only(value, self.get(name))

    def _only(self, value: Value, found: Sequence[str]) -> list[str]:
        return [text for text in found if self._counts(value, text)]

    def _counts(self, value: Value, text: str) -> bool:
        if value.redactions == "keep" or not self.redacted:
            return value.redactions != "only"
        withheld = bool(self.redacted.fullmatch(" ".join(text.split())))
        return withheld == (value.redactions == "only")

    def _made(self, value: Value, text: str, column: str | None) -> str:
        if value.split and not self._counts(value, text):
            return ""
        if value.match:
            match = value.match.fullmatch(text)
            if not match:
                return ""
            text = next(filter(None, match.groups()), "") if match.re.groups else text
        if value.unless and value.unless.fullmatch(text):
            return ""
        text = " ".join((repaired(text) if value.repair else text).split())
        if value.map:
            known = self.mapping.maps[value.map] if isinstance(value.map, str) else value.map
            text = known.get(text.lower(), text if value.otherwise is None else value.otherwise)
        text = next((day for form in value.date if (day := day_of(text, form))), text)
        if value.number and text:
            text = value.number.read(text)
        return self._identified(value, text, column) if text else ""

    def _identified(self, value: Value, text: str, column: str | None) -> str:
        if value.lookup:
            day = next(iter(self.get(value.at or "")), "")
            if id := catalogue(value.lookup).known(text, day):
                return id
            text = text if value.find else slug(text)
        if value.find and self.names:
            return self._found(value, value.find, text, column)
        if value.code:
            return code(text)
        return slug(text) if value.slug else text

    def _found(self, value: Value, table: str, text: str, column: str | None) -> str:
        assert self.names
        candidates = self.names.find(table, text)
        if len(candidates) == 1:
            return next(iter(candidates))
        if candidates:
            several = ", ".join(f"{id} ({label})" for id, label in sorted(candidates.items()))
            remedy = "Say which one in `map`, by its id."
            self.problems.append(Problem(column, text, f"may be any of {several}.", remedy))
        elif value.unknown == "new":
            cells = {"id": [slug(text)], "name": [text]}
            origins = dict.fromkeys(cells, self.origin(value))
            if self.names.first_in(self.file, table, slug(text)):
                self.new.append(MappedRow(table, self.record, cells, origins))
        elif value.unknown == "error":
            remedy = 'Correct it, add that row, or say `unknown = "new"` in the mapping.'
            self.problems.append(
                Problem(column, text, f"is not the id or a name of a row of {table}.", remedy)
            )
        else:
            return ""
        return slug(text)

    def _share(self, share: Share, id: str) -> Iterator[str]:
        """What is theirs over all, from 0 to 1; nothing where that cannot be said."""
        theirs = total = Decimal(0)
        units: set[str] = set()
        for item in items(self.record.tree, steps(share.list.removeprefix("/")), self.get):
            here = Position(item)
            amounts = here.values(share.amount, self.get)
            whose = next((got for path in share.whose if (got := here.values(path, self.get))), [])
            units.update(here.values(share.unit, self.get) if share.unit else ())
            try:
                amount = Decimal(amounts[0])
            except (IndexError, InvalidOperation):
                return
            if not amount.is_finite() or amount < 0 or (id in whose and len(whose) > 1):
                return
            total += amount
            theirs += amount if id in whose else 0
        if total and len(units) <= 1:
            written = format(round(theirs / total, 6), "f")
            yield (written.rstrip("0").rstrip(".") if "." in written else written) or "0"


def _taken(take: str, found: list[str]) -> list[str]:
    if take == "all" or len(found) < 2:
        return found
    ordered = sorted(found, key=_in_order) if take in ("least", "greatest") else found
    return ordered[:1] if take in ("first", "least") else ordered[-1:]


def _in_order(text: str) -> tuple[bool, Decimal, str]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return True, Decimal(0), text
    return not number.is_finite(), number if number.is_finite() else Decimal(0), text


def _parts(text: str, value: Value) -> Iterator[str]:
    """The values of one cell: neither an escaped separator nor one within a name to keep separates."""
    assert value.split
    whole = [span for name in value.keep for span in _spans(name, text)]
    start, made = 0, ""
    for match in value.split.finditer(text):
        if match.end() == match.start() or any(a < match.end() and match.start() < b for a, b in whole):
            continue
        if value.escape and text[: match.start()].rstrip().endswith(value.escape):
            before = text[start : match.start()]
            made += before.rstrip().removesuffix(value.escape) + match[0]
        else:
            yield made + text[start : match.start()]
            made = ""
        start = match.end()
    yield made + text[start:]


def _spans(name: str, text: str) -> Iterator[tuple[int, int]]:
    pattern = name[1:] if name.startswith("~") else rf"(?<!\w){re.escape(name)}(?!\w)"
    return (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
