"""Tokens of an OpenID Connect issuer: a real one on loopback, with its keys, and every way in which a token may be wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api import oidc
from api.entrance import gate_of
from api.oidc import Issuer
from api.settings import Entrance
from graph.errors import BadParameter, StoreBusy
from graph.store import open_store
from graph.tokens import Tokens

AUDIENCE = "joinedup"


class Issuing:
    """An issuer: a discovery document, its keys, and the tokens that it signs."""

    def __init__(self) -> None:
        self.private: dict[str, tuple[Any, str]] = {}
        self.asked: list[str] = []
        self.says = ""
        self.published: list[dict[str, Any]] = []
        issuing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuing.asked.append(self.path)
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", f"{issuing.address}/keys")
                    self.end_headers()
                    return
                found: dict[str, Any] = {"keys": issuing.published}
                if self.path.endswith("openid-configuration"):
                    found = {"issuer": issuing.says or issuing.address, "jwks_uri": issuing.keys_at}
                body = json.dumps(found).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.keys_at = f"{self.address}/keys"

    def add(self, kid: str, key: Any, algorithm: str, **said: Any) -> None:
        """A key that signs, and that is published."""
        self.private[kid] = (key, algorithm)
        kind = jwt.get_algorithm_by_name(algorithm)
        public = kind.to_jwk(key.public_key(), as_dict=True)  # type: ignore[attr-defined]
        self.published.append({**public, "kid": kid, "use": "sig", **said})

    def token(self, kid: str = "r", headers: dict[str, Any] | None = None, **said: Any) -> str:
        """A token that is right but for what is said."""
        key, algorithm = self.private[kid]
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": "a-subject",
            "exp": now + 300,
            "iat": now,
            "roles": ["joinedup-analyst-read"],
            **said,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key, algorithm, headers={"kid": kid, **(headers or {})})


RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def issuing() -> Iterator[Issuing]:
    made = Issuing()
    made.add("r", RSA_KEY, "RS256")
    made.add("e", EC_KEY, "ES256")
    thread = Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(5)


@pytest.fixture
def issuer(issuing: Issuing) -> Issuer:
    return Issuer(issuing.address, AUDIENCE)


def test_a_token_signed_by_the_issuer_says_audience_and_right(issuing: Issuing, issuer: Issuer) -> None:
    for kid in ("r", "e"):
        known = issuer.known(issuing.token(kid))
        assert known
        assert (known.audience, known.right) == ("analyst", "read")
        assert known.label.startswith("joinedup-analyst-read ")
        assert "a-subject" not in known.label, "who it is stays with the issuer"
    assert issuing.asked == ["/.well-known/openid-configuration", "/keys"], "the keys are kept"


def test_the_role_that_may_do_most_counts_and_others_are_passed_over(
    issuing: Issuing, issuer: Issuer
) -> None:
    for roles, held in (
        (["staff", "joinedup-public-read", "joinedup-sensitive-write"], ("sensitive", "write")),
        ("joinedup-public-read joinedup-analyst-read", ("analyst", "read")),
        (["joinedup-sensitive-read"], ("sensitive", "read")),
    ):
        known = issuer.known(issuing.token(roles=roles))
        assert known
        assert (known.audience, known.right) == held
    for roles in ([], ["staff"], None, ["joinedup-analyst-write"], ["joinedup-analyst-read "], {"a": 1}, 7):
        assert issuer.known(issuing.token(roles=roles)) is None, roles


def test_roles_may_stand_in_another_claim_also_within_one(issuing: Issuing) -> None:
    token = issuing.token(roles=None, realm={"roles": ["joinedup-public-read"]}, **{"https://e/roles": ["joinedup-analyst-read"]})  # fmt: skip
    for claim, audience in (("realm.roles", "public"), ("https://e/roles", "analyst")):
        known = Issuer(issuing.address, AUDIENCE, claim).known(token)
        assert known
        assert known.audience == audience


@pytest.mark.parametrize(
    "said",
    [
        {"exp": -120},
        {"exp": None},
        {"nbf": 3600},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_for_another_time_place_or_reader_does_not_count(
    said: dict[str, Any], issuing: Issuing, issuer: Issuer
) -> None:
    assert issuer.known(issuing.token()) is not None
    now = int(time.time())  # a claim of time is so many seconds from now
    said = {name: now + value if isinstance(value, int) else value for name, value in said.items()}
    assert issuer.known(issuing.token(**said)) is None


def test_clocks_may_differ_a_little(issuing: Issuing, issuer: Issuer) -> None:
    assert issuer.known(issuing.token(exp=int(time.time()) - 20)) is not None


def test_only_a_signature_by_a_published_key_counts(issuing: Issuing, issuer: Issuer) -> None:
    right = issuing.token()
    head, body, signed = right.split(".")
    public = RSA_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)  # fmt: skip
    claims = jwt.decode(right, options={"verify_signature": False})
    other = rsa.generate_private_key(65537, 2048)
    none = jwt.encode(claims, None, "none", headers={"kid": "r"})
    secret = _signed_with_a_secret(claims, public)
    for wrong in (
        none,
        none.rstrip(".") + "." + signed,
        secret,
        f"{head}.{body}.{signed[:-4]}AAAA",
        f"{head}.{body}.",
        jwt.encode(claims, other, "RS256", headers={"kid": "r"}),
        jwt.encode(claims, EC_KEY, "ES256", headers={"kid": "r"}),
        jwt.encode(claims, RSA_KEY, "RS256", headers={"kid": "e"}),
        "a.b.c",
        "",
    ):
        assert issuer.known(wrong) is None, wrong
    assert issuer.known(right) is not None


def _signed_with_a_secret(claims: dict[str, Any], secret: bytes) -> str:
    """What a library does that takes the public key for a shared secret (RFC 8725, 2.1)."""
    import hmac
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    def coded(part: bytes) -> str:
        return urlsafe_b64encode(part).rstrip(b"=").decode()

    head = coded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "r"}).encode())
    text = f"{head}.{coded(json.dumps(claims).encode())}"
    return f"{text}.{coded(hmac.new(secret, text.encode(), sha256).digest())}"


def test_a_key_counts_for_its_algorithm_and_use_alone(issuing: Issuing, issuer: Issuer) -> None:
    issuing.add("bound", RSA_KEY, "RS256", alg="RS256")
    issuing.add("enc", RSA_KEY, "RS256", use="enc")
    issuing.published.append(
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}
    )
    assert issuer.known(issuing.token("bound")) is not None
    assert issuer.known(issuing.token("enc")) is None
    claims = jwt.decode(issuing.token(), options={"verify_signature": False})
    assert issuer.known(jwt.encode(claims, RSA_KEY, "PS256", headers={"kid": "bound"})) is None
    shared = jwt.encode(claims, b"secret-secret-secret-secret-secret", "HS256", headers={"kid": "shared"})
    assert issuer.known(shared) is None


def test_a_new_key_is_fetched_but_unknown_ones_do_not_make_it_ask_without_end(
    issuing: Issuing, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert issuer.known(issuing.token()) is not None
    fresh = rsa.generate_private_key(65537, 2048)
    issuing.published.clear()
    issuing.add("r2", fresh, "RS256")
    for _ in range(20):
        assert issuer.known(issuing.token("r2")) is None, "it has asked a moment ago"
    assert issuing.asked.count("/keys") == 1
    monkeypatch.setattr(oidc, "_AGAIN_SECONDS", 0)
    assert issuer.known(issuing.token("r2")) is not None
    assert issuer.known(issuing.token("r")) is None, "a key that was withdrawn counts no more"


def test_an_issuer_that_is_not_there_lets_nobody_in_and_says_so(issuing: Issuing) -> None:
    token = issuing.token()
    away = Issuer("http://127.0.0.1:9", AUDIENCE)
    with pytest.raises(StoreBusy, match="cannot be reached"):
        away.known(token)
    for says, keys_at in (
        ("https://another.example", ""),
        ("", f"{issuing.address}/moved"),
        ("", "http://e/keys"),
    ):
        issuing.says, issuing.keys_at = says, keys_at or issuing.keys_at
        with pytest.raises((StoreBusy, BadParameter)):
            Issuer(issuing.address, AUDIENCE).known(token)


def test_a_server_takes_the_tokens_of_its_issuer_beside_its_own(issuing: Issuing, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    own = Tokens(store).create("leads", "read", "sensitive", 1)[1]
    gate = gate_of(store, Entrance(oidc_issuer=issuing.address, oidc_audience=AUDIENCE))
    for secret, audience in ((own, "sensitive"), (issuing.token(), "analyst")):
        known = gate.known(secret)
        assert known
        assert (known.audience, known.right, known.by_token) == (audience, "read", True)
    assert gate.known(issuing.token(aud="another")) is None


def test_an_issuer_must_be_an_https_address() -> None:
    for address in ("http://login.example.gov", "file:///etc", "login.example.gov", "ftp://a.example"):
        with pytest.raises(BadParameter, match="https address"):
            Issuer(address, AUDIENCE)
    with pytest.raises(BadParameter, match="for whom"):
        Issuer("https://login.example.gov", "")
