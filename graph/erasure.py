"""What a store holds because of one interview: to be handed to whoever asks for it, or to be removed for good.

That is the interview, its excerpts and where they stand, the findings that rest on it alone with their tests, and every
statement about any of them in any source. A finding that rests on other interviews too stays, and only loses this one.
A short cut from a barrier to a programme goes with the last finding that bears it out. Whatever else the store holds
of the same organisation, programme or barrier is not the interview's, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from graph.audit import audited
from graph.backup import compact
from graph.dataset import Dataset
from graph.errors import Conflict, NotFound, WriteRefused
from graph.export import named_source
from graph.store import Store
from graph.written import forget_answers, is_by_hand, of_register
from ontology.terms import JU, ONTOLOGY, PREFIXES, RDF

_RESTS_ON = ox.NamedNode(str(JU.fromInterview))
_INTERVIEW = ox.NamedNode(str(JU.Interview))
_TYPE = ox.NamedNode(str(RDF.type))
_ABOUT, _EVIDENCES, _BLOCKS = (ox.NamedNode(str(p)) for p in (JU.about, JU.evidences, JU.blocks))
_OA = PREFIXES["oa"]
_BELONGS = {str(p) for p in (JU.excerptOf, JU.tests)} | {_OA + "hasSource"}
"""What has one of these goes with what it names."""
_OWNS = {_OA + name for name in ("hasSelector", "hasTarget", "refinedBy")} | {str(JU.quotes)}
"""What one of these names goes where nothing else names it."""


@dataclass(frozen=True)
class Erased:
    """What was removed."""

    statements: int
    findings: int
    version: int


def of_interview(dataset: Dataset, interview: str) -> set[ox.Quad]:
    """Every statement that a store holds because of one interview, named by its IRI or the end of it.

    Raises NotFound where there is none.
    """
    start = ox.NamedNode(_named(dataset, interview))
    gone: set[object] = {start}
    waiting: list[ox.NamedNode | ox.BlankNode] = [start]
    found: set[ox.Quad] = set()
    while waiting:
        thing = waiting.pop()
        said = set(dataset.quads_with(subject=thing))
        told = set(dataset.quads_with(object=thing))
        found |= {quad for quad in said | told if quad.graph_name != ox.NamedNode(ONTOLOGY)}
        for quad in told:
            rests = {q.object for q in dataset.quads_with(subject=quad.subject, predicate=_RESTS_ON)}
            alone = quad.predicate == _RESTS_ON and rests <= {start}
            if isinstance(quad.subject, ox.Triple):  # a statement about a statement goes with it
                continue
            if quad.subject not in gone and (alone or quad.predicate.value in _BELONGS):
                gone.add(quad.subject)
                waiting.append(quad.subject)
        for quad in said:
            owned = quad.object
            if owned in gone or quad.predicate.value not in _OWNS:
                continue
            if isinstance(owned, ox.NamedNode | ox.BlankNode) and not _others(dataset, owned, gone):
                gone.add(owned)
                waiting.append(owned)
    return found | _short_cuts(dataset, gone)


def erase_interview(store: Store, interview: str) -> Erased:
    """Remove what a store holds because of one interview, and every byte of it from the store's folder.

    It comes back with the file that it was loaded from, so take it out of that first; and it is in the backups that
    were made before. Raises NotFound, StoreBusy, and WriteRefused for a publication.
    """
    _check_writable(store)
    # The log must not name what is to be forgotten.
    with audited(store.path, "erase an interview") as entry, store.writing():
        dataset = store.loaded()
        gone = of_interview(dataset, interview)
        graphs = {quad.graph_name.value for quad in gone if isinstance(quad.graph_name, ox.NamedNode)}
        gone |= of_register(dataset, (graph for graph in graphs if is_by_hand(graph, dataset.base)))
        findings = {q.subject for q in gone if q.predicate == _RESTS_ON}
        entry.says(statements=len(gone), findings=len(findings))
        version = store.change(set(), gone)
    forget_answers(store.path)
    if store.path is not None:
        _, _, version = compact(store)
    return Erased(len(gone), len(findings), version)


def erase_source(store: Store, source: str, *, anyway: bool = False) -> Erased:
    """Remove all that one source says, by its name, its file's name or the end of its IRI, and every byte of it.

    Raises NotFound; Conflict where other sources speak of things that only this one describes, unless it is to go
    anyway; else as `erase_interview`.
    """
    _check_writable(store)
    with audited(store.path, "erase a source") as entry, store.writing():
        dataset = store.loaded()
        graph = named_source(dataset, source)
        others = {
            _end(quad.graph_name.value)
            for thing in dataset.rows_of(graph)
            if not dataset.has_row(thing, {graph})
            for quad in dataset.referring(thing, None, {graph})
            if isinstance(quad.graph_name, ox.NamedNode)
        }
        if others and not anyway:
            raise Conflict(
                f"Others speak of things that only this source describes: {', '.join(sorted(others)[:5])}. "
                "Erase those first, or say --anyway."
            )
        gone = set(dataset.quads_in(graph)) | of_register(dataset, [graph])
        entry.says(statements=len(gone))
        version = store.change(set(), gone)
    forget_answers(store.path)
    if store.path is not None:
        _, _, version = compact(store)
    return Erased(len(gone), 0, version)


def _check_writable(store: Store) -> None:
    if store.publication:
        raise WriteRefused(
            "This store is a publication. Erase it in the store it was made from, and publish again."
        )


def _others(dataset: Dataset, thing: ox.NamedNode | ox.BlankNode, gone: set[object]) -> bool:
    """Whether anything that stays names a thing."""
    return any(quad.subject not in gone for quad in dataset.quads_with(object=thing))


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def _named(dataset: Dataset, interview: str) -> str:
    known = {
        quad.subject.value
        for quad in dataset.quads_with(predicate=_TYPE, object=_INTERVIEW)
        if isinstance(quad.subject, ox.NamedNode)
    }
    for name in (interview, f"{dataset.base}/id/interview/{interview}"):
        if name in known:
            return name
    raise NotFound("There is no such interview. Name it by its id or its IRI, as the pages show it.")


def _short_cuts(dataset: Dataset, gone: set[object]) -> set[ox.Quad]:
    """The statements that a barrier blocks a programme which, without these findings, nothing bears out."""
    found = set()
    for finding in gone:
        if not isinstance(finding, ox.NamedNode):
            continue
        for about in dataset.quads_with(subject=finding, predicate=_ABOUT):
            for evidences in dataset.quads_with(subject=finding, predicate=_EVIDENCES):
                left = {
                    q.subject
                    for q in dataset.quads_with(predicate=_EVIDENCES, object=evidences.object)
                    if q.subject not in gone
                    and any(dataset.quads_with(subject=q.subject, predicate=_ABOUT, object=about.object))
                }
                barrier = evidences.object
                if not left and isinstance(barrier, ox.NamedNode):
                    found |= set(dataset.quads_with(subject=barrier, predicate=_BLOCKS, object=about.object))
    return found
