"""Tables of what was promised and planned: commitments, milestones and reports on them, figures to reach and reached."""

from __future__ import annotations

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Column, Table
from graph.ingest.values import Address, Code, Day, Link, Number, Text
from ontology.terms import DCTERMS, JU

# fmt: off
PLANS = (
    Table(
        "commitments", "commitment", (str(JU.Commitment),),
        "What organisations have said in public that they will do.",
        (
            ID,
            Column("name", Text(), NAME, "What was promised, in a sentence.", "Every rural college offers courses by video by 2015", required=True),
            Column("organisation", Link("organisations"), str(JU.committedBy), "Who promised it.", "dea", required=True),
            Column("made_on", Day(), str(JU.madeOn), "When.", "2013-03-20"),
            Column("programmes", Link("programmes"), str(JU.realisedBy), "The programmes that are meant to keep it.", "example-skills", many=True),
            Column("web", Address(), str(DCTERMS.source), "Where it was said."),
        ),
        "{name}", example_id="video-courses",
    ),
    Table(
        "milestones", "milestone", (str(JU.Milestone),),
        "Points that a programme must reach by a day.",
        (
            ID,
            Column("name", Text(), NAME, "What must be reached.", "Broadband in every rural college", required=True),
            Column("programme", Link("programmes"), str(JU.milestoneOf), "The programme.", "example-broadband", required=True),
            Column("due", Day(), str(JU.due), "The day by which it must be reached.", "2014-08-01", required=True),
            Column("commitment", Link("commitments"), str(JU.stepTowards), "The commitment that it helps to keep.", "video-courses", many=True),
        ),
        "{name}", example_id="rural-colleges",
    ),
    Table(
        "milestone_reports", "milestone-report", (str(JU.MilestoneReport),),
        "What was reported of milestones, and when.",
        (
            Column("milestone", Link("milestones"), str(JU.reportsOn), "The milestone.", "rural-colleges", required=True),
            Column("reported_on", Day(), str(JU.reportedOn), "The day of the report.", "2014-03-31", required=True),
            Column("status", Code("milestone-statuses"), str(JU.milestoneStatus), "How it stood.", "at-risk", required=True),
            Column("expected_on", Day(), str(JU.expectedOn), "When it was then expected to be reached.", "2014-10-01"),
            Column("note", Text(), ABOUT, "Why.", "Digging has not begun in two counties."),
        ),
        "{milestone}: {status}, {reported_on}", key=("milestone", "reported_on"),
    ),
    Table(
        "measurements", "measurement", (str(JU.Measurement),),
        "Figures of programmes, as at a day.",
        (
            Column("programme", Link("programmes"), str(JU.measures), "The programme.", "example-skills", required=True),
            Column("indicator", Text(), str(JU.indicator), "What is counted. Use the same words each time.", "Courses started", required=True),
            Column("measured_on", Day(), str(JU.measuredOn), "The day as at which the figure holds.", "2013-12-31", required=True),
            Column("value", Number(), str(JU.value), "The figure.", "9200", required=True),
            Column("unit", Text(), str(JU.unit), "What one of it is.", "courses", required=True),
            Column("dataset", Link("datasets"), str(JU.measuredIn), "The dataset that it stands in.", "course-starts"),
            Column("area", Link("areas"), str(JU.inArea), "The area that it is of. Empty: all of it.", "north-east"),
        ),
        "{indicator}, {programme}, {measured_on}: {value} {unit}", key=("programme", "indicator", "measured_on", "area"),
    ),
    Table(
        "trajectories", "trajectory", (str(JU.Trajectory),),
        "Figures that programmes should have reached by a day.",
        (
            Column("programme", Link("programmes"), str(JU.measures), "The programme.", "example-skills", required=True),
            Column("indicator", Text(), str(JU.indicator), "What is counted, in the words that measurements use.", "Courses started", required=True),
            Column("due", Day(), str(JU.due), "The day by which it should be reached.", "2014-12-31", required=True),
            Column("value", Number(), str(JU.value), "The figure.", "20000", required=True),
            Column("unit", Text(), str(JU.unit), "What one of it is.", "courses", required=True),
        ),
        "{indicator}, {programme}: {value} {unit} by {due}", key=("programme", "indicator", "due"),
    ),
)
# fmt: on
