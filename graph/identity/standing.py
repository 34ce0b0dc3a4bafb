"""What the judgements in force say together: which things are one, under which IRI, and what stands in the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from graph.identity.record import DIFFERENT, SAME, UNSURE, Judgement, in_force


class Standing:
    """The groups of things that are judged to be one, from every judgement of a store."""

    def __init__(self, judgements: Iterable[Judgement]):
        self.every = list(judgements)
        self.force = in_force(self.every)
        self._group: dict[str, list[str]] = {}
        self._kept: dict[str, str] = {}
        for judgement in self.force:
            if judgement.verdict == SAME:
                self._join(judgement)

    def _join(self, judgement: Judgement) -> None:
        one, other = self.group(judgement.one), self.group(judgement.other)
        kept = self.kept(judgement.keeps or judgement.one)
        whole = list(one) if other[0] in one else [*one, *other]
        for thing in whole:
            self._group[thing] = whole
            self._kept[thing] = kept

    def group(self, iri: str) -> list[str]:
        """The things that are one with this one, itself among them."""
        return self._group.get(iri, [iri])

    def kept(self, iri: str) -> str:
        """The thing under whose IRI it stands, as was judged; itself where nothing was."""
        return self._kept.get(iri, iri)

    def groups(self) -> Iterator[tuple[str, list[str]]]:
        """Each group of more than one thing, with the one that is kept."""
        seen = set()
        for iri, group in self._group.items():
            if id(group) not in seen:
                seen.add(id(group))
                yield self._kept[iri], group

    def of_pair(self, one: str, other: str) -> Judgement | None:
        """The judgement in force on exactly these two, if there is one."""
        return next((j for j in reversed(self.force) if j.pair == {one, other}), None)

    def without(self, judgement: Judgement | None) -> Standing:
        """What the others say together."""
        return Standing(j for j in self.force if j is not judgement)

    def apart(self, one: str, other: str) -> list[Judgement]:
        """The judgements that keep the groups of two things apart."""
        first, second = set(self.group(one)), set(self.group(other))
        return [
            j
            for j in self.force
            if j.verdict == DIFFERENT
            and ((j.one in first and j.other in second) or (j.one in second and j.other in first))
        ]

    def path(self, one: str, other: str) -> list[Judgement]:
        """The judgements by which two things are one: the fewest; none where they are not."""
        links: dict[str, list[tuple[str, Judgement]]] = {}
        for j in self.force:
            if j.verdict == SAME:
                links.setdefault(j.one, []).append((j.other, j))
                links.setdefault(j.other, []).append((j.one, j))
        came: dict[str, tuple[str, Judgement]] = {}
        waiting = deque([one])
        while waiting and other not in came:
            here = waiting.popleft()
            for there, judgement in links.get(here, ()):
                if there not in came and there != one:
                    came[there] = (here, judgement)
                    waiting.append(there)
        found: list[Judgement] = []
        while other in came:
            other, judgement = came[other]
            found.append(judgement)
        return found[::-1]

    def settled(self) -> Mapping[frozenset[str], str]:
        """The pairs of kept things on which a verdict stands that is not “the same”."""
        return {
            frozenset((self.kept(j.one), self.kept(j.other))): j.verdict
            for j in sorted(self.force, key=lambda j: j.verdict != UNSURE)
            if j.verdict != SAME
        }
