"""The process that holds a version in memory and forks workers from it: `python -m graph.nest SNAPSHOT PREFIXES MEMORY`.

All source graphs are merged in one default graph, in which a query runs several times faster than on disk. The process
has one thread and answers nothing itself: each worker is a copy of it that shares its memory (copy on write), so that
a new one costs milliseconds, and one that crashes or is killed takes nothing with it.

Its standard input is a socket of packets. It sends `+` once it is ready; then `+7` with a socket makes worker 7, which
talks over that socket as graph/worker.py says, and `-7` ends it. At the end of input it ends with all its workers.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress

import pyoxigraph as ox

from graph.union import UNION, has_union
from graph.worker import MOST_MEMORY, confine, limit_memory, serve

_EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_DIE_WITH_PARENT = 1


def merged(snapshot: str) -> ox.Store:
    """Everything that a snapshot holds, in one graph in memory. Raises OSError where it cannot be read whole.

    Another process reads the snapshot, as whoever opens one has threads from then on, and may not be forked.
    """
    reading, writing = os.pipe()
    reader = os.fork()
    if not reader:
        with suppress(BaseException):
            os.close(reading)
            os.nice(10)
            with os.fdopen(writing, "wb") as out:
                opened = ox.Store.read_only(snapshot)
                if has_union(opened):
                    opened.dump(out, ox.RdfFormat.N_TRIPLES, from_graph=UNION)
                else:
                    found = opened.query(_EVERYTHING, use_default_graph_as_union=True)
                    assert isinstance(found, ox.QueryTriples)
                    ox.serialize(found, out, format=ox.RdfFormat.N_TRIPLES)
            os._exit(0)
        os._exit(1)
    os.close(writing)
    store = ox.Store()
    with os.fdopen(reading, "rb") as lines:
        store.bulk_load(input=lines, format=ox.RdfFormat.N_TRIPLES)
    if os.waitpid(reader, 0)[1]:
        raise OSError("the snapshot was not read whole")
    return store


def main(snapshot: str, prefixes: dict[str, str], memory: int) -> None:
    """Load, and fork workers until the input ends."""
    confine(memory)
    control = socket.socket(fileno=os.dup(0))
    store = merged(snapshot)
    gc.freeze()
    control.sendall(b"+")
    workers: dict[bytes, int] = {}
    while True:
        said, ends, _, _ = socket.recv_fds(control, 64, 1)
        if not said:
            break
        number = said[1:]
        if said[:1] == b"-":
            _ended(workers.pop(number, 0))
            continue
        worker = os.fork()
        if not worker:
            control.close()
            work(store, snapshot, prefixes, ends[0])
        os.close(ends[0])
        workers[number] = worker
    for worker in workers.values():
        _ended(worker)


def work(store: ox.Store, snapshot: str, prefixes: dict[str, str], end: int) -> None:
    """What a forked process does: answer until its socket closes."""
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        limit_memory(MOST_MEMORY)
        with socket.socket(fileno=end) as talk, talk.makefile("rb") as lines, talk.makefile("wb") as out:
            serve(lines, out, snapshot, prefixes, store)
    finally:
        os._exit(0)


def _ended(worker: int) -> None:
    if worker:
        with suppress(OSError):
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))
