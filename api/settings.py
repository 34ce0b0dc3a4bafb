"""What a server is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entrance:
    """Who may come in, and how."""

    require_token: bool = False
    """Whether nobody comes in without a token, not even from this machine."""
    public: bool = False
    """Whether those without a token see what anybody may see, instead of nothing."""
    host_names: tuple[str, ...] = ()
    """The names and addresses under which it answers, beside this machine's own."""
    behind_proxy: str = ""
    """The address of the one proxy from which requests come, and which speaks TLS for this server."""
    tls_cert: Path | None = None
    """The server's certificate, with those that vouch for it (PEM)."""
    tls_key: Path | None = None
    """Its private key (PEM)."""
    oidc_issuer: str = ""
    """The OpenID Connect issuer whose tokens count too."""
    oidc_audience: str = ""
    """For whom its tokens must be: the aud claim."""
    oidc_claim: str = "roles"
    """The claim that holds roles such as joinedup-analyst-read; dots lead into nested claims."""


@dataclass(frozen=True)
class Settings:
    """Passed in to create_app; nothing is read from the environment there."""

    store: str | Path | None = None
    """A folder, "memory", or None for the user's own store."""
    workers: int = 2
    """How many SPARQL queries may run at once."""
    query_seconds: float = 10.0
    """The longest a SPARQL query may run."""
    most_body_bytes: int = 1_000_000
    """The largest request body."""
    entrance: Entrance = Entrance()
    """Who may come in."""
    allow_judging: bool = False
    """Whether whoever reaches the server may judge which things are the same."""
    allow_writing: bool = False
    """Whether whoever reaches the server may write by SPARQL update and by the Graph Store Protocol."""
    most_graph_bytes: int = 50_000_000
    """The largest graph that is sent to be written, where that is allowed."""
    log_level: str = "warning"
    """From which level on the server logs: debug, info (one line a request), warning or error."""
    log_format: str = ""
    """plain or json; without it plain on a terminal, JSON elsewhere."""
