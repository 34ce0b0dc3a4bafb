"""The page of a search: how many of each kind, then the best with the text around what was found."""

from __future__ import annotations

from collections.abc import Sequence

from graph.dataset import Dataset
from graph.searching import Hits
from visualisations.links import Link, link, with_query
from visualisations.rendering import render


def search_page(dataset: Dataset, hits: Hits | None, q: str, kinds: Sequence[str], further: str) -> str:
    """The page; without hits only the form."""
    title = f"Search for {q}" if hits else "Search"
    return render(
        "search.html",
        title=title,
        here="/search",
        trail=(Link("Search"),),
        q=q,
        hits=hits,
        chosen=kinds,
        found=[(link(dataset.base, h.thing.iri, h.thing.label), h.kind, h.snippet) for h in hits.hits]
        if hits
        else [],
        kinds=[(Link(kind, with_query("/search", q=q, kinds=kind)), n) for kind, n in hits.kinds.items()]
        if hits
        else [],
        every=with_query("/search", q=q),
        further=further,
    )
