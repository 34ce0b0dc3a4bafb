"""A number made of statements, whatever their order: equal where they are, and brought up to date by what changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

_WHOLE = 1 << 128
_T = TypeVar("_T")


class Digest:
    """The sum of the hashes of statements, each counted once by whoever counts it in."""

    def __init__(self, number: int = 0) -> None:
        self.sum = number

    def add(self, statement: object, times: int = 1) -> None:
        """Count one in, or, times -1, out."""
        one = blake2b(str(statement).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self.sum = (self.sum + times * int.from_bytes(one)) % _WHOLE

    def over(self, statements: Iterable[_T]) -> Iterator[_T]:
        """The same statements, counted in."""
        for statement in statements:
            self.add(statement)
            yield statement

    @property
    def number(self) -> int:
        """Of 40 bits, so that every reader of JSON takes it as it is; 0 for no statement."""
        return self.sum % ((1 << 40) - 87) if self.sum else 0
