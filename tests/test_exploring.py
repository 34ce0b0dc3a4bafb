"""Slices to explore: what each view and filter shows, by hand; and that pictures do not jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import dist
from pathlib import Path

import pytest

from graph.errors import NotFound
from graph.exploring import View, slice_of
from graph.ingest.load import load
from graph.positions import STEP, Places, apart, beside, grouped, hashed, in_steps
from graph.scope import scoped
from graph.sifting import Sieve
from graph.store import open_store
from tests.conftest import BASE, Loaded, Tables
from tests.test_scope import TABLES

A1, B1, C1 = (f"{BASE}/programme/{name}" for name in ("a1", "b1", "c1"))
X, Z = (f"{BASE}/barrier/{name}" for name in "xz")
ALPHA, BETA, GAMMA = (f"{BASE}/organisation/{name}" for name in ("alpha", "beta", "gamma"))


def test_departments_are_joined_by_what_they_share(loaded: Loaded) -> None:
    found = slice_of(loaded(**TABLES), View())
    assert {t.iri for t in found.things} == {ALPHA, BETA, GAMMA}
    shared = {(link.one, link.other): link for link in found.links}
    assert X in shared[ALPHA, BETA].evidence
    assert found.of < found.all or found.of == found.all


def test_around_a_barrier_stand_its_programmes_and_each_link_names_its_findings(loaded: Loaded) -> None:
    found = slice_of(loaded(**TABLES), View(centre=X))
    blocks = {link.other: link for link in found.links if link.one == X}
    assert set(blocks) >= {A1, B1, C1}
    assert f"{BASE}/finding/f1" in blocks[A1].evidence
    assert found.things[0].iri == X
    assert found.things[0].drawn == found.things[0].linked


def test_a_level_keeps_only_what_was_found_at_it(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    sieve = Sieve(scope=scoped(dataset, level="centre"))
    found = slice_of(dataset, View(sieve, centre=X))
    assert {link.other for link in found.links if link.one == X} == {B1}


def test_a_way_is_shown_with_both_ends_and_in_steps(loaded: Loaded) -> None:
    found = slice_of(loaded(**TABLES), View(centre=A1, to=B1))
    assert found.steps == len(found.ways[0]) - 1
    at = {t.iri: t.x for t in found.things}
    assert at[A1] == min(at.values())
    assert at[B1] == max(at.values())


def test_what_is_not_there_is_not_explored(loaded: Loaded) -> None:
    with pytest.raises(NotFound):
        slice_of(loaded(**TABLES), View(centre=f"{BASE}/programme/nowhere"))


def test_the_same_view_has_the_same_places_and_moved_things_stay(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    first = slice_of(dataset, View(everything=True))
    again = slice_of.__wrapped__(dataset, View(everything=True))  # type: ignore[attr-defined]
    assert again.things == first.things
    moved = slice_of(dataset, View(moved=((ALPHA, 12.0, -7.0),)))
    assert next((t.x, t.y) for t in moved.things if t.iri == ALPHA) == (12.0, -7.0)


def test_one_more_finding_moves_no_department(tables: Tables, tmp_path: Path) -> None:
    organisations = "id,name,kind,parent\n" + "".join(
        f"d{n},D{n},ministerial-department,\n" for n in range(12)
    )
    programmes = "id,name,lead\n" + "".join(f"p{n},P{n},d{n}\n" for n in range(12))
    findings = ["id,programme,barrier,stance,severity,interview,dataset,summary"]
    findings += [f"f{n},p{n},b{n // 3 if n < 9 else 0},supports,4,i,,S" for n in range(12)]
    rest = {
        "barriers": "id,name,type,identified_on\n"
        + "".join(f"b{n},B{n},silos,2014-02-01\n" for n in range(3)),
        "interviews": "id,held_on,level,organisation,programmes,marking\ni,2014-01-20,centre,d0,p0,official\n",
        "quarters": "id\n2014-Q1\n",
    }
    store = open_store(tmp_path / "store")
    places: list[Places] = []
    for more in ("", "\ng,p1,b2,supports,3,i,,S"):
        text = "\n".join(findings) + more + "\n"
        load(store, [tables(organisations=organisations, programmes=programmes, findings=text, **rest)])
        found = slice_of(store.dataset(), View())
        places.append({t.iri: (t.x, t.y) for t in found.things})
    before, after = places
    assert len(before) == 12
    assert before.keys() == after.keys()
    moves = sorted(dist(before[iri], after[iri]) for iri in before)
    assert moves[-1] == 0


def test_what_is_opened_takes_free_places_near_by() -> None:
    places: Places = {"centre": (0.0, 0.0), "other": (120.0, 0.0)}
    kept = dict(places)
    new = [f"n{n}" for n in range(40)]
    beside(places, "centre", new, {"n0": ["other"]})
    assert {n: places[n] for n in kept} == kept
    everything = list(places.values())
    nearest = min(dist(a, b) for i, a in enumerate(everything) for b in everything[i + 1 :])
    assert nearest >= 0.7 * STEP


def test_groups_do_not_run_into_each_other() -> None:
    names = [f"{group}{n}" for group in "abc" for n in range(20)]
    edges = [(f"{g}0", f"{g}{n}") for g in "abc" for n in range(1, 20)]
    places = grouped(names, {n: n[0] for n in names}, edges)
    middle = {g: tuple(sum(places[f"{g}{n}"][c] for n in range(20)) / 20 for c in (0, 1)) for g in "abc"}
    for name in names:
        assert min("abc", key=lambda g: dist(places[name], middle[g])) == name[0]


def test_names_decide_where_things_start_and_steps_go_from_left_to_right() -> None:
    assert hashed("a") == hashed("a") != hashed("b")
    assert dist((0, 0), hashed("any name")) <= 1
    found = in_steps([["a"], ["b", "c"], ["d"]])
    assert found["a"][0] < found["b"][0] == found["c"][0] < found["d"][0]
    apart_now = apart({"a": (0.0, 0.0), "b": (0.0, 0.0)}, 50)
    assert dist(apart_now["a"], apart_now["b"]) >= 49


def test_only_departments_are_said_to_stand_side_by_side(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    found = slice_of(dataset, View(opened=(ALPHA,)))
    assert {thing.kind for thing in found.things} > {"department"}
    kinds = {thing.iri: thing.kind for thing in found.things}
    pairs = [link for link in found.links if link.kind in ("tied", "apart")]
    assert pairs
    assert {kinds[end] for link in pairs for end in (link.one, link.other)} == {"department"}
    everything = slice_of(dataset, View(everything=True))
    assert {link.kind for link in everything.links}.isdisjoint({"tied", "apart"}), "what joins them is there"


def test_an_earlier_day_stands_where_the_newest_stands(loaded: Loaded) -> None:
    dataset = loaded(**TABLES)
    for view in (View(), View(everything=True), View(centre=ALPHA)):
        newest = {t.iri: (t.x, t.y) for t in slice_of(dataset, view).things}
        earlier = slice_of(dataset, replace(view, sieve=Sieve(as_of=date(2014, 1, 31))))
        there = {t.iri: (t.x, t.y) for t in earlier.things}
        assert there.keys() <= newest.keys()
        assert all(newest[iri] == at for iri, at in there.items())
        assert earlier.frame == slice_of(dataset, view).frame
