"""What a property is called when it is read backwards: what refers to a thing, in words of that thing."""

from __future__ import annotations

from collections.abc import Mapping

from graph.analysis import Thing
from ontology.terms import JU, ORG, RDFS, SKOS

_WORDS: Mapping[object, str] = {
    JU.about: "findings about it",
    JU.addressedTo: "recommendations addressed to it",
    JU.addresses: "recommendations that address it",
    JU.assessedBy: "assessments by it",
    JU.assesses: "assessments of it",
    JU.barrierType: "barriers of this type",
    JU.between: "working ties",
    JU.blocks: "barriers that hold it back",
    JU.carriesOut: "actions that carry it out",
    JU.deliveredBy: "programmes it delivers",
    JU.dependent: "what it needs",
    JU.dependsOn: "programmes that depend on it",
    JU.discusses: "interviews about it",
    JU.evidences: "findings",
    JU.examines: "deep dives that examine it",
    JU.follows: "recommendations that follow it",
    JU.fromDataset: "findings from it",
    JU.fromInterview: "findings from it",
    JU.fundedBy: "programmes it funds",
    JU.heldBy: "barriers whose lever it holds",
    JU.inDeepDive: "what belongs to it",
    JU.inProgramme: "who takes part",
    JU.interviewedAt: "interviews held there",
    JU.jointWith: "interviews held jointly with it",
    JU.ledBy: "programmes it leads",
    JU.owner: "actions it owns",
    JU.participant: "what it takes part in",
    JU.provider: "what it must provide",
    JU.regulatedBy: "programmes it regulates",
    JU.replacedBy: "what it replaces",
    JU.restsOn: "recommendations that rest on it",
    ORG.subOrganizationOf: "bodies that are part of it",
    RDFS.subClassOf: "kinds of it",
    SKOS.inScheme: "concepts in it",
    SKOS.topConceptOf: "top concepts in it",
}
_BY_IRI = {str(term): words for term, words in _WORDS.items()}


def backwards(term: Thing) -> str:
    """The words; for a property without its own, "has it as" and its label."""
    return _BY_IRI.get(term.iri, f"has it as {term.label}")
