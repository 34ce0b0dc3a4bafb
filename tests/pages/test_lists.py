"""Pages of lists: which entries of how many they show, and that their filters stay on."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from graph.dataset import Dataset
from graph.listing import KINDS, listing
from tests.pages.reader import read
from visualisations.page import list_page


@pytest.mark.parametrize("name", list(KINDS))
def test_a_list_says_which_entries_of_how_many(shown: Dataset, name: str) -> None:
    found = listing(shown, name, per_page=7)
    assert f"Entries 1 to 7 of {found.count}; {found.of} in all" in read(list_page(shown, found)).words()


def test_a_list_is_turned_with_its_filters(shown: Dataset) -> None:
    found = listing(shown, "programmes", q="the", department="ministry-of-defence", per_page=2, page=2)
    page = read(list_page(shown, found))
    turns = [
        a.attributes["href"]
        for a in page.find("a")
        if "rel" in a.attributes and a.attributes["rel"] in ("prev", "next")
    ]
    assert [parse_qs(urlsplit(t).query) for t in turns] == [
        {"q": ["the"], "department": ["ministry-of-defence"], "page": [n]} for n in ("1", "3")[: len(turns)]
    ]
    assert page.find("option", value="ministry-of-defence")[0].attributes.get("selected") == ""


def test_a_programme_that_nobody_was_asked_about_is_not_said_to_have_no_barrier(shown: Dataset) -> None:
    rows = read(list_page(shown, listing(shown, "programmes", q="2011 Census"))).find("tbody")[0].find("tr")
    assert "not asked" in rows[0].words()
