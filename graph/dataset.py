"""What one version of a store says: the read-only side that analyses, pages and queries share."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from datetime import date
from functools import cache, cached_property, wraps
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import pyoxigraph as ox

from graph.errors import NotFound
from graph.extracts import OF_ONE_THING, Extracts
from graph.union import has_union, of_sources
from ontology.terms import PREFIXES, PROV

if TYPE_CHECKING:
    import polars as pl

_FROM_ROW = str(PROV.wasDerivedFrom)

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")

P = ParamSpec("P")
R = TypeVar("R")
Value = ox.NamedNode | str | int | float | bool | date
"""What a $parameter of a query may be bound to."""


class Dataset:
    """One version of the statements of a store: its source graphs, and what they say together.

    It never changes: a load makes a new version, and `Store.dataset` hands out the newest.
    """

    def __init__(
        self,
        store: ox.Store,
        *,
        base: str,
        version: int,
        snapshot: Path | None,
        audience: str = "sensitive",
        extracts: Extracts | None = None,
    ):
        self._store = store
        self.base = base
        self.version = version
        self.audience = audience
        """Who may read it: graph/audiences.py."""
        self.snapshot = snapshot
        """The folder that a query worker opens; None in memory."""
        self._extracts = extracts
        self._found: dict[Callable[..., Any], dict[Hashable, Any]] = {}
        self._sought: dict[Hashable, Lock] = {}
        self._finding = Lock()

    def __len__(self) -> int:
        """How many statements there are, each counted once for each source that makes it."""
        return self._size

    @cached_property
    def _size(self) -> int:
        whole = len(self._store)
        if not self._united:
            return whole
        [row] = self.select("statements")
        return whole - int(row["statements"])

    @cached_property
    def _united(self) -> bool:
        return has_union(self._store)

    def select(self, name: str, **parameters: Value) -> Iterator[dict[str, str]]:
        """The rows of the shipped query `name` ("analyses/shared_blockers"), one dict a row.

        IRIs come as IRIs, literals as their lexical form; a variable without a value is left out.
        """
        return self.solutions(bound(query_text(name), parameters))[1]

    def columns(self, name: str, **parameters: Value) -> pl.DataFrame:
        """What `select` gives, as columns of text: far quicker where there are many rows. No value is null."""
        if self._extracts and name in OF_ONE_THING:
            asked = bound(query_text(name), parameters)  # whose text a later Joinedup may change
            return self._extracts.columns(
                f"{name}-{sha256(asked.encode()).hexdigest()[:16]}",
                lambda: self._columns(name, **parameters),
                lambda of: self._part(of)._columns(name, **parameters),
            )
        return self._columns(name, **parameters)

    def file(self, name: str, write: Callable[[Path, Set[str] | None], None]) -> Path | None:
        """A file made of this version and kept beside it, as `Extracts.file` says; None where nothing is kept."""
        return self._extracts.file(name, write) if self._extracts else None

    def _columns(self, name: str, **parameters: Value) -> pl.DataFrame:
        import polars as pl  # most commands do without this slow import

        answer = self._query(bound(query_text(name), parameters))
        if not isinstance(answer, ox.QuerySolutions):
            raise TypeError("It is not a SELECT query")
        text = answer.serialize(format=ox.QueryResultsFormat.CSV)
        assert text is not None
        return pl.read_csv(text, infer_schema=False)

    def _part(self, things: Iterable[str]) -> Dataset:
        """What is said about some things, and nothing else."""
        part = ox.Store()
        for thing in things:
            part.extend(ox.Quad(*triple) for triple in self.describe(thing))
        return Dataset(part, base=self.base, version=self.version, snapshot=None, audience=self.audience)

    def solutions(self, query: str) -> tuple[tuple[str, ...], Iterator[dict[str, str]]]:
        """The names and the rows, as in `select`, of a SELECT query that Joinedup ships, with its parameters filled in."""
        answer = self._query(query)
        if not isinstance(answer, ox.QuerySolutions):
            raise TypeError("It is not a SELECT query")
        names = tuple(variable.value for variable in answer.variables)
        rows = (
            {
                n: term.value
                for n, term in zip(names, solution, strict=True)
                if isinstance(term, ox.NamedNode | ox.Literal)
            }
            for solution in answer
        )
        return names, rows

    def describe(self, iri: str) -> list[ox.Triple]:
        """Every statement about a thing, once each, whatever sources make it. Raises NotFound for what is no IRI."""
        quads = self._store.quads_for_pattern(named(iri), None, None, None)
        return sorted({quad.triple for quad in quads}, key=str)

    def graph(self, name: str) -> set[ox.Quad]:
        """The statements of one source graph."""
        return set(self._store.quads_for_pattern(None, None, None, ox.NamedNode(name)))

    def quads_in(self, name: str) -> Iterator[ox.Quad]:
        """The statements of one source graph, one after the other, as there may be many."""
        return iter(self._store.quads_for_pattern(None, None, None, ox.NamedNode(name)))

    def graphs(self) -> list[str]:
        """Every graph that holds a statement, by its IRI."""
        names = {name.value for name in self._store.named_graphs() if isinstance(name, ox.NamedNode)}
        return sorted(name for name in names if next(self.quads_in(name), None) is not None)

    def rows_of(self, source: str) -> set[str]:
        """The things that one source graph has rows of."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(_FROM_ROW), None, ox.NamedNode(source))
        return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}

    def facts(self, source: str) -> list[ox.Quad]:
        """What a source graph says of the source itself."""
        return list(self._store.quads_for_pattern(ox.NamedNode(source), None, None, ox.NamedNode(source)))

    def has_row(self, iri: str, outside: Set[str] = frozenset()) -> bool:
        """Whether a graph other than these holds a row of the thing. A type alone may follow from another thing's row."""
        return next(self.about(iri, _FROM_ROW, outside), None) is not None

    def has_object(
        self, iri: str, predicate: str | None = None, outside: Set[str] = frozenset()
    ) -> str | None:
        """A graph other than these that refers to the thing, or None."""
        return next((_graph_of(quad) for quad in self.referring(iri, predicate, outside)), None)

    def about(
        self, iri: str, predicate: str | None = None, outside: Set[str] = frozenset()
    ) -> Iterator[ox.Quad]:
        """What graphs other than these say of a thing."""
        p = ox.NamedNode(predicate) if predicate else None
        quads = self._store.quads_for_pattern(ox.NamedNode(iri), p, None, None)
        return (quad for quad in of_sources(quads) if _graph_of(quad) not in outside)

    def referring(
        self, iri: str, predicate: str | None = None, outside: Set[str] = frozenset()
    ) -> Iterator[ox.Quad]:
        """Where graphs other than these refer to a thing."""
        p = ox.NamedNode(predicate) if predicate else None
        quads = self._store.quads_for_pattern(None, p, ox.NamedNode(iri), None)
        return (quad for quad in of_sources(quads) if _graph_of(quad) not in outside)

    def about_in(self, iri: str, graph: str) -> Iterator[ox.Quad]:
        """What one graph says of a thing."""
        return iter(self._store.quads_for_pattern(ox.NamedNode(iri), None, None, ox.NamedNode(graph)))

    def referring_text(self, text: str, predicate: str, graph: str) -> Iterator[str]:
        """The things of which a graph says this text."""
        quads = self._store.quads_for_pattern(
            None, ox.NamedNode(predicate), ox.Literal(text), ox.NamedNode(graph)
        )
        return (quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))

    def quads_of(self, predicate: str, outside: Set[str] = frozenset()) -> Iterator[ox.Quad]:
        """Where graphs other than these use a property."""
        quads = self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, None)
        return (quad for quad in of_sources(quads) if _graph_of(quad) not in outside)

    def quads_with(
        self,
        *,
        subject: ox.NamedNode | ox.BlankNode | ox.Triple | None = None,
        predicate: ox.NamedNode | None = None,
        object: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None = None,
    ) -> Iterator[ox.Quad]:
        """The statements of all graphs that have these terms."""
        return of_sources(self._store.quads_for_pattern(subject, predicate, object, None))

    def backup_quads(self) -> Iterator[ox.Quad]:
        """Every statement with its graph."""
        return of_sources(self._store)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """The label of every thing that has one, the first by its letters, read once per version."""
        return _labels(self)

    def label(self, iri: str) -> str:
        """The label of a thing, or the end of its IRI."""
        return self.labels.get(iri) or end_of(iri) or iri

    def is_address(self, value: str) -> bool:
        """Whether a value of an answer is an IRI and not text."""
        return _ADDRESS.fullmatch(value) is not None

    def shown(self, value: str) -> str:
        """A value of an answer as a reader sees it: the label of a thing, or the text as it is."""
        return self.label(value) if self.is_address(value) else value

    def _query(self, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        return self._store.query(text, prefixes=PREFIXES, use_default_graph_as_union=not self._united)


def _graph_of(quad: ox.Quad) -> str:
    return str(quad.graph_name)[1:-1]


def end_of(iri: str) -> str:
    """What stands last in an IRI, behind / or #."""
    return re.split(r"[#/]", iri.rstrip("#/"))[-1]


def named(iri: str) -> ox.NamedNode:
    """An IRI as a term. Raises NotFound for what is no IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise NotFound("There is nothing at this address.") from None


@cache
def query_text(name: str) -> str:
    """The text of a shipped .rq file of this package, as it stands."""
    return files("graph").joinpath(f"{name}.rq").read_text(encoding="utf-8")


def bound(text: str, parameters: Mapping[str, Value]) -> str:
    """The query with each $name replaced by the library's own text of its value.

    Raises KeyError for a $name without a value; comment lines are left as they are.
    """

    def term(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        value = parameters[match[1]]
        if isinstance(value, ox.NamedNode):
            return str(value)
        if isinstance(value, date):
            return str(ox.Literal(value.isoformat(), datatype=ox.NamedNode(PREFIXES["xsd"] + "date")))
        return str(ox.Literal(value))

    return re.sub(r"^\s*#.*$|\$(\w+)", term, text, flags=re.MULTILINE)


def once(most: int) -> Callable[[Callable[Concatenate[Dataset, P], R]], Callable[Concatenate[Dataset, P], R]]:
    """Let a function remember what it found in a dataset, for so many of the newest choices of its other arguments.

    It is kept with the dataset: a version that nobody reads any more goes, with its files, and with all of this. Who
    asks for what another thread is just finding waits for it.
    """

    def remembering(function: Callable[Concatenate[Dataset, P], R]) -> Callable[Concatenate[Dataset, P], R]:
        @wraps(function)
        def remembered(dataset: Dataset, /, *args: P.args, **kwargs: P.kwargs) -> R:
            key = (args, tuple(sorted(kwargs.items())))
            while True:
                with dataset._finding:
                    kept = dataset._found.setdefault(function, {})
                    if key in kept:
                        kept[key] = kept.pop(key)  # the newest come last
                        return cast(R, kept[key])
                    found_by = dataset._sought.setdefault((function, key), mine := Lock())
                    if found_by is mine:
                        mine.acquire()
                        break
                with found_by:  # held until it is found, or nobody looks for it any more
                    pass
            try:
                found = function(dataset, *args, **kwargs)
                with dataset._finding:
                    kept[key] = found
                    while len(kept) > most:
                        del kept[next(iter(kept))]
                return found
            finally:
                with dataset._finding:
                    del dataset._sought[function, key]
                mine.release()

        return remembered

    return remembering


@once(1)
def _labels(dataset: Dataset) -> Mapping[str, str]:
    import polars as pl  # most commands do without this slow import

    named = dataset.columns("labels").drop_nulls().sort("thing", "label")
    first = named.filter(pl.col("thing").ne_missing(pl.col("thing").shift()))
    return dict(zip(first["thing"].to_list(), first["label"].to_list(), strict=True))
