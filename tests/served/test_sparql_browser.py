"""The SPARQL page in a real Chromium: an editor that completes, marks what is wrong, runs, stops, keeps; none of it needed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from graph.completions import completions
from graph.ingest.load import load
from graph.store import open_store
from tests.served.conftest import Watched
from visualisations.results_pictures import bars, network

pytestmark = pytest.mark.browser

COUNTS = "SELECT ?barrier (COUNT(?p) AS ?programmes) { ?barrier ju:blocks ?p } GROUP BY ?barrier ORDER BY DESC(?programmes)"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def writing(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    """A server on the deep dive that may be written to."""
    folder = tmp_path_factory.mktemp("writing") / "store"
    load(open_store(folder), [Path(__file__).parents[2] / "examples" / "deep-dive"])
    with serve(folder, "--allow-writing", "--query-seconds", "30") as address:
        yield address


def test_names_are_completed_and_the_answer_comes_without_a_new_page(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/sparql", wait_until="networkidle")
    page.evaluate("window.stays = 1")
    page.locator(".cm-content").focus()
    page.keyboard.type("SELECT * { ?b ju:bloc")
    expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text("ju:blocks")
    time.sleep(0.2)  # the list takes a key only once it has been seen
    page.keyboard.press("Enter")
    page.keyboard.type(" ?p } LIMIT 4")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answered table tbody tr")).to_have_count(4)
    assert page.evaluate("window.stays") == 1
    assert "ju%3Ablocks" in page.url
    expect(page.locator("#as-network")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run the query", "Tab leaves the editor"
    page.go_back(wait_until="networkidle")
    expect(page.locator("#answered table")).to_have_count(0)
    assert (watched.wrong, watched.abroad) == ([], [])


def test_an_address_that_was_shared_shows_the_same_query_answer_and_chart(
    watched: Watched, address: str
) -> None:
    page = watched.page
    page.goto(f"{address}/sparql?query={quote(COUNTS)}", wait_until="networkidle")
    assert "ju:blocks" in page.locator(".cm-content").inner_text()
    first = page.locator("#results tbody tr").first.inner_text().split("\t")
    bar = page.locator("#bars a").first.get_attribute("aria-label")
    assert bar == f"{first[0]}: {first[1]}"
    assert Axe().run(page).violations_count == 0
    assert (watched.wrong, watched.abroad) == ([], [])


def test_what_is_wrong_is_marked_where_it_stands(watched: Watched, address: str) -> None:
    page = watched.page
    query = quote("SELECT *\n{ ?s ?p }")
    page.goto(f"{address}/sparql?query={query}", wait_until="networkidle")
    mark = page.locator(".cm-lintRange-error, .cm-lintPoint-error").first
    expect(mark).to_be_attached()
    line = mark.evaluate(
        "m => [...m.closest('.cm-content').querySelectorAll('.cm-line')].indexOf(m.closest('.cm-line'))"
    )
    assert line == 1
    expect(page.locator("#wrong")).to_contain_text("error at 2:")
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_editor_is_readable_small_and_dark(browser: Browser, address: str, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{address}/sparql?query={quote(COUNTS)}", wait_until="networkidle")
    assert Axe().run(page).violations_count == 0
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown
    page.close()


def test_a_query_that_runs_long_can_be_stopped_and_frees_its_worker(browser: Browser, writing: str) -> None:
    page = browser.new_page()
    page.goto(f"{writing}/sparql", wait_until="networkidle")
    for _ in range(4):  # more than there are workers
        page.locator(".cm-content").fill(ENDLESS)
        page.keyboard.press("Control+Enter")
        stop = page.get_by_role("button", name="Stop")
        expect(stop).to_be_visible()
        time.sleep(0.5)
        stop.click()
        expect(page.get_by_text("Stopped.")).to_be_visible()
    began = time.monotonic()
    asked = {"query": "ASK {}", "format": "json"}
    assert httpx.get(f"{writing}/sparql", params=asked, timeout=20).json()["boolean"]
    assert time.monotonic() - began < 10
    page.close()


def test_a_query_is_kept_under_a_name_and_opened_again(browser: Browser, writing: str) -> None:
    page = browser.new_page()
    watched = Watched(page, urlsplit(writing).netloc)
    page.goto(f"{writing}/sparql?query={quote(COUNTS)}", wait_until="networkidle")
    page.get_by_label("Name", exact=True).fill("most-blocking")
    page.get_by_label("What it asks").fill("Which barriers block <b>most</b>?")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#kept")).to_contain_text("Kept. Its answer is always at /queries/most-blocking")
    answer = httpx.get(f"{writing}/queries/most-blocking", headers={"Accept": "text/csv"})
    assert answer.text.startswith("barrier,programmes")
    page.goto(f"{writing}/sparql", wait_until="networkidle")
    page.get_by_role("link", name="Which barriers block <b>most</b>?").click()
    expect(page.locator("#results tbody tr").first).to_be_visible()
    assert "GROUP BY" in page.locator(".cm-content").inner_text()
    assert watched.wrong == []
    page.close()


def test_nothing_can_be_kept_where_nothing_may_be_written(client: httpx.Client) -> None:
    assert "Keep this query" not in client.get("/sparql", headers={"Accept": "text/html"}).text


def test_without_scripts_the_form_answers_as_before(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sparql")
    page.locator("textarea").fill(COUNTS)
    page.get_by_role("button", name="Run the query").click()
    expect(page.locator("#bars")).to_be_visible()
    assert page.locator("#results tbody tr").count() > 5
    context.close()


def test_statements_are_shown_as_columns_with_labels(client: httpx.Client) -> None:
    query = {"query": "CONSTRUCT WHERE { ?b ju:blocks ?p }"}
    page = client.get("/sparql", params=query, headers={"Accept": "text/html"}).text
    assert all(f">{name}</th>" in page for name in ("subject", "property", "object"))
    assert ">blocks</a>" in page and "What the rows join" in page


def test_the_offers_are_the_terms_of_the_vocabulary_with_their_labels(client: httpx.Client) -> None:
    offers = {(o["label"], o["type"]): o["detail"] for o in client.get("/sparql/completions").json()}
    assert offers["ju:", "prefix"] == "https://w3id.org/joinedup/ontology#"
    assert ("ju:Barrier", "class") in offers and ("ju:blocks", "property") in offers
    assert ("skos:prefLabel", "property") in offers
    supports = r"c:stances\/supports"
    assert offers[supports, "concept"]
    query = f"SELECT (COUNT(*) AS ?n) {{ ?f ju:stance {supports} }}"
    rows = client.get("/sparql", params={"query": query, "format": "json"}).json()["results"]["bindings"]
    assert int(rows[0]["n"]["value"]) > 0, "what is offered can be asked"
    assert completions(open_store("memory").dataset())[0]["type"] == "prefix"


def test_a_chart_and_a_network_say_how_much_of_the_answer_they_show() -> None:
    rows: list[list[tuple[str | None, str]]] = [
        [(f"/id/barrier/{n}", f"B{n}"), (None, str(100 - n))] for n in range(60)
    ]
    chart = bars((["b", "n"], rows, 60, 0.1, 60))
    assert chart and chart.count == "25 of 60 rows" and sum(s.looks == "best" for s in chart.shapes) == 25
    assert bars((["b"], [[(None, "x")]], 1, 0.1, 1)) is None
    assert bars((["n"], [[(None, "1")]], 1, 0.1, 1)) is None
    joined: list[list[tuple[str | None, str]]] = [
        [(f"/id/barrier/{n}", f"B{n}"), (f"/id/programme/{n % 7}", "P")] for n in range(60)
    ]
    drawn = network((["b", "p"], joined, 60, 0.1, 60))
    assert drawn and drawn.count.startswith("40 of 67 things") and len(drawn.marks) == 40
    assert network((["b", "n"], rows, 60, 0.1, 60)) is None
