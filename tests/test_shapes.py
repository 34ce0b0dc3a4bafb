"""The shapes: a well-kept graph passes, and for each shape a graph with one thing wrong is caught in its own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, SH

from graph.dataset import Dataset
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import PREFIXES, turtle
from ontology.validate import SHAPES, ShapeFinding, validate

Loaded = Callable[..., Dataset]
ID = "https://joinedup.example/id/"

WELL_KEPT = {
    "organisations": "id,name,kind,parent\ndea,Department,ministerial-department,\nagency,Agency,executive-agency,dea\nold,Old Department,ministerial-department,\n",
    "changes": "id,before,after,kind,on\nc1,old,dea,renamed,2010-05-12\n",
    "areas": "id,name\nnorth,The North\n",
    "beneficiaries": "id,name\nadults,Adults out of work\n",
    "outcomes": "id,name\nwork,More adults in work\n",
    "programmes": "id,name,lead,outcomes,beneficiaries,activities,areas\nskills,Skills,dea,work,adults,training,north\nhomes,Homes,dea,,,,\n",
    "participations": "programme,organisation,role,share\nskills,agency,delivers,0.5\n",
    "statuses": "programme,assessed_on,rating,assessor,whole_life_cost\nskills,2013-09-30,amber,dea,120.5\n",
    "commitments": "id,name,organisation,made_on,programmes\ncourses,A course for everybody,dea,2013-03-20,skills\n",
    "milestones": "id,name,programme,due,commitment\nm1,Rooms in every town,homes,2014-08-01,courses\n",
    "milestone_reports": "milestone,reported_on,status,expected_on\nm1,2014-03-31,at-risk,2014-10-01\n",
    "measurements": "programme,indicator,measured_on,value,unit,dataset,area\nskills,Courses started,2013-12-31,9200,courses,data,north\n",
    "trajectories": "programme,indicator,due,value,unit\nskills,Courses started,2014-12-31,20000,courses\n",
    "dependencies": "dependent,provider,kind,milestone\nskills,homes,data,m1\n",
    "ties": "between,and,kind,from,until\nskills,homes,joint-board,2014-01-01,2014-02-01\n",
    "deep_dives": "id,name,question,quarter,programmes\nd1,Dive,Why?,2014-Q1,skills\n",
    "phases": "deep_dive,phase,planned_start,planned_end,from,until\nd1,fieldwork,2014-01-20,2014-01-31,2014-01-20,2014-02-05\n",
    "buy_ins": "deep_dive,organisation,state,from\nd1,agency,bought-in,2014-01-13\n",
    "visits": "id,held_on,deep_dive,organisations,joint_with,area\nv1,2014-01-20,d1,agency,dea,north\n",
    "interviews": "id,held_on,level,organisation,role,deep_dive,visit,area,consent,marking\ni1,2014-01-20,front-line,agency,tutor,d1,v1,north,given,sensitive\n"
    "i2,2014-01-21,centre,dea,official,d1,,,given,official\ni3,2014-01-22,minister,dea,adviser,d1,,,given,official\n",
    "excerpts": "id,interview,words,start,end,codes,aim\nx1,i1,They wait for weeks,9,28,slow,work\n",
    "datasets": "id,name\ndata,Starts\n",
    "schemes": "id,name\nown,Own list\n",
    "concepts": "id,name,scheme,case_of\nslow,Slow,own,poor-data\n",
    "barriers": "id,name,type,held_by,identified_on,removed_on\nlate,Late data,poor-data;slow,dea,2014-01-20,2014-06-01\n",
    "findings": "id,programme,barrier,stance,severity,link,interview,dataset,summary,quotes\nf1,skills,late,supports,4,delivery,i1,,They wait,x1\nf2,skills,late,disputes,2,,,data,They do not,\n",
    "tests": "finding,organisation,tested_on,result\nf1,dea,2014-02-17,accepted\n",
    "levers": "id,name,holder,barriers,told_on\nsend,Sending it sooner,dea,late,2014-02-24\n",
    "recommendations": "id,name,barriers,findings,addressed_to\nr1,Do it,late,f1,dea\n",
    "actions": "id,name,recommendation,owner,agreed_on,due,status,completed_on\na1,Done,r1,dea,2014-03-01,2014-06-01,done,2014-05-01\n",
    "follow_ups": "action,on,status\na1,2014-06-16,done\n",
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
    "AreaHierarchy": (
        "INSERT DATA { <area/north> dcterms:isPartOf <area/coast> . <area/coast> dcterms:isPartOf <area/north> }",
        "area/north",
    ),
    "ConceptHierarchy": ("INSERT DATA { <concept/slow> skos:broader <concept/slow> }", "concept/slow"),
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
    "DeepDiveQuarter": ("DELETE WHERE { ?d ju:onAgenda ?q }", "deep-dive/d1"),
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
    "OrganisationKind": (
        "INSERT DATA { <organisation/dea> ju:organisationKind c:levels\\/local }",
        "organisation/dea",
    ),
    "ProgrammeCategory": ('INSERT DATA { <programme/skills> ju:category "Roads" , "Rails" }', "programme/skills"),
    "ProgrammeOrganisations": ("INSERT DATA { <programme/skills> ju:fundedBy <barrier/late> }", "programme/skills"),
    "ProgrammeDelivery": ("DELETE WHERE { ?o a ju:DeliveryPartner }", "programme/skills"),
    "StatusAssessor": (
        "DELETE { ?s ju:assessedBy ?o } INSERT { ?s ju:assessedBy <programme/homes> } WHERE { ?s ju:assessedBy ?o }",
        "status/skills--2013-09-30",
    ),
    "StatusMoney": ("INSERT DATA { <status/skills--2013-09-30> ju:wholeLifeCost 99.5 }", "status/skills--2013-09-30"),
    "RecommendationFinding": ("DELETE WHERE { ?r ju:restsOn ?f }", "recommendation/r1"),
    "DayIsADay": ('INSERT DATA { <lever/send> ju:holderToldOn "2014-02-31"^^xsd:date }', "lever/send"),
    "ChangeEnds": ("DELETE WHERE { ?c org:originalOrganization ?o }", "change/c1"),
    "ChangeKind": ("INSERT DATA { <change/c1> ju:changeKind c:levels\\/local }", "change/c1"),
    "ChangeResult": ("DELETE WHERE { ?c org:resultingOrganization ?o }", "change/c1"),
    "ParticipationShare": (
        "DELETE { ?p ju:share ?s } INSERT { ?p ju:share 1.5 } WHERE { ?p ju:share ?s }",
        "participation/skills--agency--delivers",
    ),
    "CommitmentMaker": ("DELETE WHERE { ?c ju:committedBy ?o }", "commitment/courses"),
    "CommitmentProgramme": ("DELETE WHERE { ?c ju:realisedBy ?p }", "commitment/courses"),
    "MilestoneProgramme": ("INSERT DATA { <milestone/m1> ju:milestoneOf <programme/skills> }", "milestone/m1"),
    "MilestoneDue": (
        'DELETE { ?m ju:due ?d } INSERT { ?m ju:due "2014-08-32"^^xsd:date } WHERE { ?m a ju:Milestone ; ju:due ?d }',
        "milestone/m1",
    ),
    "MilestoneReported": ("DELETE WHERE { ?r ju:milestoneStatus ?s }", "milestone-report/m1--2014-03-31"),
    "Figure": (
        "DELETE WHERE { <trajectory/skills--courses-started--2014-12-31> ju:unit ?u }",
        "trajectory/skills--courses-started--2014-12-31",
    ),
    "MeasurementDataset": (
        "DELETE WHERE { ?m ju:measuredIn ?d }",
        "measurement/skills--courses-started--2013-12-31--north",
    ),
    "QuarterDays": ("DELETE { ?q ju:until ?d } WHERE { ?q a ju:AgendaQuarter ; ju:until ?d }", "quarter/2014-Q1"),
    "PhaseOfDive": ("DELETE WHERE { ?p ju:phaseOf ?d }", "phase/d1--fieldwork"),
    "PlannedDays": (
        'DELETE { ?p ju:plannedEnd ?d } INSERT { ?p ju:plannedEnd "2014-01-19"^^xsd:date } WHERE { ?p ju:plannedEnd ?d }',
        "phase/d1--fieldwork",
    ),
    "BuyInOfWhom": ("DELETE WHERE { ?b ju:stakeholder ?o }", "buy-in/d1--agency--2014-01-13"),
    "VisitDay": ("DELETE WHERE { <visit/v1> ju:heldOn ?d }", "visit/v1"),
    "LevelInScheme": (
        "DELETE { <interview/i1> ju:level ?l } INSERT { <interview/i1> ju:level c:stances\\/supports } "
        "WHERE { <interview/i1> ju:level ?l }",
        "interview/i1",
    ),
    "ConsentWithdrawn": (
        "DELETE { ?i ju:consent ?c } INSERT { ?i ju:consent c:consents\\/withdrawn } WHERE { ?i ju:consent ?c }",
        "finding/f1",
    ),
    "InterviewConsent": ("DELETE WHERE { <interview/i2> ju:consent ?c }", "interview/i2"),
    "SourceMarking": (
        "DELETE { ?s ju:marking ?m } WHERE { ?s a ju:Source ; ju:marking ?m }",
        "source/well-kept-findings.csv",
    ),
    "SourceImport": ("DELETE WHERE { ?s prov:wasGeneratedBy ?i }", "source/well-kept-findings.csv"),
    "ExcerptInterview": ("DELETE WHERE { ?x ju:excerptOf ?i }", "excerpt/x1"),
    "ExcerptCode": ("INSERT DATA { <excerpt/x1> ju:codedAs <barrier/late> }", "excerpt/x1"),
    "ExcerptAim": ("INSERT DATA { <excerpt/x1> ju:putsIntoWords <barrier/late> }", "excerpt/x1"),
    "ProgrammeActivity": ("INSERT DATA { <programme/skills> ju:activity <barrier/late> }", "programme/skills"),
    "ExcerptPosition": (
        'DELETE { ?p oa:end ?e } INSERT { ?p oa:end "3"^^xsd:nonNegativeInteger } WHERE { ?p oa:end ?e }',
        "excerpt/x1--position",
    ),
    "TestOfFinding": ("DELETE WHERE { ?t ju:testResult ?r }", "test/f1--dea--2014-02-17"),
    "BarrierType": ("DELETE WHERE { ?b ju:barrierType ?t }", "barrier/late"),
    "LeverHolder": ("INSERT DATA { <lever/send> ju:leverHolder <organisation/agency> }", "lever/send"),
    "LeverUse": ("DELETE WHERE { ?l ju:unblocks ?b }", "lever/send"),
    "LeverTold": ("DELETE WHERE { ?l ju:holderToldOn ?d }", "lever/send"),
    "FollowUpOfAction": ("DELETE WHERE { ?f ju:followedUpOn ?d }", "follow-up/a1--2014-06-16"),
    "JudgementWhole": ("INSERT DATA { <judgement/1> a ju:Judgement ; skos:prefLabel 'One' ; ju:judges <organisation/dea> }", "judgement/1"),
    "MergedOnce": ("INSERT DATA { <organisation/odd> ju:mergedInto <organisation/dea> , <organisation/agency> }", "organisation/odd"),
    "ConceptScheme": ("DELETE WHERE { <concept/slow> skos:inScheme ?s }", "concept/slow"),
}  # fmt: skip


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(data=turtle("shapes"), format="turtle")


@pytest.fixture(scope="module")
def well_kept(tmp_path_factory: pytest.TempPathFactory) -> set[ox.Triple]:
    folder = tmp_path_factory.mktemp("shapes") / "well-kept"
    folder.mkdir()
    for name, text in WELL_KEPT.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    store = open_store("memory")
    load(store, [folder])
    return {quad.triple for quad in store.dataset().backup_quads()}


def changed(statements: set[ox.Triple], update: str) -> set[ox.Triple]:
    """The statements after an update in which names are those of things and every prefix is known."""
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in statements)
    store.update(update, base_iri=ID, prefixes=PREFIXES)
    after = {quad.triple for quad in store}
    assert after != statements, "the update changed nothing"
    return after


def checking(shapes: Graph) -> set[URIRef]:
    """The shapes that have targets; the others only serve them."""
    return {s for s in shapes.subjects() if isinstance(s, URIRef) and set(shapes.objects(s, None)) and (
        (s, SH.targetClass, None) in shapes or (s, SH.targetSubjectsOf, None) in shapes
    )}  # fmt: skip


def test_a_well_kept_graph_has_nothing_wrong(well_kept: set[ox.Triple]) -> None:
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
        "AreaHierarchy",
        "BarrierBlocks",
        "ConceptHierarchy",
        "OrganisationHierarchy",
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
    well_kept: set[ox.Triple], shapes: Graph, shape: str
) -> None:
    update, focus = WRONG[shape]
    graph = changed(well_kept, update)
    severity = str(shapes.value(SHAPES[shape], SH.severity)).removeprefix(str(SH))
    expected = ShapeFinding(shape, severity, ID + focus, str(shapes.value(SHAPES[shape], SH.message)))
    assert [
        finding for finding in validate(graph) if finding.shape == shape and finding.focus == expected.focus
    ] == [expected]


def test_findings_come_worst_first(well_kept: set[ox.Triple]) -> None:
    graph = changed(well_kept, "DELETE WHERE { ?r ju:addresses ?b ; ju:addressedTo ?o }")
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
        "CommitmentProgramme": ["one-number-to-call"],
        "LeverTold": ["close-old-offers", "one-permit", "portable-check", "short-form", "smaller-lots"],
    }


def test_an_empty_graph_has_nothing_wrong() -> None:
    assert validate([]) == []


def test_published_tables_have_no_violation(real: Path) -> None:
    store = open_store("memory")
    load(store, [real / "gmpp" / "uk_2021.csv"], mapping="gmpp")
    found = validate(quad.triple for quad in store.dataset().backup_quads())
    assert {(f.severity, f.shape) for f in found} == {("Warning", "ProgrammeOfSeveral")}


def names(shapes: Graph) -> list[str]:
    return sorted(str(shape).removeprefix(str(SHAPES)) for shape in checking(shapes))


@pytest.mark.parametrize("shape", names(Graph().parse(data=turtle("shapes"), format="turtle")))
def test_both_engines_find_the_same_for_each_shape(
    well_kept: set[ox.Triple], benchmark: Callable[[str], ModuleType], shape: str
) -> None:
    spoilt = changed(well_kept, WRONG[shape][0])
    found = validate(spoilt)
    assert shape in {finding.shape for finding in found}
    assert found == benchmark("reference").validate(spoilt)


def test_both_engines_find_nothing_in_a_well_kept_graph(
    well_kept: set[ox.Triple], benchmark: Callable[[str], ModuleType]
) -> None:
    assert validate(well_kept) == benchmark("reference").validate(well_kept) == []


def test_both_engines_find_the_same_in_the_example(
    example: Dataset, benchmark: Callable[[str], ModuleType]
) -> None:
    statements = {quad.triple for quad in example.backup_quads()}
    assert validate(statements) == benchmark("reference").validate(statements)


def test_both_engines_find_the_same_where_much_is_wrong_at_once(
    well_kept: set[ox.Triple], benchmark: Callable[[str], ModuleType]
) -> None:
    spoilt = well_kept
    for update in (
        "INSERT { ?s ju:severity 'four' , 4.0 ; ju:stance 'no' ; ju:due '2014-02-30'^^xsd:date } WHERE { ?s a ?class }",
        "DELETE { ?s skos:prefLabel ?o } INSERT { ?s skos:prefLabel 'a@b.example'@en } WHERE { ?s skos:prefLabel ?o }",
        "INSERT DATA { [] a ju:Finding , ju:Barrier . <o> org:subOrganizationOf <o> , <p> . <p> org:subOrganizationOf <o> }",
        "INSERT DATA { ju:Scheme rdfs:subClassOf ju:Programme . <odd/%C3%A9?a=b&c='d'#e> a ju:Scheme }",
        "DELETE { ?s ju:role ?o } WHERE { ?s ju:role ?o }",
    ):
        spoilt = changed(spoilt, update)
    found = validate(spoilt)
    assert len({finding.shape for finding in found}) > 12
    assert {f for f in found if ":" in f.focus} == {
        f for f in benchmark("reference").validate(spoilt) if ":" in f.focus
    }
    assert any(":" not in finding.focus for finding in found), "a blank node is judged too"
