"""Judging: a decision about two things is checked against the others, kept, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime

import pyoxigraph as ox

from graph.audit import audited
from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound, StoreUnusable, shortened
from graph.identity.record import SAME, VERDICTS, WITHDRAWN, Judgement, judgements_of, read, written
from graph.identity.standing import Standing
from graph.store import Store

KINDS = {
    "organisations": "organisation",
    "programmes": "programme",
    "barriers": "barrier",
    "deep-dives": "deep-dive",
    "recommendations": "recommendation",
    "commitments": "commitment",
    "levers": "lever",
    "actions": "action",
    "outcomes": "outcome",
    "beneficiaries": "beneficiary",
    "areas": "area",
    "datasets": "dataset",
}
"""What may be named twice, and its part of the IRI. Interviews, excerpts and findings are not among them: to count
one of them less is to change the evidence, so the file must be corrected."""
MOST_WORDS = 2_000
MOST_ROLE = 100


def judgements(dataset: Dataset) -> list[Judgement]:
    """Every judgement that was made, oldest first, also those that do not count any more."""
    return read(dataset.graph(judgements_of(dataset.base)))


def find(dataset: Dataset, text: str) -> str:
    """The IRI of a thing that somebody wrote as an IRI or as what stands behind /id/. Raises NotFound."""
    text = text.strip()
    iri = (
        text if text.startswith(dataset.base) else f"{dataset.base}/id/{text.removeprefix('/id/').strip('/')}"
    )
    known = False
    try:
        known = next(dataset.about(iri), None) is not None
    except ValueError:
        iri = ""
    if not known:
        remedy = "Write it as organisation/example, or as its whole IRI."
        raise NotFound(f"There is no {shortened(text) or 'thing without a name'} in the store. {remedy}")
    return iri


def judge(
    store: Store, one: str, other: str, *, verdict: str, by: str, because: str, keep: str = ""
) -> Judgement:
    """Keep a judgement on two things; what readers see is made anew where it says that they are the same.

    A judgement on the same two before it is revised. Raises NotFound for a thing that is not there, BadParameter
    for one that cannot be judged or where other judgements stand in the way, StoreBusy while another process writes.
    """
    _writable(store)
    with audited(store.path, "judge") as entry, store.writing():
        dataset = store.loaded()
        made = proposed(dataset, one, other, verdict=verdict, by=by, because=because, keep=keep)
        entry.says(judgement=made.number, verdict=made.verdict, things=[made.one, made.other])
        _keep(store, dataset, made)
    return made


def proposed(
    dataset: Dataset, one: str, other: str, *, verdict: str, by: str, because: str, keep: str = ""
) -> Judgement:
    """The judgement that would be kept, checked against what was loaded (Store.loaded). Raises as `judge`."""
    by, because = words_of("by", by, MOST_ROLE), words_of("because", because, MOST_WORDS)
    first, second = sorted((find(dataset, one), find(dataset, other)))
    kept = find(dataset, keep) if keep.strip() else ""
    every = judgements(dataset)
    _check_things(dataset, first, second, verdict, kept)
    known = Standing(every)
    before = known.of_pair(first, second)
    if before and before.verdict == verdict and kept in ("", before.keeps):
        raise BadParameter(f"That stands already, as judgement {before.number}, by {before.by}.")
    rest = known.without(before)
    _check_others(dataset, rest, first, second, verdict)
    if verdict == SAME and not kept:
        kept = preferred(dataset, first, second)
    number = max((j.number for j in every), default=0) + 1
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Judgement(number, first, second, verdict, by, now, because, kept, before.number if before else 0)


def undo(store: Store, number: int, *, by: str, because: str = "") -> Judgement:
    """Withdraw a judgement: what readers see is as if it had not been made. Raises NotFound, BadParameter, StoreBusy."""
    _writable(store)
    by = words_of("by", by, MOST_ROLE)
    because = words_of("because", because or f"Judgement {number} does not stand any more.", MOST_WORDS)
    with audited(store.path, "undo a judgement", judgement=number), store.writing():
        dataset = store.loaded()
        every = judgements(dataset)
        found = next((j for j in every if j.number == number), None)
        if found is None:
            raise NotFound(f"There is no judgement {number}. `joinedup same list` shows those there are.")
        later = next((j for j in every if j.revises == number), None)
        if found.verdict == WITHDRAWN:
            raise BadParameter(f"Judgement {number} is itself a withdrawal. Judge the two anew instead.")
        if later:
            raise BadParameter(
                f"Judgement {number} does not count any more: judgement {later.number} revised it."
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        made = Judgement(
            max(j.number for j in every) + 1, found.one, found.other, WITHDRAWN, by, now, because, "", number
        )
        _keep(store, dataset, made)
    return made


def preferred(dataset: Dataset, one: str, other: str) -> str:
    """The one to keep where nobody says: that of which more is said, else the shorter, else the first IRI."""

    def weight(iri: str) -> tuple[int, int, str]:
        said = sum(1 for _ in dataset.about(iri)) + sum(1 for _ in dataset.referring(iri))
        return -said, len(iri), iri

    return min((one, other), key=weight)


def kind_of(dataset: Dataset, iri: str) -> str | None:
    """What kind of thing an IRI is of, as the name of a list; None for what cannot be judged."""
    segment = iri.removeprefix(f"{dataset.base}/id/").partition("/")[0]
    return next((kind for kind, part in KINDS.items() if part == segment), None)


def _check_things(dataset: Dataset, one: str, other: str, verdict: str, kept: str) -> None:
    if verdict not in VERDICTS:
        raise BadParameter(f"verdict: choose from {', '.join(VERDICTS)}.")
    if one == other:
        raise BadParameter("Both are the same IRI. Name two things.")
    kinds = [kind_of(dataset, iri) for iri in (one, other)]
    if None in kinds:
        what = dataset.label((one, other)[kinds.index(None)])
        raise BadParameter(f"“{shortened(what)}” cannot be judged. What can is of {', '.join(KINDS)}.")
    if kinds[0] != kinds[1]:
        raise BadParameter(f"One is of {kinds[0]}, the other of {kinds[1]}: they cannot be the same.")
    if kept and verdict != SAME:
        raise BadParameter("keep: only two that are the same have one that is kept.")
    if kept and kept not in (one, other):
        raise BadParameter("keep: must be one of the two.")


def _check_others(dataset: Dataset, rest: Standing, one: str, other: str, verdict: str) -> None:
    joined = rest.path(one, other)
    if joined and verdict == SAME:
        raise BadParameter(f"They are one thing already: {_named(dataset, joined)}.")
    if joined:
        raise BadParameter(
            f"They are one thing by other judgements: {_named(dataset, joined)}. Undo one of these first."
        )
    if verdict == SAME and (between := rest.apart(one, other)):
        raise BadParameter(
            f"Other judgements keep them apart: {_named(dataset, between)}. Undo {'it' if len(between) == 1 else 'these'} first."
        )


def _named(dataset: Dataset, found: list[Judgement]) -> str:
    label = dataset.label
    first = sorted(found, key=lambda j: j.number)[:5]
    shown = [f"judgement {j.number} ({j.says(label(j.one), label(j.other))}, by {j.by})" for j in first]
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return "; ".join(shown) + more


def words_of(name: str, text: str, most: int) -> str:
    """Who judges, or why, in one line. Raises BadParameter where it is empty, too long, or an address."""
    line = " ".join(text.split())
    if not line:
        raise BadParameter(f"{name}: is empty. Say {'in which role you judge' if name == 'by' else 'why'}.")
    if len(line) > most or not line.isprintable():
        raise BadParameter(f"{name}: must be at most {most:,} characters of plain text.")
    if "@" in line and name == "by":
        raise BadParameter("by: name a role or a pseudonym, such as analyst-2, not an address.")
    return line


def _writable(store: Store) -> None:
    if store.publication:
        raise StoreUnusable(
            "This store is a publication. Judge in the store that it was made from, and publish again."
        )


def _keep(store: Store, dataset: Dataset, made: Judgement) -> None:
    graph = judgements_of(dataset.base)
    called = f"Judgement {made.number}: {made.says(*(shortened(dataset.label(i), 60) for i in (made.one, made.other)))}"
    quads: set[ox.Quad] = dataset.graph(graph) | set(written(made, dataset.base, called))
    store.replace({graph: quads})
