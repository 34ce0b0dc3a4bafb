"""Things written by hand: a row of its table in a source of its own, which stays out of what files say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.audiences import view
from graph.behalf import Behalf, acting
from graph.erasure import erase_interview
from graph.errors import Conflict, LoadRefused, NeedsCondition, NotFound, Stale
from graph.export import export
from graph.ingest.by_hand import add, correct, graph_of_row, remove, table_named, typed
from graph.ingest.load import load
from graph.store import Store, open_store

Tables = Callable[..., Path]
BASE = "https://joinedup.example"
BARRIERS, FINDINGS, INTERVIEWS, PROGRAMMES = map(
    table_named, ("barriers", "findings", "interviews", "programmes")
)
FOLLOW_UPS = table_named("follow-ups")


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path, tables: Tables, small: dict[str, str]) -> Store:
    opened = open_store("memory" if request.param == "memory" else tmp_path / "store")
    load(opened, [tables(**small)])
    return opened


def row(**columns: str) -> dict[str, list[str]]:
    return {name: value.split("; ") for name, value in columns.items()}


FINDING = row(
    id="f9", programme="homes", barrier="data", stance="supports", severity="3", interview="i1", summary="So"
)


def test_a_row_says_what_the_same_row_of_a_file_says(
    store: Store, tables: Tables, small: dict[str, str]
) -> None:
    made, report = add(store, FINDINGS, FINDING, "sensitive")
    assert (report.sources[0].outcome, report.version) == ("added", 2)
    graph = graph_of_row(BASE, FINDINGS, "f9")
    other = open_store("memory")
    load(
        other,
        [tables("file", **{**small, "findings": small["findings"] + "f9,homes,data,supports,3,i1,So\n"})],
    )

    def said(of: Store) -> set[str]:
        about = (q.triple for q in of.dataset().about(made.iri) if "wasDerivedFrom" not in q.predicate.value)
        return set(map(str, about))

    assert said(store) == said(other)
    blocks = [q for q in store.dataset().graph(graph) if q.predicate.value.endswith("#blocks")]
    assert len(blocks) == 1, "what follows from the row is there as well"
    assert [
        m.rsplit("/", 1)[-1]
        for m in (q.object.value for q in store.dataset().facts(graph))
        if "/markings/" in m
    ] == ["sensitive"]  # type: ignore[union-attr]


def test_it_is_said_who_wrote_it_and_why(store: Store) -> None:
    with acting(Behalf("Lead of the unit", "Said at the board")):
        add(store, BARRIERS, row(id="new", name="New"))
    query = f"SELECT ?who ?why {{ <{graph_of_row(BASE, BARRIERS, 'new')}> prov:wasGeneratedBy ?c . ?c dcterms:description ?why ; prov:wasAssociatedWith ?a . ?a a prov:Agent ; skos:prefLabel ?who . MINUS {{ ?a a prov:SoftwareAgent }} }}"
    assert list(store.dataset().solutions(query)[1]) == [
        {"who": "Lead of the unit", "why": "Said at the board"}
    ]


def test_columns_are_corrected_on_the_tag_that_was_read(store: Store) -> None:
    made, _ = add(store, BARRIERS, row(id="new", name="New", description="Old words"))
    found = typed(store.dataset(), BARRIERS, "new")
    assert found == made
    with pytest.raises(NeedsCondition):
        correct(store, BARRIERS, "new", row(name="Newer"), [], whole=False)
    changed, _ = correct(
        store, BARRIERS, "new", {"name": ["Newer"], "description": None}, [found.tag], whole=False
    )
    assert changed.cells == row(id="new", name="Newer")
    assert store.dataset().label(made.iri) == "Newer"
    with pytest.raises(Stale):
        correct(store, BARRIERS, "new", row(name="Newest"), [found.tag], whole=False)
    same, report = correct(store, BARRIERS, "new", row(name="Newer"), [changed.tag], whole=False)
    assert report.sources[0].outcome == "unchanged" and same.tag == changed.tag
    hidden, _ = correct(store, BARRIERS, "new", {}, [changed.tag], "sensitive", whole=False)
    assert hidden.marking == "sensitive" and hidden.tag != changed.tag


def test_a_mistake_in_a_correction_leaves_the_row_as_it_was(store: Store) -> None:
    made, _ = add(store, FINDINGS, FINDING)
    version = store.version
    for wrong in (
        row(severity="9"),
        row(programme="nowhere"),
        row(summary="Write to a@b.example"),
        row(colour="red"),
    ):
        with pytest.raises(LoadRefused):
            correct(store, FINDINGS, "f9", wrong, [made.tag], whole=False)
    with pytest.raises(Conflict, match="cannot be changed"):
        correct(store, FINDINGS, "f9", row(id="f10"), [made.tag], whole=False)
    assert store.version == version


def test_what_is_there_already_is_not_added_and_what_a_file_says_not_corrected(store: Store) -> None:
    add(store, BARRIERS, row(id="new", name="New"))
    with pytest.raises(Conflict, match="Correct it with PATCH"):
        add(store, BARRIERS, row(id="new", name="Other"))
    with pytest.raises(Conflict, match=r"barriers\.csv, row 2 says that it is there"):
        add(store, BARRIERS, row(id="data", name="Other"))
    with pytest.raises(Conflict, match=r"barriers\.csv, row 2 says it\. Correct that file"):
        correct(store, BARRIERS, "data", row(name="Other"), ["*"], whole=True)
    with pytest.raises(NotFound):
        correct(store, BARRIERS, "nowhere", row(name="Other"), ["*"], whole=True)
    with pytest.raises(NotFound, match="Did you mean barriers"):
        table_named("barrier")


def test_a_thing_that_others_refer_to_stays(store: Store) -> None:
    barrier, _ = add(store, BARRIERS, row(id="new", name="New"))
    finding, _ = add(store, FINDINGS, {**FINDING, "barrier": ["new"]})
    with pytest.raises(Conflict, match="still refers to it"):
        remove(store, BARRIERS, "new", [barrier.tag])
    remove(store, FINDINGS, "f9", [finding.tag])
    remove(store, BARRIERS, "new", [barrier.tag])
    assert not list(store.dataset().about(barrier.iri))
    with pytest.raises(NotFound):
        typed(store.dataset(), BARRIERS, "new")
    add(store, BARRIERS, row(id="new", name="New"))


def test_a_dry_run_writes_nothing(store: Store) -> None:
    _, report = add(store, BARRIERS, row(id="new", name="New"), dry_run=True)
    assert report.sources[0].outcome == "added" and store.version == 1


def test_a_row_without_an_id_of_its_own_is_called_after_its_key(store: Store) -> None:
    names = {
        "recommendations": row(id="r", name="R", barriers="data", addressed_to="dea"),
        "actions": row(id="a", name="A", recommendation="r", owner="dea", due="2014-06-30", status="open"),
    }
    for name, cells in names.items():
        add(store, table_named(name), cells)
    made, _ = add(store, FOLLOW_UPS, row(action="a", on="2014-05-01", status="open", note="Half"))
    assert made.id == "a--2014-05-01" and made.iri.endswith("/id/follow-up/a--2014-05-01")
    changed, _ = correct(store, FOLLOW_UPS, made.id, row(note="All"), [made.tag], whole=False)
    assert changed.cells["note"] == ["All"]


def test_what_was_typed_in_is_seen_by_nobody_who_may_not_see_the_thing(store: Store) -> None:
    secret = row(id="i9", held_on="2014-02-01", level="front-line", organisation="college", programmes="homes", marking="sensitive", role="Zyzzyva")  # fmt: skip
    try:
        add(store, INTERVIEWS, secret, "official")
    except LoadRefused as refused:
        pytest.fail(str([str(i) for i in refused.issues]))
    for audience in ("public", "analyst"):
        seen = view(store, audience).dataset()
        assert not any("Zyzzyva" in str(quad) for quad in seen.backup_quads())
    assert any("Zyzzyva" in str(quad) for quad in store.dataset().backup_quads())


def test_an_interview_that_is_erased_is_gone_from_what_was_typed_in_as_well(
    tmp_path: Path, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store(tmp_path / "erased")
    load(store, [tables(**small)])
    add(store, INTERVIEWS, row(id="i9", held_on="2014-02-01", level="front-line", organisation="college", programmes="homes", marking="sensitive", role="Zyzzyva"))  # fmt: skip
    erase_interview(store, "i9")
    held = [p for p in (tmp_path / "erased").rglob("*") if p.is_file() and b"Zyzzyva" in p.read_bytes()]
    assert held == []


def test_it_is_exported_as_other_sources_are(store: Store, tmp_path: Path) -> None:
    add(store, BARRIERS, row(id="new", name="New"))
    with (tmp_path / "all.nq").open("wb") as file:
        export(store, file)
    other = open_store("memory")
    load(other, [tmp_path / "all.nq"])
    assert other.dataset().label(f"{BASE}/id/barrier/new") == "New"
