"""A process of our own that works on what others wrote, and can be killed: at its deadline, or when it crashes."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
import time
from functools import lru_cache
from typing import Any

from graph.lifeline import held
from graph.worker import BROKEN

_FIRST, _MOST = 16 * 1024, 128 * 1024 - 64
"""Bytes that are read at a time: where an answer begins, and after that. For more, memory would be fetched anew each time."""


_ENCODE = json.JSONEncoder(check_circular=False).encode


class Broken(Exception):
    """The process ended, or broke off its answer."""


class Talk:
    """One end of a talk with a process that takes one request after another. Not for several threads at once."""

    def __init__(self, end: socket.socket):
        self._end, self._data = end, b""
        self._waiting = select.poll()
        self._waiting.register(end, select.POLLIN)

    def send(self, request: dict[str, object], body: bytes = b"") -> None:
        """Give it a request. Raises Broken where it is gone."""
        try:
            self._end.sendall(_ENCODE(request).encode() + b"\n" + body)
        except OSError:
            raise Broken from None

    async def answering(self, deadline: float) -> None:
        """Wait until it begins to answer, without holding a thread. Raises TimeoutError at the deadline."""
        loop = asyncio.get_running_loop()
        begun = loop.create_future()
        file = self._end.fileno()
        if file < 0:
            raise Broken
        loop.add_reader(file, _done, begun)
        late = loop.call_later(max(0.0, deadline - time.monotonic()), _late, begun)
        try:
            await begun
        finally:
            late.cancel()
            loop.remove_reader(file)

    def header(self, deadline: float) -> dict[str, Any]:
        """The first line of its answer. Raises TimeoutError at the deadline, Broken where it is gone."""
        while b"\n" not in self._data:
            self._data += self._read(deadline, _FIRST)
        line, self._data = self._data.split(b"\n", 1)
        try:
            return _header(line) if len(line) < 100 else _header.__wrapped__(line)
        except ValueError:
            raise Broken from None

    def piece(self, deadline: float) -> bytes:
        """The next piece of the body; none at its end. Raises TimeoutError, and Broken where it is not whole."""
        length = self._take(4, deadline)
        if length == BROKEN:
            raise Broken
        return self._take(int.from_bytes(length), deadline)

    def stop(self) -> None:
        """End the talk; a process that has nobody else to talk to ends with it."""
        self._end.close()

    def _take(self, size: int, deadline: float) -> bytes:
        if len(self._data) >= size:
            taken, self._data = self._data[:size], self._data[size:]
            return taken
        parts, missing, self._data = [self._data], size - len(self._data), b""
        while missing > 0:
            data = self._read(deadline)
            missing -= len(data)
            if missing < 0:
                data, self._data = data[:missing], data[missing:]
            parts.append(data)
        return b"".join(parts)

    def _read(self, deadline: float, most: int = _MOST) -> bytes:
        try:
            try:
                data = self._end.recv(most, socket.MSG_DONTWAIT)
            except BlockingIOError:
                if not self._waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    raise TimeoutError from None
                data = self._end.recv(most)
        except TimeoutError:
            raise
        except (ValueError, OSError):  # another thread has stopped it
            raise Broken from None
        if not data:
            raise Broken
        return data


class Process(Talk):
    """One process that runs a module of ours."""

    def __init__(self, module: str, *arguments: str):
        ours, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                    [sys.executable, "-m", module, *arguments],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    pass_fds=[lifeline],
                    env=held(lifeline),
                )
        finally:
            os.close(lifeline)
        super().__init__(ours)

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        super().stop()
        self._process.wait()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


@lru_cache(maxsize=100)
def _header(line: bytes) -> dict[str, Any]:
    """What a first line says. Most answers begin with one of a few."""
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def _done(begun: asyncio.Future[None]) -> None:
    if not begun.done():
        begun.set_result(None)


def _late(begun: asyncio.Future[None]) -> None:
    if not begun.done():
        begun.set_exception(TimeoutError())
