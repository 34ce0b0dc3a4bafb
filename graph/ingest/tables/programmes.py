"""Tables of programmes: who takes part in them, how they stand, what they need, and who works with whom."""

from __future__ import annotations

from collections.abc import Iterable

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table, period
from graph.ingest.values import Address, Code, Day, Link, Millions, Number, Text, Whole
from ontology.terms import JU, RDFS, SKOS

_ROLES = {
    "lead": JU.ledBy,
    "co-owner": JU.ledBy,
    "funder": JU.fundedBy,
    "delivers": JU.deliveredBy,
    "regulates": JU.regulatedBy,
}


def _taking_part(_: str, row: Cells) -> Iterable[Statement]:
    if "until" not in row:
        programme, organisation = row["programme"][0], row["organisation"][0]
        role = _ROLES[row["role"][0].rsplit("/", 1)[-1]]
        yield programme, str(role), organisation
        if role == JU.deliveredBy:
            yield organisation, "type", str(JU.DeliveryPartner)


def _needing(_: str, row: Cells) -> Iterable[Statement]:
    yield row["dependent"][0], str(JU.dependsOn), row["provider"][0]


# fmt: off
PROGRAMMES = (
    Table(
        "programmes", "programme", (str(JU.Programme),),
        "Programmes, projects and schemes with an aim of their own.",
        (
            ID,
            Column("name", Text(), NAME, "Its name.", "Example Skills Programme", required=True),
            Column("also_known_as", Text(), str(SKOS.altLabel), "Other names it has or had.", many=True),
            Column("description", Text(), ABOUT, "What it is for, in a sentence.", "Helps people out of work to learn a trade."),
            Column("category", Text(), str(JU.category), "The group that a published list puts it in."),
            Column("lead", Link("organisations"), None, "The department or departments that answer for it. The same as a row of participations with the role lead.", "dea", many=True,
                   adds=("participations", {"programme": "=", "organisation": "*", "role": "lead"})),
            *period("of the programme", "2013-04-01"),
            Column("outcomes", Link("outcomes"), str(JU.aimsAt), "What it is meant to bring about.", "lasting-work", many=True),
            Column("beneficiaries", Link("beneficiaries"), str(JU.isFor), "The people it is for.", "long-out-of-work", many=True),
            Column("activities", Link("concepts", shipped=Code("activities")), str(JU.activity), "What it does to bring that about: a code of the list, or a concept of your own.", "training", many=True),
            Column("areas", Link("areas"), str(JU.inArea), "Where it works. Empty: not said.", "north-east", many=True),
            Column("web", Address(), str(RDFS.seeAlso), "Its page on the web."),
        ),
        "{name}", ordered=(("from", "until"),), example_id="example-skills",
        more_examples=({"id": "example-broadband", "name": "Example Broadband Programme", "lead": "dea"},),
    ),
    Table(
        "participations", "participation", (str(JU.Participation),),
        "Which organisation takes part in which programme, and how. One row for each part it plays.",
        (
            Column("programme", Link("programmes"), str(JU.inProgramme), "The programme.", "example-skills", required=True),
            Column("organisation", Link("organisations"), str(JU.participant), "The organisation.", "example-college", required=True),
            Column("role", Code("participation-roles"), str(JU.role), "The part it plays.", "delivers", required=True),
            Column("share", Number(0, 1), str(JU.share), "How much of the programme it does or pays for, from 0 to 1.", "0.25"),
            *period("it plays this part"),
            Column("seen_on", Day(), str(JU.seenOn), "Days as at which a list says so, where nobody says from when until when. It counts until the list names another.", many=True),
        ),
        "{organisation} {role} {programme}", key=("programme", "organisation", "role", "from"), also=_taking_part, ordered=(("from", "until"),),
    ),
    Table(
        "statuses", "status", (str(JU.StatusAssessment),),
        "How a programme stood on a day: a published rating, or why there is none, with planned dates and cost.",
        (
            Column("programme", Link("programmes"), str(JU.assesses), "The programme.", "example-skills", required=True),
            Column("assessed_on", Day(), str(JU.assessedOn), "The day as at which it holds.", "2013-09-30", required=True),
            Column("rating", Code("rating-5"), str(JU.rating), "The rating on the five-point scale.", "amber-green"),
            Column("rating_of_three", Code("rating-3"), str(JU.rating), "The rating on the three-point scale."),
            Column("withheld", Text(), str(JU.withheldReason), "Why no rating is published. Neither a zero nor a rating."),
            Column("assessor", Link("organisations"), str(JU.assessedBy), "Who gave the rating."),
            Column("planned_start", Day(), str(JU.plannedStart), "The approved start date.", "2013-04-01"),
            Column("planned_end", Day(), str(JU.plannedEnd), "The approved end date.", "2016-03-31"),
            Column("whole_life_cost", Millions(), str(JU.wholeLifeCost), "Budgeted whole-life cost, in million pounds.", "120.5"),
            Column("year_budget", Millions(), str(JU.yearBudget), "Budget for the financial year, in million pounds."),
            Column("year_forecast", Millions(), str(JU.yearForecast), "Forecast for the financial year, in million pounds."),
        ),
        "{programme}, {assessed_on}", key=("programme", "assessed_on"), together=(("rating", "rating_of_three", "withheld"),),
    ),
    Table(
        "dependencies", "dependency", (str(JU.Dependency),),
        "What one programme needs from another.",
        (
            Column("dependent", Link("programmes"), str(JU.dependent), "The programme that needs something.", "example-skills", required=True),
            Column("provider", Link("programmes"), str(JU.provider), "The programme that must provide it.", "example-broadband", required=True),
            Column("kind", Code("dependency-kinds"), str(JU.dependencyKind), "What is needed.", "technology", required=True),
            Column("milestone", Link("milestones"), str(JU.needsMilestone), "The milestone of the provider that it waits for.", "rural-colleges"),
            Column("criticality", Whole(1, 5), str(JU.criticality), "From 1, it would help, to 5, nothing moves without it.", "3"),
            Column("needed_by", Day(), str(JU.neededBy), "The day by which it is needed.", "2014-09-01"),
            Column("description", Text(), ABOUT, "What exactly is needed.", "Lessons by video in rural colleges."),
        ),
        "{dependent} needs {kind} from {provider}", key=("dependent", "provider", "kind"), also=_needing, differ=("dependent", "provider"),
    ),
    Table(
        "ties", "tie", (str(JU.WorkingTie),),
        "Who was seen to work with whom. Only what was observed: never “led by the same department” or “has the same problem”.",
        (
            Column("between", Link("programmes", "organisations"), str(JU.between), "One programme or organisation.", "example-skills", required=True),
            Column("and", Link("programmes", "organisations"), str(JU.between), "The other.", "example-broadband", required=True),
            Column("kind", Code("tie-kinds"), str(JU.tieKind), "What they were seen to do together.", "joint-board", required=True),
            *period("they did so", "2014-01-15"),
        ),
        "{between} and {and}: {kind}", key=("between", "and", "kind", "from"), ordered=(("from", "until"),), differ=("between", "and"),
    ),
)
# fmt: on
