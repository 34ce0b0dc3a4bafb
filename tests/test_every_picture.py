"""Every analysis and every network can be drawn as a page that stands alone, small, and with what it rests on."""

from __future__ import annotations

import re
from datetime import date

import pytest

from graph.analysis import analyses
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.linkage import linked
from graph.projections import PROJECTIONS
from graph.store import open_store
from ontology.terms import JU
from tests.conftest import BASE, Loaded
from visualisations.standalone import draw

NAMES = sorted({*(a.command for a in analyses().values()), *PROJECTIONS})
MOST_BYTES = 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_it_is_one_small_page_that_tells_its_question_and_asks_nothing(name: str, example: Dataset) -> None:
    page = draw(example, name)
    assert len(page.encode()) < MOST_BYTES
    shown = re.search(r"<dt>Shown</dt><dd>(\d+) ", page)
    assert shown and int(shown[1]) > 0
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=(?!"data:)""", page)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_store_and_an_early_day_have_a_page_too(name: str, example: Dataset) -> None:
    for page in (draw(open_store("memory").dataset(), name), draw(example, name, as_of=date(1900, 1, 1))):
        assert page.startswith("<!doctype html>")


def test_an_unknown_picture_is_answered_with_those_there_are(example: Dataset) -> None:
    with pytest.raises(NotFound, match=r"shared-blockers.*stakeholders"):
        draw(example, "everything-else")


def test_things_are_joined_by_what_links_them_with_the_findings_as_evidence(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name,kind\na,Department A,ministerial-department\n",
        programmes="id,name,lead\np,P,a\n",
        barriers="id,name\nb,B\nc,C\n",
        interviews="id,held_on,level,organisation,programmes,marking\ni,2020-01-01,front-line,a,p,sensitive\n",
        findings="id,barrier,programme,interview,stance,severity,summary\nf,b,p,i,supports,3,It blocks.\n",
    )
    b, c, p, a = (f"{BASE}/{kind}" for kind in ("barrier/b", "barrier/c", "programme/p", "organisation/a"))
    network = linked(dataset, [b, p, c])
    assert set(network) == {b, p}  # nothing links the other barrier with anything
    edge = network.edges[b, p]
    assert (edge["kind"], edge["label"], edge["weight"]) == ("blocks", "B holds back P", 1)
    assert edge["evidence"] == [f"{BASE}/finding/f"]
    alone = linked(dataset, [b])  # with what it is linked to
    assert set(alone) == {b, p, a}
    assert alone.nodes[a]["kind"] == "department"
    assert str(JU.blocks) not in {data["kind"] for *_, data in alone.edges(data=True)}
