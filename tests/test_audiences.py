"""Audiences: what an analyst and what anybody may see of a store, and that nothing they see leads to the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyoxigraph as ox
import pytest

from graph import extracts
from graph.audiences import AUDIENCES, View, forget, view
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.export import export
from graph.ingest.load import load
from graph.publication import publish
from graph.store import Store, open_store
from ontology.terms import JU, concept

Tables = Callable[..., Path]
BASE = "https://joinedup.example/id"
OPEN = {
    "organisations": "id,name,kind\ndea,Department for Example Affairs,ministerial-department\ncollege,A college,education\n",
    "programmes": "id,name,lead\nskills,Skills,dea\nhomes,Homes,dea\n",
    "barriers": "id,name,held_by\nlate,Late data,dea\nforms,Long forms,dea\n",
}
HEAD = "id,held_on,level,organisation,role,visit,programmes,joint_with,consent,marking\n"
FINDINGS = "id,programme,barrier,stance,severity,interview,dataset,summary,excerpt,quotes,coder\n"
FIELD = {
    "visits": "id,held_on,organisations\nv1,2014-01-20,college\n",
    "interviews": HEAD
    + "i1,2014-01-21,front-line,college,tutor of welding,v1,skills,dea,given,sensitive\n"
    + "i2,2014-01-22,centre,dea,keeper of ledgers,v1,skills,dea,given,official\n"
    + "i3,2014-01-23,front-line,college,warden of the wing,v1,skills,,given,official\n",
    "excerpts": "id,interview,words,start,end\nx1,i1,They never ring back,10,30\n",
    "findings": FINDINGS
    + "f1,skills,late,supports,3,i1,,A tutor waits,We wait for weeks,x1,coder-teal\n"
    + "f2,skills,late,disputes,2,i2,,Ledgers say otherwise,We do not,,coder-teal\n"
    + "f3,homes,forms,supports,5,i3,,The wing has no forms,,,coder-teal\n",
    "tests": "finding,organisation,tested_on,result,note\nf1,dea,2014-02-17,contested,It said tutors forget\n"
    "f2,dea,2014-02-17,accepted,It nodded\n",
}


def filled(tables: Tables, path: Path | None = None, field: dict[str, str] = FIELD) -> Store:
    """A store with public tables and official fieldwork."""
    store = open_store(path or "memory")
    load(store, [tables("open", **OPEN)], marking="public")
    load(store, [tables("field", **field)])
    consent = next(store.dataset().about(f"{BASE}/interview/i3", str(JU.consent)), None)
    if consent and field is FIELD:  # it is taken back after the load, which would refuse it
        withdrawn = ox.NamedNode(concept("consents", "withdrawn"))
        with store.writing():
            store.change(
                {ox.Quad(consent.subject, consent.predicate, withdrawn, consent.graph_name)}, {consent}
            )
    return store


def seen(store: Store, audience: str) -> Dataset:
    return view(store, audience).dataset()


def texts(dataset: Dataset) -> str:
    return "\n".join(map(str, dataset.backup_quads()))


def about(dataset: Dataset, thing: str) -> set[str]:
    return {q.predicate.value.rpartition("#")[2].rpartition("/")[2] for q in dataset.about(f"{BASE}/{thing}")}


# --- The analyst ------------------------------------------------------------------------------


def test_an_interview_is_seen_by_level_and_organisation_and_never_by_role(tables: Tables) -> None:
    dataset = seen(filled(tables), "analyst")
    as_such = {
        "type",
        "wasDerivedFrom",
        "marking",
        "level",
        "interviewedAt",
        "heldOn",
        "discusses",
        "prefLabel",
    }
    assert about(dataset, "interview/i1") == as_such
    assert about(dataset, "interview/i2") == as_such | {"onVisit", "jointWith"}, "as it is marked official"
    for words in ("tutor of welding", "keeper of ledgers", "coder-teal", "consents/"):
        assert words not in "\n".join(
            str(q) for q in dataset.backup_quads() if "/source/" in str(q.graph_name)
        )


def test_what_was_found_is_read_in_words_only_where_the_interview_is_not_sensitive(tables: Tables) -> None:
    dataset = seen(filled(tables), "analyst")
    every = texts(dataset)
    assert "A tutor waits" not in every
    assert "It said tutors forget" not in every
    assert "Ledgers say otherwise" in every
    assert "It nodded" in every
    assert {"evidences", "about", "stance", "severity", "fromInterview"} <= about(dataset, "finding/f1")
    for words in ("We wait for weeks", "We do not", "They never ring back"):
        assert words not in every, "the words of an interview are never seen"
    assert "/id/excerpt/" not in every


def test_consent_that_was_taken_back_takes_the_interview_and_what_it_said_away(tables: Tables) -> None:
    dataset = seen(filled(tables), "analyst")
    assert about(dataset, "interview/i3") == set()
    assert about(dataset, "finding/f3") == set()
    blocked = {(q.subject.value, q.object.value) for q in dataset.quads_of(str(JU.blocks))}  # type: ignore[union-attr]
    assert blocked == {(f"{BASE}/barrier/late", f"{BASE}/programme/skills")}, "the short cut goes with it"


def test_a_finding_whose_interview_is_in_a_sensitive_source_does_not_lead_there(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables("open", **OPEN)], marking="public")
    interviews = {name: FIELD[name] for name in ("visits", "interviews", "excerpts")}
    load(store, [tables("talks", **interviews)], marking="sensitive")
    load(store, [tables("said", findings=FIELD["findings"])], marking="sensitive")
    everything = texts(seen(store, "sensitive"))
    assert "i1" in everything
    store = open_store("memory")
    load(store, [tables("open", **OPEN)], marking="public")
    load(store, [tables("talks", **interviews)], marking="sensitive")
    load(store, [tables("said", findings=FIELD["findings"])], marking="official")
    dataset = seen(store, "analyst")
    assert "/id/interview/" not in texts(dataset)
    assert "A tutor waits" not in texts(dataset), "nobody can tell that the interview may be read"
    assert "severity" in about(dataset, "finding/f1")


def test_a_graph_that_says_no_marking_counts_as_sensitive(tables: Tables) -> None:
    store = filled(tables)
    note = ox.Quad(ox.NamedNode(f"{BASE}/programme/skills"), ox.NamedNode(str(JU.category)), ox.Literal("hush"), ox.NamedNode(f"{BASE}/source/edits"))  # fmt: skip
    with store.writing():
        store.change({note}, set())
    assert "hush" in texts(seen(store, "sensitive"))
    assert "hush" not in texts(seen(store, "analyst"))
    assert "hush" not in texts(seen(store, "public"))


def test_neither_a_checksum_nor_a_number_of_rows_lets_guesses_be_tried_out(tables: Tables) -> None:
    dataset = seen(filled(tables), "analyst")
    sized = {dataset.label(q.subject.value) for q in dataset.quads_of(str(JU.checksum))}  # type: ignore[union-attr]
    assert "open/programmes.csv" in sized
    assert not {"field/interviews.csv", "field/excerpts.csv", "field/findings.csv", "field/tests.csv"} & sized


@pytest.mark.parametrize("audience", ["public", "analyst"])
def test_no_path_of_any_length_leads_to_a_person_or_to_what_is_left_out(
    audience: str, tables: Tables
) -> None:
    dataset = seen(filled(tables), audience)
    everything = f"SELECT ?x WHERE {{ <{BASE}/programme/skills> (!<a:a>|!^<a:a>)* ?x }}"
    reached = {row.get("x", "") for row in dataset.solutions(everything)[1]}
    assert f"{BASE}/barrier/late" in reached
    people = (
        "tutor of welding",
        "keeper of ledgers",
        "warden of the wing",
        "coder-teal",
        "We wait for weeks",
    )
    assert not reached & set(people)
    if audience == "public":
        assert not any("/interview/" in x for x in reached)
        affiliations = (JU.interviewedAt, JU.jointWith, JU.visits, JU.testedWith, JU.stakeholder)
        assert not any(next(dataset.quads_of(str(p)), None) for p in affiliations)


# --- What anybody may see ----------------------------------------------------------------------


def interviews_of(number: int) -> dict[str, str]:
    """So many interviews that all say the same, and as many findings."""
    numbers = range(1, number + 1)
    rows = [f"i{n},2014-01-21,front-line,college,tutor {n},,skills,,given,sensitive\n" for n in numbers]
    said = [f"f{n},skills,late,supports,3,i{n},,Tutor {n} waits,,,\n" for n in numbers]
    return {"interviews": HEAD + "".join(rows), "findings": FINDINGS + "".join(said)}


def test_no_number_of_interviews_is_found_out_by_comparing_public_views(tables: Tables) -> None:
    """Suppression of 1 to 9, rounding and complements are all met: the same view whatever the number."""
    made = {}
    for number in (1, 2, 3, 4, 9, 10, 17):
        shutil.rmtree(tables("field"), ignore_errors=True)
        shutil.rmtree(tables("open"), ignore_errors=True)
        dataset = seen(filled(tables, field=interviews_of(number)), "public")
        rules = {str(q) for q in dataset.backup_quads() if "generatedAt" not in str(q.predicate) and "endedAt" not in str(q.predicate)}  # fmt: skip
        made[number] = frozenset(rules)
    assert made[1] == made[2], "too few to tell of"
    assert made[3] == made[4] == made[9] == made[10] == made[17], "enough, and no number is told"
    assert made[2] != made[3]


def test_the_public_view_says_neither_when_it_was_made_nor_of_which_version(tables: Tables) -> None:
    store = filled(tables)
    made = view(store, "public")
    before = made.dataset()
    load(store, [tables("more", organisations="id,name\nother,Another\n")], marking="official")
    after = made.dataset()
    assert after is before, "so that neither an ETag nor a worker changes"


def test_a_publication_is_the_same_to_everybody(tables: Tables, tmp_path: Path) -> None:
    publish(filled(tables), tmp_path / "public")
    store = open_store(tmp_path / "public")
    assert set(seen(store, "public").backup_quads()) == set(seen(store, "analyst").backup_quads())
    assert len(seen(store, "public")) > 1000


# --- Views as such -----------------------------------------------------------------------------


@pytest.mark.parametrize("audience", ["public", "analyst"])
def test_a_view_changes_only_with_what_its_audience_may_see(
    audience: str, tables: Tables, tmp_path: Path
) -> None:
    store = filled(tables, tmp_path / "store")
    made = view(store, audience)
    version, snapshot = made.version, made.snapshot()
    load(store, [tables("secret", organisations="id,name\nhush,Hush\n")], marking="sensitive")
    assert (made.version, made.snapshot()) == (version, snapshot)
    load(store, [tables("shown", organisations="id,name\nloud,Loud\n")], marking="public")
    assert made.version != version
    assert made.snapshot() != snapshot


def test_a_store_of_nothing_but_secrets_looks_empty(tables: Tables, tmp_path: Path) -> None:
    store = open_store(tmp_path / "store")
    load(store, [tables("all", **OPEN, **FIELD)], marking="sensitive")
    for audience in ("public", "analyst"):
        dataset = seen(store, audience)
        assert (len(dataset), dataset.version) == (0, 0)


def test_the_folder_of_a_view_holds_no_byte_of_what_is_left_out(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables, tmp_path / "store")

    def holding(folder: Path, word: bytes) -> bool:
        return any(word in p.read_bytes() for p in folder.rglob("*") if p.is_file())

    for word in (b"tutor of welding", b"We wait for weeks", b"They never ring back"):
        assert holding(tmp_path / "store", word), "the scan finds it where it is"
        for audience in ("public", "analyst"):
            assert not holding(view(store, audience).snapshot(), word)


def test_a_view_on_disk_is_used_again_and_can_be_forgotten(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables, tmp_path / "store")
    first = View(store, "analyst")
    folder = first.snapshot()
    again = View(open_store(tmp_path / "store"), "analyst")
    assert (again.version, again.snapshot()) == (first.version, folder)
    assert folder.is_relative_to(tmp_path / "store")
    forget(store)
    assert not folder.exists()
    assert View(store, "analyst").snapshot().exists()


def test_an_export_for_an_audience_holds_what_it_may_see(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables)
    held = {}
    for audience in AUDIENCES:
        with (tmp_path / audience).open("wb") as file:
            export(store, file, audience=audience)
        held[audience] = (tmp_path / audience).read_text()
    assert "tutor of welding" in held["sensitive"]
    assert "tutor of welding" not in held["analyst"]
    assert "/id/interview/i1" in held["analyst"]
    assert "/id/interview/" not in held["public"]


def test_there_is_no_other_audience() -> None:
    with pytest.raises(NotFound, match="Choose public, analyst, sensitive"):
        view(open_store("memory"), "everybody")


def test_what_is_kept_of_a_view_is_what_its_audience_may_see_and_goes_with_it(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "LEAST", 0)
    store = filled(tables, tmp_path / "store")
    kept = tmp_path / "store" / "audiences" / "analyst" / "extracts"
    versions, oldest = [], None
    for name in ("Homes", "Houses", "Flats"):
        again = {"programmes": f"id,name,lead\nskills,Skills,dea\nhomes,{name},dea\n"}
        load(store, [tables("open", **OPEN | again)], marking="public")
        analyst = view(store, "analyst").dataset()
        _ = analyst.labels, store.dataset().labels
        versions.append(f"{analyst.version:08d}")
        oldest = oldest or analyst
        with monkeypatch.context() as patch:
            patch.setattr(Dataset, "_columns", lambda *_: pytest.fail("it is kept"))
            assert name in view(open_store(tmp_path / "store"), "analyst").dataset().labels.values()
    assert sorted(path.name for path in kept.iterdir() if path.is_dir()) == sorted(versions[1:])
    (kept / ".strange").touch()
    oldest.columns("labels")  # its view is gone, so nothing of it comes back
    assert not (kept / versions[0]).exists()

    def said(folder: Path) -> str:
        return " ".join(str(pl.read_ipc(path).rows()) for path in folder.rglob("*.arrow"))

    assert "A tutor waits" in said(tmp_path / "store" / "extracts"), "what looks finds it where it is"
    assert "Flats" in said(kept) and "A tutor waits" not in said(kept)
    forget(store)
    assert not kept.exists()
