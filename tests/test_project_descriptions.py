"""What the major projects lists say a project is for becomes its description, in every layout of the lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.dataset import Dataset
from graph.ingest.load import load
from graph.store import open_store
from ontology.terms import DCTERMS

DOWN = """project_name,department,colour_rating,description_aims,start_date,year
Alpha,DFT,Amber,"To mend
the roads.",01/04/2015,2019
Beta,MOD,Green,Exempt under Section 26 of the Freedom of Information Act 2000,01/04/2015,2019
"""
ACROSS = """Project name,Alpha,Beta
Department,DFT,MOD
MPA RAG rating,Amber,Green
"Description / Aims
(as of September 2013)",To mend the roads.,Data not provided
Project - Start Date,01/04/2012,01/04/2012
"""


def described(dataset: Dataset) -> dict[str, str]:
    """What each thing is for, by its name."""
    return {
        dataset.label(str(q.subject)[1:-1]): getattr(q.object, "value", "")
        for q in dataset.quads_of(str(DCTERMS.description))
        if "/id/programme/" in str(q.subject)
    }


@pytest.mark.parametrize(("name", "text"), [("list_2019.csv", DOWN), ("list_2014.csv", ACROSS)])
def test_the_aims_of_a_project_are_its_description_and_what_is_withheld_is_none(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="cp1252")
    store = open_store("memory")
    load(store, [tmp_path / name], mapping="gmpp")
    assert described(store.dataset()) == {"Alpha": "To mend the roads."}


@pytest.mark.parametrize(("year", "projects", "of"), [(2014, 199, 199), (2022, 224, 235)])
def test_the_published_lists_describe_their_projects(real: Path, year: int, projects: int, of: int) -> None:
    store = open_store("memory")
    (source,) = load(store, [real / "gmpp" / f"uk_{year}.csv"], mapping="gmpp").sources
    assert source.rows["programmes"] == of
    assert (
        len(
            {
                q.subject
                for q in store.dataset().quads_of(str(DCTERMS.description))
                if "/id/programme/" in str(q.subject)
            }
        )
        == projects
    )
