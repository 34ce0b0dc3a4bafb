"""How many patterns a query may join: counted as an engine joins them, and refused before it would plan for long."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import process_time

import pyoxigraph as ox
import pytest

from graph.errors import QueryRefused
from graph.guard import MOST_PATTERNS, TOKEN, check_query, check_update
from graph.patterns import joined

ROOT = Path(__file__).parent.parent
STAR = "?s <http://q/{}> ?o{}"


def star(number: int, between: str = " . ") -> str:
    return between.join(STAR.format(n, n) for n in range(number))


def each(text: str, number: int = 100, between: str = " ") -> str:
    return between.join(text.replace("~", str(n)) for n in range(number))


def count(query: str) -> int:
    return joined(TOKEN.finditer(query))


@pytest.mark.parametrize(
    ("patterns", "number"),
    [
        (star(100), 100),
        (star(100, "."), 100),
        (f"?s {each('<http://q/~> ?o', between=';')}", 100),
        (f"?s <http://q/> {each('?o~', between=',')}", 100),
        (f"?s <http://q/> {each('~', between=',')}", 100),
        (f"?s <http://q/> {each('~.5', between=' , ')}", 100),
        (each("_:a ex:b ?c~", between="."), 100),
        (each("?a ex:b true", between="."), 100),
        (f"[ {each('<http://q/~> ?o', between=';')} ] ex:p ?x", 101),
        (f"?s ex:p ( {each('?o~')} )", 101),
        (f"?s {each('<http://q/~>', between='/')} ?o", 100),
        (f"?s ({each('<http://q/~>', between='/')}) ?o", 101),
        (f"?s ({each('<http://q/~>', between='|')})+ ?o", 2),
        (each("{ ?s ex:p ?o }"), 100),
        ("{ ?s ex:p ?o " * 100 + "}" * 100, 100),
        (each("GRAPH ?g { ?s ex:p ?o }"), 100),
        (each("{ ?s ex:p ?o . ?o ex:p ?x } UNION { ?s ex:q ?o }"), 100),
        (each("{ ?s ex:p ?o . ?o ex:p ?x }", between=" UNION "), 2),
        ("?s ?p ?o " + each("OPTIONAL { ?s ex:p ?o . ?o ex:p ?x }"), 101),
        ("?s ?p ?o " + each("VALUES (?s ?o) { (ex:a ex:b) (ex:c ex:d) }"), 101),
        ("?s ?p ?o VALUES ?s { " + each("ex:a. <http://q/> ") + "}", 2),
        ("?s ?p ?o " + each("MINUS { ?s ex:p ?o . ?o ex:p ?x }"), 2),
        ("?s ?p ?o " + each("FILTER NOT EXISTS { ?s ex:p ?o . ?o ex:p ?x }"), 2),
        (f"?s ?p ?o FILTER (!EXISTS {{ {star(100)} }})", 100),
        (f"?s ?p ?o FILTER (?o IN ({each('<http://q/~>', between=',')}))", 1),
        ("?s ?p ?o " + each("FILTER ex:f(?o, 1.5, ?p) FILTER REGEX(?o, '. ; ,') BIND (1.5 / 2 AS ?b~)"), 1),
        (each(f"{{ SELECT ?s (SUM(?o1) AS ?n) {{ {star(40)} }} GROUP BY ?s ORDER BY ?n }}", 3), 40),
        ("?s ?p ?o # . ; , {\n" * 100, 1),
    ],
)  # fmt: skip
def test_patterns_are_counted_as_they_are_joined(patterns: str, number: int) -> None:
    assert count(f"PREFIX ex: <http://e/> SELECT * WHERE {{ {patterns} }} ORDER BY ?s LIMIT 5") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"CONSTRUCT {{ {star(100)} }} WHERE {{ ?s ?p ?o }}", 1),
        (f"CONSTRUCT FROM <http://g/> WHERE {{ {star(100)} }}", 100),
        (f"INSERT DATA {{ GRAPH <http://g/> {{ {star(100)} }} }}", 0),
        (f"DELETE WHERE {{ {star(100)} }}", 100),
        ("; ".join([f"DELETE {{ {star(100)} }} INSERT {{ {star(100)} }} WHERE {{ {star(40)} }}"] * 4), 40),
    ],
)  # fmt: skip
def test_what_a_template_holds_is_not_joined(text: str, number: int) -> None:
    assert count(text) == number


def test_more_than_may_be_joined_are_refused_with_what_to_do() -> None:
    check_query(f"SELECT * {{ {star(MOST_PATTERNS)} }}")
    with pytest.raises(QueryRefused, match=r"more than 60 patterns in one group\. Ask in several steps"):
        check_query(f"SELECT * {{ {star(MOST_PATTERNS + 1)} }}")
    check_query(f"SELECT * {{ ?s ?p ({each('1', MOST_PATTERNS - 1)}) }}")
    with pytest.raises(QueryRefused, match="more than 60 patterns"):
        check_query(f"SELECT * {{ ?s ?p ({each('1', MOST_PATTERNS)}) }}")
    with pytest.raises(QueryRefused, match="The update joins more than 60"):
        check_update(f"DELETE WHERE {{ {star(MOST_PATTERNS + 1)} }}")
    with pytest.raises(QueryRefused, match="more than 60 patterns"):
        check_query(f"SELECT * {{ {star(MOST_PATTERNS + 1)} }}".replace(" . ", " \\u002E "))


def test_no_question_or_query_of_our_own_comes_near_the_limit() -> None:
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("[!.]*/**/*.rq")]
    assert len(texts) > 60
    assert max(map(count, texts)) < MOST_PATTERNS / 2


@pytest.mark.parametrize(
    "patterns",
    [
        star(MOST_PATTERNS),
        each("{ ?s <http://q/~> ?o~ }", MOST_PATTERNS),
        each("{ { ?s <http://q/~> ?o~ } UNION { ?s <http://r/~> ?o~ } }", MOST_PATTERNS),
        "?s ?p ?o " + each("OPTIONAL { ?s <http://q/~> ?o~ }", MOST_PATTERNS - 1),
        f"?s ?p ({each('?o~', MOST_PATTERNS - 1)})",
        each(f"{{ {star(MOST_PATTERNS)} }}", 5, " UNION "),
    ],
)
def test_what_may_run_is_planned_soon(patterns: str) -> None:
    query = f"SELECT * {{ {patterns} }}"
    check_query(query)
    started = process_time()
    found = ox.Store().query(query)
    assert isinstance(found, Iterable) and list(found) == []
    assert process_time() - started < 5


@pytest.mark.parametrize(
    "text", ["{" * 50_000, "?s ?p ?o ." * 9_000, "( . " * 25_000, "}" * 100_000, "1," * 40_000, "a:." * 30_000, "UNION{" * 15_000]
)  # fmt: skip
def test_any_text_is_counted_soon(text: str) -> None:
    started = process_time()
    assert count(text) >= 0
    assert process_time() - started < 3
