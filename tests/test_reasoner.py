"""The vocabulary under a reasoner: HermiT finds no contradiction in it, and does find one that is put there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rdflib import OWL, RDF, XSD, Graph, URIRef

from graph.dataset import Dataset
from ontology.terms import JU, turtle

owlready2 = pytest.importorskip("owlready2", reason="owlready2 is not installed")
pytestmark = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs java, which is not installed"
)


def reasoned(graph: Graph, folder: Path) -> list[str]:
    """The classes that can have no member. Raises OwlReadyInconsistentOntologyError."""
    without_dates = Graph()
    for s, p, o in graph:
        # HermiT knows no xsd:date.
        if XSD.date not in (o, getattr(o, "datatype", None)):
            without_dates.add((s, p, o))
    path = folder / "graph.nt"
    without_dates.serialize(path, format="nt", encoding="utf-8")
    world = owlready2.World()
    ontology = world.get_ontology(path.as_uri()).load(only_local=True)
    with ontology:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    return [c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing]


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
    assert reasoned(everything, tmp_path) == []


def test_an_interview_that_is_also_a_finding_is_found_inconsistent(everything: Graph, tmp_path: Path) -> None:
    everything.add((next(everything.subjects(RDF.type, JU.Interview)), RDF.type, JU.Finding))
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reasoned(everything, tmp_path)


def test_a_class_that_can_have_no_member_is_found(tmp_path: Path) -> None:
    graph = Graph().parse(data=turtle("joinedup"), format="turtle")
    broken = URIRef("https://example.org/Broken")
    graph.add((broken, RDF.type, OWL.Class))
    for above in (JU.Interview, JU.Finding):
        graph.add((broken, URIRef("http://www.w3.org/2000/01/rdf-schema#subClassOf"), above))
    assert reasoned(graph, tmp_path) == [str(broken)]
