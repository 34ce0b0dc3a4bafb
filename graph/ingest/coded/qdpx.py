"""REFI-QDA projects (.qdpx), as NVivo, ATLAS.ti, MAXQDA and QualCoder export them, to codes, sources and passages.

No name of a person is kept: users become pseudonyms made of their GUIDs, sources are called by theirs. Notes, memos,
links, pictures of networks, and the names of sets and cases are counted and left, for they speak of people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from graph.ingest.coded.archive import MOST_TEXT, MOST_XML, Archive, decoded, parsed
from graph.ingest.coded.codebook import codes_in, guid_of, left_of, own_guid
from graph.ingest.coded.docx import docx_text
from graph.ingest.coded.model import Coding, Material, Passage, Source
from graph.ingest.reading import Unreadable

SELECTIONS = (
    "PlainTextSelection",
    "PDFSelection",
    "PictureSelection",
    "AudioSelection",
    "VideoSelection",
    "TranscriptSelection",
)
KINDS = {
    "TextSource": "text",
    "PDFSource": "PDF",
    "PictureSource": "picture",
    "AudioSource": "sound",
    "VideoSource": "film",
}
_OUTSIDE = "passages begin or end outside their text and are left out."
_UNKNOWN = "codings are with a code that is not in the list of codes and are left out."
_IN_TEXT = ("PlainTextSelection", "TranscriptSelection")
_BREAKING = re.compile(r"[\x0b\x0c\x1c-\x1e\x85]")


def read_qdpx(path: Path) -> Material:
    """Everything of a project that can be used. Raises Unreadable where it is not one, or is not safe to read."""
    with Archive(path) as archive:
        names = [name for name in archive.names if name.endswith(".qde") and "/" not in name]
        if len(names) != 1:
            raise Unreadable(
                f"holds {'no' if not names else 'more than one'} project.qde, so it is not a REFI-QDA project.",
                "Export it again as REFI-QDA (.qdpx).",
            )
        root = parsed(archive.read(names[0], MOST_XML), "project.qde")
        if root.tag != "Project":
            raise Unreadable("has a project.qde that is not a REFI-QDA project.", "Export it again.")
        return _Project(archive, root).material()


class _Project:
    """One project while it is read."""

    def __init__(self, archive: Archive, root: Element):
        self.archive, self.root = archive, root
        self.left: list[str] = []
        self.odd: Counter[str] = Counter()
        book = root.find("CodeBook")
        self.codes = dict(codes_in(book)) if book is not None else {}
        self._variables = {
            guid_of(v.get("guid")): v.get("name", "") for v in root.iterfind("Variables/Variable")
        }
        self._passages = 0

    def material(self) -> Material:
        facts = self._facts()
        sources = tuple(
            self._source(element, number, facts)
            for number, element in enumerate(self.root.iterfind("Sources/*"), start=1)
            if element.tag in KINDS
        )
        self.left += left_of(self.root)
        self.left += [f"holds what cannot be right: {count} {what}" for what, count in self.odd.items()]
        codings = sum(1 for _ in self.root.iterfind("Sources//Coding"))
        return Material(tuple(self.codes.values()), sources, tuple(self.left), (), self._passages, codings)

    def _facts(self) -> dict[str, dict[str, str]]:
        """What variables of sources, and of cases that consist of sources, say; by the GUID of the source."""
        facts: dict[str, dict[str, str]] = {}
        for holder in (*self.root.iterfind("Cases/Case"), *self.root.iterfind("Sources/*")):
            values = {}
            for value in holder.iterfind("VariableValue"):
                reference = value.find("VariableRef")
                text = next((e.text for e in value if e.tag.endswith("Value") and e.text), "")
                if reference is not None and text:
                    values[self._variables.get(guid_of(reference.get("targetGUID")), "")] = text.strip()
            inside = [guid_of(e.get("targetGUID")) for e in holder.iterfind("SourceRef")]
            for guid in inside or [own_guid(holder)]:
                facts.setdefault(guid, {}).update(values)
        return facts

    def _source(self, element: Element, number: int, facts: dict[str, dict[str, str]]) -> Source:
        guid, kind = own_guid(element), KINDS[element.tag]
        path = element.get("plainTextPath") or element.get("path") or ""
        name = element.get("name") or re.split(r"[/\\]", path)[-1]
        id = f"i-{guid}"
        passages: dict[str, Passage] = {}
        wordless = 0
        for holder in (element, *element.iterfind("Representation"), *element.iterfind("Transcript")):
            selections = [e for e in holder if e.tag in SELECTIONS]
            text = self._text(holder, id, selections) if any(s.tag in _IN_TEXT for s in selections) else None
            points = {guid_of(e.get("guid")): e.get("position") for e in holder.iterfind("SyncPoint")}
            for selection in selections:
                self._passages += 1
                made = self._passage(selection, text, points)
                if made is None:
                    wordless += 1
                elif made.id in passages:
                    passages[made.id] = _joined(passages[made.id], made)
                else:
                    passages[made.id] = made
        if wordless:
            self.left.append(
                f"codes {wordless} place{'s' * (wordless != 1)} in the {kind} of source {id} that "
                f"{'has' if wordless == 1 else 'have'} no words to quote; only the codes are counted."
            )
        whole = [*self._codings(element)]
        for selection in element.iterfind("*"):
            if selection.tag in SELECTIONS and f"x-{own_guid(selection)}" not in passages:
                whole += self._codings(selection)
        return Source(
            id,
            name,
            number,
            "sources",
            (name, guid, id),
            facts.get(guid, {}),
            tuple(passages.values()),
            tuple(dict.fromkeys(whole)),
        )

    def _passage(self, selection: Element, text: str | None, points: dict[str, str | None]) -> Passage | None:
        """A selection that has words or a position in a text; None for one in a picture, a sound or a film."""
        id = f"x-{own_guid(selection)}"
        codings = tuple(self._codings(selection))
        if selection.tag in _IN_TEXT:
            if selection.tag == "PlainTextSelection":
                start, end = _whole(selection.get("startPosition")), _whole(selection.get("endPosition"))
            else:
                start = _whole(points.get(guid_of(selection.get("fromSyncPoint"))))
                end = _whole(points.get(guid_of(selection.get("toSyncPoint"))))
            if start is None or end is None or start > end or (text is not None and end > len(text)):
                self.odd[_OUTSIDE] += 1
                return None
            words = quotable(text[start:end]) if text is not None else ""
            return Passage(id, self._passages, codings, start, end, words)
        inline = quotable(
            "\n".join(e.text or "" for e in selection.iterfind("Representation/PlainTextContent"))
        )
        return Passage(id, self._passages, codings, words=inline) if inline else None

    def _codings(self, holder: Element) -> Iterator[Coding]:
        for coding in holder.iterfind("Coding"):
            reference = coding.find("CodeRef")
            code = self.codes.get(guid_of(reference.get("targetGUID"))) if reference is not None else None
            if code is None:
                self.odd[_UNKNOWN] += 1
            else:
                user = guid_of(coding.get("creatingUser") or self.root.get("creatingUserGUID"))
                yield Coding(code.id, f"coder-{user[:8]}" if user else "")

    def _text(self, holder: Element, id: str, selections: list[Element]) -> str | None:
        """The text of a source, the line ends as its program counts them; None, and said, where it is not there."""
        text = holder.findtext("PlainTextContent")
        part = self._part(holder.get("plainTextPath"))
        if part:
            text = decoded(self.archive.read(part, MOST_TEXT))
            if text is None:
                self.left.append(
                    f"holds the text of source {id} in neither UTF-8 nor UTF-16; it is not read."
                )
        elif text is None and (rich := self._part(holder.get("richTextPath"))) and rich.endswith(".docx"):
            written = docx_text(self.archive.read(rich, MOST_TEXT))
            if selections and all(_begins(written, s) for s in selections):
                return written
            self.left.append(
                f"holds source {id} as a .docx document only, in which positions cannot be made sure of."
            )
        elif text is None and holder.get("plainTextPath"):
            self.left.append(
                f"does not hold the text of source {id}: of its passages only the positions are kept."
            )
        return fitting(text, selections) if text is not None else None

    def _part(self, path: str | None) -> str | None:
        """The part of the archive that a path of the project names; other files are never opened."""
        if not path or ("://" in path and not path.startswith("internal://")):
            return None
        wanted = path.removeprefix("internal://").replace("\\", "/").lstrip("/").lower()
        return next((n for n in (f"sources/{wanted}", wanted) if n in self.archive), None)


def quotable(text: str) -> str:
    """Words as a passage may hold them: breaks of pages and the like are line ends."""
    return _BREAKING.sub("\n", text).strip()


def fitting(text: str, selections: Iterable[Element]) -> str:
    """The text as the program that made the selections counted it.

    Positions are numbers of characters (Unicode code points). Programs differ in whether a mark at the beginning and
    both characters of a Windows line end count; where selections are named after their first words, those decide.
    """
    plain = text.removeprefix("\ufeff")
    chosen = list(selections)
    return max(
        (plain, plain.replace("\r\n", "\n"), text),
        key=lambda t: sum(_begins(t, selection) for selection in chosen),
    )


def _begins(text: str, selection: Element) -> int:
    """How well a passage begins with the words that its selection is named after: 0 not, 1 after a space, 2 at once."""
    start, end = _whole(selection.get("startPosition")), _whole(selection.get("endPosition"))
    name = "".join((selection.get("name") or "").rstrip("….").split())
    passage = text[start:end] if start is not None else ""
    if not name or not "".join(passage.split()).startswith(name):
        return 0
    return 1 if passage[0].isspace() else 2


def _joined(one: Passage, other: Passage) -> Passage:
    """One passage that a program wrote twice, for the page and for its text."""
    return Passage(
        one.id,
        one.row,
        tuple(dict.fromkeys((*one.codings, *other.codings))),
        one.start if one.start is not None else other.start,
        one.end if one.end is not None else other.end,
        one.words if one.start is not None or not other.words else other.words,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None
