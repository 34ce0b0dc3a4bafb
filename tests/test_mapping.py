"""Mappings: foreign tables of shapes never seen before, and what is said of a mapping that is not one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Triple

from graph.dataset import Dataset
from graph.errors import LoadRefused, NotFound
from graph.ingest.catalogue import Catalogue, slug
from graph.ingest.load import LoadReport, load
from graph.ingest.mapping import MappingRefused, load_mapping, shipped
from graph.store import open_store
from ontology.terms import JU

BASE = "https://joinedup.example/id"

YEAR_2020 = """\
GMPP ID Number,HO_0001_1920-Q1,DFT_0003_1213-Q1,MOD_0001_1112-Q2,,
Project Name,Emergency Radio,High Speed Rail,"Carriers
(formerly Ships)",,
Department,HO,DFT,MOD,,
IPA Delivery Confidence Assessment,Amber,Amber/ Red,Exempt under Section 26 of the Freedom of Information Act 2000,,
Description / Aims,To replace it,To build it,To sail it,,
Project - Start Date (Latest approved start date),01/06/2019,31/05/2010,Exempt under Section 26,,
Project - End Date (Latest approved end date),31/12/2025,TBC,31/12/2030,,
2019/20 TOTAL Baseline £m (including Non-Government Costs),£26.19,£1234.50,Exempt under Section 43,,
2019/20 TOTAL Forecast £m (including Non-Government Costs),£27.00,-£5.25,Exempt under Section 43,,
Whole Life Cost TOTAL Baseline £m (including Non-Government Costs),"£7,169.20","£55,700.00",Exempt under Section 43,,
,,,,,
* The whole life cost is in nominal prices,,,,,
"""
YEAR_2015 = """\
Project name,New Hospital,Care Records,Tax Credits,Both of Us
Department,DoH Capital,DoH Non Capital,HMRC,DEFRA & DFT
"MPA RAG rating
(A Delivery Confidence Assessment)",Green,Amber/Red,Reset,Amber
Project - Start Date,1/04/2010,30/09/2011,,1/012/2014
2014/2015 Budget (£million),10,0,#N/A,12.5
Total budgeted whole life costs (£million) (including non-government costs),100.5,Exempt under Section 43,Data not provided,£1.2bn
"""
YEAR_2018 = """\
project_name,department,colour_rating,start_date,end_date,yearly_budget,yearly_forecast,wlc_baseline_incl_NCG,year,report_category
"Roads, and Bridges",DfT,Amber/Green,01.04.15,31.03.21,£10.40,£7.89,£371.80,2018,Infrastructure and Construction
"Multi
line",BEIS,Red,30.06.08,Not provided,£0.00,"-£1,000.00","£12,343.96",2018,Government Transformation and Service Delivery
"""
YEAR_2023 = """\
year;project_number;project_name;department;report_category;IPA_rating;SRO_rating;start_date;end_date;total_baseline;forecast_incl_NGC;wlc_baseline_incl_NCG
2023;DESNZ_0001_2223-Q1;Heat Pumps;DESNZ;Infrastructure;;Amber;20.05.2020;31.12.2030;07. Sep;12.5;£1,500
2023;MOJ_0002_2223-Q1;New Courts;MOJ;Transformation;Red;Green;2021-01-31;Exempt under Section 43;£3.00;;Exempt under Section 43
2023;NEW_0003_2223-Q1;Ministry of New;MNEW;ICT;Green;;31/02/2020;2025-01-01;1;1;1
"""


def loaded(
    path: Path, text: str, mapping: str = "gmpp", encoding: str = "cp1252"
) -> tuple[Dataset, LoadReport]:
    path.write_bytes(text.encode(encoding))
    store = open_store("memory")
    report = load(store, [path], mapping=mapping)
    return store.dataset(), report


def said(dataset: Dataset, iri: str) -> dict[str, str]:
    """What is said of a thing, by the end of the property; several values joined."""
    found: dict[str, list[str]] = {}
    for triple in dataset.describe(f"{BASE}/{iri}"):
        assert not isinstance(triple.object, Triple)
        value = triple.object.value.removeprefix(BASE + "/").removeprefix(
            "https://w3id.org/joinedup/concept/"
        )
        found.setdefault(re.split("[#/]", triple.predicate.value)[-1], []).append(value)
    return {name: " ".join(sorted(values)) for name, values in found.items()}


def test_a_year_that_runs_across_with_numbers_above_the_names_and_empty_columns_beside(
    tmp_path: Path,
) -> None:
    dataset, report = loaded(tmp_path / "gmpp_2020.csv", YEAR_2020)
    assert report.warnings == []
    assert report.sources[0].rows == {"organisations": 3, "programmes": 3, "participations": 3, "statuses": 3}
    radio = said(dataset, "programme/ho-0001-1920-q1")
    assert (radio["prefLabel"], radio["ledBy"]) == ("Emergency Radio", "organisation/home-office")
    status = said(dataset, "status/dft-0003-1213-q1--2019-09-30")
    assert status["rating"] == "rating-5/amber-red"
    assert (status["plannedStart"], "plannedEnd" in status) == ("2010-05-31", False)
    assert (status["yearBudget"], status["yearForecast"], status["wholeLifeCost"]) == (
        "1234.5",
        "-5.25",
        "55700",
    )
    hidden = said(dataset, "status/mod-0001-1112-q2--2019-09-30")
    assert hidden["withheldReason"] == "Exempt under Section 26 of the Freedom of Information Act 2000"
    assert not {"rating", "plannedStart", "yearBudget", "wholeLifeCost"} & set(hidden)
    assert said(dataset, "programme/mod-0001-1112-q2")["prefLabel"] == "Carriers (formerly Ships)"
    assert status["wasDerivedFrom"].endswith("gmpp_2020.csv#col=3")


def test_a_year_that_runs_across_with_departments_split_by_kind_of_money(tmp_path: Path) -> None:
    dataset, report = loaded(tmp_path / "uk_2015.csv", YEAR_2015)
    assert [w.reason for w in report.warnings] == ["More than one organisation answers for this programme."]
    health = "organisation/department-of-health"
    assert said(dataset, "programme/department-of-health-new-hospital")["ledBy"] == health
    assert said(dataset, "programme/department-of-health-care-records")["ledBy"] == health
    both = said(dataset, "programme/department-for-environment-food-rural-affairs-both-of-us")
    assert (
        both["ledBy"]
        == "organisation/department-for-environment-food-rural-affairs organisation/department-for-transport"
    )
    for department in both["ledBy"].split():
        id = f"department-for-environment-food-rural-affairs-both-of-us--{department.split('/')[1]}--lead"
        part = said(dataset, f"participation/{id}")
        assert (part["participant"], part["seenOn"]) == (department, "2014-09-30")
        assert not {"from", "until"} & set(part)
    status = said(dataset, "status/department-for-environment-food-rural-affairs-both-of-us--2014-09-30")
    assert (status["plannedStart"], status["wholeLifeCost"], status["yearBudget"]) == (
        "2014-12-01",
        "1200",
        "12.5",
    )
    assert said(dataset, "status/hm-revenue-customs-tax-credits--2014-09-30")["withheldReason"] == "Reset"
    assert "yearBudget" not in said(dataset, "status/hm-revenue-customs-tax-credits--2014-09-30")
    assert said(dataset, "status/department-of-health-care-records--2014-09-30")["yearBudget"] == "0"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_a_year_that_runs_down_with_commas(tmp_path: Path, encoding: str) -> None:
    dataset, report = loaded(tmp_path / "anything.csv", YEAR_2018, encoding=encoding)
    assert report.warnings == []
    status = said(dataset, "status/department-for-transport-roads-and-bridges--2017-09-30")
    assert (status["rating"], status["plannedEnd"], status["yearForecast"]) == (
        "rating-5/amber-green",
        "2021-03-31",
        "7.89",
    )
    other = said(
        dataset, "status/department-for-business-energy-and-industrial-strategy-multi-line--2017-09-30"
    )
    assert (other["plannedStart"], other["yearForecast"], other["yearBudget"]) == ("2008-06-30", "-1000", "0")
    assert "plannedEnd" not in other
    assert (
        said(dataset, "programme/department-for-transport-roads-and-bridges")["category"]
        == "Infrastructure and Construction"
    )


def test_a_year_that_runs_down_with_semicolons_and_broken_cells_loads_with_warnings(tmp_path: Path) -> None:
    dataset, report = loaded(tmp_path / "uk_2023.csv", YEAR_2023, encoding="utf-8")
    told = {(w.row, w.column, w.value) for w in report.warnings}
    assert told == {(2, "total_baseline", "07. Sep"), (4, "start_date", "31/02/2020"), (4, None, None)}
    assert all(w.severity == "warning" for w in report.warnings)
    assert [w.remedy for w in report.warnings if w.value] == ["It is left out.", "It is left out."]
    assert any("mnew is not in the list" in w.reason for w in report.warnings)
    pumps = said(dataset, "status/desnz-0001-2223-q1--2023-03-31")
    assert (pumps["rating"], pumps["plannedStart"], pumps["wholeLifeCost"]) == (
        "rating-3/amber",
        "2020-05-20",
        "1500",
    )
    assert "yearBudget" not in pumps
    courts = said(dataset, "status/moj-0002-2223-q1--2023-03-31")
    assert courts["rating"] == "rating-3/red"
    assert said(dataset, "programme/new-0003-2223-q1")["ledBy"] == "organisation/mnew"


def test_the_same_project_in_two_years_is_one_programme_with_two_assessments(tmp_path: Path) -> None:
    store = open_store("memory")
    for year in (2018, 2019):
        path = tmp_path / f"uk_{year}.csv"
        path.write_text(YEAR_2018.replace(",2018,", f",{year},"), encoding="utf-8")
        load(store, [path], mapping="gmpp")
    assert (
        said(store.dataset(), "programme/department-for-business-energy-and-industrial-strategy-multi-line")[
            "prefLabel"
        ]
        == "Multi line"
    )
    assert said(
        store.dataset(),
        "status/department-for-business-energy-and-industrial-strategy-multi-line--2017-09-30",
    )
    assert said(
        store.dataset(),
        "status/department-for-business-energy-and-industrial-strategy-multi-line--2018-09-30",
    )


def test_an_abbreviation_means_the_body_that_had_it_on_the_day() -> None:
    departments = Catalogue("uk-departments")
    assert departments.id("DCMS", "2014-03-31") == "department-for-culture-media-and-sport"
    assert departments.id("DCMS", "2019-03-31") == "department-for-digital-culture-media-sport"
    assert departments.id("dcms", "2023-03-31") == "department-for-culture-media-and-sport"
    assert departments.id("MHCLG", "2019-03-31") != departments.id("MHCLG", "2025-03-31")
    assert departments.id("DH", "2014-03-31") == "department-of-health"
    assert departments.id("DH", "2019-03-31") == "department-of-health-and-social-care"
    assert departments.id("Ministry of Magic", "2014-03-31") == "ministry-of-magic"


def test_every_department_of_the_list_has_a_period_and_a_kind_that_exist() -> None:
    departments = Catalogue("uk-departments")
    assert len(departments._rows) >= 40
    for row in departments._rows:
        assert row["from"] < (row["until"] or "9999"), row["id"]
        assert departments.knows(row["id"])


def test_one_code_never_means_two_bodies_on_one_day() -> None:
    rows = Catalogue("uk-departments")._rows
    for row in rows:
        for code in row["codes"].split("|"):
            on_the_day = {
                r["id"]
                for r in rows
                if code in r["codes"].split("|") and r["from"] <= row["from"] <= (r["until"] or "9999")
            }
            assert on_the_day == {row["id"]}, code


def test_a_record_without_the_value_it_needs_is_skipped_as_a_footnote(tmp_path: Path) -> None:
    _, report = loaded(tmp_path / "uk_2018.csv", YEAR_2018 + ',,"* A footnote",,,,,,,\n')
    assert report.sources[0].records == 2


def test_a_file_that_the_mapping_does_not_know_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused) as refusal:
        loaded(tmp_path / "shopping.csv", "what,how many\neggs,6\n")
    (issue,) = refusal.value.issues
    assert issue.reason == "holds nothing that the mapping gmpp reads."
    assert "headers" in issue.remedy


def test_organisations_link_to_what_they_replaced_whichever_of_the_two_says_so(tmp_path: Path) -> None:
    text = """{"results": [
        {"title": "Old", "format": "Executive agency", "details": {"slug": "old", "closed_at": "2020-01-31T00:00:00Z"},
         "parent_organisations": [{"id": "https://x/api/new"}, {"id": "https://x/api/gone"}], "web_url": "https://x/old"},
        {"title": "New", "format": "Ministerial department", "details": {"slug": "new", "abbreviation": "N"},
         "superseded_organisations": [{"id": "https://x/api/old"}]}]}"""
    dataset, report = loaded(tmp_path / "organisations.json", text, "govuk-organisations", "utf-8")
    old = said(dataset, "organisation/old")
    assert old.pop("wasDerivedFrom").endswith("organisations.json#row=1")
    assert old.pop("type")
    assert old == {
        "prefLabel": "Old",
        "organisationKind": "organisation-kinds/executive-agency",
        "until": "2020-01-31",
        "replacedBy": "organisation/new",
        "subOrganizationOf": "organisation/new",
        "seeAlso": "https://x/old",
    }
    assert [(w.value, w.remedy) for w in report.warnings] == [("gone", "The link is left out.")]
    assert str(JU.Department) in said(dataset, "organisation/new")["type"].split()


@pytest.mark.parametrize(
    ("status", "after", "kind"),
    [
        ("changed_name", ["new"], "renamed"),
        ("replaced", ["new"], "replaced"),
        ("merged", ["new"], "merged"),
        ("split", ["new", "newer"], "split"),
        ("devolved", ["new"], "devolved"),
        ("left_gov", [], "left-government"),
        ("no_longer_exists", [], "closed"),
        ("no_longer_exists", ["new"], "replaced"),
    ],
)
def test_a_closed_organisation_makes_a_change_and_an_open_one_none(
    tmp_path: Path, status: str, after: list[str], kind: str
) -> None:
    details = {"slug": "old", "govuk_closed_status": status, "closed_at": "2020-01-31T00:00:00Z"}
    text = json.dumps(
        {
            "results": [
                {"title": "Old", "details": details, "superseding_organisations": [{"id": f"https://x/api/{a}"} for a in after]},
                {"title": "New", "details": {"slug": "new", "govuk_closed_status": None}},
                {"title": "Newer", "details": {"slug": "newer"}},
            ]
        }
    )  # fmt: skip
    dataset, report = loaded(tmp_path / "organisations.json", text, "govuk-organisations", "utf-8")
    assert report.warnings == []
    assert report.sources[0].rows == {"organisations": 3, "changes": 1}
    change = said(dataset, "change/old")
    assert change["originalOrganization"] == "organisation/old"
    assert change.get("resultingOrganization", "").split() == [f"organisation/{a}" for a in after]
    assert (change["changeKind"], change["changedOn"]) == (f"change-kinds/{kind}", "2020-01-31")
    assert said(dataset, "organisation/old").get("replacedBy", "").split() == [
        f"organisation/{a}" for a in after
    ]


# --- Mappings of one's own --------------------------------------------------------------------

OWN = """
title = "A list of ours"
[read]
headers = ["Scheme"]
redacted = 'n/?a|tba'
[let]
partner = { from = "Partners", split = '\\s*;\\s*' }
partner_id = { from = "partner", slug = true }
[[rows]]
table = "organisations"
each = "partner"
columns = { id = { from = "@each", slug = true }, name = "@each" }
[[rows]]
table = "programmes"
columns = { id = { from = "Scheme", slug = true }, name = "Scheme", lead = "partner_id", description = ["About", "Notes"], category = { from = "Kind", map = { "a" = "First" }, default = "Other" } }
"""
OWN_TABLE = "Our schemes 2014,,,,\nScheme,Partners,About,Notes,Kind\nFrüh & Gut,One; Two,TBA,Early help,A\nLate,One,,,b\n"


def test_a_mapping_of_ones_own_reads_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    dataset, report = loaded(tmp_path / "list.csv", OWN_TABLE, str(tmp_path / "ours.toml"), "utf-8")
    assert report.sources[0].rows == {"organisations": 2, "programmes": 2, "participations": 3}
    early = said(dataset, "programme/fruh-and-gut")
    assert (early["prefLabel"], early["ledBy"]) == ("Früh & Gut", "organisation/one organisation/two")
    assert early["description"] == "Early help"
    assert (early["category"], said(dataset, "programme/late")["category"]) == ("First", "b")


def test_a_strict_mapping_names_the_column_of_the_file_in_its_errors(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    with pytest.raises(LoadRefused) as refusal:
        loaded(
            tmp_path / "list.csv",
            OWN_TABLE.replace("Late", "La\u202ete"),
            str(tmp_path / "ours.toml"),
            "utf-8",
        )
    places = {(i.row, i.column) for i in refusal.value.issues}
    assert (4, "Scheme") in places


def test_a_changed_mapping_loads_the_same_file_anew(tmp_path: Path) -> None:
    table, mapping = tmp_path / "list.csv", tmp_path / "ours.toml"
    table.write_text(OWN_TABLE, encoding="utf-8")
    mapping.write_text(OWN, encoding="utf-8")
    store = open_store("memory")
    assert load(store, [table], mapping=str(mapping)).sources[0].outcome == "added"
    assert load(store, [table], mapping=str(mapping)).sources[0].outcome == "unchanged"
    mapping.write_text(OWN.replace("First", "Best"), encoding="utf-8")
    assert load(store, [table], mapping=str(mapping)).sources[0].outcome == "replaced"
    assert said(store.dataset(), "programme/fruh-and-gut")["category"] == "Best"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "is not TOML"),
        ('title = "x"\n', "rows"),
        ("frobnicate = 1\n" + OWN, "frobnicate"),
        (OWN.replace("'n/?a|tba'", "'(unclosed'"), "is not a pattern"),
        (OWN.replace("'\\s*;\\s*'", "'[a-'"), "is not a pattern"),
        (OWN.replace('table = "programmes"', 'table = "projects"'), "projects"),
        (OWN.replace("category =", "colour ="), "programmes.colour"),
        (OWN + '[[rows]]\ntable = "nothing"\n', "nothing"),
        (OWN.replace('lead = "partner_id"', 'lead = { from = "x", lookup = "no-such-list" }'), "there is no list “no-such-list”"),
        (OWN.replace('each = "partner"', 'each = "partner"\nlookup = "../../secrets"'), "there is no list"),
    ],
)  # fmt: skip
def test_a_mapping_with_a_mistake_is_refused_and_the_place_named(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingRefused) as refusal:
        load_mapping(str(tmp_path / "bad.toml"))
    assert any(says in str(issue) for issue in refusal.value.issues), refusal.value
    assert all(issue.file == "bad.toml" for issue in refusal.value.issues)


def test_a_mapping_that_is_not_there_is_answered_with_those_that_are() -> None:
    assert {"cfir", "gmpp", "govuk-organisations", "iati", "ocds", "oda-activities"} <= set(shipped())
    with pytest.raises(NotFound, match=", ".join(shipped())):
        load_mapping("gmp")


@given(st.text(max_size=300), st.text(max_size=300))
def test_an_id_made_from_words_is_an_id_short_and_its_own(one: str, other: str) -> None:
    made = slug(one)
    assert made
    assert len(made) <= 80
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not made.startswith("-")
    if len(one) > 200 and len(other) > 200 and one != other:
        assert slug(one) != slug(other) or len(set(one)) == 1


def test_long_names_that_begin_alike_get_ids_of_their_own() -> None:
    assert slug("a" * 100 + " north") != slug("a" * 100 + " south")
    assert slug("Ärger & Müh’ (2014)") == "arger-and-muh-2014"
    assert slug("東京") != slug("大阪")
