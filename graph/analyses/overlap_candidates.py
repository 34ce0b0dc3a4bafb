"""Overlap candidates: which programmes of different departments may be doing the same thing?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Annotated, Any

from pydantic import Field

from graph.analysis import AsOf, InDeepDive, OfDepartment, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import Evidence
from graph.scope import narrowed, programmes_of, scoped
from graph.wording import tfidf
from ontology.terms import DCTERMS, JU

_DEPARTMENT = "pairs of which one is a programme that {} answers for"
WEIGHTS: Mapping[str, float] = {"outcomes": 0.3, "beneficiaries": 0.3, "activities": 0.3, "area": 0.1}
_STATED_BY = {str(JU.aimsAt): "outcomes", str(JU.isFor): "beneficiaries", str(JU.activity): "activities", str(JU.inArea): "area"}  # fmt: skip
_WORK = ("outcomes", "beneficiaries", "activities")
"""What a programme is about. A place alone makes nobody a candidate."""
_BLOCK = 256

Tags = Mapping[str, frozenset[str]]
"""What one programme names, by facet."""


@dataclass(frozen=True)
class Shared:
    """Something that both programmes name."""

    name: Thing
    facet: str


@dataclass(frozen=True)
class OverlapCandidate:
    """Two programmes of different departments that say much the same of themselves."""

    programme: Annotated[Thing, column("One programme")]
    other_programme: Annotated[Thing, column("The other; no department answers for both")]
    kind: Annotated[
        str,
        column(
            "duplication: the same groups and the same activities; overlap: at least half of the outcomes, groups or activities alike; fragmentation: less"
        ),
    ]
    score: Annotated[float, column("Weighted mean of the four figures that follow, from 0 to 1")]
    outcomes: Annotated[
        float | None, column("Share of the outcomes of either that both aim at; none where neither names any")
    ]
    beneficiaries: Annotated[
        float | None, column("Share of the groups of either that both are for; none where neither names any")
    ]
    activities: Annotated[
        float | None, column("Share of the activities of either that both do; none where neither names any")
    ]
    area: Annotated[
        float | None, column("Share of the areas of either that both work in; none where neither names any")
    ]
    shared: Annotated[Sequence[Shared], column("What both name")]
    text: Annotated[
        float | None,
        column(
            "How alike the two descriptions are by their words, from 0 to 1; not part of the score; none where one has no description"
        ),
    ]


@dataclass(frozen=True)
class Pair:
    """Two programmes by their places in the list, and how alike they are."""

    one: int
    other: int
    score: float
    parts: Mapping[str, float | None]


@analysis
def overlap_candidates(
    dataset: Dataset,
    *,
    min_score: Annotated[
        float, Field(gt=0, le=1, description="Show pairs that score at least this much")
    ] = 0.5,
    top: Annotated[int, Field(ge=1, le=100_000, description="How many pairs to show at most")] = 100,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[OverlapCandidate]:
    """Who may be doing the same thing?

    Takes every two programmes for which no department answers together, and asks what share of what either names
    both name (Jaccard), for outcomes, groups of beneficiaries, kinds of activity and areas. The score weighs these
    .3, .3, .3 and .1; what neither names is left out of the weights, and what only one names counts as nothing
    shared. Two that share a place alone are no candidates. Highest score first.

    The kinds follow the guide to fragmentation, overlap and duplication of the US Government Accountability Office
    (GAO-15-49SP, 2015), which leaves open how alike is alike: here duplication means that groups and activities are
    the same, overlap that at least half of the outcomes, of the groups or of the activities are, fragmentation that
    less is. How alike the descriptions are (cosine of TF-IDF) is shown beside it and is no part of the score.

    Caveat: two programmes that say the same of themselves may do different things, or complete each other, and two
    that do the same may say it differently. A candidate is a question to ask, not a finding. Areas count as named:
    a region and its country are two areas.

    Examples
    --------
    >>> from graph.store import open_store
    >>> overlap_candidates(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    known = narrowed(dataset, as_of, scope.but("department"))
    theirs = programmes_of(known, scope.department)
    tags, texts = _said(dataset)
    programmes = sorted(known.programmes & set(known.departments))
    homes = [known.departments[p] for p in programmes]
    pairs = [
        pair
        for pair in alike([tags.get(p, {}) for p in programmes], homes, min_score)
        if programmes[pair.one] in theirs or programmes[pair.other] in theirs
    ]
    pairs.sort(
        key=lambda p: (-p.score, sorted(dataset.label(programmes[n]) for n in (p.one, p.other)), p.one)
    )
    rows = _rows(dataset, programmes, tags, texts, pairs[:top])
    apart = _pairs_apart(homes)
    return Result(
        rows,
        apart,
        "pairs of programmes of different departments",
        _summary(rows, len(pairs), apart, min_score),
        known.as_of,
        [*scope.said(dataset, department=_DEPARTMENT), *_caveats(known, tags, len(pairs), len(rows))],
    )


def alike(tags: Sequence[Tags], homes: Sequence[frozenset[str]], least: float) -> list[Pair]:
    """The pairs of programmes without a common department that score at least so much.

    Only pairs that share an outcome, a group or an activity are looked at: a sparse product of programmes by what
    they name finds them, block by block.
    """
    import numpy as np  # most commands do without these slow imports
    from scipy.sparse import hstack

    if not tags:
        return []
    facets = {facet: _incidence([t.get(facet, frozenset()) for t in tags]) for facet in WEIGHTS}
    sizes = {facet: np.diff(matrix.indptr) for facet, matrix in facets.items()}
    work, home = hstack([facets[f] for f in _WORK], format="csr"), _incidence(homes)
    found: list[Pair] = []
    for start in range(0, len(tags), _BLOCK):
        near = (work[start : start + _BLOCK] @ work.T).tocoo()
        one, other = near.row.astype(np.int64) + start, near.col.astype(np.int64)
        one, other = one[one < other], other[one < other]
        apart = _common(home, one, other) == 0
        one, other = one[apart], other[apart]
        parts, total, weight = {}, np.zeros(len(one)), np.zeros(len(one))
        for facet, matrix in facets.items():
            both = _common(matrix, one, other)
            either = sizes[facet][one] + sizes[facet][other] - both
            parts[facet] = np.divide(both, either, out=np.full(len(one), np.nan), where=either > 0)
            total += WEIGHTS[facet] * np.nan_to_num(parts[facet])
            weight += WEIGHTS[facet] * (either > 0)
        scores = np.round(total / weight, 9)
        for n in np.flatnonzero(scores >= least).tolist():
            each = {f: None if np.isnan(part[n]) else round(float(part[n]), 6) for f, part in parts.items()}
            found.append(Pair(int(one[n]), int(other[n]), round(float(scores[n]), 6), each))
    return found


def _incidence(sets: Sequence[frozenset[str]]) -> Any:
    """One row for each set and one column for each thing that is in any; 1 where it is in it."""
    import numpy as np
    from scipy.sparse import csr_array

    place = {thing: n for n, thing in enumerate(sorted(frozenset[str]().union(*sets)))}
    columns = [place[thing] for each in sets for thing in each]
    ends = np.cumsum([0, *map(len, sets)])
    return csr_array((np.ones(len(columns), np.int32), columns, ends), shape=(len(sets), len(place)))


def _common(matrix: Any, one: Any, other: Any) -> Any:
    """For each pair of rows, how many columns both have."""
    return matrix[one].multiply(matrix[other]).sum(axis=1)


def kind_of(parts: Mapping[str, float | None]) -> str:
    """Fragmentation, overlap or duplication, from how alike outcomes, groups and activities are."""
    if parts["beneficiaries"] == parts["activities"] == 1:
        return "duplication"
    return "overlap" if max(parts[facet] or 0 for facet in _WORK) >= 0.5 else "fragmentation"


def _said(dataset: Dataset) -> tuple[dict[str, dict[str, frozenset[str]]], dict[str, str]]:
    """What each programme names by facet, and its description."""
    tags: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in dataset.select("analyses/overlap_candidates"):
        if row["facet"] == str(DCTERMS.description):
            texts[row["programme"]].append(row["value"])
        else:
            tags[row["programme"]][_STATED_BY[row["facet"]]].add(row["value"])
    return (
        {p: {facet: frozenset(values) for facet, values in named.items()} for p, named in tags.items()},
        {p: " ".join(sorted(parts)) for p, parts in texts.items()},
    )


def _rows(
    dataset: Dataset,
    programmes: Sequence[str],
    tags: Mapping[str, Tags],
    texts: Mapping[str, str],
    pairs: Sequence[Pair],
) -> list[OverlapCandidate]:
    described = sorted(texts)
    weights, place = tfidf([texts[p] for p in described]), {p: n for n, p in enumerate(described)}
    rows = []
    for pair in pairs:
        ends = programmes[pair.one], programmes[pair.other]
        one, other = sorted(ends, key=lambda p: (dataset.label(p), p))
        told = one in place and other in place
        cosine = float((weights[[place[one]]] * weights[[place[other]]]).sum()) if told else None
        rows.append(
            OverlapCandidate(
                Thing(one, dataset.label(one)),
                Thing(other, dataset.label(other)),
                kind_of(pair.parts),
                pair.score,
                pair.parts["outcomes"],
                pair.parts["beneficiaries"],
                pair.parts["activities"],
                pair.parts["area"],
                list(_shared(dataset, tags[one], tags[other])),
                None if cosine is None else round(cosine, 6),
            )
        )
    return rows


def _shared(dataset: Dataset, one: Tags, other: Tags) -> Iterator[Shared]:
    for facet in WEIGHTS:
        both = one.get(facet, frozenset()) & other.get(facet, frozenset())
        for name in sorted(both, key=lambda iri: (dataset.label(iri), iri)):
            yield Shared(Thing(name, dataset.label(name)), facet)


def _pairs_apart(homes: Sequence[frozenset[str]]) -> int:
    """How many pairs of programmes have no department in common."""
    times = Counter(homes)
    return sum(times[a] * times[b] for a, b in combinations(times, 2) if a.isdisjoint(b))


def _summary(rows: Sequence[OverlapCandidate], found: int, of: int, least: float) -> str:
    if not rows:
        return f"None of {of:,} pairs of programmes of different departments scores {least:g} or more."
    top = rows[0]
    twice = sum(row.kind == "duplication" for row in rows)
    same = f" {twice} {'is' if twice == 1 else 'are'} of the kind duplication." if twice else ""
    return (
        f"{found:,} of {of:,} pairs of programmes of different departments {'scores' if found == 1 else 'score'} "
        f"{least:g} or more. Most alike: {top.programme.label} and {top.other_programme.label}, {top.score:.2f}.{same}"
    )


def _caveats(known: Evidence, tags: Mapping[str, Tags], found: int, shown: int) -> Iterator[str]:
    n = len(known.programmes)
    if shown < found:
        yield f"Only the {shown:,} highest of {found:,} pairs are shown."
    if silent := sum(not any(tags.get(p, {}).get(facet) for facet in _WORK) for p in known.programmes):
        yield f"{silent:,} of {n:,} programmes {'names' if silent == 1 else 'name'} no outcome, group or activity, and cannot be a candidate."
    for facet in _WORK:
        without = sum(not tags.get(p, {}).get(facet) for p in known.programmes)
        if silent < without:
            yield f"{without:,} of {n:,} programmes {'names' if without == 1 else 'name'} no {facet}; where only one of two does, the pair scores lower."
    if homeless := len(known.programmes - set(known.departments)):
        yield f"{homeless:,} of {n:,} programmes have no lead department, and are not compared."
