"""What a person sees: every page in a real Chromium, with nothing refused, nothing fetched elsewhere, nothing shut out."""

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"]  # fmt: skip
PAGES = [
    "/",
    "/analyses/shared-blockers",
    "/analyses/missing-ties",
    "/analyses/silo-overview",
    "/matrix",
    "/departments-network",
    "/programmes",
    "/interviews",
    "/sources",
    "/search?q=families",
    "/neighbourhood?of=Troubled+Families&hops=2&limit=20",
    "/doc/barrier/late-figures",
    "/doc/programme/broadband-delivery-programme",
    "/doc/organisation/department-of-health",
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page, and everything that went wrong or went out while it was open."""

    def __init__(self, page: Page, host: str):
        self.page, self.wrong, self.abroad = page, [], []  # type: ignore[var-annotated]
        page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.wrong.append(str(e)))
        page.on(
            "request",
            lambda r: (
                None
                if urlsplit(r.url).netloc == host or r.url.startswith("data:")
                else self.abroad.append(r.url)
            ),
        )


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    yield Watched(page, urlsplit(address).netloc)
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_error_request_abroad_or_barrier_to_access(
    watched: Watched, address: str, path: str
) -> None:
    watched.page.goto(address + path, wait_until="networkidle")
    expected = ["404"] if path == "/nowhere" else []
    assert [w for w in watched.wrong if not any(e in w for e in expected)] == []
    assert watched.abroad == []
    found = Axe().run(watched.page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_sideways_scrolling_at_320_pixels(browser: Browser, address: str, path: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(address + path)
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    page.close()
    assert wide <= shown


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
    page.locator("textarea").focus()
    page.keyboard.insert_text("SELECT ?b WHERE { ?b a ju:Barrier } LIMIT 3")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sparql?**query=**")
    assert page.locator("table tbody tr").count() == 3


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


@pytest.mark.parametrize(
    "path",
    ["/", "/analyses/shared-blockers", "/analyses/missing-ties", "/analyses/silo-overview", "/matrix", "/departments-network", "/programmes",
     "/barriers", "/findings", "/id/barrier/b0", "/id/programme/p1", "/id/organisation/o2", "/id/interview/i3", "/pairs?one=o0&other=o1",
     f"/sparql?query={quote('SELECT ?s ?o { ?s skos:prefLabel ?o }')}", f"/programmes?q={quote(HOSTILE[1])}", f"/sparql?query={quote(HOSTILE[2])}",
     f"/analyses/shared-blockers?min_departments={quote(HOSTILE[1])}", f"/doc?iri={quote(HOSTILE[0])}"],
)  # fmt: skip
def test_a_hostile_label_is_inert(browser: Browser, hostile_address: str, path: str) -> None:
    page = browser.new_page()
    page.goto(hostile_address + path, wait_until="networkidle")
    for link in page.locator("main a:not(.skip):visible, main [tabindex]:visible").all()[:30]:
        link.hover(timeout=2000, force=True)
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("main script").count() == 0
    page.close()
