"""Loading: files in, one source graph each, all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from graph.audit import audited
from graph.bulk import Bulk, how_many, subjects_with
from graph.dataset import Dataset
from graph.errors import Issue, LoadRefused, NotFound, StoreUnusable, in_order
from graph.identity.brought import Brought, brought
from graph.identity.record import judgements_of
from graph.ingest.batch import FROM_ROW, Batch, subjects
from graph.ingest.described import rdf_of
from graph.ingest.files import Progress, Source, files_in, names_in, read_file
from graph.ingest.mapping import load_mapping
from graph.ingest.shapes import check_shapes
from graph.store import Store
from graph.version import __version__
from graph.written import register_of
from ontology.terms import JU, PROV, RDF, SKOS, XSD, concept, concepts

_LABEL = ox.NamedNode(str(SKOS.prefLabel))
PROGRAM = f"https://w3id.org/joinedup/program/{__version__}"
"""Who loads: this version of Joinedup."""


@dataclass
class SourceReport:
    """What became of one file."""

    name: str
    graph: str
    outcome: str
    """added, replaced or unchanged"""
    records: int
    rows: dict[str, int]
    """Rows by canonical table."""
    statements: int


@dataclass
class LoadReport:
    """What a load did, or in a dry run would do."""

    sources: list[SourceReport] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was not checked, and how to check it."""
    dry_run: bool = False
    version: int = 0

    @property
    def statements(self) -> int:
        """How many were added, or took the place of others."""
        return sum(source.statements for source in self.sources if source.outcome != "unchanged")


def load(
    store: Store,
    paths: Sequence[Path],
    *,
    mapping: str | None = None,
    marking: str = "official",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load files and folders: each file becomes one source graph, and replaces what it said before.

    Raises LoadRefused with every mistake of every file, NotFound for a path or mapping that is not there,
    StoreBusy while another process loads, StoreUnusable for a store that is a publication. After any of them the store is as it was.
    """
    read = reader(store, paths, mapping, progress)
    return load_sources(store, read, what="load", marking=marking, dry_run=dry_run, progress=progress)


def load_sources(
    store: Store,
    read: Callable[[], list[Source]],
    *,
    what: str,
    marking: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Load what is read once the store is held; what is the name by which it is recorded. Raises as `load`."""
    if marking not in concepts("markings"):
        raise NotFound(f"There is no marking “{marking}”. Choose {', '.join(concepts('markings'))}.")
    if store.publication:
        raise StoreUnusable(
            "This store is a publication. Load into the store it was made from, and publish that again."
        )
    if dry_run:
        return _load(store, read(), marking, dry_run, progress)
    with audited(store.path, what, marking=marking) as entry, store.writing():
        sources = read()
        entry.says(sources=sorted(source.graph for source in sources))
        return _load(store, sources, marking, dry_run, progress)


def reader(
    store: Store, paths: Sequence[Path], mapping: str | None, progress: Progress | None = None
) -> Callable[[], list[Source]]:
    """How to read these files, once it is known that they are all there. Raises NotFound and LoadRefused."""
    chosen = load_mapping(mapping) if mapping else None
    found = list({path.resolve(): path for path in files_in(paths, chosen)}.values())

    def read() -> list[Source]:
        names = names_in(found, store.loaded(), chosen) if chosen else None
        return [read_file(path, store.base, chosen, progress, names) for path in found]

    return read


def _load(
    store: Store, sources: list[Source], marking: str, dry_run: bool, progress: Progress | None
) -> LoadReport:
    dataset = store.loaded()
    graphs, warnings = check_rows(dataset, store.base, sources, marking)
    judged = judgements_in(dataset, sources)
    issues, notes = check_shapes(dataset, sources, graphs)
    _refuse([*warnings, *issues])
    notes += judged.notes
    report = LoadReport(
        warnings=in_order([*warnings, *issues]), notes=notes, dry_run=dry_run, version=store.version
    )
    changed = {}
    for source in sources:
        before = _said_before(dataset, source)
        same = all(before.get(predicate) == value for predicate, value in _identity(source, marking).items())
        if same and source.finds:
            same = _says_the_same(dataset, source.graph, graphs[source.graph])
        if not same:
            changed[source.graph] = graphs[source.graph]
        outcome = "unchanged" if same else "replaced" if before else "added"
        counts = source.reading.tables
        if source.described:
            counts.update(source.described.counts)
        statements = how_many(graphs[source.graph])
        report.sources.append(
            SourceReport(source.name, source.graph, outcome, source.reading.records, dict(counts), statements)
        )
    if (changed or judged.quads) and not dry_run:
        new = {graph: _told(quads, graph, progress) for graph, quads in changed.items()}
        if judged.quads:
            own = judgements_of(store.base)
            new[own] = [*dataset.graph(own), *judged.quads]
        if typed := [q for s in sources if s.graph in changed for q in s.registered]:
            register, rows = register_of(store.base), {q.subject for q in typed}
            new[register] = [q for q in dataset.quads_in(register) if q.subject not in rows] + typed
        report.version = store.replace(new)
    return report


def judgements_in(dataset: Dataset, sources: Sequence[Source]) -> Brought:
    """The judgements that come with these files and are not in the store. Raises LoadRefused where they cannot be kept."""
    files = [(s.path.name, s.described) for s in sources if s.described and s.described.judged]
    names = {
        quad.subject.value: quad.object.value
        for _, described in files
        for quad in described.quads
        if quad.predicate == _LABEL
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.Literal)
    }
    found = brought(
        dataset,
        [(name, described.judged) for name, described in files],
        lambda iri: names.get(iri) or dataset.label(iri),
    )
    _refuse(found.issues)
    return found


def _told(quads: list[ox.Quad] | Bulk, graph: str, progress: Progress | None) -> list[ox.Quad] | Bulk:
    """The statements, which tell how many of them have gone to the store."""
    if progress is None or not isinstance(quads, Bulk):
        return quads
    name = f"statements of {graph.rsplit('/', 1)[-1]}"

    def pieces() -> Iterator[bytes]:
        done = 0
        for piece in quads.pieces():
            yield piece
            done = min(quads.count, done + piece.count(b"\n"))
            progress(name, done, quads.count)
        progress(name, quads.count, quads.count)

    return Bulk(quads.count, pieces)


def check_rows(
    dataset: Dataset, base: str, sources: list[Source], marking: str
) -> tuple[dict[str, list[ox.Quad] | Bulk], list[Issue]]:
    """The statements of every source, and the warnings. Raises LoadRefused with every mistake."""
    replaced = {source.graph for source in sources}
    rdf = [source.described for source in sources if source.described]
    typed = {iri for described in rdf for iri in described.typed}
    batch = Batch(
        [source.reading for source in sources],
        base,
        exists=cache(lambda iri: iri in typed or dataset.has_row(iri, outside=replaced)),
        label_of=lambda iri: dataset.labels.get(iri),  # reads all labels, which few loads need
    )
    issues = [*_namesakes(sources), *(issue for source in sources for issue in source.reading.issues)]
    issues += batch.check_links()
    rows = (
        {batch.iri(*row) for s in sources for row in (*s.reading.rows, *s.reading.refused)} if rdf else set()
    )
    for described in rdf:
        issues += described.too_open(marking)
        issues += described.dangling(
            lambda iri: (
                iri in typed or iri in rows or dataset.has_row(iri, replaced) or bool(dataset.facts(iri))
            )
        )
    _refuse(issues)
    issues += batch.silent_barriers(
        lambda iri: dataset.has_object(iri, str(JU.evidences), outside=replaced) is not None
    )
    graphs = {s.graph: batch.all_statements(s.reading, s.graph, _facts(s, marking)) for s in sources}
    issues += rdf_of(dataset, rdf, graphs)
    issues += _orphans(dataset, graphs, sources)
    _refuse(issues)
    return graphs, in_order(issues)


def _refuse(issues: Sequence[Issue]) -> None:
    if any(issue.severity == "error" for issue in issues):
        raise LoadRefused(issues)


def _namesakes(sources: Sequence[Source]) -> Iterator[Issue]:
    """An error for each file whose source another file of this load has, so that one would replace the other."""
    for graph, count in Counter(source.graph for source in sources).items():
        if count > 1:
            source = next(source for source in sources if source.graph == graph)
            reason = f"is the name of {count} files in folders of the same name, and each would replace the other ({source.name})."
            yield Issue(source.path.name, reason, "Rename one of the folders.")


def _orphans(
    dataset: Dataset, graphs: Mapping[str, list[ox.Quad] | Bulk], sources: Sequence[Source]
) -> Iterator[Issue]:
    """An error for each thing that a changed file no longer holds although another source refers to it."""
    before = {graph: dataset.rows_of(graph) for graph in graphs}
    if not any(before.values()):
        return
    kept: set[str] = set()
    for quads in graphs.values():
        kept.update(subjects_with(quads, FROM_ROW.value) if isinstance(quads, Bulk) else subjects(quads))
    for source in sources:
        for iri in sorted(before[source.graph] - kept):
            user = dataset.has_object(iri, outside={*graphs, judgements_of(dataset.base)})
            if user and not dataset.has_row(iri, outside=set(graphs)):
                reason = (
                    f"was in this file and is not any more, but {dataset.label(user)} still refers to it."
                )
                remedy = "Keep it, or load both files together."
                yield Issue(source.path.name, reason, remedy, column="id", value=iri.rsplit("/", 1)[-1])


def _said_before(dataset: Dataset, source: Source) -> dict[str, str]:
    """What the store says of a source, by predicate; nothing where it was not loaded yet."""
    return {
        q.predicate.value: q.object.value
        for q in dataset.facts(source.graph)
        if isinstance(q.object, ox.Literal | ox.NamedNode)
    }


def _identity(source: Source, marking: str) -> dict[str, str]:
    """What makes loading a file again change nothing, where it is all the same."""
    return {
        str(JU.checksum): source.checksum,
        str(JU.mapping): source.made_by,
        str(JU.marking): concept("markings", marking),
    }


def _says_the_same(dataset: Dataset, graph: str, quads: Iterable[ox.Quad]) -> bool:
    """Whether an unchanged file still says what it said: what it finds by name may be another thing now."""
    about_loading = {graph, import_of(graph), PROGRAM}

    def told(said: Iterable[ox.Quad]) -> set[ox.Quad]:
        return {q for q in said if getattr(q.subject, "value", "") not in about_loading}

    before, now = told(dataset.quads_in(graph)), told(quads)
    if before == now:
        return True
    stored = ox.Store()  # which writes some numbers and days in another way
    stored.extend(now)
    return before == set(stored)


def import_of(graph: str) -> str:
    """The loading of a source."""
    return graph.replace("/id/source/", "/id/import/")


def _facts(source: Source, marking: str) -> Iterator[ox.Quad]:
    """What the source graph says of itself: where it came from, when, how, and who may see it."""
    graph = ox.NamedNode(source.graph)
    load = ox.NamedNode(import_of(source.graph))
    now = ox.Literal(
        datetime.now(UTC).isoformat(timespec="seconds"), datatype=ox.NamedNode(str(XSD.dateTime))
    )
    facts: tuple[tuple[object, ox.NamedNode | ox.Literal], ...] = (
        (RDF.type, ox.NamedNode(str(JU.Source))),
        (SKOS.prefLabel, ox.Literal(source.name)),
        (JU.fileName, ox.Literal(source.path.name)),
        (JU.rows, ox.Literal(source.reading.records)),
        (JU.checksum, ox.Literal(source.checksum)),
        (JU.mapping, ox.Literal(source.made_by)),
        (JU.marking, ox.NamedNode(concept("markings", marking))),
        (PROV.generatedAtTime, now),
        (PROV.wasGeneratedBy, load),
    )
    of_load: tuple[tuple[object, ox.NamedNode | ox.Literal], ...] = (
        (RDF.type, ox.NamedNode(str(JU.Import))),
        (SKOS.prefLabel, ox.Literal(f"Loading of {source.name}")),
        (PROV.endedAtTime, now),
        (PROV.wasAssociatedWith, ox.NamedNode(PROGRAM)),
    )
    for subject, said in ((graph, facts), (load, of_load)):
        for predicate, value in said:
            yield ox.Quad(subject, ox.NamedNode(str(predicate)), value, graph)
    yield from source.more
    program = ox.NamedNode(PROGRAM)
    yield ox.Quad(program, ox.NamedNode(str(RDF.type)), ox.NamedNode(str(PROV.SoftwareAgent)), graph)
    yield ox.Quad(program, ox.NamedNode(str(SKOS.prefLabel)), ox.Literal(f"Joinedup {__version__}"), graph)
