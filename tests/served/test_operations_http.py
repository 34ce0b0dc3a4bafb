"""Running a server: whether it lives and can work, what it counts and logs, and how it ends; real processes throughout."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
ENDLESS = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } LIMIT 3000000"


class Served:
    """A server in a process of its own, with what it wrote to standard error."""

    def __init__(self, process: "subprocess.Popen[str]", address: str, log: Path):
        self.process, self.address, self.log = process, address, log

    def get(self, path: str, **more: object) -> httpx.Response:
        return httpx.get(self.address + path, timeout=30, **more)  # type: ignore[arg-type]

    def lines(self) -> list[dict[str, object]]:
        """What it has logged about requests."""
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in found if line["event"] == "request"]

    def line(self, number: str) -> dict[str, object]:
        """What it has logged about one request: a moment after the answer."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            for line in self.lines():
                if line["id"] == number:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"nothing is logged of {number}")

    def below(self) -> set[int]:
        """Every process that it has started, and those that they have."""
        return family(self.process.pid)


def family(parent: int) -> set[int]:
    """The processes below one."""
    by: dict[int, set[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        by.setdefault(int(fields[1]), set()).add(int(path.parent.name))
    found, waiting = set(), [parent]
    while waiting:
        new = by.get(waiting.pop(), set())
        found |= new
        waiting += new
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that have not ended; what nobody has fetched yet has."""
    found = set()
    for number in processes:
        try:
            if Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(number)
        except OSError:
            continue
    return found


def gone_within(processes: set[int], seconds: float) -> set[int]:
    """Those that are still there after some time."""
    end = time.monotonic() + seconds
    while alive(processes) and time.monotonic() < end:
        time.sleep(0.1)
    return alive(processes)


@contextmanager
def served(store: Path, folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Start a server that logs as JSON, and kill it in the end if nobody else has."""
    code = "from api.cli import main; main()"
    log = folder / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", "--store", str(store), "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, "JOINEDUP_LOG_LEVEL": "info", "JOINEDUP_LOG_FORMAT": "json", **environment},
        )
    try:
        assert process.stdout
        match = re.search(r"http://\S+?(?=/ )", process.stdout.readline())
        assert match, log.read_text()
        yield Served(process, match[0], log)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def asking_slowly(server: Served, *options: str) -> "subprocess.Popen[bytes]":
    """A client that asks what takes long."""
    if not shutil.which("curl") or not sys.platform.startswith("linux"):
        pytest.skip("asks with curl, and from several addresses of this machine")
    query = ["--data-urlencode", f"query={SLOW}"]
    return subprocess.Popen(["curl", "-s", "-o", os.devnull, *options, f"{server.address}/sparql", *query])


@pytest.fixture
def server(store: Path, tmp_path: Path) -> Iterator[Served]:
    """A server on the example whose queries may run for 20 s."""
    with served(store, tmp_path, "--query-seconds", "20") as server:
        yield server


@pytest.fixture(scope="module")
def lasting(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on the example that is only read, once for all."""
    with served(store, tmp_path_factory.mktemp("lasting"), "--query-seconds", "1") as server:
        yield server


def test_it_lives_and_is_ready(lasting: Served) -> None:
    assert lasting.get("/health").json()["status"] == "ok"
    ready = lasting.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


def test_it_is_not_ready_while_its_workers_are_taken_and_says_why(server: Served) -> None:
    with httpx.Client(base_url=server.address, timeout=60) as client:
        assert client.get("/ready").status_code == 200
    # Several, as a few places are spare for those who have nothing running.
    asking = [asking_slowly(server, "--interface", f"127.0.0.{n}") for n in range(2, 10)]
    try:
        end = time.monotonic() + 15
        while (answer := server.get("/ready")).status_code == 200 and time.monotonic() < end:
            time.sleep(0.3)
        text = server.get("/metrics").text
        assert re.search(r"^joinedup_queries_running [2-9]", text, re.M), text
        assert re.search(r"^joinedup_queries_waiting [1-9]", text, re.M)
        assert answer.status_code == 503 and "do not answer in time" in answer.json()["detail"]
        assert server.get("/health").status_code == 200
    finally:
        for process in asking:
            process.kill()
            process.wait()
    end = time.monotonic() + 20
    while (answer := server.get("/ready")).status_code != 200 and time.monotonic() < end:
        time.sleep(0.3)
    assert answer.status_code == 200


def test_metrics_count_by_route_and_never_by_path(lasting: Served) -> None:
    for number in range(5):
        lasting.get(f"/id/programme/nothing-{number}")
        lasting.get(f"/no/such/{number}")
    timed_out = lasting.get("/sparql", params={"query": SLOW})
    assert timed_out.status_code == 503
    answer = lasting.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    assert "nothing-" not in text and "/no/such" not in text and "SELECT" not in text
    assert re.search(r'joinedup_requests_total\{method="GET",route="\(none\)",status="404"\} [5-9]', text)
    assert re.search(r'joinedup_request_seconds_bucket\{le="0.1",method="GET",route="/', text)
    assert 'joinedup_problems_total{kind="QueryTimeout"} 1.0' in text
    assert float(re.search(r"^joinedup_store_statements (\S+)", text, re.M)[1]) > 5000  # type: ignore[index]
    assert "joinedup_store_version 1.0" in text


def test_an_answer_and_its_problem_carry_the_number_under_which_it_was_logged(lasting: Served) -> None:
    given = lasting.get("/no/such", headers={"X-Request-Id": "from-a-proxy-1"})
    assert given.headers["x-request-id"] == given.json()["request_id"] == "from-a-proxy-1"
    made = lasting.get("/no/such", headers={"X-Request-Id": 'no "good" <one>'})
    assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])
    refused = lasting.get("/", headers={"Host": "elsewhere.example", "Accept": "application/json"})
    assert refused.status_code == 421 and refused.json()["request_id"] == refused.headers["x-request-id"]
    for answer in (given, made, refused):
        assert lasting.line(answer.headers["x-request-id"])["status"] == answer.status_code


def test_a_line_of_the_log_says_what_and_how_long_but_not_who_nor_what_for(lasting: Served) -> None:
    secret = "Quokka"
    lasting.get(
        "/sparql",
        params={"query": f'ASK {{ ?s ?p "{secret}" }}'},
        headers={"Authorization": f"Bearer {secret}"},
    )
    lasting.get(
        "/programmes", params={"q": secret}, headers={"User-Agent": secret, "Cookie": f"joinedup={secret}"}
    )
    lasting.get(f"/id/interview/{secret}")
    answer = lasting.get("/programmes")
    line = lasting.line(answer.headers["x-request-id"])
    assert (line["method"], line["route"], line["status"]) == ("GET", "/programmes", 200)
    assert line["bytes"] == len(answer.content) and 0 < float(str(line["ms"])) < 60_000
    assert secret not in lasting.log.read_text() and "127.0.0.1" not in lasting.log.read_text()


def test_an_error_nobody_foresaw_has_its_stack_in_the_log_and_nowhere_else(
    store: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, uvicorn\n"
        "from api.app import create_app\n"
        "from api.settings import Settings\n"
        f"app = create_app(Settings(store={str(store)!r}, log_format='json'))\n"
        "@app.get('/broken/{thing}')\n"
        "def broken(thing: str): raise RuntimeError('inner words')\n"
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
        "uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[s])\n"
    )
    log = tmp_path / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
        )
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        answer = httpx.get(f"http://127.0.0.1:{port}/broken/x", timeout=30)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    assert answer.status_code == 500 and answer.json()["title"] == "Something went wrong"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "inner words" not in answer.text and "Traceback" not in answer.text
    [line] = [json.loads(line) for line in log.read_text().splitlines()]
    assert line["id"] == answer.json()["request_id"] and line["level"] == "error"
    assert "RuntimeError: inner words" in line["exception"] and line["route"] == "/broken/{thing}"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_it_ends_by_sigterm_with_0_and_leaves_no_process(server: Served) -> None:
    with (
        httpx.Client(base_url=server.address, timeout=60) as client,
        client.stream("GET", "/sparql", params={"query": ENDLESS}) as download,
    ):
        assert next(download.iter_raw())
        with asking_slowly(server) as running:
            time.sleep(1)
            started = server.below()
            assert started
            server.process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            assert server.process.wait(25) == 0
            assert time.monotonic() - begun < 20
            running.wait()
    assert gone_within(started, 3) == set()


def test_it_ends_although_a_thread_still_works_on_what_nobody_waits_for(store: Path) -> None:
    code = "import threading, time; threading.Thread(target=time.sleep, args=(120,)).start(); from api.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--store", str(store), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout and process.stdout.readline().startswith("Joinedup is at")
        process.send_signal(signal.SIGTERM)  # at once, when it may not even have begun to serve
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_what_is_nearly_done_is_finished_when_it_is_told_to_end(server: Served) -> None:
    with (
        httpx.Client(base_url=server.address, timeout=60) as client,
        client.stream("GET", "/sparql", params={"query": ENDLESS.replace("3000000", "40000")}) as download,
    ):
        pieces = download.iter_raw()
        first = next(pieces)
        server.process.send_signal(signal.SIGTERM)
        json.loads(first + b"".join(pieces))
    assert server.process.wait(20) == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_killed_in_the_midst_of_queries_it_leaves_no_process_and_a_whole_store(
    store: Path, tmp_path: Path, joinedup: object
) -> None:
    with served(store, tmp_path, "--query-seconds", "3") as server:
        server.get("/ready")
        with asking_slowly(server) as running:
            time.sleep(1)
            started = server.below()
            assert started
            server.process.kill()
            server.process.wait()
            running.wait()
        assert gone_within(started, 10) == set()
    done = joinedup("verify", "--store", store)  # type: ignore[operator]
    assert done.returncode == 0, done.stdout
