"""The audit log: every write and refusal is told, nothing that was written is, and a change of the log is seen."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.audit import FILE, faults, lines, record
from graph.behalf import Behalf, acting
from graph.editing import Editor
from graph.errors import LoadRefused, NotValid, Stale, WriteRefused
from graph.identity.judging import judge, undo
from graph.ingest.load import load
from graph.store import Store, open_store
from graph.tokens import Tokens

Tables = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path, tables: Tables) -> Store:
    """A store into which one file was loaded."""
    opened = open_store(tmp_path / "store")
    load(opened, [tables(organisations="id,name\none,A clinic\ntwo,A Clinic.\n")])
    return opened


def told(store: Store) -> list[tuple[object, ...]]:
    return [(e["what"], e["outcome"], e["before"], e["after"]) for e in lines(store.path)]


def test_each_write_and_each_refusal_is_one_line_with_the_versions(store: Store, tables: Tables) -> None:
    load(store, [tables(organisations="id,name\none,A clinic\ntwo,A Clinic.\n")])
    with pytest.raises(LoadRefused):
        load(store, [tables(organisations="id,name\none,\n")])
    judge(store, "organisation/one", "organisation/two", verdict="same", by="analyst", because="One address")
    undo(store, 1, by="analyst")
    with Editor(store, seconds=20) as editor:
        editor.update("INSERT DATA { <http://e/a> <http://e/b> 1 }", base_iri="http://e/")
        editor.replace("http://e/g", b"<http://e/a> <http://e/b> 1 .", "text/turtle")
        editor.remove("http://e/g")
        with pytest.raises(WriteRefused):
            editor.update("DROP ALL", base_iri="http://e/")
    assert told(store) == [
        ("load", "done", 0, 1),
        ("load", "unchanged", 1, 1),
        ("load", "refused", 1, 1),
        ("judge", "done", 1, 2),
        ("undo a judgement", "done", 2, 3),
        ("sparql update", "done", 3, 4),
        ("graph replace", "done", 4, 5),
        ("graph remove", "done", 5, 6),
        ("sparql update", "refused", 6, 6),
    ]
    assert faults(store.path, store.version) == []


def test_it_says_who_and_how_much_and_never_what_was_written(store: Store) -> None:
    word = "Zyzzyva"
    with acting(Behalf("analysts of the unit", f"because of {word}")), Editor(store, seconds=20) as editor:
        editor.update(f"INSERT DATA {{ <http://e/a> <http://e/b> '{word}' }}", base_iri="http://e/")
        with pytest.raises(NotValid):
            text = f"INSERT DATA {{ <http://e/x> a ju:Barrier ; dcterms:description '{word}' }}"
            editor.update(text, base_iri="http://e/")
    done, refused = lines(store.path)[-2:]
    assert (done["who"], done["added"], done["removed"]) == ("analysts of the unit", 1, 0)
    assert done["graphs"] == ["https://joinedup.example/id/source/edits"]
    assert refused["why"] == "NotValid"
    assert store.path and word not in (store.path / FILE).read_text()
    assert stat.S_IMODE((store.path / FILE).stat().st_mode) == 0o600


def test_a_token_is_told_by_its_role_and_never_by_its_secret(store: Store) -> None:
    tokens = Tokens(store)
    token, secret = tokens.create("analysts", "read", "analyst", 30)
    tokens.revoke(token.id)
    assert [e["what"] for e in lines(store.path)[-2:]] == ["create a token", "revoke a token"]
    assert store.path
    log = (store.path / FILE).read_text()
    assert secret not in log and token.sha256 not in log


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda told: [told[0].replace("this machine", "somebody"), *told[1:]], "not as it was written"),
        (lambda told: [told[0], *told[2:]], "does not follow"),
        (lambda told: [told[1], told[0], *told[2:]], "does not follow"),
        (lambda told: told[:-1], "missing at its end"),
        (lambda told: [told[0], "{}", *told[2:]], "not a line of the log"),
    ],
)
def test_a_change_of_the_log_is_seen(store: Store, tables: Tables, spoil: Callable[[list[str]], list[str]], says: str) -> None:  # fmt: skip
    record(store.path, "backup")
    load(store, [tables(organisations="id,name\none,Another clinic\ntwo,A Clinic.\n")])
    assert store.path
    path = store.path / FILE
    assert faults(store.path, store.version) == []
    path.write_text("\n".join(spoil(path.read_text().splitlines())) + "\n")
    assert any(says in fault for fault in faults(store.path, store.version))


def test_a_line_that_was_torn_is_mended_and_that_is_told(store: Store) -> None:
    assert store.path
    path = store.path / FILE
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n": 2, "when": "20')
    record(store.path, "backup")
    assert [e["what"] for e in lines(store.path)] == ["load", "mended", "backup"]
    assert faults(store.path, store.version) == []
    assert path.read_bytes().startswith(whole)


def test_a_version_that_nobody_told_of_is_found_by_the_next_one_that_writes(store: Store) -> None:
    assert store.path
    (store.path / FILE).unlink()
    with Editor(store, seconds=20) as editor:
        editor.update("INSERT DATA { <http://e/a> <http://e/b> 1 }", base_iri="http://e/")
    assert told(store) == [("found", "done", 0, 1), ("sparql update", "done", 1, 2)]


def test_a_write_at_a_version_that_is_past_is_refused_and_told(store: Store) -> None:
    before = store.version
    with (
        acting(Behalf(at=frozenset({before - 1}))),
        Editor(store, seconds=20) as editor,
        pytest.raises(Stale),
    ):
        editor.update("INSERT DATA { <http://e/a> <http://e/b> 1 }", base_iri="http://e/")
    assert store.version == before
    assert lines(store.path)[-1]["why"] == "Stale"


def test_nothing_is_made_where_there_is_no_store(tmp_path: Path, tables: Tables) -> None:
    with pytest.raises(LoadRefused):
        load(open_store(tmp_path / "new"), [tables(organisations="id,name\none,\n")])
    assert not (tmp_path / "new").exists()


def test_the_command_prints_the_log_and_fails_where_it_is_not_whole(store: Store) -> None:
    import sys

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-c",
            "from api.cli import main; main()",
            "audit",
            "--store",
            str(store.path),
        ]
        root = Path(__file__).parent.parent
        return subprocess.run([*command, *options], capture_output=True, text=True, cwd=root, timeout=60)

    assert store.path
    [entry] = json.loads(run("--format", "json").stdout)
    assert (entry["what"], entry["after"]) == ("load", 1)
    assert run("--since", "2999-01-01", "--format", "csv").stdout.splitlines() == ["when,who,what,outcome,before,after,of what"]  # fmt: skip
    assert run("--since", "soon").returncode == 1
    assert (run("--verify").returncode, run("--verify").stdout) == (0, "The log is whole: 1 lines, up to version 1.\n")  # fmt: skip
    path = store.path / FILE
    path.write_text(path.read_text().replace("this machine", "somebody else"))
    spoilt = run("--verify")
    assert spoilt.returncode == 1 and "Line 1 is not as it was written." in spoilt.stderr
