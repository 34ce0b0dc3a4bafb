"""Networks as files of other tools: GraphML, GEXF, Cytoscape and node-link JSON, Pajek, and edges as CSV.

Written by networkx, with its traps mended: lists become text joined by "; ", what has no value is left out, edges of
a multigraph get numbers that are unique in the file, and characters that a format cannot hold are replaced.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import networkx as nx
from networkx.readwrite.gexf import GEXFWriter

from graph.errors import NotFound
from graph.tabular import as_csv, cell

_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAJEK_SHAPES = {"programme": "ellipse", "barrier": "diamond", "department": "box", "partner": "triangle"}
_ENDS = ("label", "kind")
_FIRST = ("kind", "label", "weight")


@dataclass(frozen=True)
class Form:
    """One format of file."""

    name: str
    suffix: str
    media: str
    write: Callable[[nx.Graph[str]], str]


def write(network: nx.Graph[str], format: str) -> str:
    """A network as the text of a file, to be encoded as UTF-8. Raises NotFound for a format that is not known.

    graphml and gexf hold everything; json and cyjs too, with lists as lists; csv holds the edges and their ends, so
    that a node without an edge is not in it; net (Pajek) holds labels, shapes by kind and weights, with the IRIs and
    the evidence as comments, as it has no place for them.
    """
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", find_form(format).write(network))


def find_form(format: str) -> Form:
    """The format of that name or suffix. Raises NotFound."""
    found = FORMS.get(format.lstrip(".").lower())
    if found is None:
        raise NotFound(f"There is no format “{format}” for networks. Choose {', '.join(FORMS)}.")
    return found


def _graphml(network: nx.Graph[str]) -> str:
    out = io.BytesIO()
    nx.write_graphml(_flat(network), out)
    return out.getvalue().decode("utf-8")


def _gexf(network: nx.Graph[str]) -> str:
    flat = _flat(network)
    about = dict(flat.graph)
    flat.graph.clear()
    writer = GEXFWriter(flat, version="1.2draft")
    # networkx gives the graph a name, which GEXF does not know, and dates the file by the clock.
    del writer.graph_element.attrib["name"]
    meta = writer.xml[0]
    meta.attrib.pop("lastmodifieddate", None)
    if "as_of" in about:
        meta.set("lastmodifieddate", str(about.pop("as_of")))
    meta[0].text = "Joinedup"
    description = meta.makeelement("description", {})
    description.text = ". ".join(str(v) for k, v in about.items() if k in ("name", "description"))
    meta.append(description)
    _forget_keys(writer.graph_element)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue().decode("utf-8")


def _forget_keys(graph: Element) -> None:
    """Take out the keys of a multigraph's edges, which networkx writes as an attribute beside their ids."""
    for declared in graph.findall("attributes"):
        for attribute in declared.findall("attribute[@title='networkx_key']"):
            declared.remove(attribute)
            for values in graph.iter("attvalues"):
                for value in values.findall(f"attvalue[@for='{attribute.get('id')}']"):
                    values.remove(value)


def _cytoscape(network: nx.Graph[str]) -> str:
    """As Cytoscape and cytoscape.js read it: `name` is the label, and every edge has an id."""
    made = _plain(network)
    for _, data in made.nodes(data=True):
        data["name"] = data.get("label", "")
    for number, (*_, data) in enumerate(made.edges(data=True)):
        data["id"] = f"e{number}"
    found = nx.cytoscape_data(made)
    found["data"] = dict(found["data"])
    return _json(found)


def _node_link(network: nx.Graph[str]) -> str:
    return _json(nx.node_link_data(_plain(network), edges="links"))


def _pajek(network: nx.Graph[str]) -> str:
    """Pajek's own keywords only: labels in double quotes, shapes, weights, and `l`, the label of an edge."""
    numbers = {node: n for n, node in enumerate(network, 1)}
    taken: set[str] = set()
    lines = [f"*Network {_quoted(str(network.graph.get('name', 'Network')))[1:-1]}"]
    vertices = []
    for node, data in network.nodes(data=True):
        label = plain = _quoted(str(data.get("label") or node))
        again = 1
        while label in taken:  # some readers know vertices by their labels
            again += 1
            label = f'{plain[:-1]} ({again})"'
        taken.add(label)
        shape = _PAJEK_SHAPES.get(str(data.get("kind")), "ellipse")
        vertices.append(f"{numbers[node]} {label} 0.0 0.0 {shape}")
        lines.append(f"% {numbers[node]} {data.get('kind', '')} {_one_line(node)}")
    for one, other, data in network.edges(data=True):
        rests = _one_line(" ".join(data.get("evidence", ())))
        lines.append(f"% {numbers[one]} {numbers[other]} {data.get('kind', '')} {rests}")
    lines += [f"*Vertices {len(network)}", *vertices]
    lines.append("*Arcs" if network.is_directed() else "*Edges")
    for one, other, data in network.edges(data=True):
        lines.append(
            f"{numbers[one]} {numbers[other]} {data.get('weight', 1)} l {_quoted(str(data.get('label', '')))}"
        )
    return "\n".join(lines) + "\n"


def _csv(network: nx.Graph[str]) -> str:
    return as_csv(edge_rows(network))


def edge_rows(network: nx.Graph[str]) -> Iterator[list[str]]:
    """The header and one row for each edge, with the label and kind of both ends; a list is joined by "; "."""
    said = {key for *_, data in network.edges(data=True) for key in data}
    own = [*(k for k in _FIRST if k in said), *sorted(said.difference(_FIRST, ["evidence"]))]
    own += ["evidence"] if "evidence" in said else []
    yield [f"{end}{part}" for end in ("source", "target") for part in ("", *(f"_{a}" for a in _ENDS))] + [
        f"edge_{key}" if key in ("source", "target") else key for key in own
    ]
    for one, other, data in network.edges(data=True):
        yield [
            *(
                text
                for end in (one, other)
                for text in (end, *(cell(network.nodes[end].get(a)) for a in _ENDS))
            ),
            *(_number(data.get(key)) for key in own),
        ]


def _number(value: Any) -> str:
    return repr(value) if isinstance(value, float) else cell(value)


def _plain(network: nx.Graph[str]) -> nx.Graph[str]:
    """A copy without what has no value, so that a reader need not tell "none" from nothing."""
    made = network.copy()
    for data in _attributes(made):
        for key in [k for k, v in data.items() if v is None]:
            del data[key]
    return made


def _flat(network: nx.Graph[str]) -> nx.Graph[str]:
    """A copy with texts, numbers and yes or no alone, as XML can hold them; edges of a multigraph by unique ids."""
    made = network.__class__()
    made.graph.update(_scalars(network.graph))
    made.add_nodes_from((_clean(node), _scalars(data)) for node, data in network.nodes(data=True))
    for number, (one, other, data) in enumerate(network.edges(data=True)):
        if isinstance(made, nx.MultiGraph):
            made.add_edge(_clean(one), _clean(other), key=f"e{number}", **_scalars(data))
        else:
            made.add_edge(_clean(one), _clean(other), **_scalars(data))
    return made


def _scalars(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        _clean(key): value if isinstance(value, bool | int | float) else _clean(cell(value))
        for key, value in data.items()
        if value is not None
    }


def _attributes(network: nx.Graph[str]) -> Iterator[dict[str, Any]]:
    yield network.graph
    yield from (data for _, data in network.nodes(data=True))
    yield from (data for *_, data in network.edges(data=True))


def _clean(text: str) -> str:
    """Text that XML can hold and that reads back the same: a carriage return would come back as a line feed."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", re.sub("\r\n?", "\n", text))


def _one_line(text: str) -> str:
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join(kept.split())


def _quoted(text: str) -> str:
    """A label of Pajek, which has no way to write a double quote, and whose readers differ on a backslash."""
    return '"' + _one_line(text).replace('"', "”").replace("\\", "⧵") + '"'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


FORMS: Mapping[str, Form] = {
    form.suffix: form
    for form in (
        Form("GraphML", "graphml", "application/graphml+xml", _graphml),
        Form("GEXF", "gexf", "application/gexf+xml", _gexf),
        Form("Cytoscape JSON", "cyjs", "application/json", _cytoscape),
        Form("node-link JSON", "json", "application/json", _node_link),
        Form("Pajek", "net", "text/plain", _pajek),
        Form("CSV of edges", "csv", "text/csv", _csv),
    )
}
"""By the name that a user gives, which is the suffix of the file."""
