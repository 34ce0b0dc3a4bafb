"""The words of a .docx document: its paragraphs, without notes, tables of contents or anything drawn."""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.etree.ElementTree import Element

from graph.ingest.coded.archive import MOST_TEXT, parsed
from graph.ingest.reading import Unreadable

_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n"}


def docx_text(data: bytes) -> str:
    """The text, one line a paragraph. Raises Unreadable for anything that is not a .docx document."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts, parts.open("word/document.xml") as stream:
            body = stream.read(MOST_TEXT + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        OSError,
    ):
        raise Unreadable("has a document that is not a .docx file.") from None
    if len(body) > MOST_TEXT:
        raise Unreadable(f"has a document that unpacks to more than {MOST_TEXT // 1024**2} MB.")
    document = parsed(body, "document")
    for run in document.iter("r"):
        for element in [e for e in run if e.tag in ("drawing", "pict", "AlternateContent", "object")]:
            run.remove(element)
    return "\n".join(_words(paragraph) for paragraph in document.iter("p"))


def _words(paragraph: Element) -> str:
    words = []
    for run in paragraph.iter("r"):
        for element in run:  # tab stops are not in runs
            words.append(element.text or "" if element.tag == "t" else _BREAKS.get(element.tag, ""))
    return "".join(words)
