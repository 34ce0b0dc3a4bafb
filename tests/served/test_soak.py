"""Mixed requests for a while, with updates, things and loads among them: nothing fails, and nothing grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from graph.ingest.load import load
from graph.store import open_store

EXAMPLE = Path(__file__).parents[2] / "examples" / "deep-dive"


@pytest.fixture
def soak(benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark("soak")


def test_nothing_fails_and_neither_memory_nor_descriptors_grow(soak: ModuleType, tmp_path: Path) -> None:
    store = tmp_path / "store"
    load(open_store(store), [EXAMPLE])
    with soak.serving(store, "--allow-writing") as server:
        running = soak.Soak(server, requests=1_000, clients=4, write_every=50)
        windows = list(running.windows(every=250))
    assert dict(running.wrong) == {}
    assert sum(window.requests for window in windows) == 1_000
    assert running.written == 20
    kinds = {kind for window in windows for kind in window.times}
    assert {"update", "thing", "load", "page", "SPARQL, different", "refused"} <= kinds
    # One version has about twenty files open, and there were twenty versions.
    assert windows[-1].descriptors < windows[0].descriptors + 100
    assert windows[-1].megabytes < windows[0].megabytes * 1.5
