"""Loading: files in, one source graph each, all of them or none."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.errors import Issue, LoadRefused, NotFound, in_order
from graph.ingest.mapping import MappedRow, Mapping, load_mapping, shipped
from graph.ingest.reading import READABLE, TABULAR, Layout, Record, Sheet, Unreadable, folded, read_sheets
from graph.ingest.rows import Batch, Reading, subjects
from graph.ingest.tables import BY_NAME, Table
from graph.store import Store
from ontology.terms import JU, PROV, RDF, SKOS, XSD, concept, concepts

Progress = Callable[[str, int, int], None]
"""Called with a file's name, how many of its records are done, and how many there are."""

_RULES = "1"
"""Raise it when the same file would now become other statements, so that loading it again replaces them."""


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
    dry_run: bool = False
    version: int = 0


@dataclass
class _Source:
    path: Path
    name: str
    graph: str
    checksum: str
    made_by: str
    reading: Reading


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
    StoreBusy while another process loads. After any of them the store is as it was.
    """
    if marking not in concepts("markings"):
        raise NotFound(f"There is no marking “{marking}”. Choose {', '.join(concepts('markings'))}.")
    chosen = load_mapping(mapping) if mapping else None
    found = list({path.resolve(): path for path in _files(paths, chosen)}.values())
    if dry_run:
        return _load(store, found, chosen, marking, True, progress)
    with store.writing():
        return _load(store, found, chosen, marking, False, progress)


def _load(
    store: Store,
    paths: list[Path],
    mapping: Mapping | None,
    marking: str,
    dry_run: bool,
    progress: Progress | None,
) -> LoadReport:
    dataset = store.dataset()
    sources = [_read(path, store.base, mapping, progress) for path in paths]
    replaced = {source.graph for source in sources}
    issues = list(_namesakes(sources))
    batch = Batch(
        [source.reading for source in sources],
        store.base,
        exists=lambda iri: dataset.has_type(iri, outside=replaced),
        label_of=lambda iri: dataset.labels.get(iri),
    )
    issues += [issue for source in sources for issue in source.reading.issues]
    issues += batch.check_links()
    _refuse(issues)
    issues += batch.silent_barriers(
        lambda iri: None is not dataset.has_object(iri, str(JU.evidences), outside=replaced)
    )
    graphs = {s.graph: [*batch.statements(s.reading, s.graph), *_facts(s, marking)] for s in sources}
    issues += _orphans(dataset, graphs, sources)
    _refuse(issues)
    report = LoadReport(warnings=in_order(issues), dry_run=dry_run, version=store.version)
    changed = {}
    for source in sources:
        before = {
            str(q.predicate): q.object.value
            for q in dataset.facts(source.graph)
            if isinstance(q.object, ox.Literal | ox.NamedNode)
        }
        same = all(before.get(f"<{p}>") == v for p, v in _identity(source, marking).items())
        if not same:
            changed[source.graph] = graphs[source.graph]
        outcome = "unchanged" if same else "replaced" if before else "added"
        counts = Counter(table for table, _ in source.reading.rows)
        report.sources.append(
            SourceReport(
                source.name,
                source.graph,
                outcome,
                source.reading.records,
                dict(counts),
                len(set(graphs[source.graph])),
            )
        )
    if changed and not dry_run:
        report.version = store.replace(changed)
    return report


def _namesakes(sources: Sequence[_Source]) -> Iterator[Issue]:
    """An error for each file whose source another file of this load has, so that one would replace the other."""
    for graph, count in Counter(source.graph for source in sources).items():
        if count > 1:
            name = next(source.name for source in sources if source.graph == graph)
            yield Issue(
                name.rsplit("/", 1)[-1],
                None,
                None,
                None,
                None,
                f"is the name of {count} files in folders of the same name, and each would replace the other ({name}).",
                "Rename one of the folders.",
            )


def _refuse(issues: Sequence[Issue]) -> None:
    if any(issue.severity == "error" for issue in issues):
        raise LoadRefused(issues)


def _files(paths: Sequence[Path], mapping: Mapping | None) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in READABLE)
            if not inside:
                raise NotFound(f"{path.name} holds no file to load ({', '.join(READABLE)}).")
            yield from inside
        elif not path.is_file():
            raise NotFound(f"There is no file {path.name}.")
        elif path.suffix.lower() not in READABLE or (path.suffix.lower() == ".json" and mapping is None):
            known = ", ".join(TABULAR if mapping is None else READABLE)
            raise LoadRefused(
                [
                    Issue(
                        path.name,
                        None,
                        None,
                        None,
                        None,
                        f"is not a kind of file that can be loaded here ({known}).",
                        f"Name a mapping: {', '.join(shipped())}."
                        if path.suffix.lower() == ".json"
                        else "Save it as CSV or XLSX.",
                    )
                ]
            )
        else:
            yield path


def _read(path: Path, base: str, mapping: Mapping | None, progress: Progress | None) -> _Source:
    name = f"{path.resolve().parent.name}/{path.name}"
    graph = f"{base}/id/source/{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}"
    reading = Reading(path.name, lenient=bool(mapping and mapping.lenient))
    made_by = f"{mapping.name} {mapping.checksum}" if mapping else "tables"
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        for sheet in read_sheets(path, mapping.layout if mapping else Layout()):
            rows = _canonical(path, sheet, reading) if mapping is None else _mapped(path, sheet, mapping)
            total = len(sheet.records)
            for number, (record, found) in enumerate(zip(sheet.records, rows, strict=True), start=1):
                reading.records += bool(found)
                for row in found:
                    reading.add(row, sheet.name)
                if progress and (number % 500 == 0 or number == total):
                    progress(path.name, number, total)
                del record
        if not reading.rows and all(issue.severity == "warning" for issue in reading.issues):
            raise Unreadable(
                "holds no rows."
                if mapping is None
                else f"holds nothing that the mapping {mapping.name} reads.",
                "" if mapping is None else "Check its headers against the mapping.",
            )
    except Unreadable as bad:
        reading.issues.append(Issue(path.name, None, None, None, None, bad.reason, bad.remedy))
    return _Source(path, name, graph, checksum, f"{made_by} rules {_RULES}", reading)


def _mapped(path: Path, sheet: Sheet, mapping: Mapping) -> Iterator[list[MappedRow]]:
    return (list(mapping.apply(record, path.name)) for record in sheet.records)


def _canonical(path: Path, sheet: Sheet, reading: Reading) -> Iterator[list[MappedRow]]:
    table = BY_NAME.get((sheet.name or path.stem).strip().lower())
    if table is None:
        if sheet.name is None:
            raise Unreadable(
                "is not the name of one of Joinedup's tables.",
                f"Name it after a table ({', '.join(BY_NAME)}), or read it through a mapping: --mapping {', '.join(shipped())}.",
            )
        if sheet.name.lower() != "about" and sheet.records:
            reading.issues.append(
                Issue(
                    path.name,
                    sheet.name,
                    None,
                    None,
                    None,
                    "is not the name of a table; the sheet is not read.",
                    severity="warning",
                )
            )
        return iter([[]] * len(sheet.records))
    columns = {folded(column.name): column for column in table.columns}
    seen: set[str] = set()
    for title in filter(None, sheet.headers):
        if folded(title) in seen:
            reading.issues.append(
                Issue(path.name, sheet.name, 1, title, None, "is the header of two columns.", "Keep one.")
            )
        seen.add(folded(title))
        if folded(title) not in columns:
            near = get_close_matches(title.lower(), [c.name for c in table.columns], 1)
            remedy = (
                f"Did you mean {near[0]}?"
                if near
                else f"Choose from {', '.join(c.name for c in table.columns)}."
            )
            reading.issues.append(
                Issue(path.name, sheet.name, 1, title, None, f"is not a column of {table.name}.", remedy)
            )
    missing = [
        c.name for c in table.columns if c.required and folded(c.name) not in map(folded, sheet.headers)
    ]
    for header in missing:
        reading.issues.append(
            Issue(
                path.name,
                sheet.name,
                1,
                header,
                None,
                f"is a column that {table.name} needs, and it is not there.",
                "Add it.",
            )
        )
    if missing:
        reading.refused.update((table.name, id) for r in sheet.records for id in r.cells.get("id", ()))
        return iter([[]] * len(sheet.records))
    for record in sheet.records:
        if record.astray:
            remedy = "Put a text with a comma in it in quotation marks, or give the column a header."
            reason = "stands in a column without a header."
            reading.issues.append(
                Issue(path.name, sheet.name, record.row, None, record.astray, reason, remedy)
            )
    return ([_identity_row(table, record)] for record in sheet.records)


def _identity_row(table: Table, record: Record) -> MappedRow:
    cells = {}
    for column in table.columns:
        if texts := record.cells.get(folded(column.name)):
            cells[column.name] = (
                [part.strip() for part in texts[0].split(";") if part.strip()] if column.many else texts
            )
    return MappedRow(table.name, record, cells, {})


def _identity(source: _Source, marking: str) -> dict[str, str]:
    return {
        str(JU.checksum): source.checksum,
        str(JU.mapping): source.made_by,
        str(JU.marking): concept("markings", marking),
    }


def _facts(source: _Source, marking: str) -> Iterator[ox.Quad]:
    """What the source graph says of itself: where it came from, when, how, and who may see it."""
    graph = ox.NamedNode(source.graph)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    identity = _identity(source, marking)
    facts: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (str(RDF.type), ox.NamedNode(str(JU.Source))),
        (str(SKOS.prefLabel), ox.Literal(source.name)),
        (str(JU.fileName), ox.Literal(source.path.name)),
        (str(JU.rows), ox.Literal(source.reading.records)),
        (str(PROV.generatedAtTime), ox.Literal(now, datatype=ox.NamedNode(str(XSD.dateTime)))),
        (str(JU.checksum), ox.Literal(identity[str(JU.checksum)])),
        (str(JU.mapping), ox.Literal(identity[str(JU.mapping)])),
        (str(JU.marking), ox.NamedNode(identity[str(JU.marking)])),
    ]
    for predicate, value in facts:
        yield ox.Quad(graph, ox.NamedNode(predicate), value, graph)


def _orphans(
    dataset: Dataset, graphs: dict[str, list[ox.Quad]], sources: Sequence[_Source]
) -> Iterator[Issue]:
    """An error for each thing that a changed file no longer holds although another source refers to it."""
    kept = subjects(quad for quads in graphs.values() for quad in quads)
    for source in sources:
        for iri in sorted(subjects(dataset.graph(source.graph)) - kept):
            user = dataset.has_object(iri, outside=set(graphs))
            if user and not dataset.has_type(iri, outside=set(graphs)):
                yield Issue(
                    source.path.name,
                    None,
                    None,
                    "id",
                    iri.rsplit("/", 1)[-1],
                    f"was in this file and is not any more, but {dataset.label(user)} still refers to it.",
                    "Keep it, or load both files together.",
                )
