"""What changed since a version, and each new version as it comes, over a server whose store is loaded into meanwhile."""

import csv
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from graph.identity.judging import judge, undo
from graph.ingest.load import load
from graph.store import open_store

BASE = "https://joinedup.example/id/organisation/"
Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tables"
    made.mkdir()
    return made


def test_what_was_added_changed_and_removed_is_told_by_version_cursor_and_day(
    tmp_path: Path, folder: Path, serve: Serve
) -> None:
    store = tmp_path / "store"
    put(store, folder, a="Alpha", b="Beta")
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        first = client.get("/changes").json()
        assert first["complete"]
        assert first["told_from"]["version"] == 0
        assert {(r["change"], r["iri"]) for r in first["rows"] if r["kind"] == "organisation"} == {
            ("added", f"{BASE}a"),
            ("added", f"{BASE}b"),
        }
        put(store, folder, b="Beta two", c="Gamma")
        for since in (first["cursor"], "1"):
            now = client.get("/changes", params={"since": since, "kind": "organisation"}).json()
            assert {(r["change"], r["iri"], r["version"]) for r in now["rows"]} == {
                ("removed", f"{BASE}a", 2),
                ("changed", f"{BASE}b", 2),
                ("added", f"{BASE}c", 2),
            }
            assert now["count"] == 3 < now["of"]
            assert [v["version"] for v in now["versions"]] == [2]
        sources = client.get("/changes", params={"since": first["cursor"], "kind": "source"}).json()
        assert [r["change"] for r in sources["rows"]] == ["changed"]
        assert client.get("/changes", params={"since": now["cursor"]}).json()["rows"] == []
        today = client.get("/changes", params={"since": now["versions"][0]["day"]}).json()
        assert today["of"] == len(first["rows"]) + now["of"]
        assert client.get("/changes", params={"since": "9999-12-31"}).json()["of"] == 0
        text = client.get("/changes.csv", params={"change": "removed"}).text
        assert [row["iri"] for row in csv.DictReader(text.splitlines())] == [f"{BASE}a"]


def test_changes_are_told_for_longer_than_snapshots_are_kept(
    tmp_path: Path, folder: Path, serve: Serve
) -> None:
    store = tmp_path / "store"
    names = "abcdefg"
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        start = client.get("/changes").json()["cursor"]
        for name in names:
            put(store, folder, **{name: f"Body {name}"})
            client.get("/changes")
        told = client.get("/changes", params={"since": start, "kind": "organisation", "limit": 2})
        rows = []
        while True:
            rows += told.json()["rows"]
            if not (further := told.links.get("next")):
                break
            told = client.get(further["url"])
    assert [r["iri"][-1] for r in rows if r["change"] == "added"] == list(names)
    assert [r["iri"][-1] for r in rows if r["change"] == "removed"] == list(names[:-1])
    assert len({(r["version"], r["iri"]) for r in rows}) == len(rows)
    assert len(list((store / "snapshots").iterdir())) < len(names)


def test_a_merge_is_told_with_what_it_was_merged_into_and_its_undoing_too(
    tmp_path: Path, folder: Path, serve: Serve
) -> None:
    store = tmp_path / "store"
    put(store, folder, a="Alpha", b="Beta")
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        start = client.get("/changes").json()["cursor"]
        made = judge(
            open_store(store),
            f"{BASE}a",
            f"{BASE}b",
            verdict="same",
            by="analyst",
            because="One body",
            keep=f"{BASE}a",
        )
        merged = client.get("/changes", params={"since": start, "change": "merged"}).json()
        assert [(r["iri"], r["merged_into"]["iri"]) for r in merged["rows"]] == [(f"{BASE}b", f"{BASE}a")]
        undo(open_store(store), made.number, by="analyst", because="Two after all")
        back = client.get("/changes", params={"since": merged["cursor"], "kind": "organisation"}).json()
        assert ("added", f"{BASE}b") in {(r["change"], r["iri"]) for r in back["rows"]}


@pytest.mark.parametrize(
    ("since", "status"),
    [("7-7", 410), ("99999", 400), ("2014-02-31", 400), ("yesterday", 400), ("1-0", 200), ("", 200)],
)
def test_a_point_that_is_not_known_is_told_to_begin_anew_and_nonsense_is_refused(
    client: httpx.Client, since: str, status: int
) -> None:
    answer = client.get("/changes", params={"since": since})
    assert answer.status_code == status, answer.text
    if status == 410:
        assert "Read everything anew" in answer.json()["detail"]


def test_a_journal_that_was_removed_begins_anew_and_tells_old_cursors(tmp_path: Path, folder: Path) -> None:
    from graph.audiences import forget
    from graph.changes import Journal
    from graph.errors import Gone

    place = tmp_path / "store"
    for name in "abcde":
        put(place, folder, **{name: f"Body {name}"})
    store = open_store(place)
    before = Journal(store, store, "sensitive").versions()
    assert before[0].version == 3, "two versions are gone with their snapshots"
    forget(store)
    put(place, folder, f="Body f")
    again = Journal(store, store, "sensitive")
    with pytest.raises(Gone):
        again.since(before[0].cursor)
    assert again.removed(f"{BASE}e") is not None
    assert again.removed(f"{BASE}a") is None, "nobody knows of it any more"


def test_a_new_version_is_an_event_within_seconds_and_what_was_missed_comes_first(
    tmp_path: Path, folder: Path, serve: Serve
) -> None:
    store = tmp_path / "store"
    put(store, folder, a="Alpha")
    with serve(store) as address:
        with followed(f"{address}/changes/events") as events:
            first = next(events)
            assert first["data"]["version"] == 1
            waiting = threading.Timer(0.5, lambda: put(store, folder, b="Beta"))
            begun = time.monotonic()
            waiting.start()
            second = next(events)
            told = time.monotonic()
            waiting.join()
            assert second["data"]["version"] == 2
            assert {k: second["data"]["counts"][k] for k in ("added", "removed")} == {
                "added": 1,
                "removed": 1,
            }
            assert told - begun < 15
        put(store, folder, c="Gamma")
        with followed(f"{address}/changes/events", {"Last-Event-ID": first["id"]}) as events:
            assert [next(events)["data"]["version"] for _ in range(2)] == [2, 3]
        refused = httpx.get(f"{address}/changes/events", headers={"Last-Event-ID": "7-7"}, timeout=30)
        assert refused.status_code == 410


def test_a_stream_of_events_ends_when_the_server_stops(tmp_path: Path, folder: Path, serve: Serve) -> None:
    put(tmp_path / "store", folder, a="Alpha")
    ended = threading.Event()

    def follow(address: str) -> None:
        try:
            with followed(f"{address}/changes/events") as events:
                for _ in events:
                    pass
        except httpx.HTTPError:
            return
        ended.set()

    with serve(tmp_path / "store") as address:
        thread = threading.Thread(target=follow, args=[address])
        thread.start()
        time.sleep(1)
        begun = time.monotonic()
    thread.join(20)
    assert time.monotonic() - begun < 15
    assert ended.is_set(), "it ends as a stream does, and is not broken off"


def test_a_hundred_may_follow_and_the_next_is_told_to_come_back(
    tmp_path: Path, folder: Path, serve: Serve
) -> None:
    put(tmp_path / "store", folder, a="Alpha")
    with serve(tmp_path / "store") as address, ExitStack() as opened:
        place = urlsplit(address)
        followers = []
        for _ in range(100):
            line = opened.enter_context(socket.create_connection((place.hostname, place.port), timeout=20))
            line.sendall(b"GET /changes/events HTTP/1.1\r\nHost: %s\r\n\r\n" % place.netloc.encode())
            followers.append(line)
        for line in followers:
            assert line.recv(12) == b"HTTP/1.1 200"
        refused = httpx.get(f"{address}/changes/events", timeout=20)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert "100 clients follow" in refused.json()["detail"]
        assert httpx.get(f"{address}/changes", timeout=20).status_code == 200
        followers[0].close()
        for _ in range(40):
            time.sleep(0.25)
            with httpx.stream("GET", f"{address}/changes/events", timeout=20) as answer:
                if answer.status_code == 200:
                    break
        assert answer.status_code == 200, "a place that is left is free again"


class followed:
    """The events of a stream, one by one."""

    def __init__(self, address: str, headers: dict[str, str] | None = None):
        self._asked = httpx.stream("GET", address, headers=headers, timeout=20)

    def __enter__(self) -> Iterator[dict[str, object]]:
        self._answer = self._asked.__enter__()
        assert self._answer.status_code == 200
        assert self._answer.headers["content-type"].startswith("text/event-stream")
        return self._events()

    def __exit__(self, *raised: object) -> None:
        self._asked.__exit__(None, None, None)

    def _events(self) -> Iterator[dict[str, object]]:
        event: dict[str, object] = {}
        for line in self._answer.iter_lines():
            name, _, value = line.partition(": ")
            if not line and "data" in event:
                yield event
                event = {}
            elif name in ("id", "event"):
                event[name] = value
            elif name == "data":
                event["data"] = json.loads(value)


def put(store: Path, folder: Path, **names: str) -> None:
    """Load a table that names just these organisations."""
    with (folder / "organisations.csv").open("w", encoding="utf-8", newline="") as file:
        rows = ((i, name, "ministerial-department") for i, name in names.items())
        csv.writer(file).writerows([("id", "name", "kind"), *rows])
    load(open_store(store), [folder])
