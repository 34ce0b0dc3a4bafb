"""Pages of things: they show as much as the numbers that lead to them say, and what refers to the thing."""

from __future__ import annotations

import re
from collections.abc import Callable

from graph.analyses.department_openness import department_openness
from graph.analysis import find_analysis
from graph.dataset import Dataset
from tests.pages.reader import read
from visualisations.page import resource_page


def test_the_parts_that_numbers_lead_to_are_on_the_page_of_the_barrier(shown: Dataset) -> None:
    parts = {c.evidence for c in find_analysis("shared_blockers").columns if c.evidence}
    page = read(resource_page(shown, f"{shown.base}/id/barrier/late-figures"))
    assert parts <= {section.attributes.get("id") for section in page.find("section")}


def test_the_page_of_a_barrier_shows_as_many_findings_as_its_number_says(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/barrier/coverage-maps"))
    [table] = page.find("table", id="findings-table")
    [section] = page.find("section", id="findings")
    said = re.search(r"(\d+) findings from (\d+) interviews", section.words())
    row = next(
        r
        for r in find_analysis("shared_blockers").run(shown).rows
        if r.barrier.iri.endswith("/coverage-maps")
    )
    assert said and len(table.find("tbody")[0].find("tr")) == int(said[1])
    assert int(said[2]) == row.interviews
    assert {r.find("td")[0].words() for r in table.find("tbody")[0].find("tr")} == {"supports"}
    [disputes] = page.find("section", id="disputes")
    assert f"{row.disputed_by} sources dispute it" in disputes.words()


def test_a_removed_barrier_still_shows_what_was_found(loaded: Callable[..., Dataset]) -> None:
    dataset = loaded(
        organisations="id,name,kind\none,One,ministerial-department",
        programmes="id,name,lead\na,A,one",
        barriers="id,name,type,identified_on,removed_on\nx,Gone,silos,2014-01-01,2014-03-01",
        interviews="id,held_on,level,organisation,marking\ni,2014-02-01,local,one,official\nj,2014-04-01,local,one,official",
        findings="id,programme,barrier,stance,severity,interview,summary\nf,a,x,supports,5,i,It held us up.",
    )
    page = read(resource_page(dataset, f"{dataset.base}/id/barrier/x")).words()
    assert "It held us up." in page
    assert "It was removed; this is how it stood the day before." in page


def test_a_list_that_is_cut_says_so_and_leads_to_the_rest(loaded: Callable[..., Dataset]) -> None:
    programmes = "\n".join(f"p{i},Programme {i},one" for i in range(120))
    dataset = loaded(
        organisations="id,name,kind\none,One,ministerial-department", programmes=f"id,name,lead\n{programmes}"
    )
    page = read(resource_page(dataset, f"{dataset.base}/id/organisation/one"))
    assert "100 of 120 programmes" in page.words()
    assert page.find("a", href="/programmes?department=one")


def test_the_other_forms_of_a_thing_are_linked(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/source/deep-dive-barriers.csv"))
    assert page.find("a", href="/doc/source/deep-dive-barriers.csv.ttl")
    assert page.find("a", href="/doc/source/deep-dive-barriers.csv.jsonld")


def test_what_refers_to_a_thing_is_named_from_its_side(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/programme/work-programme"))
    titles = {dt.words() for dt in page.find("section", id="referring")[0].find("dt")}
    assert {"What it needs", "What it must provide", "Who takes part"} <= titles


def test_a_programme_and_its_department_show_the_ties_that_were_seen(shown: Dataset) -> None:
    row = department_openness(shown).rows[0]
    page = read(resource_page(shown, row.department.iri))
    rows = page.find("table", id="ties-table")[0].find("tbody")[0].find("tr")
    said = [row.find("td")[-1].words() for row in rows]
    assert said.count("within") >= row.internal > 0
    programme = read(resource_page(shown, f"{shown.base}/id/programme/work-programme"))
    assert "Work Programme" in programme.find("table", id="ties-table")[0].words()
