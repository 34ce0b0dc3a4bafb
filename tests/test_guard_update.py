"""The guard before foreign updates: nothing hides LOAD, and nothing harmless is taken for it."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import QueryRefused
from graph.guard import MOST_UPDATE_CHARACTERS, check_update

NOWHERE = "<http://127.0.0.1:9/>"


@pytest.mark.parametrize(
    "update",
    [
        f"LOAD {NOWHERE}",
        f"load silent {NOWHERE}",
        f"LOADSILENT{NOWHERE}",
        f"LOAD # a comment\n\t{NOWHERE} INTO GRAPH <http://x/g>",
        f"INSERT DATA {{}};LOAD{NOWHERE}",
        f"INSERT DATA {{ <http://x/a> <http://x/b> 'it''s' }} ; LOAD {NOWHERE}",
        f"INSERT DATA {{ <http://x/a> <http://x/b> '''LOAD''' }} ; LOAD {NOWHERE}",
        f"L\\u004FAD {NOWHERE}",
        f"INSERT DATA {{ <http://x/a> <http://x/b> '\\u0027' }} ; LOAD {NOWHERE}",
        "PREFIX : <http://127.0.0.1:9/> LOAD:x",
        "PREFIX : <http://127.0.0.1:9/> LOADSILENT:x",
        "PREFIX : <http://127.0.0.1:9/> LOAD SILENT:x",
        "PREFIX a: <http://127.0.0.1:9/> LOAD a:x",
        f"DELETE WHERE {{ ?s ?p ?o }} # }}\n;LOAD {NOWHERE}",
    ],
)
def test_load_is_refused_however_it_is_written(update: str) -> None:
    with pytest.raises(QueryRefused, match="LOAD is refused"):
        check_update(update)


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <http://x/a> <http://x/b> 'LOAD <http://x/>' } # LOAD <http://x/>",
        "PREFIX load: <http://x/> CLEAR ALL",
        "INSERT DATA { <http://x/LOAD> <http://x/load> ?load }",
        "INSERT DATA { _:load <http://x/b> 'x'@load }",
        "PREFIX up: <http://x/> INSERT DATA { up:LOAD up:b 1 }",
    ],
)
def test_what_only_looks_like_load_is_not_refused(update: str) -> None:
    check_update(update)


def test_an_update_calls_no_other_address_and_has_a_length() -> None:
    with pytest.raises(QueryRefused, match="SERVICE is refused"):
        check_update(f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE {NOWHERE} {{ ?s ?p ?o }} }}")
    check_update(" " * MOST_UPDATE_CHARACTERS)
    with pytest.raises(QueryRefused, match="1,000,001 characters"):
        check_update(" " * (MOST_UPDATE_CHARACTERS + 1))


VALUE = st.sampled_from(
    ["'it\\'s'", "'''a'b'''", '"#"', "'\\u0027'", "1e5", "<http://x/#a>", "a:b\\#", "'x'@en", "'{'", "_:load"]
)
GAP = st.sampled_from([" ", "\n", "", "# it's\n", "#\r", "\t# {\n"])


@given(
    before=st.lists(VALUE, max_size=3),
    gaps=st.tuples(GAP, GAP, GAP),
    word=st.sampled_from(["LOAD", "load", "LoAd"]),
    target=st.sampled_from([NOWHERE, ":x", "a:x", "a:x\\#y"]),
)
def test_whatever_the_engine_would_load_the_guard_refuses(
    before: list[str], gaps: tuple[str, str, str], word: str, target: str
) -> None:
    data = "".join(f"INSERT DATA {{ <http://x/a> <http://x/b> {value} }};" for value in before)
    update = f"PREFIX : <http://127.0.0.1:9/> PREFIX a: <http://127.0.0.1:9/> {data}{gaps[0]}{word}{gaps[1]}{target}{gaps[2]}"
    assert not loads(update) or refuses(update)


def loads(update: str) -> bool:
    """Whether the engine tries to: port 9 is one it refuses to open, so nothing leaves the machine."""
    try:
        ox.Store().update(update)
    except SyntaxError:
        return False
    except (OSError, RuntimeError):
        return True
    return False


def refuses(update: str) -> bool:
    try:
        check_update(update)
    except QueryRefused:
        return True
    return False
