"""The reference of the vocabulary: every term of the file is on the page, and the picture says what the file says."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import combinations

import pytest
from rdflib import Graph
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from graph.dataset import Dataset
from graph.description import description
from graph.store import open_store
from ontology.definitions import Name, Term, vocabulary
from ontology.terms import CONCEPT, ONTOLOGY, turtle
from visualisations.lettering import width
from visualisations.vocabulary import schemes_page, vocabulary_page
from visualisations.vocabulary_drawing import ANYTHING, SIZE, vocabulary_drawing
from visualisations.vocabulary_marks import VocabularyDrawing

OWN = ONTOLOGY + "#"


class Read(HTMLParser):
    """The ids, the addresses and the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.addresses: set[str] = set()
        self.names: Counter[str] = Counter()
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names[tag] += 1
        assert "style" not in found and not any(name.startswith("on") for name in found)
        if found.get("id"):
            self.ids[found["id"] or ""] += 1
        if found.get("href"):
            self.addresses.add(found["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


@pytest.fixture(scope="module")
def file() -> Graph:
    return Graph().parse(data=turtle("joinedup"), format="turtle")


@pytest.fixture(scope="module")
def page() -> Read:
    return Read(vocabulary_page())


@pytest.fixture(scope="module")
def drawing() -> VocabularyDrawing:
    return vocabulary_drawing(vocabulary().object_properties)


@pytest.mark.parametrize("kind", [OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty])
def test_every_term_of_the_file_has_its_place_label_and_definition(
    file: Graph, page: Read, kind: str
) -> None:
    terms = [t for t in file.subjects(RDF.type, kind) if str(t).startswith(OWN)]
    assert terms
    for term in terms:
        assert page.ids[str(term).removeprefix(OWN)] == 1
        assert str(file.value(term, RDFS.label)) in page.words
        assert str(file.value(term, RDFS.comment)) in page.words


def test_every_place_is_there_once_and_every_link_within_the_page_leads_to_one(page: Read) -> None:
    assert set(page.ids.values()) == {1}
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)


def test_a_page_says_its_version_licence_prefix_and_citation(page: Read) -> None:
    known = vocabulary()
    assert known.licence in page.addresses
    assert f"PREFIX ju: <{OWN}>" in page.words
    assert f"version {known.version}, {ONTOLOGY}/{known.version}" in page.words
    assert {"/ontology.ttl", "/ontology.jsonld", "/context.jsonld", "/.well-known/void"} <= page.addresses


@pytest.mark.parametrize("text", [vocabulary_page(), schemes_page()], ids=["vocabulary", "schemes"])
def test_every_concept_is_there_with_its_definition(text: str) -> None:
    page, schemes = Read(text), Graph().parse(data=turtle("schemes"), format="turtle")
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)
    for concept in schemes.subjects(RDF.type, SKOS.Concept):
        assert page.ids["concept-" + str(concept).removeprefix(str(CONCEPT)).replace("/", "-")] == 1
        assert str(schemes.value(concept, SKOS.definition)) in page.words
    for scheme in schemes.subjects(RDF.type, SKOS.ConceptScheme):
        assert str(schemes.value(scheme, SKOS.prefLabel)) in page.words


def test_nothing_on_the_page_runs_but_the_one_script(page: Read) -> None:
    assert (page.names["script"], page.names["style"]) == (1, 0)


def test_the_picture_has_each_class_with_an_object_property_once(
    file: Graph, drawing: VocabularyDrawing
) -> None:
    expected = {
        str(end)
        for term in file.subjects(RDF.type, OWL.ObjectProperty)
        for end in (file.value(term, RDFS.domain), file.value(term, RDFS.range))
    }
    drawn = [box.name.iri for box in drawing.boxes]
    assert len(drawn) == len(set(drawn))
    assert {iri or "None" for iri in drawn} == expected


def test_the_picture_has_each_object_property_once_between_its_own_classes(
    file: Graph, drawing: VocabularyDrawing
) -> None:
    by_id = {box.id: box.name.iri for box in drawing.boxes}
    found = [(w.name.iri, arrow) for arrow in drawing.arrows for w in arrow.words]
    assert sorted(iri for iri, _ in found) == sorted(map(str, file.subjects(RDF.type, OWL.ObjectProperty)))
    terms = {term.name.iri: term for term in vocabulary().object_properties}
    for iri, arrow in found:
        one, other = (by_id[id] for id in arrow.on.split()[1:])
        term = terms[iri]
        assert (one,) == tuple(n.iri for n in term.domain or (ANYTHING,))
        assert (other,) == tuple(n.iri for n in term.range or (ANYTHING,))


def apart(boxes: list[tuple[float, float, float, float]]) -> bool:
    return all(
        a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a, b in combinations(boxes, 2)
    )


def test_nothing_in_the_picture_overlaps_or_leaves_it(drawing: VocabularyDrawing) -> None:
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in drawing.boxes]
    written = [(w.x, a.y - SIZE + 3, w.x + w.width, a.y + 3) for a in drawing.arrows for w in a.words]
    lines = []
    for arrow in drawing.arrows:
        xs = [arrow.start[0], float(re.findall(r"M([\d.]+)", arrow.head)[0])]
        y = float(re.findall(r"M[\d.]+ ([\d.]+)", arrow.head)[0])
        lines.append((min(xs), y - 1, max(xs) + 0.1, y + 1))
    assert apart(boxes) and apart(boxes + written) and apart(lines)
    for left, top, right, bottom in boxes + written + lines:
        assert left >= 0 and right <= drawing.width and top >= 0 and bottom <= drawing.height
    for box in drawing.boxes:  # the line of a box stands clear of the boxes beside it
        middle = box.x + box.width / 2
        assert not [
            b for b in drawing.boxes if b is not box and b.x <= middle <= b.x + b.width and b.y > box.y
        ]


def test_the_words_of_the_picture_fit_its_boxes(drawing: VocabularyDrawing) -> None:
    for box in drawing.boxes:
        assert "".join(box.lines).replace(" ", "") == box.name.label.replace(" ", "")
        assert all(width(line, SIZE) < box.width for line in box.lines)
        assert all(line in box.name.label.split(" ") or " " in line for line in box.lines)


def test_the_picture_is_the_same_each_time_whatever_order_the_file_has(drawing: VocabularyDrawing) -> None:
    assert vocabulary_drawing(vocabulary().object_properties) == drawing
    turned = vocabulary_drawing(tuple(reversed(vocabulary().object_properties)))
    assert [box.name for box in turned.boxes] == [box.name for box in drawing.boxes]


def test_a_new_property_is_drawn_without_being_told() -> None:
    one, other = Name(OWN + "One", "one"), Name(OWN + "Other", "other")
    term = Term(Name(OWN + "joins", "joins"), "joins", "", (), (one,), (other,))
    found = vocabulary_drawing([term])
    assert [arrow.title for arrow in found.arrows] == ["one: joins: other"]
    assert vocabulary_drawing([]).boxes == ()


def test_the_description_of_an_empty_store_says_that_there_is_nothing() -> None:
    said = [str(triple) for triple in description(open_store("memory").dataset(), "http://localhost")]
    assert any('ns/void#triples> "0"' in s for s in said)
    assert not any("modified" in s or "void#subset" in s for s in said)


def test_the_description_counts_each_source(example: Dataset) -> None:
    said = description(example, "http://localhost")
    sources = {t.object.value for t in said if t.predicate.value.endswith("void#subset")}  # type: ignore[union-attr]
    assert sources == {row["source"] for row in example.select("holdings/sources")}
    triples = {
        t.subject.value: int(t.object.value)  # type: ignore[union-attr]
        for t in said
        if t.predicate.value.endswith("void#triples")
    }
    for source in sources:
        assert triples[source] == len(example.graph(source))
