"""An RDF file as a source: what it says of which things, what follows, and what in it is not its to say.

All named graphs of a file become its one source graph. Blank nodes get IRIs: a part of a thing the thing's own, with
the file and the number of the part behind a #; any other one at the well-known address of RDF 1.1 (3.5). They are
numbered as they first come up in the file, so that the same file gives the same IRIs. Addresses are full, or
relative to what the file itself names; never relative to where it lies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from graph.bulk import Bulk
from graph.dataset import Dataset
from graph.errors import Issue
from graph.foreign import Problem, Progress, Unfit, line_of, read_rdf
from graph.ingest.following import BARE_NEVER, TABLE_OF, TYPE, following
from ontology.terms import JU, ONTOLOGY, PREFIXES, PROV, concept, concepts

_FROM = ox.NamedNode(str(PROV.wasDerivedFrom))
_MARKING = str(JU.marking)
_DELIVERS = str(JU.DeliveryPartner)
_OF_LOADING = {str(JU.Source), str(JU.Import), str(JU.Judgement)}
_PROGRAMS = "https://w3id.org/joinedup/program/"
_CATALOGUE = "https://w3id.org/joinedup/store"
_LINES_SOUGHT = 50
"""For so many issues of a file it is looked up in which line they begin."""

_Node = ox.NamedNode | ox.BlankNode
_Term = ox.NamedNode | ox.BlankNode | ox.Literal


@dataclass
class Described:
    """What an RDF file says."""

    path: Path
    graph: str
    base: str
    quads: list[ox.Quad] = field(default_factory=list)
    """In its source graph, with what follows; without short cuts of its own and without where things come from."""
    things: dict[str, str] = field(default_factory=dict)
    """The things of classes that tables have, with the table."""
    typed: set[str] = field(default_factory=set)
    """Everything of which it says what it is."""
    claims: list[tuple[str, str]] = field(default_factory=list)
    """Things, and what the file says that they come from."""
    bare: list[tuple[str, str, str]] = field(default_factory=list)
    """Short cuts that do not follow from this file."""
    judged: list[ox.Quad] = field(default_factory=list)
    """The judgements of this store's things that it holds a copy of, which are no part of its source graph."""
    marked: set[str] = field(default_factory=set)
    """How the sources are marked of which it holds a copy."""
    issues: list[Issue] = field(default_factory=list)
    _sought: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many things of each table it describes, and how many judgements came with it."""
        counts = Counter(self.things.values())
        counts["judgements"] = len({quad.subject for quad in self.judged})
        return dict(+counts)

    def issue(self, iri: str, reason: str, remedy: str = "", severity: str = "error") -> Issue:
        """What is wrong with a thing, with the line where it is first spoken of, where that is found."""
        line = None
        if self._sought < _LINES_SOUGHT:
            self._sought += 1
            line = line_of(self.path, iri)
        where = f" It begins in line {line}." if line else ""
        return Issue(self.path.name, f"{reason}{where}", remedy, value=f"<{iri}>", severity=severity)

    def dangling(self, known: Callable[[str], bool]) -> Iterator[Issue]:
        """An error for each address of this store at which nobody describes a thing."""
        own = f"{self.base}/id/"
        told: set[str] = set()
        for quad in self.quads:
            for term in (quad.subject, quad.object):
                if isinstance(term, ox.NamedNode) and term.value.startswith(own) and term.value not in told:
                    told.add(term.value)
                    whole = term.value.partition("#")[0]
                    if not (term.value in self.typed or whole in self.typed or known(whole)):
                        reason = "is an address of this store, and nobody says what is there."
                        yield self.issue(term.value, reason, "Describe it, or correct the address.")

    def unborne(self, dataset: Dataset, outside: Set[str], follows: Set[ox.Triple]) -> Iterator[Issue]:
        """An error for each short cut that follows from nothing in this load or in the store."""
        for subject, predicate, value in self.bare:
            triple = ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(value))
            if triple in follows:
                continue
            if not any(q.object == triple.object for q in dataset.about(subject, predicate, outside)):
                name = predicate.rsplit("#", 1)[-1]
                reason = f"is said to have ju:{name} <{value}>, a short cut that only {BARE_NEVER[predicate]} gives, and there is none."
                yield self.issue(subject, reason, "State that instead.")

    def too_open(self, marking: str) -> Iterator[Issue]:
        """An error where the file holds a copy of sources that fewer may see than are to see the file."""
        order = [concept("markings", code) for code in concepts("markings")]
        known = [order.index(marked) for marked in self.marked if marked in order]
        if known and max(known) > order.index(concept("markings", marking)):
            code = list(concepts("markings"))[max(known)]
            reason = f"holds statements of sources that are marked {code}, and would be marked {marking}."
            yield Issue(self.path.name, reason, f"Load it with --marking {code}.")

    def provenance(self, dataset: Dataset, outside: Set[str]) -> Iterator[ox.Quad]:
        """From where its things come: a row that it names, of a source that is not here or says the same; or the file.

        What it says of rows of other sources that do not say so themselves is left out, with a warning in the issues.
        """
        sources = f"{self.base}/id/source/"
        graph = ox.NamedNode(self.graph)
        placed: set[str] = set()
        false: list[str] = []
        for thing, origin in self.claims:
            source = origin.partition("#")[0]
            if origin.startswith(sources):
                if source in outside:  # itself, or a source of the same load, which says so on its own
                    continue
                if dataset.facts(source) and not _says(dataset, thing, origin, outside):
                    false.append(thing)
                    continue
            if "/id/source/" in origin:
                placed.add(thing)
            yield ox.Quad(ox.NamedNode(thing), _FROM, ox.NamedNode(origin), graph)
        for thing in self.things.keys() - placed:
            yield ox.Quad(ox.NamedNode(thing), _FROM, graph, graph)
        if false:
            reason = f"is said to come from a row of another source, which does not say so ({_many(len(false), 'thing')} like it)."
            self.issues.append(self.issue(false[0], reason, "That is left out.", "warning"))


def rdf_of(
    dataset: Dataset, files: Iterable[Described], graphs: Mapping[str, list[ox.Quad] | Bulk]
) -> list[Issue]:
    """Add what RDF files say to the graphs of a load, and tell what is wrong with that."""
    issues = []
    found = list(files)
    for described in found:
        described.issues.clear()  # they are told already
        own = graphs[described.graph]
        assert isinstance(own, list)  # only tables are read in bulk
        own.extend(described.quads)
        own.extend(described.provenance(dataset, graphs.keys()))
        issues += described.issues
    follows: set[ox.Triple] = set()
    if any(described.bare for described in found):
        every = (quad for quads in graphs.values() for quad in quads)
        follows.update(quad.triple for quad in every if quad.predicate.value in BARE_NEVER)
    for described in found:
        issues += described.unborne(dataset, graphs.keys(), follows)
    return issues


def describe(path: Path, form: ox.RdfFormat, base: str, graph: str, progress: Progress | None) -> Described:
    """What an RDF file says. What is wrong with it stands in the issues; nothing is raised."""
    found = Described(path, graph, base)
    problems: list[Problem] = []
    try:
        quads = list(read_rdf(path, form, problems, contexts=(f"{base}/context.jsonld",), progress=progress))
    except Unfit as bad:
        found.issues.append(Issue(path.name, bad.reason, bad.remedy))
        return found
    for problem in problems:
        if problem.subject.startswith("http"):
            found.issues.append(found.issue(problem.subject, problem.reason, problem.remedy))
        else:
            found.issues.append(
                Issue(path.name, problem.reason, problem.remedy, value=problem.subject or None)
            )
    kept, ignored = _apart(quads, found)
    if ignored:
        reason = (
            f"holds {_many(ignored, 'statement')} about how files were loaded, about the vocabulary or about the store, "
            "which are not its to make. They are left out."
        )
        found.issues.append(Issue(path.name, reason, severity="warning"))
    if not kept and not problems and not found.judged:
        found.issues.append(Issue(path.name, "holds nothing to load."))
    _sort_out(_with_iris(kept, base, graph), found)
    return found


def _apart(quads: list[ox.Quad], found: Described) -> tuple[list[ox.Quad], int]:
    """The statements that are the file's to make, and how many are not: those about sources, imports and our terms."""
    mechanics = {
        quad.subject
        for quad in quads
        if quad.predicate == TYPE and getattr(quad.object, "value", "") in _OF_LOADING
    }
    judgements = f"{found.base}/id/judgement/"
    loading = (f"{found.base}/id/source/", f"{found.base}/id/import/", judgements, _PROGRAMS, _CATALOGUE)
    ours = (*loading, *PREFIXES.values())
    store = {ox.NamedNode(ONTOLOGY), ox.NamedNode(_CATALOGUE)}
    its_own: dict[object, bool] = {}
    kept = []
    for quad in quads:
        subject = quad.subject
        if subject not in its_own:
            value = subject.value if isinstance(subject, ox.NamedNode) else ""
            its_own[subject] = not (subject in mechanics or value == ONTOLOGY or value.startswith(ours))
        if its_own[subject] and quad.graph_name not in store:
            kept.append(quad)
        elif subject in mechanics and _name(subject).startswith(judgements):
            found.judged.append(quad)
        elif quad.predicate.value == _MARKING and subject in mechanics:
            found.marked.add(getattr(quad.object, "value", ""))
    return kept, len(quads) - len(kept) - len(found.judged)


def _sort_out(quads: Iterable[ox.Quad], found: Described) -> None:
    """Put statements where they belong, and add what follows from them."""
    said = set(quads)
    follows = set(following(said))
    for quad in said:
        subject, predicate, value = _name(quad.subject), quad.predicate.value, quad.object
        if predicate in BARE_NEVER and isinstance(value, ox.NamedNode):
            if quad.triple not in follows:
                found.bare.append((subject, predicate, value.value))
            continue
        if quad.predicate == _FROM and isinstance(value, ox.NamedNode):
            found.claims.append((subject, value.value))
            continue
        found.quads.append(quad)
        if quad.predicate == TYPE and isinstance(value, ox.NamedNode) and value.value != _DELIVERS:
            found.typed.add(subject)
            if table := TABLE_OF.get(value.value):
                found.things[subject] = table
    graph = ox.NamedNode(found.graph)
    found.quads += {ox.Quad(t.subject, t.predicate, t.object, graph) for t in follows}.difference(found.quads)
    found.claims.sort()
    found.bare.sort()


def _with_iris(quads: list[ox.Quad], base: str, graph: str) -> Iterator[ox.Quad]:
    """The statements in their source graph, each blank node replaced by an IRI."""
    names = _names(quads, base, graph.rsplit("/", 1)[-1])
    name = ox.NamedNode(graph)
    for quad in quads:
        subject: _Node = names[quad.subject] if isinstance(quad.subject, ox.BlankNode) else quad.subject  # type: ignore[assignment]
        value: _Term = names[quad.object] if isinstance(quad.object, ox.BlankNode) else quad.object  # type: ignore[assignment]
        yield ox.Quad(subject, quad.predicate, value, name)


def _names(quads: Iterable[ox.Quad], base: str, file: str) -> Mapping[ox.BlankNode, ox.NamedNode]:
    """An IRI for each blank node: that of the first thing that it is a part of, however deep, and a number."""
    whole: dict[ox.BlankNode, object] = {}
    nodes: dict[ox.BlankNode, None] = {}
    for quad in quads:
        for term in (quad.subject, quad.object):
            if isinstance(term, ox.BlankNode):
                nodes.setdefault(term)
        if isinstance(quad.object, ox.BlankNode) and quad.object != quad.subject:
            whole.setdefault(quad.object, quad.subject)
    owners: dict[object, str] = {}

    def owner(node: ox.BlankNode) -> str:
        chain: dict[object, None] = {}
        at: object = node
        while isinstance(at, ox.BlankNode) and at not in owners and at not in chain:
            chain[at] = None
            at = whole.get(at)
        found = at.value if isinstance(at, ox.NamedNode) else owners.get(at, "")
        owners.update(dict.fromkeys(chain, found))
        return found

    numbers: Counter[str] = Counter()
    names = {}
    for node in nodes:
        thing = owner(node)
        numbers[thing] += 1
        ending = f"part-{file}-{numbers[thing]}"
        if not thing:
            iri = f"{base}/.well-known/genid/{file}-{numbers[thing]}"
        else:
            iri = f"{thing}.{ending}" if "#" in thing else f"{thing}#{ending}"
        names[node] = ox.NamedNode(iri)
    return names


def _name(term: object) -> str:
    """The IRI or the text of a term."""
    return str(getattr(term, "value", ""))


def _says(dataset: Dataset, thing: str, origin: str, outside: Set[str]) -> bool:
    return any(
        getattr(q.object, "value", "") == origin
        for q in dataset.about(thing, str(PROV.wasDerivedFrom), outside)
    )


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
