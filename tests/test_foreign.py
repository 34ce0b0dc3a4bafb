"""RDF of others that could do harm: each file is refused in a sentence, in time, and the store is as it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.errors import Issue
from graph.ingest.load import load
from graph.store import Store, open_store

Refusal = Callable[..., list[Issue]]
PREFIXES = """@prefix ju: <https://w3id.org/joinedup/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix schema: <https://schema.org/> .
@prefix : <https://a.example/> .
"""
XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://e.example/">'


@pytest.fixture
def told(tmp_path: Path, refusal: Refusal) -> Callable[[str, str | bytes], str]:
    """What is said of a file of this name and content when it is refused."""

    def refuse(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        store: Store = open_store(tmp_path / "store")
        began = time.monotonic()
        issues = refusal(store, path)
        assert time.monotonic() - began < 20
        assert store.version == 0
        said = "\n".join(map(str, issues))
        assert str(tmp_path) not in said
        return said

    return refuse


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<https://a/b> <https://a/c> <urn:x:y> .", "<https://a/b>” holds “urn:x:y”, which does not begin with http"),
        ("<https://a/b> <https://a/c> <file:///etc/passwd> .", "does not begin with http"),
        ("<https://a/b> <https://a/c> <JavaScript:alert(1)> .", "does not begin with http"),
        ("<javascript:alert(1)> <https://a/c> 1 .", "does not begin with http"),
        ("<https://a/b> <mailto:x@a.example> 1 .", "does not begin with http"),
        ("<b> <https://a/c> 1 .", "holds a relative address in line 1"),
        ('<https://a/b> <https://a/c> "\x01" .', "holds a control character in line 1"),
        ('\n<https://a/b> <https://a/c> "\u202e" .', "reverses the direction of writing in line 2"),
        ("<https://a/b> <https://a/c\u202e> 1 .", "reverses the direction of writing in line 1"),
        ('<https://a/b> <https://a/c> "\\u0001" .', "<https://a/b>” holds a value with a control character"),
        ('<https://a/b> <https://a/c> "\\u2066" .', "<https://a/b>” holds a value with a control character"),
        ("<https://a/b> <https://a/c> <https://a/\\u202Ed> .", "a character that none may hold"),
        ("<https://a/b> <https://a/c> <<( <https://a/b> <https://a/c> 1 )>> .", "statements about statements"),
        ("<< <https://a/b> <https://a/c> 1 >> <https://a/c> 1 .", "statements about statements"),
        ("<https://a/b> <https://a/c\\#> 1 . :a\\#" + "<< " * 100_000, "statements about statements"),
        ('<https://a/b> <https://a/c> "' + "x" * 10_001 + '" .', "10,001 characters"),
        (f"<https://a/{'b' * 2000}> <https://a/c> 1 .", "an address of 2,010 characters"),
        (
            '<https://a/b> <https://a/c> "<a/>"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> .',
            "XMLLiteral”, which is not read",
        ),
        ("this is prose", "is not Turtle"),
        ("", "is empty"),
        ("# nothing", "holds nothing to load"),
        (PREFIXES + ":x a foaf:Person .", "says foaf:Person of it, as is said of people. No person is needed here."),
        (PREFIXES + ':x foaf:name "Jo Bloggs" .', "No person is needed"),
        (PREFIXES + ':x vcard:fn "Jo Bloggs" .', "No person is needed"),
        (PREFIXES + ":x vcard:hasEmail [ a vcard:Home ] .", "No person is needed"),
        (PREFIXES + ":x a schema:Person .", "No person is needed"),
        (PREFIXES + ":x a <http://schema.org/Person> .", "No person is needed"),
    ],
)  # fmt: skip
def test_turtle_that_could_do_harm_is_refused_in_a_sentence(
    told: Callable[[str, str], str], text: str, says: str
) -> None:
    assert says in told("foreign.ttl", text)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.nt", b"<https://a/b> <https://a/c> \"caf\xe9\" .\n", "is not text in UTF-8"),
        ("a.nt", "<https://a/b> <https://a/c> 1 .".encode("utf-16"), "control character"),
        ("a.rdf", XML.replace("<rdf", '<!DOCTYPE a [<!ENTITY b "c">]><rdf', 1) + "</rdf:RDF>", "declares a DOCTYPE"),
        ("a.xml", '<!DOCTYPE a SYSTEM "file:///etc/passwd">' + XML + "</rdf:RDF>", "declares a DOCTYPE"),
        ("a.owl", XML + "<e:A><e:p>" * 65 + "</e:p></e:A>" * 65 + "</rdf:RDF>", "more than 128 deep"),
        ("a.rdf", XML + "<e:A><e:p>" * 100_000, "more than 128 deep"),
        ("a.rdf", XML + "<e:A>", "is not XML: no element found in line 1"),
        ("a.rdf", '<?xml version="1.0" encoding="utf-7"?>' + XML + "</rdf:RDF>", "not in UTF-8"),
        ("a.jsonld", "[" * 200_000, "more than 128 deep"),
        ("a.jsonld", '{"https://a/b":' * 129 + "1" + "}" * 129, "more than 128 deep"),
        ("a.jsonld", '{"@context": "https://schema.org/", "@id": "https://a/b"}', "names a context at another address"),
        ("a.jsonld", '{"@context": [{}, "file:///etc/passwd"]}', "names a context at another address"),
        ("a.jsonld", '{"@context": {"a": {"@id": "https://a/b", "@context": "https://b/c"}}}', "another address"),
        ("a.jsonld", '{"@context": {"@import": "https://b/c"}}', "imports a context"),
        ("a.jsonld", '{"@graph": [{"@\\u0063ontext": "https://b/c"}]}', "another address"),
        ("a.jsonld", '{"@context": {' + ",".join(f'"a{n}":"a{n + 1}:b"' for n in range(100_000)) + "}}", "more than 1,000 terms"),
        ("a.jsonld", '{"@context": {' + ",".join(f'"a{n}":"a{n + 1}:b"' for n in range(999)) + '}, "a0:x": 1}', "a.jsonld"),
        ("a.jsonld", '{"@id": "https://a/b",}', "is not JSON in line 1"),
        ("a.jsonld", "1", "neither an object nor a list"),
        ("a.jsonld", '{"@id": "https://a/b", "https://a/c": ' + "9" * 5000 + "}", "is not JSON"),
        ("a.nq", "<https://a/b> <https://a/c> <javascript:x> <https://a/g> .", "does not begin with http"),
        ("a.trig", ":g { <https://a/b> <https://a/c> 1 }", "is not TriG"),
    ],
)  # fmt: skip
def test_files_of_other_formats_that_could_do_harm_are_refused_in_a_sentence(
    told: Callable[[str, str | bytes], str], name: str, content: str | bytes, says: str
) -> None:
    assert says in told(name, content)


@pytest.mark.parametrize(("name", "megabytes"), [("a.nt", 250), ("a.ttl", 50), ("a.jsonld", 20)])
def test_a_file_over_its_limit_is_refused_unread(
    tmp_path: Path, refusal: Refusal, name: str, megabytes: int
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(megabytes * 1_000_000 + 1)
    (issue,) = refusal(open_store("memory"), tmp_path / name)
    assert f"larger than {megabytes} MB" in issue.reason


def test_what_only_looks_like_statements_about_statements_is_read(tmp_path: Path) -> None:
    path = tmp_path / "words.ttl"
    path.write_text(
        '<https://a/b> <https://a/c> "see << here" , \'and << here\', """\n"<<" \\"<<""" . # << too\n'
    )
    assert load(open_store("memory"), [path]).sources[0].outcome == "added"


def test_brackets_nested_a_hundred_thousand_deep_are_read_or_refused_but_end_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep.ttl"
    path.write_text(
        "<https://a/b> <https://a/c> " + "[ <https://a/c> " * 100_000 + "1" + "]" * 100_000 + " ."
    )
    assert load(open_store("memory"), [path], dry_run=True).sources[0].outcome == "added"


def test_the_address_of_our_own_context_stands_for_the_context_of_the_package(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonld"
    for address in ("https://w3id.org/joinedup/context.jsonld", "https://joinedup.example/context.jsonld"):
        document = {
            "@context": address,
            "id": "https://joinedup.example/id/barrier/b",
            "type": "Barrier",
            "label": "Late data",
        }
        path.write_text(json.dumps(document))
        store = open_store("memory")
        load(store, [path])
        assert store.dataset().label("https://joinedup.example/id/barrier/b") == "Late data"
