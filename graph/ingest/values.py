"""How one cell is read: each kind of value, its text form, and what to say when it does not fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from pyoxigraph import Literal, NamedNode

from ontology.terms import XSD, concept, concepts

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BROKEN = re.compile(
    r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|ERROR!|FIELD!|BLOCKED!|CONNECT!|GETTING_DATA)|Err:\d{3}",
    re.I,
)
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?<![\w/.-])(?:\+\d{1,3}(?:[\s()-]{0,2}\d){7,12}|0(?:[\s()-]{0,2}\d){9,10})(?![\w:])"
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_DATE = re.compile(
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]\d.*)?|(?P<d2>\d{1,2})[./](?P<m2>\d{1,3})[./](?P<y2>\d{4}|\d{2})"
)
_AMOUNT = re.compile(
    r"(?P<sign>[-−(]?)\s*£?\s*(?P<sign2>[-−]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<rest>\.\d+)?\s*(?P<unit>m|bn)?\)?",
    re.I,
)


class BadValue(ValueError):
    """A cell that cannot be read: `reason` says why, `remedy` what to write instead."""

    def __init__(self, reason: str, remedy: str = ""):
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def is_error(text: str) -> bool:
    """Whether this is how a spreadsheet shows that a formula failed, such as #N/A or Err:502."""
    return bool(_BROKEN.fullmatch(text))


def clean(text: str) -> str:
    """The text without outer space. Raises BadValue for characters that no document may hold, and for #REF! and the like."""
    if text[:1] in "#Ee" and is_error(text.strip()):
        raise BadValue(
            "is an error of the spreadsheet, not a value.", "Correct the formula, or leave it empty."
        )
    if _CONTROL.search(text):
        raise BadValue("holds a control character.", "Delete the cell and type it again.")
    if _BIDI.search(text):
        raise BadValue("holds a character that reverses the direction of writing.", "Type it again.")
    return text.strip()


@dataclass(frozen=True)
class Text:
    """Words. Where people were interviewed, no e-mail address or telephone number."""

    confidential: bool = False
    says = "text"

    def read(self, text: str) -> Literal:
        """A plain literal. Raises BadValue for more than 10,000 characters, or for contact details."""
        if len(text) > 10_000:
            raise BadValue(f"has {len(text):,} characters.", "Keep it under 10,000.")
        if self.confidential and _CONTACT.search(text):
            raise BadValue("holds an e-mail address or a telephone number.", "Use a role, not a person.")
        return Literal(text)


@dataclass(frozen=True)
class Identifier:
    """The short name a row goes by in its own table."""

    says = "a short name of letters, digits, dots, hyphens and underscores; capitals count"

    def read(self, text: str) -> Literal:
        """The identifier itself. Raises BadValue for any other character."""
        if not _IDENTIFIER.fullmatch(text):
            raise BadValue("is not an id.", "Use up to 120 letters, digits, dots, hyphens and underscores.")
        return Literal(text)


@dataclass(frozen=True)
class Quarter:
    """A quarter of a calendar year, which is an id as it stands."""

    says = "a quarter such as 2014-Q1"

    def read(self, text: str) -> Literal:
        """The quarter as text. Raises BadValue for anything else."""
        if not re.fullmatch(r"(19|20|21)\d\d-Q[1-4]", text):
            raise BadValue("is not a quarter.", "Write it as 2014-Q1.")
        return Literal(text)


@dataclass(frozen=True)
class Day:
    """A date."""

    says = "a date such as 2014-03-31 or 31/03/2014 (the day comes first)"

    def read(self, text: str) -> Literal:
        """An xsd:date. Two-digit years are of 1970 to 2069. Raises BadValue for a day that does not exist."""
        match = _DATE.fullmatch(text)
        if not match:
            raise BadValue("is not a date.", "Write it as 2014-03-31.")
        year, month, day = (int(match[a] or match[b]) for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
        if len(match["y"] or match["y2"]) == 2:
            year += 2000 if year < 70 else 1900
        try:
            return Literal(date(year, month, day).isoformat(), datatype=NamedNode(str(XSD.date)))
        except ValueError:
            raise BadValue("is a day that does not exist.", "Write it as 2014-03-31.") from None


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    @property
    def says(self) -> str:
        """The bounds in words."""
        return f"a whole number from {self.least} to {self.most}"

    def read(self, text: str) -> Literal:
        """An xsd:integer. Raises BadValue for anything else or out of bounds."""
        if not re.fullmatch(r"-?\d{1,9}(\.0+)?", text) or not self.least <= int(float(text)) <= self.most:
            raise BadValue(f"is not {self.says}.")
        return Literal(int(float(text)))


@dataclass(frozen=True)
class Number:
    """A number, with or without a fraction, within bounds where there are any."""

    least: int | None = None
    most: int | None = None

    @property
    def says(self) -> str:
        """The bounds in words."""
        return "a number" if self.least is None else f"a number from {self.least} to {self.most}"

    def read(self, text: str) -> Literal:
        """An xsd:decimal; of a share, 25% is 0.25. Raises BadValue for anything else or out of bounds."""
        percent = r"\s?%?" if self.most == 1 else ""
        if not re.fullmatch(r"[-−]?(\d{1,3}(,\d{3})+|\d{1,15})(\.\d{1,15})?" + percent, text):
            raise BadValue(f"is not {self.says}.", "Write it in digits, such as 1234.5.")
        number = Decimal(text.rstrip("% ").replace(",", "").replace("−", "-"))
        number = number / 100 if text.endswith("%") else number
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise BadValue(f"is not {self.says}.")
        return Literal(format(number.normalize(), "f"), datatype=NamedNode(str(XSD.decimal)))


@dataclass(frozen=True)
class Millions:
    """An amount of money in million pounds."""

    says = "million pounds, such as 1234.5, £26.19m or £1.2bn"

    def read(self, text: str) -> Literal:
        """An xsd:decimal in million pounds. Raises BadValue for anything that is not an amount."""
        match = _AMOUNT.fullmatch(text)
        brackets = (text.startswith("("), text.endswith(")"))
        if not match or (match["sign"] and match["sign2"]) or brackets in ((True, False), (False, True)):
            raise BadValue("is not an amount in million pounds.", "Write it as 1234.5.")
        amount = Decimal(match["digits"].replace(",", "") + (match["rest"] or ""))
        if (match["unit"] or "").lower() == "bn":
            amount *= 1000
        if match["sign"] or match["sign2"]:
            amount = -amount
        return Literal(format(amount.normalize(), "f"), datatype=NamedNode(str(XSD.decimal)))


@dataclass(frozen=True)
class Code:
    """A concept of one or more shipped schemes, by its code or its label."""

    schemes: tuple[str, ...]

    def __init__(self, *schemes: str):
        object.__setattr__(self, "schemes", schemes)

    @property
    def says(self) -> str:
        """The codes to choose from."""
        return "one of: " + ", ".join(_codes(self.schemes))

    def read(self, text: str) -> NamedNode:
        """The concept's IRI. Raises BadValue for a code that the schemes do not have."""
        codes = _codes(self.schemes)
        found = codes.get(text.lower()) or codes.get(re.sub(r"[\s/_-]+", "-", text.lower()))
        found = found or _labels(self.schemes).get(" ".join(text.lower().split()))
        if not found:
            raise BadValue(f"is not {self.says}.")
        return NamedNode(found)


@cache
def _codes(schemes: tuple[str, ...]) -> dict[str, str]:
    by_code = {c: concept(s, c) for s in reversed(schemes) for c in concepts(s)}
    return {code: by_code[code] for s in schemes for code in concepts(s)}


@cache
def _labels(schemes: tuple[str, ...]) -> dict[str, str]:
    return {label.lower(): concept(s, code) for s in reversed(schemes) for code, label in concepts(s).items()}


@dataclass(frozen=True)
class Link:
    """The id of a row of another table, here or in the store; or a concept of a shipped scheme, by code or label."""

    tables: tuple[str, ...]
    shipped: Code | None

    def __init__(self, *tables: str, shipped: Code | None = None):
        object.__setattr__(self, "tables", tables)
        object.__setattr__(self, "shipped", shipped)

    @property
    def says(self) -> str:
        """Which tables it may point into."""
        rows = "the id of " + " or ".join(f"a row of {table}" for table in self.tables)
        return f"{self.shipped.says}; or {rows}" if self.shipped else rows

    def read(self, text: str) -> Literal | NamedNode:
        """The id as text, which becomes an IRI once the loader has found the row. Raises BadValue for no id."""
        if self.shipped:
            try:
                return self.shipped.read(text)
            except BadValue:
                if not _IDENTIFIER.fullmatch(text):
                    raise BadValue(f"is not {self.says}.") from None
        return Identifier().read(text)


@dataclass(frozen=True)
class Address:
    """A web address."""

    says = "a web address that starts with https:// or http://"

    def read(self, text: str) -> NamedNode:
        """An IRI. Raises BadValue for any scheme but http and https."""
        if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", text):
            raise BadValue("is not a web address.", "Start with https://.")
        try:
            return NamedNode(text)
        except ValueError:
            raise BadValue("is not a well-formed web address.", "Copy it from the browser.") from None


Kind = Text | Identifier | Quarter | Day | Whole | Number | Millions | Code | Link | Address
