"""Coded interviews to rows of the canonical tables: concepts, interviews, excerpts, and findings where a mapping says of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from graph.errors import Issue, shortened
from graph.ingest.catalogue import slug
from graph.ingest.coded.ids import is_code
from graph.ingest.coded.model import Code, Coding, Material, Passage, Source, codings_of
from graph.ingest.coded.options import FINDING, Coded, Facts
from graph.ingest.reading import Record
from graph.ingest.rows import Reading
from graph.ingest.scope import MappedRow
from graph.ingest.tables.canonical import BY_NAME

_SEVERAL = {column.name for column in BY_NAME["interviews"].columns if column.many}
_NEEDED = ("programme", "stance", "severity")


def add_material(material: Material, coded: Coded, path: Path, reading: Reading) -> None:
    """Make the rows of a file, and say in warnings what of it was left."""
    _Rows(material, coded, path, reading).add()


@dataclass
class _Finding:
    """What one interview says about one barrier to one programme, while its passages are gathered."""

    place: tuple[int, str | None, bool]
    severity: int | str = 0
    names: dict[str, None] = field(default_factory=dict)
    quotes: dict[str, None] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    summaries: dict[str, None] = field(default_factory=dict)


class _Rows:
    """One file while its rows are made."""

    def __init__(self, material: Material, coded: Coded, path: Path, reading: Reading):
        self.material, self.coded, self.reading = material, coded, reading
        self.may_name = len(material.sources) == 1 and not is_code(path.stem)
        """Whether the name of the file may be that of who speaks in it."""
        stem = f"{path.resolve().parent.name}/{path.stem}"
        self.scheme = coded.scheme or f"codes-{slug(stem)}"
        self.scheme_name = coded.scheme_name or f"Codes of {stem}"
        self.meaning = dict(self._meanings())
        self.by_id = {code.id: code for code in material.codes}
        self.incomplete: Counter[tuple[str, str]] = Counter()

    def add(self) -> None:
        self.reading.issues += self.material.issues
        for left in self.material.left:
            self._warn(left)
        if self.may_name:
            self._warn(
                "holds one interview, and its own name stays in the graph.",
                "If that names somebody, rename the file to a number and a level, such as interview-07.",
            )
        if self.material.codes:
            first = self.material.codes[0]
            self._row("schemes", (first.row, first.sheet, False), id=self.scheme, name=self.scheme_name)
        for code in self.material.codes:
            self._concept(code)
        self._barriers()
        unknown: list[Source] = []
        called = {key for source in self.material.sources for key in source.keys}
        for key in self.coded.sources:
            if key not in called:
                self._warn("is not the name or id of a source of this file.", "Correct the mapping.", key)
        for source in self.material.sources:
            self.reading.records += 1 + len(source.passages)
            facts = self._facts(source)
            if "skip" in facts:
                continue
            interview = self._interview(source, facts)
            if interview is None:
                unknown.append(source)
            else:
                self._evidence(source, interview, facts)
        self._say_what_is_missing(unknown)

    def _row(self, table: str, place: tuple[int, str | None, bool], **cells: str | Iterable[str]) -> None:
        """Add a row that comes from this row of this sheet, or from this column where things run across."""
        row, sheet, across = place
        lists = {c: [v] if isinstance(v, str) else list(v) for c, v in cells.items()}
        filled = {c: texts for c, texts in lists.items() if any(texts)}
        self.reading.add(MappedRow(table, Record(row, {}, across=across), filled, {}), sheet)

    def _warn(self, reason: str, remedy: str = "", value: str | None = None) -> None:
        self.reading.issues.append(Issue(self.reading.file, reason, remedy, value=value, severity="warning"))

    def _meanings(self) -> Iterator[tuple[str, Facts]]:
        """What the mapping says of each code, by the id of the code."""
        by_key: dict[str, set[str]] = {}
        for code in self.material.codes:
            for key in dict.fromkeys(code.keys):
                by_key.setdefault(key, set()).add(code.id)
        for key, facts in self.coded.codes.items():
            found = by_key.get(key, set())
            if len(found) == 1 and facts:  # an entry that nobody has filled in says nothing
                yield min(found), facts
            elif len(found) == 1:
                continue
            elif found:
                reason = f"is the name of {len(found)} codes."
                self.reading.issues.append(
                    Issue(self.reading.file, reason, "Give the path, as in “wider > own”.", value=key)
                )
            else:
                self._warn("is not a code of this file.", "Correct the mapping.", key)

    def _concept(self, code: Code) -> None:
        self.reading.records += 1
        meaning = self.meaning.get(code.id, {})
        self._row(
            "concepts",
            (code.row, code.sheet, False),
            id=code.id,
            name=code.name,
            scheme=self.scheme,
            definition=code.definition,
            broader=code.broader,
            case_of=meaning.get("case_of", ()),
            close_to=meaning.get("close_to", ()),
        )

    def _barriers(self) -> None:
        """A row for each barrier that the mapping names, of the type of all the codes that mean it."""
        named: dict[str, tuple[str, Code]] = {}
        types: dict[str, list[str]] = {}
        for code in self.material.codes:
            for barrier in self.meaning.get(code.id, {}).get("barrier", ()):
                types.setdefault(barrier, []).append(code.id)
                for name in self.meaning[code.id].get("barrier_name", ()):
                    named.setdefault(barrier, (name, code))
        for barrier, (name, code) in named.items():
            self._row("barriers", (code.row, code.sheet, False), id=barrier, name=name, type=types[barrier])

    def _facts(self, source: Source) -> dict[str, list[str]]:
        """Columns of the interview: what holds for all, then what the file says, then what the mapping says of it."""
        facts = dict(self.coded.interviews)
        folded = {name.strip().lower(): value for name, value in source.facts.items()}
        for column, name in self.coded.filled_by(source.facts).items():
            if value := folded.get(name.strip().lower()):
                several = [part.strip() for part in value.split(";") if part.strip()]
                facts[column] = several if column in _SEVERAL else [value]
        for key in source.keys:
            facts.update(self.coded.sources.get(key, {}))
        return facts

    def _interview(self, source: Source, facts: dict[str, list[str]]) -> str | None:
        """The id of the interview, whose row is made here or stands elsewhere; None where too little is known of it."""
        if self.coded.interviews_elsewhere or "interview" in facts:
            return facts.get("interview", [source.id])[0]
        if "held_on" not in facts or "level" not in facts:
            return None
        cells = {"id": [source.id], "marking": ["sensitive"], **facts}
        self._row("interviews", _place(source), **cells)
        return cells["id"][0]

    def _evidence(self, source: Source, interview: str, facts: Facts) -> None:
        findings: dict[tuple[str, str, str, str], _Finding] = {}
        for passage in source.passages:
            self._excerpt(passage, interview)
            self._gather(findings, passage.codings, facts, (passage.row, passage.sheet, False), passage.id)
        self._gather(findings, source.codings, facts, _place(source), "")
        coders: dict[tuple[str, str, str], list[str]] = {}
        for *what, coder in sorted(findings):
            coders.setdefault((what[0], what[1], what[2]), []).append(coder)
        for (programme, barrier, stance, coder), found in findings.items():
            # Who coded is not for everybody who may see the finding, so the id numbers the coders where there are several.
            number = coders[programme, barrier, stance].index(coder) + 1
            self._row(
                "findings",
                found.place,
                id=slug(f"f {interview} {programme} {barrier} {stance} {number if number > 1 else ''}"),
                programme=programme,
                barrier=barrier,
                stance=stance,
                severity=str(found.severity),
                link=found.links if len(found.links) == 1 else (),
                interview=interview,
                summary=" ".join(found.summaries) or f"Coded {', '.join(f'“{n}”' for n in found.names)}.",
                quotes=found.quotes,
                coder=coder,
            )

    def _excerpt(self, passage: Passage, interview: str) -> None:
        words = passage.words
        if len(words) > 10_000:
            self._warn(
                f"has {len(words):,} characters, too many to quote; its position is kept.", value=passage.id
            )
            words = ""
        position = passage.start is not None and passage.end is not None
        self._row(
            "excerpts",
            (passage.row, passage.sheet, False),
            id=passage.id,
            interview=interview,
            words=words,
            start=str(passage.start) if position else "",
            end=str(passage.end) if position else "",
            codes=tuple(dict.fromkeys(coding.code for coding in passage.codings)),
        )

    def _gather(
        self,
        findings: dict[tuple[str, str, str, str], _Finding],
        codings: tuple[Coding, ...],
        interview: Facts,
        place: tuple[int, str | None, bool],
        quote: str,
    ) -> None:
        """Add to what an interview says what these codes of one passage say.

        A code that means a barrier makes a finding. The codes beside it that mean none may say of which programme,
        how severe, and whether it is disputed; they go before what the mapping says of the barrier's own code.
        """
        of_interview = (
            {"programme": list(interview["programmes"])} if len(interview.get("programmes", ())) == 1 else {}
        )
        for coding in codings:
            meaning = self.meaning.get(coding.code, {})
            beside: dict[str, list[str]] = {}
            for other in codings:
                said = self.meaning.get(other.code, {})
                if "barrier" not in said and other.coder == coding.coder:
                    for column in FINDING & said.keys():
                        beside.setdefault(column, []).extend(said[column])
            said = {**self.coded.findings, **of_interview, **meaning, **beside}
            if coding.severity:
                said["severity"] = [coding.severity]
            missing = ", ".join(column for column in _NEEDED if not said.get(column))
            coder = self.coded.coders.get(coding.coder, coding.coder)
            for barrier in meaning.get("barrier", ()):
                if missing:
                    self.incomplete[coding.code, missing] += 1
                    continue
                for programme, stance in product(
                    dict.fromkeys(said["programme"]), dict.fromkeys(said["stance"])
                ):
                    found = findings.setdefault((programme, barrier, stance, coder), _Finding(place))
                    found.severity = _greater(found.severity, said["severity"])
                    found.names[self.by_id[coding.code].name] = None
                    found.links.update(said.get("link", ()))
                    found.summaries.update(dict.fromkeys(said.get("summary", ())))
                    if quote:
                        found.quotes[quote] = None

    def _say_what_is_missing(self, unknown: list[Source]) -> None:
        template = "`joinedup map` prints a mapping to fill in."
        if unknown:
            passages = sum(len(source.passages) for source in unknown)
            self._warn(
                f"holds {len(self.material.sources)} sources, of which {len(unknown)} became no interview: "
                f"the mapping does not say on which day (held_on) and at which level. {passages} passages are left out.",
                template,
            )
        for (code, missing), count in self.incomplete.items():
            self._warn(
                f"means a barrier, but in {count} places nothing says its {missing}; they make no finding.",
                "Add it to the code, to [coded.findings], or to a code beside it.",
                self.by_id[code].name,
            )
        used = Counter(coding.code for coding in codings_of(self.material.sources))
        silent = [(code, n) for code, n in used.most_common() if code not in self.meaning]
        if silent:
            most = "; ".join(f"{shortened(self.by_id[code].name, 40)} ({n})" for code, n in silent[:5])
            self._warn(
                f"uses {len(silent)} codes of which no mapping says whether they are barriers, so they make no finding. "
                f"The most used: {most}.",
                template,
            )


def _place(source: Source) -> tuple[int, str | None, bool]:
    return source.row, source.sheet, source.across


def _greater(one: int | str, others: Iterable[str]) -> int | str:
    """The most severe; what is no whole number stays as it is, for the check of the row to refuse it."""
    texts = [str(one), *others]
    return (
        max(map(int, texts))
        if all(t.isdecimal() for t in texts)
        else next(t for t in texts if not t.isdecimal())
    )
