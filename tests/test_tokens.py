"""Tokens: what is kept of them, what is refused, and that a file that is not safe lets nobody in."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.errors import BadParameter, NotFound, StoreUnusable
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.tokens import Token, Tokens

Tables = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path, tables: Tables) -> Store:
    opened = open_store(tmp_path / "store")
    load(opened, [tables(organisations="id,name\ndea,Department for Example Affairs\n")])
    return opened


def test_the_secret_of_a_token_is_not_kept_and_nobody_else_may_read_the_file(store: Store) -> None:
    tokens = Tokens(store)
    token, secret = tokens.create("analysts", "read", "analyst", 30)
    assert tokens.path
    assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    assert secret not in tokens.path.read_text()
    assert len(secret) >= 43, "256 bits"
    assert tokens.find(secret) == token
    assert tokens.find(secret + "x") is None
    assert tokens.find(token.sha256) is None, "what is kept lets nobody in"


def test_a_damaged_file_of_tokens_lets_nobody_in(store: Store) -> None:
    tokens = Tokens(store)
    _, secret = tokens.create("analysts", "read", "analyst", 30)
    assert tokens.path
    tokens.path.write_text(tokens.path.read_text().replace('"analyst"', '"everybody"'))
    with pytest.raises(StoreUnusable, match="damaged"):
        tokens.find(secret)


def test_a_token_that_has_expired_counts_no_more(store: Store) -> None:
    tokens = Tokens(store)
    token, secret = tokens.create("analysts", "read", "analyst", 1)
    assert not token.expired(datetime.now(UTC))
    assert token.expired(datetime.now(UTC) + timedelta(days=1, seconds=1))
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    with tokens._changing() as held:
        held[0] = Token(**{**held[0].__dict__, "expires": past})
    assert tokens.find(secret) is None


def test_what_cannot_be_a_token_is_refused(store: Store) -> None:
    tokens = Tokens(store)
    for label, right, audience, days, says in (
        ("x", "own", "analyst", 1, "right"),
        ("x", "read", "all", 1, "audience"),
        ("x", "write", "analyst", 1, "copy what others may not see"),
        ("", "read", "analyst", 1, "label"),
        ("somebody@example.gov", "read", "analyst", 1, "label"),
        ("x", "read", "analyst", 0, "days"),
    ):
        with pytest.raises(BadParameter, match=says):
            tokens.create(label, right, audience, days)
    with pytest.raises(NotFound):
        tokens.revoke("0000")
    with pytest.raises(StoreUnusable, match="memory"):
        Tokens(open_store("memory")).create("x", "read", "analyst", 1)
