"""Hostile words in a store: no label becomes markup, and only addresses of the web become links."""

from __future__ import annotations

import re

import pytest

from graph.dataset import Dataset
from tests.pages.conftest import FOREIGN, HOSTILE, every_page
from tests.pages.reader import read
from visualisations.links import href
from visualisations.page import resource_page


def test_nothing_that_a_label_holds_becomes_markup(hostile: Dataset) -> None:
    for name, page in every_page(hostile).items():
        assert HOSTILE not in page, name
        for node in read(page).every():
            assert node.name != "img", name
            assert not [a for a in node.attributes if a.startswith("on")], name
        for script in read(page).find("script"):
            assert re.fullmatch(r"/static/[\w./-]+\.js", script.attributes["src"] or ""), name
            assert not script.words().strip(), name
    assert HOSTILE in read(resource_page(hostile, f"{hostile.base}/id/programme/a")).find("h1")[0].words()


@pytest.mark.parametrize(
    "iri", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "urn:x", None]
)
def test_only_web_addresses_become_links(iri: str | None) -> None:
    assert href("https://joinedup.example", iri) is None


@pytest.mark.parametrize(
    ("iri", "address"),
    [
        ("https://joinedup.example/id/barrier/x", "/id/barrier/x"),
        ("https://joinedup.example/id/source/a.csv#row=3", "/id/source/a.csv#row=3"),
        ("https://joinedup.example//evil.example/x", "https://joinedup.example//evil.example/x"),
        ("https://joinedup.example.evil/x", "https://joinedup.example.evil/x"),
        (
            "https://w3id.org/joinedup/ontology#blocks",
            "/doc?iri=https%3A%2F%2Fw3id.org%2Fjoinedup%2Fontology%23blocks",
        ),
        (FOREIGN, FOREIGN),
    ],
)
def test_an_iri_leads_to_its_page(iri: str, address: str) -> None:
    assert href("https://joinedup.example", iri) == address
