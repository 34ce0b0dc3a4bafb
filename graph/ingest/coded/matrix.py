"""Tables of interviews by codes: a row (or a column) an interview, the others codes, in each cell whether it was spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from graph.errors import Issue
from graph.ingest.catalogue import slug
from graph.ingest.coded.ids import interview_id, refuse_doubled
from graph.ingest.coded.model import Code, Coding, Material, Source
from graph.ingest.coded.options import Coded
from graph.ingest.reading import Unreadable

Grid = Sequence[Sequence[str]]

_NO = frozenset({"", "-", "–", "no", "n", "false", "f", "none", "n/a", "na", "absent"})
_YES = frozenset({"x", "✓", "✔", "yes", "y", "true", "t", "present"})
_NUMBER = re.compile(r"\d{1,6}([.,]\d{1,6})?%?")


def says_yes_or_no(text: str) -> bool:
    """Whether a cell says that a code was used, or that it was not."""
    return text.lower() in _NO or text.lower() in _YES or bool(re.fullmatch(r"\d", text))


def read_matrix(path: Path, grids: Iterable[tuple[str | None, Grid]], coded: Coded) -> Material:
    """Every sheet with a header and a row below it. Raises Unreadable where a header that is named is not there."""
    codes: dict[tuple[str, ...], Code] = {}
    sources: list[Source] = []
    issues: list[Issue] = []
    for sheet, grid in grids:
        filled = [
            (number, list(row)) for number, row in enumerate(grid, start=1) if any(c.strip() for c in row)
        ]
        if len(filled) < 2:
            continue
        if coded.across:
            numbers = [number for number, _ in filled]
            turned = [list(column) for column in zip_longest(*(row for _, row in filled), fillvalue="")]
            rows = list(enumerate(turned, start=1))
        else:
            rows = filled
            numbers = [filled[0][0]] * max(len(row) for _, row in filled)
        table = _Table(path, sheet, rows[0][1], numbers, coded)
        codes.update({key: code for key, code in table.codes.items() if key not in codes})
        for number, row in rows[1:]:
            if any(cell.strip() for cell in row):
                sources.append(table.source(number, row, len(sources) + 1))
        issues += table.issues
    refuse_doubled(source.id for source in sources)
    return Material(tuple(codes.values()), tuple(sources), issues=tuple(issues))


class _Table:
    """One sheet: which column holds which code, and its rows."""

    def __init__(
        self, path: Path, sheet: str | None, headers: Sequence[str], rows: Sequence[int], coded: Coded
    ):
        self.path, self.sheet, self.coded = path, sheet, coded
        self.titles = [header.strip() for header in headers]
        self.issues: list[Issue] = []
        lower = [title.lower() for title in self.titles]
        for name in (*coded.interview, *coded.fields.values()):
            if name.strip().lower() not in lower:
                raise Unreadable(f"has no header “{name}”.", "Correct the mapping.")
        self.known_by = [lower.index(name.strip().lower()) for name in coded.interview] or [0]
        filled = coded.filled_by(title for i, title in enumerate(self.titles) if i not in self.known_by)
        others = {name.strip().lower() for name in (*filled.values(), *coded.ignore)}
        self.codes: dict[tuple[str, ...], Code] = {}
        self.of_column: dict[int, Code] = {}
        for column, header_path in self._paths(headers, others):
            self.of_column[column] = self._code(header_path, rows[column])

    def _paths(self, headers: Sequence[str], others: set[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The names of the wider codes and of its own of each column that is a code."""
        above: list[tuple[int, str]] = []
        for column, header in enumerate(headers):
            if not header.strip() or column in self.known_by or header.strip().lower() in others:
                continue
            if self.coded.separator:
                names = (
                    part.strip()
                    for part in header.split(self.coded.separator.strip() or self.coded.separator)
                )
                yield column, tuple(name for name in names if name)
                continue
            indent = len(header) - len(header.lstrip())
            above = [(i, name) for i, name in above if i < indent]
            above.append((indent, " ".join(header.split())))
            yield column, tuple(name for _, name in above)

    def _code(self, path: tuple[str, ...], row: int) -> Code:
        if path not in self.codes:
            broader = (self._code(path[:-1], row).id,) if len(path) > 1 else ()
            id = slug(f"code {self.path.stem} {' '.join(path)}")
            taken = {code.id for code in self.codes.values()}
            unique = next(i for n in range(1, 100_000) if (i := id if n == 1 else f"{id}-{n}") not in taken)
            self.codes[path] = Code(unique, path[-1], path, row, broader, sheet=self.sheet)
        return self.codes[path]

    def source(self, number: int, row: Sequence[str], count: int) -> Source:
        """One interview with the codes that it was given."""
        cells = {column: row[column].strip() for column in range(len(row))}
        parts = [text for column in self.known_by if (text := cells.get(column, ""))]
        id = interview_id(slug(self.path.stem), parts, count, self.coded.ids_are_codes)
        facts = {
            self.titles[column]: text for column, text in cells.items() if text and column < len(self.titles)
        }
        codings = [
            Coding(code.id, severity=cells[column] if self.coded.cells == "severity" else "")
            for column, code in self.of_column.items()
            if self._present(cells.get(column, ""), number, column)
        ]
        unique = dict.fromkeys(codings)
        keys = (*parts, " / ".join(parts), id)
        source = Source(id, " / ".join(parts), number, self.sheet, keys, facts, codings=tuple(unique))
        return replace(source, across=self.coded.across)

    def _present(self, text: str, number: int, column: int) -> bool:
        if text.lower() in _NO:
            return False
        if _NUMBER.fullmatch(text):
            return float(text.rstrip("%").replace(",", ".")) > 0
        if text.lower() in _YES and self.coded.cells == "presence":
            return True
        remedy = "Write 1 or 0, or name the header under `ignore`."
        if self.coded.cells == "severity":
            remedy = "Write a number from 1 to 5, or 0, or name the header under `ignore`."
        row, title = (None, f"{number}") if self.coded.across else (number, self.titles[column])
        where = f" ({self.titles[column]})" if self.coded.across else ""
        self.issues.append(
            Issue(
                self.path.name,
                "does not say whether the code was used.",
                remedy,
                self.sheet,
                row,
                title + where,
                text,
            )
        )
        return False
