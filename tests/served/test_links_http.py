"""Paths and chains from outside: over HTTP, on a page with names to choose from, and on the command line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_paths_come_as_json_with_every_step_and_what_it_rests_on(client: httpx.Client) -> None:
    found = client.get(
        "/analyses/why-linked.json", params={"one": "Help to Buy", "other": "right-to-buy", "most": 2}
    ).json()
    assert found["count"] == len(found["rows"]) == 2 < found["of"]
    first = found["rows"][0]
    assert (first["path"], first["hops"]) == ("Help to Buy works with Right to Buy.", 1)
    assert first["steps"][0]["thing"]["iri"].endswith("/id/programme/right-to-buy")
    statements = [g["statement"]["iri"] for g in first["evidence"]]
    assert len(statements) == 1 and "/id/tie/" in statements[0]


@pytest.mark.parametrize(
    "query", ["", "?one=&other=", "?one=help-to-buy", "?other=DWP", "?one=DWP&other=dwp"]
)
@pytest.mark.parametrize("form", ["html", "json", "csv"])
def test_names_that_are_left_empty_are_no_error(client: httpx.Client, query: str, form: str) -> None:
    assert client.get(f"/analyses/why-linked.{form}{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["one=zzz&other=DWP", "one=DWP&other=%00", "one=http://%5B&other=x", "one=DWP&other=DfE&most=0"]
)
def test_a_name_that_fits_nothing_is_a_problem_and_says_which(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/analyses/why-linked.json?{query}")
    assert answer.status_code == 400
    assert answer.json()["detail"].split(":")[0] in {"one", "other", "most"}


def test_the_form_offers_names_and_the_checks(client: httpx.Client) -> None:
    page = client.get("/analyses/why-linked.html").text
    assert 'list="names-one"' in page and '<datalist id="names-other">' in page
    assert '<option value="Help to Buy">' in page
    checks = client.get("/analyses/chain-weak-points.html").text
    assert '<option value="shared-point">' in checks


@pytest.mark.parametrize("name", ["why-linked", "chain-weak-points"])
def test_both_are_in_the_menu_of_every_page(client: httpx.Client, name: str) -> None:
    assert f'href="/analyses/{name}"' in client.get("/", headers={"Accept": "text/html"}).text


def test_the_chain_of_one_programme_on_the_command_line_and_over_http(
    joinedup: Run, store: Path, client: httpx.Client
) -> None:
    asked = ["chain-weak-points", "--programme", "Start-up loans", "--store", store, "--format"]
    lines = list(csv.DictReader(io.StringIO(joinedup(*asked, "csv").stdout)))
    told = json.loads(joinedup(*asked, "json").stdout)
    served = client.get("/analyses/chain-weak-points.json", params={"programme": "start-up-loans"}).json()
    assert told["rows"] == served["rows"] and [r["check"] for r in told["rows"]] == [
        r["check"] for r in lines
    ]
    assert told["summary"].startswith(
        "Start-up loans: Minister → Department for Business, Innovation & Skills → An enterprise agency in the north"
    )


def test_a_name_that_fits_nothing_is_a_sentence_on_the_command_line(joinedup: Run, store: Path) -> None:
    done = joinedup("why-linked", "--one", "Rigth to Buy", "--other", "DWP", "--store", store)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "Did you mean “Right to Buy”" in " ".join(done.stderr.split())
