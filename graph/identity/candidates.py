"""Candidates: pairs of things of one kind that may be the same, best first, each with what speaks for and against it.

Nothing is merged by itself, whatever the score. What two files call by the same id is one thing already, as that is
what an id is for; everything else, also the same address on the web, is for somebody to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyoxigraph as ox

from graph.analysis import Thing
from graph.dataset import Dataset, once
from graph.errors import BadParameter, NotFound
from graph.identity.blocking import blocked
from graph.identity.judging import KINDS, judgements
from graph.identity.likeness import Likeness
from graph.identity.names import contrary, initials, is_abbreviation, words
from graph.identity.programmes import Programmes
from graph.identity.record import UNSURE
from graph.identity.standing import Standing
from graph.ingest.tables.canonical import BY_SEGMENT
from ontology.terms import JU, RDFS, SKOS

LEAST = 80
"""The score from which a pair is offered unless another is asked for."""
FEWEST = 50
"""The lowest score that can be asked for."""
_LABEL, _WEB = str(SKOS.prefLabel), str(RDFS.seeAlso)
_PART_LESS, _CONTRARY_MOST, _EXACT = 15.0, 70.0, 82.0
_ALIKE = "their names are alike"
_WORTH, _WORTH_PROGRAMME = 60, 40
"""How alike names must be by letters to be compared by words; other facts may bring programmes together."""


@dataclass(frozen=True)
class Candidate:
    """Two things that may be the same."""

    one: Thing
    other: Thing
    kind: str
    score: int
    """From 0 to 100: how much speaks for it. It is an order, not a probability."""
    reasons: tuple[str, ...]
    against: tuple[str, ...]
    unsure: bool = False
    """Whether somebody has looked before and could not tell."""


@dataclass(frozen=True)
class Candidates:
    """The best of them: the first so many of `count` that reach the score."""

    rows: tuple[Candidate, ...]
    count: int
    things: int
    """How many things were compared."""
    compared: int
    """How many pairs of names were."""
    succeeded: int
    """Pairs left out because one replaced the other, which is not the same."""
    judged: int
    """Pairs left out because they were judged before."""


def candidates(
    dataset: Dataset,
    kinds: Iterable[str] = (),
    *,
    least: int = LEAST,
    unsure: bool = False,
    first: int = 0,
    most: int = 100,
) -> Candidates:
    """The pairs that may be the same, best first, from the place `first` on. unsure asks also for those that somebody could not tell.

    Raises NotFound for a kind that is not judged, BadParameter for a score or a number that does not fit.
    """
    if not FEWEST <= least <= 100:
        raise BadParameter(f"least: must be from {FEWEST} to 100.")
    if not 1 <= most <= 100_000:
        raise BadParameter("most: must be from 1 to 100,000.")
    chosen = tuple(dict.fromkeys(kinds)) or tuple(KINDS)
    for kind in chosen:
        if kind not in KINDS:
            raise NotFound(f"There are no judgements on {kind}. Choose from {', '.join(KINDS)}.")
    if first < 0:
        raise BadParameter("first: must be 0 or more.")
    found = _every(dataset, chosen, least, unsure)
    return replace(found, rows=found.rows[first : first + most])


@once(4)
def _every(dataset: Dataset, kinds: tuple[str, ...], least: int, unsure: bool) -> Candidates:
    settled = Standing(judgements(dataset)).settled()
    ties = _ties(dataset)
    rows: list[Candidate] = []
    totals = [0, 0, 0, 0]
    for kind in kinds:
        found, counts = _of_kind(dataset, kind, least, ties, settled, unsure)
        rows += found
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
    rows.sort(key=lambda c: (-c.score, c.one.label.lower(), c.other.label.lower(), c.one.iri, c.other.iri))
    return Candidates(tuple(rows), len(rows), *totals)


class _Names:
    """Every name of the things of one kind."""

    def __init__(self, dataset: Dataset, kind: str):
        self.iris: list[str] = []
        self.label: dict[int, str] = {}
        self.texts: list[str] = []
        self.words: list[tuple[str, ...]] = []
        self.owner: list[int] = []
        self.main: list[bool] = []
        self.web: defaultdict[str, list[int]] = defaultdict(list)
        places: dict[str, int] = {}
        type_ = BY_SEGMENT[KINDS[kind]].types[0]
        for row in dataset.select("identity/names", type=ox.NamedNode(type_)):
            if row["thing"] not in places:
                places[row["thing"]] = len(self.iris)
                self.iris.append(row["thing"])
            thing = places[row["thing"]]
            if row["property"] == _WEB:
                self.web[_address(row["value"])].append(thing)
            elif words(row["value"]):
                self.owner.append(thing)
                self.texts.append(row["value"])
                self.words.append(words(row["value"]))
                self.main.append(row["property"] == _LABEL)
        self.first: dict[int, int] = {}
        for place, thing in enumerate(self.owner):
            if self.main[place] or thing not in self.first:
                self.first[thing] = place


def _of_kind(
    dataset: Dataset,
    kind: str,
    least: int,
    ties: Mapping[frozenset[str], str],
    settled: Mapping[frozenset[str], str],
    unsure: bool,
) -> tuple[list[Candidate], tuple[int, int, int, int]]:
    names = _Names(dataset, kind)
    more = Programmes(dataset, names.iris) if kind == "programmes" else None
    groups = [[names.first[t] for t in things if t in names.first] for things in names.web.values()]
    groups += _by_initials(names)
    groups += [
        [names.first[t] for t in things if t in names.first] for things in (more.blocks() if more else ())
    ]
    pairs = blocked(names.words, groups)
    owners = np.array(names.owner, np.int64)
    pairs = pairs[owners[pairs[:, 0]] != owners[pairs[:, 1]]] if len(pairs) else pairs
    likeness = Likeness(names.words)
    worth = likeness.by_letters(pairs) >= (_WORTH_PROGRAMME if more else _WORTH)
    best: dict[tuple[int, int], list[tuple[float, str]]] = defaultdict(list)
    for a, b in pairs[worth].tolist():
        one, other = sorted((names.owner[a], names.owner[b]))
        if says := _named(names, likeness, a, b):
            best[one, other].append(says)
    for one, other, score, reason in _exact(names):
        best[one, other].append((score, reason))
    found, succeeded, before = [], 0, 0
    for (one, other), evidence in best.items():
        pair = frozenset((names.iris[one], names.iris[other]))
        candidate = _weighed(names, kind, one, other, evidence, ties.get(pair, ""), more)
        if candidate.score < least:
            continue
        verdict = settled.get(pair, "")
        if ties.get(pair) == "replaced":
            succeeded += 1
        elif verdict and not (unsure and verdict == UNSURE):
            before += 1
        else:
            found.append(candidate if not verdict else replace(candidate, unsure=True))
    return found, (len(names.iris), len(pairs), succeeded, before)


def _weighed(
    names: _Names,
    kind: str,
    one: int,
    other: int,
    evidence: list[tuple[float, str]],
    tie: str,
    more: Programmes | None,
) -> Candidate:
    """All that speaks for and against a pair, as one score."""
    score = max(s for s, _ in evidence)
    reasons = {r: s for s, r in sorted(evidence) if s == score or not r.startswith(_ALIKE)}
    against = []
    if more:
        step, extra, contra = more.compare(names.iris[one], names.iris[other])
        score = min(score + step, 99.0)
        reasons.update(dict.fromkeys(extra, 1.0))
        against += contra
    labels = [_called(names, thing) for thing in (one, other)]
    if (differs := contrary(*labels)) and not any(
        s >= _EXACT and not r.startswith(_ALIKE) for s, r in evidence
    ):
        score = min(score, _CONTRARY_MOST)
        against.append(differs)
    if tie == "part":
        score -= _PART_LESS
        against.append("one is part of the other")
    first, second = (Thing(names.iris[t], called) for t, called in zip((one, other), labels, strict=True))
    ordered = sorted(reasons, key=lambda r: (-reasons[r], r))
    return Candidate(first, second, kind, max(0, round(score)), tuple(ordered), tuple(against))


def _called(names: _Names, thing: int) -> str:
    return names.texts[names.first[thing]] if thing in names.first else names.iris[thing].rsplit("/", 1)[-1]


def _named(names: _Names, likeness: Likeness, a: int, b: int) -> tuple[float, str] | None:
    """What two names say for their things being the same; None for abbreviations that only look alike."""
    one, other = names.texts[a], names.texts[b]
    short = is_abbreviation(one), is_abbreviation(other)
    if names.words[a] == names.words[b]:
        if all(short) and not (names.main[a] or names.main[b]):
            return 60.0, f"both are abbreviated {one}, which may have meant several"
        if names.main[a] and names.main[b]:
            return 97.0, "their names are equal but for capitals, punctuation, accents and small words"
        return (82.0 if any(short) else 90.0), f"one is also called what the other is called: {one}"
    if any(short):
        return None
    score = min(likeness.by_words(a, b), 96.0)
    return score, f"{_ALIKE} ({round(score)} of 100)"


def _by_initials(names: _Names) -> Iterator[list[int]]:
    """The names that are abbreviations, each with the names whose initials they are."""
    short = {
        w[0] for t, w in zip(names.texts, names.words, strict=True) if is_abbreviation(t) and len(w) == 1
    }
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(names.texts):
        if is_abbreviation(text):
            blocks[names.words[place][0]].append(place)
        else:
            for letters in initials(text) & short:
                blocks[letters].append(place)
    yield from blocks.values()


def _exact(names: _Names) -> Iterator[tuple[int, int, float, str]]:
    """What no likeness of letters shows: a shared address, and an abbreviation of the other's name."""
    for address, things in names.web.items():
        distinct = sorted(set(things))[:50]
        for i, one in enumerate(distinct):
            for other in distinct[i + 1 :]:
                yield one, other, 95.0, f"both give the web address {address}"
    own: defaultdict[int, set[str]] = defaultdict(set)
    bare: defaultdict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(names.texts):
        if is_abbreviation(text):
            own[names.owner[place]].add(names.words[place][0])
            if names.main[place]:
                bare[names.words[place][0]].append(names.owner[place])
    for place, text in enumerate(names.texts):
        thing = names.owner[place]
        if names.main[place] and not is_abbreviation(text):
            for letters in initials(text):
                for other in bare.get(letters, ()):
                    if other != thing and (not own[thing] or letters in own[thing]):
                        reason = f"{letters.upper()} may stand for {text}"
                        yield min(thing, other), max(thing, other), 75.0, reason


def _ties(dataset: Dataset) -> dict[frozenset[str], str]:
    """The pairs of which one replaced the other, at once or through others, or is part of it."""
    onward: defaultdict[str, set[str]] = defaultdict(set)
    found: dict[frozenset[str], str] = {}
    for row in dataset.select("identity/ties"):
        if row["property"] == str(JU.replacedBy):
            onward[row["one"]].add(row["other"])
        else:
            found[frozenset((row["one"], row["other"]))] = "part"
    for start in list(onward):
        seen, waiting = {start}, [start]
        while waiting:
            for after in onward.get(waiting.pop(), set()) - seen:
                seen.add(after)
                waiting.append(after)
        found.update({frozenset((start, after)): "replaced" for after in seen - {start}})
    return found


def _address(value: str) -> str:
    """A web address without what does not count in it."""
    return value.casefold().partition("://")[2].removeprefix("www.").rstrip("/") or value
