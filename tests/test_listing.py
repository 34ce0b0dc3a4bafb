"""Lists kept as columns: words and pages choose what they would choose among the lines as they are shown."""

from __future__ import annotations

import pytest

from graph.dataset import Dataset
from graph.listing import KINDS, listing


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("q", ["the", "of the", "SKILLS", "de par", "100", "é", "https://"])
def test_words_choose_the_lines_that_hold_all_of_them(example: Dataset, kind: str, q: str) -> None:
    every = listing(example, kind, per_page=1000)
    shown = {
        entry: " ".join([entry.thing.label, *(v.text for values in entry.cells for v in values)]).lower()
        for entry in every.entries
    }
    found = listing(example, kind, q=q, per_page=1000)
    assert list(found.entries) == [
        e for e, text in shown.items() if all(w in text for w in q.lower().split())
    ]
    assert (found.count, found.of) == (len(found.entries), len(shown))


@pytest.mark.parametrize("kind", KINDS)
def test_pages_by_cursor_hold_each_thing_once_in_order(example: Dataset, kind: str) -> None:
    every = listing(example, kind, per_page=1000).entries
    seen, after = [], None
    for _ in range(len(every)):
        page = listing(example, kind, per_page=7, after=after)
        seen += page.entries
        if not page.more:
            break
        last = page.entries[-1].thing
        after = last.label.lower(), last.iri
    assert tuple(seen) == every
    assert [(e.thing.label.lower(), e.thing.iri) for e in every] == sorted(
        (e.thing.label.lower(), e.thing.iri) for e in every
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].facets])
def test_a_facet_counts_the_lines_that_choosing_it_leaves(example: Dataset, kind: str) -> None:
    for name, values in listing(example, kind).facets.items():
        for value, count in values:
            chosen = listing(example, kind, where=[f"{name}:{value.iri or value.text}"], per_page=1000)
            place = KINDS[kind].columns.index(KINDS[kind].facets[name])
            assert chosen.count == count
            assert all(value in entry.cells[place] for entry in chosen.entries)
