"""Overlap candidates, corroboration and lost in translation from outside: page, JSON, CSV and command line."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

HTML = {"Accept": "text/html"}
NEW = {
    "overlap-candidates": "Who may be doing the same thing?",
    "corroboration": "How many independent sources does each barrier rest on, and what speaks against it?",
    "lost-in-translation": "What becomes of an objective on its way from the minister to the user?",
}


@pytest.mark.parametrize("name", NEW)
def test_page_json_and_csv_say_the_same(client: httpx.Client, name: str) -> None:
    page = client.get(f"/analyses/{name}", headers=HTML)
    answer = client.get(f"/analyses/{name}.json").json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/analyses/{name}.csv").text)))
    assert page.status_code == 200 and NEW[name] in page.text and answer["question"] == NEW[name]
    assert answer["count"] == len(rows) == len(answer["rows"]) > 0
    thing = next(iter(answer["rows"][0]))
    assert [row[thing]["iri"] for row in answer["rows"]] == [row[f"{thing}_iri"] for row in rows]
    assert all(row[thing] in page.text for row in rows)
    for caveat in answer["caveats"]:
        assert caveat.split(":")[0].replace("'", "&#39;") in page.text.replace("&amp;#39;", "&#39;")


@pytest.mark.parametrize("name", NEW)
def test_it_is_in_the_menu_of_every_page(client: httpx.Client, name: str) -> None:
    assert f'href="/analyses/{name}"' in client.get("/", headers=HTML).text


@pytest.mark.parametrize("name", NEW)
def test_the_command_line_gives_the_rows_that_http_gives(
    joinedup: Callable[..., subprocess.CompletedProcess[str]], store: Path, client: httpx.Client, name: str
) -> None:
    done = joinedup(name, "--store", store, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == client.get(f"/analyses/{name}.json").json()["rows"]


def test_one_edge_is_asked_for_by_names_and_an_unknown_one_is_a_problem(client: httpx.Client) -> None:
    asked = {"barrier": "late-figures", "programme": "apprenticeships"}
    (row,) = client.get("/analyses/corroboration", params=asked).json()["rows"]
    assert row["barrier"]["iri"].endswith("/late-figures") and row["programmes"] == 1
    answer = client.get("/analyses/corroboration", params={"barrier": "no-such-barrier"})
    assert answer.status_code == 400 and "barrier" in answer.json()["detail"]
