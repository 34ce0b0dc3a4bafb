"""Bearer tokens of an OpenID Connect issuer: signed by it, for this server, in time, and with a role that it knows.

The issuer's discovery document (OpenID Connect Discovery 1.0, 4) says where its keys are; they are fetched when the
first token comes, and again when a token names a key that is not known, at most twice a minute. Only signatures by a
private key count (RFC 8725, 3.1 and 3.2): never `none`, never a shared secret. What a role gives is written in its
name, `joinedup-AUDIENCE-RIGHT`, such as `joinedup-analyst-read`, in a claim that is set when the server is started.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import jwt

from graph.audiences import AUDIENCES, SENSITIVE
from graph.errors import BadParameter, StoreBusy
from graph.tokens import READ, RIGHTS

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SKEW_SECONDS = 60
"""How far the clocks of the issuer and of this machine may differ."""
_AGAIN_SECONDS = 30
_KEPT_SECONDS = 3600
_UNREACHED_SECONDS = 5
_MOST_BYTES = 1_000_000
_ROLES = {
    f"joinedup-{audience}-{right}": (audience, right)
    for audience in AUDIENCES
    for right in RIGHTS
    if right == READ or audience == SENSITIVE
}
"""From the one that may do least."""


@dataclass(frozen=True)
class Known:
    """Who a token speaks for."""

    audience: str
    right: str
    label: str
    """The role, and a few letters by which one subject can be told from another, but not found out."""
    expires: datetime


@dataclass(frozen=True)
class _Key:
    key: Any
    bound: str
    """The one algorithm that it is for; empty where any of its kind will do."""


class Issuer:
    """An issuer whose tokens count."""

    def __init__(self, issuer: str, audience: str, claim: str = "roles"):
        """Raises BadParameter where the issuer is not an https address, unless it is on this machine."""
        _check_address(issuer)
        if not audience or not claim:
            raise BadParameter("Say for whom the issuer's tokens are, and in which claim they hold roles.")
        self.issuer, self.audience, self.claim = issuer, audience, claim
        self._keys: dict[str, _Key] = {}
        self._address = ""
        self._fetched = float("-inf")
        self._lock = Lock()

    def known(self, token: str) -> Known | None:
        """Whom a token speaks for; None where it does not count. Raises StoreBusy where the issuer cannot be asked."""
        try:
            return self._decoded(token)
        except OSError:
            raise StoreBusy("The issuer of the token cannot be reached. Try again in a moment.") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            return None

    def _decoded(self, token: str) -> Known | None:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        key = self._key(header.get("kid")) if algorithm in ALGORITHMS else None
        if key is None or (key.bound and key.bound != algorithm):
            return None
        said = jwt.decode(
            token,
            key=key.key,
            algorithms=[algorithm],
            audience=self.audience,
            issuer=self.issuer,
            leeway=SKEW_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        held = set(_values(said, self.claim)) & _ROLES.keys()
        if not held:
            return None
        role = max(held, key=list(_ROLES).index)
        audience, right = _ROLES[role]
        subject = sha256(f"{self.issuer}\n{said['sub']}".encode()).hexdigest()[:8]
        return Known(audience, right, f"{role} {subject}", datetime.fromtimestamp(float(said["exp"]), UTC))

    def _key(self, kid: object) -> _Key | None:
        """The key that a token names, or the only one where it names none. Raises OSError where none can be fetched."""
        with self._lock:
            found, now = self._found(kid), time.monotonic()
            if now - self._fetched > _KEPT_SECONDS or (
                found is None and now - self._fetched > _AGAIN_SECONDS
            ):
                self._fetched = now
                try:
                    self._keys = self._fetch()
                except OSError:
                    if not self._keys:
                        self._fetched = now - _KEPT_SECONDS + _UNREACHED_SECONDS
                        raise
                found = self._found(kid)
            elif not self._keys:
                raise OSError("not reached a moment ago")
            return found

    def _found(self, kid: object) -> _Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid) if isinstance(kid, str) else None

    def _fetch(self) -> dict[str, _Key]:
        if not self._address:
            document = _got(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            address = document.get("jwks_uri")
            if document.get("issuer") != self.issuer or not isinstance(address, str):
                raise OSError("not the discovery document of this issuer")
            _check_address(address)
            self._address = address
        keys = {}
        for number, said in enumerate(_got(self._address).get("keys", ())):
            # A shared secret has no place in a public document, and another use is not for signatures (RFC 7517, 4.2).
            if (
                isinstance(said, Mapping)
                and said.get("kty") in ("RSA", "EC", "OKP")
                and said.get("use", "sig") == "sig"
            ):
                try:
                    key = jwt.PyJWK(dict(said))
                except jwt.PyJWTError:
                    continue
                bound = str(said.get("alg") or ("" if said["kty"] == "RSA" else key.algorithm_name))
                keys[str(said.get("kid", f"key {number}"))] = _Key(key.key, bound)
        return keys


def _values(said: Mapping[str, Any], claim: str) -> Iterable[str]:
    """What a claim holds: text with spaces between, or a list. Dots lead into what it is made of."""
    found: Any = said
    if claim in said:
        found = said[claim]
    else:
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []


def _check_address(address: str) -> None:
    parts = urlsplit(address)
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.scheme not in (("https", "http") if here else ("https",)):
        raise BadParameter("The issuer must be an https address, such as https://login.example.gov.")


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes where it was told and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        """No."""


def _got(address: str) -> dict[str, Any]:
    """A JSON object. Raises OSError."""
    try:
        with urllib.request.build_opener(_Straight).open(address, timeout=5) as answer:
            found = json.loads(answer.read(_MOST_BYTES))
    except (URLError, ValueError, TimeoutError) as failure:
        raise OSError("no such document") from failure
    if not isinstance(found, dict):
        raise OSError("not a JSON object")
    return found
