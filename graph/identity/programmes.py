"""What tells that two programmes of different yearly lists are one that was renamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date

from graph.dataset import Dataset
from ontology.terms import JU

_DAYS, _SHARE = 31, 0.1
_NOTHING: Mapping[str, Set[str]] = {}


class Programmes:
    """What is known of each programme beside its names."""

    def __init__(self, dataset: Dataset, iris: Iterable[str]):
        self.places = {iri: place for place, iri in enumerate(iris)}
        self.facts: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.label = dataset.label
        for row in dataset.select("identity/programmes"):
            self.facts[row["thing"]][row["property"]].add(row["value"])

    def blocks(self) -> Iterator[list[int]]:
        """The places of programmes of one department that start or end on one day."""
        found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        for iri, facts in self.facts.items():
            if iri in self.places:
                for lead in facts[str(JU.ledBy)]:
                    for property_ in (str(JU["from"]), str(JU.until)):
                        for day in facts[property_]:
                            found[lead, property_, day].append(self.places[iri])
        yield from found.values()

    def compare(self, one: str, other: str) -> tuple[float, list[str], list[str]]:
        """How much this adds to the score of two programmes, what speaks for it and what against it."""
        first, second = self.facts.get(one, _NOTHING), self.facts.get(other, _NOTHING)

        def both(property_: object) -> tuple[Set[str], Set[str]]:
            return first.get(str(property_), set()), second.get(str(property_), set())

        step, reasons, against = 0.0, [], []
        leads = both(JU.ledBy)
        if common := leads[0] & leads[1]:
            step += 5
            reasons.append(f"both are led by {self.label(min(common))}")
        elif all(leads):
            step -= 5
            against.append("different organisations lead them")
        categories = both(JU.category)
        if categories[0] & categories[1]:
            step += 2
            reasons.append("they are of one category")
        for property_, verb in ((JU["from"], "start"), (JU.until, "end")):
            days = both(property_)
            if _near(*days):
                step += 12
                reasons.append(f"both {verb} about {min(days[0])}")
            elif all(days):
                step -= 3
        costs = both(JU.wholeLifeCost)
        if any(_same_cost(float(a), float(b)) for a in costs[0] for b in costs[1]):
            step += 10
            reasons.append("they cost about the same")
        lists = both(JU.assessedOn)
        if common := lists[0] & lists[1]:
            step -= 30
            against.append(f"one list, of {max(common)}, has both")
        return step, reasons, against


def _near(one: Set[str], other: Set[str]) -> bool:
    days = [[date.fromisoformat(d[:10]) for d in some] for some in (one, other)]
    return any(abs((a - b).days) <= _DAYS for a in days[0] for b in days[1])


def _same_cost(one: float, other: float) -> bool:
    return min(one, other) > 0 and abs(one - other) <= _SHARE * max(one, other)
