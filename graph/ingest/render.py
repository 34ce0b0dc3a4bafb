"""Columns to statements: the same as their rows would make, as N-Quads in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from string import Formatter
from typing import Protocol

import polars as pl
import pyoxigraph as ox

from graph.bulk import Bulk
from graph.ingest.columns import Columns, Term, is_plain, lower_label
from graph.ingest.tables.declaration import Column
from graph.ingest.values import Code, Link
from ontology.terms import PROV, RDF, SKOS

ALSO_READS: Mapping[str, tuple[str, ...]] = {
    "findings": ("programme", "barrier", "stance"),
    "participations": ("programme", "organisation", "role", "until"),
    "dependencies": ("dependent", "provider"),
    "levers": ("holder", "barriers"),
    "changes": ("before", "after", "kind"),
    "organisations": ("id", "kind"),
    "excerpts": ("id", "words", "start", "end"),
    "concepts": ("id", "scheme", "broader"),
    "quarters": ("id",),
}
"""What the short cuts of a table look at; "id" where they speak of the row. They are worked out once for equal rows."""
_AT_ONCE = 10_000
_TYPE, _LABEL, _FROM_ROW = (f"<{p}>" for p in (RDF.type, SKOS.prefLabel, PROV.wasDerivedFrom))


class Links(Protocol):
    """Who knows where links lead."""

    def iri(self, table: str, id: str) -> str:
        """The IRI of a row."""

    def targets(self, kind: Link, id: str) -> list[str]:
        """The IRIs that an id may mean."""

    def called(self, kind: Link, id: str) -> str:
        """The name of what an id means."""


def dangling(links: Links, made: Columns) -> pl.Series:
    """Which rows have a link that does not lead to just one thing."""
    wrong: list[pl.Expr] = [pl.lit(False)]
    for column in made.columns:
        if not isinstance(column.kind, Link):
            continue
        kind, cells = column.kind, pl.col(f"={column.name}")
        if is_plain(column):
            different = made.frame[f"={column.name}"].drop_nulls().unique().to_list()
            bad = pl.Series([id for id in different if len(links.targets(kind, id)) != 1], dtype=pl.String)
        else:
            terms = enumerate(made.entries[column.name].terms)
            bad = pl.Series(
                [n for n, t in terms if not all(_leads(links, kind, x) for x in t)], dtype=pl.UInt32
            )
        if len(bad):
            wrong.append(cells.is_in(bad.implode()).fill_null(False))
    return made.frame.select(pl.any_horizontal(wrong) & pl.col("row").is_not_null()).to_series()


def _leads(links: Links, kind: Link, term: Term) -> bool:
    if isinstance(term, ox.NamedNode):
        return not links.targets(kind, term.value.rsplit("/", 1)[-1])
    return len(links.targets(kind, term.value)) == 1


def bulk(links: Links, made: list[Columns], graph: str, others: Iterable[ox.Quad]) -> Bulk:
    """The statements of the columns of one file, and others of the same graph."""
    pieces = [_Pieces(links, columns, graph) for columns in made]
    lines = [f"{quad.triple} <{graph}> .\n" for quad in others]
    for piece in pieces:
        lines += piece.follows()
    if len(pieces) > 1:
        # What follows from a row of one table may be what a row of another says itself.
        doubled = set(lines)
        said = (line for piece in pieces for lot in piece.pieces() for line in lot.decode().splitlines(True))
        doubled.intersection_update(said)
        lines = [line for line in lines if line not in doubled]
    loose = pl.Series(lines, dtype=pl.String).unique(maintain_order=True)
    del lines

    def all_pieces() -> Iterator[bytes]:
        for piece in pieces:
            yield from piece.pieces()
        for start in range(0, len(loose), _AT_ONCE):
            yield "".join(loose[start : start + _AT_ONCE].to_list()).encode()

    return Bulk(sum(piece.count() for piece in pieces) + len(loose), all_pieces)


class _Pieces:
    """The statements of the columns of one table."""

    def __init__(self, links: Links, made: Columns, graph: str):
        self._links, self._made, self._graph = links, made, graph
        table = made.table
        inverse = {column.states for column in table.columns if column.inverse}
        stating = [column for column in made.columns if column.states]
        # A property that is also stated from the other side may be stated twice.
        self._stating = [column for column in stating if column.states not in inverse]
        self._loose = [column for column in stating if column.states in inverse]
        self._values = {c.name: self._written(c) for c in made.columns if not is_plain(c)}

    def _written(self, column: Column) -> list[list[str]]:
        """The values of each different cell as N-Triples."""
        found = self._made.entries[column.name].terms
        return [list(dict.fromkeys(str(self._resolved(column, term)) for term in terms)) for terms in found]

    def _resolved(self, column: Column, term: Term) -> Term:
        if isinstance(column.kind, Link) and isinstance(term, ox.Literal):
            if len(column.kind.tables) == 1:
                return ox.NamedNode(self._links.iri(column.kind.tables[0], term.value))
            # A cell of which no row is left may lead nowhere.
            return ox.NamedNode(next(iter(self._links.targets(column.kind, term.value)), "urn:nowhere"))
        return term

    def count(self) -> int:
        """How many statements each row makes of its own, for all rows."""
        frame, table = self._made.frame, self._made.table
        count = len(frame) * (1 + len(table.types) + (table.label != "{name}"))
        for column in self._stating:
            cells = frame[f"={column.name}"]
            if column.many:
                lengths = pl.Series(list(map(len, self._values[column.name])), dtype=pl.UInt32)
                count += int(lengths.gather(cells.drop_nulls()).cast(pl.Int64).sum())
            else:
                count += len(cells) - cells.null_count()
        return count

    def pieces(self) -> Iterator[bytes]:
        """N-Quads of all that each row says of itself."""
        singles = {
            n: pl.Series([v[0] if v else None for v in vs], dtype=pl.String) for n, vs in self._values.items()
        }
        lists = {n: pl.Series(vs, dtype=pl.List(pl.String)) for n, vs in self._values.items()}
        plain = {c.name: self._cell(c) for c in self._stating if is_plain(c)}
        label = self._label() if self._made.table.label != "{name}" else None
        subject = pl.lit(f"<{self._links.iri(self._made.table.name, '')}") + pl.col("id") + ">"
        end = pl.lit(f" <{self._graph}> .\n")
        place = f"sheet={self._made.sheet}&row=" if self._made.sheet else "row="
        for start in range(0, len(self._made), _AT_ONCE):
            frame = self._made.frame.slice(start, _AT_ONCE).with_columns(subject.alias("subject"))
            row = pl.lit(f" {_FROM_ROW} <{self._graph}#{place}") + pl.col("row").cast(pl.String) + ">"
            lines = [pl.concat_str("subject", row, end)]
            lines += [
                pl.concat_str("subject", pl.lit(f" {_TYPE} <{type_}>"), end)
                for type_ in self._made.table.types
            ]
            if label is not None:
                lines.append(pl.concat_str("subject", pl.lit(f" {_LABEL} "), _quoted(label(frame)), end))
            for column in self._stating:
                predicate = pl.lit(f" <{column.states}> ")
                cells = frame[f"={column.name}"]
                if column.many:
                    values = pl.select(
                        subject=frame["subject"], value=lists[column.name].gather(cells)
                    ).drop_nulls()
                    each = values.explode("value").select(pl.concat_str("subject", predicate, "value", end))
                    yield "".join(each.to_series().to_list()).encode()
                    continue
                value = plain.get(
                    column.name,
                    pl.lit(singles[column.name].gather(cells)) if column.name in singles else pl.lit(None),
                )
                lines.append(pl.concat_str("subject", predicate, value, end))
            made = frame.select(pl.concat_str(lines, ignore_nulls=True))
            yield "".join(made.to_series().to_list()).encode()

    def _cell(self, column: Column) -> pl.Expr:
        """The value of a plain cell, as N-Triples."""
        cells = pl.col(f"={column.name}")
        if not isinstance(column.kind, Link):
            return _quoted(cells)
        if len(column.kind.tables) == 1:
            return pl.lit(f"<{self._links.iri(column.kind.tables[0], '')}") + cells + ">"
        kind = column.kind
        return self._each(column.name, lambda id: f"<{self._links.targets(kind, id)[0]}>")

    def _each(self, name: str, worth: Callable[[str], str]) -> pl.Expr:
        """What each different cell of a plain column stands for."""
        different = self._made.frame[f"={name}"].drop_nulls().unique().to_list()
        words = [worth(text) for text in different]
        return pl.col(f"={name}").replace_strict(different, words, default=None, return_dtype=pl.String)

    def _label(self) -> Callable[[pl.DataFrame], pl.Expr]:
        """How rows are called, cut as `shortened` cuts."""
        columns = {column.name: column for column in self._made.columns}
        parts: list[Callable[[pl.DataFrame], pl.Expr]] = []
        for words, name, _, _ in Formatter().parse(self._made.table.label):
            parts.append(lambda _, words=words: pl.lit(words))  # type: ignore[misc]
            if name == "id":
                parts.append(lambda _: pl.col("id"))
            elif name in columns:
                parts.append(self._words(columns[name]))
        # Cells hold no white space but spaces, tabs, line ends and the no-break space when they are plainly right.

        def expression(frame: pl.DataFrame) -> pl.Expr:
            line = pl.concat_str([part(frame).fill_null("") for part in parts])
            line = line.str.replace_all(r"\s{2,}|[^\S ]", " ").str.strip_chars()
            return pl.when(line.str.len_chars() > 160).then(line.str.head(159) + "…").otherwise(line)

        return expression

    def _words(self, column: Column) -> Callable[[pl.DataFrame], pl.Expr]:
        name, kind = column.name, column.kind
        if is_plain(column):
            if isinstance(kind, Link):
                expression = self._each(name, lambda id: self._links.called(kind, id))
                return lambda _: expression
            return lambda _: pl.col(f"={name}")
        words = []
        for terms in self._made.entries[name].terms:
            term = terms[0] if terms else None
            if term is None:
                words.append("")
            elif isinstance(kind, Link):
                words.append(self._links.called(kind, term.value))
            else:
                words.append(lower_label(column, term) if isinstance(kind, Code) else term.value)
        series = pl.Series(words, dtype=pl.String)
        return lambda frame: pl.lit(series.gather(frame[f"={name}"]))

    def follows(self) -> Iterator[str]:
        """Statements that several rows may make: of properties with an inverse, and the short cuts."""
        table, frame = self._made.table, self._made.frame
        end = f" <{self._graph}> .\n"
        for column in self._loose:
            for id, cell in frame.select("id", f"={column.name}").drop_nulls().iter_rows():
                own = f"<{self._links.iri(table.name, id)}>"
                for value in self._of(column, cell):
                    said = (value, own) if column.inverse else (own, value)
                    yield f"{said[0]} <{column.states}> {said[1]}{end}"
        if not table.also:
            return
        reads = ALSO_READS[table.name]
        present = [c for c in self._made.columns if c.name in reads and c.name != "id"]
        names = [*(["id"] if "id" in reads else []), *(f"={c.name}" for c in present)]
        for row in frame.select(names).unique(maintain_order=True).iter_rows(named=True):
            cells = _Only(reads)
            for column in present:
                if row[f"={column.name}"] is not None:
                    cells[column.name] = self._lexical(column, row[f"={column.name}"])
            subject = self._links.iri(table.name, row["id"]) if "id" in row else "urn:row"
            for s, p, o in table.also(subject, cells):
                assert "urn:row" not in (s, o), f"{table.name} speaks of the row: name id in ALSO_READS"
                term = f"<{o}>" if isinstance(o, str) else str(o)
                yield f"<{s}> {_TYPE if p == 'type' else f'<{p}>'} {term}{end}"

    def _of(self, column: Column, cell: str | int) -> list[str]:
        if isinstance(cell, int):
            return self._values[column.name][cell]
        return [str(self._resolved(column, ox.Literal(cell)))]

    def _lexical(self, column: Column, cell: str | int) -> list[str]:
        if isinstance(cell, str) and isinstance(column.kind, Link) and len(column.kind.tables) == 1:
            return [self._links.iri(column.kind.tables[0], cell)]
        terms = (ox.Literal(cell),) if isinstance(cell, str) else self._made.entries[column.name].terms[cell]
        return [self._resolved(column, term).value for term in terms]


class _Only(dict[str, list[str]]):
    """The cells that short cuts may look at."""

    def __init__(self, names: tuple[str, ...]):
        super().__init__()
        self._names = names

    def __getitem__(self, name: str) -> list[str]:
        assert name in self._names, f"{name} is not in ALSO_READS"
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        assert name in self._names, f"{name} is not in ALSO_READS"
        return super().__contains__(name)

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        """The cell of that name, if it has a value."""
        found = name in self
        return self[name] if found else default


def _quoted(text: pl.Expr) -> pl.Expr:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.str.replace_all(plain, escaped, literal=True)
    return pl.lit('"') + text + pl.lit('"')
