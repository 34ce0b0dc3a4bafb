"""Tokens and the way in: who gets in, what each right allows, and a server that does not start where it is not safe."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.types import ASGIApp

from api.app import create_app
from api.entrance import FromProxy, check_entrance
from api.serve_command import entered
from api.settings import Entrance, Settings
from graph.errors import JoinedupError
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.tokens import Tokens

Run = Callable[..., subprocess.CompletedProcess[str]]
Tables = Callable[..., Path]
UPDATE = {"update": "INSERT DATA { <http://e/a> <http://e/b> 'c' }"}


@pytest.fixture
def store(tmp_path: Path, tables: Tables) -> Store:
    opened = open_store(tmp_path / "store")
    load(opened, [tables(organisations="id,name\ndea,Department for Example Affairs\n")], marking="public")
    load(opened, [tables("more", organisations="id,name\nhush,A hushed one\n")], marking="sensitive")
    return opened


@contextmanager
def served(store: Store, entrance: Entrance, proxy: str = "", **settings: bool) -> Iterator[httpx.Client]:
    """A client of a server in this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    app: ASGIApp = create_app(Settings(workers=1, entrance=entrance, **settings), store)  # type: ignore[arg-type]
    config = uvicorn.Config(
        FromProxy(app, proxy) if proxy else app,
        log_level="error",
        timeout_graceful_shutdown=2,
        proxy_headers=False,
        ssl_certfile=entrance.tls_cert,
        ssl_keyfile=entrance.tls_key,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        scheme = "https" if entrance.tls_cert else "http"
        trusting = ssl.create_default_context(cafile=entrance.tls_cert)
        address = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=30, verify=trusting) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@pytest.fixture
def guarded(store: Store) -> Iterator[httpx.Client]:
    with served(store, Entrance(require_token=True)) as client:
        yield client


def bearer(store: Store, right: str = "read", audience: str = "sensitive") -> dict[str, str]:
    return {"Authorization": f"Bearer {Tokens(store).create('testers', right, audience, 1)[1]}"}


def organisations(client: httpx.Client, headers: dict[str, str]) -> int:
    found = client.get("/organisations.json", headers=headers)
    assert found.status_code == 200, found.text
    return int(found.json()["of"])


# --- Over HTTP ---------------------------------------------------------------------------------


def test_without_a_token_the_way_in_is_told(guarded: httpx.Client) -> None:
    answer = guarded.get("/organisations.json")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="Joinedup"'
    assert "/sign-in" in answer.json()["detail"]
    page = guarded.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert 'action="/sign-in"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_token_shows_what_its_audience_may_see_until_it_is_revoked(
    store: Store, guarded: httpx.Client
) -> None:
    everything, public = bearer(store), bearer(store, audience="public")
    assert organisations(guarded, everything) == 2
    assert organisations(guarded, public) == 1
    Tokens(store).revoke(Tokens(store).every()[0].id)
    answer = guarded.get("/organisations.json", headers=everything)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert organisations(guarded, public) == 1


def test_the_right_of_a_token_says_who_writes(store: Store, guarded: httpx.Client) -> None:
    reads, writes = bearer(store), bearer(store, "write")
    for request in (
        ("POST", "/sparql", {"data": UPDATE}),
        (
            "PUT",
            "/graph-store?graph=http://e/g",
            {"content": b"", "headers": {"Content-Type": "text/turtle"}},
        ),
        ("DELETE", "/graph-store?graph=http://e/g", {}),
        ("POST", "/same", {"json": {}}),
    ):
        method, address, options = request
        headers = {**options.pop("headers", {}), **reads}  # type: ignore[attr-defined]
        answer = guarded.request(method, address, headers=headers, **options)  # type: ignore[arg-type]
        assert answer.status_code == 403, request
    assert guarded.post("/sparql", data=UPDATE, headers=writes).status_code in (204, 422)
    elsewhere = {**writes, "Origin": "https://elsewhere.example"}
    assert guarded.post("/sparql", data=UPDATE, headers=elsewhere).status_code == 403
    assert guarded.get("/metrics", headers=writes).status_code == 403, "what tells of the server needs admin"


def test_those_without_a_token_see_what_anybody_may_see_where_the_server_is_public(store: Store) -> None:
    with served(store, Entrance(public=True)) as client:
        assert organisations(client, {}) == 1
        assert organisations(client, bearer(store)) == 2
        assert client.post("/sparql", data=UPDATE).status_code == 403
        assert client.get("/organisations.json", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert "Audience public" in client.get("/", headers={"Accept": "text/html"}).text


def test_a_token_can_be_tried_out_on_a_machine_that_is_open_to_its_user(store: Store) -> None:
    with served(store, Entrance()) as client:
        assert organisations(client, {}) == 2
        assert organisations(client, bearer(store, audience="public")) == 1
        assert "Seen on this machine" in client.get("/", headers={"Accept": "text/html"}).text
        assert client.get("/organisations.json", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_people_sign_in_with_a_form_and_out_again(store: Store, guarded: httpx.Client) -> None:
    secret = bearer(store, audience="public")["Authorization"].split()[1]
    assert guarded.get("/sign-in").status_code == 200
    wrong = guarded.post("/sign-in", data={"token": "wrong"})
    assert wrong.status_code == 401
    assert "is not known" in wrong.text
    assert not guarded.cookies
    answer = guarded.post("/sign-in", data={"token": secret})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie.lower() for part in ("httponly", "samesite=strict", "path=/", "max-age=86"))
    page = guarded.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "audience public" in page.text
    assert secret not in page.text
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert guarded.post("/sign-out", headers=elsewhere).status_code == 403
    assert guarded.post("/sign-in", data={"token": secret}, headers=elsewhere).status_code == 403
    assert guarded.post("/sign-out").status_code == 303
    assert not guarded.cookies
    assert guarded.get("/").status_code == 401


def test_a_proxy_is_believed_about_the_scheme_and_nobody_else_is_let_in(store: Store) -> None:
    entrance = Entrance(behind_proxy="127.0.0.1", host_names=("graph.example.gov",))
    secret = bearer(store)["Authorization"].split()[1]
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", "Host": "graph.example.gov"}
    with served(store, entrance, proxy="127.0.0.1") as client:
        answer = client.post(
            "/sign-in", data={"token": secret}, headers={**forwarded, "Origin": "https://graph.example.gov"}
        )
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
    with served(store, entrance, proxy="192.0.2.1") as client:
        assert client.get("/sign-in", headers=forwarded).status_code == 403


def test_no_name_but_those_given_leads_to_the_server(store: Store) -> None:
    with served(store, Entrance(host_names=("graph.example.gov",))) as client:
        headers = bearer(store)
        for host, status in (
            ("graph.example.gov", 200),
            ("GRAPH.example.gov:80", 200),
            ("evil.example", 421),
            ("127.0.0.1/static?", 421),
            ("graph.example.gov/sparql?", 421),
            ("", 421),
        ):
            answer = client.get("/organisations.json", headers={**headers, "Host": host})
            assert answer.status_code == status, host


def test_a_body_of_somebody_unknown_is_not_read(guarded: httpx.Client) -> None:
    answer = guarded.put("/graph-store?default", content=b"x" * 2_000_000)
    assert answer.status_code == 401, "before its size is looked at"


@pytest.mark.skipif(os.name != "posix", reason="file modes as POSIX has them")
def test_a_file_of_tokens_that_others_may_read_lets_nobody_in(store: Store, guarded: httpx.Client) -> None:
    headers, tokens = bearer(store), Tokens(store)
    assert tokens.path
    assert organisations(guarded, headers) == 2
    tokens.path.chmod(0o640)
    answer = guarded.get("/organisations.json", headers=headers)
    assert answer.status_code == 503
    assert "chmod 600" in answer.json()["detail"]


def test_the_command_makes_lists_and_revokes_tokens(store: Store, joinedup: Run) -> None:
    made = joinedup("token", "create", "analysts of the unit", "--days", "7", "--store", store.path)
    secret = made.stdout.strip()
    assert made.returncode == 0
    token = Tokens(store).find(secret)
    assert token
    assert (token.right, token.audience) == ("read", "analyst")
    listed = joinedup("token", "list", "--store", store.path).stdout
    assert "analysts of the unit" in listed
    assert token.id in listed
    assert secret not in listed
    assert token.sha256 not in listed
    assert joinedup("token", "revoke", token.id, "--store", store.path).returncode == 0
    assert Tokens(store).find(secret) is None
    refused = joinedup("token", "create", "writers", "--right", "write", "--store", store.path)
    assert refused.returncode == 1
    assert "audience sensitive" in refused.stderr


# --- Starting ----------------------------------------------------------------------------------


OPEN = Entrance(host_names=("graph.example.gov",))


@pytest.mark.parametrize(
    ("host", "entrance", "says"),
    [
        ("0.0.0.0", Entrance(), "no tokens"),
        ("::", Entrance(), "no tokens"),
        ("192.0.2.1", Entrance(), "no tokens"),
        ("127.0.0.1", OPEN, "no tokens"),
        ("127.0.0.1", Entrance(behind_proxy="127.0.0.1"), "no tokens"),
        ("0.0.0.0", Entrance(public=True), "no tokens"),
        ("localhost", Entrance(require_token=True), "nobody could come in"),
        ("127.0.0.1", Entrance(tls_cert=Path("a.pem")), "give --tls-cert and --tls-key"),
        ("127.0.0.1", Entrance(oidc_issuer="http://l.example.gov", oidc_audience="x"), "https address"),
        ("127.0.0.1", Entrance(oidc_issuer="https://l.example.gov"), "for whom"),
    ],
)
def test_it_does_not_start_where_nobody_could_be_told_from_anybody(
    host: str, entrance: Entrance, says: str, store: Store
) -> None:
    with pytest.raises(JoinedupError, match=says):
        check_entrance(store, Settings(entrance=entrance), host)


@pytest.mark.parametrize(
    ("host", "entrance", "says"),
    [
        ("0.0.0.0", Entrance(), "without TLS"),
        ("127.0.0.1", OPEN, "without TLS"),
        ("0.0.0.0", Entrance(behind_proxy="10.0.0.1"), "--host-name"),
        ("127.0.0.1", replace(OPEN, behind_proxy="proxy.example"), "the address of the proxy"),
        ("0.0.0.0", Entrance(tls_cert=Path("no.pem"), tls_key=Path("no.pem")), "cannot be used"),
    ],
)
def test_tokens_alone_are_not_enough_where_others_reach_it(
    host: str, entrance: Entrance, says: str, store: Store
) -> None:
    bearer(store)
    with pytest.raises(JoinedupError, match=says):
        check_entrance(store, Settings(entrance=entrance), host)


def test_what_the_machine_allows_does_not_mix_with_the_rights_of_tokens(store: Store) -> None:
    bearer(store)
    for settings in (Settings(allow_writing=True), Settings(allow_judging=True)):
        check_entrance(store, settings, "127.0.0.1")
        with pytest.raises(JoinedupError, match="the right of a token"):
            check_entrance(store, replace(settings, entrance=Entrance(require_token=True)), "127.0.0.1")


def test_an_address_of_its_own_needs_tokens_and_answers_under_that_address(
    store: Store, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    bearer(store)
    made = entered(store, Settings(entrance=Entrance(tls_cert=cert, tls_key=key)), "192.0.2.1").entrance
    assert (made.host_names, made.require_token) == (("192.0.2.1",), True)


def test_the_command_says_in_a_sentence_why_it_does_not_start(store: Store, joinedup: Run) -> None:
    refused = joinedup("serve", "--store", store.path, "--port", "0", "--host", "0.0.0.0")
    assert refused.returncode == 1
    assert "joinedup token create" in " ".join(refused.stderr.split())


def test_the_cookie_goes_over_tls_alone_where_tls_is_spoken(
    store: Store, certificate: tuple[Path, Path]
) -> None:
    cert, key = certificate
    secret = bearer(store)["Authorization"].split()[1]
    entrance = Entrance(require_token=True, tls_cert=cert, tls_key=key)
    with served(store, entrance) as client:
        cookie = client.post("/sign-in", data={"token": secret}).headers["set-cookie"]
        assert "secure" in cookie.lower()
        assert client.get("/organisations.json").json()["of"] == 2


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    cert, private = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, private
