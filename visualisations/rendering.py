"""The templates, how they are filled, and the way around the site."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined

from graph.analysis import analyses
from visualisations.links import Link, carried
from visualisations.words import count, dated, day, headed, plain

NAVIGATION = (
    ("/", "Overview"),
    ("/explore", "Explore"),
    ("/analyses/shared-blockers", "Shared blockers"),
    ("/matrix", "Department matrix"),
)
LISTS = (
    ("/programmes", "Programmes"),
    ("/departments", "Departments"),
    ("/organisations", "Organisations"),
    ("/barriers", "Barriers"),
    ("/interviews", "Interviews"),
    ("/recommendations", "Recommendations"),
    ("/actions", "Actions"),
    ("/sources", "Sources"),
    ("/same", "Named twice"),
)
ANALYSES = (
    ("/departments-network", "Department network"),
    *(
        (f"/analyses/{a.command}", a.title)
        for a in analyses().values()
        if f"/analyses/{a.command}" not in dict(NAVIGATION)
    ),
)
MENUS = (("Analyses", ANALYSES), ("Lists", LISTS))
TOOLS = (("/search", "Search"), ("/sparql", "SPARQL"), ("/docs", "API"))


def render(
    template: str,
    *,
    title: str,
    here: str = "",
    trail: tuple[Link, ...] = (),
    newest: str = "",
    as_of: date | None = None,
    **context: Any,
) -> str:
    """A whole page. here is the address that the navigation shows as current, trail the way to this page.

    newest is the address of a page that can be had as of a day, without one; as_of is the day that was asked for.
    """
    path, _, query = newest.partition("?")
    page = _site().get_template(template)
    text = page.render(
        title=title,
        here=here,
        trail=(Link("Overview", "/"), *trail) if trail else (),
        newest=newest,
        as_of=as_of,
        undated=(path, parse_qsl(query)),
        **context,
    )
    return carried(text, as_of) if as_of else text


@cache
def modules(name: str) -> tuple[str, ...]:
    """The scripts that a script imports, and those that these import, so that a page can ask for all of them at once."""
    text = files("visualisations").joinpath("static", name).read_text(encoding="utf-8")
    found: dict[str, None] = {}
    for imported in re.findall(r'^import .+ from "\./(.+)";$', text, re.MULTILINE):
        found |= dict.fromkeys((imported, *modules(imported)))
    return tuple(found)


def environment() -> Environment:
    """A new environment for the templates: everything is escaped, and a missing name is an error."""
    return Environment(
        loader=PackageLoader("visualisations"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def _site() -> Environment:
    site = environment()
    site.filters.update(dated=dated, day=day, headed=headed, plain=plain)
    site.globals.update(navigation=NAVIGATION, menus=MENUS, tools=TOOLS, count=count, modules=modules)
    return site
