"""The process in which foreign updates and graphs are parsed and tried out: `python -m graph.edit_worker`.

It reads one JSON line per request, and as many bytes as that line says. An update runs on a copy of the store, which
nobody else sees (graph/edit_copy.py); what it changed goes back as N-Quads, first what was removed and then what was
added, in frames as in graph/worker.py. So whatever is written in a text, the process of the server parses none of it,
and an update that runs away, crashes or half succeeds has changed nothing. Where an update reads without naming graphs,
it reads all of them together, as a query does.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path
from typing import Any, cast

import pyoxigraph as ox

from graph.edit_checks import Unfit, check, check_graphs, payload
from graph.edit_copy import Copy, Part, Subject, put, statements
from graph.edit_shapes import Broken, check_shapes
from graph.errors import QueryRefused
from graph.guard import check_update
from graph.union import holds
from graph.update_text import Operation, check_dataset, operations
from graph.worker import Framed, confine, not_sparql
from ontology.terms import PREFIXES

MOST_CHANGED = 500_000
_MOST_SUBJECTS = 20_000
"""Above it, whole graphs are compared sooner than subjects one by one."""
_EMPTY = "<urn:joinedup:empty>"
"""A graph that is not there: the default graph where a client names none but names others."""


def update(request: dict[str, Any], before: ox.Store) -> tuple[set[ox.Quad], set[ox.Quad]]:
    """What an update removes and adds. Raises SyntaxError, QueryRefused, Unfit."""
    text = str(request["text"])
    check_update(text)
    parts = operations(text, PREFIXES)
    using, named = ([str(ox.NamedNode(g)) for g in request[key]] for key in ("using", "using_named"))
    if using or named:
        check_dataset(parts)
    if (changed := _by_subject(before, parts, request, using, named)) is not None:
        return changed
    copy = Copy(before, Path(request["work"]), request["edits"])
    if any(part.everything for part in parts):
        # Refused before the work is done.
        names = [
            name for name in copy.before.named_graphs() if not re.match(request["kept"], str(name)[1:-1])
        ]
        check_graphs((name for name in names if holds(copy.before, name)), request)
    subjects: set[Subject] | None = set()
    for part in parts or [Operation("", text)]:
        copy.level()  # so that each operation finds what the one before it wrote, by either name of the editing graph
        if part.where is None or part.names_dataset:
            subjects = _reached(copy, part, request, {}, subjects)
            if part.using is None:
                raise QueryRefused(
                    "USING: write a space behind it, and a whole IRI or a prefix that is declared."
                )
            with copy.together([graph for graph, _, _ in part.using]) as default:
                run = part.using_one(*default) if len(part.using) > 1 else part.on((), ())
                copy.after.update(run, base_iri=request["base_iri"], prefixes=PREFIXES)
            continue
        every = [] if using or named else copy.graphs()
        with copy.together(every or using or [_EMPTY]) as default:
            subjects = _reached(copy, part, request, _dataset(default, every or named), subjects)
            run = part.on(default, every or named)
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
        emptied = {graph for graph in gone if not statements(copy.after, graph)}
        removed = {quad for quad in removed if quad.graph_name not in emptied}
    return removed, added


def _by_subject(
    before: ox.Store, parts: list[Operation], request: dict[str, Any], using: list[str], named: list[str]
) -> tuple[set[ox.Quad], set[ox.Quad]] | None:
    """What an update removes and adds, worked out on what the subjects that it reaches say; None where these do not tell.

    So a small change takes as long in a large store as in a small one. Only the first operation may read, as one that
    comes later reads what the one before it has changed.
    """
    if not parts or any(
        part.reach is None or (part.where is not None and part is not parts[0]) for part in parts
    ):
        return None
    if len(using) > 1 and parts[0].where is not None:
        return None  # a statement of two of them would be found twice
    ox.Store().update(
        str(request["text"]), base_iri=request["base_iri"], prefixes=PREFIXES
    )  # whether it is SPARQL
    subjects: set[Subject] = {ox.NamedNode(name) for part in parts for name in part.names or ()}
    values: list[str] = []
    first = parts[0]
    if first.where is not None:
        query, dataset = first.reach or first.asks, _dataset(using, named)
        found = before.query(query, base_iri=request["base_iri"], prefixes=PREFIXES, **dataset)
        if isinstance(found, ox.QueryBoolean):
            values = ["()"] if found else []
        else:
            for row in cast(ox.QuerySolutions, found):
                terms = [row[name[1:]] for name in sorted(first.variables)]
                if any(isinstance(term, ox.BlankNode | ox.Triple) for term in terms):
                    return None  # no text can name these
                subjects.update(term for term in terms if isinstance(term, ox.NamedNode))
                values.append(f"( {' '.join('UNDEF' if term is None else str(term) for term in terms)} )")
                if len(subjects) > _MOST_SUBJECTS or len(values) > MOST_CHANGED:
                    return None
    part = Part(before, subjects, request["edits"])
    for operation in parts:
        run = operation.on((), ()) if operation.where is None else operation.filled(values)
        part.after.update(run, base_iri=request["base_iri"], prefixes=PREFIXES)
        part.level()
    return part.difference()


def _dataset(using: list[str], named: list[str]) -> dict[str, Any]:
    """The dataset that an update reads: what all sources say together, unless the client names another one."""
    if not (using or named):
        return {}
    default, names = (
        [ox.NamedNode(graph[1:-1]) for graph in graphs] for graphs in (using or [_EMPTY], named)
    )
    return {"default_graph": default, "named_graphs": names}


def _reached(
    copy: Copy, part: Operation, request: dict[str, Any], dataset: dict[str, Any], before: set[Subject] | None
) -> set[Subject] | None:
    """The subjects of whatever an operation is going to change, with those before; None where that cannot be told."""
    if before is None or (query := part.reach) is None:
        return None
    found = before | {ox.NamedNode(name) for name in part.names or ()}
    rows = (
        copy.after.query(query, base_iri=request["base_iri"], prefixes=PREFIXES, **dataset) if query else ()
    )
    for row in rows:  # type: ignore[union-attr]
        found.update(term for term in row if isinstance(term, ox.NamedNode | ox.BlankNode))
        if len(found) > _MOST_SUBJECTS:
            return None
    return found if len(found) <= _MOST_SUBJECTS else None


def write(request: dict[str, Any], body: bytes, before: ox.Store) -> tuple[set[ox.Quad], set[ox.Quad], bool]:
    """What replacing, adding to or removing one graph removes and adds, and whether the graph was there before.

    Raises Unfit for a body that cannot be read.
    """
    graph = ox.NamedNode(request["graph"])
    if request["task"] == "add":  # the graph may be large, and the body is not
        come = set(put(payload(body, request["type"], request["base_iri"]), graph))
        return set(), {quad for quad in come if quad not in before}, holds(before, graph)
    old = statements(before, graph)
    new = payload(body, request["type"], request["base_iri"]) if request["task"] != "remove" else set()
    return set(put(old - new, graph)), set(put(new - old, graph)), bool(old)


def answer(request: dict[str, Any], body: bytes, out: Framed) -> None:
    """Send what one request would change, or why it may not."""
    there = False
    try:
        before = ox.Store.read_only(request["before"])
        if request["task"] == "update":
            removed, added = update(request, before)
        else:
            removed, added, there = write(request, body, before)
        if len(removed) + len(added) > MOST_CHANGED:
            raise Unfit(
                400, f"It would change more than {MOST_CHANGED:,} statements at once. Write them in parts."
            )
        check(removed, added, request)
        if removed or added:
            check_shapes(before, removed, added, request)
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
