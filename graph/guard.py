"""What SPARQL may hold before any engine sees it: no SERVICE, no LOAD, no bottomless nesting, no endless text."""

from __future__ import annotations

import re

from graph.errors import QueryRefused
from graph.patterns import joined

MOST_CHARACTERS = 100_000
MOST_UPDATE_CHARACTERS = 1_000_000
"""Updates carry data, so they may be longer."""
DEEPEST = 128
LONGEST_CHAIN = 500
MOST_PATTERNS = 60
"""In one join: graph/patterns.py says why, and how they are counted."""
MOST_MENTIONS = 200
"""Of the word SERVICE, in whatever place: each costs a look at all that follows it."""
_CHAINING = ("UNION", "OPTIONAL", "MINUS")
_NO_CALLS = "SERVICE is refused: queries run on this graph alone, and call no other address."

_NO_LOADS = "LOAD is refused: an update runs on this graph alone, and fetches nothing. Send the statements themselves."

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SPACE = r"(?:\s|\#[^\n\r]*(?:[\n\r]|$))*+"
_CALL = re.compile(
    rf"SERVICE{_SPACE}(?:SILENT{_SPACE})?(?:<[^<>]*>|[?$]\w+|(?:\\.|[^\s{{}}<>\#:\\])*:(?:\\.|[^\s{{}}<>\#\\])*){_SPACE}\{{",
    re.IGNORECASE,
)
"""A call of another address, wherever it stands: Oxigraph also takes SERVICESILENT, SERVICE:name and 1e5SERVICE."""
TOKEN = re.compile(
    r"""(?P<skip><[^<>"{}|^`\\\x00-\x20]*>|\#[^\n\r]*
        |\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'
        |[?$@][\w-]+|[\w.-]*:(?:[\w:.%-]|\\.)*)
      |(?P<word>[A-Za-z_]\w*)|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<chain>\|\||&&|!|/|\|)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
"""One token of SPARQL: strings, comments, IRIs, variables and prefixed names are skipped, what is left is syntax."""
_LOAD_PREFIX = re.compile(r"LOAD[\w.-]*:", re.IGNORECASE)
"""Oxigraph reads LOAD:x as LOAD and the name :x, and LOADa:x as LOAD and a:x."""
_GRAPH_PREFIX = re.compile(r"[\w.-]*GRAPH[\w.-]*:", re.IGNORECASE)
_FROM_PREFIX = re.compile(r"[\w.-]*FROM[\w.-]*:", re.IGNORECASE)


def check_query(text: str) -> bool:
    """Raise QueryRefused for a query that may not be given to a worker; whether it names its dataset by FROM.

    Understands strings, comments, IRIs, variables, prefixed names and \\u escapes (SPARQL 1.1, section 19), so that
    none of them can hide a keyword, or look like one. Oxigraph reads \\u escapes within strings only, other engines
    before all else: what either of them would refuse is refused.
    """
    return _check(text, "query", MOST_CHARACTERS)


def names_graphs(text: str) -> bool:
    """Whether a query asks by GRAPH for a graph, also where no space follows the word, as in GRAPHex:name.

    It may say so of a query that does not, but never the other way about.
    """
    return "GRAPH" in text.upper() and any(
        "GRAPH" in match[0].upper() and (match["word"] or _GRAPH_PREFIX.match(match[0]))
        for match in TOKEN.finditer(text)
    )


def check_update(text: str) -> None:
    """Raise QueryRefused for an update that may not run: as for a query, and LOAD in whatever form."""
    _check(text, "update", MOST_UPDATE_CHARACTERS)
    for form in {text, _ESCAPE.sub(_unescaped, text)}:
        before = ""
        for match in TOKEN.finditer(form):
            token = match[0]
            if match["word"] and "LOAD" in token.upper():
                raise QueryRefused(_NO_LOADS)
            if match["skip"] and _LOAD_PREFIX.match(token) and before != "PREFIX":
                raise QueryRefused(f"{_NO_LOADS} Let no prefix begin with it.")
            if not token.isspace() and not token.startswith("#"):
                before = token.upper()


def _check(text: str, what: str, most: int) -> bool:
    if len(text) > most:
        raise QueryRefused(f"The {what} has {len(text):,} characters; the most is {most:,}.")
    if "\0" in text:
        raise QueryRefused(f"The {what} holds a NUL character.")
    unescaped = _ESCAPE.sub(_unescaped, text)
    if unescaped != text:
        _scan(unescaped, what)
    names_dataset = _scan(text, what)
    for form in {text, unescaped}:
        # Each pattern has one of these beside it, but within a list no more than a blank: most texts need no second look.
        many = sum(map(form.count, ".;,/{[")) > MOST_PATTERNS or (
            "(" in form and len(form) > 2 * MOST_PATTERNS
        )
        if many and joined(TOKEN.finditer(form)) > MOST_PATTERNS:
            raise QueryRefused(
                f"The {what} joins more than {MOST_PATTERNS} patterns in one group. Ask in several steps, or put parts "
                "that stand alone into subqueries."
            )
    return names_dataset


def _harmless(text: str) -> bool:
    """Whether a text has none of what `_look` looks for, in whatever place. Most have not, and need no second look."""
    if not text.isascii() or "\\" in text:
        return False
    upper, count = text.upper(), text.count
    return (
        not any(word in upper for word in ("SERVICE", "FROM"))
        and count("{") + count("(") + count("[") <= DEEPEST
        and sum(map(count, "|&!/")) + sum(map(upper.count, _CHAINING)) <= LONGEST_CHAIN
    )


def _scan(text: str, what: str) -> bool:
    return False if _harmless(text) else _look(text, what)


def _look(text: str, what: str) -> bool:
    if text.upper().count("SERVICE") > MOST_MENTIONS or _CALL.search(text):
        raise QueryRefused(_NO_CALLS)
    depth = chain = 0
    names_dataset, before = False, ""
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > DEEPEST:
                raise QueryRefused(f"The {what} is nested more than {DEEPEST} deep.")
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "chain":
            chain += 1
        elif kind == "word":
            word = before = match["word"].upper()
            if word == "SERVICE":
                raise QueryRefused(_NO_CALLS)
            names_dataset = names_dataset or word.endswith(("FROM", "FROMNAMED"))
            chain += word in _CHAINING
        elif kind == "skip" and not depth and before != "PREFIX" and _FROM_PREFIX.match(match[0]):
            names_dataset = True
        if kind == "skip" and not match[0].startswith("#"):
            before = ""
        if chain > LONGEST_CHAIN:
            raise QueryRefused(f"The {what} strings together more than {LONGEST_CHAIN} operators.")
    return names_dataset


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
