"""A long analysis followed over HTTP: its progress, its answer, kept for the next, and stopped when the client leaves."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

Events = Iterator[tuple[str, Any]]
SECONDS = 3


def events(response: httpx.Response) -> Events:
    """The name and the data of each event of a stream."""
    name, data = "", []
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data.append(line.removeprefix("data: "))
        elif not line and name:
            yield name, json.loads("\n".join(data))
            name, data = "", []


@pytest.fixture(scope="module")
def hard(
    tmp_path_factory: pytest.TempPathFactory,
    joinedup: Callable[..., subprocess.CompletedProcess[str]],
    serve: Callable[[Path], AbstractContextManager[str]],
) -> Iterator[httpx.Client]:
    """A client of a server on a store for which no set of barriers is soon proven best."""
    chance, folder = Random(7), tmp_path_factory.mktemp("hard")
    pairs = [(f"p{n}", b) for n in range(400) for b in chance.sample(range(60), 4)]
    tables = {
        "organisations": "id,name,kind\na,A,ministerial-department\n",
        "programmes": "id,name,lead\n" + "".join(f"p{n},P{n},a\n" for n in range(400)),
        "barriers": "id,name\n" + "".join(f"b{n},B{n}\n" for n in range(60)),
        "interviews": "id,held_on,level,marking\ni1,2014-01-20,local,official\n",
        "findings": "id,programme,barrier,stance,severity,interview,summary\n"
        + "".join(f"f{n},{p},b{b},supports,3,i1,S\n" for n, (p, b) in enumerate(pairs)),
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    done = joinedup("load", folder, "--store", folder / "store")
    assert done.returncode == 0, done.stderr
    with serve(folder / "store") as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def searching() -> int:
    """How many processes of the search for barriers run on this machine."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return sum("graph.optimise" in line and line.startswith(sys.executable) for line in found.splitlines())


def test_a_quick_answer_is_one_event_that_says_what_the_json_says(client: httpx.Client) -> None:
    with client.stream("GET", "/analyses/missing-ties/events?min_required=2") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        *progress, (name, data) = events(response)
    assert name == "result" and {n for n, _ in progress} <= {"progress"}
    assert data == client.get("/analyses/missing-ties.json?min_required=2").json()


def test_what_does_not_fit_is_a_plain_error_and_a_mistake_within_is_an_event(client: httpx.Client) -> None:
    answer = client.get("/analyses/fix-first/events?k=0")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    with client.stream("GET", "/analyses/if-removed/events?barriers=nothing") as response:
        *_, (name, data) = events(response)
    assert name == "error" and "nothing: no barrier of that name" in data["detail"]


def test_progress_comes_with_the_best_known_and_its_bound_then_the_answer_and_the_next_is_at_once(
    hard: httpx.Client,
) -> None:
    address = f"/analyses/fix-first/events?k=15&seconds={SECONDS}"
    begun = time.monotonic()
    with hard.stream("GET", address) as response:
        *progress, (name, data) = events(response)
    took = time.monotonic() - begun
    assert name == "result" and len(progress) >= 3
    seconds = [said["seconds"] for _, said in progress]
    assert seconds == sorted(seconds) and seconds[-1] <= took
    said = next(s for _, s in progress if "known" in s)
    unblock = data["rows"][0]
    assert 0 < said["known"] <= unblock["programmes"] <= unblock["bound"] <= said["bound"]
    assert said["doing"] == "looking for the 15 to unblock most"
    begun = time.monotonic()
    assert hard.get(f"/analyses/fix-first.json?seconds={SECONDS}&k=15").json() == data
    with hard.stream("GET", address) as response:
        assert [n for n, _ in events(response)] == ["result"]
    assert time.monotonic() - begun < took / 3


def test_the_server_answers_others_while_it_works_and_a_client_that_leaves_stops_the_process(
    hard: httpx.Client,
) -> None:
    before = searching()
    with hard.stream("GET", "/analyses/fix-first/events?k=14&seconds=60") as response:
        following = events(response)
        name, _ = next(following)
        assert name == "progress"
        until = time.monotonic() + 20
        while searching() <= before and time.monotonic() < until:
            time.sleep(0.1)
        assert searching() > before, "the search runs in a process of its own"
        assert hard.get("/health").json()["status"] == "ok"
    until = time.monotonic() + 20
    while searching() > before and time.monotonic() < until:
        time.sleep(0.1)
    assert searching() <= before, "it goes on although nobody waits"


def test_the_openapi_document_names_the_stream_of_every_analysis(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    named = [a["name"] for a in client.get("/analyses").json()["analyses"]]
    for name in named:
        said = paths[f"/analyses/{name}/events"]["get"]
        assert "text/event-stream" in said["responses"]["200"]["content"]
        assert "as_of" in [p["name"] for p in said["parameters"]]
