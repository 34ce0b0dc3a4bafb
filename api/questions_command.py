"""How `joinedup questions` lists the questions, and prints the answer to one."""

from __future__ import annotations

import json
import sys

from rich.console import Console

from api.options import Format
from api.printing import print_table
from graph.analysis import asked_day
from graph.dataset import Dataset
from graph.questions import answer, elsewhere, question, questions, ready
from graph.tabular import as_csv, labelled, rows_as_json

_BY_QUERY = "joinedup questions "


def say_questions(out: Console, format: Format) -> None:
    """All of the questions: who asks, what, and how it is answered."""
    rows = sorted(
        [(q.number, q.audience, q.asks, f"{_BY_QUERY}{q.number}") for q in questions().values()]
        + [(q.number, q.audience, q.asks, q.how) for q in elsewhere().values()]
    )
    heads = ["number", "asked by", "question", "answered by"]
    if format is Format.json:
        print(json.dumps([dict(zip(heads, row, strict=True)) for row in rows], ensure_ascii=False, indent=2))
    elif format is Format.csv:
        _write(as_csv([heads, *([str(cell) for cell in row] for row in rows)]))
    else:
        print_table(out, heads, [[str(cell) for cell in row] for row in rows])
        out.print(f"{len(questions())} of {len(rows)} are answered by a query.", highlight=False)


def say_answer(
    out: Console, dataset: Dataset, number: int, as_of: str | None, format: Format, *, sparql: bool
) -> None:
    """The answer to one question, or the query that gives it. Raises NotFound and BadParameter."""
    if sparql:
        print(ready(dataset, question(number), asked_day(as_of or "")), end="")
        return
    found = answer(dataset, number, asked_day(as_of or ""))
    if format is Format.json:
        print(rows_as_json(dataset, found))
    elif format is Format.csv:
        _write(as_csv(labelled(dataset, found)))
    else:
        out.print(found.question.asks, style="bold", markup=False, highlight=False)
        shown = [[dataset.shown(row.get(name, "")) for name in found.columns] for row in found.rows]
        print_table(out, [name.replace("_", " ") for name in found.columns], shown)
        of = f"{len(found.rows)} of {len(found.rows)} rows, as of {found.as_of}"
        out.print(of, markup=False, highlight=False)
        for note in found.question.notes:
            out.print(f"Note: {note}", markup=False, highlight=False)


def _write(text: str) -> None:
    sys.stdout.write(text.replace("\r\n", "\n"))
