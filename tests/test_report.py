"""The report of a deep dive: what it tells, in the three forms, and that no word of the data becomes markup."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.report import Bar, Part, Report, report
from tests.conftest import Loaded
from visualisations.report import FORMS, as_docx, as_html, as_pdf

HOSTILE = '<script>alert(1)</script> #import "x" $1$ *b* \\u{202e} ]] {{ 7*7 }}'


@pytest.fixture
def early_help(example: Dataset) -> Report:
    return report(example, "early-help-for-families")


def test_it_tells_the_sample_the_barriers_and_who_acts_as_the_example_has_them(early_help: Report) -> None:
    parts = {part.id: part for part in early_help.parts}
    assert len(early_help.questions) == 2
    assert parts["sample"].words[0] == "15 interviews at 6 of 6 levels."
    assert parts["short"].words[0] == (
        "9 barriers stand: 5 borne out strongly, 2 moderately, 2 by a single source."
    )
    assert [row[1] for row in parts["barriers"].rows] == ["strong"] * 5 + ["moderate"] * 2 + [
        "single-source"
    ] * 2
    assert ("Agree the terms on which names may be sent", "Department for Work and Pensions", "2014-04-30", "overdue") in {
        row[3:] for row in parts["recommendations"].rows
    }  # fmt: skip


def test_the_picture_says_what_its_table_says(early_help: Report) -> None:
    barriers = next(part for part in early_help.parts if part.bars)
    assert [(bar.label, bar.strength, str(bar.value), str(bar.against)) for bar in barriers.bars] == [
        (row[0], row[1], row[2], row[5]) for row in barriers.rows
    ]


def test_it_is_as_of_the_day_that_is_asked_for(example: Dataset) -> None:
    early = report(example, "Early help for families", as_of=date(2014, 1, 20))
    assert early.as_of.isoformat() == "2014-01-20"
    assert early.parts[1].words[0] != "15 interviews at 6 of 6 levels."


def test_a_deep_dive_without_anything_is_still_a_report(loaded: Loaded) -> None:
    dataset = loaded(deep_dives="id,name,question,quarter\nempty,An empty one,Why?,2014-Q1\n")
    made = report(dataset, "empty")
    assert [part.words[0] for part in made.parts if part.id in ("short", "recommendations")] == [
        "No barrier was found that still stands.",
        "Nothing was recommended yet.",
    ]
    for written in FORMS.values():
        assert written(made)


def test_a_deep_dive_that_is_not_there_is_told_with_the_choices(example: Dataset) -> None:
    with pytest.raises(
        BadParameter, match=r"there is no deep dive “early”\. Choose from .*early-help-for-families"
    ):
        report(example, "early")


def test_the_pdf_is_tagged_and_says_its_language_and_title(early_help: Report) -> None:
    pdf = as_pdf(early_help)
    assert pdf.startswith(b"%PDF-")
    assert b"/MarkInfo" in pdf or b"/StructTreeRoot" in pdf
    assert b"en-GB" in pdf


def test_the_document_has_its_headings_tables_and_a_picture_with_words(early_help: Report) -> None:
    with ZipFile(io.BytesIO(as_docx(early_help))) as archive:
        text = archive.read("word/document.xml").decode()
        assert any(name.startswith("word/media/") for name in archive.namelist())
    root = ElementTree.fromstring(text)
    words = "".join(root.itertext())
    for part in early_help.parts:
        assert part.title in words
        for row in part.rows:
            assert all(cell in words for cell in row)
    assert re.search(r'descr="Independent interviews for each barrier\. Families', text)


def test_words_of_the_data_are_words_in_every_form(early_help: Report, tmp_path: Path) -> None:
    part = Part(
        "x",
        HOSTILE,
        (HOSTILE,),
        (HOSTILE, "b"),
        ((HOSTILE, "1"),),
        (HOSTILE,),
        (Bar(HOSTILE, 1, "strong", 0),),
    )
    hostile = Report(HOSTILE, (HOSTILE,), ((HOSTILE, HOSTILE),), (part,), early_help.as_of)
    page = as_html(hostile).decode()
    assert "<script" not in page
    assert "49" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S).replace("#49", "")
    assert as_pdf(hostile).startswith(b"%PDF-")
    with ZipFile(io.BytesIO(as_docx(hostile))) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    assert HOSTILE in "".join(root.itertext())


def test_the_page_asks_nothing_of_any_host(early_help: Report) -> None:
    page = as_html(early_help).decode()
    assert "default-src 'none'" in page
    assert not re.findall(r"""(?:src|href)\s*=|url\(|https?://""", page)
