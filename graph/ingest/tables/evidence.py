"""Tables of evidence: passages of interviews, datasets, barriers, what was found, and what stakeholders said of it."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table
from graph.ingest.values import Address, Code, Day, Identifier, Link, Text, Whole
from ontology.terms import DCTERMS, JU, PREFIXES, XSD, concept

_OA = PREFIXES["oa"]


def _blocking(_: str, row: Cells) -> Iterable[Statement]:
    if row["stance"] == [concept("stances", "supports")]:
        yield row["barrier"][0], str(JU.blocks), row["programme"][0]


def _selectors(subject: str, row: Cells) -> Iterable[Statement]:
    """Where the passage is, and its words (Web Annotation Data Model, 4.2)."""
    for selector, type_, label, columns in (
        ("position", "TextPositionSelector", "Place in the notes", (("start", "start"), ("end", "end"))),
        ("words", "TextQuoteSelector", "Words", (("words", "exact"),)),
    ):
        if columns[0][0] in row:
            node = f"{subject}--{selector}"
            yield subject, _OA + "hasSelector", node
            yield node, "type", _OA + type_
            yield node, NAME, Literal(label)
            for column, property_ in columns:
                (text,) = row[column]
                whole = NamedNode(str(XSD.nonNegativeInteger))
                yield (
                    node,
                    _OA + property_,
                    Literal(text) if column == "words" else Literal(text, datatype=whole),
                )


# fmt: off
EVIDENCE = (
    Table(
        "excerpts", "excerpt", (str(JU.Excerpt),),
        "Passages of the notes of interviews that findings rest on.",
        (
            Column("id", Identifier(), None, "A code for the passage that gives nothing away.", "x001", required=True),
            Column("interview", Link("interviews"), str(JU.excerptOf), "The interview.", "i01", required=True),
            Column("words", Text(confidential=True), None, "The words.", "I send them home, because I cannot look it up."),
            Column("start", Whole(0, 999_999_999), None, "How many characters of the notes come before it.", "120"),
            Column("end", Whole(0, 999_999_999), None, "How many characters come before its end.", "166"),
            Column("codes", Link("concepts"), str(JU.codedAs), "The concepts of your own lists that the passage was coded with.", "not-told", many=True),
            Column("aim", Link("outcomes", "programmes"), str(JU.putsIntoWords), "The outcome, or the programme whose aim, that the speaker puts into words here.", "lasting-work"),
        ),
        "Excerpt {id}", also=_selectors, pairs=(("start", "end"),), ordered=(("start", "end"),), example_id="x001",
    ),
    Table(
        "datasets", "dataset", (str(JU.Dataset),),
        "Desk data that findings rest on.",
        (
            ID,
            Column("name", Text(), NAME, "What it is called.", "Course starts by region", required=True),
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
            ID,
            Column("name", Text(), NAME, "The barrier in a few words.", "Colleges cannot see who is eligible", required=True),
            Column("description", Text(), ABOUT, "The barrier in a sentence or two.", "Eligibility is held in a system that colleges may not read."),
            Column("type", Link("concepts", shipped=Code("pitfalls", "factors")), str(JU.barrierType), "The pitfall or factor it is a case of, or a concept of your own.", "poor-data", many=True),
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
            Column("link", Code("chain-links"), str(JU.atLink), "The link of the delivery chain that it is about.", "front-line"),
            Column("interview", Link("interviews"), str(JU.fromInterview), "The interview it comes from.", "i01"),
            Column("dataset", Link("datasets"), str(JU.fromDataset), "Or the dataset it comes from."),
            Column("summary", Text(confidential=True), ABOUT, "What was said or seen, in your words.", "Tutors turn people away because they cannot check.", required=True),
            Column("excerpt", Text(confidential=True), str(JU.excerpt), "The words it rests on."),
            Column("quotes", Link("excerpts"), str(JU.quotes), "Or the passages it rests on.", "x001", many=True),
            Column("coder", Text(confidential=True), str(JU.codedBy), "A pseudonym of whoever drew it from the notes.", "coder-2"),
        ),
        "{summary}", also=_blocking, together=(("interview", "dataset"),), example_id="f001",
    ),
    Table(
        "tests", "test", (str(JU.EmergingFindingTest),),
        "What stakeholders said when a finding was put to them.",
        (
            Column("finding", Link("findings"), str(JU.tests), "The finding.", "f001", required=True),
            Column("organisation", Link("organisations"), str(JU.testedWith), "Whom it was put to.", "dea", required=True),
            Column("tested_on", Day(), str(JU.testedOn), "When.", "2014-02-17", required=True),
            Column("result", Code("test-results"), str(JU.testResult), "What they said.", "contested", required=True),
            Column("note", Text(confidential=True), ABOUT, "Why, or how it was amended.", "A list is sent to colleges twice a year."),
        ),
        "{finding} ({organisation}: {result})", key=("finding", "organisation", "tested_on"),
    ),
)
# fmt: on
