"""`joinedup serve`: who may reach the server, and running it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from threading import Event
from types import FrameType

import uvicorn

from api.app import create_app
from api.entrance import FromProxy, check_entrance, reached_as
from api.logs import logger, take_over
from api.patience import knowing
from api.settings import Settings
from graph.errors import JoinedupError
from graph.store import Store

_GRACE = 10
"""Seconds that what goes on has to finish when the server stops; then it is broken off."""
_LAST = 3.0
"""Seconds more for threads that nobody waits for."""
_MOST_CONNECTIONS = 512


def entered(store: Store, settings: Settings, host: str) -> Settings:
    """The settings with what follows from the address. Raises JoinedupError where it would not be safe to start so."""
    check_entrance(store, settings, host)
    entrance = settings.entrance
    names = reached_as(host, entrance)
    return replace(
        settings,
        entrance=replace(entrance, host_names=names, require_token=entrance.require_token or bool(names)),
    )


def run_server(store: Store, settings: Settings, host: str, port: int) -> None:
    """Serve until it is stopped, and say the address first. Raises JoinedupError where the port cannot be used."""
    settings = entered(store, settings, host)
    entrance = settings.entrance
    app = create_app(settings, store)
    take_over("uvicorn.error", logger(settings.log_level, settings.log_format))
    server = _Server(
        uvicorn.Config(
            FromProxy(app, entrance.behind_proxy) if entrance.behind_proxy else app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            http=knowing(app.front),
            ws="none",
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=5,
            server_header=False,
            proxy_headers=False,
            ssl_certfile=entrance.tls_cert,
            ssl_keyfile=entrance.tls_key,
            timeout_graceful_shutdown=_GRACE,
        ),
        app.state.stopping,
    )
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError:
        raise JoinedupError(
            f"Port {port} of {host} cannot be used: another program may have it. Name another with --port; 0 takes a free one."
        ) from None
    name = f"[{host}]" if ":" in host else host
    scheme = "https" if entrance.tls_cert else "http"
    for stop in (signal.SIGTERM, signal.SIGINT):
        # Until the server listens to signals itself. It raises again what stopped it, which is no failure.
        signal.signal(stop, lambda *_: setattr(server, "should_exit", True))
    print(
        f"Joinedup is at {scheme}://{name}:{listening.getsockname()[1]}/  (stop it with Ctrl-C)", flush=True
    )
    server.run(sockets=[listening])
    _leave()


def _leave() -> None:
    """End, although a thread may still work on what nobody waits for any more, such as the view of a large store.

    To end amid a write is as safe as to be killed: what was acknowledged is on disk, and the rest is whole or not there.
    """
    end = time.monotonic() + _LAST
    at_work = [t for t in threading.enumerate() if t is not threading.current_thread() and not t.daemon]
    for thread in at_work:
        thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in at_work):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


class _Server(uvicorn.Server):
    """A server that says to what it serves that it stops."""

    def __init__(self, config: uvicorn.Config, stopping: Event):
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come: take no more, finish what goes on, and end."""
        self._stopping.set()
        super().handle_exit(sig, frame)
