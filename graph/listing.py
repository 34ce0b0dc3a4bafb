"""Lists of the things of one kind: in order, with what is shown of each, chosen by words and facets, a page at a time.

There may be a million things of a kind. So a list is kept as columns, and only what a page shows becomes objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from graph.analysis import Thing
from graph.dataset import Dataset, end_of, once
from graph.errors import BadParameter, NotFound, shortened
from graph.evidence import evidence, later, short_cuts
from graph.things import Value, value_of
from ontology.terms import DCTERMS, JU, ORG, PROV, SKOS

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can be listed."""

    name: str
    type: str
    columns: tuple[str, ...]
    """The properties a list shows, beside the label."""

    @property
    def facets(self) -> Mapping[str, str]:
        """The columns whose values are kinds of a sort, so that things can be counted and chosen by them: by short name."""
        return {end_of(c): c for c in self.columns if c in _COUNTED}


_COUNTED = frozenset(
    map(
        str,
        (
            JU.ledBy,
            JU.category,
            JU.organisationKind,
            JU.barrierType,
            JU.heldBy,
            JU.level,
            JU.interviewedAt,
            JU.marking,
            JU.stance,
            JU.severity,
            JU.tieKind,
            JU.addressedTo,
            JU.follows,
            JU.owner,
            JU.actionStatus,
            JU.mapping,
        ),
    )
)


def _kind(name: str, type_: str, *columns: object) -> Kind:
    return Kind(name, str(type_), tuple(map(str, columns)))


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("programmes", JU.Programme, JU.ledBy, JU.category, DCTERMS.description),
        _kind("departments", JU.Department, SKOS.altLabel, JU.replacedBy),
        _kind("organisations", ORG.Organization, SKOS.altLabel, JU.organisationKind, ORG.subOrganizationOf),
        _kind("barriers", JU.Barrier, JU.barrierType, JU.blocks, JU.heldBy),
        _kind("interviews", JU.Interview, JU.level, JU.interviewedAt, JU.heldOn, JU.marking),
        _kind("findings", JU.Finding, JU.about, JU.evidences, JU.stance, JU.severity),
        _kind("ties", JU.WorkingTie, JU.between, JU.tieKind),
        _kind("recommendations", JU.Recommendation, JU.addresses, JU.addressedTo, JU.follows),
        _kind("actions", JU.Action, JU.owner, JU.due, JU.actionStatus),
        _kind("sources", JU.Source, JU.rows, PROV.generatedAtTime, JU.marking, JU.mapping),
    )
}


@dataclass(frozen=True)
class Entry:
    """One line of a list: the thing and, for each column, its values."""

    thing: Thing
    cells: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Listing:
    """One page of a list: entries first+1 to first+len(entries), of `count` that match, of `of` there are."""

    kind: Kind
    columns: tuple[Thing, ...]
    entries: tuple[Entry, ...]
    first: int
    count: int
    of: int
    page: int
    pages: int
    filters: Mapping[str, str]
    as_of: date | None
    """The day that was asked for."""
    facets: Mapping[str, Sequence[tuple[Value, int]]]
    """How many of those that match have each value, most first, for each facet of the kind."""
    per_page: int

    @property
    def more(self) -> bool:
        """Whether any come after these."""
        return self.first + len(self.entries) < self.count


def listing(
    dataset: Dataset,
    kind: str,
    *,
    q: str = "",
    department: str = "",
    as_of: date | None = None,
    where: Sequence[str] = (),
    page: int = 1,
    per_page: int = 50,
    after: tuple[str, str] | None = None,
) -> Listing:
    """One page of the things of a kind, ordered by label in small letters and then by IRI.

    q keeps those whose label or shown text holds every word; department (the end of its IRI) keeps programmes that
    it answers for; where ("level:front-line") those with that value of a facet, by its label, its IRI or the end of it;
    as_of leaves out what was not there yet. after: begin after what sorts so, and not at a page. Raises NotFound for a kind that is not listed,
    BadParameter for a page or filter that does not fit.
    """
    found = KINDS.get(kind)
    if found is None:
        raise NotFound(f"There is no list of {kind}. Choose from {', '.join(KINDS)}.")
    if department and kind != "programmes":
        raise BadParameter("department: only programmes can be chosen by department.")
    if page < 1 or not 1 <= per_page <= 1000:
        raise BadParameter("page: must be 1 or more; per_page: must be from 1 to 1000.")
    every = _listed(dataset, found, as_of)
    chosen = every.having_words(dataset, q.lower().split()) if q.split() else every.places
    if department:
        answers = evidence(dataset, as_of).departments
        theirs = {p for p, ds in answers.items() if any(d.rsplit("/", 1)[-1] == department for d in ds)}
        chosen = every.among(chosen, theirs)
    for one in where:
        chosen = every.with_value(dataset, chosen, one)
    first = (page - 1) * per_page
    if after:
        first = every.behind(chosen, after)
        page = first // per_page + 1
    return Listing(
        found,
        tuple(Thing(c, dataset.label(c)) for c in found.columns),
        every.entries(dataset, chosen[first : first + per_page]),
        first,
        len(chosen),
        len(every.places),
        page,
        max(1, -(-len(chosen) // per_page)),
        {
            "q": q,
            "department": department,
            "where": where[0] if len(where) == 1 else "",
            "as_of": as_of.isoformat() if as_of else "",
        },
        as_of,
        {name: every.counted(dataset, chosen, column) for name, column in found.facets.items()},
        per_page,
    )


@once(64)
def how_many(dataset: Dataset, kind: str, as_of: date | None = None) -> int:
    """How many things of a kind there are: the `of` of its list, which is not made for it unless a day is asked for."""
    if as_of:
        return listing(dataset, kind, as_of=as_of, per_page=1).of
    [row] = dataset.select("how_many", type=NamedNode(KINDS[kind].type))
    return int(row["things"])


class _Listed:
    """All things of a kind as they were on a day, by label in small letters and then by IRI; each has a place, from 0.

    It is kept with its dataset and does not hold it, so that a version that nobody reads any more goes at once.
    """

    def __init__(self, dataset: Dataset, kind: Kind, as_of: date | None):
        import polars as pl  # most commands do without this slow import

        self._kind = kind
        hidden = later(dataset, as_of)
        there = dataset.columns("listed", type=NamedNode(kind.type))["thing"]
        if hidden:
            there = there.filter(~there.is_in(sorted(hidden)))
        keys = pl.Series("key", [dataset.label(iri).lower() for iri in there], pl.String)
        listed = (
            pl.DataFrame([keys, there]).with_row_index("row").sort("key", "thing").with_row_index("place")
        )
        self._things = things = listed.drop("row")
        self._texts: pl.DataFrame | None = None
        self.places = things["place"]
        cuts = {
            cut.property: cut.onward for cut in short_cuts(dataset, as_of) if cut.property in kind.columns
        }
        self._values = {
            column: _pairs(cuts[column])
            if column in cuts
            else dataset.columns("listing", property=NamedNode(column)).fill_null("")
            for column in kind.columns
        }
        # Where each has one value, a million lines need not be joined.
        in_turn = listed.sort("row")["place"]
        self._values = {
            column: pl.DataFrame([in_turn, pairs["value"]])
            if pairs["thing"].equals(there)
            else pairs.join(things, on="thing").select("place", "value").unique(maintain_order=True)
            for column, pairs in self._values.items()
        }

    def entries(self, dataset: Dataset, places: pl.Series) -> tuple[Entry, ...]:
        """Those at some places, in their order."""
        wanted = places.to_list()
        things = dict(zip(wanted, self._things["thing"].gather(places), strict=True))
        cells: dict[int, list[list[Value]]] = {place: [[] for _ in self._kind.columns] for place in wanted}
        for number, column in enumerate(self._kind.columns):
            values = self._values[column]
            for place, term in values.filter(values["place"].is_in(wanted)).iter_rows():
                cells[place][number].append(value_of(dataset, term))
        return tuple(
            Entry(
                Thing(iri, dataset.label(iri)),
                tuple(tuple(sorted(found, key=lambda v: (v.text, v.iri or ""))) for found in cells[place]),
            )
            for place, iri in things.items()
        )

    def having_words(self, dataset: Dataset, words: Sequence[str]) -> pl.Series:
        """Those whose label and shown text together hold every word."""
        if self._texts is None:
            self._texts = self._read(dataset)
        found = self._texts
        for word in words:
            found = found.filter(found["text"].str.contains(word, literal=True))
        return found["place"]

    def among(self, places: pl.Series, things: set[str]) -> pl.Series:
        """Those of some places that are one of these things."""
        theirs = self._things.filter(self._things["thing"].is_in(sorted(things)))["place"]
        return places.filter(places.is_in(theirs.implode()))

    def with_value(self, dataset: Dataset, places: pl.Series, where: str) -> pl.Series:
        """Those of some places with a value of a facet ("level:front-line"). Raises BadParameter."""
        name, _, text = where.partition(":")
        facets = self._kind.facets
        if name not in facets or not text.strip():
            known = ", ".join(f"{facet}:…" for facet in facets) or "nothing, as there are none here"
            raise BadParameter(f"where: “{shortened(where)}” does not fit. Choose from {known}.")
        values, asked = self._values[facets[name]], text.strip().casefold()
        fitting = [
            term
            for term in values["value"].unique().to_list()
            for v in [value_of(dataset, term)]
            if asked in (v.text.casefold(), (v.iri or "").casefold(), end_of(v.iri or "").casefold())
        ]
        having = values.filter(values["value"].is_in(fitting))["place"].unique()
        return places.filter(places.is_in(having.implode()))

    def behind(self, places: pl.Series, after: tuple[str, str]) -> int:
        """How many of some places come before or at what sorts so."""
        (key, iri), things = after, self._things
        upto = (things["key"] < key) | ((things["key"] == key) & (things["thing"] <= iri))
        return int((places < upto.sum()).sum())

    def counted(self, dataset: Dataset, places: pl.Series, column: str) -> list[tuple[Value, int]]:
        """How many of some places have each value of a column, most first."""
        values = self._values[column]
        if len(places) < len(self.places):
            values = values.filter(values["place"].is_in(places.implode()))
        counts = [(value_of(dataset, term), n) for term, n in values["value"].value_counts().iter_rows()]
        return sorted(counts, key=lambda item: (-item[1], item[0].text.lower(), item[0].iri or ""))

    def _read(self, dataset: Dataset) -> pl.DataFrame:
        """What is looked through for words, in small letters."""
        import polars as pl

        texts = [[label] for label in self._things["key"]]
        for column in self._kind.columns:
            values = self._values[column]
            shown = {
                term: value_of(dataset, term).text.lower() for term in values["value"].unique().to_list()
            }
            for place, term in values.sort("place", "value").iter_rows():
                texts[place].append(shown[term])
        return pl.DataFrame(
            {"text": [" ".join(parts) for parts in texts], "place": self.places},
            schema_overrides={"text": pl.String},
        )


def _pairs(onward: Mapping[str, frozenset[str]]) -> pl.DataFrame:
    import polars as pl

    rows = [(thing, value) for thing, values in onward.items() for value in values]
    return pl.DataFrame(rows, schema={"thing": pl.String, "value": pl.String}, orient="row")


@once(32)
def _listed(dataset: Dataset, kind: Kind, as_of: date | None) -> _Listed:
    return _Listed(dataset, kind, as_of)
