"""The analyst's view: what is official or public, without the words of interviews and without whoever spoke them.

What an analyst reads, decided once and for all:

- Sources whose own graph marks them official or public, and what clients wrote where the register says so
  (graph/written.py). A graph without a marking counts as sensitive.
- Interviews as such: at which level, of which organisation, on which day, in which deep dive, about which programmes
  and areas. Never the role of whoever spoke, nor their consent; of one marked sensitive not the visit either, nor who
  came along. One whose consent was taken back is not there, nor is any finding that rests on it.
- Findings: which barrier, which programme, stance, severity and link. What was found in words only where all
  interviews that it rests on are marked official or public, or where it rests on data alone. Never a quotation, an
  excerpt, or who coded it. Tests of a finding whose words are withheld say what came of them, not why.
- Whatever else a row marks sensitive is not there.
- Judgements on things named twice where the analyst may see both.

Nothing leads to what is left out: a statement that points to a thing which no visible source describes goes as well, a
short cut from a barrier to a programme stays where a visible finding bears it out, and nodes without a name go, as
nobody can tell what they belong to. Of a source from which anything was withheld neither the number of rows nor the
checksum is told, as both would let guesses be tried out.

All of it is decided from visible sources alone, so that the view is the same with and without what it leaves out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.fieldwork import FROM_ROW, SUPPORTS
from graph.identity.record import judgements_of
from graph.written import register_of
from ontology.terms import DCTERMS, JU, ONTOLOGY, PREFIXES, PROV, RDF, SKOS, concept

_TYPE, _MARKING, BLOCKS = (ox.NamedNode(str(p)) for p in (RDF.type, JU.marking, JU.blocks))
_FROM_INTERVIEW = ox.NamedNode(str(JU.fromInterview))
_OPEN = {ox.NamedNode(concept("markings", code)) for code in ("public", "official")}
_SENSITIVE = ox.NamedNode(concept("markings", "sensitive"))
_WITHDRAWN = ox.NamedNode(concept("consents", "withdrawn"))
_OA, _LABEL = PREFIXES["oa"], str(SKOS.prefLabel)
KNOWN = (PREFIXES["ju"], PREFIXES["prov"], _OA)

_NEVER = {str(p) for p in (JU.intervieweeRole, JU.consent, JU.excerpt, JU.codedBy, JU.quotes, JU.codedAs)} | {
    str(p) for p in (JU.excerptOf, JU.putsIntoWords)
}
_NODE = {str(RDF.type), FROM_ROW.value, str(JU.marking)}
_OF_INTERVIEW = _NODE | {
    str(p) for p in (JU.level, JU.interviewedAt, JU.heldOn, JU.inDeepDive, JU.discusses, JU.inArea)
}
_OF_OPEN_INTERVIEW = _OF_INTERVIEW | {str(JU.onVisit), str(JU.jointWith), str(SKOS.prefLabel)}
_OF_FINDING = (
    _NODE
    | {
        str(p)
        for p in (JU.about, JU.evidences, JU.fromInterview, JU.fromDataset, JU.stance, JU.severity, JU.atLink)
    }
    | {str(JU.inDeepDive), str(PROV.wasGeneratedBy)}
)
_WORDS = {str(SKOS.prefLabel), str(SKOS.altLabel), str(DCTERMS.description)}
_OF_TEST = _NODE | {str(p) for p in (JU.tests, JU.testedWith, JU.testedOn, JU.testResult)}
SIZES = {str(JU.rows), str(JU.checksum)}


@dataclass
class Basis:
    """What a view rests on and does not show."""

    sources: set[str] = field(default_factory=set)
    """Those that are visible, whether anything of them is kept or not."""
    wholes: set[str] = field(default_factory=set)
    """The things of which these speak of a part, whether that is kept or not."""


def analyst_quads(dataset: Dataset, basis: Basis | None = None) -> Iterator[ox.Quad]:
    """The statements that an analyst may read, of what the sources say before any merge; basis is filled on the way."""
    sources = visible(dataset)
    if basis:
        basis.sources |= sources
    if not sources:
        return  # a store without official sources looks like an empty one
    rules = Rules(dataset, sources)
    for source in sorted(sources):
        whole, sizes = True, []
        for quad in dataset.quads_in(source):
            if basis:
                basis.wholes.update(wholes_in(quad))
            if not rules.kept(quad):
                whole = False
            elif quad.predicate.value in SIZES:
                sizes.append(quad)
            else:
                yield quad
        if whole:
            yield from sizes
    yield from rules.judgements()
    yield from dataset.quads_in(ONTOLOGY)


def wholes_in(quad: ox.Quad) -> Iterator[str]:
    """The things of which the two ends of a statement are parts, by their addresses."""
    for term in (quad.subject, quad.object):
        if isinstance(term, ox.NamedNode):
            yield from wholes_of(term.value)


def wholes_of(iri: str) -> Iterator[str]:
    """The things of which one is a part: parts have the address of the whole and an ending of their own."""
    for mark in ("#", "--", ".part-"):
        whole, found, _ = iri.partition(mark)
        if found:
            yield whole


def visible(dataset: Dataset) -> set[str]:
    """The graphs that say of themselves, or of which the register says, that they are official or public, and of no other
    marking.
    """
    register = ox.NamedNode(register_of(dataset.base))
    said: defaultdict[str, set[object]] = defaultdict(set)
    for quad in dataset.quads_of(_MARKING.value):
        if quad.graph_name in (quad.subject, register) and isinstance(quad.subject, ox.NamedNode):
            said[quad.subject.value].add(quad.object)
    return {name for name, marked in said.items() if marked <= _OPEN}


class Rules:
    """What is kept of the visible sources of one version of a store."""

    def __init__(self, dataset: Dataset, sources: Set[str]):
        self._dataset, self._sources = dataset, sources
        self._things = f"{dataset.base}/id/"
        typed: defaultdict[str, set[object]] = defaultdict(set)
        self._described: set[object] = set()
        for quad in self._said(_TYPE.value):
            self._described.add(quad.subject)
            if isinstance(quad.object, ox.NamedNode) and (name := _CLASSES.get(quad.object)):
                typed[name].add(quad.subject)
        from_interview = self._pairs(str(JU.fromInterview))
        excerpt_of = self._pairs(str(JU.excerptOf))
        interviews, findings = typed["interview"], typed["finding"] | set(from_interview)
        withdrawn = {q.subject for q in self._said(str(JU.consent)) if q.object == _WITHDRAWN}
        marked: defaultdict[object, set[object]] = defaultdict(set)
        for quad in self._said(_MARKING.value):
            marked[quad.subject].add(quad.object)
        self._interviews = interviews - withdrawn
        self._open = {i for i in self._interviews if marked[i] and marked[i] <= _OPEN}
        sensitive = {thing for thing, said in marked.items() if _SENSITIVE in said} - self._interviews
        excerpts = (
            typed["excerpt"] | set(excerpt_of) | {v for q in self._pairs(str(JU.quotes)).values() for v in q}
        )
        selectors = {v for values in self._pairs(_OA + "hasSelector").values() for v in values}
        told_of = interviews | excerpts | selectors
        unknown = {
            q.subject
            for thing in told_of
            if isinstance(thing, ox.NamedNode)
            for q in dataset.referring(thing.value)
            if graph_of(q) in sources and not q.predicate.value.startswith(KNOWN)
        }
        gone = {f for f, rests in from_interview.items() if rests & withdrawn}
        self._hidden = withdrawn | excerpts | selectors | sensitive | gone | (unknown - interviews)
        self._findings = findings
        founded = set(self._pairs(str(JU.fromDataset))) | set(from_interview)
        self._wordless = {
            f for f in findings if not from_interview.get(f, set()) <= self._open or f not in founded
        }
        tests = self._pairs(str(JU.tests))
        self._wordless_tests = {
            t
            for t in typed["test"] | set(tests)
            if not tests.get(t) or tests[t] & self._wordless or tests[t] - findings
        }
        self._borne_out = self._supported()

    def kept(self, quad: ox.Quad) -> bool:
        """Whether a statement of a visible source is kept."""
        subject, value, property_ = quad.subject, quad.object, quad.predicate.value
        if property_ in _NEVER or property_.startswith(_OA):
            return False
        if not isinstance(subject, ox.NamedNode) or self._is_hidden(subject):
            return False
        if isinstance(value, ox.NamedNode):
            if self._is_hidden(value) or self._leads_nowhere(property_, value):
                return False
        elif not isinstance(value, ox.Literal):
            return False
        if property_ == BLOCKS.value:
            return (subject, value) in self._borne_out
        if subject in self._interviews:
            return property_ in (_OF_OPEN_INTERVIEW if subject in self._open else _OF_INTERVIEW) or (
                property_ == _LABEL and _plain(subject, value)
            )
        if subject in self._wordless:
            return property_ in _OF_FINDING
        if subject in self._findings:
            return property_ in _OF_FINDING or property_ in _WORDS
        return subject not in self._wordless_tests or property_ in _OF_TEST

    def judgements(self) -> Iterator[ox.Quad]:
        """Those on two things that are both visible, and what the graph of judgements says of itself."""
        name = judgements_of(self._dataset.base)
        judges: defaultdict[object, set[object]] = defaultdict(set)
        quads = list(self._dataset.quads_in(name))
        for quad in quads:
            if quad.predicate.value == str(JU.judges):
                judges[quad.subject].add(quad.object)
        seen = {j for j, things in judges.items() if all(self.shows(thing) for thing in things)}
        if not seen:
            return
        for quad in quads:
            revised = quad.predicate.value == str(PROV.wasRevisionOf) and quad.object not in seen
            if not revised and (quad.subject in seen or quad.subject == quad.graph_name):
                yield quad

    def shows(self, thing: object) -> bool:
        """Whether a thing is described, and not hidden."""
        return thing in self._described and not self._is_hidden(thing)

    def _is_hidden(self, thing: object) -> bool:
        if thing in self._hidden:
            return True
        if not isinstance(thing, ox.NamedNode):
            return False
        return any(ox.NamedNode(whole) in self._hidden for whole in wholes_of(thing.value))

    def _leads_nowhere(self, property_: str, value: ox.NamedNode) -> bool:
        """Whether no visible source describes what a statement points to."""
        if property_ == _FROM_INTERVIEW.value:
            return value not in self._interviews
        if not value.value.startswith(self._things) or property_ == _TYPE.value:
            return False
        return (
            value not in self._described
            and ox.NamedNode(value.value.partition("#")[0]) not in self._described
        )

    def _supported(self) -> set[tuple[object, object]]:
        """The barriers and programmes that visible findings join."""
        about, evidences = self._pairs(str(JU.about)), self._pairs(str(JU.evidences))
        for_it = {q.subject for q in self._said(str(JU.stance)) if q.object == SUPPORTS}
        return {
            (barrier, programme)
            for finding in for_it
            if not self._is_hidden(finding)
            for barrier in evidences.get(finding, ())
            for programme in about.get(finding, ())
        }

    def _said(self, property_: str) -> Iterator[ox.Quad]:
        """Where visible sources use a property."""
        return (quad for quad in self._dataset.quads_of(property_) if graph_of(quad) in self._sources)

    def _pairs(self, property_: str) -> dict[object, set[object]]:
        found: defaultdict[object, set[object]] = defaultdict(set)
        for quad in self._said(property_):
            found[quad.subject].add(quad.object)
        return dict(found)


_CLASSES = {
    ox.NamedNode(str(class_)): name
    for class_, name in (
        (JU.Interview, "interview"),
        (JU.Excerpt, "excerpt"),
        (JU.Finding, "finding"),
        (JU.EmergingFindingTest, "test"),
    )
}


def graph_of(quad: ox.Quad) -> str:
    """The name of the graph of a statement; nothing for the default graph."""
    return getattr(quad.graph_name, "value", "")


def _plain(interview: ox.NamedNode, label: object) -> bool:
    """Whether a label says no more than the id does."""
    return isinstance(label, ox.Literal) and label.value == f"Interview {interview.value.rsplit('/', 1)[-1]}"
