"""What the tests of pages share: each kind of page of the whole example, and a store whose every word would run.

The example with both its parts is loaded, and its pages are drawn, once for the whole run: only read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from graph.analysis import analyses, find_analysis
from graph.dataset import Dataset
from graph.ingest.load import load
from graph.listing import KINDS, listing
from graph.store import open_store
from tests.conftest import REPOSITORY
from visualisations.page import (
    analysis_page,
    departments_page,
    error_page,
    list_page,
    matrix_page,
    overview_page,
    pair_page,
    resource_page,
    sparql_page,
)

EXAMPLES = REPOSITORY / "examples"
HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>"""
FOREIGN = "https://evil.example/page"


def answer_page(dataset: Dataset, name: str, parameters: Mapping[str, str] | None = None) -> str:
    analysis = find_analysis(name)
    return analysis_page(dataset, analysis, parameters or {}, analysis.run(dataset, parameters))


def every_page(dataset: Dataset) -> dict[str, str]:
    """Each kind of page once, for the first things that there are."""
    pages = {
        "overview": overview_page(dataset),
        "matrix": matrix_page(dataset),
        "departments": departments_page(dataset),
        "error": error_page(404, HOSTILE, HOSTILE),
        "sparql": sparql_page(HOSTILE, (["s"], [[(FOREIGN, HOSTILE)]], 1, 0.5, 1), HOSTILE),
    }
    pages |= {name: answer_page(dataset, name) for name in analyses()}
    for kind in KINDS:
        found = listing(dataset, kind)
        pages[f"list of {kind}"] = list_page(dataset, found)
        if found.entries:
            pages[f"one of {kind}"] = resource_page(dataset, found.entries[0].thing.iri)
    pages["one concept"] = resource_page(dataset, "https://w3id.org/joinedup/concept/levels/front-line")
    departments = [entry.thing.iri for entry in listing(dataset, "departments").entries[:2]]
    pages["pair"] = pair_page(dataset, departments[0], departments[1])
    return pages


@pytest.fixture(scope="session")
def shown() -> Dataset:
    """Both parts of the example."""
    store = open_store("memory")
    load(store, [EXAMPLES / "deep-dive", EXAMPLES / "major-projects"])
    return store.dataset()


@pytest.fixture(scope="session")
def pages(shown: Dataset) -> dict[str, str]:
    return every_page(shown)


@pytest.fixture
def hostile(loaded: Callable[..., Dataset]) -> Dataset:
    """A store in which every name, word and role would run if a page let it."""
    name = '"' + HOSTILE.replace('"', '""') + '"'
    return loaded(
        organisations=f"id,name,abbreviation,kind\none,{name},{name},ministerial-department\ntwo,Other {name[1:-1].replace(chr(34) * 2, '')},,ministerial-department",
        programmes=f"id,name,description,lead\na,{name},{name},one\nb,Quiet,,two",
        barriers=f"id,name,description,type,identified_on\nx,{name},{name},silos,2014-01-01",
        interviews=f"id,held_on,level,organisation,role,marking\ni,2014-02-01,front-line,one,{name},official",
        findings=f"id,programme,barrier,stance,severity,interview,summary,excerpt\n"
        f"f,a,x,supports,5,i,{name},{name}\ng,b,x,supports,5,i,{name},{name}\nh,b,x,disputes,1,i,{name},{name}",
        ties="between,and,kind\na,b,joint-board",
    )
