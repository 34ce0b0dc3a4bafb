"""The SPARQL page for people: a query answered as a table with labels, within the limits of every query."""

from __future__ import annotations

import json
import time
from functools import partial
from itertools import islice

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.access import access
from api.answers import dataset, workers
from api.flowing import unless_left
from api.writing import may_write
from graph.dataset import Dataset
from graph.errors import JoinedupError
from graph.saved import saved_queries
from graph.workers import Answer
from visualisations.page import sparql_page

_SHOWN = 1000


def client_of(request: Request) -> str:
    """Whose turn it is: an address, and what a token says of who asks."""
    return f"{access(request).label} {request.client.host if request.client else ''}"


async def page(request: Request, queries: list[str]) -> str:
    """The form with the answer below it, or with what is wrong. Raises ClientLeft."""
    query = queries[0] if queries else ""
    saved = await run_in_threadpool(
        lambda: [q for q in saved_queries(dataset(request)).values() if not q.shipped]
    )
    show = partial(sparql_page, saved=saved, may_save=may_write(request))
    if not query.strip():
        return show("", None, None)
    started = time.monotonic()
    try:
        asking = workers(request).begun(query, results="json", graph="ntriples", client=client_of(request))
        flow = await unless_left(request, asking)
        answer = Answer(flow.format, await run_in_threadpool(flow.all))
    except JoinedupError as error:
        return show(query, None, str(error))
    seconds = time.monotonic() - started
    columns, rows, total = await run_in_threadpool(_shown, request, answer)
    answered_ = (columns, rows, total, seconds, len(rows))
    return await run_in_threadpool(show, query, answered_, None)


Cell = tuple[str | None, str]


def _shown(request: Request, answer: Answer) -> tuple[list[str], list[list[Cell]], int]:
    data = dataset(request)
    if answer.format != "json":
        total = answer.body.count(b"\n")
        triples = islice(ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES), _SHOWN)
        made = [[_term(data, t) for t in (q.subject, q.predicate, q.object)] for q in triples]
        return ["subject", "property", "object"], made, total
    found = json.loads(answer.body)
    if "boolean" in found:
        return ["answer"], [[(None, "yes" if found["boolean"] else "no")]], 1
    names, bindings = found["head"]["vars"], found["results"]["bindings"]

    def cell(term: dict[str, str] | None) -> Cell:
        if term is None:
            return None, ""
        return _named(data, term["value"]) if term["type"] == "uri" else (None, term["value"])

    return names, [[cell(row.get(name)) for name in names] for row in bindings[:_SHOWN]], len(bindings)


def _named(data: Dataset, iri: str) -> Cell:
    """An address as a reader sees it, with its label."""
    if not iri.startswith(("http://", "https://")):
        return None, iri
    return iri.removeprefix(data.base), data.labels.get(iri, iri)


def _term(data: Dataset, term: object) -> Cell:
    return (
        _named(data, term.value)
        if isinstance(term, ox.NamedNode)
        else (None, getattr(term, "value", str(term)))
    )
