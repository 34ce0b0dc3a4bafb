"""Judgements that go with an export: another store that loads it merges the same things, tells who and when, and can undo it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import BadParameter, Issue
from graph.export import FORMATS, export
from graph.identity.candidates import candidates
from graph.identity.judging import judge, judgements, undo
from graph.identity.record import in_force, judgements_of
from graph.identity.resolving import merged_into, resolve_iri
from graph.ingest.load import load
from graph.questions import answer
from graph.store import Store, open_store
from graph.validation import validate_files
from ontology.terms import JU, PROV

Tables = Callable[..., Path]
Refusal = Callable[..., list[Issue]]

BASE = "https://joinedup.example/id"
NAMES = ["health", "health-2", "health-3", "care", "care-2"]
TWICE = {
    "organisations": "id,name,parent\nhealth,Department of Health,\nhealth-2,Dept. of Health,\nhealth-3,Department of Health.,\n"
    "care,Department of Care,health-2\ncare-2,Department of Care.,\n",
    "programmes": "id,name,lead\nskills,Skills,health-2\nhomes,Homes,health\n",
}
ENDING = {"nquads": "nq", "trig": "trig", "turtle": "ttl", "nt": "nt", "jsonld": "jsonld"}


def written(store: Store, folder: Path, format: str = "nquads", name: str = "all") -> Path:
    path = folder / f"{name}.{ENDING[format]}"
    with path.open("wb") as file:
        export(store, file, format)
    return path


def decide(store: Store, one: str, other: str, verdict: str = "same", keep: str = "") -> int:
    one, other = f"organisation/{one}", f"organisation/{other}"
    keep = f"organisation/{keep}" if keep else ""
    return judge(store, one, other, verdict=verdict, by="analyst-2", because="So it is", keep=keep).number


def seen(store: Store) -> set[ox.Triple]:
    """What readers see, judgements among it, but for how and from where it was loaded."""
    mechanics = (f"{BASE}/source/", f"{BASE}/import/", "https://w3id.org/")
    return {
        q.triple
        for q in store.dataset().backup_quads()
        if q.predicate.value != str(PROV.wasDerivedFrom) and not q.subject.value.startswith(mechanics)
    }


def pairs(store: Store) -> list[tuple[object, ...]]:
    return [(c.score, c.one, c.other, c.reasons, c.against, c.unsure) for c in candidates(store.dataset(), unsure=True).rows]  # fmt: skip


def leads(store: Store) -> dict[str, str | None]:
    return {name: merged_into(store.dataset(), f"{BASE}/organisation/{name}") for name in NAMES}


def alike(one: Store, other: Store) -> None:
    assert seen(one) == seen(other)
    assert pairs(one) == pairs(other)
    assert leads(one) == leads(other)
    assert judgements(one.dataset()) == judgements(other.dataset())


@pytest.fixture
def judged(tables: Tables) -> Store:
    store = open_store("memory")
    load(store, [tables(**TWICE)])
    assert [decide(store, "health", "health-2", keep="health"), decide(store, "care", "care-2", "unsure")] == [1, 2]  # fmt: skip
    return store


@pytest.mark.parametrize("format", FORMATS)
def test_a_store_that_loads_an_export_merges_the_same_and_undo_there_gives_back_the_two(
    judged: Store, tmp_path: Path, format: str
) -> None:
    again = open_store(tmp_path / "again")
    report = load(again, [written(judged, tmp_path, format)])
    assert len(pairs(judged)) >= 2
    alike(judged, again)
    assert leads(again)["health-2"] == f"{BASE}/organisation/health"
    old = resolve_iri(again.dataset(), f"{BASE}/organisation/health-2")
    assert (old.thing.iri, old.redirected_from) == (
        f"{BASE}/organisation/health",
        f"{BASE}/organisation/health-2",
    )
    first = judgements(again.dataset())[0]
    assert (first.number, first.by, first.because) == (1, "analyst-2", "So it is")
    assert any("brings 2 judgements" in n and "1 of which make one thing of two" in n for n in report.notes)
    for store in (judged, again):
        undo(store, 1, by="lead")
    assert leads(again) == dict.fromkeys(NAMES)
    assert pairs(again) == pairs(judged)
    assert {t for t in seen(again) if "/judgement/" not in str(t)} == {
        t for t in seen(judged) if "/judgement/" not in str(t)
    }


STEPS = st.lists(
    st.tuples(st.sampled_from(["same", "same", "not-the-same", "unsure", "undo"]), st.sampled_from(NAMES),
              st.sampled_from(NAMES), st.integers(1, 6)),
    max_size=8,
)  # fmt: skip


@given(steps=STEPS, more=STEPS, format=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=40)
def test_whatever_was_judged_is_judged_in_the_store_that_loads_the_export(
    steps: list[tuple[str, str, str, int]], more: list[tuple[str, str, str, int]], format: str
) -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for table, text in TWICE.items():
            (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        first, again = open_store("memory"), open_store("memory")
        load(first, [folder])
        done(first, steps)
        load(again, [written(first, folder, format)])
        alike(first, again)
        for store in (first, again):  # what may still be judged and undone is the same too
            done(store, more)
        assert leads(first) == leads(again)
        assert [(j.number, j.pair, j.verdict, j.revises) for j in judgements(first.dataset())] == [
            (j.number, j.pair, j.verdict, j.revises) for j in judgements(again.dataset())
        ]


def done(store: Store, steps: list[tuple[str, str, str, int]]) -> None:
    for what, one, other, number in steps:
        try:
            if what == "undo":
                undo(store, min(number, len(judgements(store.dataset()))), by="lead")
            else:
                decide(store, one, other, what)
        except (BadParameter, LookupError):
            continue
        except Exception as failure:
            if type(failure).__name__ != "NotFound":
                raise


def test_loading_an_export_again_changes_nothing_also_where_it_was_undone_since(
    judged: Store, tmp_path: Path
) -> None:
    path = written(judged, tmp_path)
    again = open_store(tmp_path / "again")
    load(again, [path])
    version = again.version
    assert (load(again, [path]).version, load(judged, [path]).notes) == (version, [])
    undo(again, 1, by="lead")
    assert load(again, [path]).notes == []
    assert [j.number for j in in_force(judgements(again.dataset()))] == [2]


def test_in_a_store_that_has_judgements_those_of_a_file_are_numbered_behind_them(
    judged: Store, tables: Tables, tmp_path: Path
) -> None:
    undo(judged, 1, by="lead")
    again = open_store("memory")
    load(again, [tables(**TWICE)])
    decide(again, "health", "health-3", keep="health")
    path = written(judged, tmp_path)
    assert load(again, [path], dry_run=True).version == 2
    assert len(judgements(again.dataset())) == 1
    load(again, [path])
    assert [(j.number, j.verdict, j.revises) for j in judgements(again.dataset())] == [
        (1, "same", 0), (2, "same", 0), (3, "unsure", 0), (4, "withdrawn", 2),
    ]  # fmt: skip
    assert {name: iri for name, iri in leads(again).items() if iri} == {
        "health-3": f"{BASE}/organisation/health"
    }


def test_a_file_that_judges_otherwise_than_the_store_is_refused(
    judged: Store, tables: Tables, tmp_path: Path, refusal: Refusal
) -> None:
    other = open_store("memory")
    load(other, [tables(**TWICE)])
    decide(other, "health", "health-2", "not-the-same")
    path = written(judged, tmp_path)
    (issue,) = (i for i in refusal(other, path) if i.severity == "error")
    assert (
        "cannot stand together: “Department of Health” and “Dept. of Health” are not the same" in issue.reason
    )
    assert (other.version, len(judgements(other.dataset()))) == (2, 1)
    assert any("cannot stand together" in i.reason for i in validate_files(other, [path]).issues)


GOOD = f"""<{BASE}/judgement/1> a <{JU.Judgement}> ; <{JU.judges}> <{BASE}/organisation/health> , <{BASE}/organisation/health-2> ;
    <{JU.verdict}> <https://w3id.org/joinedup/concept/verdicts/same> ; <{JU.keeps}> <{BASE}/organisation/health> ;
    <{JU.judgedBy}> "analyst" ; <{JU.judgedAt}> "2014-07-01T10:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> ;
    <http://purl.org/dc/terms/description> "One address" ."""


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("organisation/health-2", "programme/skills", "cannot be judged"),
        ("organisation/health-2", "interview/i1", "cannot be judged"),
        (f" , <{BASE}/organisation/health-2>", "", "which two things"),
        ('"analyst"', '"a.person@office.example"', "not an address"),
        ('"analyst"', '"one" , "two"', "by whom"),
        ('"One address"', '""', "by whom, when and why"),
        ('"One address"', '"""One\naddress"""', "in one line"),
        ("verdicts/same", "verdicts/perhaps", "verdict that is not known"),
        ("verdicts/same", "verdicts/not-the-same", "keeps one although"),
        ("verdicts/same", "verdicts/withdrawn", "keeps one although"),
        (f"<{JU.keeps}> <{BASE}/organisation/health> ;", "", "does not keep one"),
        ("2014-07-01T10:00:00Z", "2014-07-01T10:00:00", "time zone"),
        ("2014-07-01T10:00:00Z", "2014-02-31T10:00:00Z", "time zone"),
        ("judgement/1>", "judgement/x>", "does not say"),
        ("judgement/1>", "judgement/²>", "does not say"),
        ('"One address" .', f'"One address" ; <{PROV.wasRevisionOf}> <{BASE}/judgement/9> .', "revises no earlier"),
    ],
)  # fmt: skip
def test_a_judgement_that_nobody_could_have_made_is_refused(
    tables: Tables, tmp_path: Path, refusal: Refusal, before: str, after: str, says: str
) -> None:
    store = open_store("memory")
    load(store, [tables(**TWICE)])
    path = tmp_path / "judged.ttl"
    assert before in GOOD
    path.write_text(GOOD.replace(before, after), encoding="utf-8")
    assert says in "; ".join(i.reason for i in refusal(store, path))
    assert list(store.dataset().graph(judgements_of(store.base))) == []
    path.write_text(GOOD, encoding="utf-8")
    assert load(store, [path]).version == 2
    assert leads(store)["health-2"] == f"{BASE}/organisation/health"


def test_a_judgement_of_another_store_s_address_is_left_out_with_a_warning(
    tables: Tables, tmp_path: Path
) -> None:
    store = open_store("memory")
    load(store, [tables(**TWICE)])
    path = tmp_path / "judged.ttl"
    path.write_text(GOOD.replace(f"{BASE}/judgement", "https://elsewhere.example/id/judgement") + f'<{BASE}/area/x> a <{JU.Area}> ; <http://www.w3.org/2004/02/skos/core#prefLabel> "X" .', encoding="utf-8")  # fmt: skip
    report = load(store, [path])
    assert any("They are left out" in warning.reason for warning in report.warnings)
    assert judgements(store.dataset()) == []


def test_question_ten_says_what_was_judged_last_after_an_undo(tables: Tables) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name\nhealth,A clinic\ncare,A Clinic.\n")])
    path = tables() / "judged.ttl"
    first = GOOD.replace("health-2", "care")
    undone = first.replace("judgement/1", "judgement/2").replace("verdicts/same", "verdicts/withdrawn")
    undone = undone.replace(f"<{JU.keeps}> <{BASE}/organisation/health> ;", f"<{PROV.wasRevisionOf}> <{BASE}/judgement/1> ;")  # fmt: skip
    last = undone.replace("judgement/2>", "judgement/3>").replace("verdicts/withdrawn", "verdicts/unsure")
    last = last.replace(f"<{PROV.wasRevisionOf}> <{BASE}/judgement/1> ;", "")
    path.write_text("\n".join([first, undone.replace("T10", "T11"), last.replace("T10", "T12")]))
    load(store, [path])
    (row,) = answer(store.dataset(), 10).rows
    assert (row["verdict"].rsplit("/", 1)[-1], row["judged_at"]) == ("unsure", "2014-07-01T12:00:00Z")
