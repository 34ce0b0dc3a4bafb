"""Real engines on loopback: `oxigraph serve`, and Virtuoso where Debian's package is there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from graph.engine import PASSWORD, USER
from graph.store import Store, open_store

ENGINES = ["oxigraph", "virtuoso"]
_SECRET = "of-this-test-only"
_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 60
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
[SPARQL]
ResultSetMaxRows = 100000000
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def oxigraph(folder: Path) -> Iterator[str]:
    command = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if command is None:
        pytest.skip("oxigraph is not installed: pip install oxigraph")
    place = f"127.0.0.1:{free_port()}"
    arguments = [command, "serve", "--location", str(folder / "data"), "--bind", place]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://{place}/query")
            yield f"http://{place}"
        finally:
            process.kill()


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource-7-bin")
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(sql=sql, http=http), encoding="ascii")
    arguments = ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"]
    with subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(f"http://127.0.0.1:{http}/sparql")
            change = f"user_set_password('dba', '{_SECRET}');"
            subprocess.run(
                ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", f"exec={change}"],
                check=True,
                capture_output=True,
                timeout=60,
            )
            yield f"http://127.0.0.1:{http}"
        finally:
            process.kill()


def _wait(address: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if httpx.post(address, data={"query": "ASK {}"}, timeout=5).status_code < 500:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail("the engine did not start")


@pytest.fixture(scope="session", params=ENGINES)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an engine that runs for the whole session."""
    folder = tmp_path_factory.mktemp(request.param)
    with {"oxigraph": oxigraph, "virtuoso": virtuoso}[request.param](folder) as address:
        yield address


@pytest.fixture
def engine(running: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an engine in which nothing of ours is."""
    monkeypatch.setenv(USER, "dba")
    monkeypatch.setenv(PASSWORD, _SECRET)
    from graph.engine import Engine

    engine = Engine(running)
    for row in engine.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"):
        if any(own in row["g"] for own in ("joinedup", "http://e/")):
            engine.update(f"CLEAR SILENT GRAPH <{row['g']}>")
    return running


@pytest.fixture
def at(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """Open the engine's store as a front end of this name does, each with a copy of its own."""

    def opened(name: str = "one") -> Store:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        return open_store(engine)

    return opened


@pytest.fixture
def environment(tmp_path: Path, engine: str) -> Callable[[str], dict[str, str]]:
    """The environment of a process that is the front end of this name."""
    return lambda name="one": {**os.environ, "XDG_DATA_HOME": str(tmp_path / name)}
