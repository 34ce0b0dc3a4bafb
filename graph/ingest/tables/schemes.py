"""Tables of concepts of the user's own: another taxonomy of barriers, and how it maps to the lists of Joinedup."""

from __future__ import annotations

from collections.abc import Iterable

from graph.ingest.tables.declaration import ABOUT, ID, NAME, Cells, Column, Statement, Table
from graph.ingest.values import Address, Code, Link, Text
from ontology.terms import DCTERMS, SKOS


def _top(subject: str, row: Cells) -> Iterable[Statement]:
    if "broader" not in row:
        yield subject, str(SKOS.topConceptOf), row["scheme"][0]


# fmt: off
SCHEMES = (
    Table(
        "schemes", "scheme", (str(SKOS.ConceptScheme),),
        "Lists of concepts of your own, such as the constructs of a research framework.",
        (
            ID,
            Column("name", Text(), NAME, "What the list is called.", "Reasons people drop out", required=True),
            Column("description", Text(), ABOUT, "What it is a list of.", "Why people leave a course before its end."),
            Column("web", Address(), str(DCTERMS.source), "Where it comes from."),
        ),
        "{name}", example_id="drop-out-reasons",
    ),
    Table(
        "concepts", "concept", (str(SKOS.Concept),),
        "The concepts of your own lists. A barrier may then be of that type, by the concept's id.",
        (
            ID,
            Column("name", Text(), NAME, "The concept in a few words.", "Not told in time", required=True),
            Column("scheme", Link("schemes"), str(SKOS.inScheme), "The list it belongs to.", "drop-out-reasons", required=True),
            Column("definition", Text(), str(SKOS.definition), "What it means, in a sentence.", "Nobody told them what they could get."),
            Column("broader", Link("concepts"), str(SKOS.broader), "The wider concepts of the same list that it is part of.", many=True),
            Column("case_of", Code("pitfalls", "factors"), str(SKOS.broadMatch), "The pitfall or factor that it is a case of.", "unclear-marketing", many=True),
            Column("close_to", Code("pitfalls", "factors"), str(SKOS.closeMatch), "The pitfall or factor that it is nearly the same as.", many=True),
        ),
        "{name}", also=_top, example_id="not-told",
    ),
)
# fmt: on
