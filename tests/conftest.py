"""What the tests share.

Most tests write the few rows they are about as CSV text, load them through the same door as a user's files, and look
at the answer: `tables` writes them, `loaded` gives the dataset, `asked` what it says; `small` is a few rows for all. `example` is the shipped deep dive, loaded once for the
whole run and only ever read; `real` is a folder of published files that stands beside the repository, and tests of it
are skipped where it is not there. Stores are in memory unless a test is about what is on disk.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, settings
from openpyxl import Workbook

from graph.dataset import Dataset
from graph.errors import Issue, LoadRefused
from graph.ingest.load import load
from graph.store import Store, open_store

REPOSITORY = Path(__file__).parent.parent
BASE = "https://joinedup.example/id"

settings.register_profile(
    "house", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("thorough", parent=settings.get_profile("house"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

Tables = Callable[..., Path]
Loaded = Callable[..., Dataset]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Write canonical tables, given as CSV text by table name, into the folder `into`."""

    def write(into: str = "tables", **by_name: str) -> Path:
        folder = tmp_path / into
        folder.mkdir(exist_ok=True)
        for name, text in by_name.items():
            (folder / f"{name}.csv").write_text(dedent(text).strip() + "\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture
def loaded(tables: Tables) -> Loaded:
    """Load canonical tables, given as CSV text by table name, into a new store in memory."""

    def write_and_load(**by_name: str) -> Dataset:
        shutil.rmtree(tables(), ignore_errors=True)
        store = open_store("memory")
        load(store, [tables(**by_name)])
        return store.dataset()

    return write_and_load


@pytest.fixture
def refused(tables: Tables) -> Callable[..., list[Issue]]:
    """The issues for which canonical tables, given as CSV text by table name, are refused."""

    def write_and_load(**by_name: str) -> list[Issue]:
        with pytest.raises(LoadRefused) as refusal:
            load(open_store("memory"), [tables(**by_name)])
        return list(refusal.value.issues)

    return write_and_load


@pytest.fixture
def refusal() -> Callable[..., list[Issue]]:
    """The issues for which files are refused by a store."""

    def load_into(store: Store, *paths: Path, **options: object) -> list[Issue]:
        with pytest.raises(LoadRefused) as refused:
            load(store, paths, **options)  # type: ignore[arg-type]
        return list(refused.value.issues)

    return load_into


@pytest.fixture
def small() -> dict[str, str]:
    """Two programmes, one barrier, and an interview that supports it for one of them: CSV text by table name."""
    return {
        "organisations": "id,name,kind\ndea,Department for Example Affairs,ministerial-department\ncollege,A college,education\n",
        "programmes": "id,name,lead\nskills,Skills,dea\nhomes,Homes,dea\n",
        "barriers": "id,name\ndata,Late data\n",
        "interviews": "id,held_on,level,organisation,programmes,marking\ni1,2014-01-20,front-line,college,skills,sensitive\n",
        "findings": "id,programme,barrier,stance,severity,interview,summary\n"
        "f1,skills,data,supports,4,i1,They wait\nf2,homes,data,disputes,2,i1,They do not\n",
    }


@pytest.fixture
def workbook() -> Callable[[Path, dict[str, str]], Path]:
    """Write a workbook with one sheet for each name, from CSV text."""

    def write(path: Path, sheets: dict[str, str]) -> Path:
        book = Workbook()
        book.remove(book.worksheets[0])
        for name, text in sheets.items():
            sheet = book.create_sheet(name)
            for row in csv.reader(text.splitlines()):
                sheet.append(row)
        book.save(path)
        return path

    return write


@pytest.fixture
def asked() -> Callable[[Dataset, str, object], set[str]]:
    """The values of one property of a thing; things by what stands behind the base."""

    def values(dataset: Dataset, subject: str, predicate: object) -> set[str]:
        triples = dataset.describe(f"{BASE}/{subject}")
        found = (t.object for t in triples if t.predicate.value == str(predicate))
        return {t.value.removeprefix(BASE + "/") for t in found if not isinstance(t, ox.Triple)}

    return values


@pytest.fixture
def bytes_of() -> Callable[[Path], dict[str, str]]:
    """Every file below a folder and a hash of its bytes, but for the audit log, which tells of what changed nothing too."""

    def digests(folder: Path) -> dict[str, str]:
        files = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("audit."))
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    return digests


@pytest.fixture(scope="session")
def example_folder() -> Path:
    """The shipped deep dive."""
    return REPOSITORY / "examples" / "deep-dive"


@pytest.fixture(scope="session")
def example_store(example_folder: Path) -> Iterator[Store]:
    """A store in memory that holds the shipped deep dive. Only read it."""
    store = open_store("memory")
    load(store, [example_folder])
    yield store


@pytest.fixture
def example(example_store: Store) -> Dataset:
    """What the shipped deep dive says."""
    return example_store.dataset()


@pytest.fixture(scope="session")
def benchmark() -> Callable[[str], ModuleType]:
    """Import a file of benchmarks/, which is no package, by its name."""

    @cache
    def read(name: str) -> ModuleType:
        spec = spec_from_file_location(f"benchmarks_{name}", REPOSITORY / "benchmarks" / f"{name}.py")
        assert spec and spec.loader
        module = sys.modules[spec.name] = module_from_spec(spec)  # where its dataclasses look
        spec.loader.exec_module(module)
        return module

    return read


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of published files beside the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside the repository: the published files are not part of it")
    return folder
