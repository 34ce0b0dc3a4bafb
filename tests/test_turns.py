"""Turns of clients: nobody who asks for much keeps another waiting, and whoever leaves the line is out of it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from graph.errors import QueryBusy
from graph.turns import Turns


def waiting(turns: Turns, client: str, order: list[str]) -> threading.Thread:
    def wait() -> None:
        turns.wait(client, 20)
        order.append(client)

    before = turns._in_line
    thread = threading.Thread(target=wait)
    thread.start()
    while turns._in_line == before and client not in order:
        threading.Event().wait(0.001)
    return thread


def test_clients_are_called_in_turn_whatever_each_has_waiting() -> None:
    turns, order = Turns(1, spare=0), list[str]()
    turns.wait("flood", 1)
    threads = [waiting(turns, client, order) for client in ("flood", "flood", "flood", "other", "third")]
    running = "flood"
    for served in range(1, 6):
        turns.done(running)
        while len(order) < served:
            threading.Event().wait(0.001)
        running = order[-1]
    turns.done(running)
    for thread in threads:
        thread.join(5)
    assert order == ["flood", "other", "third", "flood", "flood"]
    assert turns.running == 0


def test_who_has_nothing_running_gets_a_spare_place_where_another_holds_all() -> None:
    turns = Turns(2, spare=1)
    turns.wait("flood", 1)
    turns.wait("flood", 1)
    with pytest.raises(QueryBusy):
        turns.wait("flood", 0.05)
    turns.wait("other", 1)
    with pytest.raises(QueryBusy):
        turns.wait("third", 0.05)
    assert turns.running == 3


def test_a_line_has_an_end_for_each_client_and_for_all() -> None:
    turns = Turns(1, spare=0, most_waiting=2, most_in_all=3)
    turns.wait("a", 1)
    threads = [waiting(turns, client, []) for client in ("a", "a")]
    with pytest.raises(QueryBusy, match="Try again"):
        turns.wait("a", 20)
    threads.append(waiting(turns, "b", []))
    with pytest.raises(QueryBusy, match="Try again"):
        turns.wait("c", 20)
    for client in ("a", "a", "b", "a"):
        turns.done(client)
    for thread in threads:
        thread.join(5)


def test_who_gives_up_leaves_the_line_and_takes_no_turn() -> None:
    turns = Turns(1, spare=0)

    async def scene() -> None:
        await turns.turn("a", 1)
        leaver = asyncio.create_task(turns.turn("b", 20))
        stayer = asyncio.create_task(turns.turn("c", 20))
        await asyncio.sleep(0.01)
        leaver.cancel()
        await asyncio.sleep(0.01)
        turns.done("a")
        await asyncio.wait_for(stayer, 5)
        assert turns.running == 1
        turns.done("c")

    asyncio.run(scene())
    assert turns.running == turns._in_line == 0


def test_who_is_called_and_gives_up_in_the_same_moment_hands_the_turn_on() -> None:
    turns = Turns(1, spare=0)

    async def scene() -> None:
        await turns.turn("a", 1)
        leaver = asyncio.create_task(turns.turn("b", 20))
        await asyncio.sleep(0.01)
        turns.done("a")  # calls b
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        await turns.turn("c", 5)
        turns.done("c")

    asyncio.run(scene())
    assert turns.running == turns._in_line == 0


def test_whoever_comes_first_has_its_turn_at_once_and_whoever_waits_is_not_overtaken() -> None:
    async def run() -> list[str]:
        turns, order = Turns(1, spare=0), list[str]()

        async def ask(client: str) -> None:
            await turns.turn(client, 5)
            order.append(client)
            await asyncio.sleep(0.01)
            turns.done(client)

        first = asyncio.create_task(ask("a"))
        await asyncio.sleep(0)
        assert turns.busy() == (1, 0)
        others = [asyncio.create_task(ask(client)) for client in ("b", "c")]
        await asyncio.sleep(0)
        assert turns.busy() == (1, 2)
        await asyncio.gather(first, *others)
        assert turns.busy() == (0, 0)
        return order

    assert asyncio.run(run()) == ["a", "b", "c"]
