"""The Explore page as it is served: its address is the whole state, every form of a view says the same, input is checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from xml.etree import ElementTree

import httpx
import networkx as nx
import pytest

ENDS = {"centre": "programme/broadband-delivery-programme", "to": "programme/free-schools-and-academies"}
HOSTILE = "</script><img src=x onerror=window.hit=1>"


def slice_of(client: httpx.Client, **parameters: str) -> dict[str, list[list[object]]]:
    answer = client.get("/explore.json", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def places(found: dict[str, list[list[object]]]) -> dict[object, tuple[object, object]]:
    return {thing[0]: (thing[4], thing[5]) for thing in found["things"]}


def test_departments_come_first_and_opening_one_moves_nothing(client: httpx.Client) -> None:
    first = slice_of(client)
    assert {thing[3] for thing in first["things"]} == {"department"}
    opened = slice_of(client, opened="organisation/department-for-education")
    assert len(opened["things"]) > len(first["things"])
    assert places(first).items() <= places(opened).items()
    more = slice_of(client, opened="organisation/department-for-education,organisation/department-of-health")
    assert places(opened).items() <= places(more).items()


def test_opening_keeps_to_the_cap_and_says_how_many_there_are(client: httpx.Client) -> None:
    first = slice_of(client)
    name, linked = next((t[0], t[6]) for t in first["things"] if int(str(t[6])) > 5)
    opened = slice_of(client, opened=str(name), most="3")
    assert len(opened["things"]) == len(first["things"]) + 3
    assert next(t[6] for t in opened["things"] if t[0] == name) == linked


def test_the_shortest_way_goes_from_the_one_to_the_other_over_evidenced_links(client: httpx.Client) -> None:
    found = slice_of(client, **ENDS)
    graph = nx.Graph((link[0], link[1]) for link in found["links"])
    names = [thing[0] for thing in found["things"]]
    one, other = names.index(ENDS["centre"]), names.index(ENDS["to"])
    assert nx.has_path(graph, one, other)
    assert all(link[4] for link in found["links"]), "every link leads to what it rests on"
    length = nx.shortest_path_length(graph, one, other)
    assert f"The shortest way has {length} link" in client.get("/explore", params=ENDS).text


def test_filters_keep_only_what_they_let_through(client: httpx.Client) -> None:
    every = slice_of(client, show="all")
    severe = slice_of(client, show="all", severity="5")
    barriers = slice_of(client, show="all", kinds="barrier,programme")
    assert 0 < len(severe["things"]) < len(every["things"])
    assert {thing[3] for thing in barriers["things"]} == {"barrier", "programme"}
    level = slice_of(client, show="all", level="front-line")
    assert 0 < len(level["links"]) < len(every["links"])
    early = slice_of(client, show="all", as_of="2013-01-01")
    assert len(early["links"]) < len(every["links"])


def test_every_file_holds_the_things_and_links_of_the_view(client: httpx.Client, tmp_path: Path) -> None:
    found = slice_of(client, **ENDS)
    rows = list(csv.DictReader(io.StringIO(client.get("/explore.csv", params=ENDS).text)))
    assert len(rows) == len(found["links"])
    assert all(row["evidence"] for row in rows)
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        file = tmp_path / form
        file.write_bytes(client.get(f"/explore.{form}", params=ENDS).content)
        network = read(file)
        assert (len(network), network.number_of_edges()) == (len(found["things"]), len(found["links"]))
    assert len(client.get("/explore.network.json", params=ENDS).json()["nodes"]) == len(found["things"])
    svg = ElementTree.fromstring(client.get("/explore.svg", params=ENDS).text)
    words = list(svg.itertext())
    assert "link" in words and "programme" in words, "the legend is in the picture"
    assert "Broadband Delivery" in words


@pytest.mark.parametrize(
    "query",
    ["hops=99", "hops=x", "severity=-1", "most=9999999", "kinds=planet", "moved=a~b", "moved=barrier/late-figures~nan~1",
     "as_of=yesterday", "level=moon", "type=moon", "show=some", "opened=" + "a," * 90],
)  # fmt: skip
def test_bad_input_gets_a_plain_problem(client: httpx.Client, query: str) -> None:
    for form in ("", ".json"):
        answer = client.get(f"/explore{form}?{query}", headers={"Accept": "application/json"})
        assert answer.status_code in (400, 404, 422), answer.text
        assert answer.json()["detail"]
        assert "Traceback" not in answer.text


def test_what_is_not_there_is_said_and_not_guessed(client: httpx.Client) -> None:
    answer = client.get("/explore?centre=programme/nowhere")
    assert answer.status_code == 404
    assert "nothing named" in answer.text


def test_words_of_an_address_are_words_on_the_page(client: httpx.Client) -> None:
    page = client.get("/explore", params={"q": HOSTILE}).text
    assert HOSTILE not in page
    assert "0 of 0 things found" in page
    assert (
        HOSTILE
        not in client.get("/explore", params={"centre": HOSTILE}, headers={"Accept": "text/html"}).text
    )


def test_the_page_without_scripts_has_picture_tables_and_evidence(client: httpx.Client) -> None:
    page = client.get("/explore", params={"centre": "barrier/late-figures"}).text
    assert '<svg class="drawing"' in page
    assert 'href="/id/finding/' in page or 'href="/doc/finding/' in page
    assert page.count("<form") >= 3


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, joinedup: Callable[..., object],
            serve: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:  # fmt: skip
    """The address of a server whose labels try to run, and grow from one load to the next."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "organisations.csv").write_text(f'id,name,parent\nclinic,"{HOSTILE}",\n', encoding="utf-8")
    (folder / "programmes.csv").write_text(f'id,name,lead\nbad,"{HOSTILE}",clinic\n', encoding="utf-8")
    done = joinedup("load", folder, "--store", folder / "store")
    assert done.returncode == 0, done.stderr  # type: ignore[attr-defined]
    with serve(folder / "store") as address:
        yield address


def test_hostile_labels_are_words_in_every_form(hostile: str) -> None:
    for form in ("", ".svg", ".graphml", ".gexf"):
        text = httpx.get(f"{hostile}/explore{form}?show=all", timeout=30).text
        assert "onerror" in text
        assert "<img" not in text, form
