"""Numbers of an answer lead to what they rest on: every link of every analysis page of the example is followed."""

from __future__ import annotations

import re
import typing
from functools import cache
from urllib.parse import parse_qs, urlsplit

import pytest

from graph.analysis import analyses
from graph.dataset import Dataset
from graph.store import Store
from visualisations import answers
from visualisations.page import analysis_page, pair_page, resource_page
from visualisations.tables import Cell

NAMES = sorted(analyses())
NOT_COUNTED = {
    ("agenda", "days_late"),  # days between two dates of the row
    ("communities", "community"),  # its number
    ("fix_first", "bound"),  # what a proof found
    ("fix_first", "most_shared"),  # of another set than that of the row
    ("fix_frontier", "bound"),  # what a proof found
    ("fix_frontier", "removed"),  # what was asked for
    ("front_line_gap", "of_front_line"),  # the same in each row, whatever the barrier
    ("front_line_gap", "of_centre"),  # the same in each row, whatever the barrier
    ("follow_up", "days_overdue"),  # days between two dates of the row
    ("lost_in_translation", "levels"),  # the row lists the wordings
    ("lost_in_translation", "passages"),  # the row lists the wordings
    ("why_linked", "hops"),  # the row lists the steps
    ("why_linked", "sources"),  # the row lists the evidence
}
"""Whole numbers that lead nowhere, and why."""


@pytest.mark.parametrize("name", NAMES)
def test_every_count_leads_to_what_is_counted(name: str) -> None:
    for column in analyses()[name].columns:
        counts = int in (column.kind, *typing.get_args(column.kind))
        if counts and (name, column.name) not in NOT_COUNTED:
            assert column.evidence, f"{name}.{column.name} needs evidence, or a reason here"


def evidence_cells(dataset: Dataset, name: str) -> list[Cell]:
    """The cells of numbers that lead somewhere."""
    declared = analyses()[name]
    table = answers.table(dataset, declared, declared.run(dataset), {})
    return [
        cell
        for row in table.rows
        for column, cell in zip(declared.columns, row.cells, strict=True)
        if column.evidence
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_evidence_link_of_the_page_leads_to_a_part_that_is_there(
    name: str, example_store: Store
) -> None:
    dataset = example_store.dataset()
    declared = analyses()[name]
    page = analysis_page(dataset, declared, {}, declared.run(dataset))
    followed = 0
    for cell in evidence_cells(dataset, name):
        for where in filter(None, (part.href for part in cell.parts)):
            assert f'href="{where.replace("&", "&amp;")}"' in page
            path, fragment = where.partition("#")[::2]
            target = shown(example_store, path) if path else page
            assert not fragment or fragment in ids(target), f"{name}: {where}"
            followed += 1
    assert followed or not any(column.evidence for column in declared.columns)


def ids(page: str) -> set[str]:
    found = re.findall(r'(?<![\w-])id="([^"]+)"', page)
    assert len(found) == len(set(found)), "an id stands twice"
    return set(found)


@cache
def shown(store: Store, path: str) -> str:
    """The page at an address of the site."""
    dataset, parts = store.dataset(), urlsplit(path)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if parts.path == "/doc":
        return resource_page(dataset, query["iri"])
    if parts.path == "/pairs":
        return pair_page(
            dataset, *(f"{dataset.base}/id/organisation/{query[end]}" for end in ("one", "other"))
        )
    assert parts.path.startswith("/id/")
    return resource_page(dataset, dataset.base + parts.path)
