"""Analyses asked off the event loop: once for all who wait, kept, bounded, and stopped when nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from datetime import date
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from pydantic import ConfigDict, create_model

from api.asking import Asking
from graph.analysis import Analysis, Result
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.optimise import solve
from graph.progress import Progress, Stopped, check, followed, tell
from graph.store import open_store


def declared(function: Callable[..., Result[Any]]) -> Analysis:
    return Analysis(
        "some", function, Result, create_model("some", __config__=ConfigDict(extra="forbid"), n=(int, 1))
    )


def answer(n: int) -> Result[Any]:
    return Result([], n, "things", "None.", date(2014, 4, 16))


@pytest.fixture
def dataset() -> Dataset:
    return open_store("memory").dataset()


@pytest.fixture
def asking() -> Iterator[Asking]:
    made = Asking(most=2)
    yield made
    made.close()


def test_the_same_question_is_worked_out_once_however_it_is_written(asking: Asking, dataset: Dataset) -> None:
    asked: list[int] = []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(n)
        return answer(n)

    first = asking.ask(dataset, declared(some), {"n": "1"})
    assert asking.ask(dataset, declared(some), {}) is first
    assert asking.ask(dataset, declared(some), {"n": 2}).of == 2
    assert asked == [1, 2]


def test_a_new_version_of_the_store_is_asked_anew(asking: Asking, dataset: Dataset) -> None:
    asked: list[int] = []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(dataset.version)
        return answer(n)

    asking.ask(dataset, declared(some), {})
    dataset.version += 1
    asking.ask(dataset, declared(some), {})
    assert asked == [0, 1]


def test_only_the_newest_answers_are_kept(asking: Asking, dataset: Dataset) -> None:
    asked: list[int] = []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(n)
        return answer(n)

    for n in (1, 2, 1, 3, 1, 2):  # 1 was asked last when 3 came, so 2 had to go
        asking.ask(dataset, declared(some), {"n": n})
    assert asked == [1, 2, 3, 2]


def test_who_asks_what_is_being_worked_out_joins_in(asking: Asking, dataset: Dataset) -> None:
    go, begun, asked = Event(), Event(), []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(n)
        begun.set()
        assert go.wait(10)
        return answer(n)

    found: list[Result[Any]] = []
    several = [Thread(target=lambda: found.append(asking.ask(dataset, declared(some), {}))) for _ in range(3)]
    for one in several:
        one.start()
    assert begun.wait(10)
    with asking.waiting(dataset, declared(some), {}) as job:
        while job.waiting < 4:
            time.sleep(0.01)
        go.set()
        assert job.answer.result(10).of == 1
    for one in several:
        one.join(10)
    assert len(found) == 3 and asked == [1]


def test_a_mistake_is_told_to_all_and_not_kept(asking: Asking, dataset: Dataset) -> None:
    asked: list[int] = []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(n)
        raise BadParameter("n: no.")

    for _ in range(2):
        with pytest.raises(BadParameter, match=r"n: no\."):
            asking.ask(dataset, declared(some), {})
    assert asked == [1, 1]
    with pytest.raises(BadParameter, match="There is no parameter m"):
        asking.ask(dataset, declared(some), {"m": 1})
    assert asked == [1, 1]


def test_a_run_that_nobody_waits_for_is_stopped_and_asked_anew(asking: Asking, dataset: Dataset) -> None:
    ended, asked = Event(), []

    def some(dataset: Dataset, n: int) -> Result[Any]:
        asked.append(n)
        if len(asked) > 1:
            return answer(n)
        try:
            while True:
                check()
                time.sleep(0.01)
        except Stopped:
            ended.set()
            raise

    with (
        asking.waiting(dataset, declared(some), {}) as job,
        asking.waiting(dataset, declared(some), {}) as same,
    ):
        assert same is job
        while not asked:
            time.sleep(0.01)
    assert ended.wait(10)
    with pytest.raises((Stopped, CancelledError)):
        job.answer.result(10)
    assert asking.ask(dataset, declared(some), {}).of == 1


def test_one_of_two_who_wait_may_leave(asking: Asking, dataset: Dataset) -> None:
    go = Event()

    def some(dataset: Dataset, n: int) -> Result[Any]:
        assert go.wait(10)
        check()
        return answer(n)

    with asking.waiting(dataset, declared(some), {}) as job:
        with asking.waiting(dataset, declared(some), {}):
            pass
        go.set()
        assert job.answer.result(10).of == 1


def test_closing_stops_what_runs(dataset: Dataset) -> None:
    asking, begun = Asking(), Event()

    def some(dataset: Dataset, n: int) -> Result[Any]:
        begun.set()
        while True:
            check()
            time.sleep(0.01)

    with asking.waiting(dataset, declared(some), {}) as job:
        assert begun.wait(10)
        asking.close()
        with pytest.raises(Stopped):
            job.answer.result(10)


def test_what_is_told_is_seen_from_outside_with_the_seconds() -> None:
    progress = Progress()
    tell("nobody hears this", known=1)
    with followed(progress):
        tell("counting", known=3, bound=5)
    now = progress.now()
    assert (now["doing"], now["known"], now["bound"]) == ("counting", 3, 5)
    assert 0 <= now["seconds"] < 10


def test_the_search_tells_its_best_and_bound_and_its_process_ends_when_nobody_waits() -> None:
    chance = Random(7)
    barriers = [f"b{n}" for n in range(60)]
    blocked = {f"p{n}": frozenset(chance.sample(barriers, 4)) for n in range(500)}
    progress, ended = Progress(), []

    def search() -> None:
        try:
            with followed(progress):
                solve(blocked, 15, all_of_them=True, seconds=30)
        except Stopped:
            ended.append(time.monotonic())

    thread = Thread(target=search)
    thread.start()
    while "known" not in progress.told:
        time.sleep(0.01)
    time.sleep(0.5)  # the process is there by now
    assert 0 < progress.told["known"] < progress.told["bound"]
    assert progress.told["doing"] == "looking for the 15 to unblock most"
    left = time.monotonic()
    progress.stop.set()
    thread.join(10)
    assert ended and ended[0] - left < 5
