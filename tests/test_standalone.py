"""The stand-alone page: one file, one network, the evidence, and nothing that runs or is fetched but its own script."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations
from random import Random
from typing import Any

import networkx as nx
import pytest

from graph.analyses.shared_blockers import shared_blockers
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.evidence import evidence
from graph.network import NETWORKS, blockers_network
from graph.store import open_store
from graph.things import evidence_for
from visualisations.layout import laid_out
from visualisations.standalone import MARKING, draw, standalone_page
from visualisations.standalone_network import read

HOSTILE = (
    "<script>window.hit = 1</script>",
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    'x" onmouseover="window.hit = 1',
    "<a href='javascript:window.hit = 1'>href</a>",
    "{{ 7 * 7 }}{% raw %}",
    "'; window.hit = 1; '",
    "<!--<script>",
    "]]>",
    "__proto__",
    "constructor",
    "${window.hit = 1}",
    "\u202egnp.exe",
    "a\u2028b\u0000c\ud800",
)


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, scripts and styles with their text."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.texts.append((tag, ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and self.cdata_elem:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    @property
    def data(self) -> Mapping[str, Any]:
        """What the script reads."""
        found: Mapping[str, Any] = json.loads(self.texts[1][1])
        return found


def nothing(iris: list[str]) -> list[Mapping[str, str]]:
    """No evidence."""
    return []


def network(
    size: int, links: int, *, kinds: tuple[str, ...] = ("department", "programme", "barrier")
) -> nx.Graph[str]:
    random = Random(1)
    made: nx.Graph[str] = nx.Graph()
    names = [f"https://joinedup.example/id/{n}" for n in range(size)]
    for n, name in enumerate(names):
        made.add_node(name, label=f"The thing that has number {n}", kind=kinds[n % len(kinds)])
    for _ in range(links):
        one, other = random.sample(names, 2)
        made.add_edge(
            one, other, kind="blocks", label="2 sources say so", weight=random.randrange(1, 5), evidence=[one]
        )
    return made


def hostile_network() -> nx.Graph[str]:
    made: nx.Graph[str] = nx.Graph()
    for n, text in enumerate(HOSTILE):
        made.add_node(text, label=text, kind=text if n % 2 else "barrier", departments=[text])
    for one, other in combinations(HOSTILE[:5], 2):
        made.add_edge(one, other, kind=one, label=other, weight=1, evidence=[one, other])
    return made


def hostile_page() -> str:
    return standalone_page(
        hostile_network(),
        title=HOSTILE[1],
        question=HOSTILE[0],
        summary=HOSTILE[2],
        caveats=list(HOSTILE),
        shown=HOSTILE[3],
        marking=HOSTILE[4],
        evidence=lambda iris: [{HOSTILE[1]: iri, "Severity": HOSTILE[0]} for iri in iris],
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_fetched(name: str, example: Dataset) -> None:
    page = Page(draw(example, name))
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "style", "action", "background", "poster"} & set(attributes), tag
        assert not [a for a in attributes if a.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,")), tag
    style = dict(page.texts)["style"]
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("which", ["example", "hostile"])
def test_policy_allows_the_scripts_and_the_style_that_are_there(which: str, example: Dataset) -> None:
    page = Page(hostile_page() if which == "hostile" else draw(example, "shared-blockers"))
    policy = next(
        a["content"] for t, a in page.tags if t == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert (
        policy and policy.startswith("default-src 'none';") and "unsafe" not in policy and "*" not in policy
    )
    assert [tag for tag, _ in page.texts] == ["style", "script", "script", "script"]
    for tag, found in (page.texts[0], *page.texts[2:]):
        assert (
            f"'sha256-{b64encode(sha256(found.encode()).digest()).decode()}'"
            in policy.split(f"{tag}-src")[1].split(";")[0]
        )


def test_page_says_the_answer_and_how_far_it_goes(example: Dataset) -> None:
    page = draw(example, "shared_blockers")
    for words in (
        "Shared blockers",
        "What holds back most departments?",
        "30 May 2014",
        "15 of 20 standing barriers",
        MARKING,
    ):
        assert words in page
    caveats = shared_blockers(example).caveats
    assert caveats and all(caveat in page for caveat in caveats)


def test_every_thing_and_link_is_in_the_tables_and_in_the_picture(example: Dataset) -> None:
    made = blockers_network(example)
    text = draw(example, "shared-blockers")
    data = Page(text).data
    assert len(data["nodes"]) == len(made) == len(data["layouts"][0]["places"])
    assert len(data["edges"]) == made.number_of_edges()
    assert text.count('<tr><th scope="row">') == len(made) + made.number_of_edges()
    assert {node["label"] for node in data["nodes"]} == {label for _, label in made.nodes(data="label")}


def test_link_carries_the_findings_it_rests_on(example: Dataset) -> None:
    data = Page(draw(example, "shared-blockers")).data
    blocks = [edge for edge in data["edges"] if data["links"][edge["look"]]["word"] == "holds back"]
    assert blocks
    for edge in blocks:
        assert data["things"][data["nodes"][edge["from"]]["look"]]["word"] == "barrier"
        items = [data["items"][number] for number in edge["items"]]
        assert items and all(
            item["Finding"] and re.fullmatch(r"[1-5] of 5", item["Severity"]) for item in items
        )
        worst = [item["Severity"] for item in items]
        assert worst == sorted(worst, reverse=True)


def test_no_interview_text_goes_out(loaded: Any) -> None:
    dataset = loaded(
        organisations="id,name,kind\nd1,First,ministerial-department\nd2,Second,ministerial-department",
        programmes="id,name,lead\np1,One,d1\np2,Two,d2",
        barriers="id,name,type\nb1,A barrier,silos",
        interviews="id,held_on,level,organisation,role,programmes,marking\ni1,2014-01-01,local,d1,the only lighthouse keeper,p1,sensitive",
        findings="id,programme,barrier,stance,severity,interview,summary,excerpt\n"
        "f1,p1,b1,supports,4,i1,A summary,SECRET WORDS\nf2,p2,b1,supports,3,i1,Another summary,SECRET TOO",
    )
    page = draw(dataset, "shared-blockers")
    assert "A summary" in page
    assert "SECRET" not in page and "lighthouse" not in page and "/interview/" not in page


def test_excerpts_of_the_example_stay_behind(example: Dataset) -> None:
    excerpts = [
        found.excerpt
        for found in evidence_for(example, evidence(example).findings)
        if len(found.excerpt) > 20
    ]
    for name in NETWORKS:
        page = draw(example, name)
        assert not [excerpt for excerpt in excerpts if excerpt in page]


def test_hostile_words_stay_words() -> None:
    page = Page(hostile_page())
    tags = [tag for tag, _ in page.tags]
    assert not {"img", "a"} & set(tags[tags.index("main") :])
    assert tags.count("script") == 3
    for _, attributes in page.tags:
        assert not [a for a in attributes if a.startswith("on")]
    shown = json.dumps(page.data, ensure_ascii=False) + "".join(str(a) for _, a in page.tags)
    assert not re.search("[\u0000-\u0008\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]", shown)
    assert "<script>window.hit = 1</script>" in {node["label"] for node in page.data["nodes"]}
    hostile_page().encode()


@pytest.mark.parametrize("name", NETWORKS)
def test_same_data_gives_the_same_bytes(name: str, example: Dataset) -> None:
    assert draw(example, name) == draw(example, name)


def test_order_of_building_does_not_matter() -> None:
    one, other = network(60, 90), nx.Graph()
    other.add_nodes_from(reversed(list(one.nodes(data=True))))
    other.add_edges_from((b, a, d) for a, b, d in reversed(list(one.edges(data=True))))
    assert standalone_page(one, title="T", summary="S", evidence=nothing) == standalone_page(
        other, title="T", summary="S", evidence=nothing
    )


def test_caller_keeps_their_network(example: Dataset) -> None:
    made = blockers_network(example)
    before = nx.to_dict_of_dicts(made.copy()), dict(made.nodes(data=True))
    standalone_page(made, title="T", summary="S", evidence=nothing)
    assert (nx.to_dict_of_dicts(made), dict(made.nodes(data=True))) == before


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_label_lies_on_another(name: str, narrow: bool, example: Dataset) -> None:
    places, _ = laid_out(*read(NETWORKS[name](example)), narrow=narrow)
    for (one, a), (other, b) in combinations(((i, place.box) for i, place in places.items()), 2):
        assert a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] or a[3] <= b[1], (one, other)


@pytest.mark.parametrize(
    "kinds", [("barrier",), ("programme", "barrier"), ("department", "programme", "barrier")], ids=len
)
def test_no_label_lies_on_another_in_a_large_picture(kinds: tuple[str, ...]) -> None:
    places, _ = laid_out(*read(network(400, 600, kinds=kinds)))
    boxes = sorted(place.box for place in places.values())
    for n, a in enumerate(boxes):
        for b in boxes[n + 1 :]:
            if b[0] >= a[2]:
                break
            assert a[1] >= b[3] or a[3] <= b[1]


@pytest.mark.parametrize("name", NETWORKS)
def test_an_empty_store_gives_a_page(name: str) -> None:
    page = draw(open_store("memory").dataset(), name)
    assert "0 things and 0 links" in page


def test_networks_of_every_make_are_drawn() -> None:
    several: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    several.add_node("a")
    several.add_node("b", label="", kind="organisation")
    several.add_edge("a", "b", kind="dependsOn")
    several.add_edge("a", "b", kind="follows", weight="heavy", evidence=["x"])
    several.add_edge("b", "b", kind="follows")
    data = Page(standalone_page(several, title="T", summary="S", evidence=nothing)).data
    assert [edge["from"] for edge in data["edges"]].count(1) == 2 or len(data["edges"]) == 3
    assert {look["word"] for look in data["links"]} == {"depends on", "follows"}


def test_things_with_and_without_a_department_stand_together() -> None:
    made = network(3, 0, kinds=("programme",))
    made.nodes["https://joinedup.example/id/1"]["departments"] = ["Home Office"]
    page = standalone_page(made, title="T", summary="S", evidence=nothing)
    assert "<td>Home Office</td>" in page and "No department known" in page


@pytest.mark.parametrize("name, tag", [("standalone.css", "style"), ("standalone.js", "script")])
def test_page_holds_our_files_without_their_first_line(name: str, tag: str) -> None:
    first, rest = files("visualisations").joinpath("static", name).read_text(encoding="utf-8").split("\n", 1)
    assert first.startswith(("/* ", "// "))
    assert (tag, f"\n{rest}") in Page(hostile_page()).texts


def test_unknown_picture_is_refused(example: Dataset) -> None:
    with pytest.raises(NotFound):
        draw(example, "no-such-thing")


def test_five_hundred_things_stay_below_two_megabytes() -> None:
    page = standalone_page(
        network(500, 750),
        title="T",
        summary="S",
        evidence=lambda iris: [{"Finding": "It was late again " + i} for i in iris],
    )
    assert len(page.encode()) < 2_000_000


def test_how_long_two_thousand_things_take() -> None:
    made = network(2000, 3000)
    standalone_page(network(3, 1), title="T", summary="S", evidence=nothing)
    start = time.process_time()
    page = standalone_page(made, title="T", summary="S", evidence=nothing)
    print(
        f"2,000 things and {made.number_of_edges():,} links: {time.process_time() - start:.2f} CPU seconds, {len(page) / 1e6:.2f} MB"
    )
