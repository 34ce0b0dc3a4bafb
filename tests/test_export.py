"""Export and the round trip: what is written can be loaded into another store, which then says the same."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Issue, NotFound, StoreUnusable
from graph.export import FORMATS, export
from graph.ingest.load import load
from graph.store import Store, open_store
from ontology.terms import JU

ENDING = {"nquads": "nq", "trig": "trig", "turtle": "ttl", "nt": "nt", "jsonld": "jsonld"}
Tables = Callable[..., Path]
Refusal = Callable[..., list[Issue]]
Small = dict[str, str]


def said(store: Store) -> set[ox.Triple]:
    """What the sources of a store say, but for what they say of themselves and of how they were loaded."""
    dataset = store.loaded()
    sources = {row["source"] for row in dataset.select("publication/sources")}
    mechanics = (
        "https://joinedup.example/id/source/",
        "https://joinedup.example/id/import/",
        "https://w3id.org/",
    )
    return {
        quad.triple
        for source in sources
        for quad in dataset.quads_in(source)
        if not quad.subject.value.startswith(mechanics)
    }


def written(store: Store, folder: Path, format: str = "nquads", source: str | None = None) -> Path:
    """The file that a store exports."""
    path = folder / f"all.{ENDING[format]}"
    with path.open("wb") as file:
        export(store, file, format, source)
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_the_example_comes_through_every_format_as_it_was(
    example_store: Store, example_folder: Path, tmp_path: Path, format: str
) -> None:
    again = open_store("memory")
    report = load(again, [written(example_store, tmp_path, format)])
    assert said(again) == said(example_store)
    assert len(said(again)) > 800
    (warning,) = (warning for warning in report.warnings if "how files were loaded" in warning.reason)
    assert "They are left out" in warning.reason
    assert (
        report.sources[0].rows["findings"]
        == len((example_folder / "findings.csv").read_text().splitlines()) - 1
    )


def test_an_export_of_an_export_is_the_same_and_loading_it_again_changes_nothing(
    example_store: Store, tmp_path: Path
) -> None:
    again = open_store("memory")
    path = written(example_store, tmp_path)
    load(again, [path])
    assert load(again, [path]).sources[0].outcome == "unchanged"
    third = open_store("memory")
    (tmp_path / "more").mkdir()
    load(third, [written(again, tmp_path / "more")])
    assert said(third) == said(example_store)


def test_the_answers_of_tables_and_of_rdf_are_the_same(example_store: Store, tmp_path: Path) -> None:
    again = open_store("memory")
    load(again, [written(example_store, tmp_path)])
    query = "PREFIX ju: <https://w3id.org/joinedup/ontology#> SELECT DISTINCT ?a ?p ?b { ?a ?p ?b FILTER(?p IN (ju:blocks, ju:ledBy, ju:dependsOn, ju:heldBy, ju:replacedBy)) }"
    answers = [sorted(map(str, store.dataset().solutions(query)[1])) for store in (example_store, again)]
    assert answers[0] == answers[1]
    assert len(answers[0]) > 20


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x7f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff;\r\n\"",
                  exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40
).map(str.strip).filter(lambda text: text and "@" not in text and not any(c.isdigit() for c in text))  # fmt: skip


@given(
    name=TEXT,
    stances=st.lists(st.sampled_from(["supports", "disputes"]), min_size=1, max_size=4),
    role=st.sampled_from(["lead", "co-owner", "funder", "delivers", "regulates"]),
    until=st.sampled_from(["", "2013-12-31"]),
    kind=st.sampled_from(["ministerial-department", "executive-agency", ""]),
    format=st.sampled_from(sorted(FORMATS)),
)
def test_whatever_tables_say_comes_back(
    name: str, stances: list[str], role: str, until: str, kind: str, format: str
) -> None:
    findings = "".join(f'f{n},p,b,{s},3,d,"{name}"\n' for n, s in enumerate(stances))
    tables = {
        "organisations": f'id,name,kind,replaces\no,"{name}",{kind},q\nq,Q,,\n',
        "programmes": f'id,name,lead\np,"{name}",q\np2,P2,q\n',
        "participations": f"programme,organisation,role,from,until\np,o,{role},2013-01-01,{until}\n",
        "dependencies": "dependent,provider,kind\np,p2,technology\n",
        "barriers": f'id,name\nb,"{name}"\n',
        "levers": "id,name,holder,barriers\nl,L,o,b\n",
        "datasets": "id,name\nd,D\n",
        "findings": "id,programme,barrier,stance,severity,dataset,summary\n" + findings,
        "deep_dives": "id,name,question,quarter\ndd,DD,Why?,2014-Q1\n",
    }
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for table, text in tables.items():
            (folder / f"{table}.csv").write_text(text, encoding="utf-8")
        first, again = open_store("memory"), open_store("memory")
        load(first, [folder])
        load(again, [written(first, folder, format)])
        assert said(again) == said(first)


def test_what_follows_from_rows_follows_from_rdf_that_does_not_say_it(
    tables: Tables, small: Small, tmp_path: Path
) -> None:
    first, again = open_store("memory"), open_store("memory")
    more = {
        "dependencies": "dependent,provider,kind\nskills,homes,technology\n",
        "levers": "id,name,holder,barriers\nl,L,dea,data\n",
        "changes": "id,before,after,kind\nx,college,dea,merged\n",
        "participations": "programme,organisation,role\nskills,college,delivers\n",
        "quarters": "id\n2014-Q1\n",
    }
    load(first, [tables(**small, **more)])
    derived = {
        str(p)
        for p in (
            JU.blocks,
            JU.ledBy,
            JU.dependsOn,
            JU.heldBy,
            JU.replacedBy,
            JU.deliveredBy,
            JU["from"],
            JU.until,
        )
    }
    types = {str(t) for t in (JU.Department, JU.DeliveryPartner)} | {"http://www.w3.org/ns/org#Organization"}
    bare = [
        triple
        for triple in said(first)
        if triple.predicate.value not in derived and getattr(triple.object, "value", "") not in types
    ]
    assert len(said(first)) - len(bare) >= 12
    path = tmp_path / "bare.nt"
    path.write_bytes(ox.serialize(bare, format=ox.RdfFormat.N_TRIPLES) or b"")
    load(again, [path])
    assert said(again) == said(first)


def test_one_source_is_exported_by_its_name_and_others_are_named_where_there_is_none(
    example_store: Store, tmp_path: Path
) -> None:
    buffer = io.BytesIO()
    report = export(example_store, buffer, "nt", "barriers.csv")
    assert report.sources == 1
    assert b"/id/barrier/" in buffer.getvalue()
    assert b"/id/interview/" not in buffer.getvalue()
    with pytest.raises(NotFound, match=r"no source “gone”. Choose from .*barriers\.csv"):
        export(example_store, buffer, "nt", "gone")
    with pytest.raises(NotFound, match="no format “csv”"):
        export(example_store, buffer, "csv")
    with pytest.raises(StoreUnusable, match="empty"):
        export(open_store("memory"), buffer)


def test_what_few_may_see_is_not_loaded_for_many(
    tables: Tables, small: Small, tmp_path: Path, refusal: Refusal
) -> None:
    store, other = open_store("memory"), open_store("memory")
    load(store, [tables(**small)], marking="sensitive")
    path = written(store, tmp_path)
    (issue,) = (issue for issue in refusal(other, path) if issue.severity == "error")
    assert (issue.reason, issue.remedy) == (
        "holds statements of sources that are marked sensitive, and would be marked official.",
        "Load it with --marking sensitive.",
    )
    assert load(other, [path], marking="sensitive").version == 1


def test_the_command_writes_a_file_that_the_command_loads(
    tables: Tables, small: Small, tmp_path: Path
) -> None:
    def joinedup(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    one, two, file = tmp_path / "one", tmp_path / "two", tmp_path / "all.nq"
    assert joinedup("load", tables(**small), "--store", one).returncode == 0
    done = joinedup("export", "-o", file, "--store", one)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Whoever gets it sees what is marked official." in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.nq", "one", "tables"]
    assert joinedup("export", "--store", one).stdout == file.read_text()
    assert joinedup("load", file, "--store", two, "--dry-run").returncode == 0
    assert not two.exists()
    assert joinedup("validate", file, "--store", two).returncode == 0
    assert joinedup("load", file, "--store", two).returncode == 0
    assert said(open_store(two)) == said(open_store(one))
    lost = joinedup("export", "-o", tmp_path / "gone" / "all.nq", "--store", one)
    assert (lost.returncode, "cannot be written" in lost.stderr) == (1, True)
    assert "Traceback" not in lost.stderr
