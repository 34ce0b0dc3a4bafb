"""What the SPARQL editor offers as somebody types: prefixes, classes, properties and concepts, with their labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from graph.dataset import Dataset, once
from ontology.terms import PREFIXES, jsonld_context

_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]*[A-Za-z0-9_-])?")


@dataclass(frozen=True)
class Offer:
    """One word to complete."""

    label: str
    type: str
    """prefix, class, property or concept."""
    detail: str


@once(8)
def completions(dataset: Dataset) -> tuple[dict[str, Any], ...]:
    """Every offer, prefixes first, then by name; a term that no known prefix shortens is left out."""
    offers = {Offer(f"{prefix}:", "prefix", iri) for prefix, iri in PREFIXES.items()}
    found = {(row["term"], row["kind"], row.get("label", "")) for row in dataset.select("completions")}
    found |= {(iri, "property", "") for iri in _used()}
    labels: dict[tuple[str, str], str] = {}
    for term, kind, label in sorted(found):
        if short := _shortened(term):
            labels[short, kind] = labels.get((short, kind)) or label
    offers |= {Offer(short, kind, label) for (short, kind), label in labels.items()}
    ordered = sorted(offers, key=lambda o: (o.type != "prefix", o.label.lower(), o.type))
    return tuple(asdict(offer) for offer in ordered)


def _shortened(iri: str) -> str:
    """The name with the longest namespace that is known; empty where there is none."""
    namespaces = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))
    for prefix, namespace in namespaces:
        local = iri.removeprefix(namespace)
        if local != iri and _LOCAL.fullmatch(local):
            return f"{prefix}:{local}".replace("/", r"\/")  # as SPARQL has it within a name
    return ""


def _used() -> Iterator[str]:
    """The properties of other vocabularies that statements use: those that the context of JSON-LD names."""
    for value in jsonld_context().values():
        iri = value.get("@id", "") if isinstance(value, dict) else value
        prefix, colon, local = str(iri).partition(":")
        if colon and prefix in PREFIXES and not local.startswith("//"):
            yield PREFIXES[prefix] + local
        elif str(iri).startswith("http") and not str(iri).endswith(("#", "/")):
            yield str(iri)
