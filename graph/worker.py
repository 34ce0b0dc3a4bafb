"""The process in which foreign queries are parsed and run: `python -m graph.worker SNAPSHOT PREFIXES`.

It reads one JSON line per request and answers with one JSON line and then the body in frames: four bytes that say how
long it is, and as many bytes; none at the end. Nothing is held but what one frame holds, so an answer may be large.
Its parent kills it at the deadline, and where the parent is gone it ends by itself soon after; it holds nothing but a
read-only snapshot, and reaches no network where the system allows.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from graph.lifeline import hold
from graph.union import UNION, has_union, together
from graph.update_text import from_clauses

MOST_MEMORY = 4 * 1024**3
FRAME = 256 * 1024
SMALL = 50_000
"""The most statements that a worker merges by itself, which takes it a fraction of a second."""
BROKEN = b"\xff\xff\xff\xff"
"""In the place of a length: the body ends here, and is not whole."""

RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}


class Framed(io.BytesIO):
    """Bytes that go out in frames behind a header, which waits for the first of them or for the end."""

    def __init__(self, out: IO[bytes]):
        super().__init__()
        self._out, self._kept = out, bytearray()
        self.header: dict[str, object] = {}
        self.begun = False

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take bytes, and send them where they fill a frame."""
        self._kept += data
        if len(self._kept) >= FRAME:
            self._send()
        return len(data)

    def end(self) -> None:
        """Send what is left, and that it is all. The header of what goes in one frame says so."""
        head = b""
        if not self.begun:
            head = json.dumps({**self.header, "whole": True}).encode() + b"\n"
            self.begun = True
        if self._kept:
            head += len(self._kept).to_bytes(4)
        self._out.write(head + bytes(self._kept) + bytes(4))
        self._out.flush()

    def fail(self, header: dict[str, object]) -> None:
        """Send what went wrong instead of an answer, or, where that has begun, that it is broken off."""
        if self.begun:
            self._out.write(BROKEN)
            self._out.flush()
        else:
            self._kept.clear()
            self.header = header
            self.end()

    def _send(self) -> None:
        if not self.begun:
            self._out.write(json.dumps(self.header).encode() + b"\n")
            self.begun = True
        self._out.write(len(self._kept).to_bytes(4) + self._kept)
        self._out.flush()
        self._kept.clear()


def answer(store: ox.Store, request: dict[str, Any], prefixes: dict[str, str], out: Framed) -> None:
    """Send the answer to one request: a query, or the statements of one graph ("of") as they are."""
    try:
        if "of" in request:
            quads = store.quads_for_pattern(None, None, None, ox.NamedNode(request["of"]))
            first = next(quads, None)
            if first is None:
                return out.fail({"missing": True})
            triples = (quad.triple for some in ((first,), quads) for quad in some)
            out.header = {"format": request["graph"]}
            ox.serialize(triples, out, format=GRAPHS[request["graph"]], prefixes=prefixes)
            return out.end()
        query = str(request["query"])
        asked, chosen = _chosen(store, query, request, prefixes)
        found = asked.query(
            query,
            # Each is parsed anew for each query, so only those are told that can be meant.
            prefixes={name: iri for name, iri in prefixes.items() if f"{name}:" in query},
            base_iri=request.get("base_iri"),
            **chosen,
        )
        if isinstance(found, ox.QueryTriples):
            out.header = {"format": request["graph"]}
            ox.serialize(found, out, format=GRAPHS[request["graph"]], prefixes=prefixes)
        else:
            out.header = {"format": request["results"]}
            found.serialize(out, format=RESULTS[request["results"]])
    except SyntaxError as error:
        return out.fail({"error": not_sparql(error)})
    except (ValueError, OSError, RuntimeError):
        return out.fail({"error": "The query cannot be answered."})
    return out.end()


def not_sparql(error: SyntaxError) -> str:
    """What the parser says, in one line."""
    return f"This is not SPARQL: {' '.join(str(error.msg).split())[:240]}"


def _chosen(
    store: ox.Store, query: str, request: dict[str, Any], prefixes: dict[str, str]
) -> tuple[ox.Store, dict[str, Any]]:
    """What a query is asked of: the dataset that the client names, else all graphs together.

    Of several default graphs, each statement counts once (SPARQL 1.1 Query Language, 13.2), but an engine that is told
    to read them together finds it once for each. So they are put together here.
    """
    default, named = (cast(list[str], request[key]) for key in ("default_graphs", "named_graphs"))
    if not (default or named):
        if not request["names_dataset"]:
            return store, {"use_default_graph_as_union": not has_union(store)}
        default, named = from_clauses(query, prefixes) or ([], [])
        if len(set(default)) < 2:
            return store, {"use_default_graph_as_union": False}
    if len(set(default)) > 1:
        store, default = _together(store, default, named), []
        given: dict[str, Any] = {"default_graph": ox.DefaultGraph()}
    else:
        given = {"default_graph": [ox.NamedNode(graph) for graph in default]}
    return store, given | {"named_graphs": [ox.NamedNode(graph) for graph in named]}


def _together(store: ox.Store, default: list[str], named: list[str]) -> ox.Store:
    """Some graphs as the default graph, each statement once, beside others under their names, in memory."""
    made = ox.Store()
    made.extend(together(store, default))
    for graph in named:
        made.extend(store.quads_for_pattern(None, None, None, ox.NamedNode(graph)))
    return made


def confine(memory: int = MOST_MEMORY) -> None:
    """Limit the memory of this process, and leave the network where the system allows.

    Before a store starts threads: a process with several may not leave its network. It ends with the one that started it.
    """
    hold()
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with suppress(OSError, AttributeError):
        new_network, new_user = 0x40000000, 0x10000000
        # Only those who are not root need a user namespace for it; root would lose its right to read the store.
        ctypes.CDLL(None).unshare(new_network if os.geteuid() == 0 else new_user | new_network)


def limit_memory(more: int) -> None:
    """Let this process take so much more memory than it has now, and no more."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def serve(
    requests: IO[bytes],
    out: IO[bytes],
    snapshot: str,
    prefixes: dict[str, str],
    merged: ox.Store | None = None,
) -> None:
    """Answer requests until they end, each on the snapshot that it names, else on the first.

    merged: what all sources of the first snapshot say together, in memory, for requests that ask for no graph by its
    name. Of a small snapshot it is made here.
    """
    opened: ox.Store | None = None
    at = snapshot if merged is not None else ""
    for line in requests:
        request = json.loads(line)
        # Ends this process, should nobody else: the parent gives no answer more time than this.
        signal.setitimer(signal.ITIMER_REAL, request.get("most_seconds", request["seconds"]) + 2)
        snapshot = request.get("snapshot", snapshot)
        if snapshot != at:
            at, opened = snapshot, ox.Store.read_only(snapshot)
            merged = _merged(opened) if len(opened) <= 2 * SMALL else None
        if merged is not None and not request.get("names_graphs", True):
            answer(merged, request, prefixes, Framed(out))
        else:
            opened = opened or ox.Store.read_only(snapshot)
            answer(opened, request, prefixes, Framed(out))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _merged(store: ox.Store) -> ox.Store:
    made = ox.Store()
    made.bulk_extend(
        ox.Quad(*quad.triple)
        for quad in store.quads_for_pattern(None, None, None, UNION if has_union(store) else None)
    )
    return made


if __name__ == "__main__":
    confine()
    serve(sys.stdin.buffer, sys.stdout.buffer, sys.argv[1], json.loads(sys.argv[2]))
