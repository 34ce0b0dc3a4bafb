"""The page of things named twice in a real Chromium: readable at both widths, judged and undone by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = "Regional Office for the North East and the Humber Valley Enterprise Partnership Area"
TABLES = {
    "organisations": "id,name,parent\nclinic,A clinic,\nclinic-2,A Clinic.,\n"
    f"care,Department of Care,\ncare-2,Department of Care.,\noffice,{LONG},care\noffice-2,{LONG}.,care-2\n",
    "barriers": "id,name\nlate,<img src=x onerror=window.hit=1> come late\nlate-2,<img src=x onerror=window.hit=1> come late.\n",
}
OFFICES = "/same?one=organisation/office&other=organisation/office-2"
CLINICS = "/same?one=organisation/clinic&other=organisation/clinic-2"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory, joinedup: Callable[..., object],
          serve: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:  # fmt: skip
    """The address of a server that may judge, on pairs of which one is judged already."""
    folder = tmp_path_factory.mktemp("pairs")
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    store = folder / "store"
    judged = ["same", "judge", "organisation/care", "organisation/care-2", "--verdict", "unsure", "--by", "analyst-1", "--because", "One address"]  # fmt: skip
    for done in (joinedup("load", folder, "--store", store), joinedup(*judged, "--store", store)):
        assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]
    with serve(store, "--allow-judging") as address:
        yield address


class Watched:
    """A page, and everything that went wrong or went out while it was open."""

    def __init__(self, page: Page, host: str):
        self.page, self.wrong, self.abroad = page, list[str](), list[str]()
        page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.wrong.append(str(e)))
        page.on("request", lambda r: self.abroad.append(r.url) if urlsplit(r.url).netloc != host else None)


@pytest.fixture
def opened(browser: Browser, pairs: str) -> Iterator[Callable[..., Watched]]:
    contexts = []

    def open_at(path: str, width: int = 1280, scheme: str = "light") -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        watched = Watched(context.new_page(), urlsplit(pairs).netloc)
        watched.page.goto(pairs + path, wait_until="networkidle")
        return watched

    yield open_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", ["/same", "/same?unsure=true&made=1", OFFICES])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")])  # fmt: skip
def test_the_page_opens_without_error_request_abroad_or_barrier_to_access(
    opened: Callable[..., Watched], path: str, width: int, scheme: str
) -> None:
    seen = opened(path, width, scheme)
    assert (seen.wrong, seen.abroad) == ([], [])
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()
    wide, shown = seen.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown
    assert seen.page.evaluate("window.hit") is None


def test_at_320_pixels_both_names_and_the_way_to_compare_them_are_in_view(
    opened: Callable[..., Watched],
) -> None:
    page = opened("/same", 320).page
    row = page.locator("#pairs tbody tr").filter(has_text="A clinic").first
    for name in ("A clinic", "A Clinic.", "Compare"):
        box = row.get_by_role("link", name=name).first.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    page = opened(OFFICES, 320).page
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#sides').parentElement)")  # fmt: skip


def test_the_page_allows_no_script_or_style_but_its_own(pairs: str) -> None:
    policy = httpx.get(f"{pairs}/same", headers={"Accept": "text/html"}).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";") if rule.strip())
    assert rules["default-src"] == "'none'"
    assert (rules["form-action"], rules["frame-ancestors"]) == ("'self'", "'none'")
    assert "unsafe" not in policy and "http" not in policy


def test_a_pair_is_judged_and_undone_by_keyboard_alone(opened: Callable[..., Watched], pairs: str) -> None:
    seen = opened("/same")
    page = seen.page
    assert "4 pairs may be the same" not in page.inner_text("main")  # the pair that is judged is left out
    before = page.locator("#pairs tbody tr").count()

    def to(selector: str) -> None:
        for _ in range(150):
            if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    to("a[href*='one='][href*='clinic']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/same?one=**")
    to("#in-verdict")
    page.keyboard.type("The same")
    to("#in-by")
    page.keyboard.type("analyst-2")
    to("#in-because")
    page.keyboard.type("One building")
    page.keyboard.press("Enter")
    page.wait_for_url("**/same?made=2#judgements")
    told = page.get_by_role("status")
    assert "Judgement 2 is kept: “A clinic” and “A Clinic.” are the same." in told.inner_text()
    assert told.evaluate("e => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight }")  # fmt: skip
    first = page.locator("#judged tbody tr").first.inner_text()
    assert all(words in first for words in ("The same", "analyst-2", "One building", "yes"))
    assert page.locator("#pairs tbody tr").count() == before - 1
    with httpx.Client(base_url=pairs) as client:
        moved = [client.get(f"/id/organisation/{i}").headers["location"] for i in ("clinic", "clinic-2")]
        assert sum("/doc/" in place for place in moved) == 1

    to("#in-undo")
    assert page.locator("#in-undo").input_value() == "2"
    to("#in-undo-by")
    page.keyboard.type("lead-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/same?made=3#judgements")
    assert "are not judged any more" in page.get_by_role("status").inner_text()
    assert page.locator("#pairs tbody tr").count() == before
    assert (seen.wrong, seen.abroad) == ([], [])
    with httpx.Client(base_url=pairs) as client:
        moved = [client.get(f"/id/organisation/{i}").headers["location"] for i in ("clinic", "clinic-2")]
        assert all("/doc/" in place for place in moved)


def test_a_judgement_without_a_role_is_not_sent(opened: Callable[..., Watched]) -> None:
    page = opened(CLINICS).page
    page.locator("#in-verdict").select_option("same")
    page.locator("#in-because").fill("One building")
    page.get_by_role("button", name="Keep the judgement").click()
    assert page.url.endswith(CLINICS)
    assert page.evaluate("document.activeElement.id") == "in-by"
