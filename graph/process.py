"""A process of our own that works on what others wrote, and can be killed: at its deadline, or when it crashes."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import Any

from graph.worker import BROKEN


class Broken(Exception):
    """The process ended, or broke off its answer."""


class Process:
    """One process that runs a module of ours and takes one request after another. Not for several threads at once."""

    def __init__(self, module: str, *arguments: str):
        self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self._data = b""

    def send(self, request: dict[str, object], body: bytes = b"") -> None:
        """Give it a request. Raises Broken where it is gone."""
        assert self._process.stdin
        rest = memoryview(json.dumps(request).encode() + b"\n" + body)
        try:
            while rest:
                rest = rest[self._process.stdin.write(rest) :]
        except OSError:
            raise Broken from None

    def header(self, deadline: float) -> dict[str, Any]:
        """The first line of its answer. Raises TimeoutError at the deadline, Broken where it is gone."""
        while b"\n" not in self._data:
            self._data += self._read(deadline)
        line, self._data = self._data.split(b"\n", 1)
        try:
            found = json.loads(line)
        except ValueError:
            raise Broken from None
        assert isinstance(found, dict)
        return found

    def piece(self, deadline: float) -> bytes:
        """The next piece of the body; none at its end. Raises TimeoutError, and Broken where it is not whole."""
        length = self._take(4, deadline)
        if length == BROKEN:
            raise Broken
        return self._take(int.from_bytes(length), deadline)

    def stop(self) -> None:
        """End it at once."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def _take(self, size: int, deadline: float) -> bytes:
        parts, missing = [self._data[:size]], size - len(self._data)
        self._data = self._data[size:]
        while missing > 0:
            data = self._read(deadline)
            parts.append(data[:missing])
            self._data = data[missing:]
            missing -= len(data)
        return b"".join(parts)

    def _read(self, deadline: float) -> bytes:
        assert self._process.stdout
        try:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            data = os.read(self._process.stdout.fileno(), 1 << 20)
        except (ValueError, ConnectionError):  # another thread has stopped it
            raise Broken from None
        if not data:
            raise Broken
        return data
