"""The shapes at the door: what a load would make of the store, seen where the load touches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import pyoxigraph as ox

from graph.bulk import how_many
from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.files import Source
from graph.ingest.rows import Place
from ontology.terms import JU, ORG, PROV, RDF

MOST_STATEMENTS = 500_000
"""Above it a load does not run the shapes. Measured there: 15 s for the shapes, 17 s for the rest, 1.7 GB at most."""
_CHECK_LATER = "Ask “joinedup validate” of the store afterwards, with the same --store."
_SAID_OF_ROWS = {"BarrierEvidence"}
MAY_FOLLOW = {"ProgrammeLead"}
"""What a later load may bring: a list of programmes comes before the table of who leads them. A warning until then."""
_LET_PASS = {"Period", "PlannedDays", "BarrierDays", "ActionDays"}
"""What a row of a lenient mapping may get wrong with a warning, which the row has then already."""


ASKED_OF_REFERRING = {
    str(JU.evidences): (str(JU.about), str(JU.stance)),
    str(JU.inProgramme): (str(JU.role),),
    str(JU.inDeepDive): (str(JU.level),),
}
"""What a shape asks of that which refers to a thing, by the property with which it does. A thing may have thousands."""


def check_shapes(
    dataset: Dataset, sources: Sequence[Source], graphs: Mapping[str, Iterable[ox.Quad]]
) -> tuple[list[Issue], list[str]]:
    """The violations (errors) and warnings of what is loaded, at their rows, and a note where nothing was checked."""
    # The engine is slow to import, and only a load that is whole needs it.
    from ontology.validate import CannotValidate, validate

    count = sum(map(how_many, graphs.values()))
    if count > MOST_STATEMENTS:
        return [], [f"The shapes were not run: {_more_than(count)} {_CHECK_LATER}"]
    new = {quad.triple for quads in graphs.values() for quad in quads}
    statements = set(new)
    for quad in around(dataset, new, set(graphs)):
        statements.add(quad.triple)
        if len(statements) > MOST_STATEMENTS:
            return [], [f"The shapes were not run: with what it refers to, {_more_than(None)} {_CHECK_LATER}"]
    try:
        found = validate(statements)
    except CannotValidate as failure:
        return [], [f"{failure} {_CHECK_LATER}"]
    own = things(new)
    at = Places(sources, graphs)
    issues = []
    for finding in found:
        if finding.severity == "Info" or finding.focus not in own or finding.shape in _SAID_OF_ROWS:
            continue
        if not (finding.shape in _LET_PASS and at.lenient(finding.focus)):
            refuses = finding.severity == "Violation" and finding.shape not in MAY_FOLLOW
            severity = "error" if refuses else "warning"
            issues.append(at.issue(finding.focus, dataset.label(finding.focus), finding.message, severity))
    return issues, []


def _more_than(count: int | None) -> str:
    held = f"the load holds {count:,} statements," if count else "it holds"
    return f"{held} more than {MOST_STATEMENTS:,}{'' if count else ' statements'}."


def things(statements: Iterable[ox.Triple]) -> set[str]:
    """The IRIs of what is spoken of."""
    return {t.subject.value for t in statements if isinstance(t.subject, ox.NamedNode)}


def around(dataset: Dataset, new: Iterable[ox.Triple], outside: Set[str]) -> Iterator[ox.Quad]:
    """What the store says, without the graphs that are replaced, that a shape may ask of a thing in new statements.

    That is all about the thing, what refers to it and with what role, level, stance and end, what kind of thing it refers
    to and with what consent, and the organisations above it. Of other things it says too little to judge them.
    """
    named = things(new)
    referred = {t.object.value for t in new if isinstance(t.object, ox.NamedNode)}
    for iri in sorted(named):
        for quad in dataset.about(iri, outside=outside):
            yield quad
            if isinstance(quad.object, ox.NamedNode):
                referred.add(quad.object.value)
        for quad in dataset.referring(iri, outside=outside):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value not in named:
                yield quad
                for property_ in ASKED_OF_REFERRING.get(quad.predicate.value, ()):
                    yield from dataset.about(quad.subject.value, property_, outside)
    part_of = str(ORG.subOrganizationOf)
    seen = set(named)
    while referred := referred - seen:
        seen |= referred
        above = set()
        for iri in sorted(referred):
            yield from dataset.about(iri, str(RDF.type), outside)
            yield from dataset.about(iri, str(JU.consent), outside)
            for quad in dataset.about(iri, part_of, outside):
                yield quad
                if isinstance(quad.object, ox.NamedNode):
                    above.add(quad.object.value)
        referred = above


class Places:
    """The rows of a load that a thing was read from, through its prov:wasDerivedFrom."""

    def __init__(self, sources: Sequence[Source], graphs: Mapping[str, Iterable[ox.Quad]]):
        rows = {
            f"{source.graph}#{place.fragment}": (source, place)
            for source in sources
            for place in source.reading.places
        }
        files = {source.graph: source for source in sources}
        self._rows: dict[str, list[tuple[Source, Place]]] = {}
        self._files: dict[str, Source] = {}
        for graph, quads in graphs.items():
            for quad in quads:
                if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                    self._files.setdefault(quad.subject.value, files[graph])
                    if quad.predicate.value == str(PROV.wasDerivedFrom) and quad.object.value in rows:
                        self._rows.setdefault(quad.subject.value, []).append(rows[quad.object.value])

    def lenient(self, iri: str) -> bool:
        """Whether a row of it was read through a lenient mapping."""
        return any(source.reading.lenient for source, _ in self._rows.get(iri, ()))

    def issue(self, iri: str, label: str, message: str, severity: str) -> Issue:
        """What is wrong with a thing, at its first row, with its other rows named."""
        places = [place for _, place in self._rows.get(iri, ())]
        if not places:
            if described := self._files[iri].described:
                return described.issue(iri, message, severity=severity)
            return Issue(self._files[iri].path.name, message, value=label, severity=severity)
        others = "; ".join(place.issue(None, None, "").place for place in places[1:])
        remedy = f"It is also in {others}." if others else ""
        return places[0].issue(None, None, message, remedy, severity)
