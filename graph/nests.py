"""The process that holds the newest version in memory, from the side of the server: when it loads, and what it forks."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from graph.process import Talk
from ontology.terms import PREFIXES

SHARE = 4
"""One part in so many of the machine's memory may hold a version."""
SETTLED = 2.0
"""Seconds for which a version must have been the newest before it is loaded, so that many small changes cost little."""


class Forked(Talk):
    """A worker that was forked by a nest."""

    def __init__(self, end: socket.socket, nest: Nest, number: int):
        super().__init__(end)
        self.nest, self._number = nest, number

    def stop(self) -> None:
        """End it at once."""
        super().stop()
        self.nest.end(self._number)


class Nest:
    """One process that holds one version. Raises OSError where the system has no such sockets."""

    def __init__(self, snapshot: str, memory: int):
        self.snapshot, self._ready = snapshot, False
        self._numbers, self._lent, self._retired = 0, 0, False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
                [sys.executable, "-m", "graph.nest", snapshot, json.dumps(PREFIXES), str(memory)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._lock = Lock()

    @property
    def ready(self) -> bool:
        """Whether it has loaded its version."""
        if not self._ready:
            waiting = select.poll()
            waiting.register(self._control, select.POLLIN)
            with suppress(OSError):
                self._ready = bool(waiting.poll(0)) and self._control.recv(8) == b"+"
        return self._ready

    @property
    def gone(self) -> bool:
        """Whether its process has ended, such as where the version does not fit its memory."""
        return self._process.poll() is not None

    def forked(self) -> Forked | None:
        """A new worker; None where that cannot be had."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            self._numbers += 1
            try:
                socket.send_fds(self._control, [f"+{self._numbers}".encode()], [theirs.fileno()])
            except OSError:
                ours.close()
                return None
            self._lent += 1
            return Forked(ours, self, self._numbers)

    def end(self, number: int) -> None:
        """End a worker at once."""
        with self._lock:
            with suppress(OSError):
                self._control.send(f"-{number}".encode())
            self._lent -= 1
            over = self._retired and not self._lent
        if over:
            self.stop()

    def retire(self) -> None:
        """End as soon as none of its workers is at work."""
        with self._lock:
            self._retired = True
            over = not self._lent
        if over:
            self.stop()

    def stop(self) -> None:
        """End it, and every worker that it forked."""
        self._process.kill()  # its workers die with it
        self._control.close()
        self._process.wait()


class Nests:
    """The nest of the newest version, if there is one by now."""

    def __init__(self) -> None:
        self._nest: Nest | None = None
        self._wanted, self._since, self._unfit = "", 0.0, ""
        self._lock, self._closed = Lock(), False

    def want(self, snapshot: str) -> None:
        """See to it that this snapshot will be held, sooner or later, and no other."""
        if self._nest and self._nest.snapshot == snapshot and self._nest.ready:
            return
        with self._lock:
            if self._closed or self._unfit == snapshot:
                return
            if self._wanted != snapshot:
                first, self._wanted = not self._wanted, snapshot
                self._since = 0.0 if first else time.monotonic()
            if self._nest and self._nest.snapshot == snapshot:
                if self._nest.gone:
                    self._unfit = snapshot
                    self._drop()
                return
            self._drop()
            if time.monotonic() - self._since >= SETTLED:
                try:
                    self._nest = Nest(snapshot, budget())
                except OSError:
                    self._unfit = snapshot

    def serves(self, worker: Talk, snapshot: str) -> bool:
        """Whether a worker that waits is the right one: in memory as soon as there is a nest, else on disk."""
        nest = self._nest
        if isinstance(worker, Forked):
            return nest is worker.nest and nest.snapshot == snapshot
        return not (nest and nest.snapshot == snapshot and nest.ready)

    def forked(self, snapshot: str) -> Forked | None:
        """A new worker on a snapshot in memory; None where no nest holds it."""
        nest = self._nest
        if not nest or nest.snapshot != snapshot or not nest.ready:
            return None
        worker = nest.forked()
        if worker is None:  # the nest has ended
            with self._lock:
                self._unfit = snapshot
                self._drop()
        return worker

    def close(self) -> None:
        """End all."""
        with self._lock:
            self._closed = True
            if self._nest:
                self._nest.stop()
            self._nest = None

    def _drop(self) -> None:
        if self._nest:
            self._nest.retire()
        self._nest = None


def budget() -> int:
    """The bytes that one version may take in memory: a part of what this machine, or its container, has."""
    have = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):
        have = min(have, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return have // SHARE
