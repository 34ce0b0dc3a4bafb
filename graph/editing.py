"""Writing from outside: SPARQL updates and whole graphs, each one new version of the store or nothing at all.

A text from outside is parsed and run in a process that can be killed (graph/edit_worker.py), on a copy of what the
sources say before any merge. It hands back the statements to remove and to add; they are checked there, and the one
writer applies them in one transaction and syncs it (Store.change). While that goes on the store is held for writing,
so no load comes between, and readers keep the version that they have.

What may be written: graphs that clients name, and for statements that name none the editing graph, which is one more
source, called by its IRI <base>/id/source/edits. The graphs of loaded files are refused, because the next load would
undo the change, as are those that Joinedup keeps for itself: the catalogue, the vocabulary, judgements, a publication.
"""

from __future__ import annotations

import re
import time
from threading import Lock
from typing import Any

import pyoxigraph as ox

from graph.audit import Entry, audited
from graph.behalf import behalf
from graph.errors import (
    BadParameter,
    NotFound,
    NotReadable,
    NotValid,
    QueryBusy,
    QueryRefused,
    QueryTimeout,
    WriteRefused,
)
from graph.identity.record import judgements_of
from graph.process import Broken, Process
from graph.store import Store, publication_of
from graph.written import register_of, registered
from ontology.terms import concepts


def edits_of(base: str) -> str:
    """The graph that holds what is written without naming a graph."""
    return f"{base}/id/source/edits"


class Editor:
    """What writes to a store for clients, one change at a time. Close it when done, or use it in a with statement."""

    def __init__(self, store: Store, *, seconds: float = 10.0):
        self.store, self.seconds = store, seconds
        self._one, self._process = Lock(), None

    _process: Process | None

    def update(
        self,
        text: str,
        *,
        base_iri: str,
        using: list[str] | None = None,
        using_named: list[str] | None = None,
        marking: str | None = None,
    ) -> None:
        """Carry out a SPARQL update, on the default and named graphs given, else on all graphs together.

        It is on disk when this returns. Raises QueryRefused for what is not SPARQL or may not run, QueryTimeout at the
        limit, WriteRefused for a graph that is not to be edited, NotValid where something would break a shape,
        BadParameter for a marking that is not known, Stale where the store is not at a version that was asked for,
        QueryBusy and StoreBusy where others write; then nothing has changed. marking is who may see the graphs that
        it writes to; without it they stay as they are, and new ones are official.
        """
        self._change(
            {
                "task": "update",
                "text": text,
                "base_iri": base_iri,
                "using": using or [],
                "using_named": using_named or [],
            },
            marking=marking,
        )

    def replace(self, graph: str, body: bytes, content_type: str, marking: str | None = None) -> bool:
        """Let a graph hold what a body of RDF says and nothing else; whether it was there before. Raises as `update`."""
        return self._write("replace", graph, body, content_type, marking)

    def add(self, graph: str, body: bytes, content_type: str, marking: str | None = None) -> bool:
        """Add what a body of RDF says to a graph; whether it was there before. Raises as `update`."""
        return self._write("add", graph, body, content_type, marking)

    def remove(self, graph: str) -> None:
        """Remove a graph. Raises NotFound where there is none, else as `update`."""
        if not self._write("remove", graph, b"", ""):
            raise NotFound("There is no such graph, or nothing in it.")

    def close(self) -> None:
        """End its process."""
        with self._one:
            self._stop()

    def _write(
        self, task: str, graph: str, body: bytes, content_type: str, marking: str | None = None
    ) -> bool:
        request: dict[str, object] = {"task": task, "graph": graph, "type": content_type, "base_iri": graph}
        return bool(self._change(request, body, marking)["there"])

    def _change(
        self, request: dict[str, object], body: bytes = b"", marking: str | None = None
    ) -> dict[str, Any]:
        task = str(request["task"])
        with audited(self.store.path, "sparql update" if task == "update" else f"graph {task}") as entry:
            return self._carry_out(request, body, marking, entry)

    def _carry_out(
        self, request: dict[str, object], body: bytes, marking: str | None, entry: Entry
    ) -> dict[str, Any]:
        if marking is not None and marking not in concepts("markings"):
            raise BadParameter(f"marking: choose from {', '.join(concepts('markings'))}.")
        if self.store.publication:
            raise WriteRefused(
                "This store is a publication. Write to the store it was made from, and publish again."
            )
        if not self._one.acquire(timeout=self.seconds):
            raise QueryBusy("Others are writing. Try again in a moment.")
        try:
            with self.store.writing():
                with self.store.on_trial() as (before, work):
                    base = self.store.base
                    header, removed, added = self._tried(
                        {
                            **request,
                            "before": str(before),
                            "work": str(work),
                            "base": base,
                            "edits": edits_of(base),
                            "kept": _kept(base),
                            "loaded": re.escape(f"{base}/id/source/"),
                            "size": len(body),
                            "seconds": self.seconds,
                        },
                        body,
                    )
                graphs = {str(q.graph_name)[1:-1] for quads in (added, removed) for q in quads}
                entry.says(graphs=sorted(graphs), added=len(added), removed=len(removed))
                if graphs:
                    gone, come = registered(self.store.loaded(), removed, added, marking, behalf())
                    self.store.change(added | come, removed | gone)
                return header
        finally:
            self._one.release()

    def _tried(
        self, request: dict[str, object], body: bytes
    ) -> tuple[dict[str, Any], set[ox.Quad], set[ox.Quad]]:
        """What a change would remove and add, with what else the process says of it."""
        self._process = self._process or Process("graph.edit_worker")
        deadline = time.monotonic() + self.seconds
        parts = []
        try:
            self._process.send(request, body)
            header = self._process.header(deadline)
            while piece := self._process.piece(deadline):
                parts.append(piece)
        except TimeoutError:
            self._stop()
            raise QueryTimeout(
                f"The update ran longer than {self.seconds:g} s and was stopped; nothing has changed. "
                "Name the graphs that it writes to, narrow it down, or write it in parts."
            ) from None
        except Broken:
            self._stop()
            raise QueryRefused(
                "The update took more memory or nesting than one may have, and was stopped; nothing has changed."
            ) from None
        except BaseException:
            self._stop()
            raise
        if header.get("things"):
            raise NotValid(header["error"], header["things"])
        if "error" in header:
            raise _ERRORS.get(header["status"], QueryRefused)(header["error"])
        lines, at = b"".join(parts), header["removed"]
        removed, added = (
            set(ox.parse(part, format=ox.RdfFormat.N_QUADS)) for part in (lines[:at], lines[at:])
        )
        return header, removed, added

    def _stop(self) -> None:
        if self._process:
            self._process.stop()
        self._process = None

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_ERRORS = {400: BadParameter, 403: WriteRefused, 415: NotReadable, 422: BadParameter}


def _kept(base: str) -> str:
    """An expression for the graphs that Joinedup keeps for itself."""
    own = (judgements_of(base), publication_of(base), register_of(base))
    return "|".join([re.escape("https://w3id.org/joinedup/"), *(f"{re.escape(name)}$" for name in own)])
