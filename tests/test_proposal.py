"""A mapping proposed for a file that nobody has seen: it loads, it is right on simple files, and it says what it left out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import rdflib
from typer.testing import CliRunner

from api.cli import app
from graph.errors import JoinedupError, LoadRefused, NotFound
from graph.ingest.csvw import csvw_of
from graph.ingest.load import LoadReport, load
from graph.ingest.mapping import load_mapping, shipped
from graph.ingest.proposal import propose
from graph.ingest.rml import rml_of
from graph.ingest.tables.canonical import BY_NAME, TABLES
from graph.store import open_store

SIMPLE = """\
Portfolio of 2023;;;;;
Project Name;Lead Department;Start Date;Region;Website;Remarks
Heat Pumps;DESNZ;31/01/2020;North;https://example.org/a;fine
New Courts;MOJ;01/02/2021;South;https://example.org/b;late
Both of Us;MOJ;N/A;North;https://example.org/c;late
"""


BAD = {
    "x.csv": b"%PDF-1.7",
    "n.json": b'{"a": 1}',
    "doctype.xml": b'<!DOCTYPE a [<!ENTITY x "y">]><a><b>1</b><b>&x;</b></a>',
    "one.xml": b"<a><b>1</b></a>",
    "cut.xml": b"<a><b>1</b><b>",
}


def tried(path: Path, folder: Path) -> LoadReport:
    made = folder / "proposed.toml"
    made.write_text(propose(path), encoding="utf-8")
    return load(open_store("memory"), [path], mapping=str(made), dry_run=True)


def test_a_simple_file_is_mapped_right_at_once(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(SIMPLE.encode("utf-16"))
    report = tried(path, tmp_path)
    (source,) = report.sources
    assert source.rows == {"organisations": 2, "programmes": 3, "areas": 2, "participations": 3}
    assert not [w for w in report.warnings if w.column]
    text = propose(path)
    assert "header_rows = [2]" in text
    assert '# "remarks": names: late · fine' in text
    assert "# dates: 31/01/2020" in text


def test_american_days_and_amounts_in_pounds_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "uk_2022.csv"
    rows = "".join(f'{n},P{n},Amber,12/{n + 12}/2020,"£{n},000,000.00"\n' for n in range(1, 9))
    path.write_text(
        "project id,project name,rag rating,start date,whole life cost\n" + rows, encoding="utf-8"
    )
    text = propose(path)
    assert 'date = "m/d/y"' in text
    assert "times = '0.000001'" in text
    (source,) = tried(path, tmp_path).sources
    assert source.rows == {"programmes": 8, "statuses": 8}


def test_json_is_mapped_from_the_longest_list_in_it(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    items = [{"id": f"p.{n}", "title": f"Programme {n}", "agency": "A", "tags": ["x", "y"]} for n in range(5)]
    path.write_text(json.dumps({"page": {"items": items}, "other": [{"a": 1}]}), encoding="utf-8")
    assert 'records = "page.items"' in propose(path)
    (source,) = tried(path, tmp_path).sources
    assert source.rows["programmes"] == 5


def test_xml_is_mapped_from_the_elements_that_recur_with_their_attributes_and_inner_lists(
    tmp_path: Path,
) -> None:
    path = tmp_path / "register.xml"
    programmes = "".join(
        f'<programme id="P{n}"><title>Programme {n}</title><lead>Home Office</lead>'
        f"<start>2013-01-0{n}</start><partner>Aye Ltd</partner><partner>Bee {n}</partner></programme>"
        for n in range(1, 6)
    )
    path.write_text(
        f'<x:register xmlns:x="urn:x"><by>A</by><by>B</by><list>{programmes}</list></x:register>',
        encoding="utf-8",
    )
    text = propose(path)
    assert 'records = "register.list.programme"' in text
    assert "There is another list, at register.by (2 items)." in text
    (source,) = tried(path, tmp_path).sources
    assert source.rows == {"organisations": 7, "programmes": 5, "participations": 15}


def test_an_iati_file_is_mapped_by_its_activities_not_by_what_recurs_in_them(tmp_path: Path) -> None:
    activity = "<iati-activity><iati-identifier>XM-{}</iati-identifier><title><narrative>Name {}</narrative></title><sector code='1'/><sector code='2'/><sector code='3'/></iati-activity>"
    path = tmp_path / "activities.xml"
    path.write_text(
        f"<iati-activities>{activity.format(1, 1)}{activity.format(2, 2)}</iati-activities>", encoding="utf-8"
    )
    assert 'records = "iati-activities.iati-activity"' in propose(path)
    (source,) = tried(path, tmp_path).sources
    assert source.records == 2


def test_words_of_a_file_cannot_break_out_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(
        '"project name""]\nx",de\x7fpartment,\u202ez\n"a\nb = 1",DFT,"c\n[[rows]]"\n', encoding="utf-8"
    )
    made = tmp_path / "odd.toml"
    made.write_text(propose(path), encoding="utf-8")
    assert load_mapping(str(made)).rows
    assert "\u202e" not in made.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "table", "number"),
    [
        ("gmpp/uk_2014.csv", "statuses", 199),
        ("gmpp/uk_2017.csv", "programmes", 143),
        ("gmpp/uk_2019.csv", "statuses", 133),
        ("gmpp/uk_2021.csv", "statuses", 184),
        ("gmpp/uk_2022.csv", "statuses", 235),
        ("modari/gov_activities.csv", "programmes", 5059),
        ("us-federal-programs/programs.json", "programmes", 2650),
    ],
)
def test_published_files_are_mapped_without_an_error(
    real: Path, tmp_path: Path, file: str, table: str, number: int
) -> None:
    (source,) = tried(real / file, tmp_path).sources
    assert source.rows[table] == number


@pytest.mark.parametrize(
    "name", ["empty.csv", "x.pdf", "x.csv", "n.json", "doctype.xml", "one.xml", "cut.xml"]
)
def test_a_file_that_cannot_be_read_is_refused_by_the_command(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD.get(name, b""))
    found = CliRunner().invoke(app, ["map", str(tmp_path / name)])
    assert isinstance(found.exception, LoadRefused)


def test_the_command_writes_a_new_file_and_never_over_another(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(SIMPLE, encoding="utf-8")
    arguments = ["map", str(tmp_path / "list.csv"), "-o", str(tmp_path / "m.toml")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert load_mapping(str(tmp_path / "m.toml")).rows
    assert isinstance(CliRunner().invoke(app, arguments).exception, NotFound)


@pytest.mark.parametrize(
    "arguments", [["nothing.csv"], ["nothing", "--as", "rml"], ["findings", "--as", "docx"]]
)
def test_what_the_command_cannot_do_is_a_sentence(arguments: list[str]) -> None:
    assert isinstance(CliRunner().invoke(app, ["map", *arguments]).exception, JoinedupError)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_table_is_csvw_and_rml(table: object) -> None:
    assert table in TABLES
    found = json.loads(csvw_of(table))  # type: ignore[arg-type]
    assert found["@context"][0] == "http://www.w3.org/ns/csvw"
    assert all(re.fullmatch(r"[\w.]+", column["name"]) for column in found["tableSchema"]["columns"])
    assert rdflib.Graph().parse(data=rml_of(table), format="turtle")  # type: ignore[arg-type]


def test_csvw_of_findings_says_types_links_and_codes() -> None:
    found = json.loads(csvw_of(BY_NAME["findings"]))
    by_name = {column["name"]: column for column in found["tableSchema"]["columns"]}
    assert by_name["severity"]["datatype"] == {"base": "integer", "minimum": 1, "maximum": 5}
    assert by_name["programme"]["valueUrl"].endswith("/id/programme/{programme}")
    assert by_name["stance"]["valueUrl"].endswith("/concept/stances/{stance}")
    assert by_name["quotes"]["separator"] == ";"
    assert by_name["summary"]["required"] is True


def test_rml_of_findings_makes_the_iri_and_the_link_of_each_row() -> None:
    graph = rdflib.Graph().parse(data=rml_of(BY_NAME["findings"]), format="turtle")
    rr = rdflib.Namespace("http://www.w3.org/ns/r2rml#")
    templates = {str(t) for t in graph.objects(None, rr.template)}
    assert "https://joinedup.example/id/finding/{id}" in templates
    assert "https://joinedup.example/id/barrier/{barrier}" in templates


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_mapping_is_csvw_and_rml_with_a_note_on_what_they_cannot_say(name: str) -> None:
    mapping = load_mapping(name)
    assert json.loads(csvw_of(mapping))["dc:title"] == mapping.title
    text = rml_of(mapping)
    rdflib.Graph().parse(data=text, format="turtle")
    assert not mapping.rows or "# " in text
