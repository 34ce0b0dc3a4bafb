"""Lost in translation: what becomes of an objective on its way from the minister to the user?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from graph.analysis import AsOf, InDeepDive, OfDepartment, Result, Thing, analysis, column
from graph.dataset import Dataset
from graph.evidence import evidence
from graph.scope import interviews_in, scoped
from graph.wording import word_overlap, words_of
from ontology.terms import concept, concepts

_ONLY = {
    "deep_dive": "passages of interviews of the deep dive “{}”",
    "department": "passages of interviews about programmes that {} answers for",
}
_MINISTER = concept("levels", "minister")


@dataclass(frozen=True)
class Wording:
    """An objective as one level words it."""

    level: Thing
    words: str
    like_minister: float | None


@dataclass(frozen=True)
class Step:
    """What happens to the words from one level to the next that was heard."""

    between: str
    alike: float | None
    kept: Sequence[str]
    lost: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True)
class LostInTranslation:
    """One objective on its way down."""

    objective: Annotated[Thing, column("The outcome, or the programme whose aim it is")]
    levels: Annotated[int, column("Levels at which somebody put it into words")]
    passages: Annotated[int, column("Passages of interviews that do so")]
    like_minister: Annotated[
        float | None,
        column(
            "Share of the words of the minister's level and of the last level heard that both use, from 0 to 1; none where either was not heard"
        ),
    ]
    breaks_most: Annotated[str | None, column("The two neighbouring levels whose words are least alike")]
    alike_there: Annotated[
        float | None, column("Share of the words of either of these two that both use, from 0 to 1")
    ]
    wordings: Annotated[
        Sequence[Wording], column("How each level words it, and how like the minister's words that is")
    ]
    steps: Annotated[Sequence[Step], column("The words kept, lost and added from each level to the next")]


@analysis
def lost_in_translation(
    dataset: Dataset,
    *,
    min_levels: Annotated[
        int, Field(ge=1, le=6, description="Show objectives that at least this many levels put into words")
    ] = 2,
    deep_dive: InDeepDive = "",
    department: OfDepartment = "",
    as_of: AsOf = None,
) -> Result[LostInTranslation]:
    """What becomes of an objective on its way from the minister to the user?

    Takes the passages of interviews that put an outcome, or the aim of a programme, into words, and sets the levels
    side by side in the order of the chain. Two wordings are as alike as the share of the different words of either
    that both use (Jaccard 1901, doi:10.5169/seals-266450), without small words such as “the” and “of”. The passages of
    one level are taken together. A level that nobody was heard at is passed over, so a step may span several levels.
    Objectives whose last wording is least like the minister's come first, then those that break most on the way.

    Caveat: words are not meaning. Two levels may say the same in other words, or different things in the same ones, and
    “families” and “family” count as two words. One person's words are not those of a whole level. It shows where to
    read and ask, not who is wrong.

    Examples
    --------
    >>> from graph.store import open_store
    >>> lost_in_translation(open_store("memory").dataset()).rows
    []
    """
    scope = scoped(dataset, deep_dive=deep_dive, department=department)
    day = evidence(dataset, as_of).as_of
    heard = interviews_in(dataset, day, scope)
    said: defaultdict[str, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    outcomes = set()
    for row in dataset.select("analyses/lost_in_translation", as_of=day):
        if "words" in row:
            if heard is not None and row["interview"] not in heard:
                continue
            said[row["aim"]][row["level"]][row["excerpt"]] = row["words"]
        else:
            outcomes.add(row["aim"])
    rows = [_row(dataset, aim, by_level) for aim, by_level in said.items()]
    chosen = sorted((row for row in rows if row.levels >= min_levels), key=_most_lost_first)
    return Result(
        chosen,
        len(rows),
        "objectives that somebody put into words",
        _summary(chosen),
        day,
        [*scope.said(dataset, **_ONLY), *_caveats(chosen, len(outcomes - set(said)), len(outcomes))],
    )


def _row(dataset: Dataset, aim: str, by_level: Mapping[str, Mapping[str, str]]) -> LostInTranslation:
    chain = [level for code in concepts("levels") if (level := concept("levels", code)) in by_level]
    texts = {level: " / ".join(text for _, text in sorted(by_level[level].items())) for level in chain}
    used = {level: words_of(text) for level, text in texts.items()}
    sets = {level: frozenset(words) for level, words in used.items()}
    names = {level: dataset.label(level) for level in chain}

    def like_minister(level: str) -> float | None:
        return _rounded(word_overlap(sets[_MINISTER], sets[level])) if _MINISTER in sets else None

    steps = [
        Step(
            f"{names[above]} to {names[below].lower()}",
            _rounded(word_overlap(sets[above], sets[below])),
            *(
                list(dict.fromkeys(words))
                for words in (
                    [w for w in used[above] if w in sets[below]],
                    [w for w in used[above] if w not in sets[below]],
                    [w for w in used[below] if w not in sets[above]],
                )
            ),
        )
        for above, below in pairwise(chain)
    ]
    worst = min((s for s in steps if s.alike is not None), key=lambda s: s.alike or 0.0, default=None)
    return LostInTranslation(
        Thing(aim, dataset.label(aim)),
        len(chain),
        sum(map(len, by_level.values())),
        like_minister(chain[-1]) if len(chain) > 1 else None,
        worst.between if worst else None,
        worst.alike if worst else None,
        [
            Wording(
                Thing(level, names[level]),
                f"“{texts[level]}”",
                like_minister(level) if level != _MINISTER else None,
            )
            for level in chain
        ],
        steps,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _most_lost_first(row: LostInTranslation) -> tuple[float, float, str, str]:
    """What is not known comes last."""
    return (
        2.0 if row.like_minister is None else row.like_minister,
        2.0 if row.alike_there is None else row.alike_there,
        row.objective.label,
        row.objective.iri,
    )


def _summary(rows: Sequence[LostInTranslation]) -> str:
    if not rows:
        return "No objective was put into words at enough levels to compare."
    top = rows[0]
    share = (
        f"the minister's words and those of the last level heard are alike by {top.like_minister:.0%}"
        if top.like_minister is not None
        else "it was not heard both from the minister and from below"
    )
    where = (
        f" It breaks most from {top.breaks_most[0].lower()}{top.breaks_most[1:]}." if top.breaks_most else ""
    )
    one = len(rows) == 1
    return (
        f"{len(rows)} {'objective was' if one else 'objectives were'} put into words at several levels. "
        f"“{top.objective.label}”: {share}.{where}"
    )


def _caveats(rows: Sequence[LostInTranslation], silent: int, outcomes: int) -> Iterator[str]:
    if rows:
        yield "Shared words are not shared meaning: read the wordings before you draw a conclusion."
    if few := sum(row.passages == row.levels for row in rows):
        yield f"For {few} of these objectives each level is one person's words."
    if headless := sum(row.wordings[0].level.iri != _MINISTER for row in rows):
        yield f"{headless} of these objectives {'was' if headless == 1 else 'were'} not heard from the minister's level."
    if silent:
        yield f"{silent} of {outcomes} outcomes were put into words by nobody."
