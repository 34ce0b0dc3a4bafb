"""Networks as files: read back by networkx and by igraph they say the same, whatever the labels hold."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import igraph
import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.dataset import Dataset
from graph.errors import NotFound
from graph.network_files import FORMS, find_form, write
from graph.projections import PROJECTIONS, find_projection

HOSTILE = (
    'He said "no", twice',
    "a,b;c",
    "<script>alert(1)</script> & co",
    "two\nlines\tand a tab",
    "Министерство 環境省 وزارة",
    "=1+1",
    "a\x00b\x0bc\x1f",
    "back\\slash\\",
    "]]> 'quoted'",
    "emoji 👩‍🔧",
)
GEXF = "{http://www.gexf.net/1.2draft}"
NAMES = {f"https://x/{n}": label for n, label in enumerate(HOSTILE)}


def hostile(multi: bool = False, labels: tuple[str, ...] = HOSTILE) -> nx.Graph[str]:
    """A ring of things with hostile labels; with parallel edges if multi."""
    made: nx.Graph[str] = nx.MultiDiGraph(name="Ring") if multi else nx.Graph(name="Ring")
    for n, label in enumerate(labels):
        made.add_node(f"https://x/{n}", label=label, kind="barrier", gone=None, others=["a", "b"])
    for n, label in enumerate(labels):
        data: dict[str, Any] = {
            "label": label, "kind": "blocks", "weight": n, "evidence": ["https://x/e1", "https://x/e2"],
            "share": None if n % 2 else 0.125, "sure": bool(n % 2),
        }  # fmt: skip
        made.add_edge(f"https://x/{n}", f"https://x/{(n + 1) % len(labels)}", **data)
        if multi:
            made.add_edge(f"https://x/{n}", f"https://x/{(n + 1) % len(labels)}", **{**data, "kind": "other"})
    return made


def shown(text: str) -> str:
    """A label as XML can hold it."""
    return "".join("\ufffd" if ord(c) < 32 and c not in "\t\n" else c for c in text)


def links(network: Any) -> list[tuple[object, ...]]:
    """The edges as they can be compared: their ends, in no order where there is none, and what they say."""
    return sorted(
        (
            *((one, other) if network.is_directed() else sorted((one, other))),
            *(data.get(k) for k in ("kind", "label", "weight", "evidence", "sure")),
            str(data.get("share")),
        )
        for one, other, data in network.edges(data=True)
    )


def expected(network: Any, spell: Any = shown) -> list[tuple[object, ...]]:
    made = network.copy()
    for *_, data in made.edges(data=True):
        data.update(label=spell(data["label"]), evidence="; ".join(data["evidence"]))
    return links(made)


@pytest.mark.parametrize("multi", [False, True], ids=["simple", "multi"])
def test_graphml_read_by_networkx_says_the_same(multi: bool) -> None:
    made = hostile(multi)
    read = nx.parse_graphml(write(made, "graphml"))
    assert {n: d["label"] for n, d in read.nodes(data=True)} == {n: shown(v) for n, v in NAMES.items()}
    assert all(
        d == {"label": d["label"], "kind": "barrier", "others": "a; b"} for _, d in read.nodes(data=True)
    )
    assert links(read) == expected(made)
    assert read.is_directed() is multi and read.graph["name"] == "Ring"


@pytest.mark.parametrize("multi", [False, True], ids=["simple", "multi"])
def test_graphml_has_no_id_twice(multi: bool) -> None:
    root = ElementTree.fromstring(write(hostile(multi), "graphml"))
    ids = [e.get("id") for e in root.iter() if e.get("id") and not e.tag.endswith("node")]
    assert len(ids) == len(set(ids)) >= 7


@pytest.mark.parametrize("multi", [False, True], ids=["simple", "multi"])
def test_graphml_read_by_igraph_says_the_same(multi: bool, tmp_path: Path) -> None:
    made, path = hostile(multi), tmp_path / "ring.graphml"
    path.write_text(write(made, "graphml"), encoding="utf-8")
    read = igraph.Graph.Read_GraphML(str(path))
    assert {v["id"]: v["label"] for v in read.vs} == {n: shown(v) for n, v in NAMES.items()}
    assert (read.is_directed(), read.ecount()) == (multi, made.number_of_edges())
    found = sorted(
        (*(ends if multi else sorted(ends)), e["kind"], e["label"], e["weight"], e["evidence"], e["sure"])
        for e in read.es
        for ends in [[read.vs[v]["id"] for v in e.tuple]]
    )
    assert found == [row[:-1] for row in expected(made)]


@pytest.mark.parametrize("multi", [False, True], ids=["simple", "multi"])
def test_gexf_read_by_networkx_says_the_same(multi: bool) -> None:
    made = hostile(multi)
    read = nx.read_gexf(io.BytesIO(write(made, "gexf").encode()))
    assert {n: d["label"] for n, d in read.nodes(data=True)} == {n: shown(v) for n, v in NAMES.items()}
    assert links(read) == expected(made)
    assert all("networkx_key" not in d for *_, d in read.edges(data=True))


@pytest.mark.parametrize("kind", PROJECTIONS)
def test_gexf_holds_to_its_structure(kind: str, example: Dataset) -> None:
    network = find_projection(kind).of(example)
    root = ElementTree.fromstring(write(network, "gexf"))
    assert root.tag == f"{GEXF}gexf" and root.get("version") == "1.2"
    assert [child.tag for child in root] == [f"{GEXF}meta", f"{GEXF}graph"]
    assert root[0].get("lastmodifieddate") == "2014-05-30"
    (graph,) = root.findall(f"{GEXF}graph")
    assert set(graph.attrib) == {"defaultedgetype", "mode"}
    assert graph.get("defaultedgetype") == ("directed" if network.is_directed() else "undirected")
    assert [c.tag.removeprefix(GEXF) for c in graph][-2:] == ["nodes", "edges"]
    nodes = [n.get("id") for n in graph.iter(f"{GEXF}node")]
    edges = list(graph.iter(f"{GEXF}edge"))
    assert len(nodes) == len(set(nodes)) == len(network)
    assert len(edges) == len({e.get("id") for e in edges}) == network.number_of_edges()
    assert {e.get(end) for e in edges for end in ("source", "target")} <= set(nodes)
    for element, items in (("node", graph.iter(f"{GEXF}node")), ("edge", edges)):
        declared = {
            a.get("id")
            for group in graph.findall(f"{GEXF}attributes")
            if group.get("class") == element
            for a in group
        }
        assert all(a.get("for") in declared for i in items for a in i.iter(f"{GEXF}attvalue"))


def test_pajek_is_read_by_igraph_and_networkx_with_labels_shapes_and_weights(tmp_path: Path) -> None:
    for multi in (False, True):
        made, path = hostile(multi), tmp_path / "ring.net"
        text = write(made, "net")
        path.write_text(text, encoding="utf-8")
        labels = [
            "He said ”no”, twice", "a,b;c", "<script>alert(1)</script> & co", "two lines and a tab",
            "Министерство 環境省 وزارة", "=1+1", "a b c", "back⧵slash⧵", "]]> 'quoted'", "emoji 👩‍🔧",
        ]  # fmt: skip
        read = igraph.Graph.Read_Pajek(str(path))
        assert read.vs["name"] == labels
        assert set(read.vs["shape"]) == {"diamond"}
        again = nx.parse_pajek(text)
        assert list(again) == labels
        here = sorted((e["weight"], e["label"]) for e in read.es)
        there = sorted((d["weight"], d["l"]) for *_, d in again.edges(data=True))
        assert here == there == sorted((n, v) for n, v in enumerate(labels) for _ in range(1 + multi))
        assert read.is_directed() is again.is_directed() is multi


def test_two_things_of_one_label_stay_two_in_pajek_and_their_addresses_stand_as_comments() -> None:
    text = write(hostile(labels=("Same", "Same", "Same (2)")), "net")
    assert list(nx.parse_pajek(text)) == ["Same", "Same (2)", "Same (2) (2)"]
    assert "% 2 barrier https://x/1" in text.splitlines()
    assert "% 1 2 blocks https://x/e1 https://x/e2" in text.splitlines()


@pytest.mark.parametrize("multi", [False, True], ids=["simple", "multi"])
def test_json_keeps_lists_and_is_read_back_whole(multi: bool) -> None:
    made = hostile(multi)
    for *_, data in made.edges(data=True):
        if data["share"] is None:
            del data["share"]
    for _, data in made.nodes(data=True):
        del data["gone"]
    read = nx.node_link_graph(json.loads(write(made, "json")), edges="links")
    assert nx.utils.graphs_equal(read, made)
    cytoscape = json.loads(write(made, "cyjs"))
    ids = [e["data"]["id"] for e in cytoscape["elements"]["edges"]]
    assert len(set(ids)) == len(ids) == made.number_of_edges()
    assert {n["data"]["id"]: n["data"]["name"] for n in cytoscape["elements"]["nodes"]} == NAMES
    back = nx.cytoscape_graph(cytoscape)
    assert dict(back.nodes(data="label")) == NAMES
    assert sorted(d["evidence"] for *_, d in back.edges(data=True)) == sorted(
        d["evidence"] for *_, d in made.edges(data=True)
    )


def test_csv_is_inert_in_a_spreadsheet_and_names_the_ends_of_each_edge() -> None:
    rows = list(csv.DictReader(io.StringIO(write(hostile(), "csv"), newline="")))
    assert list(rows[0]) == [
        "source", "source_label", "source_kind", "target", "target_label", "target_kind",
        "kind", "label", "weight", "share", "sure", "evidence",
    ]  # fmt: skip
    inert = {n: "'=1+1" if v == "=1+1" else v for n, v in NAMES.items()}
    assert {r["source"]: r["source_label"] for r in rows} | {
        r["target"]: r["target_label"] for r in rows
    } == inert
    assert rows[0]["share"] == "0.125" and {r["evidence"] for r in rows} == {"https://x/e1; https://x/e2"}


def test_a_column_of_an_edge_that_is_called_as_its_ends_does_not_hide_them() -> None:
    made: nx.Graph[str] = nx.Graph()
    made.add_edge("https://x/a", "https://x/b", source="a leak", weight=1)
    (row,) = csv.DictReader(io.StringIO(write(made, "csv")))
    assert (row["source"], row["edge_source"]) == ("https://x/a", "a leak")


@pytest.mark.parametrize("suffix", FORMS)
@pytest.mark.parametrize("kind", PROJECTIONS)
def test_the_files_of_the_example_are_the_same_each_time_and_utf_8(
    kind: str, suffix: str, example: Dataset
) -> None:
    one, other = (write(find_projection(kind).of(example), suffix).encode("utf-8") for _ in range(2))
    assert one == other and len(one) > 300


@pytest.mark.parametrize("suffix", FORMS)
def test_a_network_of_nothing_can_be_written_and_writing_leaves_it_as_it_was(suffix: str) -> None:
    assert write(nx.Graph(), suffix)
    made = hostile()
    write(made, suffix)
    assert nx.utils.graphs_equal(made, hostile())


@given(st.lists(st.text(max_size=12), min_size=2, max_size=5))
def test_any_text_as_a_label_gives_files_that_both_libraries_read(labels: list[str]) -> None:
    made = hostile(labels=tuple(labels))
    for suffix in ("graphml", "gexf"):
        ElementTree.fromstring(write(made, suffix).encode("utf-8"))
    assert len(nx.parse_graphml(write(made, "graphml"))) == len(labels)
    assert len(nx.parse_pajek(write(made, "net"))) == len(labels)
    json.loads(write(made, "json"))
    assert len(list(csv.reader(io.StringIO(write(made, "csv"), newline="")))) == made.number_of_edges() + 1


def test_lone_surrogates_do_not_stop_a_file() -> None:
    for suffix in FORMS:
        write(hostile(labels=("a\ud800b", "c")), suffix).encode("utf-8")


def test_a_format_that_is_not_known_is_answered_with_those_that_are() -> None:
    assert find_form(".GraphML").suffix == "graphml"
    with pytest.raises(NotFound, match="graphml, gexf, cyjs, json, net, csv"):
        find_form("xlsx")
