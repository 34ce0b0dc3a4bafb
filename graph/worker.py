"""The process in which foreign SPARQL is parsed and run: `python -m graph.worker SNAPSHOT`.

It reads one JSON line per query and answers with one JSON line and as many bytes as that line says. Its parent
kills it at the deadline, and where the parent is gone it ends by itself soon after; it holds nothing but a read-only snapshot, and reaches no network where the system allows.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any, cast

import pyoxigraph as ox

MOST_BYTES = 64 * 1024 * 1024
MOST_MEMORY = 4 * 1024**3

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


class _TooLarge(Exception):
    pass


class _Limited(io.BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > MOST_BYTES:
            raise _TooLarge
        return super().write(data)


def answer(store: ox.Store, request: dict[str, object]) -> tuple[dict[str, object], bytes]:
    """The header and the body of one answer."""
    out = _Limited()
    prefixes = request["prefixes"]
    assert isinstance(prefixes, dict)
    try:
        found = store.query(str(request["query"]), prefixes=prefixes, **_chosen(request))
        if isinstance(found, ox.QueryTriples):
            kind = str(request["graph"])
            ox.serialize(found, out, format=GRAPHS[kind], prefixes=prefixes)
        else:
            kind = str(request["results"])
            found.serialize(out, format=RESULTS[kind])
    except SyntaxError as error:
        return {"error": f"This is not SPARQL: {' '.join(str(error.msg).split())[:240]}", "size": 0}, b""
    except _TooLarge:
        return {
            "error": f"The answer is larger than {MOST_BYTES // 1024**2} MB. Add a LIMIT.",
            "size": 0,
        }, b""
    except (ValueError, OSError, RuntimeError):
        return {"error": "The query cannot be answered.", "size": 0}, b""
    body = out.getvalue()
    return {"format": kind, "size": len(body)}, body


def _chosen(request: dict[str, object]) -> dict[str, Any]:
    """The dataset that the client names, else all graphs together."""
    graphs = {
        key: [ox.NamedNode(g) for g in cast(list[str], request[key])]
        for key in ("default_graphs", "named_graphs")
    }
    if any(graphs.values()):
        return {"default_graph": graphs["default_graphs"], "named_graphs": graphs["named_graphs"]}
    return {"use_default_graph_as_union": not request["names_dataset"]}


def _confine() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with suppress(OSError, AttributeError):
        new_network, new_user = 0x40000000, 0x10000000
        # Only those who are not root need a user namespace for it; root would lose its right to read the store.
        ctypes.CDLL(None).unshare(new_network if os.geteuid() == 0 else new_user | new_network)


def main(snapshot: str) -> None:
    """Serve queries from standard input until it closes."""
    _confine()  # before the store starts threads: a process with several may not leave its network
    store = ox.Store.read_only(snapshot)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 2)  # ends this process, should nobody else
        header, body = answer(store, request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + body)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1])
