"""Every page of the site, whole, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from graph.analysis import Analysis, Result, Thing, find_analysis
from graph.dataset import Dataset
from graph.listing import Listing
from graph.questions import elsewhere, questions
from graph.saved import Saved
from graph.things import describe
from ontology.terms import PREFIXES
from visualisations import answers, facts, overview, results_pictures, things_list
from visualisations.departments import departments
from visualisations.departments_drawing import departments_drawing
from visualisations.explore_address import around
from visualisations.links import Link, href, link, pair_href, slug, with_query
from visualisations.matrix import matrix
from visualisations.pairs import pair
from visualisations.pictures import asked_filters, pair_marks, pictured
from visualisations.rendering import render
from visualisations.results import Answer, formats, questions_by_audience, results_table
from visualisations.sections import sections
from visualisations.suggestions import selected, suggested

_SHORT = ("barrier", "departments", "programmes", "interviews", "disputed_by", "strength")
"""The columns of the short table on the first page."""


def overview_page(dataset: Dataset, as_of: date | None = None) -> str:
    """The first page: what there is, how fresh it is, and the answers in short."""
    analysis = find_analysis("shared_blockers")
    result = overview.answered(dataset, as_of)[analysis.name]
    table = replace(
        answers.table(dataset, analysis, replace(result, rows=result.rows[:5]), {}, _SHORT), count=""
    )
    known = departments(dataset, as_of)
    return render(
        "overview.html",
        title="Overview",
        here="/",
        newest="/",
        as_of=as_of,
        empty=not dataset.version,
        figures=overview.figures(dataset, as_of),
        answers=overview.answers(dataset, as_of),
        freshness=overview.freshness(dataset, as_of),
        matrix=matrix(known),
        table=table,
        of=len(result.rows),
    )


def analysis_page(
    dataset: Dataset, analysis: Analysis, parameters: Mapping[str, str], result: Result[Any]
) -> str:
    """One analysis: its question, its answer, the picture and the table."""
    picture = pictured(dataset, analysis, parameters, result)
    single = len(result.rows) == 1
    csv = answers.download(analysis, parameters, "csv")
    return render(
        "analysis.html",
        title=analysis.title,
        here=f"/analyses/{analysis.command}",
        newest=with_query(
            f"/analyses/{analysis.command}", **{k: v for k, v in parameters.items() if k != "as_of"}
        ),
        as_of=result.as_of if parameters.get("as_of") else None,
        trail=(Link(analysis.title),),
        analysis=analysis,
        result=result,
        inputs=answers.form(
            analysis,
            parameters,
            suggested(dataset, analysis),
            selected(dataset, analysis, parameters, result.as_of),
        ),
        picture=picture,
        narrowed=bool(asked_filters(parameters)),
        entries=answers.summary_list(dataset, analysis, result.rows[0]) if single else [],
        table=None
        if single or not result.rows
        else answers.table(dataset, analysis, result, picture.marks, more=Link("All of them as CSV", csv)),
        count=answers.n_of_n(analysis, result),
        csv=csv,
        json=answers.download(analysis, parameters, "json"),
        turtle=answers.download(analysis, parameters, "ttl"),
        networks=answers.network_files(analysis),
    )


def matrix_page(dataset: Dataset, as_of: date | None = None) -> str:
    """Every pair of departments in one table, then the pairs that ought to work together and do not."""
    known = departments(dataset, as_of)
    return render(
        "matrix.html",
        title="Department matrix",
        here="/matrix",
        newest="/matrix",
        as_of=as_of,
        trail=(Link("Department matrix"),),
        matrix=matrix(known),
        silent=_things(known.silent, dataset),
        **_missing_ties(dataset, as_of),
    )


def departments_page(dataset: Dataset, as_of: date | None = None) -> str:
    """The departments as a network."""
    known = departments(dataset, as_of)
    return render(
        "departments.html",
        title="Department network",
        here="/departments-network",
        newest="/departments-network",
        as_of=as_of,
        trail=(Link("Department network"),),
        drawing=departments_drawing(dataset, as_of),
        silent=_things(known.silent, dataset),
        **_missing_ties(dataset, as_of),
    )


def pair_page(dataset: Dataset, one: str, other: str, as_of: date | None = None) -> str:
    """Two departments: what they share, need of each other and do together."""
    names = f"{dataset.label(one)} and {dataset.label(other)}"
    return render(
        "pair.html",
        title=names,
        here="/pairs",
        newest=pair_href(one, other),
        as_of=as_of,
        trail=(Link("Department matrix", "/matrix"), Link(names)),
        pair=pair(dataset, one, other, as_of),
        choices=things_list.choices(dataset, as_of),
        chosen=(slug(one), slug(other)),
        ends=_things((Thing(one, dataset.label(one)), Thing(other, dataset.label(other))), dataset),
    )


def resource_page(dataset: Dataset, iri: str, as_of: date | None = None) -> str:
    """Everything about one thing. Raises NotFound."""
    about = describe(dataset, iri, as_of)
    parts = sections(dataset, about, as_of)
    return render(
        "resource.html",
        title=about.thing.label,
        here="",
        newest=href(dataset.base, iri) or "",
        as_of=as_of,
        trail=(*facts.list_of(about), Link(about.thing.label)),
        thing=about.thing,
        explore=around(dataset, iri),
        kind=facts.mark_of(about),
        kinds=[link(dataset.base, k.iri, k.label) for k in about.kinds],
        description=facts.said(about),
        facts=facts.own(dataset, about),
        referring=facts.referring(dataset, about, facts.told(dataset.base, about, parts)),
        sections=parts,
        sources=facts.sources(dataset, about),
        all_sources=len(about.sources),
        forms=facts.forms(dataset, iri),
    )


def list_page(dataset: Dataset, listing: Listing) -> str:
    """One page of a list, with its filters."""
    title = things_list.title(listing.kind)
    return render(
        "list.html",
        title=title,
        here=f"/{listing.kind.name}",
        newest=with_query(f"/{listing.kind.name}", **{**listing.filters, "as_of": ""}),
        as_of=listing.as_of,
        trail=(Link(title),),
        listing=listing,
        table=things_list.list_table(dataset, listing),
        choices=things_list.choices(dataset, listing.as_of) if listing.kind.name == "programmes" else (),
        facets=things_list.facets(dataset, listing),
        before=things_list.turned(listing, listing.page - 1),
        after=things_list.turned(listing, listing.page + 1),
    )


def sparql_page(
    query: str,
    answer: Answer | None,
    error: str | None,
    *,
    saved: Sequence[Saved] = (),
    may_save: bool = False,
) -> str:
    """The form for a query, and its answer or what is wrong with it; those that were saved, to be opened again."""
    return render(
        "sparql.html",
        title="SPARQL",
        here="/sparql",
        trail=(Link("SPARQL"),),
        query=query,
        prefixes=f"{', '.join(list(PREFIXES)[:-1])} and {list(PREFIXES)[-1]}",
        questions=questions_by_audience(),
        elsewhere=tuple(elsewhere().values()),
        count=f"{len(questions())} of {len(questions()) + len(elsewhere())}",
        table=results_table(answer) if answer else None,
        chart=results_pictures.bars(answer) if answer else None,
        network=results_pictures.network(answer) if answer else None,
        saved=[
            Link(one.label, with_query("/sparql", query=one.text), aside=one.name)
            for one in saved
            if not one.parameters
        ],
        may_save=may_save,
        seconds=answer[3] if answer else 0.0,
        error=error,
        formats=formats(query),
    )


def error_page(status: int, title: str, detail: str) -> str:
    """What went wrong, and what to do about it."""
    return render("error.html", title=title, here="", trail=(Link(title),), status=status, detail=detail)


def waiting_page() -> str:
    """What is shown while a page is being made."""
    return render("waiting.html", title="One moment", here="", trail=(Link("One moment"),))


def _missing_ties(dataset: Dataset, as_of: date | None) -> dict[str, Any]:
    analysis = find_analysis("missing_ties")
    result = overview.answered(dataset, as_of)[analysis.name]
    table = (
        answers.table(dataset, analysis, result, pair_marks(departments(dataset, as_of), result))
        if result.rows
        else None
    )
    return {"result": result, "table": table, "analysis": analysis}


def _things(things: Sequence[Thing], dataset: Dataset) -> list[Link]:
    return [link(dataset.base, t.iri, t.label, kind="department") for t in things]
