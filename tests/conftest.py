"""What the tests share.

Most tests write the few rows they are about as CSV text, load them through the same door as a user's files, and look
at the answer: `tables` writes them, `loaded` gives the dataset. `example` is the shipped deep dive, loaded once for the
whole run and only ever read; `real` is a folder of published files that stands beside the repository, and tests of it
are skipped where it is not there. Stores are in memory unless a test is about what is on disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, settings

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
def bytes_of() -> Callable[[Path], dict[str, str]]:
    """Every file below a folder and a hash of its bytes."""

    def digests(folder: Path) -> dict[str, str]:
        files = (p for p in sorted(folder.rglob("*")) if p.is_file())
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
def real() -> Path:
    """The folder of published files beside the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside the repository: the published files are not part of it")
    return folder
