"""The shapes: a well-kept graph passes, and for each shape a graph with one thing wrong is caught in its own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import OWL, RDF, SH

from graph.dataset import Dataset
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import PREFIXES, turtle
from ontology.validate import SHAPES, ShapeFinding, validate

Loaded = Callable[..., Dataset]
ID = Namespace("https://joinedup.example/id/")

WELL_KEPT = {
    "organisations": "id,name,kind,parent\ndea,Department,ministerial-department,\nagency,Agency,executive-agency,dea\n",
    "programmes": "id,name,lead\nskills,Skills,dea\nhomes,Homes,dea\n",
    "statuses": "programme,assessed_on,rating\nskills,2013-09-30,amber\n",
    "dependencies": "dependent,provider,kind\nskills,homes,data\n",
    "ties": "between,and,kind,from,until\nskills,homes,joint-board,2014-01-01,2014-02-01\n",
    "deep_dives": "id,name,question,quarter,programmes\nd1,Dive,Why?,2014-Q1,skills\n",
    "interviews": "id,held_on,level,organisation,role,deep_dive,marking\ni1,2014-01-20,front-line,agency,tutor,d1,sensitive\n"
    "i2,2014-01-21,centre,dea,official,d1,official\ni3,2014-01-22,minister,dea,adviser,d1,official\n",
    "datasets": "id,name\ndata,Starts\n",
    "barriers": "id,name,type,held_by,identified_on,removed_on\nlate,Late data,poor-data,dea,2014-01-20,2014-06-01\n",
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\nf1,skills,late,supports,4,i1,,They wait\nf2,skills,late,disputes,2,,data,They do not\n",
    "recommendations": "id,name,barriers,addressed_to\nr1,Do it,late,dea\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status,completed_on\na1,Done,r1,dea,2014-03-01,2014-06-01,done,2014-05-01\n",
}

# For each shape: what is done to the well-kept graph, and the thing that is then caught.
WRONG: dict[str, tuple[str, str]] = {
    "Label": ("DELETE WHERE { <programme/skills> skos:prefLabel ?o }", "programme/skills"),
    "SourceRow": ("DELETE WHERE { <finding/f1> prov:wasDerivedFrom ?o }", "finding/f1"),
    "Period": (
        'INSERT DATA { <programme/skills> ju:from "2014-02-01"^^xsd:date ; ju:until "2014-01-01"^^xsd:date }',
        "programme/skills",
    ),
    "OrganisationHierarchy": (
        "INSERT DATA { <organisation/dea> org:subOrganizationOf <organisation/agency> }",
        "organisation/agency",
    ),
    "ProgrammeLead": (
        "DELETE { ?p ju:role ?r } INSERT { ?p ju:role c:participation-roles\\/delivers } "
        "WHERE { ?p ju:inProgramme <programme/homes> ; ju:role ?r }",
        "programme/homes",
    ),
    "ProgrammeOfSeveral": ("INSERT DATA { <programme/skills> ju:ledBy <organisation/agency> }", "programme/skills"),
    "ParticipationProgramme": (
        "DELETE WHERE { <participation/skills--dea--lead> ju:inProgramme ?o }",
        "participation/skills--dea--lead",
    ),
    "ParticipationOrganisation": (
        "INSERT DATA { <participation/skills--dea--lead> ju:participant <organisation/agency> }",
        "participation/skills--dea--lead",
    ),
    "ParticipationRole": (
        "INSERT DATA { <participation/skills--dea--lead> ju:role c:levels\\/local }",
        "participation/skills--dea--lead",
    ),
    "StatusProgramme": ("DELETE WHERE { <status/skills--2013-09-30> ju:assesses ?o }", "status/skills--2013-09-30"),
    "StatusDay": (
        'INSERT DATA { <status/skills--2013-09-30> ju:assessedOn "2014-09-30"^^xsd:date }',
        "status/skills--2013-09-30",
    ),
    "StatusOutcome": (
        'INSERT DATA { <status/skills--2013-09-30> ju:withheldReason "Exempt" }',
        "status/skills--2013-09-30",
    ),
    "StatusRating": (
        "DELETE { ?s ju:rating ?r } INSERT { ?s ju:rating <concept/purple> } WHERE { ?s ju:rating ?r }",
        "status/skills--2013-09-30",
    ),
    "DependencyOnItself": (
        "DELETE { ?d ju:provider ?p } INSERT { ?d ju:provider <programme/skills> } WHERE { ?d ju:provider ?p }",
        "dependency/skills--homes--data",
    ),
    "DependencyEnds": ("DELETE WHERE { ?d ju:dependent ?p }", "dependency/skills--homes--data"),
    "TieEnds": ("DELETE WHERE { ?t ju:between <programme/homes> }", "tie/skills--homes--joint-board--2014-01-01"),
    "DeepDiveQuestions": ('INSERT DATA { <deep-dive/d1> ju:question "Who?" , "When?" }', "deep-dive/d1"),
    "DeepDiveQuarter": ("DELETE WHERE { ?d ju:quarter ?q }", "deep-dive/d1"),
    "DeepDiveLevels": ("DELETE WHERE { <interview/i2> ju:inDeepDive ?d }", "deep-dive/d1"),
    "InterviewDay": (
        'DELETE { ?i ju:heldOn ?d } INSERT { ?i ju:heldOn "spring" } WHERE { BIND (<interview/i1> AS ?i) ?i ju:heldOn ?d }',
        "interview/i1",
    ),
    "InterviewLevel": ("DELETE WHERE { <interview/i1> ju:level ?l }", "interview/i1"),
    "InterviewMarking": ("DELETE WHERE { <interview/i1> ju:marking ?m }", "interview/i1"),
    "ContactDetails": ('INSERT DATA { <finding/f1> ju:excerpt "Ring (020) 7946 0958." }', "finding/f1"),
    "FindingProgramme": ("DELETE WHERE { <finding/f2> ju:about ?p }", "finding/f2"),
    "FindingBarrier": ("INSERT DATA { <finding/f2> ju:evidences <programme/homes> }", "finding/f2"),
    "FindingStance": ("INSERT DATA { <finding/f1> ju:stance c:stances\\/disputes }", "finding/f1"),
    "FindingSeverity": (
        "DELETE { ?f ju:severity ?s } INSERT { ?f ju:severity 6 } WHERE { BIND (<finding/f1> AS ?f) ?f ju:severity ?s }",
        "finding/f1",
    ),
    "FindingSource": ("INSERT DATA { <finding/f1> ju:fromDataset <dataset/data> }", "finding/f1"),
    "BarrierBlocks": ("INSERT DATA { <barrier/late> ju:blocks <programme/homes> }", "barrier/late"),
    "BarrierEvidence": ("DELETE WHERE { ?f ju:evidences ?b }", "barrier/late"),
    "BarrierLever": ("DELETE WHERE { ?b ju:heldBy ?o }", "barrier/late"),
    "BarrierRecommendation": ("DELETE WHERE { ?r ju:addresses ?b }", "barrier/late"),
    "BarrierDays": (
        'DELETE { ?b ju:removedOn ?d } INSERT { ?b ju:removedOn "2013-01-01"^^xsd:date } WHERE { ?b ju:removedOn ?d }',
        "barrier/late",
    ),
    "RecommendationBarrier": ("DELETE WHERE { ?r ju:addresses ?b }", "recommendation/r1"),
    "RecommendationAddressee": ("DELETE WHERE { ?r ju:addressedTo ?o }", "recommendation/r1"),
    "RecommendationAction": ("DELETE WHERE { ?a ju:carriesOut ?r }", "recommendation/r1"),
    "ActionOwner": ("INSERT DATA { <action/a1> ju:owner <organisation/agency> }", "action/a1"),
    "ActionDue": ("DELETE WHERE { ?a ju:due ?d }", "action/a1"),
    "ActionDone": ("DELETE WHERE { ?a ju:completedOn ?d }", "action/a1"),
    "ActionDays": (
        'DELETE { ?a ju:agreedOn ?d } INSERT { ?a ju:agreedOn "2015-01-01"^^xsd:date } WHERE { ?a ju:agreedOn ?d }',
        "action/a1",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(data=turtle("shapes"), format="turtle")


@pytest.fixture(scope="module")
def well_kept(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    folder = tmp_path_factory.mktemp("well-kept")
    for name, text in WELL_KEPT.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    store = open_store("memory")
    load(store, [folder])
    triples = "".join(f"{quad.triple} .\n" for quad in store.dataset().backup_quads())
    return Graph().parse(data=triples, format="nt")


def checking(shapes: Graph) -> set[URIRef]:
    """The shapes that have targets; the others only serve them."""
    return {s for s in shapes.subjects() if isinstance(s, URIRef) and set(shapes.objects(s, None)) and (
        (s, SH.targetClass, None) in shapes or (s, SH.targetSubjectsOf, None) in shapes
    )}  # fmt: skip


def test_a_well_kept_graph_has_nothing_wrong(well_kept: Graph) -> None:
    assert validate(well_kept) == []


def test_there_is_a_bad_graph_for_every_shape(shapes: Graph) -> None:
    assert {str(shape).removeprefix(str(SHAPES)) for shape in checking(shapes)} == set(WRONG)


def test_every_shape_has_one_sentence_of_its_own_and_a_severity(shapes: Graph) -> None:
    messages = []
    for shape in checking(shapes):
        (message,) = shapes.objects(shape, SH.message)
        (severity,) = shapes.objects(shape, SH.severity)
        assert severity in (SH.Violation, SH.Warning, SH.Info)
        assert str(message).endswith(".")
        assert not set(str(message)) & set(":_<>{}"), message
        messages.append(str(message))
    assert len(set(messages)) == len(messages) >= 35


def test_a_shape_is_written_in_core_unless_only_a_query_can_say_it(shapes: Graph) -> None:
    assert {str(s).removeprefix(str(SHAPES)) for s in shapes.subjects(SH.sparql)} == {
        "OrganisationHierarchy",
        "BarrierBlocks",
    }


def test_shapes_only_name_terms_that_exist(shapes: Graph) -> None:
    vocabulary = (
        Graph().parse(data=turtle("joinedup"), format="turtle").parse(data=turtle("schemes"), format="turtle")
    )
    defined = set(map(str, vocabulary.subjects()))
    own = ("https://w3id.org/joinedup/ontology#", "https://w3id.org/joinedup/concept/")
    used = {str(term) for triple in shapes for term in triple if str(term).startswith(own)}
    assert len(used) > 30
    assert used <= defined
    assert (URIRef("https://w3id.org/joinedup/shapes"), RDF.type, OWL.Ontology) in shapes


@pytest.mark.parametrize("shape", sorted(WRONG))
def test_one_thing_wrong_is_caught_by_its_shape_in_its_words(
    well_kept: Graph, shapes: Graph, shape: str
) -> None:
    update, focus = WRONG[shape]
    graph = Graph() + well_kept
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    graph.update(f"BASE <{ID}> {update}")
    assert len(set(graph) ^ set(well_kept)) > 0, "the update changed nothing"
    severity = str(shapes.value(SHAPES[shape], SH.severity)).removeprefix(str(SH))
    expected = ShapeFinding(shape, severity, str(ID[focus]), str(shapes.value(SHAPES[shape], SH.message)))
    assert [
        finding for finding in validate(graph) if finding.shape == shape and finding.focus == expected.focus
    ] == [expected]


def test_findings_come_worst_first(well_kept: Graph) -> None:
    graph = Graph() + well_kept
    graph.update(
        f"BASE <{ID}> PREFIX ju: <{PREFIXES['ju']}> DELETE WHERE {{ ?r ju:addresses ?b ; ju:addressedTo ?o }}"
    )
    assert [finding.severity for finding in validate(graph)] == ["Violation", "Warning", "Info"]


def test_the_example_has_no_violation_and_the_gaps_its_readme_tells_of(example: Dataset) -> None:
    found = validate(quad.triple for quad in example.backup_quads())
    assert {finding.severity for finding in found} == {"Warning", "Info"}
    by_shape = {
        name: sorted(f.focus.rsplit("/", 1)[1] for f in found if f.shape == name)
        for name in {f.shape for f in found}
    }
    assert len(by_shape.pop("BarrierRecommendation")) == 7
    assert by_shape == {
        "ProgrammeOfSeveral": ["help-to-buy", "rural-community-broadband-fund"],
        "RecommendationAddressee": ["valuation-limit"],
        "RecommendationAction": ["valuation-limit", "you-said-we-did"],
    }


def test_an_empty_graph_has_nothing_wrong() -> None:
    assert validate([]) == []
    assert validate(Graph()) == []


def test_published_tables_have_no_violation(real: Path) -> None:
    store = open_store("memory")
    load(store, [real / "gmpp" / "uk_2021.csv"], mapping="gmpp")
    found = validate(quad.triple for quad in store.dataset().backup_quads())
    assert {(f.severity, f.shape) for f in found} == {("Warning", "ProgrammeOfSeveral")}
