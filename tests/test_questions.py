"""The forty questions: each has its answer on the golden graph, as of a day, or says where else it is answered."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from graph.analyses.missing_ties import missing_ties
from graph.analyses.shared_blockers import shared_blockers
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.ingest.load import load
from graph.questions import answer, elsewhere, questions, ready
from graph.store import open_store
from ontology.definitions import vocabulary
from ontology.terms import CONCEPT, JU, ONTOLOGY, jsonld_context, turtle

Loaded = Callable[..., Dataset]
FOLDER = Path(__file__).parent.parent / "ontology" / "questions"
BASE = "https://joinedup.example/id"
FILES = sorted(FOLDER.glob("*.rq"))
DAY = date(2014, 6, 30)


@pytest.fixture(scope="module")
def golden() -> Dataset:
    store = open_store("memory")
    load(store, [FOLDER / "golden"])
    return store.dataset()


def expected(query: Path) -> tuple[list[str], list[list[str]]]:
    with query.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def short(value: str) -> str:
    return value.replace(f"{BASE}/", "").replace(str(CONCEPT), "").replace(f"{ONTOLOGY}#", "ju:")


@pytest.mark.parametrize("query", FILES, ids=lambda path: path.stem)
def test_a_question_has_the_rows_that_were_worked_out_by_hand(golden: Dataset, query: Path) -> None:
    header, rows = expected(query)
    found = answer(golden, int(query.name[:2]), DAY)
    assert list(found.columns) == header
    got = [[short(row.get(column, "")) for column in header] for row in found.rows]
    masked = [["*" if e == "*" else g for g, e in zip(one, rows[0], strict=True)] for one in got]
    assert masked == rows


def test_every_one_of_the_forty_questions_is_answered_here_or_says_where() -> None:
    assert sorted([*questions(), *elsewhere()]) == list(range(1, 41))
    assert {q.number for q in questions().values()} == {int(path.name[:2]) for path in FILES}


@pytest.mark.parametrize("query", FILES, ids=lambda path: path.stem)
def test_a_question_is_asked_of_a_day_or_says_why_not(query: Path) -> None:
    text = query.read_text(encoding="utf-8")
    assert ("$as_of" in text) != ("# Of no day:" in text)


def test_no_expected_answer_is_empty() -> None:
    assert [path.name for path in FILES if not expected(path)[1]] == []


def test_an_earlier_day_gives_what_was_known_then(golden: Dataset) -> None:
    def shared(day: date) -> set[str]:
        return {short(row["barrier"]) for row in answer(golden, 1, day).rows}

    # In early May the college had not been interviewed and nobody had spoken of forms; in July the clinic's money is late too.
    assert shared(date(2014, 5, 1)) == {"barrier/eligibility"}
    assert shared(date(2014, 5, 6)) == {"barrier/eligibility", "barrier/forms"}
    assert shared(date(2014, 7, 3)) == {"barrier/eligibility", "barrier/forms", "barrier/late-money"}


@pytest.mark.parametrize(
    ("day", "leads"),
    [
        (date(2011, 1, 1), "schools"),  # before the first list, the first list counts
        (date(2012, 3, 31), "schools"),
        (date(2013, 3, 30), "schools"),
        (date(2013, 3, 31), "work"),
        (date(2020, 1, 1), "work"),
    ],
)
def test_where_lists_say_who_leads_the_newest_list_of_the_day_counts(
    golden: Dataset, day: date, leads: str
) -> None:
    found = [
        short(row["one"])
        for row in answer(golden, 31, day).rows
        if short(row["link"]) == "participation-roles/lead" and short(row["other"]) == "programme/broadband"
    ]
    assert found == [f"organisation/{leads}"]


def test_labels_are_compared_in_any_script(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="""
            id,name
            one,Министерство
            two,МИНИСТЕРСТВО!
            three,Кабинет
            four,!!!
            five,???
        """
    )
    assert [(short(r["one"]), short(r["other"])) for r in answer(dataset, 10).rows] == [
        ("organisation/one", "organisation/two")
    ]


def test_without_a_day_it_is_that_of_the_newest_interview(golden: Dataset) -> None:
    assert answer(golden, 1).as_of == date(2014, 7, 3)


def test_a_question_that_no_query_answers_is_an_error_that_says_so(golden: Dataset) -> None:
    with pytest.raises(NotFound, match="No query answers question 18"):
        answer(golden, 18)


def test_a_ready_query_holds_no_parameter_and_runs_anywhere_by_itself(golden: Dataset) -> None:
    for question in questions().values():
        text = ready(golden, question, DAY)
        assert not re.search(r"^[^#\n]*\$\w", text, re.MULTILINE), question.number
        prefixes = set(re.findall(r"^PREFIX (\w+):", text, re.MULTILINE))
        body = re.sub(r"<http[^>]*>|\"[^\"]*\"|^#.*$|^PREFIX.*$", "", text, flags=re.MULTILINE)
        assert set(re.findall(r"\b([a-z]+):[A-Za-z]", body)) == prefixes, question.number


def test_the_shipped_example_has_something_to_say_to_every_question_but_that_of_labels(
    example: Dataset,
) -> None:
    assert [number for number in questions() if not answer(example, number).rows] == [10]


def test_the_departments_that_share_blockers_untied_are_those_of_the_analysis(example: Dataset) -> None:
    pairs = {
        (row.department.iri, row.other.iri): row.shared_barriers
        for row in missing_ties(example).rows
        if row.shared_barriers and not row.ties
    }
    assert {
        (row["department"], row["other_department"]): int(row["shared"]) for row in answer(example, 11).rows
    } == pairs


def test_the_shared_barriers_are_those_of_the_analysis(example: Dataset) -> None:
    found = {(row["barrier"], row["department"]) for row in answer(example, 1).rows}
    counted = {row.barrier.iri: row.departments for row in shared_blockers(example).rows}
    assert {barrier: sum(b == barrier for b, _ in found) for barrier, _ in found} == counted


def test_the_block_that_finds_departments_is_the_same_in_every_question() -> None:
    block = re.compile(
        r"\{ SELECT DISTINCT \?\w+ \?\w+ WHERE \{  # which departments answer for a programme on the day"
        r".*?FILTER \(\?lead != \?\w+\) \}\s*\} \}",
        re.DOTALL,
    )
    found = [
        re.sub(r"\s+", " ", re.sub(rf"\?({programme}|{department})\b", "?_", text))
        for path in FILES
        for text in block.findall(path.read_text(encoding="utf-8"))
        for programme, department in [re.findall(r"\?(\w+)", text)[:2]]
    ]
    assert len(found) > 15
    assert len(set(found)) == 1


def test_the_block_that_finds_what_supports_a_barrier_is_the_same_in_every_question() -> None:
    block = re.compile(
        r"(\{ SELECT \?finding WHERE \{ \?finding ju:stance \S+stances/supports> \} \}\s+"
        r"\{ SELECT \?finding (\?\w+) WHERE \{ \?finding ju:evidences.*?ju:about (\?\w+).*?MINUS.*?MINUS.*?\n)",
        re.DOTALL,
    )
    found = [
        re.sub(r"\s+", " ", text.replace(barrier, "?barrier").replace(programme, "?programme"))
        for path in FILES
        for text, barrier, programme in block.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 12
    assert len(set(found)) == 1


def test_every_class_and_property_is_asked_about_by_a_question_or_checked_by_a_shape() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES] + [turtle("shapes")]
    used = {name for text in texts for name in re.findall(r"\bju:(\w+)", text)}
    retired = {term.local for term in vocabulary().retired}
    known = {*(name for name in JU.__annotations__ if not name.startswith("_")), "from"}
    assert known - used - retired == set()


def test_all_that_the_questions_are_asked_of_survives_the_way_through_jsonld(golden: Dataset) -> None:
    statements = {q.triple for q in golden.backup_quads() if str(q.graph_name)[1:-1] != ONTOLOGY}
    before = Graph().parse(data=ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES), format="nt")
    document = before.serialize(format="json-ld", context=jsonld_context(), auto_compact=False)
    assert isomorphic(Graph().parse(data=document, format="json-ld"), before)
