"""How a server may be reached: refused at the start where that would not be safe, each time in a sentence.

Loopback without tokens is open to its user. Whatever others can reach needs tokens, so that it is known who asks, and
TLS or a named proxy that speaks it, so that nobody listens in; and names, so that no other name leads here.
"""

from __future__ import annotations

import ipaddress
import ssl

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import errors
from api.access import Gate
from api.oidc import Issuer
from api.settings import Entrance, Settings
from graph.errors import JoinedupError
from graph.store import Store
from graph.tokens import Tokens


def gate_of(store: Store, entrance: Entrance) -> Gate:
    """What lets in whom a server is for. Raises BadParameter where the issuer is described wrongly."""
    issuer = (
        Issuer(entrance.oidc_issuer, entrance.oidc_audience, entrance.oidc_claim)
        if entrance.oidc_issuer
        else None
    )
    required = bool(entrance.require_token or entrance.public or entrance.host_names or entrance.behind_proxy)
    return Gate(Tokens(store), issuer, required=required, public=entrance.public)


def check_entrance(store: Store, settings: Settings, host: str) -> None:
    """Raise JoinedupError where starting so would not be safe, or would let nobody in."""
    entrance = settings.entrance
    gate = gate_of(store, entrance)
    reached = not loopback(host) or bool(entrance.behind_proxy or entrance.host_names)
    known = bool(gate.issuer or gate.tokens.in_force())
    place = next(iter(entrance.host_names), "What stands behind a proxy" if entrance.behind_proxy else host)
    if reached and not known:
        raise JoinedupError(
            f"{place} can be reached by others, and there are no tokens: nobody could be told from anybody. Make one with "
            "“joinedup token create”, or listen on 127.0.0.1."
        )
    if entrance.require_token and not known and not entrance.public:
        raise JoinedupError(
            "There are no tokens, so nobody could come in. Make one with “joinedup token create”."
        )
    if bool(entrance.tls_cert) != bool(entrance.tls_key):
        raise JoinedupError("TLS takes a certificate and its key: give --tls-cert and --tls-key.")
    if reached and not entrance.tls_cert and not entrance.behind_proxy:
        raise JoinedupError(
            f"{place} can be reached by others, and without TLS anybody on the way reads along: give --tls-cert and --tls-key, "
            "or name the proxy that speaks TLS with --behind-proxy."
        )
    if entrance.tls_cert and entrance.tls_key:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(entrance.tls_cert, entrance.tls_key)
        except (OSError, ssl.SSLError):
            raise JoinedupError(
                "The certificate and the key cannot be used: they must be readable PEM files that belong together."
            ) from None
    if entrance.behind_proxy:
        try:
            ipaddress.ip_address(entrance.behind_proxy)
        except ValueError:
            raise JoinedupError("--behind-proxy: give the address of the proxy, such as 10.0.0.2.") from None
    if reached and not entrance.host_names and (entrance.behind_proxy or not _one_address(host)):
        raise JoinedupError(
            "Say under which name it is reached with --host-name, such as --host-name graph.example.gov."
        )
    if gate.required and (settings.allow_writing or settings.allow_judging):
        raise JoinedupError(
            "With tokens, the right of a token says who may write: leave out --allow-writing and --allow-judging."
        )


def reached_as(host: str, entrance: Entrance) -> tuple[str, ...]:
    """The names under which a server that listens on an address answers, beside this machine's own."""
    own = (host,) if not loopback(host) and _one_address(host) else ()
    return (*entrance.host_names, *own)


def loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _one_address(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return True


class FromProxy:
    """Serves one proxy alone, and believes it about the scheme and the client."""

    def __init__(self, app: ASGIApp, proxy: str):
        self.app, self.proxy = app, ipaddress.ip_address(proxy)
        self._believing = ProxyHeadersMiddleware(app, trusted_hosts=proxy)  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and not self._is_proxy(scope):
            answer = errors.problem(
                Request(scope), 403, "Not from here", "Come through the proxy of this server."
            )
            await answer(scope, receive, send)
            return
        await self._believing(scope, receive, send)  # type: ignore[arg-type]

    def _is_proxy(self, scope: Scope) -> bool:
        client = scope.get("client")
        try:
            return client is not None and ipaddress.ip_address(client[0]) == self.proxy
        except ValueError:
            return False
