"""What holds for every page: headings, ids, links, counts and scripts; and it is there when nothing is loaded."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from graph.analysis import analyses
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.listing import KINDS, listing
from graph.store import open_store
from tests.pages.conftest import answer_page
from tests.pages.reader import read
from visualisations import rendering
from visualisations.explore import explore_page
from visualisations.page import departments_page, list_page, matrix_page, overview_page, resource_page
from visualisations.rendering import ANALYSES, LISTS, NAVIGATION, TOOLS


def test_every_page_has_one_heading_a_title_a_skip_link_and_the_navigation(pages: dict[str, str]) -> None:
    addresses = {address for address, _ in (*NAVIGATION, *ANALYSES, *LISTS, *TOOLS)}
    for name, text in pages.items():
        page = read(text)
        assert len(page.find("h1")) == 1 and page.find("title")[0].words().endswith("– Joinedup"), name
        assert page.find("html")[0].attributes["lang"] == "en-GB"
        assert page.find("a", href="#main")[0].words() == "Skip to the main content"
        assert addresses <= {
            a.attributes["href"] for a in page.find("nav", **{"aria-label": "Site"})[0].find("a")
        }, name
        levels = [int(n.name[1]) for n in page.every() if re.fullmatch(r"h[1-6]", n.name)]
        assert all(after <= before + 1 for before, after in zip([1, *levels], levels, strict=False)), name


def test_every_table_states_its_count(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for table in read(page).find("table"):
            said = table.find("caption")[0].words()
            assert re.search(r"\d of [\d,]+", said) or name == "overview", f"{name}: {said}"


def test_ids_are_unique_and_references_to_them_hold(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        nodes = read(page).every()
        ids = [n.attributes["id"] for n in nodes if "id" in n.attributes]
        assert len(ids) == len(set(ids)), name
        for node in nodes:
            for attribute in ("for", "aria-labelledby", "aria-describedby"):
                assert set(node.attributes.get(attribute, "").split()) <= set(ids), f"{name}: {attribute}"
            if node.name == "a" and node.attributes["href"].startswith("#"):
                assert node.attributes["href"][1:] in ids, f"{name}: {node.attributes['href']}"


def test_links_within_the_site_that_name_a_part_find_it(shown: Dataset, pages: dict[str, str]) -> None:
    parts: dict[str, set[str]] = {}
    for page in pages.values():
        for link in read(page).find("a"):
            address = urlsplit(link.attributes["href"])
            if address.path.startswith("/id/") and address.fragment and "=" not in address.fragment:
                parts.setdefault(unquote(address.path), set()).add(address.fragment)
    for path, fragments in sorted(parts.items())[:60]:
        ids = {n.attributes.get("id") for n in read(resource_page(shown, shown.base + path)).every()}
        assert fragments <= ids, path


def test_no_page_holds_a_style_an_inline_script_or_a_foreign_address(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for node in read(page).every():
            assert node.name != "style" and "style" not in node.attributes, name
            for attribute in ("src", "href", "action", "formaction", "poster", "data"):
                value = node.attributes.get(attribute, "/")
                if node.name == "a" and not value.startswith(("/", "#")):
                    assert value.startswith(("https://", "http://")), f"{name}: {value}"
                    assert node.attributes.get("rel") == "noreferrer nofollow", f"{name}: {value}"
                else:
                    assert value.startswith(("/", "#")) and not value.startswith("//"), f"{name}: {value}"


def test_a_page_asks_at_once_for_every_script_that_its_script_imports(example: Dataset) -> None:
    page = explore_page(example, {})
    told = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page))
    static = Path(rendering.__file__).parent / "static"
    every = {name for script in ("joinedup.js", "explore.js") for name in rendering.modules(script)}
    assert told == every >= {"explore_draw.js", "highlight.js", "sort.js"}
    for name in {*every, "explore.js", "joinedup.js"}:
        text = (static / name).read_text(encoding="utf-8")
        assert set(re.findall(r'from "\./([^"]+)"', text)) <= told


def test_an_empty_store_says_what_to_do() -> None:
    dataset = open_store("memory").dataset()
    assert "joinedup load" in read(overview_page(dataset)).words()
    for page in (
        matrix_page(dataset),
        departments_page(dataset),
        *(answer_page(dataset, name) for name in analyses()),
    ):
        assert read(page).find("h1")
    for kind in KINDS:
        assert "0 in all" in read(list_page(dataset, listing(dataset, kind))).words()
    with pytest.raises(NotFound):
        resource_page(dataset, f"{dataset.base}/id/barrier/x")
