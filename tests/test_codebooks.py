"""Codebooks (.qdc): their codes become what those of a project do; what of projects and codebooks is not read is counted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.coded.proposal import proposed_mapping
from graph.ingest.load import load
from graph.ingest.mapping import parsed
from graph.store import open_store
from ontology.terms import JU, SKOS

Asked = Callable[[Dataset, str, object], set[str]]


def g(number: int) -> str:
    """A GUID."""
    return str(UUID(int=number + (9 << 64)))


CODES = f"""<Codes>
 <Code guid="{g(1)}" name="Barriers" isCodable="false" color="#F00082"><Description>What holds
   programmes back.</Description><NoteRef targetGUID="{g(60)}"/>
  <Code guid="{g(2)}" name="Data" isCodable="true"><Code guid="{g(3)}" name="Late data" isCodable="true"/></Code>
 </Code>
 <Code guid="{g(4)}" name="Barriers::Money" isCodable="true"/>
</Codes>"""
SETS = f'<Sets><Set guid="{g(50)}" name="Chosen"><MemberCode targetGUID="{g(2)}"/></Set></Sets>'
BOOK = f"""<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="Any program">{CODES}{SETS}</CodeBook>"""
PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="p"><CodeBook>{CODES}</CodeBook>
<Cases><Case guid="{g(40)}" name="x"/><Case guid="{g(41)}" name="y"/></Cases>
<Notes><Note guid="{g(60)}" name="n"/><Note guid="{g(61)}" name="m"/><Note guid="{g(62)}" name="o"/></Notes>
<Links><Link guid="{g(70)}" name="l" originGUID="{g(1)}" targetGUID="{g(2)}"/></Links>{SETS}</Project>"""


def codes(dataset: Dataset, asked: Asked) -> dict[str, tuple[set[str], set[str], set[str]]]:
    """Name, wider code and definition of each code."""
    return {
        str(n): tuple(
            asked(dataset, f"concept/code-{g(n)}", p) for p in (SKOS.prefLabel, SKOS.broader, SKOS.definition)
        )
        for n in range(1, 5)
    }  # type: ignore[misc]


def test_the_codes_of_a_codebook_are_those_of_the_project_with_hierarchy_and_descriptions(
    tmp_path: Path, asked: Asked
) -> None:
    book, project = open_store("memory"), open_store("memory")
    (tmp_path / "dive.qdc").write_text(BOOK, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "dive.qdpx", "w") as out:
        out.writestr("project.qde", PROJECT)
    (source,) = load(book, [tmp_path / "dive.qdc"]).sources
    load(project, [tmp_path / "dive.qdpx"])
    assert source.rows == {"schemes": 1, "concepts": 4}
    first = f"concept/code-{g(1)}"
    found = codes(book.dataset(), asked)
    assert found == {
        "1": ({"Barriers"}, set(), {"What holds programmes back."}),
        "2": ({"Data"}, {first}, set()),
        "3": ({"Late data"}, {f"concept/code-{g(2)}"}, set()),
        "4": ({"Barriers::Money"}, {first}, set()),
    }
    assert codes(project.dataset(), asked) == found
    assert load(book, [tmp_path / "dive.qdc"]).sources[0].outcome == "unchanged"


def test_a_mapping_makes_barriers_of_the_codes_of_a_codebook(tmp_path: Path, asked: Asked) -> None:
    (tmp_path / "dive.qdc").write_text(BOOK, encoding="utf-16")
    mapping = 'title = "B"\n[coded]\nreader = "qdpx"\n[coded.codes."Late data"]\nbarrier = "late"\nbarrier_name = "Late data"\n'
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    store = open_store("memory")
    report = load(store, [tmp_path / "dive.qdc"], mapping=str(tmp_path / "m.toml"))
    assert report.sources[0].rows == {"schemes": 1, "concepts": 4, "barriers": 1}
    assert f"concept/code-{g(3)}" in asked(store.dataset(), "barrier/late", JU.barrierType)


def test_what_is_proposed_for_a_codebook_lists_its_codes_and_is_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "dive.qdc").write_text(BOOK, encoding="utf-8")
    text = proposed_mapping(tmp_path / "dive.qdc")
    assert parsed(text, "m.toml", "m").coded
    assert re.findall(r"^# (Barriers.*)$", text, re.M) == [
        "Barriers",
        "Barriers > Data",
        "Barriers > Data > Late data",
        "Barriers::Money",
    ]


def test_notes_links_sets_and_cases_are_counted_where_they_are_left(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "dive.qdpx", "w") as out:
        out.writestr("project.qde", PROJECT)
    (tmp_path / "list.qdc").write_text(BOOK, encoding="utf-8")
    warnings = load(open_store("memory"), [tmp_path / "dive.qdpx", tmp_path / "list.qdc"]).warnings
    assert {(w.file, w.reason) for w in warnings} == {
        ("dive.qdpx", "holds 3 notes or memos, which are not read."),
        ("dive.qdpx", "holds 1 link, which is not read."),
        ("dive.qdpx", "holds 1 set, which is not read."),
        ("dive.qdpx", "holds 2 cases, which are read for variables alone."),
        ("list.qdc", "holds 1 set, which is not read."),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not well-formed XML"),
        ("<CodeBook><Codes/></CodeBook>", "is a codebook without codes."),
        (PROJECT, "is not a REFI-QDA codebook."),
        ('<!DOCTYPE a [<!ENTITY x "y">]>' + BOOK, "document type"),
        (BOOK.replace(g(3), "Zebedee"), "an identifier that is not a GUID"),
        (BOOK.replace(g(3), g(2)), "gives two codes the same GUID"),
        ("<CodeBook><Codes>" + "<Code>" * 200 + "</Code>" * 200 + "</Codes></CodeBook>", "nested too deeply"),
    ],
    ids=["empty", "no codes", "a project", "entities", "a name as GUID", "one GUID twice", "deep"],
)
def test_what_is_no_codebook_or_could_do_harm_is_refused_in_a_sentence(
    tmp_path: Path, refusal: Callable[..., list[Issue]], text: str, says: str
) -> None:
    (tmp_path / "x.qdc").write_text(text, encoding="utf-8")
    (issue,) = refusal(open_store("memory"), tmp_path / "x.qdc")
    assert says in issue.reason
    assert "Zebedee" not in str(issue)
