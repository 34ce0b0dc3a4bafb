"""Plain words for counts and days."""

from __future__ import annotations

import re
from datetime import date, datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")
_DAYS = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


def count(number: int, one: str, many: str | None = None) -> str:
    """How many of what: "1 barrier", "2,000 barriers"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def headed(text: str) -> str:
    """Words as a heading, initials left as they are: "Shared blockers", "NMI"."""
    return text[:1].upper() + text[1:]


def day(value: date) -> str:
    """A day in words: 14 May 2014."""
    return f"{value.day} {value:%B %Y}"


def plain(text: str) -> str:
    """A value as a reader wants it: dates in words, everything else as it stands."""
    try:
        if _DAY.match(text):
            return day(date.fromisoformat(text))
        if _MOMENT.match(text):
            moment = datetime.fromisoformat(text)
            zone = " UTC" if moment.tzinfo and not moment.utcoffset() else ""
            return f"{day(moment.date())}, {moment:%H:%M}{zone}"
    except ValueError:
        return text
    return text


def dated(text: str) -> str:
    """A sentence with its days in words."""
    return _DAYS.sub(lambda found: plain(found[0]), text)


def listed(names: list[str]) -> str:
    """Names as one phrase: "A", "A and B", "A, B and C"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
