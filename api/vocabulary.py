"""The vocabulary at its own address, its schemes and context, and the description of what the store holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from fastapi import APIRouter
from pyoxigraph import RdfFormat, parse, serialize
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, as_jsonld, dataset, unchanged
from api.negotiation import chosen, split_suffix
from graph.description import DESCRIPTION_PREFIXES, description
from graph.errors import NotFound
from ontology.definitions import vocabulary
from ontology.terms import jsonld_context, turtle
from visualisations.vocabulary import schemes_page, vocabulary_page

router = APIRouter(tags=["vocabulary"])
_FORMS = ("html", "turtle", "jsonld")
_PAGES: Mapping[str, Callable[[], str]] = {"joinedup": vocabulary_page, "schemes": schemes_page}


@router.get("/ontology", summary="The vocabulary", operation_id="vocabulary")
def newest(request: Request) -> Response:
    """Every class and property, as a page, Turtle or JSON-LD, by Accept or by suffix (.ttl, .jsonld)."""
    return _file(request, "joinedup", None)


@router.get("/ontology/{version}", summary="One version of the vocabulary", operation_id="vocabulary_version")
def one_version(request: Request, version: str) -> Response:
    """The present version at the address that a citation names; there is no answer for any other."""
    plain, form = split_suffix(version, _FORMS)
    if plain != vocabulary().version:
        raise NotFound(f"The version of the vocabulary here is {vocabulary().version}.")
    return _file(request, "joinedup", form)


@router.get("/schemes", summary="The lists of concepts that Joinedup ships", operation_id="schemes")
def schemes(request: Request) -> Response:
    """Every concept scheme, as a page, Turtle or JSON-LD, by Accept or by suffix (.ttl, .jsonld)."""
    return _file(request, "schemes", None)


@router.get("/context.jsonld", summary="The JSON-LD context", operation_id="jsonld_context")
def context(request: Request) -> Response:
    """The context by which JSON from here is JSON-LD."""
    body = json.dumps({"@context": jsonld_context()}, ensure_ascii=False, indent=2)
    return unchanged(request) or answered(request, body, "jsonld")


@router.get("/.well-known/void", summary="What this store holds", operation_id="void")
def void(request: Request) -> Response:
    """A VoID and DCAT description: statements, things of each class, vocabularies, sources. Turtle or JSON-LD, by Accept."""
    if held := unchanged(request):
        return held
    wanted = chosen(request, ("turtle", "jsonld"))
    said = description(dataset(request), str(request.base_url).rstrip("/"))
    if wanted == "turtle":
        body = serialize(said, format=RdfFormat.TURTLE, prefixes=DESCRIPTION_PREFIXES) or b""
        return answered(request, body, wanted)
    return answered(request, as_jsonld(said, DESCRIPTION_PREFIXES), wanted)


def _file(request: Request, name: str, form: str | None) -> Response:
    """One Turtle file of the vocabulary: drawn, as it stands, or as JSON-LD."""
    if held := unchanged(request):
        return held
    wanted = chosen(request, _FORMS, form)
    if wanted == "html":
        return answered(request, _PAGES[name](), wanted)
    if wanted == "turtle":
        return answered(request, turtle(name), wanted)
    statements = parse(turtle(name), format=RdfFormat.TURTLE)
    return answered(request, as_jsonld((quad.triple for quad in statements), jsonld_context()), wanted)


def _suffixed(name: str, form: str) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        """The same in one form."""
        return _file(request, name, form)

    return answer


for _address, _name in (("ontology", "joinedup"), ("schemes", "schemes")):
    for _suffix, _form in ((".ttl", "turtle"), (".jsonld", "jsonld"), (".html", "html")):
        router.add_api_route(
            f"/{_address}{_suffix}", _suffixed(_name, _form), methods=["GET"], include_in_schema=False
        )
