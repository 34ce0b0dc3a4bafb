"""The pages on things named twice: the pairs that may be the same, two of them side by side, and what was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.analysis import Thing
from graph.dataset import Dataset
from graph.identity.candidates import FEWEST, Candidates
from graph.identity.effect import Effect, effect
from graph.identity.judging import KINDS, judgements, preferred
from graph.identity.record import DIFFERENT, SAME, UNSURE, Judgement, in_force
from graph.identity.standing import Standing
from graph.things import describe
from ontology.terms import concepts
from visualisations.facts import own, said
from visualisations.links import Link, link, with_query
from visualisations.rendering import render
from visualisations.tables import LONGEST, Cell, Column, Row, Table, linked, words
from visualisations.words import count, plain

_MARKS = {"organisation": "organisation", "programme": "programme", "barrier": "barrier"}


def same_page(
    dataset: Dataset,
    found: Candidates,
    judged: Sequence[Judgement],
    asked: Mapping[str, str | int],
    page: int,
    per_page: int,
    allowed: bool,
    made: int = 0,
) -> str:
    """The pairs, best first, and every judgement; made is the number of the one that was made just now."""
    pages = max(1, -(-found.count // per_page))

    def at(number: int) -> str | None:
        return with_query("/same", **asked, page=number) if 1 <= number <= pages else None

    standing = {j.number for j in in_force(judged)}
    return render(
        "same.html",
        title="Named twice",
        here="/same",
        trail=(Link("Named twice"),),
        kinds=tuple(KINDS),
        asked=asked,
        fewest=FEWEST,
        found=found,
        table=_pairs(dataset, found, (page - 1) * per_page) if found.rows else None,
        page=page,
        pages=pages,
        before=at(page - 1),
        after=at(page + 1),
        csv=with_query("/same.csv", **asked),
        json=with_query("/same.json", **asked),
        judged=_judged(dataset, judged, standing) if judged else None,
        undoable=[j for j in judged if j.number in standing][-LONGEST:],
        made=next((j for j in judged if j.number == made), None),
        label=dataset.label,
        allowed=allowed,
    )


def two_page(dataset: Dataset, one: str, other: str, allowed: bool) -> str:
    """Two things side by side, what a merge would change, and the form to judge them. Raises NotFound."""
    known = Standing(judgements(dataset))
    before = known.of_pair(one, other)
    merged = known.kept(one) == known.kept(other)
    change = _change(dataset, one, other) if not merged else None
    return render(
        "same_two.html",
        title="Are these two the same?",
        here="/same",
        trail=(Link("Named twice", "/same"), Link("Two side by side")),
        ends=[Thing(one, dataset.label(one)), Thing(other, dataset.label(other))],
        links=[_linked(dataset, one), _linked(dataset, other)],
        sides=_sides(dataset, one, other),
        effect=change,
        kept=_linked(dataset, change.kept) if change else None,
        before=before,
        merged=merged,
        names=[(iri, f"{dataset.label(iri)} ({iri.partition('/id/')[2]})") for iri in (one, other)],
        verdicts=[(code, concepts("verdicts")[code]) for code in (SAME, DIFFERENT, UNSURE)],
        allowed=allowed,
    )


def _change(dataset: Dataset, one: str, other: str) -> Effect:
    kept = preferred(dataset, one, other)
    return effect(dataset, kept, other if kept == one else one)


def _pairs(dataset: Dataset, found: Candidates, first: int) -> Table:
    columns = (
        Column("Pair"),
        Column("Judge"),
        Column("Score", True),
        Column("What speaks for it", wide=True),
        Column("What speaks against it"),
    )
    rows = []
    for c in found.rows:
        pair = with_query("/same", one=c.one.iri, other=c.other.iri)
        compare = Link("Compare", pair, hidden=f" {c.one.label} and {c.other.label}")
        reasons = [*c.reasons, *(["somebody looked and was unsure"] if c.unsure else [])]
        rows.append(
            Row(
                (
                    linked(_linked(dataset, c.one.iri), _linked(dataset, c.other.iri)),
                    Cell((compare,), "", short=True),
                    Cell((Link(str(c.score)),), str(c.score), number=True),
                    Cell(tuple(map(Link, reasons)), reasons[0]),
                    Cell(tuple(map(Link, c.against or ("nothing known",))), "; ".join(c.against)),
                )
            )
        )
    shown = f"Pairs {first + 1:,} to {first + len(rows):,} of {found.count:,}"
    return Table("Pairs that may be the same", columns, tuple(rows), shown, id="pairs")


def _judged(dataset: Dataset, judged: Sequence[Judgement], standing: set[int]) -> Table:
    columns = (
        Column("Pair"),
        Column("Verdict"),
        Column("By"),
        Column("When"),
        Column("Why", wide=True),
        Column("In force"),
        Column("No.", True),
    )
    rows = [
        Row(
            (
                linked(_linked(dataset, j.one), _linked(dataset, j.other)),
                words(concepts("verdicts")[j.verdict], short=True),
                words(j.by, short=len(j.by) < 20),
                words(plain(j.at), j.at),
                words(j.because),
                words("yes" if j.number in standing else "no"),
                Cell((Link(str(j.number)),), str(j.number), number=True),
            )
        )
        for j in list(reversed(judged))[:LONGEST]
    ]
    return Table(
        "Judgements, newest first",
        columns,
        tuple(rows),
        f"{len(rows):,} of {count(len(judged), 'judgement')}",
        id="judged",
    )


def _sides(dataset: Dataset, one: str, other: str) -> Table:
    """Every property that either has, with the values of both."""
    about = [describe(dataset, iri) for iri in (one, other)]
    shown: list[dict[str, tuple[Link, ...]]] = []
    for a in about:
        values: dict[str, tuple[Link, ...]] = {"Id": (Link(a.thing.iri.partition("/id/")[2]),)}
        if said(a):
            values["Description"] = (Link(said(a)),)
        values.update({fact.title: fact.values for fact in own(dataset, a)})
        values["Read from"] = tuple(link(dataset.base, v.iri, v.text) for v in a.sources[:LONGEST])
        shown.append(values)
    last = "Read from"
    titles = [t for t in dict.fromkeys([*shown[0], *shown[1]]) if t != last]
    rows = [
        Row((words(title), *(Cell(some.get(title) or (Link("not said"),), "") for some in shown)))
        for title in [*titles, last]
    ]
    columns = (Column("Property"), *(Column(a.thing.label, wide=True) for a in about))
    return Table("What is said of each", columns, tuple(rows), "", id="sides")


def _linked(dataset: Dataset, iri: str) -> Link:
    segment = iri.partition("/id/")[2].partition("/")[0]
    return link(dataset.base, iri, dataset.label(iri), kind=_MARKS.get(segment, ""))
