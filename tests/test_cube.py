"""Answers as RDF: a Data Cube that keeps the integrity constraints of the recommendation, with where it comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import chain

import pyoxigraph as ox
import pytest

from api.answers import as_jsonld
from graph.analyses.fix_first import fix_first
from graph.analyses.missing_ties import missing_ties
from graph.analyses.silo_overview import silo_overview
from graph.analysis import Thing, analyses
from graph.cube import CUBE_PREFIXES, QB, as_turtle, cube
from graph.dataset import Dataset
from graph.store import open_store
from graph.version import __version__

# W3C, The RDF Data Cube Vocabulary, section 10.1 (normalisation, phase 1 and closure) and 11 (integrity checks):
# each ASK is true where the constraint is broken.
NORMAL = """
INSERT { ?o a qb:Observation } WHERE { [] qb:observation ?o } ;
INSERT { ?o a qb:Observation } WHERE { ?o qb:dataSet [] } ;
INSERT { ?cs qb:componentProperty ?p . ?p a qb:DimensionProperty } WHERE { ?cs qb:dimension ?p } ;
INSERT { ?cs qb:componentProperty ?p . ?p a qb:MeasureProperty } WHERE { ?cs qb:measure ?p } ;
INSERT { ?cs qb:componentProperty ?p . ?p a qb:AttributeProperty } WHERE { ?cs qb:attribute ?p }
"""
CONSTRAINTS = {
    "IC-1 every observation has exactly one data set": """ASK {
        { ?obs a qb:Observation . FILTER NOT EXISTS { ?obs qb:dataSet ?dataset1 . } }
        UNION { ?obs a qb:Observation ; qb:dataSet ?dataset1, ?dataset2 . FILTER (?dataset1 != ?dataset2) } }""",
    "IC-2 every data set has exactly one structure": """ASK {
        { ?dataset a qb:DataSet . FILTER NOT EXISTS { ?dataset qb:structure ?dsd . } }
        UNION { ?dataset a qb:DataSet ; qb:structure ?dsd1, ?dsd2 . FILTER (?dsd1 != ?dsd2) } }""",
    "IC-3 every structure includes a measure": """ASK {
        ?dsd a qb:DataStructureDefinition .
        FILTER NOT EXISTS { ?dsd qb:component [ qb:componentProperty [ a qb:MeasureProperty ] ] } }""",
    "IC-4 every dimension has a range": """ASK {
        ?dim a qb:DimensionProperty . FILTER NOT EXISTS { ?dim rdfs:range [] } }""",
    "IC-6 only attributes are optional": """ASK {
        ?dsd qb:component ?componentSpec .
        ?componentSpec qb:componentRequired "false"^^xsd:boolean ; qb:componentProperty ?component .
        FILTER NOT EXISTS { ?component a qb:AttributeProperty } }""",
    "IC-11 every observation has every dimension": """ASK {
        ?obs qb:dataSet/qb:structure/qb:component/qb:componentProperty ?dim .
        ?dim a qb:DimensionProperty .
        FILTER NOT EXISTS { ?obs ?dim [] } }""",
    "IC-12 no two observations are of the same things": """ASK {
        FILTER ( ?allEqual )
        { SELECT (MIN(?equal) AS ?allEqual) WHERE {
            ?obs1 qb:dataSet ?dataset . ?obs2 qb:dataSet ?dataset .
            FILTER (?obs1 != ?obs2)
            ?dataset qb:structure/qb:component/qb:componentProperty ?dim .
            ?dim a qb:DimensionProperty .
            ?obs1 ?dim ?value1 . ?obs2 ?dim ?value2 .
            BIND ( ?value1 = ?value2 AS ?equal )
        } GROUP BY ?obs1 ?obs2 } }""",
    "IC-14 every observation has every measure": """ASK {
        ?obs qb:dataSet/qb:structure ?dsd .
        FILTER NOT EXISTS { ?dsd qb:component/qb:componentProperty qb:measureType }
        ?dsd qb:component/qb:componentProperty ?measure .
        ?measure a qb:MeasureProperty .
        FILTER NOT EXISTS { ?obs ?measure [] } }""",
}
SMALL = {"missing_ties": {"min_required": 4}, "silo_overview": {"shuffles": 100}}
A, B = (f"https://joinedup.example/id/organisation/{n}" for n in "ab")
TABLES = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\n",
    "programmes": "id,name,lead\np,P,a\nq,Q,b\n",
    "barriers": "id,name\nx,X\n",
    "interviews": "id,held_on,level,marking\ni1,2014-01-20,local,official\n",
    "findings": "id,programme,barrier,stance,severity,interview,summary\nf1,p,x,supports,4,i1,S\nf2,q,x,supports,2,i1,S\n",
}


def kept(triples: list[ox.Triple]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(*t) for t in triples)
    store.update(NORMAL, prefixes=CUBE_PREFIXES)
    return store


def ask(store: ox.Store, query: str) -> bool:
    return bool(store.query(query, prefixes=CUBE_PREFIXES))


def broken(triples: list[ox.Triple]) -> set[str]:
    """The numbers of the constraints that a cube breaks."""
    store = kept(triples)
    return {name.split()[0] for name, query in CONSTRAINTS.items() if ask(store, query)}


@pytest.mark.parametrize("name", sorted(analyses()))
def test_every_answer_keeps_the_integrity_constraints_of_the_recommendation(
    name: str, example: Dataset
) -> None:
    for dataset in (example, open_store("memory").dataset()):
        result = analyses()[name].run(dataset, SMALL.get(name))
        triples = cube(result)
        assert broken(triples) == set()
        observations = [t for t in triples if t.object == ox.NamedNode(f"{QB}Observation")]
        assert len(observations) == len(result.rows)


def test_the_constraints_are_noticed_where_they_are_broken(example: Dataset) -> None:
    triples = cube(missing_ties(example, min_required=3))
    first = next(t.subject for t in triples if t.object == ox.NamedNode(f"{QB}Observation"))

    def without(predicate: str, subject: object = None) -> set[str]:
        return broken(
            [t for t in triples if not (t.predicate.value == predicate and subject in (None, t.subject))]
        )

    columns = "https://w3id.org/joinedup/analyses/missing-ties#"
    assert without(f"{QB}dataSet", first) == {"IC-1"}
    assert without(f"{QB}structure") == {"IC-2"}
    assert without(f"{QB}measure") == {"IC-3"}
    assert without("http://www.w3.org/2000/01/rdf-schema#range") == {"IC-4"}
    assert "IC-11" in without(f"{columns}department", first)
    assert without(f"{columns}gap", first) == {"IC-14"}
    copies = [
        ox.Triple(ox.NamedNode("https://x/copy"), t.predicate, t.object)
        for t in triples
        if t.subject == first
    ]
    assert broken([*triples, *copies]) == {"IC-12"}


def test_the_rows_of_a_small_answer_are_what_was_worked_out_by_hand(loaded: object) -> None:
    dataset: Dataset = loaded(**TABLES)  # type: ignore[operator]
    store = kept(cube(missing_ties(dataset)))
    query = """PREFIX c: <https://w3id.org/joinedup/analyses/missing-ties#>
        SELECT ?one ?other ?required ?ties ?gap ?day ?place WHERE {
          ?o a qb:Observation ; c:department/rdfs:label ?one ; c:other/rdfs:label ?other ; c:required ?required ;
            c:ties ?ties ; c:gap ?gap ; <https://w3id.org/joinedup/analyses#as-of> ?day ;
            <https://w3id.org/joinedup/analyses#place> ?place }"""
    solutions = store.query(query, prefixes=CUBE_PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [[term.value for term in row] for row in solutions] == [
        ["A", "B", "1", "0", "1", "2014-01-20", "1"]
    ]


def test_a_number_that_a_row_may_lack_is_an_attribute_and_left_out_where_it_has_none(
    example: Dataset,
) -> None:
    ei = ox.NamedNode("https://w3id.org/joinedup/analyses/silo-overview#ei")
    for dataset, values in ((example, 1), (open_store("memory").dataset(), 0)):
        triples = cube(silo_overview(dataset, shuffles=100))
        assert ox.NamedNode(f"{QB}AttributeProperty") in {t.object for t in triples if t.subject == ei}
        assert sum(t.predicate == ei for t in triples) == values
    assert broken(triples) == set()


def test_numbers_keep_their_digits_and_their_kind_in_turtle_and_json_ld(loaded: object) -> None:
    dataset: Dataset = loaded(**TABLES)  # type: ignore[operator]
    result = silo_overview(dataset, shuffles=100)
    for share, written in ((1.0, "1.0"), (1e-7, "0.0000001"), (1 / 3, "0.3333333333333333"), (0.0, "0.0")):
        triples = cube(replace(result, rows=[replace(result.rows[0], interview_share=share)]))
        linked = ox.parse(as_jsonld(triples, dict(CUBE_PREFIXES)).encode(), format=ox.RdfFormat.JSON_LD)
        column = ox.NamedNode("https://w3id.org/joinedup/analyses/silo-overview#interview-share")
        decimal = ox.NamedNode(CUBE_PREFIXES["xsd"] + "decimal")
        for read in (triples, [q.triple for q in linked]):
            (found,) = [t.object for t in read if t.predicate == column]
            assert found == ox.Literal(written, datatype=decimal)
            assert float(written) == share


def test_rows_that_no_thing_tells_apart_are_told_apart_by_their_number(example: Dataset) -> None:
    triples = cube(fix_first(example, k=2))
    structures = {t.object for t in triples if t.predicate.value == f"{QB}structure"}
    assert {s.value for s in structures if isinstance(s, ox.NamedNode)} == {
        "https://w3id.org/joinedup/analyses/fix-first#structure-by-row"
    }
    row = ox.NamedNode("https://w3id.org/joinedup/analyses#row")
    assert sorted(t.object.value for t in triples if t.predicate == row) == ["1", "2"]  # type: ignore[union-attr]


def test_an_answer_says_who_made_it_of_what_and_when_it_misleads(example: Dataset) -> None:
    result = replace(missing_ties(example, min_required=3), caveats=['Mind the "gap".', "And <that>."])
    turtle = as_turtle(result).decode()
    store = kept(cube(result))
    found = store.query(
        """SELECT ?least ?day ?software ?version ?title WHERE {
          ?set a qb:DataSet ; dcterms:title ?title ; prov:wasGeneratedBy ?run .
          ?run a prov:Activity ; <https://w3id.org/joinedup/analyses/missing-ties#parameter-min-required> ?least ;
            <https://w3id.org/joinedup/analyses/missing-ties#parameter-as-of> ?day ;
            prov:wasAssociatedWith/rdfs:label ?software ; prov:used/owl:versionInfo ?version }""",
        prefixes=CUBE_PREFIXES,
    )
    assert isinstance(found, ox.QuerySolutions)
    (said,) = [[term.value for term in row] for row in found]
    assert said == [
        "3", result.as_of.isoformat(), f"Joinedup {__version__}", str(example.version),
        "Who must coordinate and does not?",
    ]  # fmt: skip
    address = "https://joinedup.example/analyses/missing-ties?as_of=2014-05-30&min_required=3"
    comments = {
        q.object.value  # type: ignore[union-attr]
        for q in store.quads_for_pattern(
            ox.NamedNode(address), ox.NamedNode(CUBE_PREFIXES["rdfs"] + "comment"), None
        )
    }
    assert comments == set(result.caveats)
    assert result.summary in turtle


def test_iris_stay_the_same_and_everything_has_a_label(example: Dataset) -> None:
    one, again = cube(missing_ties(example)), cube(missing_ties(example, as_of=date(2014, 5, 30)))
    assert one == again
    label = CUBE_PREFIXES["rdfs"] + "label"
    labelled = {t.subject for t in one if t.predicate.value == label}
    assert {t.subject for t in one} <= labelled
    things = {ox.NamedNode(row.department.iri) for row in missing_ties(example).rows}
    assert things and things <= labelled
    more = cube(missing_ties(example, min_required=3))
    rows = [{t.subject for t in c if t.object == ox.NamedNode(f"{QB}Observation")} for c in (one, more)]
    assert rows[1] and not rows[0] & rows[1], "rows of another question are other rows"


def test_hostile_labels_come_through_turtle_and_json_ld(loaded: object) -> None:
    name = 'He said "no", <script> \\ 環境'
    rows = TABLES["organisations"].replace("a,A,", '"a","' + name.replace('"', '""') + '",')
    dataset: Dataset = loaded(**{**TABLES, "organisations": rows})  # type: ignore[operator]
    result = missing_ties(dataset)
    assert Thing(A, name) in (result.rows[0].department, result.rows[0].other)
    triples = cube(result)
    read = {t.triple for t in ox.parse(as_turtle(result), format=ox.RdfFormat.TURTLE)}
    assert read == set(triples)
    linked = ox.parse(as_jsonld(triples, dict(CUBE_PREFIXES)).encode(), format=ox.RdfFormat.JSON_LD)
    assert {t.triple for t in linked} == set(triples)
    assert any(t.object == ox.Literal(name) for t in chain(read))
