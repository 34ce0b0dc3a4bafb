"""Things at their own addresses, lists of them, and the whole network as JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

import networkx as nx
from fastapi import APIRouter, Query
from pyoxigraph import RdfFormat, serialize
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import paging
from api.answers import answered, as_jsonld, dataset, unchanged
from api.as_of import AsOf
from api.changes import gone
from api.negotiation import SUFFIXES, chosen, split_suffix
from api.paging import Cursor, Limit
from api.profiles import FULL, Profile, profile_of, said
from graph.errors import NotFound
from graph.identity.resolving import merged_into
from graph.labelled import statements
from graph.listing import KINDS, Listing, listing
from graph.network import whole_network
from graph.tabular import as_csv
from ontology.terms import PREFIXES, jsonld_context
from visualisations.page import list_page, resource_page

router = APIRouter(tags=["things"])
_DOCUMENT = ("html", "turtle", "jsonld", "ntriples", "rdfxml")
_LIST = ("json", "csv", "html")
_RDF = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES, "rdfxml": RdfFormat.RDF_XML}


@router.get(
    "/id/{segment}/{name:path}",
    summary="A thing: leads to the document about it",
    operation_id="thing",
    status_code=303,
)
def thing(request: Request, segment: str, name: str) -> Response:
    """See other: the thing is not a document, the document about it is at /doc (W3C, Cool URIs for the Semantic Web).

    What was merged into another thing leads to that thing. It is no permanent redirect, as a merge can be undone.
    """
    plain, form = split_suffix(name, _DOCUMENT)
    suffix = next((s for s, f in SUFFIXES.items() if f == form), "") if form else ""
    data = dataset(request)
    kept = merged_into(data, f"{data.base}/id/{segment}/{plain}")
    path = f"{kept[len(data.base) :]}{suffix}" if kept else f"/doc/{segment}/{plain}{suffix}"
    return RedirectResponse(
        request.url.replace(path=path).include_query_params().__str__(),
        303,
        {"Vary": "Accept"},
    )


@router.get(
    "/doc/{segment}/{name:path}",
    summary="What is said of a thing",
    operation_id="document",
)
def document(request: Request, segment: str, name: str, as_of: AsOf, profile: Profile = "") -> Response:
    """HTML, Turtle, JSON-LD, N-Triples or RDF/XML, by Accept or by suffix (.ttl, .jsonld, .nt, .rdf, .html).

    as_of is for HTML; the other forms hold every statement, with its days, and the label of everything they name.
    What was there once and is not any more is 410, where that is known.
    """
    base = f"{dataset(request).base}/id/{segment}"
    plain, form = split_suffix(name, _DOCUMENT)
    if kept := merged_into(dataset(request), f"{base}/{plain}"):
        suffix = name[len(plain) :]
        path = f"/doc{kept.removeprefix(f'{dataset(request).base}/id')}{suffix}"
        return RedirectResponse(str(request.url.replace(path=path)), 303, {"Vary": "Accept"})
    return _document(request, f"{base}/{plain}", form, as_of, profile)


@router.get(
    "/doc",
    summary="What is said of a term or concept",
    operation_id="document_of_iri",
)
def document_of(
    request: Request,
    iri: Annotated[str, Query(max_length=2000, description="Its IRI")],
    as_of: AsOf,
    profile: Profile = "",
) -> Response:
    """The same for anything that the store speaks of, by its IRI: terms of the vocabulary, concepts of a scheme."""
    return _document(request, iri, None, as_of, profile)


def _document(request: Request, iri: str, form: str | None, as_of: date | None, asked: str) -> Response:
    profile = profile_of(request, asked)
    if held := unchanged(request):
        return held
    data = dataset(request)
    wanted = chosen(request, _DOCUMENT, form)
    if wanted == "html":
        try:
            page = resource_page(data, iri, as_of)
        except NotFound:
            raise gone(request, data, iri) from None
        return answered(request, page, "html")
    triples = statements(data, iri, full=profile == FULL)
    if not triples:
        raise gone(request, data, iri)
    body: str | bytes
    if wanted == "jsonld":
        body = _about(iri, as_jsonld(triples, jsonld_context()))
    else:
        body = serialize(triples, format=_RDF[wanted], prefixes=PREFIXES) or b""
    return said(request, answered(request, body, wanted), profile)


def _about(iri: str, body: str) -> str:
    """JSON-LD whose outermost object is the thing, with whatever else is named in `@included` (JSON-LD 1.1, 4.7)."""
    said = json.loads(body)
    nodes = said.pop("@graph", None)
    if nodes is None:
        return body
    thing: dict[str, Any] = next((node for node in nodes if node.get("id", node.get("@id")) == iri), {})
    others = [node for node in nodes if node is not thing]
    return json.dumps({**said, **thing, "@included": others}, ensure_ascii=False, indent=2)


@router.get(
    "/graph.json",
    summary="Programmes, organisations and barriers as one network (node-link)",
    operation_id="network",
)
def network(
    request: Request,
    as_of: AsOf,
    kind: Annotated[
        list[str] | None,
        Query(description="Keep nodes of these kinds: programme, department, organisation, barrier"),
    ] = None,
) -> Response:
    """Node-link data as networkx reads it (node_link_graph, edges="links"), and as D3 and others do."""
    if held := unchanged(request):
        return held
    whole = whole_network(dataset(request), as_of=as_of)
    kept = whole.subgraph([n for n, data in whole.nodes(data=True) if not kind or data["kind"] in kind])
    data: dict[str, Any] = nx.node_link_data(kept, edges="links")
    data["graph"] = {
        "nodes": f"{len(kept)} of {len(whole)}",
        "links": f"{kept.number_of_edges()} of {whole.number_of_edges()}",
    }
    return answered(request, json.dumps(data, ensure_ascii=False), "json")


def _list(kind: str, form: str | None = None) -> Any:
    def answer(
        request: Request,
        as_of: AsOf,
        q: Annotated[
            str, Query(max_length=200, description="Keep those whose label or shown text holds every word")
        ] = "",
        department: Annotated[
            str,
            Query(
                max_length=200,
                description="Programmes: keep those that this department answers for, by the end of its IRI",
            ),
        ] = "",
        where: Annotated[
            list[str] | None,
            Query(
                max_length=10,
                description="Keep those with a value of a facet, as `facets` of the answer write it: level:front-line",
            ),
        ] = None,
        limit: Limit = 50,
        cursor: Cursor = "",
        page: Annotated[int, Query(ge=1, le=1_000_000, description="For pages of HTML: the page")] = 1,
        per_page: Annotated[int | None, Query(ge=1, le=1000, description="With page: as limit")] = None,
    ) -> Response:
        """A part, in the order of labels, with how many match, how many there are, and counts by kind in `facets`.

        `next`, also a Link header, leads to the part that follows. It goes on after the last thing of this one, so that
        a change of the data meanwhile neither repeats nor skips what stays; `changed` says that there was one.
        """
        if held := unchanged(request):
            return held
        version, place = paging.after(cursor, str, str) if cursor else (0, None)
        wanted = chosen(request, _LIST, form)
        data = dataset(request)
        found = listing(
            data,
            kind,
            q=q,
            department=department,
            where=where or (),
            as_of=as_of,
            page=page,
            per_page=per_page or limit,
            after=place,
        )
        last = found.entries[-1].thing if found.more and found.entries else None
        said = paging.cursor(data.version, last.label.lower(), last.iri) if last else None
        paged = not cursor and ("page" in request.query_params or "per_page" in request.query_params)
        further = _at(request, found, found.page + 1) if paged else paging.following(request, said)
        if wanted == "html":
            return answered(request, list_page(data, found), "html")
        if wanted == "csv":
            file = answered(request, as_csv(_rows(found)), "csv", name=f"{kind}.csv")
            return paging.linked(file, next=further)
        body = {
            **_page(request, found),
            "limit": found.per_page,
            "version": data.version,
            "changed": bool(cursor) and version != data.version,
            "next": further,
        }
        return paging.linked(answered(request, json.dumps(body, ensure_ascii=False), "json"), next=further)

    return answer


def _at(request: Request, found: Listing, page: int) -> str | None:
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in ("page", "cursor")]
    return f"{request.url.path}?{urlencode([*kept, ('page', page)])}" if 1 <= page <= found.pages else None


def _page(request: Request, found: Listing) -> dict[str, Any]:
    items = [
        {
            "iri": entry.thing.iri,
            "label": entry.thing.label,
            **{
                c.label: [{"iri": v.iri, "label": v.text} if v.iri else v.text for v in values]
                for c, values in zip(found.columns, entry.cells, strict=True)
            },
        }
        for entry in found.entries
    ]
    return {
        "kind": found.kind.name,
        "order": "label",
        "as_of": found.filters["as_of"] or None,
        "count": found.count,
        "of": found.of,
        "first": found.first + 1 if items else 0,
        "page": found.page,
        "pages": found.pages,
        "previous": _at(request, found, found.page - 1),
        "facets": {
            name: [
                {
                    "label": value.text,
                    **({"iri": value.iri} if value.iri else {}),
                    "count": count,
                    "where": f"{name}:{value.iri or value.text}",
                }
                for value, count in values
            ]
            for name, values in found.facets.items()
        },
        "items": items,
    }


def _rows(found: Listing) -> list[list[str]]:
    head = ["label", "iri", *(c.label for c in found.columns)]
    return [
        head,
        *(
            [e.thing.label, e.thing.iri, *("; ".join(v.text for v in values) for values in e.cells)]
            for e in found.entries
        ),
    ]


for _name in KINDS:
    for _suffix, _form in (("", None), (".json", "json"), (".csv", "csv"), (".html", "html")):
        router.add_api_route(
            f"/{_name}{_suffix}",
            _list(_name, _form),
            methods=["GET"],
            summary=f"The {_name}, a page at a time",
            operation_id=f"list_{_name}{_suffix.replace('.', '_')}",
            include_in_schema=not _suffix,
            response_class=Response,
        )
