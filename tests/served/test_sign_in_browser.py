"""Signing in with a real browser: without a script, on a page that nobody is shut out of, and out again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
Run = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="module")
def guarded(store: Path, joinedup: Run, serve: Serve) -> Iterator[tuple[str, str]]:
    """The address of a server that wants tokens, and a token for it."""
    made = joinedup("token", "create", "analysts", "--store", store)
    with serve(store, "--require-token") as address:
        yield address, made.stdout.strip()


def test_people_sign_in_and_out_without_a_script(browser: Browser, guarded: tuple[str, str]) -> None:
    address, token = guarded
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/programmes")
    assert page.title().startswith("Sign in")
    page.fill("#token", "a wrong one")
    page.click("main button")
    assert "is not known" in page.inner_text("[role=alert]")
    page.fill("#token", token)
    page.click("main button")
    assert page.title().startswith("Overview")
    assert "audience analyst" in page.inner_text("#seen-as")
    page.goto(f"{address}/interviews")
    assert page.title().startswith("Interviews")
    page.click("footer button")
    page.goto(f"{address}/interviews")
    assert page.title().startswith("Sign in")
    context.close()


def test_the_page_shuts_nobody_out_and_no_script_reads_the_cookie(
    browser: Browser, guarded: tuple[str, str]
) -> None:
    address, token = guarded
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#token", "a wrong one")
    page.press("#token", "Enter")
    page.wait_for_selector("[role=alert]")
    assert Axe().run(page).response["violations"] == []
    page.fill("#token", token)
    page.press("#token", "Enter")
    page.wait_for_selector("#seen-as")
    assert page.evaluate("document.cookie") == ""
    (cookie,) = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    context.close()
