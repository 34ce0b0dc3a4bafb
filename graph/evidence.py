"""The evidence as of a day, read once per version: what every analysis counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from graph.dataset import Dataset


@dataclass(frozen=True)
class Finding:
    """One finding about a barrier that stands."""

    iri: str
    barrier: str
    programme: str
    supports: bool
    severity: int
    source: str
    """The interview or dataset it comes from."""
    interview: bool
    organisation: str | None
    level: str | None
    day: date | None


@dataclass(frozen=True)
class Tie:
    """A working tie; one sorts before other."""

    iri: str
    one: str
    other: str
    kind: str


@dataclass(frozen=True)
class Evidence:
    """What is known as of a day. Sets are frozen, so that it can be shared."""

    as_of: date
    findings: tuple[Finding, ...]
    programmes: frozenset[str]
    interviewed: frozenset[str]
    """The programmes that at least one interview was about."""
    departments: Mapping[str, frozenset[str]]
    """The departments that answer for each programme."""
    affiliations: Mapping[str, frozenset[str]]
    """The departments that each organisation belongs to."""
    ties: tuple[Tie, ...]

    def supporting(self) -> list[Finding]:
        """The findings that say that a barrier holds a programme back."""
        return [f for f in self.findings if f.supports]

    def home(self, end: str) -> frozenset[str]:
        """The departments of one end of a tie: a programme's or an organisation's."""
        return self.departments.get(end) or self.affiliations.get(end) or frozenset()


def evidence(dataset: Dataset, as_of: date | None = None) -> Evidence:
    """The evidence as of a day; None for the day of the newest interview, or today where there is none."""
    if as_of is None:
        newest = next(dataset.select("newest"), {}).get("newest")
        as_of = date.fromisoformat(newest) if newest else date.today()
    return _evidence(dataset, as_of)


@lru_cache(maxsize=8)
def _evidence(dataset: Dataset, as_of: date) -> Evidence:
    departments, affiliations = (
        _sets((row[key], row["department"]) for row in dataset.select(name, **parameters))
        for name, key, parameters in (
            ("departments", "programme", {"as_of": as_of}),
            ("affiliations", "organisation", {}),
        )
    )
    programmes = list(dataset.select("programmes", as_of=as_of))
    return Evidence(
        as_of,
        tuple(sorted(_findings(dataset, as_of), key=lambda f: f.iri)),
        frozenset(row["programme"] for row in programmes),
        frozenset(row["programme"] for row in programmes if "interviewed" in row),
        departments,
        affiliations,
        tuple(
            sorted(
                (Tie(r["tie"], r["one"], r["other"], r["kind"]) for r in dataset.select("ties", as_of=as_of)),
                key=lambda t: t.iri,
            )
        ),
    )


def _findings(dataset: Dataset, as_of: date) -> Iterator[Finding]:
    """The findings that were known by the day. Sources are read apart: joined in the engine it takes far longer."""
    sources = {row["source"]: row for row in dataset.select("sources")}
    days = {iri: date.fromisoformat(row["day"]) for iri, row in sources.items() if "day" in row}
    for row in dataset.select("evidence", as_of=as_of):
        iri = row.get("interview") or row["dataset"]
        source, day = sources.get(iri, {}), days.get(iri)
        if day is None or day <= as_of:
            yield Finding(
                row["finding"],
                row["barrier"],
                row["programme"],
                row["stance"].endswith("/supports"),
                int(row["severity"]),
                iri,
                "interview" in row,
                source.get("organisation"),
                source.get("level"),
                day,
            )


def _sets(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
