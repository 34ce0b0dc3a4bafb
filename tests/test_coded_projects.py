"""Projects of coded interviews (.qdpx): what they become, what is refused, and that no name of a person gets through."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID
from xml.sax.saxutils import quoteattr

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.audiences import ANALYST, view
from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.coded import archive
from graph.ingest.coded.proposal import proposed_mapping
from graph.ingest.coded.qdpx import read_qdpx
from graph.ingest.load import LoadReport, load
from graph.ingest.mapping import parsed
from graph.ingest.reading import Unreadable
from graph.store import open_store
from ontology.terms import JU, SKOS

Asked = Callable[[Dataset, str, object], set[str]]


def g(number: int) -> str:
    """A GUID."""
    return str(UUID(int=number + (7 << 64)))


# Two codes within a third, two documents, three passages. Every name that must not get through holds "Zebedee".
TEXT = "They wait for weeks. 🐄 Nobody tells them.\r\nThe list is late."
PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="Zebedee's project" basePath="/home/zebedee" creatingUserGUID="{g(1)}">
<Users><User guid="{g(1)}" name="Zebedee Smith"/><User guid="{g(2)}" name="Zebedee Jones"/></Users>
<CodeBook><Codes>
 <Code guid="{g(10)}" name="Barriers" isCodable="false" color="#F00082">
  <Code guid="{g(11)}" name="Waiting" isCodable="true"><Description>They wait.</Description></Code>
  <Code guid="{g(12)}" name="Not told" isCodable="true"/>
 </Code>
 <Code guid="{g(13)}" name="Severe" isCodable="true"/>
</Codes></CodeBook>
<Variables><Variable guid="{g(40)}" name="Day" typeOfVariable="Date"/></Variables>
<Cases><Case guid="{g(41)}" name="Zebedee">
  <VariableValue><VariableRef targetGUID="{g(40)}"/><DateValue>2014-01-21</DateValue></VariableValue>
  <SourceRef targetGUID="{g(21)}"/></Case></Cases>
<Sources>
 <TextSource guid="{g(20)}" name="Zebedee Brown.txt" plainTextPath="internal://{g(20)}.txt">
  <PlainTextSelection guid="{g(30)}" name="They wait" startPosition="0" endPosition="20">
   <Description>Zebedee said so</Description>
   <Coding guid="{g(50)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(11)}"/></Coding>
   <Coding guid="{g(51)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(13)}"/></Coding>
  </PlainTextSelection>
  <PlainTextSelection guid="{g(31)}" name="Nobody tells them." startPosition="23" endPosition="41">
   <Coding guid="{g(52)}" creatingUser="{g(2)}"><CodeRef targetGUID="{g(12)}"/></Coding>
  </PlainTextSelection>
 </TextSource>
 <TextSource guid="{g(21)}" name="Zebedee Green.txt"><PlainTextContent>The list is late.</PlainTextContent>
  <PlainTextSelection guid="{g(32)}" startPosition="4" endPosition="8">
   <Coding guid="{g(53)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(11)}"/></Coding>
  </PlainTextSelection>
 </TextSource>
 <PictureSource guid="{g(22)}" name="Zebedee.jpg" path="internal://zebedee.jpg">
  <PictureSelection guid="{g(33)}" firstX="1" firstY="1" secondX="2" secondY="2">
   <Coding guid="{g(54)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(11)}"/></Coding></PictureSelection>
 </PictureSource>
</Sources>
<Notes><Note guid="{g(60)}" name="Zebedee"><PlainTextContent>Zebedee is shy.</PlainTextContent></Note></Notes>
<Sets><Set guid="{g(61)}" name="Zebedee"><MemberSource targetGUID="{g(20)}"/></Set></Sets>
</Project>"""
MAPPING = f"""
title = "Coded"
[coded]
reader = "qdpx"
scheme = "own"
coders = {{ coder-00000000 = "coder-1" }}
[coded.fields]
held_on = "Day"
[coded.interviews]
level = "front-line"
[coded.findings]
programme = "skills"
stance = "supports"
severity = 2
[coded.sources."Zebedee Brown.txt"]
held_on = 2014-01-20
id = "i1"
[coded.codes."Barriers > Waiting"]
barrier = "waits"
barrier_name = "They wait"
[coded.codes.Severe]
severity = 5
[coded.sources."{g(22)}"]
skip = true
"""


def written(path: Path, project: str | bytes = PROJECT, **parts: str | bytes) -> Path:
    """A project file with these parts under Sources/."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("project.qde", project)
        for name, data in (parts or {f"{g(20)}.txt": TEXT}).items():
            out.writestr(f"Sources/{name}", data)
    return path


@pytest.fixture
def coded(tmp_path: Path, small: dict[str, str]) -> tuple[Dataset, LoadReport]:
    store = open_store("memory")
    for name in ("organisations", "programmes"):
        (tmp_path / f"{name}.csv").write_text(small[name], encoding="utf-8")
    load(store, [tmp_path])
    (tmp_path / "codes.toml").write_text(MAPPING, encoding="utf-8")
    report = load(store, [written(tmp_path / "dive.qdpx")], mapping=str(tmp_path / "codes.toml"))
    return store.dataset(), report


def test_codes_become_concepts_that_keep_their_hierarchy(
    coded: tuple[Dataset, LoadReport], asked: Asked
) -> None:
    dataset, report = coded
    assert report.sources[0].rows["concepts"] == 4
    assert asked(dataset, f"concept/code-{g(11)}", SKOS.prefLabel) == {"Waiting"}
    assert asked(dataset, f"concept/code-{g(11)}", SKOS.definition) == {"They wait."}
    assert asked(dataset, f"concept/code-{g(11)}", SKOS.broader) == {f"concept/code-{g(10)}"}
    assert asked(dataset, f"concept/code-{g(10)}", SKOS.topConceptOf) == {"scheme/own"}


def test_a_source_is_an_interview_where_the_mapping_or_its_case_says_the_day(
    coded: tuple[Dataset, LoadReport], asked: Asked
) -> None:
    dataset, report = coded
    assert report.sources[0].rows["interviews"] == 2
    assert asked(dataset, "interview/i1", JU.heldOn) == {"2014-01-20"}
    assert asked(dataset, f"interview/i-{g(21)}", JU.heldOn) == {"2014-01-21"}
    assert {m.rsplit("/", 1)[-1] for m in asked(dataset, "interview/i1", JU.marking)} == {"sensitive"}


def test_passages_become_excerpts_with_their_words_and_codes(
    coded: tuple[Dataset, LoadReport], asked: Asked
) -> None:
    dataset, _ = coded
    words = {
        str(q.subject)[1:-1].rsplit("/", 1)[-1]: q.object.value
        for q in dataset.backup_quads()
        if q.predicate.value.endswith("oa#exact") and isinstance(q.object, ox.Literal)
    }
    assert words == {
        f"x-{g(30)}--words": "They wait for weeks.",
        f"x-{g(31)}--words": "Nobody tells them.",
        f"x-{g(32)}--words": "list",
    }
    assert asked(dataset, f"excerpt/x-{g(30)}", JU.codedAs) == {
        f"concept/code-{g(11)}",
        f"concept/code-{g(13)}",
    }


def test_a_code_that_means_a_barrier_makes_a_finding_and_the_code_beside_it_its_severity(
    coded: tuple[Dataset, LoadReport], asked: Asked
) -> None:
    dataset, report = coded
    assert report.sources[0].rows["findings"] == 2
    first, second = (
        "finding/f-i1-skills-waits-supports",
        f"finding/f-i-{g(21)}-skills-waits-supports",
    )
    assert asked(dataset, first, JU.severity) == {"5"}
    assert asked(dataset, second, JU.severity) == {"2"}
    assert asked(dataset, first, JU.quotes) == {f"excerpt/x-{g(30)}"}
    assert asked(dataset, first, JU.codedBy) == {"coder-1"}
    assert asked(dataset, "barrier/waits", JU.blocks) == {"programme/skills"}
    assert asked(dataset, "barrier/waits", JU.barrierType) == {f"concept/code-{g(11)}"}


def test_two_who_coded_the_same_make_two_findings_and_no_address_tells_who(
    tmp_path: Path, small: dict[str, str], asked: Asked
) -> None:
    other = f"bbbbbbbb{g(2)[8:]}"
    first = f'<Coding guid="{g(50)}" creatingUser="{g(1)}"><CodeRef targetGUID="{g(11)}"/></Coding>'
    project = PROJECT.replace(
        first, first + first.replace(g(1), other).replace(g(50), g(55)), 1
    ).replace(f'<User guid="{g(1)}"', f'<User guid="{other}" name="Zebedee Black"/><User guid="{g(1)}"')  # fmt: skip
    for name in ("organisations", "programmes"):
        (tmp_path / f"{name}.csv").write_text(small[name], encoding="utf-8")
    (tmp_path / "codes.toml").write_text(MAPPING, encoding="utf-8")
    store = open_store("memory")
    load(store, [tmp_path / "organisations.csv", tmp_path / "programmes.csv"])
    load(store, [written(tmp_path / "dive.qdpx", project)], mapping=str(tmp_path / "codes.toml"))
    coders = [
        asked(store.dataset(), f"finding/f-i1-skills-waits-supports{n}", JU.codedBy) for n in ("", "-2")
    ]
    assert coders == [{"coder-1"}, {"coder-bbbbbbbb"}]
    seen = {str(quad) for quad in view(store, ANALYST).dataset().backup_quads()}
    assert any("f-i1-skills-waits-supports-2" in quad for quad in seen)
    assert not any("coder-1" in quad or "bbbbbbbb" in quad for quad in seen)


def test_what_is_not_read_and_codes_that_nobody_mapped_are_said(coded: tuple[Dataset, LoadReport]) -> None:
    said = " ".join(str(w) for w in coded[1].warnings)
    assert "1 note or memo" in said
    assert "1 set" in said
    assert "in the picture of source" in said
    assert "Not told (1)" in said


def test_no_name_of_a_coder_a_source_a_case_or_a_set_is_stored(coded: tuple[Dataset, LoadReport]) -> None:
    everything = "\n".join(map(str, coded[0].backup_quads())).lower()
    assert "waiting" in everything
    assert "zebedee" not in everything
    assert not any("zebedee" in str(w).lower() for w in coded[1].warnings)


def test_without_a_mapping_codes_are_loaded_and_no_finding_is_invented(tmp_path: Path) -> None:
    store = open_store("memory")
    report = load(store, [written(tmp_path / "dive.qdpx")])
    assert report.sources[0].rows == {"schemes": 1, "concepts": 4}
    assert any("3 passages are left out" in str(w) for w in report.warnings)
    assert any("Waiting (3)" in str(w) for w in report.warnings)
    assert load(store, [tmp_path / "dive.qdpx"]).sources[0].outcome == "unchanged"


def test_interviews_may_stand_in_a_table_beside_the_project(tmp_path: Path, asked: Asked) -> None:
    (tmp_path / "interviews.csv").write_text(
        "id,held_on,level,marking\nk7,2014-01-20,centre,sensitive\n", encoding="utf-8"
    )
    mapping = tmp_path / "codes.toml"
    mapping.write_text(
        f'title = "C"\n[coded]\nreader = "qdpx"\n[coded.sources."{g(20)}"]\ninterview = "k7"\n',
        encoding="utf-8",
    )
    store = open_store("memory")
    load(store, [tmp_path / "interviews.csv", written(tmp_path / "dive.qdpx")], mapping=str(mapping))
    assert asked(store.dataset(), f"excerpt/x-{g(31)}", JU.excerptOf) == {"interview/k7"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('[coded.sources."x"]\nlevle = "centre"', "“levle” is not one of"),
        ("[coded.codes.Waiting]\nhurts = 1", "“hurts” is not one of"),
        ('interviewers = "("', "is not a pattern"),
        ("quotas = 1", "is not a key"),
    ],
)
def test_a_mistake_in_a_mapping_of_codes_is_named(line: str, says: str) -> None:
    with pytest.raises(Exception, match=says):
        parsed(f'title = "C"\n[coded]\nreader = "qdpx"\n{line}\n', "codes.toml", "codes")


def test_a_mapping_that_calls_two_codes_by_one_name_is_refused(
    tmp_path: Path, refusal: Callable[..., list[Issue]]
) -> None:
    project = PROJECT.replace('name="Severe"', 'name="Waiting"')
    (tmp_path / "c.toml").write_text(
        'title = "C"\n[coded]\nreader = "qdpx"\n[coded.codes.Waiting]\nseverity = 5\n'
    )
    issues = refusal(
        open_store("memory"), written(tmp_path / "d.qdpx", project), mapping=str(tmp_path / "c.toml")
    )
    assert [i.value for i in issues if i.severity == "error"] == ["Waiting"]


@given(st.data())
def test_a_position_always_selects_the_words_between_its_characters(
    tmp_path: Path, data: st.DataObject
) -> None:
    text = data.draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    mark = data.draw(st.sampled_from(["", "\ufeff"]))
    project = (
        f'<Project xmlns="urn:QDA-XML:project:1.0"><Sources><TextSource guid="{g(1)}" plainTextPath="internal://A.TXT">'
        f'<PlainTextSelection guid="{g(2)}" startPosition="{start}" endPosition="{end}"/></TextSource></Sources></Project>'
    )
    plain = text.removeprefix("\ufeff")
    (source,) = read_qdpx(written(tmp_path / "p.qdpx", project, **{"a.txt": mark + plain})).sources
    if end <= len(plain):
        assert source.passages[0].words == plain[start:end].strip().replace("\x85", "\n")
    else:
        assert source.passages == ()


@pytest.mark.parametrize("counted", [TEXT, TEXT.replace("\r\n", "\n"), "\ufeff" + TEXT])
def test_the_first_words_of_passages_tell_how_a_program_counted_characters(
    tmp_path: Path, counted: str
) -> None:
    start = counted.index("The list")
    project = (
        f'<Project><Sources><TextSource guid="{g(1)}" plainTextPath="internal://a.txt"><PlainTextSelection guid="{g(2)}" '
        f'name={quoteattr("The list…")} startPosition="{start}" endPosition="{start + 17}"/></TextSource></Sources></Project>'
    )
    (source,) = read_qdpx(written(tmp_path / "p.qdpx", project, **{"a.txt": "\ufeff" + TEXT})).sources
    assert source.passages[0].words == "The list is late."


def test_a_document_in_word_is_quoted_only_where_its_first_words_confirm_the_place(tmp_path: Path) -> None:
    def read(name: str) -> str:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            out.writestr(
                "word/document.xml",
                '<w:document xmlns:w="w"><w:body><w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>One.</w:t></w:r>'
                "</w:p><w:p><w:r><w:t>Two</w:t><w:tab/><w:t>three.</w:t></w:r></w:p></w:body></w:document>",
            )
        project = (
            f'<Project><Sources><TextSource guid="{g(1)}" richTextPath="internal://a.docx"><PlainTextSelection '
            f'guid="{g(2)}" name="{name}" startPosition="5" endPosition="15"/></TextSource></Sources></Project>'
        )
        material = read_qdpx(written(tmp_path / "p.qdpx", project, **{"a.docx": made.getvalue()}))
        return material.sources[0].passages[0].words

    assert read("Two") == "Two\tthree."
    assert read("Elsewhere") == ""


BOMB = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Project>&b;</Project>'


@pytest.mark.parametrize(
    ("project", "says"),
    [
        (BOMB, "document type"),
        (BOMB.encode("utf-16"), "document type"),
        ('<!DOCTYPE p SYSTEM "file:///etc/passwd"><Project/>', "document type"),
        ("<Project>", "not well-formed"),
        ("<Other/>", "not a REFI-QDA project"),
        (b"\xff\x00\xfa", "not text"),
        ("<Project>" + "<a>" * 5000 + "</a>" * 5000 + "</Project>", "nested too deeply"),
        (
            f'<Project><CodeBook><Codes><Code guid="Zebedee" name="x"/></Codes></CodeBook></Project>{""}',
            "not a GUID",
        ),
        ("<Project><CodeBook><Codes><Code name='x'/></Codes></CodeBook></Project>", "without a GUID"),
    ],
)
def test_hostile_or_broken_xml_is_refused_in_a_sentence(
    tmp_path: Path, project: str | bytes, says: str, refusal: Callable[..., list[Issue]]
) -> None:
    (issue,) = refusal(open_store("memory"), written(tmp_path / "p.qdpx", project))
    assert says in issue.reason
    assert "Zebedee" not in str(issue)


def test_what_unpacks_to_too_much_is_refused_while_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.ingest.coded.qdpx.MOST_XML", 10_000)
    with pytest.raises(Unreadable, match="unpacks to more"):
        read_qdpx(written(tmp_path / "p.qdpx", "<Project>" + " " * 20_000 + "</Project>"))
    monkeypatch.setattr(archive, "MOST_PARTS", 3)
    with pytest.raises(Unreadable, match="parts"):
        read_qdpx(written(tmp_path / "q.qdpx", "<Project/>", a="", b="", c=""))


def test_a_path_that_leads_out_of_the_project_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("They wait for weeks, Zebedee says.")
    for way in ("internal://../secret.txt", f"absolute://{tmp_path}/secret.txt", "relative:///secret.txt"):
        project = (
            f'<Project><Sources><TextSource guid="{g(1)}" plainTextPath="{way}"><PlainTextSelection guid="{g(2)}" '
            'startPosition="0" endPosition="9"/></TextSource></Sources></Project>'
        )
        material = read_qdpx(written(tmp_path / "p.qdpx", project))
        assert material.sources[0].passages[0].words == ""
        assert any("does not hold the text" in left for left in material.left)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_of_projects_fail_in_any_other_way(tmp_path: Path, data: bytes) -> None:
    whole = written(tmp_path / "good.qdpx").read_bytes()
    for bad in (data, whole[: len(data)], whole[:60] + data + whole[60 + len(data) :]):
        (tmp_path / "bad.qdpx").write_bytes(bad)
        try:
            read_qdpx(tmp_path / "bad.qdpx")
        except Unreadable as refused:
            assert refused.reason


def test_the_proposed_mapping_is_a_mapping_and_changes_nothing_until_it_is_filled_in(tmp_path: Path) -> None:
    path = written(tmp_path / "dive.qdpx")
    text = proposed_mapping(path)
    mapping = parsed(text, "codes.toml", "codes")
    assert mapping.coded
    assert set(mapping.coded.codes) == {f"code-{g(n)}" for n in (11, 12, 13)}
    (tmp_path / "codes.toml").write_text(text, encoding="utf-8")
    report = load(open_store("memory"), [path], mapping=str(tmp_path / "codes.toml"))
    assert report.sources[0].rows == {"schemes": 1, "concepts": 4}
    assert any("Waiting (3)" in str(w) for w in report.warnings)
