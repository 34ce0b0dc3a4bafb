"""What a SPARQL query may hold before any engine sees it: no SERVICE, no bottomless nesting, no endless text."""

from __future__ import annotations

import re

from graph.errors import QueryRefused

MOST_CHARACTERS = 100_000
DEEPEST = 128
LONGEST_CHAIN = 500
MOST_MENTIONS = 200
"""Of the word SERVICE, in whatever place: each costs a look at all that follows it."""
_NO_CALLS = "SERVICE is refused: queries run on this graph alone, and call no other address."

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SPACE = r"(?:\s|\#[^\n\r]*(?:[\n\r]|$))*+"
_CALL = re.compile(
    rf"SERVICE{_SPACE}(?:SILENT{_SPACE})?(?:<[^<>]*>|[?$]\w+|(?:\\.|[^\s{{}}<>\#:\\])*:(?:\\.|[^\s{{}}<>\#\\])*){_SPACE}\{{",
    re.IGNORECASE,
)
"""A call of another address, wherever it stands: Oxigraph also takes SERVICESILENT, SERVICE:name and 1e5SERVICE."""
_TOKEN = re.compile(
    r"""(?P<skip><[^<>"{}|^`\\\x00-\x20]*>|\#[^\n\r]*
        |\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'
        |[?$@][\w-]+|[\w.-]*:(?:[\w:.%-]|\\.)*)
      |(?P<word>[A-Za-z_]\w*)|(?P<open>[{(\[])|(?P<close>[})\]])|(?P<chain>\|\||&&|!|/|\|)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


def check_query(text: str) -> bool:
    """Raise QueryRefused for a query that may not be given to a worker; whether it names its dataset by FROM.

    Understands strings, comments, IRIs, variables, prefixed names and \\u escapes (SPARQL 1.1, section 19), so that
    none of them can hide a keyword, or look like one. Oxigraph reads \\u escapes within strings only, other engines
    before all else: what either of them would refuse is refused.
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryRefused(f"The query has {len(text):,} characters; the most is {MOST_CHARACTERS:,}.")
    if "\0" in text:
        raise QueryRefused("The query holds a NUL character.")
    unescaped = _ESCAPE.sub(_unescaped, text)
    if unescaped != text:
        _scan(unescaped)
    return _scan(text)


def _scan(text: str) -> bool:
    if text.upper().count("SERVICE") > MOST_MENTIONS or _CALL.search(text):
        raise QueryRefused(_NO_CALLS)
    depth = chain = 0
    names_dataset = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > DEEPEST:
                raise QueryRefused(f"The query is nested more than {DEEPEST} deep.")
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "chain":
            chain += 1
        elif kind == "word":
            word = match["word"].upper()
            if word == "SERVICE":
                raise QueryRefused(_NO_CALLS)
            names_dataset = names_dataset or word.endswith(("FROM", "FROMNAMED"))
            chain += word in ("UNION", "OPTIONAL", "MINUS")
        if chain > LONGEST_CHAIN:
            raise QueryRefused(f"The query strings together more than {LONGEST_CHAIN} operators.")
    return names_dataset


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
