"""Transcripts, a row a turn: interviews, and excerpts only of the turns that are asked for. A transcript is never kept whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graph.ingest.catalogue import slug
from graph.ingest.coded.ids import interview_id, refuse_doubled
from graph.ingest.coded.model import Material, Passage, Source
from graph.ingest.coded.options import Coded
from graph.ingest.reading import Unreadable

Grid = Sequence[Sequence[str]]

_GUESSES = {
    "speaker": ("speaker", "who", "participant", "role"),
    "text": ("text", "turn", "utterance", "transcript", "content", "words"),
    "interview": ("interview", "interview id", "interview_id", "transcript id", "title", "file"),
}


@dataclass
class _Interview:
    """One interview while its turns are gathered."""

    parts: tuple[str, ...]
    number: int
    row: int
    sheet: str | None
    facts: dict[str, str] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)


def is_transcript(headers: Sequence[str]) -> bool:
    """Whether a table with these headers tells who says what."""
    titles = {title.strip().lower() for title in headers}
    return all(titles.intersection(_GUESSES[what]) for what in ("speaker", "text"))


def read_turns(path: Path, grids: Iterable[tuple[str | None, Grid]], coded: Coded) -> Material:
    """Every interview of the file. Raises Unreadable where a header that is needed is not there."""
    found: dict[tuple[str | None, tuple[str, ...]], _Interview] = {}
    wanted = _any_of(coded.quotes.words)
    asked, unsaid = 0, 0
    for sheet, grid in grids:
        filled = [(number, row) for number, row in enumerate(grid, start=1) if any(c.strip() for c in row)]
        if len(filled) < 2:
            continue
        titles = [title.strip().lower() for title in filled[0][1]]
        text_at, speaker_at = _column(titles, coded.text, "text"), _column(titles, coded.speaker, "speaker")
        known_by = [_column(titles, name, "interview") for name in coded.interview] or _guessed(titles)
        for name in coded.fields.values():
            _column(titles, name, "interview")
        for number, row in filled[1:]:
            cells = [" ".join(cell.split()) for cell in row]
            parts = tuple(cells[i] for i in known_by if i < len(cells))
            if known_by and not any(parts):
                unsaid += 1
                continue
            key = (None if known_by else sheet, parts)
            interview = found.setdefault(key, _Interview(parts, len(found) + 1, number, sheet))
            for title, cell in zip(titles, cells, strict=False):
                if cell:
                    interview.facts.setdefault(title, cell)
            said = row[text_at].strip() if text_at < len(row) else ""
            chosen = number in coded.quotes.rows or bool(wanted and wanted.search(said))
            speaker = cells[speaker_at] if speaker_at < len(cells) else ""
            if chosen and said and not coded.interviewers.fullmatch(speaker):
                asked += 1
                id = f"x-{_id(path, coded, interview)}-{f'{slug(sheet)}-' if sheet else ''}row-{number}"[:120]
                interview.passages.append(Passage(id, number, words=said, sheet=sheet))
    sources = tuple(_source(path, coded, interview) for interview in found.values())
    refuse_doubled(source.id for source in sources)
    left = (
        [f"holds {unsaid} turns that do not say which interview they are of; they are left out."]
        if unsaid
        else []
    )
    if (wanted or coded.quotes.rows) and not asked:
        left.append("holds no turn of an interviewee that [coded.quotes] asks for.")
    return Material((), sources, tuple(left), (), asked)


def _source(path: Path, coded: Coded, interview: _Interview) -> Source:
    name = " / ".join(interview.parts)
    id = _id(path, coded, interview)
    keys = (*interview.parts, name, id)
    return Source(id, name, interview.row, interview.sheet, keys, interview.facts, tuple(interview.passages))


def _id(path: Path, coded: Coded, interview: _Interview) -> str:
    return interview_id(slug(path.stem), interview.parts, interview.number, coded.ids_are_codes)


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    chosen = [re.escape(" ".join(word.split())).replace(r"\ ", r"\s+") for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(chosen)})(?!\w)", re.IGNORECASE) if chosen else None


def _column(titles: Sequence[str], name: str, what: str) -> int:
    """Which column has this header, or one of the usual ones where no name is given. Raises Unreadable."""
    usual = (name.strip().lower(),) if name else _GUESSES[what]
    for title in usual:
        if title in titles:
            return titles.index(title)
    if name:
        raise Unreadable(f"has no header “{name}”.", "Correct the mapping.")
    raise Unreadable(f"has no header {' or '.join(usual)}.", f"Name it in the mapping: [coded] {what}.")


def _guessed(titles: Sequence[str]) -> list[int]:
    return next(([titles.index(title)] for title in _GUESSES["interview"] if title in titles), [])
