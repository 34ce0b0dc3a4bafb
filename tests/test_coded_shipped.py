"""Coded tables read as they stand, through shipped mappings, and proposed by what they look like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.coded.proposal import looks_like, proposed_mapping
from graph.ingest.load import load
from graph.ingest.mapping import parsed
from graph.store import open_store
from ontology.terms import JU

Asked = Callable[[Dataset, str, object], set[str]]

MATRIX = """Interview,Date,Level,Programmes,Late data,Money,Rules
P1,2014-01-20,front-line,skills; homes,1,0,x
P2,2014-01-21,local,,,2,no
P3,2014-01-22,centre,homes,0,1,
"""
TURNS = """interview,held_on,level,speaker,text
P1,2014-02-01,front-line,Interviewer,What stops you?
P1,2014-02-01,front-line,Tutor,The list comes late.
P2,2014-02-03,centre,Official,We send it.
"""


@pytest.fixture
def stored(tmp_path: Path, small: dict[str, str]) -> Callable[[str, str], tuple[Dataset, dict[str, int]]]:
    """Load a table through a shipped mapping beside organisations and programmes; the rows it made."""

    def load_it(table: str, mapping: str) -> tuple[Dataset, dict[str, int]]:
        store = open_store("memory")
        for name in ("organisations", "programmes"):
            (tmp_path / f"{name}.csv").write_text(small[name], encoding="utf-8")
            load(store, [tmp_path / f"{name}.csv"])
        (tmp_path / "coded.csv").write_text(table, encoding="utf-8")
        (source,) = load(store, [tmp_path / "coded.csv"], mapping=mapping).sources
        return store.dataset(), source.rows

    return load_it


def test_a_matrix_is_loaded_by_name_its_interviews_filled_by_their_headers(
    stored: Callable[[str, str], tuple[Dataset, dict[str, int]]], asked: Asked
) -> None:
    dataset, rows = stored(MATRIX, "code-matrix")
    assert rows == {"schemes": 1, "concepts": 3, "interviews": 3}
    assert asked(dataset, "interview/coded-P1", JU.heldOn) == {"2014-01-20"}
    assert asked(dataset, "interview/coded-P1", JU.discusses) == {"programme/skills", "programme/homes"}
    assert asked(dataset, "interview/coded-P2", JU.discusses) == set()


def test_a_matrix_that_says_no_day_is_its_codes_alone(
    stored: Callable[[str, str], tuple[Dataset, dict[str, int]]],
) -> None:
    _, rows = stored("Interview,Late data,Money\nP1,1,0\n", "code-matrix")
    assert rows == {"schemes": 1, "concepts": 2}


def test_turns_are_loaded_by_name_as_interviews_and_no_word_is_kept(
    stored: Callable[[str, str], tuple[Dataset, dict[str, int]]], asked: Asked
) -> None:
    dataset, rows = stored(TURNS, "turns")
    assert rows == {"interviews": 2}
    assert asked(dataset, "interview/coded-P2", JU.heldOn) == {"2014-02-03"}
    assert not any(
        "late" in str(quad.object) for quad in dataset.backup_quads() if "coded" in str(quad.graph_name)
    )


def test_turns_that_say_no_day_are_refused_with_what_to_do(
    tmp_path: Path, refusal: Callable[..., list[Issue]]
) -> None:
    (tmp_path / "t.csv").write_text("interview,speaker,text\nT1,Tutor,Late.\n", encoding="utf-8")
    issues = refusal(open_store("memory"), tmp_path / "t.csv", mapping="turns")
    (error,) = [issue for issue in issues if issue.severity == "error"]
    assert "on which day it was held and at which level" in error.reason
    assert "held_on and level" in error.remedy
    assert "joinedup map" in error.remedy


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (MATRIX, "matrix"),
        ("Person,a,b,c\nx,1,,1\ny,,1,0\n", "matrix"),
        (TURNS, "turns"),
        ("Speaker,Words\nTutor,Late\n", "turns"),
        ("id,name,lead\nroads,Roads,dea\nrails,Rails,dea\n", None),
        ("Person,a,b\nx,1,0\ny,0,1\n", None),
        ("Name,Budget,Green,Cost,Place\nx,12,1,5.5,Leeds\ny,7,0,1.25,York\n", None),
        ("", None),
    ],
)
def test_a_coded_table_is_told_by_its_look(tmp_path: Path, table: str, kind: str | None) -> None:
    (tmp_path / "t.csv").write_text(table, encoding="utf-8")
    assert looks_like(tmp_path / "t.csv") == kind


@pytest.mark.parametrize(
    ("table", "reader", "name"), [(MATRIX, "matrix", "code-matrix"), (TURNS, "turns", "turns")]
)
def test_what_is_proposed_reads_as_the_shipped_mapping_does_and_names_it(
    tmp_path: Path, small: dict[str, str], table: str, reader: str, name: str
) -> None:
    (tmp_path / "coded.csv").write_text(table, encoding="utf-8")
    text = proposed_mapping(tmp_path / "coded.csv", reader)  # type: ignore[arg-type]
    assert f"`joinedup load --mapping {name}`" in text
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    assert parsed(text, "m.toml", "m").coded
    rows = []
    for mapping in (name, str(tmp_path / "m.toml")):
        store = open_store("memory")
        for other in ("organisations", "programmes"):
            (tmp_path / f"{other}.csv").write_text(small[other], encoding="utf-8")
            load(store, [tmp_path / f"{other}.csv"])
        rows.append(load(store, [tmp_path / "coded.csv"], mapping=mapping).sources[0].rows)
    assert rows[0] == rows[1]


def test_published_tables_that_are_no_coded_interviews_are_not_taken_for_them(real: Path) -> None:
    assert looks_like(real / "gmpp" / "uk_2022.csv") is None
    assert looks_like(real / "modari" / "gov_activities.csv") is None
