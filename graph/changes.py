"""What changed from version to version: things added, changed, merged and removed, kept for longer than snapshots are.

Each audience has a journal of its own, made by comparing what it may see of one version with what it may see of the
next, and of nothing else: so it cannot tell of what the audience never saw. It is an SQLite file beside the audience's
views, holds addresses and numbers but no text, and is brought up to date when it is asked. Nobody need record anything
at a write: the versions whose snapshots are still there are taken one by one, and those that are gone as one step.
Where `graph.audiences.forget` removes the folder, the journal begins anew and says so to who comes with an old cursor.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Lock

import pyoxigraph as ox

from graph.audiences import Readable
from graph.dataset import Dataset
from graph.errors import BadParameter, Gone, shortened
from graph.store import Store
from ontology.terms import JU

ADDED, CHANGED, MERGED, REMOVED = "added", "changed", "merged", "removed"
MANY = 500_000
"""Of more statements than these only sources are told to have changed: comparing them all would take half a minute."""
_FILE, _FOLDER = "changes.sqlite3", "audiences"
_MOST = 2_000_000
"""How many changes are kept; the oldest versions go first."""
_RULES = "1"
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS versions (seq INTEGER PRIMARY KEY, version INTEGER, day TEXT, things INTEGER);
CREATE TABLE IF NOT EXISTS changes (seq INTEGER, iri TEXT, change TEXT, kind TEXT, merged_into TEXT, PRIMARY KEY (seq, iri))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_iri ON changes (iri);
CREATE TABLE IF NOT EXISTS things (iri TEXT PRIMARY KEY, digest INTEGER, merged_into TEXT) WITHOUT ROWID;
"""
_FITS = "(:change = '' OR change = :change) AND (:kind = '' OR kind = :kind)"
_COUNT = f"SELECT COUNT(*), COALESCE(SUM({_FITS}), 0) FROM changes WHERE seq > :since"  # noqa: S608 - all of it is ours
_PAGE = f"""
SELECT c.seq, version, day, iri, change, kind, merged_into FROM changes c JOIN versions v ON v.seq = c.seq
WHERE c.seq > :since AND (c.seq, iri) > (:seq, :iri) AND {_FITS} ORDER BY c.seq, iri LIMIT :most
"""  # noqa: S608 - all of it is ours


@dataclass(frozen=True)
class Version:
    """One version that an audience saw."""

    seq: int
    version: int
    day: date
    """When it was first seen to be there."""
    things: int
    counts: Mapping[str, int]
    """How many things were added, changed, merged and removed since the version before; nothing for the first."""

    @property
    def cursor(self) -> str:
        """What to ask with for everything after it."""
        return f"{self.seq}-{self.version}"


@dataclass(frozen=True)
class Change:
    """What became of one thing with one version."""

    seq: int
    version: int
    day: date
    iri: str
    change: str
    kind: str
    merged_into: str


class Journal:
    """What changed for one audience. Every method first takes in what is new."""

    def __init__(self, store: Store, view: Readable, audience: str):
        self._store, self._view = store, view
        self._path = store.path / _FOLDER / audience / _FILE if store.path else None
        self._all = view is store
        self._lock = Lock()
        self._at: int | None = None
        self._newest = 0
        self._memory: sqlite3.Connection | None = None

    def versions(self, after: int = 0) -> list[Version]:
        """The versions after one, oldest first."""
        with self._open() as kept:
            return _versions(kept, after)

    def news(self, after: int) -> list[Version]:
        """The versions after one, as `versions`, at no cost where there is none."""
        if self._at is not None and self._at == self._view.version and self._newest <= after:
            return []
        return self.versions(after)

    def since(self, asked: str) -> tuple[Version, bool]:
        """The version after which a cursor, a version's number or a day asks for changes; whether all since are known.

        A day asks for what changed on it and after. Nothing asks for all there is. Raises Gone where that is not known
        any more, BadParameter for what is none of these.
        """
        every = self.versions()
        text, first = asked.strip(), every[0]
        if not text:
            return first, first.things == 0
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise BadParameter(f"since: {text} is no day.") from None
            before = [v for v in every if v.day < day]
            return (before[-1], True) if before else (first, first.things == 0)
        if match := re.fullmatch(r"(\d{1,15})-(\d{1,15})", text):
            found = self._seen(every, int(match[1]), int(match[2]))
        elif re.fullmatch(r"\d{1,15}", text):
            found = [v for v in every if v.version == int(text)]
            if self._all and not found:
                if int(text) > every[-1].version:
                    raise BadParameter(f"since: the newest version is {every[-1].version}.")
                found = [v for v in every if v.version < int(text)]
        else:
            raise BadParameter(
                f"since: “{shortened(text)}” is no cursor, version or day. Take `cursor` of an answer, or write a day as 2014-06-30."
            )
        if not found:
            raise Gone(
                f"What changed since {text} is not known any more: changes are kept from version {first.version} of "
                f"{first.day} on. Read everything anew, and go on with since={every[-1].cursor}.",
                "/changes",
            )
        return found[-1], True

    def place(self, seq: int, version: int) -> int:
        """Where a version stands here, or the one before it, which another front end may have told of; 0 for nowhere."""
        found = self._seen(self.versions(), seq, version)
        return found[-1].seq if found else 0

    def _seen(self, every: list[Version], seq: int, version: int) -> list[Version]:
        """The version that a cursor names. Front ends of one engine have a journal each, in which other ones are left
        out: there the last is the version or the one before it, so that nothing goes untold."""
        found = [v for v in every if (v.seq, v.version) == (seq, version)]
        return found or [v for v in every if self._store.elsewhere and v.version <= version]

    def changes(
        self, since: int, after: tuple[int, str], limit: int, what: str = "", kind: str = ""
    ) -> tuple[list[Change], int, int]:
        """Changes after a version, in order of version and address, beginning after one; how many match, and of how many."""
        asked = {
            "since": since,
            "seq": after[0],
            "iri": after[1],
            "change": what,
            "kind": kind,
            "most": limit,
        }
        with self._open() as kept:
            [(of, count)] = kept.execute(_COUNT, asked)
            rows = kept.execute(_PAGE, asked).fetchall()
        found = [
            Change(seq, version, date.fromisoformat(day), iri, change, segment, into or "")
            for seq, version, day, iri, change, segment, into in rows
        ]
        return found, count, of

    def removed(self, iri: str) -> Change | None:
        """How a thing went that was there once and is not any more; None where that is not known."""
        with self._open() as kept:
            row = kept.execute(
                "SELECT c.seq, version, day, iri, change, kind, merged_into FROM changes c JOIN versions v ON v.seq = c.seq "
                "WHERE iri = ? ORDER BY c.seq DESC LIMIT 1",
                (iri,),
            ).fetchone()
        if row is None or row[4] != REMOVED:
            return None
        return Change(row[0], row[1], date.fromisoformat(row[2]), iri, REMOVED, row[5], "")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The journal with what is new taken in; one reader at a time."""
        with self._lock:
            kept = self._on_disk() or self._in_memory()
            try:
                yield kept
            finally:
                if kept is not self._memory:
                    kept.close()

    def _on_disk(self) -> sqlite3.Connection | None:
        """The file, brought up to date; None for a store in memory, or where the disk cannot be written to."""
        if self._path is None or self._store.path is None or not (self._store.path / "lock").exists():
            return None  # nothing was ever loaded there, and a folder with something else in it is no store
        kept = None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = not self._path.exists()
            kept = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
            if new:
                self._path.chmod(0o600)
                self._at = None
            self._take_in(kept)
        except (OSError, sqlite3.Error):
            if kept is not None:
                kept.close()
            self._at = None
            return None
        return kept

    def _in_memory(self) -> sqlite3.Connection:
        if self._memory is None:
            self._memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._take_in(self._memory)
        return self._memory

    def _take_in(self, kept: sqlite3.Connection) -> None:
        """Compare what is new with what was there, in one transaction."""
        if self._at == (now := self._view.version):
            return
        kept.executescript(_TABLES)
        kept.execute("BEGIN IMMEDIATE")
        try:
            for dataset in self._unseen(_newest(kept)):
                _add(kept, dataset)
            _shorten(kept)
            newest = _newest(kept)
            kept.execute("COMMIT")
        except BaseException:
            kept.execute("ROLLBACK")
            raise
        self._at, self._newest = now, newest.seq if newest else 0

    def _unseen(self, last: Version | None) -> Iterator[Dataset]:
        """The versions after the last that is known, oldest first, as far as they are still there."""
        newest = self._view.dataset()
        if last is None and not newest.version:
            yield newest
        if self._all and self._store.path is not None:
            known = last.version if last else 0
            for folder in sorted((self._store.path / "snapshots").glob("*[0-9]")):
                if known < int(folder.name) < newest.version:
                    with suppress(OSError):  # a load may take it away meanwhile
                        opened = ox.Store.read_only(str(folder))
                        if last is None and int(folder.name) == 1:
                            yield Dataset(ox.Store(), base=newest.base, version=0, snapshot=None)
                        yield Dataset(opened, base=newest.base, version=int(folder.name), snapshot=folder)
        if last is None and self._all and newest.version == 1:
            yield Dataset(ox.Store(), base=newest.base, version=0, snapshot=None)
        if newest.version and (last is None or last.version != newest.version):
            yield newest


def _add(kept: sqlite3.Connection, dataset: Dataset) -> None:
    """Take in one version: what is otherwise than in the one before, and how things are now."""
    now = dict(_states(dataset))
    [(versions,)] = kept.execute("SELECT COUNT(*) FROM versions")
    [(seq,)] = kept.execute("SELECT COALESCE(MAX(seq), 0) + 1 FROM versions")
    before = {
        iri: (digest, into)
        for iri, digest, into in kept.execute("SELECT iri, digest, merged_into FROM things")
    }
    told = list(_compared(before, now, _same_rules(kept))) if versions else []
    start = f"{dataset.base}/id/"
    kept.executemany(
        "INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
        [(seq, iri, change, iri.removeprefix(start).partition("/")[0], into) for iri, change, into in told],
    )
    gone = [(iri,) for iri in before if iri not in now]
    kept.executemany("DELETE FROM things WHERE iri = ?", gone)
    kept.executemany(
        "INSERT OR REPLACE INTO things VALUES (?, ?, ?)",
        [(iri, *state) for iri, state in now.items() if before.get(iri) != state],
    )
    things = sum(into is None for _, into in now.values())
    day = datetime.now(UTC).date().isoformat()
    kept.execute("INSERT INTO versions VALUES (?, ?, ?, ?)", (seq, dataset.version, day, things))
    kept.execute("INSERT OR REPLACE INTO about VALUES ('rules', ?)", (_rules(),))


_State = tuple[int, str | None]
"""A number made of what is said of a thing, and what it was merged into."""


def _states(dataset: Dataset) -> Iterator[tuple[str, _State]]:
    import polars as pl  # most commands do without this slow import

    ours = pl.col("thing").str.starts_with(f"{dataset.base}/id/")
    said = (
        dataset.columns("changes_of_many" if len(dataset) > MANY else "changes")
        .filter(ours)
        .with_columns(pl.col("thing").str.replace(r"#.*$", ""))
        .unique()
    )
    merged = pl.col("property") == str(JU.mergedInto)
    states = said.group_by("thing").agg(
        pl.struct("property", "value").hash(seed=1).sum().reinterpret(signed=True).alias("digest"),
        pl.col("value").filter(merged).min().alias("into"),
    )
    yield from ((iri, (digest, into)) for iri, digest, into in states.iter_rows())


def _compared(
    before: Mapping[str, _State], now: Mapping[str, _State], same_rules: bool
) -> Iterator[tuple[str, str, str | None]]:
    """What became of each thing that is otherwise: its address, what, and what it was merged into."""
    for iri, (digest, into) in now.items():
        was = before.get(iri)
        if into is not None:
            if was is None or was[1] != into:
                yield iri, MERGED, into
        elif was is None or was[1] is not None:
            yield iri, ADDED, None
        elif was[0] != digest and same_rules:
            yield iri, CHANGED, None
    yield from ((iri, REMOVED, None) for iri, (_, into) in before.items() if iri not in now and into is None)


def _rules() -> str:
    """What made the numbers of things; those that other rules made say nothing."""
    import polars as pl

    return f"{_RULES} {pl.__version__}"


def _same_rules(kept: sqlite3.Connection) -> bool:
    row = kept.execute("SELECT value FROM about WHERE name = 'rules'").fetchone()
    return row is not None and row[0] == _rules()


def _newest(kept: sqlite3.Connection) -> Version | None:
    row = kept.execute("SELECT seq, version, day, things FROM versions ORDER BY seq DESC LIMIT 1").fetchone()
    return Version(row[0], row[1], date.fromisoformat(row[2]), row[3], {}) if row else None


def _versions(kept: sqlite3.Connection, after: int) -> list[Version]:
    counts: defaultdict[int, dict[str, int]] = defaultdict(dict)
    told = "SELECT seq, change, COUNT(*) FROM changes WHERE seq > ? GROUP BY seq, change ORDER BY change"
    for seq, change, count in kept.execute(told, (after,)):
        counts[seq][change] = count
    rows = kept.execute(
        "SELECT seq, version, day, things FROM versions WHERE seq > ? ORDER BY seq", (after,)
    ).fetchall()
    return [Version(seq, v, date.fromisoformat(day), n, dict(counts[seq])) for seq, v, day, n in rows]


def _shorten(kept: sqlite3.Connection) -> None:
    """Drop the oldest versions where there are too many changes; the newest stays, and the one that it is compared with."""
    while True:
        [(count,)] = kept.execute("SELECT COUNT(*) FROM changes")
        [(first, last)] = kept.execute("SELECT MIN(seq), MAX(seq) FROM versions")
        if count <= _MOST or last - first < 2:
            return
        kept.execute("DELETE FROM versions WHERE seq = ?", (first,))
        kept.execute("DELETE FROM changes WHERE seq <= ?", (first + 1,))
