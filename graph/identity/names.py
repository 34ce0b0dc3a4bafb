"""Names made alike: what of a name counts when two are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SMALL = frozenset({"the", "a", "an", "of", "for", "and", "in", "on", "to", "with", "at", "by"})
_ALIKE = {
    "dept": "department", "depts": "departments", "dep": "department", "min": "ministry", "govt": "government",
    "gov": "government", "natl": "national", "assoc": "association", "univ": "university", "uni": "university",
    "program": "programme", "programs": "programmes", "center": "centre", "organization": "organisation",
    "labor": "labour", "defense": "defence", "st": "saint", "intl": "international", "mgmt": "management",
    "dev": "development", "svc": "service", "svcs": "services", "tech": "technology", "co": "company", "bros": "brothers",
}  # fmt: skip
_FORMS = frozenset(
    {"ltd", "limited", "plc", "llp", "inc", "incorporated", "corp", "corporation", "gmbh", "cic", "company"}
)
_KINDS = frozenset(
    {"department", "ministry", "office", "agency", "authority", "council", "board", "her", "his", "hm"}
)
_CONTRARY = (
    frozenset({"north", "south", "east", "west", "northern", "southern", "eastern", "western", "central"}),
    frozenset({"england", "scotland", "wales", "ireland", "scottish", "welsh", "irish", "english"}),
    frozenset({"first", "second", "third", "fourth", "fifth"}),
    frozenset({"i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"}),
    frozenset({"upper", "lower", "inner", "outer"}),
    frozenset({"primary", "secondary", "tertiary"}),
    frozenset({"adult", "adults", "child", "children"}),
)
"""Words of which two names that are otherwise alike mean different things."""


@lru_cache(maxsize=400_000)
def words(name: str) -> tuple[str, ...]:
    """The words of a name that count, in its order: without accents, capitals, punctuation, small words and Ltd."""
    every = _plain(name)
    kept = tuple(_ALIKE.get(w, w) for w in every if w not in _SMALL)
    while len(kept) > 1 and kept[-1] in _FORMS:
        kept = kept[:-1]
    return kept or every


def folded(name: str) -> str:
    """The name as it is compared: two names that only differ in what does not count are equal."""
    return " ".join(words(name))


def initials(name: str) -> frozenset[str]:
    """What the name may be called for short, from its first letters; none where that is too short to mean anything."""
    every = [w for w in _plain(name) if w]
    large = [w for w in every if w not in _SMALL]
    found = {
        "".join(w[0] for w in some) for some in (every, large, _without_kind(every), _without_kind(large))
    }
    return frozenset(short for short in found if len(short) >= 3)


def is_abbreviation(name: str) -> bool:
    """Whether a name is one short word with several capitals, such as DfE or BEIS."""
    return bool(re.fullmatch(r"[A-Za-z&]{2,8}", name.strip())) and sum(c.isupper() for c in name) >= 2


def contrary(one: str, other: str) -> str:
    """What sets two names apart although they are alike: other numbers, or north and south; empty for nothing."""
    first, second = frozenset(words(one)), frozenset(words(other))
    numbers = [{w for w in some if any(c.isdigit() for c in w)} for some in (first, second)]
    if numbers[0] != numbers[1]:
        return "the numbers in their names differ"
    for group in _CONTRARY:
        left, right = (first & group) - second, (second & group) - first
        if left and right:
            return f"one says “{min(left)}”, the other “{min(right)}”"
    return ""


def _without_kind(every: list[str]) -> list[str]:
    rest = list(every)
    while len(rest) > 1 and (rest[0] in _KINDS or rest[0] in _SMALL):
        rest = rest[1:]
    return rest


def _plain(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("’", "'")).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(r"(?<=\w)'(?=\w)", "", text)
    text = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", text)
    return tuple(re.findall(r"\w+", text.replace("_", " ")))
