"""Clients that are slow, endless or silent: a real server with short limits, and sockets that misbehave."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.app import Guarded
from api.patience import MOST_HEADER_BYTES, Patient

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
seen: list[bytes] = []


class Impatient(Patient):
    """The same with times that a test can wait for."""

    begin_seconds, body_seconds, fetch_seconds = 0.8, 0.8, 0.8


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says how many bytes it was sent, or sends a great many."""
    if scope["type"] != "http":
        return
    body = (await receive()).get("body", b"")
    seen.append(body)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    many = 2_000 if scope["path"] == "/many" else 0
    for _ in range(many):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": str(len(body)).encode()})
    seen.append(b"ended")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the server listens."""
    config = uvicorn.Config(
        Guarded(app, most_body_bytes=1_000_000), http=Impatient, ws="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def client(port: int) -> Iterator[socket.socket]:
    """A connection."""
    seen.clear()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        yield client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    while True:
        try:
            data = client.recv(65536)
        except ConnectionResetError:
            return found
        if not data:
            return found
        found += data


def test_a_connection_that_says_nothing_is_closed(client: socket.socket) -> None:
    begun = time.monotonic()
    assert b" 408 " in rest(client)
    assert time.monotonic() - begun < 3


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(client: socket.socket) -> None:
    begun = time.monotonic()
    for byte in GET * 10:
        try:
            client.send(bytes([byte]))
        except OSError:
            break
        time.sleep(0.05)
    assert time.monotonic() - begun < 3
    assert seen == []


def test_the_second_head_on_a_connection_has_the_same_limit(client: socket.socket) -> None:
    client.sendall(GET + b"\r\n")
    assert b" 200 " in client.recv(65536)
    client.sendall(GET)
    begun = time.monotonic()
    assert b" 408 " in rest(client)
    assert time.monotonic() - begun < 3


def test_a_flood_of_headers_is_refused(client: socket.socket) -> None:
    many = b"".join(b"X-%d: y\r\n" % n for n in range(200))
    client.sendall(GET + many + b"\r\n")
    assert rest(client).startswith(b"HTTP/1.1 431 ")
    assert seen == []


@pytest.mark.parametrize(
    "head",
    [
        GET + b"X: " + b"y" * MOST_HEADER_BYTES + b"\r\n\r\n",
        b"GET /" + b"y" * MOST_HEADER_BYTES + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["a header", "an address"],
)
def test_a_head_that_is_too_large_is_refused(client: socket.socket, head: bytes) -> None:
    client.sendall(head)
    assert rest(client).startswith(b"HTTP/1.1 431 ")
    assert seen == []


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(client: socket.socket) -> None:
    client.sendall(POST + b"Content-Length: 1000\r\n\r\n")
    begun = time.monotonic()
    for _ in range(80):
        try:
            client.send(b"x")
        except OSError:
            break
        time.sleep(0.05)
    assert time.monotonic() - begun < 3
    assert seen == []


def test_half_a_body_is_never_taken_for_a_whole_one(client: socket.socket) -> None:
    client.sendall(POST + b"Content-Length: 1000\r\n\r\nhalf of it")
    client.shutdown(socket.SHUT_RDWR)
    time.sleep(0.5)
    assert seen == []


def test_a_large_body_that_keeps_coming_may_take_its_time(client: socket.socket) -> None:
    client.sendall(POST + b"Content-Length: 120000\r\n\r\n")
    for _ in range(12):  # twice the limit, but faster than the least speed
        client.sendall(b"x" * 10_000)
        time.sleep(0.13)
    assert client.recv(65536).endswith(b"120000") or seen[0] == b"x" * 120_000


def test_what_nobody_fetches_is_not_kept_for_long(client: socket.socket) -> None:
    client.sendall(GET.replace(b"GET /", b"GET /many") + b"\r\n")
    time.sleep(0.3)
    assert b"ended" not in seen, "it waits for the client"
    end = time.monotonic() + 5
    while b"ended" not in seen and time.monotonic() < end:
        time.sleep(0.1)
    assert b"ended" in seen, "the request was let go of"


def test_whoever_behaves_is_served_beside_all_of_them(client: socket.socket, port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    client.sendall(GET + b"\r\n")
    assert b" 200 " in client.recv(65536)
    for one in silent:
        one.close()
