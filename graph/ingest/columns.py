"""A large table by columns: what is plainly right is never made into rows, and the rest goes the way of all rows."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

import polars as pl
import pyoxigraph as ox

from graph.ingest import limits
from graph.ingest.catalogue import slug
from graph.ingest.delimited import delimiter_of
from graph.ingest.records import Record, folded
from graph.ingest.scope import MappedRow
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import BadValue, Code, Day, Identifier, Link, Text, clean

Term = ox.NamedNode | ox.Literal
Progress = Callable[[str, int, int], None]

_ROWS_AT_ONCE = 20_000
_ODD = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u{200b}-\u{200f}\u{2028}-\u{202f}\u{2060}-\u{206f}\u{fdd0}-\u{fdef}\u{fff0}-\u{ffff}]|^#|^(?i:err:)"
"""What a text must not hold to be plainly right: more than `clean` refuses, so that it alone decides."""
_CONTACT = r"@|[+0](?:[\s()-]{0,2}\d){7}"
"""More than a confidential text may not hold."""
_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$"


@dataclass
class Entries:
    """The different cells of a column, each read once."""

    separator: str = ";"
    """What stands between several values."""
    texts: list[str] = field(default_factory=list)
    terms: list[tuple[Term, ...]] = field(default_factory=list)
    """The values of each; none where it is not plainly right."""
    _index: dict[str, int] = field(default_factory=dict)

    def codes(self, cells: pl.Series, column: Column) -> pl.Series:
        """The number of each cell."""
        different = cells.drop_nulls().unique().to_list()
        for text in different:
            if text not in self._index:
                self._index[text] = len(self.texts)
                self.texts.append(text)
                self.terms.append(self._read(text, column))
        numbers = [self._index[text] for text in different]
        return cells.replace_strict(different, numbers, default=None, return_dtype=pl.UInt32)

    def parts(self, text: str) -> list[str]:
        """The several values of a cell."""
        return [part.strip() for part in text.split(self.separator) if part.strip()]

    def _read(self, text: str, column: Column) -> tuple[Term, ...]:
        try:
            return tuple(column.kind.read(clean(p)) for p in (self.parts(text) if column.many else [text]))
        except BadValue:
            return ()


def is_plain(column: Column) -> bool:
    """Whether the cells are kept as they are; the others are numbered and read once each."""
    if column.many:
        return False
    return isinstance(column.kind, Text | Identifier) or (
        isinstance(column.kind, Link) and column.kind.shipped is None
    )


@dataclass
class Columns:
    """The plainly right rows of one table of one file."""

    table: Table
    frame: pl.DataFrame
    """`row`, `id`, and each column that the file has, by "=" and its name: cells as they are, or their numbers."""
    entries: dict[str, Entries]
    sheet: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    """The header that each column came from, where it is another."""
    as_rows: Callable[[pl.DataFrame], Iterable[MappedRow]] | None = None
    """How some of them are made into rows, where they came through a mapping."""

    def __len__(self) -> int:
        return self.frame.height

    @property
    def columns(self) -> list[Column]:
        """Those that the file has."""
        return [column for column in self.table.columns if f"={column.name}" in self.frame.columns]

    @cached_property
    def ids(self) -> set[str]:
        """The ids of the rows."""
        return set(self.frame["id"].to_list())

    @cached_property
    def names(self) -> dict[str, str]:
        """The name of each row, by id."""
        if "=name" not in self.frame.columns:
            return {}
        return dict(self.frame.select("id", "=name").drop_nulls().iter_rows())

    def cells(self, name: str) -> set[str]:
        """The different cells of a column that is kept as it is."""
        return set(self.frame[f"={name}"].drop_nulls().unique().to_list())

    def taken_out(self, which: Sequence[bool] | pl.Series) -> list[MappedRow]:
        """Rows that are to go the way of all rows, in their order; they are no longer among these."""
        which = pl.Series(which, dtype=pl.Boolean)
        out = self.frame.filter(which)
        if out.is_empty():
            return []
        self.frame = self.frame.filter(~which)
        self.__dict__.pop("ids", None)
        self.__dict__.pop("names", None)
        return list((self.as_rows or self._rows)(out))

    def _rows(self, frame: pl.DataFrame) -> Iterator[MappedRow]:
        for values in frame.iter_rows(named=True):
            cells = {}
            for column in self.columns:
                value = values[f"={column.name}"]
                if value is None:
                    continue
                entries = self.entries.get(column.name)
                if text := (entries.texts[value] if entries else value).strip():
                    cells[column.name] = entries.parts(text) if entries and column.many else [text]
            yield MappedRow(self.table.name, Record(values["row"], {}), cells, {})


def read_columns(
    path: Path, table: Table, progress: Progress | None
) -> tuple[Columns, list[MappedRow]] | None:
    """The rows that are plainly right, and the others; None where anything is odd about the file as a whole."""
    if not _is_utf8(path):
        return None
    try:
        size = path.stat().st_size
        with path.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            tabs = path.suffix.lower() != ".csv"
            delimiter = "\t" if tabs else delimiter_of(file.read(200_000))
            file.seek(0)
            csv.field_size_limit(limits.MOST_IN_CELL)
            lines = csv.reader(file, delimiter=delimiter, strict=True)

            def told(done: int) -> None:
                if progress:
                    progress(path.name, done, max(done, round(done * size / max(1, raw.tell()))))

            found = columns_in(lines, table, None, told)
    except csv.Error:
        return None
    if found and progress:
        made, others = found
        progress(path.name, len(made) + len(others), len(made) + len(others))
    return found


def columns_in(
    lines: Iterator[list[str]], table: Table, sheet: str | None, told: Callable[[int], None]
) -> tuple[Columns, list[MappedRow]] | None:
    """As `read_columns`, of the lines of a table; `told` learns how many are done."""
    found = _header(lines, table)
    if found is None:
        return None
    before, columns = found
    first = before
    entries = {c.name: Entries() for c in columns if not is_plain(c)}
    pieces = []
    while chunk := list(islice(lines, _ROWS_AT_ONCE)):
        piece = _piece(chunk, before, columns, entries)
        if piece is None or before > limits.MOST_ROWS or before * len(columns) > limits.MOST_CELLS:
            return None
        before += len(chunk)
        pieces.append(piece)
        told(before - first)
    if not pieces or not (frame := pl.concat(pieces)).height:
        return None
    made = Columns(table, frame, entries, sheet)
    made.frame = frame.select("row", ids_of(made).alias("id"), pl.exclude("row"))
    odd = pl.any_horizontal(pl.col("id").is_duplicated(), *doubts(made)).fill_null(True)
    return made, made.taken_out(made.frame.select(odd).to_series())


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                if b"\0" in piece:
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _header(lines: Iterator[list[str]], table: Table) -> tuple[int, list[Column]] | None:
    """How many rows there are to the end of the header, and its columns, where all of it is right."""
    by_name = {folded(column.name): column for column in table.columns}
    for number, row in enumerate(lines, start=1):
        if any(cell.strip() for cell in row):
            names = [folded(title) for title in row]
            if not set(names) <= set(by_name) or len(set(names)) < len(names):
                return None
            if not all(folded(column.name) in names for column in table.columns if column.required):
                return None
            return number, [by_name[name] for name in names]
    return None


def _piece(
    chunk: list[list[str]], before: int, columns: Sequence[Column], entries: dict[str, Entries]
) -> pl.DataFrame | None:
    """Some rows as columns; None where a cell stands under no header."""
    width = len(columns)
    for number, row in enumerate(chunk):
        if len(row) != width:
            if any(cell.strip() for cell in row[width:]):
                return None
            chunk[number] = [*row[:width], *[""] * (width - len(row))]
    made = {"row": pl.int_range(before + 1, before + 1 + len(chunk), dtype=pl.UInt32, eager=True)}
    for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
        series = pl.Series(cells, dtype=pl.String).str.strip_chars()
        made[f"={column.name}"] = series.set(series == "", None)
    frame = pl.DataFrame(made).filter(pl.any_horizontal(pl.exclude("row").is_not_null()))
    coded = [
        entries[c.name].codes(frame[f"={c.name}"], c).alias(f"={c.name}")
        for c in columns
        if c.name in entries
    ]
    return frame.with_columns(coded)


def ids_of(made: Columns) -> pl.Series:
    """The id of each row, as a row gets it."""
    frame, table = made.frame, made.table
    parts = []
    for name in ("id",) if table.column("id") else table.key:
        if f"={name}" not in frame.columns:
            continue
        column, cells = table.column(name), frame[f"={name}"]
        if name in made.entries:
            short = [
                "--".join(t.value.rsplit("/", 1)[-1] for t in terms) for terms in made.entries[name].terms
            ]
            cells = pl.Series(short, dtype=pl.String).gather(cells)
        elif column and isinstance(column.kind, Text):
            different = cells.drop_nulls().unique()
            cells = cells.replace_strict(different, [slug(t) for t in different.to_list()], default=None, return_dtype=pl.String)  # fmt: skip
        parts.append(cells.alias(name))
    return pl.DataFrame(parts).select(pl.concat_str("*", separator="--", ignore_nulls=True)).to_series()


def doubts(made: Columns) -> Iterator[pl.Expr]:
    """What makes a row other than plainly right, or could; beside an id that another has."""
    table, present = made.table, {column.name for column in made.columns}

    def cell(name: str) -> pl.Expr:
        return pl.col(f"={name}") if name in present else pl.lit(None, dtype=pl.String)

    for column in made.columns:
        own = cell(column.name)
        if column.required:
            yield own.is_null()
        if column.name in made.entries:
            least = [n for n, terms in enumerate(made.entries[column.name].terms) if not terms]
            odd = pl.Series(made.entries[column.name].texts, dtype=pl.String).str.contains(_ODD).arg_true()
            wrong = pl.Series([*least, *odd.to_list()], dtype=pl.UInt32)
            yield own.is_in(wrong.implode()).fill_null(False)
        elif isinstance(column.kind, Text):
            yield (own.str.contains(_ODD) | (own.str.len_bytes() > 10_000)).fill_null(False)
            if column.kind.confidential:
                yield own.str.contains(_CONTACT).fill_null(False)
        else:
            yield (~own.str.contains(_IDENTIFIER)).fill_null(False)
    for group in table.together:
        yield pl.sum_horizontal(*(cell(name).is_not_null() for name in group)) != 1
    for first, second in table.pairs:
        yield cell(first).is_not_null() != cell(second).is_not_null()
    for first, second in table.ordered:
        if {first, second} <= present:
            yield (_rank(made, first) > _rank(made, second)).fill_null(False)
    if table.differ and set(table.differ) <= present:
        yield (cell(table.differ[0]) == cell(table.differ[1])).fill_null(False)
    if table.both:
        name, code, other = table.both
        if name in present:
            terms = made.entries[name].terms
            holding = [n for n, t in enumerate(terms) if any(v.value.rsplit("/", 1)[-1] == code for v in t)]
            holds = cell(name).is_in(pl.Series(holding, dtype=pl.UInt32).implode())
            yield cell(name).is_not_null() & (holds != cell(other).is_not_null())


def _rank(made: Columns, name: str) -> pl.Expr:
    """Where a date or a whole number stands among others."""
    terms = made.entries[name].terms
    values = pl.Series([t[0].value if t else None for t in terms], dtype=pl.String)
    column = made.table.column(name)
    ranks = values if column and isinstance(column.kind, Day) else values.cast(pl.Int64, strict=False)
    return pl.lit(ranks).gather(pl.col(f"={name}"))


def lower_label(column: Column, term: Term) -> str:
    """How a concept is called within a label."""
    from ontology.terms import concepts

    assert isinstance(column.kind, Code)
    short = term.value.rsplit("/", 1)[-1]
    return next(concepts(s)[short] for s in column.kind.schemes if short in concepts(s)).lower()
