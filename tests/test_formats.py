"""Formats: ODS, XLSX with all that people put in one, JSON of any nesting, and text tables of unusual make."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from graph.ingest.reading import Layout, Unreadable, read_sheets
from graph.ingest.values import BadValue, Number, clean

_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)


def ods(path: Path, tables: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        parts.writestr(
            "content.xml", _OPEN + tables + "</office:spreadsheet></office:body></office:document-content>"
        )
    return path


def words(text: str, said: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{said}><text:p>{text}</text:p></table:table-cell>'


def cells_of(path: Path, layout: Layout | None = None) -> list[dict[str, str]]:
    return [
        {key: "|".join(texts) for key, texts in record.cells.items()}
        for sheet in read_sheets(path, layout or Layout())
        for record in sheet.records
    ]


@pytest.fixture
def book(tmp_path: Path) -> Callable[[Callable[[Worksheet], object]], Path]:
    def write(fill: Callable[[Worksheet], object]) -> Path:
        made = Workbook()
        assert made.active
        fill(made.active)
        made.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return write


@pytest.fixture
def text(tmp_path: Path) -> Callable[[str], Path]:
    def write(content: str, name: str = "table.csv") -> Path:
        (tmp_path / name).write_bytes(content.encode())
        return tmp_path / name

    return write


def test_an_ods_workbook_is_read_with_its_dates_money_and_repeated_cells(tmp_path: Path) -> None:
    rows = (
        f"<table:table-row>{words('id')}{words('share')}{words('cost')}{words('from')}{words('note')}</table:table-row>"
        f"<table:table-row>{words('a')}"
        '<table:table-cell office:value-type="percentage" office:value="0.25"><text:p>25%</text:p></table:table-cell>'
        '<table:table-cell office:value-type="currency" office:value="26.19"><text:p>£26.19</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2014-03-31"><text:p>31/03/14</text:p></table:table-cell>'
        '<table:table-cell office:value-type="string" table:formula="of:=&quot;x&quot;"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{words("b")}</table:table-row>'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    path = ods(tmp_path / "t.ods", f'<table:table table:name="programmes">{rows}</table:table>')
    assert cells_of(path) == [
        {"id": "a", "share": "0.25", "cost": "26.19", "from": "2014-03-31", "note": "x"},
        {"id": "b"},
        {"id": "b"},
    ]


def test_an_ods_cell_that_repeats_itself_over_the_whole_sheet_is_refused(tmp_path: Path) -> None:
    wide = words("x", ' table:number-columns-repeated="16000"')
    path = ods(
        tmp_path / "t.ods",
        f'<table:table table:name="t"><table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row></table:table>',
    )
    with pytest.raises(Unreadable, match="more than 50,000,000 cells"):
        list(read_sheets(path, Layout()))


def test_hidden_sheets_are_read_and_a_mapping_may_choose_sheets(tmp_path: Path) -> None:
    made = Workbook()
    assert made.active
    made.active.title = "one"
    made.active.append(["id"])
    hidden = made.create_sheet("two")
    hidden.sheet_state = "veryHidden"
    hidden.append(["id"])
    hidden.append(["h"])
    made.save(tmp_path / "b.xlsx")
    assert [s.name for s in read_sheets(tmp_path / "b.xlsx", Layout())] == ["one", "two"]
    (chosen,) = read_sheets(tmp_path / "b.xlsx", Layout(sheets=["two"]))
    assert chosen.records[0].cells == {"id": ["h"]}
    with pytest.raises(Unreadable, match="has no sheet three"):
        list(read_sheets(tmp_path / "b.xlsx", Layout(sheets=["three"])))


def test_a_formula_is_never_run_and_an_error_stays_one(book: Callable[..., Path]) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["id", "sum", "error", "text", "yes", "at"])
        sheet.append(["a", "=1+1", "#REF!", "'=cmd|' /C calc'!A0", True, time(9, 30)])
        sheet["C2"].data_type = "e"

    (row,) = cells_of(book(fill))
    assert row == {
        "id": "a",
        "error": "#REF!",
        "text": "'=cmd|' /C calc'!A0",
        "yes": "true",
        "at": "09:30:00",
    }
    with pytest.raises(BadValue, match="error of the spreadsheet"):
        clean("#REF!")


def test_numbers_of_a_workbook_have_the_digits_that_a_person_sees(book: Callable[..., Path]) -> None:
    path = book(
        lambda sheet: [sheet.append(["n"])] + [sheet.append([n]) for n in (0.1 + 0.2, 1e-7, 26.19, 7.0, 1e15)]
    )
    assert [row["n"] for row in cells_of(path)] == ["0.3", "0.0000001", "26.19", "7", "1000000000000000"]


def test_a_cell_merged_over_rows_counts_in_each_and_over_columns_heads_each(
    book: Callable[..., Path],
) -> None:
    def fill(sheet: Worksheet) -> None:
        for row in (["Dept", "2019", None], [None, "Budget", "Spend"], ["DFT", 1, 2], [None, 3, 4]):
            sheet.append(row)
        sheet.merge_cells("B1:C1")
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("A3:A4")

    assert cells_of(book(fill), Layout(header_rows=(1, 2))) == [
        {"dept": "DFT", "2019 budget": "1", "2019 spend": "2"},
        {"dept": "DFT", "2019 budget": "3", "2019 spend": "4"},
    ]


@pytest.mark.parametrize(
    ("content", "layout", "rows"),
    [
        ("A title\nNote; x\nid;name\na;x\n", Layout(skip_lines=2), [{"id": "a", "name": "x"}]),
        ("id;name\na;x\n", Layout(header_rows=(1,)), [{"id": "a", "name": "x"}]),
        ("Title, of it\n\nid,name\na,x\n", Layout(header_rows=(3,)), [{"id": "a", "name": "x"}]),
        ("2019,,2020\nin,out,in\n1,2,3\n", Layout(header_rows=(1, 2)), [{"2019 in": "1", "2019 out": "2", "2020 in": "3"}]),
        ("id,name\n# not this\na,x\n", Layout(comment="#"), [{"id": "a", "name": "x"}]),
        ("id,name\na,x\nTotal,7\n* note,\n", Layout(skip=re.compile(r"total|\*.*", re.I)), [{"id": "a", "name": "x"}]),
        ("id,name\na,'x, y'\n", Layout(quote="'"), [{"id": "a", "name": "x, y"}]),
        ('id,name\na,"x \\" y"\n', Layout(escape="\\"), [{"id": "a", "name": 'x " y'}]),
        ('id\tname\na\t"x\n', Layout(quote="", delimiter="\t"), [{"id": "a", "name": '"x'}]),
        ("id:name\na:x\n", Layout(delimiter=":"), [{"id": "a", "name": "x"}]),
        ("sep=;\nid;name, full\na;x\n", Layout(), [{"id": "a", "name full": "x"}]),
        ("A list of all; as of today\nname,id\nx,a\n", Layout(headers=["name", "id"]), [{"name": "x", "id": "a"}]),
        ("id,A\nname,x\n", Layout(across=True), [{"id": "A", "name": "x"}]),
        ("id,name\ra,x\r\nb,y\nc,z", Layout(), [{"id": i, "name": n} for i, n in ("ax", "by", "cz")]),
    ],
)  # fmt: skip
def test_text_tables_of_unusual_make(
    text: Callable[..., Path], content: str, layout: Layout, rows: list[dict[str, str]]
) -> None:
    assert cells_of(text(content), layout) == rows


def test_rows_keep_their_numbers_below_lines_that_are_passed_over(text: Callable[..., Path]) -> None:
    (sheet,) = read_sheets(text("one\ntwo\nid\na\n"), Layout(skip_lines=2))
    assert sheet.records[0].row == 4


def test_a_column_may_be_named_by_its_position(text: Callable[..., Path]) -> None:
    (sheet,) = read_sheets(text("a,x, y \nb,z\n"), Layout(header_rows=(0,)))
    assert [record.get("@3") for record in sheet.records] == [["y"], []]
    assert sheet.records[1].row == 2
    assert sheet.records[0].get("@0") == sheet.records[0].get("@99") == []


def test_thousands_of_columns_are_read_and_too_many_refused(text: Callable[..., Path]) -> None:
    wide = text(",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join("x" for _ in range(5000)))
    assert len(cells_of(wide)[0]) == 5000
    with pytest.raises(Unreadable, match="more than 16,384 columns in line 1"):
        cells_of(text("a," * 20_000))


def test_a_cell_too_long_is_refused_with_its_line(text: Callable[..., Path]) -> None:
    with pytest.raises(Unreadable, match="a cell of more than 1,000,000 characters in line 2"):
        cells_of(text('id\n"' + "x" * 1_000_001 + '"'))


RELEASES = {
    "publisher": {"name": "P"},
    "releases": [
        {"ocid": "o1", "tags": ["t", "u"], "awards": [{"id": "1"}, {"id": "2"}], "parties": [{"id": "z"}]},
        {"ocid": "o2", "awards": []},
        {"ocid": "o3", "awards": {"id": "3"}},
    ],
}


def test_lists_within_lists_make_one_record_for_each_inner_item_with_the_values_around(
    text: Callable[..., Path],
) -> None:
    path = text(json.dumps(RELEASES), "r.json")
    around = {"publisher.name": "P", "releases.ocid": "o1", "releases.tags": "t|u"}
    assert cells_of(path, Layout(records="releases.awards")) == [
        {**around, "id": "1"},
        {**around, "id": "2"},
        {"publisher.name": "P", "releases.ocid": "o3", "id": "3"},
    ]


def test_json_lines_are_read_line_by_line_and_a_bad_line_is_named(text: Callable[..., Path]) -> None:
    path = text('{"id": 1, "of": {"x": 2.50}}\n\n{"id": 2}\n', "r.jsonl")
    (sheet,) = read_sheets(path, Layout())
    assert [(r.row, r.cells) for r in sheet.records] == [
        (1, {"id": ["1"], "of.x": ["2.50"]}),
        (3, {"id": ["2"]}),
    ]
    assert cells_of(text('{"of": [{"id": 1}, {"id": 2}]}\n', "r.ndjson"), Layout(records="of")) == [
        {"id": "1"},
        {"id": "2"},
    ]
    with pytest.raises(Unreadable, match="not well-formed JSON in line 2"):
        cells_of(text('{"id": 1}\n{"id": \n', "r.jsonl"))


def test_json_may_be_a_list_at_the_top_and_its_numbers_stay_as_written(text: Callable[..., Path]) -> None:
    path = text('[{"n": 1.10, "m": 1e3, "big": ' + "9" * 5000 + "}]", "r.json")
    assert cells_of(path) == [{"n": "1.10", "m": "1000", "big": "9" * 5000}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"n": NaN}]', "holds NaN"),
        ('[{"n": 1e999999999}]', None),
        ('[{"a":' * 60 + "1" + "}]" * 60, "nested more than 100 deep"),
        ("[" * 5000 + "]" * 5000, "nested too deep"),
    ],
)
def test_json_made_to_do_harm_is_refused_or_read_as_words(
    text: Callable[..., Path], content: str, says: str | None
) -> None:
    path = text(content, "r.json")
    if says:
        with pytest.raises(Unreadable, match=says):
            cells_of(path)
    else:
        assert cells_of(path) == [{"n": "1e999999999"}]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=12))  # fmt: skip
def test_any_json_is_read_or_refused_and_every_word_of_a_list_is_kept(tmp_path: Path, found: object) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps({"list": [found]}), encoding="utf-8")
    (sheet,) = read_sheets(path, Layout(records="list"))
    kept = [text for record in sheet.records for texts in record.cells.values() for text in texts]

    def leaves(value: object) -> list[str]:
        if isinstance(value, dict):
            return [leaf for inner in value.values() for leaf in leaves(inner)]
        if isinstance(value, list):
            return [leaf for inner in value for leaf in leaves(inner)]
        return [] if value in (None, "") else [str(value).lower() if isinstance(value, bool) else str(value)]

    assert sorted(kept) == sorted(leaves(found))


def test_a_share_may_be_written_as_a_percentage() -> None:
    assert Number(0, 1).read("25%").value == "0.25"
    with pytest.raises(BadValue):
        Number(0, 1).read("125%")


def test_a_day_of_a_workbook_is_a_day_and_not_a_number(book: Callable[..., Path]) -> None:
    assert cells_of(book(lambda s: [s.append(["on"]), s.append([date(2014, 3, 31)])])) == [
        {"on": "2014-03-31"}
    ]
