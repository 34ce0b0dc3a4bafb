"""Queries made by the grammar of SPARQL 1.1, then spoilt: each gets an answer or a refusal, and the server lives on.

JOINEDUP_FUZZ=100000 says how many; without it a few hundred, always the same.
"""

from __future__ import annotations

import http.client
import json
import os
from collections import Counter
from pathlib import Path
from random import Random
from urllib.parse import urlencode, urlsplit

COUNT = int(os.environ.get("JOINEDUP_FUZZ", "500"))
SEED = 1988 if COUNT == 500 else None
RULES: dict[str, tuple[str, ...]] = {
    "Query": ("{Prologue}{Select}", "{Prologue}{Select}", "{Prologue}ASK {Data}{Group}", "{Prologue}CONSTRUCT {{ {Triples} }} {Data}WHERE {Group}{Modifiers}",
              "{Prologue}CONSTRUCT WHERE {{ {Triples} }}", "{Prologue}DESCRIBE {Iri} {Data}", "{Prologue}DESCRIBE * {Group}{Modifiers}"),
    "Prologue": ("", "", "PREFIX ex: <http://e/> ", "BASE <http://b/> ", "PREFIX : <> "),
    "Select": ("SELECT {Distinct}{What} {Data}WHERE {Group}{Modifiers}{Values}", "SELECT {What} {Group}"),
    "Distinct": ("", "", "DISTINCT ", "REDUCED "),
    "What": ("*", "?s", "?s ?o", "({Expression} AS ?x)", "(COUNT(*) AS ?n)", "({Aggregate} AS ?n)", "?s ({Aggregate} AS ?n)"),
    "Data": ("", "", "", "FROM {Iri} ", "FROM NAMED {Iri} "),
    "Group": ("{{ {Triples} }}", "{{ {Triples} {Part} }}", "{{ {Part} {Part} }}", "{{ }}", "{{ {Select} }}", "{Group} "),
    "Part": ("OPTIONAL {Group}", "{Group} UNION {Group}", "MINUS {Group}", "FILTER ({Expression})", "FILTER EXISTS {Group}", "FILTER NOT EXISTS {Group}",
             "BIND ({Expression} AS ?b)", "GRAPH ?g {Group}", "GRAPH {Iri} {Group}", "VALUES ?s {{ {Iri} UNDEF {Literal} }}", "SERVICE {Iri} {Group}", "{Triples}"),
    "Triples": ("{Subject} {Path} {Object} .", "{Subject} {Path} {Object} ; {Path} {Object} , {Object} .", "{Subject} a {Iri} .", "[ {Path} {Object} ] {Path} ( {Object} {Object} ) .", "{Triples} {Triples}"),
    "Subject": ("?s", "?o", "{Iri}", "_:b", "[]"),
    "Object": ("?o", "?x", "{Iri}", "{Literal}", "_:b", "[ {Path} ?y ]", "<< ?s ?p ?o >>"),
    "Path": ("?p", "{Iri}", "a", "^{Iri}", "{Iri}/{Iri}", "{Iri}|{Iri}", "({Iri})*", "({Path1}/{Path1})+", "{Iri}?", "!({Iri}|^{Iri})"),
    "Path1": ("{Iri}", "^{Iri}", "({Iri}|a)"),
    "Iri": ("ju:blocks", "ju:Barrier", "skos:prefLabel", "<http://e/x>", "<>", "<x y>", "ex:a", ":b", "undeclared:x", "<urn:\\u0041>"),
    "Literal": ("1", "-1.5", "1e400", "true", "'a'", '"b"@en', '"x"^^xsd:integer', '"""long\n"quoted\""""', "'\\uD800'", "''@en--ltr", "99999999999999999999999999"),
    "Expression": ("?s", "{Literal}", "{Expression} + {Expression}", "{Expression} / 0", "{Expression} = {Expression}", "!{Expression}", "{Expression} && {Expression}", "{Call}",
                   "?s IN ({Expression}, {Expression})", "EXISTS {Group}", "-({Expression})"),
    "Call": ("STR({Expression})", "REGEX(STR(?o), '(a+)+$')", "REGEX(?o, '[')", "REPLACE(STR(?o), '', 'x')", "IF({Expression}, 1, {Expression})", "COALESCE({Expression}, 1)", "IRI({Expression})",
             "SUBSTR('abc', {Expression}, {Expression})", "BNODE()", "NOW()", "RAND()", "UUID()", "xsd:integer({Expression})", "STRDT('x', {Iri})", "SHA512(STR({Expression}))", "CONCAT({Expression}, '')"),
    "Aggregate": ("COUNT(DISTINCT ?s)", "SUM({Expression})", "AVG(?o)", "MIN(?o)", "GROUP_CONCAT(?o; SEPARATOR=', ')", "SAMPLE(?s)"),
    "Modifiers": ("", "", " GROUP BY ?s HAVING ({Aggregate} > 1)", " ORDER BY DESC({Expression}) ?s", " LIMIT 5", " OFFSET 3 LIMIT 0", " LIMIT 99999999999999999999", " GROUP BY ({Expression} AS ?k)"),
    "Values": ("", "", " VALUES (?s ?o) {{ (UNDEF 1) }}"),
}  # fmt: skip
WORDS = ("{", "}", "(", ")", "[", "]", "'", '"', '"""', "<", ">", "\\", "\\u0041", "\\U0010FFFF", "\0", "\ufeff", "#", "|", "||", "/", "^", "!", "*", "SERVICE", "FROM", "GRAPH", "LOAD", ";", "\x85")  # fmt: skip
ALLOWED = {200, 400, 503}


def made(rule: str, chance: Random, depth: int = 0) -> str:
    """A text of one rule; deep down the first and shortest alternative, so that it ends."""
    choices = RULES[rule]
    text = choices[0] if depth > 7 else chance.choice(choices)
    out, at = [], 0
    while at < len(text):
        if text.startswith(("{{", "}}"), at):
            out.append(text[at])
            at += 2
        elif text[at] == "{":
            end = text.index("}", at)
            out.append(made(text[at + 1 : end], chance, depth + 1))
            at = end + 1
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def spoilt(text: str, chance: Random) -> str:
    """A text with something left out, put in, said again, or nested deep."""
    for _ in range(chance.randint(1, 3)):
        at, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + chance.choice(WORDS) + text[at:]
        elif kind == 2:
            text = text[:at] + text[at:end] * chance.choice((2, 3, 50)) + text[end:]
        elif kind == 3:
            text = text[:at] + chance.choice(WORDS) * chance.choice((10, 200, 5000)) + text[at:]
        else:
            text = text[:at] + chr(chance.choice((0x7F, 0x2028, 0x1F600, 0xFFFE))) + text[at:]
    return text[:60_000]


def test_no_query_kills_the_server_or_finds_an_error_that_was_not_foreseen(store: Path, serve) -> None:  # type: ignore[no-untyped-def]
    chance = Random(SEED)
    seen: Counter[int] = Counter()
    with serve(store) as address:
        place = urlsplit(address)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        for number in range(COUNT):
            query = made("Query", chance)
            if number % 2:
                query = spoilt(query, chance)
            body = urlencode({"query": query}, errors="surrogatepass")
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            try:
                connection.request("POST", "/sparql", body, form)
                answer = connection.getresponse()
                said = answer.read()
            except http.client.IncompleteRead:  # broken off at the limit
                connection.close()
                continue
            assert answer.status in ALLOWED, (answer.status, query)
            if answer.status != 200:
                assert json.loads(said)["detail"], query
            seen[answer.status] += 1
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()
        connection.close()
    assert seen[200] > COUNT // 10 and seen[400] > COUNT // 10
    print(dict(seen))
