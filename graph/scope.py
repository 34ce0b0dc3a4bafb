"""What an answer is about, where a reader asks for a part: one deep dive, department, level or scheme of barrier types.

A deep dive keeps what its interviews found, what datasets found about the programmes that it looked at, and those
programmes. A department keeps the programmes that it answers for. A level keeps the findings of interviews held at it,
and a scheme those of barriers that a concept of it types. Several are all to be met.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from graph.analysis import Thing
from graph.dataset import Dataset, end_of, once
from graph.errors import BadParameter, shortened
from graph.evidence import Evidence, discussed, evidence, newest_day, sources
from ontology.terms import concept, concepts

FILTERS = ("deep_dive", "department", "level", "scheme")
"""The parameters by which an analysis can be narrowed."""
_NAMED = 12
"""How many choices an error names."""
_ONLY = {
    "deep_dive": "what the deep dive “{}” found: its interviews, and datasets about the programmes it looked at",
    "department": "programmes that {} answers for",
    "level": "findings of interviews at the level “{}”",
    "scheme": "barriers typed by “{}”",
}


@dataclass(frozen=True)
class Scope:
    """The IRIs of what was asked for; None means all."""

    deep_dive: str | None = None
    department: str | None = None
    level: str | None = None
    scheme: str | None = None

    def but(self, *names: str) -> Scope:
        """The same without some of the filters."""
        return replace(self, **dict.fromkeys(names))

    def said(self, dataset: Dataset, **words: str) -> list[str]:
        """A sentence for each filter that was asked for; words says it otherwise, with {} for the name."""
        asked = {name: iri for name in FILTERS if (iri := getattr(self, name))}
        return [f"Only {(_ONLY | words)[name].format(dataset.label(iri))}." for name, iri in asked.items()]


def scoped(dataset: Dataset, **asked: str) -> Scope:
    """The scope that filters name, each by the end of an address, a whole address or a label; empty texts mean all.

    Raises BadParameter with the choices where there is no such thing, or several.
    """
    return Scope(
        **{name: _found(dataset, name, text.strip()) for name, text in asked.items() if text.strip()}
    )


@once(32)
def choices(dataset: Dataset, name: str, as_of: date | None = None) -> tuple[Thing, ...]:
    """What a filter can be, by label: departments that answer for a programme on the day, schemes that type a barrier."""
    if name == "level":
        return tuple(
            Thing(iri, dataset.label(iri)) for code in concepts("levels") for iri in [concept("levels", code)]
        )
    if name == "deep_dive":
        found: Iterable[str] = {row["dive"] for row in dataset.select("analyses/dives")}
    elif name == "department":
        found = frozenset[str]().union(*evidence(dataset, as_of).departments.values())
    else:
        found = _typed(dataset)
    return tuple(
        sorted((Thing(iri, dataset.label(iri)) for iri in found), key=lambda t: (t.label.lower(), t.iri))
    )


def shorts(things: Iterable[Thing]) -> dict[str, str]:
    """The shortest text that names each of some things, by its IRI: the end of its address where no other has the same."""
    ends = {thing.iri: end_of(thing.iri) for thing in things}
    count = Counter(ends.values())
    return {iri: end if count[end] == 1 else iri for iri, end in ends.items()}


def narrowed(dataset: Dataset, as_of: date | None, scope: Scope) -> Evidence:
    """The evidence as of a day that is in a scope. Ties stay where none of their ends is a programme outside it."""
    if scope == Scope():
        return evidence(dataset, as_of)
    return _narrowed(dataset, as_of or newest_day(dataset), scope)


def programmes_of(known: Evidence, department: str | None) -> frozenset[str]:
    """The programmes that a department answers for on the day; all where none is asked for."""
    if department is None:
        return known.programmes
    return frozenset(p for p in known.programmes if department in known.departments.get(p, ()))


@once(32)
def interviews_in(dataset: Dataset, as_of: date, scope: Scope) -> frozenset[str]:
    """The interviews held by a day that are in a scope, whether or not a finding came of them."""
    work = _fieldwork(dataset)
    mine = programmes_of(evidence(dataset, as_of), scope.department)
    return frozenset(
        row["source"]
        for row in sources(dataset)
        if "level" in row
        and row.get("day", "9") <= as_of.isoformat()
        and (scope.level is None or row["level"] == scope.level)
        and (scope.deep_dive is None or row["source"] in work.held.get(scope.deep_dive, ()))
        and (scope.department is None or not mine.isdisjoint(discussed(dataset).get(row["source"], ())))
    )


def held_for(dataset: Dataset) -> Mapping[str, frozenset[str]]:
    """The interviews of each deep dive, whenever they were held."""
    return _fieldwork(dataset).held


def programmes_looked_at(dataset: Dataset, deep_dive: str | None) -> frozenset[str] | None:
    """The programmes that a deep dive looks at, or that its interviews were about; None, for all, without one."""
    if deep_dive is None:
        return None
    work = _fieldwork(dataset)
    asked = (discussed(dataset).get(interview, frozenset()) for interview in work.held.get(deep_dive, ()))
    return work.examined.get(deep_dive, frozenset()).union(*asked)


def deep_dives_in(dataset: Dataset, as_of: date, scope: Scope) -> frozenset[str]:
    """The deep dives in a scope: those that look at a programme that the department answers for on the day."""
    every = frozenset(row["dive"] for row in dataset.select("analyses/dives"))
    if scope.department:
        work, mine = _fieldwork(dataset), programmes_of(evidence(dataset, as_of), scope.department)
        every = frozenset(d for d in every if not mine.isdisjoint(work.examined.get(d, ())))
    return every & {scope.deep_dive} if scope.deep_dive else every


@once(32)
def _narrowed(dataset: Dataset, as_of: date, scope: Scope) -> Evidence:
    import polars as pl  # most commands do without this slow import

    whole, work = evidence(dataset, as_of), _fieldwork(dataset)
    mine = work.held.get(scope.deep_dive, frozenset()) if scope.deep_dive else None
    heard = interviews_in(dataset, as_of, scope)
    asked = frozenset(p for interview in heard for p in discussed(dataset).get(interview, ()))
    programmes = programmes_of(whole, scope.department)
    if scope.deep_dive:
        programmes &= asked | work.examined.get(scope.deep_dive, frozenset())
    typed = barriers_typed(dataset, scope.scheme)
    said = whole.said.filter(pl.col("programme").is_in(list(programmes)))
    if typed is not None:
        said = said.filter(pl.col("barrier").is_in(list(typed)))
    if scope.level is not None:
        said = said.filter(pl.col("level") == scope.level)
    if mine is not None:
        said = said.filter(~pl.col("interview") | pl.col("source").is_in(list(mine)))
    return replace(
        whole,
        said=said,
        programmes=programmes,
        interviewed=whole.interviewed & asked & programmes,
        leads={p: found for p, found in whole.leads.items() if p in programmes},
        departments={p: found for p, found in whole.departments.items() if p in programmes},
        ties=tuple(
            t
            for t in whole.ties
            if all(end in programmes or end not in whole.programmes for end in (t.one, t.other))
        ),
    )


def barriers_typed(dataset: Dataset, scheme: str | None) -> frozenset[str] | None:
    """The barriers that a concept of a scheme types; None, for all, where no scheme is asked for."""
    return _typed(dataset).get(scheme, frozenset()) if scheme else None


@dataclass(frozen=True)
class _Fieldwork:
    held: Mapping[str, frozenset[str]]
    """The interviews of each deep dive."""
    examined: Mapping[str, frozenset[str]]
    """The programmes that each deep dive looks at."""


@once(8)
def _fieldwork(dataset: Dataset) -> _Fieldwork:
    held: defaultdict[str, set[str]] = defaultdict(set)
    examined: defaultdict[str, set[str]] = defaultdict(set)
    for row in dataset.select("scope"):
        if "interview" in row:
            held[row["dive"]].add(row["interview"])
        else:
            examined[row["dive"]].add(row["programme"])
    return _Fieldwork(*({k: frozenset(v) for k, v in sets.items()} for sets in (held, examined)))


@once(8)
def _typed(dataset: Dataset) -> Mapping[str, frozenset[str]]:
    """The barriers that each scheme types."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in dataset.select("barrier_types"):
        found[row["scheme"]].add(row["barrier"])
    return {scheme: frozenset(barriers) for scheme, barriers in found.items()}


def _found(dataset: Dataset, name: str, text: str) -> str:
    """The one thing that a text names. Raises BadParameter."""
    there = set(choices(dataset, name))
    if name == "department":
        every = frozenset[str]().union(*evidence(dataset).affiliations.values())
        there |= {Thing(iri, dataset.label(iri)) for iri in every}
    label, end = (join.join(text.split()).casefold() for join in " -")
    same = (
        [t.iri for t in there if text in (t.iri, end_of(t.iri))]
        or [t.iri for t in there if t.label.casefold() == label]
        or [t.iri for t in there if end_of(t.iri).casefold() == end]
    )
    words = name.replace("_", " ")
    if len(same) > 1:
        raise BadParameter(
            f"{name}: “{shortened(text)}” names several: {', '.join(sorted(same)[:_NAMED])}. Give the address."
        )
    if not same:
        known = choices(dataset, name)
        names = list(shorts(known).values())[:_NAMED]
        more = f" or {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        rest = f"Choose from {', '.join(names)}{more}." if names else "None is loaded."
        raise BadParameter(f"{name}: there is no {words} “{shortened(text)}”. {rest}")
    return same[0]
