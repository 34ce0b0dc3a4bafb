"""Files in: what is read from tables of any make, and what is said of a file that is not one."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from graph.ingest import limits
from graph.ingest.reading import Layout, Sheet, Unreadable, folded, read_sheets

SIMPLE = "id,name\na,Ärger & Müh’\nb,Zwei\n"


def sheet_of(path: Path, layout: Layout | None = None) -> Sheet:
    (sheet,) = read_sheets(path, layout or Layout())
    return sheet


def rows_of(path: Path, layout: Layout | None = None) -> list[tuple[int, dict[str, str]]]:
    sheet = sheet_of(path, layout)
    return [
        (record.row, {key: "|".join(texts) for key, texts in record.cells.items()})
        for record in sheet.records
    ]


def unreadable(path: Path, layout: Layout | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        list(read_sheets(path, layout or Layout()))
    return refusal.value


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.mark.parametrize(
    "data",
    [
        SIMPLE.encode("utf-8"),
        SIMPLE.encode("utf-8-sig"),
        SIMPLE.encode("cp1252"),
        SIMPLE.encode("utf-16"),
        b"\xff\xfe" + SIMPLE.encode("utf-16-le"),
        b"\xfe\xff" + SIMPLE.encode("utf-16-be"),
        SIMPLE.encode("utf-16-le"),
        SIMPLE.encode("utf-16-be"),
        SIMPLE.replace("\n", "\r\n").encode(),
        SIMPLE.replace("\n", "\r").encode(),
        SIMPLE.replace(",", ";").encode(),
        SIMPLE.replace(",", "\t").encode(),
        SIMPLE.replace(",", "|").encode(),
        SIMPLE.rstrip().encode(),
        b'"id","name"\n"a","' + "Ärger & Müh’".encode() + b'"\n"b","Zwei"\n',
    ],
    ids=[
        "utf-8",
        "bom",
        "cp1252",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-16-le-without-mark",
        "utf-16-be-without-mark",
        "crlf",
        "cr",
        "semicolon",
        "tab",
        "bar",
        "no-end",
        "quoted",
    ],
)
def test_the_same_table_is_read_from_every_encoding_delimiter_and_line_end(
    written: Path, data: bytes
) -> None:
    written.write_bytes(data)
    assert rows_of(written) == [(2, {"id": "a", "name": "Ärger & Müh’"}), (3, {"id": "b", "name": "Zwei"})]


def test_the_delimiter_is_found_in_the_header_though_the_cells_hold_more_of_another(written: Path) -> None:
    written.write_bytes(b"id,name\ra,x;y;z;w\rb,x;y;z;w;v\r")
    assert rows_of(written)[0] == (2, {"id": "a", "name": "x;y;z;w"})


def test_a_tsv_file_is_split_at_tabs_only(tmp_path: Path) -> None:
    path = tmp_path / "table.tsv"
    path.write_text("id\tname, in full\na\tOne, two\n", encoding="utf-8")
    assert rows_of(path) == [(2, {"id": "a", "name in full": "One, two"})]


def test_a_cell_may_hold_lines_and_rows_are_counted_as_a_spreadsheet_counts_them(written: Path) -> None:
    written.write_bytes(b'id,name\r\na,"one\r\ntwo\nthree"\n\n  ,\nb,x\r\n')
    assert rows_of(written) == [(2, {"id": "a", "name": "one\r\ntwo\nthree"}), (5, {"id": "b", "name": "x"})]


def test_empty_rows_above_the_header_are_passed_over_and_counted(written: Path) -> None:
    written.write_text("\n\nid;name\na;x\n", encoding="utf-8")
    assert rows_of(written) == [(4, {"id": "a", "name": "x"})]


def test_headers_of_the_same_name_are_told_apart_by_number(written: Path) -> None:
    written.write_text("id,colour_rating,Colour rating,COLOUR RATING\na,x,y,z\n", encoding="utf-8")
    assert rows_of(written) == [
        (2, {"id": "a", "colour rating": "x", "colour rating 2": "y", "colour rating 3": "z"})
    ]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Project Name", "project name"),
        ("  IPA_Delivery-Confidence  ", "ipa delivery confidence"),
        ("Whole Life Cost (£m)", "whole life cost"),
        ("Start date\n(latest approved)", "start date"),
        ("Cost (£m, unclosed", "cost"),
        ("", ""),
    ],
)
def test_headers_are_compared_without_case_brackets_and_further_lines(header: str, key: str) -> None:
    assert folded(header) == key


def test_a_table_that_runs_across_is_turned_and_its_columns_counted(written: Path) -> None:
    text = "Project Name,Alpha,Beta,\nDepartment,DFT,HO,\nNote,,n,\n\n* A footnote\n"
    written.write_text(text, encoding="utf-8")
    sheet = sheet_of(written, Layout(headers=["project name", "department"]))
    assert [(r.row, r.across, r.cells) for r in sheet.records] == [
        (2, True, {"project name": ["Alpha"], "department": ["DFT"]}),
        (3, True, {"project name": ["Beta"], "department": ["HO"], "note": ["n"]}),
    ]


def test_the_header_row_is_found_below_a_title_by_the_names_it_must_hold(written: Path) -> None:
    written.write_text("Our projects,,\n,,\nNo,Project Name,Department\n1,Alpha,DFT\n", encoding="utf-8")
    layout = Layout(headers=["project name", "department"])
    assert rows_of(written, layout) == [(4, {"no": "1", "project name": "Alpha", "department": "DFT"})]


def test_a_cell_beyond_the_headers_is_not_lost_silently(written: Path) -> None:
    written.write_text("id,name,\na,x,\nb,Business, Innovation & Skills\nc,x,,y\n", encoding="utf-8")
    assert [record.astray for record in sheet_of(written).records] == ["", "Innovation & Skills", "y"]


@pytest.mark.parametrize("data", [b"", b"\n\r\n ", b"   "], ids=["nothing", "lines", "spaces"])
def test_an_empty_file_is_called_empty(written: Path, data: bytes) -> None:
    written.write_bytes(data)
    assert unreadable(written).reason == "is empty."


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"PK\x03\x04\x14\x00\x06\x00",
        b"id,name\n\x00\x01\x02,x\n",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    ],
    ids=["pdf", "zip", "binary", "png"],
)
def test_what_is_no_text_is_not_read_as_a_table_whatever_its_name(written: Path, data: bytes) -> None:
    written.write_bytes(data)
    assert re.match(r"is (not a text file|a PDF|a picture)", unreadable(written).reason)
    assert unreadable(written).remedy


def test_a_byte_that_is_not_text_is_named_with_its_line(written: Path) -> None:
    written.write_bytes(b"id,name\na,x\nb,\x81\n")
    reason = "has the byte 0x81 in line 3, which is not text in utf-8-sig or cp1252."
    assert unreadable(written).reason == reason


def test_a_quotation_mark_that_is_never_closed_is_an_error_not_one_long_cell(written: Path) -> None:
    written.write_text('id,name\na,"x\nb,y\n', encoding="utf-8")
    assert unreadable(written).reason.startswith("is not a well-formed table")
    assert unreadable(written).remedy == "Check the quotation marks."


@pytest.mark.parametrize(
    "data",
    [b"", b"no zip at all", b"PK\x03\x04 half a zip", b"PK\x05\x06" + b"\0" * 18],
    ids=["empty", "text", "half", "no-parts"],
)
def test_a_broken_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(data)
    assert unreadable(path).reason == "is not an XLSX workbook."


def test_a_workbook_that_would_unpack_to_more_than_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for number in range(3):
            parts.writestr(f"xl/worksheets/sheet{number}.xml", b" " * 1024 * 1024)
    monkeypatch.setattr(limits, "MOST_BYTES", 2 * 1024 * 1024)
    assert path.stat().st_size < 10_000
    assert unreadable(path).reason == "unpacks to more than 2 MB."


def test_a_sheet_with_one_cell_at_the_far_corner_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active
    book.active["XFD1048576"] = "x"
    book.active["A1"] = "id"
    book.save(tmp_path / "far.xlsx")
    assert "of more than 50,000,000 cells" in unreadable(tmp_path / "far.xlsx").reason


def test_a_file_larger_than_the_limit_is_refused_unread(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.write_text(SIMPLE, encoding="utf-8")
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    assert unreadable(written).remedy == "Split it."


def test_cells_of_a_workbook_are_read_as_a_person_sees_them(tmp_path: Path) -> None:
    from datetime import date, datetime

    book = Workbook()
    assert book.active
    book.active.title = "programmes"
    book.active.append(["id", "from", "until", "cost", "share", "code"])
    book.active.append(["a", date(2014, 3, 31), datetime(2014, 4, 1, 12, 30), 7, 2.5, "007"])
    second = book.create_sheet("barriers")
    second.append(["id"])
    book.save(tmp_path / "book.xlsx")
    first, other = read_sheets(tmp_path / "book.xlsx", Layout())
    assert (first.name, other.name, other.records) == ("programmes", "barriers", [])
    assert first.records[0].cells == {
        "id": ["a"], "from": ["2014-03-31"], "until": ["2014-04-01"], "cost": ["7"], "share": ["2.5"], "code": ["007"],
    }  # fmt: skip


def test_nested_json_records_are_read_under_dotted_names(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    found = {
        "page": {
            "results": [
                {
                    "id": 1,
                    "open": True,
                    "none": None,
                    "parents": [{"id": "x"}, {"id": "y"}],
                    "tags": ["a", "b"],
                }
            ]
        }
    }
    path.write_text(json.dumps(found), encoding="utf-8")
    (record,) = sheet_of(path, Layout(records="page.results")).records
    assert record.cells == {"id": ["1"], "open": ["true"], "parents.id": ["x", "y"], "tags": ["a", "b"]}
    assert record.row == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"results": [1,\n}', "is not well-formed JSON in line 2."),
        ('{"other": []}', "has no list at “results”."),
        ("[" * 100_000, "is nested too deep."),
        ("", "is empty."),
    ],
    ids=["broken", "elsewhere", "nested", "empty"],
)
def test_json_that_cannot_be_read_is_refused_in_these_words(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    assert unreadable(path, Layout(records="results")).reason == reason


WORD = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
    .map(str.strip)
    .filter(bool)
)


@given(
    rows=st.lists(st.tuples(WORD, WORD), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_is_written_as_csv_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, end: str, encoding: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows([("id", "name"), *rows])
    path = tmp_path / "any.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    assert [cells for _, cells in rows_of(path)] == [{"id": one, "name": other} for one, other in rows]


@given(st.binary(max_size=200))
def test_any_bytes_are_either_read_or_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    for name in ("any.csv", "any.tsv", "any.json", "any.xlsx"):
        (tmp_path / name).write_bytes(data)
        try:
            list(read_sheets(tmp_path / name, Layout()))
        except Unreadable as refusal:
            assert refusal.reason.endswith(".")
