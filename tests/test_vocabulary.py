"""The reference of the vocabulary: every term of the file is on the page, and the picture says what the file says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import combinations

import pytest
from rdflib import BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS, SKOS
from rdflib.term import Node

from graph.analysis import Thing
from graph.dataset import Dataset
from graph.description import description
from graph.store import open_store
from ontology.definitions import Name, Term, Theme, headings, vocabulary
from ontology.terms import CONCEPT, ONTOLOGY, turtle
from visualisations.backwards import backwards
from visualisations.lettering import width
from visualisations.vocabulary import schemes_page, vocabulary_page
from visualisations.vocabulary_drawing import SIZE, vocabulary_drawing
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


@pytest.fixture(scope="module", params=vocabulary().themes, ids=lambda theme: theme.heading)
def theme(request: pytest.FixtureRequest) -> Theme:
    found: Theme = request.param
    return found


@pytest.fixture(scope="module")
def drawing(theme: Theme) -> VocabularyDrawing:
    return vocabulary_drawing(theme.properties)


@pytest.mark.parametrize("kind", [OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty])
def test_every_term_of_the_file_has_its_place_and_all_that_is_said_of_it(
    file: Graph, page: Read, kind: str
) -> None:
    terms = [t for t in file.subjects(RDF.type, kind) if str(t).startswith(OWN)]
    assert terms
    for term in terms:
        assert page.ids[str(term).removeprefix(OWN)] == 1
        for says in (RDFS.label, RDFS.comment, SKOS.example, SKOS.scopeNote, SKOS.changeNote):
            assert all(str(text) in page.words for text in file.objects(term, says)), (term, says)


def test_no_name_is_a_blank_node() -> None:
    known = vocabulary()
    for term in known.classes + known.object_properties + known.datatype_properties:
        for name in (term.name, *term.parents, *term.domain, *term.range, *term.replaced_by):
            assert name.iri.startswith("http"), term.local


def test_a_domain_that_is_a_union_gives_all_its_members() -> None:
    terms = {term.local: term for term in vocabulary().object_properties}
    assert [name.local for name in terms["jointWith"].domain] == ["Interview", "Visit"]
    classes = {
        name.local: [p for p in terms.values() if name in p.domain] for name in terms["jointWith"].domain
    }
    assert all(terms["jointWith"] in found for found in classes.values())


def test_a_deprecated_term_is_marked_and_leads_to_what_to_use_instead() -> None:
    text, known = vocabulary_page(), vocabulary()
    assert [term.local for term in known.retired] == ["quarter"]
    assert text.count("<s>") == text.count("Not to be used any more.") == 1
    section = text.split('id="quarter"')[1].split("<h3")[0]
    assert "<s>quarter, as text</s>" in section
    assert 'Use instead: <a href="#onAgenda">on the agenda of</a>.' in section
    rule = text.split('id="retiring"')[1]
    assert known.rule in rule and 'href="#quarter"' in rule


def test_the_page_says_what_changed_newest_first(page: Read) -> None:
    changes = vocabulary().changes
    assert [change.version for change in changes] == ["0.2.0", "0.1.0"]
    places = [page.words.index(change.words[1:]) for change in changes]
    assert places == sorted(places)


def test_what_the_page_says_once_it_does_not_say_twice(page: Read) -> None:
    known = vocabulary()
    assert page.words.count(known.rule) == 1
    assert all(page.words.count(change.words[1:]) == 1 for change in known.changes)


def test_every_object_property_has_words_of_its_own_when_it_is_read_backwards() -> None:
    for term in vocabulary().object_properties:
        words = backwards(Thing(term.name.iri, term.name.label))
        assert not words.startswith("has it as"), term.local


def test_themes_are_the_headings_of_the_file() -> None:
    text = """
# --- Plans ------------

ju:milestoneOf a owl:ObjectProperty ;
    rdfs:label "ju:x a owl:Class"@en .
# A remark.
ju:due a owl:DatatypeProperty .

# --- Evidence: what it rests on ---
ju:about a owl:ObjectProperty .
"""
    assert headings(text) == {"milestoneOf": "Plans", "due": "Plans", "about": "Evidence: what it rests on"}


def test_every_own_term_stands_under_a_heading(file: Graph) -> None:
    found = headings(turtle("joinedup"))
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    own = {str(t) for kind in kinds for t in file.subjects(RDF.type, kind) if str(t).startswith(OWN)}
    assert {OWN + local for local in found} == own
    assert all(found.values())


def test_every_object_property_is_in_one_theme() -> None:
    known = vocabulary()
    found = Counter(term.local for theme in known.themes for term in theme.properties)
    assert found == Counter(term.local for term in known.object_properties)
    assert len(known.themes) > 4 and len({theme.heading for theme in known.themes}) == len(known.themes)


def test_every_theme_has_a_picture_and_a_table_that_says_the_same() -> None:
    text = vocabulary_page()
    for theme in vocabulary().themes:
        part = text.split(f">{theme.heading}</h3>")[1].split("<h3")[0]
        picture, table = part.split("</figure>")
        for term in theme.properties:
            assert f'href="#{term.local}"' in picture and f'href="#{term.local}"' in table
            assert term.definition in table.replace("&#39;", "'")


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


def ends(file: Graph, property_: Node, link: Node) -> Iterator[str]:
    """The IRIs of the domain or range of a property as the file has it; "" where it has none."""
    found = file.value(property_, link)
    if isinstance(found, BNode):
        yield from (str(member) for member in Collection(file, file.value(found, OWL.unionOf)))
    else:
        yield str(found or "")


def test_the_picture_has_each_class_with_an_object_property_once(
    file: Graph, theme: Theme, drawing: VocabularyDrawing
) -> None:
    expected = {
        iri
        for term in theme.properties
        for link in (RDFS.domain, RDFS.range)
        for iri in ends(file, URIRef(term.name.iri), link)
    }
    drawn = [box.name.iri for box in drawing.boxes]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == expected


def test_the_picture_has_each_object_property_between_its_own_classes(
    file: Graph, theme: Theme, drawing: VocabularyDrawing
) -> None:
    by_id = {box.id: box.name.iri for box in drawing.boxes}
    found = [(arrow.name.iri, *(by_id[id] for id in arrow.on.split()[1:])) for arrow in drawing.arrows]
    assert sorted(found) == sorted(
        (term.name.iri, one, other)
        for term in theme.properties
        for one in ends(file, URIRef(term.name.iri), RDFS.domain)
        for other in ends(file, URIRef(term.name.iri), RDFS.range)
    )


def apart(boxes: list[tuple[float, float, float, float]]) -> bool:
    return all(
        a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for a, b in combinations(boxes, 2)
    )


def words(drawing: VocabularyDrawing) -> list[tuple[float, float, float, float]]:
    """The space that the words at the arrows take."""
    return [(a.x, a.y - SIZE + 3, a.x + width(a.name.label, SIZE), a.y + 3) for a in drawing.arrows]


def test_nothing_in_the_picture_overlaps_or_leaves_it(drawing: VocabularyDrawing) -> None:
    boxes = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in drawing.boxes]
    lines = []
    for arrow in drawing.arrows:
        xs = [arrow.start[0], float(re.findall(r"M([\d.]+)", arrow.head)[0])]
        y = float(re.findall(r"M[\d.]+ ([\d.]+)", arrow.head)[0])
        lines.append((min(xs), y - 1, max(xs) + 0.1, y + 1))
    assert apart(boxes + words(drawing)) and apart(lines)
    for left, top, right, bottom in boxes + words(drawing) + lines:
        assert left >= 0 and right <= drawing.width and top >= 0 and bottom <= drawing.height


def test_no_line_of_a_class_runs_through_words_or_another_box(drawing: VocabularyDrawing) -> None:
    for box in drawing.boxes:
        x = box.x + box.width / 2
        crossed = [w for w in words(drawing) if w[0] <= x <= w[2] and w[1] < box.end]
        assert not crossed
        assert not [b for b in drawing.boxes if b is not box and b.x <= x <= b.x + b.width]


def test_a_picture_fits_the_page_of_a_desk(drawing: VocabularyDrawing) -> None:
    assert drawing.width < 1100


def test_the_words_of_the_picture_fit_its_boxes(drawing: VocabularyDrawing) -> None:
    for box in drawing.boxes:
        assert "".join(box.lines).replace(" ", "") == box.name.label.replace(" ", "")
        assert all(width(line, SIZE) < box.width for line in box.lines)
        assert " ".join(box.lines) == box.name.label  # no word is broken


def test_the_picture_is_the_same_each_time_whatever_order_the_file_has(
    theme: Theme, drawing: VocabularyDrawing
) -> None:
    assert vocabulary_drawing(theme.properties) == drawing
    assert vocabulary_drawing(tuple(reversed(theme.properties))) == drawing


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
