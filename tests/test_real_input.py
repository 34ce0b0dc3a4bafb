"""Published files as they are: loaded through the shipped mappings, counted and spot-checked by hand.

The files stand in ../shared/data beside the repository, which holds no copy of them; without them these tests are skipped.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph.dataset import Dataset
from graph.evidence import evidence
from graph.ingest.load import LoadReport, load
from graph.store import open_store
from ontology.terms import JU, ORG

BASE = "https://joinedup.example/id"
YEARS = (2014, 2017, 2019, 2021, 2022)
# Counted by hand in the files: green, amber/green, amber, amber/red, red, and those without a rating.
RATINGS = {
    2014: (17, 54, 63, 37, 4, 24),
    2017: (5, 23, 71, 34, 4, 6),
    2019: (4, 18, 66, 38, 4, 3),
    2021: (12, 29, 84, 44, 7, 8),
    2022: (24, None, 170, None, 27, 14),
}
COLOURS = ("green", "amber-green", "amber", "amber-red", "red")

Loads = dict[int, tuple[Dataset, LoadReport]]


@pytest.fixture(scope="module")
def years(real: Path) -> Loads:
    found = {}
    for year in YEARS:
        store = open_store("memory")
        report = load(store, [real / "gmpp" / f"uk_{year}.csv"], mapping="gmpp")
        found[year] = store.dataset(), report
    return found


@pytest.fixture(scope="module")
def organisations(real: Path) -> tuple[Dataset, LoadReport]:
    store = open_store("memory")
    path = real / "govuk-organisations" / "gov.uk_api_organisations.json"
    report = load(store, [path], mapping="govuk-organisations")
    return store.dataset(), report


def things(dataset: Dataset, kind: str) -> set[str]:
    return {row["thing"] for row in dataset.select("listed", type=NamedNode(kind))}


def links(dataset: Dataset, predicate: str) -> set[tuple[str, str]]:
    quads = {q for q in dataset.backup_quads() if q.predicate.value == predicate}
    return {(str(q.subject)[1:-1].rsplit("/", 1)[1], str(q.object)[1:-1].rsplit("/", 1)[1]) for q in quads}


def status_of(dataset: Dataset, name: str) -> dict[str, str]:
    """The assessment of the programme with this name, by the short names of its properties."""
    (programme,) = (iri for iri, label in dataset.labels.items() if label == name and "/programme/" in iri)
    (status,) = (
        q.subject
        for q in dataset.backup_quads()
        if q.predicate.value == str(JU.assesses) and str(q.object) == f"<{programme}>"
    )
    return {t.predicate.value.rsplit("#", 1)[-1]: str(t.object) for t in dataset.describe(str(status)[1:-1])}


@pytest.mark.parametrize("year", YEARS)
def test_every_project_of_a_year_has_its_rating_or_its_reason_and_never_both(years: Loads, year: int) -> None:
    dataset, report = years[year]
    expected = RATINGS[year]
    total = sum(n or 0 for n in expected)
    assert {w.reason for w in report.warnings} <= {"More than one organisation answers for this programme."}
    assert report.sources[0].rows["programmes"] == report.sources[0].rows["statuses"] == total
    scheme = "rating-3" if year == 2022 else "rating-5"
    ratings = Counter(str(q.object) for q in dataset.backup_quads() if q.predicate.value == str(JU.rating))
    assert ratings == {
        f"<https://w3id.org/joinedup/concept/{scheme}/{colour}>": n
        for colour, n in zip(COLOURS, expected, strict=False)
        if n
    }
    rated = {q.subject for q in dataset.backup_quads() if q.predicate.value == str(JU.rating)}
    withheld = {q.subject for q in dataset.backup_quads() if q.predicate.value == str(JU.withheldReason)}
    assert len(withheld) == expected[-1]
    assert not rated & withheld
    assert len(rated | withheld) == len(things(dataset, str(JU.StatusAssessment))) == total


def test_the_years_have_as_many_projects_as_were_published(years: Loads) -> None:
    assert {y: len(things(years[y][0], str(JU.Programme))) for y in YEARS} == {
        2014: 199,
        2017: 143,
        2019: 133,
        2021: 184,
        2022: 235,
    }


@pytest.mark.parametrize("year", YEARS)
def test_every_project_is_led_and_no_department_is_unknown(years: Loads, year: int) -> None:
    dataset, _ = years[year]
    led = {programme for programme, _ in links(dataset, str(JU.ledBy))}
    assert {iri.rsplit("/", 1)[1] for iri in things(dataset, str(JU.Programme))} == led


def test_one_project_of_2021_is_led_by_two_departments_and_no_other_project_by_more_than_one(
    years: Loads,
) -> None:
    led = {
        year: Counter(programme for programme, _ in links(years[year][0], str(JU.ledBy))) for year in YEARS
    }
    shared = [(year, programme) for year in YEARS for programme, n in led[year].items() if n > 1]
    assert [year for year, _ in shared] == [2021]
    dataset, programme = years[2021][0], shared[0][1]
    assert dataset.label(f"{BASE}/programme/{programme}") == "NO2 Reduction"
    assert {department for p, department in links(dataset, str(JU.ledBy)) if p == programme} == {
        "department-for-environment-food-rural-affairs",
        "department-for-transport",
    }


def test_assessments_hold_as_at_the_september_before_or_the_march_of_the_report(years: Loads) -> None:
    days = {
        year: {
            str(q.object)[1:11]
            for q in years[year][0].backup_quads()
            if q.predicate.value == str(JU.assessedOn)
        }
        for year in YEARS
    }
    assert days == {
        2014: {"2013-09-30"},
        2017: {"2016-09-30"},
        2019: {"2018-09-30"},
        2021: {"2021-03-31"},
        2022: {"2022-03-31"},
    }


@pytest.mark.parametrize(
    ("year", "name", "expected"),
    [
        (2014, "FE Capital Investment Programme", {"plannedStart": "2010-05-31", "plannedEnd": "2015-09-01", "yearBudget": "450.37", "yearForecast": "450.37", "wholeLifeCost": "5609.46"}),
        (2014, "HE Reform Programme", {"yearBudget": "970", "yearForecast": "1180", "wholeLifeCost": "4600"}),
        (2014, "Green Investment Bank", {"yearBudget": "0", "yearForecast": "0", "wholeLifeCost": "278"}),
        (2017, "New Polar Research Vessel", {"plannedStart": "2014-05-01", "yearBudget": "63", "yearForecast": "71.5", "wholeLifeCost": "1403"}),
        (2017, "Rail Franchising Programme", {"yearBudget": "-74.9", "wholeLifeCost": "-7169.2"}),
        (2017, "A303 Amesbury to Berwick Down", {"plannedStart": "2014-12-01"}),
        (2019, "Heat Networks Investment Project", {"plannedStart": "2015-11-25", "plannedEnd": "2021-03-31", "yearBudget": "10.4", "yearForecast": "7.89", "wholeLifeCost": "371.8"}),
        (2021, "Maritime Patrol Aircraft", {"plannedStart": "2014-07-08", "plannedEnd": "2024-04-01", "yearBudget": "654.46", "yearForecast": "654.11", "wholeLifeCost": "2013.02"}),
        (2022, "Submarine Dismantling Project", {"plannedStart": "2013-03-29", "yearBudget": "33.73", "yearForecast": "33.73", "wholeLifeCost": "278"}),
        (2022, "10,000 Additional Prison Places", {"plannedEnd": "2027-03-30", "yearBudget": "50.34", "yearForecast": "48.91", "wholeLifeCost": "32614"}),
    ],
)  # fmt: skip
def test_dates_and_money_are_what_a_reader_sees_in_the_file(
    years: Loads, year: int, name: str, expected: dict[str, str]
) -> None:
    found = status_of(years[year][0], name)
    assert {key: found.get(key, "").split('"')[1] for key in expected} == expected


def test_the_rating_is_the_authoritys_else_that_of_the_senior_owner(years: Loads) -> None:
    dataset = years[2022][0]
    assert status_of(dataset, "Submarine Dismantling Project")["rating"].endswith("rating-3/amber>")
    assert status_of(dataset, "10,000 Additional Prison Places")["rating"].endswith("rating-3/amber>")


def test_what_was_withheld_is_neither_zero_nor_a_rating_nor_a_date(years: Loads) -> None:
    words = ("exempt", "reset", "no dca", "not provided", "n/a", "tbc", "early planning")
    for year in YEARS:
        for quad in years[year][0].backup_quads():
            name = quad.predicate.value.rsplit("#", 1)[-1]
            if name in (
                "plannedStart",
                "plannedEnd",
                "wholeLifeCost",
                "yearBudget",
                "yearForecast",
                "rating",
                "ledBy",
            ):
                assert not any(word in str(quad.object).lower() for word in words), quad
    dataset = years[2014][0]
    reasons = Counter(
        str(q.object).split('"')[1][:6]
        for q in dataset.backup_quads()
        if q.predicate.value == str(JU.withheldReason)
    )
    assert reasons == {"Exempt": 8, "Data e": 6, "Date e": 1, "No DCA": 8, "Reset": 1}
    costs = Counter(q.predicate.value.rsplit("#", 1)[-1] for q in dataset.backup_quads())
    assert (costs["wholeLifeCost"], costs["yearBudget"]) == (199 - 16, 199 - 10)


def test_all_years_load_together_and_a_project_with_a_number_keeps_its_identity(real: Path) -> None:
    store = open_store("memory")
    report = load(store, [real / "gmpp" / f"uk_{year}.csv" for year in YEARS], mapping="gmpp")
    assert sum(source.rows["statuses"] for source in report.sources) == 199 + 143 + 133 + 184 + 235
    dataset = store.dataset()
    statuses = Counter(programme for _, programme in links(dataset, str(JU.assesses)))
    assert len(statuses) < 894
    assert max(statuses.values()) >= 2
    assert load(store, [real / "gmpp" / "uk_2022.csv"], mapping="gmpp").sources[0].outcome == "unchanged"


def test_every_organisation_on_govuk_with_its_parents(organisations: tuple[Dataset, LoadReport]) -> None:
    dataset, report = organisations
    assert report.sources[0].records == len(things(dataset, str(ORG.Organization))) == 1254
    parents = links(dataset, str(ORG.subOrganizationOf))
    assert len(parents) == 852 - 1
    assert sum(n > 1 for n in Counter(child for child, _ in parents).values()) == 45
    known = {iri.rsplit("/", 1)[1] for iri in things(dataset, str(ORG.Organization))}
    assert {parent for _, parent in parents} <= known


def test_links_that_lead_nowhere_are_left_out_with_a_warning_each(
    organisations: tuple[Dataset, LoadReport],
) -> None:
    _, report = organisations
    assert [(w.column, w.value, w.severity) for w in report.warnings] == [
        ("parent_organisations.id", "scotland-office", "warning"),
        ("superseding_organisations.id", "scotland-office", "warning"),  # of the organisation
        ("superseding_organisations.id", "scotland-office", "warning"),  # of what became of it
    ]


def test_what_became_of_a_department_is_read_from_either_side(
    organisations: tuple[Dataset, LoadReport],
) -> None:
    dataset, _ = organisations
    replaced = links(dataset, str(JU.replacedBy))
    assert len(replaced) == 286 - 1
    beis = "department-for-business-energy-and-industrial-strategy"
    assert {new for old, new in replaced if old == beis} == {
        "department-for-energy-security-and-net-zero",
        "department-for-science-innovation-and-technology",
        "department-for-business-and-trade",
    }
    assert {old for old, new in replaced if new == beis} == {
        "department-for-business-innovation-skills",
        "department-of-energy-climate-change",
    }


def test_every_closed_organisation_has_one_change_of_the_published_kind(
    organisations: tuple[Dataset, LoadReport],
) -> None:
    dataset, report = organisations
    assert report.sources[0].rows["changes"] == len(things(dataset, str(ORG.ChangeEvent))) == 589
    assert Counter(kind for _, kind in links(dataset, str(JU.changeKind))) == {
        "closed": 342,  # of 344 that “no longer exist”, two have a successor
        "replaced": 63 + 2,
        "devolved": 60,
        "renamed": 57,
        "merged": 42,
        "split": 14,
        "left-government": 9,
    }
    dated = [q for q in dataset.backup_quads() if q.predicate.value == str(JU.changedOn)]
    assert len(dated) == 164
    after = {event for event, _ in links(dataset, str(ORG.resultingOrganization))}
    kinds = dict(links(dataset, str(JU.changeKind)))
    assert not [event for event in after if kinds[event] == "closed"]


def test_beis_split_into_three_in_one_event(organisations: tuple[Dataset, LoadReport]) -> None:
    dataset, _ = organisations
    beis = "department-for-business-energy-and-industrial-strategy"
    (event,) = (e for e, before in links(dataset, str(ORG.originalOrganization)) if before == beis)
    assert dict(links(dataset, str(JU.changeKind)))[event] == "split"
    assert {o for e, o in links(dataset, str(ORG.resultingOrganization)) if e == event} == {
        "department-for-energy-security-and-net-zero",
        "department-for-science-innovation-and-technology",
        "department-for-business-and-trade",
    }
    assert dataset.label(f"{BASE}/change/{event}").endswith(": split")


def test_the_shipped_extract_agrees_with_the_published_file(years: Loads, example_folder: Path) -> None:
    store = open_store("memory")
    load(store, [example_folder.parent / "major-projects"])
    shipped, published = store.dataset(), years[2014][0]
    for predicate in (
        JU.rating,
        JU.plannedStart,
        JU.plannedEnd,
        JU.wholeLifeCost,
        JU.yearBudget,
        JU.yearForecast,
    ):
        counts = [
            Counter(str(q.object) for q in d.backup_quads() if q.predicate.value == str(predicate))
            for d in (shipped, published)
        ]
        assert counts[0] == counts[1], predicate


WHERE_TODAY = """
    SELECT ?then ?today (COUNT(DISTINCT ?programme) AS ?programmes) WHERE {
      ?programme ju:ledBy ?then . ?then a ju:Department ; ju:replacedBy* ?today .
      FILTER NOT EXISTS { ?today ju:replacedBy ?later }
    } GROUP BY ?then ?today ORDER BY ?then ?today
"""


@pytest.fixture(scope="module")
def together(real: Path) -> Dataset:
    """Two years of projects and the organisations, in one store."""
    store = open_store("memory")
    load(store, [real / "gmpp" / "uk_2021.csv", real / "gmpp" / "uk_2022.csv"], mapping="gmpp")
    load(
        store, [real / "govuk-organisations" / "gov.uk_api_organisations.json"], mapping="govuk-organisations"
    )
    return store.dataset()


def test_what_beis_led_is_found_where_it_is_today_by_one_property_path(together: Dataset) -> None:
    rows = [row for row in together.solutions(WHERE_TODAY)[1] if row["then"].endswith("industrial-strategy")]
    assert [together.label(row["today"]) for row in rows] == [
        "Department for Business and Trade",
        "Department for Energy Security and Net Zero",
        "Department for Science, Innovation and Technology",
    ]
    assert all(int(row["programmes"]) > 20 for row in rows)


def test_a_project_with_a_number_stays_one_programme_from_year_to_year(together: Dataset) -> None:
    both = {row["thing"] for row in together.select("listed", type=NamedNode(str(JU.Programme)))}
    polar = f"{BASE}/programme/bis-0014-1415-q3"
    assert polar in both
    assessed = [
        q
        for q in together.backup_quads()
        if q.predicate.value == str(JU.assesses) and str(q.object) == f"<{polar}>"
    ]
    assert len({str(q.subject) for q in assessed}) == 2


def test_a_project_that_moved_department_is_one_programme_that_each_led_in_its_year(
    together: Dataset,
) -> None:
    then, now = (
        f"{BASE}/organisation/{id}"
        for id in (
            "ministry-of-housing-communities-and-local-government-2018-2021",
            "department-for-levelling-up-housing-and-communities",
        )
    )
    before, after = (evidence(together, day).leads for day in (date(2021, 3, 31), date(2022, 3, 31)))
    moved = {p for p in after if then in before[p] and now in after[p]}
    assert moved
    for programme in moved:
        assert (before[programme], after[programme]) == ({then}, {now})
        parts = {q.subject for q in together.referring(programme, str(JU.inProgramme))}
        assert len(parts) == 2


def test_a_project_of_two_departments_is_seen_to_be_led_by_both(together: Dataset) -> None:
    (both,) = (leads for leads in evidence(together, date(2021, 3, 31)).leads.values() if len(leads) == 2)
    assert {lead.rsplit("/", 1)[1] for lead in both} == {
        "department-for-environment-food-rural-affairs",
        "department-for-transport",
    }
