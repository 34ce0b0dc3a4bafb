"""Search over names and texts: by words and beginnings of words, accents and capitals apart, best first.

The index is made of one version of what an audience may read, when somebody first searches it. That of a small version
lives in memory, that of a large one in a file beside the version (graph/extracts.py), which goes with it and is carried
on to the next. Names count ten times what texts do, by BM25 (Robertson and Zaragoza 2009, doi:10.1561/1500000019), and a
thing whose name is the very words asked for comes first.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Mapping, Set
from contextlib import closing, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from graph import extracts
from graph.analysis import Thing
from graph.dataset import Dataset, once, query_text
from graph.errors import BadParameter
from ontology.terms import RDFS, SKOS

if TYPE_CHECKING:
    import polars as pl

_NAMES = frozenset(map(str, (SKOS.prefLabel, SKOS.altLabel, SKOS.notation, RDFS.label)))
_WORD = re.compile(r"\w+")
_MOST_WORDS = 20
_OPEN, _CLOSE = "\ue000", "\ue001"
"""What stands around the words that were found; private characters, which are taken out of texts."""
_PRIVATE = "[\ue000\ue001\x00]"
_TABLES = """
CREATE TABLE things (number INTEGER PRIMARY KEY, iri TEXT UNIQUE, kind TEXT, folded TEXT, weight REAL);
CREATE VIRTUAL TABLE texts USING fts5(name, words, tokenize="unicode61 remove_diacritics 2");
"""
_COUNT = "SELECT kind, COUNT(*) FROM texts JOIN things ON things.number = texts.rowid WHERE texts MATCH ? GROUP BY kind"
_BEST = """
SELECT texts.rowid, iri, kind, -bm25(texts, 10.0, 1.0) * weight AS score
FROM texts JOIN things ON things.number = texts.rowid
WHERE texts MATCH ? AND (? = '' OR instr(?, '/' || kind || '/'))
ORDER BY (folded = ?) DESC, score DESC, folded, iri LIMIT ? OFFSET ?
"""
_SNIPPET = "SELECT snippet(texts, -1, ?, ?, '…', 24) FROM texts WHERE texts MATCH ? AND rowid = ?"
_WEIGHTS = {
    "programme": 1.5,
    "organisation": 1.5,
    "barrier": 1.5,
    "deep-dive": 1.3,
    "finding": 1.2,
    "recommendation": 1.2,
}
"""What readers look for most comes before what only names it."""


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    thing: Thing
    kind: str
    """The kind of its address: programme, barrier, finding …"""
    score: float
    """More is better; comparable within one answer only."""
    snippet: tuple[tuple[str, bool], ...]
    """The text around what was found, in pieces: the words, and whether they are what was asked for."""


@dataclass(frozen=True)
class Hits:
    """The best of what was found."""

    hits: tuple[Hit, ...]
    count: int
    """How many fit, of the kinds asked for."""
    of: int
    """How many things can be searched."""
    kinds: Mapping[str, int]
    """How many fit of each kind, whatever kinds were asked for, most first."""


def search(dataset: Dataset, q: str, *, kinds: Collection[str] = (), limit: int = 20, first: int = 0) -> Hits:
    """The things of which a name or text holds every word, or a word that begins so. Raises BadParameter for no word."""
    words = _WORD.findall(q.casefold())
    if not words:
        raise BadParameter("q: write a word to search for.")
    if len(words) > _MOST_WORDS:
        raise BadParameter(f"q: at most {_MOST_WORDS} words.")
    index, asked = _index(dataset), (words, q, tuple(sorted(kinds)), limit, first)
    try:
        return index.find(*asked)
    except sqlite3.DatabaseError:
        index.replace_damaged(dataset)
        return index.find(*asked)


class _Index:
    def __init__(self, labels: Mapping[str, str], kept: sqlite3.Connection, file: Path | None = None):
        self._labels, self._kept, self._file = labels, kept, file
        self._lock = Lock()
        self.of: int = kept.execute("SELECT COUNT(*) FROM things").fetchone()[0]

    def find(self, words: list[str], q: str, kinds: tuple[str, ...], limit: int, first: int) -> Hits:
        import polars as pl

        asked = " ".join(f'"{word}"*' for word in words)
        among = f"/{'/'.join(kinds)}/" if kinds else ""
        with self._lock:
            counts = dict(self._kept.execute(_COUNT, (asked,)).fetchall())
            name = _folded(pl.Series([q.encode("utf-8", "replace").decode()]))[0]
            rows = self._kept.execute(_BEST, (asked, among, among, name, limit, first)).fetchall()
            texts = [
                self._kept.execute(_SNIPPET, (_OPEN, _CLOSE, asked, number)).fetchone()[0]
                for number, *_ in rows
            ]
        return Hits(
            tuple(
                Hit(
                    Thing(iri, self._labels.get(iri) or iri.rsplit("/", 1)[-1]),
                    kind,
                    round(score, 4),
                    _pieces(text),
                )
                for (_, iri, kind, score), text in zip(rows, texts, strict=True)
            ),
            sum(n for kind, n in counts.items() if not kinds or kind in kinds),
            self.of,
            dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        )

    def replace_damaged(self, dataset: Dataset) -> None:
        """Search in memory from now on, and remove the file, so that it is not carried on."""
        with self._lock:
            if self._file:
                with suppress(OSError):
                    self._file.unlink()
                self._kept, self._file = _in_memory(dataset), None


@once(1)
def _index(dataset: Dataset) -> _Index:
    def write(path: Path, touched: Set[str] | None) -> None:
        instead = None if touched is None else {_whole(thing) for thing in touched}
        texts = _texts(dataset, instead)
        if instead is not None or len(texts) >= extracts.LEAST:
            try:
                with closing(_opened(str(path))) as kept:
                    _write(kept, texts, instead)
            except sqlite3.DatabaseError as error:
                path.write_bytes(b"")
                if touched is None:  # the disk is full
                    raise OSError from error
                write(path, None)  # the one before was damaged

    name = f"search-{sha256((_TABLES + query_text('searching')).encode()).hexdigest()[:16]}.sqlite"
    if path := dataset.file(name, write):
        with suppress(sqlite3.DatabaseError):  # it was damaged
            return _Index(dataset.labels, _opened(f"{path.resolve().as_uri()}?mode=ro&immutable=1"), path)
        with suppress(OSError):
            path.unlink()
    return _Index(dataset.labels, _in_memory(dataset))


def _in_memory(dataset: Dataset) -> sqlite3.Connection:
    kept = _opened(":memory:")
    _write(kept, _texts(dataset))
    return kept


def _opened(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, check_same_thread=False, isolation_level=None)


def _write(kept: sqlite3.Connection, texts: pl.DataFrame, instead: Set[str] | None = None) -> None:
    """Write texts into an empty database, or into one that has them, instead of what it says of some things."""
    kept.execute("PRAGMA journal_mode = OFF")  # who does not come to the end begins anew
    if instead is None:
        kept.executescript(_TABLES)
    kept.execute("BEGIN")
    for thing in instead or ():
        for (number,) in kept.execute("SELECT number FROM things WHERE iri = ?", (thing,)).fetchall():
            kept.execute("DELETE FROM texts WHERE rowid = ?", (number,))
            kept.execute("DELETE FROM things WHERE number = ?", (number,))
    last: int = kept.execute("SELECT IFNULL(MAX(number), 0) FROM things").fetchone()[0]
    texts = texts.with_row_index("number", last + 1)
    weights = texts["kind"].replace_strict(_WEIGHTS, default=1.0)
    things = zip(texts["number"], texts["thing"], texts["kind"], _folded(texts["name"]), weights, strict=True)
    kept.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", things)
    rows = texts.select("number", "names", "texts").iter_rows()
    kept.executemany("INSERT INTO texts (rowid, name, words) VALUES (?, ?, ?)", rows)
    kept.execute("COMMIT")


def _texts(dataset: Dataset, of: Set[str] | None = None) -> pl.DataFrame:
    """Each thing, or some, with its `kind`, its `name`, and all its `names` and its other `texts` on lines."""
    import polars as pl  # most commands do without this slow import

    start = f"{dataset.base}/id/"
    thing, value, named = pl.col("thing"), pl.col("value"), pl.col("property").is_in(list(_NAMES))
    found = (
        dataset.columns("searching")
        .drop_nulls()
        .filter(thing.str.starts_with(start))
        .with_columns(thing.str.replace(r"#.*$", ""), value.str.replace_all(_PRIVATE, " "))
        .filter(True if of is None else thing.is_in(sorted(of)))
        .unique()
        .sort("thing", "property", "value", descending=[False, True, False])
        .group_by("thing", maintain_order=True)
        .agg(
            value.filter(named).first().alias("name"),
            value.filter(named).str.join("\n").alias("names"),
            value.filter(~named).str.join("\n").alias("texts"),
        )
    )
    return found.with_columns(
        found["thing"].replace_strict(dataset.labels, default=found["name"]).alias("name"),
        thing.str.strip_prefix(start).str.extract("^([^/]*)").alias("kind"),
    )


def _whole(thing: str) -> str:
    """What a thing is a part of, by its address."""
    return thing.partition("#")[0]


def _folded(names: pl.Series) -> pl.Series:
    """Names as their words in small letters."""
    return names.str.to_lowercase().str.extract_all(r"\w+").list.join(" ").fill_null("")


def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    found: list[tuple[str, bool]] = []
    for part in re.split(f"({_OPEN}[^{_CLOSE}]*{_CLOSE})", " ".join(text.split())):
        if part:
            hit = part.startswith(_OPEN)
            found.append((part.strip(_OPEN + _CLOSE) if hit else part, hit))
    return tuple(found)
