"""Export: what the sources of a store say, as one file of RDF that can be loaded into another store.

Each source is a named graph where the format has them, and says in it who may see it. So is each graph that a client
wrote; there its last change says it, by whom it was made, and why. Things that were judged to be
the same stand under their own IRIs, as they were loaded; with the whole store go the judgements, so that a store into
which the file is loaded merges the same things and can undo it. The vocabulary and the catalogue of the store are left
out: every store has its own. Statements are written one after the other and never held together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import pyoxigraph as ox

from graph.audiences import SENSITIVE, view
from graph.dataset import Dataset
from graph.errors import NotFound, StoreUnusable
from graph.identity.judging import judgements
from graph.identity.record import judgements_of
from graph.store import Store
from graph.written import change_of, written
from ontology.terms import PREFIXES, concepts

FORMATS = {
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "turtle": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""By the name that a user gives."""
ENDINGS = {".nq": "nquads", ".trig": "trig", ".ttl": "turtle", ".nt": "nt", ".jsonld": "jsonld"}
_PRETTY = (ox.RdfFormat.TRIG, ox.RdfFormat.TURTLE)


@dataclass
class Exported:
    """What was written."""

    statements: int = 0
    sources: int = 0
    judgements: int = 0
    marking: str = ""
    """The code of the marking of the source that the fewest may see."""


def export(
    store: Store,
    output: IO[bytes],
    format: str = "nquads",
    source: str | None = None,
    audience: str = SENSITIVE,
) -> Exported:
    """Write what a store says, or one source of it, by its name, its file's name or the end of its IRI.

    For an audience that may not see everything, what it may see is written, with the merges that it sees.

    Raises NotFound for a format or an audience that is not known, and where there is no such source or several;
    StoreUnusable where there is nothing to write.
    """
    if format not in FORMATS:
        raise NotFound(f"There is no format “{format}”. Choose {', '.join(FORMATS)}.")
    seen = view(store, audience)
    dataset = store.loaded() if audience == SENSITIVE else seen.dataset()
    clients = written(dataset)
    sources = [*dataset.select("publication/sources"), *clients]
    if not sources:
        raise StoreUnusable(
            "The store is empty, so there is nothing to export."
            if audience == SENSITIVE
            else f"There is nothing that the audience {audience} may see, so there is nothing to export."
        )
    chosen = {row["source"] for row in sources} if source is None else {_found(sources, source)}
    markings = list(concepts("markings"))
    said = [
        code
        for row in sources
        if row["source"] in chosen and (code := _end(row.get("marking", ""))) in markings
    ]
    report = Exported(sources=len(chosen), marking=max(said, key=markings.index, default=""))
    form = FORMATS[format]
    graphs = sorted(chosen)
    if source is None:
        report.judgements = len(judgements(dataset))
        graphs.append(judgements_of(dataset.base))
    marked = [
        quad for row in clients if row["source"] in chosen for quad in change_of(dataset, row["source"])
    ]
    quads = _counted(dataset, graphs, marked, report)
    statements = quads if form.supports_datasets else (quad.triple for quad in quads)
    ox.serialize(statements, output, format=form, prefixes=PREFIXES if form in _PRETTY else None)
    return report


def _counted(
    dataset: Dataset, sources: Sequence[str], more: Sequence[ox.Quad], report: Exported
) -> Iterator[ox.Quad]:
    for quads in (*map(dataset.quads_in, sources), more):
        for quad in quads:
            report.statements += 1
            yield quad


def named_source(dataset: Dataset, wanted: str) -> str:
    """The IRI of a source, by its name, its file's name or the end of its IRI. Raises NotFound."""
    return _found(list(dataset.select("publication/sources")), wanted)


def _found(sources: Sequence[dict[str, str]], wanted: str) -> str:
    found = {
        row["source"]
        for row in sources
        if wanted in (row["source"], _end(row["source"]), row.get("name"), _end(row.get("name", "")))
    }
    if len(found) == 1:
        return found.pop()
    names = ", ".join(sorted({row.get("name", row["source"]) for row in sources}))
    raise NotFound(
        f"There {'are several sources' if found else 'is no source'} “{wanted}”. Choose from {names}."
    )


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]
