"""Things one by one and in lists: what a page, a JSON answer or a table shows of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest

from pyoxigraph import Literal, NamedNode

from graph.analysis import Thing
from graph.dataset import Dataset, named, once
from graph.errors import BadParameter, NotFound, shortened
from graph.evidence import Finding, evidence, later, short_cuts
from ontology.terms import DCTERMS, JU, ORG, PROV, RDF, SKOS


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
        return {re.split(r"[#/]", c)[-1]: c for c in self.columns if c in _COUNTED}


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
class Value:
    """One value: something with a page of its own, or plain text (iri None)."""

    iri: str | None
    text: str


@dataclass(frozen=True)
class Fact:
    """One property and its values; backwards where the values are what refers to the thing."""

    property: Thing
    values: tuple[Value, ...]
    backwards: bool = False


@dataclass(frozen=True)
class Description:
    """Everything that is said of a thing, and what refers to it."""

    thing: Thing
    kinds: tuple[Thing, ...]
    facts: tuple[Fact, ...]
    sources: tuple[Value, ...]
    """The rows of files that the statements come from."""


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


@dataclass(frozen=True)
class Evidenced:
    """A finding with everything a reader needs to judge it."""

    finding: Finding
    barrier: Thing
    programme: Thing
    source: Thing
    organisation: Thing | None
    level: str
    role: str
    summary: str
    excerpt: str


def describe(dataset: Dataset, iri: str, as_of: date | None = None) -> Description:
    """Everything about a thing, and who led it on the day. Raises NotFound.

    as_of leaves out what refers to it and was not there yet, and what no finding of that day bears out.
    """
    outward: defaultdict[str, set[Value]] = defaultdict(set)
    inward: defaultdict[str, set[Value]] = defaultdict(set)
    for row in dataset.select("facts", thing=named(iri)):
        if "from" in row:
            inward[row["property"]].add(_value(dataset, row["from"]))
        else:
            outward[row["property"]].add(_value(dataset, row["value"]))
    types = outward.pop(str(RDF.type), set())
    if not outward:
        raise NotFound("There is nothing at this address.")
    for cut in short_cuts(dataset, as_of):
        outward[cut.property] = {_value(dataset, o) for o in cut.onward.get(iri, ())}
        inward[cut.property] = {_value(dataset, s) for s in cut.back.get(iri, ())}
    hidden = later(dataset, as_of)
    sources = outward.pop(str(PROV.wasDerivedFrom), set())
    label = Thing(iri, dataset.label(iri))
    outward.pop(str(SKOS.prefLabel), None)
    facts = [
        _fact(dataset, p, shown, backwards)
        for found, backwards in ((outward, False), (inward, True))
        for p, values in found.items()
        if (shown := [v for v in values if v.iri not in hidden])
    ]
    return Description(
        label,
        tuple(sorted((Thing(v.iri or "", v.text) for v in types), key=lambda t: t.label)),
        tuple(sorted(facts, key=lambda f: (f.backwards, f.property.label))),
        tuple(sorted(sources, key=lambda v: v.text)),
    )


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
    every = _entries(dataset, found, as_of)
    words = q.lower().split()
    chosen = [e for e in every if all(word in _text(e) for word in words)]
    if department:
        answers = evidence(dataset, as_of).departments
        chosen = [
            e for e in chosen if any(d.rsplit("/", 1)[-1] == department for d in answers.get(e.thing.iri, ()))
        ]
    for one in where:
        chosen = _having(found, chosen, one)
    first = (page - 1) * per_page
    if after:
        first = bisect_right(chosen, after, key=_place)
        page = first // per_page + 1
    return Listing(
        found,
        tuple(Thing(c, dataset.label(c)) for c in found.columns),
        tuple(chosen[first : first + per_page]),
        first,
        len(chosen),
        len(every),
        page,
        max(1, -(-len(chosen) // per_page)),
        {
            "q": q,
            "department": department,
            "where": where[0] if len(where) == 1 else "",
            "as_of": as_of.isoformat() if as_of else "",
        },
        as_of,
        {name: _counted(found, chosen, column) for name, column in found.facets.items()},
        per_page,
    )


def how_many(dataset: Dataset, kind: str, as_of: date | None = None) -> int:
    """How many things of a kind there are: the `of` of its list, which is not made for it unless a day is asked for."""
    if as_of:
        return listing(dataset, kind, as_of=as_of, per_page=1).of
    [row] = dataset.select("how_many", type=NamedNode(KINDS[kind].type))
    return int(row["things"])


def _place(entry: Entry) -> tuple[str, str]:
    return entry.thing.label.lower(), entry.thing.iri


def _having(kind: Kind, entries: Sequence[Entry], where: str) -> list[Entry]:
    """The entries with a value of a facet. Raises BadParameter."""
    name, _, text = where.partition(":")
    if name not in kind.facets or not text.strip():
        known = ", ".join(f"{facet}:…" for facet in kind.facets) or "nothing, as there are none here"
        raise BadParameter(f"where: “{shortened(where)}” does not fit. Choose from {known}.")
    place, asked = kind.columns.index(kind.facets[name]), text.strip().casefold()
    return [
        e
        for e in entries
        if any(
            asked in (v.text.casefold(), (v.iri or "").casefold(), _end(v.iri).casefold())
            for v in e.cells[place]
        )
    ]


def _counted(kind: Kind, entries: Sequence[Entry], column: str) -> list[tuple[Value, int]]:
    place = kind.columns.index(column)
    counts = Counter(value for e in entries for value in e.cells[place])
    return sorted(counts.items(), key=lambda item: (-item[1], item[0].text.lower(), item[0].iri or ""))


def _end(iri: str | None) -> str:
    return re.split(r"[#/]", iri.rstrip("#/"))[-1] if iri else ""


def evidence_for(dataset: Dataset, findings: Iterable[Finding], most: int | None = None) -> list[Evidenced]:
    """Findings with the words and labels that a reader needs, worst first; of many only so many of the worst."""

    def called(iri: str) -> Thing:
        return Thing(iri, dataset.label(iri))

    def worst(f: Finding) -> tuple[int, str, str, str]:
        return -f.severity, f.barrier, f.programme, f.iri

    chosen = sorted(findings, key=worst) if most is None else nsmallest(most, findings, key=worst)
    every = _details(dataset) if most is None else {}
    out = []
    for f in chosen:
        words = every.get(f.iri, {}) if most is None else _said_in(dataset, f)
        out.append(
            Evidenced(
                f,
                called(f.barrier),
                called(f.programme),
                called(f.source),
                called(f.organisation) if f.organisation else None,
                dataset.label(f.level) if f.level else "",
                words.get("role", ""),
                words.get("summary", ""),
                words.get("excerpt", ""),
            )
        )
    return out


@once(2)
def _details(dataset: Dataset) -> Mapping[str, Mapping[str, str]]:
    """What exactly each finding says; of a few it is asked sooner one by one."""
    return {row["finding"]: row for row in dataset.select("details")}


def _said_in(dataset: Dataset, finding: Finding) -> dict[str, str]:
    """As `_details`, of one finding."""
    found: dict[str, str] = {}
    for thing in (finding.iri, finding.source) if finding.interview else (finding.iri,):
        for triple in dataset.describe(thing):
            if (name := _IN_WORDS.get((thing == finding.iri, triple.predicate.value))) and isinstance(
                triple.object, Literal
            ):
                found[name] = triple.object.value
    return found


_IN_WORDS = {
    (True, str(DCTERMS.description)): "summary",
    (True, str(JU.excerpt)): "excerpt",
    (False, str(JU.intervieweeRole)): "role",
}


@once(32)
def _entries(dataset: Dataset, kind: Kind, as_of: date | None) -> tuple[Entry, ...]:
    cells: dict[str, defaultdict[str, set[Value]]] = {}
    hidden = later(dataset, as_of)
    for row in dataset.select("listing", type=NamedNode(kind.type)):
        properties = cells.setdefault(row["thing"], defaultdict(set))
        if row.get("property") in kind.columns:
            properties[row["property"]].add(_value(dataset, row["value"]))
    for cut in short_cuts(dataset, as_of):
        for iri, found in cells.items() if cut.property in kind.columns else ():
            found[cut.property] = {_value(dataset, o) for o in cut.onward.get(iri, ())}
    entries = (
        Entry(
            Thing(iri, dataset.label(iri)),
            tuple(tuple(sorted(found[c], key=lambda v: v.text)) for c in kind.columns),
        )
        for iri, found in cells.items()
        if iri not in hidden
    )
    return tuple(sorted(entries, key=_place))


def _text(entry: Entry) -> str:
    return " ".join([entry.thing.label, *(v.text for values in entry.cells for v in values)]).lower()


def _fact(dataset: Dataset, predicate: str, values: Iterable[Value], backwards: bool) -> Fact:
    return Fact(
        Thing(predicate, dataset.label(predicate)), tuple(sorted(values, key=lambda v: v.text)), backwards
    )


def _value(dataset: Dataset, term: str) -> Value:
    if re.match(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+$", term) and (term.startswith(("http://", "https://"))):
        return Value(term, label_of(dataset, term))
    return Value(None, term)


def label_of(dataset: Dataset, iri: str) -> str:
    """What a reader is shown for an IRI: its label, the row of a file that it is, or itself where it is not ours."""
    source, _, fragment = iri.partition("#")
    if "/id/source/" in source and fragment:
        return f"{dataset.label(source)}, {fragment.replace('=', ' ').replace('&', ', ')}"
    if iri in dataset.labels or dataset.base in iri or "w3id.org/joinedup" in iri:
        return dataset.label(iri)
    return iri
