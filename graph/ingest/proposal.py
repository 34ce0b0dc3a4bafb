"""A mapping proposed for a foreign file: which canonical columns its columns most likely fill. A person corrects it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import shortened
from graph.ingest.guess import REDACTED, Cells, likeness
from graph.ingest.looking import Look, look
from graph.ingest.synonyms import SYNONYMS
from graph.ingest.tables.canonical import BY_NAME, TABLES
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import Code, Day, Identifier, Link, Millions

_COLOURS = r"(?:green|amber|red)(?:\s*/\s*(?:green|red|amber))?"
_BESIDE = {"programmes": ("statuses", "participations")}
"""Tables whose rows a record of the first may make too."""


@dataclass
class _Choice:
    """One table and the columns that fill it."""

    table: Table
    score: float = 0.0
    filled: dict[str, Cells] = field(default_factory=dict)


def propose(path: Path) -> str:
    """The text of a mapping for a file, with what was found and what was not as comments. Raises Unreadable."""
    found = look(path)
    return "\n".join(_written(path, found, _chosen(found, path.stem))) + "\n"


def _chosen(found: Look, stem: str) -> list[_Choice]:
    """The table that the records most likely are, then those beside it that they fill as well."""
    every = [_fill(table, found.columns, set()) for table in TABLES if table.column("name")]
    every += [
        c for t in TABLES if not t.column("name") for c in [_fill(t, found.columns, set())] if _whole(c)
    ]
    for choice in every:
        choice.score += 5 * (likeness(stem, choice.table.name) > 2)
        for other in _BESIDE.get(choice.table.name, ()):
            choice.score += _fill(BY_NAME[other], found.columns, set()).score / 2
    best = max(every, key=lambda c: (bool(c.filled), c.score), default=_Choice(BY_NAME["programmes"]))
    used = {cells.header for cells in best.filled.values()}
    if best.table.column("name") and not {"name", "id"} & set(best.filled):
        named = [
            c
            for c in found.columns
            if c.header not in used and c.says in ("names", "ids", "words that recur")
        ]
        if named or found.columns:
            best.filled["name"] = (named or found.columns)[0]
            used.add(best.filled["name"].header)
    beside = []
    for name in _BESIDE.get(best.table.name, ()):
        choice = _fill(BY_NAME[name], found.columns, used if name != "statuses" else used - _dates(best))
        if choice.filled and (name != "statuses" or "rating" in choice.filled):
            beside.append(choice)
            used |= {cells.header for cells in choice.filled.values()}
            if name == "statuses":
                for column in ("from", "until"):
                    best.filled.pop(column, None)
    return [best, *beside]


def _dates(choice: _Choice) -> set[str]:
    return {choice.filled[name].header for name in ("from", "until") if name in choice.filled}


def _whole(choice: _Choice) -> bool:
    return all(c.name in choice.filled for c in choice.table.columns if c.required and c.name != "id")


def _fill(table: Table, columns: list[Cells], used: set[str]) -> _Choice:
    """Each column of the table with the column of the file that is most like it by header, and fits it by values."""
    made, likely = _Choice(table), []
    for order, cells in enumerate(columns):
        if cells.header in used:
            continue
        for column in table.columns:
            phrases = SYNONYMS.get(f"{table.name}.{column.name}", ())
            like = max(
                [
                    likeness(_last(cells.header), phrase)
                    for phrase in (column.name.replace("_", " "), *phrases)
                ],
                default=0,
            )
            if like and _fits(column, cells):
                share = len(cells.texts) / max(1, cells.total)
                likely.append(
                    (like + min(1, share) / 2 + 0.1 * (column.name == "name"), -order, column.name, cells)
                )
    taken = set(used)
    for score, _, name, cells in sorted(likely, key=lambda x: (-x[0], -x[1])):
        if name not in made.filled and cells.header not in taken:
            made.filled[name] = cells
            taken.add(cells.header)
            made.score += score
    return made


def _last(header: str) -> str:
    return " ".join(header.split(".")[-2:]) if "." in header else header


def _fits(column: Column, cells: Cells) -> bool:
    if column.name in ("rating", "rating_of_three"):
        return cells.share(_COLOURS) >= 0.3
    if column.name == "id":
        several = cells.several or cells.separator
        return bool(cells.plain) and not several and len(set(cells.plain)) > 0.5 * len(cells.plain)
    return cells.fits(column.kind)


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)


def _written(path: Path, found: Look, choices: list[_Choice]) -> list[str]:
    main = choices[0]
    used = {
        cells.header: f"{c.table.name}.{name}" for c in reversed(choices) for name, cells in c.filled.items()
    }
    lines = [
        f"# Proposed from {shortened(path.name)}: {found.records:,} records. Read it, correct it, and try it with --dry-run."
    ]
    lines += [f"# {shortened(says, 200)}" for says in found.says if says]
    lines += [
        f"title = {_quoted(shortened(path.stem))}",
        "lenient = true  # a bad value of an optional column is left out, with a warning",
        "",
        "[read]",
    ]
    lines += _read(found, main)
    lines += ["", "[let]"]
    name, id = main.filled.get("name"), main.filled.get("id")
    if main.table.column("id"):
        given = id or name
        if given:
            make = "code = true" if id else "slug = true"
            lines.append(f"id = {{ from = {_quoted(given.header)}, {make} }}")
    lines += _links(main)
    statuses = next((c for c in choices if c.table.name == "statuses"), None)
    if statuses and "assessed_on" not in statuses.filled:
        year = [c.header for c in found.columns if c.header in ("year", "reporting year")]
        lines.append(
            f"year = {{ from = {json.dumps([*year, '@file'])}, match = '(?:.*\\D)?(20\\d\\d)(?:\\D.*)?' }}"
        )
        lines.append(
            'end_of_year = { constant = "03-31" }  # check: the day of the year as at which the list holds'
        )
        lines.append('as_at = { from = ["year", "end_of_year"], join = "-" }')
    for choice in choices:
        lines += _rows(choice, main)
    rest = [cells for cells in found.columns if cells.header not in used]
    lines += ["", "# Columns that fill nothing yet:"] if rest else []
    for cells in rest[:300]:
        lines.append(f"# {_quoted(cells.header)}: {_about(cells)}")
    if len(rest) > 300:
        lines.append(f"# and {len(rest) - 300} more")
    return lines


def _read(found: Look, main: _Choice) -> list[str]:
    layout, lines = found.layout, []
    if layout.records:
        lines.append(f"records = {_quoted(layout.records)}")
    if layout.sheets:
        lines.append(f"sheets = {json.dumps(list(layout.sheets), ensure_ascii=False)}")
    if layout.header_rows:
        lines.append(f"header_rows = {list(layout.header_rows)}")
    if layout.across:
        lines.append("across = true")
    if any(cells.withheld for cells in found.columns):
        lines.append(f"redacted = '{REDACTED}'  # what a cell says where its value is withheld")
    needed = main.filled.get("name") or main.filled.get("id")
    if needed:
        lines.append(f"needs = {_quoted(needed.header)}")
    return lines


def _named_after(column: Column) -> bool:
    """Whether a link leads to things that need no more than a name."""
    if not isinstance(column.kind, Link):
        return False
    target = BY_NAME[column.kind.tables[0]]
    return {c.name for c in target.columns if c.required} <= {"id", "name"}


def _links(main: _Choice) -> list[str]:
    lines = []
    for name, cells in main.filled.items():
        column = main.table.column(name)
        if column and _named_after(column):
            lines.append(f"{name} = {{ from = {_quoted(cells.header)}{_split(cells)} }}")
    return lines


def _split(cells: Cells) -> str:
    return f", split = {_quoted(re.escape(cells.separator))}" if cells.separator and not cells.several else ""


def _rows(choice: _Choice, main: _Choice) -> list[str]:
    table, lines = choice.table, []
    if table.name == "participations" and choice is not main:
        return _partners(choice.filled["organisation"]) if "organisation" in choice.filled else []
    for name in choice.filled:
        column = table.column(name)
        if choice is main and column and _named_after(column) and isinstance(column.kind, Link):
            target = column.kind.tables[0]
            lines += ["", "[[rows]]", f'table = "{target}"', f'each = "{name}"', "[rows.columns]"]
            lines += ['id = { from = "@each", slug = true }', 'name = "@each"']
    lines += ["", "[[rows]]", f'table = "{table.name}"', "[rows.columns]"]
    if table.column("id"):
        lines.append('id = "id"')
    if choice is not main:
        lines.append('programme = "id"')
        if "assessed_on" not in choice.filled:
            lines.append('assessed_on = "as_at"')
    if table.column("name") and "name" not in choice.filled and "id" in choice.filled:
        lines.append(f"name = {_quoted(choice.filled['id'].header)}  # there is no better one")
    for column in table.columns:
        cells = choice.filled.get(column.name)
        if cells is None or column.name == "id":
            continue
        if table.name == "statuses" and column.name == "rating":
            lines += _rating(cells)
        else:
            lines.append(f"{column.name} = {_value(column, cells, own=choice is main)}  # {_about(cells)}")
    return lines


def _partners(cells: Cells) -> list[str]:
    made = f"{{ from = {_quoted(cells.header)}{_split(cells)} }}"
    return [
        "",
        "[let.partner]  # who takes part in it",
        *(f"{part.strip()}" for part in made.strip("{} ").split(", split")[:1]),
        *([f"split = {_quoted(re.escape(cells.separator))}"] if _split(cells) else []),
        "",
        "[[rows]]",
        'table = "organisations"',
        'each = "partner"',
        "[rows.columns]",
        'id = { from = "@each", slug = true }',
        'name = "@each"',
        "",
        "[[rows]]",
        'table = "participations"',
        'each = "partner"',
        "[rows.columns]",
        'programme = "id"',
        'organisation = { from = "@each", slug = true }',
        f'role = {{ constant = "delivers" }}  # check: {_about(cells)}',
    ]


def _rating(cells: Cells) -> list[str]:
    five = any("/" in text for text in cells.plain if re.fullmatch(_COLOURS, text.strip(), re.I))
    column = "rating" if five else "rating_of_three"
    quoted = _quoted(cells.header)
    return [
        f"{column} = {{ from = {quoted}, match = '{_COLOURS}' }}  # {_about(cells)}",
        f'withheld = {{ from = {quoted}, unless = \'{_COLOURS}\', redactions = "keep", default = "No rating given" }}',
    ]


def _value(column: Column, cells: Cells, *, own: bool) -> str:
    quoted, kind = _quoted(cells.header), column.kind
    if own and _named_after(column):
        return f'{{ from = "{column.name}", slug = true }}'
    steps = []
    if column.many:
        steps += [_split(cells).removeprefix(", ")] if _split(cells) else []
    elif cells.several:
        steps.append('take = "first"')
    if isinstance(kind, Link):
        steps.append("slug = true")
    elif isinstance(kind, Identifier):
        steps.append("code = true")
    elif isinstance(kind, Day) and cells.date_form:
        steps.append(f'date = "{cells.date_form}"')
    elif isinstance(kind, Day) and cells.share(r"\d{4}-\d\d-\d\d[T ].*") > 0.5:
        steps.append(r"match = '(\d{4}-\d\d-\d\d).*'")
    elif isinstance(kind, Millions):
        steps.append("number = { times = '0.000001' }" if cells.in_pounds else "number = {}")
        steps = steps if cells.in_pounds else steps[:-1]
    elif column.name == "name":
        steps.append('redactions = "keep"')
    return f"{{ from = {quoted}, {', '.join(steps)} }}" if steps else quoted


def _about(cells: Cells) -> str:
    """What a column holds, and some of it, for a comment."""
    samples = " · ".join(cells.samples())
    schemes = ""
    if cells.says in ("words that recur", "names"):
        codes = [c.kind for t in TABLES for c in t.columns if isinstance(c.kind, Code)]
        fitting = next((kind for kind in codes if cells.read_as(kind) >= 0.8), None)
        schemes = f"; codes of {', '.join(fitting.schemes)}" if fitting else ""
    return f"{cells.says}{schemes}" + (f": {samples}" if samples else "")
