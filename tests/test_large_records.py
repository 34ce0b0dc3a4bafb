"""Files of records, XML and JSON: refused by size before they are read, read part by part, each record on its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import Issue
from graph.ingest import files, limits
from graph.ingest.load import load
from graph.ingest.reading import Layout, Unreadable, read_sheets
from graph.store import open_store

MAPPING = """title = "Things"
[read]
records = "item"
[[rows]]
table = "programmes"
columns = { id = "id", name = "name" }
"""


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    path = tmp_path / "things.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return str(path)


def xml(count: int) -> str:
    items = "".join(f"<item><id>p{n}</id><name>Thing {n}</name></item>" for n in range(1, count + 1))
    return f"<items>{items}</items>"


def lines(count: int) -> str:
    return "".join(
        json.dumps({"item": [{"id": f"p{n}", "name": f"Thing {n}"}]}) + "\n" for n in range(1, count + 1)
    )


def whole(count: int) -> str:
    return json.dumps({"item": [{"id": f"p{n}", "name": f"Thing {n}"} for n in range(1, count + 1)]})


def commas(count: int) -> str:
    return "id,name\n" + "".join(f"p{n},Thing {n}\n" for n in range(1, count + 1))


WRITERS = [("t.xml", xml), ("t.jsonl", lines), ("t.ndjson", lines), ("t.json", whole), ("t.csv", commas), ("t.tsv", commas)]  # fmt: skip


@pytest.mark.parametrize(("name", "write"), WRITERS)
def test_a_file_that_is_too_large_is_refused_unread_whatever_its_kind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Callable[..., list[Issue]],
    mapping: str,
    name: str,
    write: Callable[[int], str],
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 2 * 1024 * 1024)
    with (tmp_path / name).open("w", encoding="utf-8") as file:
        file.write(write(10))
        file.write(" " * limits.MOST_BYTES)
    opened: list[object] = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path))
    (issue,) = refusal(open_store("memory"), tmp_path / name, mapping=mapping)
    assert (issue.file, issue.reason, issue.remedy) == (name, "is larger than 2 MB.", "Split it.")
    assert not opened


def test_one_enormous_line_of_json_or_record_of_xml_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_JSON_BYTES", 1024 * 1024)
    monkeypatch.setattr(limits, "MOST_PARTS_OF_RECORD", 100)
    long = json.dumps({"id": "a", "name": "x" * 1024 * 1024})
    (tmp_path / "t.jsonl").write_text('{"id": "b"}\n' + long, encoding="utf-8")
    with pytest.raises(Unreadable, match="has more than 1 MB in line 2"):
        list(read_sheets(tmp_path / "t.jsonl", Layout()))
    (tmp_path / "t.xml").write_text(f"<l><item>{'<a/>' * 101}</item></l>", encoding="utf-8")
    with pytest.raises(Unreadable, match="a record of more than 100 elements"):
        list(read_sheets(tmp_path / "t.xml", Layout(records="item")))
    (tmp_path / "t.xml").write_text(f"<l>{'<item><a/></item>' * 101}</l>", encoding="utf-8")
    assert sum(len(sheet.records) for sheet in read_sheets(tmp_path / "t.xml", Layout(records="item"))) == 101


@pytest.mark.parametrize(("name", "write"), [("t.xml", xml), ("t.jsonl", lines)])
def test_records_are_read_part_by_part_and_all_of_them_become_rows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mapping: str,
    name: str,
    write: Callable[[int], str],
) -> None:
    monkeypatch.setattr(files, "_AT_ONCE", 500)
    (tmp_path / name).write_text(write(1700), encoding="utf-8")
    told: list[tuple[int, int]] = []
    store = open_store("memory")
    report = load(
        store,
        [tmp_path / name],
        mapping=mapping,
        progress=lambda f, n, of: told.append((n, of)) if f == name else None,
    )
    assert report.sources[0].records == report.sources[0].rows["programmes"] == 1700
    assert [n for n, _ in told] == [500, 1000, 1500, 1700]
    assert told[-1] == (1700, 1700)
    assert all(1000 < of < 3000 for n, of in told if n > 500)
    assert {"Thing 1", "Thing 501", "Thing 1700"} <= set(store.dataset().labels.values())


def test_what_is_wrong_at_the_end_of_a_file_refuses_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Callable[..., list[Issue]], mapping: str
) -> None:
    monkeypatch.setattr(files, "_AT_ONCE", 10)
    store = open_store("memory")
    (tmp_path / "t.xml").write_text(xml(35).removesuffix("</items>"), encoding="utf-8")
    (issue,) = refusal(store, tmp_path / "t.xml", mapping=mapping)
    assert "not well-formed XML" in issue.reason
    (tmp_path / "t.jsonl").write_text(lines(35) + "{", encoding="utf-8")
    (issue,) = refusal(store, tmp_path / "t.jsonl", mapping=mapping)
    assert issue.reason == "is not well-formed JSON in line 36."
    assert store.version == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_json_lines_are_read_in_every_encoding_and_with_every_line_end(
    tmp_path: Path, encoding: str, end: str
) -> None:
    text = end.join(['{"id": "a", "name": "Straße"}', "", '{"id": "b", "name": "x\\ry"}', ""])
    (tmp_path / "t.jsonl").write_bytes(text.encode(encoding))
    (sheet,) = read_sheets(tmp_path / "t.jsonl", Layout())
    assert [(r.row, r.get("id"), r.get("name")) for r in sheet.records] == [
        (1, ["a"], ["Straße"]),
        (3, ["b"], ["x\ry"]),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty."),
        (b"\n \n", "is empty."),
        (b"%PDF-1.4\n", "is a PDF."),
        (b'{"a": 1}\n{"b": "\xe9"}\n', "has the byte 0xe9 in line 2, which is not text in UTF-8."),
        (b'{"a": 1}\n{"b": NaN}\n', "holds NaN, which is no number in JSON."),
    ],
)
def test_json_lines_that_cannot_be_read_are_refused_in_these_words(
    tmp_path: Path, data: bytes, says: str
) -> None:
    (tmp_path / "t.jsonl").write_bytes(data)
    with pytest.raises(Unreadable) as refused:
        list(read_sheets(tmp_path / "t.jsonl", Layout()))
    assert refused.value.reason == says
