"""Contracts (OCDS) and aid activities (IATI): who pays, who answers, who delivers which share. Invented organisations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.dataset import Dataset
from graph.errors import LoadRefused
from graph.ingest.load import LoadReport, load
from graph.store import open_store
from ontology.terms import JU

BASE = "https://joinedup.example/id"

PARTIES = [
    {"id": "1", "name": "Example Council", "identifier": {"scheme": "XX-LA", "id": "77"}, "roles": ["buyer", "procuringEntity"]},
    {"id": "2", "name": "North Works Ltd", "identifier": {"scheme": "XX-COH", "id": "100"}, "roles": ["supplier"]},
    {"id": "3", "name": "South, Works & Co", "roles": ["supplier"]},
    {"id": "4", "name": "Example Fund", "identifier": {"scheme": "XX-F", "id": "9"}, "roles": ["funder"]},
]  # fmt: skip
TENDER = {
    "ocid": "ocds-xx1-0001", "id": "r1", "date": "2020-01-01T00:00:00Z", "tag": ["tender"], "parties": PARTIES[:1],
    "buyer": {"id": "1", "name": "Example Council"},
    "tender": {"id": "t", "title": "Mend the roads", "description": "All of them.", "mainProcurementCategory": "works",
               "procuringEntity": {"id": "1", "name": "Example Council"}},
}  # fmt: skip
AWARD = {
    "ocid": "ocds-xx1-0001", "id": "r2", "date": "2020-03-01T00:00:00Z", "tag": ["award"], "parties": PARTIES,
    "awards": [
        {"id": "a1", "status": "active", "date": "2020-03-01T00:00:00Z", "value": {"amount": 750, "currency": "GBP"},
         "suppliers": [{"id": "2", "name": "North Works Ltd"}], "contractPeriod": {"startDate": "2020-04-01T00:00:00Z", "endDate": "2021-03-31T00:00:00Z"}},
        {"id": "a2", "status": "active", "date": "2020-03-01T00:00:00Z", "value": {"amount": 250, "currency": "GBP"},
         "suppliers": [{"id": "3", "name": "South, Works & Co"}], "contractPeriod": {"startDate": "2020-05-01T00:00:00Z"}},
        {"id": "a3", "status": "cancelled", "value": {"amount": 9000, "currency": "GBP"}, "suppliers": [{"id": "5", "name": "Never Ltd"}]},
    ],
}  # fmt: skip


def loaded(path: Path, text: str, mapping: str) -> tuple[Dataset, LoadReport]:
    path.write_text(text, encoding="utf-8")
    store = open_store("memory")
    report = load(store, [path], mapping=mapping)
    return store.dataset(), report


def parts(dataset: Dataset) -> set[tuple[str, str, str | None]]:
    """Organisation, role and share of every participation."""
    found: dict[str, dict[str, str]] = {}
    for quad in dataset.backup_quads():
        for name in ("participant", "role", "share"):
            if quad.predicate.value == str(JU[name]):
                found.setdefault(str(quad.subject), {})[name] = getattr(quad.object, "value", "")
    return {
        (p["participant"].rsplit("/", 1)[1], p["role"].rsplit("/", 1)[1], p.get("share"))
        for p in found.values()
    }


def values(dataset: Dataset, thing: str, name: str) -> set[str]:
    triples = dataset.describe(f"{BASE}/{thing}")
    return {getattr(t.object, "value", "") for t in triples if t.predicate.value.endswith(name)}


EXPECTED = {
    ("xx-la-77", "lead", None),
    ("xx-la-77", "funder", None),
    ("xx-f-9", "funder", None),
    ("xx-coh-100", "delivers", "0.75"),
    ("south-works-and-co", "delivers", "0.25"),
}


COMPILED = {**TENDER, **AWARD, "tag": ["compiled"]}
RECORD = {"ocid": TENDER["ocid"], "compiledRelease": COMPILED}
LINKED = {**RECORD, "releases": [{"url": "https://x.example/1", "date": "2020-01-01T00:00:00Z"}]}
EMBEDDED = {"ocid": TENDER["ocid"], "releases": [TENDER, AWARD]}
PACKED: dict[str, list[dict[str, Any]] | dict[str, Any]] = {
    "releases.json": {"releases": [TENDER, AWARD]},
    "newest-first.json": {"releases": [AWARD, TENDER]},
    "record.json": {"records": [EMBEDDED]},
    "compiled.json": {"records": [RECORD]},
    "with-links.json": {"records": [LINKED]},
    "bare-release.json": COMPILED,
    "bare-record.json": EMBEDDED,
    "bare-compiled.json": RECORD,
    "bare-with-links.json": LINKED,
    "list-of-releases.json": [TENDER, AWARD],
    "list-of-records.json": [RECORD],
    "list-of-packages.json": [{"releases": [TENDER]}, {"releases": [AWARD]}],
    "releases.jsonl": [TENDER, AWARD],
    "records.jsonl": [EMBEDDED],
    "compiled.ndjson": [LINKED],
    "packages.jsonl": [{"releases": [AWARD]}, {"records": [{"ocid": TENDER["ocid"], "releases": [TENDER]}]}],
}


@pytest.mark.parametrize("name", PACKED)
def test_a_contracting_process_is_one_programme_however_its_releases_are_packed(
    tmp_path: Path, name: str
) -> None:
    package = PACKED[name]
    text = json.dumps(package) if name.endswith(".json") else "".join(json.dumps(p) + "\n" for p in package)
    dataset, report = loaded(tmp_path / name, text, "ocds")
    assert report.sources[0].rows == {"organisations": 4, "programmes": 1, "participations": 5, "datasets": 1, "measurements": 2}  # fmt: skip
    assert parts(dataset) == EXPECTED
    road = "programme/ocds-xx1-0001"
    assert values(dataset, road, "prefLabel") == {"Mend the roads"}
    assert values(dataset, road, "category") == {"works"}
    assert values(dataset, road, "#from") == {"2020-04-01"}
    assert values(dataset, road, "#until") == {"2021-03-31"}
    assert values(dataset, "organisation/south-works-and-co", "prefLabel") == {"South, Works & Co"}


@pytest.mark.parametrize(
    "change",
    [
        {"value": {"amount": 250, "currency": "EUR"}},
        {"value": {"currency": "GBP"}},
        {"suppliers": [{"id": "2", "name": "North Works Ltd"}, {"id": "3", "name": "South, Works & Co"}]},
    ],
    ids=["two currencies", "an amount missing", "an award of two suppliers"],
)
def test_no_share_is_made_up_where_the_awards_do_not_say_it(tmp_path: Path, change: dict[str, Any]) -> None:
    first, second, _ = AWARD["awards"]  # type: ignore[misc]
    release = {**TENDER, **AWARD, "awards": [first, {**second, **change}]}
    dataset, _ = loaded(tmp_path / "contracts.json", json.dumps({"releases": [release]}), "ocds")
    assert {share for _, role, share in parts(dataset) if role == "delivers"} == {None}


def test_a_contract_in_the_older_standard_names_its_organisations_in_place(tmp_path: Path) -> None:
    release = {
        "ocid": "ocds-xx1-2", "id": "1", "date": "2016-01-01",
        "buyer": {"name": "Old Ministry", "identifier": {"scheme": "XX", "id": "5"}},
        "tender": {"title": "Pens", "procuringEntity": {"name": "Buying Agency"}},
        "awards": [{"id": "1", "suppliers": [{"name": "Pens & Co", "identifier": {"scheme": "YY", "id": "6"}}], "value": {"amount": 3, "currency": "EUR"}}],
    }  # fmt: skip
    dataset, _ = loaded(tmp_path / "old.json", json.dumps({"releases": [release]}), "ocds")
    assert parts(dataset) == {
        ("xx-5", "lead", None),
        ("xx-5", "funder", None),
        ("buying-agency", "co-owner", None),
        ("yy-6", "delivers", "1"),
    }


ACTIVITIES = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03" generated-datetime="2021-01-01T00:00:00Z">
  <iati-activity last-updated-datetime="2020-12-31T10:00:00Z" xml:lang="fr" default-currency="USD">
    <iati-identifier>XM-EX-1 A/B</iati-identifier>
    <reporting-org ref="XM-EX" type="10"><narrative>Example Aid Office</narrative></reporting-org>
    <title><narrative>Eau propre</narrative><narrative xml:lang="en">Clean water</narrative></title>
    <description type="2"><narrative>Objectives.</narrative></description>
    <description type="1"><narrative>Wells &amp; pipes.</narrative></description>
    <participating-org role="1" ref="XM-EX" percentage="60"><narrative>Example Aid Office</narrative></participating-org>
    <participating-org role="1" percentage="40"><narrative>Water Fund</narrative></participating-org>
    <participating-org role="2" ref="XX-MIN"><narrative>Ministry of Water</narrative></participating-org>
    <participating-org role="3" ref="XX-BANK"><narrative>Example Bank</narrative></participating-org>
    <participating-org role="4"><narrative>Wells, Inc</narrative></participating-org>
    <activity-status code="2"/>
    <activity-date iso-date="2019-01-01" type="1"/><activity-date iso-date="2019-02-03" type="2"/>
    <activity-date iso-date="2022-06-30" type="3"/>
    <recipient-country code="KE"><narrative>Kenya</narrative></recipient-country>
    <sector vocabulary="1" code="14030"><narrative>Basic drinking water</narrative></sector>
  </iati-activity>
  <iati-activity>
    <iati-identifier>XM-EX-2</iati-identifier>
    <reporting-org ref="XM-EX" type="10"><narrative>Example Aid Office</narrative></reporting-org>
    <title><narrative>Schools</narrative></title>
    <participating-org role="4" ref="XX-NGO"><narrative>Teach</narrative></participating-org>
    <activity-status code="1"/>
  </iati-activity>
</iati-activities>
"""


def test_an_aid_activity_is_a_programme_with_funders_a_lead_and_those_who_deliver(tmp_path: Path) -> None:
    dataset, report = loaded(tmp_path / "aid.xml", ACTIVITIES, "iati")
    assert report.sources[0].records == report.sources[0].rows["programmes"] == 2
    assert parts(dataset) == {
        ("xm-ex", "funder", "0.6"),
        ("water-fund", "funder", "0.4"),
        ("xx-min", "lead", None),
        ("xx-bank", "delivers", None),
        ("wells-inc", "delivers", None),
        ("xm-ex", "lead", None),  # of the second, where none is accountable
        ("xx-ngo", "delivers", None),
    }
    (water,) = (iri for iri, label in dataset.labels.items() if label == "Clean water")
    water = water.removeprefix(f"{BASE}/")
    assert water.startswith("programme/xm-ex-1-a-b-")
    assert values(dataset, water, "description") == {"Wells & pipes."}
    assert values(dataset, water, "category") == {"Basic drinking water"}
    assert (values(dataset, water, "#from"), values(dataset, water, "#until")) == (
        {"2019-02-03"},
        {"2022-06-30"},
    )
    assert values(dataset, water, "inArea") == {f"{BASE}/area/ke"}
    status = water.replace("programme/", "status/") + "--2020-12-31"
    assert values(dataset, status, "plannedStart") == {"2019-01-01"}
    assert values(dataset, status, "withheldReason") == {
        "No rating is published; the activity's status is: implementation"
    }


@pytest.mark.parametrize(
    "content", ["{}", '{"uri": "x"}', '[{"id": "r1"}]', '{"ocid": 7, "versionedRelease": {}}']
)
def test_a_file_without_a_contract_in_it_says_so(tmp_path: Path, content: str) -> None:
    if "ocid" in content:  # a contract of which nothing is told but its number
        dataset, _ = loaded(tmp_path / "contracts.json", content, "ocds")
        assert values(dataset, "programme/7", "prefLabel") == {"7"}
        return
    with pytest.raises(LoadRefused) as refusal:
        loaded(tmp_path / "contracts.json", content, "ocds")
    assert "holds nothing that the mapping ocds reads" in str(refusal.value.issues[0])


IN_ALL_ROLES = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03" xmlns:ex="https://example.org/ns#">
  <iati-activity last-updated-datetime="2022-05-06T07:08:09Z" hierarchy="1" ex:mark="x">
    <iati-identifier> XM-EX-9 </iati-identifier>
    <reporting-org ref="XM-EX" type="10" secondary-reporter="0"><narrative>Example Aid Office</narrative></reporting-org>
    <title><narrative>Roads</narrative></title>
    <participating-org role="1" ref="XM-EX" type="10" percentage="100"><narrative>Example Aid Office</narrative></participating-org>
    <participating-org role="2" ref="XM-EX" type="10"><narrative>Example Aid Office</narrative></participating-org>
    <participating-org role="3" ref="XX-BANK" percentage="12.5"/>
    <participating-org role="4" ref="XX-BANK" percentage="12.5"><narrative>Example Bank</narrative></participating-org>
    <participating-org role="4" ref="XX-ROADS" percentage="87.5"><narrative>Roads Ltd</narrative></participating-org>
    <participating-org role="9"><narrative>Nobody</narrative></participating-org>
    <activity-status code="4"/>
    <activity-date iso-date="2020-01-01" type="2"><narrative>Signed</narrative></activity-date>
    <activity-date iso-date="2021-12-31" type="4"/>
    <recipient-country code="KE" percentage="70"/><recipient-country code="UG" percentage="30"/>
    <transaction ref="1"><transaction-type code="2"/><transaction-date iso-date="2020-01-02"/><value currency="USD" value-date="2020-01-02">100</value></transaction>
    <transaction><transaction-type code="3"/><transaction-date iso-date="2020-02-02"/><value value-date="2020-02-02">40</value>
      <provider-org ref="XX-ELSE"><narrative>Somebody Else</narrative></provider-org><receiver-org><narrative>Roads Ltd</narrative></receiver-org></transaction>
    <transaction><transaction-type code="3"/><transaction-date iso-date="2020-02-02"/><value value-date="2020-02-02">60</value></transaction>
    <result type="1"><title><narrative>Not the title</narrative></title></result>
  </iati-activity>
</iati-activities>
"""


def test_an_organisation_in_every_role_has_each_with_the_share_that_is_stated(tmp_path: Path) -> None:
    dataset, report = loaded(tmp_path / "aid.xml", IN_ALL_ROLES, "iati")
    assert parts(dataset) == {
        ("xm-ex", "funder", "1"),
        ("xm-ex", "lead", None),
        ("xx-bank", "delivers", "0.125"),
        ("xx-roads", "delivers", "0.875"),
    }
    rows = report.sources[0].rows
    assert (rows["organisations"], rows["participations"], rows["areas"]) == (3, 4, 2)
    assert values(dataset, "programme/XM-EX-9", "prefLabel") == {"Roads"}
    assert values(dataset, "programme/XM-EX-9", "inArea") == {f"{BASE}/area/ke", f"{BASE}/area/ug"}
    assert values(dataset, "organisation/xx-bank", "prefLabel") == {"Example Bank"}
    assert "measurements" not in rows


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y">]><iati-activities/>', "DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><iati-activities/>', "DOCTYPE"),
        ("<iati-activities><iati-activity>", "not well-formed XML in line 1"),
        ("<iati-activities/>", "no element “iati-activity”"),
        ("<iati-activities>" + "<a>" * 200 + "</a>" * 200 + "</iati-activities>", "nested more than"),
        ('<?xml version="1.0" encoding="klingon"?><iati-activities/>', "cannot be read"),
        ("", "is"),
    ],
)
def test_xml_that_could_do_harm_or_is_not_xml_is_refused_in_a_sentence(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(LoadRefused) as refusal:
        loaded(tmp_path / "aid.xml", text, "iati")
    (issue,) = refusal.value.issues
    assert says in issue.reason
