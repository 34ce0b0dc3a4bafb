"""The Python client against a real server: the same answers as in process, typed, whole, and errors in plain sentences."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest
from rdflib import Graph

from api.client import Client, ClientError
from graph.analysis import analyses
from graph.network_files import write
from graph.projections import PROJECTIONS
from graph.store import open_store

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="module")
def joined(address: str) -> Iterator[Client]:
    with Client(address) as client:
        yield client


@pytest.mark.parametrize(
    "name", ["shared-blockers", "missing_ties", "silo-overview", "dependencies", "agenda"]
)
def test_an_analysis_is_the_same_as_in_process(joined: Client, store: Path, name: str) -> None:
    there, here = joined.analysis(name), analyses()[name.replace("-", "_")].run(open_store(store).dataset())
    assert there == here and there.rows
    assert there.to_polars().equals(here.to_polars())
    assert there.caveats == here.caveats
    assert (there._repr_html_() or "").startswith("<div><table>")


def test_parameters_reach_the_analysis_and_what_does_not_fit_is_said(joined: Client) -> None:
    few, all_ = (
        joined.analysis("shared-blockers", min_departments=n, as_of=date(2014, 4, 1)) for n in (4, 2)
    )
    assert len(few.rows) < len(all_.rows)
    assert few.as_of == date(2014, 4, 1)
    with pytest.raises(ClientError, match="min_departments") as refused:
        joined.analysis("shared-blockers", min_departments=0)
    assert (refused.value.status, refused.value.problem["title"]) == (400, "A parameter does not fit")


def test_queries_give_frames_graphs_and_yes_or_no(joined: Client) -> None:
    frame = joined.query("""SELECT ?label (COUNT(?d) AS ?n) (xsd:date("2014-04-01") AS ?day) ?none
        { ?b a ju:Barrier ; skos:prefLabel ?label . OPTIONAL { ?b dcterms:nothing ?none } ?d ?p ?b }
        GROUP BY ?label ?none ORDER BY DESC(?n) LIMIT 3""")
    assert isinstance(frame, pl.DataFrame) and frame.height == 3
    assert dict(frame.schema) == {"label": pl.String, "n": pl.Int64, "day": pl.Date, "none": pl.String}
    mixed = joined.query('SELECT ?v { VALUES ?v { 1 "one" 1e0 <http://e/> } }')
    assert isinstance(mixed, pl.DataFrame) and mixed["v"].to_list()[:2] == ["1", "one"]
    none = joined.query("SELECT ?a ?b { ?a ju:nothing ?b }")
    assert isinstance(none, pl.DataFrame) and none.columns == ["a", "b"] and none.height == 0
    graph = joined.query("CONSTRUCT { ?b a ju:Barrier } { ?b a ju:Barrier }")
    assert isinstance(graph, Graph) and len(graph) > 5
    assert joined.query("ASK { ?b a ju:Barrier }") is True
    with pytest.raises(ClientError, match="SPARQL"):
        joined.query("SELECT nothing")
    saved = joined.saved("question-11", as_of=date(2014, 4, 1))
    assert isinstance(saved, pl.DataFrame) and "department" in saved.columns


def test_a_list_is_read_to_its_end(joined: Client, store: Path) -> None:
    found = list(joined.things("programmes", per_page=50))
    rows = open_store(store).dataset().solutions("SELECT ?p { ?p a ju:Programme } GROUP BY ?p")[1]
    assert len({p["iri"] for p in found}) == len(found) == len(list(rows)) > 100


def test_things_networks_neighbours_and_words_are_found(joined: Client, store: Path) -> None:
    first = next(joined.things("barriers"))
    assert len(joined.thing(first["iri"])) > 3
    network = joined.network("required-ties")
    here = json.loads(write(PROJECTIONS["required-ties"].of(open_store(store).dataset(), None), "json"))
    assert (len(network), network.number_of_edges()) == (len(here["nodes"]), len(here["links"]))
    assert first["iri"] in {thing["iri"] for thing in joined.neighbourhood(first["iri"], hops=1)["things"]}
    changes = joined.changes(0, limit=500)
    assert first["iri"] in {c["iri"] for c in changes if c["change"] == "added"} and len(changes) > 500
    assert first["iri"] in {hit["iri"] for hit in joined.search(first["label"])}


def test_writing_and_loading_take_the_right_to_write(serve: Serve, store: Path, tmp_path: Path, joined: Client) -> None:  # fmt: skip
    shutil.copytree(store, tmp_path / "store")
    with serve(tmp_path / "store", "--allow-writing") as address, Client(address) as writer:
        writer.update("INSERT DATA { GRAPH <http://e/g> { <http://e/a> <http://e/b> 1 } }")
        assert writer.query("ASK { <http://e/a> <http://e/b> 1 }") is True
        file = Path(__file__).parents[2] / "examples/deep-dive/barriers.csv"
        report = writer.load([file], dry_run=True)
        assert report
        (tmp_path / "barriers.csv").write_text("id,name\n,\n", encoding="utf-8")
        with pytest.raises(ClientError) as refused:
            writer.load([tmp_path / "barriers.csv"])
        assert refused.value.status == 422 and refused.value.problem["issues"]
    with pytest.raises(ClientError, match="only reads"):
        joined.update("DELETE WHERE { ?s ?p ?o }")


def test_a_wrong_token_and_a_server_that_is_not_there_are_said_plainly(address: str) -> None:
    with Client(address, token="nobody") as stranger, pytest.raises(ClientError, match="does not count") as refused:  # fmt: skip
        stranger.query("ASK {}")
    assert refused.value.status == 401
    with Client("http://127.0.0.1:9") as nobody, pytest.raises(ClientError, match="cannot be reached"):
        nobody.query("ASK {}")


class _Slow(BaseHTTPRequestHandler):
    """Has no time at first; then says an ETag, and by it whether anything has changed."""

    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        tag = self.headers["If-None-Match"]
        self.asked.append(tag)
        self.send_response(503 if len(self.asked) < 3 else 304 if tag == '"1"' else 200)
        body = b"" if tag == '"1"' else b'{"items": [{"iri": "http://e/a", "label": "A"}]}'
        for name, value in {"Retry-After": "0", "ETag": '"1"', "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_it_tries_again_where_there_was_no_time_and_keeps_what_has_not_changed() -> None:
    with HTTPServer(("127.0.0.1", 0), _Slow) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with Client(f"http://127.0.0.1:{server.server_port}") as client:
            first, second = (list(client.things("programmes")) for _ in range(2))
        server.shutdown()
        thread.join()
    assert first == second == [{"iri": "http://e/a", "label": "A"}]
    assert _Slow.asked == [None, None, None, '"1"']
