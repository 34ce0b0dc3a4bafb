"""How a foreign file writes days and amounts, and how they become those that Joinedup reads."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = {
    "month": r"(?P<month>[A-Za-z]{3,9})\.?",
    "d": r"(?P<d>\d{1,2})(?:st|nd|rd|th)?",
    "m": r"(?P<m>\d{1,2})",
    "y": r"(?P<y>\d{4}|\d{2})",
}


def _date_form(form: str) -> str:
    parts = re.findall(r"month|[dmy]", form)
    if sorted(part[0] for part in parts) != ["d", "m", "y"] or re.search(
        r"[^\W\d_]", re.sub(r"month|[dmy]", "", form)
    ):
        raise ValueError(
            f"“{form}” is not a form of days. Write d, m or month, and y, once each, such as m/d/y"
        )
    return form


DateForm = Annotated[str, AfterValidator(_date_form)]


@lru_cache(maxsize=100)
def _compiled(form: str) -> re.Pattern[str]:
    parts = re.split(r"(month|[dmy])", form)
    return re.compile(
        "".join(_PARTS.get(p) or re.sub(r"(\\ |\s)+", r"\\s+", re.escape(p)) for p in parts), re.I
    )


def day_of(text: str, form: str) -> str | None:
    """The day in ISO 8601, not yet checked to exist; None where it is not written in this form."""
    match = _compiled(form).fullmatch(text.strip())
    if not match:
        return None
    found = match.groupdict()
    month = found.get("m")
    if month is None:
        word = found["month"].lower()[:3]
        if word not in _MONTHS:
            return None
        month = str(_MONTHS.index(word) + 1)
    year = (
        found["y"]
        if len(found["y"]) == 4
        else str(int(found["y"]) + (2000 if int(found["y"]) < 70 else 1900))
    )
    return f"{year}-{int(month):02}-{int(found['d']):02}"


class NumberForm(BaseModel):
    """How amounts are written, and what to make of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decimal: str = Field(".", max_length=1, description="The decimal mark")
    thousands: str = Field(",", description="What stands between thousands")
    times: str = Field(
        "1",
        pattern=r"\d+(\.\d+)?",
        description="What to multiply it with: '0.000001' makes millions of pounds out of pounds",
    )
    round: int | None = Field(None, ge=0, le=9, description="How many decimals to keep")

    def read(self, text: str) -> str:
        """The amount in plain digits; the text as it is where it is no amount. Brackets are a minus sign."""
        bare = re.sub(r"[\s\u00a0£$€¥]|\b[A-Z]{3}\b", "", text)
        sign = "-" if bare[:1] in ("-", "−") or (bare[:1] == "(" and bare[-1:] == ")") else ""
        bare = bare.strip("()-−+")
        if self.thousands.strip():
            bare = bare.replace(self.thousands, "")
        bare = bare.replace(self.decimal, ".") if self.decimal else bare
        if not re.fullmatch(r"\d{1,30}(\.\d{0,30})?([eE][+-]?\d{1,2})?", bare):
            return text
        try:
            number = Decimal(bare) * Decimal(self.times)
            number = round(number, self.round) if self.round is not None else number
        except InvalidOperation:
            return text
        written = format(number, "f")
        written = written.rstrip("0").rstrip(".") if "." in written else written
        return f"{sign if number else ''}{written}"


def repaired(text: str) -> str:
    """A text in UTF-8 that was read as something else, as it was written; any other text as it is."""
    for encoding in ("latin-1", "cp1252"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text
