"""The Explore page: departments first, opened step by step; around one thing; the ways between two; everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import networkx as nx

from graph.dataset import Dataset, once
from graph.evidence import newest_day, sources
from graph.exploring import LONGEST, Slice, View, slice_of
from graph.scope import FILTERS, choices, scoped
from graph.sifting import APART, KINDS, MAIN, TIED, Sieve, barrier_types, kinds_of
from visualisations.departments import short_names
from visualisations.drawing import Drawing
from visualisations.explore_address import Asked, asked, name_of, view_of
from visualisations.explore_drawing import explore_drawing, legend, look, svg_file
from visualisations.explore_tables import WHY, links_table, rests_on, things_table
from visualisations.links import Link, href
from visualisations.rendering import render
from visualisations.suggestions import names, selection
from visualisations.words import count, day

FOUND = 12
"""So many things a search lists."""
_DAYS = 24
_TOLD = 3_000
"""A slice of more links says what each rests on when it is asked, not at once."""
_KINDS = {"department": "departments", "organisation": "organisations", "programme": "programmes", "barrier": "barriers",
          "lever": "levers", "recommendation": "recommendations", "action": "actions"}  # fmt: skip
_FILTERS = {
    "deep_dive": "Deep dive",
    "department": "Department",
    "level": "Level of the interview",
    "scheme": "Scheme of barrier types",
}


def explore_page(dataset: Dataset, parameters: Mapping[str, str]) -> str:
    """The page of one view. Raises BadParameter, NotFound."""
    said, view, found = sliced(dataset, parameters)
    as_of = view.sieve.as_of
    drawing = explore_drawing(dataset, found, _title(dataset, view))
    return render(
        "explore.html",
        title="Explore",
        here="/explore",
        trail=(Link("Explore"),),
        as_of=as_of,
        newest=said.href(as_of="", camera=""),
        said=said,
        heading=_title(dataset, view),
        told=_told(dataset, view, found),
        drawing=drawing,
        legend=legend(found),
        many=len(found.things),
        search=_search(dataset, said),
        centred=dataset.label(view.centre) if view.centre else "",
        ended=dataset.label(view.to) if view.to else "",
        kinds=[(k, words, k in view.sieve.kinds) for k, words in _KINDS.items()],
        filters=_filters(dataset, said, view.sieve),
        narrowed=view.sieve.narrows or bool(said.kinds) or bool(said.as_of),
        clear=said.href(kinds="", type="", severity=0, as_of="", camera="", **dict.fromkeys(FILTERS, "")),
        days=_days(dataset, said.as_of),
        kept=_kept(said),
        narrowing=_narrowing(said),
        names=names(dataset, MAIN),
        things=things_table(dataset, said, view, found),
        links=links_table(dataset, said, view, found),
        data=said.href().replace("/explore", "/explore.json", 1),
        ways=_views(said, view),
        files=_files(said, drawing),
    )


def sliced(dataset: Dataset, parameters: Mapping[str, str]) -> tuple[Asked, View, Slice]:
    """What an address asks for, and the slice that answers it. Raises BadParameter, NotFound."""
    said = asked(parameters)
    view = view_of(dataset, said)
    return said, view, slice_of(dataset, view)


def explore_data(dataset: Dataset, parameters: Mapping[str, str]) -> str:
    """The slice for the picture: things as rows, links as rows that name them by their place. Raises BadParameter, NotFound.

    What many links say alike stands once, under `says`, and where a link does not say what it rests on, `why` is the
    address that does, with {one} and {other} for the names of its ends.
    """
    return _data(dataset, tuple(sorted(parameters.items())))


@once(2)
def _data(dataset: Dataset, parameters: tuple[tuple[str, str], ...]) -> str:
    said, view, found = sliced(dataset, dict(parameters))
    places = {thing.iri: n for n, thing in enumerate(found.things)}
    telling = len(found.links) <= _TOLD
    day_ = f"as_of={said.as_of}" if said.as_of else ""
    says: dict[tuple[str, str], int] = {}
    links: list[list[Any]] = []
    for tied in found.links:
        says_so = tied.kind if tied.kind in (TIED, APART) else "plain", tied.words
        row: list[Any] = [
            places[tied.one],
            places[tied.other],
            says.setdefault(says_so, len(says)),
            tied.weight,
        ]
        if telling:
            row.append([[p.text, _dated(p.href, day_)] for p in rests_on(dataset, said, tied)])
        links.append(row)
    short = short_names(dataset)
    things = [
        [name_of(dataset, t.iri), t.label, look(t.kind), t.kind, t.x, t.y, t.linked, t.drawn, _dated(href(dataset.base, t.iri), day_),
         short.get(t.iri, "")]
        for t in found.things
    ]  # fmt: skip
    moved = [name_of(dataset, iri) for iri, _, _ in view.moved]
    whole = {
        "count": len(things),
        "of": found.of,
        "cap": view.cap,
        "moved": moved,
        "frame": found.frame,
        "things": things,
        "says": list(says),
        "why": _dated(f"{WHY}?one={{one}}&other={{other}}", day_),
        "links": links,
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def _dated(address: str | None, day_: str) -> str | None:
    """An address on this site as of the day that was asked for."""
    if not address or not day_ or not address.startswith("/"):
        return address
    return f"{address}{'&' if '?' in address else '?'}{day_}"


def explore_network(dataset: Dataset, parameters: Mapping[str, str]) -> nx.MultiDiGraph[str]:
    """The slice as a network, for files: with places, words, weights and evidence. Raises BadParameter, NotFound."""
    _, view, found = sliced(dataset, parameters)
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        name=_title(dataset, view), description=_told(dataset, view, found), store_version=dataset.version
    )
    for thing in found.things:
        network.add_node(thing.iri, label=thing.label, kind=thing.kind, x=thing.x, y=thing.y)
    for tied in found.links:
        kind = tied.kind.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
        network.add_edge(
            tied.one,
            tied.other,
            kind=kind,
            label=tied.words,
            weight=tied.weight,
            evidence=list(tied.evidence),
        )
    return network


def explore_svg(dataset: Dataset, parameters: Mapping[str, str]) -> str | None:
    """The slice as an SVG file with its legend; None where it is too large to be drawn. Raises BadParameter, NotFound."""
    _, view, found = sliced(dataset, parameters)
    drawing = explore_drawing(dataset, found, _title(dataset, view))
    return svg_file(drawing, _told(dataset, view, found)) if drawing.marks else None


def _title(dataset: Dataset, view: View) -> str:
    if view.centre and view.to:
        return f"Ways from {dataset.label(view.centre)} to {dataset.label(view.to)}"
    if view.centre:
        return f"Around {dataset.label(view.centre)}"
    return "Everything, by department" if view.everything else "Departments and what they share"


def _told(dataset: Dataset, view: View, found: Slice) -> str:
    """What is shown, of how much, in sentences."""
    shown = (
        f"{len(found.things):,} of {count(found.of, 'thing')} and {count(len(found.links), 'link')} shown."
    )
    if view.sieve.narrows:
        shown = f"{shown} The filters let {found.of:,} of {found.all:,} through."
    if view.centre and view.to and not found.steps:
        shown = f"There is no way of at most {LONGEST} links between these two. {shown}"
    elif found.steps:
        more = "" if found.complete else " There are more ways than were searched."
        shown = f"The shortest way has {count(found.steps, 'link')}; {count(len(found.ways), 'way')} shown.{more} {shown}"
    if not found.things:
        shown = "Nothing gets through the filters. Take one of them away."
    return f"{shown} As of {day(view.sieve.as_of or newest_day(dataset))}."


def _search(dataset: Dataset, said: Asked) -> dict[str, Any] | None:
    """What was found for the words that were searched for: names that begin with them first."""
    words = said.q.casefold().split()
    if not words:
        return None
    kinds = kinds_of(dataset)
    found = [
        (not label.casefold().startswith(words[0]), KINDS.index(kinds[iri]), label.casefold(), iri)
        for iri in kinds
        for label in [dataset.label(iri)]
        if kinds[iri] in KINDS and all(word in label.casefold() for word in words)
    ]
    clean = {"q": "", "to": "", "opened": "", "show": "", "moved": "", "camera": ""}
    rows = [
        Link(
            dataset.label(iri),
            said.href(**{**clean, "centre": name_of(dataset, iri)}),
            aside=kinds[iri],
            kind=look(kinds[iri]) if look(kinds[iri]) != "other" else "",
        )
        for *_, iri in sorted(found)[:FOUND]
    ]
    return {"rows": rows, "count": f"{len(rows)} of {count(len(found), 'thing')} found for “{said.q}”"}


def _filters(dataset: Dataset, said: Asked, sieve: Sieve) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, words in _FILTERS.items():
        things = choices(dataset, name, sieve.as_of)
        value = getattr(scoped(dataset, **{name: getattr(said, name)}), name)
        found = selection(things, value)
        options, chosen = [*found.choices], found.value
        if value and not chosen:
            options.append((value, dataset.label(value)))
            chosen = value
        rows.append({"name": name, "words": words, "options": options, "value": chosen})
    types = [("", "All"), *((t.iri, t.label) for t in barrier_types(dataset))]
    rows.append(
        {"name": "type", "words": "Type of barrier", "options": types, "value": sieve.barrier_type or ""}
    )
    severe = [("", "Any"), *((str(n), f"{n} or more") for n in range(2, 6))]
    rows.append(
        {"name": "severity", "words": "Severity", "options": severe, "value": str(said.severity or "")}
    )
    return [row for row in rows if len(row["options"]) > 1]


def _days(dataset: Dataset, asked: str) -> list[tuple[str, str, bool]]:
    """The days of the slider: ends of quarters between the first and the newest interview, then the newest."""
    dated = sorted(date.fromisoformat(row["day"]) for row in sources(dataset) if row.get("day"))
    days: list[date] = []
    if dated:
        last = min(dated[-1], newest_day(dataset))
        year, month = dated[0].year, (dated[0].month - 1) // 3 * 3 + 4
        while len(days) < 400:
            year, month = (year + 1, month - 12) if month > 12 else (year, month)
            end = date(year, month, 1) - timedelta(1)
            if end >= last:
                break
            days.append(end)
            month += 3
        step = -(-len(days) // _DAYS)
        days = days[:: max(1, step)]
    found = [(d.isoformat(), day(d), d.isoformat() == asked) for d in days]
    if asked and not any(chosen for *_, chosen in found):
        found = sorted([*found, (asked, day(date.fromisoformat(asked)), True)])
    return [*found, ("", f"{day(newest_day(dataset))} (newest)", not asked)]


def _kept(said: Asked) -> list[tuple[str, str]]:
    """What the form of filters carries on from the address."""
    values = {**said.model_dump(), "hops": said.hops if said.hops > 1 else ""}
    names = ("centre", "to", "hops", "opened", "show", "most", "moved")
    return [(name, str(values[name])) for name in names if values[name]]


def _narrowing(said: Asked) -> list[tuple[str, str]]:
    """The filters as the other forms carry them on."""
    values = {**said.model_dump(), "severity": said.severity or ""}
    return [(n, str(values[n])) for n in ("kinds", *FILTERS, "type", "severity", "as_of") if values[n]]


def _views(said: Asked, view: View) -> list[tuple[Link, bool]]:
    """The ways of looking, and which is the one."""
    clean = {
        "q": "",
        "centre": "",
        "to": "",
        "hops": 1,
        "opened": "",
        "show": "",
        "moved": "",
        "camera": "",
        "most": 0,
    }
    ways = [
        (Link("Departments", said.href(**clean)), not view.centre and not view.everything),
        (Link("Everything", said.href(**{**clean, "show": "all"})), not view.centre and view.everything),
    ]
    if view.centre:
        near = {"to": "", "moved": "", "camera": "", "opened": ""}
        ways += [
            (Link(f"Around it, {words}", said.href(**{**near, "hops": n})), not view.to and view.hops == n)
            for n, words in ((1, "next to it"), (2, "two links away"))
        ]
    if view.centre and view.to:
        ways.append((Link("Ways between the two", said.href(moved="", camera="")), True))
    return ways


def _files(said: Asked, drawing: Drawing) -> list[tuple[str, str]]:
    forms = [("svg", "SVG with legend")] if drawing.marks else []
    forms += [("csv", "CSV"), ("graphml", "GraphML"), ("gexf", "GEXF"), ("network.json", "JSON")]
    return [
        (words, said.href(camera="").replace("/explore", f"/explore.{suffix}", 1)) for suffix, words in forms
    ]
