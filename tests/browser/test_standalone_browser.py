"""The stand-alone page in a real Chromium, from a file, with every request and every complaint of the browser counted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import networkx as nx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Position, expect, sync_playwright

from graph.dataset import Dataset
from graph.network import NETWORKS
from graph.report import report
from visualisations.report import as_html
from visualisations.standalone import draw, standalone_page

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]
HOSTILE = (
    "<script>window.hit = 1</script>",
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<a href='javascript:window.hit = 1'>href</a>",
    "'; window.hit = 1; '",
    'x" onmouseover="window.hit = 1',
    "\u202egnp.exe",
)
WATCH = """
window.complaints = [];
document.addEventListener("securitypolicyviolation", (event) => window.complaints.push(event.violatedDirective));
"""


@dataclass
class Opened:
    """A page and what the browser said of it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Nothing but the file was asked for, and nothing went wrong or ran."""
        assert len(self.requests) == 1 and self.requests[0].startswith("file:"), self.requests
        assert self.complaints == []
        assert self.page.evaluate("window.complaints") == []
        assert self.page.evaluate("window.hit") is None


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Write a page to a file and open it: opened(text, width=1280, scheme="light")."""
    contexts = []

    def open_(
        text: str,
        *,
        width: int = 1280,
        height: int = 900,
        scheme: str = "light",
        ready: bool = True,
        **options: object,
    ) -> Opened:
        path = tmp_path / "picture.html"
        path.write_text(text, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            offline=True,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        context.add_init_script(WATCH)
        found = Opened(context.new_page())
        found.page.on(
            "request",
            lambda request: (
                found.requests.append(request.url) if not request.url.startswith("data:,") else None
            ),
        )
        found.page.on("console", lambda message: found.complaints.append(message.text))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("dialog", lambda dialog: (found.complaints.append(dialog.message), dialog.dismiss()))
        found.page.goto(path.as_uri())
        if ready and options.get("java_script_enabled") is not False:
            expect(found.page.locator("html")).to_have_attribute("data-ready", "true")
        return found

    yield open_
    for context in contexts:
        context.close()


def small() -> nx.Graph[str]:
    made: nx.Graph[str] = nx.Graph()
    for name, kind in (("b", "barrier"), ("p", "programme"), ("d", "department")):
        made.add_node(name, label=f"Some {kind}", kind=kind)
    made.add_edge("b", "p", kind="blocks", label="1 source says so", weight=1, evidence=["f"])
    made.add_edge("d", "p", kind="leads", label="leads", weight=1, evidence=[])
    return made


def said(iris: list[str]) -> list[Mapping[str, str]]:
    return [
        {"Finding": "It came too late.", "Severity": "4 of 5", "Level": "Local", "Organisation": "A council"}
        for _ in iris
    ]


def row(page: Page, table: str, name: str) -> Locator:
    return page.locator(f"#{table} tbody button", has_text=name).first


def chosen(button: Locator) -> Position:
    """Where in the picture the thing of a row is drawn, found by focusing the row and letting go again."""
    button.focus()
    button.page.wait_for_timeout(100)
    at = button.page.locator("#picture").get_attribute("data-at") or ""
    button.page.keyboard.press("Escape")
    x, y = map(float, at.split(","))
    return {"x": x, "y": y}


@pytest.mark.parametrize("width", [1280, 375, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NETWORKS)
def test_page_is_quiet_fits_and_passes_axe(
    name: str, scheme: str, width: int, example: Dataset, opened: Open
) -> None:
    found = opened(draw(example, name), width=width, scheme=scheme)
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    row(found.page, "edges", "").press("Enter")
    results = Axe().run(found.page)
    assert results.violations_count == 0, results.generate_report()
    found.check()


def test_a_picture_of_what_an_answer_names_is_as_quiet(example: Dataset, opened: Open) -> None:
    found = opened(draw(example, "chain-weak-points"), width=320, scheme="dark")
    results = Axe().run(found.page)
    assert results.violations_count == 0, results.generate_report()
    found.check()


def test_picture_is_drawn(opened: Open) -> None:
    found = opened(standalone_page(small(), title="T", summary="S", evidence=said))
    colours = found.page.evaluate("""() => {
        const canvas = document.querySelector("#picture canvas"), seen = new Set();
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        for (let n = 0; n < pixels.length; n += 4) seen.add(`${pixels[n]},${pixels[n + 1]},${pixels[n + 2]}`);
        return [...seen];
    }""")
    assert {"0,114,178", "0,158,115", "213,94,0"} <= set(colours)
    found.check()


def test_click_on_a_line_shows_its_evidence(opened: Open) -> None:
    found = opened(standalone_page(small(), title="T", summary="S", evidence=said))
    panel = found.page.locator("#panel")
    at = chosen(row(found.page, "edges", "Some barrier"))
    expect(panel).not_to_contain_text("It came too late.")
    found.page.locator("#picture").click(position=at)
    for words in (
        "Some barrier – holds back – Some programme",
        "It came too late.",
        "4 of 5",
        "Local",
        "A council",
    ):
        expect(panel).to_contain_text(words)
    found.check()


def test_click_on_a_mark_shows_its_neighbours_and_they_lead_on(opened: Open) -> None:
    found = opened(standalone_page(small(), title="T", summary="S", evidence=said))
    panel = found.page.locator("#panel")
    found.page.locator("#picture").click(position=chosen(row(found.page, "nodes", "Some programme")))
    for words in ("Some programme", "Held back by: 1", "Led by: 1"):
        expect(panel).to_contain_text(words)
    panel.get_by_role("button", name="Some barrier").click()
    expect(panel).to_contain_text("It came too late.")
    found.check()


def test_click_on_nothing_lets_go(opened: Open) -> None:
    found = opened(standalone_page(small(), title="T", summary="S", evidence=said))
    row(found.page, "nodes", "Some programme").press("Enter")
    expect(found.page.locator("tr.picked")).to_have_count(1)
    found.page.locator("#picture").click(position={"x": 4, "y": 4})
    expect(found.page.locator("tr.picked")).to_have_count(0)


def test_keyboard_alone_reaches_the_evidence_and_comes_back(opened: Open) -> None:
    found = opened(standalone_page(small(), title="T", summary="S", evidence=said))
    first = found.page.locator("#edges tbody button").first
    first.focus()
    expect(found.page.locator("#edges tr.picked")).to_have_count(1)
    found.page.keyboard.press("Enter")
    expect(found.page.locator("#panel-heading")).to_be_focused()
    expect(found.page.locator("#panel")).to_contain_text("It came too late.")
    found.page.keyboard.press("Escape")
    expect(first).to_be_focused()
    found.page.keyboard.press("ArrowDown")
    expect(found.page.locator("#edges tbody button").nth(1)).to_be_focused()


def test_focus_on_a_row_moves_the_camera(example: Dataset, opened: Open) -> None:
    found = opened(draw(example, "shared-blockers"))
    before = found.page.locator("#picture").screenshot()
    at = chosen(row(found.page, "nodes", "Home Office"))
    assert found.page.locator("#picture").screenshot() != before
    found.page.locator("#picture").click(position=at)
    expect(found.page.locator("#panel-heading")).to_have_text("Home Office")


def test_filter_counts_and_hides(example: Dataset, opened: Open) -> None:
    found = opened(draw(example, "shared-blockers"))
    page, rows = found.page, found.page.locator("#nodes tbody tr")
    every = rows.count()
    page.get_by_label("Filter by words").fill("zebra")
    expect(page.locator("#shown")).to_contain_text("0 of")
    page.get_by_label("Filter by words").fill("Home Office")
    shown = page.locator("#nodes tbody tr:visible").count()
    assert 0 < shown < every
    expect(page.locator("#shown")).to_contain_text(f"{shown} of {every} things")
    assert page.locator("#shown").get_attribute("aria-live") == "polite"
    page.get_by_label("Filter by words").fill("")
    expect(page.locator("#nodes tbody tr:visible")).to_have_count(every)


def test_tables_can_be_sorted(example: Dataset, opened: Open) -> None:
    page = opened(draw(example, "shared-blockers")).page
    head = page.locator("#nodes thead th", has_text="Links")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    links = [int(text) for text in page.locator("#nodes tbody td:last-child").all_inner_texts()]
    assert links == sorted(links, reverse=True)
    name = page.locator("#nodes thead th", has_text="Name")
    name.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None and name.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("width", [1280, 375])
def test_hostile_words_do_nothing_on_load_hover_or_click(width: int, opened: Open) -> None:
    made: nx.Graph[str] = nx.Graph()
    for n, text in enumerate(HOSTILE):
        made.add_node(text, label=text, kind=text if n % 2 else "barrier", departments=[text])
    for one, other in combinations(HOSTILE, 2):
        made.add_edge(one, other, kind=one, label=other, weight=1, evidence=[one, other])
    found = opened(
        standalone_page(
            made,
            title=HOSTILE[1],
            question=HOSTILE[0],
            summary=HOSTILE[2],
            caveats=list(HOSTILE),
            shown=HOSTILE[3],
            evidence=lambda iris: [{HOSTILE[2]: iri, HOSTILE[1]: iri} for iri in iris],
        ),
        width=width,
    )
    page, picture = found.page, found.page.locator("#picture")
    for table in ("nodes", "edges"):
        for button in page.locator(f"#{table} tbody button").all():
            at = chosen(button)
            picture.hover(position=at)
            page.wait_for_timeout(200)
            picture.click(position=at)
            button.press("Enter")
    page.get_by_label("Filter by words").fill(HOSTILE[0])
    assert page.evaluate("document.scripts.length") == 3
    assert page.locator("main img, main iframe, main a, main object").count() == 0
    found.check()


def test_hover_shows_words(opened: Open) -> None:
    made = small()
    made.nodes["p"]["label"] = "<b href='x'>A programme</b>"
    found = opened(standalone_page(made, title="T", summary="S", evidence=said))
    found.page.locator("#picture").hover(position=chosen(row(found.page, "nodes", "A programme")))
    tip = found.page.locator("div.vis-tooltip")
    expect(tip).to_be_visible()
    expect(tip).to_have_text("<b href='x'>A programme</b> (programme)")
    found.check()


def test_without_script_the_tables_say_it(example: Dataset, opened: Open) -> None:
    page = opened(draw(example, "missing-ties"), java_script_enabled=False).page
    expect(page.get_by_text("The picture needs script")).to_be_visible()
    assert page.locator("#edges tbody tr").count() > 20
    expect(page.locator("#filter")).to_be_hidden()


def test_print_leaves_the_controls_out_and_is_light(example: Dataset, opened: Open) -> None:
    found = opened(draw(example, "missing-ties"), scheme="dark")
    found.page.emulate_media(media="print")
    expect(found.page.locator(".tools")).to_be_hidden()
    assert found.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(found.page.pdf()) > 20_000
    found.check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_a_report_opens_from_a_file_for_everyone_and_asks_nothing(
    opened: Open, example: Dataset, scheme: str, width: int
) -> None:
    made = as_html(report(example, "early-help-for-families")).decode()
    found = opened(made, width=width, scheme=scheme, ready=False)
    result = Axe().run(found.page)
    assert result.violations_count == 0, result.generate_report()
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    assert found.page.locator("svg").first.is_visible() is (width == 1280)
    found.check()
