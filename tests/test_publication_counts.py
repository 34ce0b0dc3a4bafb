"""Publication: what too few interviews say never goes over, and how many said it, and which, cannot be told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.ingest.load import load
from graph.publication import publish
from graph.store import Store, open_store
from tests.test_publication import (
    BASE,
    OPEN,
    Tables,
    changed,
    edges,
    filled,
    marked,
    published,
    timeless,
)


def saying(tables: Tables, into: str, interviews: Iterable[int], marking: str = "official") -> Store:
    """A store in which these interviews, of nine, say the same of the same."""
    store = open_store("memory")
    field = {
        "interviews": "id,held_on,level,marking\n"
        + "".join(f"i{n},2014-01-2{n},front-line,sensitive\n" for n in range(1, 10)),
        "findings": "id,programme,barrier,stance,severity,interview,dataset,summary\n"
        + "".join(f"f{n},skills,late,supports,4,i{n},,Lists are late\n" for n in interviews)
        + "d1,skills,forms,supports,3,,returns,A fifth of the forms come back\n",
    }
    public = {k: v for k, v in OPEN.items() if k != "recommendations"}
    load(store, [tables(f"{into}/open", **public), tables(f"{into}/field", **field)], marking=marking)
    return marked(store, {f"open-{name}.csv": "public" for name in public})


@pytest.fixture
def nested(tables: Tables) -> Tables:
    """Like `tables`, for folders in folders."""

    def write(into: str, **by_name: str) -> Path:
        outer, _, _ = into.partition("/")
        tables(outer)
        return tables(into, **by_name)

    return write


@pytest.mark.parametrize("least", [2, 3, 5])
def test_one_interview_too_few_is_withheld_and_enough_are_published(
    nested: Tables, tmp_path: Path, least: int
) -> None:
    few = saying(nested, "few", range(1, least))
    enough = saying(nested, "enough", range(1, least + 1))
    quads, report = published(few, tmp_path / "p-few", least)
    assert (edges(quads), report.published, report.edges) == (set(), 0, 1)
    quads, report = published(enough, tmp_path / "p-enough", least)
    assert (edges(quads), report.published, report.edges) == ({"late skills"}, 1, 1)


def test_several_findings_of_one_interview_count_once(nested: Tables, tmp_path: Path) -> None:
    store = saying(nested, "one", [1, 2])
    graph = ox.NamedNode(f"{BASE}/source/field-findings.csv")
    again = changed(
        store,
        lambda quads: [
            *quads,
            *(
                ox.Quad(ox.NamedNode(f"{BASE}/finding/f99"), q.predicate, q.object, graph)
                for q in quads
                if str(q.subject) == f"<{BASE}/finding/f1>"
            ),
        ],
    )
    assert edges(published(again, tmp_path / "p")[0]) == set()


@pytest.mark.parametrize("marking", ["official", "public"])
def test_how_many_interviews_and_which_cannot_be_told(nested: Tables, tmp_path: Path, marking: str) -> None:
    """Also where the files of fieldwork are marked public: rows, checksums and row numbers would count them."""
    dumps = {
        timeless(published(saying(nested, f"s{n}", which, marking), tmp_path / f"p{n}")[0])
        for n, which in enumerate([[1, 2, 3], [7, 8, 9], [1, 2, 3, 4], range(1, 10)])
    }
    assert len(dumps) == 1
    assert ("A fifth of the forms" in dumps.pop()) == (marking == "public")


def test_publishing_with_another_threshold_is_warned_of(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables)
    assert publish(store, tmp_path / "public").notes == []
    assert publish(store, tmp_path / "public").notes == []
    (note,) = publish(store, tmp_path / "public", least=2).notes
    assert "another threshold" in note


def test_an_organisation_that_is_public_for_no_reason_but_fieldwork_is_named_to_whoever_publishes(
    tables: Tables, tmp_path: Path
) -> None:
    store = marked(filled(tables), {"field-organisations.csv": "public"})
    (note,) = publish(store, tmp_path / "public").notes
    assert "The Quiet College" in note
    assert "Department" not in note
