"""Publication: what anybody may see of a store, as a store of its own that holds nothing else.

Statements of sources that are marked public go over as they are. Never fieldwork, whatever its marking: interviews,
visits, buy-in, tests of findings, excerpts, findings from interviews, and whatever says who said what. Of a source
from which something was withheld, neither the number of rows nor the checksum goes over, and what is left of a sheet
does not say from which row it is: the gaps would count what is missing.

From restricted sources one thing is derived: that interviews say that a barrier holds back a programme, where both
are public and enough different interviews say so. No number of interviews is published. Only support is published,
not dispute. Two people who know each other may count as two interviews, and so may one person interviewed twice.

Who compares two publications can learn from it. An edge that appears has just reached the fewest interviews, and one
that disappears has just lost a source: publish when a piece of work has ended, not after each interview. Two
publications with different thresholds tell how many interviews lie between: keep to one. A severity that changes
tells something of the interviews in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from math import floor
from pathlib import Path
from statistics import median

import pyoxigraph as ox

from graph.audit import record
from graph.dataset import Dataset
from graph.errors import BadParameter, StoreUnusable, shortened
from graph.fieldwork import FROM_ROW, SUPPORTS, fieldwork, left_of, name
from graph.ingest.load import PROGRAM
from graph.store import Store, open_store, publication_of
from graph.version import __version__
from graph.written import written
from ontology.terms import DCTERMS, JU, PROV, RDF, SKOS, XSD, concept

LEAST = 3
"""The fewest interviews of which it may be told what they say together, unless somebody asks for more or for two."""

_TYPE, _LABEL = (ox.NamedNode(str(p)) for p in (RDF.type, SKOS.prefLabel))
_PUBLIC = {concept("markings", "public")}
_SPEAKERS = "/id/dataset/interviews-published-without-attribution"
"""What every derived finding comes from, in place of the interviews."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class PublishedSource:
    """What of one public source was published."""

    name: str
    statements: int
    of: int

    @property
    def outcome(self) -> str:
        """How much of it: whole, in part, or withheld."""
        return "whole" if self.statements == self.of else "in part" if self.statements else "withheld"


@dataclass
class PublicationReport:
    """What a publication holds. It is for those who publish: its numbers are not for everybody."""

    least: int
    sources: list[PublishedSource] = field(default_factory=list)
    """The sources that are marked public."""
    of_sources: int = 0
    """How many sources the store has."""
    published: int = 0
    """Of the edges from barriers to programmes that interviews support, how many were published."""
    edges: int = 0
    notes: list[str] = field(default_factory=list)
    """What whoever publishes should look at."""
    version: int = 0


def publish(store: Store, folder: Path, *, least: int = LEAST) -> PublicationReport:
    """Make the store in a folder hold what anybody may see of a store, and nothing else; renew it where it is there.

    Raises BadParameter where least is below two; StoreUnusable where the store is empty or itself a publication, and
    where the folder lies in the store, holds a store that is no publication, or something else; StoreBusy where
    another process writes there. After any of them the folder is as it was.
    """
    if least < 2:
        raise BadParameter("least: two interviews are the fewest that can speak without giving one away.")
    if not store.version:
        raise StoreUnusable("The store is empty, so there is nothing to publish.")
    if store.publication:
        raise StoreUnusable("This store is a publication. Publish the store that it was made from.")
    target = _target(store, folder)
    dataset = store.dataset()
    graphs, report = publication(dataset, least, datetime.now(UTC))
    with target.writing(recorded=False):  # a publication tells nobody who made it
        _check(store, target, folder.resolve().name)  # again, as another process may have written meanwhile
        report.notes += _threshold_changed(target, graphs[publication_of(store.base)])
        report.version = target.renew(graphs)
    record(store.path, "publish", version=report.version)
    return report


def publication(
    dataset: Dataset, least: int, now: datetime | None
) -> tuple[dict[str, set[ox.Quad]], PublicationReport]:
    """The graphs of a publication, as of a moment, and what to tell whoever publishes.

    Without a moment it says neither when it was made nor of which version, so that it changes only with what it says.
    """
    markings, names = _sources(dataset)
    public = {source: dataset.graph(source) for source, marked in markings.items() if marked == _PUBLIC}
    hidden = fieldwork(dataset, public.values())
    report = PublicationReport(least, of_sources=len(markings))
    graphs: dict[str, set[ox.Quad]] = {}
    for source, every in public.items():
        kept = left_of(every, hidden)
        if kept:
            graphs[source] = kept
        report.sources.append(PublishedSource(names[source], len(kept), len(every)))
    open_quads = set[ox.Quad]().union(*graphs.values())
    report.notes += _conspicuous(dataset, open_quads)
    graphs[publication_of(dataset.base)] = set(_derived(dataset, open_quads, report, now))
    return graphs, report


def _target(store: Store, folder: Path) -> Store:
    """The store to write to. Raises StoreUnusable."""
    place = folder.resolve()
    if store.path is not None:
        own = store.path.resolve()
        if own == place or own in place.parents or place in own.parents:
            raise StoreUnusable("A store cannot be published into itself. Name another folder.")
    _check(store, open_store(place), place.name)
    return open_store(place, base=store.base)


def _check(store: Store, target: Store, called: str) -> None:
    if target.version and not target.publication:
        raise StoreUnusable(
            f"{called} holds a store that is not a publication, and is left as it is. Name a new folder, or that of an earlier publication."
        )
    if target.version and target.base != store.base:
        raise StoreUnusable(
            f"{called} is the publication of a store whose things live under {target.base}. Name another folder."
        )


def _sources(dataset: Dataset) -> tuple[dict[str, set[str]], dict[str, str]]:
    """How each source is marked, and what it is called."""
    markings: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for row in (*dataset.select("publication/sources"), *written(dataset)):
        markings.setdefault(row["source"], set()).add(row.get("marking", ""))
        names.setdefault(row["source"], row.get("name", row["source"]))
    return markings, names


def _derived(
    dataset: Dataset, open_quads: Set[ox.Quad], report: PublicationReport, now: datetime | None
) -> Iterator[ox.Quad]:
    """What the publication says in its own name: itself, and each edge that enough interviews support."""
    graph = ox.NamedNode(publication_of(dataset.base))
    source = ox.NamedNode(dataset.base + _SPEAKERS)
    few = _NUMBERS[report.least] if report.least < len(_NUMBERS) else str(report.least)
    rule = (
        f"It is said that interviews speak of a barrier to a programme where at least {few} different ones do. "
        f"Fewer than {few} are too few to be told of without giving somebody away."
    )

    def quads(thing: ox.NamedNode, *said: tuple[object, object]) -> Iterator[ox.Quad]:
        for property_, value in said:
            term = value if isinstance(value, ox.NamedNode | ox.Literal) else ox.NamedNode(str(value))
            yield ox.Quad(thing, ox.NamedNode(str(property_)), term, graph)

    yield from quads(graph, *_of_itself(graph, dataset.version, rule, now))
    if now:
        import_ = ox.NamedNode(graph.value.replace("/id/source/", "/id/import/"))
        yield from quads(import_, *_of_publishing(dataset.version, now))
        yield from quads(source, (DCTERMS.issued, _typed(now.date().isoformat(), XSD.date)))
    yield from quads(
        ox.NamedNode(PROGRAM),
        (RDF.type, PROV.SoftwareAgent),
        (SKOS.prefLabel, ox.Literal(f"Joinedup {__version__}")),
    )
    yield from quads(
        source,
        (RDF.type, JU.Dataset),
        (SKOS.prefLabel, ox.Literal("Interviews, published without attribution")),
        (DCTERMS.description, ox.Literal(rule)),
        (PROV.wasDerivedFrom, graph),
    )
    barriers, programmes = (_called(open_quads, str(kind)) for kind in (JU.Barrier, JU.Programme))
    for (barrier, programme), worst in sorted(_said_in_interviews(dataset).items()):
        report.edges += 1
        if len(worst) < report.least or barrier not in barriers or programme not in programmes:
            continue
        report.published += 1
        said = f"Interviews say that “{barriers[barrier]}” holds back “{programmes[programme]}”."
        pair = sha256(f"{barrier}\n{programme}".encode()).hexdigest()[:20]
        yield from quads(
            ox.NamedNode(f"{dataset.base}/id/finding/interviews-{pair}"),
            (RDF.type, JU.Finding),
            (SKOS.prefLabel, ox.Literal(shortened(said, 160))),
            (DCTERMS.description, ox.Literal(said)),
            (JU.evidences, barrier),
            (JU.about, programme),
            (JU.stance, SUPPORTS),
            (JU.severity, ox.Literal(floor(median(worst) + 0.5))),
            (JU.fromDataset, source),
            (PROV.wasDerivedFrom, graph),
        )
        yield from quads(ox.NamedNode(barrier), (JU.blocks, programme))


def _of_itself(
    graph: ox.NamedNode, version: int, rule: str, now: datetime | None
) -> tuple[tuple[object, object], ...]:
    """What a publication says of itself."""
    when = f" that was then at version {version}" if now else ""
    said: tuple[tuple[object, object], ...] = (
        (RDF.type, JU.Source),
        (SKOS.prefLabel, ox.Literal(f"Publication of {now.date().isoformat()}" if now else "Publication")),
        (DCTERMS.description, ox.Literal(f"What anybody may see of a store{when}. {rule}")),
        (JU.marking, concept("markings", "public")),
    )
    if not now:
        return said
    return (
        *said,
        (PROV.generatedAtTime, _typed(now.isoformat(timespec="seconds"), XSD.dateTime)),
        (PROV.wasGeneratedBy, graph.value.replace("/id/source/", "/id/import/")),
    )


def _of_publishing(version: int, now: datetime) -> tuple[tuple[object, object], ...]:
    """What it says of how it was made."""
    return (
        (RDF.type, JU.Import),
        (SKOS.prefLabel, ox.Literal(f"Publishing of version {version} of a store")),
        (PROV.endedAtTime, _typed(now.isoformat(timespec="seconds"), XSD.dateTime)),
        (PROV.wasAssociatedWith, PROGRAM),
    )


def _said_in_interviews(dataset: Dataset) -> Mapping[tuple[str, str], list[int]]:
    """For each barrier and programme, the highest severity that each interview gives."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in dataset.select("publication/interviews"):
        found[row["barrier"], row["programme"]].append(int(row["worst"]))
    return found


def _called(quads: Set[ox.Quad], kind: str) -> dict[str, str]:
    """The things of a kind and what they are called, as these statements have it."""
    things = {name(q.subject) for q in quads if q.predicate == _TYPE and name(q.object) == kind}
    labels = sorted((name(q.subject), name(q.object)) for q in quads if q.predicate == _LABEL)
    return {thing: label for thing, label in reversed(labels) if thing in things}


def _conspicuous(dataset: Dataset, open_quads: Set[ox.Quad]) -> Iterator[str]:
    """A note on organisations of fieldwork that are public for no other reason that a reader could see."""
    visited = {
        row["value"]
        for property_ in (JU.interviewedAt, JU.jointWith, JU.visits, JU.stakeholder, JU.testedWith)
        for row in dataset.select("publication/joined", property=ox.NamedNode(str(property_)))
    }
    spoken_of = {name(q.object) for q in open_quads if q.predicate != FROM_ROW}
    listed = {name(q.subject) for q in open_quads if q.predicate == FROM_ROW}
    if alone := sorted(dataset.label(iri) for iri in (visited & listed) - spoken_of):
        yield (
            "Fieldwork was done with these, and nothing public but their own row speaks of them, so that a reader may guess it: "
            f"{'; '.join(alone)}. To hide them, keep them in a file that is not public."
        )


def _threshold_changed(target: Store, derived: Iterable[ox.Quad]) -> Iterator[str]:
    """A note where the last publication in this folder counted other numbers as too few."""
    source = target.base + _SPEAKERS
    before = {q.object for q in target.dataset().about(source, str(DCTERMS.description))}
    after = {
        q.object
        for q in derived
        if name(q.subject) == source and q.predicate.value == str(DCTERMS.description)
    }
    if before and before != after:
        yield (
            "The last publication here had another threshold. Who compares the two learns which edges rest on a number of "
            "interviews between the old and the new."
        )


def _typed(text: str, datatype: object) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(str(datatype)))
