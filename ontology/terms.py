"""The IRIs of the vocabulary, as names that fail where a term does not exist.

``JU.blocks`` is an IRI; ``JU.bloks`` raises AttributeError. A test holds this list equal to joinedup.ttl.
"""

import json
from functools import cache
from importlib.resources import files

from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, ORG, OWL, PROV, RDF, RDFS, SKOS, XSD, DefinedNamespace, Namespace

ONTOLOGY = "https://w3id.org/joinedup/ontology"
CONCEPT = Namespace("https://w3id.org/joinedup/concept/")
DEFAULT_BASE = "https://joinedup.example"
"""Where a store's own things live until its owner names another base."""


class JU(DefinedNamespace):
    """The Joinedup vocabulary (ontology/joinedup.ttl holds every definition)."""

    _NS = Namespace(ONTOLOGY + "#")
    _fail = True

    Action: URIRef
    Barrier: URIRef
    Dataset: URIRef
    DeepDive: URIRef
    Department: URIRef
    Dependency: URIRef
    Finding: URIRef
    Interview: URIRef
    Participation: URIRef
    Programme: URIRef
    Recommendation: URIRef
    Source: URIRef
    StatusAssessment: URIRef
    WorkingTie: URIRef

    about: URIRef
    actionStatus: URIRef
    addressedTo: URIRef
    addresses: URIRef
    agreedOn: URIRef
    assessedBy: URIRef
    assessedOn: URIRef
    assesses: URIRef
    barrierType: URIRef
    between: URIRef
    blocks: URIRef
    carriesOut: URIRef
    category: URIRef
    checksum: URIRef
    completedOn: URIRef
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
    fileName: URIRef
    follows: URIRef
    fromDataset: URIRef
    fromInterview: URIRef
    fundedBy: URIRef
    heldBy: URIRef
    heldOn: URIRef
    identifiedOn: URIRef
    inDeepDive: URIRef
    inProgramme: URIRef
    interviewedAt: URIRef
    intervieweeRole: URIRef
    jointWith: URIRef
    ledBy: URIRef
    level: URIRef
    mapping: URIRef
    marking: URIRef
    neededBy: URIRef
    organisationKind: URIRef
    owner: URIRef
    participant: URIRef
    plannedEnd: URIRef
    plannedStart: URIRef
    position: URIRef
    provider: URIRef
    quarter: URIRef
    question: URIRef
    rating: URIRef
    regulatedBy: URIRef
    removedOn: URIRef
    replacedBy: URIRef
    restsOn: URIRef
    role: URIRef
    rows: URIRef
    severity: URIRef
    stance: URIRef
    tieKind: URIRef
    until: URIRef
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
    "dcterms": str(DCTERMS),
    "org": str(ORG),
    "owl": str(OWL),
    "prov": str(PROV),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "skos": str(SKOS),
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
