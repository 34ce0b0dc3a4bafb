"""The vocabulary under a reasoner: HermiT finds no contradiction in it, and does find one that is put there."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from graph.dataset import Dataset
from ontology.terms import JU, ORG, turtle

EXAMPLE = "https://example.org/"
owlready2 = pytest.importorskip("owlready2", reason="owlready2 is not installed")
pytestmark = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs java, which is not installed"
)


def reasoned(graph: Graph, folder: Path) -> owlready2.World:
    """What follows from a graph. Raises OwlReadyInconsistentOntologyError."""
    path = folder / "graph.nt"
    prepared(graph).serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    ontology = world.get_ontology(path.as_uri()).load(only_local=True)
    with ontology:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    return world


def prepared(graph: Graph) -> Graph:
    """The graph as OWL 2 DL wants it.

    HermiT knows no xsd:date, so a day stands as its first moment. It takes a reused class or property that nobody
    declares for a datatype or an annotation, so each is declared as what the vocabulary uses it for.
    """
    found = Graph()
    for s, p, o in graph:
        if isinstance(o, Literal) and o.datatype == XSD.date:
            o = Literal(f"{o}T00:00:00", datatype=XSD.dateTime)
        found.add((s, p, XSD.dateTime if o == XSD.date else o))
    for term in graph.subjects(RDF.type, OWL.ObjectProperty):
        for end in (RDFS.domain, RDFS.range):
            declare(found, graph.objects(term, end), OWL.Class)
        declare(found, graph.objects(term, RDFS.subPropertyOf), OWL.ObjectProperty)
    for term in graph.subjects(RDF.type, OWL.DatatypeProperty):
        declare(found, graph.objects(term, RDFS.domain), OWL.Class)
    for term in graph.subjects(RDF.type, OWL.Class):
        declare(found, graph.objects(term, RDFS.subClassOf), OWL.Class)
    return found


def declare(graph: Graph, terms: Iterable[Node], kind: URIRef) -> None:
    for term in terms:
        if not isinstance(term, BNode):
            graph.add((term, RDF.type, kind))


def impossible(world: owlready2.World) -> list[str]:
    """The classes that can have no member."""
    return [c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing]


def vocabulary_and(*said: tuple[URIRef, URIRef, Node]) -> Graph:
    graph = Graph().parse(data=turtle("joinedup"), format="turtle")
    for statement in said:
        graph.add(statement)
    return graph


@pytest.fixture
def everything(example: Dataset) -> Graph:
    """The vocabulary, the lists, and a golden graph: the first two things of each of four kinds of the example."""
    graph = (
        Graph().parse(data=turtle("joinedup"), format="turtle").parse(data=turtle("schemes"), format="turtle")
    )
    for kind in (JU.Programme, JU.Interview, JU.Finding, JU.Barrier):
        for thing in sorted(
            {q.subject.value for q in example.referring(str(kind)) if "/id/" in q.subject.value}
        )[:2]:
            lines = "".join(f"{triple} .\n" for triple in example.describe(thing))
            graph.parse(data=lines, format="nt")
    return graph


def test_the_vocabulary_is_consistent_and_every_class_can_have_a_member(
    everything: Graph, tmp_path: Path
) -> None:
    assert len(list(everything.subjects(RDF.type, JU.Finding))) == 2
    assert impossible(reasoned(everything, tmp_path)) == []


def test_an_interview_that_is_also_a_finding_is_found_inconsistent(everything: Graph, tmp_path: Path) -> None:
    everything.add((next(everything.subjects(RDF.type, JU.Interview)), RDF.type, JU.Finding))
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reasoned(everything, tmp_path)


def test_a_class_that_can_have_no_member_is_found(tmp_path: Path) -> None:
    broken = URIRef(EXAMPLE + "Broken")
    graph = vocabulary_and(
        (broken, RDF.type, OWL.Class),
        (broken, RDFS.subClassOf, JU.Interview),
        (broken, RDFS.subClassOf, JU.Finding),
    )
    assert impossible(reasoned(graph, tmp_path)) == [str(broken)]


@pytest.mark.parametrize(
    "kind", [JU.Phase, JU.StatusAssessment, None], ids=["phase", "assessment", "neither"]
)
def test_a_planned_start_is_of_a_phase_or_of_a_status_assessment(kind: URIRef | None, tmp_path: Path) -> None:
    thing = URIRef(EXAMPLE + "thing")
    graph = vocabulary_and(
        (thing, RDF.type, OWL.NamedIndividual),
        (thing, JU.plannedStart, Literal("2014-01-06", datatype=XSD.date)),
    )
    if kind is not None:
        graph.add((thing, RDF.type, kind))
    assert impossible(reasoned(graph, tmp_path)) == []


def test_nothing_is_both_a_phase_and_a_status_assessment(tmp_path: Path) -> None:
    thing = URIRef(EXAMPLE + "thing")
    graph = vocabulary_and(
        (thing, JU.plannedStart, Literal("2014-01-06", datatype=XSD.date)),
        (thing, RDF.type, JU.Phase),
        (thing, RDF.type, JU.StatusAssessment),
    )
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reasoned(graph, tmp_path)


def test_a_planned_start_that_is_no_day_is_found_inconsistent(tmp_path: Path) -> None:
    thing = URIRef(EXAMPLE + "thing")
    graph = vocabulary_and((thing, RDF.type, JU.Phase), (thing, JU.plannedStart, Literal("soon")))
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reasoned(graph, tmp_path)


def test_who_delivers_a_programme_is_a_delivery_partner_and_who_leads_one_is_not(tmp_path: Path) -> None:
    programme, college, department = (URIRef(EXAMPLE + n) for n in ("programme", "college", "department"))
    graph = vocabulary_and(
        (programme, RDF.type, JU.Programme),
        (college, RDF.type, ORG.Organization),
        (department, RDF.type, JU.Department),
        (programme, JU.deliveredBy, college),
        (programme, JU.ledBy, department),
    )
    world = reasoned(graph, tmp_path)
    partner = world[str(JU.DeliveryPartner)]
    assert partner in world[str(college)].is_a
    assert partner not in world[str(department)].is_a
