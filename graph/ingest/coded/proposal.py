"""A mapping to fill in for a file of coded interviews: what its sources and codes are, and what has to be said of them.

`proposed_mapping(path, reader=None)` is what `joinedup map` prints for a project (.qdpx) or codebook (.qdc), and for a
table where the reader is given ("matrix" or "turns") or `looks_like` tells it. The text is a mapping as it stands:
what is proposed is commented out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from graph.ingest.coded.matrix import says_yes_or_no
from graph.ingest.coded.model import Material, codings_of
from graph.ingest.coded.options import Coded
from graph.ingest.coded.read import PROJECTS, material_of
from graph.ingest.coded.turns import is_transcript
from graph.ingest.reading import TABULAR, Grid, Layout, Unreadable, read_grids
from ontology.terms import concepts

_MOST_CODES = 200


def proposed_mapping(path: Path, reader: Literal["matrix", "turns"] | None = None) -> str:
    """The text of a mapping for this file. Raises Unreadable for a file that cannot be read so."""
    if reader is None and path.suffix.lower() not in PROJECTS:
        raise Unreadable(
            "is not a project (.qdpx) or a codebook (.qdc).", "Say whether it is a matrix or turns."
        )
    coded = Coded(reader=reader or "qdpx", fields_by_header=reader is not None)
    return "\n".join(_lines(path, coded, material_of(path, coded, Layout()))) + "\n"


def looks_like(path: Path) -> Literal["matrix", "turns"] | None:
    """Whether a table holds interviews by codes, or transcripts by turns; None for any other file."""
    if path.suffix.lower() not in TABULAR:
        return None
    try:
        grids = [grid for _, grid in read_grids(path, Layout())]
    except Unreadable:
        return None
    grid = [row for row in max(grids, key=len, default=[]) if any(cell.strip() for cell in row)]
    if len(grid) > 1 and is_transcript(grid[0]):
        return "turns"
    return "matrix" if _is_matrix(grid) else None


def _is_matrix(grid: Grid) -> bool:
    """Whether three columns or more, and most of those that fill no column of interviews, say yes or no throughout."""
    if len(grid) < 3:
        return False
    filled = Coded(reader="matrix", fields_by_header=True).filled_by(grid[0]).values()
    rows = [[*row, *[""] * (len(grid[0]) - len(row))] for row in grid[1:200]]
    columns = [
        [row[i].strip() for row in rows]
        for i, header in enumerate(grid[0])
        if i and header.strip() and header.strip() not in filled
    ]
    codes = [cells for cells in columns if any(cells) and all(map(says_yes_or_no, cells))]
    return len(codes) >= 3 and len(codes) > 0.7 * len(columns)


def _lines(path: Path, coded: Coded, material: Material) -> Iterator[str]:
    yield "# What the sources and the codes of a file of coded interviews stand for. Take away the # of what you fill in."
    yield "# It may hold names of people, so keep it to yourself: nothing of it but ids, dates and codes is loaded."
    if coded.reader != "qdpx":
        shipped = "code-matrix" if coded.reader == "matrix" else "turns"
        yield f"# As it stands the file is read by `joinedup load --mapping {shipped}`: without what its codes mean, and without quotes."
    yield f"title = {_quoted(f'Coded interviews of {path.stem}')}"
    yield ""
    yield "[coded]"
    yield f"reader = {_quoted(coded.reader)}"
    if coded.reader != "qdpx":
        yield "fields_by_header = true        # headers called as columns of interviews are (held_on, level …) fill them"
        yield '# interview = ["Interview"]   # the headers that tell one interview from another'
        yield "# ids_are_codes = true        # what stands under them are no names"
    if coded.reader == "matrix":
        yield "# across = true               # a row is a code, and a column an interview"
        yield '# separator = ">"              # what stands between a wider code and its own in a header'
        yield '# cells = "severity"           # a number from 1 to 5 instead of 0 and 1'
        yield '# ignore = ["Total"]           # headers that are no codes'
    if coded.reader == "turns":
        yield '# speaker = "Speaker"'
        yield '# text = "Text"'
        yield ""
        yield "# Which turns become excerpts; a transcript is never kept whole."
        yield "[coded.quotes]"
        yield '# words = ["waiting list"]'
        yield "# rows = [12, 40]"
    yield ""
    yield "# What holds for every interview that says nothing else. Without held_on and level a source is no interview."
    yield f"# Levels: {', '.join(concepts('levels'))}."
    yield "[coded.interviews]"
    yield '# held_on = "2014-01-20"'
    yield '# level = "front-line"'
    yield '# organisation = "example-college"'
    yield 'marking = "sensitive"'
    yield ""
    names = sorted({name for source in material.sources for name in source.facts if name})
    if names:
        yield (
            "# Columns of interviews that the file fills. It has: "
            + "; ".join(_plain(n) for n in names)
            + "."
        )
        yield "[coded.fields]"
        yield f"# held_on = {_quoted(names[0])}"
        yield ""
    yield from _sources(material)
    if material.codes:
        yield from _codes(material)


def _sources(material: Material) -> Iterator[str]:
    yield "# Each source: say when and at which level it was held; or that it is a row of your own table of interviews"
    yield '# (interview = "i07"); or skip = true.'
    for source in material.sources:
        passages = f"{len(source.passages)} passages" if source.passages else "no passages"
        yield f"# {_plain(source.name)}: {passages}"
        yield f"[coded.sources.{_quoted(source.id)}]"
        yield '# held_on = "2014-01-20"'
        yield '# level = "front-line"'
    yield ""


def _codes(material: Material) -> Iterator[str]:
    yield "# What holds for every finding that says nothing else."
    yield "[coded.findings]"
    yield '# programme = "example-skills"'
    yield '# stance = "supports"'
    yield "# severity = 3"
    yield ""
    which = "Codes in use, the most used first" if material.sources else "The codes, in their order"
    yield f"# {which}. Give the barrier that a code means (barrier_name makes a new one). A code"
    yield "# that means none may say the programme, stance or severity of the barriers coded in the same passage."
    used = Counter(coding.code for coding in codings_of(material.sources))
    by_id = {code.id: code for code in material.codes}
    if not material.sources:  # a list of codes alone
        used = Counter(dict.fromkeys(by_id, 0))
    for id, count in used.most_common(_MOST_CODES):
        yield f"# {_plain(' > '.join(by_id[id].path))}" + (f": {count} times" if count else "")
        yield f"[coded.codes.{_quoted(id)}]"
        yield '# barrier = "eligibility"'
        yield f"# barrier_name = {_quoted(by_id[id].name)}"
    if len(used) > _MOST_CODES:
        yield f"# … {_MOST_CODES} of {len(used)} codes{' in use' if material.sources else ''}."


def _quoted(text: str) -> str:
    """A TOML string: those of JSON are, but for DEL."""
    return json.dumps(text, ensure_ascii=True).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """A text that can stand in a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
