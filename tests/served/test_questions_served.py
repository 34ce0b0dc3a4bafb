"""The forty questions asked from outside: by command, over HTTP and on the SPARQL page."""

import csv
import io
import json
import re

import httpx
import pytest

from graph.questions import elsewhere, questions


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_command_lists_all_forty_and_how_each_is_answered(joinedup) -> None:  # type: ignore[no-untyped-def]
    listed = lines(joinedup("questions").stdout)
    assert [int(row["number"]) for row in listed] == list(range(1, 41))
    assert all(row["question"].endswith("?") and row["answered by"] for row in listed)
    shown = joinedup("questions", "--format", "table").stdout
    assert f"{len(questions())} of 40 are answered by a query." in shown


def test_the_command_answers_in_labels_and_addresses_as_of_a_day(joinedup, store) -> None:  # type: ignore[no-untyped-def]
    asked = ("questions", "11", "--as-of", "2014-04-01", "--store", store)
    table = lines(joinedup(*asked).stdout)
    answer = json.loads(joinedup(*asked, "--format", "json").stdout)
    assert answer["as_of"] == "2014-04-01"
    assert answer["count"] == answer["of"] == len(table) > 3
    assert [row["department"]["label"] for row in answer["rows"]] == [row["department"] for row in table]
    assert [row["department"]["iri"] for row in answer["rows"]] == [row["department_iri"] for row in table]
    later = lines(joinedup("questions", "11", "--store", store).stdout)
    assert later != table


def test_the_printed_query_gives_the_same_rows_through_the_query_command(joinedup, store) -> None:  # type: ignore[no-untyped-def]
    text = joinedup("questions", "38", "--sparql", "--store", store).stdout
    by_query = lines(joinedup("query", text, "--store", store).stdout)
    by_question = lines(joinedup("questions", "38", "--store", store).stdout)
    assert [row["barrier"] for row in by_query] == [row["barrier_iri"] for row in by_question]
    assert len(by_query) > 40


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("18",), "No query answers question 18."),
        (("41",), "No query answers question 41."),
        (("1", "--as-of", "31/06/2014"), "as_of: input should be a valid date"),
    ],
)
def test_what_cannot_be_asked_is_one_plain_sentence(joinedup, store, arguments, says) -> None:  # type: ignore[no-untyped-def]
    done = joinedup("questions", *arguments, "--store", store)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", sorted(questions()))
def test_the_endpoint_answers_every_question_as_the_command_does(client: httpx.Client, number: int) -> None:
    answer = client.get("/sparql", params={"question": number, "format": "json"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["head"]["vars"]
    earlier = client.get("/sparql", params={"question": number, "format": "json", "as_of": "2013-01-01"})
    assert earlier.status_code == 200, earlier.text


def test_the_sparql_page_offers_the_questions_and_says_where_the_others_are_answered(
    client: httpx.Client,
) -> None:
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    assert {int(n) for n in re.findall(r'href="/sparql\?question=(\d+)"', page)} == set(questions())
    assert f"{len(questions())} of 40 questions" in page
    for question in elsewhere().values():
        assert f"<li>{question.number}. " in page


def test_a_question_opened_from_the_page_shows_its_query_and_its_rows(client: httpx.Client) -> None:
    page = client.get("/sparql", params={"question": 1}, headers={"Accept": "text/html"}).text
    assert "# Question 1, analyst" in page
    assert "^^xsd:date" in page
    assert re.search(r"\d+ of \d+ rows", page)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({"question": "x"}, 400), ({"question": "18"}, 404), ({"question": "1", "as_of": "2014"}, 400)],
)
def test_a_question_that_does_not_fit_is_a_problem_and_no_500(
    client: httpx.Client, parameters: dict[str, str], status: int
) -> None:
    answer = client.get("/sparql", params=parameters)
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")
