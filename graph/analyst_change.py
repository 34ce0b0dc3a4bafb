"""What the analyst's view loses and gains when little is changed: the rules of graph/analyst.py, asked of what lies around.

Whether a statement is kept depends on what visible sources say of its two ends and of what these lead to: the
interviews and programmes of a finding, what quotes a passage, what a test tests. So it is enough to ask the rules about
things that were touched, those that depend on them, and those that point to what comes or goes, and to let them read
the statements around these alone. Where that does not tell all, the view is made whole: where a source is withheld that
was not, where something is withheld now that was seen (its bytes must not stay), where parts of what comes or goes
stood before it, and where there are judgements, which merge things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from itertools import chain

import pyoxigraph as ox

from graph.analyst import BLOCKS, KNOWN, SIZES, Basis, Rules, graph_of, visible, wholes_in, wholes_of
from graph.at_once import nameless
from graph.dataset import Dataset
from graph.extracts import MOST, Touched, touched_by
from graph.identity.record import judgements_of
from ontology.terms import JU, ONTOLOGY, PREFIXES, RDF

_TYPE, _FROM_INTERVIEW, _TESTS, _EVIDENCES, _ABOUT, _EXCERPT_OF = (
    str(p) for p in (RDF.type, JU.fromInterview, JU.tests, JU.evidences, JU.about, JU.excerptOf)
)
_INTERVIEW = ox.NamedNode(str(JU.Interview))
_SAID = {_INTERVIEW, ox.NamedNode(str(JU.Excerpt))}
_POINTING = (str(JU.quotes), f"{PREFIXES['oa']}hasSelector")
"""What makes what is pointed to a part of what was said."""
_LEADING = {_FROM_INTERVIEW, _TESTS}


@dataclass(frozen=True)
class Change:
    """How a view follows the truth."""

    removed: set[ox.Quad]
    added: set[ox.Quad]
    basis: Basis
    """The sources, and which wholes are new."""


def analyst_change(
    dataset: Dataset,
    view: Dataset,
    sources: Set[str],
    in_parts: Callable[[Iterable[str]], object],
    touched: Touched,
) -> Change | None:
    """What leaves a view and what enters it, of what the sources say before any merge; None where it must be made whole.

    view is what it was before, made of these sources; in_parts tells whether any of some things were among the wholes of
    its basis; touched is what has changed since.
    """
    now = visible(dataset)
    if not sources or not sources <= now or {ONTOLOGY, judgements_of(dataset.base)} & touched.ends:
        return None
    for source in sorted(now - sources):
        more = touched_by(dataset.quads_in(source))
        if more is None or len(touched := touched | more) > MOST:
            return None
    return _Around(dataset, view, now).change(touched, in_parts)


class _Around:
    """What visible sources say around some things."""

    def __init__(self, dataset: Dataset, view: Dataset, sources: Set[str]):
        self._dataset, self._view, self._sources = dataset, view, sources
        self._known: dict[str, list[ox.Quad]] = {}

    def change(self, touched: Touched, in_parts: Callable[[Iterable[str]], object]) -> Change | None:
        depending = self._depending(touched.things | touched.ends)
        changed = touched.things | touched.ends | depending
        rules = self._rules(changed)
        moved = {name for name in changed if not (self._was_shown(name) and rules.shows(ox.NamedNode(name)))}
        again = touched.things | depending | moved | _subjects(q for name in moved for q in self._to(name))
        if len(again) > MOST or in_parts(moved):
            return None
        pairs = self._pairs(again | touched.ends, moved | touched.ends)
        cuts = {quad for pair in pairs for quad in self._seen(self._dataset.quads_with(**pair))}
        asked = cuts | {
            quad for name in again for quad in self._of(name) if name in moved or quad.predicate != BLOCKS
        }
        sizes = {quad for name in SIZES for quad in self._seen(self._dataset.quads_of(name))}
        told = asked | sizes
        findings = self._bearing_out(asked)
        if findings is None:
            return None
        rules = self._rules(_subjects(told) | _objects(told) | findings)
        kept = {quad for quad in asked if rules.kept(quad)}
        old = {quad for pair in pairs for quad in self._view.quads_with(**pair)} | {
            quad
            for name in again
            for quad in self._view.about(name)
            if graph_of(quad) != ONTOLOGY and (name in moved or quad.predicate != BLOCKS)
        }
        ours = {quad for quad in kept if quad.predicate.value not in SIZES}
        before = {quad for quad in old if quad.predicate.value not in SIZES}
        removed, added = before - ours, ours - before
        shown_sizes = {quad for name in SIZES for quad in self._view.quads_of(name)}
        about_size = {quad for quad in asked if quad.predicate.value in SIZES}
        for source in (touched.ends & self._sources) | set(map(graph_of, removed | added | about_size)):
            there = {quad for quad in sizes if graph_of(quad) == source and rules.kept(quad)}
            said = {quad for quad in shown_sizes if graph_of(quad) == source}
            if said:
                whole = not any(graph_of(quad) == source for quad in asked - kept)
            else:
                less = sum(graph_of(q) == source for q in removed) - sum(graph_of(q) == source for q in added)
                whole = _count(self._dataset, source) == _count(self._view, source) - less + len(there)
            stays = there if whole else set[ox.Quad]()
            removed |= said - stays
            added |= stays - said
        if removed & told or self._withhold(removed, added):
            return None
        wholes = {whole for quad in asked for whole in wholes_in(quad)}
        return Change(removed, added, Basis(set(self._sources), wholes))

    def _depending(self, names: Set[str]) -> set[str]:
        """The things of which the rules may say something else when others are changed."""
        found = set[str]()
        for name in names:
            found |= _subjects(self._to(name, _FROM_INTERVIEW))
            if self._told_of(name):
                found |= _subjects(q for q in self._to(name) if not q.predicate.value.startswith(KNOWN))
        return found | _subjects(q for name in names | found for q in self._to(name, _TESTS))

    def _told_of(self, name: str) -> bool:
        """Whether a thing is or was an interview or part of what one said, or may have been."""
        return (
            not self._was_shown(name)
            or any(quad.object == _INTERVIEW for quad in self._view.about(name, _TYPE))
            or any(quad.object in _SAID or quad.predicate.value == _EXCERPT_OF for quad in self._of(name))
            or any(True for property_ in _POINTING for _ in self._to(name, property_))
        )

    def _was_shown(self, name: str) -> bool:
        return any(graph_of(quad) != ONTOLOGY for quad in self._view.about(name, _TYPE))

    def _withhold(self, removed: set[ox.Quad], added: Set[ox.Quad]) -> bool:
        """Whether sources still say any of what leaves, and none that shows it."""
        shown = {quad.triple for quad in added}
        for quad in removed:
            before, now = (
                of.quads_with(subject=quad.subject, predicate=quad.predicate, object=quad.object)
                for of in (self._view, self._dataset)
            )
            if quad.triple not in shown and removed.issuperset(before) and any(now):
                return True
        return False

    def _pairs(self, names: Set[str], ends: Set[str]) -> list[dict[str, ox.NamedNode]]:
        """The short cuts that may come or go, as patterns: of some things and what findings among them join, to some ends and what these join."""
        said = [quad for name in names for quad in self._of(name)]
        barriers = names | _objects(quad for quad in said if quad.predicate.value == _EVIDENCES)
        programmes = ends | _objects(quad for quad in said if quad.predicate.value == _ABOUT)
        return [
            {"subject": ox.NamedNode(barrier), "predicate": BLOCKS, "object": ox.NamedNode(programme)}
            for barrier in barriers
            for programme in programmes
            & _objects(
                [*self._dataset.about(barrier, BLOCKS.value), *self._view.about(barrier, BLOCKS.value)]
            )
        ]

    def _bearing_out(self, quads: Iterable[ox.Quad]) -> set[str] | None:
        """The findings that join the barriers and programmes of short cuts; None where one may have no name."""
        cuts = [quad for quad in quads if quad.predicate == BLOCKS]
        pointing = {name: self._to(name, _EVIDENCES) for name in _subjects(cuts)}
        if any(map(nameless, chain(*pointing.values()))):
            return None
        evidence = {name: _subjects(found) for name, found in pointing.items()}
        about = {name: _subjects(self._to(name, _ABOUT)) for name in _objects(cuts)}
        return {
            finding
            for cut in cuts
            if isinstance(cut.subject, ox.NamedNode) and isinstance(cut.object, ox.NamedNode)
            for finding in evidence[cut.subject.value] & about[cut.object.value]
        }

    def _rules(self, names: Set[str]) -> Rules:
        """The rules, knowing all that they need to tell what some things are."""
        around = names | {whole for name in names for whole in wholes_of(name)}
        further = _objects(
            quad
            for name in around
            for quad in self._of(name)
            if quad.predicate.value in _LEADING or not quad.predicate.value.startswith(KNOWN)
        )
        near = ox.Store()
        for name in around | further:
            near.extend(self._of(name))
            for property_ in _POINTING:
                near.extend(self._to(name, property_))
        return Rules(Dataset(near, base=self._dataset.base, version=0, snapshot=None), self._sources)

    def _of(self, name: str) -> list[ox.Quad]:
        """What visible sources say of a thing."""
        if name not in self._known:
            self._known[name] = self._seen(self._dataset.about(name))
        return self._known[name]

    def _to(self, name: str, property_: str | None = None) -> list[ox.Quad]:
        """Where visible sources point to a thing."""
        return self._seen(self._dataset.referring(name, property_))

    def _seen(self, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
        return [quad for quad in quads if graph_of(quad) in self._sources]


def _subjects(quads: Iterable[ox.Quad]) -> set[str]:
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def _objects(quads: Iterable[ox.Quad]) -> set[str]:
    return {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}


def _count(dataset: Dataset, source: str) -> int:
    [row] = dataset.select("in_graph", graph=ox.NamedNode(source))
    return int(row["statements"])
