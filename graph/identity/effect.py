"""What a merge would do before it is made: how much changes in which sources, and what would not fit any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.identity.merging import moved
from graph.identity.record import judgements_of
from graph.ingest.shapes import around
from graph.ingest.tables.canonical import BY_SEGMENT
from graph.ingest.values import clean
from ontology.terms import SKOS

MOST_STATEMENTS = 100_000
"""Of more the shapes are not asked: the answer would take seconds."""
_LABEL = str(SKOS.prefLabel)


@dataclass(frozen=True)
class Effect:
    """What making one thing of two would do."""

    kept: str
    merged: str
    statements: int
    """How many speak of the one that is merged into the other, and would change."""
    sources: tuple[str, ...]
    """The files they come from."""
    warnings: tuple[str, ...]


def effect(dataset: Dataset, kept: str, merged: str) -> Effect:
    """The effect of a merge on what readers see now (Store.dataset); both are kept IRIs of that."""
    own = ox.NamedNode(judgements_of(dataset.base))
    found = {*dataset.about(merged), *dataset.referring(merged)}
    found = {quad for quad in found if quad.graph_name != own}
    into = {merged: kept}
    warnings = [*_twice(dataset, kept, merged), *_lost(dataset, found, into)]
    warnings += _misfits(dataset, found, into)
    sources = sorted({dataset.label(str(quad.graph_name)[1:-1]) for quad in found})
    return Effect(kept, merged, len(found), tuple(sources), tuple(warnings))


def _twice(dataset: Dataset, kept: str, merged: str) -> Iterator[str]:
    """Columns that hold one value, of which both have a different one."""
    segment = kept.removeprefix(f"{dataset.base}/id/").partition("/")[0]
    table = BY_SEGMENT.get(segment)
    for column in table.columns if table else ():
        if column.states and not column.many and not column.inverse and column.states != _LABEL:
            one, other = (_values(dataset, iri, column.states) for iri in (kept, merged))
            if one and other and one != other:
                shown = " and ".join(f"“{clean(v)[:80]}”" for v in sorted(one | other))
                yield f"{dataset.label(column.states).capitalize()} would have several values: {shown}."


def _lost(dataset: Dataset, found: Iterable[ox.Quad], into: dict[str, str]) -> Iterator[str]:
    """Statements between the two, which would tie the thing to itself."""
    tied: defaultdict[str, int] = defaultdict(int)
    for quad in found:
        if moved(quad, into) is None:
            tied[quad.predicate.value] += 1
    for predicate, number in sorted(tied.items()):
        label = dataset.label(predicate)
        yield f"One is tied to the other by “{label}” ({number}); of one thing that would not be said."


def _misfits(dataset: Dataset, found: set[ox.Quad], into: dict[str, str]) -> Iterator[str]:
    """The shapes that hold now and would not any more."""
    from ontology.validate import CannotValidate, validate  # slow to import

    (kept,) = into.values()
    near = {*found, *dataset.about(kept), *dataset.referring(kept)}
    near |= set(around(dataset, {quad.triple for quad in near}, frozenset()))
    if len(near) > MOST_STATEMENTS:
        yield "The shapes were not asked, as too much is said of the two: ask “joinedup validate” afterwards."
        return
    names = _values(dataset, kept, _LABEL)
    after = {q.triple for quad in near if (q := moved(quad, into, {kept: names})) is not None}
    try:
        before = {(f.shape, into.get(f.focus, f.focus)) for f in validate({q.triple for q in near})}
        for finding in validate(after):
            if (finding.shape, finding.focus) not in before:
                yield f"{dataset.label(finding.focus)}: {finding.message}"
    except CannotValidate as failure:
        yield str(failure)


def _values(dataset: Dataset, iri: str, predicate: str) -> set[str]:
    return {
        q.object.value
        for q in dataset.about(iri, predicate)
        if isinstance(q.object, ox.Literal | ox.NamedNode)
    }
