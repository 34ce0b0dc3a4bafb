"""An engine that answers wrongly, or with what is no answer: a sentence, and never fewer rows or a mistake of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from graph import replica
from graph.dataset import query_text
from graph.editing import Editor
from graph.engine import Engine
from graph.errors import StoreUnusable
from graph.ingest.load import load
from graph.replica import Replica
from graph.store import Store, open_store

Tables = Callable[..., Path]
At = Callable[..., Store]
Rows = list[dict[str, str]]


@pytest.fixture(autouse=True)
def nobody_else_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica, "_PAUSES", (0.0, 0.05))


def answering(monkeypatch: pytest.MonkeyPatch, lie: Callable[[Rows], Rows]) -> None:
    """Let the engine's tables be what a lie makes of them."""
    select = Engine.select
    monkeypatch.setattr(Engine, "select", lambda self, query: lie(select(self, query)))


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (lambda rows: rows[: (len(rows) + 1) // 2], "leaves out a part"),
        (lambda rows: rows[: len(rows) - 1] if len(rows) > 1 else rows, "leaves out a part"),
        (lambda rows: [], "not of the kind|does not carry it out"),
        (lambda rows: [dict(list(row.items())[1:]) for row in rows], "not of the kind"),
        (lambda rows: [{name: f"no {value}" for name, value in row.items()} for row in rows], "not of the"),
    ],
    ids=["half", "limit", "none", "column", "kind"],
)
def test_what_an_engine_leaves_out_is_missed_by_who_reads_and_by_who_writes(
    at: At,
    tables: Tables,
    small: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    lie: Callable[[Rows], Rows],
    says: str,
) -> None:
    one = at("one")
    load(one, [tables("t", **small)])
    before = one.version
    with monkeypatch.context() as lying:
        answering(lying, lie)
        with pytest.raises(StoreUnusable, match=says):
            at("two")
        with pytest.raises(StoreUnusable, match=says):
            load(one, [tables("u", organisations="id,name\nnew,New\n")])
        with pytest.raises(StoreUnusable, match=says):
            load(one, [tables("v", organisations="id,name\n" + "".join(f"o{n},O {n}\n" for n in range(200)))])
    assert at("three").version == at("two").version == before
    load(one, [tables("u", organisations="id,name\nnew,New\n")])
    assert "New" in at("three").dataset().labels.values()


def test_a_load_into_an_engine_that_forgets_a_part_of_it_is_not_half_put_in_place(
    at: At, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = at("one")
    load(one, [tables("t", **small)])
    held = dict(Replica(Engine(one.location)).held())
    with monkeypatch.context() as lying:
        answering(lying, lambda rows: rows[1:] if rows and "beside" in rows[0] else rows)
        with pytest.raises(StoreUnusable, match="leaves out a part"):
            load(one, [tables("u", organisations="id,name\n" + "".join(f"o{n},O {n}\n" for n in range(200)))])
    assert Replica(Engine(one.location)).held() == held


@pytest.mark.parametrize("said", [b"<html>no triples</html>", b"<http://e/a> <http://e/b> ", b"\xff\xfe ."])
def test_statements_that_break_off_or_are_none_are_told_in_a_sentence(
    at: At, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    load(at("one"), [tables("t", **small)])
    read = Engine.read

    def broken(self: Engine, graph: str) -> Iterator[bytes]:
        yield from read(self, graph)
        yield said

    monkeypatch.setattr(Engine, "read", broken)
    with pytest.raises(StoreUnusable, match="breaks off or is no N-Triples"):
        at("two")


def test_an_engine_that_carries_out_no_update_is_found_out_at_once(
    at: At, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = at("one")
    monkeypatch.setattr(Engine, "update", lambda self, text: None)
    with pytest.raises(StoreUnusable, match="does not carry it out"):
        load(one, [tables("t", **small)])


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://127.0.0.1:abc", "http://xn--/", f"http://{'a' * 300}.x/"]
)
def test_what_is_no_address_is_told_in_a_sentence(address: str) -> None:
    with pytest.raises(StoreUnusable, match="no address of an engine"):
        open_store(address)


def test_what_is_written_in_an_edit_is_read_by_the_others_or_refused(at: At) -> None:
    """Values that Virtuoso writes another way, or takes for addresses, of which many are new with each graph."""
    one, two = at("one"), at("two")
    kept = ["'http://e/new'", "3.0", "2.5", "007", "true", "'2014-01-20'^^xsd:date", "'note:'@en-GB", "'1.5'^^xsd:double"]  # fmt: skip
    lost = [
        "'2014-01-20T10:00:00.123456789'^^xsd:dateTime",
        "0.1234567890123456",
        "1e10",
        "'P1Y'^^xsd:duration",
    ]

    def written(editor: Editor, text: str) -> None:
        editor.update(f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> {text}", base_iri="http://e/")

    with Editor(one) as editor:
        for number, value in enumerate([*kept, *lost]):
            said = f"GRAPH <http://e/g{number}> {{ <http://e/s{number}> <http://e/p> {value} }}"
            with suppress(StoreUnusable) if value in lost else nullcontext():
                written(editor, f"INSERT DATA {{ {said} }}")
            two.follow()
            assert two.version == one.version
        for number, value in enumerate(kept):
            graph = f"GRAPH <http://e/g{number}>"
            assert len(two.dataset().graph(f"http://e/g{number}")) == 1, value
            written(editor, f"DELETE {{ {graph} {{ ?s ?p ?o }} }} INSERT {{ {graph} {{ ?s ?p 'x' }} }} WHERE {{ {graph} {{ ?s ?p ?o }} }}")  # fmt: skip
    three = at("three")
    for number in range(len(kept)):
        [quad] = three.dataset().graph(f"http://e/g{number}")
        assert quad.object.value == "x"  # type: ignore[union-attr]


def test_who_believes_an_engine_to_be_empty_does_not_begin_anew(
    at: At, tables: Tables, small: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = at("one")
    load(one, [tables("t", **small)])
    told = Replica(Engine(one.location))
    before = told.about()
    with monkeypatch.context() as lying, suppress(StoreUnusable):
        answering(lying, lambda rows: [])
        told.begin()
    assert told.about() == before
    assert len(Engine(one.location).select(query_text("engine_state/about"))) == 1
