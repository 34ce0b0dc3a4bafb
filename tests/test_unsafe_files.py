"""Files made to do harm, or broken on the way: each is refused with a sentence, and none is unpacked beyond the limit."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from graph.ingest import limits
from graph.ingest.reading import Layout, Unreadable, read_sheets
from graph.ingest.values import Address, BadValue, clean


def made(fill: Callable[[zipfile.ZipFile], object] = lambda _: None, **replaced: bytes) -> bytes:
    """A small workbook, with some of its parts replaced and others added."""
    book = Workbook()
    assert book.active
    book.active.append(["id"])
    book.active.append(["a"])
    first, out = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, replaced.get(Path(part.filename).stem, old.read(part)))
        fill(new)
    return out.getvalue()


def refusal(path: Path, data: bytes) -> Unreadable:
    path.write_bytes(data)
    with pytest.raises(Unreadable) as refused:
        list(read_sheets(path, Layout()))
    assert refused.value.reason.endswith(".")
    return refused.value


def test_the_workbook_of_these_tests_can_be_read_before_it_is_spoilt(tmp_path: Path) -> None:
    (tmp_path / "b.xlsx").write_bytes(made())
    (sheet,) = read_sheets(tmp_path / "b.xlsx", Layout())
    assert sheet.records[0].cells == {"id": ["a"]}


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + SHEET % b"&b;"
)


@pytest.mark.parametrize(
    ("name", "data", "reason", "remedy"),
    [
        ("t.csv", b"%PDF-1.7 x", "is a PDF", "table itself"),
        ("t.csv", made(), "is not a text file", "name it .xlsx"),
        ("t.csv", b"\x1f\x8b\x08\0", "is compressed", "Unpack"),
        ("t.csv", b"id\na\0b\n", "line 2 holds a NUL byte", "Save it"),
        ("t.csv", b"id,name\rb,\x9d\r", "byte 0x9d in line 2", "encoding"),
        ("t.csv", b"\xff\xfe", "is empty", ""),
        ("t.csv", b"\xef\xbb\xbf", "is empty", ""),
        ("t.xlsx", b"id,name\na,x\n", "is not an XLSX workbook", "name it .csv"),
        ("t.ods", b"id,name\na,x\n", "is not an ODS workbook", "name it .csv"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is encrypted", "without a password"),
        ("t.xlsx", made()[:-400], "is not an XLSX workbook", "cut short"),
        ("t.xlsx", made(sheet1=LAUGHS), "a DOCTYPE", "save it"),
        ("t.xlsx", made(workbook=b'<!doctype x SYSTEM "file:///etc/passwd"><workbook/>'), "a DOCTYPE", "save it"),
        ("t.xlsx", made(sheet1=(SHEET % b"").decode().encode("utf-16")), "not UTF-8", "save it"),
        ("t.xlsx", made(sheet1=SHEET % b'<row r="9999999"><c r="ZZZ9999999"><v>1</v></c></row>'), "more than 50,000,000 cells", "Delete"),
        ("t.json", b"PK\x03\x04", "is not a text file", ""),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_seems_is_refused_in_these_words(
    tmp_path: Path, name: str, data: bytes, reason: str, remedy: str
) -> None:
    refused = refusal(tmp_path / name, data)
    assert reason in refused.reason
    assert remedy in refused.remedy


def bomb(size: int) -> bytes:
    """A workbook whose shared strings unpack to `size` bytes, and say in each header that they unpack to ten."""
    data = bytearray(made(lambda parts: parts.writestr("xl/bomb.xml", b" " * size)))
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.rindex(
            sign, 0, data.rindex(b"xl/bomb.xml") if at == 24 else data.index(b"xl/bomb.xml") + 1
        )
        data[place + at : place + at + 4] = struct.pack("<I", 10)
    return bytes(data)


def test_a_part_that_lies_about_its_size_is_counted_while_it_unpacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 4 * 1024 * 1024)
    data = bomb(200 * 1024 * 1024)
    assert len(data) < 1024 * 1024
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert parts.getinfo("xl/bomb.xml").file_size == 10
    tracemalloc.start()
    assert refusal(tmp_path / "bomb.xlsx", data).reason == "unpacks to more than 4 MB."
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024


def test_files_within_the_file_are_left_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 4 * 1024 * 1024)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("x", b" " * 50_000_000)

    def embed(parts: zipfile.ZipFile) -> None:
        parts.writestr("xl/embeddings/inner.zip", inner.getvalue())
        parts.writestr("xl/media/zeros.bin", b"\0" * 20_000_000)

    (tmp_path / "b.xlsx").write_bytes(made(embed))
    assert [len(sheet.records) for sheet in read_sheets(tmp_path / "b.xlsx", Layout())] == [1]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    data = made(lambda parts: parts.writestr("xl/workbook.xml", "<workbook/>"))
    assert "two of one name" in refusal(tmp_path / "b.xlsx", data).reason


def test_cells_without_a_place_count_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CELLS", 1000)
    row = b"<row>" + b"<c><v>1</v></c>" * 50 + b"</row>"
    assert "more than 1,000 cells" in refusal(tmp_path / "b.xlsx", made(sheet1=SHEET % (row * 50))).reason


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u202eb", "a\u2066b", "#REF!", "#N/A"])
def test_a_cell_that_no_document_should_hold_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as bad:
        clean(text)
    assert bad.value.remedy


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a b", "//x"]
)
def test_only_web_addresses_become_links(text: str) -> None:
    with pytest.raises(BadValue):
        Address().read(text)
