"""The report of a deep dive as one HTML page, a PDF or a Word document, each with the same words and picture."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import Any

from jinja2 import Template

from graph.errors import JoinedupError
from graph.report import Bar, Part, Report
from visualisations.rendering import environment
from visualisations.words import day

MARKING = "Rests on interviews held in confidence: handle as official"
_NEEDED = "A report as PDF or Word needs two more libraries: pip install 'joinedup[report]'. As .html it needs none."


def as_html(report: Report) -> bytes:
    """One page that opens anywhere and asks nothing of any host."""
    style = files("visualisations").joinpath("templates/report.css").read_text(encoding="utf-8")
    allowed = b64encode(sha256(style.encode()).digest()).decode()
    page: str = _page().render(
        report=report,
        style=style,
        allowed=allowed,
        marking=MARKING,
        as_of=day(report.as_of),
        most=max((bar.value for part in report.parts for bar in part.bars), default=1),
        alt=_alt,
    )
    return page.encode()


def as_pdf(report: Report) -> bytes:
    """A tagged PDF (PDF/UA-1). Raises JoinedupError where the library for it is not installed."""
    return _typeset("report", report, format="pdf", pdf_standards=["ua-1"])


def as_docx(report: Report) -> bytes:
    """A Word document. Raises JoinedupError where the libraries for it are not installed."""
    try:
        import docx
        from docx.shared import Cm, Pt
    except ImportError:
        raise JoinedupError(_NEEDED) from None
    document = docx.Document()
    document.core_properties.title = report.title
    document.core_properties.author = ""
    document.core_properties.language = "en-GB"
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Arial", Pt(10)
    document.sections[0].header.paragraphs[0].text = MARKING
    document.add_heading(report.title, 0)
    for question in report.questions:
        document.add_paragraph(question, "Subtitle")
    for name, value in report.facts:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(value)
    for part in report.parts:
        document.add_heading(part.title, 1)
        for words in part.words:
            document.add_paragraph(words)
        if part.bars:
            picture = document.add_picture(
                io.BytesIO(_typeset("report_picture", report, format="png", ppi=200)), Cm(15)
            )
            picture._inline.docPr.set("descr", _alt(part.bars))
        if part.rows:
            table = document.add_table(1, len(part.head), "Light List Accent 1")
            for cells, values in ((table.rows[0].cells, part.head), *((None, row) for row in part.rows)):
                for cell, value in zip(cells or table.add_row().cells, values, strict=True):
                    cell.text = value
        if part.care:
            document.add_paragraph().add_run("Read this with care").bold = True
            for words in part.care:
                document.add_paragraph(words, "List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_LINE = 105
"""How many letters a line of a table has in print."""
FORMS: Mapping[str, Callable[[Report], bytes]] = {".html": as_html, ".pdf": as_pdf, ".docx": as_docx}
"""How a report is written, by the ending of its file."""


@cache
def _page() -> Template:
    return environment().get_template("report.html")


def _typeset(template: str, report: Report, **options: Any) -> bytes:
    """What a Typst template makes of a report. It gets the words as data, so that none of them can be markup."""
    try:
        import typst
    except ImportError:
        raise JoinedupError(_NEEDED) from None
    told = asdict(report) | {"marking": MARKING, "as_of": None}
    told["parts"] = [
        asdict(part) | {"alt": _alt(part.bars), "widths": _widths(part)} for part in report.parts
    ]
    with as_file(files("visualisations").joinpath("templates")) as folder:
        made = typst.compile(
            str(folder / f"{template}.typ"),
            root=str(folder),
            sys_inputs={"report": json.dumps(told)},
            **options,
        )
    assert isinstance(made, bytes)
    return made


def _alt(bars: Sequence[Bar]) -> str:
    """The picture in words."""
    return "Independent interviews for each barrier. " + "; ".join(
        f"{bar.label}: {bar.value}, {bar.strength}" for bar in bars
    )


def _widths(part: Part) -> list[float]:
    """How wide the columns of a table are, in letters: room for the longest word of each, and more for long texts."""
    columns = list(zip(part.head, *part.rows, strict=True))
    least = [2 + max(len(word) for text in column for word in text.split() or [""]) for column in columns]
    wanted = [
        max(0, min(40, max(map(len, column)) // 2) - n) for column, n in zip(columns, least, strict=True)
    ]
    share = min(1, max(0, _LINE - sum(least)) / max(1, sum(wanted)))
    return [n + share * more for n, more in zip(least, wanted, strict=True)]
