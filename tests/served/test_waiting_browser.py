"""Whoever goes to a page that takes long is told within seconds, in a real Chromium, and gets it as soon as it is there."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import api.app
import api.pages
from api.access import THIS_MACHINE
from api.app import create_app
from api.settings import Settings
from api.waiting import Waiting
from graph.store import open_store

pytestmark = pytest.mark.browser
GOES = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}


class Slow:
    """A server on which a page may take half a second, and whose overview takes until it is let go."""

    def __init__(self, patch: pytest.MonkeyPatch, store: Path):
        self.made, self.let_go = 0, Event()
        overview = api.pages.overview_page

        def slow(*arguments: object) -> str:
            self.made += 1
            self.let_go.wait(60)
            return overview(*arguments)  # type: ignore[arg-type]

        patch.setattr(api.pages, "overview_page", slow)
        patch.setattr(api.app, "Waiting", lambda app, version: Waiting(app, version, 0.5))
        self.store = open_store(str(store))
        app = create_app(Settings(allow_writing=True), self.store)
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = Thread(target=self.server.run, kwargs={"sockets": [self.listening]})


@pytest.fixture
def slow(store: Path, tmp_path: Path) -> Iterator[Slow]:
    shutil.copytree(store, tmp_path / "store")
    with pytest.MonkeyPatch.context() as patch:
        found = Slow(patch, tmp_path / "store")
        found.thread.start()
        for _ in range(400):
            if found.server.started:
                break
            time.sleep(0.05)
        yield found
        found.let_go.set()
        found.server.should_exit = True
        found.thread.join(20)
        found.listening.close()


def arrived(client: httpx.Client, path: str = "/", held: str = "") -> httpx.Response:
    """The answer to who comes back until it is there, however busy the machine is."""
    for _ in range(60):
        answer = client.get(path, headers=GOES | ({"If-None-Match": held} if held else {}))
        if answer.status_code != 202:
            return answer
    raise AssertionError("it never came")


@pytest.mark.parametrize("part", ["", "#main"])
def test_a_page_that_takes_long_says_so_and_opens_by_itself(slow: Slow, browser: Browser, part: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    for visit in range(2):  # the second time the browser holds an older version of the page
        slow.let_go.clear()
        row = {"id": f"new-{visit}", "name": f"New barrier {visit}"}
        httpx.post(f"{slow.address}/things/barriers", json=row).raise_for_status()
        page.goto(f"{slow.address}/matrix")
        expect(page).to_have_title(
            "Department matrix – Joinedup", timeout=20_000
        )  # which may take its time too
        page.goto(f"{slow.address}/{part}")
        expect(page.get_by_role("heading", level=1)).to_have_text("One moment")
        assert Axe().run(page).violations_count == 0
        slow.let_go.set()
        expect(page).to_have_title("Overview – Joinedup", timeout=20_000)
        assert slow.made == visit + 1, "who waits gets the page that was in the making"
    assert wrong == []
    context.close()


def test_without_scripts_there_is_a_link_to_look_again(slow: Slow, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{slow.address}/")
    slow.let_go.set()
    for _ in range(40):
        if page.title() == "Overview – Joinedup":
            break
        time.sleep(0.5)
        page.get_by_role("link", name="Look whether it is there").click()
    expect(page).to_have_title("Overview – Joinedup")
    assert slow.made == 1, "what was made meanwhile is shown, and not made again"
    context.close()


def test_many_who_go_there_make_it_once_and_programs_wait(slow: Slow) -> None:
    with httpx.Client(base_url=slow.address, timeout=30) as client:
        for _ in range(3):
            told = client.get("/", headers=GOES)
            assert told.status_code == 202
            assert told.headers["cache-control"] == "no-store"
        assert slow.made == 1
        slow.let_go.set()
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
        assert arrived(client).status_code == 200
        assert slow.made == 1
        data = arrived(client, "/explore.json")
        assert data.headers["content-type"].startswith("application/json"), "no page, so it goes out as it is"
        assert arrived(client, "/nowhere").status_code == 404


def test_what_was_made_of_an_older_version_is_not_shown(slow: Slow) -> None:
    with httpx.Client(base_url=slow.address, timeout=30) as client:
        assert client.get("/", headers=GOES).status_code == 202
        slow.let_go.set()
        row = {"id": "new-one", "name": "A new barrier"}
        assert client.post("/things/barriers", json=row).status_code == 201
        assert arrived(client).status_code == 200
        assert slow.made == 2


def test_who_holds_a_page_is_told_that_it_is_unchanged(slow: Slow) -> None:
    slow.let_go.set()
    with httpx.Client(base_url=slow.address, timeout=30) as client:
        tag = arrived(client).headers["etag"]
        again = arrived(client, held=tag)
        assert (again.status_code, again.content) == (304, b"")


def test_who_asks_without_a_condition_is_not_told_that_it_is_unchanged() -> None:
    """What was made for somebody who holds a page is no answer to others."""

    async def unchanged(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.3)
        held = Request(scope).headers.get("if-none-match")
        await Response("" if held else "A page", 304 if held else 200, media_type="text/html")(
            scope, receive, send
        )

    async def asked() -> list[int]:
        waiting = Waiting(unchanged, lambda _: 1, 0.05)

        async def known(scope: Scope, receive: Receive, send: Send) -> None:
            await waiting({**scope, "joinedup.access": THIS_MACHINE}, receive, send)

        transport = httpx.ASGITransport(app=known)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            told = await client.get("/", headers=GOES | {"If-None-Match": "x"})
            others = [await client.get("/", headers=h) for h in ({"Accept": "text/html"}, GOES, GOES)]
            return [answer.status_code for answer in (told, *others)]

    with ThreadPoolExecutor(1) as apart:  # a browser that is driven has a loop of its own here
        told, *others = apart.submit(lambda: asyncio.run(asked())).result()
    assert told == 202 and set(others) <= {200, 202} and others[0] == 200
