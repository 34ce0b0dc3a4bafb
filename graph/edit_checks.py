"""What may be written over HTTP: into which graphs, which terms, and bodies of RDF that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from typing import Any

import pyoxigraph as ox
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from graph.foreign import Unfit as Unreadable
from graph.foreign import check_raw

_FORMATS = {
    form.media_type: form
    for form in (ox.RdfFormat.TURTLE, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.RDF_XML, ox.RdfFormat.JSON_LD)
}
READABLE = tuple(_FORMATS)
"""The media types of what can be written to one graph."""
_MOST_PARTS = 100
_LONGEST = {"an address": 2_000, "a value": 1_000_000}
_SAFE = re.compile(
    r"(?:https?|urn|tag):[^\x00-\x20\x7f-\x9f<>\"{}|\\^`\u202a-\u202e\u2066-\u2069\ufffe\uffff]+", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


class Unfit(Exception):
    """What is not written, and the HTTP status that says so."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


def check(removed: Iterable[ox.Quad], added: Iterable[ox.Quad], request: dict[str, Any]) -> None:
    """Raise Unfit where a change touches a graph that is not to be edited, or adds what is not safe to show."""
    check_graphs({quad.graph_name for quads in (removed, added) for quad in quads}, request)
    fit: set[object] = set()
    for quad in added:
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
            if term not in fit and not isinstance(term, ox.BlankNode):
                _check_term(term)
                fit.add(term)


def payload(body: bytes, content_type: str, base_iri: str) -> set[ox.Triple]:
    """The statements of a body: one document of RDF, or several as multipart/form-data. Raises Unfit."""
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != "multipart/form-data":
        return _parsed(body, header, base_iri)
    boundary = header.get_boundary()
    if not boundary:
        raise Unfit(400, "Content-Type: multipart/form-data without a boundary.")
    found: set[ox.Triple] = set()
    for part, data in _parts(body, boundary.encode()):
        found |= _parsed(data, part, base_iri)
    return found


def check_graphs(names: Iterable[object], request: dict[str, Any]) -> None:
    """Raise Unfit for a graph that is not to be edited."""
    for name in names:
        iri = name.value if isinstance(name, ox.NamedNode) else ""
        if re.match(request["kept"], iri):
            raise Unfit(403, f"<{iri}> is a graph that Joinedup keeps for itself, and is not edited.")
        if re.match(request["loaded"], iri) and iri != request["edits"]:
            raise Unfit(
                403,
                f"<{iri}> holds what a loaded file says. Correct the file and load it again, or write to another graph.",
            )


def _check_term(term: object) -> None:
    if isinstance(term, ox.NamedNode):
        if len(term.value) > _LONGEST["an address"]:
            raise Unfit(400, f"An address has more than {_LONGEST['an address']:,} characters.")
        if not _SAFE.fullmatch(term.value):
            shown = re.sub(r"[^ -~]", "?", term.value)[:80]
            raise Unfit(400, f"“{shown}” is not written: addresses begin with http:, https:, urn: or tag:.")
    elif isinstance(term, ox.Literal):
        if _CONTROL.search(term.value):
            raise Unfit(
                400, "A value holds a control character, or one that reverses the direction of writing."
            )
        if len(term.value) > _LONGEST["a value"]:
            raise Unfit(400, f"A value has more than {_LONGEST['a value']:,} characters.")
        _check_term(term.datatype)
    else:
        raise Unfit(400, "Statements about statements (RDF 1.2, RDF-star) are not written.")


def _parsed(body: bytes, header: Message, base_iri: str) -> set[ox.Triple]:
    form = _FORMATS.get(header.get_content_type())
    if form is None or "Content-Type" not in header:
        raise Unfit(415, f"Content-Type: send one of {', '.join(READABLE)}.")
    if (charset := header.get_content_charset("utf-8")) not in ("utf-8", "us-ascii"):
        raise Unfit(415, f"Content-Type: the charset {charset[:20]} is not read. Send UTF-8.")
    if not body.strip():
        return set()
    try:
        body = check_raw(body, form)
        quads = list(ox.parse(body, format=form, base_iri=base_iri, rename_blank_nodes=True))
    except Unreadable as bad:
        raise Unfit(400, f"The body {bad.reason} {bad.remedy}".strip()) from None
    except (SyntaxError, ValueError) as bad:
        raise Unfit(400, f"The body is not {form.name}: {' '.join(str(bad).split())[:160]}.") from None
    if any(not isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads):
        raise Unfit(400, "The body holds named graphs. Send the statements of one graph.")
    return {quad.triple for quad in quads}


def _parts(body: bytes, boundary: bytes) -> Iterable[tuple[Message, bytes]]:
    """Each part of multipart/form-data, with its headers."""
    decoder = MultipartDecoder(boundary, max_parts=_MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    header: Message | None = None
    data = bytearray()
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                header, data = Message(), bytearray()
                for name, value in event.headers:
                    header[name] = value
            elif isinstance(event, Data):
                data += event.data
                if not event.more_data and header is not None:
                    yield header, bytes(data)
    except ValueError:
        raise Unfit(400, "The body is not multipart/form-data.") from None
