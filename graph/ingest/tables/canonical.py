"""The canonical tables: what each row and column means, and the statements it becomes.

This is the one place that says so. The template, its page of explanations, the reading of files, their
errors and the RDF are all derived from it; a foreign file is first mapped to rows of these tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from graph.ingest.tables.declaration import Table
from graph.ingest.tables.evidence import EVIDENCE
from graph.ingest.tables.fieldwork import FIELDWORK
from graph.ingest.tables.organisations import ORGANISATIONS
from graph.ingest.tables.plans import PLANS
from graph.ingest.tables.programmes import PROGRAMMES
from graph.ingest.tables.response import RESPONSE
from graph.ingest.tables.schemes import SCHEMES

THEMES: Mapping[str, tuple[Table, ...]] = {
    "Organisations, people and places": ORGANISATIONS,
    "Programmes": PROGRAMMES,
    "Promises, plans and figures": PLANS,
    "Deep dives and interviews": FIELDWORK,
    "Evidence and barriers": EVIDENCE,
    "What is done about barriers": RESPONSE,
    "Lists of concepts of your own": SCHEMES,
}
"""The tables in the order in which the template shows them."""

FIRST = ("organisations", "programmes", "interviews", "barriers", "findings")
"""The tables that are enough to begin with."""

TABLES: tuple[Table, ...] = tuple(table for tables in THEMES.values() for table in tables)
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
BY_SEGMENT: Mapping[str, Table] = {table.segment: table for table in TABLES}
