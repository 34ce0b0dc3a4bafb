"""Tables of what is done about barriers: levers, recommendations, actions and how they were followed up."""

from __future__ import annotations

from collections.abc import Iterable

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table
from graph.ingest.values import Code, Day, Link, Text
from ontology.terms import JU


def _holding(_: str, row: Cells) -> Iterable[Statement]:
    for barrier in row["barriers"]:
        yield barrier, str(JU.heldBy), row["holder"][0]


# fmt: off
RESPONSE = (
    Table(
        "levers", "lever", (str(JU.Lever),),
        "Powers that would remove barriers, who holds them, and whether they have been told.",
        (
            ID,
            Column("name", Text(), NAME, "The power, in a few words.", "Letting colleges read the register", required=True),
            Column("holder", Link("organisations"), str(JU.leverHolder), "Who can use it.", "dea", required=True),
            Column("barriers", Link("barriers"), str(JU.unblocks), "The barriers that using it would remove.", "eligibility", required=True, many=True),
            Column("told_on", Day(), str(JU.holderToldOn), "When the holder was told. Empty: nobody has.", "2014-02-24"),
        ),
        "{name}", also=_holding, example_id="open-register",
    ),
    Table(
        "recommendations", "recommendation", (str(JU.Recommendation),),
        "What a deep dive says should be done.",
        (
            ID,
            Column("name", Text(), NAME, "What should be done, in a sentence.", "Let colleges check eligibility themselves", required=True),
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
            ID,
            Column("name", Text(), NAME, "What will be done.", "Open the eligibility check to colleges", required=True),
            Column("recommendation", Link("recommendations"), str(JU.carriesOut), "The recommendation it carries out.", "open-check", required=True),
            Column("owner", Link("organisations"), str(JU.owner), "The one organisation that answers for it.", "dea", required=True),
            Column("agreed_on", Day(), str(JU.agreedOn), "When it was agreed.", "2014-03-03"),
            Column("due", Day(), str(JU.due), "When it must be done.", "2014-06-30", required=True),
            Column("status", Code("action-statuses"), str(JU.actionStatus), "How far it has come.", "open", required=True),
            Column("completed_on", Day(), str(JU.completedOn), "When it was done."),
        ),
        "{name}", ordered=(("agreed_on", "completed_on"),), both=("status", "done", "completed_on"), example_id="open-to-colleges",
    ),
    Table(
        "follow_ups", "follow-up", (str(JU.FollowUp),),
        "What was found when actions were followed up.",
        (
            Column("action", Link("actions"), str(JU.followsUp), "The action.", "open-to-colleges", required=True),
            Column("on", Day(), str(JU.followedUpOn), "The day.", "2014-06-16", required=True),
            Column("status", Code("action-statuses"), str(JU.actionStatus), "How far it had come.", "open", required=True),
            Column("note", Text(), ABOUT, "What was found.", "Half of the colleges can check."),
        ),
        "{action}, followed up {on}", key=("action", "on"),
    ),
)
# fmt: on
