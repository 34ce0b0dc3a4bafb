"""Analyses: declared once and completely, their queries valid as they stand, their examples true."""

from __future__ import annotations

import ast
import csv
import doctest
import importlib
import io
import json
import math
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pyoxigraph as ox
import pytest
from pydantic import Field

import graph.analyses
import graph.analysis
from graph.analysis import Analysis, AsOf, Result, Thing, analyses, analysis, column, find_analysis
from graph.dataset import Dataset, bound, query_text
from graph.errors import BadParameter, NotFound
from graph.replica import STATE
from graph.store import open_store
from graph.tabular import as_csv, as_json, cell, table
from ontology.terms import PREFIXES

GRAPH = Path(graph.analysis.__file__).parent
QUERIES = sorted(str(p.relative_to(GRAPH).with_suffix("")) for p in GRAPH.rglob("*.rq"))
NAMES = sorted(analyses())


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """What a test declares is forgotten after it."""
    before = dict(graph.analysis._REGISTRY)
    yield
    graph.analysis._REGISTRY.clear()
    graph.analysis._REGISTRY.update(before)


@dataclass(frozen=True)
class Counted:
    thing: Annotated[Thing, column("The thing")]
    share: Annotated[float | None, column("Its share, from 0 to 1", "findings")]


# --- Declaring --------------------------------------------------------------------------------


def test_a_parameter_without_a_description_fails_at_import() -> None:
    with pytest.raises(TypeError, match="the parameter least has no description"):

        @analysis
        def some(dataset: Dataset, *, least: int = 1, as_of: AsOf = None) -> Result[Counted]:
            """Some?"""
            raise NotImplementedError


def test_a_column_without_a_description_fails_at_import() -> None:
    @dataclass(frozen=True)
    class Bare:
        count: int

    globals()["Bare"] = Bare
    with pytest.raises(TypeError, match="the column count has no description"):

        @analysis
        def some(dataset: Dataset, *, as_of: AsOf = None) -> Result[Bare]:
            """Some?"""
            raise NotImplementedError


def test_an_analysis_without_a_docstring_fails_at_import() -> None:
    with pytest.raises(TypeError, match="some has no docstring"):

        @analysis
        def some(dataset: Dataset, *, as_of: AsOf = None) -> Result[Counted]:
            raise NotImplementedError


def test_one_declaration_gives_name_question_explanation_parameters_and_columns() -> None:
    @analysis
    def some_counts(
        dataset: Dataset,
        *,
        least: Annotated[int, Field(ge=1, description="At least")] = 2,
        as_of: AsOf = None,
    ) -> Result[Counted]:
        """How many?

        A first
        paragraph.

        A second.

        Examples
        --------
        >>> 1
        1
        """
        return Result([Counted(Thing("https://x/a", "A"), 0.5)], least, "things", "One.", date(2014, 4, 16))

    declared = graph.analysis._REGISTRY["some_counts"]
    assert (declared.command, declared.title, declared.question) == (
        "some-counts",
        "Some counts",
        "How many?",
    )
    assert declared.explanation == ["A first paragraph.", "A second."]
    assert list(declared.parameters.model_fields) == ["least", "as_of"]
    assert [(c.name, c.title, c.description, c.evidence) for c in declared.columns] == [
        ("thing", "thing", "The thing", None),
        ("share", "share", "Its share, from 0 to 1", "findings"),
    ]
    dataset = open_store("memory").dataset()
    assert declared.run(dataset, {"least": "7", "as_of": ""}).of == 7
    with pytest.raises(BadParameter, match="least: input should be greater than or equal to 1"):
        declared.run(dataset, {"least": 0})
    with pytest.raises(BadParameter, match="There is no parameter most; choose from least, as_of"):
        declared.run(dataset, {"most": 1})


@pytest.mark.parametrize("name", NAMES)
def test_every_analysis_is_found_by_either_spelling(name: str) -> None:
    assert find_analysis(name) is find_analysis(name.replace("_", "-")) is analyses()[name]


def test_an_unknown_analysis_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        NotFound,
        match="missing-ties, overlap-candidates, partner-concentration, shared-blockers, silo-overview",
    ):
        find_analysis("astrology")


@pytest.mark.parametrize("name", NAMES)
def test_file_function_and_command_have_one_name(name: str) -> None:
    declared = analyses()[name]
    assert declared.function.__module__ == f"graph.analyses.{name}"
    assert declared.function.__name__ == name
    assert declared.command == name.replace("_", "-")


@pytest.mark.parametrize("name", NAMES)
def test_every_analysis_asks_a_question_and_says_how_when_it_misleads_and_shows_an_example(name: str) -> None:
    declared = analyses()[name]
    assert declared.question.endswith("?")
    assert len(declared.explanation) >= 2
    assert any(paragraph.startswith("Caveat: ") for paragraph in declared.explanation)
    assert ">>> " in (declared.function.__doc__ or "")
    assert "as_of" in declared.parameters.model_fields


# --- Answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_says_how_many_of_how_many_as_of_when_in_a_sentence(name: str, example: Dataset) -> None:
    result = analyses()[name].run(example)
    assert 0 < len(result.rows) <= result.of
    assert result.of_what
    assert result.summary.endswith(".")
    assert result.as_of == date(2014, 5, 30)
    assert result == analyses()[name].run(example, {"as_of": result.as_of.isoformat()})


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_of_any_store_or_day_holds_a_number_that_is_none(name: str, example: Dataset) -> None:
    for dataset in (example, open_store("memory").dataset()):
        for day in (None, "1900-01-01", "2014-02-01", "2999-12-31"):
            result = analyses()[name].run(dataset, {"as_of": day})
            for row in result.rows:
                for field in fields(row):
                    value = getattr(row, field.name)
                    assert not isinstance(value, float) or math.isfinite(value), (day, field.name)
            json.loads(as_json(analyses()[name], result))


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_an_answer_keeps_every_digit_and_names_things_twice(name: str, example: Dataset) -> None:
    declared = analyses()[name]
    result = declared.run(example)
    header, *lines = csv.reader(io.StringIO(as_csv(table(declared, result))))
    assert len(lines) == len(result.rows)
    for line, row in zip(lines, result.rows, strict=True):
        record = dict(zip(header, line, strict=True))
        for c in declared.columns:
            value = getattr(row, c.name)
            if isinstance(value, Thing):
                assert (record[c.name], record[f"{c.name}_iri"]) == (value.label, value.iri)
            elif isinstance(value, float):
                assert float(record[c.name]) == value


def test_cells_read_as_a_person_would_write_them() -> None:
    things = (Thing("https://x/a", "A"), Thing("https://x/b", "B"))
    assert [cell(v) for v in (None, things[0], True, 0.123456, date(2014, 4, 16), list(things), 7, "x")] == [
        "", "A", "yes", "0.1235", "2014-04-16", "A; B", "7", "x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "@SUM(A1)", "-cmd|'/c calc'!A1", "\tx", "\rx", "=HYPERLINK(1)"]
)
def test_a_cell_that_would_start_a_formula_is_made_inert(text: str) -> None:
    ((found,),) = csv.reader(io.StringIO(as_csv([[text]]), newline=""))
    assert found == f"'{text}"


@pytest.mark.parametrize("text", ["-0.68", "-7", "plain", "a=b", "", "-1e-9"])
def test_numbers_and_words_are_left_as_they_are(text: str) -> None:
    assert next(csv.reader(io.StringIO(as_csv([[text, "x"]]))))[0] == text


# --- Queries ----------------------------------------------------------------------------------


def sample(name: str) -> dict[str, Any]:
    """A value for each parameter of a query."""
    values: dict[str, Any] = {
        "as_of": date(2014, 6, 30),
        "since": date(2014, 3, 31),
        "thing": ox.NamedNode("https://x/a"),
        "property": ox.NamedNode("https://x/p"),
        "type": ox.NamedNode(PREFIXES["ju"] + "Barrier"),
        "dive": ox.NamedNode("https://x/id/deep-dive/a"),
        "register": ox.NamedNode("https://x/id/source/written"),
        "claim": ox.NamedNode("https://x/claim"),
        "graph": ox.NamedNode("https://x/graph"),
    }
    return {found: values[found] for found in parameters_of(name)}


def parameters_of(name: str) -> set[str]:
    lines = [line for line in query_text(name).splitlines() if not line.lstrip().startswith("#")]
    return set(re.findall(r"\$(\w+)", "\n".join(lines)))


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_says_what_it_asks_and_is_valid_once_its_parameters_are_bound(name: str) -> None:
    text = query_text(name)
    assert re.match(r"# .+\?", text), "the first line is the question"
    assert isinstance(ox.Store().query(text, prefixes=PREFIXES), ox.QuerySolutions), "valid as it stands"
    answer = ox.Store().query(bound(text, sample(name)), prefixes=PREFIXES)
    assert isinstance(answer, ox.QuerySolutions)
    totals = ("newest", "holdings/statements", "how_many", "statements", "in_graph", "engine_state/count")
    # A total has one row even where there is nothing.
    assert list(answer) == [] or name in totals


@pytest.mark.parametrize("name", QUERIES)
def test_every_prefix_a_query_declares_is_the_one_everyone_knows(name: str) -> None:
    declared = re.findall(r"^PREFIX (\w+): <([^>]*)>", query_text(name), flags=re.MULTILINE)
    # Which no statement of our own uses, and which only engines elsewhere hold.
    known = {**PREFIXES, "sh": "http://www.w3.org/ns/shacl#", "state": f"{STATE}#"}
    assert all(known[prefix] == namespace for prefix, namespace in declared)


def selects() -> Iterator[tuple[str, str, set[str]]]:
    """Each call of select() in our modules: the module, the query (where it is written out) and its parameters."""
    for path in sorted(GRAPH.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="dataset"), attr="select" | "columns"),
                    args=[ast.Constant(value=name), *_],
                ):  # a table of polars has a select of its own
                    yield path.name, str(name), {k.arg or "**" for k in node.keywords}


def test_every_parameter_of_a_query_is_given_by_its_caller_and_no_other() -> None:
    found = list(selects())
    assert len(found) >= 10
    for module, name, given in found:
        assert given == parameters_of(name), f"{module}: {name}"


def test_every_query_is_asked_by_somebody() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in GRAPH.rglob("*.py"))
    assert [name for name in QUERIES if f'"{name}"' not in text] == []


@pytest.mark.parametrize("module", [m.name for m in pkgutil.iter_modules(graph.analyses.__path__)])
def test_examples_in_docstrings_hold(module: str) -> None:
    outcome = doctest.testmod(importlib.import_module(f"graph.analyses.{module}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_asking_for_a_query_that_is_no_select_is_an_error(
    example: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.dataset.query_text", lambda _: "ASK {}")
    with pytest.raises(TypeError, match="not a SELECT query"):
        list(example.select("anything"))


def test_declared_analyses_are_of_their_own_kind() -> None:
    assert all(isinstance(declared, Analysis) for declared in analyses().values())
    assert NAMES == [
        "agenda", "authority_gap", "boundary_spanners", "chain_weak_points", "communities", "corroboration",
        "department_openness", "dependencies", "evidence_coverage", "fix_first", "fix_frontier", "follow_up",
        "front_line_gap", "if_removed", "lost_in_translation", "missing_ties", "overlap_candidates",
        "partner_concentration", "shared_blockers", "silo_overview", "since_last_quarter",
        "why_linked",
    ]  # fmt: skip
