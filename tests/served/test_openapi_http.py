"""The OpenAPI document: valid, with stable names, and true of what the server answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.described import operations
from graph.analysis import analyses

GOLDEN = Path(__file__).parents[1] / "data" / "operations.txt"
NEEDS_MORE = {
    "load_job": "a load must be going on",
    "load_job_events": "a load must be going on",
    "changes_events": "it never ends",
    "row": "a row must have been written by hand",
    "graph_at_address": "a graph must have been written there",
}


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_no_operation_is_renamed_or_dropped_unawares(document: dict[str, Any]) -> None:
    """Clients are generated from these names. A change that is meant is made in tests/data/operations.txt too."""
    found = [
        f"{operation['operationId']} {method.upper()} {path}"
        for method, path, operation in operations(document)
    ]
    assert len({line.split()[0] for line in found}) == len(found), "an operationId stands twice"
    assert sorted(found) == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_every_operation_has_a_tag_a_summary_and_problems_in_one_shape(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for _, path, operation in operations(document):
        assert operation["summary"] and set(operation["tags"]) <= tags, path
        problem = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}


def test_every_answer_says_what_it_is_made_of(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            for media, said in response.get("content", {}).items():
                assert said.get("schema"), f"{path} {status} {media}"
    rows = document["components"]["schemas"]["SharedBlockersAnswer"]["properties"]["rows"]
    assert rows["items"] == {"$ref": "#/components/schemas/SharedBlocker"}
    assert len([n for n in document["components"]["schemas"] if n.endswith("Answer")]) == len(analyses())


def test_the_token_is_declared_once_for_all(document: dict[str, Any]) -> None:
    (scheme,) = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert {"token": []} in document["security"]


def test_every_example_runs_and_its_answer_is_as_declared(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    tried, wrong = 0, []
    for method, path, operation in operations(document):
        name = operation["operationId"]
        if method != "get" or name in NEEDS_MORE:
            continue
        given = operation.get("parameters", [])
        address = path.format(**{p["name"]: p.get("example", "") for p in given if p["in"] == "path"})
        asked = {p["name"]: p["example"] for p in given if p["in"] == "query" and "example" in p}
        answer = client.get(address, params=asked, headers={"Accept": "*/*"})
        tried += 1
        if said := _wrong(answer, operation["responses"], document):
            wrong.append(f"{address} {asked}: {said}")
    assert tried > 100 and not wrong, "\n".join(wrong)


def _wrong(answer: httpx.Response, declared: dict[str, Any], document: dict[str, Any]) -> str:
    if str(answer.status_code) not in declared or answer.status_code >= 400:
        return f"{answer.status_code} {answer.text[:200]}"
    content = declared[str(answer.status_code)].get("content", {})
    media = answer.headers.get("content-type", "").split(";")[0]
    if content and media not in content:
        return f"{media} is not declared"
    if content and media.endswith("json"):
        schema = {**content[media]["schema"], "components": document["components"]}
        try:
            jsonschema.validate(json.loads(answer.text), schema)
        except jsonschema.ValidationError as error:
            return error.message[:300]
    return ""
