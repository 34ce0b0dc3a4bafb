"""The IRIs of the vocabulary, as names that fail where a term does not exist.

``JU.blocks`` is an IRI; ``JU.bloks`` raises AttributeError. A test holds this list equal to joinedup.ttl.
"""

import json
from functools import cache
from importlib.resources import files

from rdflib import Graph, URIRef
from rdflib.namespace import (
    DCAT,
    DCTERMS,
    ORG,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    TIME,
    XSD,
    DefinedNamespace,
    Namespace,
)

ONTOLOGY = "https://w3id.org/joinedup/ontology"
CONCEPT = Namespace("https://w3id.org/joinedup/concept/")
DEFAULT_BASE = "https://joinedup.example"
"""Where a store's own things live until its owner names another base."""


class JU(DefinedNamespace):
    """The Joinedup vocabulary (ontology/joinedup.ttl holds every definition)."""

    _NS = Namespace(ONTOLOGY + "#")
    _fail = True

    Action: URIRef
    AgendaQuarter: URIRef
    Area: URIRef
    Barrier: URIRef
    BeneficiaryGroup: URIRef
    BuyIn: URIRef
    Commitment: URIRef
    Dataset: URIRef
    DeepDive: URIRef
    DeliveryPartner: URIRef
    Department: URIRef
    Dependency: URIRef
    EmergingFindingTest: URIRef
    Excerpt: URIRef
    Finding: URIRef
    FollowUp: URIRef
    Import: URIRef
    Interview: URIRef
    Judgement: URIRef
    Lever: URIRef
    Measurement: URIRef
    Milestone: URIRef
    MilestoneReport: URIRef
    Outcome: URIRef
    Participation: URIRef
    Phase: URIRef
    Programme: URIRef
    Recommendation: URIRef
    Source: URIRef
    StatusAssessment: URIRef
    Trajectory: URIRef
    Visit: URIRef
    WorkingTie: URIRef

    about: URIRef
    actionStatus: URIRef
    activity: URIRef
    addressedTo: URIRef
    addresses: URIRef
    agreedOn: URIRef
    aimsAt: URIRef
    assessedBy: URIRef
    assessedOn: URIRef
    assesses: URIRef
    atLink: URIRef
    barrierType: URIRef
    between: URIRef
    blocks: URIRef
    buyInStatus: URIRef
    carriesOut: URIRef
    category: URIRef
    changeKind: URIRef
    changedOn: URIRef
    checksum: URIRef
    codedAs: URIRef
    codedBy: URIRef
    committedBy: URIRef
    completedOn: URIRef
    consent: URIRef
    criticality: URIRef
    deliveredBy: URIRef
    dependencyKind: URIRef
    dependent: URIRef
    dependsOn: URIRef
    discusses: URIRef
    due: URIRef
    evidences: URIRef
    examines: URIRef
    excerpt: URIRef
    excerptOf: URIRef
    expectedOn: URIRef
    fileName: URIRef
    followedUpOn: URIRef
    follows: URIRef
    followsUp: URIRef
    fromDataset: URIRef
    fromInterview: URIRef
    fundedBy: URIRef
    heldBy: URIRef
    heldOn: URIRef
    holderToldOn: URIRef
    identifiedOn: URIRef
    inArea: URIRef
    inDeepDive: URIRef
    inProgramme: URIRef
    indicator: URIRef
    interviewedAt: URIRef
    intervieweeRole: URIRef
    isFor: URIRef
    jointWith: URIRef
    judgedAt: URIRef
    judgedBy: URIRef
    judges: URIRef
    keeps: URIRef
    ledBy: URIRef
    level: URIRef
    leverHolder: URIRef
    madeOn: URIRef
    mapping: URIRef
    marking: URIRef
    measuredIn: URIRef
    measuredOn: URIRef
    measures: URIRef
    mergedInto: URIRef
    milestoneOf: URIRef
    milestoneStatus: URIRef
    neededBy: URIRef
    needsMilestone: URIRef
    onAgenda: URIRef
    onVisit: URIRef
    organisationKind: URIRef
    owner: URIRef
    participant: URIRef
    phaseKind: URIRef
    phaseOf: URIRef
    plannedEnd: URIRef
    plannedStart: URIRef
    position: URIRef
    provider: URIRef
    putsIntoWords: URIRef
    quarter: URIRef
    question: URIRef
    quotes: URIRef
    rating: URIRef
    realisedBy: URIRef
    regulatedBy: URIRef
    removedOn: URIRef
    replacedBy: URIRef
    reportedOn: URIRef
    reportsOn: URIRef
    restsOn: URIRef
    role: URIRef
    rows: URIRef
    seenOn: URIRef
    severity: URIRef
    share: URIRef
    stakeholder: URIRef
    stance: URIRef
    stepTowards: URIRef
    testResult: URIRef
    testedOn: URIRef
    testedWith: URIRef
    tests: URIRef
    tieKind: URIRef
    unblocks: URIRef
    unit: URIRef
    until: URIRef
    value: URIRef
    verdict: URIRef
    visits: URIRef
    wholeLifeCost: URIRef
    withheldReason: URIRef
    yearBudget: URIRef
    yearForecast: URIRef

    # "from" is a Python keyword, so it cannot be declared above: write JU["from"].
    _extras = ["from"]  # noqa: RUF012 - the name and type that rdflib's metaclass reads


__all__ = [
    "CONCEPT", "DCTERMS", "DEFAULT_BASE", "JU", "ONTOLOGY", "ORG", "PREFIXES", "PROV", "RDF", "RDFS", "SKOS", "XSD",
    "concept", "concepts", "jsonld_context", "turtle",
]  # fmt: skip

PREFIXES = {
    "ju": ONTOLOGY + "#",
    "c": str(CONCEPT),
    "dcat": str(DCAT),
    "dcterms": str(DCTERMS),
    "oa": "http://www.w3.org/ns/oa#",
    "org": str(ORG),
    "owl": str(OWL),
    "prov": str(PROV),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "skos": str(SKOS),
    "time": str(TIME),
    "xsd": str(XSD),
}
"""The prefixes that every query and every Turtle answer of Joinedup knows."""


def turtle(name: str) -> str:
    """The text of one Turtle file of this package: joinedup, schemes or shapes."""
    return files("ontology").joinpath(f"{name}.ttl").read_text(encoding="utf-8")


@cache
def concepts(scheme: str) -> dict[str, str]:
    """The codes of a shipped scheme and their labels, in the scheme's order: {"lead": "Leads", ...}.

    Raises KeyError where no such scheme is shipped.
    """
    schemes = _schemes()
    found = [
        (
            int(str(schemes.value(concept, JU.position))),
            str(code),
            str(schemes.value(concept, SKOS.prefLabel)),
        )
        for concept in schemes.subjects(SKOS.inScheme, CONCEPT[scheme])
        for code in schemes.objects(concept, SKOS.notation)
    ]
    if not found:
        raise KeyError(scheme)
    return {code: label for _, code, label in sorted(found)}


def concept(scheme: str, code: str) -> str:
    """The IRI of one concept."""
    return f"{CONCEPT}{scheme}/{code}"


@cache
def _schemes() -> Graph:
    return Graph().parse(data=turtle("schemes"), format="turtle")


@cache
def jsonld_context() -> dict[str, object]:
    """The JSON-LD context of this package (context.jsonld), to be written into a document: nothing fetches it."""
    context = json.loads(files("ontology").joinpath("context.jsonld").read_text(encoding="utf-8"))["@context"]
    assert isinstance(context, dict)
    return context
