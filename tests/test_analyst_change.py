"""A view that follows what has changed is the view that would be made whole, and follows where an everyday change is small."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from graph.analyst import Basis, analyst_quads
from graph.analyst_change import analyst_change
from graph.dataset import Dataset
from graph.extracts import touched_by
from graph.written import register_of
from ontology.terms import DCTERMS, JU, PREFIXES, PROV, RDF, SKOS, concept

Tables = Callable[..., Path]
BASE = "https://joinedup.example"
OFFICIAL, PUBLIC, SENSITIVE = (concept("markings", code) for code in ("official", "public", "sensitive"))
SOURCES = [f"{BASE}/id/source/{name}" for name in ("open", "field", "secret")]
CLIENTS = "https://client.example/graph"
GRAPHS = [*SOURCES, CLIENTS, register_of(BASE)]


def thing(name: str) -> str:
    return name if ":" in name else f"{BASE}/id/{name}"


KINDS = {
    "interview": ["interview/1", "interview/2"],
    "finding": ["finding/1", "finding/2"],
    "excerpt": ["excerpt/1", "excerpt/1#part", "https://far.example/words"],
    "test": ["test/1"],
    "barrier": ["barrier/1", "barrier/2"],
    "programme": ["programme/1", "programme/1#part", "programme/1--dept"],
}
NAMES = [name for names in KINDS.values() for name in names]
CLASSES = [
    str(JU.Interview),
    str(JU.Finding),
    str(JU.Excerpt),
    str(JU.EmergingFindingTest),
    str(JU.Programme),
]
OA = PREFIXES["oa"]


def said(subjects: list[str], property_: object, values: list[str]) -> st.SearchStrategy[ox.Triple]:
    def made(s: str, o: str) -> ox.Triple:
        value = ox.Literal(o[1:]) if o.startswith("=") else ox.NamedNode(thing(o))
        return ox.Triple(ox.NamedNode(thing(s)), ox.NamedNode(str(property_)), value)

    return st.builds(made, st.sampled_from(subjects), st.sampled_from(values))


MARKED = said([*SOURCES, CLIENTS], JU.marking, [OFFICIAL, PUBLIC, SENSITIVE])
TRIPLES = st.one_of(
    said(NAMES, RDF.type, CLASSES),
    *(said(KINDS[kind], RDF.type, [class_]) for kind, class_ in zip(KINDS, CLASSES, strict=False)),
    said(KINDS["interview"] + KINDS["finding"], JU.marking, [OFFICIAL, PUBLIC, SENSITIVE]),
    said(KINDS["interview"], JU.consent, [concept("consents", "given"), concept("consents", "withdrawn")]),
    said(KINDS["interview"], JU.heldOn, ["=2014-01-01"]),
    said(KINDS["interview"], JU.jointWith, ["programme/1"]),
    said(KINDS["finding"], JU.fromInterview, KINDS["interview"]),
    said(KINDS["finding"], JU.fromDataset, [SOURCES[0]]),
    said(KINDS["finding"], JU.evidences, KINDS["barrier"]),
    said(KINDS["finding"], JU.about, KINDS["programme"]),
    said(KINDS["finding"], JU.stance, [concept("stances", "supports")]),
    said(KINDS["finding"], JU.quotes, KINDS["excerpt"]),
    said(["excerpt/1", "finding/1"], OA + "hasSelector", ["excerpt/1#part", "programme/1"]),
    said(KINDS["excerpt"], JU.excerptOf, KINDS["interview"]),
    said(KINDS["test"], JU.tests, KINDS["finding"]),
    said(KINDS["test"], DCTERMS.description, ["=It nodded"]),
    said(KINDS["barrier"], JU.blocks, KINDS["programme"]),
    said(NAMES, SKOS.prefLabel, ["=One", "=Interview 1"]),
    said(NAMES, DCTERMS.isPartOf, NAMES),
    said(NAMES, JU.follows, NAMES),
    said(NAMES, PROV.wasDerivedFrom, [f"{SOURCES[0]}#row=1"]),
    said([*SOURCES, *NAMES], JU.rows, ["=3"]),
    said(SOURCES, RDF.type, [str(JU.Source)]),
    MARKED,
)
BEGINNING = st.tuples(
    st.lists(TRIPLES, min_size=5, max_size=25),
    st.lists(st.sampled_from([*SOURCES[:2], *GRAPHS[:4]]), min_size=25, max_size=25),
)
STEPS = st.lists(
    st.lists(st.tuples(st.sampled_from(GRAPHS), TRIPLES, st.integers(-40, 30)), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


def quad(graph: str, triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object, ox.NamedNode(graph))


COMMON = {
    ox.Quad(
        ox.NamedNode(thing(name)), ox.NamedNode(str(RDF.type)), ox.NamedNode(class_), ox.NamedNode(SOURCES[0])
    )
    for kind, class_ in zip(KINDS, CLASSES, strict=False)
    for name in KINDS[kind][:1]
}


def marked(graph: str, marking: str, where: str) -> ox.Quad:
    return ox.Quad(
        ox.NamedNode(graph), ox.NamedNode(str(JU.marking)), ox.NamedNode(marking), ox.NamedNode(where)
    )


def triples(quads: Iterable[ox.Quad]) -> set[ox.Triple]:
    return {quad.triple for quad in quads}


def dataset_of(quads: Iterable[ox.Quad]) -> Dataset:
    store = ox.Store()
    store.extend(quads)
    return Dataset(store, base=BASE, version=1, snapshot=None)


def whole(truth: Dataset) -> tuple[set[ox.Quad], Basis]:
    basis = Basis()
    return set(analyst_quads(truth, basis)), basis


def follows(before: set[ox.Quad], after: set[ox.Quad]) -> set[ox.Quad] | None:
    """The view after a change of the truth, of that before; None where it is to be made whole."""
    seen, basis = whole(dataset_of(before))
    touched = touched_by(before ^ after)
    assert touched is not None
    change = analyst_change(
        dataset_of(after), dataset_of(seen), basis.sources, basis.wholes.intersection, touched
    )
    return None if change is None else (seen - change.removed) | change.added


def test_the_size_of_a_thing_goes_with_it_where_its_source_says_nothing_else_that_changes() -> None:
    name, where = ox.NamedNode(thing("barrier/1")), ox.NamedNode(SOURCES[1])
    size = ox.Quad(name, ox.NamedNode(str(JU.rows)), ox.Literal("3"), where)
    hidden = marked(name.value, SENSITIVE, SOURCES[0])
    there = COMMON | {size, *(marked(source, OFFICIAL, source) for source in SOURCES[:2])}
    seen, _ = whole(dataset_of(there))
    assert size in seen
    assert follows(there, there | {hidden}) is None
    assert follows(there | {hidden}, there) == seen


def test_what_only_a_withheld_source_says_from_now_on_leaves_no_byte() -> None:
    label = ox.Triple(
        ox.NamedNode(thing("barrier/1")), ox.NamedNode(str(SKOS.prefLabel)), ox.Literal("Late forms")
    )
    there = COMMON | {marked(SOURCES[0], OFFICIAL, SOURCES[0]), marked(SOURCES[2], SENSITIVE, SOURCES[2])}
    before = there | {quad(SOURCES[0], label)}
    assert follows(before, there | {quad(SOURCES[2], label)}) is None
    seen, _ = whole(dataset_of(there))
    assert follows(before, there) == seen, "what is taken out goes with the rest when the store is compacted"


def row(subject: str, property_: object, value: str) -> ox.Triple:
    said = ox.Literal(value[1:]) if value.startswith("=") else ox.NamedNode(thing(value))
    return ox.Triple(ox.NamedNode(thing(subject)), ox.NamedNode(str(property_)), said)


SUPPORTS, GIVEN_BACK = concept("stances", "supports"), concept("consents", "withdrawn")
FOUND = [
    row("interview/1", JU.marking, OFFICIAL),
    row("finding/1", JU.fromInterview, "interview/1"),
    row("finding/1", SKOS.prefLabel, "=It is late"),
]
CUT = [
    *FOUND,
    row("finding/1", JU.stance, SUPPORTS),
    row("barrier/1", JU.blocks, "programme/1"),
    row("programme/1", RDF.type, str(JU.Programme)),
]
JOINED = [row("finding/1", JU.evidences, "barrier/1"), row("finding/1", JU.about, "programme/1")]
TESTED = [
    *FOUND,
    row("test/1", JU.tests, "finding/1"),
    row("test/1", DCTERMS.description, "=It nodded"),
]
DEPENDS = {
    "words of a finding on the marking of an interview": (
        FOUND,
        [row("interview/1", JU.marking, SENSITIVE)],
        "finding/1",
    ),
    "a finding on consent": (FOUND, [row("interview/1", JU.consent, GIVEN_BACK)], "finding/1"),
    "words of a test on the marking of an interview": (
        TESTED,
        [row("interview/1", JU.marking, SENSITIVE)],
        "test/1",
    ),
    "words of a test on another interview of the finding": (
        [*TESTED, row("interview/2", RDF.type, str(JU.Interview))],
        [row("finding/1", JU.fromInterview, "interview/2")],
        "test/1",
    ),
    "what belongs to something on whether that is an excerpt": (
        [row("barrier/1", DCTERMS.isPartOf, "programme/1"), row("programme/1", RDF.type, str(JU.Programme))],
        [row("finding/1", JU.quotes, "programme/1")],
        "barrier/1",
    ),
    "what belongs to something on whether that is an interview": (
        [row("barrier/1", DCTERMS.isPartOf, "programme/1"), row("programme/1", RDF.type, str(JU.Programme))],
        [row("programme/1", RDF.type, str(JU.Interview))],
        "barrier/1",
    ),
    "a part on its whole": (
        [
            row("programme/1--dept", RDF.type, str(JU.Programme)),
            row("programme/1", RDF.type, str(JU.Programme)),
        ],
        [row("programme/1", JU.marking, SENSITIVE)],
        "programme/1--dept",
    ),
    "what points to a part on its whole": (
        [
            row("barrier/1", JU.follows, "programme/1#part"),
            row("programme/1", RDF.type, str(JU.Programme)),
        ],
        [row("programme/1", JU.marking, SENSITIVE)],
        "barrier/1",
    ),
    "what points to a thing on its description": (
        [row("barrier/1", JU.follows, "programme/2")],
        [row("programme/2", RDF.type, str(JU.Programme))],
        "barrier/1",
    ),
    "a short cut on both ends of a finding": (CUT, JOINED, "barrier/1"),
    "a short cut on one end of a finding": ([*CUT, JOINED[0]], JOINED[1:], "barrier/1"),
    "a short cut on consent": (
        [*CUT, *JOINED],
        [row("interview/1", JU.consent, GIVEN_BACK)],
        "barrier/1",
    ),
    "a short cut on whether its barrier is sensitive": (
        [*CUT, *JOINED],
        [row("barrier/1", JU.marking, SENSITIVE)],
        "barrier/1",
    ),
    "a short cut on a finding that was there before": (
        [triple for triple in [*CUT, *JOINED] if triple.predicate.value != str(JU.blocks)],
        [row("barrier/1", JU.blocks, "programme/1")],
        "barrier/1",
    ),
    "what points to what belongs to something on whether that is an excerpt": (
        [
            row("barrier/2", JU.follows, "barrier/1"),
            row("barrier/1", DCTERMS.isPartOf, "programme/1"),
            row("programme/1", RDF.type, str(JU.Programme)),
        ],
        [row("finding/1", JU.quotes, "programme/1")],
        "barrier/2",
    ),
    "the size of a source on a thing in it": (
        [row(SOURCES[0], JU.rows, "=3"), row(SOURCES[0], RDF.type, str(JU.Source))],
        [row("barrier/2", OA + "hasBody", "=x")],
        SOURCES[0],
    ),
}


WITHHELD = {
    "what is quoted": (
        [row("finding/1", JU.quotes, "programme/2")],
        row("programme/2", RDF.type, str(JU.Programme)),
    ),
    "what points to a finding without consent": (
        [*FOUND, row("interview/1", JU.consent, GIVEN_BACK)],
        row("barrier/1", JU.follows, "finding/1"),
    ),
    "a part of something sensitive": (
        [row("programme/1", JU.marking, SENSITIVE)],
        row("programme/1--dept", RDF.type, str(JU.Programme)),
    ),
}


def described(*graphs: str) -> set[ox.Quad]:
    """What every case has: a thing of most kinds, and these sources."""
    types = {q for q in COMMON if q.subject != ox.NamedNode(thing("excerpt/1"))}
    return types | {marked(graph, OFFICIAL, graph) for graph in graphs}


@pytest.mark.parametrize("what", WITHHELD)
def test_what_comes_is_withheld_for_what_was_said_before(what: str) -> None:
    always, comes = WITHHELD[what]
    before = described(SOURCES[0]) | {quad(SOURCES[0], triple) for triple in always}
    seen, _ = whole(dataset_of(before))
    assert follows(before, before | {quad(SOURCES[0], comes)}) == seen


def test_a_source_that_is_shown_from_now_on_is_followed_and_one_that_is_hidden_is_not() -> None:
    label = quad(SOURCES[1], row("barrier/1", SKOS.prefLabel, "=Late forms"))
    without = described(SOURCES[0]) | {label, marked(SOURCES[1], OFFICIAL, SOURCES[1])}
    hidden = without | {marked(SOURCES[1], SENSITIVE, SOURCES[1])}
    seen, _ = whole(dataset_of(without))
    assert label in seen
    assert follows(hidden, without) == seen
    assert follows(without, hidden) is None


def test_a_source_that_is_shown_from_now_on_withholds_what_a_node_without_a_name_quotes_in_it() -> None:
    quotes = ox.Quad(
        ox.BlankNode("b"),
        ox.NamedNode(str(JU.quotes)),
        ox.NamedNode(thing("barrier/1")),
        ox.NamedNode(SOURCES[1]),
    )
    label = quad(SOURCES[0], row("barrier/1", SKOS.prefLabel, "=Late forms"))
    shown = described(*SOURCES[:2]) | {quotes, label}
    right, _ = whole(dataset_of(shown))
    assert label not in right
    hidden = shown | {marked(SOURCES[1], SENSITIVE, SOURCES[1])}
    assert follows(hidden, shown) in (None, right)


def test_a_short_cut_that_a_finding_without_a_name_bears_out_is_shown() -> None:
    ends = ((JU.evidences, "barrier/1"), (JU.about, "programme/1"), (JU.stance, SUPPORTS))
    finding, where = ox.BlankNode("f"), ox.NamedNode(SOURCES[0])
    before = described(SOURCES[0]) | {quad(SOURCES[0], row("programme/1", RDF.type, str(JU.Programme)))}
    before |= {ox.Quad(finding, ox.NamedNode(str(p)), ox.NamedNode(thing(end)), where) for p, end in ends}
    cut = quad(SOURCES[0], row("barrier/1", JU.blocks, "programme/1"))
    right, _ = whole(dataset_of(before | {cut}))
    assert cut in right
    assert follows(before, before | {cut}) in (None, right)


@pytest.mark.parametrize("what", DEPENDS)
def test_what_depends_on_a_change_follows_it_there_and_back(what: str) -> None:
    always, comes, name = DEPENDS[what]
    without = described(SOURCES[0]) | {quad(SOURCES[0], triple) for triple in always}
    having = without | {quad(SOURCES[0], triple) for triple in comes}
    (one, _), (other, _) = whole(dataset_of(without)), whole(dataset_of(having))

    def of_it(quads: set[ox.Quad]) -> set[ox.Quad]:
        return {q for q in quads if q.subject == ox.NamedNode(thing(name))}

    assert of_it(one) != of_it(other), "so that it depends on it"
    assert follows(without, having) in (None, other)
    assert follows(having, without) in (None, one)


@settings(max_examples=400, deadline=None)
@given(BEGINNING, STEPS)
def test_after_any_changes_a_view_is_what_it_would_be_if_it_were_made_whole(
    beginning: tuple[list[ox.Triple], list[str]], steps: list[list[tuple[str, ox.Triple, int]]]
) -> None:
    there = {quad(graph, triple) for triple, graph in zip(*beginning, strict=False)} | COMMON
    there |= {marked(source, OFFICIAL, source) for source in SOURCES[:2]}
    there |= {marked(SOURCES[2], SENSITIVE, SOURCES[2]), marked(CLIENTS, PUBLIC, register_of(BASE))}
    seen, basis = whole(dataset_of(there))
    for step in steps:
        added, removed = set[ox.Quad](), set[ox.Quad]()
        for graph, triple, which in step:
            if which < 0:
                added.add(quad(graph, triple))
            else:
                removed.update(sorted(there, key=str)[which : which + 1])
        added, removed = added - there, removed - added
        there = (there - removed) | added
        touched = touched_by(removed | added)
        assert touched is not None
        truth = dataset_of(there)
        right, right_basis = whole(truth)
        change = analyst_change(truth, dataset_of(seen), basis.sources, basis.wholes.intersection, touched)
        if change is None:
            event("made whole")
            seen, basis = right, right_basis
        else:
            event("follows" if change.removed | change.added else "is the same")
            assert change.removed <= seen and not change.added & seen
            assert not triples(change.removed) & triples(there) - triples(right), (
                "what is withheld now must not stay on disk, whichever source says it"
            )
            seen = (seen - change.removed) | change.added
            basis = Basis(change.basis.sources, basis.wholes | change.basis.wholes)
        assert seen == right
        assert basis.sources == right_basis.sources
        assert basis.wholes >= right_basis.wholes
