"""Judgements that come with a file that another store exported: checked, and put behind those that are here.

A judgement keeps who decided, when and why. It keeps its number too where that is free. One that is here already is
not kept twice, so that loading a file again changes nothing, and also not what was judged or undone here since.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.errors import BadParameter, Issue, shortened
from graph.identity.judging import MOST_ROLE, MOST_WORDS, judgements, kind_of, words_of
from graph.identity.record import DIFFERENT, SAME, VERDICTS, WITHDRAWN, Judgement, read_nodes, written
from graph.identity.standing import Standing

MOST = 20_000
"""Of one file; a store with more of them would be slow for everybody who judges."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_Content = tuple[str, str, str, str, datetime | None, str, str]


@dataclass
class Brought:
    """What the judgements of a load come to."""

    quads: set[ox.Quad] = field(default_factory=set)
    """What is to be added to the judgements of the store."""
    issues: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def brought(
    dataset: Dataset, files: Iterable[tuple[str, Sequence[ox.Quad]]], label: Callable[[str], str]
) -> Brought:
    """What is to be kept of the statements on judgements in these files, given as name and statements.

    dataset is what was loaded before (Store.loaded). label says what a thing is called, also one of this load.
    """
    found = Brought()
    every = judgements(dataset)
    for name, quads in files:
        if quads:
            every = _of_file(dataset, name, quads, every, label, found)
    return found


def _of_file(
    dataset: Dataset,
    name: str,
    quads: Sequence[ox.Quad],
    every: list[Judgement],
    label: Callable[[str], str],
    found: Brought,
) -> list[Judgement]:
    told = read_nodes(quads)
    if len(told) > MOST:
        found.issues.append(Issue(name, f"holds more than {MOST:,} judgements."))
        return every
    by_number = {j.number: j for _, j in told}
    wrong = [
        Issue(name, reason, "Correct it where it was exported.", value=f"<{iri}>")
        for iri, judgement in told
        for reason in [_wrong(dataset, judgement, by_number)]
        if reason
    ]
    twice = [number for number, times in Counter(j.number for _, j in told).items() if times > 1]
    wrong += [Issue(name, f"holds two judgements with the number {number}.") for number in sorted(twice)]
    if wrong:
        found.issues += wrong
        return every
    new = _numbered([j for _, j in told], every)
    after = [*every, *new]
    if against := list(_contradictions(after, label)):
        found.issues += [Issue(name, reason, "Undo one of them first.") for reason in against]
        return every
    for judgement in new:
        called = f"Judgement {judgement.number}: {judgement.says(*(shortened(label(i), 60) for i in (judgement.one, judgement.other)))}"
        found.quads |= set(written(judgement, dataset.base, called))
    merging = [j for j in Standing(after).force if j in new and j.verdict == SAME]
    if new:
        found.notes.append(
            f"{name} brings {_many(len(new), 'judgement')} on things named twice, {len(merging):,} of which make one thing of two. "
            "“joinedup same list” shows them, and each can be undone."
        )
    return after


def _wrong(dataset: Dataset, j: Judgement, by_number: Mapping[int, Judgement]) -> str:
    """What is wrong with a judgement by itself; empty for nothing."""
    kinds = {kind_of(dataset, iri) for iri in (j.one, j.other)}
    if not (j.number and j.one and j.other and j.by and j.at and j.because):
        return "is a judgement that does not say which two things it is about, what was decided, by whom, when and why."
    if None in kinds or len(kinds) > 1 or j.one == j.other:
        return "is a judgement on what cannot be judged: it takes two things of one kind, under addresses of this store."
    if j.verdict not in (*VERDICTS, WITHDRAWN):
        return "is a judgement with a verdict that is not known."
    if (j.verdict == SAME) != bool(j.keeps) or j.keeps not in ("", j.one, j.other):
        return (
            "is a judgement that does not keep one of its two, or keeps one although they are not the same."
        )
    revised = by_number.get(j.revises)
    if (j.revises or j.verdict == WITHDRAWN) and not (
        revised and revised.pair == j.pair and j.revises < j.number
    ):
        return "is a judgement that revises no earlier one of this file on the same two."
    try:
        words = words_of("by", j.by, MOST_ROLE), words_of("because", j.because, MOST_WORDS)
    except BadParameter as bad:
        return f"is a judgement that cannot be kept: {bad}"
    if words != (j.by, j.because):
        return "is a judgement whose words are not in one line."
    return "" if _moment(j) else "is a judgement of no moment that can be read, with its time zone."


def _numbered(told: Sequence[Judgement], every: Sequence[Judgement]) -> list[Judgement]:
    """Those that are not here yet, in their order, under numbers that are free here."""
    here: dict[tuple[_Content, int], int] = {}
    for judgement, key in _keyed(every):
        here[key] = judgement.number
    numbers = {0: 0}
    last = max((j.number for j in every), default=0)
    new = []
    for judgement, key in _keyed(told):
        if key in here:
            numbers[judgement.number] = here[key]
            continue
        last = numbers[judgement.number] = max(judgement.number, last + 1)
        new.append(replace(judgement, number=last, revises=numbers[judgement.revises]))
    return new


def _moment(j: Judgement) -> datetime | None:
    try:
        return datetime.fromisoformat(j.at) if _MOMENT.fullmatch(j.at) else None
    except ValueError:
        return None


def _keyed(told: Iterable[Judgement]) -> Iterator[tuple[Judgement, tuple[_Content, int]]]:
    """Each with what it says, and how often that was said before: twice within a second is twice."""
    times: Counter[_Content] = Counter()
    for j in told:
        content = (j.one, j.other, j.verdict, j.by, _moment(j), j.because, j.keeps)
        times[content] += 1
        yield j, (content, times[content])


def _contradictions(every: Sequence[Judgement], label: Callable[[str], str]) -> Iterator[str]:
    """What judgements say against each other, which nobody could have judged in one store."""
    known = Standing(every)
    by_pair: dict[frozenset[str], Judgement] = {}
    for judgement in known.force:
        before = by_pair.setdefault(judgement.pair, judgement)
        against = [before] if (before.verdict, before.keeps) != (judgement.verdict, judgement.keeps) else []
        path = known.path(judgement.one, judgement.other) if judgement.verdict == DIFFERENT else []
        if path and all(joined.pair != judgement.pair for joined in path):
            against = against or path[:1]
        for other in against:
            yield f"holds judgements that cannot stand together: {_said(other, label)}, and {_said(judgement, label)}."


def _said(j: Judgement, label: Callable[[str], str]) -> str:
    return f"{j.says(label(j.one), label(j.other))} (by {j.by}, {j.at[:10]})"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
