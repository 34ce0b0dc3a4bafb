"""How `joinedup map` proposes a mapping for a file, and writes a mapping or a table as CSVW or RML."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from graph.errors import Issue, LoadRefused, NotFound
from graph.ingest.coded.proposal import looks_like, proposed_mapping
from graph.ingest.coded.read import PROJECTS
from graph.ingest.csvw import csvw_of
from graph.ingest.explained import schema_text
from graph.ingest.mapping import Mapping, load_mapping, shipped
from graph.ingest.proposal import propose
from graph.ingest.records import Unreadable
from graph.ingest.rml import rml_of
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Table


def say_schema() -> None:
    """Print what a mapping may say."""
    sys.stdout.write(schema_text())


def say_mapping(
    err: Console, name: str, output: Path | None, as_: str | None, coded: str | None = None
) -> None:
    """Write a proposal, or the document; coded names the reader of a table of coded interviews. Raises NotFound, MappingRefused and LoadRefused."""
    if as_ not in (None, "csvw", "rml"):
        raise NotFound(f"A mapping cannot be written as “{as_}”. Choose csvw or rml.")
    text = _proposal(name, coded) if as_ is None else _document(name, as_)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NotFound(f"{output.name} is there already. Name another file, or delete it first.") from None
    except OSError:
        raise NotFound(f"{output.name} cannot be written there.") from None
    err.print(f"Wrote {output}.", markup=False, highlight=False)


def _proposal(name: str, coded: str | None) -> str:
    path = Path(name)
    if coded not in (None, "matrix", "turns"):
        raise NotFound(f"There is no reader “{coded}”. Choose matrix or turns.")
    if not path.is_file():
        raise NotFound(
            f"There is no file {path.name}. To write a mapping as documentation, add --as csvw or --as rml."
        )
    try:
        if path.suffix.lower() in PROJECTS:
            return proposed_mapping(path)
        if coded == "matrix":
            return proposed_mapping(path, "matrix")
        if coded == "turns":
            return proposed_mapping(path, "turns")
        seen = looks_like(path)
        return proposed_mapping(path, seen) if seen else propose(path)
    except Unreadable as bad:
        raise LoadRefused([Issue(path.name, bad.reason, bad.remedy)]) from None


def _document(name: str, as_: str) -> str:
    if name in BY_NAME:
        what: Table | Mapping = BY_NAME[name]
    elif name in shipped() or name.endswith(".toml"):
        what = load_mapping(name)
    else:
        raise NotFound(
            f"There is no mapping or table “{name}”. Mappings: {', '.join(shipped())}. Tables: {', '.join(BY_NAME)}."
        )
    return csvw_of(what) if as_ == "csvw" else rml_of(what)
