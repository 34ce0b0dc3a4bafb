"""JSON-LD that others wrote, before it is parsed: neither deep nor vast, and with contexts that need not be fetched."""

from __future__ import annotations

import json
import re

from ontology.terms import jsonld_context

PUBLISHED = "https://w3id.org/joinedup/context.jsonld"
"""The address of the JSON-LD context of Joinedup. It stands for the context in this package; nothing fetches it."""
_DEEPEST = 128
_MOST_TERMS = 1_000
"""In all contexts of a file. The parser walks from term to term, and ends the process where the walk is very long."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.S)


def with_known_contexts(raw: bytes, addresses: tuple[str, ...] = ()) -> bytes:
    """The same document, in which the address of Joinedup's own context is the context itself.

    Raises ValueError, with a sentence that goes on from the name of the file, for what is not JSON or is nested too
    deep, for contexts at any other address, and for contexts of too many terms.
    """
    _check_depth(raw)
    try:
        document = json.loads(raw)
    except ValueError as bad:
        line = f" in line {bad.lineno}" if isinstance(bad, json.JSONDecodeError) else ""
        raise ValueError(f"is not JSON{line}.") from None
    if not isinstance(document, dict | list):
        raise ValueError("is JSON, but neither an object nor a list of objects.")
    own = {PUBLISHED, *addresses}
    terms = 0
    found = [document]
    put = False
    while found:
        part = found.pop()
        if isinstance(part, list):
            found += [inner for inner in part if isinstance(inner, dict | list)]
            continue
        if "@context" in part:
            several = part["@context"] if isinstance(part["@context"], list) else [part["@context"]]
            for number, context in enumerate(several):
                if isinstance(context, str):
                    if context not in own:
                        raise ValueError(
                            "names a context at another address, and none is fetched. Write the context into the file."
                        )
                    several[number] = jsonld_context()
                    put = True
                elif isinstance(context, dict):
                    if "@import" in context:
                        raise ValueError("imports a context, and none is fetched. Write it into the file.")
                    terms += len(context)
            if terms > _MOST_TERMS:
                raise ValueError(f"defines more than {_MOST_TERMS:,} terms in its contexts.")
            part["@context"] = several
        found += [inner for inner in part.values() if isinstance(inner, dict | list)]
    return json.dumps(document).encode() if put else raw


def _check_depth(raw: bytes) -> None:
    depth = 0
    for token in _TOKEN.finditer(raw):
        sign = raw[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > _DEEPEST:
                raise ValueError(f"nests objects and lists more than {_DEEPEST} deep.")
        elif sign in b"]}":
            depth -= 1
