"""A disk that is really full: a small file system of its own, filled up, and given room again."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from graph.backup import back_up, faults_of
from graph.errors import DiskFull
from graph.ingest.load import load
from graph.store import open_store
from graph.verifying import verify

SENTENCE = "There is no room on the disk."


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 80 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=80m", "joinedup-test", str(place)], capture_output=True
        )
    except OSError:
        pytest.skip("there is no mount here")
    if done.returncode:
        pytest.skip("only root may make a file system to fill up")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, *, leave: int) -> Path:
    """Fill up the disk but for some bytes; the file that fills it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, os.statvfs(disk).f_bavail * 4096 - leave)
    return ballast


def large(folder: Path) -> Path:
    """A table of a megabyte."""
    folder.mkdir()
    rows = "".join(f"b{n},Barrier {n} {'of many words ' * 20}\n" for n in range(3_000))
    (folder / "barriers.csv").write_text("id,name\n" + rows)
    return folder


@pytest.mark.parametrize("leave", [0, 300_000])
def test_nothing_is_half_written_to_a_full_disk_and_it_goes_on_when_there_is_room(
    disk: Path, tmp_path: Path, tables: Callable[..., Path], small: dict[str, str], leave: int
) -> None:
    store, more = disk / "store", large(tmp_path / "large")
    load(open_store(store), [tables(**small)])
    ballast = fill(disk, leave=leave)

    with pytest.raises(DiskFull, match=SENTENCE) as refused:
        load(open_store(store), [more])
    assert str(disk) not in str(refused.value)
    if not leave:
        with pytest.raises(DiskFull, match=SENTENCE):
            back_up(open_store(store), disk / "backup")
        assert sorted(path.name for path in disk.iterdir()) == ["ballast", "store"]
    assert barriers(store) == 1

    ballast.unlink()
    load(open_store(store), [more])
    assert barriers(store) == 3001
    assert verify(open_store(store)).wrong == []
    back_up(open_store(store), disk / "later")
    assert faults_of(disk / "later") == []


def barriers(store: Path) -> int:
    """How many there are."""
    quads = open_store(store).dataset().quads_of("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    return len({quad.subject for quad in quads if str(quad.object).endswith("#Barrier>")})


def test_a_server_says_507_and_goes_on_reading(
    disk: Path,
    tables: Callable[..., Path],
    small: dict[str, str],
    serve: Callable[..., AbstractContextManager[str]],
) -> None:
    store = disk / "store"
    load(open_store(store), [tables(**small)])
    turtle = "".join(f"<urn:x:{n}> <urn:says> '{'many words ' * 20}' .\n" for n in range(2_000))
    headers = {"Content-Type": "text/turtle"}

    def write() -> httpx.Response:
        return httpx.put(address + "/graph-store?graph=urn:g", content=turtle, headers=headers, timeout=60)

    with serve(store, "--allow-writing") as address:
        assert httpx.get(address + "/programmes").status_code == 200
        assert httpx.get(address + "/ready").status_code == 200
        ballast = fill(disk, leave=0)
        answer = write()
        assert answer.status_code == 507 and answer.json()["detail"].startswith(SENTENCE), answer.text
        time.sleep(1.1)  # as long as what it found before is held for true
        ready = httpx.get(address + "/ready", timeout=30)
        assert ready.status_code == 503 and "room" in ready.json()["detail"]
        assert httpx.get(address + "/programmes").status_code == 200
        asked = httpx.get(
            address + "/sparql", params={"query": "ASK { GRAPH <urn:g> { ?s ?p ?o } }"}, timeout=30
        )
        assert asked.status_code == 200 and not asked.json()["boolean"]
        ballast.unlink()
        assert write().status_code in (201, 204)
        asked = httpx.get(
            address + "/sparql", params={"query": "ASK { GRAPH <urn:g> { ?s ?p ?o } }"}, timeout=30
        )
        assert asked.json()["boolean"]
