"""Pages of answers, to analyses and to SPARQL: numbers lead to their evidence, and "n of N" is said."""

from __future__ import annotations

from datetime import date

import pytest

from graph.analysis import Result, find_analysis
from graph.dataset import Dataset
from tests.pages.conftest import answer_page
from tests.pages.reader import read
from visualisations import answers
from visualisations.page import analysis_page, overview_page, sparql_page


def test_every_number_of_the_shared_blockers_leads_to_its_evidence(shown: Dataset) -> None:
    analysis = find_analysis("shared_blockers")
    rows = analysis.run(shown).rows
    [table] = read(answer_page(shown, "shared_blockers")).find("table", id="answer")
    evidenced = {i: c.evidence for i, c in enumerate(analysis.columns) if c.evidence}
    for line, row in zip(table.find("tbody")[0].find("tr"), rows, strict=True):
        cells = [node for node in line.children if node.name in ("th", "td")]
        for place, part in evidenced.items():
            [link] = cells[place].find("a")
            assert link.attributes["href"] == f"{row.barrier.iri.removeprefix(shown.base)}#{part}"


@pytest.mark.parametrize("name", ["missing_ties", "shared_blockers", "silo_overview"])
def test_an_answer_says_how_many_of_how_many(shown: Dataset, name: str) -> None:
    result = find_analysis(name).run(shown)
    shown_rows = result.rows[0].programmes if name == "silo_overview" else len(result.rows)
    assert f"{shown_rows} of {result.of} {result.of_what}" in read(answer_page(shown, name)).words()


def test_a_result_without_rows_is_said_to_have_none(shown: Dataset) -> None:
    analysis = find_analysis("shared_blockers")
    empty: Result[object] = Result([], 20, "standing barriers", "None.", date(2014, 5, 30))
    assert "0 of 20 standing barriers" in read(analysis_page(shown, analysis, {}, empty)).words()


def test_an_answer_of_one_row_is_a_summary_list(shown: Dataset) -> None:
    page = read(answer_page(shown, "shared_blockers", {"min_departments": "6"}))
    assert not page.find("table", id="answer")
    assert page.find("dl", **{"class": "summary"})[0].find("a", href="/id/barrier/late-figures#findings")


def test_a_long_answer_shows_its_first_rows_and_says_where_all_of_them_are(
    example: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_LONGEST", 3)
    shared = find_analysis("shared_blockers")
    result = shared.run(example)
    page = analysis_page(
        example, shared, {"min_departments": "1"}, shared.run(example, {"min_departments": "1"})
    )
    assert len(result.rows) > 3
    table = page[page.index('id="answer"') :].split("</table>")[0]
    assert table.count("<tr") == 1 + 3
    assert "; the first 3 are shown" in page
    assert 'href="/analyses/shared-blockers.csv?min_departments=1">All of them as CSV' in page


def test_what_is_true_or_not_is_said_in_words(shown: Dataset) -> None:
    [table] = read(answer_page(shown, "fix_first")).find("table", id="answer")
    assert {row.find("td")[-2].words() for row in table.find("tbody")[0].find("tr")} == {"yes"}


def test_the_form_of_an_analysis_holds_what_was_asked_and_its_limits(shown: Dataset) -> None:
    page = read(answer_page(shown, "shared_blockers", {"min_departments": "3", "as_of": "2014-04-01"}))
    [number] = page.find("input", name="min_departments")
    assert {k: number.attributes[k] for k in ("type", "value", "min", "max")} == {
        "type": "number",
        "value": "3",
        "min": "1",
        "max": "1000",
    }
    [day] = page.find("input", name="as_of")
    assert (day.attributes["type"], day.attributes["value"]) == ("date", "2014-04-01")
    assert page.find("a", href="/analyses/shared-blockers.csv?min_departments=3&as_of=2014-04-01")
    assert page.find("a", href="/analyses/shared-blockers.json?min_departments=3&as_of=2014-04-01")


def test_an_analysis_without_a_picture_has_a_page(shown: Dataset) -> None:
    declared = find_analysis("missing_ties")
    other = type(declared)("another_question", declared.function, declared.row, declared.parameters)
    page = read(analysis_page(shown, other, {}, declared.run(shown)))
    assert page.find("table", id="answer") and not page.find("figure")


def test_the_standing_barriers_of_the_first_page_lead_to_exactly_those(shown: Dataset) -> None:
    [link] = read(overview_page(shown)).find("a", href="/analyses/shared-blockers?min_departments=1")
    rows = find_analysis("shared_blockers").run(shown, {"min_departments": "1"}).rows
    assert link.words() == f"{len(rows)} standing barriers"


def test_sparql_results_say_how_many_and_keep_the_query() -> None:
    answer = (["s", "n"], [[("https://joinedup.example/id/barrier/x", "Late"), (None, "5")]] * 3, 40, 0.25, 2)
    page = read(sparql_page("SELECT ?s ?n", answer, None))
    assert page.find("textarea")[0].words() == "SELECT ?s ?n"
    assert "2 of 40 rows, in 0.25 seconds" in page.words()
    [table] = page.find("table", id="results")
    assert len(table.find("tbody")[0].find("tr")) == 2 and table.find("a", href="/id/barrier/x")
    assert page.find("a", href="/sparql?query=SELECT+%3Fs+%3Fn&format=csv") and page.find(
        "a", href="/sparql?question=40"
    )


def test_a_sparql_error_is_announced() -> None:
    page = read(sparql_page("SELECT", None, "Line 1: a variable is missing."))
    assert "Line 1: a variable is missing." in page.find("div", role="alert")[0].words()
