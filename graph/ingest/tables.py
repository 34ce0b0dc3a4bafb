"""The canonical tables: what each row and column means, and the statements it becomes.

This is the one place that says so. The template, its page of explanations, the reading of files, their
errors and the RDF are all derived from it; a foreign file is first mapped to rows of these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from graph.ingest.values import Address, Code, Day, Identifier, Kind, Link, Millions, Text, Whole
from ontology.terms import DCTERMS, JU, ORG, RDFS, SKOS, concept

Cells = Mapping[str, list[str]]
"""One row: for each column that has a value, its values as IRIs or lexical forms."""


@dataclass(frozen=True)
class Column:
    """One column: how its cells are read and which property they state (None: none of its own)."""

    name: str
    kind: Kind
    states: str | None
    meaning: str
    example: str = ""
    required: bool = False
    many: bool = False
    adds: tuple[str, Mapping[str, str]] | None = None
    """Each value makes a row of another table: its name, and the columns to fill ("=" this row, "*" the value)."""
    inverse: bool = False
    """The value is the subject of the statement and the row its object."""


@dataclass(frozen=True)
class Table:
    """One canonical table."""

    name: str
    segment: str
    """The part of the IRI: {base}/id/{segment}/{id}."""
    types: tuple[str, ...]
    meaning: str
    columns: tuple[Column, ...]
    label: str
    """How a row is called; {column} stands for the label or text of that column."""
    key: tuple[str, ...] = ("id",)
    """The columns that make the id where the table has no id column of its own."""
    also: Callable[[str, Cells], Iterable[tuple[str, str, str]]] | None = None
    """Statements between things that follow from the row: short cuts and supertypes."""
    together: tuple[tuple[str, ...], ...] = ()
    """Groups of columns of which exactly one must be filled."""
    ordered: tuple[tuple[str, str], ...] = ()
    """Pairs of dates of which the first may not be after the second."""
    differ: tuple[str, str] | None = None
    """Two columns that may not hold the same value."""
    both: tuple[str, str, str] | None = None
    """Column, code, other column: the other is filled if, and only if, the column holds the code."""
    example_id: str = ""
    """The id of the row that the template shows."""
    second_example: Mapping[str, str] = field(default_factory=dict)
    """A second row of the template, where other tables need something to point at."""

    def examples(self) -> list[dict[str, str]]:
        """The rows that the template shows."""
        first = {c.name: (self.example_id if c.name == "id" else c.example) for c in self.columns}
        return (
            [first, {c.name: self.second_example.get(c.name, "") for c in self.columns}]
            if self.second_example
            else [first]
        )

    def column(self, name: str) -> Column | None:
        """The column of that name, if there is one."""
        return next((column for column in self.columns if column.name == name), None)


def _period(what: str, start: str = "", end: str = "") -> tuple[Column, Column]:
    return (
        Column("from", Day(), str(JU["from"]), f"First day {what}. Empty: not known.", start),
        Column("until", Day(), str(JU.until), f"Last day {what}. Empty: it still holds.", end),
    )


def _departments(subject: str, row: Cells) -> Iterable[tuple[str, str, str]]:
    kinds = {
        concept("organisation-kinds", k) for k in ("ministerial-department", "non-ministerial-department")
    }
    if kinds.intersection(row.get("kind", ())):
        yield subject, "type", str(JU.Department)


_ROLES = {
    "lead": JU.ledBy,
    "co-owner": JU.ledBy,
    "funder": JU.fundedBy,
    "delivers": JU.deliveredBy,
    "regulates": JU.regulatedBy,
}


def _taking_part(_: str, row: Cells) -> Iterable[tuple[str, str, str]]:
    if "until" not in row:
        role = row["role"][0].rsplit("/", 1)[-1]
        yield row["programme"][0], str(_ROLES[role]), row["organisation"][0]


def _needing(_: str, row: Cells) -> Iterable[tuple[str, str, str]]:
    yield row["dependent"][0], str(JU.dependsOn), row["provider"][0]


def _blocking(_: str, row: Cells) -> Iterable[tuple[str, str, str]]:
    if row["stance"] == [concept("stances", "supports")]:
        yield row["barrier"][0], str(JU.blocks), row["programme"][0]


_NAME = str(SKOS.prefLabel)
_ABOUT = str(DCTERMS.description)
_ID = Column(
    "id",
    Identifier(),
    None,
    "A short name for the row, used by other tables. Never change it once it is in use.",
    required=True,
)

# fmt: off
TABLES: tuple[Table, ...] = (
    Table(
        "organisations", "organisation", (str(ORG.Organization), str(ORG.FormalOrganization)),
        "Departments, agencies, councils, companies, charities: every body that leads, funds, delivers or was interviewed.",
        (
            _ID,
            Column("name", Text(), _NAME, "Its full name.", "Department for Example Affairs", required=True),
            Column("abbreviation", Text(), str(SKOS.altLabel), "What people call it for short. Not an id: one abbreviation may have meant several bodies.", "DEA", many=True),
            Column("kind", Code("organisation-kinds"), str(JU.organisationKind), "What sort of body it is. Ministerial and non-ministerial departments count as departments.", "ministerial-department"),
            Column("parent", Link("organisations"), str(ORG.subOrganizationOf), "The organisation it belongs to.", many=True),
            *_period("it existed under this name"),
            Column("replaced_by", Link("organisations"), str(JU.replacedBy), "The organisations that took over its work.", many=True),
            Column("replaces", Link("organisations"), str(JU.replacedBy), "The organisations whose work it took over.", many=True, inverse=True),
            Column("web", Address(), str(RDFS.seeAlso), "Its page on the web."),
        ),
        "{name}", also=_departments, ordered=(("from", "until"),), example_id="dea",
        second_example={"id": "example-college", "name": "A college in the north", "kind": "education"},
    ),
    Table(
        "programmes", "programme", (str(JU.Programme),),
        "Programmes, projects and schemes with an aim of their own.",
        (
            _ID,
            Column("name", Text(), _NAME, "Its name.", "Example Skills Programme", required=True),
            Column("also_known_as", Text(), str(SKOS.altLabel), "Other names it has or had.", many=True),
            Column("description", Text(), _ABOUT, "What it is for, in a sentence.", "Helps people out of work to learn a trade."),
            Column("category", Text(), str(JU.category), "The group that a published list puts it in."),
            Column("lead", Link("organisations"), None, "The department or departments that answer for it. The same as a row of participations with the role lead.", "dea", many=True,
                   adds=("participations", {"programme": "=", "organisation": "*", "role": "lead"})),
            *_period("of the programme", "2013-04-01"),
            Column("web", Address(), str(RDFS.seeAlso), "Its page on the web."),
        ),
        "{name}", ordered=(("from", "until"),), example_id="example-skills",
        second_example={"id": "example-broadband", "name": "Example Broadband Programme", "lead": "dea"},
    ),
    Table(
        "participations", "participation", (str(JU.Participation),),
        "Which organisation takes part in which programme, and how. One row for each part it plays.",
        (
            Column("programme", Link("programmes"), str(JU.inProgramme), "The programme.", "example-skills", required=True),
            Column("organisation", Link("organisations"), str(JU.participant), "The organisation.", "example-college", required=True),
            Column("role", Code("participation-roles"), str(JU.role), "The part it plays.", "delivers", required=True),
            *_period("it plays this part"),
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
            Column("criticality", Whole(1, 5), str(JU.criticality), "From 1, it would help, to 5, nothing moves without it.", "3"),
            Column("needed_by", Day(), str(JU.neededBy), "The day by which it is needed.", "2014-09-01"),
            Column("description", Text(), _ABOUT, "What exactly is needed.", "Lessons by video in rural colleges."),
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
            *_period("they did so", "2014-01-15"),
        ),
        "{between} and {and}: {kind}", key=("between", "and", "kind", "from"), ordered=(("from", "until"),), differ=("between", "and"),
    ),
    Table(
        "deep_dives", "deep-dive", (str(JU.DeepDive),),
        "Six to eight weeks of work on one or two questions.",
        (
            _ID,
            Column("name", Text(), _NAME, "What it is called.", "Skills for people out of work", required=True),
            Column("question", Text(), str(JU.question), "What it must answer; one or two questions.", "Will the programme reach the people it is for?", required=True, many=True),
            Column("quarter", Text(), str(JU.quarter), "The quarter of the agenda it stands on.", "2014-Q1"),
            Column("programmes", Link("programmes"), str(JU.examines), "The programmes it looks at.", "example-skills", many=True),
            *_period("of the work", "2014-01-06", "2014-02-28"),
        ),
        "{name}", ordered=(("from", "until"),), example_id="skills-2014",
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
            Column("programmes", Link("programmes"), str(JU.discusses), "The programmes it was about.", "example-skills", many=True),
            Column("joint_with", Link("organisations"), str(JU.jointWith), "Organisations whose people held it together with the unit.", many=True),
            Column("marking", Code("markings"), str(JU.marking), "Who may see it.", "sensitive", required=True),
        ),
        "Interview {id}", example_id="i01",
    ),
    Table(
        "datasets", "dataset", (str(JU.Dataset),),
        "Desk data that findings rest on.",
        (
            _ID,
            Column("name", Text(), _NAME, "What it is called.", "Course starts by region", required=True),
            Column("publisher", Text(), str(DCTERMS.publisher), "Who published it.", "Example Statistics Office"),
            Column("published_on", Day(), str(DCTERMS.issued), "When.", "2013-12-01"),
            Column("web", Address(), str(DCTERMS.source), "Where it is on the web."),
        ),
        "{name}", example_id="course-starts",
    ),
    Table(
        "barriers", "barrier", (str(JU.Barrier),),
        "What holds programmes back. Which programmes a barrier blocks is not said here: it follows from the findings.",
        (
            _ID,
            Column("name", Text(), _NAME, "The barrier in a few words.", "Colleges cannot see who is eligible", required=True),
            Column("description", Text(), _ABOUT, "The barrier in a sentence or two.", "Eligibility is held in a system that colleges may not read."),
            Column("type", Code("pitfalls", "factors"), str(JU.barrierType), "The pitfall or factor it is a case of.", "poor-data", many=True),
            Column("held_by", Link("organisations"), str(JU.heldBy), "Who has the power to remove it.", "dea"),
            Column("identified_on", Day(), str(JU.identifiedOn), "When it was first written down.", "2014-01-20"),
            Column("removed_on", Day(), str(JU.removedOn), "When it was gone. Empty: it still stands."),
        ),
        "{name}", ordered=(("identified_on", "removed_on"),), example_id="eligibility",
    ),
    Table(
        "findings", "finding", (str(JU.Finding),),
        "What one interview or dataset says about one barrier to one programme. The evidence that everything else rests on.",
        (
            Column("id", Identifier(), None, "A code for the finding that gives nothing away.", "f001", required=True),
            Column("programme", Link("programmes"), str(JU.about), "The programme it is about.", "example-skills", required=True),
            Column("barrier", Link("barriers"), str(JU.evidences), "The barrier it speaks of.", "eligibility", required=True),
            Column("stance", Code("stances"), str(JU.stance), "Whether it says that the barrier holds the programme back.", "supports", required=True),
            Column("severity", Whole(1, 5), str(JU.severity), "From 1, a nuisance, to 5, it stops the programme.", "4", required=True),
            Column("interview", Link("interviews"), str(JU.fromInterview), "The interview it comes from.", "i01"),
            Column("dataset", Link("datasets"), str(JU.fromDataset), "Or the dataset it comes from."),
            Column("summary", Text(confidential=True), _ABOUT, "What was said or seen, in your words.", "Tutors turn people away because they cannot check.", required=True),
            Column("excerpt", Text(confidential=True), str(JU.excerpt), "The words it rests on."),
        ),
        "{summary}", also=_blocking, together=(("interview", "dataset"),), example_id="f001",
    ),
    Table(
        "recommendations", "recommendation", (str(JU.Recommendation),),
        "What a deep dive says should be done.",
        (
            _ID,
            Column("name", Text(), _NAME, "What should be done, in a sentence.", "Let colleges check eligibility themselves", required=True),
            Column("deep_dive", Link("deep_dives"), str(JU.inDeepDive), "The deep dive that says so.", "skills-2014"),
            Column("barriers", Link("barriers"), str(JU.addresses), "The barriers it would lower.", "eligibility", required=True, many=True),
            Column("findings", Link("findings"), str(JU.restsOn), "The findings it rests on.", "f001", many=True),
            Column("principle", Code("principles"), str(JU.follows), "The principle it follows.", "customer-first"),
            Column("addressed_to", Link("organisations"), str(JU.addressedTo), "Who is asked to act.", "dea", many=True),
        ),
        "{name}", example_id="open-check",
    ),
    Table(
        "actions", "action", (str(JU.Action),),
        "What was agreed, by whom, by when.",
        (
            _ID,
            Column("name", Text(), _NAME, "What will be done.", "Open the eligibility check to colleges", required=True),
            Column("recommendation", Link("recommendations"), str(JU.carriesOut), "The recommendation it carries out.", "open-check", required=True),
            Column("owner", Link("organisations"), str(JU.owner), "The one organisation that answers for it.", "dea", required=True),
            Column("agreed_on", Day(), str(JU.agreedOn), "When it was agreed.", "2014-03-03"),
            Column("due", Day(), str(JU.due), "When it must be done.", "2014-06-30", required=True),
            Column("status", Code("action-statuses"), str(JU.actionStatus), "How far it has come.", "open", required=True),
            Column("completed_on", Day(), str(JU.completedOn), "When it was done."),
        ),
        "{name}", ordered=(("agreed_on", "completed_on"),), both=("status", "done", "completed_on"), example_id="open-to-colleges",
    ),
)
# fmt: on

BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
BY_SEGMENT: Mapping[str, Table] = {table.segment: table for table in TABLES}
