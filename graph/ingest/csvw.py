"""A mapping or a canonical table as CSVW metadata (W3C Tabular Metadata): documentation, not what is run."""

from __future__ import annotations

import json
import re
from typing import Any

from graph.ingest.documents import BASE, Part, parts_of
from graph.ingest.mapping import Mapping
from graph.ingest.tables.declaration import Column, Table
from graph.ingest.values import Address, Code, Day, Identifier, Link, Millions, Number, Quarter, Whole
from ontology.terms import concept, concepts


def csvw_of(what: Mapping | Table) -> str:
    """The metadata as JSON. What CSVW cannot say stands in its notes."""
    parts = list(parts_of(what))
    own = isinstance(what, Table)
    notes = [note for part in parts for note in part.unsaid]
    columns: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    for part in parts:
        for column, header in part.columns:
            if header in seen:
                notes.append(f"{part.table.name}.{column.name}: also from “{header}”.")
                continue
            seen[header] = _name(header)
            columns.append(_column(part, column, header, own=own))
    schema: dict[str, Any] = {"columns": columns}
    if own and isinstance(what, Table):
        schema["primaryKey"] = ["id"] if what.column("id") else [k for k in what.key if _required(what, k)]
    found: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{what.name}.csv",
        "dc:title": what.name if isinstance(what, Table) else what.title,
        "dc:description": what.meaning if isinstance(what, Table) else what.about.strip(),
        "dialect": _dialect(what),
        "tableSchema": schema,
    }
    if notes:
        found["notes"] = [{"dc:description": note} for note in notes]
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _required(table: Table, name: str) -> bool:
    column = table.column(name)
    return bool(column and column.required)


def _dialect(what: Mapping | Table) -> dict[str, Any]:
    if isinstance(what, Table):
        return {"encoding": "utf-8", "delimiter": ",", "header": True}
    read = what.read
    header = max(read.header_rows, default=1)
    made: dict[str, Any] = {
        "encoding": read.encodings[0].removesuffix("-sig"),
        "delimiter": read.delimiter or ",",
        "quoteChar": read.quote or None,
        "header": header > 0,
        "skipRows": read.skip_lines + max(0, min(read.header_rows, default=1) - 1),
    }
    if len(read.header_rows) > 1:
        made["headerRowCount"] = len(read.header_rows)
    if read.comment:
        made["commentPrefix"] = read.comment
    return made


def _name(header: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]+", "_", header).strip("_") or "column"


def _column(part: Part, column: Column, header: str, *, own: bool) -> dict[str, Any]:
    name = _name(header)
    made: dict[str, Any] = {"name": name, "titles": [header], "dc:description": column.meaning}
    if column.states and not column.inverse:
        made["propertyUrl"] = column.states
    if part.subject:
        made["aboutUrl"] = re.sub(r"\{([^{}]*)\}", lambda m: "{" + _name(m[1]) + "}", part.subject)
    kind = column.kind
    made["datatype"] = _datatype(column) if own else "string"
    if isinstance(kind, Link) and column.states:
        from graph.ingest.tables.canonical import BY_NAME

        made["valueUrl"] = f"{BASE}/id/{BY_NAME[kind.tables[0]].segment}/{{{name}}}"
    elif isinstance(kind, Code):
        made["valueUrl"] = concept(kind.schemes[0], f"{{{name}}}")
    elif isinstance(kind, Address):
        made["valueUrl"] = f"{{+{name}}}"
    if own and column.required:
        made["required"] = True
    if own and column.many:
        made["separator"] = ";"
    if column.states is None:
        made["suppressOutput"] = True
    return made


def _datatype(column: Column) -> Any:
    kind = column.kind
    if isinstance(kind, Day):
        return "date"
    if isinstance(kind, Whole):
        return {"base": "integer", "minimum": kind.least, "maximum": kind.most}
    if isinstance(kind, Number) and kind.least is not None:
        return {"base": "decimal", "minimum": kind.least, "maximum": kind.most}
    if isinstance(kind, Number | Millions):
        return "decimal"
    if isinstance(kind, Address):
        return "anyURI"
    if isinstance(kind, Quarter):
        return {"base": "string", "format": r"(19|20|21)\d\d-Q[1-4]"}
    if isinstance(kind, Identifier):
        return {"base": "string", "format": "[A-Za-z0-9][A-Za-z0-9._-]{0,119}"}
    if isinstance(kind, Code):
        return {"base": "string", "format": "|".join(re.escape(c) for s in kind.schemes for c in concepts(s))}
    return "string"
