"""The command line as a person uses it: what it prints, what it refuses, and how it says so."""

import csv
import hashlib
import io
import json
from pathlib import Path

import httpx
import pytest


def table_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.name.startswith("audit.")  # which tells of what changed nothing too
    }


def test_shared_blockers_as_csv_and_json_say_the_same(joinedup, store) -> None:  # type: ignore[no-untyped-def]
    lines = table_of(
        joinedup("shared-blockers", "--min-departments", "3", "--format", "csv", "--store", store).stdout
    )
    answer = json.loads(
        joinedup("shared-blockers", "--min-departments", "3", "--format", "json", "--store", store).stdout
    )
    assert [row["barrier"] for row in lines] == [row["barrier"]["label"] for row in answer["rows"]]
    assert all(int(row["departments"]) >= 3 for row in lines)
    assert answer["count"] == len(lines) < answer["of"]


def test_the_table_says_the_answer_how_many_of_how_many_and_its_caveats(joinedup, store) -> None:  # type: ignore[no-untyped-def]
    shown = joinedup("shared-blockers", "--format", "table", "--store", store).stdout
    assert "Figures reach the people who could act months too late" in shown
    assert "of 20 standing barriers, as of 2014-" in shown
    assert "Note: " in shown


def test_every_analysis_has_a_command_with_its_question(joinedup) -> None:  # type: ignore[no-untyped-def]
    for name, question in (
        ("silo-overview", "work apart"),
        ("missing-ties", "Who must coordinate"),
        ("shared-blockers", "holds back"),
    ):
        assert question in joinedup(name, "--help").stdout


def test_a_query_prints_csv_where_nobody_watches_and_a_table_on_request(joinedup, store) -> None:  # type: ignore[no-untyped-def]
    query = "SELECT (COUNT(DISTINCT ?p) AS ?n) WHERE { ?p a ju:Programme }"
    assert joinedup("query", query, "--store", store).stdout.splitlines() == ["n", "211"]
    assert "1 of 1 rows" in joinedup("query", query, "--format", "table", "--store", store).stdout
    assert (
        joinedup("query", "ASK { ?b ju:blocks ?p }", "--format", "table", "--store", store).stdout.strip()
        == "yes"
    )
    assert joinedup("query", "-", "--store", store, input=query).stdout.splitlines() == ["n", "211"]


def test_a_query_on_a_store_in_memory_finds_nothing_and_leaves_nothing(joinedup) -> None:  # type: ignore[no-untyped-def]
    assert joinedup(
        "query", "SELECT ?s WHERE { ?s a ju:Programme }", "--store", "memory"
    ).stdout.splitlines() == ["s"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["load", "nowhere.csv"], "There is no file nowhere.csv."),
        (
            ["load", "examples/deep-dive", "--mapping", "nope"],
            "There is no mapping “nope”. Shipped: cfir, code-matrix, gmpp, govuk-organisations",
        ),
        (["query", "SELEC"], "This is not SPARQL"),
        (["query", "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"], "SERVICE is refused"),
        (
            ["draw", "nope", "-o", "nope.html"],
            "There is no picture “nope”. Choose from agenda, authority-gap",
        ),
        (["serve", "--host", "0.0.0.0"], "can be reached by others"),
        (
            ["shared-blockers", "--min-departments", "0"],
            "min_departments: input should be greater than or equal to 1.",
        ),
    ],
)
def test_a_mistake_is_one_plain_sentence(joinedup, tmp_path, arguments, says) -> None:  # type: ignore[no-untyped-def]
    done = joinedup(*arguments, "--store", tmp_path / "store")
    assert done.returncode == 1
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "store").exists()


def test_a_folder_that_is_no_store_is_left_alone(joinedup, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "letter.txt").write_text("mine")
    done = joinedup("load", "examples/deep-dive", "--store", tmp_path)
    assert done.returncode == 1
    assert "is not a Joinedup store" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_loading_again_changes_nothing_and_a_mistake_leaves_every_byte(joinedup, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder, store = tmp_path / "tables", tmp_path / "store"
    joinedup("template", folder)
    assert "32 of 32 sources changed" in joinedup("load", folder / "tables", "--store", store).stdout
    before = fingerprint(store)
    assert "0 of 32 sources changed" in joinedup("load", folder / "tables", "--store", store).stdout
    assert fingerprint(store) == before
    findings = folder / "tables" / "findings.csv"
    findings.write_text(findings.read_text().replace("supports,4", "perhaps,9"))
    done = joinedup("load", folder / "tables", "--store", store)
    assert done.returncode == 1
    assert "findings.csv, row 2, column stance: “perhaps” is not one of: supports, disputes." in done.stderr
    assert "findings.csv, row 2, column severity: “9” is not a whole number from 1 to 5." in done.stderr
    assert "Nothing was loaded: 2 errors to correct." in done.stderr
    assert fingerprint(store) == before


def test_the_template_never_writes_over_anything(joinedup, tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert joinedup("template", tmp_path / "mine").returncode == 0
    again = joinedup("template", tmp_path / "mine")
    assert again.returncode == 1
    assert "already holds" in again.stderr


def test_a_server_shows_what_is_loaded_while_it_runs(joinedup, serve, tmp_path) -> None:  # type: ignore[no-untyped-def]
    store = tmp_path / "store"
    joinedup("load", "examples/major-projects", "--store", store)
    with serve(store) as address:
        assert httpx.get(f"{address}/barriers").json()["of"] == 0
        assert joinedup("load", "examples/deep-dive", "--store", store).returncode == 0
        assert httpx.get(f"{address}/barriers").json()["of"] == 21


def test_validate_counts_what_it_finds_and_fails_on_a_violation_only(joinedup, store, tmp_path) -> None:  # type: ignore[no-untyped-def]
    done = joinedup("validate", "--store", store)
    assert done.returncode == 0, done.stderr
    assert "Info: No recommendation addresses this barrier. (7 of 21)" in done.stdout
    assert "Shapes: 0 violations, 5 warnings, 13 notes" in done.stdout
    bad = tmp_path / "bad.nt"
    bad.write_text(
        "<https://a.example/b> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/joinedup/ontology#Barrier> .\n"
    )
    done = joinedup("validate", bad, "--store", "memory")
    assert done.returncode == 1
    assert "Violation: It has no name. (1 of 3)" in done.stdout
    assert "<https://a.example/b>" in done.stdout
