"""What CSVW and RML both need of a mapping or a canonical table: for each column, its header, its property and what it cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.ingest.mapping import Mapping, Value
from graph.ingest.tables.canonical import BY_NAME
from graph.ingest.tables.declaration import Column, Table

BASE = "https://joinedup.example"


@dataclass
class Part:
    """The rows that a file makes of one table: the header for each column."""

    table: Table
    subject: str | None
    """A template of the IRI with headers in braces; None where it cannot be said."""
    columns: list[tuple[Column, str]] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)


def parts_of(what: Mapping | Table) -> Iterator[Part]:
    """One part for each table that is filled."""
    if isinstance(what, Table):
        keys = ["id"] if what.column("id") else list(what.key)
        made = Part(what, f"{BASE}/id/{what.segment}/" + "--".join(f"{{{key}}}" for key in keys))
        for column in what.columns:
            made.columns.append((column, column.name))
            if column.adds:
                made.unsaid.append(f"Each {column.name} makes a row of {column.adds[0]} too.")
        if what.also:
            made.unsaid.append("Further statements follow from a row, such as short cuts and parts.")
        if what.label != "{name}":
            made.unsaid.append(f"A row is called “{what.label}”.")
        yield made
        return
    for rows in what.rows:
        table = BY_NAME[rows.table]
        made = Part(table, None)
        if rows.each or rows.within:
            made.unsaid.append(f"{table.name}: one row for each of {rows.each or rows.within}.")
        headers: dict[str, str] = {}
        for name, value in rows.columns.items():
            filled = table.column(name)
            header, why = _header(what, value)
            if filled is None or header is None or rows.each or rows.within:
                made.unsaid.append(
                    f"{table.name}.{name}: {why or f'one value for each of {rows.each or rows.within}.'}"
                )
                continue
            headers[name] = header
            if why:
                made.unsaid.append(f"{table.name}.{name}: {why}")
            if filled.states:
                made.columns.append((filled, header))
        keys = ["id"] if table.column("id") else list(table.key)
        if all(key in headers for key in keys):
            made.subject = f"{BASE}/id/{table.segment}/" + "--".join(f"{{{headers[key]}}}" for key in keys)
        yield made


def _header(mapping: Mapping, value: Value, deep: int = 0) -> tuple[str | None, str]:
    """The header that a value comes from, and in words what neither document can say of it."""
    why = []
    if value.constant is not None:
        return None, f"always {value.constant}."
    if not value.from_ or value.join is not None or value.share:
        return None, f"made of {', '.join(value.from_) or 'nothing'}."
    name = value.from_[0]
    if len(value.from_) > 1:
        why.append(f"else from {', '.join(value.from_[1:])}")
    plain = Value.model_validate({})
    steps = [
        step
        for step in type(value).model_fields
        if step not in ("from_", "redactions") and getattr(value, step) != getattr(plain, step)
    ]
    if steps:
        why.append(f"changed by {', '.join(steps)}")
    if name in mapping.let and deep < 9:
        header, more = _header(mapping, mapping.let[name], deep + 1)
        return header, "; ".join(filter(None, [*why, more]))
    if name.startswith(("@", "~", "/")) or "[" in name:
        return None, f"from {name}."
    return name, "; ".join(why)
