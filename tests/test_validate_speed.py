"""The shapes on much data and on hostile data: within the time that was promised, and to an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import SH

from ontology import validate as module
from ontology.setwise import Pattern, Ring, setwise
from ontology.terms import JU, ORG, RDF, RDFS, SKOS, turtle
from ontology.validate import SHAPES, CannotValidate, validate

LONGEST = 30
"""Seconds in which 100,000 triples must be validated, by the issue that asked for it."""


@pytest.fixture
def shapes() -> Graph:
    return Graph().parse(data=turtle("shapes"), format="turtle")


def triple(subject: str, predicate: str, value: str | ox.Literal) -> ox.Triple:
    end = value if isinstance(value, ox.Literal) else ox.NamedNode(value)
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(str(predicate)), end)


def test_the_stated_bar_100_000_triples_are_validated_within_30_seconds(
    benchmark: Callable[[str], ModuleType],
) -> None:
    generate = benchmark("generate")
    programmes = 520
    good = generate.statements(programmes)
    spoilt, wrong = generate.spoil(good, programmes, every=10)
    assert len(good) >= 100_000 <= len(spoilt)
    started = time.perf_counter()
    found = validate(spoilt)
    assert time.perf_counter() - started < LONGEST
    assert len(wrong) == 520
    assert {(finding.shape, finding.focus) for finding in found} == wrong
    assert len(found) == len(wrong)


def test_the_shapes_that_would_be_slow_are_asked_of_all_things_at_once(shapes: Graph) -> None:
    matched = {
        s for s, forbidden in shapes.subject_objects(SH["not"]) if (forbidden, SH.pattern, None) in shapes
    }
    slow = {*matched, *shapes.subjects(SH.sparql)} - {SHAPES["BarrierBlocks"]}
    assert {type(setwise(shapes, shape)) for shape in slow if isinstance(shape, URIRef)} == {Ring, Pattern}


@pytest.mark.parametrize("ring", [False, True])
def test_fifty_thousand_levels_of_organisations_come_to_an_end(ring: bool) -> None:
    count = 50_000
    above = [
        triple(f"http://o/{n}", ORG.subOrganizationOf, f"http://o/{(n + 1) % count if ring else n + 1}")
        for n in range(count)
    ]
    started = time.perf_counter()
    found = validate(above)
    assert time.perf_counter() - started < LONGEST
    assert len(found) == (count if ring else 0)
    assert {finding.shape for finding in found} <= {"OrganisationHierarchy"}


def test_fifty_thousand_levels_of_classes_come_to_an_end() -> None:
    below = [triple(f"http://c/{n}", RDFS.subClassOf, f"http://c/{n + 1}") for n in range(50_000)]
    top = triple("http://c/50000", RDFS.subClassOf, str(JU.Programme))
    started = time.perf_counter()
    found = validate([*below, top, triple("http://p", RDF.type, "http://c/0")])
    assert time.perf_counter() - started < LONGEST
    assert {finding.focus for finding in found} == {"http://p"}
    assert "Label" in {finding.shape for finding in found}


@pytest.mark.parametrize(
    "text", ["a" * 3_000_000, "a@" * 1_000_000, "+1" + " ()1" * 500_000, '\x00\ufffe\U0001f600\\"\n\r@']
)
def test_long_and_odd_texts_come_to_an_end(text: str) -> None:
    finding = "http://f/1"
    started = time.perf_counter()
    found = validate(
        [
            triple(finding, RDF.type, str(JU.Finding)),
            triple(finding, JU.excerpt, ox.Literal(text)),
            triple(finding, SKOS.prefLabel, ox.Literal("Ring 020 7946 0958")),
        ]
    )
    assert time.perf_counter() - started < LONGEST
    assert [f.focus for f in found if f.shape == "ContactDetails"] == [finding]


def test_shapes_among_the_statements_change_nothing() -> None:
    sh = "http://www.w3.org/ns/shacl#"
    barrier = triple("http://b/1", RDF.type, str(JU.Barrier))
    own = [
        triple(str(module.SHAPES["Label"]), sh + "deactivated", ox.Literal(True)),
        triple("http://s/1", RDF.type, sh + "NodeShape"),
        triple("http://s/1", sh + "targetClass", str(JU.Barrier)),
        triple("http://s/1", sh + "minCount", ox.Literal("many")),
    ]
    assert validate([barrier, *own]) == validate([barrier]) != []


def test_statements_that_the_engine_cannot_read_are_an_error_in_a_sentence() -> None:
    inner = triple("http://a", "http://b", "http://c")
    with pytest.raises(CannotValidate, match="The shapes cannot be run"):
        validate([ox.Triple(ox.NamedNode("http://a"), ox.NamedNode("http://b"), inner)])
