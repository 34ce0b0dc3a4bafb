"""What is refused at the door: every mistake at its place, in plain words, with nothing loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import Issue, LoadRefused
from graph.ingest.load import load
from graph.store import open_store

Tables = Callable[..., Path]
Refused = Callable[..., list[Issue]]
Bytes = Callable[[Path], dict[str, str]]
Small = dict[str, str]
Workbook = Callable[[Path, dict[str, str]], Path]
Refusal = Callable[..., list[Issue]]

BASE = "https://joinedup.example/id"

MISTAKES = {
    "organisations": "id,name,kind,colour\n"
    "dea,Department for Example Affairs,ministerial-department,blue\n"
    "college,A college,school\n"
    "trust,A trust,charity\n"
    "trust,Another trust,charity\n",
    "programmes": "id,name,lead,from,until\n"
    "skills,Skills,dea,2014-05-01,2014-01-01\n"
    "homes,Homes,dea,31/02/2014,\n"
    "roads,,dea,,\n"
    "rails,Rails,nobody,,\n"
    "canals,Canals,dea,,\n"
    "b r,Bridges,dea,,\n",
    "dependencies": "dependent,provider,kind\ncanals,canals,data\n",
    "datasets": "id,name,web\nd1,Data,javascript:alert(1)\nd2,More data,\n",
    "interviews": "id,held_on,level,role,marking\ni1,2014-01-20,front-line,ask jo@example.org,sensitive\ni2,2014-01-20,local,clerk,\n",
    "barriers": "id,name\ndata,Late data\nbad,“Bell”\x07\n".replace("\x07", "\u202e"),
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    "f1,canals,data,supports,9,,d2,Too severe\n"
    "f2,canals,data,supports,4,i2,d2,Both filled\n"
    "f3,canals,data,supports,4,,,Neither filled\n",
    "recommendations": "id,name,barriers\nr1,Do it,data\n",
    "actions": "id,name,recommendation,owner,due,status,completed_on\n"
    "a1,Act,r1,trust,2014-03-01,done,\n"
    "a2,Act,r1,trust,2014-03-01,open,2014-02-01\n"
    "a3,Act,r1,trust;dea,2014-03-01,open,\n",
}
EXPECTED = {
    # sheet, row, column, value, reason
    ("organisations", 1, "colour", None, "is not a column of organisations."),
    ("organisations", 3, "kind", "school", "is not one of: "),
    ("organisations", 5, "id", "trust", "stands already in row 4, with other values."),
    ("programmes", 2, "until", "2014-01-01", "is before from, 2014-05-01."),
    ("programmes", 3, "from", "31/02/2014", "is a day that does not exist."),
    ("programmes", 4, "name", None, "is empty."),
    ("programmes", 5, "lead", "nobody", "is not the id of a row of organisations."),
    ("programmes", 7, "id", "b r", "is not an id."),
    ("dependencies", 2, "provider", "canals", "is the same as dependent."),
    ("datasets", 2, "web", "javascript:alert(1)", "is not a web address."),
    ("interviews", 2, "role", "ask jo@example.org", "holds an e-mail address or a telephone number."),
    ("interviews", 3, "marking", None, "is empty."),
    ("barriers", 3, "name", "“Bell”\u202e", "holds a character that reverses the direction of writing."),
    ("findings", 2, "severity", "9", "is not a whole number from 1 to 5."),
    (
        "findings",
        3,
        "dataset",
        None,
        "is filled together with interview: only one of interview or dataset may be.",
    ),
    ("findings", 4, "interview", None, "is empty: one of interview or dataset is needed."),
    ("actions", 2, "completed_on", None, "is empty although status is done."),
    ("actions", 3, "completed_on", None, "is filled although status is not done."),
    ("actions", 4, "owner", "trust;dea", "is not an id."),
}


def check(issues: list[Issue], sheets: bool) -> None:
    found = {
        (i.sheet if sheets else i.file.removesuffix(".csv"), i.row, i.column, i.value): i
        for i in issues
        if i.severity == "error"
    }
    for sheet, row, column, value, reason in EXPECTED:
        assert (sheet, row, column, value) in found, (sheet, row, column, value, sorted(map(str, issues)))
        assert found[sheet, row, column, value].reason.startswith(reason)
    assert len(found) == len(EXPECTED), sorted(map(str, issues))
    for issue in issues:
        assert str(issue).startswith(f"{issue.file}, ")
        assert f"row {issue.row}" in str(issue)
        assert issue.reason.endswith((".", "other"))


def test_every_mistake_of_a_workbook_is_reported_at_its_place_and_no_other(
    tmp_path: Path, workbook: Workbook, refusal: Refusal
) -> None:
    path = workbook(tmp_path / "mistakes.xlsx", MISTAKES)
    issues = refusal(open_store("memory"), path)
    check(issues, sheets=True)
    assert {issue.file for issue in issues} == {"mistakes.xlsx"}


def test_every_mistake_of_a_folder_is_reported_at_its_place_and_no_other(
    tables: Tables, refusal: Refusal
) -> None:
    check(refusal(open_store("memory"), tables(**MISTAKES)), sheets=False)


def test_a_dry_run_reports_the_same_and_makes_no_store(
    tables: Tables, tmp_path: Path, small: Small, refusal: Refusal
) -> None:
    place = tmp_path / "store"
    folder = tables(**MISTAKES)
    assert refusal(open_store(place), folder, dry_run=True) == refusal(open_store(place), folder)
    good = load(open_store(place), [tables("good", **small)], dry_run=True)
    assert (good.dry_run, good.version, {s.outcome for s in good.sources}) == (True, 0, {"added"})
    assert not place.exists()


def test_a_refused_load_leaves_every_byte_of_the_store_as_it_was(
    tables: Tables, tmp_path: Path, bytes_of: Bytes, small: Small, refusal: Refusal
) -> None:
    place = tmp_path / "store"
    load(open_store(place), [tables(**small)])
    before = bytes_of(place)
    bad = tables(findings=small["findings"].replace("supports,4", "supports,9"))
    assert [i.value for i in refusal(open_store(place), bad)] == ["9"]
    assert bytes_of(place) == before


def test_one_bad_file_keeps_the_good_ones_beside_it_out(tables: Tables, refusal: Refusal) -> None:
    store = open_store("memory")
    folder = tables(organisations="id,name\na,A\n", programmes="id,name\np\n")
    refusal(store, folder)
    assert store.version == 0
    assert store.dataset().describe(f"{BASE}/organisation/a") == []


def test_a_mistyped_column_gets_the_name_that_was_meant(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,identifed_on\nb,B,2014-01-01\n")
    assert issue.remedy == "Did you mean identified_on?"


def test_a_column_that_is_needed_and_missing_is_one_error_not_one_for_each_row(refused: Refused) -> None:
    (issue,) = refused(
        organisations="id,kind\na,charity\nb,charity\n", programmes="id,name,lead\np,P,a\nq,Q,b\n"
    )
    assert (issue.row, issue.column) == (1, "name")


def test_a_header_that_stands_twice_is_an_error_not_a_column_that_is_ignored(refused: Refused) -> None:
    (issue,) = refused(organisations="id,name,Name\na,A,B\n")
    assert (issue.row, issue.column, issue.reason) == (1, "Name", "is the header of two columns.")


def test_a_comma_without_quotation_marks_is_an_error_not_a_shorter_name(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,description\nb,B,One,two\n")
    assert (issue.row, issue.value) == (2, "two")
    assert "quotation marks" in issue.remedy


def test_an_id_that_two_tables_have_is_ambiguous_where_a_tie_may_name_either(refused: Refused) -> None:
    (issue,) = refused(
        organisations="id,name\nsame,A\nb,B\n",
        programmes="id,name\nsame,P\n",
        ties="between,and,kind\nsame,b,joint-board\n",
    )
    assert "is an id in programmes and in organisations" in issue.reason


def test_the_same_row_twice_is_a_warning(tables: Tables) -> None:
    report = load(open_store("memory"), [tables(organisations="id,name\na,A\na,A\n")])
    assert [(w.row, w.reason) for w in report.warnings] == [(3, "is the same as row 2.")]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("programmes.csv", b"", "is empty."),
        ("programmes.csv", b"id,name\n", "holds no rows."),
        ("programmes.csv", b"%PDF-1.4", "is a PDF."),
        ("joinedup.xlsx", b"not a zip", "is not an XLSX workbook."),
        ("projects.csv", b"id,name\na,A\n", "is not the name of one of Joinedup's tables."),
        (
            "programmes.pdf",
            b"%PDF-1.4",
            "is not a kind of file that can be loaded here (.csv, .tsv, .tab, .xlsx, .xlsm, .ods, .qdpx, .qdc).",
        ),
        ("programmes.json", b"[]", "is JSON, which is read through a mapping."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(
    tmp_path: Path, name: str, data: bytes, reason: str, refusal: Refusal
) -> None:
    (tmp_path / name).write_bytes(data)
    (issue,) = refusal(open_store("memory"), tmp_path / name)
    assert (issue.file, issue.reason) == (name, reason)


def test_a_workbook_without_one_known_sheet_is_refused(
    tmp_path: Path, workbook: Workbook, refusal: Refusal
) -> None:
    issues = refusal(open_store("memory"), workbook(tmp_path / "book.xlsx", {"Sheet1": "id,name\na,A\n"}))
    assert [(i.severity, i.sheet) for i in issues] == [("error", None), ("warning", "Sheet1")]


def test_a_sheet_of_notes_beside_the_tables_is_left_alone_with_a_warning(
    tmp_path: Path, workbook: Workbook
) -> None:
    path = workbook(
        tmp_path / "book.xlsx",
        {"organisations": "id,name\na,A\n", "my notes": "x,y\n1,2\n", "about": "x\ny\n"},
    )
    report = load(open_store("memory"), [path])
    assert [(w.sheet, w.severity) for w in report.warnings] == [("my notes", "warning")]
    assert report.sources[0].rows == {"organisations": 1}


def test_a_finding_from_an_interview_whose_consent_was_taken_back_is_refused(tables: Tables) -> None:
    store = open_store("memory")
    base = {
        "organisations": "id,name,kind\ndea,Affairs,ministerial-department\n",
        "programmes": "id,name,lead\nskills,Skills,dea\n",
        "barriers": "id,name\nslow,Slow\n",
        "interviews": "id,held_on,level,consent,marking\ni1,2014-01-20,local,withdrawn,official\n",
    }
    load(store, [tables("first", **base)])
    later = tables(
        "later",
        findings="id,programme,barrier,stance,severity,interview,summary\nf1,skills,slow,supports,3,i1,So they said\n",
    )
    with pytest.raises(LoadRefused) as refusal:
        load(store, [later])
    [issue] = [i for i in refusal.value.issues if i.severity == "error"]
    assert "taken back their consent" in issue.reason and issue.row == 2
    assert store.version == 1
