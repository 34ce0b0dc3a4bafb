"""Resolving: from a label, an abbreviation or an old IRI to the thing it stands for, and to who stands for it today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode
from rapidfuzz import fuzz, process

from graph.analysis import Thing
from graph.dataset import Dataset, once
from graph.errors import BadParameter, NotFound
from graph.identity.judging import KINDS
from graph.identity.names import folded, is_abbreviation
from graph.ingest.tables.canonical import BY_SEGMENT
from ontology.terms import JU, RDFS

_LEAST = 75.0


@dataclass(frozen=True)
class Match:
    """One thing that a label or an IRI may stand for."""

    thing: Thing
    kind: str
    score: int
    """100: exactly so written; 97: but for capitals, punctuation and small words; less: only alike."""
    name: str
    """The name of it that fits."""
    redirected_from: str
    """The old IRI that was asked for and that leads here; empty where it was asked for by label or by its own IRI."""
    today: tuple[Thing, ...]
    """Who has taken its place since; itself where nobody has."""


def merged_into(dataset: Dataset, iri: str) -> str | None:
    """The IRI under which a merged thing stands now; None for what was not merged."""
    try:
        found = next(dataset.about(iri, str(JU.mergedInto)), None)
    except ValueError:
        return None
    return found.object.value if found and isinstance(found.object, NamedNode) else None


def resolve_iri(dataset: Dataset, iri: str) -> Match:
    """The thing that an IRI stands for. Raises NotFound."""
    kept = merged_into(dataset, iri) or iri
    try:
        known = next(dataset.about(kept), None)
    except ValueError:
        known = None
    if known is None:
        raise NotFound("There is nothing with this IRI.")
    segment = kept.removeprefix(f"{dataset.base}/id/").partition("/")[0]
    label = dataset.label(kept)
    old = iri if kept != iri else ""
    return Match(Thing(kept, label), segment, 100, label, old, _today(dataset, kept))


def resolve_label(dataset: Dataset, label: str, *, most: int = 10) -> tuple[list[Match], int]:
    """The things that a label may stand for, best first, and how many there are. Raises BadParameter for an empty one."""
    asked = " ".join(label.split())
    if not asked:
        raise BadParameter("label: is empty.")
    names = _names(dataset)
    key = folded(asked)
    scores: dict[tuple[str, str], tuple[float, str]] = {}
    for text, things in names.items():
        score = 100.0 if text == asked else 99.0 if text.casefold() == asked.casefold() else 0.0
        if not score and folded(text) == key:
            score = 97.0
        for found in things if score else ():
            scores[found] = max(scores.get(found, (0.0, "")), (score, text))
    if not is_abbreviation(asked):
        near = process.extract(
            key, {t: folded(t) for t in names}, scorer=fuzz.token_sort_ratio, limit=200, score_cutoff=_LEAST
        )
        for _, score, text in near:
            for found in names[text]:
                if not is_abbreviation(text):
                    scores[found] = max(scores.get(found, (0.0, "")), (min(score, 96.0), text))
    ordered = sorted(scores.items(), key=lambda item: (-item[1][0], item[1][1].lower(), item[0]))
    matches = [
        Match(Thing(iri, dataset.label(iri)), kind, round(score), name, "", _today(dataset, iri))
        for (iri, kind), (score, name) in ordered[:most]
    ]
    return matches, len(ordered)


@once(2)
def _names(dataset: Dataset) -> Mapping[str, set[tuple[str, str]]]:
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for segment in KINDS.values():
        for row in dataset.select("identity/names", type=NamedNode(BY_SEGMENT[segment].types[0])):
            if row["property"] != str(RDFS.seeAlso):
                found[row["value"]].add((row["thing"], segment))
    return found


def _today(dataset: Dataset, iri: str) -> tuple[Thing, ...]:
    """Who has taken the place of an organisation, at the end of the line."""
    seen, waiting, ends = {iri}, [iri], set()
    while waiting:
        here = waiting.pop()
        after = {
            q.object.value for q in dataset.about(here, str(JU.replacedBy)) if isinstance(q.object, NamedNode)
        }
        if not after:
            ends.add(here)
        waiting += after - seen
        seen |= after
    return tuple(Thing(e, dataset.label(e)) for e in sorted(ends))
