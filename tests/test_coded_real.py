"""Published projects of coded interviews and published transcripts, counted by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from graph.ingest.coded.model import codings_of
from graph.ingest.coded.qdpx import read_qdpx
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import JU

MADE_UP = """title = "C"
[coded]
reader = "qdpx"
[coded.interviews]
held_on = 2017-05-01
level = "local"
"""


@pytest.mark.parametrize(
    ("name", "codes", "selections", "codings"),
    [("qc_demo", 262, 158, 205), ("TestProject_atlasti", 14, 15, 16)],
)
def test_a_published_project_is_read_whole(
    real: Path, name: str, codes: int, selections: int, codings: int
) -> None:
    material = read_qdpx(real / "qdpx" / f"{name}.qdpx")
    assert (len(material.codes), material.selections, material.codings) == (codes, selections, codings)


def test_every_passage_and_coding_of_a_published_project_is_loaded(real: Path, tmp_path: Path) -> None:
    (tmp_path / "codes.toml").write_text(MADE_UP, encoding="utf-8")
    store = open_store("memory")
    report = load(store, [real / "qdpx" / "qc_demo.qdpx"], mapping=str(tmp_path / "codes.toml"))
    assert report.sources[0].rows == {"schemes": 1, "concepts": 262, "interviews": 2, "excerpts": 158}
    quads = list(store.dataset().backup_quads())
    assert sum(q.predicate.value == str(JU.codedAs) for q in quads) == 205
    words = {
        q.object.value
        for q in quads
        if q.predicate.value.endswith("oa#exact") and isinstance(q.object, Literal)
    }
    assert "This district goal is engage every student in joyful, purposeful learning that" in words


def test_a_project_without_its_documents_loads_what_it_holds_and_says_the_rest(
    real: Path, tmp_path: Path
) -> None:
    path = real / "qdpx" / "TestProject_atlasti.qdpx"
    (tmp_path / "codes.toml").write_text(MADE_UP, encoding="utf-8")
    store = open_store("memory")
    report = load(store, [path], mapping=str(tmp_path / "codes.toml"))
    # Of the 15 passages two are written twice, one is in a picture, two in a film and one in a drawing of a PDF.
    assert report.sources[0].rows == {"schemes": 1, "concepts": 14, "interviews": 12, "excerpts": 9}
    assert len(codings_of(read_qdpx(path).sources)) == 14
    said = " ".join(str(w) for w in report.warnings)
    assert said.count("does not hold the text of source") == 5
    assert "16 sets" in said
    everything = "\n".join(map(str, store.dataset().backup_quads()))
    assert not [
        n for n in ("Markgraf", "Petrausch", "Mabel", "Mabêl", "Simon", "Jeanine", "sebpe") if n in everything
    ]


TRANSCRIPTS = """title = "T"
[coded]
reader = "turns"
interview = {columns}
speaker = "Speaker"
text = "Text"
[coded.quotes]
words = ["permafrost"]
[coded.interviews]
level = "local"
held_on = 2022-04-01
"""


@pytest.mark.parametrize("columns", ['["Set", "Interview"]', '"Interview"'])
def test_the_transcripts_of_two_deposits_are_58_interviews(real: Path, tmp_path: Path, columns: str) -> None:
    (tmp_path / "turns.toml").write_text(TRANSCRIPTS.format(columns=columns), encoding="utf-8")
    store = open_store("memory")
    path = real / "interviews-alaska-water" / "all_public_interviews.csv"
    report = load(store, [path], mapping=str(tmp_path / "turns.toml"))
    assert report.sources[0].rows["interviews"] == 58
    held = {
        q.subject.value.rsplit("/", 1)[-1]
        for q in store.dataset().backup_quads()
        if q.predicate.value == str(JU.heldOn) and isinstance(q.subject, NamedNode)
    }
    assert Counter("INTERVIEW" in id for id in held) == {True: 17, False: 41}
    words = [
        q.object.value
        for q in store.dataset().backup_quads()
        if q.predicate.value.endswith("oa#exact") and isinstance(q.object, Literal)
    ]
    assert len(words) == report.sources[0].rows["excerpts"] > 0
    assert all("permafrost" in text.lower() for text in words)
