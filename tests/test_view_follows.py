"""The analyst's view on disk follows everyday changes, and is made whole where something is withheld or lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph import audiences
from graph.analyst import Basis, analyst_quads
from graph.audiences import view
from graph.dataset import Dataset
from graph.digest import Digest
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.union import UNION
from graph.written import register_of
from ontology.terms import JU, RDF, SKOS
from tests.test_analyst_change import CLIENTS, PUBLIC, SENSITIVE, marked, quad, row, whole
from tests.test_audiences import FIELD, OPEN, filled, texts

Tables = Callable[..., Path]


def check(store: Store) -> Dataset:
    """The view on disk is what it would be if it were made whole, and knows what it would know."""
    found = view(store, "analyst").dataset()
    right, basis = whole(store.loaded())
    assert set(found.backup_quads()) == right
    together = found._store.quads_for_pattern(None, None, None, UNION)
    assert {q.triple for q in together} == {q.triple for q in right}
    digest = Digest()
    assert len(list(digest.over(right))) == len(right)
    assert found.version == digest.number
    assert store.path
    kept = (store.path / "audiences" / "analyst" / "wholes").read_bytes()
    assert {kept[n : n + 8] for n in range(0, len(kept), 8)} >= set(map(audiences._hash, basis.wholes))
    return found


@pytest.fixture
def made_whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The versions of which the analyst's view was made whole."""
    found: list[int] = []

    def noted(dataset: Dataset, basis: Basis | None) -> Iterator[ox.Quad]:
        found.append(dataset.version)
        return analyst_quads(dataset, basis)

    monkeypatch.setattr(audiences, "analyst_quads", noted)
    return found


INTERVIEWS = "id,held_on,level,organisation,role,programmes,consent,marking\n"
FINDINGS = "id,programme,barrier,stance,severity,interview,summary\n"


def test_everyday_changes_are_followed(tmp_path: Path, tables: Tables, made_whole: list[int]) -> None:
    store = filled(tables, tmp_path / "store")
    check(store)
    assert len(made_whole) == 1
    new = {
        "interviews": INTERVIEWS + "n1,2014-02-01,front-line,college,tutor of bricks,skills,given,official\n",
        "findings": FINDINGS + "n1,homes,late,supports,4,n1,Bricks come late\n",
    }
    load(store, [tables("new", **new)])  # a small file that was not there before
    assert {"Bricks come late", "Bricks come later"} & set(check(store).labels.values())
    assert "tutor of bricks" not in texts(check(store))
    for summary in ("Bricks come later", "Bricks never come"):
        load(
            store,
            [tables("new", **new | {"findings": FINDINGS + f"n1,homes,late,supports,4,n1,{summary}\n"})],
        )
        assert summary in texts(check(store))
    load(
        store,
        [tables("open", **OPEN | {"programmes": "id,name,lead\nskills,Skills,dea\nhomes,Flats,dea\n"})],
        marking="public",
    )
    assert "Flats" in check(store).labels.values()
    secret = {"interviews": INTERVIEWS + "s1,2014-02-02,minister,dea,the minister,homes,given,sensitive\n"}
    before = check(store).version
    load(store, [tables("secret", **secret)], marking="sensitive")
    assert check(store).version == before
    load(store, [tables("new", **new | {"findings": FINDINGS + "n2,skills,late,supports,4,n1,Another\n"})])
    assert "Bricks" not in texts(check(store)), "which is taken out"
    for _ in range(2):
        load(store, [tables("open", **OPEN)], marking="public")  # two versions at once
        load(store, [tables("new", **new)])
    check(store)
    assert len(made_whole) == 1
    again = open_store(tmp_path / "store")
    load(
        again,
        [
            tables(
                "open", **OPEN | {"barriers": "id,name,held_by\nlate,Later data,dea\nforms,Long forms,dea\n"}
            )
        ],
        marking="public",
    )
    assert "Later data" in check(again).labels.values(), "in another process as well"
    assert len(made_whole) == 1


def test_what_is_withheld_now_leaves_no_byte_in_the_view(
    tmp_path: Path, tables: Tables, made_whole: list[int]
) -> None:
    store = filled(tables, tmp_path / "store")
    assert "Ledgers say otherwise" in texts(check(store))
    load(
        store,
        [
            tables(
                "field",
                **FIELD | {"interviews": FIELD["interviews"].replace("given,official", "given,sensitive")},
            )
        ],
    )
    found = check(store)
    assert len(made_whole) == 2
    assert "Ledgers say otherwise" not in texts(found)
    assert found.snapshot
    assert all(b"Ledgers say otherwise" not in p.read_bytes() for p in found.snapshot.iterdir())


def test_a_view_that_is_made_whole_is_not_an_older_one_of_the_same_statements(
    tmp_path: Path, tables: Tables, made_whole: list[int]
) -> None:
    store = filled(tables, tmp_path / "store")
    name = f"{store.base}/id/finding/x"
    shown = {
        quad(CLIENTS, row(name, SKOS.altLabel, "=Zylofixed words")),
        quad(CLIENTS, row(name, RDF.type, str(JU.Programme))),
    }

    def view_after(added: set[ox.Quad], removed: Iterable[ox.Quad] = ()) -> Dataset:
        with store.writing():
            store.change(added, set(removed))
        return check(store)

    stays = quad(CLIENTS, row("https://far.example/x", SKOS.altLabel, "=Stays"))
    view_after(shown | {stays, marked(CLIENTS, PUBLIC, register_of(store.base))})
    without = view_after(set(), shown)
    view_after(shown)
    before = len(made_whole)
    found = view_after({marked(name, SENSITIVE, CLIENTS)})
    assert found.version == without.version
    assert len(made_whole) == before + 1
    assert found.snapshot
    assert all(b"Zylofixed" not in p.read_bytes() for p in found.snapshot.iterdir())


def test_a_view_that_cannot_be_read_is_not_followed_but_made_whole(
    tmp_path: Path, tables: Tables, made_whole: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(tables, tmp_path / "store")
    check(store)

    def damaged(*_: object) -> None:
        raise OSError("Corruption: block checksum mismatch")

    monkeypatch.setattr(audiences, "analyst_change", damaged)
    load(store, [tables("new", organisations="id,name\nnew,New\n")])
    assert check(store).snapshot
    assert len(made_whole) == 2


@pytest.mark.parametrize("what", ["its wholes", "its statements", "what is known of it", "the notes"])
def test_a_view_of_which_something_is_lost_is_made_whole(
    tmp_path: Path, tables: Tables, made_whole: list[int], what: str
) -> None:
    store = filled(tables, tmp_path / "store")
    folder = tmp_path / "store" / "audiences" / "analyst"
    found = check(store)
    load(
        store,
        [tables("open", **OPEN | {"programmes": "id,name,lead\nskills,Skills,dea\nhomes,Flats,dea\n"})],
        marking="public",
    )
    assert found.snapshot
    if what == "its statements":
        shutil.rmtree(found.snapshot)
    elif what == "the notes":
        for note in (tmp_path / "store" / "extracts").glob("*.touched"):
            note.write_text(note.read_text()[:-3])
    else:
        (folder / {"its wholes": "wholes", "what is known of it": "at.json"}[what]).write_text("[")
        if what == "its wholes":
            (folder / "wholes").unlink()
    assert "Flats" in check(open_store(tmp_path / "store")).labels.values()
    assert len(made_whole) == 2
