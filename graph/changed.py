"""What becomes of each source with one change of a store, for the store itself and as an engine elsewhere is told it."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import pyoxigraph as ox

from graph.bulk import Bulk, bulk_load, difference
from graph.union import holds
from ontology.terms import RDF, XSD

NODE = "urn:joinedup:node:"
"""Begins the address that stands for a blank node, which has no name that two graphs share (RDF 1.1 Concepts, 3.5)."""
_MANY = 25_000
_PLAIN = {
    str(XSD.string): r"(?![A-Za-z][A-Za-z0-9+.-]*:\S*$).*",
    str(RDF.langString): ".*",
    str(XSD.boolean): "true|false",
    str(XSD.integer): r"0|-?[1-9]\d{0,8}",
    str(XSD.decimal): r"-?\d{1,9}\.\d{1,5}",
    str(XSD.date): r"\d{4}-\d\d-\d\d",
    str(XSD.dateTime): r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?",
}
"""How literals look that an update leaves as they are. Virtuoso 7 makes 3 of the decimal 3, cuts moments and long numbers,
and takes a text that is also an address, and new to it, for the address."""


@dataclass(frozen=True)
class Change:
    """What becomes of one source: statements that go and come, of those that were there; or all that it is to say."""

    removed: Set[ox.Quad] = frozenset()
    added: Set[ox.Quad] = frozenset()
    before: Callable[[], Iterable[ox.Quad]] = tuple
    whole: Iterable[ox.Quad] | None = None

    def after(self) -> Iterable[ox.Quad]:
        """All that the source says then."""
        if self.whole is not None:
            return self.whole
        return chain((quad for quad in self.before() if quad not in self.removed), self.added)


def replaced(
    truth: ox.Store, graphs: Mapping[str, Iterable[ox.Quad]], *, whole_nodes: bool
) -> tuple[set[ox.Quad], set[ox.Quad], dict[str, Bulk]]:
    """The statements to remove and to add so that each graph holds just these, and those that are many and all new.

    whole_nodes: whether blank nodes must keep their names, which they do not where they are loaded in bulk.
    """
    removed: set[ox.Quad] = set()
    added: set[ox.Quad] = set()
    fresh: dict[str, Bulk] = {}
    for name, quads in graphs.items():
        if isinstance(quads, Bulk) and not (whole_nodes and quads.has_nodes()):
            if not holds(truth, ox.NamedNode(name)):
                fresh[name] = quads
                continue
            gone, come = difference(truth, name, quads)
        else:
            old, new = set(truth.quads_for_pattern(None, None, None, ox.NamedNode(name))), set(quads)
            gone, come = old - new, new - old
        removed |= gone
        added |= come
    return removed, added, fresh


def changes_of(
    truth: ox.Store, removed: Set[ox.Quad], added: Set[ox.Quad], fresh: Mapping[str, Bulk]
) -> dict[str, Change]:
    """What becomes of each source of a database, by its name: of what it does hold, and does not hold yet."""
    gone = {quad for quad in removed if quad in truth}
    with as_stored(added) as stored:
        come = set(stored)
    sets: defaultdict[str, tuple[set[ox.Quad], set[ox.Quad]]] = defaultdict(lambda: (set(), set()))
    for place, quads in enumerate((gone - come, {quad for quad in come if quad not in truth})):
        for quad in quads:
            sets[str(quad.graph_name)[1:-1]][place].add(quad)
    parts = {name: Change(*part, _source(truth, name)) for name, part in sets.items()}
    return parts | {name: Change(whole=bulk) for name, bulk in fresh.items()}


def everything(truth: ox.Store, held: Iterable[str]) -> dict[str, Change]:
    """Every source of a database, and none of the other ones that an engine holds."""
    said = {str(name)[1:-1] for name in truth.named_graphs()}
    return {name: Change(whole=_source(truth, name)()) for name in sorted(said | set(held))}


@contextmanager
def as_stored(quads: Iterable[ox.Quad]) -> Iterator[Iterable[ox.Quad]]:
    """Statements as a database gives them back: each once, with its numbers and days in the one way to write them."""
    if isinstance(quads, Bulk) and quads.count > _MANY:
        with tempfile.TemporaryDirectory(prefix="joinedup-") as folder:
            made = ox.Store(folder)
            bulk_load(made, quads.pieces())
            yield made
            del made
    else:
        held = ox.Store()
        held.extend(quads)
        yield held


def _source(truth: ox.Store, name: str) -> Callable[[], Iterable[ox.Quad]]:
    return lambda: truth.quads_for_pattern(None, None, None, ox.NamedNode(name))


def shared(triple: ox.Triple) -> ox.Triple:
    """A statement as the engine is told it: blank nodes have an address there."""
    subject, value = (
        ox.NamedNode(NODE + term.value) if isinstance(term, ox.BlankNode) else term
        for term in (triple.subject, triple.object)
    )
    return ox.Triple(subject, triple.predicate, value)  # type: ignore[arg-type]


def is_plain(quad: ox.Quad) -> bool:
    """Whether a statement stays what it is in the text of an update, whichever engine carries it out."""
    term = quad.object
    if not isinstance(term, ox.Literal):
        return True
    form = _PLAIN.get(term.datatype.value)
    return form is not None and re.fullmatch(form, term.value, re.DOTALL) is not None


def own(quad: ox.Quad) -> ox.Quad:
    """A statement of the engine as a store has it."""
    subject, value = (
        ox.BlankNode(term.value.removeprefix(NODE))
        if isinstance(term, ox.NamedNode) and term.value.startswith(NODE)
        else term
        for term in (quad.subject, quad.object)
    )
    return ox.Quad(subject, quad.predicate, value, quad.graph_name)  # type: ignore[arg-type]
