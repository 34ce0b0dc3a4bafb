"""How alike two names are: by letters to find those worth a look, then word by word, where a rare word weighs more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from graph.identity.blocking import Pairs

_SLIP = 82
"""From this likeness on, one word is the other with a slip of the pen."""
_SHORTEST = 5
"""Of shorter words a slip cannot be told from another word."""
_INSTEAD = 0.85
"""What is left of the likeness where one name has a word instead of another, not beside it."""


class Likeness:
    """How alike names of one list are, given as their words."""

    def __init__(self, names: Sequence[tuple[str, ...]]):
        self._names = names
        often = Counter(word for words in names for word in set(words))
        self._weight = {word: 1 + log(len(names) / count) for word, count in often.items()}

    def by_letters(self, pairs: Pairs) -> NDArray[np.float32]:
        """How alike each pair is letter by letter, from 0 to 100, in the order of the words or of the alphabet."""
        if not len(pairs):
            return np.empty(0, np.float32)
        scores = []
        for texts in ([" ".join(w) for w in self._names], [" ".join(sorted(w)) for w in self._names]):
            one, other = ([texts[i] for i in pairs[:, side].tolist()] for side in (0, 1))
            scores.append(process.cpdist(one, other, scorer=fuzz.ratio, workers=-1, dtype=np.float32))
        found: NDArray[np.float32] = np.maximum(*scores)
        return found

    def by_words(self, one: int, other: int) -> float:
        """How much of two names is the same, from 0 to 100; common words count for little."""
        first, second = set(self._names[one]), set(self._names[other])
        common = first & second
        left, right = first - common, second - common
        shared = 2 * sum(self._weight[word] for word in common)
        for word in sorted(left):
            alike = max(right, key=lambda w: (_alike(word, w), w), default="")
            if alike and (share := _alike(word, alike)) >= _SLIP:
                left, right = left - {word}, right - {alike}
                shared += (self._weight[word] + self._weight[alike]) * share / 100
        whole = sum(self._weight[word] for words in (first, second) for word in words)
        return 100 * shared / whole * (_INSTEAD if left and right else 1)


def _alike(one: str, other: str) -> float:
    if min(len(one), len(other)) < _SHORTEST or any(c.isdigit() for c in one + other):
        return 0.0
    return fuzz.ratio(one, other)
