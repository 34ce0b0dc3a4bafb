"""Validation: all that is wrong with files, or with a store, grouped and counted, with nothing loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from graph.errors import Issue, JoinedupError, LoadRefused
from graph.ingest.load import check_rows, judgements_in, reader
from graph.ingest.shapes import around, things
from graph.store import Store
from ontology.terms import PROV, SKOS
from ontology.validate import CannotValidate, targets, validate


@dataclass(frozen=True)
class Thing:
    """A thing that does not fit a shape."""

    iri: str
    label: str
    row: str
    """The rows it was read from, as file#row=n; empty where it does not say."""


@dataclass(frozen=True)
class Group:
    """The things that do not fit one shape."""

    severity: str
    message: str
    things: list[Thing]
    of: int
    """How many things the shape looked at."""


@dataclass
class Validation:
    """What was found."""

    issues: list[Issue] = field(default_factory=list)
    """What loading would say of the rows."""
    groups: list[Group] = field(default_factory=list)
    """What the shapes say, worst first."""
    things: int = 0
    """How many things the shapes looked at."""
    not_run: str = ""
    """Why the shapes were not run on the files; empty where they were."""

    @property
    def conforms(self) -> bool:
        """Whether there is neither a mistake in a row nor a violation."""
        return not (
            any(issue.severity == "error" for issue in self.issues)
            or any(group.severity == "Violation" for group in self.groups)
        )


def validate_store(store: Store) -> Validation:
    """What the shapes say of all that is in the store."""
    dataset = store.dataset()
    return _shaped(Validation(), {quad.triple for quad in dataset.backup_quads()}, None, dataset.label)


def validate_files(store: Store, paths: Sequence[Path], mapping: str | None = None) -> Validation:
    """What loading these files into the store would say, and the shapes. Raises NotFound."""
    dataset = store.loaded()
    try:
        sources = reader(store, paths, mapping)()
        graphs, issues = check_rows(dataset, store.base, sources, "sensitive")
        judgements_in(dataset, sources)
    except LoadRefused as refused:
        reason = "The shapes are run once the files have no errors."
        return Validation(issues=refused.issues, not_run=reason)
    new = {quad.triple for quads in graphs.values() for quad in quads}
    near = {quad.triple for quad in around(dataset, new, set(graphs))}
    return _shaped(Validation(issues=issues), new | near, things(new), dataset.label)


def _shaped(
    validation: Validation, statements: Set[ox.Triple], only: Set[str] | None, known: Callable[[str], str]
) -> Validation:
    try:
        found = validate(statements)
    except CannotValidate as failure:
        raise JoinedupError(str(failure)) from None
    looked_at = {shape: foci if only is None else foci & only for shape, foci in targets(statements).items()}
    labels = _values(statements, str(SKOS.prefLabel))
    rows = _values(statements, str(PROV.wasDerivedFrom))
    by_shape: dict[str, list[Thing]] = {}
    heads: dict[str, tuple[str, str]] = {}
    for finding in found:
        if only is None or finding.focus in only:
            label = next(iter(labels.get(finding.focus, ())), "") or known(finding.focus)
            row = ", ".join(r.rsplit("/", 1)[-1] for r in rows.get(finding.focus, ()))
            by_shape.setdefault(finding.shape, []).append(Thing(finding.focus, label, row))
            heads[finding.shape] = (finding.severity, finding.message)
    validation.groups = [
        Group(*heads[shape], affected, len(looked_at[shape])) for shape, affected in by_shape.items()
    ]
    validation.things = len(set[str]().union(*looked_at.values()))
    return validation


def _values(statements: Iterable[ox.Triple], predicate: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for triple in statements:
        if triple.predicate.value == predicate and not isinstance(triple.object, ox.Triple):
            found.setdefault(str(getattr(triple.subject, "value", "")), []).append(triple.object.value)
    return {subject: sorted(values) for subject, values in found.items()}
