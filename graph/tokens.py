"""Tokens: who may reach a store through a server, with which right, and what they see of it.

A token is a random secret of 256 bits. It is shown once and never kept: the file beside the store holds its SHA-256,
which suffices for a secret that nobody can guess, with a role for a label (never a person's name), a right, an audience
and the moment from which it counts no more. Only the user who runs the server may read the file, and it is read again
whenever it changes, so that a token that is revoked stops at once.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from graph.audiences import AUDIENCES, SENSITIVE
from graph.audit import record, sync_folder
from graph.errors import BadParameter, NotFound, StoreBusy, StoreUnusable
from graph.store import Store

READ, WRITE, ADMIN = "read", "write", "admin"
RIGHTS = (READ, WRITE, ADMIN)
"""Each holds the one before it."""
LONGEST_DAYS = 3660
_PREFIX = "joinedup_"
_LABEL = re.compile(r"[^\x00-\x1f\x7f@<>]{1,80}")


@dataclass(frozen=True)
class Token:
    """What is kept of a token."""

    id: str
    label: str
    """The role that it was given to."""
    right: str
    audience: str
    created: str
    expires: str
    """The moment from which it counts no more, as created in UTC."""
    sha256: str

    def expired(self, now: datetime) -> bool:
        """Whether it counts no more."""
        return datetime.fromisoformat(self.expires) <= now


def checked(right: str, audience: str) -> None:
    """Raise BadParameter for a right or an audience that there is not, or that do not go together."""
    if right not in RIGHTS:
        raise BadParameter(f"right: choose {', '.join(RIGHTS)}.")
    if audience not in AUDIENCES:
        raise BadParameter(f"audience: choose {', '.join(AUDIENCES)}.")
    if right != READ and audience != SENSITIVE:
        raise BadParameter(
            f"Whoever may write can copy what others may not see, so the right to {right} goes with the audience {SENSITIVE} alone."
        )


class Tokens:
    """The tokens of a store. A store in memory has none."""

    def __init__(self, store: Store):
        path = store.path.resolve() if store.path else None
        self._audited = path
        self.path: Path | None = path.with_name(f"{path.name}.tokens.json") if path else None
        self._read: tuple[tuple[int, int, int], list[Token]] | None = None

    def every(self) -> list[Token]:
        """All of them, the oldest first. Raises StoreUnusable where the file is damaged or others may read it."""
        if self.path is None:
            return []
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return []
        if os.name == "posix" and stat.S_IMODE(found.st_mode) & 0o077:
            raise StoreUnusable(
                f"{self.path.name} may be read or written by others. Take that from them: chmod 600 {self.path.name}"
            )
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        if self._read is None or self._read[0] != state:
            try:
                rows = json.loads(self.path.read_text(encoding="utf-8"))["tokens"]
                tokens = [Token(**row) for row in rows]
                for token in tokens:
                    checked(token.right, token.audience)
                    token.expired(datetime.now(UTC))
            except (OSError, ValueError, KeyError, TypeError, BadParameter):
                raise StoreUnusable(
                    f"{self.path.name} is damaged, so that no token counts. Remove it and create new tokens."
                ) from None
            self._read = state, tokens
        return self._read[1]

    def in_force(self) -> list[Token]:
        """Those that count now."""
        now = datetime.now(UTC)
        return [token for token in self.every() if not token.expired(now)]

    def find(self, secret: str) -> Token | None:
        """The token in force whose secret this is. Every one is compared, in a time that tells nothing."""
        given = sha256(secret.encode("utf-8", "replace")).hexdigest()
        found = None
        for token in self.in_force():
            if hmac.compare_digest(token.sha256, given):
                found = token
        return found

    def create(self, label: str, right: str, audience: str, days: int) -> tuple[Token, str]:
        """A new token and its secret, which is not kept. Raises BadParameter, StoreUnusable and StoreBusy."""
        checked(right, audience)
        if not _LABEL.fullmatch(label.strip()):
            raise BadParameter(
                "label: give a role in up to 80 characters, such as “analysts of the unit”, and no address."
            )
        if not 1 <= days <= LONGEST_DAYS:
            raise BadParameter(f"days: from 1 to {LONGEST_DAYS:,}.")
        secret = _PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        with self._changing() as tokens:
            taken = {token.id for token in tokens}
            id_ = next(i for i in iter(lambda: secrets.token_hex(4), "") if i not in taken)
            created, expires = (
                moment.isoformat(timespec="seconds") for moment in (now, now + timedelta(days))
            )
            digest = sha256(secret.encode()).hexdigest()
            token = Token(id_, label.strip(), right, audience, created, expires, digest)
            tokens.append(token)
        said: dict[str, Any] = {"role": token.label, "right": right, "audience": audience, "expires": expires}
        record(self._audited, "create a token", token=id_, **said)
        return token, secret

    def revoke(self, id_: str) -> Token:
        """Let a token count no more; what it was. Raises NotFound, StoreUnusable and StoreBusy."""
        with self._changing() as tokens:
            found = next((token for token in tokens if token.id == id_), None)
            if found is None:
                raise NotFound(f"There is no token {id_}. “joinedup token list” has them.")
            tokens.remove(found)
        record(self._audited, "revoke a token", token=id_, role=found.label)
        return found

    @contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        if self.path is None:
            raise StoreUnusable("A store in memory has no tokens. Name a folder.")
        if not self.path.parent.is_dir():
            raise StoreUnusable("There is no such store yet. Load something into it first.")
        try:
            with FileLock(f"{self.path}.lock", timeout=5, mode=0o600):
                tokens = list(self.every())
                yield tokens
                self._write(tokens)
        except Timeout:
            raise StoreBusy("Another process is changing the tokens. Try again in a moment.") from None

    def _write(self, tokens: list[Token]) -> None:
        """All of the file or nothing, on disk when it returns."""
        assert self.path is not None
        text = json.dumps({"tokens": [asdict(token) for token in tokens]}, indent=1, ensure_ascii=False)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        try:
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            sync_folder(self.path.parent)  # else a token that was revoked could come back
        except OSError as failure:
            fresh.unlink(missing_ok=True)
            raise StoreUnusable(f"{self.path.name} cannot be written: {failure.strerror}.") from None
