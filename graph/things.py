"""Things one by one and in lists: what a page, a JSON answer or a table shows of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest

from pyoxigraph import Literal

from graph.analysis import Thing
from graph.dataset import Dataset, named, once
from graph.errors import NotFound
from graph.evidence import Finding, later, short_cuts
from ontology.terms import DCTERMS, JU, PROV, RDF, SKOS


@dataclass(frozen=True)
class Value:
    """One value: something with a page of its own, or plain text (iri None)."""

    iri: str | None
    text: str


@dataclass(frozen=True)
class Fact:
    """One property and its values; backwards where the values are what refers to the thing."""

    property: Thing
    values: tuple[Value, ...]
    backwards: bool = False


@dataclass(frozen=True)
class Description:
    """Everything that is said of a thing, and what refers to it."""

    thing: Thing
    kinds: tuple[Thing, ...]
    facts: tuple[Fact, ...]
    sources: tuple[Value, ...]
    """The rows of files that the statements come from."""


@dataclass(frozen=True)
class Evidenced:
    """A finding with everything a reader needs to judge it."""

    finding: Finding
    barrier: Thing
    programme: Thing
    source: Thing
    organisation: Thing | None
    level: str
    role: str
    summary: str
    excerpt: str


def describe(dataset: Dataset, iri: str, as_of: date | None = None) -> Description:
    """Everything about a thing, and who led it on the day. Raises NotFound.

    as_of leaves out what refers to it and was not there yet, and what no finding of that day bears out.
    """
    outward: defaultdict[str, set[Value]] = defaultdict(set)
    inward: defaultdict[str, set[Value]] = defaultdict(set)
    for row in dataset.select("facts", thing=named(iri)):
        if "from" in row:
            inward[row["property"]].add(value_of(dataset, row["from"]))
        else:
            outward[row["property"]].add(value_of(dataset, row["value"]))
    types = outward.pop(str(RDF.type), set())
    if not outward:
        raise NotFound("There is nothing at this address.")
    for cut in short_cuts(dataset, as_of):
        outward[cut.property] = {value_of(dataset, o) for o in cut.onward.get(iri, ())}
        inward[cut.property] = {value_of(dataset, s) for s in cut.back.get(iri, ())}
    hidden = later(dataset, as_of)
    sources = outward.pop(str(PROV.wasDerivedFrom), set())
    label = Thing(iri, dataset.label(iri))
    outward.pop(str(SKOS.prefLabel), None)
    facts = [
        _fact(dataset, p, shown, backwards)
        for found, backwards in ((outward, False), (inward, True))
        for p, values in found.items()
        if (shown := [v for v in values if v.iri not in hidden])
    ]
    return Description(
        label,
        tuple(sorted((Thing(v.iri or "", v.text) for v in types), key=lambda t: t.label)),
        tuple(sorted(facts, key=lambda f: (f.backwards, f.property.label))),
        tuple(sorted(sources, key=lambda v: v.text)),
    )


def evidence_for(dataset: Dataset, findings: Iterable[Finding], most: int | None = None) -> list[Evidenced]:
    """Findings with the words and labels that a reader needs, worst first; of many only so many of the worst."""

    def called(iri: str) -> Thing:
        return Thing(iri, dataset.label(iri))

    def worst(f: Finding) -> tuple[int, str, str, str]:
        return -f.severity, f.barrier, f.programme, f.iri

    chosen = sorted(findings, key=worst) if most is None else nsmallest(most, findings, key=worst)
    every = _details(dataset) if most is None else {}
    out = []
    for f in chosen:
        words = every.get(f.iri, {}) if most is None else _said_in(dataset, f)
        out.append(
            Evidenced(
                f,
                called(f.barrier),
                called(f.programme),
                called(f.source),
                called(f.organisation) if f.organisation else None,
                dataset.label(f.level) if f.level else "",
                words.get("role", ""),
                words.get("summary", ""),
                words.get("excerpt", ""),
            )
        )
    return out


@once(2)
def _details(dataset: Dataset) -> Mapping[str, Mapping[str, str]]:
    """What exactly each finding says; of a few it is asked sooner one by one."""
    return {row["finding"]: row for row in dataset.select("details")}


def _said_in(dataset: Dataset, finding: Finding) -> dict[str, str]:
    """As `_details`, of one finding."""
    found: dict[str, str] = {}
    for thing in (finding.iri, finding.source) if finding.interview else (finding.iri,):
        for triple in dataset.describe(thing):
            if (name := _IN_WORDS.get((thing == finding.iri, triple.predicate.value))) and isinstance(
                triple.object, Literal
            ):
                found[name] = triple.object.value
    return found


_IN_WORDS = {
    (True, str(DCTERMS.description)): "summary",
    (True, str(JU.excerpt)): "excerpt",
    (False, str(JU.intervieweeRole)): "role",
}


def _fact(dataset: Dataset, predicate: str, values: Iterable[Value], backwards: bool) -> Fact:
    return Fact(
        Thing(predicate, dataset.label(predicate)), tuple(sorted(values, key=lambda v: v.text)), backwards
    )


def value_of(dataset: Dataset, term: str) -> Value:
    """A value as it stands in an answer: what has a label or an address is a thing, all else is text."""
    if re.match(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+$", term) and (term.startswith(("http://", "https://"))):
        return Value(term, label_of(dataset, term))
    return Value(None, term)


def label_of(dataset: Dataset, iri: str) -> str:
    """What a reader is shown for an IRI: its label, the row of a file that it is, or itself where it is not ours."""
    source, _, fragment = iri.partition("#")
    if "/id/source/" in source and fragment:
        return f"{dataset.label(source)}, {fragment.replace('=', ' ').replace('&', ', ')}"
    if iri in dataset.labels or dataset.base in iri or "w3id.org/joinedup" in iri:
        return dataset.label(iri)
    return iri
