"""Pictures on pages: each beside its table, lit by its rows, after the question, and with labels that fit."""

from __future__ import annotations

import pytest

from graph.dataset import Dataset
from tests.pages.conftest import HOSTILE, answer_page
from tests.pages.reader import read
from visualisations.lettering import width, wrapped


def test_every_picture_stands_beside_a_table_and_has_a_legend(pages: dict[str, str]) -> None:
    for name in ("departments", "missing_ties", "shared_blockers", "silo_overview"):
        page = read(pages[name])
        assert page.find("svg", role="group") and page.find("table"), name
        assert page.find("ul", **{"aria-label": "Legend"}), name


def test_the_marks_of_a_picture_are_lit_by_the_rows_of_its_table(pages: dict[str, str]) -> None:
    for name in ("departments", "missing_ties", "shared_blockers", "silo_overview"):
        page = read(pages[name])
        rows = {r.attributes["data-id"] for r in page.find("tr") if "data-id" in r.attributes}
        drawn = [
            n for svg in page.find("svg", role="group") for n in svg.every() if "data-on" in n.attributes
        ]
        assert rows and drawn, name
        assert rows <= {i for n in drawn for i in n.attributes["data-on"].split()}, name


def test_the_picture_follows_the_question(shown: Dataset) -> None:
    few, all_of_them = ({"min_departments": n} for n in ("4", "1"))
    counted = [
        len(read(answer_page(shown, "shared_blockers", p)).find("svg", role="group")[0].find("a"))
        for p in (few, all_of_them)
    ]
    assert counted[0] < counted[1]
    late, early = (
        read(answer_page(shown, "missing_ties", p))
        .find("svg", role="group")[0]
        .find("path", **{"class": "line line-apart"})
        for p in ({}, {"as_of": "2014-01-20"})
    )
    assert len(early) < len(late)


def test_no_label_of_the_department_network_touches_another(shown: Dataset) -> None:
    from visualisations.departments_drawing import departments_drawing

    boxes = []
    for mark in departments_drawing(shown).marks:
        wide = max(width(line, 14) for line in mark.lines)
        left = mark.text_x - {"start": 0.0, "middle": wide / 2, "end": wide}[mark.anchor]
        boxes.append((left, mark.text_y - 8, left + wide, mark.text_y + 8))
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        for a1, b1, a2, b2 in boxes[:i]:
            assert x2 <= a1 or a2 <= x1 or y2 <= b1 or b2 <= y1


def test_drawings_are_the_same_each_time(shown: Dataset) -> None:
    from visualisations.departments_drawing import departments_drawing

    assert departments_drawing.__wrapped__(shown) == departments_drawing.__wrapped__(shown)
    assert answer_page(shown, "shared_blockers") == answer_page(shown, "shared_blockers")


@pytest.mark.parametrize(
    "text", ["", "word", "many short words in a row that need several lines", "w" * 400, "漢字" * 60, HOSTILE]
)
def test_wrapped_words_fit(text: str) -> None:
    lines = wrapped(text, 120, 13)
    assert len(lines) <= 2
    assert all(width(line, 13) <= 120.01 for line in lines)
