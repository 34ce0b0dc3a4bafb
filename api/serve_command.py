"""`joinedup serve`: who may reach the server, and running it."""

from __future__ import annotations

import ipaddress
import socket

import uvicorn

from api.app import create_app
from api.settings import Settings
from graph.errors import JoinedupError
from graph.store import Store


def check_address(host: str, settings: Settings) -> None:
    """Raise JoinedupError for an address that others reach, unless that is said to be safe, and where they could write."""
    trusted = settings.any_host
    if not _loopback(host) and not trusted:
        raise JoinedupError(
            f"{host} can be reached by others, and there are no tokens yet: everyone there would read everything, interviews too. "
            "Listen on 127.0.0.1, or say --trust-network if that is what you want."
        )
    if settings.allow_writing and (trusted or not _loopback(host)):
        raise JoinedupError(
            "There are no tokens yet, so only this machine may write: leave out --allow-writing or --trust-network."
        )


def run_server(store: Store, settings: Settings, host: str, port: int) -> None:
    """Serve until it is stopped, and say the address first. Raises JoinedupError where the port cannot be used."""
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, store),
            host=host,
            port=port,
            log_level="warning",
            h11_max_incomplete_event_size=65536,
            timeout_keep_alive=5,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
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
    print(f"Joinedup is at http://{name}:{listening.getsockname()[1]}/  (stop it with Ctrl-C)", flush=True)
    server.run(sockets=[listening])


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
