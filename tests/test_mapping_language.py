"""The mapping language: what each key does to a value, how things are found by name, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Issue, LoadRefused
from graph.ingest.catalogue import code
from graph.ingest.explained import schema_text
from graph.ingest.language import Mapping, Read, Rows, Value
from graph.ingest.load import load
from graph.ingest.mapping import MappingRefused, parsed
from graph.ingest.records import Record
from graph.ingest.scope import mapped_rows
from graph.store import Store, open_store
from ontology.terms import JU

HEAD = 'title = "x"\n[read]\nredacted = "exempt.*"\n[maps]\nkinds = { A = "One" }\n'


def made(value: str, tree: object = None, **cells: str) -> list[str]:
    """What a value, given as TOML, makes of a record."""
    mapping = parsed(f'{HEAD}[let]\nday = "Day"\n[[rows]]\ntable = "schemes"\ncolumns = {{ id = {value}, name = {{ constant = "n" }} }}\n', "m.toml", "m")  # fmt: skip
    record = Record(
        2,
        {key.replace("_", " "): [text] for key, text in cells.items()},
        line=list(cells.values()),
        tree=tree,
    )
    (row,) = mapped_rows(mapping, record, "file.csv")
    return row.cells.get("id", [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"partner"', ["A; B\\;C, Inc; Exempt"]),
        ('"@2"', ["3/14/2020"]),
        ('"@99"', []),
        ('"~colour.*"', ["red"]),
        ('{ from = "~colour.*", all = true }', ["red", "green"]),
        ('"colour 2"', ["green"]),
        ('{ constant = "lead" }', ["lead"]),
        ('{ from = "nowhere", default = "d" }', ["d"]),
        ('{ from = "partner", split = ";", escape = "\\\\" }', ["A", "B;C, Inc"]),
        ('{ from = "partner", split = ";|,", escape = "\\\\", keep = "C, Inc" }', ["A", "B;C, Inc"]),
        ("{ from = 'partner', split = '[;,]', escape = '\\', keep = '~, Inc\\b' }", ["A", "B;C, Inc"]),
        ('{ from = "partner", split = ";", take = "first" }', ["A"]),
        ('{ from = "day", date = "m/d/y" }', ["2020-03-14"]),
        ('{ from = "long", date = ["m/d/y", "month d, y"] }', ["2021-02-01"]),
        ('{ from = "money", number = { decimal = ",", thousands = ".", times = "0.000001", round = 3 } }', ["-1.235"]),
        ('{ from = "kind", map = { A = "First" } }', ["First"]),
        ('{ from = "kind", map = "kinds" }', ["One"]),
        ('{ from = "colour", map = { blue = "b" }, otherwise = "" }', []),
        ('{ from = "kept" }', []),
        ('{ from = "kept", redactions = "keep" }', ["Exempt under Section 43"]),
        ('{ from = "kept", redactions = "only" }', ["Exempt under Section 43"]),
        ('{ from = "colour", redactions = "only" }', []),
        ('{ from = ["kind", "colour"], join = "-" }', ["a-red"]),
        ('{ from = "broken", repair = true }', ["People’s"]),
        ('{ from = "kind", unless = "a" }', []),
    ],
)  # fmt: skip
def test_each_key_makes_of_a_value_what_it_says(value: str, expected: list[str]) -> None:
    assert (
        made(
            value,
            partner="A; B\\;C, Inc; Exempt",
            day="3/14/2020",
            long="February 1st, 2021",
            colour="red",
            colour_2="green",
            money="(1.234.567,00 EUR)",
            kind="a",
            kept="Exempt under Section 43",
            broken="Peopleâ\x80\x99s",
        )
        == expected
    )


TREE = {
    "a": [
        {"id": 1, "n": "x", "b": [{"c": "p"}, {"c": "q"}]},
        {"id": 2, "n": "y", "off": "yes", "b": {"c": "r"}},
    ]
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a.b.c", ["p", "q", "r"]),
        ("a[id=2].b.c", ["r"]),
        ("a[off!=yes].n", ["x"]),
        ("a[b.c=q].n", ["x"]),
        ("a[id=@day].n", ["y"]),
        ("a[id=3].n", []),
        ("/a.none.c", []),
    ],
)
def test_a_path_finds_what_stands_in_nested_records(path: str, expected: list[str]) -> None:
    assert made(f'"{path}"', tree=TREE, day="2") == expected


def test_nested_lists_make_rows_that_know_what_is_around_them() -> None:
    mapping = parsed(
        'title = "x"\n[let]\nboth = { from = ["a.n", "a.b.c"], join = "-" }\n'
        '[[rows]]\ntable = "schemes"\nwithin = "a[off!=yes].b"\ncolumns = { id = "both", name = "/a.id" }\n',
        "m.toml",
        "m",
    )
    rows = list(mapped_rows(mapping, Record(1, {}, tree=TREE), "f.json"))
    assert [row.cells for row in rows] == [
        {"id": ["x-p"], "name": ["1", "2"]},
        {"id": ["x-q"], "name": ["1", "2"]},
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_two_published_codes_never_become_one_id(one: str, other: str) -> None:
    assert (code(one) == code(other)) == (one == other)


@given(st.lists(st.text(alphabet="ab ,\\", min_size=1).map(str.strip).filter(bool), min_size=1, unique=True))
def test_values_joined_with_escaped_separators_come_apart_as_they_were(parts: list[str]) -> None:
    plain = [part.replace("\\", "") for part in parts]
    words = list(dict.fromkeys(" ".join(p.split()) for p in plain if p.strip()))
    cell = ";".join(word.replace(",", ";").replace(";", "\\;") for word in words)
    expected = [word.replace(",", ";") for word in words]
    if words and all(not word.startswith(",") for word in words):
        found = made("{ from = 'cell', split = ';', escape = '\\' }", cell=cell)
        assert [f.replace(" ", "") for f in found] == [e.replace(" ", "") for e in expected]


# --- Things by name -----------------------------------------------------------------------------

FINDS = """
title = "Schemes of known departments"
[[rows]]
table = "programmes"
columns = {{ id = {{ from = "Scheme", slug = true }}, name = "Scheme", lead = {{ from = "Who", find = "organisations", unknown = "{unknown}" }} }}
"""
KNOWN = (
    "id,name,abbreviation,kind\n"
    "dea,Department for Example & Affairs,DEA,ministerial-department\n"
    "dcm-old,Department of Culture,DCM,ministerial-department\n"
    "dcm-new,\"Department of Culture, Media\",DCM,ministerial-department\n"
)  # fmt: skip


def find(tmp_path: Path, who: str, unknown: str = "error") -> Store:
    (tmp_path / "organisations.csv").write_text(KNOWN, encoding="utf-8")
    (tmp_path / "m.toml").write_text(FINDS.format(unknown=unknown), encoding="utf-8")
    (tmp_path / "list.csv").write_text(f'Scheme,Who\nRoads,"{who}"\n', encoding="utf-8")
    store = open_store("memory")
    load(store, [tmp_path / "organisations.csv"])
    load(store, [tmp_path / "list.csv"], mapping=str(tmp_path / "m.toml"))
    return store


def leads(store: Store) -> list[str]:
    quads = store.dataset().backup_quads()
    return [str(q.object)[1:-1].rsplit("/", 1)[1] for q in quads if q.predicate.value == str(JU.ledBy)]


@pytest.mark.parametrize("who", ["dea", "department for example and affairs", "DEA"])
def test_a_thing_is_found_by_its_id_its_name_or_another_name(tmp_path: Path, who: str) -> None:
    assert leads(find(tmp_path, who)) == ["dea"]


def test_a_name_that_several_have_is_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused) as refusal:
        find(tmp_path, "DCM", "new")
    (issue,) = refusal.value.issues
    assert (issue.row, issue.column, issue.value) == (2, "Who", "DCM")
    assert "dcm-new (" in issue.reason
    assert "dcm-old (" in issue.reason


def test_an_unknown_name_is_an_error_a_new_thing_or_nothing_as_the_mapping_says(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused) as refusal:
        find(tmp_path, "Office of Odds")
    assert [i.column for i in refusal.value.issues] == ["Who"]
    assert leads(find(tmp_path, "Office of Odds", "drop")) == []
    store = find(tmp_path, "Office of Odds", "new")
    assert leads(store) == ["office-of-odds"]
    (tmp_path / "list.csv").write_text(
        "Scheme,Who\nRails,Office of Odds\nRoads,Office of Odds\n", encoding="utf-8"
    )
    load(store, [tmp_path / "list.csv"], mapping=str(tmp_path / "m.toml"))
    assert leads(store) == ["office-of-odds", "office-of-odds"]


# --- Mistakes -----------------------------------------------------------------------------------


def test_every_mistake_is_told_at_once_with_its_key_and_what_to_write() -> None:
    text = """
    titel = "x"
    [read]
    header = ["a"]
    [let]
    when = { from = "@when", date = "d/d/y" }
    [[rows]]
    table = "programme"
    [[rows]]
    table = "programmes"
    columns = { id = { from = "x", spilt = ";" }, nam = "y" }
    """
    with pytest.raises(MappingRefused) as refusal:
        parsed(text, "m.toml", "m")
    told: dict[str | None, Issue] = {issue.column: issue for issue in refusal.value.issues}
    assert all(issue.file == "m.toml" and issue.remedy for issue in told.values())
    assert "Did you mean title?" in told["titel"].remedy
    assert told["title"].reason == "is missing."
    assert "Did you mean headers?" in told["read.header"].remedy
    assert "Did you mean programmes?" in told["rows 1 (programme).table"].remedy
    assert "Did you mean split?" in told["rows 2 (programmes).columns.id.spilt"].remedy
    assert "Did you mean name?" in told["rows 2, programmes.nam"].remedy
    assert "rows 2, programmes.name" in told
    assert any(key and key.startswith("let.when.from") for key in told)
    assert any(key and key.startswith("let.when.date") for key in told)


def test_the_language_explains_every_key_it_has() -> None:
    text = schema_text()
    for model in (Mapping, Read, Rows, Value):
        for name, field in model.model_fields.items():
            if name in ("name", "checksum"):
                continue
            assert field.description, (model, name)
            assert f"  {field.alias or name}" in text
            assert field.description in text
    example = text.split("Example\n-------\n")[1]
    assert parsed(example, "example.toml", "example").title == "A list of ours"
