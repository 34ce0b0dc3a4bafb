"""What a person sees: every page in a real Chromium, with nothing refused, nothing fetched elsewhere, nothing shut out."""

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from graph.analysis import analyses
from graph.network_files import FORMS
from tests.served.conftest import Watched
from visualisations.rendering import ANALYSES, LISTS, NAVIGATION, TOOLS

pytestmark = pytest.mark.browser

AROUND = [href for href, _ in (*NAVIGATION, *ANALYSES, *LISTS, *TOOLS) if href != "/docs"]
"""Every page that the navigation leads to."""
PAGES = [
    *AROUND,
    "/tour/1",
    "/tour/4",
    "/search?q=families",
    "/neighbourhood?of=Troubled+Families&hops=2&limit=20",
    "/doc/barrier/late-figures",
    "/doc/programme/broadband-delivery-programme",
    "/doc/organisation/department-of-health",
    "/doc/deep-dive/early-help-for-families",
    "/doc/interview/c8h7",
    "/pairs?one=department-for-education&other=department-of-health",
    f"/sparql?query={quote('SELECT ?b ?p WHERE { ?b ju:blocks ?p } LIMIT 20')}",
    "/docs",
    "/connect",
    "/ontology",
    "/schemes",
    "/nowhere",
]
HOSTILE = [
    "<script>window.hit=1</script>",
    "\"'><img src=x onerror=window.hit=1>",
    "</title></textarea></svg><svg onload=window.hit=1>",
    "{{ 7*7 }} ${7*7} javascript:window.hit=1",
]


ALIKE = """for (const more of document.querySelectorAll("tbody tr:nth-child(n+9), dl.summary > div:nth-child(n+9), .several > li:nth-child(n+9), " +
  ".boxes > li:nth-child(n+9), .hits > li:nth-child(n+9), svg.drawing > :nth-child(n+40), main section > :nth-child(n+30), main > section:nth-of-type(n+9), main > div > section:nth-of-type(n+9)")) more.remove()"""
"""Takes away what only says the same again of other things, so that what is left can be gone through in time."""


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Iterator[Watched]:
    """One page for many addresses, at rest and on a white screen; what breaks the policy is heard too."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective))"
    )
    yield Watched(context.new_page(), urlsplit(address).netloc)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_quiet_at_home_and_open_to_all_on_every_screen_and_on_paper(
    opened: Watched, address: str, path: str
) -> None:
    page = opened.page
    page.goto(address + path, wait_until="load")
    if path.startswith("/explore"):
        page.locator("#board[data-ready]").wait_for()
    expected = ["404"] if path == "/nowhere" else ["GL Driver Message"]
    page.set_viewport_size({"width": 320, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide <= 320, "it needs no sideways scrolling on the smallest screen"
    page.emulate_media(media="print", color_scheme="dark")
    shown = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, document.querySelector('.top nav')?.checkVisibility() ?? false]"
    )
    page.emulate_media(media="screen", color_scheme="light")
    if path != "/docs":
        assert shown == ["rgb(255, 255, 255)", False], "paper is white, and has no menus"
    page.evaluate(ALIKE)
    found = Axe().run(
        page, options={"rules": {"target-size": {"enabled": True}}}
    )  # of WCAG 2.2, off unless asked
    assert found.violations_count == 0, found.generate_report()
    page.emulate_media(color_scheme="dark")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    assert found.violations_count == 0, found.generate_report()
    wrong, abroad = [*opened.wrong], [*opened.abroad]
    opened.wrong.clear(), opened.abroad.clear()
    assert [w for w in wrong if not any(e in w for e in expected)] == []
    assert abroad == []


def test_by_keyboard_alone_from_the_overview_to_a_finding(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(address)

    def reach(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                page.keyboard.press("Enter")
                return
        raise AssertionError(f"{selector} was not reached")

    reach(".skip")
    assert page.evaluate("document.activeElement.id") == "main", "the menus are left out"
    reach("main a[href*='barrier/late-figures']")
    page.wait_for_url("**/barrier/late-figures*")
    reach("#findings a[href*='/finding/']")
    page.wait_for_url("**/finding/*")
    expect(page.locator("h1")).not_to_be_empty()


def test_the_overview_shows_figures_the_matrix_and_the_top_shared_blocker(
    watched: Watched, address: str
) -> None:
    page = watched.page
    page.goto(address)
    text = page.inner_text("main")
    assert "211" in text
    assert "Figures reach the people who could act months too late" in text
    assert page.locator("table").count() >= 2
    assert "Department for Education" in text


def test_from_the_overview_to_the_evidence_in_three_clicks(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(address)
    page.get_by_role("navigation").get_by_role("link", name="Shared blockers").first.click()
    page.get_by_role("main").get_by_role(
        "link", name="Figures reach the people who could act months too late"
    ).first.click()
    assert urlsplit(page.url).path.endswith("/barrier/late-figures")
    findings = page.locator("#findings")
    assert "supports" in findings.inner_text().lower()
    assert findings.get_by_role("link").count() > 5


def test_a_number_in_the_table_leads_to_what_it_rests_on(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/analyses/shared-blockers")
    row = page.get_by_role("row").filter(has_text="Figures reach the people")
    row.first.get_by_role("link", name="16").first.click()
    assert page.url.endswith("#findings")
    assert page.locator("#findings").is_visible()


def test_the_matrix_leads_to_the_pair_without_a_tie(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/matrix")
    page.locator("a[href*='one=department-for-education'][href*='other=department-of-health']").first.click()
    text = page.inner_text("main")
    assert "Families and users must give the same facts to every agency" in text
    assert "no working tie" in text.lower()


def test_without_javascript_every_page_still_says_everything(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/analyses/shared-blockers")
    assert (
        page.get_by_role("main")
        .get_by_role("link", name="Money is confirmed too late to plan the year")
        .first.is_visible()
    )
    assert page.locator("svg").first.is_visible()
    context.close()


def test_a_query_is_asked_and_answered_by_keyboard_alone(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}/sparql")
    page.locator(".cm-content").focus()
    page.keyboard.insert_text("SELECT ?b WHERE { ?b a ju:Barrier } LIMIT 3")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sparql?**query=**")
    expect(page.locator("table tbody tr")).to_have_count(3)


@pytest.fixture(scope="module")
def hostile_address(
    tmp_path_factory: pytest.TempPathFactory,
    joinedup: Callable[..., object],
    serve: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    tables = {
        "organisations": [
            ["id", "name", "abbreviation", "kind"],
            *([f"o{i}", h, h, "ministerial-department"] for i, h in enumerate(HOSTILE)),
        ],
        "programmes": [
            ["id", "name", "lead", "description"],
            *([f"p{i}", h, f"o{i}", h] for i, h in enumerate(HOSTILE)),
        ],
        "barriers": [["id", "name", "description"], *([f"b{i}", h, h] for i, h in enumerate(HOSTILE))],
        "interviews": [
            ["id", "held_on", "level", "role", "marking"],
            *([f"i{i}", "2014-01-01", "local", h, "official"] for i, h in enumerate(HOSTILE)),
        ],
        "findings": [
            ["id", "programme", "barrier", "stance", "severity", "interview", "summary"],
            *(
                [f"f{i}{j}", f"p{j}", f"b{i}", "supports", "3", f"i{j}", h]
                for i, h in enumerate(HOSTILE)
                for j in range(4)
            ),
        ],
        "ties": [["between", "and", "kind"], ["p0", "p1", "joint-board"]],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    done = joinedup("load", folder, "--store", folder / "store")
    assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]
    with serve(folder / "store") as address:
        yield address


@pytest.fixture(scope="module")
def hostile_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield page
    page.close()


@pytest.mark.parametrize(
    "path",
    [*AROUND, "/tour/2", "/tour/3", "/findings", "/explore?show=all", "/explore?centre=barrier/b0", "/search?q=script", "/neighbourhood?of=barrier/b0",
     "/id/barrier/b0", "/id/programme/p1", "/id/organisation/o2", "/id/interview/i3", "/pairs?one=o0&other=o1",
     "/analyses/if-removed?barriers=b0,b1", "/analyses/why-linked?one=barrier/b0&other=programme/p0",
     f"/sparql?query={quote('SELECT ?s ?o { ?s skos:prefLabel ?o }')}", f"/sparql?query={quote('SELECT ?b ?p { ?b ju:blocks ?p }')}",
     f"/programmes?q={quote(HOSTILE[1])}", f"/sparql?query={quote(HOSTILE[2])}", f"/search?q={quote(HOSTILE[0])}", f"/explore?q={quote(HOSTILE[1])}",
     f"/analyses/shared-blockers?min_departments={quote(HOSTILE[1])}", f"/doc?iri={quote(HOSTILE[0])}"],
)  # fmt: skip
def test_a_hostile_label_is_inert(hostile_page: Page, hostile_address: str, path: str) -> None:
    page = hostile_page
    page.goto(hostile_address + path, wait_until="load")
    for link in page.locator("main :is(a:not(.skip), [tabindex]):visible").all()[:12]:
        link.hover(timeout=2000, force=True)
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("main script").count() == 0


def test_a_hostile_label_is_inert_in_every_file(hostile_page: Page, hostile_address: str) -> None:
    with httpx.Client(base_url=hostile_address, timeout=60) as client:
        names = [n for n in client.get("/openapi.json").json()["paths"] if "{" not in n and n.endswith((".json", ".csv", ".trig", ".nq"))]  # fmt: skip
        files = [
            *names,
            *(f"/analyses/{name.replace('_', '-')}.{suffix}" for name in analyses() for suffix in ("csv", "json", "ttl")),
            *(f"/explore.{suffix}?show=all" for suffix in ("json", "csv", "graphml", "gexf", "network.json")),
            *(f"/networks/{kind}.{form.suffix}" for kind in ("blocking", "stakeholders") for form in FORMS.values()),
        ]  # fmt: skip
        tried = 0
        for name in files:
            answer = client.get(name)
            if answer.status_code == 404:
                continue
            tried += 1
            assert answer.headers["x-content-type-options"] == "nosniff", name
            assert "html" not in answer.headers["content-type"], name
    assert tried > 70
    page = hostile_page
    page.goto(f"{hostile_address}/explore.svg?show=all")
    assert page.evaluate("window.hit") is None
    assert page.evaluate("document.querySelectorAll('script, img, foreignObject').length") == 0
    assert page.evaluate("document.documentElement.textContent").count("window.hit=1") > 4
