"""Content negotiation: which form of an answer a client gets, by suffix, `format=` or Accept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from starlette.requests import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from api.errors import NotAcceptable
from api.profiles import plain
from graph.network_files import FORMS

MEDIA: Mapping[str, str] = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "ntriples": "application/n-triples",
    "rdfxml": "application/rdf+xml",
    "srj": "application/sparql-results+json",
    **{suffix: form.media for suffix, form in FORMS.items() if suffix not in ("json", "csv")},
}
"""Every form that some answer can take, and its media type."""

SUFFIXES: Mapping[str, str] = {
    ".html": "html",
    ".json": "json",
    ".csv": "csv",
    ".ttl": "turtle",
    ".jsonld": "jsonld",
    ".nt": "ntriples",
    ".rdf": "rdfxml",
}


_USUAL = 1000
"""The characters of a header that is worth remembering."""
_CHARSET = re.compile(r";\s*charset=[^;,]*", re.IGNORECASE)


def split_suffix(name: str, offers: Sequence[str]) -> tuple[str, str | None]:
    """A name without the suffix that asks for one of the offered forms, and that form."""
    for suffix, form in SUFFIXES.items():
        if name.endswith(suffix) and form in offers:
            return name[: -len(suffix)], form
    return name, None


def chosen(request: Request, offers: Sequence[str], asked: str | None = None) -> str:
    """The form to answer in: the one asked for, else by Accept, else the first offered.

    Raises NotAcceptable where the client takes none of them.
    """
    if asked:
        if asked not in offers:
            raise NotAcceptable(f"This can be had as {', '.join(offers)}.")
        return asked
    found = best(request.headers.get("accept", ""), tuple(offers))
    if found is None:
        raise NotAcceptable(f"This can be had as {', '.join(MEDIA[o] for o in offers)}.")
    return found


def best(header: str, offers: tuple[str, ...]) -> str | None:
    """Which of the offered forms a header of Accept asks for; None for none of them."""
    return _best(header, offers) if len(header) < _USUAL else _best.__wrapped__(header, offers)


@lru_cache(maxsize=2000)
def _best(header: str, offers: tuple[str, ...]) -> str | None:
    """As `best`. Clients send the same few."""
    header = plain(_CHARSET.sub("", header))  # all that is text is in UTF-8
    if not header:
        return offers[0]
    accept = parse_accept_header(header, MIMEAccept)
    found = accept.best_match([MEDIA[o] for o in offers])
    if found is None:
        return None
    if accept.quality(MEDIA[offers[0]]) >= accept.quality(found):
        return offers[0]
    return next(o for o in offers if MEDIA[o] == found)
