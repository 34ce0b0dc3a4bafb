"""The process in which foreign updates and graphs are parsed and tried out: `python -m graph.edit_worker`.

It reads one JSON line per request, and as many bytes as that line says. An update runs on a copy of the store, which
nobody else sees; what it changed goes back as N-Quads, first what was removed and then what was added, in frames as
in graph/worker.py. So whatever is written in a text, the process of the server parses none of it, and an update that
runs away, crashes or half succeeds has changed nothing.

In the copy, the default graph holds what the editing graph holds, so that what an update says of the default graph it
says of that; where an update reads without naming graphs, it reads all of them together, as a query does.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from graph.edit_checks import Unfit, check, check_graphs, payload
from graph.edit_shapes import Broken, check_shapes
from graph.errors import QueryRefused
from graph.guard import check_update
from graph.update_text import Operation, check_dataset, operations
from graph.worker import Framed, confine, not_sparql
from ontology.terms import PREFIXES

MOST_CHANGED = 500_000
_MOST_SUBJECTS = 20_000
"""Above it, whole graphs are compared sooner than subjects one by one."""
_Subject = ox.NamedNode | ox.BlankNode
_DEFAULT = ox.DefaultGraph()


class Copy:
    """A copy of the store on which an update is tried out."""

    def __init__(self, before: Path, edits: str):
        self.before = ox.Store.read_only(str(before))
        work = before.with_name("work")
        shutil.rmtree(work, ignore_errors=True)
        self.before.backup(str(work))
        self.after = ox.Store(str(work))
        self.edits = ox.NamedNode(edits)
        self._held = _in(self.after, self.edits)
        self.after.extend(_put(self._held, _DEFAULT))

    def level(self) -> set[ox.Triple]:
        """Let the default graph and the editing graph hold the same again: what was done to either is done to both."""
        default, named = _in(self.after, _DEFAULT), _in(self.after, self.edits)
        if default != self._held or named != self._held:
            new = (self._held & default & named) | (default - self._held) | (named - self._held)
            for graph, there in ((_DEFAULT, default), (self.edits, named)):
                for quad in _put(there - new, graph):
                    self.after.remove(quad)
                self.after.extend(_put(new - there, graph))
            self._held = new
        return self._held

    def graphs(self) -> list[str]:
        """Every graph, as a term."""
        return sorted(str(graph) for graph in {*self.after.named_graphs(), self.edits})

    def difference(
        self, targets: frozenset[str] | None, subjects: set[_Subject] | None
    ) -> tuple[set[ox.Quad], set[ox.Quad]]:
        """What was removed from and what was added to these graphs and the editing graph; None for all graphs.

        Where it is known which subjects all of that has, these alone are looked up, as graphs may be large.
        """
        new, old = self.level(), _in(self.before, self.edits)
        removed, added = set(_put(old - new, self.edits)), set(_put(new - old, self.edits))
        if subjects is not None:
            for subject in subjects:
                was, now = (
                    {
                        quad
                        for quad in store.quads_for_pattern(subject, None, None, None)
                        if quad.graph_name not in (_DEFAULT, self.edits)
                    }
                    for store in (self.before, self.after)
                )
                removed |= was - now
                added |= now - was
            return removed, added
        for graph in {*self.before.named_graphs(), *self.after.named_graphs()} - {self.edits}:
            assert isinstance(graph, ox.NamedNode)
            if targets is not None and graph.value not in targets:
                continue
            if targets is None and _digest(self.before, graph) == _digest(self.after, graph):
                continue
            before, after = _in(self.before, graph), _in(self.after, graph)
            removed |= set(_put(before - after, graph))
            added |= set(_put(after - before, graph))
        return removed, added


def update(request: dict[str, Any]) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """What an update removes and adds. Raises SyntaxError, QueryRefused, Unfit."""
    text = str(request["text"])
    check_update(text)
    parts = operations(text, PREFIXES)
    using, named = ([str(ox.NamedNode(g)) for g in request[key]] for key in ("using", "using_named"))
    if using or named:
        check_dataset(parts)
    copy = Copy(Path(request["before"]), request["edits"])
    if any(part.everything for part in parts):
        # Refused before the work is done.
        names = [
            name for name in copy.before.named_graphs() if not re.match(request["kept"], str(name)[1:-1])
        ]
        check_graphs((name for name in names if _holds(copy.before, name)), request)
    subjects: set[_Subject] | None = set()
    for part in parts or [Operation("", text)]:
        if subjects is not None:
            subjects = _reached(copy, part, request, using, named, subjects)
        if part.where is None or part.names_dataset:
            run = part.on((), ())
        elif using or named:
            copy.level()
            # Where only named graphs are given, the default graph is empty: that of a graph that is not there.
            run = part.on(using or ["<urn:joinedup:empty>"], named)
        else:
            copy.level()
            every = copy.graphs()
            run = part.on(every, every)
        copy.after.update(run, base_iri=request["base_iri"], prefixes=PREFIXES)
    targets = [part.targets for part in parts]
    known = [found for found in targets if found is not None]
    removed, added = copy.difference(
        frozenset().union(*known) if len(known) == len(targets) else None, subjects
    )
    if any(part.everything for part in parts):
        # To clear everything passes over the graphs that Joinedup keeps for itself.
        kept = re.compile(request["kept"])
        gone = {
            q.graph_name
            for q in removed
            if isinstance(q.graph_name, ox.NamedNode) and kept.match(q.graph_name.value)
        }
        emptied = {graph for graph in gone if not _in(copy.after, graph)}
        removed = {quad for quad in removed if quad.graph_name not in emptied}
    return removed, added


def _reached(
    copy: Copy,
    part: Operation,
    request: dict[str, Any],
    using: list[str],
    named: list[str],
    before: set[_Subject],
) -> set[_Subject] | None:
    """The subjects of whatever an operation is going to change, with those before; None where that cannot be told."""
    if (query := part.reach) is None:
        return None
    found = before | {ox.NamedNode(name) for name in part.names or ()}
    if not query:
        return found if len(found) <= _MOST_SUBJECTS else None
    copy.level()
    dataset: dict[str, Any] = {"use_default_graph_as_union": True}
    if using or named:
        default = [ox.NamedNode(g[1:-1]) for g in using or ["<urn:joinedup:empty>"]]
        dataset = {"default_graph": default, "named_graphs": [ox.NamedNode(g[1:-1]) for g in named]}
    rows = copy.after.query(query, base_iri=request["base_iri"], prefixes=PREFIXES, **dataset)
    for row in rows:  # type: ignore[union-attr]
        found.update(term for term in row if isinstance(term, ox.NamedNode | ox.BlankNode))
        if len(found) > _MOST_SUBJECTS:
            return None
    return found


def write(request: dict[str, Any], body: bytes) -> tuple[set[ox.Quad], set[ox.Quad], bool]:
    """What replacing, adding to or removing one graph removes and adds, and whether the graph was there before.

    Raises Unfit for a body that cannot be read.
    """
    graph = ox.NamedNode(request["graph"])
    before = ox.Store.read_only(request["before"])
    if request["task"] == "add":  # the graph may be large, and the body is not
        come = set(_put(payload(body, request["type"], request["base_iri"]), graph))
        return set(), {quad for quad in come if quad not in before}, _holds(before, graph)
    old = _in(before, graph)
    new = payload(body, request["type"], request["base_iri"]) if request["task"] != "remove" else set()
    return set(_put(old - new, graph)), set(_put(new - old, graph)), bool(old)


def answer(request: dict[str, Any], body: bytes, out: Framed) -> None:
    """Send what one request would change, or why it may not."""
    there = False
    try:
        if request["task"] == "update":
            removed, added = update(request)
        else:
            removed, added, there = write(request, body)
        if len(removed) + len(added) > MOST_CHANGED:
            raise Unfit(
                400, f"It would change more than {MOST_CHANGED:,} statements at once. Write them in parts."
            )
        check(removed, added, request)
        if removed or added:
            check_shapes(ox.Store.read_only(request["before"]), removed, added, request)
    except SyntaxError as error:
        return out.fail({"error": not_sparql(error), "status": 400})
    except QueryRefused as refused:
        return out.fail({"error": str(refused), "status": 400})
    except Broken as broken:
        return out.fail({"error": broken.reason, "status": broken.status, "things": broken.things})
    except Unfit as unfit:
        return out.fail({"error": unfit.reason, "status": unfit.status})
    except (ValueError, OSError, RuntimeError):
        return out.fail({"error": "The update cannot be carried out.", "status": 400})
    gone, new = (ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"" for quads in (removed, added))
    out.header = {"removed": len(gone), "there": there}
    out.write(gone + new)
    return out.end()


class _Digest(io.BytesIO):
    def __init__(self) -> None:
        super().__init__()
        self.found = hashlib.blake2b()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.found.update(data)
        return len(data)


def _digest(store: ox.Store, graph: ox.NamedNode) -> bytes:
    """Of the statements of a graph, in the order in which the store holds them."""
    out = _Digest()
    store.dump(out, ox.RdfFormat.N_TRIPLES, from_graph=graph)
    return out.found.digest()


def _holds(store: ox.Store, graph: ox.NamedNode | ox.BlankNode) -> bool:
    return next(store.quads_for_pattern(None, None, None, graph), None) is not None


def _in(store: ox.Store, graph: ox.NamedNode | ox.DefaultGraph) -> set[ox.Triple]:
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}


def _put(triples: Iterable[ox.Triple], graph: ox.NamedNode | ox.DefaultGraph) -> Sequence[ox.Quad]:
    return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples]


def main() -> None:
    """Serve requests from standard input until it closes."""
    confine()
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        body = sys.stdin.buffer.read(request["size"])
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 2)  # ends this process, should nobody else
        answer(request, body, Framed(sys.stdout.buffer))
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
