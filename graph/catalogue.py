"""The catalogue of a store: the graph that says which version it is at, and under which base its things live."""

from __future__ import annotations

from datetime import UTC, datetime

import pyoxigraph as ox

from graph.errors import StoreUnusable
from ontology.terms import DCTERMS, XSD

CATALOGUE = ox.NamedNode("https://w3id.org/joinedup/store")
VERSION = ox.NamedNode("http://www.w3.org/2002/07/owl#versionInfo")
_BASE = ox.NamedNode("http://rdfs.org/ns/void#uriSpace")
_MODIFIED = ox.NamedNode(str(DCTERMS.modified))
TOKEN = ox.NamedNode(str(DCTERMS.identifier))
_FORMAT = ox.NamedNode(str(DCTERMS.conformsTo))
_FORMATS = f"{CATALOGUE.value}/format/"
FORMAT = 2
"""How a store is laid out. A higher number is for a change that an earlier Joinedup would read or write wrongly.

1 had no default graph, and does not say its number. 2 has one (graph/union.py).
"""


def version_in(store: ox.Store) -> int:
    """The version that a database is at; 0 for an empty one."""
    found = (q.object for q in store.quads_for_pattern(None, VERSION, None, CATALOGUE))
    return max((int(v.value) for v in found if isinstance(v, ox.Literal)), default=0)


def base_in(store: ox.Store) -> str | None:
    """The address under which the things of a database live."""
    found = (q.object for q in store.quads_for_pattern(CATALOGUE, _BASE, None, CATALOGUE))
    return next((v.value for v in found if isinstance(v, ox.Literal)), None)


def check_format(store: ox.Store) -> None:
    """Raise StoreUnusable where a later Joinedup has written to a database in a way that this one does not know."""
    found = (q.object for q in store.quads_for_pattern(CATALOGUE, _FORMAT, None, CATALOGUE))
    numbers = (f.value.removeprefix(_FORMATS) for f in found if isinstance(f, ox.NamedNode))
    if (newest := max((int(n) for n in numbers if n.isdecimal()), default=1)) > FORMAT:
        raise StoreUnusable(
            f"A newer Joinedup has written to this store (format {newest}; this one knows {FORMAT}). Use that one, or restore a "
            "backup that was made before."
        )


def entry(version: int, base: str, token: str = "") -> set[ox.Quad]:
    """What the catalogue says of one version. It only ever grows, so that a load that only adds removes nothing."""
    now = ox.Literal(
        datetime.now(UTC).isoformat(timespec="seconds"), datatype=ox.NamedNode(str(XSD.dateTime))
    )
    this = ox.NamedNode(f"{CATALOGUE.value}#{version}")
    facts: list[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]] = [
        (this, VERSION, ox.Literal(version)),
        (this, _MODIFIED, now),
        (CATALOGUE, _BASE, ox.Literal(base)),
        (CATALOGUE, _FORMAT, ox.NamedNode(f"{_FORMATS}{FORMAT}")),
    ]
    if token:
        facts.append((this, TOKEN, ox.Literal(token)))
    return {ox.Quad(*fact, CATALOGUE) for fact in facts}
