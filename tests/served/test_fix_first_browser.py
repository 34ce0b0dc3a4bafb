"""Fix first and the tour in a real Chromium: boxes ticked and answered at once, shared, and all of it by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.served.conftest import Watched

pytestmark = pytest.mark.browser

PAGE = "/analyses/if-removed"
BEST = "late-money,rival-offers"
HOSTILE = "<img src=x onerror=window.hit=1> </title><script>window.hit=1</script>"


def test_a_ticked_box_is_answered_at_once_and_the_address_holds_it(watched: Watched, address: str) -> None:
    page = watched.page
    page.goto(f"{address}{PAGE}?barriers=late-money", wait_until="networkidle")
    expect(page.locator("#said")).to_contain_text("0 of 22 blocked programmes would be free")
    page.evaluate("window.stays = 1")
    page.get_by_label(re.compile("New offers are launched beside old ones")).check()
    expect(page.locator("#said")).to_contain_text("3 of 22 blocked programmes would be free")
    assert page.evaluate("window.stays") == 1, "the page was not loaded anew"
    assert set(parse_qs(urlsplit(page.url).query)["barriers"][0].split(",")) == set(BEST.split(","))
    freed = page.locator("#answer tbody tr", has=page.get_by_role("cell", name="yes", exact=True))
    expect(freed).to_have_count(3)
    assert "barriers=" in (page.locator("#files a").first.get_attribute("href") or "")
    page.reload(wait_until="networkidle")
    expect(page.locator("#said")).to_contain_text("3 of 22")
    expect(page.locator(".boxes input:checked")).to_have_count(2)
    for _ in range(2):
        page.locator(".boxes input:checked").first.uncheck()
    expect(page.locator("#said")).to_contain_text("No barrier is ticked: 22 programmes stay blocked")
    assert (watched.wrong, watched.abroad) == ([], [])


def test_a_shared_address_shows_the_same_to_somebody_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{PAGE}?barriers={BEST}")
    assert "3 of 22" in page.locator("#said").inner_text()
    page.get_by_label(re.compile("Permits and access to land")).check()
    page.get_by_role("button", name="See what is freed").click()
    assert "4 of 22 blocked programmes would be free" in page.locator("#said").inner_text()
    assert page.locator(".boxes input:checked").count() == 3
    context.close()


def test_the_frontier_leads_from_its_dots_to_the_programmes_and_from_its_sets_to_the_boxes(
    watched: Watched, address: str
) -> None:
    page = watched.page
    page.goto(f"{address}/analyses/fix-first", wait_until="networkidle")
    page.get_by_role("link", name="How much does each number of barriers free?").click()
    dot = page.get_by_role("link", name=re.compile(r"^The best 2 barriers: 3 programmes freed, proven"))
    dot.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#which-2")
    page.get_by_role("link", name="the best 2", exact=True).click()
    expect(page.locator("#said")).to_contain_text("3 of 22")
    assert watched.wrong == []


def test_the_tour_goes_by_keyboard_from_the_overview_through_five_pictures(
    watched: Watched, address: str
) -> None:
    page = watched.page
    page.goto(address, wait_until="networkidle")
    page.get_by_role("link", name=re.compile("five steps")).press("Enter")
    for number in range(1, 6):
        expect(page.locator(".over")).to_have_text(f"Step {number} of 5")
        assert page.locator("main svg.drawing[id], main table.matrix, main svg[role=group]").count() >= 1
        page.locator(".onward").press("Enter")
    expect(page).to_have_url(f"{address}/")
    assert (watched.wrong, watched.abroad) == ([], [])


def test_each_step_of_the_tour_says_what_its_analysis_says(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        for number, analysis in enumerate(
            [
                "missing-ties",
                "shared-blockers.json?min_departments=3",
                "front-line-gap",
                "fix-frontier",
                "follow-up",
            ],
            1,
        ):
            path = analysis if "?" in analysis else f"{analysis}.json"
            summary = client.get(f"/analyses/{path}").json()["summary"]
            page = client.get(f"/tour/{number}", headers={"Accept": "text/html"}).text
            words = re.sub(r"&#?\w+;", "", re.search(r'class="lead">(.*?)</p>', page, re.S)[1])  # type: ignore[index]
            assert words[:40] == re.sub(r"""["'&<>]""", "", summary)[:40]
        assert client.get("/tour/6").status_code == 404


def test_hostile_labels_stay_words_in_boxes_charts_and_the_tour(
    browser: Browser,
    tmp_path: Path,
    joinedup: Callable[..., object],
    serve: Callable[..., AbstractContextManager[str]],
) -> None:
    tables = {
        "organisations": f"id,name,kind\na,{HOSTILE},ministerial-department\nb,B,ministerial-department\n",
        "programmes": f"id,name,lead\np,{HOSTILE},a\nq,Q,b\n",
        "barriers": f"id,name\nx,{HOSTILE}\n",
        "interviews": "id,held_on,level,organisation,marking\ni,2014-01-20,front-line,a,official\nj,2014-02-20,centre,b,official\n",
        "findings": "id,programme,barrier,stance,severity,interview,summary\nf,p,x,supports,3,i,S\ng,q,x,supports,3,j,S\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    done = joinedup("load", tmp_path, "--store", tmp_path / "store")
    assert done.returncode == 0, done.stderr + done.stdout  # type: ignore[attr-defined]
    with serve(tmp_path / "store") as address:
        for path in ("fix-first", "fix-frontier", "if-removed", "front-line-gap", "evidence-coverage"):
            page = browser.new_page()
            page.goto(f"{address}/analyses/{path}", wait_until="networkidle")
            if path == "if-removed":
                page.locator(".boxes input").first.uncheck()
                expect(page.locator("#said")).to_contain_text("No barrier is ticked")
            assert page.evaluate("window.hit") is None
            assert page.locator("img").count() == 0
            page.close()


def test_an_empty_store_has_a_tour_that_says_so(
    tmp_path: Path, serve: Callable[..., AbstractContextManager[str]]
) -> None:
    with serve(tmp_path / "store") as address:
        for number in range(1, 6):
            answer = httpx.get(f"{address}/tour/{number}")
            assert answer.status_code == 200
            assert "nothing to show here yet" in answer.text
