"""Tables of deep dives: the agenda, their phases, who has bought in, visits and interviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from pyoxigraph import Literal, NamedNode

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table, period
from graph.ingest.values import Code, Day, Identifier, Link, Quarter, Text
from ontology.terms import JU, RDFS, XSD


def _quarter(subject: str, row: Cells) -> Iterable[Statement]:
    name = subject.rsplit("/", 1)[-1]
    year, quarter = int(name[:4]), int(name[-1])
    first = date(year, 3 * quarter - 2, 1)
    last = (date(year, 3 * quarter, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    for property_, day in ((JU["from"], first), (JU.until, last)):
        yield subject, str(property_), Literal(day.isoformat(), datatype=NamedNode(str(XSD.date)))
    yield subject, str(RDFS.seeAlso), f"http://reference.data.gov.uk/id/quarter/{name}"


# fmt: off
FIELDWORK = (
    Table(
        "quarters", "quarter", (str(JU.AgendaQuarter),),
        "Quarters for which deep dives are set. A quarter that a deep dive names is there already; fill this in to say more of it.",
        (
            Column("id", Quarter(), None, "The quarter of the calendar year.", "2014-Q1", required=True),
            Column("description", Text(), ABOUT, "What the agenda of the quarter is about.", "Work and skills."),
        ),
        "{id}", also=_quarter, example_id="2014-Q1",
    ),
    Table(
        "deep_dives", "deep-dive", (str(JU.DeepDive),),
        "Six to eight weeks of work on one or two questions.",
        (
            ID,
            Column("name", Text(), NAME, "What it is called.", "Skills for people out of work", required=True),
            Column("question", Text(), str(JU.question), "What it must answer; one or two questions.", "Will the programme reach the people it is for?", required=True, many=True),
            Column("quarter", Link("quarters"), str(JU.onAgenda), "The quarter for which it was set.", "2014-Q1", adds=("quarters", {"id": "*"})),
            Column("programmes", Link("programmes"), str(JU.examines), "The programmes it looks at.", "example-skills", many=True),
            *period("of the work", "2014-01-06", "2014-02-28"),
        ),
        "{name}", ordered=(("from", "until"),), example_id="skills-2014",
    ),
    Table(
        "phases", "phase", (str(JU.Phase),),
        "The phases of deep dives, as planned and as they went.",
        (
            Column("deep_dive", Link("deep_dives"), str(JU.phaseOf), "The deep dive.", "skills-2014", required=True),
            Column("phase", Code("phases"), str(JU.phaseKind), "Which phase.", "fieldwork", required=True),
            Column("planned_start", Day(), str(JU.plannedStart), "The day on which it was to start.", "2014-01-20"),
            Column("planned_end", Day(), str(JU.plannedEnd), "The day on which it was to end.", "2014-01-31"),
            Column("from", Day(), str(JU["from"]), "The day it started. Empty: it has not.", "2014-01-20"),
            Column("until", Day(), str(JU.until), "The day it ended. Empty: it has not.", "2014-02-05"),
        ),
        "{deep_dive}: {phase}", key=("deep_dive", "phase"), ordered=(("planned_start", "planned_end"), ("from", "until")),
    ),
    Table(
        "buy_ins", "buy-in", (str(JU.BuyIn),),
        "Which organisations have agreed to the purpose of a deep dive, and which have not. A change of mind is a new row.",
        (
            Column("deep_dive", Link("deep_dives"), str(JU.inDeepDive), "The deep dive.", "skills-2014", required=True),
            Column("organisation", Link("organisations"), str(JU.stakeholder), "Whose agreement is wanted.", "example-college", required=True),
            Column("state", Code("buy-in-states"), str(JU.buyInStatus), "How far it has agreed.", "bought-in", required=True),
            *period("it stood so", "2014-01-13"),
        ),
        "{organisation} on {deep_dive}: {state}", key=("deep_dive", "organisation", "from"), ordered=(("from", "until"),),
    ),
    Table(
        "visits", "visit", (str(JU.Visit),),
        "Days in the field on which interviews were held.",
        (
            Column("id", Identifier(), None, "A code for the visit that gives nothing away.", "v01", required=True),
            Column("held_on", Day(), str(JU.heldOn), "The day.", "2014-01-20", required=True),
            Column("deep_dive", Link("deep_dives"), str(JU.inDeepDive), "The deep dive it was held for.", "skills-2014"),
            Column("organisations", Link("organisations"), str(JU.visits), "Who was visited.", "example-college", many=True),
            Column("joint_with", Link("organisations"), str(JU.jointWith), "Organisations whose people came along with the unit.", "dea", many=True),
            Column("area", Link("areas"), str(JU.inArea), "Where it was.", "north-east"),
        ),
        "Visit {id}", example_id="v01",
    ),
    Table(
        "interviews", "interview", (str(JU.Interview),),
        "One row for each interview. No person's name is needed: a role and a level are enough.",
        (
            Column("id", Identifier(), None, "A code for the interview that gives nothing away: not a name, place or date.", "i01", required=True),
            Column("held_on", Day(), str(JU.heldOn), "The day it was held.", "2014-01-20", required=True),
            Column("level", Code("levels"), str(JU.level), "Where the person stands.", "front-line", required=True),
            Column("organisation", Link("organisations"), str(JU.interviewedAt), "The organisation the person belongs to.", "example-college"),
            Column("role", Text(confidential=True), str(JU.intervieweeRole), "What the person does, in words that do not give away who it is.", "course tutor"),
            Column("deep_dive", Link("deep_dives"), str(JU.inDeepDive), "The deep dive it was held for.", "skills-2014"),
            Column("visit", Link("visits"), str(JU.onVisit), "The visit during which it was held.", "v01"),
            Column("area", Link("areas"), str(JU.inArea), "The area that the person speaks of.", "north-east"),
            Column("programmes", Link("programmes"), str(JU.discusses), "The programmes it was about.", "example-skills", many=True),
            Column("joint_with", Link("organisations"), str(JU.jointWith), "Organisations whose people held it together with the unit.", many=True),
            Column("consent", Code("consents"), str(JU.consent), "Whether the person agrees to the use of what was said.", "given"),
            Column("marking", Code("markings"), str(JU.marking), "Who may see it.", "sensitive", required=True),
        ),
        "Interview {id}", example_id="i01",
    ),
)
# fmt: on
