"""RDF files that others wrote: read by Oxigraph alone, and refused in a sentence where they could do harm."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox

from graph.errors import JoinedupError, NotFound, shortened

FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}
MOST_BYTES = 50_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_PLAIN = ("http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")


class Unfit(JoinedupError):
    """An RDF file that is not read."""


def read_rdf(path: Path) -> set[ox.Triple]:
    """The statements of a Turtle or N-Triples file.

    Raises NotFound where there is no file; Unfit where it is too large, is not RDF, holds control characters,
    addresses that are not on the web, values of kinds that would have to be parsed, or statements about statements.
    """
    name = path.name
    if not path.is_file():
        raise NotFound(f"There is no file {name}.")
    if path.stat().st_size > MOST_BYTES:
        raise Unfit(f"{name} is larger than {MOST_BYTES // 1_000_000} MB, which is the most that is read.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Unfit(f"{name} is not text in UTF-8.") from None
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unfit(f"{name} holds a control character in line {line}.")
    if "<<" in text:
        # Nested a hundred thousand deep they would end the process, so none are parsed.
        raise Unfit(f"{name} holds “<<”, as statements about statements do, which are not read.")
    statements = set()
    try:
        for triple in ox.parse(text, format=FORMATS[path.suffix.lower()]):
            for term in (triple.subject, triple.predicate, triple.object):
                _check(name, term)
            statements.add(ox.Triple(triple.subject, triple.predicate, triple.object))
    except (SyntaxError, ValueError) as bad:
        raise Unfit(
            f"{name} is not {FORMATS[path.suffix.lower()].name}: {shortened(str(bad), 160)}."
        ) from None
    return statements


def _check(name: str, term: object) -> None:
    if isinstance(term, ox.NamedNode) and not _WEB.match(term.value):
        raise Unfit(f"{name} holds “{shortened(term.value)}”, which does not begin with http:// or https://.")
    if isinstance(term, ox.Literal):
        if _CONTROL.search(term.value):
            raise Unfit(f"{name} holds a control character in a value.")
        if not term.datatype.value.startswith(_PLAIN):
            kind = shortened(term.datatype.value)
            raise Unfit(f"{name} holds a value of the datatype “{kind}”, which is not read.")
