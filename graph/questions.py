"""The forty questions of a deep dive: which are answered by a query, and the answers as of a day."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from graph.dataset import Dataset, bound
from graph.errors import NotFound
from graph.evidence import newest_day
from ontology.terms import XSD

_HEAD = re.compile(r"# Question (\d+), ([a-z ]+): (.+)")


@dataclass(frozen=True)
class Question:
    """One question that a query answers."""

    number: int
    audience: str
    """Who asks it: analyst, lead, SPARQL user or tool."""
    asks: str
    notes: tuple[str, ...]
    """What to know to read the answer."""
    text: str
    """The query, with $as_of and $since where a day belongs."""


@dataclass(frozen=True)
class Elsewhere:
    """One question that no query answers."""

    number: int
    audience: str
    asks: str
    how: str
    """Where it is answered, or that it is not yet."""


@dataclass(frozen=True)
class Answer:
    """The rows of an answer."""

    question: Question
    as_of: date
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    """IRIs as IRIs, literals as their lexical form; a value that is not known is left out."""


@cache
def questions() -> Mapping[int, Question]:
    """The questions that a query answers, by their number; the numbers that are missing no query can answer."""
    found = []
    for path in files("ontology").joinpath("questions").iterdir():
        if path.name.endswith(".rq"):
            text = path.read_text(encoding="utf-8")
            head, *rest = text.split("\n")
            match = _HEAD.fullmatch(head)
            if not match:
                raise ValueError(f"{path.name} does not begin with a question")
            asks = match[3][0].upper() + match[3][1:]
            notes = []
            for line in rest:
                if not line.startswith("# "):
                    break
                notes.append(line.removeprefix("# "))
            found.append(Question(int(match[1]), _AUDIENCES[match[2]], asks, tuple(notes), text))
    return {q.number: q for q in sorted(found, key=lambda q: q.number)}


_AUDIENCES = {"analyst": "analyst", "lead": "lead", "sparql user": "SPARQL user", "tool": "tool"}


@cache
def elsewhere() -> Mapping[int, Elsewhere]:
    """The questions of the forty that no query answers, and how they are answered."""
    text = files("ontology").joinpath("questions/elsewhere.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {int(r["number"]): Elsewhere(int(r["number"]), r["audience"], r["asks"], r["how"]) for r in rows}


def question(number: int) -> Question:
    """One question. Raises NotFound where no query answers it."""
    try:
        return questions()[number]
    except KeyError:
        raise NotFound(
            f"No query answers question {number}. `joinedup questions` lists those that have one."
        ) from None


def ready(dataset: Dataset, question: Question, as_of: date | None = None, since: date | None = None) -> str:
    """The query with its days filled in, ready for any SPARQL endpoint; None for the day of the newest interview."""
    day = as_of or newest_day(dataset)
    text = bound(question.text, {"as_of": day, "since": since or quarter_before(day)})
    return text.replace(f"^^<{XSD.date}>", "^^xsd:date")  # each question declares the prefix


def answer(dataset: Dataset, number: int, as_of: date | None = None, since: date | None = None) -> Answer:
    """The answer as of a day; None for the day of the newest interview. Raises NotFound."""
    asked = question(number)
    columns, rows = dataset.solutions(ready(dataset, asked, as_of, since))
    return Answer(asked, as_of or newest_day(dataset), columns, tuple(rows))


def quarter_before(day: date) -> date:
    """The last day of the quarter before the one that a day is in: what "since last quarter" starts from."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1) - timedelta(days=1)
