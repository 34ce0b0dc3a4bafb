"""The matrix of departments and the page of a pair: what two departments share, and whether a tie was seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from graph.analyses.missing_ties import missing_ties
from graph.dataset import Dataset
from tests.conftest import REPOSITORY
from tests.pages.reader import read
from visualisations.page import matrix_page, pair_page

STATIC = REPOSITORY / "visualisations" / "static"


def test_the_matrix_has_every_pair_twice_and_heads_for_rows_and_columns(shown: Dataset) -> None:
    [table] = read(matrix_page(shown)).find("table", id="matrix")
    columns, rows = table.find("th", scope="col"), table.find("th", scope="row")
    assert len(columns) == len(rows) == 11
    assert len(table.find("tbody")[0].find("td")) == 11 * 11


def test_departments_with_one_abbreviation_between_them_are_told_apart(
    loaded: Callable[..., Dataset],
) -> None:
    dataset = loaded(
        organisations="id,name,abbreviation,kind\none,Culture then,DCMS,ministerial-department\ntwo,Culture now,DCMS,ministerial-department",
        programmes="id,name,lead\na,A,one\nb,B,two",
        ties="between,and,kind\na,b,joint-board",
    )
    heads = [th.words() for th in read(matrix_page(dataset)).find("th", scope="col")[:2]]
    assert heads == ["Culture now", "Culture then"]


def test_a_pair_with_reasons_and_without_a_tie_is_marked_in_words_and_shape(shown: Dataset) -> None:
    apart = next(row for row in missing_ties(shown).rows if row.ties == 0)
    tied = next(row for row in missing_ties(shown).rows if row.ties)
    [table] = read(matrix_page(shown)).find("table", id="matrix")
    for row, state in ((apart, "apart"), (tied, "tied")):
        ends = {row.department.iri.rsplit("/", 1)[-1], row.other.iri.rsplit("/", 1)[-1]}
        named = [
            (td, parse_qs(urlsplit(a.attributes["href"]).query))
            for td in table.find("td")
            for a in td.find("a")
        ]
        cells = [td for td, query in named if {*query["one"], *query["other"]} == ends]
        assert sorted(td.words() for td in cells) == sorted([str(row.required), str(row.ties)])
        assert all(state in td.attributes["class"].split() for td in cells)
        assert any("no tie seen" in td.find("a")[0].attributes["aria-label"] for td in cells) == (
            state == "apart"
        )
    css = (STATIC / "joinedup.css").read_text(encoding="utf-8")
    assert re.search(r"\.seen\.apart a.*dashed", css) and re.search(r"\.required\.apart a.*inset", css)


def test_a_pair_says_plainly_that_there_is_no_tie(shown: Dataset) -> None:
    ends = (
        f"{shown.base}/id/organisation/department-for-education",
        f"{shown.base}/id/organisation/department-of-health",
    )
    page = read(pair_page(shown, *ends)).words()
    assert (
        "share 3 barriers and have 2 dependencies between them. No working tie between them was seen." in page
    )
    for turned in (pair_page(shown, *ends), pair_page(shown, *reversed(ends))):
        assert len(read(turned).find("table", id="dependencies-table")[0].find("tbody")[0].find("tr")) == 2


def test_a_pair_shows_as_much_as_the_missing_ties_count(shown: Dataset) -> None:
    for row in missing_ties(shown).rows:
        page = read(pair_page(shown, row.department.iri, row.other.iri))
        barriers = [t for t in page.find("table") if t.attributes["id"].startswith("barrier-")]
        lines = {t.attributes["id"]: len(t.find("tbody")[0].find("tr")) for t in page.find("table")}
        assert (len(barriers), lines.get("dependencies-table", 0), lines.get("ties-table", 0)) == (
            row.shared_barriers,
            row.dependencies,
            row.ties,
        )
