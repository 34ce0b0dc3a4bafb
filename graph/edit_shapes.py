"""What the shapes, and the rules that hold for every file of RDF, say of a change that a client makes.

Only what the change itself breaks refuses it: a thing that did not fit a shape before may still be written about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import pyoxigraph as ox

from graph.dataset import Dataset
from graph.edit_checks import Unfit
from graph.errors import shortened
from graph.ingest.following import BARE_NEVER, TYPE, following
from graph.ingest.shapes import MAY_FOLLOW, around, things
from graph.persons import personal
from ontology.terms import ONTOLOGY, SKOS

MOST_CHECKED = 100_000
"""Statements that the shapes are asked of. Measured there: 3 s."""
_SHOWN = 20
_LABEL = str(SKOS.prefLabel)


class Broken(Unfit):
    """What would not fit a shape, with the things."""

    def __init__(self, reason: str, found: list[dict[str, str]]):
        super().__init__(422, reason)
        self.things = found


def check_shapes(
    before: ox.Store, removed: Set[ox.Quad], added: Set[ox.Quad], request: Mapping[str, Any]
) -> None:
    """Raise Broken where a change breaks a shape or one of the rules for RDF, and Unfit where that cannot be told."""
    # The engine is slow to import, and only a change that may be made needs it.
    from ontology.validate import CannotValidate, targets, validate

    dataset = Dataset(before, base=request["base"], version=0, snapshot=None)
    touched = things(quad.triple for quads in (removed, added) for quad in quads)
    near = {q for iri in touched for q in dataset.about(iri)}.difference(removed) | added
    wrong = [*_of_persons(dataset, added), *_bare(dataset, near, added), *_dangling(dataset, added)]
    if wrong:
        raise Broken(_sentence("It is not written", wrong), wrong[:_SHOWN])
    looked_at = set[str]().union(*targets({q.triple for q in near}).values()) & touched
    if not looked_at:
        return
    about = {q.triple for q in near if getattr(q.subject, "value", "") in looked_at}
    old = set(around(dataset, about, frozenset()))
    old |= {q for q in removed if getattr(q.subject, "value", "") in looked_at}
    new = old.difference(removed) | {q for q in added if q.graph_name != ox.NamedNode(ONTOLOGY)}
    if len(new) > MOST_CHECKED:
        raise Unfit(
            422,
            f"With what it touches, it holds more than {MOST_CHECKED:,} statements that have to be checked. "
            "Write it in parts, or load it as a file.",
        )
    try:
        found = [
            f
            for f in validate({q.triple for q in new})
            if f.severity == "Violation" and f.focus in looked_at and f.shape not in MAY_FOLLOW
        ]
        if found:
            known = {(f.shape, f.focus) for f in validate({q.triple for q in old})}
            found = [f for f in found if (f.shape, f.focus) not in known]
    except CannotValidate as failure:
        raise Unfit(422, str(failure)) from None
    if found:
        named = _labels(new)
        broken = [
            {"label": named.get(f.focus) or dataset.label(f.focus), "iri": f.focus, "message": f.message}
            for f in found
        ]
        raise Broken(_sentence("It would not fit the shapes", broken), broken[:_SHOWN])


def _of_persons(dataset: Dataset, added: Iterable[ox.Quad]) -> Iterator[dict[str, str]]:
    """Statements that make a person of a thing of this store. Other addresses are the client's own affair."""
    for quad in added:
        own = getattr(quad.subject, "value", "").startswith(f"{dataset.base}/id/")
        if own and (what := personal(quad)):
            said = f"It speaks of a person ({what}). Name a role instead; no person is kept here."
            yield _thing(quad.subject, said)


def _bare(dataset: Dataset, near: Set[ox.Quad], added: Iterable[ox.Quad]) -> Iterator[dict[str, str]]:
    """Short cuts that follow from nothing."""
    bare = [quad for quad in added if quad.predicate.value in BARE_NEVER]
    if not bare:
        return
    spoken = {term.value for quad in bare for term in (quad.subject, quad.object) if hasattr(term, "value")}
    refer = {
        getattr(q.subject, "value", "") for iri in spoken if _address(iri) for q in dataset.referring(iri)
    }
    whole = set(near).union(*(set(dataset.about(iri)) for iri in refer if _address(iri)))
    follows = set(following(whole))
    for quad in bare:
        triple = quad.triple
        if triple not in follows and not any(
            q.triple == triple
            for q in dataset.about(triple.subject.value, triple.predicate.value)  # type: ignore[union-attr]
        ):
            name = quad.predicate.value.rpartition("#")[2]
            said = f"ju:{name} is a short cut that only {BARE_NEVER[quad.predicate.value]} gives, and there is none. State that instead."
            yield _thing(quad.subject, said)


def _dangling(dataset: Dataset, added: Set[ox.Quad]) -> Iterator[dict[str, str]]:
    """Addresses of this store at which nobody describes a thing."""
    own = f"{dataset.base}/id/"
    typed = {quad.subject for quad in added if quad.predicate == TYPE}
    for term in {t for quad in added for t in (quad.subject, quad.object)}:
        if not isinstance(term, ox.NamedNode) or not term.value.startswith(own) or term in typed:
            continue
        if not term.value.startswith(f"{own}source/"):  # a graph is there by being named
            whole = term.value.partition("#")[0]
            known = next(dataset.about(whole, TYPE.value), None) or ox.NamedNode(whole) in typed
            if not known and not dataset.facts(whole):
                yield _thing(
                    term,
                    "It is an address of this store, and nobody says what is there. Describe it, or correct the address.",
                )


def _thing(term: object, message: str) -> dict[str, str]:
    iri = str(getattr(term, "value", term))
    return {"label": iri.rstrip("/").rpartition("/")[2] or iri, "iri": iri, "message": message}


def _labels(quads: Iterable[ox.Quad]) -> dict[str, str]:
    return {
        getattr(q.subject, "value", ""): getattr(q.object, "value", "")
        for q in quads
        if q.predicate.value == _LABEL
    }


def _sentence(begin: str, wrong: list[dict[str, str]]) -> str:
    first = wrong[0]
    more = f" And {len(wrong) - 1:,} more." if len(wrong) > 1 else ""
    return f"{begin}. “{shortened(first['label'])}”: {first['message']}{more} Nothing has changed."


def _address(text: str) -> bool:
    return text.startswith(("http://", "https://", "urn:", "tag:"))
