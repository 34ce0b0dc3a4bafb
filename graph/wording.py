"""How alike texts are by the words they use: words without function words, their overlap, and TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Any

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about also am an and are as at be because been being but by could did do does for from had has have having
        he her him his how i if in into is it its me my of off on or our out over own she should so such than that the
        their them then there these they this those through to too up us was we were what when where which while who
        whom whose why will with would you your""",
    )
)
"""Words that say little by themselves. Those that change an aim, such as all, more, no, not and only, are not among them."""


def words_of(text: str) -> list[str]:
    """The words of a text in their order, in small letters, without function words such as “the” and “of”."""
    return [word for word in _WORD.findall(text.lower()) if word not in _FUNCTION_WORDS]


def word_overlap(one: frozenset[str], other: frozenset[str]) -> float | None:
    """The share of the words of either that both use (Jaccard); None where neither has any."""
    either = one | other
    return len(one & other) / len(either) if either else None


def tfidf(texts: Sequence[str]) -> Any:
    """One sparse row of length 1 for each text, all zero where it has no words.

    A word weighs how often it stands in the text, times ln((1 + n) / (1 + texts that have it)) + 1 of n texts; the
    product of two rows is the cosine of the two texts (Salton and Buckley 1988, doi:10.1016/0306-4573(88)90021-0).
    """
    from scipy.sparse import csr_array  # most commands do without this slow import

    counts = [Counter(words_of(text)) for text in texts]
    texts_with = Counter(word for found in counts for word in found)
    place = {word: n for n, word in enumerate(sorted(texts_with))}
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for found in counts:
        row = {w: times * (log((1 + len(texts)) / (1 + texts_with[w])) + 1) for w, times in found.items()}
        length = sum(value * value for value in row.values()) ** 0.5
        values += [value / length for value in row.values()]
        columns += [place[word] for word in row]
        ends.append(len(values))
    return csr_array((values, columns, ends), shape=(len(texts), len(place)))
