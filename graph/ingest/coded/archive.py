"""Untrusted zip files and XML, read in memory only: sizes are counted while inflating, DOCTYPE is refused before parsing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from pathlib import Path

from graph.ingest.reading import Unreadable

MOST_XML = 64 * 1024 * 1024
MOST_TEXT = 32 * 1024 * 1024
MOST_INFLATED = 512 * 1024 * 1024
MOST_ELEMENTS = 1_000_000
MOST_DEPTH = 100
MOST_PARTS = 20_000

_FORBIDDEN = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class Archive:
    """A zip file whose parts are read by name, without regard to capitals; nothing is ever written to disk."""

    def __init__(self, path: Path):
        """Raises Unreadable for a file that is not a zip file or has too many parts."""
        self._inflated = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            raise Unreadable(
                "is not a zip file.", "Export it again from the program it comes from."
            ) from None
        parts = self._zip.infolist()
        if len(parts) > MOST_PARTS:
            self.close()
            raise Unreadable(f"has more than {MOST_PARTS:,} parts.", "Split the project.")
        self._parts = {part.filename.replace("\\", "/").lower(): part for part in reversed(parts)}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of the parts, in lower case."""
        return sorted(self._parts)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def read(self, name: str, most: int) -> bytes:
        """One part. Raises Unreadable where it is not there, cannot be unpacked, or unpacks to too much."""
        part = self._parts.get(name.lower())
        if part is None:
            raise Unreadable(f"has no {name} in it.")
        try:
            with self._zip.open(part) as stream:
                data = stream.read(most + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
            ValueError,
        ):
            raise Unreadable(
                "has a part that cannot be unpacked, or needs a password.",
                "Export it again, without a password.",
            ) from None
        self._inflated += len(data)
        if len(data) > most or self._inflated > MOST_INFLATED:
            raise Unreadable(f"unpacks to more than {most // 1024**2} MB.", "Split the project.")
        return data


def decoded(data: bytes) -> str | None:
    """Text of a file in UTF-8 or UTF-16, its line ends as they are; None where it is neither."""
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if utf16 else "utf-8")
    except UnicodeDecodeError:
        return None


def parsed(data: bytes, what: str) -> ET.Element:
    """The root of an XML document. Raises Unreadable for anything that is not plain XML of bounded size and depth."""
    text = decoded(data)
    if text is None:
        raise Unreadable(f"has a {what} that is not text in UTF-8.", "Export it again.")
    if _FORBIDDEN.search(text):
        raise Unreadable(
            f"has a {what} with a document type, which is not read for safety.", "Export it again."
        )
    builder = _Bounded(what)
    parser = ET.XMLParser(target=builder, encoding="utf-8")  # noqa: S314 (DOCTYPE is refused above)
    plain = text.removeprefix("\ufeff").encode()
    try:
        for start in range(0, len(plain), 1 << 16):
            parser.feed(plain[start : start + (1 << 16)])
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        line = error.position[0]
        raise Unreadable(
            f"has a {what} that is not well-formed XML in line {line}.", "Export it again."
        ) from None
    return root


class _Bounded(ET.TreeBuilder):
    """A builder of trees that stops at too many or too deeply nested elements."""

    def __init__(self, what: str):
        super().__init__()
        self._what, self._depth, self._count = what, 0, 0

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        """Open an element, its namespace left out. Raises Unreadable beyond the bounds."""
        self._depth, self._count = self._depth + 1, self._count + 1
        if self._depth > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise Unreadable(
                f"has a {self._what} that is nested too deeply or too large.", "Split the project."
            )
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> ET.Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag.rpartition("}")[2])
