"""Exploring in a real Chromium: by mouse and by keyboard, at a shared address, small, dark, and with nothing refused."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

pytestmark = pytest.mark.browser

WAY = "/explore?centre=programme/broadband-delivery-programme&to=programme/free-schools-and-academies"


class Watched:
    """A page with its picture drawn, and everything that went wrong or went out while it was open."""

    def __init__(self, context: BrowserContext, address: str):
        self.page, self.address = context.new_page(), address
        self.wrong, self.abroad = list[str](), list[str]()
        host = urlsplit(address).netloc
        self.page.on("console", lambda m: self.note(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on(
            "request", lambda r: None if urlsplit(r.url).netloc == host else self.abroad.append(r.url)
        )

    def note(self, text: str) -> None:
        """Drivers of software GL warn of their own slowness; that is not the page's."""
        if "GL Driver Message" not in text:
            self.wrong.append(text)

    def open(self, path: str) -> Page:
        """Go there and wait for the picture."""
        self.page.goto(self.address + path)
        self.page.locator("#board[data-ready]").wait_for()
        return self.page


@pytest.fixture
def watched(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective))"
    )
    yield Watched(context, address)
    context.close()


def names(page: Page) -> list[str]:
    return page.locator("#things tbody th a").all_inner_texts()


@pytest.mark.parametrize("path", ["/explore", WAY, "/explore?show=all", "/explore?q=late", "/explore?centre=barrier/late-figures&severity=3"])  # fmt: skip
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_view_opens_without_error_request_abroad_or_barrier_to_access(
    watched: Watched, path: str, dark: bool
) -> None:
    watched.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page = watched.open(path)
    expect(page.locator(".canvas canvas").first).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert (watched.wrong, watched.abroad) == ([], [])


def test_from_the_first_view_to_the_evidence_in_three_clicks(watched: Watched) -> None:
    page = watched.open("/explore")
    page.locator("#things").get_by_role("link", name="Look around Department for Education").click()
    expect(page.locator("#heading")).to_have_text("Around Department for Education")
    page.locator("#links summary").first.click()
    page.locator("#links details[open] a").first.click()
    page.wait_for_url(lambda url: "/explore" not in url)
    expect(page.locator("h1")).not_to_be_empty()
    assert watched.wrong == []


def test_opening_changes_address_picture_and_table_and_undo_takes_it_back(watched: Watched) -> None:
    page = watched.open("/explore")
    before = names(page)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    page.locator("#things").get_by_role("link", name="of Department for Education").click()
    expect(page.locator("#board[data-ready='2']")).to_be_attached()
    assert "opened=organisation/department-for-education" in page.url
    assert set(before) < set(names(page))
    undo.click()
    expect(page.locator("#board[data-ready='3']")).to_be_attached()
    assert names(page) == before
    assert "opened" not in page.url
    expect(undo).to_be_disabled()


def test_the_way_between_two_programmes_is_found_by_their_names(watched: Watched) -> None:
    page = watched.open("/explore")
    page.get_by_label("From").fill("Broadband Delivery Programme")
    page.get_by_label("To", exact=True).fill("Free schools and academies")
    page.get_by_role("button", name="Show ways").click()
    expect(page.locator("#told")).to_contain_text("The shortest way has")
    assert {"Broadband Delivery Programme", "Free schools and academies"} <= set(names(page))


def test_a_shared_address_gives_the_same_view(watched: Watched, browser: Browser) -> None:
    page = watched.open("/explore?opened=organisation/department-for-education&severity=3")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_url("**camera=**")
    other = Watched(browser.new_context(viewport={"width": 1280, "height": 900}), watched.address)
    there = other.open(page.url.removeprefix(watched.address))
    assert names(there) == names(page)
    assert there.locator("#told").inner_text() == page.locator("#told").inner_text()
    there.wait_for_timeout(700)
    assert there.url == page.url
    assert there.locator("#filtering").get_attribute("open") is not None
    there.context.close()


def test_by_keyboard_alone_a_thing_is_chosen_moved_and_put_back(watched: Watched) -> None:
    page = watched.open("/explore")
    page.locator(".canvas").focus()
    page.keyboard.press("n")
    name = page.locator(".canvas").get_attribute("data-chosen")
    assert name
    expect(page.locator(".beside h2")).not_to_have_text("Choose a thing")
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**moved=**")
    assert f"moved={name}~" in page.url
    drawn = page.locator("#board").get_attribute("data-ready")
    page.locator(".canvas").focus()
    page.keyboard.press("u")
    page.wait_for_url(lambda url: "moved=" not in url)
    expect(page.locator("#board")).not_to_have_attribute(
        "data-ready", drawn or ""
    )  # the old picture is there again
    expect(page.locator(".beside a").first).to_be_visible()
    page.locator(".canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".beside:focus, .beside :focus")).to_have_count(1)


def test_going_through_the_table_chooses_in_the_picture(watched: Watched) -> None:
    page = watched.open("/explore")
    page.locator("#things tbody th a").nth(2).focus()
    expect(page.locator(".beside h2")).to_have_text(page.locator("#things tbody th a").nth(2).inner_text())
    page.locator("#things .sorter").first.click()
    page.locator("#links tbody th a").first.focus()
    expect(page.locator(".beside .what")).to_contain_text("Evidence")


def test_the_time_slider_goes_to_an_earlier_day(watched: Watched) -> None:
    page = watched.open("/explore?show=all")
    before = page.locator("#told").inner_text()
    page.get_by_label("As of", exact=True).last.focus()
    page.keyboard.press("Home")
    page.wait_for_url("**as_of=**")
    expect(page.locator("#told")).not_to_have_text(before)
    expect(page.locator("#told")).to_contain_text("Compared with 30 May 2014: 1 thing and 1 link more")
    expect(page.locator("#as-of")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    page.wait_for_url(lambda url: "as_of=" not in url)
    expect(page.locator("#told")).to_contain_text("Compared with 31 March 2014: 4 things and 40 links more")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_picture_is_saved_with_its_legend(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(WAY)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as PNG").click()
    file = tmp_path / "explore.png"
    waiting.value.save_as(file)
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG")
    high = int.from_bytes(content[20:24], "big")
    assert high > page.locator(".canvas").bounding_box()["height"] + 60  # type: ignore[index]


def test_it_fits_320_pixels(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, reduced_motion="reduce")
    page = Watched(context, address).open(WAY)
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown
    expect(page.locator(".canvas")).to_be_visible()
    context.close()


def test_without_scripts_picture_forms_and_tables_stay(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/explore")
    page.get_by_label("Find a programme").fill("late")
    page.get_by_role("button", name="Find").click()
    page.locator("#found a").first.click()
    expect(page.locator("svg.drawing")).to_be_visible()
    expect(page.locator("#links tbody tr").first).to_be_visible()
    context.close()


DRAWN = """canvas => { const gl = canvas.getContext("webgl2"), seen = new Uint8Array(4 * canvas.width * canvas.height);
gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, seen); return seen.some(Boolean); }"""


def becomes(lines: Locator, drawn: bool) -> bool:
    """Whether a layer has something drawn on it, or nothing, within ten seconds and for long enough: as it moves it is empty."""
    end, seen = time.monotonic() + 10, 0
    while seen < 4 and time.monotonic() < end:
        seen = seen + 1 if lines.evaluate(DRAWN) == drawn else 0
        time.sleep(0.2)
    return seen >= 4


def test_very_many_links_are_lines_of_one_layer_which_goes_with_them(watched: Watched) -> None:
    many = {
        "count": 201,
        "of": 300,
        "cap": 2000,
        "moved": [],
        "frame": [0, 0, 2000, 1000],
        "says": [["plain", "holds back"]],
        "why": "/analyses/why-linked?one={one}&other={other}",
        "things": [
            [f"barrier/$&-{n}", f"Thing {n}", "barrier", "barrier", 10 * n, n % 20 * 50, 1, 1, None, ""]
            for n in range(201)
        ],
        "links": [[n % 200, (7 * n + 1) % 200, 0, 1] for n in range(25_000)],
    }
    page = watched.page
    page.route("**/explore.json?show=all", lambda route: route.fulfill(json=many))
    watched.open("/explore?show=all")
    lines = page.locator("canvas.sigma-lines")
    assert becomes(lines, True)
    page.locator(".canvas").focus()
    page.keyboard.press("n")
    expect(page.locator(".beside details a").first).to_have_attribute(
        "href", re.compile(r"one=barrier/%24%26-0&other=barrier/%24%26-\d+$")
    )
    assert becomes(lines, True)
    page.keyboard.press("p")
    expect(page.locator(".beside h2")).to_have_text("Thing 200")
    assert becomes(lines, False), "what is linked with nothing has no line"
    page.locator("#views a").first.click()
    page.locator("#board[data-ready='2']").wait_for()
    assert becomes(lines, False), "the next slice has few links, which sigma draws"
    assert watched.wrong == []


def test_paper_gets_the_still_picture(watched: Watched) -> None:
    page = watched.open("/explore")
    expect(page.locator("#still")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#still svg.drawing")).to_be_visible()
    expect(page.locator(".canvas")).to_be_hidden()
