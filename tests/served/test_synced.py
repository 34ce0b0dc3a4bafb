"""Power cuts: whatever is acknowledged was synced to disk before, on each way to write. Seen with strace."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from graph.backup import back_up
from graph.ingest.load import load
from graph.ingest.tables.canonical import TABLES
from graph.store import open_store
from graph.tokens import Tokens

ROOT = Path(__file__).parents[2]
CALLS = "trace=write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync"
_CALL = re.compile(r"(?P<process>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?:\(\d+<(?P<file>[^>]*)>| resumed)")
KEPT = re.compile(r"/truth/(\d+\.log|MANIFEST-\d+|CURRENT)$|/audit\.jsonl$")
"""What must not be lost. The rest of a store is made of it, or is RocksDB's own log of what it does, or a file into
which it sorts what the log holds, which is part of the database once a MANIFEST that was synced names it."""
LATE = "<http://e/late>"


@pytest.fixture(scope="module")
def strace() -> str:
    found = shutil.which("strace")
    if not found or subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True).returncode:
        pytest.skip("strace is not installed (Debian: apt install strace), or may not trace here")
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that holds the example rows of every table."""
    place = tmp_path_factory.mktemp("synced")
    (place / "rows").mkdir()
    for table in TABLES:
        rows = table.examples()
        with (place / "rows" / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
    load(open_store(place / "store"), [place / "rows"])
    return place / "store"


def uncovered(trace: list[str], acknowledged: Callable[[str], bool]) -> tuple[int, int, list[str]]:
    """How many acknowledgements a trace has, how many times something was synced, and what was written but not
    synced when something was acknowledged."""
    dirty: set[str] = set()
    begun: dict[str, str] = {}
    said, synced, missed = 0, 0, []
    for line in trace:
        call = _CALL.match(line)
        if acknowledged(line):
            said += 1
            missed += [f"{said}: {Path(name).name}" for name in sorted(dirty)]
        elif call and call["file"] and KEPT.search(call["file"]):
            if "write" in call["name"]:
                dirty.add(call["file"])
            elif "<unfinished" in line:
                begun[call["process"]] = call["file"]
            else:
                dirty.discard(call["file"])
                synced += 1
        elif call and "sync" in call["name"] and call["process"] in begun:
            dirty.discard(begun.pop(call["process"]))
            synced += 1
    return said, synced, missed


def test_what_was_not_synced_would_be_seen() -> None:
    write = '7 write(5</s/truth/000004.log>, "x", 1) = 1'
    begins, ends = "8 fdatasync(5</s/truth/000004.log> <unfinished ...>", "8 <... fdatasync resumed>) = 0"
    whole, answer = "8 fsync(5</s/truth/000004.log>) = 0", '9 write(6<TCP:[]>, "HTTP/1.1 204", 12) = 12'
    other = "8 fsync(9</s/truth/000005.log>) = 0"
    for trace, found in (
        ([write, whole, answer], []),
        ([write, begins, ends, answer], []),
        ([write, answer], ["1: 000004.log"]),
        ([write, other, answer], ["1: 000004.log"]),
        ([write, begins, answer, ends], ["1: 000004.log"]),
        ([whole, write, answer], ["1: 000004.log"]),
    ):
        assert uncovered(trace, lambda line: "HTTP/1.1 20" in line)[2] == found


WAYS: list[tuple[str, str, dict[str, object]]] = [
    ("POST", "/sparql", {"data": {"update": f"INSERT DATA {{ {LATE} <http://e/b> 1 }}"}}),
    ("POST", "/sparql", {"data": {"update": f"DELETE {{ {LATE} ?p ?o }} INSERT {{ {LATE} ?p 2 }} WHERE {{ {LATE} ?p ?o }}"}}),
    ("PUT", "/graph-store?graph=http://e/g", {"content": f"{LATE} <http://e/b> [] .", "headers": {"Content-Type": "text/turtle"}}),
    ("POST", "/graph-store?graph=http://e/g", {"content": f"{LATE} <http://e/b> 3 .", "headers": {"Content-Type": "text/turtle"}}),
    ("DELETE", "/graph-store?graph=http://e/g", {}),
    ("POST", "/load", {"files": [("files", ("barriers.csv", "id,name\nl,Late\n"))]}),
    ("POST", "/load", {"files": [("files", ("barriers.csv", "id,name\nl,Later\n"))]}),
    ("POST", "/things/barriers", {"json": {"id": "s", "name": "S"}}),
    ("PATCH", "/things/barriers/s", {"json": {"name": "T"}, "tag": "/things/barriers/s"}),
    ("DELETE", "/things/barriers/s", {"tag": "/things/barriers/s"}),
    ("POST", "/follow-ups", {"json": {"action": "open-to-colleges", "on": "2015-01-05", "status": "open"}}),
    ("PUT", "/queries/late", {"json": {"label": "Late", "query": "ASK {}"}}),
    ("DELETE", "/queries/late", {}),
    ("POST", "/same", {"json": {"one": "organisation/dea", "other": "organisation/old-dea", "verdict": "same", "by": "A", "because": "B"}}),
    ("POST", "/sparql", {"data": {"update": f"INSERT DATA {{ {LATE} <http://e/b> 4 }}"}, "headers": {"Idempotency-Key": "once"}}),
]  # fmt: skip


def test_every_write_that_a_server_acknowledges_is_on_disk(strace: str, store: Path, tmp_path: Path) -> None:
    place, out = tmp_path / "store", tmp_path / "trace"
    shutil.copytree(store, place)
    with traced(strace, out, place) as address, httpx.Client(base_url=address, timeout=60) as client:
        for method, path, how in WAYS:
            sent = dict(how)
            if tag := sent.pop("tag", None):
                sent["headers"] = {"If-Match": client.get(str(tag)).headers["ETag"]}
            answer = client.request(method, path, **sent)  # type: ignore[arg-type]
            assert answer.status_code in (200, 201, 204), answer.text
    trace = out.read_text(errors="replace").splitlines()
    said, synced, missed = uncovered(trace, lambda line: re.search(r"HTTP/1\.1 20[014]", line) is not None)
    assert missed == []
    assert said == len(WAYS) + sum("tag" in how for _, _, how in WAYS)
    assert synced >= 2 * len(WAYS), "of each way the database and the log"


@pytest.mark.parametrize(
    "command",
    [
        ["load", "FOLDER"],
        [
            "same",
            "judge",
            "organisation/dea",
            "organisation/old-dea",
            "--verdict",
            "same",
            "--by",
            "A",
            "--because",
            "B",
        ],
        ["compact"],
    ],
)
def test_what_a_command_says_it_has_done_is_on_disk(
    strace: str, store: Path, tmp_path: Path, command: list[str]
) -> None:
    place, out, folder = laid_out(store, tmp_path)
    ours = [str(folder) if word == "FOLDER" else word for word in command]
    done = subprocess.run(
        [*tracing(strace, out), *ours, "--store", str(place)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    trace = out.read_text(errors="replace").splitlines()
    said, synced, missed = uncovered(trace, lambda line: line == trace[-1])
    assert missed == []
    assert said == 1 and "exited with 0" in trace[-1] and synced >= 1


@pytest.mark.parametrize(
    "command",
    [
        ["load", "FOLDER", "--store", "NEW/within/store"],
        ["move", "--from", "STORE", "--to", "NEW"],
        ["backup", "NEW", "--store", "STORE"],
        ["restore", "BACKUP", "--store", "NEW"],
        ["publish", "NEW", "--store", "STORE"],
        ["token", "create", "a role", "--right", "read", "--audience", "public", "--store", "STORE"],
        ["token", "revoke", "TOKEN", "--store", "STORE"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_name_of_what_a_command_made_is_on_disk(
    strace: str, store: Path, tmp_path: Path, command: list[str]
) -> None:
    """A file that is synced under a new name, in a folder that is not, may be gone after a power cut, or be the old one."""
    place, out, folder = laid_out(store, tmp_path)
    back_up(open_store(place), tmp_path / "backup")
    token, _ = Tokens(open_store(place)).create("another", "read", "public", 1)
    words = {"FOLDER": folder, "STORE": place, "BACKUP": tmp_path / "backup", "TOKEN": token.id}
    ours = [str(words.get(word, word.replace("NEW", str(tmp_path / "new")))) for word in command]
    done = subprocess.run(
        [*tracing(strace, out, f"{CALLS},mkdir,rename"), *ours],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert unnamed(out.read_text(errors="replace").splitlines(), tmp_path) == set()


def laid_out(store: Path, within: Path) -> tuple[Path, Path, Path]:
    """A copy of a store, a place for a trace, and a set of tables to load."""
    place, folder = within / "store", within / "set"
    shutil.copytree(store, place)
    folder.mkdir()
    (folder / "barriers.csv").write_text("id,name\nl,Late\n", encoding="utf-8")
    return place, within / "trace", folder


def unnamed(trace: list[str], within: Path) -> set[str]:
    """The folders in which something got a name that was not synced there: stores, their tokens and backups."""
    dirty: set[str] = set()
    for line in trace:
        if line.endswith(" = 0") and (made := re.search(r' (?:mkdir|rename)\((?:"[^"]*", )?"([^"]+)"', line)):
            path = Path(made[1])
            if path.is_relative_to(within) and not {
                "truth",
                "snapshots",
                "extracts",
                "copied",
                "unfinished",
            } & {*path.parts}:
                dirty.add(str(path.parent))
        elif synced := re.search(r" f(?:data)?sync\(\d+<([^>]+)>", line):
            dirty.discard(synced[1])
    return dirty


@contextmanager
def traced(strace: str, out: Path, store: Path) -> Iterator[str]:
    """The address of a server of which all that it writes and syncs is noted."""
    options = ["--port", "0", "--allow-writing", "--allow-judging", "--query-seconds", "60"]
    command = [*tracing(strace, out), "serve", "--store", str(store), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as tracer:
        assert tracer.stdout
        line = tracer.stdout.readline()
        try:
            yield re.findall(r"http://\S+?(?=/ )", line)[0]
        finally:
            (server,) = Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text().split()
            os.kill(int(server), signal.SIGTERM)
            tracer.wait(30)


def tracing(strace: str, out: Path, calls: str = CALLS) -> list[str]:
    """The words before a command of Joinedup by which strace writes down what it writes and syncs, and little more."""
    run = [sys.executable, "-c", "from api.cli import main; main()"]
    return [
        strace,
        "-f",
        "-y",
        "--seccomp-bpf",
        "-s",
        "200" if calls != CALLS else "20",
        "-e",
        calls,
        "-o",
        str(out),
        *run,
    ]
