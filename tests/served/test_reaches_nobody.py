"""No route goes out: an address of ours in every text that a route takes and in every kind of file, and nobody calls there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.described import operations

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
FILES = {
    "a.jsonld": '{"@context": "URL", "@id": "http://e/a"}',
    "b.jsonld": '{"@context": {"@import": "URL"}, "@id": "http://e/a"}',
    "a.rdf": f'<!DOCTYPE a SYSTEM "URL"><rdf:RDF {RDF}/>',
    "b.rdf": f'<!DOCTYPE a [<!ENTITY b SYSTEM "URL">]><rdf:RDF {RDF}><rdf:Description rdf:about="http://e/a">&b;</rdf:Description></rdf:RDF>',
    "a.ttl": "<http://e/a> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <URL> .",
    "barriers.csv": "id,name,description\na,URL,=WEBSERVICE(\"URL\")\n",
    "a.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "URL">]><a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="URL"/>&b;</a>',
    "a.json": '{"$ref": "URL", "releases": [{"uri": "URL"}]}',
}  # fmt: skip
KINDS = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
MAPPINGS = (
    '{"@context": "http://www.w3.org/ns/csvw", "url": "URL", "tableSchema": "URL"}',
    "@prefix rml: <http://semweb.mmlab.be/ns/rml#> . <#m> rml:logicalSource [ rml:source <URL> ] .",
    'title = "T"\nextends = "URL"\n',
)


@pytest.fixture
def canary() -> Iterator[str]:
    """An address at which nobody may have called when the test ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        listening.settimeout(1.0)
        with pytest.raises(TimeoutError):
            listening.accept()


def texts(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of an operation that take any text."""

    def any_text(schema: dict[str, Any]) -> bool:
        plain = schema.get("type") == "string" and not {"enum", "format"} & schema.keys()
        return plain or any(map(any_text, [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]))  # fmt: skip

    return [p for p in operation.get("parameters", ()) if p["in"] != "cookie" and any_text(p["schema"])]


def test_no_text_that_a_route_takes_sends_the_server_anywhere(client: httpx.Client, canary: str) -> None:
    tried = 0
    for method, path, operation in operations(client.get("/openapi.json").json()):
        if method != "get" or path == "/changes/events":
            continue
        given = {p["name"]: p["example"] for p in operation.get("parameters", ()) if "example" in p}
        for parameter in texts(operation):
            name, place = parameter["name"], parameter["in"]
            at = path.format_map({**{n: given.get(n, "x") for n in _names(path)}, name: canary})
            asked = {name: canary} if place == "query" else {}
            headers = {name: canary} if place == "header" else {}
            answer = client.get(at, params=asked, headers=headers, follow_redirects=False)
            assert answer.status_code < 500 or answer.status_code == 503, (at, asked)
            tried += 1
    for header in ("Host", "X-Forwarded-Host", "Forwarded", "Referer", "Origin", "Accept"):
        client.get("/programmes", headers={header: canary})
    assert tried > 100


def test_no_file_and_no_mapping_sends_the_server_anywhere(
    serve: Callable[..., AbstractContextManager[str]], tmp_path: Path, canary: str
) -> None:
    with (
        serve(tmp_path / "store", "--allow-writing") as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        for name, text in FILES.items():
            content = text.replace("URL", canary)
            assert client.post("/load", files=[("files", (name, content))]).status_code < 500
            if kind := KINDS.get(name.rpartition(".")[2]):
                client.put("/graph-store?default", content=content, headers={"Content-Type": kind})
        for mapping in MAPPINGS:
            files = [
                ("mapping", ("m.toml", mapping.replace("URL", canary))),
                *(
                    ("files", (name, FILES[name].replace("URL", canary)))
                    for name in ("barriers.csv", "a.json")
                ),
            ]
            assert client.post("/load", files=files).status_code < 500
        for body in ({"id": "b", "name": canary, "type": canary}, {"id": canary, "name": "B"}):
            client.post("/things/barriers", json=body)
        client.put(
            "/queries/out", json={"label": canary, "query": f"SELECT * FROM <{canary}> {{ ?s ?p ?o }}"}
        )
        client.get("/queries/out")


def _names(path: str) -> list[str]:
    return [part.split("}")[0] for part in path.split("{")[1:]]
