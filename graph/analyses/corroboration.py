"""Corroboration: how many independent sources does each barrier rest on, and what speaks against it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from graph.analyses.shared_blockers import reached
from graph.analysis import AsOf, AtLevel, InDeepDive, OfDepartment, OfScheme, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import Evidence, grouped
from graph.naming import meant
from graph.scope import narrowed, scoped

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Against:
    """What speaks against a barrier: an interview, a dataset, or an organisation that contested a finding."""

    source: Thing
    kind: str


@dataclass(frozen=True)
class Corroboration:
    """One barrier and what it rests on."""

    barrier: Annotated[Thing, column("The barrier")]
    programmes: Annotated[int, column("Programmes it is said to hold back", "programmes")]
    independent: Annotated[
        int,
        column(
            "Independent interviews that say so: those of one visit, or of one level of one organisation, count as one",
            "findings",
        ),
    ]
    per_source: Annotated[
        float | None, column("Programmes for each independent interview; none where no interview says so")
    ]
    against: Annotated[
        Sequence[Against],
        column(
            "What speaks against it: interviews and data that dispute it, and organisations that contested a finding when it was last put to them"
        ),
    ]
    strength: Annotated[
        str,
        column(
            "strong: 3 interviews, 2 organisations, 2 levels, not older than 12 months; moderate: 2 interviews, 2 organisations; else single-source",
            "findings",
        ),
    ]
    interviews: Annotated[
        int, column("Interviews that say so; several findings of one interview count once", "findings")
    ]
    organisations: Annotated[int, column("Organisations those interviews were held at", "findings")]
    levels: Annotated[
        int, column("Levels those interviews were held at, from minister to service user", "findings")
    ]
    datasets: Annotated[int, column("Datasets that show it", "findings")]
    latest: Annotated[date | None, column("Day of the newest evidence")]


@analysis
def corroboration(
    dataset: Dataset,
    *,
    barrier: Annotated[
        str,
        Field(max_length=1000, description="One barrier: its id or its name; empty for all"),
    ] = "",
    programme: Annotated[
        str,
        Field(
            max_length=1000,
            description="Count only what is said of this programme: its id or its name; empty for all",
        ),
    ] = "",
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    level: AtLevel = "",
    scheme: OfScheme = "",
    as_of: AsOf = None,
) -> Result[Corroboration]:
    """How many independent sources does each barrier rest on, and what speaks against it?

    Several findings of one interview are one source. Two interviews are one source too where they were held on one
    visit, or at the same level of the same organisation: people who were met together, or who sit together, may only
    repeat each other. What is joined by either is joined throughout, so the number errs on the low side. An
    interview whose organisation is not known is joined by a visit alone.

    What disputes a barrier is never taken off what supports it: both are shown. The strength is that of shared
    blockers, and takes interviews as they are. Rows are ordered by how much rests on how little: by programmes for
    each independent interview, most first, and before all others those that no interview supports.

    Caveat: independent sources may still have heard it from each other, or from the same press. That many say it does
    not make it true, nor does that few were asked make it false.

    Examples
    --------
    >>> from graph.store import open_store
    >>> corroboration(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department, level=level, scheme=scheme)
    known = narrowed(dataset, as_of, scope)
    wanted = meant(dataset, "programme", programme, ["programme"]) if programme.strip() else None
    one = meant(dataset, "barrier", barrier, ["barrier"]) if barrier.strip() else None
    said = known.said if wanted is None else known.said.filter(known.said["programme"] == wanted)
    named = said if one is None else said.filter(said["barrier"] == one)
    rows = _rows(dataset, known, named)
    rows.sort(key=_weakest_first)
    return Result(
        rows,
        said.filter("supports")["barrier"].n_unique(),
        "standing barriers",
        _summary(rows),
        known.as_of,
        [
            *scope.said(dataset),
            *_caveats(
                rows,
                named["barrier"].n_unique(),
                len(known.programmes - known.interviewed),
                len(known.programmes),
            ),
        ],
    )


def independent_sources(spoken: pl.DataFrame) -> Mapping[str, int]:
    """How many groups the interviews about each barrier fall into, by its IRI.

    spoken has a row for each interview with its `barrier`, `source`, `organisation`, `level` and the `visit` it was on;
    the last three may be null. Two are of one group where they share a visit, or a level of a known organisation,
    directly or through others: the connected components of interviews and what they share.
    """
    import numpy as np
    import polars as pl  # most commands do without this slow import
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    interview, place, visit = (["barrier", *by] for by in (["source"], ["organisation", "level"], ["visit"]))
    nodes = [
        spoken.select(by).drop_nulls().unique().with_row_index(name)
        for name, by in (("interview", interview), ("place", place), ("visited", visit))
    ]
    joined = spoken
    for found in nodes:
        joined = joined.join(found, on=found.columns[1:], how="left")
    first = np.cumsum([0, *map(len, nodes)])
    shared = [joined.select("interview", name).drop_nulls() for name in ("place", "visited")]
    ends = (
        np.concatenate([found["interview"].to_numpy() for found in shared]),
        np.concatenate(
            [found[:, 1].to_numpy() + start for found, start in zip(shared, first[1:], strict=False)]
        ),
    )
    edges = coo_array((np.ones(len(ends[0]), bool), ends), shape=(first[-1], first[-1]))
    group = pl.Series("group", connected_components(edges, directed=False)[1][: first[1]])
    return dict(nodes[0].with_columns(group).group_by("barrier").agg(pl.col("group").n_unique()).iter_rows())


def _rows(dataset: Dataset, known: Evidence, said: pl.DataFrame) -> list[Corroboration]:
    import polars as pl  # most commands do without this slow import

    asked = dataset.columns("analyses/corroboration", as_of=known.as_of)
    supporting, disputing = said.filter("supports"), said.filter(~said["supports"])
    spoken, data = supporting.filter("interview"), supporting.filter(~supporting["interview"])
    visits = asked.select(pl.col("interview").cast(pl.Categorical).alias("source"), "visit").drop_nulls()
    sources = independent_sources(
        spoken.select("barrier", "source", "organisation", "level")
        .unique()
        .join(visits, on="source", how="left")
    )
    datasets = grouped(data, "barrier", "source")
    contested = supporting.join(asked.select("finding", "contested_by").drop_nulls(), on="finding")
    against = {
        "interview": grouped(disputing.filter("interview"), "barrier", "source"),
        "data": grouped(disputing.filter(~disputing["interview"]), "barrier", "source"),
        "contested": grouped(contested, "barrier", "contested_by"),
    }
    return [
        Corroboration(
            row.barrier,
            row.programmes,
            (independent := sources.get(row.barrier.iri, 0)),
            round(row.programmes / independent, 2) if independent else None,
            [
                a
                for kind, found in against.items()
                for a in _things(dataset, kind, found.get(row.barrier.iri, ()))
            ],
            row.strength,
            row.interviews,
            row.organisations,
            row.levels,
            len(datasets.get(row.barrier.iri, ())),
            row.latest,
        )
        for row in reached(dataset, known, said)
    ]


def _things(dataset: Dataset, kind: str, iris: Iterable[str]) -> list[Against]:
    things = (Thing(iri, dataset.label(iri)) for iri in iris)
    return [Against(thing, kind) for thing in sorted(things, key=lambda t: (t.label, t.iri))]


def _weakest_first(row: Corroboration) -> tuple[float, int, str, str]:
    per_source = row.per_source
    return (
        -float("inf") if per_source is None else -per_source,
        -row.programmes,
        row.barrier.label,
        row.barrier.iri,
    )


def _summary(rows: Sequence[Corroboration]) -> str:
    if not rows:
        return "No standing barrier is supported by a finding."
    top = rows[0]
    single = sum(row.independent <= 1 for row in rows)
    return (
        f"{single} of {len(rows)} barriers {'rests' if single == 1 else 'rest'} on one independent interview or none. "
        f"Most rests on least at “{top.barrier.label}”: {_of(top.programmes, 'programme')}, "
        f"{_of(top.independent, 'independent interview')}."
    )


def _of(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _caveats(rows: Sequence[Corroboration], named: int, silent: int, of: int) -> Iterator[str]:
    if less := sum(row.strength == "strong" and row.independent < 3 for row in rows):
        yield f"{less} of these barriers {'is' if less == 1 else 'are'} called strong and {'has' if less == 1 else 'have'} fewer than three independent interviews."
    if against := sum(bool(row.against) for row in rows):
        yield f"{against} of these barriers {'is' if against == 1 else 'are'} disputed by an interview or by data, or contested: read both sides."
    if unsupported := named - len(rows):
        yield f"{_of(unsupported, 'barrier')} that findings only dispute {'is' if unsupported == 1 else 'are'} left out."
    if silent:
        yield f"{silent} of {of} programmes have no interview: a barrier there would not show."
