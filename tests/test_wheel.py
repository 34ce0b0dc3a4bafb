"""The built wheel, installed in a clean environment away from the source, does the main job."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment that holds the wheel and what it needs, nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def run(clean: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(clean / arguments[0]), *arguments[1:]], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_data_file_of_the_packages(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "ontology", "graph", "visualisations", "api"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\n")  # fmt: skip
    assert {name for name in tracked if name} <= names
    assert not {n.split("/")[0] for n in names} - {
        "ontology",
        "graph",
        "visualisations",
        "api",
        f"joinedup-{version(wheel)}.dist-info",
    }


def test_the_installed_command_loads_asks_and_draws(wheel: Path, clean: Path, tmp_path: Path) -> None:
    assert run(clean, tmp_path, "joinedup", "--version").strip() == f"joinedup {version(wheel)}"
    run(clean, tmp_path, "joinedup", "template", "tables")
    run(clean, tmp_path, "joinedup", "load", "tables/joinedup.xlsx", "--store", "store")
    answer = json.loads(
        run(
            clean,
            tmp_path,
            "joinedup",
            "shared-blockers",
            "--min-departments",
            "1",
            "--format",
            "json",
            "--store",
            "store",
        )
    )
    assert [row["barrier"]["label"] for row in answer["rows"]] == ["Colleges cannot see who is eligible"]
    run(clean, tmp_path, "joinedup", "draw", "silo-overview", "-o", "page.html", "--store", "store")
    assert "Example Skills Programme" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_flat_packages_belong_to_this_wheel_alone(clean: Path, tmp_path: Path) -> None:
    code = "from importlib.metadata import packages_distributions as p; print([p()[n] for n in ('ontology', 'graph', 'visualisations', 'api')])"
    assert run(clean, tmp_path, "python", "-c", code).strip() == str([["joinedup"]] * 4)


def version(wheel: Path) -> str:
    return wheel.name.split("-")[1]
