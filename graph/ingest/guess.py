"""What the cells of a foreign column are like, and where the header of a foreign table stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.ingest.records import Grid, folded
from graph.ingest.values import Address, BadValue, Day, Kind, Millions, Number

REDACTED = r"#?n/?a|none?|-|tb[cd]|unknown|(?:data |date |information )?(?:is )?(?:exempt|withheld|redacted).*|reset|no dca.*|.*not (?:yet )?(?:been )?(?:provided?|available|known|applicable|reported).*"
"""What a cell says where its value is withheld."""

_MONEY = re.compile(r"[-−(]?\s*[£$€]\s*[-−]?[\d,.]+\s*(?:m|bn|k)?\)?", re.I)
_AMOUNT = re.compile(r"[-−(]?\s*[£$€]?\s*[-−]?[\d,]+(?:\.\d+)?(?:[eE]\+?\d+)?\s*(?:m|bn)?\)?", re.I)
_FORMS = (
    ("d month y", r"\d{1,2} [A-Za-z]{3,9} \d{4}|\d{1,2} [A-Za-z]{3,9} \d\d"),
    ("d-month-y", r"\d{1,2}-[A-Za-z]{3,9}-(?:\d{4}|\d\d)"),
    ("month d, y", r"[A-Za-z]{3,9} \d{1,2}, \d{4}"),
    ("d-m-y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("y/m/d", r"\d{4}/\d{1,2}/\d{1,2}"),
)
_HOUSE = r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[./]\d{1,3}[./](?:\d{4}|\d\d)"


@dataclass(frozen=True)
class Cells:
    """The header of one column and some of its values, in their order."""

    header: str
    title: str
    texts: tuple[str, ...]
    several: bool = False
    """Whether a record had several values here, as JSON may."""
    total: int = 0
    """How many records were looked at."""

    @cached_property
    def plain(self) -> list[str]:
        """The values that are not withheld."""
        return [t for t in self.texts if not re.fullmatch(REDACTED, " ".join(t.split()), re.I)]

    @property
    def withheld(self) -> bool:
        """Whether some values are withheld."""
        return len(self.plain) < len(self.texts)

    def share(self, pattern: str) -> float:
        """How many of the values are wholly like this, from 0 to 1."""
        fitting = sum(bool(re.fullmatch(pattern, t.strip(), re.I | re.S)) for t in self.plain)
        return fitting / len(self.plain) if self.plain else 0.0

    def read_as(self, kind: Kind) -> float:
        """How many of the values a kind of column can read, from 0 to 1."""
        return sum(_reads(kind, t.strip()) for t in self.plain) / len(self.plain) if self.plain else 0.0

    @cached_property
    def date_form(self) -> str | None:
        """How days are written, where most values are days: empty where Joinedup reads them as they are."""
        if self.share(_HOUSE) >= 0.6:
            pairs = [re.match(r"(\d{1,2})[./](\d{1,2})[./]", t.strip()) for t in self.plain]
            second = [int(p[2]) > 12 for p in pairs if p]
            return (
                "m/d/y"
                if sum(second) > len(second) / 10 and not any(p and int(p[1]) > 12 for p in pairs)
                else ""
            )
        return next((form for form, pattern in _FORMS if self.share(pattern) >= 0.6), None)

    @cached_property
    def separator(self) -> str:
        """What separates several values in one cell; empty where each holds one."""
        for sign in (";", "|", "\n"):
            if self.plain and sum(sign in t.strip() for t in self.plain) >= max(2, len(self.plain) / 20):
                return sign
        return ""

    @cached_property
    def says(self) -> str:
        """The kind of values, in words."""
        if not self.plain:
            return "empty" if not self.texts else "withheld"
        if self.date_form is not None:
            return "dates" + (f" ({self.date_form})" if self.date_form else "")
        if self.share(_MONEY.pattern) >= 0.6:
            return "money"
        if self.read_as(Number()) >= 0.8:
            return "numbers"
        if self.read_as(Address()) >= 0.8:
            return "web addresses"
        if self.separator or self.several:
            return "several values" + (f" separated by {self.separator!r}" if self.separator else "")
        if sum(map(len, self.plain)) / len(self.plain) > 100:
            return "free text"
        unlike = len(set(self.plain)) / len(self.plain)
        if unlike > 0.95 and self.share(r"[A-Za-z0-9]*\d[\w./-]*|[\w.-]*\d[\w./-]*") >= 0.8:
            return "ids"
        return "names" if unlike > 0.5 else "words that recur"

    def fits(self, kind: Kind) -> bool:
        """Whether the values could stand in a column of this kind."""
        if not self.plain:
            return False
        if isinstance(kind, Day):
            return self.date_form is not None
        if isinstance(kind, Millions):
            return self.share(_AMOUNT.pattern) >= 0.6
        name = type(kind).__name__
        if name in ("Whole", "Number", "Code", "Address", "Quarter"):
            return self.read_as(kind) >= 0.6
        if name == "Text":
            return self.date_form is None
        return self.says not in ("dates", "money", "free text")

    @property
    def in_pounds(self) -> bool:
        """Whether amounts are most likely in pounds (or whatever currency) and not in millions."""
        found = [
            float(m[0]) for t in self.plain if (m := re.match(r"\d+(?:\.\d+)?", re.sub(r"[^\d.]", "", t)))
        ]
        large = sorted(n for n in found if n)
        return bool(large) and large[len(large) // 2] >= 50_000

    def samples(self, most: int = 3) -> list[str]:
        """Some values, the commonest first, fit for one line of a comment."""
        lines = (" ".join(t.split()) for t in self.texts[:500])
        shown = ("".join(c if c.isprintable() else "?" for c in line) for line in lines)
        common = [text for text, _ in Counter(shown).most_common(most)]
        return [text if len(text) <= 40 else text[:39] + "…" for text in common]


def _reads(kind: Kind, text: str) -> bool:
    try:
        kind.read(text)
    except BadValue:
        return False
    return True


def words(header: str) -> list[str]:
    """A header as words to compare: folded, without a plural s."""
    return [
        w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w
        for w in folded(header).split()
    ]


def likeness(header: str, phrase: str) -> int:
    """How like a header is to what people call a column: 4 the same, 3 ends so, 2 begins so, 1 holds it, 0 not."""
    these, wanted = words(header), words(phrase)
    if not wanted or len(these) < len(wanted):
        return 0
    if these == wanted:
        return 4
    if len(wanted) == 1 and len(these) > 3:
        return 0
    n = len(wanted)
    if these[-n:] == wanted:
        return 3
    if these[:n] == wanted:
        return 2
    return int(any(these[i : i + n] == wanted for i in range(len(these) - n)))


def header_place(grid: Grid, known: Sequence[str]) -> tuple[bool, int]:
    """Whether a table runs across, and the row (column) of its header, counted from 1."""

    def hits(cells: Sequence[str]) -> int:
        """How many different columns these cells could head."""
        heads = {c for c in cells if c.strip() and len(folded(c)) < 80}
        return sum(
            any(likeness(c, phrase) > (1 if " " in phrase else 3) for c in heads) for phrase in set(known)
        )

    best, place = -1.0, 0
    widest = max((sum(bool(c.strip()) for c in row) for row in grid[:30]), default=0)
    for i, row in enumerate(grid[:30]):
        filled = [c.strip() for c in row if c.strip()]
        if len(filled) < max(1, widest / 2):
            continue
        wordy = sum(not re.fullmatch(r"[-\d.,/:£$€% ]+", c) and len(c) < 120 for c in set(filled))
        score = 3 * hits(row) + wordy / len(row) - i / 100
        if score > best:
            best, place = score, i
    first = [row[0] for row in grid[:200] if row]
    across = hits(first) >= 2 and hits(first) > hits(grid[place] if grid else [])
    return (True, 1) if across else (False, place + 1)
