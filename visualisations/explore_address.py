"""The whole state of the Explore page as its address: share the address, and get the same view."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import BaseModel, Field, ValidationError, field_validator

from graph.analysis import asked_day
from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound, shortened
from graph.exploring import LIMIT, View
from graph.scope import FILTERS, scoped
from graph.sifting import KINDS, MAIN, Sieve, barrier_types, kinds_of

_LISTED = 80
"""So many things may be opened or moved."""
_FAR = 1e6


class Asked(BaseModel):
    """What an address of the Explore page says; every value may be left out."""

    q: str = Field("", max_length=200, description="Words to search names for")
    centre: str = Field("", max_length=500, description="The thing to look around, as programme/abc")
    to: str = Field("", max_length=500, description="The other end of the ways to show")
    hops: int = Field(1, ge=1, le=3, description="How many links around the centre")
    opened: str = Field("", max_length=8_000, description="Things that are opened, in turn, joined by commas")
    show: str = Field("", pattern="^(|all)$", description="all: everything that gets through the filters")
    kinds: str = Field("", max_length=200, description="The kinds of things to show, joined by commas")
    deep_dive: str = Field("", max_length=500, description="Only what this deep dive found")
    department: str = Field("", max_length=500, description="Only programmes that it answers for")
    level: str = Field("", max_length=500, description="Only findings of interviews at this level")
    scheme: str = Field("", max_length=500, description="Only barriers that this scheme types")
    type: str = Field("", max_length=500, description="Only barriers of this type")
    severity: int = Field(0, ge=0, le=5, description="Only findings at least as severe")
    most: int = Field(0, ge=0, le=LIMIT, description="How many things at once; 0 for what is usual")
    as_of: str = Field("", max_length=10, description="The day as at which it holds")
    moved: str = Field(
        "", max_length=8_000, description="Things that were moved, as name~x~y, joined by commas"
    )
    camera: str = Field("", max_length=100, description="What part is seen, as x~y~ratio")

    @field_validator("hops", "severity", "most", mode="before")
    @classmethod
    def _empty(cls, value: object, info: object) -> object:
        name = getattr(info, "field_name", "")
        return (1 if name == "hops" else 0) if value == "" else value

    def href(self, **changes: object) -> str:
        """The address of this view with some of it changed; what is empty or usual is left out."""
        said = {**self.model_dump(), **changes}
        usual = {"hops": 1, "severity": 0, "most": 0}
        kept = {k: v for k, v in said.items() if v not in ("", None) and usual.get(k) != v}
        return f"/explore?{urlencode(kept, safe='/,~')}" if kept else "/explore"

    def opening(self, name: str) -> str:
        """The address of this view with one more thing opened; closed, if it is open."""
        names = [n for n in self.opened.split(",") if n]
        names = [n for n in names if n != name] if name in names else [*names, name]
        return self.href(opened=",".join(names))


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters of an address say. Raises BadParameter; what is no parameter of this page is left out."""
    try:
        return Asked.model_validate({k: v.strip() for k, v in parameters.items() if k in Asked.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        raise BadParameter(f"{first['loc'][0]}: {first['msg'][0].lower()}{first['msg'][1:]}.") from None


def view_of(dataset: Dataset, said: Asked) -> View:
    """The view that an address asks for. Raises BadParameter, NotFound."""
    kinds = tuple(k for k in KINDS if k in said.kinds.split(",")) if said.kinds else MAIN
    if said.kinds and (wrong := [k for k in said.kinds.split(",") if k not in KINDS]):
        raise BadParameter(
            f"kinds: there is no kind “{shortened(wrong[0])}”. Choose from {', '.join(KINDS)}."
        )
    names = [n for n in said.opened.split(",") if n]
    if len(names) > _LISTED:
        raise BadParameter(f"opened: at most {_LISTED} things can be open. Close some.")
    sieve = Sieve(
        asked_day(said.as_of),
        scoped(dataset, **{name: getattr(said, name) for name in FILTERS}),
        _type(dataset, said.type),
        said.severity,
        kinds,
    )
    return View(
        sieve,
        _thing(dataset, said.centre),
        _thing(dataset, said.to) if said.centre else None,
        said.hops,
        tuple(filter(None, (_thing(dataset, n) for n in names))),
        said.most,
        said.show == "all",
        _moved(dataset, said.moved),
    )


def name_of(dataset: Dataset, iri: str) -> str:
    """What an address calls a thing: programme/abc, or the whole IRI of what is not ours."""
    return iri.removeprefix(f"{dataset.base}/id/")


def around(dataset: Dataset, iri: str) -> str | None:
    """The address of the view around a thing; None for what Explore does not begin at."""
    if kinds_of(dataset).get(iri) not in MAIN:
        return None
    return f"/explore?{urlencode({'centre': name_of(dataset, iri)}, safe='/')}"


def _thing(dataset: Dataset, name: str) -> str | None:
    """The thing that a text names: as an address does, by its IRI or by its label."""
    if not name:
        return None
    kinds = kinds_of(dataset)
    for iri in (f"{dataset.base}/id/{name}", name):
        if iri in kinds:
            return iri
    labelled = [iri for iri in kinds if dataset.label(iri).casefold() == name.casefold()]
    if len(labelled) != 1:
        found = "Several things have the name" if labelled else "There is nothing named"
        raise NotFound(f"{found} “{shortened(name)}”. Search for it, then choose it from what is found.")
    return labelled[0]


def _type(dataset: Dataset, text: str) -> str | None:
    if not text:
        return None
    same = [t.iri for t in barrier_types(dataset) if text in (t.iri, t.label)]
    if not same:
        raise BadParameter(
            f"type: there is no type of barrier “{shortened(text)}”. Choose one from the form."
        )
    return same[0]


def _moved(dataset: Dataset, text: str) -> tuple[tuple[str, float, float], ...]:
    found: list[tuple[str, float, float]] = []
    for part in filter(None, text.split(",")):
        try:
            name, x, y = part.rsplit("~", 2)
            iri, place = _thing(dataset, name), (float(x), float(y))
        except (ValueError, NotFound):
            iri, place = None, (0.0, 0.0)
        if iri is None or not all(math.isfinite(c) and abs(c) <= _FAR for c in place):
            raise BadParameter("moved: write it as name~x~y, joined by commas, or leave it out.")
        found.append((iri, *place))
    if len(found) > _LISTED:
        raise BadParameter(f"moved: at most {_LISTED} things can be moved.")
    return tuple(found)
