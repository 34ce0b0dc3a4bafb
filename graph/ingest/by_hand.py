"""Things that are added and corrected one by one: each is a row of its table, in a source graph of its own.

So what holds of a row of a file holds of it: the same columns, checks, shapes and statements. Its source is called
<base>/id/source/by-hand:<kind>:<id> and says, as that of a file does, who may see it and when, by whom and why it was
written. What was typed in is kept in the register of what clients write, beside the sources, so that single columns can be
corrected.

What a loaded file says cannot be corrected here. All sources are read together, so that a second value would stand
beside the first and not in its place: the file is to be corrected and loaded again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox

from graph.audit import audited
from graph.behalf import behalf
from graph.dataset import Dataset
from graph.errors import Conflict, NeedsCondition, NotFound, Stale, StoreUnusable, shortened
from graph.identity.record import judgements_of
from graph.ingest.batch import FROM_ROW
from graph.ingest.files import RULES, Source
from graph.ingest.load import LoadReport, import_of, load_sources
from graph.ingest.reading import Record
from graph.ingest.rows import Reading
from graph.ingest.scope import MappedRow, Problem
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Table
from graph.store import Store
from graph.written import TYPED_ROW, by_whom, register_of
from ontology.terms import JU, RDF

Cells = Mapping[str, list[str]]
"""One row as it was typed: the values of each column that has any."""
_VALUE = ox.NamedNode(str(RDF.value))
_JSON = ox.NamedNode(str(RDF) + "JSON")


@dataclass(frozen=True)
class Typed:
    """A thing that was written by hand."""

    table: str
    id: str
    iri: str
    cells: Cells
    marking: str
    """Who may see it."""

    @property
    def tag(self) -> str:
        """A validator that changes with the row and its marking."""
        said = json.dumps([self.cells, self.marking], sort_keys=True)
        return f'"row-{hashlib.sha256(said.encode()).hexdigest()[:24]}"'


def table_named(name: str) -> Table:
    """The table of that name, with hyphens or underscores. Raises NotFound."""
    table = BY_NAME.get(name.replace("-", "_"))
    if table is None:
        near = get_close_matches(name.replace("-", "_"), BY_NAME, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(BY_NAME)}."
        raise NotFound(f"There is no table “{shortened(name, 40)}”. {remedy}")
    return table


def typed(dataset: Dataset, table: Table, id: str) -> Typed:
    """The row as it was typed. Raises NotFound where it was not written by hand, or may not be seen."""
    found = _typed(dataset, table, id)
    if found is None:
        raise NotFound(f"No {table.segment} “{shortened(id, 60)}” was written by hand.")
    return found


def add(
    store: Store, table: Table, cells: Cells, marking: str = "official", *, dry_run: bool = False
) -> tuple[Typed, LoadReport]:
    """Add a thing. It is on disk when this returns.

    Raises Conflict where it is there already, LoadRefused with every mistake, and what a load raises.
    """

    def read() -> list[Source]:
        source, id = _source(store.base, table, cells)
        _check_new(store.loaded(), table, id, source.graph)
        return [source]

    report = load_sources(store, read, what="add a thing", marking=marking, dry_run=dry_run)
    id = report.sources[0].graph.rpartition(":")[2]
    return Typed(table.name, id, _iri(store.base, table, id), cells, marking), report


def correct(
    store: Store,
    table: Table,
    id: str,
    cells: Mapping[str, list[str] | None],
    tags: list[str],
    marking: str | None = None,
    *,
    whole: bool,
    dry_run: bool = False,
) -> tuple[Typed, LoadReport]:
    """Let a thing that was written by hand say something else: the whole row, or the columns that are given.

    A column given as None or without values becomes empty. tags are the validators of If-Match. Raises NeedsCondition
    without any, Stale where none is that of the row, Conflict where a loaded file says it, NotFound where nobody does.
    """
    made: list[Typed] = []

    def read() -> list[Source]:
        old = _to_change(store.loaded(), table, id, tags)
        before = {} if whole else dict(old.cells)
        after = {name: values for name, values in {**before, **cells}.items() if values}
        if table.column("id"):
            after.setdefault("id", [id])
        source, new = _source(store.base, table, after)
        if new != id and not source.reading.issues:
            raise Conflict(
                f"These columns are the {table.segment} “{shortened(new, 60)}”, and not “{shortened(id, 60)}”: what makes an id cannot be changed."
            )
        made.append(Typed(table.name, id, old.iri, after, marking or old.marking))
        return [source]

    kept = marking or typed_marking(store, table, id)
    report = load_sources(store, read, what="correct a thing", marking=kept, dry_run=dry_run)
    return made[0], report


def remove(store: Store, table: Table, id: str, tags: list[str]) -> None:
    """Remove a thing that was written by hand. Raises as `correct`, and Conflict where others refer to it."""
    _writable(store)
    graph = graph_of_row(store.base, table, id)
    with audited(store.path, "remove a thing", sources=[graph]), store.writing():
        dataset = store.loaded()
        old = _to_change(dataset, table, id, tags)
        others = {graph, judgements_of(dataset.base), register_of(dataset.base)}
        user = dataset.has_object(old.iri, outside=others)
        if user and not dataset.has_row(old.iri, outside={graph}):
            raise Conflict(f"{dataset.label(user)} still refers to it. Correct that first.")
        register = register_of(dataset.base)
        rest = {q for q in dataset.quads_in(register) if q.subject != ox.NamedNode(graph + TYPED_ROW)}
        store.replace({graph: (), register: rest})


def typed_marking(store: Store, table: Table, id: str) -> str:
    """The marking of a thing that was written by hand; official where it was not."""
    found = _typed(store.loaded(), table, id)
    return found.marking if found else "official"


def graph_of_row(base: str, table: Table, id: str) -> str:
    """The source graph of a thing that is written by hand. No file's graph has a colon in its name."""
    return f"{base}/id/source/by-hand:{table.segment}:{id}"


def _iri(base: str, table: Table, id: str) -> str:
    return f"{base}/id/{table.segment}/{id}"


def _source(base: str, table: Table, cells: Mapping[str, list[str]]) -> tuple[Source, str]:
    """The row as a source of its own, and its id; what is wrong with it stands in the issues of its reading."""
    called = next(iter(cells.get("id", ())), "")
    reading = Reading(f"{table.name}")
    unknown = tuple(_unknown(table, cells))
    fit = {name: list(values) for name, values in cells.items() if table.column(name)}
    reading.add(MappedRow(table.name, Record(1, {}), fit, {}, problems=unknown), None)
    reading.records = 1
    own = next((id for (name, id), row in reading.rows.items() if name == table.name and not row.follows), "")
    id = own or called
    graph = graph_of_row(base, table, id)
    kept = json.dumps(dict(cells), ensure_ascii=False, sort_keys=True)
    checksum = hashlib.sha256(kept.encode("utf-8", "replace")).hexdigest()
    source = Source(
        Path(table.name), f"{table.segment} {id}, by hand", graph, checksum, f"by hand rules {RULES}", reading
    )
    if own:
        node, register = ox.NamedNode(graph + TYPED_ROW), ox.NamedNode(register_of(base))
        source.registered = (ox.Quad(node, _VALUE, ox.Literal(kept, datatype=_JSON), register),)
        source.more = tuple(by_whom(base, import_of(graph), behalf(), graph))
    return source, id


def _unknown(table: Table, cells: Mapping[str, list[str]]) -> Iterator[Problem]:
    names = [column.name for column in table.columns]
    for name in cells:
        if name not in names:
            near = get_close_matches(name.lower(), names, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(names)}."
            yield Problem(None, shortened(name, 60), f"is not a column of {table.name}.", remedy)


def _typed(dataset: Dataset, table: Table, id: str) -> Typed | None:
    graph = graph_of_row(dataset.base, table, id)
    try:
        kept = next(dataset.about_in(graph + TYPED_ROW, register_of(dataset.base)), None)
        marked = [q.object for q in dataset.about_in(graph, graph) if q.predicate.value == str(JU.marking)]
    except ValueError:  # an id that no address can hold
        return None
    if kept is None or not marked:
        return None
    cells = json.loads(getattr(kept.object, "value", "{}"))
    marking = getattr(marked[0], "value", "").rpartition("/")[2]
    return Typed(table.name, id, _iri(dataset.base, table, id), cells, marking)


def _to_change(dataset: Dataset, table: Table, id: str, tags: list[str]) -> Typed:
    """The row that may be changed. Raises as `correct`."""
    found = _typed(dataset, table, id)
    iri = _iri(dataset.base, table, id)
    if found is None:
        try:
            said = list(_files(dataset, iri))
        except ValueError:
            said = []
        if said:
            raise Conflict(
                f"{said[0]} says it. Correct that file and load it again; it replaces what it said before."
            )
        raise NotFound(f"There is no {table.segment} “{shortened(id, 60)}”.")
    if not tags:
        raise NeedsCondition(
            "Send If-Match with the ETag of the row as you read it, so that nobody else's change is lost."
        )
    rows = [tag for tag in tags if tag.startswith('"row-')]
    if rows and found.tag not in rows:
        raise Stale(
            "It has changed since you read it. Read it again, and make your change to what it is now."
        )
    return found


def _check_new(dataset: Dataset, table: Table, id: str, graph: str) -> None:
    if not id:
        return  # a row with mistakes, which are told
    if _typed(dataset, table, id):
        raise Conflict(
            f"There is a {table.segment} “{shortened(id, 60)}” already. Correct it with PATCH, or choose another id."
        )
    try:
        said = list(_files(dataset, _iri(dataset.base, table, id)))
    except ValueError:  # an id that no address can hold, which is told
        return
    if said:
        raise Conflict(
            f"{said[0]} says that it is there. Choose another id, or correct that file and load it again."
        )


def _files(dataset: Dataset, iri: str) -> Iterator[str]:
    """The rows of files that say that a thing is there, as a reader would name them."""
    for quad in dataset.about(iri, FROM_ROW.value):
        source, _, fragment = getattr(quad.object, "value", "").partition("#")
        yield f"{dataset.label(source)}{', ' + fragment.replace('=', ' ') if fragment else ''}"


def _writable(store: Store) -> None:
    if store.publication:
        raise StoreUnusable(
            "This store is a publication. Write to the store it was made from, and publish again."
        )
