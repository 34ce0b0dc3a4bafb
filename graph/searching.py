"""Search over names and texts: by words and beginnings of words, accents and capitals apart, best first.

The index is made of one version of what an audience may read, when somebody first searches it, and lives in memory as
long as that version: no text of it is ever on disk. Names count ten times what texts do, by BM25 (Robertson and
Zaragoza 2009, doi:10.1561/1500000019), and a thing whose name is the very words asked for comes first.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from graph.analysis import Thing
from graph.dataset import Dataset
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
    return _index(dataset).find(words, q, tuple(sorted(kinds)), limit, first)


class _Index:
    def __init__(self, dataset: Dataset):
        self._labels = dataset.labels
        self._lock = Lock()
        self._kept = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._kept.executescript(
            "CREATE TABLE things (number INTEGER PRIMARY KEY, iri TEXT, kind TEXT, folded TEXT, weight REAL);"
            "CREATE VIRTUAL TABLE texts USING fts5(name, words, tokenize=\"unicode61 remove_diacritics 2\", prefix='2 3');"
            "BEGIN"
        )
        found = _texts(dataset)
        self.of = len(found)
        names = found["thing"].replace_strict(self._labels, default=found["name"])
        weights = found["kind"].replace_strict(_WEIGHTS, default=1.0)
        things = zip(found["number"], found["thing"], found["kind"], _folded(names), weights, strict=True)
        texts = found.select("number", "names", "texts").iter_rows()
        self._kept.executemany("INSERT INTO things VALUES (?, ?, ?, ?, ?)", things)
        self._kept.executemany("INSERT INTO texts (rowid, name, words) VALUES (?, ?, ?)", texts)
        self._kept.execute("COMMIT")

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


_KEPT: WeakKeyDictionary[Dataset, _Index] = WeakKeyDictionary()
"""An index goes when its version does."""
_MAKING = Lock()


def _index(dataset: Dataset) -> _Index:
    with _MAKING:
        found = _KEPT.get(dataset)
        if found is None:
            found = _KEPT[dataset] = _Index(dataset)
        return found


def _texts(dataset: Dataset) -> pl.DataFrame:
    """Each thing with a `number`, its `kind`, its first `name`, and all its `names` and its other `texts` on lines."""
    import polars as pl  # most commands do without this slow import

    start = f"{dataset.base}/id/"
    value, named = pl.col("value"), pl.col("property").is_in(list(_NAMES))
    return (
        dataset.columns("searching")
        .drop_nulls()
        .filter(pl.col("thing").str.starts_with(start))
        .with_columns(pl.col("thing").str.replace(r"#.*$", ""), value.str.replace_all(_PRIVATE, " "))
        .unique()
        .sort("thing", "property", "value", descending=[False, True, False])
        .group_by("thing", maintain_order=True)
        .agg(
            value.filter(named).first().alias("name"),
            value.filter(named).str.join("\n").alias("names"),
            value.filter(~named).str.join("\n").alias("texts"),
        )
        .with_columns(pl.col("thing").str.strip_prefix(start).str.extract("^([^/]*)").alias("kind"))
        .with_row_index("number", 1)
    )


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
