"""The guard before foreign SPARQL: nothing hides a call to another address, and nothing harmless is taken for one."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import QueryRefused
from graph.guard import (
    DEEPEST,
    LONGEST_CHAIN,
    MOST_CHARACTERS,
    _harmless,
    _look,
    check_query,
    names_graphs,
)

NOWHERE = "<http://127.0.0.1:9/>"
CALL = f"SERVICE {NOWHERE} {{ ?s ?p ?o }}"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ {CALL} }}",
        f"SELECT * {{ {CALL.lower()} }}",
        f"SELECT * {{ SeRvIcE SILENT{NOWHERE}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICESILENT{NOWHERE}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE{NOWHERE}{{}} }}",
        f"SELECT * {{ SERVICE # a comment\n # another\n\t{NOWHERE} # and one\n{{ ?s ?p ?o }} }}",
        "SELECT * { BIND(<http://127.0.0.1:9/> AS ?x) SERVICE ?x { ?s ?p ?o } }",
        "SELECT * { BIND(<http://127.0.0.1:9/> AS ?x) SERVICE$x{ ?s ?p ?o } }",
        "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "PREFIX a: <http://127.0.0.1:9/> SELECT * { SERVICE a:x { ?s ?p ?o } }",
        "PREFIX a: <http://127.0.0.1:9/> SELECT * { SERVICE a:x\\#y { ?s ?p ?o } }",
        f"SELECT * {{ ?s ?p ?o . \\u0053ERVICE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p ?o . \\U00000073ervice {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p ?o . SERV\\u0049CE {NOWHERE} {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p ?o SERVICE{NOWHERE}{{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p 1e5{CALL} }}",
        f"SELECT * {{ ?s ?p true{CALL} }}",
        f"SELECT * {{ ?s ?p 'a' . {CALL} }}",
        f"SELECT * {{ ?s ?p '''it's''' . {CALL} }}",
        f"SELECT * {{ ?s ?p 'a\\\\' . {CALL} . ?s ?p 'b' }}",
        f'SELECT * {{ BIND("\\u0022" AS ?x) {CALL} BIND("\\u0022" AS ?y) }}',
        f'SELECT * {{ BIND("\\u005C" AS ?x) {CALL} BIND("x" AS ?y) }}',
        f'SELECT * {{ BIND("\\u000A" AS ?x) {CALL} BIND("x" AS ?y) }}',
        f"PREFIX a: <http://a/> SELECT * {{ BIND(a:b\\# AS ?x) {CALL} }}",
        f"PREFIX a: <http://a/> SELECT * {{ BIND(a:b\\' AS ?x) {CALL} BIND(a:b\\' AS ?y) }}",
        f"SELECT * {{ BIND(1<2 AS ?x) {CALL} BIND(2>1 AS ?y) }}",
        f"SELECT * {{ ?s ?p <http://x/#> . {CALL} }}",
        f"SELECT * {{ ?s ?p ?o # text\r{CALL} }}",
        f"ASK {{ FILTER EXISTS {{ {CALL} }} }}",
        f"SELECT * {{ {{ SELECT * {{ {CALL} }} }} }}",
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {CALL} }}",
    ],
)
def test_a_call_to_another_address_is_refused_however_it_is_written(query: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE is refused"):
        check_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?service ?p ?o }",
        "SELECT * { $service ?p ?SERVICE }",
        'SELECT * { ?s ?p "SERVICE" }',
        "SELECT * { ?s ?p '''SERVICE is poor''' }",
        'SELECT * { ?s ?p """the "SERVICE" they got""" }',
        "SELECT * { ?s ?p ?o } # SERVICE",
        "# Which service?\nSELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p <https://x/SERVICE> }",
        "SELECT * { ?s ?p <https://x/#SERVICE> , 'x' }",
        "SELECT * { ?s ju:service c:service }",
        "PREFIX service: <https://x/> SELECT * { ?s service:service 1 }",
        "SELECT * { ?s ju:level <https://w3id.org/joinedup/concept/levels/service-user> }",
        "SELECT * { ?s ?p ?o . FILTER (?o < 3 && ?o > 1) }",
        "SELECT * { ?s ?p 'it\\'s a service {' }",
        "SELECT * { ?s ?p 'na\\u00EFve' }",
        "SELECT (SUM(?services) AS ?n) { ?s ?p ?services }",
    ],
)
def test_the_word_in_a_text_a_name_or_a_comment_is_no_call(query: str) -> None:
    assert check_query(query) is False


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("SELECT * FROM <https://x/> { ?s ?p ?o }", True),
        ("SELECT * from named <https://x/> { ?s ?p ?o }", True),
        ("SELECT *FROM<https://x/>{ ?s ?p ?o }", True),
        ("SELECT * FROMNAMED<https://x/>{ ?s ?p ?o }", True),
        ("ASKFROM<https://x/>{ ?s ?p ?o }", True),
        ("SELECT ?from { ?s ju:from ?from }", False),
        ("SELECT * { ?s ?p 'from <https://x/>' } # FROM <https://x/>", False),
        ("SELECT * { ?s ?p <https://x/from> }", False),
    ],
)
def test_whether_a_query_names_its_own_dataset(query: str, named: bool) -> None:
    assert check_query(query) is named


@pytest.mark.parametrize(("opening", "closing"), ["{}", "()", "[]"])
def test_nesting_has_a_limit_whatever_the_bracket(opening: str, closing: str) -> None:
    check_query("ASK " + opening * DEEPEST + closing * DEEPEST)
    with pytest.raises(QueryRefused, match=f"more than {DEEPEST} deep"):
        check_query("ASK " + opening * (DEEPEST + 1) + closing * (DEEPEST + 1))
    with pytest.raises(QueryRefused, match=f"more than {DEEPEST} deep"):
        check_query(closing * 10_000 + opening * (DEEPEST + 1))


def test_brackets_in_texts_and_comments_are_not_nesting() -> None:
    check_query("SELECT * { ?s ?p '" + "{" * 1000 + "' } #" + "(" * 1000)
    check_query("SELECT * { " + " UNION ".join(["{ ?s ?p ?o } "] * 400) + "}")


@pytest.mark.parametrize("link", ["||", "&&", "!", "/", " | ", " UNION ", " optional ", " MINUS "])
def test_chains_of_operators_have_a_limit(link: str) -> None:
    check_query("SELECT (" + link * LONGEST_CHAIN + ") {}")
    with pytest.raises(QueryRefused, match=f"more than {LONGEST_CHAIN} operators"):
        check_query("SELECT (" + link * (LONGEST_CHAIN + 1) + ") {}")


def test_a_query_without_end_and_one_with_a_nul_are_refused() -> None:
    check_query(" " * MOST_CHARACTERS)
    with pytest.raises(QueryRefused, match="100,001 characters"):
        check_query(" " * (MOST_CHARACTERS + 1))
    with pytest.raises(QueryRefused, match="NUL"):
        check_query("ASK {}\0")


# --- Against the engine itself ----------------------------------------------------------------

TEXT = st.lists(
    st.sampled_from(["a", " ", "{", "}", "#", "<", ">", "\\\\", "\\n", "\\u0041", "\\u0022", "\\u0027", "\\u005C", "\\u000A", "SERVICE"]), max_size=4
).map("".join)  # fmt: skip
LITERAL = st.one_of(
    TEXT.map(lambda t: f'"{t}"'),
    TEXT.map(lambda t: f"'{t}'"),
    TEXT.map(lambda t: f'"""{t}"""'),
    TEXT.map(lambda t: f"'''{t}'''"),
    st.sampled_from(["1", "1.5", "1e5", "true", "<http://x/#a>", "a:b\\#", "a:b\\'", "a:b", "1<2", "1>2", '"x"@en', '"1"^^<http://x/y>']),
)  # fmt: skip
BETWEEN = st.lists(st.sampled_from([" ", "\n", "\r", "\t", "# it's\n", '# "\n', "#\r", ""]), max_size=3).map(
    "".join
)
TARGET = st.sampled_from([NOWHERE, ":x", "a:x", "a:x\\#y", "?u", "$u", "<nowhere>"])


@given(
    before=st.lists(LITERAL, max_size=3), after=st.lists(LITERAL, max_size=3),
    gaps=st.tuples(BETWEEN, BETWEEN, BETWEEN), word=st.sampled_from(["SERVICE", "service", "SeRvIcE"]), target=TARGET,
)  # fmt: skip
def test_whatever_the_engine_would_call_the_guard_refuses(
    before: list[str], after: list[str], gaps: tuple[str, str, str], word: str, target: str
) -> None:
    def bind(name: str, values: list[str]) -> str:
        return "".join(f"BIND({value} AS ?{name}{i})" for i, value in enumerate(values))

    call = f"{gaps[0]}{word}{gaps[1]}{target}{gaps[2]}{{ ?s ?p ?o }}"
    query = f"PREFIX : <http://127.0.0.1:9/> PREFIX a: <http://127.0.0.1:9/> SELECT * {{ {bind('b', before)}{call}{bind('a', after)} }}"
    assert calls_out(query) is False or refuses(query)


def calls_out(query: str) -> bool:
    """Whether the engine tries to: port 9 is one it refuses to open, so nothing leaves the machine."""
    try:
        list(ox.Store().query(query, base_iri="http://127.0.0.1:9/"))  # type: ignore[arg-type]
    except SyntaxError:
        return False
    except (OSError, RuntimeError):
        return True
    return False


def refuses(query: str) -> bool:
    try:
        check_query(query)
    except QueryRefused:
        return True
    return False


def test_the_engine_is_seen_to_call_out_where_nothing_stops_it() -> None:
    assert calls_out(f"SELECT * {{ {CALL} }}")
    assert calls_out("PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }")
    assert not calls_out("SELECT * { ?s ?p ?o }")


@given(st.text(alphabet="SERVICEservice \n\t{}()[]<>\"'\\#?$:a.1u0@^|&!/", max_size=200))
def test_the_guard_answers_any_text_soon(text: str) -> None:
    assert refuses(text) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "SERVICE" * 14_000,
        "SERVICE " * 200 + "a" * 98_000,
        "SERVICE\\\\" * 200 + "\\\\a" * 45_000,
        "SERVICE #" * 11_000,
        "SERVICE a:" * 10_000,
        "\\" * 100_000,
        '"' * 99_999,
        "<" * 100_000,
        "SERVICE :" + "a:" * 49_000,
    ],
)
def test_no_text_keeps_the_guard_busy(text: str) -> None:
    from time import process_time

    started = process_time()
    refuses(text)
    assert process_time() - started < 3


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", True),
        ("SELECT * { graph<https://x/>{ ?s ?p ?o } }", True),
        ("PREFIX a: <https://x/> SELECT * { GRAPHa:b { ?s ?p ?o } }", True),
        ("SELECT * { ?s ?p 1e5GRAPH ?g { ?s ?p ?o } }", True),
        ("SELECT * { ?graph ?p 'the graph' } # GRAPH", False),
        ("SELECT * { ?s ?p <https://x/graph> }", False),
    ],
)
def test_whether_a_query_asks_for_a_graph_by_name(query: str, named: bool) -> None:
    assert names_graphs(query) is named


def test_from_may_stick_to_a_name_where_a_dataset_may_stand_and_nowhere_else() -> None:
    prefix = "PREFIX a: <https://x/> PREFIX from: <https://y/> "
    assert check_query(f"{prefix}SELECT * FROMa:b {{ ?s ?p ?o }}") is True
    assert check_query(f"{prefix}SELECT * {{ ?s from:b ?o }}") is False


_PIECES = ["SERVICE", "from", " FROM NAMED ", "GRAPH", "<x>", "?v", "a:b", "'", '"', "#", "\n", "\\", "\\u0046", "İ", "ſ",
           "{" * 100, "}", "(", "[", "||" * 100, "!" * 300, "&&", "/" * 200, " UNION" * 200, "optional", "x", " "]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_what_passes_at_a_glance_would_pass_a_close_look(text: str) -> None:
    if _harmless(text):
        assert _look(text, "query") is False  # nor does it refuse


def test_an_ordinary_query_passes_at_a_glance() -> None:
    assert _harmless(
        "SELECT ?p ?o { <https://x/id/1> ?p ?o . FILTER (?o != 3 || ?p = ju:name) } LIMIT 10 # said"
    )
