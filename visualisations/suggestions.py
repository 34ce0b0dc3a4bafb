"""What the form of an analysis offers: names as somebody types, and the choices of a filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graph.analysis import Analysis, Thing
from graph.dataset import Dataset, once
from graph.scope import FILTERS, choices, scoped, shorts

MOST = 1_000
"""How many names a form offers: more would outweigh the page. Every other name may be typed all the same."""


def suggested(dataset: Dataset, analysis: Analysis) -> Mapping[str, Sequence[str]]:
    """What to offer for each parameter that says by `suggest` which kinds of things it takes, or by `offer` which words."""
    found: dict[str, Sequence[str]] = {}
    for name, info in analysis.parameters.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        kinds = extra.get("suggest")
        if isinstance(kinds, list):
            found[name] = names(dataset, tuple(map(str, kinds)))
        elif isinstance(words := extra.get("offer"), list):
            found[name] = tuple(map(str, words))
    return found


@dataclass(frozen=True)
class Selection:
    """What a filter can be, each choice with its words, and what was asked for."""

    value: str
    choices: Sequence[tuple[str, str]]


def selected(
    dataset: Dataset, analysis: Analysis, parameters: Mapping[str, str], as_of: date
) -> Mapping[str, Selection]:
    """The choices of each filter of an analysis; what was asked for is one of them, however it was written."""
    found = {}
    for name in FILTERS:
        if name in analysis.parameters.model_fields:
            things = list(choices(dataset, name, as_of))
            asked = getattr(scoped(dataset, **{name: parameters.get(name, "")}), name)
            if asked and asked not in {t.iri for t in things}:
                things.append(Thing(asked, dataset.label(asked)))
            found[name] = selection(things, asked)
    return found


def selection(things: Sequence[Thing], chosen: str | None) -> Selection:
    """All, or one of some things by its shortest text; all where the one that is chosen is not among them."""
    texts = shorts(things)
    return Selection(texts.get(chosen or "", ""), [("", "All"), *((texts[t.iri], t.label) for t in things)])


@once(8)
def names(dataset: Dataset, kinds: tuple[str, ...]) -> Sequence[str]:
    """Labels of things of these kinds, the kinds in turn and each by name; an id where two things have one label."""
    start = f"{dataset.base}/id/"
    things = [
        (kinds.index(kind), label, iri)
        for iri, label in dataset.labels.items()
        if iri.startswith(start) and (kind := iri.removeprefix(start).partition("/")[0]) in kinds
    ]
    times = Counter(label for _, label, _ in things)
    shown = [
        label if times[label] == 1 else iri.removeprefix(start)
        for _, label, iri in sorted(things, key=lambda t: (t[0], t[1].lower(), t[2]))
    ]
    return shown[:MOST]
