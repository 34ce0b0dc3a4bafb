"""What is said of a thing as statements, short or full, with the label of everything that it names."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.things import label_of
from ontology.terms import RDFS, SKOS

_LABEL = ox.NamedNode(str(RDFS.label))
_LABELS = frozenset({str(RDFS.label), str(SKOS.prefLabel)})


def statements(dataset: Dataset, iri: str, *, full: bool = False) -> list[ox.Triple]:
    """What is said of a thing; full: and what refers to it. Empty where nothing is said of it. Raises NotFound for no IRI.

    The labels come from the labels of the whole version, which one query reads once: none is looked up for itself.
    """
    said = dataset.describe(iri)
    if not said:
        return []
    if full:
        said = sorted({*said, *(quad.triple for quad in dataset.referring(iri))}, key=str)
    return [*said, *_labels(dataset, said)]


def _labels(dataset: Dataset, said: Iterable[ox.Triple]) -> list[ox.Triple]:
    """A label of each thing and term that is named and does not say its own."""
    said = list(said)
    labelled = {triple.subject for triple in said if triple.predicate.value in _LABELS}
    terms = {
        term for t in said for term in (t.subject, t.predicate, t.object) if isinstance(term, ox.NamedNode)
    }
    found = [(term, label_of(dataset, term.value)) for term in terms - labelled]
    triples = [
        ox.Triple(term, _LABEL, ox.Literal(label)) for term, label in found if label and label != term.value
    ]
    return sorted(triples, key=str)
