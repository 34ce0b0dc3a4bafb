"""The container file and the systemd unit name what is there: files, commands, settings. Neither is built here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from api.cli import app

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "examples" / "deploy"
CONTAINER, UNIT = (DEPLOY / "Containerfile").read_text(), (DEPLOY / "joinedup.service").read_text()
SERVE = get_command(app).commands["serve"]  # type: ignore[attr-defined]
NAMES = {f"JOINEDUP_{p.name.upper()}" for p in SERVE.params}


def test_what_the_container_is_built_from_is_there_and_is_all_that_the_wheel_takes() -> None:
    copied = [
        name for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, re.M) for name in line.split()[:-1]
    ]
    assert all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= set(copied)
    assert {project["project"]["readme"], *project["project"]["license-files"]} <= set(copied)


@pytest.mark.parametrize(
    "line",
    [
        " ".join(json.loads(re.findall(r"^CMD (.+)$", CONTAINER, re.M)[-1])),
        re.findall(r"^ExecStart=\S+/(.+)$", UNIT, re.M)[0],
    ],
    ids=["container", "unit"],
)
def test_the_command_that_is_run_is_one_of_ours(line: str) -> None:
    program, command, *arguments = line.split()
    assert (program, command) == ("joinedup", "serve")
    SERVE.make_context("joinedup serve", arguments, resilient_parsing=True)
    assert {a for a in arguments if a.startswith("--")} <= {o for p in SERVE.params for o in p.opts}


@pytest.mark.parametrize("text", [CONTAINER, UNIT], ids=["container", "unit"])
def test_every_variable_is_a_setting(text: str) -> None:
    found = set(re.findall(r"\b(JOINEDUP_\w+)=", text))
    assert "JOINEDUP_STORE" in found and found <= NAMES


def test_the_settings_that_come_with_them_are_settings() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JOINEDUP_")}
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "settings"],
        env={**clean, "JOINEDUP_SETTINGS": str(DEPLOY / "joinedup.toml")},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "graph.example.gov" in done.stdout


def test_nothing_runs_as_root_in_the_container_and_only_the_store_is_written_to() -> None:
    assert re.findall(r"^USER (\S+)$", CONTAINER, re.M) == ["10001"]
    [volume] = re.findall(r"^VOLUME (\S+)$", CONTAINER, re.M)
    assert f"JOINEDUP_STORE={volume}/" in CONTAINER and "HEALTHCHECK" in CONTAINER


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_understands_the_unit() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(DEPLOY / "joinedup.service")], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if "joinedup.service" in line]
    assert [line for line in said if "is not executable" not in line] == []
