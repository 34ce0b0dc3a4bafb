"""RDF files that others wrote: refused in a sentence where they could do harm, and otherwise read by Oxigraph alone."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

import pyoxigraph as ox

from graph.errors import JoinedupError, shortened
from graph.foreign_json import with_known_contexts
from graph.persons import personal

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
}
LINES = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS)
"""The formats of one statement a line."""
MOST_MB = {"N-Triples": 250, "N-Quads": 250, "JSON-LD": 20}
"""The most megabytes that are read of a format; 50 of any other. JSON-LD is held in memory as a whole."""
MOST_STATEMENTS = 1_500_000
MOST_PROBLEMS = 100
"""Of one file; behind them the reading stops."""
_DEEPEST_XML = 128
_LONGEST_TEXT = 10_000
_LONGEST_IRI = 2_000
_STEP = 2_000_000

# What no document may hold: control characters, and those that reverse the direction of writing. As UTF-8, and as text.
_BAD_BYTES = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x84\x86-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbf[\xbe\xbf]"
)
_BAD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_WEB = re.compile(
    r"https?://[^\x00-\x20\x7f-\x9f<>\"{}|\\^`\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufffe\uffff]+",
    re.I,
)
_PLAIN = ("http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")
# Strings, addresses, escapes and comments of Turtle and its kin, so that what is left is syntax. What is not closed goes to the end.
_SYNTAX = re.compile(
    rb'"""(?:[^"\\]|\\.|""?(?!"))*+(?:"""|\Z)|'
    rb"'''(?:[^'\\]|\\.|''?(?!'))*+(?:'''|\Z)|"
    rb'"(?:[^"\\\n\r]|\\.)*+"?|'
    rb"'(?:[^'\\\n\r]|\\.)*+'?|"
    rb'<[^<>"{}|^`\x00-\x20]*+>|'
    rb"\\.|"
    rb"#[^\n\r]*+|"
    rb"(?P<about><<)",
    re.S,
)
_XML = re.compile(rb"\s*<(\?xml|!|([A-Za-z]+:)?RDF\b)")
_ENCODED = re.compile(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["'](?!utf-?8["'])""", re.I)
_RDF_NAMESPACE = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ABOUT_STATEMENTS = "holds statements about statements (RDF 1.2, RDF-star), which are not read."

Progress = Callable[[str, int, int], None]


class Unfit(JoinedupError):
    """An RDF file that is not read; the message goes on from the name of the file."""

    def __init__(self, reason: str, remedy: str = ""):
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True)
class Problem:
    """What is wrong with one statement."""

    subject: str
    reason: str
    remedy: str = ""


def form_of(path: Path) -> ox.RdfFormat | None:
    """The format of an RDF file, by its ending, and by its content where the ending is that of other files too."""
    suffix = path.suffix.lower()
    if suffix not in (".rdf", ".owl", ".xml", ".json"):
        return FORMATS.get(suffix)
    try:
        with path.open("rb") as file:
            head = file.read(65536).removeprefix(codecs.BOM_UTF8)
    except OSError:
        return None
    if suffix == ".json":
        return ox.RdfFormat.JSON_LD if b'"@context"' in head or b'"@graph"' in head else None
    if suffix == ".xml":
        return ox.RdfFormat.RDF_XML if _RDF_NAMESPACE in head else None
    return ox.RdfFormat.RDF_XML if _XML.match(head) else ox.RdfFormat.TURTLE


def read_rdf(
    path: Path,
    form: ox.RdfFormat,
    problems: list[Problem],
    *,
    contexts: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Iterator[ox.Quad]:
    """The statements of a file, in its order. Those that are not read are left out and added to the problems.

    contexts are further addresses under which the JSON-LD context of Joinedup is known; none is ever fetched.
    Raises Unfit where the file is too large, is not what it says it is, or could do harm before it is understood.
    """
    most = MOST_MB.get(form.name, 50)
    if path.stat().st_size > most * 1_000_000:
        raise Unfit(f"is larger than {most} MB, the most that is read of {form.name}.", "Split it.")
    raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    raw = check_raw(raw, form, contexts)
    if not raw.strip():
        raise Unfit("is empty.")
    source: IO[bytes] = _Told(raw, path.name, progress)  # type: ignore[assignment]  # it needs only to be read
    fit: set[str] = set()
    try:
        for number, quad in enumerate(ox.parse(source, format=form), start=1):
            if number > MOST_STATEMENTS:
                raise Unfit(f"holds more than {MOST_STATEMENTS:,} statements.", "Split it.")
            if problem := _problem(quad, fit):
                problems.append(problem)
                if len(problems) >= MOST_PROBLEMS:
                    break
            else:
                yield quad
    except (SyntaxError, ValueError) as bad:
        raise Unfit(*_in_words(str(bad), form.name)) from None
    if progress:
        progress(path.name, -(-len(raw) // 1000), -(-len(raw) // 1000))


def check_raw(raw: bytes, form: ox.RdfFormat, contexts: tuple[str, ...] = ()) -> bytes:
    """The bytes as they may be given to the parser. Raises Unfit where they could do harm before they are understood."""
    _check_bytes(raw)
    if form == ox.RdfFormat.RDF_XML:
        _check_xml(raw)
    elif form == ox.RdfFormat.JSON_LD:
        try:
            raw = with_known_contexts(raw, contexts)
        except ValueError as bad:
            raise Unfit(str(bad)) from None
    elif b"<<" in raw and any(found["about"] for found in _SYNTAX.finditer(raw)):
        # Nested a hundred thousand deep they would end the process, so none are parsed.
        raise Unfit(_ABOUT_STATEMENTS)
    return raw


def line_of(path: Path, iri: str) -> int | None:
    """The first line of a file that names a thing; None where it is not found."""
    raw = path.read_bytes()
    last = re.split(r"[#/]", iri)[-1]
    for expression in (
        rf"^\s*<{re.escape(iri)}>",
        rf"^\s*[\w.-]*:{re.escape(last)}(?![\w-])",
        rf"[\"'<]{re.escape(iri)}[\"'>]",
    ):
        if last and (found := re.search(expression.encode(), raw, re.M)):
            return raw.count(b"\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1
    return None


class _Told(io.RawIOBase):
    """Bytes to read, which tell how far the reading has come, in kilobytes."""

    def __init__(self, raw: bytes, name: str, progress: Progress | None):
        self._raw, self._name, self._progress = raw, name, progress
        self._at = self._next = 0
        self._whole = -(-len(raw) // 1000)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        end = len(self._raw) if size is None or size < 0 else self._at + size
        piece = self._raw[self._at : end]
        self._at += len(piece)
        if self._progress and self._at >= self._next and self._at < len(self._raw):
            self._progress(self._name, self._at // 1000, self._whole)
            self._next = self._at + _STEP
        return piece


def _check_bytes(raw: bytes) -> None:
    if found := _BAD_BYTES.search(raw):
        kind = (
            "a character that reverses the direction of writing"
            if found[0][0] == 0xE2
            else "a control character"
        )
        raise Unfit(f"holds {kind} in line {_line(raw, found.start())}.", "Delete it.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(raw), _STEP):
            decoder.decode(raw[start : start + _STEP])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Unfit("is not text in UTF-8.", "Save it as UTF-8.") from None


def _check_xml(raw: bytes) -> None:
    """Raises Unfit for declarations that could define entities, another encoding, and elements nested too deep."""
    if _ENCODED.match(raw):
        raise Unfit("says that it is not in UTF-8.", "Save it as UTF-8.")
    depth = 0

    def opened(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST_XML:
            raise Unfit(f"nests elements more than {_DEEPEST_XML} deep.", "Write it as Turtle or N-Triples.")

    def closed(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise Unfit("declares a DOCTYPE or entities, which are not read.", "Write it without.")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = declared
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as bad:
        raise Unfit(f"is not XML: {expat.ErrorString(bad.code)} in line {bad.lineno}.") from None


def _problem(quad: ox.Quad, fit: set[str]) -> Problem | None:
    """What is wrong with a statement; IRIs that were found fit are kept in the set."""
    subject = quad.subject
    for term in (subject, quad.predicate, quad.object):
        if isinstance(term, ox.NamedNode):
            if term.value not in fit:
                if reason := _unfit_iri(term.value):
                    return Problem(_called(subject), *reason)
                fit.add(term.value)
        elif isinstance(term, ox.Literal):
            if reason := _unfit_text(term):
                return Problem(_called(subject), *reason)
        elif not isinstance(term, ox.BlankNode):
            return Problem(_called(subject), _ABOUT_STATEMENTS)
    if what := personal(quad):
        return Problem(
            _called(subject),
            f"says {what} of it, as is said of people. No person is needed here.",
            "Use a role, or skos:prefLabel for what an organisation is called.",
        )
    return None


def _unfit_iri(iri: str) -> tuple[str, str] | None:
    if len(iri) > _LONGEST_IRI:
        return f"holds an address of {len(iri):,} characters.", f"Keep it under {_LONGEST_IRI:,}."
    if not _WEB.match(iri):
        return f"holds “{shortened(iri)}”, which does not begin with http:// or https://.", ""
    if not _WEB.fullmatch(iri):
        shown = shortened(_WEB.match(iri)[0])  # type: ignore[index]
        return f"holds an address with a character that none may hold, behind “{shown}”.", "Write it again."
    return None


def _unfit_text(literal: ox.Literal) -> tuple[str, str] | None:
    if _BAD.search(literal.value):
        return (
            "holds a value with a control character, or one that reverses the direction of writing.",
            "Delete it.",
        )
    if len(literal.value) > _LONGEST_TEXT:
        return f"holds a value of {len(literal.value):,} characters.", f"Keep it under {_LONGEST_TEXT:,}."
    if not literal.datatype.value.startswith(_PLAIN):
        return f"holds a value of the datatype “{shortened(literal.datatype.value)}”, which is not read.", ""
    return None


def _in_words(said: str, form: str) -> tuple[str, str]:
    if "No scheme found" in said:
        place = re.search(r"at line \d+", said)
        where = f" {place[0].replace('at', 'in')}" if place else ""
        return (
            f"holds a relative address{where}.",
            "Write it in full, or say in the file what it is relative to.",
        )
    if "triple term" in said.lower() or "VERSION" in said:
        return _ABOUT_STATEMENTS, ""
    return f"is not {form}: {shortened(said, 160)}.", ""


def _called(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else "a thing without an address"


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1
