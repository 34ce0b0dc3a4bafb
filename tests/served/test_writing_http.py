"""Writing over HTTP: files, things and follow-ups, each once, on a condition, checked as a load is, and recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from graph.audit import faults, lines
from graph.store import open_store

Serve = Callable[..., AbstractContextManager[str]]
BARRIERS = "id,name\nlate-forms,Forms come late\n"


@pytest.fixture(scope="module")
def place(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("writing") / "store"
    shutil.copytree(store, copy)
    return copy


@pytest.fixture(scope="module")
def writer(serve: Serve, place: Path) -> Iterator[httpx.Client]:
    """A client of a server that may be written to, on a copy of the example."""
    with (
        serve(place, "--allow-writing", "--allow-judging") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def sent(*files: tuple[str, str], **fields: str) -> dict[str, object]:
    return {"files": [("files", file) for file in files], "data": fields}


# --- Files ------------------------------------------------------------------------------------


def test_files_are_loaded_with_the_report_of_the_command(writer: httpx.Client, place: Path) -> None:
    tried = writer.post("/load", **sent(("barriers.csv", BARRIERS), dry_run="true", folder="mine"))  # type: ignore[arg-type]
    assert tried.status_code == 200 and tried.json()["says"].endswith("Dry run: nothing was loaded.")
    done = writer.post("/load", **sent(("barriers.csv", BARRIERS), folder="mine", because="A test")).json()  # type: ignore[arg-type]
    [source] = done["sources"]
    assert (source["name"], source["outcome"], source["rows"]) == (
        "mine/barriers.csv",
        "added",
        {"barriers": 1},
    )
    assert done["version"] == open_store(place).version == tried.json()["version"] + 1
    assert done["warnings"][0]["says"].startswith(
        "barriers.csv, row 2, column id: “late-forms” no finding speaks"
    )
    again = writer.post("/load", **sent(("barriers.csv", BARRIERS), folder="mine")).json()  # type: ignore[arg-type]
    assert again["sources"][0]["outcome"] == "unchanged"


def test_a_file_with_mistakes_is_refused_with_all_of_them_and_none_is_loaded(
    writer: httpx.Client, place: Path
) -> None:
    before = open_store(place).version
    wrong = "id,name,lead\na,,nobody\nb,B,nobody\n"
    refused = writer.post("/load", **sent(("programmes.csv", wrong), ("barriers.csv", BARRIERS)))  # type: ignore[arg-type]
    assert refused.status_code == 422 and refused.headers["content-type"] == "application/problem+json"
    issues = refused.json()["issues"]
    assert {(i["file"], i["row"], i["column"]) for i in issues if i["severity"] == "error"} >= {
        ("programmes.csv", 2, "name")
    }
    assert all(i["says"].startswith(i["file"]) for i in issues)
    assert open_store(place).version == before


@pytest.mark.parametrize(
    ("files", "fields", "status", "says"),
    [
        ([], {}, 400, "at least one file"),
        ([("barriers.csv", BARRIERS), ("barriers.csv", BARRIERS)], {}, 400, "two of them are called"),
        ([("../../etc/barriers.exe", BARRIERS)], {}, 422, "not a kind of file"),
        ([("barriers.csv", BARRIERS)], {"mapping": "/etc/passwd"}, 400, "mapping: choose"),
        ([("barriers.csv", BARRIERS)], {"marking": "secret"}, 404, "no marking"),
        ([("barriers.csv", BARRIERS)], {"folder": "../up"}, 400, "folder:"),
        ([("barriers.csv", BARRIERS)], {"colour": "red"}, 400, "is not a field"),
        ([("data.xlsx", "no workbook")], {}, 422, ""),
        ([("x.jsonld", '{"@context": "http://127.0.0.1:9/"}')], {}, 422, ""),
    ],
)
def test_what_cannot_be_loaded_is_said_plainly(
    writer: httpx.Client, files: list[tuple[str, str]], fields: dict[str, str], status: int, says: str
) -> None:
    extra = {"files": [("files", f) for f in files] or [("nothing", ("", b""))], "data": fields}
    refused = writer.post("/load", **extra)  # type: ignore[arg-type]
    assert refused.status_code == (status if files else 400), refused.text
    assert says in refused.text or not files
    assert "/tmp" not in refused.text and "Traceback" not in refused.text


def test_what_is_no_upload_or_too_large_is_refused(writer: httpx.Client) -> None:
    assert writer.post("/load", json={}).status_code == 415
    broken = writer.post("/load", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert broken.status_code == 400
    large = writer.post("/load", **sent(("barriers.csv", "id,name\n" + "x" * 51_000_000)))  # type: ignore[arg-type]
    assert large.status_code == 413 and "50,000,000 bytes" in large.json()["detail"]
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert writer.post("/load", **sent(("barriers.csv", BARRIERS)), headers=elsewhere).status_code == 403  # type: ignore[arg-type]


def test_a_mapping_is_named_or_sent(writer: httpx.Client) -> None:
    mapping = (
        'title = "Mine"\nabout = "Barriers"\n[let]\nid = { from = "What", slug = true }\n'
        '[[rows]]\ntable = "barriers"\ncolumns = { id = "id", name = "What" }\n'
    )
    files = [("files", ("mine.csv", "What\nNo money\n")), ("mapping", ("mine.toml", mapping))]
    done = writer.post("/load", files=files)
    assert done.status_code == 200 and done.json()["sources"][0]["rows"] == {"barriers": 1}, done.text
    unreadable = writer.post("/load", files=[files[0], ("mapping", ("mine.toml", "this is no mapping"))])
    assert unreadable.status_code in (400, 404, 422) and "/tmp" not in unreadable.text
    named = writer.post("/load", **sent(("x.csv", "a,b\n1,2\n"), mapping="gmpp", dry_run="true"))  # type: ignore[arg-type]
    assert named.status_code == 422 and "gmpp" in named.text


def test_a_long_load_goes_on_and_tells_how_far_it_is(writer: httpx.Client) -> None:
    rows = "".join(f"many-{n},Barrier number {n}\n" for n in range(3000))
    headers = {"Prefer": "respond-async"}
    begun = writer.post("/load", **sent(("barriers.csv", f"id,name\n{rows}"), folder="many"), headers=headers)  # type: ignore[arg-type]
    assert begun.status_code == 202 and begun.headers["retry-after"]
    other = writer.post("/load", **sent(("barriers.csv", BARRIERS)))  # type: ignore[arg-type]
    assert other.status_code == 503 and other.headers["retry-after"]
    events = []
    with writer.stream("GET", begun.json()["events"]) as told:
        for line in told.iter_lines():
            if line.startswith("event: "):
                events.append(line[7:])
            if line.startswith("data: ") and events[-1] == "result":
                assert json.loads(line[6:])["report"]["sources"][0]["rows"] == {"barriers": 3000}
    assert events[-1] == "result" and set(events[:-1]) <= {"progress"}
    over = writer.get(begun.headers["location"])
    assert over.status_code == 200 and over.json()["sources"][0]["outcome"] == "added"
    assert writer.get("/load/jobs/nobody").status_code == 404


def test_the_page_has_the_form_and_shows_the_report(writer: httpx.Client, client: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    assert '<a href="/load" aria-current="page">' in writer.get("/load", headers=html).text
    assert '<a href="/load">' in writer.get("/", headers=html).text
    assert "/load" not in client.get("/", headers=html).text, "a server that only reads offers no form"
    assert client.get("/load", headers=html).status_code == 403
    refused = writer.post("/load", **sent(("barriers.csv", "id,name\n<b>x</b>,\n")), headers=html)  # type: ignore[arg-type]
    assert refused.status_code == 422 and "What is to be corrected" in refused.text
    assert "<b>x" not in refused.text and "&lt;b&gt;x" in refused.text


# --- Things -----------------------------------------------------------------------------------


def test_a_thing_is_added_corrected_and_removed_each_time_on_its_etag(writer: httpx.Client) -> None:
    new = {"id": "by-hand", "name": "Forms on paper"}
    made = writer.post("/things/barriers", params={"because": "Said in a meeting"}, json=new)
    assert made.status_code == 201 and made.headers["location"] == "/things/barriers/by-hand"
    at, tag = made.headers["location"], made.headers["etag"]
    assert writer.post("/things/barriers", json=new).status_code == 409
    assert writer.get(at).headers["etag"] == tag
    assert writer.patch(at, json={"name": "x"}).status_code == 428
    assert writer.patch(at, json={"name": "x"}, headers={"If-Match": '"row-other"'}).status_code == 412
    changed = writer.patch(at, json={"description": "All of them"}, headers={"If-Match": tag})
    assert changed.json()["columns"] == {**new, "description": "All of them"}
    assert writer.patch(at, json={"name": "x"}, headers={"If-Match": tag}).status_code == 412
    whole = writer.put(at, json={"name": "On paper"}, headers={"If-Match": changed.headers["etag"]})
    assert whole.json()["columns"] == {"id": "by-hand", "name": "On paper"}
    page = writer.get("/doc/barrier/by-hand", headers={"Accept": "text/turtle"}).text
    assert "On paper" in page and "All of them" not in page
    assert writer.delete(at).status_code == 428
    assert writer.delete(at, headers={"If-Match": whole.headers["etag"]}).status_code == 204
    assert writer.get("/doc/barrier/by-hand", headers={"Accept": "text/turtle"}).status_code in (404, 410)


def test_what_a_file_says_is_corrected_in_that_file(writer: httpx.Client) -> None:
    for method in ("PATCH", "PUT"):
        refused = writer.request(
            method, "/things/barriers/data-sharing-doubts", json={"name": "x"}, headers={"If-Match": "*"}
        )
        if refused.status_code == 404:  # the example calls it something else
            first = writer.get("/barriers.json").json()["items"][0]["iri"].rsplit("/", 1)[-1]
            refused = writer.request(
                method, f"/things/barriers/{first}", json={"name": "x"}, headers={"If-Match": "*"}
            )
        assert refused.status_code == 409 and "load it again" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("table", "row", "column", "says"),
    [
        ("barriers", {"id": "n"}, "name", "is empty"),
        ("barriers", {"id": "n", "nam": "x", "name": "x"}, None, "Did you mean name?"),
        ("barriers", {"id": "n m", "name": "x"}, "id", ""),
        ("follow-ups", {"action": "nope", "on": "2014-01-01", "status": "open"}, "action", "is not the id"),
        ("follow-ups", {"action": "nope", "on": "31/02/2014", "status": "open"}, "on", ""),
        ("organisations", {"id": "n", "name": "#REF!"}, "name", "spreadsheet"),
    ],
)
def test_a_row_with_mistakes_is_refused_with_column_value_and_what_to_do(
    writer: httpx.Client, table: str, row: dict[str, str], column: str | None, says: str
) -> None:
    refused = writer.post(f"/things/{table}", json=row)
    assert refused.status_code == 422
    assert any(i["column"] == column and says in i["says"] for i in refused.json()["issues"])


def test_what_is_no_row_is_refused(writer: httpx.Client) -> None:
    for body in (b"[]", b"{", b'{"name": {"a": 1}}', b"\xff"):
        refused = writer.post("/things/barriers", content=body, headers={"Content-Type": "application/json"})
        assert refused.status_code == 400, body
    assert writer.post("/things/barriers", data={"name": "x"}).status_code == 415
    assert writer.get("/things/moods/x").status_code == 404
    assert writer.patch("/things/barriers/nobody", json={}, headers={"If-Match": "*"}).status_code == 404
    assert len(writer.get("/things").json()["tables"]) == 32


def test_a_follow_up_is_recorded_and_seen_by_the_analysis(writer: httpx.Client) -> None:
    action = writer.get("/actions.json").json()["items"][0]["iri"].rsplit("/", 1)[-1]
    row = {"action": action, "on": "2015-01-05", "status": "open", "note": "Half of it is done"}
    made = writer.post("/follow-ups", json=row)
    assert made.status_code == 201, made.text
    assert made.json()["iri"].endswith(f"/follow-up/{action}--2015-01-05")
    found = writer.get("/sparql", params={"query": f"ASK {{ <{made.json()['iri']}> ju:followsUp ?a ; dcterms:description 'Half of it is done' }}", "format": "json"})  # fmt: skip
    assert found.json()["boolean"]


# --- Conditions, once only, recorded ------------------------------------------------------------


def test_every_way_to_write_holds_to_if_match(writer: httpx.Client) -> None:
    tag = writer.get("/graph-store?default", headers={"Accept": "text/turtle"}).headers.get("etag")
    tag = tag or writer.get("/barriers.json").headers["etag"]
    first = writer.post(
        "/sparql", data={"update": "INSERT DATA { <http://e/m> <http://e/n> 1 }"}, headers={"If-Match": tag}
    )
    assert first.status_code == 204, "the version that was read is the one that is there"
    stale = {"If-Match": tag}
    turtle = {**stale, "Content-Type": "text/turtle"}
    for refused in (
        writer.post("/sparql", data={"update": "CLEAR DEFAULT"}, headers=stale),
        writer.put("/graph-store", params={"graph": "http://e/g"}, content="<a> <b> 1 .", headers=turtle),
        writer.post("/graph-store", params={"graph": "http://e/g"}, content="<a> <b> 1 .", headers=turtle),
        writer.delete("/graph-store?default", headers=stale),
        writer.post("/load", **sent(("barriers.csv", "id,name\nm,M\n")), headers=stale),  # type: ignore[arg-type]
        writer.post("/things/barriers", json={"id": "m", "name": "M"}, headers=stale),
        writer.post("/same", json={"one": "organisation/x", "other": "organisation/y", "verdict": "same", "by": "a", "because": "b"}, headers=stale),
    ):  # fmt: skip
        assert refused.status_code == 412, refused.text


def test_the_same_key_and_request_are_carried_out_once_also_after_a_restart(
    serve: Serve, store: Path, tmp_path: Path
) -> None:
    place = tmp_path / "store"
    shutil.copytree(store, place)
    key, row = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}, {"id": "k", "name": "K"}
    with serve(place, "--allow-writing") as address, httpx.Client(base_url=address, timeout=60) as client:
        first = client.post("/things/barriers", json=row, headers=key)
        again = client.post("/things/barriers", json=row, headers=key)
        other = client.post("/things/barriers", json={"id": "l", "name": "L"}, headers=key)
        update = {
            "update": "INSERT { <http://e/c> <http://e/n> ?n } WHERE { SELECT (COUNT(*) AS ?n) { <http://e/c> ?p ?o } }"
        }
        for _ in range(2):
            assert client.post("/sparql", data=update, headers={"Idempotency-Key": "u1"}).status_code == 204
        bad = client.post("/things/barriers", json={"id": "z"}, headers={"Idempotency-Key": "z1"})
        good = client.post(
            "/things/barriers", json={"id": "z", "name": "Z"}, headers={"Idempotency-Key": "z1"}
        )
        assert client.post("/sparql", data=update, headers={"Idempotency-Key": "x" * 300}).status_code == 400
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content and again.headers["etag"] == first.headers["etag"]
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert (bad.status_code, good.status_code) == (422, 201), "what was refused may be tried again"
    version = open_store(place).version
    answers = place / "answers"
    assert all(path.stat().st_mode & 0o077 == 0 for path in answers.iterdir())
    with serve(place, "--allow-writing") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.post("/things/barriers", json=row, headers=key).content == first.content
        shutil.rmtree(answers)  # as if it had been killed before it could keep its answer
        lost = client.post("/things/barriers", json=row, headers=key)
        assert lost.status_code == 200 and "was carried out before" in lost.json()["detail"]
    assert open_store(place).version == version
    assert faults(place, version) == []


def test_a_second_request_with_the_key_of_one_that_goes_on_is_told_so(writer: httpx.Client) -> None:
    rows = "".join(f"slow-{n},Slow number {n}\n" for n in range(4000))

    def load(_: int) -> int:
        again = sent(("barriers.csv", f"id,name\n{rows}"), folder="slow")
        return writer.post("/load", **again, headers={"Idempotency-Key": '"slow"'}).status_code  # type: ignore[arg-type]

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(load, range(3)))
    assert answers[0] == 200 and set(answers[1:]) <= {200, 409} and 409 in answers


def test_what_breaks_a_shape_is_422_with_the_things(writer: httpx.Client) -> None:
    refused = writer.post("/sparql", data={"update": "INSERT DATA { <http://e/new> a ju:Barrier }"})
    assert refused.status_code == 422
    assert refused.json()["things"] == [{"label": "new", "iri": "http://e/new", "message": "It has no name."}]
    put = writer.put("/graph-store?graph=http://e/g", content="<http://e/new> a <https://w3id.org/joinedup/ontology#Barrier> .", headers={"Content-Type": "text/turtle"})  # fmt: skip
    assert put.status_code == 422 and put.json()["things"]


def test_every_write_and_refusal_is_in_the_audit_log(writer: httpx.Client, place: Path) -> None:
    before = len(lines(place))
    writer.post("/sparql", data={"update": "INSERT DATA { <http://e/log> <http://e/b> 'Zyzzyva' }"})
    writer.post("/sparql", data={"update": "CLEAR DEFAULT"}, headers={"Origin": "https://elsewhere.example"})
    writer.post("/load", **sent(("barriers.csv", "id,name\nlog,Zyzzyva\n"), folder="log", because="Zyzzyva"))  # type: ignore[arg-type]
    found = [(e["what"], e["outcome"], e["who"]) for e in lines(place)[before:]]
    who = "this machine"
    assert found == [("sparql update", "done", who), ("sparql update", "refused", who), ("load", "done", who)]
    assert "Zyzzyva" not in (place / "audit.jsonl").read_text()
    assert faults(place, open_store(place).version) == []
