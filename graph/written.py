"""The register of graphs that clients write: who may see each, and when, by whom and why it was last changed.

A loaded file's graph says that of itself. A graph that a client writes holds what the client wrote and nothing else
(SPARQL 1.1 Graph Store Protocol), so it is said in a graph of the store's own, beside all others.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox

from graph.behalf import HERE, Behalf
from graph.dataset import Dataset
from ontology.terms import DCTERMS, JU, PROV, RDF, SKOS, XSD, concept

DEFAULT_MARKING = "official"
TYPED_ROW = "#row=1"
"""What stands behind the graph of a thing that was written by hand where its row is meant."""
ANSWERS = "answers"
"""The folder in a store's folder where answers to writes are kept for a day."""
Change = tuple[set[ox.Quad], set[ox.Quad]]


def register_of(base: str) -> str:
    """The graph that holds the register."""
    return f"{base}/id/source/register"


def written(dataset: Dataset) -> list[dict[str, str]]:
    """The graphs that clients wrote, as rows with source, name and marking, like those of loaded sources."""
    return list(dataset.select("written", register=ox.NamedNode(register_of(dataset.base))))


def change_of(dataset: Dataset, graph: str) -> Iterator[ox.Quad]:
    """What the register says of the last change of a graph, and who may see the graph, as statements in that graph."""
    register, change, name = (
        register_of(dataset.base),
        ox.NamedNode(_change_of(graph, dataset.base)),
        ox.NamedNode(graph),
    )
    for quad in dataset.about_in(change.value, register):
        yield ox.Quad(change, quad.predicate, quad.object, name)
    for quad in dataset.about_in(graph, register):
        if quad.predicate.value == str(JU.marking):
            yield ox.Quad(change, quad.predicate, quad.object, name)


def is_clients(graph: str, base: str) -> bool:
    """Whether a graph may be one that a client wrote, by its name."""
    return graph == f"{base}/id/source/edits" or not graph.startswith(
        (f"{base}/id/source/", "https://w3id.org/joinedup/")
    )


def is_by_hand(graph: str, base: str) -> bool:
    """Whether a graph is that of a thing that was written by hand (graph/ingest/by_hand.py)."""
    return graph.startswith(f"{base}/id/source/by-hand:")


def registered(
    dataset: Dataset, removed: Set[ox.Quad], added: Set[ox.Quad], marking: str | None, who: Behalf
) -> Change:
    """What a change of graphs changes in the register: what it removes there, and what it adds."""
    register = register_of(dataset.base)
    gone: set[ox.Quad] = set()
    come: set[ox.Quad] = set()
    now = datetime.now(UTC)
    for graph, (less, more) in _by_graph(removed, added).items():
        if not is_clients(graph, dataset.base):
            continue
        before = set(dataset.about_in(graph, register)) | set(
            dataset.about_in(_change_of(graph, dataset.base), register)
        )
        gone |= before
        if more or any(quad not in less for quad in dataset.quads_in(graph)):
            kept = next((q.object.value for q in before if q.predicate.value == str(JU.marking)), "")  # type: ignore[union-attr]
            marked = concept("markings", marking) if marking else kept or concept("markings", DEFAULT_MARKING)
            come |= set(_facts(dataset.base, graph, marked, who, now))
    return gone - come, come - gone


def of_register(dataset: Dataset, graphs: Iterable[str]) -> set[ox.Quad]:
    """What the register keeps of these graphs, also what was typed in where they were written by hand."""
    register = register_of(dataset.base)
    return {
        quad
        for graph in graphs
        for node in (graph, f"{graph}{TYPED_ROW}", _change_of(graph, dataset.base))
        for quad in dataset.about_in(node, register)
    }


def forget_answers(store: Path | None) -> None:
    """Remove the answers to writes that are kept beside a store, as they may repeat what was written."""
    if store is not None:
        shutil.rmtree(store / ANSWERS, ignore_errors=True)


def by_whom(base: str, activity: str, who: Behalf, graph: str) -> Iterator[ox.Quad]:
    """By which role, and why, something was done: statements in a graph."""
    node, name = ox.NamedNode(activity), ox.NamedNode(graph)
    if who.by != HERE:
        role = f"{base}/id/role/{re.sub(r'[^a-z0-9]+', '-', who.by.lower()).strip('-') or 'somebody'}"
        agent = ox.NamedNode(role)
        yield ox.Quad(node, _term(PROV.wasAssociatedWith), agent, name)
        yield ox.Quad(agent, _term(RDF.type), _term(PROV.Agent), name)
        yield ox.Quad(agent, _term(SKOS.prefLabel), ox.Literal(who.by), name)
    if who.because:
        yield ox.Quad(node, _term(DCTERMS.description), ox.Literal(who.because), name)


def _facts(base: str, graph: str, marking: str, who: Behalf, now: datetime) -> Iterator[ox.Quad]:
    register, node = ox.NamedNode(register_of(base)), ox.NamedNode(graph)
    change = ox.NamedNode(_change_of(graph, base))
    moment = ox.Literal(now.isoformat(timespec="seconds"), datatype=_term(XSD.dateTime))
    called = "Edits" if graph == f"{base}/id/source/edits" else graph
    said: tuple[tuple[ox.NamedNode, object, ox.NamedNode | ox.Literal], ...] = (
        (node, RDF.type, _term(JU.Source)),
        (node, SKOS.prefLabel, ox.Literal(called)),
        (node, JU.marking, ox.NamedNode(marking)),
        (node, PROV.generatedAtTime, moment),
        (node, PROV.wasGeneratedBy, change),
        (change, RDF.type, _term(JU.Import)),
        (change, SKOS.prefLabel, ox.Literal(f"Last change of {called}")),
        (change, PROV.endedAtTime, moment),
    )
    for subject, predicate, value in said:
        yield ox.Quad(subject, _term(predicate), value, register)
    yield from by_whom(base, change.value, who, register.value)


def _change_of(graph: str, base: str) -> str:
    return f"{base}/id/import/written-{hashlib.sha256(graph.encode()).hexdigest()[:20]}"


def _by_graph(
    removed: Iterable[ox.Quad], added: Iterable[ox.Quad]
) -> Mapping[str, tuple[set[ox.Quad], set[ox.Quad]]]:
    found: dict[str, tuple[set[ox.Quad], set[ox.Quad]]] = {}
    for at, quads in enumerate((removed, added)):
        for quad in quads:
            name = getattr(quad.graph_name, "value", "")
            found.setdefault(name, (set(), set()))[at].add(quad)
    return found


def _term(term: object) -> ox.NamedNode:
    return ox.NamedNode(str(term))
