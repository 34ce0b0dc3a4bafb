"""A store whose truth is an engine elsewhere: what is written goes there first, and what others wrote comes from there.

Each process reads a copy in a folder of its own, so that every answer is worked out by one engine, whatever the other
one can and cannot do. The engine holds each source in a graph of its own, and in one more graph how it stands: at which
version, and of each source since when, how many statements and which digest. So whoever comes takes what changed since,
and knows whether it came whole and as it was written.

A small change is one request, with the condition that nobody made the version before it. A large one, and one with
values that engines may write another way, is first laid beside, in graphs that nobody reads, read back, and then put in
its place. Who does that holds a claim, which says what is to be
done, so that the next writer can finish it for one that was killed.
"""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from graph.bulk import Bulk, Stream
from graph.catalogue import CATALOGUE, VERSION
from graph.changed import NODE, Change, as_stored, is_plain, own, shared
from graph.dataset import bound, query_text
from graph.digest import Digest
from graph.engine import Engine
from graph.errors import StoreBusy, StoreUnusable
from ontology.terms import DCTERMS

STATE = f"{CATALOGUE.value}/engine"
"""The graph that says how the engine stands."""
SMALL = 300
"""The most statements that are written in the text of an update."""
_UNCLAIMED = f"FILTER NOT EXISTS {{ GRAPH <{STATE}> {{ ?claim <{STATE}#beat> ?beat }} }}"
_OVERTAKEN = "Somebody else has written to the engine meanwhile. Nothing was changed. Try again."
_LEFT_OUT = (
    "The engine leaves out a part of what it was told about its sources. Its answers cannot be relied upon. Look for a "
    "limit on rows in its settings. Nothing was changed."
)
_NOT_ASKED = "The engine's answer is not of the kind that was asked for. Nothing was changed."
_CELLS = {
    "engine_state/about": {"id": ".+", "version": r"\d+", "mark": ".*"},
    "engine_state/claim": {"claim": ".+", "beat": ".*"},
    "engine_state/count": {"statements": r"\d+"},
    "engine_state/held": {"graph": ".+", "since": r"\d+", "statements": r"\d+", "digest": "[0-9a-f]+"},
    "engine_state/staged": {"beside": ".+", "graph": ".+"},
}
"""What each answer of the engine must hold in every row."""
_PAUSES = (0.0, 0.1, 0.5, 2.0)
"""Seconds before each look at a list of sources that does not come as its mark says."""
_LOT = 25_000
_WAIT, _STALE = 30.0, 90.0
"""Seconds that a writer waits for another, and after which one that shows no sign of life is finished by others."""


@dataclass(frozen=True)
class Held:
    """One source as the engine holds it."""

    since: int
    statements: int
    digest: int


class Replica:
    """How a store follows an engine. Every method raises StoreUnusable where the engine does not do its part."""

    def __init__(self, engine: Engine):
        self.engine = engine

    def about(self) -> tuple[str, int]:
        """What tells this content of the engine from any other, and its version; nothing and 0 before the first."""
        rows = self._ask("engine_state/about")
        if not rows and self._count(STATE):
            raise StoreUnusable(_LEFT_OUT)
        return (min(row["id"] for row in rows), max(int(row["version"]) for row in rows)) if rows else ("", 0)

    def held(self) -> dict[str, Held]:
        """What the engine holds, by the name of the source: all of it, as who wrote last has said by its mark."""
        for pause in _PAUSES:  # others may be writing it
            time.sleep(pause)
            mark = self._mark()
            found = {
                row["graph"]: Held(int(row["since"]), int(row["statements"]), int(row["digest"], 16))
                for row in self._ask("engine_state/held")
            }
            if not (summed := mark.partition("-")[2]) or summed == _summed(found):
                return found
        raise StoreUnusable(_LEFT_OUT)

    def _mark(self) -> str:
        return next((row["mark"] for row in self._ask("engine_state/about")), "")

    @contextmanager
    def news(self, known: int) -> Iterator[dict[str, Bulk | set[ox.Quad]]]:
        """All that each source says that has changed since a version; nothing where that is the newest.

        Raises StoreUnusable where a source does not come as it was written, and StoreBusy.
        """
        with tempfile.TemporaryDirectory(prefix="joinedup-") as folder:
            for _ in range(5):
                version = self.about()[1]
                changed = {name: held for name, held in self.held().items() if held.since > known}
                if version <= known:
                    changed = {}
                files = {name: Path(folder) / str(number) for number, name in enumerate(changed)}
                found = {name: self._read(name, file) for name, file in files.items()}
                if (
                    any(row.get("ready") for row in self._ask("engine_state/claim"))
                    or self.about()[1] != version
                ):
                    self._settled()
                    continue
                for name, held in changed.items():
                    _same(name, found[name], held)
                yield {name: _said(file, found[name].statements) for name, file in files.items()}
                return
        raise StoreBusy("Others write to the engine all the time. Try again in a moment.")

    def commit(self, before: int, after: int, changes: Mapping[str, Change]) -> None:
        """Make of one version the next by these changes, all or nothing. Raises StoreBusy where somebody else made one."""
        self._settled()
        parts = [quad for c in changes.values() for quads in (c.removed, c.added) for quad in quads]
        whole = any(c.whole is not None for c in changes.values())
        if not whole and len(parts) <= SMALL and all(map(is_plain, parts)):
            self._edit(before, after, changes)
        else:
            self._load(before, after, changes)

    def _edit(self, before: int, after: int, changes: Mapping[str, Change]) -> None:
        held = self.held()
        gone, come = [], []
        for name, change in changes.items():
            was = held.get(name)
            digest, count = Digest(was.digest if was else 0), was.statements if was else 0
            for quads, times in ((change.removed, -1), (change.added, 1)):
                for quad in quads:
                    digest.add(shared(quad.triple), times)
                    count += times
            held[name] = Held(after, count, digest.sum)
            gone += [_in(name, map(_line, change.removed)), _in(STATE, _facts(name, was) if was else ())]
            come += [_in(name, map(_line, change.added)), _in(STATE, _facts(name, held[name]))]
        self._make(before, after, gone, come, _UNCLAIMED, held)

    def _load(self, before: int, after: int, changes: Mapping[str, Change]) -> None:
        with self._claimed(before) as claim:
            for number, (name, change) in enumerate(changes.items()):
                beside = f"{claim}/{number}"
                self._insert(
                    claim, [f"<{claim}> <{STATE}#lays> <{beside}>", f"<{beside}> <{STATE}#becomes> <{name}>"]
                )
                with as_stored(change.after()) as quads:
                    said = self._lay(claim, beside, quads)
                _same(name, self._read(beside), said)
                self._insert(claim, _facts(beside, said)[1:])
            if len(self._ask("engine_state/staged", claim=ox.NamedNode(claim))) != len(changes):
                raise StoreUnusable(_LEFT_OUT)
            if [row["claim"] for row in self._ask("engine_state/claim")] != [
                claim
            ]:  # two took it in the same moment
                raise StoreBusy(_OVERTAKEN)
            parts = f"<{claim}> <{STATE}#parts> {len(changes)}"
            self._insert(claim, [parts, f"<{claim}> <{STATE}#ready> {after}"])
            self._finish(claim)

    def _lay(self, claim: str, beside: str, quads: Iterable[ox.Quad]) -> Held:
        """Write a graph that nobody reads, lot by lot, and say with each that the claim is alive."""
        digest, count, lot = Digest(), 0, []
        for quad in quads:
            triple = shared(quad.triple)
            digest.add(triple)
            count += 1
            lot.append(f"{triple} .\n")
            if len(lot) == _LOT:
                self.engine.add(beside, "".join(lot).encode())
                self._beat(claim)
                lot = []
        if lot:
            self.engine.add(beside, "".join(lot).encode())
        if (counted := self._count(beside)) != count:
            raise StoreUnusable(
                f"The engine counts {counted:,} statements where {count:,} were written. "
                "Its answers cannot be relied upon. Nothing was changed."
            )
        return Held(0, count, digest.sum)

    def _finish(self, claim: str) -> None:
        """Put what a claim has laid beside in its place, and say so. What is done already is not done again."""
        [said] = [row for row in self._ask("engine_state/claim") if row["claim"] == claim]
        version, steps, gone, come, held = int(said["ready"]), [], [], [], self.held()
        staged = self._ask("engine_state/staged", claim=ox.NamedNode(claim))
        if len(staged) != int(said.get("parts", len(staged))):
            raise StoreUnusable(_LEFT_OUT)
        for row in staged:
            beside, name = row["beside"], row["graph"]
            now = Held(version, int(row["statements"]), int(row["digest"], 16))
            if self._count(beside) == now.statements and now.statements:
                steps.append(f"MOVE GRAPH <{beside}> TO GRAPH <{name}>")
            elif not now.statements:
                steps.append(f"CLEAR SILENT GRAPH <{name}>")
            elif self._count(name) == now.statements:
                steps.append(f"CLEAR SILENT GRAPH <{beside}>")
            else:
                raise StoreUnusable(
                    "A load into the engine was broken off and cannot be finished. Restore a backup."
                )
            gone.append(
                _in(STATE, [*_facts(beside, now)[1:], *(_facts(name, held[name]) if name in held else ())])
            )
            gone.append(
                _in(STATE, [f"<{claim}> <{STATE}#lays> <{beside}>", f"<{beside}> <{STATE}#becomes> <{name}>"])
            )
            come.append(_in(STATE, _facts(name, now)))
            held[name] = now
        own = [f"<{claim}> <{STATE}#ready> {version}", f"<{claim}> <{STATE}#beat> ?beat"]
        gone.append(_in(STATE, [*own, f"<{claim}> <{STATE}#parts> {len(staged)}"]))
        claimed = f"GRAPH <{STATE}> {{ <{claim}> <{STATE}#beat> ?beat }}"
        self._make(self.about()[1], version, gone, come, claimed, held, steps)

    def _make(
        self,
        before: int,
        after: int,
        gone: list[str],
        come: list[str],
        condition: str,
        held: Mapping[str, Held],
        steps: Iterable[str] = (),
    ) -> None:
        """One request: these steps, and a change of what is said, provided that the engine is at this version."""
        about, mark = f"<{CATALOGUE.value}>", f"{secrets.token_hex(8)}-{_summed(held)}"
        gone.append(_in(STATE, [f"{about} {VERSION} {before}", f"{about} <{STATE}#mark> ?mark"]))
        come.append(_in(STATE, [f"{about} {VERSION} {after}", f'{about} <{STATE}#mark> "{mark}"']))
        at = f"GRAPH <{STATE}> {{ {about} {VERSION} {before} ; <{STATE}#mark> ?mark }}"
        change = f"DELETE {{ {' '.join(gone)} }} INSERT {{ {' '.join(come)} }} WHERE {{ {at} {condition} }}"
        self.engine.update(" ;\n".join([*steps, change]))
        if self._mark() != mark:
            raise StoreBusy(_OVERTAKEN)

    @contextmanager
    def _claimed(self, version: int) -> Iterator[str]:
        """Hold the claim. What was laid beside is taken away where it is not brought to its end."""
        claim = f"{STATE}/{secrets.token_hex(8)}"
        at = f"GRAPH <{STATE}> {{ <{CATALOGUE.value}> {VERSION} {version} }}"
        self.engine.update(
            f'INSERT {{ GRAPH <{STATE}> {{ <{claim}> <{STATE}#beat> "0" }} }} WHERE {{ {at} {_UNCLAIMED} }}'
        )
        try:
            if sorted(row["claim"] for row in self._ask("engine_state/claim"))[:1] != [claim]:
                raise StoreBusy(_OVERTAKEN)
            yield claim
        except BaseException:
            if not any(row.get("ready") for row in self._ask("engine_state/claim") if row["claim"] == claim):
                self._withdraw(claim)
            raise

    def _settled(self) -> None:
        """Wait until nobody holds a claim; one that shows no sign of life is finished or withdrawn. Raises StoreBusy."""
        since, seen, end = time.monotonic(), None, time.monotonic() + _WAIT
        while rows := self._ask("engine_state/claim"):
            now = time.monotonic()
            if (beats := [(row["claim"], row["beat"]) for row in rows]) != seen:
                if seen is not None and now > end:
                    raise StoreBusy(
                        "Somebody else writes much to the engine. Wait until it is done, and try again."
                    )
                since, seen = now, beats
            elif now - since > _STALE:
                for row in rows:
                    self._finish(row["claim"]) if row.get("ready") else self._withdraw(row["claim"])
            else:
                time.sleep(0.5)

    def _withdraw(self, claim: str) -> None:
        steps = [
            f"CLEAR SILENT GRAPH <{row['beside']}>"
            for row in self._ask("engine_state/staged", claim=ox.NamedNode(claim))
        ]
        gone = f"GRAPH <{STATE}> {{ ?beside ?said ?of . <{claim}> <{STATE}#lays> ?beside }}"
        own = f"GRAPH <{STATE}> {{ <{claim}> ?says ?what }}"
        self.engine.update(
            " ;\n".join([*steps, f"DELETE {{ {gone} }} WHERE {{ {gone} }}", f"DELETE WHERE {{ {own} }}"])
        )

    def begin(self) -> None:
        """Say that the engine holds nothing yet, where it says nothing."""
        about = f'<{CATALOGUE.value}> {VERSION} 0 ; <{STATE}#mark> "" ; <{DCTERMS.identifier}> "{secrets.token_hex(8)}"'
        # Virtuoso 7 passes over a filter that stands alone.
        none = f"VALUES ?one {{ 1 }} FILTER NOT EXISTS {{ GRAPH <{STATE}> {{ <{CATALOGUE.value}> {VERSION} ?version }} }}"
        if not self._ask("engine_state/about"):
            self.engine.update(f"INSERT {{ GRAPH <{STATE}> {{ {about} }} }} WHERE {{ {none} }}")
            if not self._ask("engine_state/about"):
                raise StoreUnusable(
                    "The engine takes an update and does not carry it out. Look at its settings."
                )

    def _insert(self, claim: str, lines: Iterable[str]) -> None:
        alive = f"GRAPH <{STATE}> {{ <{claim}> <{STATE}#beat> ?beat }}"
        self.engine.update(f"INSERT {{ {_in(STATE, lines)} }} WHERE {{ {alive} }}")

    def _beat(self, claim: str) -> None:
        beat = f"<{claim}> <{STATE}#beat>"
        self.engine.update(
            f"DELETE {{ {_in(STATE, [f'{beat} ?beat'])} }} "
            f"INSERT {{ {_in(STATE, [f'{beat} {chr(34)}{secrets.token_hex(4)}{chr(34)}'])} }} "
            f"WHERE {{ {_in(STATE, [f'{beat} ?beat'])} }}"
        )

    def _count(self, graph: str) -> int:
        [row] = self._ask("engine_state/count", graph=ox.NamedNode(graph))
        return int(row["statements"])

    def _read(self, graph: str, file: Path | None = None) -> Held:
        """How many statements the engine gives of a graph, and their digest. They are written to a file, if one is named."""
        name, digest, count = ox.NamedNode(graph), Digest(), 0
        lines = Stream(line + b"\n" for line in self.engine.read(graph))
        with file.open("wb") if file else nullcontext() as out:
            try:
                for triple in ox.parse(cast(IO[bytes], lines), format=ox.RdfFormat.N_TRIPLES, lenient=True):
                    digest.add(triple.triple)
                    count += 1
                    if out:
                        out.write(f"{triple.triple} {name} .\n".encode())
            except SyntaxError:
                raise StoreUnusable(
                    f"What the engine gives of “{graph.rpartition('/')[2]}” breaks off or is no N-Triples. "
                    "Nothing was changed."
                ) from None
        return Held(0, count, digest.sum)

    def _ask(self, name: str, **values: ox.NamedNode) -> list[dict[str, str]]:
        rows = self.engine.select(bound(query_text(name), values))
        for row in rows:
            if not all(re.fullmatch(form, row.get(cell, "\n")) for cell, form in _CELLS[name].items()):
                raise StoreUnusable(_NOT_ASKED)
        if name == "engine_state/count" and len(rows) != 1:
            raise StoreUnusable(_NOT_ASKED)
        return rows


def _same(name: str, got: Held, said: Held) -> None:
    if (got.statements, got.digest) != (said.statements, said.digest):
        differ = "came" if got.statements != said.statements else "came, of which some differ"
        raise StoreUnusable(
            f"The engine does not give back “{name.rpartition('/')[2]}” as it was written: {got.statements:,} of "
            f"{said.statements:,} statements {differ}. Look for a limit on rows or triples in its settings, and for "
            "others who write to it. Nothing was changed."
        )


def _summed(held: Mapping[str, Held]) -> str:
    """What tells this list of sources from any other, such as one in which some are left out."""
    digest = Digest()
    for name, one in held.items():
        digest.add(f"{name} {one.since} {one.statements} {one.digest:x}")
    return f"{digest.sum:032x}"


def _said(file: Path, count: int) -> Bulk | set[ox.Quad]:
    """The statements in a file; those of a source with blank nodes as objects, as only these keep their names."""

    def pieces() -> Iterator[bytes]:
        with file.open("rb") as lines:
            while some := lines.readlines(1 << 20):
                yield b"".join(some)

    bulk = Bulk(count, pieces)
    return {own(quad) for quad in bulk} if any(NODE.encode() in piece for piece in pieces()) else bulk


def _line(quad: ox.Quad) -> str:
    return str(shared(quad.triple))


def _facts(graph: str, held: Held) -> list[str]:
    """What is said of a source, as statements of the state."""
    return [
        f"<{graph}> <{STATE}#since> {held.since}",
        f"<{graph}> <{STATE}#statements> {held.statements}",
        f'<{graph}> <{STATE}#digest> "{held.digest:032x}"',
    ]


def _in(graph: str, lines: Iterable[str]) -> str:
    """Statements of a graph, as a part of an update."""
    said = " . ".join(lines)
    return f"GRAPH <{graph}> {{ {said} }}" if said else ""
