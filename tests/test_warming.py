"""What takes long to read of a large store is read ahead, once for all who want it, and again when the store changes."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from typer.testing import CliRunner

from api import warming
from api.cli import app
from api.logs import logger
from api.reading import Readers
from graph import extracts
from graph.analysis import analyses
from graph.dataset import Dataset, once
from graph.ingest.load import load
from graph.listing import KINDS, listing
from graph.store import Store, open_store
from graph.workers import Workers
from visualisations.page import analysis_page

Tables = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path, tables: Tables, small: dict[str, str]) -> Store:
    store = open_store(tmp_path / "store")
    load(store, [tables("t", **small)])
    return store


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """The datasets that were read ahead: audience and version."""
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(
        warming, "_AHEAD", (lambda dataset: found.append((dataset.audience, dataset.version)),)
    )
    monkeypatch.setattr(warming, "_EVERY", 0.01)
    monkeypatch.setattr(warming, "_QUIET", 0.1)
    yield found


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_every_version_of_a_large_store_is_read_ahead_for_those_who_ask(
    store: Store, tables: Tables, read: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "LEAST", 1)
    readers = Readers(store, lambda view: Workers(view))
    with warming.warming(store, readers, logger()):
        time.sleep(0.1)
        assert read == [], "nobody has asked yet"
        readers.view("sensitive")
        assert until(lambda: read == [("sensitive", store.version)])
        analyst = readers.view("analyst")
        assert until(lambda: len(read) == 2)
        assert read[1] == ("analyst", analyst.version)
        load(store, [tables("u", organisations="id,name\nnew,New\n")])
        assert until(lambda: len(read) == 4)
        assert set(read[2:]) == {("sensitive", store.version), ("analyst", analyst.version)}
        time.sleep(0.1)
        assert len(read) == 4, "each once"


def test_a_small_store_is_left_alone(store: Store, read: list[tuple[str, int]]) -> None:
    readers = Readers(store, lambda view: Workers(view))
    readers.view("sensitive")
    with warming.warming(store, readers, logger()):
        time.sleep(0.2)
    assert read == []


def test_what_is_read_ahead_can_be_read(store: Store) -> None:
    for ahead in warming._AHEAD:
        ahead(store.dataset())


def test_a_version_that_nobody_reads_any_more_goes_at_once_with_all_that_was_kept_of_it(
    store: Store, tables: Tables
) -> None:
    dataset = store.dataset()
    for ahead in warming._AHEAD:
        ahead(dataset)
    for kind in KINDS:
        listing(dataset, kind, q="a")
    for analysis in analyses().values():
        if not any(field.is_required() for field in analysis.parameters.model_fields.values()):
            analysis_page(dataset, analysis, {}, analysis.run(dataset))
    gone = weakref.ref(dataset)
    load(store, [tables("u", organisations="id,name\nnew,New\n")])
    gc.disable()  # which would find it later, with its files open until then
    try:
        gc.freeze()
        store.dataset()
        del dataset, ahead, analysis
        assert gone() is None
    finally:
        gc.unfreeze()
        gc.enable()


def test_who_asks_for_what_another_is_finding_waits_for_it(store: Store) -> None:
    begun, go_on = Event(), Event()
    runs: list[int] = []

    @once(1)
    def slow(dataset: Dataset) -> str:
        runs.append(1)
        begun.set()
        assert go_on.wait(20)
        if len(runs) == 1:
            raise ValueError("the first one fails")
        return "found"

    def ask() -> None:
        try:
            answers.append(slow(dataset))
        except ValueError as error:
            answers.append(str(error))

    answers: list[str] = []
    dataset = store.dataset()
    threads = [Thread(target=ask) for _ in range(5)]
    threads[0].start()
    assert begun.wait(20)
    for thread in threads[1:]:
        thread.start()
    time.sleep(0.1)
    assert len(runs) == 1
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == ["found"] * 4 + ["the first one fails"]
    assert len(runs) == 2, "of those who wait one tries again where the first one failed"


@pytest.mark.parametrize(
    ("many", "very_large", "kept"),
    [
        (10**9, 10**12, set()),
        (1, 10**12, {"evidence", "labels", "sources", "discussed"}),
        (1, 1, extracts.OF_ONE_THING | {"search"}),
    ],
    ids=["small", "large", "very large"],
)
def test_after_a_large_load_what_every_page_needs_is_there_for_the_next_process(
    tmp_path: Path,
    tables: Tables,
    small: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    many: int,
    very_large: int,
    kept: set[str],
) -> None:
    monkeypatch.setattr(extracts, "LEAST", 0)
    monkeypatch.setattr("api.cli._MANY", many)
    monkeypatch.setattr(warming, "VERY_LARGE", very_large)
    folder = tmp_path / "store"
    command = ["load", str(tables("t", **small)), "--store", str(folder)]
    assert CliRunner().invoke(app, [*command, "--dry-run"]).exit_code == 0
    assert not (folder / "extracts").exists()
    assert CliRunner().invoke(app, command).exit_code == 0
    assert {file.stem.partition("-")[0] for file in folder.glob("extracts/*/*")} == kept
