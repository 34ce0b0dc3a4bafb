"""An engine elsewhere that speaks the SPARQL 1.1 Protocol and the Graph Store Protocol: asked, written to, checked.

Engines put the three services at different addresses; those that are known are tried in turn. Forms are posted, as
some engines hang on a query that is posted as it is (Virtuoso 7.2.5).
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx

from graph.errors import StoreUnusable

USER, PASSWORD = "JOINEDUP_ENGINE_USER", "JOINEDUP_ENGINE_PASSWORD"
LAYOUTS = (
    ("query", "update", "store"),  # Oxigraph
    ("query", "update", "data"),  # Fuseki
    ("sparql", "sparql-auth", "sparql-graph-crud-auth"),  # Virtuoso, which writes for those who sign in
    ("", "statements", "rdf-graphs/service"),  # GraphDB, RDF4J
    ("sparql", "sparql", "sparql/gsp"),  # Neptune
    ("query", "update", ""),  # Stardog
    ("", "", ""),  # QLever
)
"""Where query, update and graphs are, behind the address of the engine or of its dataset."""
_JSON = {"Accept": "application/sparql-results+json"}
_TRIPLES = "application/n-triples"
_SECONDS = 600.0
_PROBE = "https://w3id.org/joinedup/store/probe"


@dataclass(frozen=True)
class Services:
    """The addresses of an engine's three services."""

    query: str
    update: str
    graphs: str


class Engine:
    """An engine at an address. Nothing is asked of it before it is used.

    Every method raises StoreUnusable where it cannot be reached, refuses, or answers with what is no answer.
    """

    def __init__(self, url: str):
        try:
            address = httpx.URL(url)
            address.host.encode("idna")
        except (httpx.InvalidURL, ValueError):
            raise StoreUnusable(
                "This is no address of an engine. Write it as https://engine.example/dataset."
            ) from None
        if address.userinfo:
            raise StoreUnusable(f"Leave user and password out of the address, and set {USER} and {PASSWORD}.")
        self.url = url.rstrip("/")
        self._client = httpx.Client(timeout=httpx.Timeout(_SECONDS, connect=10))
        weakref.finalize(self, self._client.close)
        self._auth: httpx.Auth | None = None
        self._services: Services | None = None

    def select(self, query: str) -> list[dict[str, str]]:
        """The rows of a SELECT query, one dict of lexical forms a row."""
        sent = self._sent("POST", self._found().query, data={"query": query}, headers=_JSON)
        return _rows(sent)

    def update(self, text: str) -> None:
        """Carry out an update."""
        self._sent("POST", self._found().update, data={"update": text})

    def add(self, graph: str, triples: bytes) -> None:
        """Add N-Triples to a graph."""
        self._sent(
            "POST",
            self._found().graphs,
            params={"graph": graph},
            content=triples,
            headers={"Content-Type": _TRIPLES},
        )

    def read(self, graph: str) -> Iterator[bytes]:
        """The statements of a graph as lines of N-Triples; none where there is no such graph."""
        found = self._found().graphs
        headers = {"Accept": f"{_TRIPLES}, text/plain;q=0.5"}
        try:
            with self._client.stream(
                "GET", found, params={"graph": graph}, headers=headers, auth=self._auth
            ) as answer:
                if answer.status_code == 404:
                    return
                self._check(answer)
                rest = b""
                for piece in answer.iter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    yield from (line for line in whole if line.strip() and not line.startswith(b"#"))
                if rest.strip():
                    yield rest
        except httpx.HTTPError:
            raise self._silent() from None

    def _found(self) -> Services:
        if self._services is None:
            self._services = self._probed()
        return self._services

    def _probed(self) -> Services:
        """The first known layout whose services answer as they should."""
        asks = False
        for layout in LAYOUTS:
            places = [f"{self.url}/{part}".rstrip("/") for part in layout]
            if not self._answers_query(places[0]):
                continue
            asks = True
            updated = self._tried("POST", places[1], data={"update": "INSERT DATA {}"})
            read = self._tried("GET", places[2], params={"graph": _PROBE})
            if updated.is_success and (read.is_success or read.status_code == 404):
                return Services(*places)
            if 401 in (updated.status_code, read.status_code):
                raise StoreUnusable(
                    f"The engine lets in only who signs in. Set {USER} and {PASSWORD}, or correct them."
                )
        if asks:
            raise StoreUnusable(
                "The engine answers queries, but takes no updates or graphs where they are known to be. "
                "Give the address of a dataset that may be written to."
            )
        raise StoreUnusable(
            "No SPARQL engine answers at this address. Start it, or give the address of its dataset."
        )

    def _answers_query(self, place: str) -> bool:
        tried = self._tried("POST", place, data={"query": "SELECT (1 AS ?one) {}"}, headers=_JSON)
        try:
            return tried.is_success and [row.get("one") for row in _rows(tried)] == ["1"]
        except StoreUnusable:
            return False

    def _tried(self, method: str, place: str, **request: Any) -> httpx.Response:
        """What is answered, whatever it is, after signing in where that is asked for."""
        try:
            answer = self._client.request(method, place, auth=self._auth, **request)
            user = os.environ.get(USER)
            if answer.status_code == 401 and user and self._auth is None:
                digest = answer.headers.get("WWW-Authenticate", "").lower().startswith("digest")
                kind = httpx.DigestAuth if digest else httpx.BasicAuth
                auth = kind(user, os.environ.get(PASSWORD, ""))
                answer = self._client.request(method, place, auth=auth, **request)
                if answer.status_code != 401:
                    self._auth = auth
        except httpx.HTTPError:
            raise self._silent() from None
        return answer

    def _sent(self, method: str, place: str, **request: Any) -> httpx.Response:
        answer = self._tried(method, place, **request)
        self._check(answer)
        return answer

    def _check(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            raise StoreUnusable(
                f"The engine refused what it was asked for, with status {answer.status_code}."
            )

    def _silent(self) -> StoreUnusable:
        return StoreUnusable("The engine cannot be reached, or broke off. Nothing was changed here.")


def _rows(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of SPARQL results in JSON."""
    try:
        found = answer.json()["results"]["bindings"]
        return [{name: cast(str, cell["value"]) for name, cell in row.items()} for row in found]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreUnusable("The engine's answer is no table of SPARQL results.") from None
