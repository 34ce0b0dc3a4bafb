"""Tables of organisations, what became of them, and the people and places that programmes serve."""

from __future__ import annotations

from collections.abc import Iterable

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table, period
from graph.ingest.values import Address, Code, Day, Link, Text
from ontology.terms import DCTERMS, JU, ORG, RDFS, SKOS, concept

_STAYS = {concept("change-kinds", kind) for kind in ("function-transferred", "closed", "left-government")}
"""Changes after which nobody has taken the place of the organisation."""


def _departments(subject: str, row: Cells) -> Iterable[Statement]:
    kinds = {
        concept("organisation-kinds", k) for k in ("ministerial-department", "non-ministerial-department")
    }
    if kinds.intersection(row.get("kind", ())):
        yield subject, "type", str(JU.Department)


def _succession(_: str, row: Cells) -> Iterable[Statement]:
    if not _STAYS.intersection(row["kind"]):
        for before in row["before"]:
            for after in set(row.get("after", ())) - {before}:  # one of those that merged may live on
                yield before, str(JU.replacedBy), after


# fmt: off
ORGANISATIONS = (
    Table(
        "organisations", "organisation", (str(ORG.Organization), str(ORG.FormalOrganization)),
        "Departments, agencies, councils, companies, charities: every body that leads, funds, delivers or was interviewed.",
        (
            ID,
            Column("name", Text(), NAME, "Its full name.", "Department for Example Affairs", required=True),
            Column("abbreviation", Text(), str(SKOS.altLabel), "What people call it for short. Not an id: one abbreviation may have meant several bodies.", "DEA", many=True),
            Column("kind", Code("organisation-kinds"), str(JU.organisationKind), "What sort of body it is. Ministerial and non-ministerial departments count as departments.", "ministerial-department"),
            Column("parent", Link("organisations"), str(ORG.subOrganizationOf), "The organisation it belongs to.", many=True),
            *period("it existed under this name"),
            Column("replaced_by", Link("organisations"), str(JU.replacedBy), "The organisations that took over its work.", many=True),
            Column("replaces", Link("organisations"), str(JU.replacedBy), "The organisations whose work it took over.", many=True, inverse=True),
            Column("web", Address(), str(RDFS.seeAlso), "Its page on the web."),
        ),
        "{name}", also=_departments, ordered=(("from", "until"),), example_id="dea",
        more_examples=(
            {"id": "example-college", "name": "A college in the north", "kind": "education"},
            {"id": "old-dea", "name": "Ministry of Example Affairs", "kind": "ministerial-department", "until": "2010-05-11"},
        ),
    ),
    Table(
        "changes", "change", (str(ORG.ChangeEvent),),
        "What became of organisations: renamed, merged, split, functions moved. One row for each event; what took over follows from it.",
        (
            ID,
            Column("before", Link("organisations"), str(ORG.originalOrganization), "The organisations that it happened to.", "old-dea", required=True, many=True),
            Column("after", Link("organisations"), str(ORG.resultingOrganization), "The organisations that came out of it, or took over.", "dea", many=True),
            Column("kind", Code("change-kinds"), str(JU.changeKind), "What happened.", "renamed", required=True),
            Column("on", Day(), str(JU.changedOn), "The day it took effect.", "2010-05-12"),
        ),
        "{before}: {kind}", also=_succession, example_id="dea-2010",
    ),
    Table(
        "areas", "area", (str(JU.Area),),
        "Places that programmes serve, or where people were visited or interviewed. No smaller than a region where people could be known by it.",
        (
            ID,
            Column("name", Text(), NAME, "Its name.", "The North East", required=True),
            Column("within", Link("areas"), str(DCTERMS.isPartOf), "The area it is part of.", many=True),
        ),
        "{name}", example_id="north-east",
    ),
    Table(
        "beneficiaries", "beneficiary", (str(JU.BeneficiaryGroup),),
        "The people that programmes are for, as groups.",
        (
            ID,
            Column("name", Text(), NAME, "Who they are.", "Adults out of work for a year or more", required=True),
            Column("description", Text(), ABOUT, "Who counts as one of them."),
        ),
        "{name}", example_id="long-out-of-work",
    ),
    Table(
        "outcomes", "outcome", (str(JU.Outcome),),
        "What should be different in the world when programmes have worked.",
        (
            ID,
            Column("name", Text(), NAME, "What should be different.", "More adults in lasting work", required=True),
            Column("description", Text(), ABOUT, "How one would know."),
        ),
        "{name}", example_id="lasting-work",
    ),
)
# fmt: on
