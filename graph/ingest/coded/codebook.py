"""Lists of codes as REFI-QDA writes them, within a project or alone (.qdc): codes, their hierarchy, what each means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID
from xml.etree.ElementTree import Element

from graph.ingest.coded.archive import MOST_XML, parsed
from graph.ingest.coded.model import Code, Material
from graph.ingest.reading import Unreadable

_LEFT = {
    "Note": ("note or memo", "notes or memos", "not read"),
    "Link": ("link", "links", "not read"),
    "Graph": ("network picture", "network pictures", "not read"),
    "Set": ("set", "sets", "not read"),
    "Case": ("case", "cases", "read for variables alone"),
}


def read_codebook(path: Path) -> Material:
    """The codes of a codebook. Raises Unreadable where it is not one, or is not safe to read."""
    if path.stat().st_size > MOST_XML:
        raise Unreadable(f"is larger than {MOST_XML // 1024**2} MB.", "Split it.")
    root = parsed(path.read_bytes(), "list of codes")
    if root.tag != "CodeBook":
        raise Unreadable("is not a REFI-QDA codebook.", "Export it again as REFI-QDA (.qdc).")
    codes = tuple(code for _, code in codes_in(root))
    if not codes:
        raise Unreadable("is a codebook without codes.")
    return Material(codes, left=tuple(left_of(root)))


def codes_in(book: Element) -> Iterator[tuple[str, Code]]:
    """Every code by its GUID, wider ones first; "a::b" is part of "a" where there is such a code."""
    found: list[tuple[Element, tuple[str, ...], str]] = []
    stack: list[tuple[Element, tuple[str, ...], str]]
    stack = [(e, (), "") for e in reversed(book.findall("Codes/Code"))]
    while stack:
        element, above, wider = stack.pop()
        guid = own_guid(element)
        path = (*above, " ".join(element.get("name", "").split()))
        found.append((element, path, wider))
        stack += [(inner, path, guid) for inner in reversed(element.findall("Code"))]
    at_top = {path[0]: own_guid(e) for e, path, _ in found if len(path) == 1}
    seen: set[str] = set()
    for number, (element, path, wider) in enumerate(found, start=1):
        guid = own_guid(element)
        if guid in seen:
            raise Unreadable("gives two codes the same GUID.", "Export it again.")
        seen.add(guid)
        above_by_name = path[-1].rpartition("::")[0]
        if len(path) == 1 and above_by_name in at_top:
            wider = at_top[above_by_name]
        description = " ".join((element.findtext("Description") or "").split())
        broader = (f"code-{wider}",) if wider else ()
        yield guid, Code(f"code-{guid}", path[-1], path, number, broader, description[:10_000])


def left_of(root: Element) -> Iterator[str]:
    """What of a project or codebook is not read, each with its count, as sentences without a subject."""
    for tag, (one, many, fate) in _LEFT.items():
        if count := sum(1 for _ in root.iter(tag)):
            yield f"holds {count} {one if count == 1 else many}, which {'is' if count == 1 else 'are'} {fate}."


def guid_of(text: str | None) -> str:
    """A GUID in lower case; empty for nothing. Raises Unreadable for what is not one: a name could stand there."""
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        raise Unreadable("has an identifier that is not a GUID.", "Export it again.") from None


def own_guid(element: Element) -> str:
    """The GUID of an element. Raises Unreadable where it has none."""
    guid = guid_of(element.get("guid"))
    if not guid:
        raise Unreadable(f"has a {element.tag} without a GUID.", "Export it again.")
    return guid
