"""The evidence as of a day, read once per version: what every analysis counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from graph.dataset import Dataset, once
from ontology.terms import JU

if TYPE_CHECKING:
    import polars as pl


class Finding(NamedTuple):
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
    leads: Mapping[str, frozenset[str]]
    """The organisations that lead or co-own each programme on the day."""
    departments: Mapping[str, frozenset[str]]
    """The departments that answer for each programme: those that lead it, or that its leads belong to."""
    affiliations: Mapping[str, frozenset[str]]
    """The departments that each organisation belongs to."""
    ties: tuple[Tie, ...]

    def supporting(self) -> tuple[Finding, ...]:
        """The findings that say that a barrier holds a programme back."""
        return self._supporting

    @cached_property
    def by_barrier(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings that support each barrier."""
        return _grouped((f.barrier, f) for f in self._supporting)

    @cached_property
    def of_barrier(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings about each barrier, those that dispute it as well."""
        return _grouped((f.barrier, f) for f in self.findings)

    @cached_property
    def of_programme(self) -> Mapping[str, tuple[Finding, ...]]:
        """The findings about each programme, those that dispute a barrier as well."""
        return _grouped((f.programme, f) for f in self.findings)

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """The departments that answer for a programme that each barrier holds back."""
        held = _sets((f.barrier, f.programme) for f in self._supporting)
        answer = self.departments.get
        return {b: frozenset[str]().union(*(answer(p, ()) for p in found)) for b, found in held.items()}

    @cached_property
    def blocking(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The barriers that hold back each programme, and the findings that say so."""
        found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for finding in self._supporting:
            found[finding.programme][finding.barrier].add(finding.iri)
        return {p: {b: frozenset(iris) for b, iris in barriers.items()} for p, barriers in found.items()}

    @cached_property
    def _supporting(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.supports)

    def home(self, end: str) -> frozenset[str]:
        """The departments of one end of a tie: a programme's or an organisation's."""
        return self.departments.get(end) or self.affiliations.get(end) or frozenset()


def evidence(dataset: Dataset, as_of: date | None = None) -> Evidence:
    """The evidence as of a day; None for the day of the newest interview, or today where there is none."""
    return _evidence(dataset, as_of or newest_day(dataset))


@once(8)
def newest_day(dataset: Dataset) -> date:
    """The day of the newest interview, or today where there is none."""
    newest = next(dataset.select("newest"), {}).get("newest")
    return date.fromisoformat(newest) if newest else date.today()


def later(dataset: Dataset, as_of: date | None) -> frozenset[str]:
    """What was not there yet on a day that was asked for; nothing where none was."""
    return _later(dataset, as_of) if as_of else frozenset()


@once(8)
def sources(dataset: Dataset) -> tuple[Mapping[str, str], ...]:
    """The interviews, with `level`, `day` and, where it is known, `organisation`; the datasets, with `day` if known."""
    rows = dataset.columns("sources").iter_rows(named=True)
    return tuple({name: value for name, value in row.items() if value is not None} for row in rows)


@once(4)
def told(dataset: Dataset) -> pl.DataFrame:
    """What every finding says, whatever the day: the columns of evidence.rq. Read once per version, as it takes longest."""
    return dataset.columns("evidence")


@once(8)
def discussed(dataset: Dataset) -> Mapping[str, frozenset[str]]:
    """The programmes that each interview was about: those that it names, and those that its findings are about."""
    found = told(dataset).select("interview", "programme").drop_nulls().unique()
    return _sets([*found.iter_rows(), *dataset.columns("discussed").iter_rows()])


@dataclass(frozen=True)
class ShortCut:
    """A property that joins two things without saying when, as it is on a day."""

    property: str
    onward: Mapping[str, frozenset[str]]
    """The objects of each subject."""
    back: Mapping[str, frozenset[str]]
    """The subjects of each object."""


@once(8)
def short_cuts(dataset: Dataset, as_of: date | None) -> tuple[ShortCut, ...]:
    """Who leads each programme; where a day was asked for, also what each barrier was known to block by then."""
    known = evidence(dataset, as_of)
    pairs = {str(JU.ledBy): [(p, lead) for p, leads in known.leads.items() for lead in leads]}
    if as_of:
        pairs[str(JU.blocks)] = [(f.barrier, f.programme) for f in known.supporting()]
    return tuple(ShortCut(p, _sets(found), _sets((b, a) for a, b in found)) for p, found in pairs.items())


@once(8)
def _later(dataset: Dataset, as_of: date) -> frozenset[str]:
    rows = dataset.columns("later", as_of=as_of).iter_rows()
    return frozenset(iri for row in rows for iri in row if iri is not None)


@once(8)
def _evidence(dataset: Dataset, as_of: date) -> Evidence:
    affiliations = _sets((row["organisation"], row["department"]) for row in dataset.select("affiliations"))
    leads = _sets(_leads(dataset, as_of.isoformat()))
    departments = _sets((p, d) for p, found in leads.items() for o in found for d in affiliations.get(o, ()))
    programmes = frozenset(row["programme"] for row in dataset.select("programmes"))
    held = (row["source"] for row in sources(dataset) if row.get("day", "9") <= as_of.isoformat())
    return Evidence(
        as_of,
        _findings(dataset, as_of),
        programmes,
        programmes & frozenset(p for interview in held for p in discussed(dataset).get(interview, ())),
        leads,
        departments,
        affiliations,
        tuple(
            sorted(
                (
                    Tie(tie, one, other, kind)
                    for tie, one, other, kind in dataset.columns("ties", as_of=as_of).rows()
                    if one < other
                ),
                key=lambda t: (t.iri, t.one, t.other, t.kind),
            )
        ),
    )


def _findings(dataset: Dataset, as_of: date) -> tuple[Finding, ...]:
    """The findings that were known by the day, by their IRIs."""
    import polars as pl  # most commands do without this slow import

    sources = dataset.columns("sources").unique("source", keep="last")
    rows = (
        told(dataset)
        .join(dataset.columns("removed", as_of=as_of), on="barrier", how="anti")
        .select(
            "finding",
            "barrier",
            "programme",
            pl.col("supports") == "true",
            pl.col("severity").cast(pl.Int64),
            pl.coalesce("interview", "dataset").alias("source"),
            pl.col("interview").is_not_null(),
        )
        .join(sources.with_columns(pl.col("day").str.to_date("%Y-%m-%d")), on="source", how="left")
        .filter(pl.col("day").is_null() | (pl.col("day") <= as_of))
        .unique()
        .sort("finding", "barrier", "programme", "source", "severity", "supports")
        .select("finding", "barrier", "programme", "supports", "severity", "source", "interview", "organisation", "level", "day")
    )  # fmt: skip
    # One object for each value: a tenth of the memory, and sets and dicts of them are quicker.
    same: dict[type, dict[object, object]] = defaultdict(dict)  # apart by type, as 1 == True
    shared = ([same[type(v)].setdefault(v, v) for v in column.to_list()] for column in rows.get_columns())
    return tuple(map(Finding._make, zip(*shared, strict=True)))


def _leads(dataset: Dataset, on: str) -> Iterator[tuple[str, str]]:
    """Each programme with who leads or co-owns it on a day.

    What has a first or a last day counts between them, and what has no day at all counts always. What was only seen on
    some days counts where it was seen on the newest of the programme's days by then; before the first of these, on it.
    """
    seen: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    rows = dataset.columns("leads").select("programme", "lead", "from", "until", "seen").iter_rows()
    for programme, lead, first, last, when in rows:
        if first or last:
            if (first or on) <= on <= (last or on):
                yield programme, lead
        elif when:
            seen[programme][when].add(lead)
        else:
            yield programme, lead
    for programme, days in seen.items():
        newest = max((day for day in days if day <= on), default=min(days))
        yield from ((programme, lead) for lead in days[newest])


def _grouped(pairs: Iterable[tuple[str, Finding]]) -> Mapping[str, tuple[Finding, ...]]:
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for key, finding in pairs:
        found[key].append(finding)
    return {key: tuple(findings) for key, findings in found.items()}


def _sets(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
