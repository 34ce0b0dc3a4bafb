"""Lost in translation: words of each level, compared by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from graph.analyses.lost_in_translation import lost_in_translation
from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.load import load
from graph.publication import publish
from graph.store import open_store
from ontology.terms import JU

Loaded = Callable[..., Dataset]

WORDED = {
    "organisations": "id,name,kind\na,Department A,ministerial-department\nb,Department B,ministerial-department\n",
    "outcomes": "id,name\nwork,Lasting work\nhealth,Health\nhomes,Homes\n",
    "programmes": "id,name,lead,outcomes\np,P,a,work\nq,Q,b,health\n",
    "deep_dives": "id,name,question,programmes\ndive,Dive,Why?,p\n",
    "interviews": "id,held_on,level,organisation,deep_dive,programmes,marking\n"
    "m,2014-01-10,minister,a,dive,p,official\nc,2014-01-11,centre,a,dive,p,official\n"
    "f,2014-01-12,front-line,a,dive,p,official\ng,2014-01-13,front-line,a,dive,p,official\n"
    "o,2014-01-14,centre,b,,q,official\nu,2014-02-01,service-user,,,q,official\n",
    "excerpts": "id,interview,words,aim\n"
    "x1,m,More people in work that lasts,work\nx2,c,More people in work,work\n"
    "x3,f,People in training,work\nx4,g,We fill the training,work\n"
    "x5,o,Nobody waits,health\nx6,u,I wait,health\n"
    "x7,m,Sound homes,homes\nx8,c,Not about an aim,\n",
}


def test_words_are_compared_by_hand_from_level_to_level(loaded: Loaded) -> None:
    row = next(r for r in lost_in_translation(loaded(**WORDED)).rows if r.objective.label == "Lasting work")
    assert (row.levels, row.passages) == (3, 4)
    assert [(w.level.label, w.words) for w in row.wordings] == [
        ("Minister", "“More people in work that lasts”"),
        ("Centre", "“More people in work”"),
        ("Front line", "“People in training / We fill the training”"),
    ]
    # minister {more people work lasts}, centre {more people work}, front line {people training fill}
    assert [w.like_minister for w in row.wordings] == [None, 0.75, pytest.approx(1 / 6, abs=1e-6)]
    assert [(s.between, s.alike, s.kept, s.lost, s.added) for s in row.steps] == [
        ("Minister to centre", 0.75, ["more", "people", "work"], ["lasts"], []),
        ("Centre to front line", 0.2, ["people"], ["more", "work"], ["training", "fill"]),
    ]
    assert (row.breaks_most, row.alike_there) == ("Centre to front line", 0.2)
    assert row.like_minister == pytest.approx(1 / 6, abs=1e-6)


def test_an_objective_that_no_minister_worded_comes_last_and_one_level_alone_is_no_translation(
    loaded: Loaded,
) -> None:
    result = lost_in_translation(loaded(**WORDED))
    assert [(r.objective.label, r.like_minister) for r in result.rows] == [
        ("Lasting work", pytest.approx(1 / 6, abs=1e-6)),
        ("Health", None),
    ]
    # {nobody waits} and {wait} share no word, though they speak of the same thing
    assert (result.rows[1].alike_there, result.of) == (0.0, 3)
    assert "1 of these objectives was not heard from the minister's level." in result.caveats
    assert "For 1 of these objectives each level is one person's words." in result.caveats
    assert result.caveats[0].startswith("Shared words are not shared meaning")
    assert len(lost_in_translation(loaded(**WORDED), min_levels=1).rows) == 3


def test_the_aim_of_a_programme_can_be_worded_too_and_silent_outcomes_are_counted(loaded: Loaded) -> None:
    excerpts = "id,interview,words,aim\nx1,m,One aim,p\nx2,c,Another aim,p\n"
    result = lost_in_translation(loaded(**WORDED | {"excerpts": excerpts}))
    assert [(r.objective.label, r.alike_there) for r in result.rows] == [
        ("P", pytest.approx(1 / 3, abs=1e-6))
    ]
    assert "3 of 3 outcomes were put into words by nobody." in result.caveats


def test_only_interviews_held_by_the_day_and_asked_for_are_heard(loaded: Loaded) -> None:
    dataset = loaded(**WORDED)
    early = lost_in_translation(dataset, as_of=date(2014, 1, 11)).rows
    assert [(r.objective.label, r.levels) for r in early] == [("Lasting work", 2)]
    mine = lost_in_translation(dataset, department="b")
    assert [r.objective.label for r in mine.rows] == ["Health"]
    assert any(
        c.startswith("Only passages of interviews about programmes that Department B") for c in mine.caveats
    )
    dive = lost_in_translation(dataset, deep_dive="dive", min_levels=1)
    assert {r.objective.label for r in dive.rows} == {"Lasting work", "Homes"}


def test_words_that_are_all_small_ones_are_no_number_and_no_error(loaded: Loaded) -> None:
    excerpts = "id,interview,words,aim\nx1,m,What it is for,work\nx2,c,That is that,work\n"
    (row,) = lost_in_translation(loaded(**WORDED | {"excerpts": excerpts})).rows
    assert (row.like_minister, row.breaks_most, row.alike_there) == (None, None, None)


def test_an_empty_graph_has_no_rows(loaded: Loaded) -> None:
    result = lost_in_translation(loaded(organisations="id,name\nx,X\n"))
    assert (result.rows, result.of, result.caveats) == ([], 0, [])
    assert result.summary == "No objective was put into words at enough levels to compare."


def test_an_aim_that_is_neither_outcome_nor_programme_is_refused(
    refused: Callable[..., list[Issue]],
) -> None:
    (issue,) = refused(**WORDED | {"excerpts": "id,interview,words,aim\nx1,m,One aim,nowhere\n"})
    assert (issue.file, issue.row, issue.column) == ("excerpts.csv", 2, "aim")


def test_what_somebody_said_of_an_aim_is_never_published(tables: Callable[..., Path], tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables(**WORDED)], marking="public")
    publish(store, tmp_path / "public")
    quads = list(open_store(tmp_path / "public").dataset().backup_quads())
    text = "\n".join(map(str, quads))
    assert "Lasting work" in text
    assert str(JU.putsIntoWords) not in {quad.predicate.value for quad in quads}
    assert "/id/excerpt/" not in text and "work that lasts" not in text


def test_the_example_breaks_where_its_readme_says(example: Dataset) -> None:
    rows = {r.objective.iri.rsplit("/", 1)[1]: r for r in lost_in_translation(example).rows}
    assert list(rows) == ["ready-for-school", "troubled-families"]
    families = rows["troubled-families"]
    assert (families.levels, families.breaks_most, families.alike_there) == (5, "Local to front line", 0.0)
    # of 9 and 10 words, three are the same: family, turned, round
    assert families.steps[0].alike == pytest.approx(3 / 16, abs=1e-6)
    # of 9 and 8, two: one, worker
    assert families.like_minister == pytest.approx(2 / 15, abs=1e-6)
    assert rows["ready-for-school"].like_minister == 0
