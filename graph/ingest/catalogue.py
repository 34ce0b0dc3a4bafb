"""Shipped lists of organisations, and ids made from words."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from functools import cache, cached_property
from importlib.resources import files


class Catalogue:
    """A shipped list of codes: which id each stood for, and when. An abbreviation is not an identifier."""

    def __init__(self, name: str):
        text = files("graph.ingest").joinpath(f"mappings/{name}.csv").read_text(encoding="utf-8")
        self._rows = list(csv.DictReader(text.splitlines()))

    @cached_property
    def _by_code(self) -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = {}
        for row in self._rows:
            for code in {row["name"].lower(), plain(row["name"]), *row["codes"].lower().split("|")}:
                found.setdefault(code, []).append(row)
        return found

    def known(self, code: str, day: str) -> str:
        """What a code or a name stood for on that day (ISO, or its beginning); empty where it is not in the list."""
        rows = self._by_code.get(" ".join(code.lower().split())) or self._by_code.get(plain(code)) or []
        for row in rows:
            if not day or (row["from"] <= day and (not row["until"] or day <= row["until"])):
                return row["id"]
        return rows[0]["id"] if rows else ""

    def id(self, code: str, day: str) -> str:
        """The same; a slug of the code where it is not in the list."""
        return self.known(code, day) or slug(code)

    def knows(self, id: str) -> bool:
        """Whether the list has this id."""
        return any(row["id"] == id for row in self._rows)

    def facts(self, id: str) -> dict[str, list[str]]:
        """The canonical columns of an organisation in the list; its id as name where it is not in it."""
        row = next((row for row in self._rows if row["id"] == id), None)
        if row is None:
            return {"id": [id], "name": [id.upper() if len(id) < 8 else id]}
        return {key: [row[key]] for key in ("id", "name", "abbreviation", "kind") if row[key]}


@cache
def catalogue(name: str) -> Catalogue:
    """A shipped list by its name."""
    return Catalogue(name)


def is_list(name: str) -> bool:
    """Whether there is a shipped list of that name."""
    return (
        bool(re.fullmatch(r"[\w-]+", name))
        and files("graph.ingest").joinpath(f"mappings/{name}.csv").is_file()
    )


def lists() -> list[str]:
    """The names of the shipped lists."""
    folder = files("graph.ingest").joinpath("mappings")
    return sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv"))


def plain(name: str) -> str:
    """A name to compare by: without capitals, accents and signs; & is “and”, and an “and” after a comma is none."""
    text = unicodedata.normalize("NFKD", name.casefold()).replace("&", " and ")
    words = re.sub(r"[^\w]+", " ", re.sub(r"['’\u0300-\u036f]", "", re.sub(r",\s*and\b", " and", text)))
    return " ".join(words.split())


def slug(text: str) -> str:
    """An id made from words, at most 80 characters; a long one ends in a hash of the whole, so that it stays its own."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", letters.replace("&", " and ")).strip("-")
    if len(made) > 80 or not made:
        made = f"{made[:71].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")
    return made


def code(text: str) -> str:
    """An id made from a published code, another for every other code; a code that is an id stays as it is."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", text):
        return text
    return f"{slug(text)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
