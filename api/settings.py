"""What a server is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
    any_host: bool = False
    """Whether to answer under any host name, not only this machine's own."""
    allow_judging: bool = False
    """Whether whoever reaches the server may judge which things are the same."""
    allow_writing: bool = False
    """Whether whoever reaches the server may write by SPARQL update and by the Graph Store Protocol."""
    most_graph_bytes: int = 50_000_000
    """The largest graph that is sent to be written, where that is allowed."""
