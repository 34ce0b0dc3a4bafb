"""Merges in a copy of the truth: what is said of a thing under several IRIs stands under one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import pyoxigraph as ox

from graph.identity.record import judgements_of, read
from graph.identity.standing import Standing
from graph.union import follow, holds, of_sources
from ontology.terms import JU, PROV, SKOS, concept

_LABEL, _ALIAS = (ox.NamedNode(str(p)) for p in (SKOS.prefLabel, SKOS.altLabel))
_INTO = ox.NamedNode(str(JU.mergedInto))
_FROM_ROW = ox.NamedNode(str(PROV.wasDerivedFrom))
_MARKING = ox.NamedNode(str(JU.marking))
_PUBLIC = ox.NamedNode(concept("markings", "public"))


def judged(store: ox.Store, base: str) -> bool:
    """Whether anybody has judged anything."""
    return holds(store, ox.NamedNode(judgements_of(base)))


def standing(store: ox.Store, base: str) -> Standing:
    """What the judgements of a store say together."""
    return Standing(read(store.quads_for_pattern(None, None, None, ox.NamedNode(judgements_of(base)))))


def merge(store: ox.Store, base: str) -> None:
    """Apply the merges in force to a store that nobody reads yet, and leave behind where each old IRI leads."""
    into = redirects(store, base, standing(store, base))
    if not into:
        return
    graph = ox.NamedNode(judgements_of(base))
    labels = {old: _label(store, old) for old in into}
    touched = set(mentions(store, into, graph))
    kept_labels = {kept: _labels(store, kept) for kept in set(into.values())}
    new = {q for quad in touched if (q := moved(quad, into, kept_labels)) is not None}
    for old, kept in into.items():
        new.add(ox.Quad(ox.NamedNode(old), _INTO, ox.NamedNode(kept), graph))
        if labels[old]:
            new.add(ox.Quad(ox.NamedNode(old), _LABEL, ox.Literal(labels[old]), graph))
    removed, added = touched - new, new - touched
    left, come = follow(store, removed, added)
    for quad in removed | left:
        store.remove(quad)
    store.bulk_extend(added | come)
    store.flush()


def redirects(store: ox.Store, base: str, judged: Standing) -> dict[str, str]:
    """For each IRI that is merged away, the one under which its thing stands.

    The one that was judged to be kept is, unless no source speaks of it any more, or only sources that are not
    public do while a public one speaks of another: then it would give its id away in a publication.
    """
    own = ox.NamedNode(judgements_of(base))
    public = {
        quad.graph_name
        for quad in store.quads_for_pattern(None, _MARKING, _PUBLIC, None)
        if quad.subject == quad.graph_name
    }
    into = {}
    for kept, group in judged.groups():
        rows = {
            iri: {
                q.graph_name
                for q in of_sources(store.quads_for_pattern(ox.NamedNode(iri), _FROM_ROW, None, None))
            }
            for iri in group
        }
        there = [iri for iri in group if rows[iri] or _spoken_of(store, iri, own)] or group
        open_ = [iri for iri in there if rows[iri] & public] or there
        chosen = kept if kept in open_ else min(open_)
        into.update({iri: chosen for iri in group if iri != chosen})
    return into


def mentions(store: ox.Store, into: Iterable[str], own: ox.NamedNode) -> Iterator[ox.Quad]:
    """The statements of every other graph that mention one of these IRIs."""
    for iri in into:
        node = ox.NamedNode(iri)
        for quads in (
            store.quads_for_pattern(node, None, None, None),
            store.quads_for_pattern(None, None, node, None),
        ):
            yield from (quad for quad in of_sources(quads) if quad.graph_name != own)


def moved(
    quad: ox.Quad, into: Mapping[str, str], kept_labels: Mapping[str, Collection[str]] | None = None
) -> ox.Quad | None:
    """A statement under the kept IRIs; None where it would tie a thing to itself or repeat its name.

    What a merged thing was called becomes another name of the kept one.
    """
    subject, value, predicate = quad.subject, quad.object, quad.predicate
    if isinstance(subject, ox.NamedNode) and subject.value in into:
        subject = ox.NamedNode(into[subject.value])
        names = (kept_labels or {}).get(subject.value, ())
        if predicate == _LABEL and names:
            predicate = _ALIAS
        if predicate == _ALIAS and isinstance(value, ox.Literal) and value.value in names:
            return None
    if isinstance(value, ox.NamedNode) and value.value in into:
        value = ox.NamedNode(into[value.value])
    if subject == value and quad.subject != quad.object:
        return None
    return ox.Quad(subject, predicate, value, quad.graph_name)


def _labels(store: ox.Store, iri: str) -> set[str]:
    return {
        q.object.value
        for q in store.quads_for_pattern(ox.NamedNode(iri), _LABEL, None, None)
        if isinstance(q.object, ox.Literal)
    }


def _label(store: ox.Store, iri: str) -> str:
    return min(_labels(store, iri), default="")


def _spoken_of(store: ox.Store, iri: str, own: ox.NamedNode) -> bool:
    quads = store.quads_for_pattern(ox.NamedNode(iri), None, None, None)
    return any(quad.graph_name != own for quad in of_sources(quads))
