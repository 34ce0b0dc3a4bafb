"""Several front ends on one engine, of which a proxy asks now the one and now the other."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox

from graph.changes import Change, Journal
from graph.store import Store

At = Callable[..., Store]
BASE = "https://joinedup.example/id/organisation"
G = ox.NamedNode("https://joinedup.example/id/source/g")


def wrote(store: Store, name: str) -> None:
    thing = ox.NamedNode(f"{BASE}/{name}")
    label = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    with store.writing():
        store.change({ox.Quad(thing, label, ox.Literal(name), G)}, set())


def told(journal: Journal, cursor: str) -> set[str]:
    start, complete = journal.since(cursor)
    assert complete
    found: list[Change] = []
    after = (start.seq, "")
    while rows := journal.changes(start.seq, after, 1)[0]:
        found += rows
        after = (journal.place(rows[-1].seq, rows[-1].version), rows[-1].iri)
    return {change.iri.rpartition("/")[2] for change in found if change.iri.startswith(BASE)}


def test_a_cursor_of_the_one_leaves_nothing_out_at_the_other(at: At) -> None:
    one, two = at("one"), at("two")
    journals = [Journal(store, store, "sensitive") for store in (one, two)]
    cursors, names = [], "abcdefg"
    for name in names:
        wrote(one, name)
        cursors.append(journals[0].versions()[-1].cursor)
        if name in "bf":  # the other one takes over several versions at once
            two.follow()
            journals[1].versions()
    two.follow()
    assert [v.cursor for v in journals[0].versions()] != [v.cursor for v in journals[1].versions()]
    for cursor, name in zip(cursors[1:], names[1:], strict=True):
        later = {other for other in names if other > name}
        assert told(journals[0], cursor) == later
        assert later <= told(journals[1], cursor) <= later | {"c", "d", "e", "f"}
    for version in journals[1].versions()[1:]:
        later = set(names[version.version :])
        assert told(journals[1], version.cursor) == told(journals[0], version.cursor) == later
    assert told(journals[1], cursors[-1]) == set()
