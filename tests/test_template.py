"""The template: what a newcomer gets is complete, explained, and loads as it is."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pyoxigraph import Literal

from graph.errors import BadParameter
from graph.ingest.load import load
from graph.ingest.tables.canonical import BY_NAME, BY_SEGMENT, FIRST, TABLES, THEMES
from graph.ingest.template import write_template
from graph.ingest.values import Link
from graph.store import Store, open_store
from ontology.terms import PROV
from ontology.validate import validate

Bytes = Callable[[Path], dict[str, str]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "new"
    write_template(folder)
    return folder


def test_it_writes_a_workbook_a_page_and_a_file_for_each_table_and_says_so(tmp_path: Path) -> None:
    written = write_template(tmp_path / "new")
    assert sorted(written) == sorted(p for p in (tmp_path / "new").rglob("*") if p.is_file())
    assert {p.name for p in written} == {"joinedup.xlsx", "columns.html", *(f"{t.name}.csv" for t in TABLES)}


def test_the_tables_load_as_they_are_with_the_one_warning_of_their_one_interview_and_fit_the_shapes(
    template: Path,
) -> None:
    store = open_store("memory")
    report = load(store, [template / "tables"])
    assert [w.reason for w in report.warnings] == [
        "Fewer than three levels were interviewed for this deep dive."
    ]
    assert {table for source in report.sources for table in source.rows} == {t.name for t in TABLES}
    found = validate(quad.triple for quad in store.dataset().backup_quads())
    assert [f.shape for f in found] == ["DeepDiveLevels"]  # it holds one interview


def test_the_workbook_loads_as_it_is_and_gives_the_same_things(template: Path) -> None:
    from_tables, from_book = open_store("memory"), open_store("memory")
    load(from_tables, [template / "tables"])
    load(from_book, [template / "joinedup.xlsx"])
    assert things(from_tables) == things(from_book)
    assert len(things(from_book)) > len(TABLES)


def things(store: Store) -> set[tuple[str, str]]:
    """Every thing that a row holds, with what it is called."""
    dataset = store.dataset()
    rows = (q.subject.value for q in dataset.backup_quads() if q.predicate.value == str(PROV.wasDerivedFrom))
    return {(iri, dataset.label(iri)) for iri in rows}


def test_a_second_time_nothing_is_written_over(template: Path, tmp_path: Path, bytes_of: Bytes) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(template, folder)
    (folder / "tables" / "programmes.csv").write_text("my work", encoding="utf-8")
    before = bytes_of(folder)
    with pytest.raises(BadParameter, match=r"mine already holds joinedup\.xlsx"):
        write_template(folder)
    assert bytes_of(folder) == before


def test_one_file_of_the_same_name_is_enough_to_write_nothing(tmp_path: Path) -> None:
    (tmp_path / "columns.html").write_text("mine", encoding="utf-8")
    with pytest.raises(BadParameter):
        write_template(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["columns.html"]


def test_the_headers_of_files_and_sheets_are_the_columns_of_the_tables(template: Path) -> None:
    book = load_workbook(template / "joinedup.xlsx")
    assert book.sheetnames == ["about", *(t.name for t in TABLES)]
    for table in TABLES:
        with (template / "tables" / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [c.name for c in table.columns] == [cell.value for cell in book[table.name][1]]


def test_every_header_of_the_workbook_explains_itself_and_needed_ones_are_shaded(template: Path) -> None:
    book = load_workbook(template / "joinedup.xlsx")
    for table in TABLES:
        for head, column in zip(book[table.name][1], table.columns, strict=True):
            assert head.comment is not None
            assert column.meaning in head.comment.text
            assert column.kind.says in head.comment.text
            assert (head.fill.fgColor.rgb == "FFFFF2CC") == column.required, column.name


class Page(HTMLParser):
    """The tags, ids and words of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_explains_every_column_of_every_table(template: Path) -> None:
    page = Page((template / "columns.html").read_text(encoding="utf-8"))
    words = " ".join(page.words.split())
    assert [a["id"] for tag, a in page.tags if tag == "h3"] == [t.name for t in TABLES]
    assert sum(tag == "h2" for tag, _ in page.tags) == len(THEMES)
    for table in TABLES:
        assert table.meaning in words
        for column in table.columns:
            assert " ".join(column.meaning.split()) in words, column.name
    assert sum(tag == "tr" for tag, _ in page.tags) == sum(len(t.columns) + 1 for t in TABLES)


def test_the_page_leads_to_every_table_first_of_all_to_those_that_are_enough_to_begin_with(
    template: Path,
) -> None:
    page = Page((template / "columns.html").read_text(encoding="utf-8"))
    led = [str(a["href"]) for tag, a in page.tags if tag == "a"]
    assert led == [f"#{name}" for name in FIRST] + [f"#{table.name}" for table in TABLES]


def test_the_page_says_which_columns_exclude_and_which_need_each_other(template: Path) -> None:
    words = " ".join(Page((template / "columns.html").read_text(encoding="utf-8")).words.split())
    assert "Fill exactly one of interview, dataset." in words
    assert "Fill both of start, end, or neither." in words
    assert "Fill completed_on if, and only if, status is done." in words


def test_the_readme_names_every_table_by_theme_and_those_to_begin_with() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for theme, tables in THEMES.items():
        assert f"| {theme} | {', '.join(table.name for table in tables)} |" in readme
    words = " ".join(readme.split())
    assert (
        f"Thirty-two tables, as CSV files or one workbook. Five are enough to begin with: {', '.join(FIRST)}."
        in words
    )
    assert (len(TABLES), len(FIRST)) == (32, 5)


def test_the_tables_to_begin_with_need_no_other() -> None:
    for name in FIRST:
        for column in BY_NAME[name].columns:
            if column.required and isinstance(column.kind, Link):
                assert set(column.kind.tables) <= set(FIRST), (name, column.name)


def test_the_page_needs_no_connection_and_its_tables_have_headers(template: Path) -> None:
    text = (template / "columns.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert not any(tag in ("script", "link", "img", "iframe") for tag, _ in page.tags)
    assert ("html", {"lang": "en-GB"}) in page.tags
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th")


def test_every_column_that_must_be_filled_has_an_example_and_every_link_finds_its_row() -> None:
    examples = {table.name: table.examples() for table in TABLES}
    ids = {(name, row["id"]) for name, rows in examples.items() for row in rows if "id" in row}
    for table in TABLES:
        for column in table.columns:
            assert not column.required or examples[table.name][0][column.name], (table.name, column.name)
            for row in examples[table.name] if isinstance(column.kind, Link) else ():
                if row[column.name] and isinstance(column.kind.read(row[column.name]), Literal):
                    assert any((name, row[column.name]) in ids for name in column.kind.tables), (
                        table.name,
                        column.name,
                    )


def test_tables_have_names_and_segments_of_their_own() -> None:
    assert len(BY_NAME) == len(BY_SEGMENT) == len(TABLES)
    for table in TABLES:
        named = [c.name for c in table.columns]
        assert len(set(named)) == len(named)
        for name in (
            *table.key,
            *(n for group in table.together for n in group),
            *(n for pair in (*table.ordered, *table.pairs) for n in pair),
        ):
            assert table.column(name), (table.name, name)
