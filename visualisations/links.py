"""Where the page of a thing is, and links that are safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

_VOCABULARY = "https://w3id.org/joinedup/"
_WITHIN = re.compile(
    r'(?<!data-newest )href="(?!/(?:static|sparql|questions|docs|ontology)\b|[^"#]*(?:\.ttl|\.jsonld|\bas_of=))(/[^"#]*)'
)
"""A link of a page to another that is as of a day: not to files, other forms or the reference."""


@dataclass(frozen=True)
class Link:
    """Words on a page and where they lead; without href they are only words."""

    text: str
    href: str | None = None
    external: bool = False
    hidden: str = ""
    """Words for screen readers only, after the text."""
    aside: str = ""
    """Words for everyone, after the link."""
    kind: str = ""
    """department, programme, barrier, organisation: which mark stands before it."""


def link(base: str, iri: str | None, text: str, *, aside: str = "", kind: str = "") -> Link:
    """The link to the page of a thing: here where it is ours, elsewhere where it is a web address."""
    where = href(base, iri)
    return Link(text, where, where is not None and not where.startswith("/"), aside=aside, kind=kind)


def href(base: str, iri: str | None) -> str | None:
    """The address of the page of a thing; None for what is no web address."""
    if iri is None:
        return None
    if iri.startswith(f"{base}/") and not iri.startswith(f"{base}//"):
        return iri[len(base) :]
    if iri.startswith(_VOCABULARY):
        return f"/doc?iri={quote(iri, safe='')}"
    return iri if iri.startswith(("http://", "https://")) else None


def slug(iri: str) -> str:
    """The last part of an IRI, by which a query parameter names it."""
    return iri.rstrip("/").rsplit("/", 1)[-1]


def pair_href(one: str, other: str) -> str:
    """The page of two departments."""
    return f"/pairs?{urlencode({'one': slug(one), 'other': slug(other)})}"


def with_query(path: str, **parameters: str | int) -> str:
    """A path with the parameters that have a value."""
    query = urlencode({k: v for k, v in parameters.items() if v not in ("", None)})
    return f"{path}?{query}" if query else path


def carried(page: str, as_of: date) -> str:
    """A whole page whose links within the site, wherever they stand, lead on to pages as of the same day."""
    return _WITHIN.sub(lambda m: f"{m[0]}{'&amp;' if '?' in m[1] else '?'}as_of={as_of}", page)
