"""Candidates, judgements and matches as plain rows: for CSV, JSON and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from graph.dataset import Dataset
from graph.identity.candidates import Candidates
from graph.identity.record import Judgement, in_force, iri_of
from ontology.terms import concepts


def candidate_lines(found: Candidates) -> Iterator[list[str]]:
    """The header and a line for each pair."""
    yield ["score", "kind", "one", "one_iri", "other", "other_iri", "reasons", "against", "unsure"]
    for c in found.rows:
        yield [
            str(c.score), c.kind, c.one.label, c.one.iri, c.other.label, c.other.iri,
            "; ".join(c.reasons), "; ".join(c.against), "yes" if c.unsure else "no",
        ]  # fmt: skip


def candidates_json(found: Candidates) -> dict[str, Any]:
    """The pairs, how many of how many, and what was left out."""
    return {
        "count": len(found.rows),
        "of": found.count,
        "things": found.things,
        "compared": found.compared,
        "left_out": {"replaced_by_each_other": found.succeeded, "judged_before": found.judged},
        "rows": [asdict(row) for row in found.rows],
    }


def judgement_lines(dataset: Dataset, judgements: Iterable[Judgement]) -> Iterator[list[str]]:
    """The header and a line for each judgement."""
    every = list(judgements)
    standing = {j.number for j in in_force(every)}
    yield [
        "number",
        "one",
        "one_iri",
        "other",
        "other_iri",
        "verdict",
        "keeps",
        "by",
        "at",
        "because",
        "revises",
        "in_force",
    ]
    for j in every:
        yield [
            str(j.number), dataset.label(j.one), j.one, dataset.label(j.other), j.other,
            concepts("verdicts")[j.verdict], dataset.label(j.keeps) if j.keeps else "", j.by, j.at, j.because,
            str(j.revises or ""), "yes" if j.number in standing else "no",
        ]  # fmt: skip


def judgement_json(dataset: Dataset, judgement: Judgement, standing: bool) -> dict[str, Any]:
    """A judgement with the names of the things."""
    thing = {iri: {"iri": iri, "label": dataset.label(iri)} for iri in (judgement.one, judgement.other)}
    return {
        "number": judgement.number,
        "iri": iri_of(dataset.base, judgement.number),
        "one": thing[judgement.one],
        "other": thing[judgement.other],
        "verdict": judgement.verdict,
        "keeps": thing.get(judgement.keeps),
        "by": judgement.by,
        "at": judgement.at,
        "because": judgement.because,
        "revises": judgement.revises or None,
        "in_force": standing,
    }
