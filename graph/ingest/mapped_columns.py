"""A large table read through a mapping by columns: what the mapping makes of equal cells is worked out once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import polars as pl

from graph.ingest.columns import Columns, Entries, doubts, ids_of, is_plain
from graph.ingest.language import Mapping, Rows, Value
from graph.ingest.names import Names
from graph.ingest.reading import Grid, Record, folded, headed
from graph.ingest.scope import MappedRow, made_rows, made_value
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column
from graph.ingest.values import Link

T = TypeVar("T")
Told = Callable[[float], None]

_SEVERAL = "\n"
"""Stands between several values of a cell: a mapping leaves a line end within one only where its own words have it."""
_PLAIN = Value.model_validate({}).model_dump(exclude={"from_"})


def goes_by_columns(mapping: Mapping) -> bool:
    """Whether each record makes one row of each kind at most, from its own cells alone."""
    return (
        not mapping.coded
        and not mapping.read.merge
        and not any(value.find and value.unknown == "new" for _, value in mapping.values)
        and not any(rows.within or rows.each or rows.lookup for rows in mapping.rows)
        and not any(column.adds for rows in mapping.rows for column in BY_NAME[rows.table].columns)
        and not any(value.share for _, value in mapping.values)
    )


def mapped_columns(
    mapping: Mapping, file: str, sheet: str | None, grid: Grid, names: Names | None, told: Told
) -> tuple[list[Columns], int] | None:
    """The rows of each kind, and how many records made some; None for a table that runs across.

    Those that are not plainly right are `odd`, until they are set apart.
    """
    layout = mapping.layout
    across, first, titles, keys = headed(grid, layout)
    if across:
        return None
    cells = _Cells(mapping, file, names, titles, keys, _raw(grid, first, len(keys)))
    cells.keep_records(first > 0)
    made, used = [], pl.Series([], dtype=pl.UInt32)
    for done, rows in enumerate(mapping.rows, start=1):
        columns = cells.columns_of(rows, sheet)
        used = pl.concat([used, columns.frame["row"]])
        made.append(columns)
        told(done / len(mapping.rows))
    return made, used.n_unique()


def set_apart(tables: Sequence[Columns], lenient: bool) -> list[tuple[MappedRow, str | None]]:
    """The rows that go the way of all rows, with their sheets, in their order: odd ones, and those of one id.

    Where all rows of one id are equal and point at nothing, a lenient reading keeps the first and says nothing.
    """
    for made in tables:
        odd = made.frame.select(pl.any_horizontal("odd", *doubts(made)).fill_null(True).alias("odd"))
        made.frame = made.frame.with_columns(odd.to_series())
    for made in tables if lenient else ():
        if not any(isinstance(column.kind, Link) for column in made.columns):
            others = [t.frame["id"] for t in tables if t is not made and t.table is made.table]
            made.frame = _once(made, pl.concat([pl.Series("id", [], dtype=pl.String), *others]))
    kept = pl.concat([made.frame.select(pl.lit(made.table.name).alias("table"), "id") for made in tables])
    several = kept.filter(kept.is_duplicated()).unique()
    out = []
    for made in tables:
        ids = several.filter(pl.col("table") == made.table.name)["id"]
        wrong = made.frame.select(
            pl.col("odd") | pl.col("id").is_in(ids.implode(), nulls_equal=True)
        ).to_series()
        made.frame = made.frame.drop("odd")
        out += [(row, made.sheet) for row in made.taken_out(wrong)]
    return sorted(out, key=lambda each: each[0].record.row)


def _once(made: Columns, others: pl.Series) -> pl.DataFrame:
    """Only the first of the rows of one id, where they are all equal, and no other table has that id."""
    said = ["odd", "id", *(f"={column.name}" for column in made.columns)]
    different = made.frame.select(said).unique()
    unlike = different.filter(pl.col("odd") | pl.col("id").is_duplicated())["id"]
    apart = pl.col("id").is_in(pl.concat([unlike, others]).unique().implode(), nulls_equal=True)
    return made.frame.filter(apart | pl.col("id").is_first_distinct())


def _raw(grid: Grid, first: int, width: int) -> pl.DataFrame:
    """The cells below the header, by position, without outer space; nothing where a cell is empty."""
    width = max(width, max(map(len, grid[first:]), default=0))
    made = {"row": pl.int_range(first + 1, len(grid) + 1, dtype=pl.UInt32, eager=True)}
    for n in range(width):
        texts = [row[n] if n < len(row) else "" for row in grid[first:]]
        series = pl.Series(texts, dtype=pl.String).str.strip_chars()
        made[f"c{n}"] = series.set(series == "", None)
    return pl.DataFrame(made)


@dataclass
class _Cells:
    """The cells of one table, and what a mapping makes of them."""

    mapping: Mapping
    file: str
    names: Names | None
    titles: Sequence[str]
    keys: Sequence[str]
    raw: pl.DataFrame

    @cached_property
    def _names(self) -> dict[str, str]:
        return {key: self.titles[n] for n, key in enumerate(self.keys) if key}

    def keep_records(self, header: bool) -> None:
        """Drop what is no record: empty rows, footnotes, and what `[read]` passes over."""
        read = self.mapping.read
        cells = [name for name in self.raw.columns if name != "row"]
        named = [f"c{n}" for n, key in enumerate(self.keys) if key] if header else cells
        self.raw = self.raw.filter(pl.any_horizontal(pl.col(named).is_not_null()))
        if read.skip and cells:
            firsts = self.raw.select(pl.coalesce(cells)).to_series()
            passed = [text for text in firsts.unique().to_list() if read.skip.fullmatch(text)]
            self.raw = self.raw.filter(~firsts.is_in(passed))
        self.raw = self.raw.filter(self._meets(read.needs, read.unless))

    def columns_of(self, rows: Rows, sheet: str | None) -> Columns:
        """The rows of one declaration, each column made as a row would make it."""
        meets = self._meets(rows.needs, rows.unless)
        whole, self.raw = self.raw, self.raw.filter(meets)
        table, entries = BY_NAME[rows.table], {}
        made = {"row": self.raw["row"]}
        odd = pl.repeat(False, self.raw.height, dtype=pl.Boolean, eager=True)
        origins = {}
        for column in table.columns:
            if column.name not in rows.columns:
                continue
            value = rows.columns[column.name]
            cells, several = self._made(value, column)
            origins[column.name] = self._title(value)
            odd |= several
            if not is_plain(column):
                entries[column.name] = Entries(_SEVERAL)
                cells = entries[column.name].codes(cells, column)
            made[f"={column.name}"] = cells
        frame = pl.DataFrame({**made, "odd": odd})

        def as_rows(out: pl.DataFrame) -> Iterator[MappedRow]:
            for record in self._records(out["row"], whole):
                yield from made_rows(self.mapping, rows, record, self.file, self.names)

        columns = Columns(table, frame, entries, sheet, origins, as_rows)
        columns.frame = frame.select("row", ids_of(columns).alias("id"), pl.exclude("row"))
        self.raw = whole
        return columns

    def _made(self, value: Value, column: Column) -> tuple[pl.Series, pl.Series]:
        """A cell for each record, and which of them are not plainly right."""
        reads = sorted(self._reads(value))
        if self._is_copied(value) and len(reads) == 1:
            cells = self.raw[reads[0]].str.replace_all(r"\s+", " ").str.strip_chars()
            return cells, pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
        narrow = self._narrow(value)
        found, which = self._each(
            reads, lambda record: made_value(narrow, value, record, self.file, self.names)
        )
        odd = [
            wrong or (len(texts) > 1 and not column.many) or any(_SEVERAL in text for text in texts)
            for texts, wrong in found
        ]
        texts = [_SEVERAL.join(texts) if texts else None for texts, _ in found]
        return pl.Series(texts, dtype=pl.String).gather(which), pl.Series(odd, dtype=pl.Boolean).gather(which)

    def _is_copied(self, value: Value) -> bool:
        """Whether a cell is taken as it stands."""
        return (
            value.model_dump(exclude={"from_"}) == _PLAIN
            and self.mapping.read.redacted is None
            and len(value.from_) == 1
            and value.from_[0] not in self.mapping.let
            and not value.from_[0].startswith(("@", "~"))
        )

    def _meets(self, needs: Value | None, unless: Value | None) -> pl.Series:
        kept = pl.repeat(True, self.raw.height, dtype=pl.Boolean, eager=True)
        for value, wanted in ((needs, True), (unless, False)):
            if value:
                met, which = self._each(sorted(self._reads(value)), self._condition(value))
                kept &= pl.Series(met, dtype=pl.Boolean).gather(which) == wanted
        return kept

    def _condition(self, value: Value) -> Callable[[Record], bool]:
        narrow = self._narrow(value)
        return lambda record: bool(made_value(narrow, value, record, self.file, self.names)[0])

    def _each(self, reads: Sequence[str], worth: Callable[[Record], T]) -> tuple[list[T], pl.Series]:
        """What the different cells in these columns are worth, and which of them each record has."""
        if not reads:
            nothing = worth(self._record(0, {}))
            return [nothing], pl.repeat(0, self.raw.height, dtype=pl.UInt32, eager=True)
        mine = self.raw.select(reads)
        different = mine.unique(maintain_order=True)
        which = mine.join(
            different.with_row_index("which"),
            on=list(reads),
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )["which"]
        return [worth(self._record(0, cells)) for cells in different.iter_rows(named=True)], which

    def _record(self, number: int, cells: dict[str, str | int | None]) -> Record:
        """A record of which only some cells are known."""
        number = int(cells.get("row") or number)
        line = [""] * len(self.raw.columns)
        known = {}
        for name, text in cells.items():
            if name != "row" and isinstance(text, str):
                n = int(name[1:])
                line[n] = text
                if n < len(self.keys) and self.keys[n]:
                    known[self.keys[n]] = [text]
        return Record(number, known, self._names, False, "", line)

    def _records(self, numbers: pl.Series, raw: pl.DataFrame) -> Iterator[Record]:
        for cells in raw.filter(raw["row"].is_in(numbers.implode())).iter_rows(named=True):
            yield self._record(0, cells)

    def _title(self, value: Value) -> str:
        """The header that a value is known by."""
        name = value.from_[0] if value.from_ else ""
        return " ".join(self._names.get(folded(name), name).split("\n")[0].split())

    def _narrow(self, value: Value) -> Mapping:
        """The mapping with those named values alone that a value is made from."""
        names = self._named(value, frozenset())
        let = {name: known for name, known in self.mapping.let.items() if name in names}
        return self.mapping.model_copy(update={"let": let})

    def _named(self, value: Value, seen: frozenset[str]) -> set[str]:
        direct = {n for n in (*value.from_, value.at) if n in self.mapping.let and n not in seen}
        inner = (self._named(self.mapping.let[n], seen | direct) for n in direct if n)
        return {n for n in direct if n}.union(*inner)

    def _reads(self, value: Value) -> set[str]:
        """The columns of the file that a value is made from."""
        values = [value, *(self.mapping.let[name] for name in self._named(value, frozenset()))]
        names = {name for v in values for name in (*v.from_, v.at or "") if name}
        return set().union(*(self._columns(name) for name in names))

    def _columns(self, name: str) -> set[str]:
        if name == "@row":
            return {"row"}
        if name[:1] == "@" and name[1:].isdecimal():
            return {f"c{int(name[1:]) - 1}"}.intersection(self.raw.columns)
        if name.startswith("~"):
            return {f"c{n}" for n, key in enumerate(self.keys) if key and re.fullmatch(name[1:], key)}
        return {f"c{n}" for n, key in enumerate(self.keys) if key and key in (name, folded(name))}
