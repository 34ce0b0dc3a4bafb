"""Validation: files and stores are told what is wrong with them, and a load is refused for it at its row."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SH, XSD

from graph.errors import LoadRefused
from graph.ingest import shapes
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.validation import validate_files, validate_store
from ontology.terms import PREFIXES, turtle
from ontology.validate import validate

ORGANISATIONS = (
    "id,name,kind,parent\ndea,Education,ministerial-department,\nagency,Agency,executive-agency,dea\n"
)
PROGRAMMES = "id,name,lead\nskills,Skills,dea\n"
RING = "id,name,kind,parent\na,A,executive-agency,b\nb,B,executive-agency,a\n"


def test_a_ring_of_organisations_is_refused_at_its_rows_and_leaves_the_store_empty(tables) -> None:  # type: ignore[no-untyped-def]
    store = open_store("memory")
    with pytest.raises(LoadRefused) as refusal:
        load(store, [tables(organisations=RING)])
    assert [(i.file, i.row, i.reason, i.severity) for i in refusal.value.issues] == [
        ("organisations.csv", row, "It is part of itself, directly or through other organisations.", "error")
        for row in (2, 3)
    ]
    assert store.version == 0


def test_a_ring_that_closes_through_the_store_is_refused_at_the_new_row(tables) -> None:  # type: ignore[no-untyped-def]
    store = open_store("memory")
    load(
        store,
        [tables("one", organisations="id,name,kind,parent\na,A,executive-agency,\nb,B,executive-agency,a\n")],
    )
    with pytest.raises(LoadRefused) as refusal:
        load(store, [tables("two", organisations="id,name,kind,parent\na,A,executive-agency,b\n")])
    (issue,) = refusal.value.issues
    assert issue.row == 2
    assert store.version == 1


def test_a_load_tells_warnings_with_their_rows_and_no_notes_of_little_weight(tables) -> None:  # type: ignore[no-untyped-def]
    report = load(
        open_store("memory"),
        [
            tables(
                organisations=ORGANISATIONS,
                programmes=PROGRAMMES,
                participations="programme,organisation,role\nskills,agency,co-owner\n",
            )
        ],
    )
    assert [(w.file, w.row, w.reason, w.severity) for w in report.warnings] == [
        ("programmes.csv", 2, "More than one organisation answers for this programme.", "warning")
    ]


def test_a_load_above_the_limit_says_that_and_how_to_check(tables, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(shapes, "MOST_STATEMENTS", 5)
    store = open_store("memory")
    (note,) = load(store, [tables(organisations=RING)]).notes
    assert "joinedup validate" in note
    (group,) = validate_store(store).groups
    assert (group.severity, len(group.things), group.of) == ("Violation", 2, 2)
    assert not validate_store(store).conforms


def test_tables_are_validated_in_three_severities_counted_and_nothing_is_loaded(example_folder: Path) -> None:
    store = open_store("memory")
    found = validate_files(store, [example_folder])
    counted = {(g.severity, len(g.things), g.of) for g in found.groups}
    assert counted == {
        ("Warning", 2, 22), ("Warning", 1, 13), ("Warning", 2, 13), ("Info", 7, 21), ("Info", 1, 7), ("Info", 5, 13),
    }  # fmt: skip
    assert found.conforms
    assert store.version == 0


def test_the_store_says_the_same_of_the_example_as_its_files(
    example_store: Store, example_folder: Path
) -> None:
    tables = validate_files(open_store("memory"), [example_folder])
    assert validate_store(example_store).groups == tables.groups


def test_tables_with_a_wrong_row_are_told_so_and_the_shapes_wait(tables) -> None:  # type: ignore[no-untyped-def]
    found = validate_files(open_store("memory"), [tables(programmes="id,name,lead\nskills,Skills,nobody\n")])
    assert {issue.row for issue in found.issues} == {2}
    assert found.not_run
    assert not found.conforms


def test_an_rdf_file_is_validated(tmp_path: Path) -> None:
    path = tmp_path / "own.ttl"
    path.write_text(
        "@prefix ju: <https://w3id.org/joinedup/ontology#> . <https://a.example/b> a ju:Barrier ."
    )
    found = validate_files(open_store("memory"), [path])
    assert {(g.severity, g.things[0].iri, g.of) for g in found.groups if g.message == "It has no name."} == {
        ("Violation", "https://a.example/b", 3)  # its source and its import have names
    }
    assert not found.conforms


def test_programmes_may_be_loaded_before_who_leads_them_with_a_warning_until_then(tmp_path: Path) -> None:
    store = open_store("memory")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, name, text in (
        (first, "programmes", "id,name\nskills,Skills\n"),
        (
            second,
            "organisations",
            "id,name,kind\ndea,Department for Example Affairs,ministerial-department\n",
        ),
        (second, "participations", "programme,organisation,role\nskills,dea,lead\n"),
    ):
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.csv").write_text(text)
    assert [w.reason for w in load(store, [first]).warnings if "leads" in w.reason]
    assert [w.reason for w in load(store, [second]).warnings if "leads" in w.reason] == []


@pytest.mark.parametrize(
    "day", ['"2014-02-31"^^xsd:date', '"soon"', "2014", '"2014-02-01T00:00:00"^^xsd:dateTime']
)
@pytest.mark.parametrize("property_", ["from", "until", "seenOn", "measuredOn", "neededBy", "plannedEnd"])
def test_what_is_no_day_of_the_calendar_is_caught_wherever_it_stands(property_: str, day: str) -> None:
    text = f'<https://a.example/bad> ju:{property_} {day} . <https://a.example/good> ju:{property_} "2012-02-29"^^xsd:date .'
    assert [(f.shape, f.focus) for f in validate(parsed(text))] == [("DayIsADay", "https://a.example/bad")]


def parsed(text: str) -> list[ox.Triple]:
    """Turtle in which every prefix is known."""
    prefixes = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    return [quad.triple for quad in ox.parse(prefixes + text, format=ox.RdfFormat.TURTLE)]


def test_every_property_that_holds_a_day_is_checked() -> None:
    shapes = Graph().parse(data=turtle("shapes"), format="turtle")
    vocabulary = Graph().parse(data=turtle("joinedup"), format="turtle")
    days = {
        p for p in vocabulary.subjects(RDFS.range, XSD.date) if (p, OWL.deprecated, None) not in vocabulary
    }
    checked: set[object] = set()
    for shape in shapes.subjects(SH.datatype, XSD.date):
        path = shapes.value(shape, SH.path)
        several = shapes.value(path, SH.alternativePath)
        checked.update(Collection(shapes, several) if several else [path])
    assert len(days) > 15
    assert days <= checked


def test_a_load_reads_all_that_a_shape_asks_of_what_refers_to_a_thing() -> None:
    said = Graph().parse(data=turtle("shapes"), format="turtle")
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for path in said.objects(None, SH.path):
        steps = list(Collection(said, path)) if (path, RDF.first, None) in said else [path]
        backwards = said.value(steps[0], SH.inversePath)
        if backwards is not None:
            asked[str(backwards)].update(map(str, steps[1:]))
    for query in said.objects(None, SH.select):
        if "?finding" in str(query):
            for words in re.findall(r"\?finding(.*?)}", str(query), re.DOTALL):
                first, *more = re.findall(r"<(\S+)> (?:\?|\$|<)", words)
                asked[first].update(more)
    assert {name: set(properties) for name, properties in shapes.ASKED_OF_REFERRING.items()} == {
        name: properties for name, properties in asked.items() if properties
    }
