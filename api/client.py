"""A client in Python: what a server holds as data frames, graphs and networks, in notebooks and scripts.

    from api.client import Client

    joinedup = Client("http://127.0.0.1:8765")
    joinedup.analysis("shared-blockers", min_departments=3).to_polars()

It reads a changed answer only: what it has asked before it asks for again by its ETag. Where the server has no time
(503) it waits as long as it is told, and tries again.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import networkx as nx
import polars as pl
from pydantic import TypeAdapter, ValidationError
from rdflib import Graph

from graph.analysis import Asked, Result, find_analysis
from graph.errors import JoinedupError
from ontology.terms import XSD

MOST_KEPT = 64
"""How many answers are kept to be asked for by their ETag."""
LONGEST_WAIT = 30.0
"""Seconds; where a server says to come back later than that, it is an error."""
_KINDS: Mapping[str, Any] = {
    **{str(XSD[name]): int for name in ("integer", "int", "long", "nonNegativeInteger")},
    **{str(XSD[name]): float for name in ("decimal", "double", "float")},
    str(XSD.boolean): lambda text: text in ("true", "1"),
    str(XSD.date): date.fromisoformat,
}
Value: TypeAlias = str | int | float | bool | date | Sequence[str] | None


class ClientError(JoinedupError):
    """What the server refused, in its own sentence."""

    def __init__(self, status: int, title: str, detail: str, problem: Mapping[str, Any]):
        super().__init__(detail or title)
        self.status, self.title, self.problem = status, title, problem


class Client:
    """A server of Joinedup. Close it when done, or use it in a with statement.

    Every method raises ClientError with what the server says is wrong, and where the server cannot be reached.
    """

    def __init__(self, url: str, token: str | None = None, *, seconds: float = 60.0, tries: int = 4):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=seconds)
        self._tries = max(1, tries)
        self._kept: OrderedDict[tuple[str, str], httpx.Response] = OrderedDict()

    def query(self, sparql: str) -> pl.DataFrame | Graph | bool:
        """The answer to a SPARQL query: SELECT as a frame, CONSTRUCT and DESCRIBE as a graph, ASK as yes or no."""
        headers = {"Accept": "application/sparql-results+json, application/n-triples;q=0.9"}
        return _answer(self._send("POST", "/sparql", data={"query": sparql}, headers=headers, again=True))

    def saved(self, name: str, **values: Value) -> pl.DataFrame | Graph | bool:
        """The answer to a query that is kept on the server, with its values."""
        accept = "application/sparql-results+json, application/n-triples;q=0.9"
        return _answer(self._get(f"/queries/{name}", values, accept))

    def update(self, sparql: str) -> None:
        """Carry out a SPARQL update: all of it, and on disk when this returns."""
        self._send("POST", "/sparql", data={"update": sparql}, headers=_once(), again=True)

    def analysis(self, name: str, **parameters: Value) -> Result[Any]:
        """The answer of an analysis, as the analysis itself gives it: rows, caveats, to_polars() and to_pandas()."""
        analysis = find_analysis(name)
        answer = self._get(f"/analyses/{analysis.command}", parameters, "application/json")
        said = answer.json()
        rows: Any = list[analysis.row]  # type: ignore[name-defined]
        try:
            found = TypeAdapter(rows).validate_python(said["rows"])
        except (ValidationError, KeyError):
            raise ClientError(
                200, "Another version", "The server answers in columns that this version does not know.", {}
            ) from None
        day = date.fromisoformat(said["as_of"])
        version = answer.headers.get("etag", "").strip('"').partition("-")[0]
        given = {**analysis.given(parameters), "as_of": day}
        asked = Asked(analysis, given, int(version) if version.isdigit() else 0, str(self._http.base_url))
        return Result(found, said["of"], said["of_what"], said["summary"], day, said["caveats"], asked)

    def things(self, kind: str, **filters: Value) -> Iterator[dict[str, Any]]:
        """Every thing of a list, such as programmes or barriers, from all of its parts."""
        for part in self._parts(f"/{kind}", filters):
            yield from part["items"]

    def thing(self, iri: str) -> Graph:
        """What is said of a thing."""
        return _graph(self._get("/doc", {"iri": iri}, "application/n-triples"))

    def network(self, kind: str, as_of: date | None = None) -> nx.Graph[str]:
        """A network, such as required-ties, as networkx has it."""
        said = self._get(f"/networks/{kind}.json", {"as_of": as_of}, "application/json").json()
        network: nx.Graph[str] = nx.node_link_graph(said, edges="links")
        return network

    def search(self, words: str, **filters: Value) -> list[dict[str, Any]]:
        """What holds all of these words, best first."""
        return self._list("/search", {"q": words, **filters})

    def neighbourhood(self, iri: str, **limits: Value) -> dict[str, Any]:
        """What is linked to a thing, in so many hops, with how many more there are."""
        return self._body("/neighbourhood", {"of": iri, **limits})

    def changes(self, since: int | str, **filters: Value) -> list[dict[str, Any]]:
        """What was added, changed or removed since a version of the data."""
        return self._list("/changes", {"since": since, **filters}, "rows")

    def load(self, files: Sequence[Path | str], **fields: Value) -> dict[str, Any]:
        """Load files, all of them or none, and the report. fields: mapping, marking, folder, dry_run, because."""
        with ExitStack() as opened:
            parts: list[tuple[str, Any]] = []
            for path in map(Path, files):
                parts.append(("files", (path.name, opened.enter_context(path.open("rb")))))
            headers = {**_once(), "Accept": "application/json"}
            answer = self._send("POST", "/load", files=parts, data=_texts(fields), headers=headers)
        report: dict[str, Any] = answer.json()
        return report

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def _body(self, path: str, given: Mapping[str, Value]) -> dict[str, Any]:
        body: dict[str, Any] = self._get(path, given, "application/json").json()
        return body

    def _parts(self, path: str, given: Mapping[str, Value]) -> Iterator[dict[str, Any]]:
        """A list part by part, each where the one before says that the next is."""
        following: str | None = path
        while following:
            part = self._body(following, given if following == path else {})
            yield part
            following = part.get("next")

    def _list(self, path: str, given: Mapping[str, Value], within: str = "items") -> list[dict[str, Any]]:
        return [entry for part in self._parts(path, given) for entry in part[within]]

    def _get(self, path: str, given: Mapping[str, Value], accept: str) -> httpx.Response:
        """What is at an address, from what is kept where it has not changed."""
        url = self._http.build_request("GET", path, params=_texts(given) or None).url
        key, headers = (str(url), accept), {"Accept": accept}
        kept = self._kept.get(key)
        if kept is not None:
            headers["If-None-Match"] = kept.headers["etag"]
        answer = self._send("GET", str(url), headers=headers, again=True)
        if answer.status_code == 304 and kept is not None:
            self._kept.move_to_end(key)
            return kept
        if "etag" in answer.headers:
            self._kept[key] = answer
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return answer

    def _send(self, method: str, url: str, *, again: bool = False, **sent: Any) -> httpx.Response:
        """An answer. again: whether it may be sent once more where the server has no time."""
        for left in reversed(range(self._tries if again else 1)):
            try:
                answer = self._http.request(method, url, **sent)
            except httpx.TimeoutException:
                raise ClientError(0, "No answer", "The server did not answer in time.", {}) from None
            except httpx.TransportError:
                said = (
                    f"{urlsplit(str(self._http.base_url)).netloc} cannot be reached, or broke off its answer."
                )
                raise ClientError(0, "No answer", said, {}) from None
            wait = answer.headers.get("retry-after", "")
            if answer.status_code != 503 or not left or not wait.isdigit() or int(wait) > LONGEST_WAIT:
                break
            time.sleep(int(wait))
        if answer.status_code >= 400:
            raise _error(answer)
        return answer

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _error(answer: httpx.Response) -> ClientError:
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    title = str(said.get("title", answer.reason_phrase))
    return ClientError(answer.status_code, title, str(said.get("detail", title)), said)


def _answer(answer: httpx.Response) -> pl.DataFrame | Graph | bool:
    if "json" not in answer.headers["content-type"]:
        return _graph(answer)
    said = answer.json()
    if "boolean" in said:
        return bool(said["boolean"])
    rows = said["results"]["bindings"]
    return pl.DataFrame([_column(name, [row.get(name) for row in rows]) for name in said["head"]["vars"]])


def _column(name: str, terms: list[dict[str, str] | None]) -> pl.Series:
    """A column of numbers, days or yes and no where every value is such, else of text."""
    kinds = {term.get("datatype", "") for term in terms if term is not None}
    kind = _KINDS.get(next(iter(kinds))) if len(kinds) == 1 else None
    if kind:
        with suppress(ValueError, TypeError, OverflowError, pl.exceptions.PolarsError):
            return pl.Series(name, [None if t is None else kind(t["value"]) for t in terms], strict=True)
    return pl.Series(name, [None if t is None else t["value"] for t in terms], dtype=pl.String)


def _graph(answer: httpx.Response) -> Graph:
    return Graph().parse(data=answer.content, format="nt")


def _texts(given: Mapping[str, Value]) -> dict[str, Any]:
    """Values as they stand in an address; what is None is left out."""
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: Value) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, list | tuple) else str(value)


def _once() -> dict[str, str]:
    """A key by which the server knows what was sent twice."""
    return {"Idempotency-Key": f'"{uuid4()}"'}
