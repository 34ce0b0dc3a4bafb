"""What a click on a stand-alone page shows: the evidence behind each thing and link, without what was said in confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from graph.dataset import Dataset
from graph.evidence import Evidence, evidence
from graph.things import Evidenced, evidence_for
from visualisations.words import count, listed

Items = list[Mapping[str, str]]
"""What a link rests on: for each item its words by name, in reading order, the first as its heading."""


def evidence_shown(dataset: Dataset, as_of: date | None) -> Callable[[list[str]], Items]:
    """What findings, ties and things say to a reader. Excerpts of interviews, sources and roles stay behind."""
    known = evidence(dataset, as_of)
    findings = {found.finding.iri: found for found in evidence_for(dataset, known.findings)}
    ties = {tie.iri: tie for tie in known.ties}
    about = {barrier: (said, worst) for barrier, said, worst in _about(known)}

    def say(iri: str) -> Mapping[str, str]:
        if iri in findings:
            return _finding(findings[iri], dataset)
        if iri in ties:
            tie = ties[iri]
            return {dataset.label(tie.kind): f"{dataset.label(tie.one)} and {dataset.label(tie.other)}"}
        if iri in about:
            said, worst = about[iri]
            return {
                "Shared barrier": dataset.label(iri),
                "Rests on": count(said, "finding"),
                "Severity": f"up to {worst} of 5",
            }
        departments = sorted(dataset.label(d) for d in known.departments.get(iri, ()))
        if departments:
            return {"Programme": dataset.label(iri), "Led by": listed(departments)}
        return {"Thing": dataset.label(iri)}

    def worst_first(iri: str) -> tuple[int, str]:
        return (-findings[iri].finding.severity, iri) if iri in findings else (0, iri)

    return lambda iris: [say(iri) for iri in sorted(iris, key=worst_first)]


def _about(known: Evidence) -> Iterator[tuple[str, int, int]]:
    """How many findings support each barrier, and the highest severity among them."""
    import polars as pl  # most commands do without this slow import

    found = known.supporting.group_by("barrier").agg(pl.len(), pl.col("severity").max())
    return found.iter_rows()


def _finding(found: Evidenced, dataset: Dataset) -> Mapping[str, str]:
    said = {
        "Finding": found.summary or dataset.label(found.finding.iri),
        "Severity": f"{found.finding.severity} of 5",
    }
    if found.level:
        said["Level"] = found.level
    if found.organisation:
        said["Organisation"] = found.organisation.label
    if not found.finding.interview:
        said["Dataset"] = found.source.label
    return said
