"""Settings: the command line goes before the environment, that before the file, and that before the default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def settings(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """What `joinedup settings` says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JOINEDUP_")}
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "settings", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", **environment},
        timeout=60,
    )


def said(text: str, name: str) -> list[str]:
    """The value of a setting and where it is from."""
    [line] = [line for line in text.splitlines() if line.split()[:1] == [name]]
    return [part.strip() for part in line.replace("│", "|").split("|")][1:3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that gives four settings, one of them in a group."""
    path = tmp_path / "joinedup.toml"
    path.write_text(
        'port = 8101\nquery-seconds = 5\nworkers = 3\nhost-name = ["a.example", "b.example"]\n'
        '[oidc]\nissuer = "https://login.example"\n'
    )
    return path


def test_each_source_goes_before_the_next(file: Path) -> None:
    done = settings(
        "--settings", str(file), "--port", "8103", JOINEDUP_PORT="8102", JOINEDUP_QUERY_SECONDS="7.5"
    )
    assert done.returncode == 0, done.stderr
    assert said(done.stdout, "port") == ["8103", "command line"]
    assert said(done.stdout, "query-seconds") == ["7.5", "environment"]
    assert said(done.stdout, "workers") == ["3", "file"]
    assert said(done.stdout, "host-name") == ["a.example, b.example", "file"]
    assert said(done.stdout, "oidc-issuer") == ["https://login.example", "file"]
    assert said(done.stdout, "host") == ["127.0.0.1", "default"]


def test_the_environment_may_name_the_file(file: Path) -> None:
    done = settings(JOINEDUP_SETTINGS=str(file))
    assert said(done.stdout, "port") == ["8101", "file"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("prot = 1", "prot is no setting. Did you mean port?"),
        ("[oidc]\nisuer = 'x'", "oidc-isuer is no setting. Did you mean oidc-issuer?"),
        ("load-first = ['x']", "load-first is no setting."),
        ("port = ", "is not TOML"),
        ("port = 'many'", "Invalid value for '--port'"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    done = settings("--settings", str(path))
    assert done.returncode and sentence in done.stderr and "Traceback" not in done.stderr
    assert str(tmp_path) not in done.stderr


def test_a_slip_in_the_environment_is_told_and_what_is_not_ours_is_not() -> None:
    assert "Did you mean JOINEDUP_LOG_LEVEL?" in settings(JOINEDUP_LOG_LEVLE="info").stderr
    assert settings(JOINEDUP_FROM_ELSEWHERE_ALTOGETHER="x").returncode == 0


def test_a_file_that_is_not_there_is_told() -> None:
    done = settings("--settings", "nowhere.toml")
    assert done.returncode and "nowhere.toml cannot be read" in done.stderr
