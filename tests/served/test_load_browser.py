"""The page to load files, in a real Chromium: without script and with it, at both widths, with what became of a load."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(
    store: Path, tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., AbstractContextManager[str]]
) -> Iterator[str]:
    copy = tmp_path_factory.mktemp("form") / "store"
    shutil.copytree(store, copy)
    with serve(copy, "--allow-writing") as address:
        yield address


def sent(page: Page, address: str, *files: Path, dry_run: bool = False) -> None:
    page.goto(f"{address}/load")
    page.get_by_label("Files", exact=True).set_input_files(files)
    if dry_run:
        page.get_by_label("What to do").select_option("Check them only")
    with page.expect_navigation():
        page.get_by_role("button", name="Load", exact=True).click()


def sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide, shown = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= shown


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_files_are_checked_loaded_and_refused_by_the_form_with_the_whole_report(
    browser: Browser, address: str, tmp_path: Path, script: bool, width: int, scheme: str
) -> None:
    good, bad = tmp_path / "barriers.csv", tmp_path / "programmes.csv"
    good.write_text(f"id,name\nb-{width}-{script},Late <i>forms</i>\n", encoding="utf-8")
    bad.write_text("id,name,lead\n<b>x</b>,,nobody\n", encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if "Content Security" in m.text else None)
    try:
        sent(page, address, good, dry_run=True)
        assert page.get_by_role("heading", name="Nothing was loaded: it was a dry run").count() == 1
        sent(page, address, good)
        assert page.get_by_role("status").inner_text().startswith("1 of 1 sources changed")
        assert page.locator("#sources tbody tr").count() == 1
        if script:
            sound(page)
        sent(page, address, good, bad)
        assert page.get_by_role("alert").inner_text().startswith("Nothing was loaded: ")
        assert "programmes.csv" in page.locator("#issues").inner_text()
        if script:
            sound(page)
        assert wrong == []
    finally:
        context.close()
