"""Workbooks as spreadsheets save them: cells that show an error, and merged cells, the same in ODS as in XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from odfdo import Annotation, Cell, Document, Table
from openpyxl import Workbook
from xlsxwriter import Workbook as Written

from graph.errors import Issue
from graph.ingest import limits
from graph.ingest.reading import Layout, Unreadable, read_sheets
from graph.ingest.values import BadValue, clean
from graph.store import open_store

Rows = Sequence[Sequence[str]]


def ods(
    path: Path,
    rows: Rows,
    merged: Sequence[str] = (),
    errors: dict[str, Cell] | None = None,
    sheet: str = "programmes",
) -> Path:
    document = Document("spreadsheet")
    document.body.clear()
    document.body.append(Table("about"))
    table = Table(sheet)
    table.set_values([list(row) for row in rows])
    for place, cell in (errors or {}).items():
        table.set_cell(place, cell)
    for span in merged:
        table.set_span(span)
    document.body.append(table)
    document.save(str(path))
    return path


def xlsx(path: Path, rows: Rows, merged: Sequence[str] = ()) -> Path:
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append([cell or None for cell in row])
    for span in merged:
        book.active.merge_cells(span)
    book.save(path)
    return path


def failed(shown: str, kind: str = "string", value: object = "") -> Cell:
    """A cell whose formula failed: text or zero for other programs, the error for the reader."""
    cell = Cell(value, text=shown, cell_type=kind, formula="of:=1/0")
    cell.set_attribute("calcext:value-type", "error")
    return cell


def cells_of(path: Path, layout: Layout | None = None) -> list[dict[str, str]]:
    sheets = [*read_sheets(path, layout or Layout())]
    return [{k: "|".join(v) for k, v in record.cells.items()} for sheet in sheets for record in sheet.records]


@pytest.mark.parametrize(
    ("shown", "kind", "value"),
    [
        ("#N/A", "float", 0),
        ("#DIV/0!", "string", ""),
        ("Err:502", "string", ""),
        ("#NAME?", "string", "#NAME?"),
    ],
)
def test_a_formula_that_failed_is_told_with_its_place_in_ods_as_in_xlsx(
    tmp_path: Path, refusal: Callable[..., list[Issue]], shown: str, kind: str, value: object
) -> None:
    rows = [["id", "name", "from"], ["a", "Skills", "2014-01-01"], ["b", "Homes", ""]]
    with Written(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet("programmes")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.write_formula("C3", "=1/0", value=shown)
    path = ods(tmp_path / "t.ods", rows, errors={"C3": failed(shown, kind, value)})
    said = []
    for file in (path, tmp_path / "t.xlsx"):
        (issue,) = refusal(open_store("memory"), file)
        said.append((issue.reason, issue.remedy, issue.sheet, issue.row, issue.column, issue.value))
    assert said[0] == (
        "is an error of the spreadsheet, not a value.",
        "Correct the formula, or leave it empty.",
        "programmes",
        3,
        "from",
        shown,
    )
    assert said[1] == said[0]


def test_an_error_in_repeated_cells_and_rows_of_ods_stands_in_each_of_them(tmp_path: Path) -> None:
    cell = failed("#REF!")
    cell.repeated = 2
    path = ods(tmp_path / "t.ods", [["id", "x", "y"], ["a", "", ""]], errors={"B2": cell})
    assert cells_of(path) == [{"id": "a", "x": "#REF!", "y": "#REF!"}]


def test_an_error_in_a_comment_beside_a_value_is_none(tmp_path: Path) -> None:
    cell = Cell(7.5)
    cell.insert(Annotation("#N/A", creator="Role"), position=0)
    path = ods(tmp_path / "t.ods", [["id", "cost"], ["a", ""]], errors={"B2": cell})
    assert cells_of(path) == [{"id": "a", "cost": "7.5"}]


def test_words_that_only_begin_like_an_error_are_words() -> None:
    assert clean("Err: 502 came up") == "Err: 502 came up"
    assert clean("#1 priority") == "#1 priority"
    with pytest.raises(BadValue, match="error of the spreadsheet"):
        clean("err:504")


MERGED = [
    ["Dept", "2019", "", "Name"],
    ["", "Budget", "Spend", ""],
    ["DFT", "1", "2", "Rail"],
    ["", "3", "4", "Road"],
    ["DFE", "5", "", "Skills"],
]
SPANS = ["A1:A2", "B1:C1", "D1:D2", "A3:A4", "B5:C5"]


@pytest.mark.parametrize("write", [ods, xlsx])
def test_a_merged_cell_counts_in_each_of_its_rows_and_in_the_first_of_its_columns(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    path = write(tmp_path / f"t.{write.__name__}", MERGED, SPANS)
    assert cells_of(path, Layout(header_rows=(1, 2))) == [
        {"dept": "DFT", "2019 budget": "1", "2019 spend": "2", "name": "Rail"},
        {"dept": "DFT", "2019 budget": "3", "2019 spend": "4", "name": "Road"},
        {"dept": "DFE", "2019 budget": "5", "name": "Skills"},
    ]


@pytest.mark.parametrize("write", [ods, xlsx])
def test_a_mapping_may_count_merged_cells_in_their_first_row_alone(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    path = write(tmp_path / f"t.{write.__name__}", MERGED, SPANS)
    departments = [row.get("dept", "") for row in cells_of(path, Layout(header_rows=(1, 2), down=False))]
    assert departments == ["DFT", "", "DFE"]


def test_what_a_merged_cell_hides_is_not_read(tmp_path: Path) -> None:
    rows = [["id", "name", "note"], ["a", "Skills", "hidden"], ["b", "old name", "x"]]
    hiding = ods(tmp_path / "t.ods", rows, ["B2:C2"])
    assert cells_of(hiding)[0] == {"id": "a", "name": "Skills"}
    with Written(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet("programmes")
        sheet.merge_range("B2:B3", "")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    assert [row["name"] for row in cells_of(tmp_path / "t.xlsx")] == ["Skills", "Skills"]


def test_merged_cells_over_each_other_are_refused_before_they_cost_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = xlsx(tmp_path / "t.xlsx", [["id", "", "x"]] * 30, [f"A1:B{last}" for last in range(2, 31)])
    monkeypatch.setattr(limits, "MOST_CELLS", 100)
    with pytest.raises(Unreadable, match="lie over each other"):
        cells_of(path)
