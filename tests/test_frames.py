"""Answers in a notebook: the frames hold every value with its type, and the table is safe to show."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Annotated

import polars as pl
import pytest

from graph.analyses.fix_first import fix_first
from graph.analyses.shared_blockers import shared_blockers
from graph.analysis import Analysis, Asked, Result, Thing, analyses, column
from graph.dataset import Dataset
from graph.errors import MissingLibrary
from graph.frames import MOST_SHOWN, as_html, to_pandas, to_polars
from graph.store import open_store


@dataclass(frozen=True)
class Beside:
    other: Thing
    lift: float | None


@dataclass(frozen=True)
class Row:
    thing: Annotated[Thing, column("The thing & more")]
    maybe: Annotated[Thing | None, column("Another, or none")]
    count: Annotated[int, column("How many")]
    share: Annotated[float | None, column("A share")]
    sure: Annotated[bool, column("Whether")]
    day: Annotated[date | None, column("When")]
    word: Annotated[str, column("A word")]
    beside: Annotated[list[Beside], column("Others")]


SCRIPT = "<script>alert('1')</script> & \"co\""
FULL = Row(
    Thing("https://x/a", SCRIPT), Thing("https://x/b", "B"), 3, 0.25, True, date(2014, 4, 16), "=1+1",
    [Beside(Thing("https://x/c", "C"), 1.5), Beside(Thing("https://x/d", "D"), None)],
)  # fmt: skip
BARE = Row(Thing("https://x/e", "環境"), None, 0, None, False, None, "", [])


def result(*rows: Row) -> Result[Row]:
    def some() -> None:
        """Some?"""

    declared = Analysis("some", some, Row, Analysis)  # type: ignore[arg-type]
    return Result(
        list(rows), 9, "things", "Two <b>things</b>.", date(2014, 5, 30), ["Mind the <gap>."],
        Asked(declared, {}, 1, "https://x"),
    )  # fmt: skip


class Cells(HTMLParser):
    """The tags of a page and the text of its cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells and self.tags[-1] in ("td", "th"):
            self.cells[-1] += data


def test_polars_columns_have_the_types_of_the_declaration_and_iris_beside_labels() -> None:
    frame = result(FULL, BARE).to_polars()
    beside = pl.List(pl.Struct({"other": pl.String, "other_iri": pl.String, "lift": pl.Float64}))
    assert dict(frame.schema) == {
        "thing": pl.String, "thing_iri": pl.String, "maybe": pl.String, "maybe_iri": pl.String,
        "count": pl.Int64, "share": pl.Float64, "sure": pl.Boolean, "day": pl.Date, "word": pl.String,
        "beside": beside,
    }  # fmt: skip
    assert frame.rows() == [
        (SCRIPT, "https://x/a", "B", "https://x/b", 3, 0.25, True, date(2014, 4, 16), "=1+1",
         [{"other": "C", "other_iri": "https://x/c", "lift": 1.5}, {"other": "D", "other_iri": "https://x/d", "lift": None}]),
        ("環境", "https://x/e", None, None, 0, None, False, None, "", []),
    ]  # fmt: skip


def test_pandas_columns_can_lack_values_without_turning_numbers_to_nan() -> None:
    frame = result(FULL, BARE).to_pandas()
    assert [str(t) for t in frame.dtypes] == [
        "string", "string", "string", "string", "Int64", "Float64", "boolean", "datetime64[s]", "string", "object",
    ]  # fmt: skip
    assert frame["count"].tolist() == [3, 0]
    assert frame["share"].isna().tolist() == [False, True]
    assert frame["maybe_iri"].isna().tolist() == [False, True]
    assert frame["day"][0].date() == date(2014, 4, 16)
    assert frame["beside"][0][0] == {"other": "C", "other_iri": "https://x/c", "lift": 1.5}


def test_a_result_without_rows_keeps_its_columns() -> None:
    assert dict(result().to_polars().schema) == dict(result(FULL).to_polars().schema)
    assert list(result().to_pandas().columns) == list(result(FULL).to_pandas().columns)
    assert len(result().to_polars()) == len(result().to_pandas()) == 0


def test_without_pandas_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingLibrary, match=r"pandas is not installed.*to_polars\(\)"):
        result(FULL).to_pandas()
    assert len(result(FULL).to_polars()) == 1


def test_the_table_of_a_notebook_shows_everything_as_text() -> None:
    text = result(FULL, BARE)._repr_html_()
    assert text is not None
    page = Cells(text)
    assert "script" not in page.tags and "b" not in page.tags and "gap" not in page.tags
    assert (page.tags.count("table"), page.tags.count("caption"), page.tags.count("tr")) == (1, 1, 3)
    assert page.cells[:2] == ["thing", "maybe"]
    assert page.cells[8:16] == [
        SCRIPT, "B", "3", "0.25", "yes", "2014-04-16", "=1+1", "C (1.5); D ()",
    ]  # fmt: skip
    for said in ("Two &lt;b&gt;things&lt;/b&gt;.", "2 of 9 things, as of 2014-05-30.", "Mind the &lt;gap&gt;.",
                 'title="The thing &amp; more"', 'title="https://x/a"'):  # fmt: skip
        assert said in text


def test_a_notebook_is_told_in_words_where_there_are_no_rows_and_where_not_all_are_shown() -> None:
    assert "table" not in Cells(as_html(result())).tags
    assert "<p>0 of 9 things, as of 2014-05-30.</p>" in as_html(result())
    text = as_html(result(*[FULL] * (MOST_SHOWN + 1)))
    assert Cells(text).tags.count("tr") == MOST_SHOWN + 1
    assert f"The first {MOST_SHOWN} are shown" in text


def test_a_result_that_no_analysis_gave_is_shown_plainly_and_makes_no_frame() -> None:
    bare = Result([FULL], 1, "things", "One.", date(2014, 5, 30))
    assert bare._repr_html_() is None
    with pytest.raises(TypeError, match="not given by an analysis"):
        bare.to_polars()


@pytest.mark.parametrize("name", sorted(analyses()))
def test_every_analysis_gives_frames_and_a_table(name: str, example: Dataset) -> None:
    for dataset in (example, open_store("memory").dataset()):
        found = analyses()[name].run(dataset)
        frame, other = to_polars(found), to_pandas(found)
        assert len(frame) == len(other) == len(found.rows)
        assert frame.columns == list(other.columns)
        assert set(frame.columns) >= {c.name for c in found.asked.analysis.columns} if found.asked else False
        assert found._repr_html_()


def test_a_result_knows_what_was_asked_however_it_was_asked(example: Dataset) -> None:
    direct, by_name = shared_blockers(example), analyses()["shared_blockers"].run(example)
    assert direct == by_name and direct.asked and by_name.asked
    assert direct.asked.analysis is analyses()["shared_blockers"]
    assert direct.asked.parameters["min_departments"] == 2
    assert direct.asked.parameters["as_of"] == date(2014, 5, 30)
    assert direct.asked.version == example.version
    assert dict(by_name.asked.parameters) == dict(direct.asked.parameters)


def test_figures_of_the_example_are_those_of_the_rows(example: Dataset) -> None:
    frame = fix_first(example, k=2).to_polars()
    assert frame["goal"].to_list() == ["unblock", "relieve"]
    assert [b["barrier_iri"].rsplit("/", 1)[-1] for b in frame["barriers"][0]] == [
        f.barrier.iri.rsplit("/", 1)[-1] for f in fix_first(example, k=2).rows[0].barriers
    ]
