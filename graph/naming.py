"""Which thing somebody means who gives an id, an IRI, a label or an abbreviation; with suggestions where none fits."""

from __future__ import annotations

from collections.abc import Sequence

from graph.dataset import Dataset
from graph.errors import BadParameter, shortened


def meant(dataset: Dataset, parameter: str, text: str, kinds: Sequence[str]) -> str:
    """The IRI of the one thing of these kinds (the second part of IRIs: "programme") that a text stands for.

    An id ("skills", or "programme/skills" where several kinds have one), an IRI, also one that was merged, or a label
    or abbreviation but for capitals, punctuation and small words. Raises BadParameter with what there is instead.
    """
    # brings rapidfuzz, which nothing else needs at the start of a command
    from graph.identity.resolving import merged_into, resolve_label

    asked = "".join(c for c in " ".join(text.split()) if c.isprintable())
    found = _by_id(dataset, asked, kinds)
    iri = merged_into(dataset, asked)
    if not found and iri in dataset.labels:
        found = [iri] if iri else []
    near: list[str] = []
    if asked and not found:
        matches = [m for m in resolve_label(dataset, asked, most=200)[0] if m.kind in kinds]
        sure = [m for m in matches if m.score >= 99] or [m for m in matches if m.score >= 97]
        found = sorted({m.thing.iri for m in sure})
        near = list(dict.fromkeys(m.thing.label for m in matches))[:3] or _holding(dataset, asked, kinds)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{iri.removeprefix(f'{dataset.base}/id/')}" for iri in found[:5])
        raise BadParameter(
            f"{parameter}: “{shortened(asked)}” may mean {len(found)} things. Choose from {names}."
        )
    suggested = f" Did you mean {' or '.join(f'“{shortened(name)}”' for name in near)}?" if near else ""
    raise BadParameter(
        f"{parameter}: nothing is called “{shortened(asked)}” among {', '.join(f'{k}s' for k in kinds)}.{suggested}"
    )


def _by_id(dataset: Dataset, asked: str, kinds: Sequence[str]) -> list[str]:
    start = f"{dataset.base}/id/"
    kind, slash, _ = asked.removeprefix(start).partition("/")
    if asked.startswith(start) or (slash and kind in kinds):
        possible = [start + asked.removeprefix(start)] if kind in kinds else []
    else:
        possible = [f"{start}{kind}/{asked}" for kind in sorted(kinds)]
    return [iri for iri in possible if iri in dataset.labels]


def _holding(dataset: Dataset, asked: str, kinds: Sequence[str]) -> list[str]:
    """Labels that hold the words; the first three by name."""
    start, words = f"{dataset.base}/id/", asked.lower().split()
    return sorted(
        label
        for iri, label in dataset.labels.items()
        if iri.startswith(start)
        and iri.removeprefix(start).partition("/")[0] in kinds
        and all(word in label.lower() for word in words)
    )[:3]
