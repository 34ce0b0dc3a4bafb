"""Which names are worth comparing at all: of 100,000 names the few million pairs that share something rare."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

MOST_IN_BLOCK = 40
"""A word, or two words together, that more names have than this says too little to compare them all for."""
_RAREST = 3
_NEIGHBOURS = 2

Pairs = NDArray[np.int64]
"""Two columns: the places of the one and of the other, the smaller first."""


def blocked(names: Sequence[tuple[str, ...]], groups: Iterable[Iterable[int]] = ()) -> Pairs:
    """The pairs of names, given as their words, that share a rare word or two, stand next to each other in the order
    of their letters forwards or backwards, or are in one of the further groups. Each pair once."""
    often = Counter(word for words in names for word in set(words))
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(names):
        rare = sorted(set(words), key=lambda w: (often[w], w))[:_RAREST]
        for word in rare:
            if often[word] <= MOST_IN_BLOCK:
                blocks[word].append(place)
        for one, other in combinations(sorted(rare), 2):
            if often[one] > MOST_IN_BLOCK and often[other] > MOST_IN_BLOCK:
                blocks[f"{one} {other}"].append(place)
    found = [_within(block) for block in [*blocks.values(), *map(list, groups)] if len(block) > 1]
    found += _neighbours([" ".join(words) for words in names])
    if not found:
        return np.empty((0, 2), np.int64)
    every = np.concatenate(found)
    every.sort(axis=1)
    every = every[every[:, 0] != every[:, 1]]
    width = max(len(names), 1)
    codes = np.unique(every[:, 0] * width + every[:, 1])
    return np.stack([codes // width, codes % width], axis=1)


def _within(block: list[int]) -> Pairs:
    """Every pair of a block; of one that is too large, each with the next few."""
    places = np.array(sorted(set(block)), np.int64)
    if len(places) <= MOST_IN_BLOCK:
        one, other = np.triu_indices(len(places), 1)
        return np.stack([places[one], places[other]], axis=1)
    return _next(places)


def _neighbours(texts: Sequence[str]) -> list[Pairs]:
    """Each name with those that follow it in the order of letters, which finds a slip in either half."""
    places = range(len(texts))
    forwards = sorted(places, key=lambda i: texts[i])
    backwards = sorted(places, key=lambda i: texts[i][::-1])
    return [_next(np.array(order, np.int64)) for order in (forwards, backwards)]


def _next(order: NDArray[np.int64]) -> Pairs:
    parts = [
        np.stack([order[:-step], order[step:]], axis=1)
        for step in range(1, _NEIGHBOURS + 1)
        if len(order) > step
    ]
    return np.concatenate(parts) if parts else np.empty((0, 2), np.int64)
