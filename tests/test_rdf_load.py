"""RDF is loaded as tables are: one source graph a file, all or nothing, with what follows and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import Issue, LoadRefused
from graph.ingest.load import load
from graph.store import Store, open_store
from ontology.terms import JU, PROV, RDF

BASE = "https://joinedup.example/id"
Refusal = Callable[..., list[Issue]]
Tables = Callable[..., Path]
Write = Callable[[str, str], Path]
PREFIXES = f"""@prefix ju: <https://w3id.org/joinedup/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix stance: <https://w3id.org/joinedup/concept/stances/> .
@prefix b: <{BASE}/barrier/> . @prefix p: <{BASE}/programme/> . @prefix s: <{BASE}/source/> .
"""
BARRIER = 'b:data a ju:Barrier ; skos:prefLabel "Late data" .'


@pytest.fixture
def rdf(tmp_path: Path) -> Write:
    """Write a file of Turtle or TriG in which every prefix is known."""

    def write(name: str, text: str) -> Path:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(PREFIXES + text, encoding="utf-8")
        return folder / name

    return write


def values(store: Store, iri: str, predicate: object) -> set[str]:
    """What the store says of a thing."""
    return {t.object.value for t in store.dataset().describe(iri) if t.predicate.value == str(predicate)}  # type: ignore[union-attr]


def test_a_file_is_one_source_with_its_facts_and_is_replaced_whole(rdf: Write) -> None:
    store = open_store("memory")
    report = load(
        store, [rdf("own.ttl", BARRIER + ' b:more a ju:Barrier ; skos:prefLabel "More" .')], marking="public"
    )
    (source,) = report.sources
    assert (source.outcome, source.records, source.rows) == ("added", 2, {"barriers": 2})
    graph = f"{BASE}/source/data-own.ttl"
    assert values(store, graph, JU.fileName) == {"own.ttl"}
    assert values(store, graph, JU.marking) == {"https://w3id.org/joinedup/concept/markings/public"}
    assert values(store, f"{BASE}/barrier/data", PROV.wasDerivedFrom) == {graph}
    assert load(store, [rdf("own.ttl", BARRIER)], marking="public").sources[0].outcome == "replaced"
    assert values(store, f"{BASE}/barrier/more", RDF.type) == set()


def test_tables_and_rdf_of_one_load_may_point_at_each_other_and_rdf_at_the_store(
    rdf: Write, tables: Tables, small: dict[str, str]
) -> None:
    store = open_store("memory")
    barriers = small.pop("barriers")
    del barriers
    load(store, [tables(**small), rdf("own.ttl", BARRIER)])
    again = f"b:later a ju:Barrier ; skos:prefLabel 'Later' ; ju:heldBy <{BASE}/organisation/dea> ."
    assert load(store, [rdf("later.ttl", again)]).version == 2


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        (f"b:data a ju:Barrier ; skos:prefLabel 'D' ; ju:heldBy <{BASE}/organisation/gone> .", f"{BASE}/organisation/gone", "nobody says what is there"),
        ("b:gone skos:altLabel 'G' .", f"{BASE}/barrier/gone", "nobody says what is there. It begins in line 8."),
        (BARRIER + "\nb:data ju:blocks p:skills .", f"{BASE}/barrier/data", "a short cut that only a finding that supports it gives"),
        (BARRIER + " p:skills ju:ledBy <https://a.example/o> .", f"{BASE}/programme/skills", "a short cut that only a participation as lead"),
        ("\nb:bare a ju:Barrier .", f"{BASE}/barrier/bare", "It has no name. It begins in line 9."),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_with_its_subject_and_the_store_is_as_it_was(
    rdf: Write, tables: Tables, refusal: Refusal, text: str, value: str, reason: str
) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name\na,A\n", programmes="id,name,lead\nskills,S,a\n")])
    errors = [issue for issue in refusal(store, rdf("own.ttl", text)) if issue.severity == "error"]
    assert [(issue.value, reason in issue.reason) for issue in errors] == [(f"<{value}>", True)]
    assert store.version == 1


def test_a_short_cut_follows_from_a_finding_of_the_same_file_and_from_none_that_disputes(
    rdf: Write, tables: Tables
) -> None:
    store = open_store("memory")
    load(
        store,
        [
            tables(
                organisations="id,name\na,A\n",
                programmes="id,name,lead\nskills,S,a\n",
                datasets="id,name\nd,D\n",
            )
        ],
    )
    finding = f"<{BASE}/finding/f> a ju:Finding ; skos:prefLabel 'F' ; ju:about p:skills ; ju:evidences b:data ; ju:severity 3 ; ju:fromDataset <{BASE}/dataset/d> ; ju:stance "
    load(store, [rdf("own.ttl", BARRIER + finding + "stance:supports . b:data ju:blocks p:skills .")])
    assert values(store, f"{BASE}/barrier/data", JU.blocks) == {f"{BASE}/programme/skills"}
    load(store, [rdf("own.ttl", BARRIER + finding + "stance:disputes .")])
    assert values(store, f"{BASE}/barrier/data", JU.blocks) == set()
    with pytest.raises(LoadRefused, match="1 error"):
        load(store, [rdf("own.ttl", BARRIER + finding + "stance:disputes . b:data ju:blocks p:skills .")])


def test_blank_nodes_keep_their_addresses_and_parts_belong_to_their_thing(rdf: Write) -> None:
    text = (
        BARRIER
        + " b:data dcterms:relation [ dcterms:title 'one' ; dcterms:relation [ dcterms:title 'in it' ] ] , [ dcterms:title 'two' ] . _:x dcterms:title 'free' . _:y dcterms:relation _:y ."
    )
    stores = []
    for _ in range(2):
        store = open_store("memory")
        load(store, [rdf("own.ttl", text)])
        stores.append(
            {
                q.triple
                for q in store.dataset().quads_in(f"{BASE}/source/data-own.ttl")
                if "part-" in str(q) or "genid" in str(q)
            }
        )
    assert stores[0] == stores[1]
    subjects = {triple.subject.value for triple in stores[0]} - {f"{BASE}/barrier/data"}
    parts = {f"{BASE}/barrier/data#part-data-own.ttl-{n}" for n in (1, 2, 3)}
    assert subjects == parts | {
        f"https://joinedup.example/.well-known/genid/data-own.ttl-{n}" for n in (1, 2)
    }


def test_named_graphs_are_read_into_the_one_source_but_not_the_store_s_own(rdf: Write) -> None:
    store = open_store("memory")
    text = f"""<https://a.example/g> {{ {BARRIER} }}
        <https://w3id.org/joinedup/ontology> {{ b:data skos:altLabel "not this" }}
        <https://w3id.org/joinedup/store> {{ b:data skos:altLabel "nor this" }}
        ju:Barrier skos:prefLabel "nor that" . stance:supports skos:prefLabel "Disputes" .
        s:other ju:marking <https://w3id.org/joinedup/concept/markings/public> ."""
    (warning, *_) = load(store, [rdf("own.trig", text)]).warnings
    assert "holds 5 statements about how files were loaded" in warning.reason
    assert {t.predicate.value.rsplit("#")[-1] for t in store.dataset().describe(f"{BASE}/barrier/data")} == {
        "type", "prefLabel", "wasDerivedFrom",
    }  # fmt: skip


def test_a_row_of_another_source_is_not_claimed_against_what_that_source_says(
    rdf: Write, tables: Tables
) -> None:
    store = open_store("memory")
    load(store, [tables(organisations="id,name\na,A\n")])
    text = (
        BARRIER
        + " b:data prov:wasDerivedFrom <https://joinedup.example/id/source/tables-organisations.csv#row=2> ."
    )
    warnings = load(store, [rdf("own.ttl", text)]).warnings
    assert any("which does not say so" in warning.reason for warning in warnings)
    assert values(store, f"{BASE}/barrier/data", PROV.wasDerivedFrom) == {f"{BASE}/source/data-own.ttl"}


@pytest.mark.parametrize("name", ["own.owl", "own.rdf", "own.xml"])
def test_rdf_xml_is_known_by_what_it_holds(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#" '
        f'xmlns:ju="https://w3id.org/joinedup/ontology#"><ju:Barrier rdf:about="{BASE}/barrier/data"><skos:prefLabel>Late data'
        "</skos:prefLabel></ju:Barrier></rdf:RDF>"
    )
    assert load(open_store("memory"), [path]).sources[0].rows == {"barriers": 1}


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "many.nt"
    path.write_text("".join(f'<https://a/{n}> <https://a/p> "{"x" * 900}" .\n' for n in range(7000)))
    told: list[tuple[str, int, int]] = []
    load(open_store("memory"), [path], progress=lambda *said: told.append(said))
    done = [step for _, step, _ in told]
    assert done == sorted(done)
    assert len(done) > 3
    assert told[-1] == ("many.nt", told[-1][2], told[-1][2])
