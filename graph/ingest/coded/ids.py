"""Ids of interviews in tables, where no GUID stands: made of what is plainly a number or code, never of what may be a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from graph.ingest.reading import Unreadable

_HARMLESS = frozenset(
    [
        "interview",
        "interviews",
        "int",
        "iv",
        "participant",
        "participants",
        "part",
        "p",
        "respondent",
        "respondents",
        "resp",
        "r",
        "informant",
        "case",
        "transcript",
        "recording",
        "rec",
        "focus",
        "group",
        "session",
        "visit",
        "wave",
        "round",
        "set",
        "site",
        "region",
        "area",
        "no",
        "nr",
        "number",
        "id",
        "source",
        "file",
        "document",
        "doc",
        "combined",
        "january",
        "february",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "q1",
        "q2",
        "q3",
        "q4",
        "spring",
        "summer",
        "autumn",
        "winter",
        "and",
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
    ]
)


def interview_id(file: str, parts: Sequence[str], number: int, keep: bool) -> str:
    """The id of an interview. Capitals count: “INTERVIEW 1” and “Interview 1” are two.

    `file` stands before it, as every file has an interview 1, unless `keep` says that the parts are ids already.
    What may be a person's name is replaced by the number of the interview in its file.
    """
    if keep:
        return _joined(parts)
    if is_code(" ".join(parts)):
        return _joined((file, *parts))
    return _joined((file, f"no-{number}"))


def is_code(text: str) -> bool:
    """Whether a text has a number in it and no word that could be somebody's name."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return any(c.isdecimal() for c in text) and all(word in _HARMLESS for word in words)


def refuse_doubled(ids: Iterable[str]) -> None:
    """Raises Unreadable where two interviews of a file would be one."""
    (twice,) = Counter(ids).most_common(1) or [("", 0)]
    if twice[1] > 1:
        raise Unreadable(
            f"has {twice[1]} interviews that would all be {twice[0]}.", "Name more columns under `interview`."
        )


def _joined(parts: Sequence[str]) -> str:
    made = "-".join(re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-") for part in parts)
    return re.sub(r"-{2,}", "-", made).strip("-")[:100]
