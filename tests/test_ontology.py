"""The vocabulary: that its parts agree with each other, and that it says something about everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, ORG, OWL, PROV, RDF, RDFS, SKOS, TIME, XSD
from rdflib.term import Node

from ontology.terms import CONCEPT, JU, ONTOLOGY, PREFIXES, concept, concepts, jsonld_context, turtle

OWN = ONTOLOGY + "#"
CLOSED = {"org": ORG, "prov": PROV, "skos": SKOS, "dcterms": DCTERMS, "time": TIME}
OA = "http://www.w3.org/ns/oa#"
ANNOTATION = [
    "SpecificResource",
    "TextPositionSelector",
    "TextQuoteSelector",
    "hasSource",
    "hasSelector",
    "start",
    "end",
    "exact",
]
"""Terms of the W3C Web Annotation Vocabulary, of which rdflib has no list."""
ELSEWHERE = (
    "http://www.w3.org/ns/dcat#",
    OA,
    str(XSD),
    str(RDFS),
    str(OWL),
    str(RDF),
    "http://purl.org/vocab/vann/",
)


@pytest.fixture(scope="module")
def vocabulary() -> Graph:
    return Graph().parse(data=turtle("joinedup"), format="turtle")


@pytest.fixture(scope="module")
def schemes() -> Graph:
    return Graph().parse(data=turtle("schemes"), format="turtle")


def defined(vocabulary: Graph) -> set[str]:
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    found = {str(term) for kind in kinds for term in vocabulary.subjects(RDF.type, kind)}
    return {term for term in found if term.startswith(OWN)}


def properties(vocabulary: Graph, kind: URIRef) -> set[str]:
    return {
        str(term).removeprefix(OWN)
        for term in vocabulary.subjects(RDF.type, kind)
        if str(term).startswith(OWN)
    }


def declared() -> set[str]:
    return {*(name for name in JU.__annotations__ if not name.startswith("_")), *JU._extras}


def test_names_in_python_are_exactly_the_terms_of_the_turtle_file(vocabulary: Graph) -> None:
    assert {term.removeprefix(OWN) for term in defined(vocabulary)} == declared()


def test_a_term_that_does_not_exist_cannot_be_named() -> None:
    assert str(JU.blocks) == OWN + "blocks"
    assert str(JU["from"]) == OWN + "from"
    with pytest.raises(AttributeError):
        _ = JU.bloks


def test_every_own_term_used_anywhere_is_defined(vocabulary: Graph, schemes: Graph) -> None:
    used = {
        str(t)
        for graph in (vocabulary, schemes)
        for triple in graph
        for t in triple
        if str(t).startswith(OWN)
    }
    assert used - {OWN} <= defined(vocabulary)


def test_every_own_term_has_one_label_one_comment_and_one_example_in_english(vocabulary: Graph) -> None:
    for term in defined(vocabulary):
        for says in (RDFS.label, RDFS.comment, SKOS.example):
            texts = list(vocabulary.objects(URIRef(term), says))
            assert len(texts) == 1, f"{term} {says}"
            assert isinstance(texts[0], Literal)
            assert texts[0].language == "en", term
        assert str(vocabulary.value(URIRef(term), RDFS.comment)).endswith("."), term


def test_no_two_own_terms_have_the_same_label(vocabulary: Graph) -> None:
    labels = [str(vocabulary.value(URIRef(term), RDFS.label)) for term in defined(vocabulary)]
    assert sorted({label for label in labels if labels.count(label) > 1}) == []


@pytest.mark.parametrize(
    "link", [RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf], ids=lambda t: t.fragment
)
def test_everything_a_definition_points_at_exists(vocabulary: Graph, link: URIRef) -> None:
    targets = {str(t) for found in vocabulary.objects(None, link) for t in members(vocabulary, found)}
    assert targets
    for target in targets:
        if target.startswith(OWN):
            assert target in defined(vocabulary)
        else:
            assert target.startswith((*map(str, CLOSED.values()), *ELSEWHERE)), target


def members(vocabulary: Graph, node: Node) -> Iterator[Node]:
    """The node; of a union, which is the only blank node that a definition may point at, its members."""
    if isinstance(node, BNode):
        union = vocabulary.value(node, OWL.unionOf)
        assert union is not None
        yield from Collection(vocabulary, union)
    else:
        yield node


def test_every_class_that_is_a_kind_of_a_reused_one_says_why_that_fits(vocabulary: Graph) -> None:
    reused = {
        (term, above)
        for link in (RDFS.subClassOf, RDFS.subPropertyOf)
        for term, above in vocabulary.subject_objects(link)
        if str(term).startswith(OWN) and not str(above).startswith(OWN)
    }
    assert len(reused) > 30
    for term, above in reused:
        notes = list(vocabulary.objects(term, SKOS.scopeNote))
        assert [getattr(note, "language", None) for note in notes] == ["en"], (term, above)


def test_a_deprecated_term_names_a_replacement_that_is_there(vocabulary: Graph) -> None:
    found = deprecated(vocabulary)
    assert found
    for term in found:
        replacements = {str(r) for r in vocabulary.objects(term, DCTERMS.isReplacedBy)}
        assert replacements
        assert replacements <= defined(vocabulary) - {str(old) for old in found}
        assert vocabulary.value(term, SKOS.changeNote)


def test_only_a_deprecated_term_is_replaced(vocabulary: Graph) -> None:
    assert set(vocabulary.subjects(DCTERMS.isReplacedBy)) == deprecated(vocabulary)


def test_nothing_uses_a_deprecated_term(vocabulary: Graph) -> None:
    root = Path(__file__).parents[1]
    packages = [root / name for name in ("ontology", "graph", "visualisations", "api")]
    files = [root / "ontology" / "shapes.ttl", root / "ontology" / "schemes.ttl"]
    files += [f for package in packages for f in package.rglob("*.rq")]
    files += [f for package in packages for f in package.rglob("*.py") if f.name != "terms.py"]
    assert len(files) > 50
    names = "|".join(str(term).removeprefix(OWN) for term in deprecated(vocabulary))
    use = re.compile(rf"\b(ju:|JU\.)({names})\b")
    assert [f.name for f in files if use.search(f.read_text(encoding="utf-8"))] == []


def deprecated(vocabulary: Graph) -> set[Node]:
    return set(vocabulary.subjects(OWL.deprecated, Literal(True)))


def test_the_version_is_said_the_same_everywhere(vocabulary: Graph) -> None:
    this = URIRef(ONTOLOGY)
    version = str(vocabulary.value(this, OWL.versionInfo))
    assert str(vocabulary.value(this, OWL.versionIRI)) == f"{ONTOLOGY}/{version}"
    notes = [str(note).partition(":")[0] for note in vocabulary.objects(this, SKOS.changeNote)]
    assert len(notes) == len(set(notes)) and version in notes
    earlier = str(vocabulary.value(this, OWL.priorVersion)).removeprefix(f"{ONTOLOGY}/")
    assert earlier in notes and earlier != version


def test_every_property_says_what_its_value_is_and_datatypes_are_datatypes(vocabulary: Graph) -> None:
    for name in properties(vocabulary, OWL.DatatypeProperty):
        assert str(vocabulary.value(URIRef(OWN + name), RDFS.range)).startswith(str(XSD)), name
    for name in properties(vocabulary, OWL.ObjectProperty):
        assert not str(vocabulary.value(URIRef(OWN + name), RDFS.range)).startswith(str(XSD)), name


def test_every_reused_term_exists_in_the_standard_it_comes_from(vocabulary: Graph, schemes: Graph) -> None:
    terms = {
        t for graph in (vocabulary, schemes) for triple in graph for t in triple if isinstance(t, URIRef)
    }
    checked = 0
    for term in terms:
        for namespace in CLOSED.values():
            if str(term).startswith(str(namespace)):
                assert term in namespace, f"{term} is no term of {namespace}"
                checked += 1
        if str(term).startswith(OA):
            assert str(term).removeprefix(OA) in ANNOTATION, term
    assert checked > 20


def test_classes_are_not_at_once_activities_and_entities(vocabulary: Graph) -> None:
    activities = set(vocabulary.subjects(RDFS.subClassOf, PROV.Activity))
    entities = set(vocabulary.subjects(RDFS.subClassOf, PROV.Entity))
    assert activities
    assert not activities & entities


@pytest.mark.parametrize(
    ("scheme", "codes"),
    [
        (
            "pitfalls",
            "unclear-purpose customer-needs provider-market silos new-initiatives poor-data unclear-marketing",
        ),
        ("factors", "management-information organisational-silos commercial-understanding communications"),
        ("principles", "policy-stage real-time-data customer-first front-line communication"),
        ("levels", "minister centre region local front-line service-user"),
        ("participation-roles", "lead co-owner funder delivers regulates"),
        ("rating-5", "green amber-green amber amber-red red"),
        ("rating-3", "green amber red"),
        ("stances", "supports disputes"),
        ("markings", "public official sensitive"),
        ("action-statuses", "open done dropped"),
        (
            "activities",
            "advice campaigns training work-places casework care supervision grants loans building recruitment rules measuring systems",
        ),
    ],
)
def test_a_scheme_holds_its_concepts_in_order(scheme: str, codes: str) -> None:
    assert list(concepts(scheme)) == codes.split()


def test_every_concept_is_labelled_defined_numbered_and_in_its_scheme(schemes: Graph) -> None:
    for scheme in schemes.subjects(RDF.type, SKOS.ConceptScheme):
        name = str(scheme).removeprefix(str(CONCEPT))
        members = list(schemes.subjects(SKOS.inScheme, scheme))
        assert {concept(name, code) for code in concepts(name)} == set(map(str, members))
        assert sorted(int(str(schemes.value(m, JU.position))) for m in members) == list(
            range(1, len(members) + 1)
        )
        for member in members:
            assert len(list(schemes.objects(member, SKOS.prefLabel))) == 1, member
            assert schemes.value(member, SKOS.definition), member
            assert str(member) == concept(name, str(schemes.value(member, SKOS.notation)))


def test_pitfalls_are_matched_to_the_four_factors(schemes: Graph) -> None:
    matched = {
        str(a).rsplit("/", 1)[1]: str(b).rsplit("/", 1)[1]
        for a, b in schemes.subject_objects(SKOS.broadMatch)
    }
    assert matched == {
        "provider-market": "commercial-understanding",
        "silos": "organisational-silos",
        "poor-data": "management-information",
        "unclear-marketing": "communications",
    }


def test_a_scheme_that_is_not_shipped_is_an_error() -> None:
    with pytest.raises(KeyError):
        concepts("moods")


def own_context() -> dict[str, object]:
    return {
        name: meaning
        for name, meaning in jsonld_context().items()
        if (
            meaning if isinstance(meaning, str) else meaning["@id"] if isinstance(meaning, dict) else ""
        ).startswith("ju:")
    }


def test_the_jsonld_context_holds_every_own_term_under_its_own_name(vocabulary: Graph) -> None:
    named = {
        name: str(meaning if isinstance(meaning, str) else meaning["@id"])  # type: ignore[index]
        for name, meaning in own_context().items()
    }
    assert named == {name: f"ju:{name}" for name in declared()}


def test_the_jsonld_context_types_links_dates_and_numbers_as_the_vocabulary_does(vocabulary: Graph) -> None:
    context = jsonld_context()
    for name in properties(vocabulary, OWL.ObjectProperty):
        assert context[name] == {"@id": f"ju:{name}", "@type": "@id"}
    for name in properties(vocabulary, OWL.DatatypeProperty):
        kind = str(vocabulary.value(URIRef(OWN + name), RDFS.range)).removeprefix(str(XSD))
        typed = {"@id": f"ju:{name}"} if kind == "string" else {"@id": f"ju:{name}", "@type": f"xsd:{kind}"}
        assert context[name] == typed, name


def test_the_jsonld_context_has_the_prefixes_that_queries_have() -> None:
    assert {name: context for name, context in jsonld_context().items() if name in PREFIXES} == PREFIXES


def test_a_thing_survives_the_way_through_jsonld_without_a_connection() -> None:
    thing = "https://joinedup.example/id/finding/f1"
    turtle_text = f"""
        @prefix ju: <{OWN}> . @prefix skos: <{SKOS}> . @prefix dcterms: <{DCTERMS}> . @prefix xsd: <{XSD}> .
        @prefix org: <{ORG}> . @prefix prov: <{PROV}> .
        <{thing}> a ju:Finding ; skos:prefLabel "Tutors turn people away" ; dcterms:description "So they said" ;
            ju:about <https://joinedup.example/id/programme/p> ; ju:severity 4 ;
            ju:stance <{concept("stances", "supports")}> ;
            prov:wasDerivedFrom <https://joinedup.example/id/source/a#row=2> , <https://joinedup.example/id/source/b#row=3> .
        <https://joinedup.example/id/interview/i1> a ju:Interview ; ju:heldOn "2014-01-20"^^xsd:date .
        <https://joinedup.example/id/organisation/o> a org:Organization ; ju:from "2014-01-01"^^xsd:date ;
            org:subOrganizationOf <https://joinedup.example/id/organisation/d> ; skos:altLabel "O" .
        <https://joinedup.example/id/status/s> a ju:StatusAssessment ; ju:wholeLifeCost 26.19 .
    """
    before = Graph().parse(data=turtle_text, format="turtle")
    document = json.loads(before.serialize(format="json-ld", context=jsonld_context(), auto_compact=False))
    finding = next(node for node in document["@graph"] if node["id"] == thing)
    assert finding["type"] == "Finding"
    assert finding["label"] == "Tutors turn people away"
    assert finding["about"] == "https://joinedup.example/id/programme/p"
    assert len(finding["derivedFrom"]) == 2
    after = Graph().parse(data=json.dumps(document), format="json-ld")
    assert set(after) == set(before)
