"""Which picture goes with which analysis, and which row of its table with which mark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.analyses.evidence_coverage import in_order
from graph.analysis import Analysis, Result, find_analysis
from graph.dataset import Dataset, once
from graph.network import blockers_network, ties_network
from graph.questions import quarter_before
from graph.scope import FILTERS
from visualisations import blockers_drawing, silos, ties_drawing
from visualisations.ageing_chart import ageing_chart
from visualisations.changes_chart import changes_chart
from visualisations.chart import Chart
from visualisations.coverage_chart import accumulation, coverage_map
from visualisations.departments import Departments, departments
from visualisations.departments_drawing import departments_drawing, pair_mark
from visualisations.drawing import Drawing
from visualisations.flows_chart import flows_chart
from visualisations.frontier_chart import frontier_chart
from visualisations.gap_chart import gap_chart
from visualisations.matrix import Matrix, matrix
from visualisations.ticks import Ticks, ticks


@dataclass(frozen=True)
class Picture:
    """What stands beside the table of an analysis."""

    drawing: Drawing | None = None
    matrix: Matrix | None = None
    charts: tuple[Chart, ...] = ()
    ticks: Ticks | None = None
    lists: tuple[silos.Listed, ...] = ()
    marks: Mapping[object, tuple[str, str]] = field(default_factory=dict)
    """For the things of a row, its mark and what lights it."""


def pictured(
    dataset: Dataset, analysis: Analysis, parameters: Mapping[str, str], result: Result[Any]
) -> Picture:
    """The picture of an answer; an analysis without one has an empty one."""
    if analysis.name == "shared_blockers":
        return _blockers(dataset, tuple(sorted((k, v) for k, v in parameters.items() if v)))
    if analysis.name == "silo_overview":
        network = ties_network(dataset, as_of=result.as_of, **dict(asked_filters(parameters)))
        return Picture(
            ties_drawing.ties_drawing(dataset, network, result.as_of),
            lists=silos.lists(dataset, network, result.as_of, result.of),
        )
    if analysis.name == "missing_ties":
        filters = asked_filters(parameters)
        known = departments(dataset, result.as_of, filters)
        drawing = departments_drawing(dataset, result.as_of, filters)
        return Picture(drawing, matrix(known), marks=pair_marks(known, result))
    if analysis.name in _CHARTS:
        found = _CHARTS[analysis.name](dataset, parameters, result)
        return Picture(
            charts=tuple(chart for chart in found if chart),
            ticks=ticks(dataset, analysis, parameters, result),
        )
    return Picture()


@once(4)
def _blockers(dataset: Dataset, parameters: tuple[tuple[str, str], ...]) -> Picture:
    """Kept, as its network passes over every finding."""
    asked = find_analysis("shared_blockers").parameters.model_validate(dict(parameters))
    network = blockers_network(dataset, **dict(asked))
    flowing = flows_chart(dataset, network)
    return Picture(
        blockers_drawing.blockers_drawing(dataset, network),
        charts=(flowing,) if flowing else (),
        marks=blockers_drawing.row_marks(network),
    )


def _coverage(dataset: Dataset, parameters: Mapping[str, str], result: Result[Any]) -> Iterable[Chart | None]:
    filters = {k: v for k, v in asked_filters(parameters) if k != "level"}
    heard, unheard = in_order(dataset, as_of=result.as_of, **filters)
    return coverage_map(dataset, result, heard), accumulation(dataset, heard, unheard)


def _changes(dataset: Dataset, parameters: Mapping[str, str], result: Result[Any]) -> Iterable[Chart | None]:
    asked = find_analysis("since_last_quarter").parameters.model_validate(
        {"since": parameters.get("since") or None}
    )
    return (changes_chart(dataset, result, dict(asked)["since"] or quarter_before(result.as_of)),)


_CHARTS: Mapping[str, Callable[[Dataset, Mapping[str, str], Result[Any]], Iterable[Chart | None]]] = {
    "evidence_coverage": _coverage,
    "fix_first": lambda *_: (),
    "fix_frontier": lambda _, asked, result: (frontier_chart(result, asked.get("goal", "")),),
    "follow_up": lambda dataset, _, result: (ageing_chart(dataset, result),),
    "front_line_gap": lambda dataset, _, result: (gap_chart(dataset, result),),
    "if_removed": lambda *_: (),
    "since_last_quarter": _changes,
}


def asked_filters(parameters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The filters that were asked for."""
    return tuple((name, asked) for name in FILTERS if (asked := parameters.get(name, "").strip()))


def pair_marks(known: Departments, result: Result[Any]) -> dict[object, tuple[str, str]]:
    """For each pair of the missing ties, its line in the department network."""
    places = {d.iri: f"d{i}" for i, d in enumerate(known.drawn)}
    found: dict[object, tuple[str, str]] = {}
    for row in result.rows:
        mark = pair_mark(known, row.department.iri, row.other.iri)
        found[row.department.iri, row.other.iri] = (
            mark,
            f"{mark} {places[row.department.iri]} {places[row.other.iri]}",
        )
    return found
