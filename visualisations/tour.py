"""The tour: five steps through what the store holds, each with one picture and what to look for in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graph.analysis import Result, find_analysis
from graph.dataset import Dataset
from graph.errors import NotFound
from visualisations.chart import Chart
from visualisations.links import Link, href, with_query
from visualisations.pictures import Picture, pictured
from visualisations.rendering import render

Ask = Callable[[str, dict[str, str]], Result[Any]]
"""Asks an analysis, by its name and with its parameters."""


@dataclass(frozen=True)
class Step:
    """One step, declared: an analysis, its parameters, and the words around its picture."""

    analysis: str
    title: str
    look: str
    """What to look for in the picture."""
    more: str
    """What the whole page has besides."""
    parameters: tuple[tuple[str, str], ...] = ()


STEPS = (
    Step(
        "missing_ties",
        "Who must work together?",
        "Each cell above the diagonal is a pair of departments with a reason to coordinate; below it stand the ties that were "
        "seen. A ringed, dashed cell is a pair with reasons and no tie: a silo.",
        "Every pair, ranked, with its reasons",
    ),
    Step(
        "shared_blockers",
        "What holds back several departments at once?",
        "The thickest lines lead from the barriers that most departments share. No department can remove these alone.",
        "Every shared barrier, and who disputes it",
        (("min_departments", "3"),),
    ),
    Step(
        "front_line_gap",
        "Who says so, and who does not?",
        "Each line is a barrier. Where the circle lies far to the right of the diamond, the front line lives with something that the "
        "centre does not speak of. Long bars mean few interviews. Each mark leads to the findings.",
        "The numbers, with how sure they are",
    ),
    Step(
        "fix_frontier",
        "What is worth removing first?",
        "The upper line is the best that so many barriers can do; the lower one is what the most shared ones do. The distance is what "
        "choosing well is worth.",
        "Which barriers these are, and boxes to try others",
    ),
    Step(
        "follow_up",
        "Was it done, and did it help?",
        "A bar that ends at the dashed line is overdue. A diamond is an action that was done, and the barrier came back.",
        "Every action with its owner",
    ),
)


def tour_page(dataset: Dataset, number: int, ask: Ask, as_of: date | None = None) -> str:
    """One step, 1 to 5; what has nothing to show says so. Raises NotFound for any other."""
    if not 1 <= number <= len(STEPS):
        raise NotFound(f"The tour has {len(STEPS)} steps.")
    step = STEPS[number - 1]
    analysis = find_analysis(step.analysis)
    asked = {**dict(step.parameters), **({"as_of": as_of.isoformat()} if as_of else {})}
    result = ask(step.analysis, asked)
    whole = Link(step.more, with_query(f"/analyses/{analysis.command}", **dict(step.parameters)))
    picture = pictured(dataset, analysis, asked, result) if result.rows else Picture()
    picture = replace(picture, charts=tuple(_elsewhere(chart, whole) for chart in picture.charts))
    return render(
        "tour.html",
        title=f"Tour, step {number}: {step.title}",
        here="/tour/1",
        newest=f"/tour/{number}",
        as_of=as_of,
        trail=(Link("Tour", "/tour/1"), Link(step.title)),
        step=step,
        number=number,
        steps=[Link(s.title, f"/tour/{n}") for n, s in enumerate(STEPS, 1)],
        result=result,
        picture=picture,
        whole=whole,
        evidence=_evidence(dataset, result),
    )


def _elsewhere(chart: Chart, whole: Link) -> Chart:
    """The chart with what leads to a row of the table leading to the page that has the table."""
    shapes = (
        replace(s, href=f"{whole.href}{s.href}") if s.href and s.href.startswith("#") else s
        for s in chart.shapes
    )
    return replace(chart, shapes=tuple(shapes), narrow=chart.narrow and _elsewhere(chart.narrow, whole))


def _evidence(dataset: Dataset, result: Result[Any]) -> Link | None:
    """What the first row rests on, where the row is about a barrier."""
    thing = getattr(result.rows[0], "barrier", None) if result.rows else None
    page = href(dataset.base, thing.iri) if thing else None
    return Link(f"The findings behind “{thing.label}”", f"{page}#findings") if thing and page else None
