"""A real server on loopback, started by the command line on a real store on disk that holds the example."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
JOINEDUP = [sys.executable, "-c", "from api.cli import main; main()"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"]  # fmt: skip

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def joinedup() -> Run:
    """Run the command line in a process of its own."""

    def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*JOINEDUP, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
            env={**os.environ, "COLUMNS": "200"},
            **options,
        )

    return run


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, joinedup: Run) -> Path:
    """A store that holds the example."""
    folder = tmp_path_factory.mktemp("served") / "store"
    done = joinedup("load", "examples/major-projects", "examples/deep-dive", "--store", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def serve() -> Callable[..., AbstractContextManager[str]]:
    """Serve a store: a context manager that gives the address."""
    return serving


@pytest.fixture(scope="session")
def address(store: Path) -> Iterator[str]:
    """The address of a server on the example."""
    with serving(store) as address:
        yield address


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """An HTTP client of that server."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@contextmanager
def serving(store: Path, *options: str) -> Iterator[str]:
    """Start a server, give its address, stop it."""
    command = [*JOINEDUP, "serve", "--store", str(store), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            match = re.search(r"http://\S+?(?=/ )", line)
            assert match, f"the server did not say its address: {line!r}"
            yield match[0]
        finally:
            process.terminate()
            process.wait(20)


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
