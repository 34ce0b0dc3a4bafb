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


FINDING = ("finding", *Finding._fields[1:])
"""The columns that say the same of many findings."""


@dataclass(frozen=True)
class Tie:
    """A working tie; one sorts before other."""

    iri: str
    one: str
    other: str
    kind: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known as of a day. Sets are frozen, so that it can be shared."""

    as_of: date
    said: pl.DataFrame
    """The findings about barriers that stand, by their IRIs, in the columns of `FINDING`: count in these."""
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

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings as objects: fine for some, slow where there are hundreds of thousands."""
        return findings_of(self.said)

    @cached_property
    def supporting(self) -> pl.DataFrame:
        """The findings that say that a barrier holds a programme back."""
        return self.said.filter("supports")

    def about_barrier(self, barrier: str) -> tuple[Finding, ...]:
        """The findings about a barrier, those that dispute it as well."""
        return findings_of(self.said.filter(self.said["barrier"] == barrier))

    def about_programmes(self, programmes: Iterable[str]) -> tuple[Finding, ...]:
        """The findings about some programmes, those that dispute a barrier as well."""
        return findings_of(self.said.filter(self.said["programme"].is_in(list(programmes))))

    @cached_property
    def held(self) -> Mapping[str, frozenset[str]]:
        """The programmes that each barrier holds back."""
        return grouped(self.supporting, "barrier", "programme")

    @cached_property
    def blocking(self) -> Mapping[str, frozenset[str]]:
        """The barriers that hold back each programme."""
        return _sets((programme, barrier) for barrier, held in self.held.items() for programme in held)

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """The departments that answer for a programme that each barrier holds back."""
        answer = self.departments.get
        return {b: frozenset[str]().union(*(answer(p, ()) for p in held)) for b, held in self.held.items()}

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
    import polars as pl  # most commands do without this slow import

    found = _discussed(dataset).group_by("interview").agg(pl.col("programme").to_physical())
    programmes = _discussed(dataset)["programme"].unique()
    name = dict(zip(programmes.to_physical(), programmes, strict=True)).__getitem__  # one object for each
    return {interview: frozenset(map(name, held)) for interview, held in found.iter_rows()}


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
        pairs[str(JU.blocks)] = [(b, programme) for b, held in known.held.items() for programme in held]
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
    return Evidence(
        as_of,
        _said(dataset, as_of),
        programmes,
        programmes & _interviewed(dataset, as_of),
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


def grouped(said: pl.DataFrame, by: str, column: str) -> Mapping[str, frozenset[str]]:
    """What stands in one column of some findings with each value of another; what has no value is left out."""
    return _sets(said.select(by, column).drop_nulls().unique(maintain_order=True).iter_rows())


def findings_of(said: pl.DataFrame) -> tuple[Finding, ...]:
    """Findings that are said in columns as objects, in the same order."""
    # One object for each value: a tenth of the memory, and sets and dicts of them are quicker.
    same: dict[type, dict[object, object]] = defaultdict(dict)  # apart by type, as 1 == True
    shared = ([same[type(v)].setdefault(v, v) for v in said[name].to_list()] for name in FINDING)
    return tuple(map(Finding._make, zip(*shared, strict=True)))


def _said(dataset: Dataset, as_of: date) -> pl.DataFrame:
    """The findings that were known by the day, by their IRIs."""
    import polars as pl  # most commands do without this slow import

    found = (
        told(dataset)
        .select(
            "finding",
            pl.col("barrier", "programme").cast(pl.Categorical),
            pl.col("supports") == "true",
            pl.col("severity").cast(pl.Int64),
            pl.coalesce("interview", "dataset").cast(pl.Categorical).alias("source"),
            pl.col("interview").is_not_null(),
        )
        .join(dataset.columns("removed", as_of=as_of).cast(pl.Categorical), on="barrier", how="anti")
        .join(_sources(dataset).unique("source", keep="last"), on="source", how="left")
        .filter(pl.col("day").is_null() | (pl.col("day") <= as_of))
        .select(FINDING)
        .sort(FINDING)
    )
    once_each = (found["finding"] != found["finding"].shift()).all()
    return found if once_each else found.unique(maintain_order=True)


def _interviewed(dataset: Dataset, as_of: date) -> frozenset[str]:
    """What interviews held by the day were about."""
    import polars as pl  # most commands do without this slow import

    held = _sources(dataset).filter(pl.col("day") <= as_of)
    return frozenset(
        _discussed(dataset)
        .join(held, left_on="interview", right_on="source", how="semi")["programme"]
        .unique()
    )


@once(1)
def _discussed(dataset: Dataset) -> pl.DataFrame:
    """Each interview with each programme that it was about."""
    import polars as pl  # most commands do without this slow import

    told_of = told(dataset).select("interview", "programme").drop_nulls()
    return (
        pl.concat([told_of, dataset.columns("discussed").select("interview", "programme")])
        .cast(pl.Categorical)
        .unique()
    )


@once(1)
def _sources(dataset: Dataset) -> pl.DataFrame:
    """As `sources`, in columns."""
    import polars as pl  # most commands do without this slow import

    return dataset.columns("sources").select(
        pl.col("source", "organisation", "level").cast(pl.Categorical), pl.col("day").str.to_date("%Y-%m-%d")
    )


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


def _sets(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}
