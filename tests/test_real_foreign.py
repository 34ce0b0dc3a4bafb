"""Published lists of activities, programmes and constructs through the shipped mappings; counted anew with plain csv and json.

The files stand in ../shared/data beside the repository, which holds no copy of them; without them these tests are skipped.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from graph.dataset import Dataset
from graph.ingest.load import LoadReport, load
from graph.store import open_store
from ontology.terms import JU, SKOS

# Read one by one among the 88 strings with commas: one partner each, whose name holds a comma.
ONE_NAME = (
    "City, University of London",
    "St George's, University of London",
    "Royal Holloway, Univ of London",
    "University of California, Berkeley",
    "University of Manchester, The",
    "World Bank, The",
    "Foreign, Commonwealth and Development Office",
    "Department for Business, Energy and Industrial Strategy",
)
Loaded = tuple[Dataset, LoadReport]


def loaded(path: Path, mapping: str) -> Loaded:
    store = open_store("memory")
    report = load(store, [path], mapping=mapping)
    return store.dataset(), report


@pytest.fixture(scope="module")
def activities(real: Path) -> list[dict[str, str]]:
    with (real / "modari" / "gov_activities.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def oda(real: Path) -> Loaded:
    return loaded(real / "modari" / "gov_activities.csv", "oda-activities")


def partners(text: str) -> set[str]:
    """The partners of one cell: names that hold a comma are marked before the rest is split, by hand's list."""
    for name in ONE_NAME:
        text = text.replace(name, name.replace(",", "\0"))
    found = {" ".join(part.replace("\0", ",").split()) for part in text.split(",")}
    return {
        re.sub(r"^UK - ", "", part).replace("Hygiene & Tropical", "Hygiene and Tropical") for part in found
    } - {""}


def labels(dataset: Dataset, predicate: object) -> dict[str, set[str]]:
    """The labels of the objects of a property, by the end of the subject's IRI."""
    found: dict[str, set[str]] = defaultdict(set)
    for quad in dataset.backup_quads():
        if quad.predicate.value == str(predicate):
            found[str(quad.subject)[1:-1].rsplit("/", 1)[1]].add(dataset.label(str(quad.object)[1:-1]))
    return found


def folded(names: set[str]) -> set[str]:
    return {re.sub(r"[\W_]+", "", name.casefold().replace("&", "and")) for name in names}


def test_the_file_of_activities_is_the_one_that_was_counted(activities: list[dict[str, str]]) -> None:
    strings = {row["partner"] for row in activities} - {""}
    used_by = defaultdict(set)
    for row in activities:
        used_by[row["partner"]].add(row["reporting_org"])
    assert (len(activities), len(strings), sum("," in s for s in strings)) == (5059, 559, 88)
    assert sum(len(by) > 1 for partner, by in used_by.items() if partner) == 36


def test_every_activity_is_a_programme_of_its_own_led_and_funded_by_its_department(
    activities: list[dict[str, str]], oda: Loaded
) -> None:
    dataset, report = oda
    assert report.sources[0].records == report.sources[0].rows["programmes"] == 5059
    leads, funders = labels(dataset, JU.ledBy), labels(dataset, JU.fundedBy)
    assert leads == funders
    assert sorted(Counter(name for names in leads.values() for name in names).values()) == sorted(
        Counter(row["reporting_org"] for row in activities).values()
    )
    assert all(len(names) == 1 for names in leads.values())
    assert len(leads) == 5059


def test_partners_are_split_at_commas_but_not_within_a_name(
    activities: list[dict[str, str]], oda: Loaded
) -> None:
    dataset, report = oda
    delivered = labels(dataset, JU.deliveredBy)
    for row in activities:
        expected = partners(row["partner"])
        if not re.fullmatch(r"[\w.-]+", row["iati_identifier"]):
            continue  # its id is made up; all others stand as published
        found = folded(delivered[row["iati_identifier"]])
        assert folded(expected) <= found, row["partner"]
        assert len(found) <= len(folded(expected)) + bool(row["extending_org"])
    everyone = set().union(*delivered.values())
    assert folded(set(ONE_NAME)) <= folded(everyone)
    assert {w.severity for w in report.warnings} == {"warning"}


def test_partners_that_several_departments_use_are_found_as_many_as_the_file_holds(
    activities: list[dict[str, str]], oda: Loaded
) -> None:
    dataset, _ = oda
    by_hand = defaultdict(set)
    for row in activities:
        extending = {re.sub(r"^UK - (.*?)(?: \(\w+\))?$", r"\1", row["extending_org"])}
        for name in folded(partners(row["partner"]) | extending - {""}):
            by_hand[name].add(row["reporting_org_ref"])
    leads, found = labels(dataset, JU.ledBy), defaultdict(set)
    for programme, names in labels(dataset, JU.deliveredBy).items():
        for name in folded(names):
            found[name] |= leads[programme]
    assert sum(len(by) > 1 for by in found.values()) == sum(len(by) > 1 for by in by_hand.values())
    assert len(found) == len(by_hand)


def test_the_federal_programmes_stand_by_agency_and_category(real: Path) -> None:
    folder = real / "us-federal-programs"
    programmes = json.loads((folder / "programs.json").read_text(encoding="utf-8"))
    tree = json.loads((folder / "categories.json").read_text(encoding="utf-8"))
    dataset, report = loaded(folder, "us-federal-programs")
    assert len(programmes) == 2650
    assert report.warnings == []
    led = Counter(name for names in labels(dataset, JU.ledBy).values() for name in names)
    assert led == Counter(p["agency"] for p in programmes)
    assert led["Department of Agriculture"] == 421
    grouped = Counter(q.object.value for q in dataset.backup_quads() if q.predicate.value == str(JU.category))  # type: ignore[union-attr]
    assert grouped == Counter(c for p in programmes for c in p["categories"])
    assert sum(grouped.values()) == 467
    broader = labels(dataset, SKOS.broader)
    assert len(broader) == sum(len(c["sub_categories"]) for c in tree) == 55
    pairs = Counter(name for names in broader.values() for name in names)
    assert pairs == Counter({c["title"]: len(c["sub_categories"]) for c in tree})


def test_the_constructs_of_the_framework_stand_in_three_levels(real: Path) -> None:
    tree = json.loads((real / "cfir" / "taxonomy.json").read_text(encoding="utf-8"))
    dataset, report = loaded(real / "cfir" / "taxonomy.json", "cfir")
    constructs = [c for domain in tree for c in domain["constructs"]]
    parts = [p for c in constructs for p in c.get("subconstructs", ())]
    assert report.warnings == []
    assert report.sources[0].rows == {"schemes": 1, "concepts": len(tree) + len(constructs) + len(parts)}
    broader = labels(dataset, SKOS.broader)
    assert len(broader) == len(constructs) + len(parts)
    assert broader["inner-setting-implementation-climate-tension-for-change"] == {"Implementation Climate"}
    assert broader["inner-setting-implementation-climate"] == {"Inner Setting"}
    defined = sum(
        q.predicate.value == str(SKOS.definition) and "/id/concept/" in str(q.subject)
        for q in dataset.backup_quads()
    )
    told = ("description", "decription")
    assert defined == sum(any(item.get(key) for key in told) for item in (*tree, *constructs, *parts))


def test_no_name_on_govuk_shows_signs_of_a_wrong_encoding(real: Path) -> None:
    path = real / "govuk-organisations" / "gov.uk_api_organisations.json"
    dataset, _ = loaded(path, "govuk-organisations")
    names = [label for iri, label in dataset.labels.items() if "/id/organisation/" in iri]
    assert len(names) == 1254
    assert not [name for name in names if re.search("[\x80-\x9f]|â", name)]


def test_projects_of_years_without_numbers_keep_ids_of_their_own(real: Path) -> None:
    """What is needed to recognise one that was renamed is there: department, group or dates, and cost."""
    for year, expected in ((2014, 199), (2017, 143), (2019, 133)):
        dataset, report = loaded(real / "gmpp" / f"uk_{year}.csv", "gmpp")
        assert report.sources[0].rows["programmes"] == expected
        said = Counter(q.predicate.value for q in dataset.backup_quads())
        assert said[str(JU.assesses)] == expected
        assert said[str(JU.ledBy)] >= expected
        for property_ in (JU.plannedStart, JU.plannedEnd, JU.wholeLifeCost):
            assert said[str(property_)] > expected * 0.7, (year, property_)
